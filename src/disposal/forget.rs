//! Lists that are over do not keep for ever where their items stand: after as
//! long as a manifest is kept, their lines say no more than what became of each.

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::batch::BatchState;
use retaind_schedules::calendar::london_date;
use retaind_schedules::period::{Period, Rounding};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    Set,
};
use serde_json::json;

use super::enter;
use crate::audit::{Action, By, Motive};
use crate::catalogue::entity::{batch, batch_line};
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::{Catalogue, CatalogueError};

/// What stands in the place of where an item stood.
pub(crate) const FORGOTTEN: &str = "gone";

/// Lets the lists that were over for longer than this forget where their items
/// stand, which case and whom they are of, and why their owner kept some; gives
/// their numbers. What became of each line, and what was signed, stays.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn forget(
    catalogue: &Catalogue,
    kept: Period,
    today: Date,
    now: Timestamp,
) -> Result<Vec<String>, CatalogueError> {
    let over = BatchState::ALL.iter().copied().filter(|state| state.is_over()).map(Text);
    let over = batch::Entity::find()
        .filter(batch::Column::State.is_in(over))
        .filter(batch::Column::ForgottenAt.is_null())
        .order_by_asc(batch::Column::Number)
        .all(catalogue.read())
        .await?;
    let past = |row: &batch::Model| {
        kept.after(london_date(row.state_since.timestamp()), Rounding::Keep) < today
    };
    let mut forgotten = Vec::new();
    for row in over.into_iter().filter(past) {
        forgotten.push(row.number.clone());
        forget_one(catalogue, row, now).await?;
    }
    Ok(forgotten)
}

async fn forget_one(
    catalogue: &Catalogue,
    row: batch::Model,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    use batch_line::Column::{
        BatchId, Facts, Locator, Reference, StoreFacts, SubjectKey, VerdictWhy,
    };
    let tx = catalogue.write_tx().await?;
    batch_line::Entity::update_many()
        .col_expr(Locator, Expr::value(FORGOTTEN))
        .col_expr(Reference, Expr::value(Option::<String>::None))
        .col_expr(SubjectKey, Expr::value(Option::<String>::None))
        .col_expr(VerdictWhy, Expr::value(Option::<String>::None))
        .col_expr(Facts, Expr::value(json!({})))
        .col_expr(StoreFacts, Expr::value(Option::<serde_json::Value>::None))
        .filter(BatchId.eq(row.id))
        .exec(&*tx)
        .await?;
    let forgotten_at = Set(Some(Micros::from(now)));
    batch::ActiveModel { id: Set(row.id), forgotten_at, ..Default::default() }.update(&*tx).await?;
    let digest = row.digest.clone();
    enter(&tx, By::Service, Action::BatchForgotten, &row, digest, Motive::default(), now).await?;
    tx.commit().await
}
