//! Journeys of the whole program, and of its parts through their public doors.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[path = "../support/batches.rs"]
mod batches;
#[path = "../support/casework.rs"]
mod casework;
#[path = "../support/catalogue.rs"]
mod catalogue;
#[path = "../support/council.rs"]
mod council;
#[path = "../support/going.rs"]
mod going;
#[path = "../support/mail_server.rs"]
mod mail_server;
#[path = "../support/office.rs"]
mod office;
#[path = "../support/pages.rs"]
mod pages;
#[path = "../support/running.rs"]
mod running;
#[path = "../support/share.rs"]
mod share;
#[path = "../support/wire.rs"]
mod wire;

mod answers;
mod approvals;
mod audit_chain;
mod bad_input;
mod change;
mod check;
mod credentials;
mod daemon;
mod deliveries;
mod disposal;
mod evaluation;
mod feeds;
mod held_mails;
mod help;
mod holds;
mod memory;
mod names;
mod notices;
mod package;
mod periodic;
mod questions;
mod register;
mod replies;
mod requests;
mod rerouted;
mod rounds;
mod scans;
mod service;
mod signatures;
mod slips;
mod soak;
mod stories;
mod tampering;
mod typed;
mod unmounted;
mod upkeep;
