//! What a file would change in the register that is live, and which of it lets
//! records go sooner than before.

use std::collections::BTreeMap;

use retaind_schedules::readback::in_words;
use retaind_schedules::rule::{Leaf, Rule};
use serde::Serialize;

use super::row::{NewLine, key_of};
use crate::catalogue::words::Change;
use crate::plural::counted;

/// Removing more than one line in this many is marked.
const MARKED_SHARE: usize = 10;

/// How many lines an import changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Changes {
    /// Lines that are new.
    pub added: u64,
    /// Lines that differ.
    pub changed: u64,
    /// Lines that are as they were.
    pub unchanged: u64,
    /// Lines no longer in the file.
    pub removed: u64,
}

/// What an import would do, line by line.
#[derive(Debug, Default)]
pub(crate) struct Comparison<'a> {
    /// For each line of the file, in its order.
    pub(crate) lines: Vec<Change>,
    /// Live lines that the file no longer has, by their key.
    pub(crate) removed: Vec<(&'a str, &'a NewLine)>,
    /// Lines of the file, by place in it, that let records go sooner, and how.
    pub(crate) loosened: Vec<(usize, String)>,
    live: usize,
}

/// Compares the lines of a file with the live ones, which are given by key.
pub(crate) fn compare<'a>(
    live: &'a BTreeMap<String, NewLine>,
    file: &[&NewLine],
) -> Comparison<'a> {
    let mut comparison = Comparison { live: live.len(), ..Comparison::default() };
    let mut kept = std::collections::BTreeSet::new();
    for (at, line) in file.iter().enumerate() {
        let key = key_of(&line.reference);
        let change = match live.get(&key) {
            None => Change::Added,
            Some(old) if old == *line => Change::Unchanged,
            Some(old) => {
                comparison.loosened.extend(loosened(old, line).map(|how| (at, how)));
                Change::Changed
            }
        };
        comparison.lines.push(change);
        kept.insert(key);
    }
    let removed = live.iter().filter(|(key, _)| !kept.contains(*key));
    comparison.removed = removed.map(|(key, line)| (key.as_str(), line)).collect();
    comparison
}

impl Comparison<'_> {
    pub(crate) fn changes(&self) -> Changes {
        let of = |change| self.lines.iter().filter(|line| **line == change).count() as u64;
        Changes {
            added: of(Change::Added),
            changed: of(Change::Changed),
            unchanged: of(Change::Unchanged),
            removed: self.removed.len() as u64,
        }
    }

    /// Whether more than one line in ten of the live register is not in the file.
    pub(crate) fn removes_many(&self) -> bool {
        self.removed.len() * MARKED_SHARE > self.live
    }

    /// What a person should weigh before accepting, in sentences.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.removes_many() {
            warnings.push(format!(
                "{} of {} lines of the live register are not in this file: what is stored under \
                 them will have no rule and will be kept",
                self.removed.len(),
                self.live
            ));
        }
        if !self.loosened.is_empty() {
            warnings.push(format!(
                "{} would let records go sooner than they do now",
                counted(self.loosened.len() as u64, "line", "lines")
            ));
        }
        warnings
    }
}

/// A line whose record type is kept for another time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Period {
    /// The record type's code in the live register.
    pub(crate) code: String,
    /// The rule that is live, in words.
    pub(crate) before: String,
    /// The rule of the file.
    pub(crate) after: String,
    /// Whether it surely keeps every record at least as long.
    pub(crate) is_longer: bool,
}

/// The lines of a file whose minimum is another than that of the live line.
pub(crate) fn periods(live: &BTreeMap<String, NewLine>, file: &[&NewLine]) -> Vec<Period> {
    let differs = |line: &&NewLine| {
        let old = live.get(&key_of(&line.reference))?;
        (old.rule.minimum != line.rule.minimum).then(|| Period {
            code: old.reference.clone(),
            before: in_words(&old.rule.minimum),
            after: in_words(&line.rule.minimum),
            is_longer: keeps_as_long(&old.rule.minimum, &line.rule.minimum),
        })
    };
    file.iter().filter_map(differs).collect()
}

