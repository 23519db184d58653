//! Keeping the catalogue itself: copies of it, its return from one, its move to
//! another database, and what is wrong with it.
//!
//! | module | what it does |
//! |---|---|
//! | [`backup`] | one file of catalogue and keys, made online and read back |
//! | [`restore`] | the catalogue as a backup has it, in one transaction |
//! | [`running`] | whether the daemon runs, which neither of these may meet |
//! | [`relocate`] | the catalogue to another database, compared before it is believed |
//! | [`gone`] | what is gone from its store since the catalogue was restored |
//! | [`doctor`] | what is wrong, how bad it is, and what to do |
//! | [`kept_head`] | the end of the audit chain, kept outside the catalogue |
//!
//! All three copy rows as the database describes them (`table`), so that none
//! of them knows a table by name but those they check.

mod archive;
pub mod backup;
mod chain;
pub mod doctor;
mod dump;
mod error;
mod file;
pub mod gone;
pub mod kept_head;
mod load;
pub mod relocate;
pub mod restore;
pub mod running;
mod state;
mod table;

#[cfg(test)]
mod tests;

pub use archive::{FilePart, Manifest, TablePart};
pub use dump::Sum;
pub use error::UpkeepError;
