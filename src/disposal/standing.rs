//! Standing authorities: leave that two people signed once, for a short-lived
//! class of records, until it expires or anything it is bound to differs (P39).
//!
//! Each day what falls due of the class becomes a batch that cites the authority
//! ([`daily`]), within its cap or not at all. Holds and every guard still apply.

mod daily;
mod list;
mod valid;

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::ids::{MappingId, ScheduleVersionId};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _, Set,
};

use super::approve::DIGITS;
use super::execution::under;
use super::numbers::{self, Series};
use super::propose::notation;
use super::{ApprovalError, Desk, owner_of, present, said};
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{
    asset, authority_signature, mapping, record_type, standing_authority, store,
};
use crate::catalogue::values::{CivilDate, Micros};
use crate::catalogue::words::{AuthorityState, Stage};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::change::author_of;
use crate::clock::id_at;
use crate::people::{Actor, Role};
use crate::register::column::Column;
use crate::stores::{self, RegisterLine};

pub(super) use daily::authorise;
pub use daily::{Daily, daily};
pub use list::{Listed, Shown, Signed, list, show};
use valid::approved_mappings;
pub use valid::{Why, still_valid};

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
    let actor = present(&tx, actor, desk.today()).await?;
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
        rule: notation(&line.rule()?.rule, &schedule.calendar),
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
    entered(&tx, by, Action::AuthorityProposed, &row, Motive::typed(reason), now).await?;
    tx.commit().await?;
    Ok(row)
}

/// The longest an authority may stand.
const MONTHS: i32 = 12;

/// What two people sign: everything the authority is bound to.
pub(super) fn digest(row: &standing_authority::Model) -> String {
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
    let actor = present(&tx, actor, desk.today()).await?;
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
    not_an_author(&tx, &row, &actor, now).await?;
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
    entered(&tx, by, Action::AuthoritySigned, &row, Motive::default(), now).await?;
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

/// Who made the rule or a mapping within a day signs no leave under it (G2).
async fn not_an_author(
    tx: &WriteTx,
    row: &standing_authority::Model,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), ApprovalError> {
    let signed: Vec<String> = serde_json::from_value(row.mappings.clone()).unwrap_or_default();
    let mappings = mapping::Entity::find()
        .filter(mapping::Column::StoreId.eq(row.store_id))
        .filter(mapping::Column::Digest.is_in(signed));
    let version = ScheduleVersionId(row.schedule_version_id);
    for mapping in mappings.all(&**tx).await? {
        let authors = author_of(&**tx, version, MappingId(mapping.id), now).await?;
        if authors.contains(&actor.person) {
            let (name, number) = (actor.name.clone(), row.number.clone());
            return Err(ApprovalError::Author { name, number });
        }
    }
    Ok(())
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
    // No chunk opens meanwhile on the strength of what it asked before.
    under::close_gate(&tx).await?;
    let actor = present(&tx, actor, desk.today()).await?;
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
    entered(&tx, by, Action::AuthorityRevoked, &row, Motive::typed(reason), now).await?;
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
    why: Motive,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let entry = Entry::new(by, action, Subject::new("standing-authority", row.id))
        .after(row.digest.clone())
        .under(row.schedule_version_id)
        .because(why);
    audit::append(tx, now, &entry).await.map(|_| ())
}
