//! From the period, start and action cells to a retention rule. There is no
//! default: what cannot be read is rejected with the question to be answered.

use retaind_schedules::action::DisposalAction;
use retaind_schedules::readback::in_words;
use retaind_schedules::rule::{Maximum, RetentionRule, Rule};
use retaind_schedules::wording::{self, Bound, Cells, ReadRule, Reading};

use super::basis::Authority;
use super::seen::{ActionFrom, Seen};
use crate::register::column::Column;
use crate::register::header::Meaning;
use crate::register::sheet::Cell;

/// How many readings a question offers.
const OFFERED: usize = 4;

/// The rule of the row; nothing where the row is rejected for it.
pub(super) fn read(seen: &mut Seen<'_>, authority: Option<Authority>) -> Option<RetentionRule> {
    let (column, text) = period(seen)?;
    let trigger = seen.text(Column::Trigger);
    let action = seen.text(Column::Action);
    let cells = Cells { period: &text, trigger: &trigger, action: &action };
    let read = match wording::read(&cells, &seen.context.profile.wording) {
        Reading::Rule(read) => read,
        Reading::Ambiguous { question, candidates } => {
            seen.reject(Some(column), question, offer(&candidates));
            return None;
        }
        Reading::NotExecutable { why } => {
            seen.reject(Some(column), why, STATE_A_PERIOD.to_owned());
            return None;
        }
    };
    for note in &read.notes {
        let remedy = "Check that the rule says what is meant.".to_owned();
        seen.warn(Some(column), note.clone(), remedy);
    }
    let Authority { basis, justification } = authority?;
    let action = action_of(seen, &read);
    Some(RetentionRule {
        maximum: maximum(&read, &text),
        minimum: read.rule,
        action,
        basis,
        justification,
    })
}

const STATE_A_PERIOD: &str =
    "State a period and what it is counted from, such as “6 years after the case is closed”.";

/// The cell that says how long, where it is text or a number.
fn period(seen: &mut Seen<'_>) -> Option<(Column, String)> {
    let heading = seen.period_heading()?.clone();
    let Meaning::Is(column) = heading.meaning else {
        return None;
    };
    match seen.cell(&heading).clone() {
        Cell::Error(_) => None,
        Cell::Empty => {
            let reason = "no retention period is given".to_owned();
            seen.reject(Some(column), reason, STATE_A_PERIOD.to_owned());
            None
        }
        Cell::Date(date) => {
            let reason = format!(
                "the cell holds the date {date}, not a period; spreadsheet programs turn text \
                 such as 3-6 into a date"
            );
            let remedy = "Format the cell as text and type the period again.".to_owned();
            seen.reject(Some(column), reason, remedy);
            None
        }
        cell => Some((column, cell.to_string())),
    }
}

/// The question's way out: the readings to choose from.
fn offer(candidates: &[Rule]) -> String {
    let readings: Vec<String> =
        candidates.iter().take(OFFERED).map(|rule| format!("“{}”", in_words(rule))).collect();
    if readings.is_empty() {
        return "Write in the cell what is meant, or say it once for the whole file in the import \
                profile under [wording]."
            .to_owned();
    }
    format!(
        "Say in the cell which is meant: {}. What holds for the whole file can be said in the \
         import profile under [wording].",
        readings.join(" or ")
    )
}

/// What happens after the period: as stated, or else a person decides.
fn action_of(seen: &mut Seen<'_>, read: &ReadRule) -> DisposalAction {
    if let Some(action) = read.action {
        return action;
    }
    match read.rule {
        Rule::Permanent => return DisposalAction::Permanent,
        Rule::Prohibited => return DisposalAction::Destroy,
        _ => {}
    }
    seen.action = ActionFrom::Assumed;
    if seen.has_column(Column::Action) {
        let reason = "the row does not say what happens after the period, so a person will \
                      review the records"
            .to_owned();
        let remedy = "Say destroy, review, transfer, anonymise or keep permanently.".to_owned();
        seen.warn(Some(Column::Action), reason, remedy);
    }
    DisposalAction::Review
}

/// Due is due, unless the words state a minimum and nothing beyond it. A
/// maximum alone is kept as long as it allows.
fn maximum(read: &ReadRule, text: &str) -> Maximum {
    match (&read.rule, read.bound) {
        (Rule::Permanent, _) => Maximum::None { reason: "kept permanently".to_owned() },
        (_, Bound::Minimum) => {
            Maximum::None { reason: format!("the register states a minimum only: “{text}”") }
        }
        (_, Bound::Maximum | Bound::Unstated) => Maximum::SameAsMinimum,
    }
}
