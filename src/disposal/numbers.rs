//! Numbers as people know them, one row of them a year, none left out.

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

/// The next number of this year. The row that counts is locked, and rolled back
/// with the rest, so that no number is left out.
pub(super) async fn next(
    tx: &WriteTx,
    series: Series,
    today: Date,
) -> Result<String, CatalogueError> {
    let (name, letters) = match series {
        Series::Batch => ("batch", "B"),
        Series::Authority => ("authority", "SA"),
    };
    let year = today.year();
    let key = format!("{name}.numbers.{year}");
    let first = setting::ActiveModel { key: Set(key.clone()), value: Set("0".to_owned()) };
    setting::Entity::insert(first)
        .on_conflict_do_nothing_on([setting::Column::Key])
        .exec_without_returning(&**tx)
        .await?;
    let row = setting::Entity::find_by_id(&key).lock_exclusive().one(&**tx).await?;
    let last: Option<u64> = row.and_then(|row| row.value.parse().ok());
    let last = last.ok_or_else(|| CatalogueError::impossible(&key, "it counts nothing"))?;
    let next = setting::ActiveModel { key: Set(key), value: Set((last + 1).to_string()) };
    next.update(&**tx).await?;
    Ok(format!("{letters}-{year}-{:04}", last + 1))
}
