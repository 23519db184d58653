//! What is told of a batch: how much of what, by which rule, and what the
//! guards read. Of its lines only their ids.

use std::collections::BTreeSet;

use indicatif::HumanCount;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::calendar::london_date;
use retaind_schedules::hold::Scope;
use retaind_schedules::ids::StoreId;
use sea_orm::sea_query::{Query, SimpleExpr};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::outbox::Attachment;
use super::payload::{Amount, Batch, Certified, Class, Counted};
use super::send::Post;
use super::{NoticeError, Payload, words};
use crate::catalogue::entity::{asset, batch, batch_line, certificate, schedule_line, store};
use crate::catalogue::values::Text;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::change;
use crate::disposal::execution::clock;
use crate::disposal::execution::left::PARTLY;
use crate::disposal::jump;
use crate::disposal::show::{Shown, SinceLast};
use crate::holds::{self, Which};
use crate::proof::certificate::{Counted as Failed, Signed};
use crate::scan::record::last_complete;

/// The thread of a batch's mails.
#[must_use]
pub fn thread_of(batch: Uuid) -> String {
    format!("batch:{batch}")
}

/// What people are told of a batch.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn facts(
    catalogue: &Catalogue,
    row: &batch::Model,
    shown: &Shown,
) -> Result<Batch, NoticeError> {
    let rule = schedule_line::Entity::find()
        .filter(schedule_line::Column::ScheduleVersionId.eq(row.schedule_version_id))
        .filter(schedule_line::Column::RecordTypeId.eq(row.record_type_id))
        .one(catalogue.read())
        .await?;
    let class = Class {
        code: shown.listed.record_type.clone(),
        title: shown.title.clone(),
        rule: shown.rule_words.clone(),
        basis: rule.map(|rule| rule.basis_text).unwrap_or_default(),
    };
    let scan = last_complete(catalogue, StoreId(row.store_id)).await?;
    let share = scan.filter(|scan| scan.items > 0).map_or(0, |scan| {
        row.members.unsigned_abs().saturating_mul(10_000) / scan.items.unsigned_abs()
    });
    let holds = holds::list(catalogue, Which::InForce).await?;
    Ok(Batch {
        id: row.id,
        number: row.number.clone(),
        action: row.action.0.to_string(),
        of: Amount { class, units: shown.going, bytes: shown.listed.bytes },
        share,
        first: shown.oldest_due,
        last: shown.newest_due,
        samples: shown.samples.clone(),
        holds_checked: holds.len() as u64,
    })
}

/// How many batches that are not over a hold of these scopes touches.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn touched(db: &impl ConnectionTrait, scopes: &[Scope]) -> Result<u64, CatalogueError> {
    let mut touched: BTreeSet<Uuid> = BTreeSet::new();
    for scope in scopes {
        let of_scope = batch::Entity::find()
            .select_only()
            .column(batch::Column::Id)
            .filter(batch::Column::State.is_in(under_way()))
            .filter(of(scope));
        touched.extend(of_scope.into_tuple::<Uuid>().all(db).await?);
    }
    Ok(touched.len() as u64)
}

fn under_way() -> impl Iterator<Item = Text<BatchState>> {
    BatchState::ALL.iter().filter(|state| !state.is_over()).map(|state| Text(*state))
}

/// The batches of a scope: by the register, or by their lines.
fn of(scope: &Scope) -> Condition {
    let lines = |line: SimpleExpr| {
        let with = Query::select()
            .column(batch_line::Column::BatchId)
            .from(batch_line::Entity)
            .and_where(line)
            .to_owned();
        batch::Column::Id.in_subquery(with)
    };
    match scope.of_any_day() {
        Scope::Everything | Scope::Within { .. } => Condition::all(),
        Scope::Asset(id) => Condition::all().add(batch::Column::AssetId.eq(id.0)),
        Scope::RecordType(id) => Condition::all().add(batch::Column::RecordTypeId.eq(id.0)),
        Scope::ServiceArea(id) => {
            let here = Query::select()
                .column(asset::Column::Id)
                .from(asset::Entity)
                .and_where(asset::Column::ServiceAreaId.eq(id.0))
                .to_owned();
            Condition::all().add(batch::Column::AssetId.in_subquery(here))
        }
        Scope::Location { store, prefix } => Condition::all()
            .add(batch::Column::StoreId.eq(store.0))
            .add(lines(batch_line::Column::Locator.starts_with(prefix.as_str()))),
        Scope::Reference(reference) => {
            Condition::all().add(lines(batch_line::Column::Reference.eq(reference)))
        }
        Scope::Subject(key) => {
            Condition::all().add(lines(batch_line::Column::SubjectKey.eq(&key.0)))
        }
    }
}

