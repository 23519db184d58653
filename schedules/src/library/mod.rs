//! Model schedules: lines to start from and to compare one's own with.
//!
//! **Suggestions, never rules.** Councils differ on the same law, so nothing
//! here runs: a [`ModelLine`] is no [`crate::rule::RetentionRule`], it carries
//! [`Approval::Required`], and only [`ModelLine::proposal`] turns it into a rule
//! for people to approve. Each line cites its authority, says which side the
//! authority fixes, and when it was last compared with which source, or that it
//! never was: [`ModelLine::checking`]. Where no law sets the period the line says
//! so.
//!
//! The lines are data, `schedules/library/*.toml`, one file for each area,
//! compiled in. To add an area: a file and a line of `FILES`.

mod checking;
mod compare;

pub use checking::Checking;
pub use compare::{CONFIDENCE, Change, Difference, Finding, Length, OwnLine, compare};

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::action::DisposalAction;
use crate::basis::{BasisCitation, BasisKind};
use crate::citation::Jurisdiction;
use crate::rule::{Maximum, RetentionRule, Rule};
use crate::wording::Cells;

/// Who a line fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fits {
    /// A council.
    Council,
    /// A school.
    School,
}

/// What must happen before a line may run. There is only one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// The organisation must check, change and approve it.
    Required,
}

/// One suggested line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelLine {
    /// Unique and never reused: `FIN-01`.
    pub code: String,
    /// The area of the organisation's work.
    pub area: String,
    /// What records it is about.
    pub record_type: String,
    /// Who it fits; at least one.
    pub fits: Vec<Fits>,
    /// Where.
    pub jurisdiction: Jurisdiction,
    /// The period as a schedule would word it.
    pub period: String,
    /// The start in words, where the period does not say it.
    pub trigger: String,
    /// What then happens.
    pub action: DisposalAction,
    /// What the words say.
    pub rule: Rule,
    /// On whose authority; at least one.
    pub basis: Vec<BasisCitation>,
    /// What to know before approving it.
    pub note: String,
    /// Always required.
    pub approval: Approval,
}

impl ModelLine {
    /// The line as a rule to put before people. Due is due, unless it is kept
    /// for ever, which is then said to have been suggested and why.
    #[must_use]
    pub fn proposal(&self) -> RetentionRule {
        let maximum = match self.rule {
            Rule::Permanent => Maximum::None {
                reason: format!("Suggested by model line {}: {}", self.code, self.note),
            },
            _ => Maximum::SameAsMinimum,
        };
        RetentionRule {
            minimum: self.rule.clone(),
            maximum,
            action: self.action,
            basis: self.basis.clone(),
            justification: self.needs_justifying().then(|| self.note.clone()),
        }
    }

    /// The line as a schedule's cells would hold it, for the parser of
    /// [`crate::wording`].
    #[must_use]
    pub fn cells(&self) -> Cells<'_> {
        let action = match self.action {
            DisposalAction::Destroy => "Destroy",
            DisposalAction::Anonymise => "Anonymise",
            DisposalAction::Review => "Review",
            DisposalAction::Transfer => "Offer to archive",
            DisposalAction::Permanent => "Permanent",
        };
        Cells { period: &self.period, trigger: &self.trigger, action }
    }

    /// How far its authorities were compared with a source.
    #[must_use]
    pub fn checking(&self) -> Checking {
        Checking::of(&self.basis)
    }

    /// Whether no statute, regulation or limit on claims stands behind it.
    #[must_use]
    pub fn needs_justifying(&self) -> bool {
        !self.basis.iter().any(|basis| {
            matches!(basis.kind, BasisKind::Statute | BasisKind::Regulation | BasisKind::Limitation)
        })
    }
}

/// Each area's file, in the order people see them.
const FILES: &[&str] = &[
    include_str!("../../library/adults.toml"),
    include_str!("../../library/children.toml"),
    include_str!("../../library/corporate.toml"),
    include_str!("../../library/culture.toml"),
    include_str!("../../library/democratic.toml"),
    include_str!("../../library/elections.toml"),
    include_str!("../../library/environment.toml"),
    include_str!("../../library/finance.toml"),
    include_str!("../../library/health-and-safety.toml"),
    include_str!("../../library/highways.toml"),
    include_str!("../../library/housing.toml"),
    include_str!("../../library/hr.toml"),
    include_str!("../../library/legal.toml"),
    include_str!("../../library/licensing.toml"),
    include_str!("../../library/planning.toml"),
    include_str!("../../library/property.toml"),
    include_str!("../../library/registrars.toml"),
    include_str!("../../library/schools.toml"),
];

/// Every model line, by area and then by code.
#[must_use]
pub fn all() -> &'static [ModelLine] {
    static LINES: OnceLock<Vec<ModelLine>> = OnceLock::new();
    LINES.get_or_init(|| {
        let read = |text: &&'static str| -> AreaFile {
            toml::from_str(text).expect("every file compiled in is read by a test")
        };
        FILES.iter().map(read).flat_map(AreaFile::lines).collect()
    })
}

/// The lines that fit such an organisation in such a place.
pub fn fitting(fits: Fits, place: Jurisdiction) -> impl Iterator<Item = &'static ModelLine> {
    all().iter().filter(move |line| line.fits.contains(&fits) && line.jurisdiction.covers(place))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaFile {
    area: String,
    approve: Approval,
    line: Vec<FileLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLine {
    code: String,
    record_type: String,
    fits: Vec<Fits>,
    jurisdiction: Jurisdiction,
    period: String,
    #[serde(default)]
    trigger: String,
    action: DisposalAction,
    rule: Rule,
    basis: Vec<BasisCitation>,
    note: String,
}

impl AreaFile {
    fn lines(self) -> Vec<ModelLine> {
        let Self { area, approve, line } = self;
        line.into_iter().map(|line| line.model(&area, approve)).collect()
    }
}

impl FileLine {
    fn model(self, area: &str, approval: Approval) -> ModelLine {
        ModelLine {
            code: self.code,
            area: area.to_owned(),
            record_type: self.record_type,
            fits: self.fits,
            jurisdiction: self.jurisdiction,
            period: self.period,
            trigger: self.trigger,
            action: self.action,
            rule: self.rule,
            basis: self.basis,
            note: self.note,
            approval,
        }
    }
}
