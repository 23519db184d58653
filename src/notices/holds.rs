//! What holds tell: placed (M6), released (M8), to be lifted (M15), in the
//! transaction of each; and to be looked at (M7).
//!
//! A scope is told by its record types, assets and areas. A location is told as
//! a part of its store, a reference as a case, a person as one person: which
//! ones, the register of holds says. The hold itself is told by its number and by
//! the law on which its kind rests; by the reference and the authority that people
//! wrote only where those can name nobody (`super::typed`).

use std::collections::BTreeSet;

use jiff::Timestamp;
use retaind_schedules::calendar::london_date;
use retaind_schedules::hold::{HoldKind, Scope};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
};
use uuid::Uuid;

use super::outbox::{self, Notice, enqueue};
use super::payload::{HoldFacts, HoldPlaced, HoldReleased, HoldReview, RestrictionLifting};
use super::reach::Reach;
use super::recipient::Directory;
use super::{Kind, Payload, Recipient, batches, typed, words};
use crate::catalogue::entity::{hold, hold_scope, person};
use crate::catalogue::values::CivilDate;
use crate::catalogue::words::HoldState;
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::holds::number;
use crate::people::{Role, roles_of};

/// In which role somebody placed a hold, the first that bears on it.
const PLACING: &[Role] = &[
    Role::Legal,
    Role::Dpo,
    Role::InformationRequests,
    Role::MonitoringOfficer,
    Role::RecordsManager,
    Role::Iao,
    Role::Iaa,
    Role::Siro,
    Role::Archivist,
    Role::Auditor,
    Role::ServiceContact,
    Role::Operator,
];

/// Days before its review from which a hold is told of.
const REVIEW_NOTICE: i32 = 30;

/// Days after which it is told of again.
const REVIEW_AGAIN: i32 = 7;

/// Tells that a hold is in force.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn placed(
    tx: &WriteTx,
    hold: &hold::Model,
    scopes: &[Scope],
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let reach = Reach::of(&**tx, scopes).await?;
    let due_now = reach.past_their_time(&**tx, None).await?;
    let batches = batches::touched(&**tx, scopes).await?;
    let covers = reach.covered(&**tx).await?;
    let said = HoldPlaced { hold: facts(tx, hold, &reach).await?, covers, due_now, batches };
    tell_all(tx, hold, &reach, &said.into(), "placed", now).await
}

/// Tells that a hold was released.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn released(
    tx: &WriteTx,
    hold: &hold::Model,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let scopes = scopes_of(&**tx, hold.id).await?;
    let reach = Reach::of(&**tx, &scopes).await?;
    let due_now = reach.past_their_time(&**tx, None).await?;
    let still_held = kept_by_others(tx, hold, &reach).await?;
    let said = HoldReleased { hold: facts(tx, hold, &reach).await?, due_now, still_held };
    tell_all(tx, hold, &reach, &said.into(), "released", now).await
}

/// How many of the records past their time in its reach other holds cover.
async fn kept_by_others(
    tx: &WriteTx,
    hold: &hold::Model,
    reach: &Reach,
) -> Result<u64, CatalogueError> {
    let others = hold::Entity::find()
        .filter(hold::Column::State.ne(HoldState::Released))
        .filter(hold::Column::Id.ne(hold.id))
        .all(&**tx)
        .await?;
    let mut scopes = Vec::new();
    for other in others {
        scopes.extend(scopes_of(&**tx, other.id).await?);
    }
    if scopes.is_empty() {
        return Ok(0);
    }
    let others = Reach::of(&**tx, &scopes).await?;
    Ok(reach.past().filter(others.items).count(&**tx).await?)
}

/// Tells the data protection officer that someone asks to lift a restriction.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn release_asked(
    tx: &WriteTx,
    hold: &hold::Model,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    if hold.kind.0 != HoldKind::Restriction18 {
        return Ok(());
    }
    let scopes = scopes_of(&**tx, hold.id).await?;
    let reach = Reach::of(&**tx, &scopes).await?;
    let said = RestrictionLifting {
        hold: facts(tx, hold, &reach).await?,
        asked_on: london_date(now),
        informed_on: hold.subject_informed_on.map(|day| day.0),
    };
    let to = Directory::read(&**tx).await?.with_role(&[Role::Dpo]);
    let key = format!("hold:{}:asked:{}", hold.id, now.as_microsecond());
    enqueue(tx, now, &notice(hold, to, None, &said.into(), key)).await.map(|_| ())
}

/// Tells of every hold whose review is near: thirty days before, then weekly.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn hold_reviews(catalogue: &Catalogue, now: Timestamp) -> Result<(), CatalogueError> {
    let tx = catalogue.write_tx().await?;
    reviews_due(&tx, now).await?;
    tx.commit().await
}

