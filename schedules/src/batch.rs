//! A disposal batch: the states it and its lines go through, and the digest
//! that people approve.
//!
//! The digest covers the whole list, in order, and the rule it stands under. So
//! nothing can be added after approval, and nothing that was approved can be
//! something else when it is acted on.

use std::fmt;

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::action::DisposalAction;
use crate::ids::{BatchLineId, PersonId};

/// Where a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BatchState {
    /// Its list is closed and waits for the owner of the asset.
    Proposed,
    /// The owner approved; the records manager has not.
    IaoApproved,
    /// Two people approved; nothing happens before the cooling-off ends.
    Authorised,
    /// Its items are being taken out of reach.
    Quarantining,
    /// They are out of reach, and can be put back until the grace ends.
    Quarantined,
    /// They are being destroyed.
    Destroying,
    /// Every line has its outcome.
    Executed,
    /// And a certificate says so.
    Certified,
    /// One of the approvers refused it.
    Rejected,
    /// Whoever proposed it took it back.
    Withdrawn,
    /// Nobody answered in time.
    Expired,
    /// A guard stopped it; a person must look.
    Halted,
}

impl BatchState {
    /// The steps that are allowed. A halted batch goes back to where it was
    /// halted, or ends.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        use BatchState::{
            Authorised, Certified, Destroying, Executed, Expired, Halted, IaoApproved, Proposed,
            Quarantined, Quarantining, Rejected, Withdrawn,
        };
        matches!(
            (self, next),
            (Proposed, IaoApproved | Rejected | Withdrawn | Expired)
                | (IaoApproved, Authorised | Rejected | Withdrawn | Expired | Proposed)
                | (Authorised, Quarantining | Executed | Rejected | Withdrawn | Expired | Halted)
                | (Quarantining, Quarantined | Executed | Withdrawn | Halted)
                | (Quarantined, Destroying | Executed | Withdrawn | Halted)
                | (Destroying, Executed | Halted)
                | (Executed, Certified)
                | (Halted, Authorised | Quarantining | Quarantined | Destroying | Withdrawn)
        )
    }

    /// Whether nothing more can happen to it.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Certified | Self::Rejected | Self::Withdrawn | Self::Expired)
    }
}

/// One line, as it was when people approved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedLine<'a> {
    /// Which line.
    pub id: BatchLineId,
    /// The item's place in its store.
    pub locator: &'a str,
    /// What it looked like, as its connector writes it.
    pub mark: &'a str,
    /// The last day it must be kept; none where it must not be held at all.
    pub due_on: Option<Date>,
    /// Files or rows.
    pub members: u64,
    /// Their size.
    pub bytes: u64,
    /// What the owner said of it.
    pub verdict: Verdict,
}

/// What the owner says of one line before approving the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It goes with the batch.
    Include,
    /// It is kept, for a reason.
    Exclude,
    /// It is kept until a new date, for a reason.
    Defer,
}

impl Verdict {
    /// The word for it in tables and digests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Include => "include",
            Self::Exclude => "exclude",
            Self::Defer => "defer",
        }
    }
}

/// The SHA-256 over a batch's list and its rule, as 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BatchDigest(pub String);

impl fmt::Display for BatchDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What stands above the lines in the digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading<'a> {
    /// The batch's number.
    pub number: &'a str,
    /// What is to be done.
    pub action: DisposalAction,
    /// The rule, in the notation.
    pub rule: &'a str,
    /// The version of the schedule it is from.
    pub schedule_version: &'a str,
    /// The digests of the mappings that the items lie under, sorted.
    pub mappings: &'a [String],
}

/// A digest in the making: the lines are told one by one, in the order of the
/// batch, so that a long list needs no memory.
#[derive(Debug)]
pub struct Digester {
    hasher: Sha256,
}

impl Digester {
    /// Begins with what stands above the lines.
    #[must_use]
    pub fn new(heading: &Heading<'_>) -> Self {
        let mut digester = Self { hasher: Sha256::new() };
        digester.part("retaind batch 1");
        digester.part(heading.number);
        digester.part(heading.action.name());
        digester.part(heading.rule);
        digester.part(heading.schedule_version);
        heading.mappings.iter().for_each(|mapping| digester.part(mapping));
        digester
    }

