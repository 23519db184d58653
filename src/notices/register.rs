//! What the register tells (M12): a file that waits, and one that was accepted; and
//! what another period does to records. That is counted in the stores where a
//! change waits for signatures; else by what the last scans know.

use jiff::Timestamp;
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
};
use uuid::Uuid;

use super::outbox::{Notice, enqueue};
use super::payload::{PeriodEffect, PeriodTold, Register, RegisterNews};
use super::recipient::Directory;
use crate::catalogue::entity::{change_request, import, item, mapping};
use crate::catalogue::words::{ChangeKind, OutcomeKind};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::change::{Effect, Impact, ImpactLine};
use crate::people::Role;
use crate::register::changes::Period;

/// How many periods are listed in one mail.
const LISTED: usize = 20;

/// Tells the records managers that a register file waits for them.
///
/// # Errors
///
/// Where the catalogue fails.
pub(crate) async fn imported(
    tx: &WriteTx,
    import: &import::Model,
    periods: &[Period],
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let (listed, more_periods) = told(tx, periods, None).await?;
    let news = RegisterNews::Imported {
        import: import.id,
        accepted: import.accepted.unsigned_abs(),
        rejected: import.rejected.unsigned_abs(),
        added: import.added.unsigned_abs(),
        changed: import.changed.unsigned_abs(),
        removed: import.removed.unsigned_abs(),
        periods: listed,
        more_periods,
    };
    tell(tx, import.id, news, "imported", now).await
}

/// A register that became live.
pub(crate) struct Live {
    pub(crate) import: Uuid,
    pub(crate) version: i64,
    pub(crate) rules: usize,
}

/// Tells the records managers that a register file was accepted.
///
/// # Errors
///
/// Where the catalogue fails.
pub(crate) async fn accepted(
    tx: &WriteTx,
    live: &Live,
    periods: &[Period],
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let Live { import, version, rules } = *live;
    let (periods, more_periods) = told(tx, periods, Some(import)).await?;
    let rules = rules as u64;
    let news = RegisterNews::Accepted { import, version, rules, periods, more_periods };
    tell(tx, import, news, "accepted", now).await
}

/// The first of the periods with what each does, and how many there are beside.
async fn told(
    tx: &WriteTx,
    periods: &[Period],
    import: Option<Uuid>,
) -> Result<(Vec<PeriodTold>, u64), CatalogueError> {
    let counted = match import {
        Some(import) => counted(tx, import).await?,
        None => Vec::new(),
    };
    let mut listed = Vec::new();
    for period in periods.iter().take(LISTED) {
        let Period { code, before, after, is_longer } = period.clone();
        let line = counted.iter().find(|line| line.what == code).map(|line| &line.effect);
        let effect = match line {
            Some(Effect::Counted { newly_due, no_longer_due, .. }) => {
                PeriodEffect::Counted { newly_due: *newly_due, no_longer_due: *no_longer_due }
            }
            _ if is_longer => PeriodEffect::Longer { due_now: due_now(tx, &code).await? },
            _ => PeriodEffect::NotCounted { due_now: due_now(tx, &code).await? },
        };
        listed.push(PeriodTold { code, before, after, effect });
    }
    let more = periods.len().saturating_sub(LISTED) as u64;
    Ok((listed, more))
}

/// What was counted in the stores for the change by which an import is accepted.
async fn counted(tx: &WriteTx, import: Uuid) -> Result<Vec<ImpactLine>, CatalogueError> {
    let of_import = change_request::Entity::find()
        .filter(change_request::Column::Kind.eq(ChangeKind::Schedule))
        .filter(change_request::Column::Subject.eq(import.to_string()))
        .order_by_desc(change_request::Column::ProposedAt);
    let Some(request) = of_import.one(&**tx).await? else { return Ok(Vec::new()) };
    let impact: Impact = serde_json::from_value(request.impact)
        .map_err(|why| CatalogueError::impossible("change_request.impact", why))?;
    Ok(impact.lines)
}

/// How many records of this type are due or held while due, by the last scans.
async fn due_now(tx: &WriteTx, code: &str) -> Result<u64, CatalogueError> {
    let mappings = Query::select()
        .column(mapping::Column::Id)
        .from(mapping::Entity)
        .and_where(mapping::Column::RecordTypeCode.eq(code))
        .to_owned();
    Ok(item::Entity::find()
        .filter(item::Column::Outcome.is_in([OutcomeKind::Due, OutcomeKind::Held]))
        .filter(item::Column::Missed.eq(0))
        .filter(item::Column::MappingId.in_subquery(mappings))
        .count(&**tx)
        .await?)
}

async fn tell(
    tx: &WriteTx,
    import: Uuid,
    news: RegisterNews,
    what: &str,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let directory = Directory::read(&**tx).await?;
    let notice = Notice {
        to: directory.once(directory.with_role(&[Role::RecordsManager])),
        service_area: None,
        period_key: format!("import:{import}:{what}"),
        payload: Register { news }.into(),
        thread: format!("import:{import}"),
        attachments: Vec::new(),
    };
    enqueue(tx, now, &notice).await.map(|_| ())
}
