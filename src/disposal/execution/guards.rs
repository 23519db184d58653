//! The guards: what must all be so before a run takes a step. Each is one
//! function and one sentence ([`Stop`]); none can be switched off.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use retaind_connectors::contract::Leash;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::calendar::london_date;
use retaind_schedules::hold::Scope;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::audit::VerifyError;
use crate::catalogue::WriteTx;
use crate::catalogue::entity::{asset, batch, batch_line, mapping, scan, store, transfer};
use crate::catalogue::values::{Micros, Text};
use crate::catalogue::words::{Enforcement, ScanState, StoreState};
use crate::change;
use crate::disposal::execution::shift::{Shift, by_machine, signed};
use crate::disposal::execution::stop::{DisposalError, Stop};
use crate::disposal::execution::{asked, clock, left, since_backup};
use crate::disposal::jump::{Jump, jumped};
use crate::disposal::{expire, list, standing};
use crate::holds;
use crate::scan::run::Scanner;
use crate::stores;
use crate::stores::accepted::rules_entered;
use crate::upkeep::{kept_head, restore};
use crate::working_days::may_execute;

/// How old the last complete scan may be, in days.
const SCAN_DAYS: i64 = 8;

/// Below so many lines tried, failures are no rate.
const RATE_FROM: u64 = 20;

/// What a guard answers: a reason to stop, or none.
type Verdict = Result<Option<Stop>, DisposalError>;

/// Asks every guard, in the order in which people would want to hear of them.
///
/// # Errors
///
/// Where the catalogue or the store fails: then nothing goes either.
pub(super) async fn all(shift: &Shift, now: Timestamp) -> Result<Vec<Stop>, DisposalError> {
    // Where people carry it out, nothing else is asked of the program.
    if let Some(by_people) = action(shift) {
        return Ok(vec![by_people]);
    }
    let today = shift.scanner.clock.today();
    let verdicts = [
        state(shift),
        same_list(shift),
        signatures(shift),
        too_early(shift, now),
        late(shift, now).await?,
        hours(shift, now),
        clock_sane(shift, now).await?,
        chain(shift).await?,
        restored(shift).await?,
        carried_out_since(shift).await?,
        frozen(shift).await?,
        feed_read(shift, now).await?,
        leash(shift),
        store_well(shift).await?,
        scanned(shift, now).await?,
        schedule(shift).await?,
        edited(shift).await?,
        mappings(shift.scanner.catalogue.read(), shift).await?,
        enforcement(shift.scanner.catalogue.read(), shift).await?,
        authority(shift.scanner.catalogue.read(), &shift.batch, today).await?,
        accepted(shift).await?,
        count_and_share(shift).await?,
        jump(shift).await?,
        error_rate(shift).await?,
    ];
    Ok(verdicts.into_iter().flatten().collect())
}

fn state(shift: &Shift) -> Option<Stop> {
    use BatchState::{Authorised, Destroying, Quarantined, Quarantining};
    let state = shift.batch.state.0;
    let runs = matches!(state, Authorised | Quarantining | Quarantined | Destroying);
    (!runs).then(|| Stop::NotAuthorised(state.to_string()))
}

/// I5: the list is the one that was signed.
fn same_list(shift: &Shift) -> Option<Stop> {
    let approved = shift.batch.digest.as_deref();
    (approved != Some(shift.digest.0.as_str())).then_some(Stop::NotThisList)
}

/// I27: both who signed may act today.
fn signatures(shift: &Shift) -> Option<Stop> {
    shift.signed.as_ref().err().cloned()
}

/// What must be so before people are told what they may make anonymous today.
/// They act in the system itself: no store is let go of, at any hour.
///
/// # Errors
///
/// As [`all`].
pub(super) async fn by_people(shift: &Shift, now: Timestamp) -> Result<Vec<Stop>, DisposalError> {
    let verdicts = [
        state(shift),
        same_list(shift),
        signatures(shift),
        too_early(shift, now),
        late(shift, now).await?,
        clock_sane(shift, now).await?,
        chain(shift).await?,
        restored(shift).await?,
        carried_out_since(shift).await?,
        frozen(shift).await?,
        feed_read(shift, now).await?,
        store_well(shift).await?,
        scanned(shift, now).await?,
        schedule(shift).await?,
        edited(shift).await?,
        mappings(shift.scanner.catalogue.read(), shift).await?,
        count_and_share(shift).await?,
        jump(shift).await?,
    ];
    Ok(verdicts.into_iter().flatten().collect())
}

