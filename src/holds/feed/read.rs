//! When the list of open requests was last read to its end: what it asks for on
//! a day is held before anything goes on that day.

use std::path::Path;

use jiff::Timestamp;
use retaind_schedules::calendar::london_date;
use sea_orm::{ConnectionTrait, EntityTrait as _};
use serde::{Deserialize, Serialize};

use super::Plan;
use crate::catalogue::entity::setting;
use crate::catalogue::{Catalogue, CatalogueError, settings};

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
    let tx = catalogue.write_tx().await?;
    settings::keep(&tx, KEY, value).await?;
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
    Ok(match noted(read).await? {
        Some(last) if !last.is_of(file) => Freshness::Never,
        Some(last) if london_date(last.at) == london_date(now) => Freshness::Today,
        Some(last) => Freshness::Before(last.at),
        None => Freshness::Never,
    })
}

/// When a list, whichever it was, was last read to its end.
///
/// # Errors
///
/// Where the catalogue fails, or holds what nobody can read.
pub async fn last(read: &impl ConnectionTrait) -> Result<Option<Timestamp>, CatalogueError> {
    Ok(noted(read).await?.map(|last| last.at))
}

async fn noted(read: &impl ConnectionTrait) -> Result<Option<Read>, CatalogueError> {
    let Some(row) = setting::Entity::find_by_id(KEY).one(read).await? else { return Ok(None) };
    serde_json::from_str(&row.value).map_err(|why| CatalogueError::impossible(KEY, why))
}
