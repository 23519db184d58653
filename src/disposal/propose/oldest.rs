//! Which of what is due is longest overdue: what a list takes where a person
//! asks for a shorter one than all that is due, since all of it would be above
//! a ceiling.

use std::collections::{BTreeMap, BinaryHeap, HashSet};
use std::num::NonZeroU64;

use jiff::civil::Date;

use super::{Due, Group, Left};
use crate::catalogue::{CatalogueError, WriteTx};
use crate::disposal::candidate::Judge;

/// The places of so many items of each action, those first whose last day is
/// furthest back; of one day, in the order of their places.
pub(super) async fn oldest(
    tx: &WriteTx,
    group: &Group<'_>,
    judge: &Judge<'_>,
    most: NonZeroU64,
) -> Result<HashSet<String>, CatalogueError> {
    let mut by_action: BTreeMap<&str, BinaryHeap<(Option<Date>, String)>> = BTreeMap::new();
    let mut due = Due::of(tx, group, judge);
    let mut left = Left::default();
    while let Some(page) = due.next(&mut left).await? {
        for (item, leave) in page {
            let oldest = by_action.entry(leave.action.name()).or_default();
            // What is due at once has no day, and comes first.
            oldest.push((leave.due_on, item.locator));
            if oldest.len() as u64 > most.get() {
                oldest.pop();
            }
        }
    }
    Ok(by_action.into_values().flatten().map(|(_, place)| place).collect())
}
