//! Levels, ceilings, mappings and the changes behind them, against what the
//! chain says.

use std::collections::HashMap;

use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::ceilings::{self, Ceiling};
use super::{enforcement, request};
use crate::audit::{self, Action, Differs, Entered, Odd};
use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{asset, change_request, mapping, store};
use crate::catalogue::words::{ChangeKind, ChangeState, Enforcement};
use crate::config::MappingEntry;

/// What changes that were signed left behind them: by kind and subject, the
/// entry that put the last one in force, and the digest of what it proposed.
pub(crate) struct InForce(HashMap<(ChangeKind, String), (i64, serde_json::Value)>);

impl InForce {
    /// Reads them, and what of them differs from the chain.
    pub(crate) async fn read(
        database: &impl ConnectionTrait,
    ) -> Result<(Self, Vec<Differs>), CatalogueError> {
        let entered = audit::entered(database, "change", &[Action::ChangeInForce]).await?;
        let entered = audit::last_of_each(entered);
        let in_force = change_request::Entity::find()
            .filter(change_request::Column::State.eq(ChangeState::InForce));
        let (mut last, mut found) = (HashMap::new(), Vec::new());
        for row in in_force.all(database).await? {
            let what = format!("the change of {} {}", row.kind, row.subject);
            let Some(entry) = entered.get(&row.id.to_string()) else {
                found.push(Differs::new(what, Odd::NeverEntered));
                continue;
            };
            let same = entry.after.as_deref() == Some(&*row.digest);
            if !same || request::digest(&row) != row.digest {
                found.push(Differs::new(what, Odd::Changed(entry.seq)));
                continue;
            }
            let known: &mut (i64, serde_json::Value) =
                last.entry((row.kind, row.subject)).or_default();
            if known.0 < entry.seq {
                *known = (entry.seq, row.proposal);
            }
        }
        Ok((Self(last), found))
    }

    /// The last change of this, and where it was entered.
    pub(crate) fn of(&self, kind: ChangeKind, subject: &str) -> Option<&(i64, serde_json::Value)> {
        self.0.get(&(kind, subject.to_owned()))
    }

    /// Where a thing was last changed, by a change or by someone at once, and the
    /// digest of what it was changed to.
    fn last(
        &self,
        kind: ChangeKind,
        subject: &str,
        at_once: Option<&Entered>,
    ) -> Option<(i64, String)> {
        let signed = self.of(kind, subject);
        let signed = signed.map(|(seq, value)| (*seq, audit::digest::of_json(value)));
        let at_once = at_once.map(|entry| (entry.seq, entry.after.clone().unwrap_or_default()));
        signed.into_iter().chain(at_once).max()
    }
}

pub(crate) async fn differing(
    database: &impl ConnectionTrait,
    changes: &InForce,
) -> Result<Vec<Differs>, CatalogueError> {
    let mut found = levels(database, changes).await?;
    found.extend(of_ceilings(database, changes).await?);
    found.extend(mappings(database).await?);
    Ok(found)
}

/// A level or a ceiling that is not as the chain last says of it, or what was signed
/// to raise one.
///
/// # Errors
///
/// Where the catalogue fails.
pub(crate) async fn edited(
    database: &impl ConnectionTrait,
) -> Result<Option<Differs>, CatalogueError> {
    let (changes, mut found) = InForce::read(database).await?;
    found.extend(levels(database, &changes).await?);
    found.extend(of_ceilings(database, &changes).await?);
    Ok(found.into_iter().next())
}

/// Compares what stands with where it was last changed, or with what it is where
/// nobody has changed it.
fn compared(
    what: String,
    now: &str,
    last: Option<(i64, String)>,
    from_the_start: &str,
) -> Option<Differs> {
    match last {
        Some((seq, after)) => (after != now).then(|| Differs::new(what, Odd::Changed(seq))),
        None => (now != from_the_start).then(|| Differs::new(what, Odd::NeverEntered)),
    }
}

async fn levels(
    database: &impl ConnectionTrait,
    changes: &InForce,
) -> Result<Vec<Differs>, CatalogueError> {
    let lowered = audit::entered(database, "asset", &[Action::EnforcementLowered]).await?;
    let lowered = audit::last_of_each(lowered);
    let assets = asset::Entity::find().all(database).await?;
    let differs = |row: asset::Model| {
        let at_once = lowered.get(&row.id.to_string());
        let last = changes.last(ChangeKind::Enforcement, &row.reference, at_once);
        let what = format!("the level of asset {}, {},", row.reference, row.enforcement);
        let start = enforcement::digest(Enforcement::Flag);
        compared(what, &enforcement::digest(row.enforcement), last, &start)
    };
    Ok(assets.into_iter().filter_map(differs).collect())
}

async fn of_ceilings(
    database: &impl ConnectionTrait,
    changes: &InForce,
) -> Result<Vec<Differs>, CatalogueError> {
    let lowered = audit::entered(database, "ceiling", &[Action::CeilingLowered]).await?;
    let lowered = audit::last_of_each(lowered);
    let now = ceilings::ceilings(database).await?;
    let differs = |ceiling: &Ceiling| {
        let at_once = lowered.get(ceiling.name());
        let last = changes.last(ChangeKind::Ceiling, ceiling.name(), at_once);
        let what = format!("the ceiling {ceiling}, {},", now.of(*ceiling));
        let start = ceilings::digest(ceiling.default_value());
        compared(what, &ceilings::digest(now.of(*ceiling)), last, &start)
    };
    Ok(Ceiling::ALL.iter().filter_map(differs).collect())
}

/// A mapping that is approved is the one that was.
async fn mappings(database: &impl ConnectionTrait) -> Result<Vec<Differs>, CatalogueError> {
    let said = audit::last_of_each(audit::entered(database, "mapping", &[]).await?);
    let stores = store::Entity::find().all(database).await?;
    let stores: HashMap<_, _> = stores.into_iter().map(|row| (row.id, row.name)).collect();
    let mut found = Vec::new();
    for row in mapping::Entity::find().all(database).await? {
        let store = stores.get(&row.store_id).map(String::as_str).unwrap_or_default();
        let what = format!("a mapping of {} in store {store}", row.record_type_code);
        let Some(last) = said.get(&row.id.to_string()) else {
            found.push(Differs::new(what, Odd::NeverEntered));
            continue;
        };
        if !as_entered(&row, last) {
            found.push(Differs::new(what, Odd::Changed(last.seq)));
        }
    }
    Ok(found)
}

fn as_entered(row: &mapping::Model, last: &Entered) -> bool {
    let removed = last.action == Action::MappingRemoved.name();
    let approved = last.action == Action::MappingApproved.name();
    let entry: Option<MappingEntry> = serde_json::from_value(row.definition.clone()).ok();
    let says_so = entry.is_some_and(|entry| {
        entry.digest() == row.digest
            && entry.record_type == row.record_type_code
            && entry.location == row.location
            && entry.pattern == row.pattern
    });
    row.active != removed
        && (approved || row.approved_at.is_none())
        && (removed || says_so && last.after.as_deref() == Some(&*row.digest))
}
