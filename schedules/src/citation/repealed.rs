//! Law that registers still cite though it is gone, and what took its place.
//!
//! The table is `library/repealed.toml`. It holds only what is certain, so a
//! law that is not in it is [`Standing::NotKnownRepealed`], never "in force".

use std::fmt;
use std::sync::OnceLock;

use jiff::civil::Date;
use serde::Deserialize;

use super::tokens::key;
use super::{Citation, Jurisdiction};

/// What is known of a cited law's standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The table says nothing against it; it may still be gone.
    NotKnownRepealed,
    /// It no longer says what registers cite it for.
    Changed(&'static Law),
    /// It is repealed or revoked.
    Repealed(&'static Law),
}

/// A law that was repealed, or changed in what registers cite it for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Law {
    /// Its title without the year.
    pub title: String,
    /// Its year; codes may have none.
    pub year: Option<u16>,
    /// Its number, `SI 2006/1751`, where the table has it.
    pub number: Option<String>,
    /// The one provision that is gone, where the rest is in force.
    pub provision: Option<String>,
    /// Where it is gone.
    pub jurisdiction: Jurisdiction,
    #[serde(default)]
    standing: Kind,
    #[serde(default)]
    extent: Extent,
    #[serde(default)]
    without_year: bool,
    /// What to cite in its place.
    pub successor: String,
    /// What repealed it.
    pub by: String,
    /// When.
    pub on: When,
    /// What else to know.
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    #[default]
    Repealed,
    Changed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Extent {
    #[default]
    Whole,
    Most,
}

/// A day, or a year where the day is not one or not certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum When {
    /// On this day.
    Day(Date),
    /// In this year.
    Year(i16),
}

/// Neither a day nor a year.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a day such as 2018-05-25 nor a year")]
pub struct WhenError(String);

impl TryFrom<String> for When {
    type Error = WhenError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let day = text.parse().ok().map(Self::Day);
        day.or_else(|| text.parse().ok().map(Self::Year)).ok_or(WhenError(text))
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "on {}", day.strftime("%-d %B %Y")),
            Self::Year(year) => write!(f, "in {year}"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    law: Vec<Law>,
}

/// The whole table, in its own order.
#[must_use]
pub fn all() -> &'static [Law] {
    static TABLE: OnceLock<Vec<Law>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let table: Table = toml::from_str(include_str!("../../library/repealed.toml"))
            .expect("the table compiled in is read by a test");
        table.law
    })
}

/// What the table says of a citation.
#[must_use]
pub fn check(citation: &Citation) -> Standing {
    match all().iter().find(|law| law.is_cited_by(citation)) {
        None => Standing::NotKnownRepealed,
        Some(law) if law.standing == Kind::Changed => Standing::Changed(law),
        Some(law) => Standing::Repealed(law),
    }
}

impl Standing {
    /// What to tell the person whose register cites it; nothing where nothing
    /// is known against it. Names the law, what took its place and what to do.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        match self {
            Self::NotKnownRepealed => None,
            Self::Changed(law) => Some(law.note_of_change()),
            Self::Repealed(law) => Some(law.warning_of_repeal()),
        }
    }
}

impl Law {
    /// Its title with its year, and the provision if only that is gone.
    #[must_use]
    pub fn name(&self) -> String {
        let year = self.year.map(|year| format!(" {year}")).unwrap_or_default();
        let provision =
            self.provision.as_deref().map(|text| format!(" {text}")).unwrap_or_default();
        format!("{}{year}{provision}", self.title)
    }

    fn is_cited_by(&self, citation: &Citation) -> bool {
        let by_number = || citation.number.is_some_and(|n| self.number == Some(n.to_string()));
        (self.is_titled(citation) || by_number()) && self.is_the_provision_of(citation)
    }

    fn is_titled(&self, citation: &Citation) -> bool {
        let same_year = match citation.year {
            Some(year) => self.year == Some(year),
            None => self.without_year,
        };
        same_year && key(&self.title) == key(&citation.title)
    }

    fn is_the_provision_of(&self, citation: &Citation) -> bool {
        let Some(gone) = &self.provision else { return true };
        citation.provisions.iter().any(|provision| {
            let cited = provision.to_string();
            let rest = cited.strip_prefix(gone.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('('))
        })
    }

    fn warning_of_repeal(&self) -> String {
        let extent = match self.extent {
            Extent::Whole => "was repealed",
            Extent::Most => "was for the most part repealed",
        };
        let place = match self.jurisdiction {
            Jurisdiction::UnitedKingdom => String::new(),
            place => format!(" in {place}"),
        };
        let Self { by, on, successor, .. } = self;
        let note = self.trailing_note();
        format!(
            "{} {extent}{place} {on} by the {by}: cite {successor} in its place, after checking that the period still stands.{note}",
            self.name()
        )
    }

    fn note_of_change(&self) -> String {
        let note = self.trailing_note();
        format!(
            "{} was changed {} by the {}: cite {}.{note}",
            self.name(),
            self.on,
            self.by,
            self.successor
        )
    }

    fn trailing_note(&self) -> String {
        self.note.as_deref().map(|note| format!(" {note}")).unwrap_or_default()
    }
}
