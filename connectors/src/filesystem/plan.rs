//! Which mapping a file or folder belongs to.
//!
//! Of the mappings whose location lies above it, the longest location wins,
//! then one with a pattern over one without, then the order they are given in.
//! What that comes to is worked out once for each location, so that most
//! folders are decided without looking at their files' names.

use std::collections::HashMap;
use std::sync::Arc;

use super::Settings;
use super::listing::split;
use super::locator;
use super::pattern::{Level, Mapping, depth, wrong};
use crate::contract::StoreError;
use crate::order::ScanOrder;

/// A scan order made ready.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) mappings: Vec<Mapping>,
    /// For each location, what holds there and below until the next one.
    rulings: HashMap<Vec<u8>, Arc<Ruling>>,
    deepest: usize,
    /// The sentinel's path, which is nobody's item.
    pub(super) sentinel: Option<Vec<u8>>,
    /// The folder for what is out of reach, which is never listed.
    quarantine: Vec<u8>,
}

/// The mappings that may take something, by their positions, the most specific
/// first; after one that takes everything there is none.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Ruling(Vec<usize>);

impl Ruling {
    /// The most specific.
    pub(super) fn first(&self) -> Option<usize> {
        self.0.first().copied()
    }
}

/// Which mapping takes the files that lie directly in one folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FileRule {
    /// None.
    Unmapped,
    /// This one takes all.
    All(usize),
    /// The first of these that matches.
    First(Vec<usize>),
}

impl Plan {
    /// Makes an order ready, or says which of its mappings cannot be right.
    pub(super) fn new(settings: &Settings, order: &ScanOrder) -> Result<Self, StoreError> {
        let mappings: Vec<_> = order.mappings.iter().map(Mapping::new).collect::<Result<_, _>>()?;
        let rulings = mappings
            .iter()
            .map(|mapping| (mapping.location.clone(), Arc::new(ruling(&mappings, mapping))))
            .collect();
        let deepest = mappings.iter().map(|mapping| mapping.depth).max().unwrap_or(0);
        let sentinel = settings.sentinel.as_deref().and_then(locator::path);
        let quarantine = settings.quarantine_path();
        let plan = Self { mappings, rulings, deepest, sentinel, quarantine };
        plan.refuse_locations_in_units(order)?;
        plan.refuse_patterns_into_units(order)?;
        plan.refuse_ours_in_unit(order)?;
        plan.refuse_locations_in_quarantine(order)?;
        Ok(plan)
    }

    /// Whether a path is the folder for what is out of reach, or lies in it.
    pub(super) fn is_quarantine(&self, path: &[u8]) -> bool {
        let rest = path.strip_prefix(&self.quarantine[..]);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    }

    /// What holds in the root.
    pub(super) fn top(&self) -> Arc<Ruling> {
        self.rulings.get(&[][..]).cloned().unwrap_or_default()
    }

    /// What holds in a folder, given what holds in the one above.
    pub(super) fn ruling(&self, path: &[u8], depth: usize, above: &Arc<Ruling>) -> Arc<Ruling> {
        let own = (depth <= self.deepest).then(|| self.rulings.get(path)).flatten();
        Arc::clone(own.unwrap_or(above))
    }

    /// The mapping of which a folder is a unit.
    pub(super) fn unit(&self, ruling: &Ruling, path: &[u8], depth: usize) -> Option<usize> {
        for &position in &ruling.0 {
            let mapping = &self.mappings[position];
            if mapping.level == Level::Folder(depth) && mapping.matches(path) {
                return Some(position);
            }
        }
        None
    }

    /// Which mapping takes the files directly in a folder that is no unit.
    pub(super) fn file_rule(&self, ruling: &Ruling, depth: usize) -> FileRule {
        let above_units = |position: &&usize| match self.mappings[**position].level {
            Level::Item => true,
            Level::Folder(level) => depth < level,
        };
        let mut candidates = ruling.0.iter().filter(above_units).peekable();
        match candidates.peek() {
            None => FileRule::Unmapped,
            Some(&&first) if self.mappings[first].glob.is_none() => FileRule::All(first),
            Some(_) => FileRule::First(candidates.copied().collect()),
        }
    }

