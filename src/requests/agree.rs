//! Requests against what the chain says of them.

use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::{erasure, items, recipients};
use crate::audit::{self, Differs, Odd};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{rights_request, rights_step};

/// What the chain keeps of a request: its row, its recipients, the places it
/// names without where they are, and how many steps were taken.
pub(super) async fn digest_in(
    database: &impl ConnectionTrait,
    row: &rights_request::Model,
) -> Result<String, CatalogueError> {
    let of_request = rights_step::Column::RequestId.eq(row.id);
    let steps = rights_step::Entity::find().filter(of_request).all(database).await?;
    let recipients = recipients::of(database, row.id).await?.into_iter().map(|one| {
        serde_json::json!([one.id, one.name, one.sent_on, one.state, one.settled_on, one.reason])
    });
    let items = items::of(database, row.id).await?.into_iter().map(|one| {
        serde_json::json!([one.id, one.locator_mac, one.verdict, one.kept_until, one.because])
    });
    Ok(audit::digest::of_json(&serde_json::json!([
        [row.reference, row.kind, row.grounds, row.service_area_id, row.hold_id],
        [row.received_on, row.clock_starts_on, row.due_on, row.opened_by, row.opened_at],
        [row.extended_to, row.extended_why, row.extended_told_on],
        [row.decision, row.decided_by, row.decided_at, row.exceptions, row.compelling],
        [row.consequence, row.explanation, row.explained_on, row.explained_by],
        [row.closed_by, row.closed_at],
        recipients.collect::<Vec<_>>(),
        items.collect::<Vec<_>>(),
        steps.len(),
    ])))
}

/// Requests that are not as the chain last says.
///
/// # Errors
///
/// Where the catalogue fails.
pub(crate) async fn differing(
    database: &impl ConnectionTrait,
) -> Result<Vec<Differs>, CatalogueError> {
    let mut said = audit::last_of_each(audit::entered(database, "request", &[]).await?);
    let mut found = Vec::new();
    for row in rights_request::Entity::find().all(database).await? {
        let what = format!("request `{}`", row.reference);
        match said.remove(&row.id.to_string()) {
            None => found.push(Differs::new(what, Odd::NeverEntered)),
            Some(last) if last.after != Some(digest_in(database, &row).await?) => {
                found.push(Differs::new(what, Odd::Changed(last.seq)));
            }
            Some(_) => {}
        }
    }
    let gone = said.into_values();
    found.extend(
        gone.map(|last| Differs::new(format!("request {}", last.subject), Odd::Gone(last.seq))),
    );
    found.extend(erasure::differing(database).await?);
    Ok(found)
}
