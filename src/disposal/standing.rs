//! Standing authorities: leave that two people signed once, for a short-lived
//! class of records, until it expires or anything it is bound to differs (P39).

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QuerySelect as _, Set,
};

use super::approve::DIGITS;
use super::numbers::{self, Series};
use super::propose::notation;
use super::{ApprovalError, Desk, owner_of, present, said};
use crate::audit::{self, Action, By, Entry, Subject};
use crate::catalogue::entity::{
    asset, authority_signature, batch, mapping, record_type, standing_authority, store,
};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::{AuthorityState, Stage};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::clock::id_at;
use crate::disposal::list::mappings_of;
use crate::people::{Actor, Role};
use crate::register::column::Column;
use crate::stores::{self, RegisterLine};

/// Why an authority is no leave for a batch today.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The batch cites none that there is.
    #[error("the batch cites no standing authority that there is")]
    None,
    /// It was not signed by two, or was taken back.
    #[error("the standing authority {0} is not in force")]
    NotInForce(String),
    /// Its last day is past.
    #[error("the standing authority {0} expired on {1}")]
    Expired(String, Date),
    /// It was signed for something else.
    #[error("the standing authority {0} is for another record type or store")]
    Other(String),
    /// The rule, the schedule or a mapping is not the one that was signed.
    #[error("the {1} that the standing authority {0} was signed for has changed, so it is void")]
    Void(String, &'static str),
    /// More lines than a day may have.
    #[error("the standing authority {0} covers {1} lines a day, and the batch has more")]
    AboveTheCap(String, u64),
    /// The record type is one that never goes by standing authority.
    #[error("the standing authority {0} is for records that cannot be replaced")]
    Irreplaceable(String),
}

/// Whether the authority that the batch cites still covers it.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn still_valid(
    read: &impl ConnectionTrait,
    batch: &batch::Model,
    today: Date,
) -> Result<Result<(), Why>, CatalogueError> {
    let Some(id) = batch.standing_authority_id else { return Ok(Err(Why::None)) };
    let found = standing_authority::Entity::find_by_id(id).one(read).await?;
    let Some(authority) = found else { return Ok(Err(Why::None)) };
    if let Err(why) = usable(read, &authority, today).await? {
        return Ok(Err(why));
    }
    Ok(covers(&authority, batch, &mappings_of(batch)?))
}

/// Whether the authority is leave for anything today: signed by two, not past,
/// and bound to what is in force.
pub(super) async fn usable(
    read: &impl ConnectionTrait,
    authority: &standing_authority::Model,
    today: Date,
) -> Result<Result<(), Why>, CatalogueError> {
    let number = authority.number.clone();
    let signed = authority_signature::Entity::find()
        .filter(authority_signature::Column::AuthorityId.eq(authority.id))
        .filter(authority_signature::Column::Digest.eq(&authority.digest))
        .all(read)
        .await?;
    let signed_as = |stage| signed.iter().find(|signed| signed.role == stage);
    let by_two = match (signed_as(Stage::Iao), signed_as(Stage::RecordsManager)) {
        (Some(owner), Some(manager)) => owner.person_id != manager.person_id,
        _ => false,
    };
    if authority.state != AuthorityState::InForce || !by_two {
        return Ok(Err(Why::NotInForce(number)));
    }
    if authority.expires_on.0 < today {
        return Ok(Err(Why::Expired(number, authority.expires_on.0)));
    }
    let latest = stores::version_in_force(read).await?;
    if latest.is_none_or(|latest| latest.id != authority.schedule_version_id) {
        return Ok(Err(Why::Void(number, "schedule")));
    }
    let record_type = record_type::Entity::find_by_id(authority.record_type_id).one(read).await?;
    let Some(record_type) = record_type else { return Ok(Err(Why::Other(number))) };
    if record_type.irreplaceable {
        return Ok(Err(Why::Irreplaceable(number)));
    }
    let now = approved_mappings(read, &record_type.code, authority.store_id).await?;
    if now != signed_mappings(authority)? {
        return Ok(Err(Why::Void(number, "mapping")));
    }
    Ok(Ok(()))
}

