//! Closing a request, and asking for the release of what it held.

use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};

use super::{Handling, RequestDecision, RequestError, RequestKind};
use super::{agree, enter, erasure, find, items, locked, recipients, update};
use crate::audit::Action;
use crate::catalogue::entity::{hold, rights_item, rights_recipient, rights_request};
use crate::catalogue::values::Micros;
use crate::catalogue::words::HoldState;
use crate::holds::{self, Progress, request::is_request};
use crate::plural::counted;

/// A request that is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The request.
    pub request: rights_request::Model,
    /// What becomes of its hold.
    pub release: Release,
}

/// What becomes of the hold of a closed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Release {
    /// Its release was asked for, and waits for another person.
    Asked {
        /// Its reference.
        hold: String,
    },
    /// It was released already.
    Over {
        /// Its reference.
        hold: String,
    },
    /// The restriction was granted: it stays until it is lifted.
    Stays {
        /// Its reference.
        hold: String,
    },
    /// It has none.
    None,
}

/// Closes a request and asks for the release of its hold, which stays in force
/// until another person gives it. Where asking failed after the request was
/// closed, closing it again asks again and changes nothing else.
///
/// # Errors
///
/// Where the actor may not, or the request is not decided, refused and not
/// explained, or granted while a recipient is outstanding (I18) or an item that is to
/// go early stands on no list.
pub async fn close(handling: &Handling<'_>, reference: &str) -> Result<Closed, RequestError> {
    let by = handling.by()?;
    let found = find(handling.catalogue.read(), reference).await?;
    let request = match found.closed_at {
        Some(_) => found,
        None => {
            let tx = handling.catalogue.write_tx().await?;
            let before = locked(&tx, reference).await?;
            let was = agree::digest_in(&*tx, &before).await?;
            may_close(&before, &recipients::of(&*tx, before.id).await?)?;
            let unlisted = erasure::unlisted(&*tx, &before, handling.today()).await?;
            if unlisted > 0 {
                let (reference, items) = (before.reference, counted(unlisted, "item", "items"));
                return Err(RequestError::NotListed { reference, items });
            }
            for item in items::of(&*tx, before.id).await? {
                let item = rights_item::Model { locator: None, ..item };
                item.into_active_model().reset_all().update(&*tx).await?;
            }
            let after = rights_request::Model {
                closed_by: Some(handling.actor.person.0),
                closed_at: Some(Micros::from(handling.now)),
                ..before
            };
            update(&tx, &after).await?;
            let why = after.decision.map_or("", RequestDecision::name);
            enter(&tx, by, Action::RequestClosed, Some(was), &after, why, handling.now).await?;
            tx.commit().await?;
            after
        }
    };
    let release = release(handling, &request).await?;
    Ok(Closed { request, release })
}

/// Invariant I18.
fn may_close(
    request: &rights_request::Model,
    recipients: &[rights_recipient::Model],
) -> Result<(), RequestError> {
    let reference = request.reference.clone();
    let Some(decision) = request.decision else {
        return Err(RequestError::NotDecided(reference));
    };
    let missing = missing(request);
    if !missing.is_empty() {
        let missing = missing.join(" and ");
        return Err(RequestError::Unexplained { reference, decision, missing });
    }
    let outstanding = recipients.iter().filter(|one| one.is_outstanding()).count();
    match outstanding {
        0 => Ok(()),
        _ if !decision.grants() => Ok(()),
        outstanding => Err(RequestError::RecipientsOutstanding { reference, outstanding }),
    }
}

/// What of an explanation a request that refuses anything does not have yet.
#[must_use]
pub(crate) fn missing(request: &rights_request::Model) -> Vec<&'static str> {
    if !request.decision.is_some_and(RequestDecision::refuses) {
        return Vec::new();
    }
    let parts = [
        (request.exceptions.is_none(), "an exception"),
        (request.explanation.is_none(), "the text of the explanation"),
        (request.explained_on.is_none(), "the day it was sent"),
    ];
    parts.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, what)| what).collect()
}

/// Asks for the release of what it held. The answer is the last correspondence
/// about a request for information, from which its tail counts.
async fn release(
    handling: &Handling<'_>,
    request: &rights_request::Model,
) -> Result<Release, RequestError> {
    let Handling { catalogue, actor, now } = *handling;
    let Some(id) = request.hold_id else { return Ok(Release::None) };
    let Some(kept) = hold::Entity::find_by_id(id).one(catalogue.read()).await? else {
        return Ok(Release::None);
    };
    let hold = kept.reference;
    let is_granted = request.decision.is_some_and(RequestDecision::grants);
    match kept.state {
        _ if request.kind == RequestKind::Restriction && is_granted => {
            return Ok(Release::Stays { hold });
        }
        HoldState::Released => return Ok(Release::Over { hold }),
        HoldState::ReleaseRequested => return Ok(Release::Asked { hold }),
        HoldState::Active => {}
    }
    if is_request(kept.kind.0) {
        let on = request.explained_on.map_or(handling.today(), |day| day.0);
        holds::correspondence(catalogue, actor, &hold, on, now).await?;
        let answer = Progress { answered: Some(on), ..Progress::default() };
        holds::progress(catalogue, actor, &hold, |known| known.and(answer), now).await?;
    }
    let authority = format!("request {}", request.reference);
    let why = "the request is closed";
    holds::request_release(catalogue, actor, &hold, why, &authority, now).await?;
    Ok(Release::Asked { hold })
}
