//! What waits for a person's decision (M9): asked of the owner of each record
//! type, and asked again four weeks after they were last asked, for as long as any
//! of it waits. An answer about a part of it is no reason to ask anew of the rest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::calendar::london_date;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use super::outbox::{self, Notice, enqueue};
use super::payload::{Amount, ReviewDue};
use super::periodic::class;
use super::recipient::Directory;
use super::send::Post;
use super::{Kind, NoticeError, Recipient};
use crate::catalogue::entity::{item, service_area};
use crate::catalogue::values::Text;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::disposal::{Desk, review};
use crate::people::Role;
use crate::stores::{self, RegisterLine, ScheduleInForce};

/// Days after which is asked again.
const AGAIN: i32 = 28;

/// What waits of one record type.
struct Waiting {
    units: u64,
    bytes: u64,
    since: Date,
}

/// Asks for what waits to be reviewed; gives how many notices are new.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn due(post: &Post<'_>, desk: &Desk<'_>) -> Result<usize, NoticeError> {
    let schedule = stores::schedule_in_force(post.catalogue).await?;
    if !may_wait(post.catalogue, &schedule).await? {
        return Ok(0);
    }
    let now = post.clock.now();
    let today = london_date(now);
    let waiting = waiting(desk, today).await?;
    let tx = post.catalogue.write_tx().await?;
    let directory = Directory::read(&*tx).await?;
    let areas = service_area::Entity::find().all(&*tx).await?;
    let mut written = 0;
    for (code, waiting) in waiting {
        let Some(line) = schedule.lines.get(&code) else { continue };
        let area = areas.iter().find(|area| area.id == line.asset.service_area_id);
        let of = Amount { class: class(line), units: waiting.units, bytes: waiting.bytes };
        let mut to = owners(&directory, line);
        to.extend(area.iter().flat_map(|area| directory.mailbox(&area.name)));
        let thread = format!("review:{code}");
        let which = (Kind::ReviewDue, thread.as_str());
        let to = outbox::not_told_for(&tx, which, directory.once(to), AGAIN, today).await?;
        let notice = Notice {
            to,
            service_area: area.map(|area| area.name.clone()),
            period_key: format!("{code}:{today}"),
            payload: ReviewDue { of, due_on: waiting.since }.into(),
            thread,
            attachments: Vec::new(),
        };
        written += enqueue(&tx, now, &notice).await?;
    }
    tx.commit().await?;
    Ok(written)
}

/// Whether anything could wait at all: looking at every item that is due costs
/// too much for nothing.
async fn may_wait(
    catalogue: &Catalogue,
    schedule: &ScheduleInForce,
) -> Result<bool, CatalogueError> {
    if schedule.lines.values().any(|line| line.record_type.irreplaceable) {
        return Ok(true);
    }
    let reviewed = item::Column::Action.eq(Text(DisposalAction::Review));
    Ok(item::Entity::find().filter(reviewed).count(catalogue.read()).await? > 0)
}

async fn waiting(
    desk: &Desk<'_>,
    today: Date,
) -> Result<BTreeMap<String, Waiting>, CatalogueError> {
    let mut all: BTreeMap<String, Waiting> = BTreeMap::new();
    review::each(desk, |one| {
        let since = one.due_on.map_or(today, |due| due.saturating_add(jiff::Span::new().days(1)));
        let waiting =
            all.entry(one.record_type).or_insert(Waiting { units: 0, bytes: 0, since: today });
        waiting.units += 1;
        waiting.bytes += one.bytes;
        waiting.since = waiting.since.min(since);
        Ok::<(), CatalogueError>(())
    })
    .await?;
    Ok(all)
}

/// The owner; where there is none, the records managers. Of what could not be
/// had again, which may be for the archive, the archivists too.
fn owners(directory: &Directory, line: &RegisterLine) -> BTreeSet<Recipient> {
    let mut to = match line.asset.iao {
        Some(owner) => [Recipient::Person(owner)].into(),
        None => directory.with_role(&[Role::RecordsManager]),
    };
    if line.record_type.irreplaceable {
        to.extend(directory.with_role(&[Role::Archivist]));
    }
    to
}
