//! What an evaluation comes to, as a row of the catalogue says it.

use retaind_schedules::action::DisposalAction;
use retaind_schedules::evaluation::{DueDate, Evaluation, Outcome};
use serde_json::json;

use crate::catalogue::entity::item;
use crate::catalogue::values::{CivilDate, Text};
use crate::catalogue::words::OutcomeKind;
use crate::scan::tally::kind_of;

/// What a row says of its item's evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) outcome: OutcomeKind,
    pub(super) action: Option<Text<DisposalAction>>,
    pub(super) due_on: Option<CivilDate>,
    pub(super) not_beyond: Option<CivilDate>,
    pub(super) governing: Option<String>,
    pub(super) doubt: Option<serde_json::Value>,
}

impl From<&Evaluation> for Judgement {
    fn from(evaluation: &Evaluation) -> Self {
        Self {
            outcome: kind_of(&evaluation.outcome),
            action: match &evaluation.outcome {
                Outcome::Due { action } | Outcome::Held { action, .. } => Some(Text(*action)),
                _ => None,
            },
            due_on: day(evaluation.due),
            not_beyond: day(evaluation.not_beyond),
            governing: evaluation.governing.clone(),
            doubt: match &evaluation.outcome {
                Outcome::CannotEvaluate { doubt } => Some(json!(doubt)),
                Outcome::AwaitingTrigger { triggers } => Some(json!({ "awaiting": triggers })),
                _ => None,
            },
        }
    }
}

impl From<&item::Model> for Judgement {
    fn from(row: &item::Model) -> Self {
        Self {
            outcome: row.outcome,
            action: row.action,
            due_on: row.due_on,
            not_beyond: row.not_beyond,
            governing: row.governing.clone(),
            doubt: row.doubt.clone(),
        }
    }
}

fn day(due: DueDate) -> Option<CivilDate> {
    match due {
        DueDate::On(date) => Some(date.into()),
        DueDate::AtOnce | DueDate::Never | DueDate::Unknown => None,
    }
}
