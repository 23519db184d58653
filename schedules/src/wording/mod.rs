//! From what a spreadsheet cell says to a rule, or to the question a person
//! must answer, or to why there is nothing to run.
//!
//! **It never guesses.** Every word of the cell must be accounted for: as a
//! part of the rule, as a word known to change nothing, or as a remark or a
//! citation known to change nothing. One word that is none of these, and there
//! is no rule. There is no default period, and no default start unless the
//! import profile names one.
//!
//! | module | what it holds |
//! |---|---|
//! | [`profile`] | what the records manager has said about this spreadsheet |

pub mod profile;
mod reading;

pub use profile::{Code, Profile, Unit};
pub use reading::{Bound, Cells, ReadRule, Reading};

/// A longer cell is a page, not a period, and is refused. In characters.
pub const MAX_CELL: usize = 4000;

/// Reads the cells of one line of a schedule.
#[must_use]
pub fn read(cells: &Cells<'_>, profile: &Profile) -> Reading {
    let Cells { period, trigger, action } = *cells;
    if [period, trigger, action].iter().any(|cell| cell.chars().count() > MAX_CELL) {
        return Reading::NotExecutable {
            why: format!(
                "the cell is longer than {MAX_CELL} characters: put the period in a cell of its own"
            ),
        };
    }
    if period.trim().is_empty() {
        return Reading::NotExecutable { why: "the cell is empty: no period is stated".to_owned() };
    }
    match profile.codes.get(period.trim()) {
        Some(code) if trigger.trim().is_empty() && action.trim().is_empty() => {
            Reading::Rule(ReadRule {
                rule: code.rule.clone(),
                action: code.action,
                bound: Bound::Unstated,
                notes: Vec::new(),
            })
        }
        _ => Reading::Ambiguous {
            question: format!("What does “{}” mean?", period.trim()),
            candidates: Vec::new(),
        },
    }
}
