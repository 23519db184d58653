//! On whose authority the period stands: the Acts a cell cites, or the reason
//! it gives. One or the other there must be.

use retaind_schedules::basis::{BasisCitation, BasisKind, Sets};
use retaind_schedules::citation::{self, repealed};

use super::seen::Seen;
use crate::register::column::{Column, normalised};

/// What supports a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authority {
    pub(super) basis: Vec<BasisCitation>,
    pub(super) justification: Option<String>,
}

/// Words that fill a cell and say nothing.
const NOTHING_SAID: &[&str] =
    &["", "na", "none", "nil", "tbc", "tba", "tbd", "unknown", "notknown", "notapplicable"];

/// Words of a column that says what kind of authority the basis is.
const KINDS: &[(&str, BasisKind)] = &[
    ("statute", BasisKind::Statute),
    ("statutory", BasisKind::Statute),
    ("act", BasisKind::Statute),
    ("regulation", BasisKind::Regulation),
    ("regulatory", BasisKind::Regulation),
    ("code", BasisKind::Code),
    ("codeofpractice", BasisKind::Code),
    ("guidance", BasisKind::Code),
    ("limitation", BasisKind::Limitation),
    ("contract", BasisKind::Contract),
    ("contractual", BasisKind::Contract),
    ("business", BasisKind::BusinessNeed),
    ("businessneed", BasisKind::BusinessNeed),
    ("operational", BasisKind::BusinessNeed),
    ("archival", BasisKind::HistoricalValue),
    ("historical", BasisKind::HistoricalValue),
    ("historicalvalue", BasisKind::HistoricalValue),
];

/// The authority of the row; nothing where the row is rejected for want of one.
pub(super) fn read(seen: &mut Seen<'_>) -> Option<Authority> {
    let text = said(seen.text(Column::Basis));
    let mut justification = said(seen.text(Column::Justification));
    let basis = match &text {
        Some(text) => citations(seen, text),
        None => Vec::new(),
    };
    if basis.is_empty() && justification.is_none() {
        // Words that cite nothing are the organisation's own reason.
        justification = text;
    }
    if basis.is_empty() && justification.is_none() {
        let reason = "no law or reason is given for the period".to_owned();
        let remedy = "Cite the legislation, or write why the organisation needs to keep the \
                      records for this long."
            .to_owned();
        let at = [Column::Basis, Column::Justification];
        let at = at.into_iter().find(|column| seen.has_column(*column));
        seen.reject(at, reason, remedy);
        return None;
    }
    Some(Authority { basis, justification })
}

fn said(text: String) -> Option<String> {
    let says_nothing = NOTHING_SAID.contains(&normalised(&text).as_str());
    (!says_nothing).then_some(text)
}

fn citations(seen: &mut Seen<'_>, text: &str) -> Vec<BasisCitation> {
    let found = citation::find(text);
    for warning in found.iter().filter_map(|found| repealed::check(found).warning()) {
        let remedy = "Check whether the period still stands, and cite the law in force.";
        seen.warn(Some(Column::Basis), warning, remedy.to_owned());
    }
    if !found.is_empty() {
        return found.into_iter().map(|found| found.into_basis(Sets::Minimum, None)).collect();
    }
    let wanted = normalised(text);
    let phrases = &seen.context.profile.basis;
    let by_profile = phrases.iter().find(|(phrase, _)| normalised(phrase) == wanted);
    let stated = normalised(&seen.text(Column::BasisKind));
    let by_column = KINDS.iter().find(|(word, _)| *word == stated).map(|(_, kind)| *kind);
    by_profile
        .map(|(_, kind)| *kind)
        .or(by_column)
        .map(|kind| BasisCitation {
            kind,
            citation: text.to_owned(),
            sets: Sets::Minimum,
            checked: None,
        })
        .into_iter()
        .collect()
}
