//! Whether what is in force is what the chain says of it: an edit of a row
//! leaves the chain whole, and shows here.
//!
//! Compared are holds with their scopes, requests of people, the rules, approvals and standing
//! authorities, levels, ceilings, mappings, what people may be, and certificates
//! with the number of their stubs, and what people typed with an entry. Each part says of its
//! own rows what an entry's digest covers; entries of earlier versions, which
//! covered less, are taken for what they covered.

use sea_orm::ConnectionTrait;

use super::{Differs, typed};
use crate::catalogue::CatalogueError;
use crate::{change, disposal, holds, people, proof, requests, stores};

/// What to do about anything that differs.
pub const REMEDY: &str = "Somebody changed the database behind the program's back. Keep a copy of \
    the catalogue as evidence and find out who may write to it. Then put right what differs: place \
    a hold anew, withdraw a batch, set a level or a ceiling again, or restore the last backup that \
    agrees";

/// Everything in force that is not as the chain last says, as it is at one moment.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn differing(snapshot: &impl ConnectionTrait) -> Result<Vec<Differs>, CatalogueError> {
    let mut found = typed::differing(snapshot).await?;
    found.extend(holds::differing(snapshot).await?);
    found.extend(requests::differing(snapshot).await?);
    found.extend(stores::accepted::differing(snapshot).await?);
    found.extend(disposal::differing(snapshot).await?);
    found.extend(proof::differing(snapshot).await?);
    let (changes, differ) = change::InForce::read(snapshot).await?;
    found.extend(differ);
    found.extend(change::differing(snapshot, &changes).await?);
    found.extend(people::differing(snapshot, &changes).await?);
    Ok(found)
}
