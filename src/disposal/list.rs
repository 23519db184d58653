//! The lines of a batch, in their order, and the digest over them.

use std::pin::pin;

use futures_util::stream::{self, Stream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use retaind_schedules::batch::{ApprovedLine, BatchDigest, Digester, Heading, Verdict};
use retaind_schedules::hold::Life;
use retaind_schedules::ids::{BatchLineId, RequestItemId};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};
use uuid::Uuid;

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{batch, batch_line, item};
use crate::catalogue::packed::{self, Packed, packed};
use crate::catalogue::values::{CivilDate, Text};
use crate::catalogue::words::OutcomeKind;
use crate::scan::sift;

/// Lines read at once.
pub const PAGE: u64 = 500;

/// The line as people approve it.
#[must_use]
pub fn approved(row: &batch_line::Model) -> ApprovedLine<'_> {
    ApprovedLine {
        id: BatchLineId(row.id),
        locator: &row.locator,
        mark: &row.fingerprint,
        due_on: row.due_on.map(|day| day.0),
        members: row.members.unsigned_abs(),
        bytes: row.bytes.unsigned_abs(),
        reference: row.reference.as_deref(),
        subject: row.subject_key.as_deref(),
        erasure: row.rights_item_id.map(RequestItemId),
        verdict: row.verdict.0,
    }
}

/// From when to when a line's item was worked on, as was known when it was listed.
/// What the store said otherwise since is no more than a part of that.
#[must_use]
pub fn life(line: &batch_line::Model) -> Life {
    match line.store_facts {
        None => sift::life(line.facts.read()),
        Some(_) => Life::default(),
    }
}

/// The digest of the batch as its rows are now: what two people sign, and what
/// must be the same when anything is done. Its memory does not grow with the list.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn digest_of(
    read: &impl ConnectionTrait,
    batch: &batch::Model,
) -> Result<BatchDigest, CatalogueError> {
    let mappings = mappings_of(batch)?;
    let version = batch.schedule_version_id.to_string();
    let mut digester = Digester::new(&Heading {
        number: &batch.number,
        action: batch.action.0,
        rule: &batch.rule,
        schedule_version: &version,
        mappings: &mappings,
        erasure: batch.erasure_digest.as_deref(),
    });
    let mut pages = pin!(all_of(read, batch.id).await?);
    while let Some(lines) = pages.try_next().await? {
        lines.iter().for_each(|line: &SignedLine| digester.line(&line.approved()));
    }
    Ok(digester.finish())
}

packed! {
    /// Of a line what two people sign.
    SignedLine of batch_line {
        Position => position: i64,
        Id => id: Uuid,
        Locator => locator: String,
        Fingerprint => fingerprint: String,
        DueOn => due_on: Option<CivilDate>,
        Members => members: i64,
        Bytes => bytes: i64,
        Reference => reference: Option<String>,
        SubjectKey => subject_key: Option<String>,
        RightsItemId => rights_item_id: Option<Uuid>,
        Verdict => verdict: Text<Verdict>,
    }
}

impl Line for SignedLine {
    fn position(&self) -> i64 {
        self.position
    }
}

impl SignedLine {
    fn approved(&self) -> ApprovedLine<'_> {
        ApprovedLine {
            id: BatchLineId(self.id),
            locator: &self.locator,
            mark: &self.fingerprint,
            due_on: self.due_on.map(|day| day.0),
            members: self.members.unsigned_abs(),
            bytes: self.bytes.unsigned_abs(),
            reference: self.reference.as_deref(),
            subject: self.subject_key.as_deref(),
            erasure: self.rights_item_id.map(RequestItemId),
            verdict: self.verdict.0,
        }
    }
}

/// The digests of the mappings the batch's lines lie under, sorted.
///
/// # Errors
///
/// Where the row holds what is no list of them.
pub fn mappings_of(batch: &batch::Model) -> Result<Vec<String>, CatalogueError> {
    serde_json::from_value(batch.mappings.clone())
        .map_err(|why| CatalogueError::impossible("batch.mappings", why))
}