/// How the new line lets records go sooner, if it may.
fn loosened(old: &NewLine, new: &NewLine) -> Option<String> {
    if !keeps_as_long(&old.rule.minimum, &new.rule.minimum) {
        return Some(format!(
            "the rule may let records go sooner: it was “{}” and would be “{}”",
            in_words(&old.rule.minimum),
            in_words(&new.rule.minimum)
        ));
    }
    if new.rule.action < old.rule.action {
        return Some(format!(
            "the action protects less: it was {} and would be {}",
            old.rule.action, new.rule.action
        ));
    }
    (old.irreplaceable && !new.irreplaceable)
        .then(|| "it was irreplaceable, and would no longer be".to_owned())
}

/// Whether the new rule surely keeps every record at least as long as the old.
/// Where that cannot be told from the two rules alone the answer is no.
fn keeps_as_long(old: &Rule, new: &Rule) -> bool {
    match (old, new) {
        (old, new) if old == new => true,
        (Rule::Prohibited, _) | (_, Rule::Permanent) => true,
        (Rule::After(old), Rule::After(new)) => is_no_shorter(old, new),
        // The same condition leads every record to the same branch of both.
        (Rule::If(old), Rule::If(new)) if old.event == new.event && old.limit == new.limit => {
            keeps_as_long(&old.then, &new.then) && keeps_as_long(&old.otherwise, &new.otherwise)
        }
        (old, Rule::LaterOf(branches)) => branches.iter().any(|branch| keeps_as_long(old, branch)),
        _ => false,
    }
}

fn is_no_shorter(old: &Leaf, new: &Leaf) -> bool {
    let same_start = old.trigger == new.trigger
        && old.from_end_of == new.from_end_of
        && old.to_end_of == new.to_end_of;
    let (old_years, old_months, old_weeks, old_days) = old.period.parts();
    let (new_years, new_months, new_weeks, new_days) = new.period.parts();
    let months = |years: u16, months: u16| u32::from(years) * 12 + u32::from(months);
    let days = |weeks: u16, days: u16| u32::from(weeks) * 7 + u32::from(days);
    same_start
        && months(new_years, new_months) >= months(old_years, old_months)
        && days(new_weeks, new_days) >= days(old_weeks, old_days)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who dies before 18, and who does not.
    fn child(before: &str, died: &str, lived: &str) -> String {
        format!(
            "if(date-of-death before {before} after date-of-birth, {died} after date-of-death, \
             {lived} after date-of-birth)"
        )
    }

    #[test]
    fn a_condition_is_kept_as_long_where_each_of_its_branches_is() {
        let old = child("P18Y", "P15Y", "P75Y");
        let cases = [
            (child("P18Y", "P25Y", "P100Y"), true),
            (child("P18Y", "P15Y", "P100Y"), true),
            (child("P18Y", "P14Y", "P100Y"), false),
            (child("P18Y", "P25Y", "P74Y"), false),
            (child("P17Y", "P25Y", "P100Y"), false),
            ("P100Y after date-of-birth".to_owned(), false),
        ];
        for (new, kept) in cases {
            let rule = |text: &str| text.parse::<Rule>().expect(text);
            assert_eq!(keeps_as_long(&rule(&old), &rule(&new)), kept, "{old} to {new}");
        }
    }

    #[test]
    fn only_what_surely_keeps_as_long_is_not_marked() {
        let cases = [
            ("P6Y after case-closed", "P6Y after case-closed", true),
            ("P6Y after case-closed", "P7Y after case-closed", true),
            ("P6Y after case-closed", "P72M after case-closed", true),
            ("P75Y after date-of-birth", "P7Y after date-of-birth", false),
            ("P6Y after case-closed", "P6Y after created", false),
            ("P6Y after financial-year-end of created", "P6Y after created", false),
            ("P6Y after created", "permanent", true),
            ("permanent", "P100Y after created", false),
            ("P6Y after created", "later-of(P6Y after created, P1Y after date-of-death)", true),
            ("P6Y after created", "earlier-of(P6Y after created, P1Y after date-of-death)", false),
            ("until superseded", "P1Y after superseded", false),
            ("P1Y after created", "prohibited", false),
            ("prohibited", "P1Y after created", true),
        ];
        for (old, new, kept) in cases {
            let rule = |text: &str| text.parse::<Rule>().expect(text);
            assert_eq!(keeps_as_long(&rule(old), &rule(new)), kept, "{old} to {new}");
        }
    }
}
