//! The permit: the only leave to take one item out of reach, or to destroy it.
//!
//! It is made by [`grant`] alone, out of a line of an approved batch, the
//! batch's digest now, the item as just seen, and what evaluation and the holds
//! say today. It cannot be copied, written down or made up:
//!
//! ```compile_fail
//! # use retaind_schedules::permit::{Destroy, Permit};
//! fn forged() -> Permit<Destroy> {
//!     Permit { line: todo!(), locator: String::new(), mark: String::new(), act: todo!() }
//! }
//! ```
//!
//! ```compile_fail
//! # use retaind_schedules::permit::{Destroy, Permit};
//! fn twice(permit: Permit<Destroy>) -> (Permit<Destroy>, Permit<Destroy>) {
//!     (permit.clone(), permit)
//! }
//! ```
//!
//! ```compile_fail
//! # use retaind_schedules::permit::{Destroy, Permit};
//! fn stored(text: &str) -> Permit<Destroy> {
//!     serde_json::from_str(text).unwrap()
//! }
//! ```
//!
//! ```compile_fail
//! # use retaind_schedules::permit::{Destroy, Permit, Quarantine};
//! fn promoted(permit: Permit<Quarantine>) -> Permit<Destroy> {
//!     permit
//! }
//! ```
//!
//! ```compile_fail
//! # use retaind_schedules::permit::{Destroy, Permit};
//! fn out_of_nothing() -> Permit<Destroy> {
//!     Default::default()
//! }
//! ```

use std::fmt;
use std::marker::PhantomData;

use jiff::civil::Date;

use crate::action::DisposalAction;
use crate::batch::{ApprovedLine, BatchDigest, Signature, Verdict};
use crate::erasure::{Granted, Protected, Waiver};
use crate::evaluation::{Bearing, Evaluation, HoldOn, Outcome};
use crate::ids::{BatchLineId, RequestItemId};

/// What a permit is leave for.
pub trait Act: sealed::Sealed + fmt::Debug + Send + Sync + 'static {}

/// To take an item out of reach, from where it can be put back.
#[derive(Debug)]
pub enum Quarantine {}

/// To destroy an item that is out of reach.
#[derive(Debug)]
pub enum Destroy {}

/// To remove what identifies people from an item where it lies: a person does it,
/// no connector is ever asked.
#[derive(Debug)]
pub enum Anonymise {}

impl Act for Quarantine {}
impl Act for Destroy {}
impl Act for Anonymise {}

mod sealed {
    use crate::action::DisposalAction;

    pub trait Sealed {
        /// Whether it is done in a batch for this action.
        fn is_for(action: DisposalAction) -> bool;
    }

    impl Sealed for super::Quarantine {
        fn is_for(action: DisposalAction) -> bool {
            matches!(action, DisposalAction::Destroy | DisposalAction::Transfer)
        }
    }

    impl Sealed for super::Destroy {
        fn is_for(action: DisposalAction) -> bool {
            <super::Quarantine as Sealed>::is_for(action)
        }
    }

    impl Sealed for super::Anonymise {
        fn is_for(action: DisposalAction) -> bool {
            action == DisposalAction::Anonymise
        }
    }
}

/// Leave to act on one item, once.
#[derive(Debug)]
#[must_use = "a permit that is dropped unspent lets nothing happen"]
pub struct Permit<A: Act> {
    line: BatchLineId,
    locator: String,
    mark: String,
    act: PhantomData<A>,
}

/// What was in a permit that has been spent.
#[derive(Debug)]
pub struct Spent {
    /// The line it was for, which names the item wherever it is kept meanwhile.
    pub line: BatchLineId,
    /// The item's place in its store.
    pub locator: String,
    /// What it must still look like when it is acted on.
    pub mark: String,
}

impl<A: Act> Permit<A> {
    /// The line it is for.
    #[must_use]
    pub const fn line(&self) -> BatchLineId {
        self.line
    }

    /// The item's place in its store.
    #[must_use]
    pub fn locator(&self) -> &str {
        &self.locator
    }

    /// Takes what is in it. Whoever has this acts now, or not at all.
    #[must_use]
    pub fn spend(self) -> Spent {
        Spent { line: self.line, locator: self.locator, mark: self.mark }
    }
}

