//! When the list of open requests was last read to its end: what it asks for on
//! a day is held before anything goes on that day.

use std::path::Path;

use jiff::Timestamp;
use retaind_schedules::calendar::london_date;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait as _};
use serde::{Deserialize, Serialize};

use super::Plan;
use crate::catalogue::entity::setting;
use crate::catalogue::{Catalogue, CatalogueError};

const KEY: &str = "holds.feed-read";

/// Which list was read, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Read {
    file: String,
    at: Timestamp,
}

impl Read {
    fn is_of(&self, file: &Path) -> bool {
        self.file == name(file)
    }
}

fn name(file: &Path) -> String {
    file.display().to_string()
}

/// Notes that the list was read and carried out. One with a cell that needs a
/// person was not read to its end: the case it stands for is not held.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn note(
    catalogue: &Catalogue,
    file: &Path,
    plan: &Plan,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    if !plan.findings.is_empty() {
        return Ok(());
    }
    let read = serde_json::to_string(&Read { file: name(file), at: now });
    let value = read.map_err(|why| CatalogueError::impossible(KEY, why))?;
    let row = setting::ActiveModel { key: Set(KEY.to_owned()), value: Set(value) };
    let again =
        OnConflict::column(setting::Column::Key).update_column(setting::Column::Value).to_owned();
    let tx = catalogue.write_tx().await?;
    setting::Entity::insert(row).on_conflict(again).exec_without_returning(&*tx).await?;
    tx.commit().await
}

/// How the list stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It was read to its end on this day.
    Today,
    /// It was last read to its end then.
    Before(Timestamp),
    /// It never was.
    Never,
}

/// How this list stands at this moment.
///
/// # Errors
///
/// Where the catalogue fails, or holds what nobody can read.
pub async fn freshness(
    read: &impl ConnectionTrait,
    file: &Path,
    now: Timestamp,
) -> Result<Freshness, CatalogueError> {
    let Some(row) = setting::Entity::find_by_id(KEY).one(read).await? else {
        return Ok(Freshness::Never);
    };
    let last: Read =
        serde_json::from_str(&row.value).map_err(|why| CatalogueError::impossible(KEY, why))?;
    Ok(match last {
        last if !last.is_of(file) => Freshness::Never,
        last if london_date(last.at) == london_date(now) => Freshness::Today,
        last => Freshness::Before(last.at),
    })
}
