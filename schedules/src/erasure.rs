//! Early destruction under Art. 17 UK GDPR: the one exception to a minimum.
//!
//! A granted request, signed by the data protection officer and the owner of the
//! asset over the items it names, waives `today > due date` for those items and
//! nothing else. Never where a minimum rests on a law, a contract or a code, or on
//! nothing that is recorded; never where the rules ask for anything but
//! destruction; and where historical value keeps an item, only with the archivist.
//!
//! Whether it stands is asked each time, of the decision and the rules of the
//! moment: a [`Waiver`] is made by [`Granted::waive`] alone and is kept nowhere.
//!
//! ```compile_fail
//! # use retaind_schedules::erasure::Waiver;
//! fn forged() -> Waiver {
//!     Waiver { item: todo!() }
//! }
//! ```
//!
//! ```compile_fail
//! # use retaind_schedules::erasure::Granted;
//! fn nobody_signed() -> Granted {
//!     Granted { hold: None, items: Default::default(), archivist: None }
//! }
//! ```

use std::collections::BTreeSet;

use crate::action::DisposalAction;
use crate::basis::{BasisKind, Footing, footing_of_minimum};
use crate::evaluation::{Bearing, DueDate, Evaluation, HoldOn, Outcome, Reason};
use crate::hold::HoldKind;
use crate::ids::{HoldId, PersonId, RequestItemId};
use crate::rule::RetentionRule;

/// In whose place a decision is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seat {
    /// The data protection officer's.
    Dpo,
    /// That of the owner of the asset.
    Owner,
    /// The archivist's, who signs where historical value keeps an item.
    Archivist,
}

/// A signature over the items that are to go early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Whose.
    pub person: PersonId,
    /// In whose place.
    pub seat: Seat,
    /// Over which decision and which items.
    pub digest: String,
    /// Whether they may still act in it today.
    pub may_act: bool,
}

/// What became of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// It was granted, whole or in part.
    Granted,
    /// It is open, was refused, was taken back, or asks something else.
    NotGranted,
}

/// A request as it stands, and who signed what of it.
#[derive(Debug, Clone)]
pub struct Decided<'a> {
    /// What became of it.
    pub ruling: Ruling,
    /// The hold that the request itself placed.
    pub hold: Option<HoldId>,
    /// The items it names that nothing but the organisation's own need keeps.
    pub items: BTreeSet<RequestItemId>,
    /// The digest of the decision and of those items, as they are now.
    pub digest: &'a str,
    /// Every signature there is.
    pub signatures: &'a [Signature],
}

/// Why nothing goes early under a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotGranted {
    /// It does not let anything go.
    #[error("the request was not granted")]
    Refused,
    /// It names nothing that could.
    #[error("the request names nothing that may go early")]
    NoItems,
    /// The data protection officer and the owner, two people who may act today,
    /// have not both signed what it says now.
    #[error("it is not signed by the data protection officer and the owner of the asset")]
    NotSigned,
}

/// A granted request that was signed for by all who must.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    hold: Option<HoldId>,
    items: BTreeSet<RequestItemId>,
    archivist: Option<PersonId>,
}

/// Leave for one item to go before its minimum ends.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a waiver that is dropped lets nothing go"]
pub struct Waiver {
    item: RequestItemId,
}

/// What protects an item from going early. The record is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Protected {
    /// The decision does not stand, or does not stand as it was approved.
    #[error("the decision to erase it early does not stand")]
    NoDecision,
    /// The decision is not about it.
    #[error("the decision to erase early does not name it")]
    NotNamed,
    /// A hold covers it.
    #[error("it is held")]
    Held,
    /// Nobody can say how long it is kept, or it is kept for ever.
    #[error("how long it must be kept is not settled, or it is kept for ever")]
    NotSettled,
    /// A rule asks for something else than destruction.
    #[error("a rule asks for another action than destruction")]
    OtherAction,
    /// A minimum rests on a law, a contract or a code.
    #[error("a law, a contract or a code requires it to be kept")]
    Authority,
    /// A minimum rests on nothing that is recorded.
    #[error("nothing is recorded of what its minimum rests on")]
    Unsaid,
    /// Historical value keeps it, and the archivist has not signed.
    #[error("historical value keeps it, and the archivist has not signed")]
    Historical,
}

impl Protected {
    /// The word for it in the catalogue and on certificates.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoDecision => "no-decision",
            Self::NotNamed => "not-named",
            Self::Held => "held",
            Self::NotSettled => "not-settled",
            Self::OtherAction => "other-action",
            Self::Authority => "authority",
            Self::Unsaid => "unsaid",
            Self::Historical => "historical",
        }
    }
}

