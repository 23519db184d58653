//! Journeys of the whole program, and of its parts through their public doors.

#[path = "../support/catalogue.rs"]
mod catalogue;
mod register;