/// What people may change at any moment so that nothing more goes: asked again
/// in the transaction of every chunk.
///
/// # Errors
///
/// As [`all`].
pub(super) async fn levers(tx: &WriteTx, shift: &Shift, batch: &batch::Model) -> Verdict {
    let today = shift.scanner.clock.today();
    if let Err(stop) = signed(&**tx, batch, today).await? {
        return Ok(Some(stop));
    }
    if let Some(stop) = authority(&**tx, batch, today).await? {
        return Ok(Some(stop));
    }
    if let Some(stop) = mappings(&**tx, shift).await? {
        return Ok(Some(stop));
    }
    enforcement(&**tx, shift).await
}

fn action(shift: &Shift) -> Option<Stop> {
    match shift.batch.action.0 {
        DisposalAction::Anonymise => Some(Stop::Attested(shift.batch.number.clone())),
        action => (!by_machine(action)).then(|| Stop::ByHand(action.to_string())),
    }
}

fn too_early(shift: &Shift, now: Timestamp) -> Option<Stop> {
    let batch = &shift.batch;
    let from = match batch.state.0 {
        BatchState::Authorised | BatchState::Quarantining => {
            batch.not_before.map(Micros::timestamp)
        }
        BatchState::Quarantined | BatchState::Destroying => grace_over(shift),
        _ => return None,
    };
    match from {
        Some(from) if now >= from => None,
        Some(from) => Some(Stop::TooEarly(from.to_string())),
        None => Some(Stop::NotApproved),
    }
}

/// When what is out of reach may be destroyed.
pub(super) fn grace_over(shift: &Shift) -> Option<Timestamp> {
    let taken = shift.batch.quarantined_at?.timestamp();
    let grace = SignedDuration::from_hours(24 * shift.batch.grace_days);
    taken.checked_add(grace).ok()
}

pub(super) fn hours(shift: &Shift, now: Timestamp) -> Option<Stop> {
    may_execute(now, &shift.scanner.config.working_days).err().map(Stop::Hours)
}

pub(super) async fn clock_sane(shift: &Shift, now: Timestamp) -> Verdict {
    Ok(clock::sane(shift.scanner.catalogue.read(), now).await?.err())
}

/// The catalogue knows what was done with it until now: it is no older copy, whose
/// holds are not all of them.
async fn chain(shift: &Shift) -> Verdict {
    let Scanner { config, catalogue, .. } = &shift.scanner;
    match kept_head::follows(catalogue, &config.state_directory).await {
        Ok(_) => Ok(None),
        Err(VerifyError::Broken(broken)) => Ok(Some(Stop::ChainBroken(broken.to_string()))),
        Err(VerifyError::Catalogue(fault)) => Err(fault.into()),
    }
}

/// Nobody raised a level or a ceiling in the database.
async fn edited(shift: &Shift) -> Verdict {
    let differs = change::edited(shift.scanner.catalogue.read()).await?;
    Ok(differs.map(|differs| Stop::Edited(differs.to_string())))
}

/// What was held after the backup was made is held again.
pub(super) async fn restored(shift: &Shift) -> Verdict {
    let restored = restore::unconfirmed(shift.scanner.catalogue.read()).await?;
    Ok(restored.map(|restored| Stop::Restored(restored.taken_at.to_string())))
}

/// The batch was not carried out after the backup was made. Every certificate is read
/// for it, so it is asked once in each phase.
async fn carried_out_since(shift: &Shift) -> Verdict {
    let certificate = since_backup::certified_since(&shift.scanner.prover(), &shift.batch).await?;
    let batch = shift.batch.number.clone();
    Ok(certificate.map(|certificate| Stop::CertifiedSince { batch, certificate }))
}

async fn frozen(shift: &Shift) -> Verdict {
    let holds = holds::active_by_reference(&shift.scanner.catalogue).await?;
    let everything = holds.into_iter().find(|(_, hold)| hold.scopes.contains(&Scope::Everything));
    Ok(everything.map(|(reference, _)| Stop::Frozen(reference)))
}

/// What people asked for until today is held, where a list says what they ask.
pub(super) async fn feed_read(shift: &Shift, now: Timestamp) -> Verdict {
    let Scanner { config, catalogue, .. } = &shift.scanner;
    Ok(asked::unread(config, catalogue.read(), now).await?)
}

