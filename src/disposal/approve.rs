//! The two signatures, refusal, and withdrawal (G2).
//!
//! The owner of the asset signs first, then a records manager who is another
//! person. Each signs the digest they were shown, and it must be the digest the
//! list has now, of items that are now as they were then.

use jiff::Timestamp;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::{BatchState, Verdict};
use retaind_schedules::ids::{MappingId, ScheduleVersionId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::execution::left;
use super::expire::WAITING;
use super::{ApprovalError, Desk, enter, list, locked, owner_of, present, said, step, verdict};
use crate::audit::{Action, By, Motive};
use crate::catalogue::entity::{approval, batch, batch_line};
use crate::catalogue::values::Micros;
use crate::catalogue::words::{Decision, Stage};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::change::author_of;
use crate::clock::id_at;
use crate::people::{Actor, Role};

/// The least of a digest that says which it is.
pub(super) const DIGITS: usize = 12;

/// What an approver saw and typed.
#[derive(Debug, Clone, Copy)]
pub struct Approving<'a> {
    /// The batch.
    pub number: &'a str,
    /// The digest they were shown, or its first digits.
    pub digest: &'a str,
    /// The number of the batch and of the lines that go, as they typed them.
    pub confirmation: &'a str,
    /// What they say.
    pub comment: Option<&'a str>,
}

/// What an approval came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// As whom.
    pub stage: Stage,
    /// Where the batch stands now.
    pub state: BatchState,
    /// Before when nothing is touched, once two have signed.
    pub not_before: Option<Timestamp>,
}

/// Signs a batch, as the owner or as the records manager, whichever is next.
///
/// # Errors
///
/// Where anything is not as it must be; then nothing is signed.
pub async fn approve(
    desk: &Desk<'_>,
    actor: &Actor,
    asked: Approving<'_>,
) -> Result<Approved, ApprovalError> {
    let tx = desk.catalogue.write_tx().await?;
    let actor = present(&tx, actor, desk.today()).await?;
    let row = locked(&tx, asked.number).await?;
    in_time(&row, desk.now())?;
    if row.action.0 == DisposalAction::Review {
        return Err(ApprovalError::ForReview(row.number));
    }
    let stage = stage_of(&tx, &row, &actor).await?;
    not_an_author(&tx, &row, &actor, desk.now()).await?;
    let digest = shown_is_now(&tx, &row, asked.digest).await?;
    confirmed(&tx, &row, asked.confirmation).await?;
    let changed = verdict::changed_lines(desk, &tx, &row).await?.len() as u64;
    if changed > 0 {
        return Err(ApprovalError::Changed { number: row.number, changed });
    }
    let signed = Signing { actor: &actor, stage, digest, decision: Decision::Approve };
    let approved = advance(desk, &tx, &row, stage).await?;
    signed.write(&tx, &row, asked.comment, desk.now()).await?;
    tx.commit().await?;
    Ok(approved)
}

/// Refuses a batch that waits, or that waits out its cooling-off, or of which
/// nothing was taken yet.
///
/// # Errors
///
/// Where the person may not, no reason is given, or the batch is past that.
pub async fn reject(
    desk: &Desk<'_>,
    actor: &Actor,
    number: &str,
    reason: &str,
) -> Result<(), ApprovalError> {
    let reason = said(reason)?;
    let tx = desk.catalogue.write_tx().await?;
    let actor = present(&tx, actor, desk.today()).await?;
    let row = locked(&tx, number).await?;
    let stage = match owner_of(&tx, &actor, row.asset_id).await {
        Ok(_) => Stage::Iao,
        Err(refused) if !actor.roles.contains(&Role::RecordsManager) => return Err(refused),
        Err(_) => Stage::RecordsManager,
    };
    nothing_taken(&tx, &row).await?;
    let now = desk.now();
    step(&tx, &row, BatchState::Rejected, now, batch::ActiveModel::default()).await?;
    let digest = row.digest.clone().unwrap_or_default();
    let signed = Signing { actor: &actor, stage, digest, decision: Decision::Reject };
    signed.write(&tx, &row, Some(&reason), now).await?;
    Ok(tx.commit().await?)
}

