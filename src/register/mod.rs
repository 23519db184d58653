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
//! | [`mod@sheet`] | `.xlsx`, `.xls`, `.ods` and text files as one stream of rows, bounded |
//! | [`mod@column`], [`mod@header`] | what each heading means, and which row is the header |
//! | [`mod@profile`] | what the records manager has said about one organisation's spreadsheet |
//! | [`mod@row`] | one row to a line of the register, or to why not |
//! | [`mod@check`] | a whole file, without the catalogue |
//! | [`mod@file`] | a file read whole, known again by its digest |
//! | [`mod@changes`] | what a file would change in the register that is live |
//! | [`mod@import`], [`mod@accept`], [`mod@list`] | a file into the catalogue; made live; looked at |
//! | [`mod@finding`], [`mod@error`] | what is wrong with a cell, and with a file, and the way out |

pub mod accept;
mod body;
pub mod changes;
pub mod check;
pub mod column;
pub mod error;
pub mod file;
pub mod finding;
pub mod header;
pub mod import;
pub mod list;
pub mod profile;
pub mod row;
pub mod sheet;

#[cfg(test)]
mod tests;

pub use accept::{Accepted, accept};
pub use changes::Changes;
pub use check::{Checked, check_file};
pub use error::FileError;
pub use file::RegisterFile;
pub use finding::{Finding, Severity};
pub use import::{ImportError, Imported, import, import_unattended, known_people};
pub use profile::{ImportProfile, ProfileError};

use retaind_schedules::ids::ImportId;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::import_line;
use crate::catalogue::words::Change;

/// What a line of an import is; there is one kind.
const LINE: &str = "line";

/// How many rows go into one statement.
const CHUNK: usize = 500;

/// The lines an import holds, those it would remove left out.
pub(crate) async fn lines_of(
    db: &impl ConnectionTrait,
    import: ImportId,
) -> Result<Vec<(import_line::Model, row::NewLine)>, CatalogueError> {
    let rows = import_line::Entity::find()
        .filter(import_line::Column::ImportId.eq(import.0))
        .filter(import_line::Column::Change.ne(Change::Removed))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let line = serde_json::from_value(row.payload.clone());
            let line =
                line.map_err(|why| CatalogueError::impossible("import_line.payload", why))?;
            Ok((row, line))
        })
        .collect()
}