fn leash(shift: &Shift) -> Option<Stop> {
    let store = shift.file.name.clone();
    let can = shift.connector.capability();
    if !can.quarantine || !can.destroy {
        let why = "this kind of store cannot take items out of reach and destroy them".to_owned();
        return Some(Stop::Leashed { store, why });
    }
    (shift.file.leash == Leash::Leashed).then(|| Stop::Leashed {
        store,
        why: format!(
            "it is leashed. Its administrator lets it go with `unleashed = true` in {}",
            shift.file.path.display()
        ),
    })
}

async fn store_well(shift: &Shift) -> Verdict {
    let row = store::Entity::find_by_id(shift.store.0).one(shift.scanner.catalogue.read()).await?;
    let state = row.map_or(StoreState::Unavailable, |row| row.state);
    let well = state == StoreState::Ok;
    Ok((!well).then(|| Stop::StoreNotWell(shift.file.name.clone(), state.to_string())))
}

/// The last complete scan of the store.
async fn last_scan(shift: &Shift) -> Result<Option<scan::Model>, DisposalError> {
    let complete = scan::Entity::find()
        .filter(scan::Column::StoreId.eq(shift.store.0))
        .filter(scan::Column::State.eq(ScanState::Complete))
        .order_by_desc(scan::Column::StartedAt)
        .order_by_desc(scan::Column::Id);
    Ok(complete.one(shift.scanner.catalogue.read()).await?)
}

async fn scanned(shift: &Shift, now: Timestamp) -> Verdict {
    let latest = last_scan(shift).await?;
    let limit = SignedDuration::from_hours(24 * SCAN_DAYS);
    let recent = latest
        .and_then(|scan| scan.finished_at)
        .is_some_and(|at| now.duration_since(at.timestamp()) <= limit);
    Ok((!recent).then(|| Stop::NotScanned(shift.file.name.clone(), SCAN_DAYS)))
}

/// I6: the version it was approved under is the one in force.
async fn schedule(shift: &Shift) -> Verdict {
    let read = shift.scanner.catalogue.read();
    let latest = stores::version_in_force(read).await?;
    let latest = latest.filter(|latest| latest.id == shift.batch.schedule_version_id);
    let Some(latest) = latest else { return Ok(Some(Stop::ScheduleChanged)) };
    Ok((!rules_entered(read, &latest).await?).then_some(Stop::RulesEdited))
}

/// Every mapping of the lines is in its store file and approved.
async fn mappings(read: &impl ConnectionTrait, shift: &Shift) -> Verdict {
    let approved: Vec<String> = mapping::Entity::find()
        .filter(mapping::Column::StoreId.eq(shift.store.0))
        .filter(mapping::Column::Active.eq(true))
        .filter(mapping::Column::ApprovedAt.is_not_null())
        .all(read)
        .await?
        .into_iter()
        .map(|row| row.digest)
        .collect();
    let wanted = list::mappings_of(&shift.batch)?;
    let all = !wanted.is_empty() && wanted.iter().all(|digest| approved.contains(digest));
    Ok((!all).then_some(Stop::MappingChanged))
}

async fn enforcement(read: &impl ConnectionTrait, shift: &Shift) -> Verdict {
    let found = asset::Entity::find_by_id(shift.batch.asset_id);
    let Some(asset) = found.one(read).await? else {
        return Ok(Some(Stop::Enforcement("unknown".to_owned(), "register".to_owned())));
    };
    let lets_go = asset.enforcement == Enforcement::Destroy;
    Ok((!lets_go).then(|| Stop::Enforcement(asset.reference, asset.enforcement.to_string())))
}

/// The standing authority that a batch cites is still one.
pub(super) async fn authority(
    read: &impl ConnectionTrait,
    batch: &batch::Model,
    today: Date,
) -> Verdict {
    if batch.standing_authority_id.is_none() {
        return Ok(None);
    }
    let valid = standing::still_valid(read, batch, today).await?;
    Ok(valid.err().map(|why| Stop::Authority(why.to_string())))
}

/// G6.
async fn accepted(shift: &Shift) -> Verdict {
    if shift.batch.action.0 != DisposalAction::Transfer {
        return Ok(None);
    }
    let row = transfer::Entity::find_by_id(shift.batch.id);
    let row = row.one(shift.scanner.catalogue.read()).await?;
    let accepted = row.is_some_and(|row| row.accepted_ref.is_some());
    Ok((!accepted).then_some(Stop::NotAccepted))
}