    /// The next line.
    pub fn line(&mut self, line: &ApprovedLine<'_>) {
        self.part("line");
        self.part(&line.id.to_string());
        self.part(line.locator);
        self.part(line.mark);
        self.part(&line.due_on.map_or_else(|| "at once".to_owned(), |day| day.to_string()));
        self.part(&line.members.to_string());
        self.part(&line.bytes.to_string());
        self.part(line.verdict.name());
    }

    /// The digest of all that was told.
    #[must_use]
    pub fn finish(self) -> BatchDigest {
        let digits = self.hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        BatchDigest(digits)
    }

    /// Each part with its length before it, so that no two lists are the same bytes.
    fn part(&mut self, text: &str) {
        self.hasher.update((text.len() as u64).to_be_bytes());
        self.hasher.update(text);
    }
}

/// A signature over a batch's digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Whose.
    pub person: PersonId,
    /// Over what.
    pub digest: BatchDigest,
    /// Whether they may still act today.
    pub may_act: bool,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const HEADING: Heading<'_> = Heading {
        number: "B-2026-0001",
        action: DisposalAction::Destroy,
        rule: "P6Y after case-closed",
        schedule_version: "1",
        mappings: &[],
    };

    fn line(locator: &str) -> ApprovedLine<'_> {
        ApprovedLine {
            id: BatchLineId(Uuid::nil()),
            locator,
            mark: "1-2-3-4",
            due_on: Some(jiff::civil::date(2026, 3, 31)),
            members: 1,
            bytes: 10,
            verdict: Verdict::Include,
        }
    }

    fn digest(heading: &Heading<'_>, lines: &[ApprovedLine<'_>]) -> BatchDigest {
        let mut digester = Digester::new(heading);
        lines.iter().for_each(|line| digester.line(line));
        digester.finish()
    }

    #[test]
    fn any_other_list_or_rule_has_another_digest() {
        let base = digest(&HEADING, &[line("a"), line("b")]);
        assert_eq!(base, digest(&HEADING, &[line("a"), line("b")]));
        let others = [
            digest(&HEADING, &[line("b"), line("a")]),
            digest(&HEADING, &[line("a")]),
            digest(&HEADING, &[line("a"), line("b"), line("c")]),
            digest(&HEADING, &[line("ab"), line("")]),
            digest(&HEADING, &[line("a"), ApprovedLine { mark: "1-2-3-5", ..line("b") }]),
            digest(&HEADING, &[line("a"), ApprovedLine { due_on: None, ..line("b") }]),
            digest(&HEADING, &[line("a"), ApprovedLine { members: 2, ..line("b") }]),
            digest(&HEADING, &[line("a"), ApprovedLine { bytes: 11, ..line("b") }]),
            digest(&HEADING, &[line("a"), ApprovedLine { verdict: Verdict::Defer, ..line("b") }]),
            digest(&Heading { rule: "P5Y after case-closed", ..HEADING }, &[line("a"), line("b")]),
            digest(&Heading { number: "B-2026-0002", ..HEADING }, &[line("a"), line("b")]),
            digest(&Heading { action: DisposalAction::Transfer, ..HEADING }, &[line("a")]),
            digest(&Heading { schedule_version: "2", ..HEADING }, &[line("a"), line("b")]),
            digest(&Heading { mappings: &["x".to_owned()], ..HEADING }, &[line("a"), line("b")]),
        ];
        assert!(others.iter().all(|other| *other != base));
    }

    #[test]
    fn what_is_over_never_moves_again_and_nothing_returns_to_approval() {
        use BatchState::*;
        let all = [
            Proposed,
            IaoApproved,
            Authorised,
            Quarantining,
            Quarantined,
            Destroying,
            Executed,
            Certified,
            Rejected,
            Withdrawn,
            Expired,
            Halted,
        ];
        for from in all {
            assert!(!from.may_become(from), "{from:?}");
            if from.is_over() {
                assert!(all.iter().all(|next| !from.may_become(*next)), "{from:?}");
            }
        }
        assert!(all.iter().all(|from| !from.may_become(IaoApproved) || *from == Proposed));
        assert!(!Destroying.may_become(Withdrawn), "what is being destroyed cannot be taken back");
    }
}
