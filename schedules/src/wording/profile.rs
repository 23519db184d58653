//! What the records manager has said about one organisation's wording: the
//! only place a default may come from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::action::DisposalAction;
use crate::calendar::CurrentYear;
use crate::rule::Rule;
use crate::trigger::Trigger;

/// The wording part of an import profile. The default says nothing, so that
/// nothing is assumed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Profile {
    /// The unit of a bare number: `7` is 7 years only where this says `years`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// The start of a bare period: `6 years` counts from here, if anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_start: Option<Trigger>,
    /// Which year "current year" is. Left open, the rule says
    /// `current-year-end` and the calendar must know when it is evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_year: Option<CurrentYear>,
    /// Codes beside the built-in ones, such as `T+6`, by the text of the code.
    pub codes: BTreeMap<String, Code>,
    /// Phrases beside the built-in ones that name a start: `leaver` to
    /// `employment-ended`.
    pub triggers: BTreeMap<String, Trigger>,
}

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Code {
    /// The rule, in the notation.
    pub rule: Rule,
    /// What happens then, where the code says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<DisposalAction>,
}

/// A unit of time as schedules use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Calendar years.
    Years,
    /// Calendar months.
    Months,
    /// Weeks of seven days.
    Weeks,
    /// Days.
    Days,
}
