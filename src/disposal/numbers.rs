//! Numbers as people know them, one row of them a year, none left out but those
//! that a restored catalogue does not know.

use jiff::civil::Date;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, QuerySelect as _, Set};

use crate::catalogue::entity::setting;
use crate::catalogue::{CatalogueError, WriteTx};

/// What is numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Series {
    /// Batches: `B-2026-0017`.
    Batch,
    /// Standing authorities: `SA-2026-0001`.
    Authority,
}

impl Series {
    const ALL: [Self; 2] = [Self::Batch, Self::Authority];

    fn letters(self) -> &'static str {
        match self {
            Self::Batch => "B",
            Self::Authority => "SA",
        }
    }

    /// The setting that holds the last number of this year.
    fn key(self, year: i16) -> String {
        let name = match self {
            Self::Batch => "batch",
            Self::Authority => "authority",
        };
        format!("{name}.numbers.{year}")
    }
}

/// The next number of this year. The row that counts is locked, and rolled back
/// with the rest, so that no number is left out.
pub(super) async fn next(
    tx: &WriteTx,
    series: Series,
    today: Date,
) -> Result<String, CatalogueError> {
    let (year, key) = (today.year(), series.key(today.year()));
    let serial = last(tx, &key).await? + 1;
    count_to(tx, key, serial).await?;
    Ok(format!("{}-{year}-{serial:04}", series.letters()))
}

/// Sees that this number is not given out again: a certificate names it, and the
/// catalogue that was restored may not know it.
pub(crate) async fn pass(tx: &WriteTx, number: &str) -> Result<(), CatalogueError> {
    let Some((key, serial)) = parts(number) else { return Ok(()) };
    if serial > last(tx, &key).await? {
        count_to(tx, key, serial).await?;
    }
    Ok(())
}

fn parts(number: &str) -> Option<(String, u64)> {
    let (letters, rest) = number.split_once('-')?;
    let series = Series::ALL.into_iter().find(|series| series.letters() == letters)?;
    let (year, serial) = rest.split_once('-')?;
    Some((series.key(year.parse().ok()?), serial.parse().ok()?))
}

/// The last that was given out; the row is locked.
async fn last(tx: &WriteTx, key: &str) -> Result<u64, CatalogueError> {
    let first = setting::ActiveModel { key: Set(key.to_owned()), value: Set("0".to_owned()) };
    setting::Entity::insert(first)
        .on_conflict_do_nothing_on([setting::Column::Key])
        .exec_without_returning(&**tx)
        .await?;
    let row = setting::Entity::find_by_id(key).lock_exclusive().one(&**tx).await?;
    let last: Option<u64> = row.and_then(|row| row.value.parse().ok());
    last.ok_or_else(|| CatalogueError::impossible(key, "it counts nothing"))
}

async fn count_to(tx: &WriteTx, key: String, serial: u64) -> Result<(), CatalogueError> {
    let row = setting::ActiveModel { key: Set(key), value: Set(serial.to_string()) };
    row.update(&**tx).await?;
    Ok(())
}
