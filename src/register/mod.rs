//! The register: from the spreadsheets a records manager keeps to assets,
//! record types and a version of the schedule.
//!
//! Reading never guesses and never drops: every row below a header is accepted,
//! rejected with its reason, blank, or the heading of a section, and the four
//! counts add up to the rows read. Nothing an import reads is live until a
//! records manager accepts it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`sheet`] | `.xlsx`, `.xls`, `.ods` and text files as one stream of rows, bounded |
//! | [`column`], [`header`] | what each heading means, and which row is the header |
//! | [`profile`] | what the records manager has said about one organisation's spreadsheet |
//! | [`row`] | one row to a line of the register, or to why not |
//! | [`check`] | a whole file, without the catalogue |
//! | [`finding`], [`error`] | what is wrong with a cell, and with a file, and the way out |

pub mod check;
pub mod column;
pub mod error;
pub mod finding;
pub mod header;
pub mod profile;
pub mod row;
pub mod sheet;

pub use check::{Checked, check_file};
pub use error::FileError;
pub use finding::{Finding, Severity};
pub use profile::ImportProfile;
