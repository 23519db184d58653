//! Approvals, batches that were let go and standing authorities, against what
//! the chain says of them.

use std::collections::{HashMap, HashSet};

use retaind_schedules::batch::BatchState;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::standing;
use crate::audit::{self, Action, Differs, Odd};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{approval, authority_signature, batch, standing_authority};
use crate::catalogue::words::{AuthorityState, Decision, Stage};

/// What is entered of an approval.
const fn action_of(decision: Decision, stage: Stage) -> Action {
    match (decision, stage) {
        (Decision::Reject, _) => Action::BatchRejected,
        (Decision::Approve, Stage::Iao) => Action::BatchApproved,
        (Decision::Approve, _) => Action::BatchAuthorised,
    }
}

/// Whether the chain says that this was signed, by this person.
pub(in crate::disposal) async fn approval_entered(
    database: &impl ConnectionTrait,
    row: &approval::Model,
) -> Result<bool, CatalogueError> {
    let action = action_of(row.decision, row.stage);
    let (batch, by) = (("batch", row.batch_id), Some(row.person_id));
    audit::is_entered(database, batch, action, &row.digest, by).await
}

/// Whether the chain says that this list was let go without two people signing
/// it, on the strength of a standing authority.
pub(in crate::disposal) async fn standing_entered(
    database: &impl ConnectionTrait,
    batch: &batch::Model,
) -> Result<bool, CatalogueError> {
    let digest = batch.digest.as_deref().unwrap_or_default();
    audit::is_entered(database, ("batch", batch.id), Action::BatchAuthorised, digest, None).await
}

/// States that only a batch comes to that was let go.
const LET_GO: [BatchState; 6] = [
    BatchState::Authorised,
    BatchState::Quarantining,
    BatchState::Quarantined,
    BatchState::Destroying,
    BatchState::Executed,
    BatchState::Certified,
];

pub(crate) async fn differing(
    database: &impl ConnectionTrait,
) -> Result<Vec<Differs>, CatalogueError> {
    let mut found = batches(database).await?;
    found.extend(authorities(database).await?);
    Ok(found)
}

async fn batches(database: &impl ConnectionTrait) -> Result<Vec<Differs>, CatalogueError> {
    let actions = [Action::BatchApproved, Action::BatchAuthorised, Action::BatchRejected];
    let entered = audit::entered(database, "batch", &actions).await?;
    let typed = audit::words_of(database, entered.iter().map(|one| one.seq)).await?;
    let by_person: HashMap<(&str, &str, &str, Option<&str>), i64> = entered
        .iter()
        .map(|one| ((&*one.subject, &*one.actor, &*one.action, one.after.as_deref()), one.seq))
        .collect();
    let let_go: HashSet<(&str, Option<&str>)> = entered
        .iter()
        .filter(|one| one.action == Action::BatchAuthorised.name())
        .map(|one| (&*one.subject, one.after.as_deref()))
        .collect();
    let batches = batch::Entity::find().all(database).await?;
    let numbers: HashMap<Uuid, &str> = batches.iter().map(|row| (row.id, &*row.number)).collect();
    let mut found = Vec::new();
    for row in approval::Entity::find().all(database).await? {
        let (subject, actor) = (row.batch_id.to_string(), row.person_id.to_string());
        let action = action_of(row.decision, row.stage).name();
        let seq = by_person.get(&(&subject, &actor, action, Some(&row.digest)));
        let how = match seq {
            None => Odd::NeverEntered,
            // Entries of earlier versions have no words beside them.
            Some(seq)
                if typed.get(seq).is_some_and(|typed| row.comment.as_ref() != Some(typed)) =>
            {
                Odd::Changed(*seq)
            }
            Some(_) => continue,
        };
        let number = numbers.get(&row.batch_id).copied().unwrap_or("a batch");
        found.push(Differs::new(format!("an approval of {number} as {}", row.stage), how));
    }
    let let_go_now = batches.iter().filter(|row| {
        let halted_from = row.halted_from.map(|from| from.0);
        LET_GO.contains(&halted_from.unwrap_or(row.state.0))
    });
    let never = let_go_now
        .filter(|row| !let_go.contains(&(&*row.id.to_string(), row.digest.as_deref())))
        .map(|row| Differs::new(format!("leave to carry out {}", row.number), Odd::NeverEntered));
    found.extend(never);
    Ok(found)
}

async fn authorities(database: &impl ConnectionTrait) -> Result<Vec<Differs>, CatalogueError> {
    let entered = audit::entered(database, "standing-authority", &[]).await?;
    let signed: HashSet<(String, String, Option<String>)> = entered
        .iter()
        .filter(|one| one.action == Action::AuthoritySigned.name())
        .map(|one| (one.subject.clone(), one.actor.clone(), one.after.clone()))
        .collect();
    let said = audit::last_of_each(entered);
    let mut found = Vec::new();
    for row in standing_authority::Entity::find().all(database).await? {
        let what = format!("standing authority {}", row.number);
        let Some(last) = said.get(&row.id.to_string()) else {
            found.push(Differs::new(what, Odd::NeverEntered));
            continue;
        };
        let taken_back = last.action == Action::AuthorityRevoked.name();
        let agrees = last.after.as_deref() == Some(&*row.digest)
            && standing::digest(&row) == row.digest
            && taken_back == (row.state == AuthorityState::Revoked);
        if !agrees {
            found.push(Differs::new(what, Odd::Changed(last.seq)));
            continue;
        }
        let signatures = authority_signature::Entity::find()
            .filter(authority_signature::Column::AuthorityId.eq(row.id));
        for signature in signatures.all(database).await? {
            let (subject, actor) = (row.id.to_string(), signature.person_id.to_string());
            if !signed.contains(&(subject, actor, Some(signature.digest))) {
                let what = format!("a signature under {what}");
                found.push(Differs::new(what, Odd::NeverEntered));
            }
        }
    }
    Ok(found)
}

/// Whether each of these who signed an authority is entered as having signed it.
pub(in crate::disposal) async fn signatures_entered(
    database: &impl ConnectionTrait,
    signed: [&authority_signature::Model; 2],
) -> Result<bool, CatalogueError> {
    for one in signed {
        let (authority, by) = (("standing-authority", one.authority_id), Some(one.person_id));
        let action = Action::AuthoritySigned;
        if !audit::is_entered(database, authority, action, &one.digest, by).await? {
            return Ok(false);
        }
    }
    Ok(true)
}