    /// The mapping that takes a file.
    pub(super) fn taker(&self, rule: &FileRule, path: &[u8]) -> Option<usize> {
        match rule {
            FileRule::Unmapped => None,
            FileRule::All(position) => Some(*position),
            FileRule::First(candidates) => {
                candidates.iter().copied().find(|at| self.mappings[*at].matches(path))
            }
        }
    }

    /// The unit a path lies in or is: its mapping, if any.
    fn unit_around(&self, path: &[u8]) -> Option<usize> {
        let mut ruling = self.top();
        for (depth, end) in ends(path).enumerate() {
            let folder = &path[..end];
            ruling = self.ruling(folder, depth + 1, &ruling);
            if let Some(position) = self.unit(&ruling, folder, depth + 1) {
                return Some(position);
            }
        }
        None
    }

    fn refuse_locations_in_units(&self, order: &ScanOrder) -> Result<(), StoreError> {
        for (position, mapping) in self.mappings.iter().enumerate() {
            if let Some(other) = self.unit_around(&mapping.location) {
                return Err(overlap(order, position, other));
            }
        }
        Ok(())
    }

    fn refuse_patterns_into_units(&self, order: &ScanOrder) -> Result<(), StoreError> {
        for ruling in self.rulings.values() {
            for (at, &unit) in ruling.0.iter().enumerate() {
                let Level::Folder(level) = self.mappings[unit].level else { continue };
                let before = ruling.0[..at].iter();
                for &position in before {
                    if self.reaches_below(order, position, level) {
                        return Err(overlap(order, position, unit));
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a mapping may take something that lies deeper than this level.
    fn reaches_below(&self, order: &ScanOrder, position: usize, level: usize) -> bool {
        let mapping = &self.mappings[position];
        match (mapping.level, &order.mappings[position].pattern) {
            (Level::Folder(own), _) => own > level,
            (Level::Item, Some(pattern)) if !pattern.contains("**") => {
                mapping.depth + pattern.matches('/').count() >= level
            }
            (Level::Item, _) => true,
        }
    }

    fn refuse_ours_in_unit(&self, order: &ScanOrder) -> Result<(), StoreError> {
        let ours = [
            (self.sentinel.as_deref(), "sentinel"),
            (Some(&self.quarantine[..]), "quarantine folder"),
        ];
        for (path, what) in ours {
            let Some((folder, _)) = path.map(split) else { continue };
            let Some(position) = self.unit_around(folder) else { continue };
            return Err(wrong(
                &order.mappings[position],
                &format!("the store's {what} lies in one of its units and would go with it"),
                &format!("Put the {what} into the root"),
            ));
        }
        Ok(())
    }

    fn refuse_locations_in_quarantine(&self, order: &ScanOrder) -> Result<(), StoreError> {
        let inside = |mapping: &Mapping| self.is_quarantine(&mapping.location);
        let Some(position) = self.mappings.iter().position(inside) else { return Ok(()) };
        Err(wrong(
            &order.mappings[position],
            "it lies in the store's quarantine folder, which is never mapped",
            "Map another folder, or name another `quarantine`",
        ))
    }
}

/// Where each name of a path ends.
fn ends(path: &[u8]) -> impl Iterator<Item = usize> {
    (1..=path.len()).filter(|end| path.get(*end).is_none_or(|byte| *byte == b'/'))
}

fn ruling(mappings: &[Mapping], at: &Mapping) -> Ruling {
    let above = |other: &Mapping| other.location == at.location || other.covers(&at.location);
    let mut positions: Vec<_> =
        (0..mappings.len()).filter(|position| above(&mappings[*position])).collect();
    positions.sort_by_key(|position| {
        let mapping = &mappings[*position];
        (usize::MAX - depth(&mapping.location), mapping.glob.is_none(), *position)
    });
    let all = positions.iter().position(|position| mappings[*position].glob.is_none());
    positions.truncate(all.map_or(positions.len(), |all| all + 1));
    Ruling(positions)
}

fn overlap(order: &ScanOrder, position: usize, unit: usize) -> StoreError {
    let (mapping, unit) = (&order.mappings[position], &order.mappings[unit]);
    let pattern = |pattern: &Option<String>| {
        pattern.as_deref().map(|pattern| format!(" (`{pattern}`)")).unwrap_or_default()
    };
    wrong(
        mapping,
        &format!(
            "it{} reaches into folders that are each one unit of the mapping of `{}`{}",
            pattern(&mapping.pattern),
            unit.location,
            pattern(&unit.pattern)
        ),
        "A unit goes as a whole: give the outer mapping a pattern that leaves these folders out, \
         or map them as part of the unit",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filesystem::tests::{files, folders, settings};

    fn plan(mappings: Vec<crate::order::MappingOrder>) -> Result<Plan, StoreError> {
        Plan::new(&settings("/store"), &ScanOrder { mappings })
    }

    fn taker(plan: &Plan, path: &str) -> Option<usize> {
        let (folder, _) = path.rsplit_once('/').unwrap_or_default();
        let mut ruling = plan.top();
        for (depth, end) in ends(folder.as_bytes()).enumerate() {
            ruling = plan.ruling(&folder.as_bytes()[..end], depth + 1, &ruling);
        }
        let rule = plan.file_rule(&ruling, depth(folder.as_bytes()));
        plan.taker(&rule, path.as_bytes())
    }

    #[test]
    fn the_most_specific_mapping_takes_a_file() {
        let plan = plan(vec![
            files("a", None),
            files("a/b", Some("*.pdf")),
            files("a", Some("**/*.pdf")),
            files("a", Some("**/x.*")),
        ])
        .unwrap();
        for (path, taken) in [
            ("a/b/x.pdf", Some(1)),
            ("a/b/c/x.pdf", Some(2)),
            ("a/x.pdf", Some(2)),
            ("a/c/x.txt", Some(3)),
            ("a/y.txt", Some(0)),
            ("ab/y.txt", None),
            ("y.txt", None),
        ] {
            assert_eq!(taker(&plan, path), taken, "{path}");
        }
    }

    #[test]
    fn files_above_the_units_are_items_and_those_beside_are_not() {
        let plan = plan(vec![folders("cases", 2, Some("open/*"))]).unwrap();
        let ruling = plan.ruling(b"cases", 1, &plan.top());
        assert_eq!(plan.unit(&ruling, b"cases/open/7", 3), Some(0));
        assert_eq!(plan.unit(&ruling, b"cases/shut/7", 3), None);
        assert_eq!(taker(&plan, "cases/open/list.txt"), Some(0));
        assert_eq!(taker(&plan, "cases/shut/7/list.txt"), None);
    }

    #[test]
    fn a_mapping_inside_anothers_units_is_refused() {
        for inner in [
            files("cases/2019/smith", None),
            folders("cases/2019/smith/letters", 1, None),
            files("cases/2019", Some("**/*.pdf")),
            files("cases", Some("2019/*.pdf")),
        ] {
            let error = plan(vec![folders("cases", 1, None), inner]).unwrap_err();
            assert!(error.to_string().contains("reaches into folders"), "{error}");
        }
    }

    #[test]
    fn a_mapping_beside_or_instead_of_units_is_accepted() {
        for beside in [
            files("cases", Some("*.xlsx")),
            files("cases/2019", None),
            files("other", None),
            folders("", 1, Some("other")),
        ] {
            plan(vec![folders("cases", 1, None), beside]).unwrap();
        }
        plan(vec![folders("cases", 1, Some("case-*")), files("cases/admin/x", None)]).unwrap();
    }
}