/// Refuses a batch of which something is out of reach, or may be: that is put
/// back, and the batch withdrawn by it.
async fn nothing_taken(tx: &WriteTx, row: &batch::Model) -> Result<(), ApprovalError> {
    use BatchState::{Authorised, Destroying, Halted, Quarantined, Quarantining};
    let number = row.number.clone();
    match row.state.0 {
        state if WAITING.contains(&state) || state == Authorised => Ok(()),
        Quarantining | Halted if !left::anything_taken(&**tx, row.id).await? => Ok(()),
        Quarantining | Quarantined | Destroying | Halted => Err(ApprovalError::Taken { number }),
        state => Err(ApprovalError::NotNow { number, state }),
    }
}

/// Takes a batch back before anything of it is touched: its proposer, or a
/// records manager.
///
/// # Errors
///
/// Where the person may not, no reason is given, or the batch is past that.
pub async fn withdraw(
    desk: &Desk<'_>,
    actor: &Actor,
    number: &str,
    reason: &str,
) -> Result<(), ApprovalError> {
    let reason = said(reason)?;
    let tx = desk.catalogue.write_tx().await?;
    let actor = present(&tx, actor, desk.today()).await?;
    let row = locked(&tx, number).await?;
    let proposer = row.proposed_by == Some(actor.person.0);
    if !proposer && !actor.roles.contains(&Role::RecordsManager) {
        return Err(ApprovalError::MayNot {
            name: actor.name,
            act: "take this batch back",
            needs: "whoever proposed it, or a records manager",
        });
    }
    nothing_taken(&tx, &row).await?;
    let now = desk.now();
    step(&tx, &row, BatchState::Withdrawn, now, batch::ActiveModel::default()).await?;
    let role = actor.first_of(&[Role::RecordsManager, Role::Iao, Role::Iaa]);
    let by = role.map_or(By::Service, |role| By::person(&actor, role));
    let digest = row.digest.clone();
    enter(&tx, by, Action::BatchWithdrawn, &row, digest, Motive::typed(reason), now).await?;
    Ok(tx.commit().await?)
}

fn in_time(row: &batch::Model, now: Timestamp) -> Result<(), ApprovalError> {
    if !WAITING.contains(&row.state.0) {
        return Err(ApprovalError::NotNow { number: row.number.clone(), state: row.state.0 });
    }
    let at = row.expires_at.timestamp();
    if now >= at {
        return Err(ApprovalError::Expired { number: row.number.clone(), at });
    }
    Ok(())
}

/// Whose turn it is, where it is this person's.
async fn stage_of(tx: &WriteTx, row: &batch::Model, actor: &Actor) -> Result<Stage, ApprovalError> {
    if row.state.0 == BatchState::Proposed {
        owner_of(tx, actor, row.asset_id).await?;
        return Ok(Stage::Iao);
    }
    let number = row.number.clone();
    let owner = signed_by(&**tx, row, Stage::Iao).await?;
    let owner = owner.ok_or_else(|| CatalogueError::impossible(&number, "no owner signed it"))?;
    if owner.person_id == actor.person.0 {
        return Err(ApprovalError::SamePerson { name: actor.name.clone(), number });
    }
    if !actor.roles.contains(&Role::RecordsManager) {
        return Err(ApprovalError::MayNot {
            name: actor.name.clone(),
            act: "authorise a batch",
            needs: "a records manager",
        });
    }
    Ok(Stage::RecordsManager)
}

/// The approval of this stage over the list as it is now.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn signed_by(
    read: &impl ConnectionTrait,
    row: &batch::Model,
    stage: Stage,
) -> Result<Option<approval::Model>, CatalogueError> {
    let digest = row.digest.clone().unwrap_or_default();
    Ok(approval::Entity::find()
        .filter(approval::Column::BatchId.eq(row.id))
        .filter(approval::Column::Digest.eq(digest))
        .filter(approval::Column::Stage.eq(stage))
        .filter(approval::Column::Decision.eq(Decision::Approve))
        .order_by_desc(approval::Column::At)
        .one(read)
        .await?)
}

