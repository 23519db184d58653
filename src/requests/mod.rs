//! What people ask under data protection law: opened, decided, explained, told on
//! to whom the records were shared with, and closed.
//!
//! A request keeps what it is about by a hold, the same as any other; it knows
//! its last day, and nobody closes it as refused without an exception, an
//! explanation and the day that was sent, nor as granted while a recipient is
//! outstanding (invariant I18: the tables refuse that too). Closing it asks for the
//! release of its hold, which two people then give.
//!
//! **No name and no address of the person is kept**: the case system's reference
//! is, and it stands in no audit entry. The places a request names are forgotten
//! when it is closed; their keyed digests stay.
//!
//! What a granted request for erasure names goes before its time only where two
//! people sign that here, and nothing but the organisation's own need keeps it; then
//! by a list like any other (`crate::disposal`). Nothing here destroys.
//!
//! | module | what it holds |
//! |---|---|
//! | `kind`, [`codes`] | what can be asked, on which grounds, and on what it is refused |
//! | `open`, `decide`, `close` | the life of a request, the same through every door |
//! | [`items`] | the places it names, and what is to become of each |
//! | [`erasure`] | who signs that items go early, and whether that stands |
//! | [`recipients`] | whom the decision is passed on to (UK GDPR Art. 19) |
//! | [`steps`] | where was searched, and what was found |
//! | [`letter`] | what the person is told |
//! | `agree` | requests against what the chain says of them |

mod agree;
mod close;
pub mod codes;
mod decide;
pub mod erasure;
mod error;
pub mod items;
mod kind;
pub mod letter;
mod list;
mod open;
pub mod recipients;
pub mod steps;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::calendar::london_date;
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::rights_request;
use crate::catalogue::{Catalogue, CatalogueError, WriteTx};
use crate::keys::plain;
use crate::notices;
use crate::people::{Actor, Role};

pub(crate) use agree::differing;
pub use close::{Closed, Release, close};
pub use decide::{Explanation, Extension, Ruling, decide, explain, extend, restart};
pub use error::RequestError;
pub use kind::{ItemVerdict, RecipientState, RequestDecision, RequestKind, Seat, StepKind};
pub use list::{Early, Fate, Shown, show, shown};
pub use open::{Keeping, NewRequest, Opened, open};

/// Who opens, decides and closes requests.
pub const MAY_HANDLE: &[Role] = &[Role::Dpo, Role::InformationRequests];

/// Who does something to a request, and when.
#[derive(Clone, Copy)]
pub struct Handling<'a> {
    /// Where the requests are.
    pub catalogue: &'a Catalogue,
    /// Who.
    pub actor: &'a Actor,
    /// When.
    pub now: Timestamp,
}

impl Handling<'_> {
    fn today(&self) -> Date {
        london_date(self.now)
    }

    fn by(&self) -> Result<By, RequestError> {
        let role = self.actor.first_of(MAY_HANDLE);
        let role = role.ok_or_else(|| RequestError::MayNot(self.actor.name.clone()))?;
        Ok(By::person(self.actor, role))
    }

    /// A day on which something happened: not before the request came in, and not
    /// after today.
    fn day(&self, on: Date, request: &rights_request::Model) -> Result<Date, RequestError> {
        let (received, today) = (request.received_on.0, self.today());
        if on < received || on > today {
            return Err(RequestError::Day { day: on, received, today });
        }
        Ok(on)
    }

    /// Changes an open request and enters it, in one transaction.
    async fn change(
        &self,
        reference: &str,
        action: Action,
        why: &str,
        edit: impl FnOnce(rights_request::Model) -> Result<rights_request::Model, RequestError>,
    ) -> Result<rights_request::Model, RequestError> {
        let by = self.by()?;
        let tx = self.catalogue.write_tx().await?;
        let before = locked(&tx, reference).await?;
        let was = agree::digest_in(&*tx, &before).await?;
        let after = edit(before)?;
        update(&tx, &after).await?;
        enter(&tx, by, action, Some(was), &after, why, self.now).await?;
        tx.commit().await?;
        Ok(after)
    }
}

/// The number of a request, by which mails name it where its reference may name
/// anybody.
#[must_use]
pub fn number(request: Uuid) -> String {
    let id = request.simple().to_string();
    format!("R-{}", id[id.len() - 8..].to_uppercase())
}

/// What a mail may call the request: its reference where that can name nobody, else
/// its number.
#[must_use]
pub fn called(request: &rights_request::Model) -> String {
    notices::harmless_reference(&request.reference).unwrap_or_else(|| number(request.id))
}

/// The last day of a request as it stands.
#[must_use]
pub fn last_day(request: &rights_request::Model) -> Date {
    request.extended_to.unwrap_or(request.due_on).0
}

/// Refuses what is blank; else the text without white space around it.
fn said(what: &'static str, text: &str) -> Result<String, RequestError> {
    let text = text.trim();
    if text.is_empty() { Err(RequestError::Blank(what)) } else { Ok(text.to_owned()) }
}

/// The request of this reference or number, oldest first where several would do.
///
/// # Errors
///
/// Where there is none.
pub async fn find(
    database: &impl ConnectionTrait,
    reference: &str,
) -> Result<rights_request::Model, RequestError> {
    among(rights_request::Entity::find(), database, reference).await
}

/// The same, open, and locked until the transaction ends.
async fn locked(tx: &WriteTx, reference: &str) -> Result<rights_request::Model, RequestError> {
    let found = among(rights_request::Entity::find().lock_exclusive(), &**tx, reference).await?;
    match found.closed_at {
        Some(_) => Err(RequestError::Closed(found.reference)),
        None => Ok(found),
    }
}

async fn among(
    of: sea_orm::Select<rights_request::Entity>,
    database: &impl ConnectionTrait,
    reference: &str,
) -> Result<rights_request::Model, RequestError> {
    let rows = of.order_by_asc(rights_request::Column::Id).all(database).await?;
    let given = plain(reference);
    let by_reference = rows.iter().position(|row| plain(&row.reference) == given);
    let by_number = || rows.iter().position(|row| plain(&number(row.id)) == given);
    let found = by_reference.or_else(by_number);
    let found = found.and_then(|at| rows.into_iter().nth(at));
    found.ok_or_else(|| RequestError::NoSuchRequest(reference.to_owned()))
}

async fn update(tx: &WriteTx, row: &rights_request::Model) -> Result<(), CatalogueError> {
    row.clone().into_active_model().reset_all().update(&**tx).await?;
    Ok(())
}

/// Enters an act on a request. What officers wrote of a person stands in the
/// request and not here: `why` is the program's own words, or about the decision.
async fn enter(
    tx: &WriteTx,
    by: By,
    action: Action,
    before: Option<String>,
    after: &rights_request::Model,
    why: &str,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let entry = Entry::new(by, action, Subject::new("request", after.id))
        .before(before)
        .after(agree::digest_in(&**tx, after).await?)
        .because(Motive::own(why));
    audit::append(tx, now, &entry).await.map(|_| ())
}