async fn reviews_due(tx: &WriteTx, now: Timestamp) -> Result<(), CatalogueError> {
    let today = london_date(now);
    let until = today.saturating_add(jiff::Span::new().days(REVIEW_NOTICE));
    let near = hold::Entity::find()
        .filter(hold::Column::State.ne(HoldState::Released))
        .filter(hold::Column::ReviewOn.lte(CivilDate(until)))
        .all(&**tx)
        .await?;
    let directory = Directory::read(&**tx).await?;
    for hold in near {
        let scopes = scopes_of(&**tx, hold.id).await?;
        let reach = Reach::of(&**tx, &scopes).await?;
        let said = HoldReview {
            hold: facts(tx, &hold, &reach).await?,
            placed_on: london_date(hold.placed_at.timestamp()),
            review_on: hold.review_on.0,
            held: reach.past_their_time(&**tx, None).await?,
            past_maximum: reach.past_their_time(&**tx, Some(today)).await?,
            is_late: hold.review_on.0 < today,
        };
        let mut to = directory.with_role(&[Role::Legal, Role::RecordsManager]);
        to.insert(Recipient::Person(hold.placed_by));
        let (thread, to) = (thread_of(&hold), directory.once(to));
        let which = (Kind::HoldReview, thread.as_str());
        let to = outbox::not_told_for(tx, which, to, REVIEW_AGAIN, today).await?;
        let key = format!("hold:{}:review:{today}", hold.id);
        enqueue(tx, now, &notice(&hold, to, None, &said.into(), key)).await?;
    }
    Ok(())
}

/// Tells the organisation's own and, by service area, owners and contacts.
async fn tell_all(
    tx: &WriteTx,
    hold: &hold::Model,
    reach: &Reach,
    said: &Payload,
    what: &str,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let key = format!("hold:{}:{what}", hold.id);
    let telling = Telling { hold, reach, said, key };
    telling.tell(tx, &[Role::RecordsManager, Role::Operator], now).await
}

/// Something about a hold that is told to all whom it reaches.
pub(super) struct Telling<'a> {
    pub(super) hold: &'a hold::Model,
    pub(super) reach: &'a Reach,
    pub(super) said: &'a Payload,
    pub(super) key: String,
}

impl Telling<'_> {
    /// Tells, by service area, its contacts and owners, and those with these roles.
    pub(super) async fn tell(
        &self,
        tx: &WriteTx,
        roles: &[Role],
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        let Self { hold, reach, said, key } = self;
        let directory = Directory::read(&**tx).await?;
        let mut told = BTreeSet::new();
        let organisation = directory.with_role(roles);
        let areas = reach.areas.iter().map(|(name, owners)| {
            let mut to = directory.of_area(name);
            to.extend(owners.iter().copied().map(Recipient::Person));
            (Some(name.clone()), to)
        });
        for (area, to) in areas.chain([(None, organisation)]) {
            let to = directory.unless_told(to, &mut told);
            enqueue(tx, now, &notice(hold, to, area, said, key.clone())).await?;
        }
        Ok(())
    }
}

fn notice(
    hold: &hold::Model,
    to: BTreeSet<Recipient>,
    service_area: Option<String>,
    payload: &Payload,
    period_key: String,
) -> Notice {
    let thread = thread_of(hold);
    let (payload, attachments) = (payload.clone(), Vec::new());
    Notice { to, service_area, period_key, payload, thread, attachments }
}

/// The thread of a hold's mails.
fn thread_of(hold: &hold::Model) -> String {
    format!("hold:{}", hold.id)
}

async fn facts(
    tx: &WriteTx,
    hold: &hold::Model,
    reach: &Reach,
) -> Result<HoldFacts, CatalogueError> {
    let placer = person::Entity::find_by_id(hold.placed_by).one(&**tx).await?;
    let role = placer.map(roles_of).transpose()?.and_then(|placer| placer.first_of(PLACING));
    Ok(HoldFacts {
        id: hold.id,
        reference: number(hold.id),
        known_as: typed::reference(&hold.reference),
        kind: words::hold_kind(hold.kind.0).to_owned(),
        authority: role.map_or("somebody who may", words::role).to_owned(),
        law: words::law(hold.kind.0).to_owned(),
        order: typed::phrase(&hold.authority),
        scope: reach.words.clone(),
    })
}

pub(super) async fn scopes_of(
    db: &impl ConnectionTrait,
    hold: Uuid,
) -> Result<Vec<Scope>, CatalogueError> {
    let rows = hold_scope::Entity::find().filter(hold_scope::Column::HoldId.eq(hold)).all(db);
    let scope = |row: hold_scope::Model| {
        serde_json::from_value(row.value)
            .map_err(|why| CatalogueError::impossible("hold_scope.value", why))
    };
    rows.await?.into_iter().map(scope).collect()
}