/// What differs from the last list of its kind, in words.
#[must_use]
pub fn since_last(last: &SinceLast) -> String {
    let items = words::counted(last.lines.unsigned_abs(), "item", "items");
    let lines = match last.lines {
        0 => "as many items as".to_owned(),
        more if more > 0 => format!("{items} more than"),
        _ => format!("{items} fewer than"),
    };
    let is_same = |same| if same { "the same" } else { "another" };
    let (rule, mappings) = (is_same(last.same_rule), is_same(last.same_mappings));
    format!("{lines} on {}, {rule} rule, {mappings} mapping", last.batch)
}

/// What the guards would read today.
#[must_use]
pub fn readings(shown: &Shown) -> Vec<String> {
    let held = match shown.held_now {
        0 => "no hold covers any of it now".to_owned(),
        some => {
            format!(
                "{} now and would be kept",
                words::counted(some, "item is held", "items are held")
            )
        }
    };
    let kept = words::counted(shown.kept, "item was kept", "items were kept");
    vec![held, format!("{kept} by the owner, or changed")]
}

/// What the breakers read today: how much goes at once, whether more is due than
/// usual, whether the clock can be relied on, and whether the store answers.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn breakers(
    post: &Post<'_>,
    row: &batch::Model,
    shown: &Shown,
) -> Result<Vec<String>, NoticeError> {
    let read = post.catalogue.read();
    let ceilings = change::ceilings(read).await?;
    let lines = words::counted(shown.going, "item goes", "items go");
    let most = HumanCount(ceilings.max_lines);
    let share = ceilings.max_share_percent;
    let size =
        format!("{lines}, of at most {most} and at most {share} % of what lies under its mapping");
    let jump = match jump::jumped(read, row.store_id).await? {
        None => "no jump: as much is due in the store as in the month before".to_owned(),
        Some(jump) => format!(
            "a jump: {} items are due in the store, and in the month before it were {}",
            HumanCount(jump.now),
            HumanCount(jump.before)
        ),
    };
    let clock = match clock::sane(read, post.clock.now()).await? {
        Ok(()) => "the clock can be relied on".to_owned(),
        Err(_) => {
            "the clock has jumped: nothing goes until an operator confirms the date".to_owned()
        }
    };
    let store = store::Entity::find_by_id(row.store_id).one(read).await?;
    let state = store.map_or_else(|| "unknown".to_owned(), |store| store.state.to_string());
    let scan = last_complete(post.catalogue, StoreId(row.store_id)).await?;
    let scanned = scan.map_or_else(
        || "was never scanned whole".to_owned(),
        |scan| {
            format!("was scanned whole on {}", words::day(london_date(scan.started_at.timestamp())))
        },
    );
    let store = format!("the store {} is {state}, and {scanned}", shown.listed.store);
    Ok(vec![size, jump, clock, store])
}

/// What is told of a batch that is done, and its certificate as a file; nothing
/// where it has none yet.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn certified(
    catalogue: &Catalogue,
    row: &batch::Model,
    batch: Batch,
) -> Result<Option<(Payload, Attachment)>, NoticeError> {
    let of_batch = certificate::Column::BatchId.eq(row.id);
    let found = certificate::Entity::find().filter(of_batch).one(catalogue.read()).await?;
    let Some(found) = found else { return Ok(None) };
    let signed: Signed = serde_json::from_str(&found.json)
        .map_err(|why| CatalogueError::impossible("certificate.json", why))?;
    let signed = signed.certificate;
    let withheld = signed.withheld.into_iter();
    let (mut missing, mut in_part, mut failed) = (0, 0, 0);
    for Failed { reason, count } in &signed.failures {
        let of = match reason.as_str() {
            why if why == LineState::Missing.name() => &mut missing,
            why if why.starts_with(PARTLY) => &mut in_part,
            _ => &mut failed,
        };
        *of += count;
    }
    let said = Certified {
        batch,
        certificate: found.number.clone(),
        done: signed.count,
        withheld: withheld
            .map(|it| Counted { why: words::withheld(&it.reason), count: it.count })
            .collect(),
        missing,
        in_part,
        failed,
        backups_until: found.beyond_use_until.map(|day| day.0),
    };
    let file = Attachment {
        name: format!("certificate-{}.json", found.number),
        media_type: "application/json".to_owned(),
        bytes: found.json.into_bytes(),
    };
    Ok(Some((said.into(), file)))
}
