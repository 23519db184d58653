//! Holds against what the chain says of them.

use std::collections::HashMap;

use retaind_schedules::hold::Scope;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::list::{Listed, Which, listed};
use crate::audit::{self, Action, Differs, Entered, Odd};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{hold, hold_scope};

/// What the chain keeps of a hold: all of its row, and what it covers.
pub(super) async fn digest_in(
    database: &impl ConnectionTrait,
    row: &hold::Model,
) -> Result<String, CatalogueError> {
    let of_hold = hold_scope::Entity::find().filter(hold_scope::Column::HoldId.eq(row.id));
    let rows = of_hold.all(database).await?;
    let values: Vec<_> = rows.into_iter().map(|row| row.value).collect();
    Ok(digest(row, &values))
}

fn digest(row: &hold::Model, scopes: &[serde_json::Value]) -> String {
    let mut scopes: Vec<String> = scopes.iter().map(serde_json::Value::to_string).collect();
    scopes.sort_unstable();
    audit::digest::of_json(&serde_json::json!([
        [row.reference, row.title, row.kind, row.ground, row.authority, row.blocks],
        [row.placed_by, row.placed_at],
        [row.review_on, row.earliest_release, row.subject_informed_on],
        row.state,
        [row.release_requested_by, row.release_requested_at, row.released_by, row.released_at],
        [row.release_reason, row.release_authority],
        scopes,
    ]))
}

/// What entries of earlier versions kept of it.
fn digest_without_scopes(row: &hold::Model) -> String {
    audit::digest::of_json(&serde_json::json!([
        [row.reference, row.title, row.kind, row.ground, row.authority, row.blocks],
        [row.review_on, row.earliest_release, row.subject_informed_on],
        row.state,
        [row.release_requested_by, row.released_by],
        [row.release_reason, row.release_authority],
    ]))
}

/// Earlier versions entered of a hold that was widened only what it covered then.
fn says_little(entry: &Entered) -> bool {
    entry.action == Action::HoldWidened.name() && entry.before.is_none()
}

pub(crate) async fn differing(
    database: &impl ConnectionTrait,
) -> Result<Vec<Differs>, CatalogueError> {
    let entered = audit::entered(database, "hold", &[]).await?;
    let telling = entered.into_iter().filter(|entry| !says_little(entry)).collect();
    let mut said = audit::last_of_each(telling);
    let mut found = Vec::new();
    for held in listed(database, Which::All).await? {
        found.extend(compared(&mut said, &held)?);
    }
    let gone = said.into_values();
    found.extend(
        gone.map(|last| Differs::new(format!("hold {}", last.subject), Odd::Gone(last.seq))),
    );
    Ok(found)
}

fn compared(
    said: &mut HashMap<String, Entered>,
    Listed { hold, scopes }: &Listed,
) -> Result<Option<Differs>, CatalogueError> {
    let what = || format!("hold `{}`", hold.reference);
    let Some(last) = said.remove(&hold.id.to_string()) else {
        return Ok(Some(Differs::new(what(), Odd::NeverEntered)));
    };
    let values = scopes.iter().map(value).collect::<Result<Vec<_>, _>>()?;
    let now = [digest(hold, &values), digest_without_scopes(hold)];
    let agrees = last.after.is_some_and(|after| now.contains(&after));
    Ok((!agrees).then(|| Differs::new(what(), Odd::Changed(last.seq))))
}

fn value(scope: &Scope) -> Result<serde_json::Value, CatalogueError> {
    serde_json::to_value(scope).map_err(|why| CatalogueError::impossible("a hold's scope", why))
}