/// The lines of a batch from this position on, as many as are read at once.
pub(super) fn page(batch: Uuid, from: i64) -> Select<batch_line::Entity> {
    batch_line::Entity::find()
        .filter(batch_line::Column::BatchId.eq(batch))
        .filter(batch_line::Column::Position.gte(from))
        .order_by_asc(batch_line::Column::Position)
        .limit(PAGE)
}

/// A line, or what is read of it.
pub(super) trait Line: Packed<Entity = batch_line::Entity> {
    /// Its place in the list.
    fn position(&self) -> i64;
}

impl Line for batch_line::Model {
    fn position(&self) -> i64 {
        self.position
    }
}

/// These lines, in order.
pub(super) async fn lines<L: Line>(
    read: &impl ConnectionTrait,
    these: Select<batch_line::Entity>,
) -> Result<Vec<L>, CatalogueError> {
    in_order(packed::text::<L>(read, these).await?)
}

fn in_order<L: Line>(text: packed::Text) -> Result<Vec<L>, CatalogueError> {
    let mut lines: Vec<L> = text.read()?;
    lines.sort_by_key(L::position);
    Ok(lines)
}

/// All lines of a batch, in order, some at a time: the next are selected while the
/// caller is busy with those before, where the catalogue has a second connection, and
/// read while it waits.
///
/// # Errors
///
/// Where the catalogue fails.
pub(super) async fn all_of<'a, L: Line + Send + 'static>(
    read: &'a impl ConnectionTrait,
    batch: Uuid,
) -> Result<impl Stream<Item = Result<Vec<L>, CatalogueError>> + 'a, CatalogueError> {
    let last = batch_line::Entity::find()
        .select_only()
        .column_as(batch_line::Column::Position.max(), "last")
        .filter(batch_line::Column::BatchId.eq(batch));
    let last: Option<Option<i64>> = last.into_tuple().one(read).await?;
    let starts = (0..=last.flatten().unwrap_or(-1)).step_by(PAGE as usize);
    let read_page = move |from: i64| async move {
        let these = batch_line::Column::Position.lt(from + PAGE as i64);
        let text = packed::text::<L>(read, page(batch, from).filter(these)).await?;
        let lines = tokio::spawn(async { in_order(text) }).await;
        lines.unwrap_or_else(|fault| Err(CatalogueError::impossible("a page of a list", fault)))
    };
    Ok(stream::iter(starts).map(read_page).buffered(2))
}

/// The lines of a batch, some at a time, in order.
#[derive(Debug)]
pub struct Pages {
    batch: Uuid,
    next: i64,
}

impl Pages {
    /// From the first line.
    #[must_use]
    pub const fn of(batch: Uuid) -> Self {
        Self { batch, next: 0 }
    }

    /// The next lines; none at the end.
    ///
    /// # Errors
    ///
    /// Where the catalogue fails.
    pub async fn next(
        &mut self,
        read: &impl ConnectionTrait,
    ) -> Result<Option<Vec<batch_line::Model>>, CatalogueError> {
        let lines: Vec<batch_line::Model> = lines(read, page(self.batch, self.next)).await?;
        let Some(last) = lines.last() else { return Ok(None) };
        self.next = last.position + 1;
        Ok(Some(lines))
    }
}

/// The items of these that are due or held by the last scan, some at a time, in
/// the order of their places after this one.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn due_items(
    read: &impl ConnectionTrait,
    these: Condition,
    after: &str,
) -> Result<Vec<item::Model>, CatalogueError> {
    Ok(item::Entity::find()
        .filter(these)
        .filter(item::Column::Outcome.is_in([OutcomeKind::Due, OutcomeKind::Held]))
        .filter(item::Column::Missed.eq(0))
        .filter(item::Column::Locator.gt(after))
        .order_by_asc(item::Column::Locator)
        .limit(PAGE)
        .all(read)
        .await?)
}

/// How many lines of the batch have this verdict.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn with_verdict(
    read: &impl ConnectionTrait,
    batch: Uuid,
    verdict: Verdict,
) -> Result<u64, CatalogueError> {
    let lines = batch_line::Entity::find()
        .filter(batch_line::Column::BatchId.eq(batch))
        .filter(batch_line::Column::Verdict.eq(Text(verdict)));
    Ok(lines.count(read).await?)
}
