//! What a locator names, if it is something the mapping takes.

use super::locator;
use super::pattern::{Level, Mapping, depth};
use super::plan::Plan;
use crate::contract::{StoreError, StoreErrorKind};

/// What a locator names under a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A file at this path.
    File(Vec<u8>),
    /// A folder at this path that is one unit.
    Unit(Vec<u8>),
    /// It lies where the mapping does, and the pattern leaves it out.
    PassedOver,
}

impl Target {
    /// What a locator names under the plan's only mapping.
    pub(super) fn of(plan: &Plan, locator: &str) -> Result<Self, StoreError> {
        let target = plan.mappings.first().and_then(|mapping| named(mapping, locator));
        target.filter(|target| !is_ours(plan, target)).ok_or_else(|| foreign(locator))
    }
}

fn named(mapping: &Mapping, locator: &str) -> Option<Target> {
    let path = locator::path(locator.strip_suffix('/').unwrap_or(locator))?;
    if !locator::is_plain(&path) || !mapping.covers(&path) {
        return None;
    }
    if !mapping.matches(&path) {
        return Some(Target::PassedOver);
    }
    match mapping.level {
        Level::Folder(level) if locator.ends_with('/') => {
            (depth(&path) == level).then_some(Target::Unit(path))
        }
        _ if locator.ends_with('/') => None,
        Level::Folder(level) => (depth(&path) <= level).then_some(Target::File(path)),
        Level::Item => Some(Target::File(path)),
    }
}

/// Whether it is the sentinel, or out of reach already.
fn is_ours(plan: &Plan, target: &Target) -> bool {
    match target {
        Target::File(path) | Target::Unit(path) => {
            plan.sentinel.as_ref() == Some(path) || plan.is_quarantine(path)
        }
        Target::PassedOver => false,
    }
}

pub(super) fn foreign(locator: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Misconfigured,
        format!("`{locator}` is no item of this mapping"),
        "Scan again; the mapping may have changed",
    )
}