fn covers(
    authority: &standing_authority::Model,
    batch: &batch::Model,
    mappings: &[String],
) -> Result<(), Why> {
    let number = authority.number.clone();
    if (authority.record_type_id, authority.store_id) != (batch.record_type_id, batch.store_id) {
        return Err(Why::Other(number));
    }
    if authority.schedule_version_id != batch.schedule_version_id {
        return Err(Why::Void(number, "schedule"));
    }
    if authority.rule != batch.rule {
        return Err(Why::Void(number, "rule"));
    }
    let signed = signed_mappings(authority).unwrap_or_default();
    if mappings.iter().any(|mapping| !signed.contains(mapping)) {
        return Err(Why::Void(number, "mapping"));
    }
    if batch.lines > authority.daily_cap {
        return Err(Why::AboveTheCap(number, authority.daily_cap.unsigned_abs()));
    }
    Ok(())
}

/// The digests of the mappings an authority was signed for, sorted.
fn signed_mappings(authority: &standing_authority::Model) -> Result<Vec<String>, CatalogueError> {
    serde_json::from_value(authority.mappings.clone())
        .map_err(|why| CatalogueError::impossible("standing_authority.mappings", why))
}

/// The digests of a record type's mappings in a store, as approved now, sorted.
pub(super) async fn approved_mappings(
    read: &impl ConnectionTrait,
    code: &str,
    store: uuid::Uuid,
) -> Result<Vec<String>, CatalogueError> {
    let rows = mapping::Entity::find()
        .filter(mapping::Column::StoreId.eq(store))
        .filter(mapping::Column::RecordTypeCode.eq(code))
        .filter(mapping::Column::Active.eq(true))
        .filter(mapping::Column::ApprovedAt.is_not_null())
        .all(read)
        .await?;
    let mut digests: Vec<String> = rows.into_iter().map(|row| row.digest).collect();
    digests.sort_unstable();
    Ok(digests)
}

/// An authority to be signed, by the names people use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAuthority {
    /// The record type's code.
    pub record_type: String,
    /// The store's name.
    pub store: String,
    /// Lines a day at most.
    pub daily_cap: u32,
    /// Days out of reach before destruction; none is allowed here.
    pub grace_days: u16,
    /// Its last day: at most twelve months ahead.
    pub expires_on: Date,
    /// Why.
    pub reason: String,
}

/// Puts an authority before the two who must sign it.
///
/// # Errors
///
/// Where the records are of a kind that never goes so, a day or a number is not
/// as it must be, or nothing of that name exists.
pub async fn propose(
    desk: &Desk<'_>,
    actor: &Actor,
    new: &NewAuthority,
) -> Result<standing_authority::Model, ApprovalError> {
    let reason = said(&new.reason)?;
    let (today, now) = (desk.today(), desk.now());
    let latest = today.saturating_add(jiff::Span::new().months(MONTHS));
    if new.expires_on <= today || new.expires_on > latest || new.daily_cap == 0 {
        return Err(ApprovalError::AuthorityTerms { expires_on: new.expires_on, latest });
    }
    let schedule = stores::schedule_in_force(desk.catalogue).await?;
    let version = schedule.version.ok_or(ApprovalError::NoSchedule)?;
    let unknown = || ApprovalError::NoSuchRecordType(new.record_type.clone());
    let line = schedule.lines.get(&new.record_type).ok_or_else(unknown)?;
    may_stand(line)?;
    let tx = desk.catalogue.write_tx().await?;
    let actor = present(&tx, actor).await?;
    let role = actor.first_of(&[Role::RecordsManager, Role::Iao]);
    let role = role.ok_or_else(|| ApprovalError::MayNot {
        name: actor.name.clone(),
        act: "propose a standing authority",
        needs: "a records manager or an information asset owner",
    })?;
    let store = store::Entity::find().filter(store::Column::Name.eq(&new.store));
    let store = store.one(&*tx).await?;
    let store = store.ok_or_else(|| ApprovalError::UnknownStore(new.store.clone()))?;
    let mappings = approved_mappings(&*tx, &new.record_type, store.id).await?;
    let mut row = standing_authority::Model {
        id: id_at(now),
        number: numbers::next(&tx, Series::Authority, today).await?,
        record_type_id: line.record_type.id,
        store_id: store.id,
        schedule_version_id: version.0,
        rule: notation(&line.rule()?.rule),
        mappings: serde_json::json!(mappings),
        daily_cap: i64::from(new.daily_cap),
        grace_days: i64::from(new.grace_days),
        digest: String::new(),
        expires_on: CivilDate(new.expires_on),
        reason: reason.clone(),
        proposed_by: actor.person.0,
        proposed_at: Micros::from(now),
        state: AuthorityState::Proposed,
        revoked_by: None,
        revoked_at: None,
        revoked_why: None,
    };
    row.digest = digest(&row);
    let new = row.clone().into_active_model();
    standing_authority::Entity::insert(new).exec_without_returning(&*tx).await?;
    let by = By::person(&actor, role);
    entered(&tx, by, Action::AuthorityProposed, &row, Some(reason), now).await?;
    tx.commit().await?;
    Ok(row)
}