/// Everything a permit follows from.
#[derive(Debug)]
pub struct Grounds<'a> {
    /// What the batch is for.
    pub action: DisposalAction,
    /// The digest of the batch as it stands now.
    pub digest: &'a BatchDigest,
    /// Who approved what.
    pub signed: &'a Signed,
    /// The line, as it was approved.
    pub line: &'a ApprovedLine<'a>,
    /// What the item must look like: as approved where it lies in its place, as
    /// taken out of reach where it lies there.
    pub expected: &'a str,
    /// What it looked like just now.
    pub seen: &'a str,
    /// What the rules say today.
    pub evaluation: &'a Evaluation,
    /// What the list stands under.
    pub cause: Cause<'a>,
    /// Every hold in force that covers it, but for that of the request that lets it
    /// go early.
    pub holds: &'a [HoldOn],
    /// Which action a person decided on, where the rule says review.
    pub reviewed: Option<DisposalAction>,
    /// Today.
    pub today: Date,
}

/// Why the items of a list may go.
#[derive(Debug, Clone, Copy)]
pub enum Cause<'a> {
    /// Each is past its minimum.
    PastMinimum,
    /// A granted request for erasure names each: it goes early, where the rules
    /// that bear on it yield to that.
    Erasure {
        /// The decision, as it stands now.
        decision: &'a Granted,
        /// Those rules.
        rules: &'a [Bearing<'a>],
    },
}

/// What an item may go by.
#[derive(Debug, PartialEq, Eq)]
pub enum MayGo {
    /// It is past its minimum, and this is what its rules ask for.
    PastMinimum(DisposalAction),
    /// It is to be destroyed before that.
    Early(Waiver),
}

impl MayGo {
    /// What is to be done.
    #[must_use]
    pub const fn action(&self) -> DisposalAction {
        match self {
            Self::PastMinimum(action) => *action,
            Self::Early(_) => DisposalAction::Destroy,
        }
    }
}

/// The two signatures a batch needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signed {
    /// The owner's and the records manager's, over the digest of the list.
    ByTwo(Signature, Signature),
    /// A standing authority that two people signed and that covers the batch,
    /// as whoever asks has established.
    Standing {
        /// The digest of the batch made under it.
        digest: BatchDigest,
    },
}

/// Why there is no permit. The record is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// The signatures are not over this list.
    #[error("the list is not the one that was approved")]
    NotThisList,
    /// The signatures are not those of two people who may act.
    #[error("it is not approved by two people who may act today")]
    NotApproved,
    /// The owner kept this line.
    #[error("its owner keeps it")]
    KeptByOwner,
    /// A hold covers it.
    #[error("it is held")]
    Held(Vec<HoldOn>),
    /// The rules no longer say that it is due.
    #[error("it is no longer due")]
    NotDue,
    /// The rules say something else is to be done.
    #[error("its rule asks for another action")]
    OtherAction,
    /// It is not what it was.
    #[error("it has changed since it was approved")]
    Changed,
    /// It was to go early, and may not.
    #[error("{0}")]
    Protected(Protected),
}

/// Grants leave to act on one item, or says why not.
///
/// # Errors
///
/// Where anything stands against it; the first such thing, holds before all.
pub fn grant<A: Act>(grounds: &Grounds<'_>) -> Result<Permit<A>, Withheld> {
    if !grounds.holds.is_empty() {
        return Err(Withheld::Held(grounds.holds.to_vec()));
    }
    signed_by_two(grounds)?;
    if grounds.line.verdict != Verdict::Include {
        return Err(Withheld::KeptByOwner);
    }
    due_for_this::<A>(grounds)?;
    if grounds.seen != grounds.expected {
        return Err(Withheld::Changed);
    }
    Ok(Permit {
        line: grounds.line.id,
        locator: grounds.line.locator.to_owned(),
        mark: grounds.expected.to_owned(),
        act: PhantomData,
    })
}

fn signed_by_two(grounds: &Grounds<'_>) -> Result<(), Withheld> {
    match grounds.signed {
        Signed::ByTwo(one, other) => {
            if one.digest != *grounds.digest || other.digest != *grounds.digest {
                return Err(Withheld::NotThisList);
            }
            if one.person == other.person || !one.may_act || !other.may_act {
                return Err(Withheld::NotApproved);
            }
        }
        Signed::Standing { digest } if digest != grounds.digest => {
            return Err(Withheld::NotThisList);
        }
        Signed::Standing { .. } => {}
    }
    Ok(())
}

