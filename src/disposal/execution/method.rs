//! How what a batch came to was done, in the words of its certificate.

use retaind_schedules::action::DisposalAction;
use sea_orm::{ConnectionTrait, EntityTrait as _};

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{anonymisation, batch, person, transfer};

const HERE: &str = "taken out of reach, kept for the grace period, then deleted by the store's own \
                    means";

/// How it was done.
pub(super) async fn method(
    read: &impl ConnectionTrait,
    batch: &batch::Model,
) -> Result<String, CatalogueError> {
    match batch.action.0 {
        DisposalAction::Transfer => accepted(read, batch).await,
        DisposalAction::Anonymise => attested(read, batch).await,
        _ => Ok(HERE.to_owned()),
    }
}

async fn accepted(
    read: &impl ConnectionTrait,
    batch: &batch::Model,
) -> Result<String, CatalogueError> {
    let row = transfer::Entity::find_by_id(batch.id).one(read).await?;
    let accepted = row.and_then(|row| Some((row.accepted_ref?, row.accepted_on?, row.archive)));
    let Some((reference, on, archive)) = accepted else { return Ok(HERE.to_owned()) };
    let on = on.0;
    Ok(format!(
        "accepted by {archive} as {reference} on {on} with the same checksums; the copies here \
         {HERE}"
    ))
}

async fn attested(
    read: &impl ConnectionTrait,
    batch: &batch::Model,
) -> Result<String, CatalogueError> {
    let missing = || CatalogueError::impossible("anonymisation", "nobody attested it");
    let row = anonymisation::Entity::find_by_id(batch.id).one(read).await?;
    let attested = row.and_then(|row| Some((row.attested_by?, row.done_on?, row.method?)));
    let (by, on, method) = attested.ok_or_else(missing)?;
    let who = person::Entity::find_by_id(by).one(read).await?.map(|person| person.name);
    let (who, on) = (who.unwrap_or_default(), on.0);
    Ok(format!("made anonymous in the system itself by {on}, as {who} attests: {method}"))
}
