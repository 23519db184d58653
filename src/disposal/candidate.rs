//! Whether one item may be on a list today: by the rule in force, what people
//! decided of it, and the holds there are.

use jiff::civil::Date;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::calendar::Calendar;
use retaind_schedules::evaluation::{DueDate, Evaluation, Facts, evaluate};
use retaind_schedules::hold::{Hold, Place, SubjectKey};
use retaind_schedules::ids::{RequestItemId, StoreId};
use retaind_schedules::permit::{Cause, Withheld, may_go};
use sea_orm::ConnectionTrait;
use serde::Deserialize as _;
use uuid::Uuid;

use crate::catalogue::CatalogueError;
use crate::catalogue::entity::{item, item_decision};
use crate::catalogue::words::ItemDecision;
use crate::holds;
use crate::requests::erasure::Decision;
use crate::scan::plan::Line;
use crate::scan::sift::{holds_on, life};
use crate::stores::RegisterLine;

/// What items of one record type in one store are judged by.
#[derive(Debug)]
pub struct Judge<'a> {
    line: &'a RegisterLine,
    rule: Line,
    store: StoreId,
    holds: Vec<Hold>,
    calendar: &'a Calendar,
    today: Date,
    early: Option<&'a Decision>,
}

/// What is said of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// It may be on a list for this action.
    May(Box<Leave>),
    /// A hold covers it.
    Held,
    /// A person decided that it is kept until a day ahead.
    Kept,
    /// Its loss could not be made good, and no person has confirmed it.
    Unconfirmed,
    /// The rule in force does not, or not certainly, say that it is due.
    NotDue,
    /// It was to go early, and its rule yields to no request.
    Protected,
}

/// What a line of a batch says of its item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leave {
    /// For what.
    pub action: DisposalAction,
    /// The last day it must be kept.
    pub due_on: Option<Date>,
    /// The last day it may be kept.
    pub not_beyond: Option<Date>,
    /// The code whose minimum governs.
    pub governing: Option<String>,
    /// The item of a request by which it goes early, where it does.
    pub item: Option<Uuid>,
}

impl<'a> Judge<'a> {
    /// By this line of the schedule in force, and the holds there are.
    ///
    /// # Errors
    ///
    /// Where the catalogue fails, or holds what is no rule or no hold.
    pub async fn new(
        read: &impl ConnectionTrait,
        line: &'a RegisterLine,
        store: StoreId,
        calendar: &'a Calendar,
        today: Date,
    ) -> Result<Self, CatalogueError> {
        let holds = holds::active(read).await?;
        Ok(Self { holds, ..Self::without_holds(line, store, calendar, today)? })
    }

    /// The same, for what is asked of the rule alone.
    ///
    /// # Errors
    ///
    /// Where the line holds what is no rule.
    pub fn without_holds(
        line: &'a RegisterLine,
        store: StoreId,
        calendar: &'a Calendar,
        today: Date,
    ) -> Result<Self, CatalogueError> {
        Ok(Self {
            line,
            rule: line.rule()?,
            store,
            holds: Vec::new(),
            calendar,
            today,
            early: None,
        })
    }

    /// The same for what goes early under this decision: the hold of its own request
    /// keeps nothing any more.
    #[must_use]
    pub fn early(self, decision: &'a Decision) -> Self {
        Self { holds: decision.against(self.holds), early: Some(decision), ..self }
    }

    /// The rule.
    #[must_use]
    pub const fn rule(&self) -> &Line {
        &self.rule
    }

    /// What is said of this item, of which a person last decided this.
    #[must_use]
    pub fn of(&self, row: &item::Model, decided: Option<&item_decision::Model>) -> Judged {
        self.of_named(row, None, decided)
    }

    /// The same of the item that a request names, where it goes early.
    #[must_use]
    pub fn of_named(
        &self,
        row: &item::Model,
        item: Option<Uuid>,
        decided: Option<&item_decision::Model>,
    ) -> Judged {
        if self.is_held(row) {
            return Judged::Held;
        }
        if decided.is_some_and(|decided| is_kept(decided, self.today)) {
            return Judged::Kept;
        }
        self.leave_as(row, item, decided)
    }

    /// The same, whatever holds there are: they are asked again when anything is done.
    #[must_use]
    pub fn leave(&self, row: &item::Model, decided: Option<&item_decision::Model>) -> Judged {
        self.leave_as(row, None, decided)
    }

    /// The same of the item that a request names, where it goes early.
    #[must_use]
    pub fn leave_as(
        &self,
        row: &item::Model,
        item: Option<Uuid>,
        decided: Option<&item_decision::Model>,
    ) -> Judged {
        let Ok(facts) = Facts::deserialize(&row.facts) else {
            return Judged::NotDue;
        };
        let bearing = [self.rule.bearing()];
        let answer = evaluate(&facts, &bearing, &[], self.calendar, self.today);
        let (cause, item) = match self.early {
            None => (Cause::PastMinimum, None),
            Some(decision) => {
                let (decision, rules) = (decision.granted(), &bearing[..]);
                (Cause::Erasure { decision, rules }, item.map(RequestItemId))
            }
        };
        let action = match may_go(&answer, cause, item, self.today) {
            Ok(may_go) if row.missed == 0 => may_go.action(),
            Err(Withheld::Protected(_)) => return Judged::Protected,
            _ => return Judged::NotDue,
        };
        let decided = decided.filter(|decided| decided.fingerprint == row.fingerprint);
        let action = match (action, decided.map(|decided| decided.decision)) {
            (DisposalAction::Review, Some(ItemDecision::Destroy)) => DisposalAction::Destroy,
            // What a person sent to the archive goes there, whatever else it might do.
            (DisposalAction::Review | DisposalAction::Destroy, Some(ItemDecision::Transfer)) => {
                DisposalAction::Transfer
            }
            (action, _) => action,
        };
        let confirmed = decided.is_some_and(|decided| decided.decision == ItemDecision::Destroy);
        match action {
            DisposalAction::Permanent => Judged::NotDue,
            DisposalAction::Destroy if self.line.record_type.irreplaceable && !confirmed => {
                Judged::Unconfirmed
            }
            action => Judged::May(Box::new(leave(action, answer, item))),
        }
    }

    /// Whether a hold covers it now.
    #[must_use]
    pub fn is_held(&self, row: &item::Model) -> bool {
        let place = Place {
            locator: &row.locator,
            is_unit: row.is_unit,
            references: row.reference.as_deref().into_iter().collect(),
            subjects: row.subject_key.clone().map(SubjectKey).into_iter().collect(),
            life: life(Facts::deserialize(&row.facts)),
            ..self.line.place(self.store)
        };
        !holds_on(&self.holds, &place).is_empty()
    }
}

/// Whether this decision keeps its item past today, whatever it looks like by now.
#[must_use]
pub fn is_kept(decided: &item_decision::Model, today: Date) -> bool {
    decided.decision == ItemDecision::Keep && decided.keep_until.is_none_or(|until| until.0 > today)
}

fn leave(action: DisposalAction, answer: Evaluation, item: Option<RequestItemId>) -> Leave {
    Leave {
        action,
        due_on: day(answer.due),
        not_beyond: day(answer.not_beyond),
        governing: answer.governing,
        item: item.map(|item| item.0),
    }
}

fn day(due: DueDate) -> Option<Date> {
    match due {
        DueDate::On(date) => Some(date),
        DueDate::AtOnce | DueDate::Unknown | DueDate::Never => None,
    }
}