/// I15.
async fn count_and_share(shift: &Shift) -> Verdict {
    let ceilings = change::ceilings(shift.scanner.catalogue.read()).await?;
    let lines = shift.batch.lines.unsigned_abs();
    if lines > ceilings.max_lines {
        return Ok(Some(Stop::TooMany { lines, ceiling: ceilings.max_lines }));
    }
    let held = match last_scan(shift).await? {
        Some(scan) => scan.items.unsigned_abs() + taken_before(shift, &scan).await?,
        None => 0,
    };
    let members = shift.batch.members.unsigned_abs();
    let share = if held == 0 { 100 } else { (members * 100).div_ceil(held) };
    let (store, ceiling) = (shift.file.name.clone(), ceilings.max_share_percent);
    Ok((share > ceiling).then_some(Stop::TooLargeAShare { store, share, ceiling }))
}

/// Files or rows that this batch had taken out of reach when the scan began, and
/// that it therefore did not meet.
async fn taken_before(shift: &Shift, scan: &scan::Model) -> Result<u64, DisposalError> {
    let taken: Option<Option<i64>> = batch_line::Entity::find()
        .select_only()
        .column_as(members_in_all(), "members")
        .filter(batch_line::Column::BatchId.eq(shift.batch.id))
        .filter(batch_line::Column::State.ne(Text(LineState::Restored)))
        .filter(batch_line::Column::QuarantinedAt.lte(scan.started_at))
        .into_tuple()
        .one(shift.scanner.catalogue.read())
        .await?;
    Ok(taken.flatten().unwrap_or_default().unsigned_abs())
}

/// The sum as a whole number: `PostgreSQL` adds up to a decimal.
fn members_in_all() -> Expr {
    let sum = Expr::col(batch_line::Column::Members).sum();
    sum.cast_as("bigint")
}

/// Asked before anything of the batch is touched. Who resumes a batch that it
/// halted has looked, and the batch goes on from the next step.
async fn jump(shift: &Shift) -> Verdict {
    if shift.batch.state.0 != BatchState::Authorised {
        return Ok(None);
    }
    let jumped = jumped(shift.scanner.catalogue.read(), shift.store.0).await?;
    Ok(jumped.map(|Jump { now, before }| Stop::DueJumped { now, before }))
}

/// What was approved is begun in time, or expires.
async fn late(shift: &Shift, now: Timestamp) -> Verdict {
    let late = expire::is_late(shift.scanner.catalogue.read(), &shift.batch, now).await?;
    let runs = state(shift).is_none();
    let since = expire::lapses_at(&shift.batch).filter(|_| late && runs);
    Ok(since.map(|since| Stop::Late(london_date(since).to_string())))
}

/// How much failed of what this phase tried.
pub(super) async fn error_rate(shift: &Shift) -> Verdict {
    let database = shift.scanner.catalogue.read();
    let ceilings = change::ceilings(database).await?;
    let at_the_end = shift.batch.state.0 == BatchState::Destroying;
    let failed = match at_the_end {
        true => count_of(database, shift, left::failed()).await?,
        false => count_of(database, shift, left::failed_in_place()).await?,
    };
    if failed == 0 {
        return Ok(None);
    }
    let done: &[LineState] = match at_the_end {
        true => &[LineState::Destroyed, LineState::Transferred],
        false => &[LineState::Quarantined],
    };
    let tried = failed + count(database, shift, done).await?;
    let too_many = tried >= RATE_FROM && failed * 100 > tried * ceilings.error_rate_per_cent;
    let batch = shift.batch.number.clone();
    Ok(too_many.then_some(Stop::TooManyFailures { batch, failed, tried }))
}

/// How many lines of the batch stand in these states.
pub(super) async fn count(
    database: &impl ConnectionTrait,
    shift: &Shift,
    states: &[LineState],
) -> Result<u64, DisposalError> {
    let standing = batch_line::Column::State.is_in(states.iter().copied().map(Text));
    count_of(database, shift, Condition::all().add(standing)).await
}

async fn count_of(
    database: &impl ConnectionTrait,
    shift: &Shift,
    which: Condition,
) -> Result<u64, DisposalError> {
    let of_batch = batch_line::Column::BatchId.eq(shift.batch.id);
    let lines = batch_line::Entity::find().filter(of_batch).filter(which);
    Ok(lines.count(database).await?)
}
