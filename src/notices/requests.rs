//! What a person's request tells (M14): that it came in, ten and three days before
//! its last day, every week after it, refused and not explained, and a recipient
//! outstanding for two weeks. Looked at daily; each is told once, so that a missed day is made good.
//!
//! Told is what is asked, and a reference of a harmless shape, or else the request's
//! number: whose it is the data protection officer says.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use retaind_schedules::calendar::london_date;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::holds::scopes_of;
use super::outbox::{Notice, enqueue};
use super::payload::{RequestStage, RightsRequest};
use super::reach::Reach;
use super::recipient::{Directory, Recipient};
use crate::catalogue::entity::{asset, rights_recipient, rights_request, service_area};
use crate::catalogue::words::AssetStatus;
use crate::catalogue::{CatalogueError, WriteTx};
use crate::people::Role;
use crate::requests::{self, recipients};

/// Days before the last day on which those who must answer are told.
const BEFORE: [i32; 2] = [10, 3];

/// Days after which a recipient who has not acknowledged is asked after, and after
/// which again.
const OUTSTANDING: i64 = 14;

/// Days after which a deadline that has passed is told of again.
const OVERDUE: i64 = 7;

/// Days after which a refusal that nobody explained is told of again.
const UNEXPLAINED: i64 = 7;

/// Tells of every open request what the day calls for.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn due(tx: &WriteTx, now: Timestamp) -> Result<(), CatalogueError> {
    let open = rights_request::Entity::find()
        .filter(rights_request::Column::ClosedAt.is_null())
        .all(&**tx)
        .await?;
    if open.is_empty() {
        return Ok(());
    }
    let directory = Directory::read(&**tx).await?;
    for request in open {
        let stages = stages(tx, &request, london_date(now)).await?;
        let concerned = concerned(&**tx, &directory, &request).await?;
        for (stage, key) in stages {
            for (area, to) in &concerned {
                let notice = Notice {
                    to: to.clone(),
                    service_area: area.clone(),
                    period_key: format!("request:{}:{key}", request.id),
                    payload: said(&request, stage).into(),
                    thread: format!("request:{}", request.id),
                    attachments: Vec::new(),
                };
                enqueue(tx, now, &notice).await?;
            }
        }
    }
    Ok(())
}

fn said(request: &rights_request::Model, stage: RequestStage) -> RightsRequest {
    let (reference, due_on) = (requests::called(request), requests::last_day(request));
    let asked = Some(request.kind.words().to_owned());
    RightsRequest { reference, stage, due_on, hold: None, asked }
}

/// What is to be told of a request today, each with what makes it this one.
async fn stages(
    tx: &WriteTx,
    request: &rights_request::Model,
    today: Date,
) -> Result<Vec<(RequestStage, String)>, CatalogueError> {
    let mut told = vec![(RequestStage::Opened, "opened".to_owned())];
    told.extend(overdue(request, today).map(|key| (RequestStage::Overdue, key)));
    let Some(decision) = request.decision else {
        told.extend(due_soon(request, today).map(|key| (RequestStage::DueSoon, key)));
        return Ok(told);
    };
    let decided = request.decided_at.map_or(today, |at| london_date(at.timestamp()));
    if decision.refuses() && (request.exceptions.is_none() || request.explanation.is_none()) {
        let week = days(decided, today) / UNEXPLAINED;
        told.push((RequestStage::RefusedUnexplained, format!("unexplained:{week}")));
    }
    let rows = recipients::of(&**tx, request.id).await?;
    let longest = rows.iter().filter(|one| one.is_outstanding()).map(|one| days(since(one), today));
    if let Some(round) = longest.max().map(|days| days / OUTSTANDING).filter(|round| *round > 0) {
        told.push((RequestStage::RecipientOutstanding, format!("recipient:{round}")));
    }
    Ok(told)
}

/// Of the last days before the answer is due, the nearest that has come.
fn due_soon(request: &rights_request::Model, today: Date) -> Option<String> {
    let due = requests::last_day(request);
    if today > due {
        return None;
    }
    let near =
        BEFORE.iter().rev().find(|days| today >= due.saturating_sub(Span::new().days(**days)));
    near.map(|days| format!("due:{due}:{days}"))
}

/// From the day after its last day, in every week for as long as it is open: what
/// was decided is not yet answered.
fn overdue(request: &rights_request::Model, today: Date) -> Option<String> {
    let due = requests::last_day(request);
    (today > due).then(|| format!("overdue:{due}:{}", (days(due, today) - 1) / OVERDUE))
}

/// Since when a recipient might have acknowledged.
fn since(recipient: &rights_recipient::Model) -> Date {
    let raised = london_date(recipient.raised_at.timestamp());
    recipient.sent_on.map_or(raised, |day| day.0)
}

fn days(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

/// Who is told, by service area: its contacts and the owners of its assets; and
/// the data protection officers. Each address once.
async fn concerned(
    db: &impl ConnectionTrait,
    directory: &Directory,
    request: &rights_request::Model,
) -> Result<Vec<(Option<String>, BTreeSet<Recipient>)>, CatalogueError> {
    let mut told = BTreeSet::new();
    let mut concerned = Vec::new();
    for (name, owners) in areas(db, request).await? {
        let mut to = directory.of_area(&name);
        to.extend(owners);
        concerned.push((Some(name), directory.unless_told(to, &mut told)));
    }
    let officers = directory.with_role(&[Role::Dpo]);
    concerned.push((None, directory.unless_told(officers, &mut told)));
    Ok(concerned)
}

/// The service areas it is about, each with the owners of its assets: the one it
/// names, else those its hold reaches.
async fn areas(
    db: &impl ConnectionTrait,
    request: &rights_request::Model,
) -> Result<Vec<(String, BTreeSet<Recipient>)>, CatalogueError> {
    if let Some(id) = request.service_area_id {
        let area = service_area::Entity::find_by_id(id).one(db).await?;
        let active = asset::Column::Status.eq(AssetStatus::Active);
        let assets =
            asset::Entity::find().filter(asset::Column::ServiceAreaId.eq(id)).filter(active);
        let owners = assets.all(db).await?.into_iter().filter_map(|asset| asset.iao);
        let owners = owners.map(Recipient::Person).collect();
        return Ok(area.map(|area| (area.name, owners)).into_iter().collect());
    }
    let Some(hold) = request.hold_id else { return Ok(Vec::new()) };
    let scopes = scopes_of(db, hold).await?;
    let reach = Reach::of(db, &scopes).await?;
    let people = |owners: BTreeSet<_>| owners.into_iter().map(Recipient::Person).collect();
    Ok(reach.areas.into_iter().map(|(name, owners)| (name, people(owners))).collect())
}