/// What an item may go by today: under its rules alone, or before their minimum
/// ends as the item that a granted request names.
///
/// # Errors
///
/// Where it may not.
pub fn may_go(
    evaluation: &Evaluation,
    cause: Cause<'_>,
    named: Option<RequestItemId>,
    today: Date,
) -> Result<MayGo, Withheld> {
    if let Outcome::Held { holds, .. } = &evaluation.outcome {
        return Err(Withheld::Held(holds.clone()));
    }
    let past = match evaluation.outcome {
        Outcome::Due { action } if evaluation.due.is_past(today) => Some(action),
        _ => None,
    };
    match (cause, named) {
        (Cause::PastMinimum, None) => past.map(MayGo::PastMinimum).ok_or(Withheld::NotDue),
        (Cause::Erasure { decision, rules }, Some(item)) => match past {
            Some(action) if decision.names(item) => Ok(MayGo::PastMinimum(action)),
            _ => {
                let waiver = decision.waive(item, rules, evaluation);
                waiver.map(MayGo::Early).map_err(Withheld::Protected)
            }
        },
        (Cause::PastMinimum, Some(_)) | (Cause::Erasure { .. }, None) => {
            Err(Withheld::Protected(Protected::NotNamed))
        }
    }
}

/// What is destroyed here is so under its own rule, after a review that says
/// so, or after the archive has taken it; and what is to be made anonymous is
/// never taken out of reach or destroyed.
fn due_for_this<A: Act>(grounds: &Grounds<'_>) -> Result<(), Withheld> {
    let named = grounds.line.erasure;
    let may_go = may_go(grounds.evaluation, grounds.cause, named, grounds.today)?;
    let decided = match may_go.action() {
        DisposalAction::Review => grounds.reviewed,
        // What a person sent to the archive goes nowhere else.
        DisposalAction::Destroy if grounds.reviewed == Some(DisposalAction::Transfer) => {
            grounds.reviewed
        }
        other => Some(other),
    };
    if decided == Some(grounds.action) && A::is_for(grounds.action) {
        return Ok(());
    }
    Err(Withheld::OtherAction)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;
    use crate::evaluation::DueDate;
    use crate::hold::HoldKind;
    use crate::ids::{HoldId, PersonId};

    fn digest() -> BatchDigest {
        BatchDigest("d".repeat(64))
    }

    fn signature(person: u128) -> Signature {
        Signature { person: PersonId(Uuid::from_u128(person)), digest: digest(), may_act: true }
    }

    fn due(action: DisposalAction) -> Evaluation {
        Evaluation {
            outcome: Outcome::Due { action },
            due: DueDate::On(date(2026, 3, 31)),
            not_beyond: DueDate::Never,
            governing: None,
            flags: Vec::new(),
            reasons: Vec::new(),
        }
    }

    /// Grounds on which leave is given, with one thing changed.
    fn asked(change: impl FnOnce(&mut Case)) -> Result<Spent, Withheld> {
        asked_to::<Quarantine>(change)
    }

    fn asked_to<A: Act>(change: impl FnOnce(&mut Case)) -> Result<Spent, Withheld> {
        let mut case = Case {
            action: DisposalAction::Destroy,
            signed: Signed::ByTwo(signature(1), signature(2)),
            verdict: Verdict::Include,
            seen: "1-2-3-4",
            evaluation: due(DisposalAction::Destroy),
            holds: Vec::new(),
            reviewed: None,
            today: date(2026, 4, 1),
        };
        change(&mut case);
        let line = ApprovedLine {
            id: BatchLineId(Uuid::nil()),
            locator: "a/b",
            mark: "1-2-3-4",
            due_on: Some(date(2026, 3, 31)),
            members: 1,
            bytes: 1,
            reference: None,
            subject: None,
            erasure: None,
            verdict: case.verdict,
        };
        let grounds = Grounds {
            action: case.action,
            digest: &digest(),
            signed: &case.signed,
            line: &line,
            expected: line.mark,
            seen: case.seen,
            evaluation: &case.evaluation,
            cause: Cause::PastMinimum,
            holds: &case.holds,
            reviewed: case.reviewed,
            today: case.today,
        };
        grant::<A>(&grounds).map(Permit::spend)
    }

    struct Case {
        action: DisposalAction,
        signed: Signed,
        verdict: Verdict,
        seen: &'static str,
        evaluation: Evaluation,
        holds: Vec<HoldOn>,
        reviewed: Option<DisposalAction>,
        today: Date,
    }

    #[test]
    fn what_is_to_be_made_anonymous_is_never_taken_out_of_reach_or_destroyed() {
        let anonymise = |case: &mut Case| {
            case.action = DisposalAction::Anonymise;
            case.evaluation = due(DisposalAction::Anonymise);
        };
        assert!(asked_to::<Anonymise>(anonymise).is_ok());
        assert_eq!(asked_to::<Quarantine>(anonymise).unwrap_err(), Withheld::OtherAction);
        assert_eq!(asked_to::<Destroy>(anonymise).unwrap_err(), Withheld::OtherAction);
        assert_eq!(asked_to::<Anonymise>(|_| ()).unwrap_err(), Withheld::OtherAction);
        let destroy_rule = |case: &mut Case| case.action = DisposalAction::Anonymise;
        assert_eq!(asked_to::<Anonymise>(destroy_rule).unwrap_err(), Withheld::OtherAction);
    }

    fn other_list(person: u128) -> Signature {
        Signature { digest: BatchDigest("e".repeat(64)), ..signature(person) }
    }

    #[test]
    fn leave_is_given_for_the_line_as_it_was_approved() {
        let spent = asked(|_| ()).expect("leave");
        assert_eq!((spent.locator.as_str(), spent.mark.as_str()), ("a/b", "1-2-3-4"));
    }

    #[test]
    fn anything_that_stands_against_it_keeps_the_record() {
        let hold = HoldOn { id: HoldId(Uuid::nil()), kind: HoldKind::LegalHold };
        let held = Outcome::Held { holds: vec![hold.clone()], action: DisposalAction::Destroy };
        type Change = Box<dyn FnOnce(&mut Case)>;
        let cases: Vec<(Change, Withheld)> = vec![
            (
                Box::new(|case| case.signed = Signed::ByTwo(signature(1), signature(1))),
                Withheld::NotApproved,
            ),
            (
                Box::new(|case| {
                    let left = Signature { may_act: false, ..signature(2) };
                    case.signed = Signed::ByTwo(signature(1), left);
                }),
                Withheld::NotApproved,
            ),
            (
                Box::new(|case| case.signed = Signed::ByTwo(other_list(1), signature(2))),
                Withheld::NotThisList,
            ),
            (
                Box::new(|case| {
                    case.signed = Signed::Standing { digest: other_list(1).digest };
                }),
                Withheld::NotThisList,
            ),
            (Box::new(|case| case.verdict = Verdict::Exclude), Withheld::KeptByOwner),
            (Box::new(|case| case.verdict = Verdict::Defer), Withheld::KeptByOwner),
            (Box::new(|case| case.seen = "1-2-3-5"), Withheld::Changed),
            (Box::new(|case| case.today = date(2026, 3, 31)), Withheld::NotDue),
            (Box::new(|case| case.evaluation.due = DueDate::Unknown), Withheld::NotDue),
            (Box::new(|case| case.evaluation.outcome = Outcome::NotDue), Withheld::NotDue),
            (Box::new(|case| case.evaluation.outcome = Outcome::Permanent), Withheld::NotDue),
            (Box::new(|case| case.evaluation = due(DisposalAction::Review)), Withheld::OtherAction),
            (
                Box::new(|case| {
                    case.evaluation = due(DisposalAction::Review);
                    case.reviewed = Some(DisposalAction::Transfer);
                }),
                Withheld::OtherAction,
            ),
            (
                Box::new(|case| case.evaluation = due(DisposalAction::Transfer)),
                Withheld::OtherAction,
            ),
            (Box::new(|case| case.action = DisposalAction::Anonymise), Withheld::OtherAction),
            (
                Box::new({
                    let hold = hold.clone();
                    move |case: &mut Case| case.holds.push(hold)
                }),
                Withheld::Held(vec![hold.clone()]),
            ),
            (
                Box::new(move |case: &mut Case| case.evaluation.outcome = held),
                Withheld::Held(vec![hold]),
            ),
        ];
        for (number, (change, why)) in cases.into_iter().enumerate() {
            assert_eq!(asked(change).expect_err("kept"), why, "case {number}");
        }
    }

    #[test]
    fn a_review_that_decided_on_destruction_gives_leave() {
        let reviewed = asked(|case| {
            case.evaluation = due(DisposalAction::Review);
            case.reviewed = Some(DisposalAction::Destroy);
        });
        assert!(reviewed.is_ok());
    }
}
