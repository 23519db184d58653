//! Addresses that took no mail, at once or for days: what they are told goes to
//! others, for some days.

use jiff::{SignedDuration, Timestamp};
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::carrier::{Refused, Setback};
use super::outbox;
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{failing_address, mail};
use crate::catalogue::values::Micros;
use crate::catalogue::{CatalogueError, WriteTx};

/// After how long an address that took no mail is written to again: people come
/// back, and servers err.
const FORGIVEN_AFTER: SignedDuration = SignedDuration::from_hours(24 * 7);

/// For how long a recipient's mail is tried that is refused, or comes back, for
/// another reason than its address, before another is told.
pub(super) const PATIENCE: SignedDuration = SignedDuration::from_hours(24 * 5);

/// What an attempt comes to by now: a refusal that has lasted counts as the address's
/// own, unless nobody else's mail was taken in the meantime either.
pub(super) async fn by_now(
    tx: &WriteTx,
    tried: Result<(), Refused>,
    mail: &mail::Model,
    address: &str,
    now: Timestamp,
) -> Result<Result<(), Refused>, CatalogueError> {
    let Err(refused) = tried else { return Ok(tried) };
    let made = mail.created_at;
    if refused.how != Setback::ForGood || now.duration_since(made.timestamp()) <= PATIENCE {
        return Ok(Err(refused));
    }
    let anothers = mail::Entity::find()
        .filter(mail::Column::SentAt.gte(made))
        .filter(outbox::is_to(address).not());
    let how = match anothers.one(&**tx).await? {
        Some(_) => Setback::NoSuchAddress,
        None => refused.how,
    };
    Ok(Err(Refused { how, ..refused }))
}

/// Notes that an address no longer takes mail, and enters it.
pub(super) async fn note(
    tx: &WriteTx,
    address: &str,
    why: &str,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let address = address.to_lowercase();
    if failing_address::Entity::find_by_id(&address).one(&**tx).await?.is_some() {
        return Ok(());
    }
    let row = failing_address::Model {
        address: address.clone(),
        since_at: Micros::from(now),
        why: why.to_owned(),
    };
    let row = row.into_active_model();
    failing_address::Entity::insert(row).exec_without_returning(&**tx).await?;
    let digest = audit::digest::of_bytes(address.as_bytes());
    let subject = Subject::new("mail-address", &digest[..24]);
    let entry =
        Entry::new(By::Service, Action::MailAddressFailing, subject).because(Motive::own(why));
    audit::append(tx, now, &entry).await.map(|_| ())
}

/// Writes again to those whose days are over.
pub(super) async fn forgive(tx: &WriteTx, now: Timestamp) -> Result<(), CatalogueError> {
    let long_ago = failing_address::Column::SinceAt.lt(Micros::from(now - FORGIVEN_AFTER));
    failing_address::Entity::delete_many().filter(long_ago).exec(&**tx).await?;
    Ok(())
}
