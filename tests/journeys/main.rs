//! Journeys of the whole program, and of its parts through their public doors.

mod register;