/// The longest an authority may stand.
const MONTHS: i32 = 12;

/// What two people sign: everything the authority is bound to.
fn digest(row: &standing_authority::Model) -> String {
    audit::digest::of_json(&serde_json::json!([
        row.number,
        [row.record_type_id, row.store_id, row.schedule_version_id],
        [&row.rule, &row.reason],
        row.mappings,
        [row.daily_cap, row.grace_days],
        row.expires_on,
    ]))
}

/// Refuses records that never go by standing authority.
fn may_stand(line: &RegisterLine) -> Result<(), ApprovalError> {
    let why = if line.record_type.irreplaceable {
        Some("cannot be replaced")
    } else if holds_special(&line.asset) {
        Some("hold special category or criminal offence data")
    } else {
        let action = line.line.action.0;
        (action != DisposalAction::Destroy).then_some("are not simply destroyed under their rule")
    };
    match why {
        None => Ok(()),
        Some(why) => Err(ApprovalError::NeverStanding { code: line.record_type.code.clone(), why }),
    }
}

/// Whether the register says that the asset holds special category or criminal
/// offence data, or says anything there that is no plain no.
fn holds_special(asset: &asset::Model) -> bool {
    let said = |name: &str| asset.fields.get(name).and_then(|value| value.as_str()).unwrap_or("");
    let special = said(Column::SpecialCategory.name()).trim().to_lowercase();
    let no = ["", "no", "n", "none", "n/a", "na", "false", "0", "not applicable"];
    let kinds = said(Column::PersonalData.name()).to_lowercase();
    !no.contains(&special.as_str())
        || ["special categor", "criminal", "offence", "sensitive"]
            .iter()
            .any(|word| kinds.contains(word))
}

