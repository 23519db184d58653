//! A disposal batch: the states it and its lines go through, and the digest
//! that people approve.
//!
//! The digest covers the whole list, in order, and the rule it stands under. So
//! nothing can be added after approval, and nothing that was approved can be
//! something else when it is acted on.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::action::DisposalAction;
use crate::ids::{BatchLineId, PersonId, RequestItemId};

/// A word that is none of those it could be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not {what}")]
pub struct UnknownWord {
    /// The word.
    pub word: String,
    /// What it should have been, with its article.
    pub what: &'static str,
}

macro_rules! words {
    ($($(#[$doc:meta])* $enum:ident, $what:literal {
        $($(#[$variant_doc:meta])* $name:ident = $text:literal,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $enum { $($(#[$variant_doc])* #[serde(rename = $text)] $name,)* }

        impl $enum {
            /// Every one, in order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its word in tables, files and digests.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }

        impl fmt::Display for $enum {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $enum {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let known = Self::ALL.iter().copied().find(|one| one.name() == text);
                known.ok_or_else(|| UnknownWord { word: text.to_owned(), what: $what })
            }
        }
    )*};
}

words! {
    /// Where a batch stands.
    BatchState, "the state of a batch" {
        /// Its list is being written.
        Draft = "draft",
        /// Its list is closed and waits for the owner of the asset.
        Proposed = "proposed",
        /// The owner approved; the records manager has not.
        IaoApproved = "iao-approved",
        /// Two people approved; nothing happens before the cooling-off ends.
        Authorised = "authorised",
        /// Its items are being taken out of reach.
        Quarantining = "quarantining",
        /// They are out of reach, and can be put back until the grace ends.
        Quarantined = "quarantined",
        /// They are being destroyed.
        Destroying = "destroying",
        /// Every line has its outcome.
        Executed = "executed",
        /// And a certificate says so.
        Certified = "certified",
        /// One of the approvers refused it.
        Rejected = "rejected",
        /// Whoever proposed it took it back.
        Withdrawn = "withdrawn",
        /// Nobody answered, or nothing was begun, in time.
        Expired = "expired",
        /// A guard stopped it; a person must look.
        Halted = "halted",
    }

    /// What the owner says of one line before approving the batch.
    Verdict, "a verdict on a line" {
        /// It goes with the batch.
        Include = "include",
        /// It is kept, for a reason.
        Exclude = "exclude",
        /// It is kept until a new date, for a reason.
        Defer = "defer",
    }

    /// Where one line of a batch stands.
    LineState, "the state of a line" {
        /// Nothing has been done.
        Pending = "pending",
        /// It is in an open chunk, which names it: what became of it is not known yet, and
        /// beside the line it is never written.
        Acting = "acting",
        /// It is out of reach and can be put back.
        Quarantined = "quarantined",
        /// It is destroyed.
        Destroyed = "destroyed",
        /// The archive has it, and the local copy is destroyed.
        Transferred = "transferred",
        /// What identified people was removed, as someone attests.
        Anonymised = "anonymised",
        /// It was out of reach and has been put back.
        Restored = "restored",
        /// Its owner kept it.
        Kept = "kept",
        /// Something stood against it, and it was left where it was.
        Withheld = "withheld",
        /// It was not there.
        Missing = "missing",
        /// The store could not do it.
        Failed = "failed",
    }
}

impl LineState {
    /// Where lines stand when what was to be done with their items was done.
    pub const DISPOSED_OF: [Self; 3] = [Self::Destroyed, Self::Transferred, Self::Anonymised];

    /// Whether what was to be done with its item was done.
    #[must_use]
    pub fn is_disposed_of(self) -> bool {
        Self::DISPOSED_OF.contains(&self)
    }

    /// Whether the batch has done with it.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        !matches!(self, Self::Pending | Self::Acting | Self::Quarantined)
    }
}

impl BatchState {
    /// The steps that are allowed. A halted batch goes back to where it was
    /// halted, or ends.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        use BatchState::{
            Authorised, Certified, Destroying, Draft, Executed, Expired, Halted, IaoApproved,
            Proposed, Quarantined, Quarantining, Rejected, Withdrawn,
        };
        matches!(
            (self, next),
            (Draft, Proposed)
                | (Proposed, IaoApproved | Rejected | Withdrawn | Expired)
                | (IaoApproved, Authorised | Rejected | Withdrawn | Expired | Proposed)
                | (Authorised, Quarantining | Executed | Rejected | Withdrawn | Expired | Halted)
                | (Quarantining, Quarantined | Executed | Rejected | Withdrawn | Expired | Halted)
                | (Quarantined, Destroying | Executed | Withdrawn | Halted)
                | (Destroying, Executed | Halted)
                | (Executed, Certified)
                | (
                    Halted,
                    Authorised
                        | Quarantining
                        | Quarantined
                        | Destroying
                        | Rejected
                        | Withdrawn
                        | Expired
                )
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
    /// The case it is of, by which holds find it.
    pub reference: Option<&'a str>,
    /// The keyed digest of the person it is about, by which holds find it.
    pub subject: Option<&'a str>,
    /// The place in a person's request by which it goes early, where it does.
    pub erasure: Option<RequestItemId>,
    /// What the owner said of it.
    pub verdict: Verdict,
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
    /// The digest of the decision to erase early that the list stands under.
    pub erasure: Option<&'a str>,
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
        if let Some(decision) = heading.erasure {
            digester.part("early");
            digester.part(decision);
        }
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
        // Told only where there is one, so that lists without keep their digest.
        let early = line.erasure.map(|item| item.to_string());
        let besides =
            [("reference", line.reference), ("subject", line.subject), ("early", early.as_deref())];
        for (name, value) in besides {
            if let Some(value) = value {
                self.part(name);
                self.part(value);
            }
        }
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
        erasure: None,
    };

    fn line(locator: &str) -> ApprovedLine<'_> {
        ApprovedLine {
            id: BatchLineId(Uuid::nil()),
            locator,
            mark: "1-2-3-4",
            due_on: Some(jiff::civil::date(2026, 3, 31)),
            members: 1,
            bytes: 10,
            reference: None,
            subject: None,
            erasure: None,
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
            digest(&HEADING, &[line("a"), ApprovedLine { reference: Some("x"), ..line("b") }]),
            digest(&HEADING, &[line("a"), ApprovedLine { subject: Some("x"), ..line("b") }]),
            digest(&HEADING, &[line("a"), ApprovedLine { verdict: Verdict::Defer, ..line("b") }]),
            digest(
                &HEADING,
                &[
                    line("a"),
                    ApprovedLine { erasure: Some(RequestItemId(Uuid::nil())), ..line("b") },
                ],
            ),
            digest(&Heading { erasure: Some("x"), ..HEADING }, &[line("a"), line("b")]),
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
        let all = BatchState::ALL;
        for &from in all {
            assert!(!from.may_become(from), "{from:?}");
            if from.is_over() {
                assert!(all.iter().all(|next| !from.may_become(*next)), "{from:?}");
            }
        }
        assert!(
            all.iter()
                .all(|from| !from.may_become(BatchState::IaoApproved)
                    || *from == BatchState::Proposed)
        );
        assert!(
            !BatchState::Destroying.may_become(BatchState::Withdrawn),
            "what is being destroyed cannot be taken back"
        );
    }
}
