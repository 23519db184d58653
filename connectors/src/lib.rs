//! Touching: finding what is in a store.
//!
//! **This crate reaches no catalogue, mails nobody and decides nothing.** It
//! says what is there, when it is dated, and what could not be read; whether
//! any of it is due is decided elsewhere.
//!
//! | module | what it holds |
//! |---|---|
//! | [`contract`] | what every connector does, and the words it answers in |
//! | [`order`] | a scan as something that can be written down and sent |
//! | [`sighting`] | what a scan brings back, in batches |
//! | [`fold`] | many members taken together as one unit |
//! | [`store`] | the table of kinds: from a store file to a connector |
//! | [`filesystem`] | local disks and mounted shares |
//! | [`sql`] | tables in PostgreSQL and SQLite |
//!
//! To add a kind: a folder with the same file names as its siblings, and a
//! line in [`store`]. The behaviour suite in `tests/` then runs against it.

pub mod contract;
pub mod filesystem;
pub mod fold;
pub mod order;
pub mod sighting;
pub mod sql;
pub mod store;