/// Signs an authority, as the owner of the asset or as a records manager. With
/// the second signature, another person's, it is in force.
///
/// # Errors
///
/// Where the person may not, has signed, or the authority is not waiting.
pub async fn sign(
    desk: &Desk<'_>,
    actor: &Actor,
    number: &str,
    shown: &str,
) -> Result<AuthorityState, ApprovalError> {
    let (tx, now) = (desk.catalogue.write_tx().await?, desk.now());
    let actor = present(&tx, actor).await?;
    let row = locked(&tx, number).await?;
    if row.state != AuthorityState::Proposed || row.expires_on.0 < desk.today() {
        return Err(ApprovalError::AuthorityNotNow { number: row.number, state: row.state });
    }
    if shown.len() < DIGITS {
        return Err(ApprovalError::ShortDigest);
    }
    if !row.digest.starts_with(shown) || row.digest != digest(&row) {
        return Err(ApprovalError::OtherDigest(row.number));
    }
    let signed = authority_signature::Entity::find()
        .filter(authority_signature::Column::AuthorityId.eq(row.id))
        .all(&*tx)
        .await?;
    if signed.iter().any(|signed| signed.person_id == actor.person.0) {
        return Err(ApprovalError::SamePerson { name: actor.name, number: row.number });
    }
    let record_type = record_type::Entity::find_by_id(row.record_type_id).one(&*tx).await?;
    let asset = record_type.map(|row| row.asset_id).unwrap_or_default();
    let open = |stage| !signed.iter().any(|signed| signed.role == stage);
    let owner = owner_of(&tx, &actor, asset).await;
    let (stage, role) = match owner {
        Ok(_) if open(Stage::Iao) => (Stage::Iao, Role::Iao),
        _ if actor.roles.contains(&Role::RecordsManager) && open(Stage::RecordsManager) => {
            (Stage::RecordsManager, Role::RecordsManager)
        }
        Err(refused) => return Err(refused),
        Ok(_) => return Err(ApprovalError::SamePerson { name: actor.name, number: row.number }),
    };
    let signature = authority_signature::Model {
        id: id_at(now),
        authority_id: row.id,
        digest: row.digest.clone(),
        person_id: actor.person.0,
        role: stage,
        at: Micros::from(now),
    };
    let signature = signature.into_active_model();
    authority_signature::Entity::insert(signature).exec_without_returning(&*tx).await?;
    let by = By::person(&actor, role);
    entered(&tx, by, Action::AuthoritySigned, &row, None, now).await?;
    let state = if signed.is_empty() { AuthorityState::Proposed } else { AuthorityState::InForce };
    let change = standing_authority::ActiveModel {
        id: Set(row.id),
        state: Set(state),
        ..Default::default()
    };
    change.update(&*tx).await?;
    tx.commit().await?;
    Ok(state)
}

/// Takes an authority back, at once: its owner, or a records manager.
///
/// # Errors
///
/// Where the person may not, no reason is given, or it is taken back already.
pub async fn revoke(
    desk: &Desk<'_>,
    actor: &Actor,
    number: &str,
    reason: &str,
) -> Result<(), ApprovalError> {
    let reason = said(reason)?;
    let (tx, now) = (desk.catalogue.write_tx().await?, desk.now());
    let actor = present(&tx, actor).await?;
    let row = locked(&tx, number).await?;
    let role = actor.first_of(&[Role::RecordsManager, Role::Iao, Role::Siro, Role::Dpo]);
    let role = role.ok_or_else(|| ApprovalError::MayNot {
        name: actor.name.clone(),
        act: "take a standing authority back",
        needs: "a records manager, an owner, the SIRO or the data protection officer",
    })?;
    if row.state == AuthorityState::Revoked {
        return Err(ApprovalError::AuthorityNotNow { number: row.number, state: row.state });
    }
    let change = standing_authority::ActiveModel {
        id: Set(row.id),
        state: Set(AuthorityState::Revoked),
        revoked_by: Set(Some(actor.person.0)),
        revoked_at: Set(Some(Micros::from(now))),
        revoked_why: Set(Some(reason.clone())),
        ..Default::default()
    };
    change.update(&*tx).await?;
    let by = By::person(&actor, role);
    entered(&tx, by, Action::AuthorityRevoked, &row, Some(reason), now).await?;
    Ok(tx.commit().await?)
}

async fn locked(tx: &WriteTx, number: &str) -> Result<standing_authority::Model, ApprovalError> {
    let found = standing_authority::Entity::find()
        .filter(standing_authority::Column::Number.eq(number.trim()))
        .lock_exclusive()
        .one(&**tx)
        .await?;
    found.ok_or_else(|| ApprovalError::NoSuchAuthority(number.trim().to_owned()))
}

async fn entered(
    tx: &WriteTx,
    by: By,
    action: Action,
    row: &standing_authority::Model,
    reason: Option<String>,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let entry = Entry::new(by, action, Subject::new("standing-authority", row.id))
        .after(row.digest.clone())
        .under(row.schedule_version_id);
    let entry = match reason {
        Some(reason) => entry.because(reason),
        None => entry,
    };
    audit::append(tx, now, &entry).await.map(|_| ())
}
