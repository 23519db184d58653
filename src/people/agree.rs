//! People against what the chain says of them.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, EntityTrait as _};

use super::{Role, digest, roles_of};
use crate::audit::{self, Differs, Odd};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::person;
use crate::catalogue::words::ChangeKind;
use crate::change::InForce;

pub(crate) async fn differing(
    database: &impl ConnectionTrait,
    changes: &InForce,
) -> Result<Vec<Differs>, CatalogueError> {
    let said = audit::last_of_each(audit::entered(database, "person", &[]).await?);
    let mut found = Vec::new();
    for row in person::Entity::find().all(database).await? {
        let what = format!("what {} may be and do", row.name);
        let Some(last) = said.get(&row.id.to_string()) else {
            found.push(Differs::new(what, Odd::NeverEntered));
            continue;
        };
        let mut known = vec![digest(&row)];
        // Earlier versions entered a role that was confirmed with its change only.
        if let Some((seq, added)) = changes.of(ChangeKind::Roles, &row.id.to_string())
            && *seq > last.seq
        {
            let added: BTreeSet<Role> = serde_json::from_value(added.clone()).unwrap_or_default();
            let roles = &roles_of(row.clone())?.roles - &added;
            known.push(digest(&person::Model { roles: serde_json::json!(roles), ..row.clone() }));
        }
        if last.after.as_ref().is_none_or(|after| !known.contains(after)) {
            found.push(Differs::new(what, Odd::Changed(last.seq)));
        }
    }
    Ok(found)
}