impl Granted {
    /// The decision, where it stands.
    ///
    /// # Errors
    ///
    /// Where it was not granted, names nothing, or is not signed by different
    /// people who may act today over what it says now.
    pub fn of(decided: &Decided<'_>) -> Result<Self, NotGranted> {
        if decided.ruling != Ruling::Granted {
            return Err(NotGranted::Refused);
        }
        if decided.items.is_empty() {
            return Err(NotGranted::NoItems);
        }
        let signed = |seat: Seat, by_none_of: &[PersonId]| {
            let counts = |one: &&Signature| {
                one.seat == seat
                    && one.may_act
                    && one.digest == decided.digest
                    && !by_none_of.contains(&one.person)
            };
            decided.signatures.iter().find(counts).map(|one| one.person)
        };
        let dpo = signed(Seat::Dpo, &[]).ok_or(NotGranted::NotSigned)?;
        let owner = signed(Seat::Owner, &[dpo]).ok_or(NotGranted::NotSigned)?;
        let archivist = signed(Seat::Archivist, &[dpo, owner]);
        Ok(Self { hold: decided.hold, items: decided.items.clone(), archivist })
    }

    /// Whether the hold is the one by which the request itself kept its items
    /// until it was decided. Every other hold keeps them still.
    #[must_use]
    pub fn sets_aside(&self, hold: HoldId, kind: HoldKind) -> bool {
        kind == HoldKind::ErasureUnderConsideration && self.hold == Some(hold)
    }

    /// The holds of these that stand against the items.
    #[must_use]
    pub fn against(&self, mut holds: Vec<HoldOn>) -> Vec<HoldOn> {
        holds.retain(|hold| !self.sets_aside(hold.id, hold.kind));
        holds
    }

    /// Whether the decision names this item.
    #[must_use]
    pub fn names(&self, item: RequestItemId) -> bool {
        self.items.contains(&item)
    }

    /// Leave for an item to go before its minimum ends, from the rules that bear on
    /// it and what they come to today.
    ///
    /// # Errors
    ///
    /// Where anything protects it.
    pub fn waive(
        &self,
        item: RequestItemId,
        rules: &[Bearing<'_>],
        evaluation: &Evaluation,
    ) -> Result<Waiver, Protected> {
        if !self.names(item) {
            return Err(Protected::NotNamed);
        }
        if evaluation.reasons.iter().any(|reason| matches!(reason, Reason::HeldBy { .. })) {
            return Err(Protected::Held);
        }
        let settled = evaluation.outcome == Outcome::NotDue;
        if !settled || !matches!(evaluation.due, DueDate::On(_)) || !weighs(rules, evaluation) {
            return Err(Protected::NotSettled);
        }
        for Bearing { rule, .. } in rules {
            yields(rule)?;
            if needs_archivist(rule) && self.archivist.is_none() {
                return Err(Protected::Historical);
            }
        }
        Ok(Waiver { item })
    }
}

impl Waiver {
    /// The item it is for.
    #[must_use]
    pub const fn item(&self) -> RequestItemId {
        self.item
    }
}

/// Whether a rule yields to a granted request, by what it asks for and what its minimum
/// rests on.
///
/// # Errors
///
/// Where it does not.
pub fn yields(rule: &RetentionRule) -> Result<(), Protected> {
    if rule.action != DisposalAction::Destroy {
        return Err(Protected::OtherAction);
    }
    match footing_of_minimum(&rule.basis) {
        Footing::OwnNeed => Ok(()),
        Footing::Authority(_) => Err(Protected::Authority),
        Footing::Unsaid => Err(Protected::Unsaid),
    }
}

/// Whether an item of this rule goes early only with the archivist's signature.
#[must_use]
pub fn needs_archivist(rule: &RetentionRule) -> bool {
    rule.basis.iter().any(|citation| citation.kind == BasisKind::HistoricalValue)
}

/// Whether the evaluation weighed just these rules: of a minimum that is not among
/// them nobody knows what it rests on.
fn weighs(rules: &[Bearing<'_>], evaluation: &Evaluation) -> bool {
    let weighed: Vec<&str> = evaluation
        .reasons
        .iter()
        .filter_map(|reason| match reason {
            Reason::Minimum { code, .. } => Some(code.as_str()),
            _ => None,
        })
        .collect();
    !rules.is_empty() && weighed.iter().eq(rules.iter().map(|bearing| &bearing.code))
}
