//! What every kind of store does alike, and what each does by itself, tried on
//! real folders and real databases.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod acts;
mod filesystem;
mod filesystem_acts;
mod fixtures;
#[path = "../../../tests/support/going.rs"]
mod going;
mod permits;
mod sql;
mod sql_acts;
mod suite;
mod support;
mod trees;