async fn not_an_author(
    tx: &WriteTx,
    row: &batch::Model,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), ApprovalError> {
    let mappings: Vec<Uuid> = batch_line::Entity::find()
        .select_only()
        .column(batch_line::Column::MappingId)
        .distinct()
        .filter(batch_line::Column::BatchId.eq(row.id))
        .into_tuple()
        .all(&**tx)
        .await?;
    let version = ScheduleVersionId(row.schedule_version_id);
    for mapping in mappings {
        let authors = author_of(&**tx, version, MappingId(mapping), now).await?;
        if authors.contains(&actor.person) {
            let (name, number) = (actor.name.clone(), row.number.clone());
            return Err(ApprovalError::Author { name, number });
        }
    }
    Ok(())
}

/// The digest the list has, where it is the one that was shown.
async fn shown_is_now(
    tx: &WriteTx,
    row: &batch::Model,
    shown: &str,
) -> Result<String, ApprovalError> {
    let shown = shown.trim().to_ascii_lowercase();
    if shown.len() < DIGITS {
        return Err(ApprovalError::ShortDigest);
    }
    let now = list::digest_of(&**tx, row).await?.0;
    if row.digest.as_ref() != Some(&now) {
        return Err(ApprovalError::Tampered(row.number.clone()));
    }
    if !now.starts_with(&shown) {
        return Err(ApprovalError::OtherDigest(row.number.clone()));
    }
    Ok(now)
}

async fn confirmed(tx: &WriteTx, row: &batch::Model, typed: &str) -> Result<(), ApprovalError> {
    let lines = list::with_verdict(&**tx, row.id, Verdict::Include).await?;
    let number = row.number.clone();
    if lines == 0 {
        return Err(ApprovalError::NothingLeft(number));
    }
    let words: Vec<&str> = typed.split_whitespace().collect();
    if words == [number.as_str(), lines.to_string().as_str()] {
        return Ok(());
    }
    Err(ApprovalError::NotConfirmed { number, lines })
}

/// The step that this signature makes.
async fn advance(
    desk: &Desk<'_>,
    tx: &WriteTx,
    row: &batch::Model,
    stage: Stage,
) -> Result<Approved, ApprovalError> {
    let now = desk.now();
    if stage == Stage::Iao {
        let state = BatchState::IaoApproved;
        step(tx, row, state, now, batch::ActiveModel::default()).await?;
        return Ok(Approved { stage, state, not_before: None });
    }
    let settings = desk.config.disposal;
    let cooling_off = jiff::SignedDuration::from_hours(24 * i64::from(settings.cooling_off.0));
    let not_before = now.saturating_add(cooling_off).unwrap_or(Timestamp::MAX);
    let state = BatchState::Authorised;
    let change = batch::ActiveModel {
        not_before: Set(Some(Micros::from(not_before))),
        grace_days: Set(i64::from(settings.quarantine.0)),
        ..Default::default()
    };
    step(tx, row, state, now, change).await?;
    Ok(Approved { stage, state, not_before: Some(not_before) })
}

struct Signing<'a> {
    actor: &'a Actor,
    stage: Stage,
    digest: String,
    decision: Decision,
}

impl Signing<'_> {
    async fn write(
        self,
        tx: &WriteTx,
        row: &batch::Model,
        comment: Option<&str>,
        now: Timestamp,
    ) -> Result<(), ApprovalError> {
        let Self { actor, stage, digest, decision } = self;
        let comment = comment.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let signed = approval::Model {
            id: id_at(now),
            batch_id: row.id,
            digest: digest.clone(),
            person_id: actor.person.0,
            stage,
            decision,
            comment: comment.clone(),
            at: Micros::from(now),
        };
        let signed = signed.into_active_model();
        approval::Entity::insert(signed).exec_without_returning(&**tx).await?;
        let role = match stage {
            Stage::Iao => Role::Iao,
            Stage::RecordsManager => Role::RecordsManager,
            Stage::Siro => Role::Siro,
        };
        let action = match (decision, stage) {
            (Decision::Reject, _) => Action::BatchRejected,
            (Decision::Approve, Stage::Iao) => Action::BatchApproved,
            (Decision::Approve, _) => Action::BatchAuthorised,
        };
        let why = comment.map(Motive::typed).unwrap_or_default();
        enter(tx, By::person(actor, role), action, row, Some(digest), why, now).await?;
        Ok(())
    }
}
