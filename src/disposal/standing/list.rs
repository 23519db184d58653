//! Standing authorities as people look at them: what they cover, whether they are
//! leave today, who signed them, and what was made under them.

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::batch::BatchState;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde::Serialize;
use uuid::Uuid;

use super::valid::usable;
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{
    authority_signature, batch, person, record_type, standing_authority, store,
};
use crate::catalogue::words::{AuthorityState, Stage};
use crate::disposal::{ApprovalError, Desk};

/// Batches shown of those that were made under it.
const LATEST: u64 = 10;

/// An authority in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its number.
    pub authority: String,
    /// The record type's code.
    pub record_type: String,
    /// The store's name.
    pub store: String,
    /// Lines a day at most.
    pub daily_cap: u64,
    /// Days out of reach before destruction.
    pub grace_days: u64,
    /// Its last day.
    pub expires_on: Date,
    /// Where it stands.
    pub state: AuthorityState,
    /// Why it is no leave today; nothing where it is.
    pub not_today: Option<String>,
}

/// An authority with all that is to be known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// As it is listed.
    #[serde(flatten)]
    pub listed: Listed,
    /// The rule it is bound to, in the notation.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// Who proposed it.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Timestamp,
    /// What is signed.
    pub digest: String,
    /// Who signed it.
    pub signed: Vec<Signed>,
    /// Who took it back and why, where someone did.
    pub revoked: Option<String>,
    /// The latest batches made under it: their number, lines and state.
    pub latest: Vec<(String, u64, BatchState)>,
}

/// A signature under an authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signed {
    /// Who.
    pub who: String,
    /// As whom.
    pub stage: Stage,
    /// When.
    pub at: Timestamp,
}

/// Every authority there is, by number.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn list(desk: &Desk<'_>) -> Result<Vec<Listed>, CatalogueError> {
    let rows = standing_authority::Entity::find()
        .order_by_asc(standing_authority::Column::Number)
        .all(desk.catalogue.read())
        .await?;
    let mut listed = Vec::with_capacity(rows.len());
    for row in &rows {
        listed.push(in_a_line(desk, row).await?);
    }
    Ok(listed)
}

async fn in_a_line(
    desk: &Desk<'_>,
    row: &standing_authority::Model,
) -> Result<Listed, CatalogueError> {
    let read = desk.catalogue.read();
    let kind = record_type::Entity::find_by_id(row.record_type_id).one(read).await?;
    let store = store::Entity::find_by_id(row.store_id).one(read).await?;
    let not_today = usable(read, row, desk.today()).await?.err();
    Ok(Listed {
        authority: row.number.clone(),
        record_type: kind.map(|kind| kind.code).unwrap_or_default(),
        store: store.map(|store| store.name).unwrap_or_default(),
        daily_cap: row.daily_cap.unsigned_abs(),
        grace_days: row.grace_days.unsigned_abs(),
        expires_on: row.expires_on.0,
        state: row.state,
        not_today: not_today.map(|why| why.to_string()),
    })
}

/// One authority.
///
/// # Errors
///
/// Where there is none of this number, or the catalogue fails.
pub async fn show(desk: &Desk<'_>, number: &str) -> Result<Shown, ApprovalError> {
    let read = desk.catalogue.read();
    let found = standing_authority::Entity::find()
        .filter(standing_authority::Column::Number.eq(number.trim()))
        .one(read)
        .await?;
    let row = found.ok_or_else(|| ApprovalError::NoSuchAuthority(number.trim().to_owned()))?;
    let signatures = authority_signature::Entity::find()
        .filter(authority_signature::Column::AuthorityId.eq(row.id))
        .order_by_asc(authority_signature::Column::At)
        .all(read)
        .await?;
    let mut signed = Vec::with_capacity(signatures.len());
    for one in signatures {
        let who = name_of(read, one.person_id).await?;
        signed.push(Signed { who, stage: one.role, at: one.at.timestamp() });
    }
    let batches = batch::Entity::find()
        .filter(batch::Column::StandingAuthorityId.eq(row.id))
        .order_by_desc(batch::Column::Number)
        .limit(LATEST)
        .all(read)
        .await?;
    let revoked = match (row.revoked_by, &row.revoked_why) {
        (Some(person), Some(why)) => Some(format!("{}: {why}", name_of(read, person).await?)),
        _ => None,
    };
    let latest = batches.into_iter().map(|row| (row.number, row.lines.unsigned_abs(), row.state.0));
    Ok(Shown {
        listed: in_a_line(desk, &row).await?,
        rule: row.rule,
        reason: row.reason,
        proposed_by: name_of(read, row.proposed_by).await?,
        proposed_at: row.proposed_at.timestamp(),
        digest: row.digest,
        signed,
        revoked,
        latest: latest.collect(),
    })
}

async fn name_of(read: &impl ConnectionTrait, id: Uuid) -> Result<String, CatalogueError> {
    let person = person::Entity::find_by_id(id).one(read).await?;
    Ok(person.map(|person| person.name).unwrap_or_default())
}
