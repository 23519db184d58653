//! Hold packs: what an inquiry wants kept, written once as a file with a
//! version, and tied by a person to the lines of this council's own register.
//!
//! A pack only proposes. It finds record types by their words; which of them the
//! hold covers a person says, for each. One hold is placed for the matter, and
//! remembers the pack, its version and what was confirmed, so that a newer
//! version, or a register that has grown, shows what differs.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::Date;
use retaind_schedules::hold::Days;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::audit::digest::of_bytes;
use crate::catalogue::entity::{hold, hold_pack, service_area};
use crate::catalogue::words::HoldState;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::stores;

/// The packs that come with the program, by the names of their files.
const SHIPPED: &[(&str, &str)] = &[
    ("iicsa", include_str!("../../schedules/library/packs/iicsa.toml")),
    ("covid-19", include_str!("../../schedules/library/packs/covid-19.toml")),
    (
        "group-based-exploitation",
        include_str!("../../schedules/library/packs/group-based-exploitation.toml"),
    ),
];

/// Whether an inquiry's order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It does.
    InForce,
    /// It has not come, and records are kept for it.
    Anticipated,
    /// Nobody has established whether it still does: it counts as if it did.
    Unconfirmed,
    /// It is over.
    Ended,
}

impl Status {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::InForce => "in force",
            Self::Anticipated => "anticipated",
            Self::Unconfirmed => "not confirmed to be over",
            Self::Ended => "ended",
        }
    }
}

/// A hold pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Its name.
    pub name: String,
    /// Its version; another for every change.
    pub version: String,
    /// Whether the order stands.
    pub status: Status,
    /// When it ended.
    pub ended: Option<Date>,
    /// The inquiry's name.
    pub inquiry: String,
    /// Its terms of reference, in short.
    pub terms: String,
    /// The date of the order.
    pub dated: Date,
    /// Who ordered.
    pub authority: String,
    /// In which document.
    pub reference: String,
    /// What is to be kept, in words.
    pub scope: String,
    /// Words and phrases that such records go by.
    pub words: Vec<String>,
    /// Codes of the shipped library's lines that they are ruled by.
    pub codes: Vec<String>,
    /// The first day it wants records of; with none, any before the last.
    pub from: Option<Date>,
    /// The last day it wants records of; with none, any after the first.
    pub to: Option<Date>,
    /// When its facts were last looked up.
    pub checked_on: Date,
    /// Where.
    pub source: String,
    /// What else there is to know.
    pub note: String,
    /// The digest of its file.
    #[serde(skip)]
    pub digest: String,
}

/// Why there is no such pack.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It is neither shipped nor a file.
    #[error(
        "there is no hold pack `{0}`: `retaind hold pack list` names those there are; a file of \
         your own is named with its ending, .toml"
    )]
    Unknown(String),
    /// The file cannot be read.
    #[error("the hold pack {file} cannot be read: {why}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why, and in which line.
        why: String,
    },
    /// The order is over.
    #[error(
        "the order of the pack `{name}` ended{on}: where another order stands, place a hold for \
         that one"
    )]
    Ended {
        /// The pack.
        name: String,
        /// On which day.
        on: String,
    },
}

/// The packs that come with the program.
///
/// # Errors
///
/// Where one of them cannot be read, which a test forbids.
pub fn shipped() -> Result<Vec<Pack>, PackError> {
    SHIPPED.iter().map(|(name, text)| Pack::parse(name, text)).collect()
}

impl Pack {
    /// The pack of this name, or of this file.
    ///
    /// # Errors
    ///
    /// Where there is none, or it says what a pack may not.
    pub fn read(named: &str) -> Result<Self, PackError> {
        if let Some((name, text)) = SHIPPED.iter().find(|(name, _)| *name == named) {
            return Self::parse(name, text);
        }
        if Path::new(named).extension().is_none_or(|ending| ending != "toml") {
            return Err(PackError::Unknown(named.to_owned()));
        }
        let text = std::fs::read_to_string(named).map_err(|error| PackError::Unreadable {
            file: named.to_owned(),
            why: error.to_string(),
        })?;
        Self::parse(named, &text)
    }

    fn parse(file: &str, text: &str) -> Result<Self, PackError> {
        let unreadable = |why: String| PackError::Unreadable { file: file.to_owned(), why };
        let pack: Self = toml::from_str(text).map_err(|error| unreadable(error.to_string()))?;
        if pack.words.is_empty() && pack.codes.is_empty() {
            return Err(unreadable("it names no words and no codes, so it finds nothing".into()));
        }
        if (pack.status == Status::Ended) != pack.ended.is_some() {
            return Err(unreadable(
                "`ended` is the day an ended order ended, and no other's".into(),
            ));
        }
        if pack.from.or(pack.to).is_some() && pack.days().is_none() {
            return Err(unreadable("`to` is a day before `from`".into()));
        }
        Ok(Self { digest: of_bytes(text.as_bytes()), ..pack })
    }

    /// The days it wants records of, where it does not want those of any day.
    #[must_use]
    pub fn days(&self) -> Option<Days> {
        Days::new(self.from, self.to)
    }

    /// That a hold may be placed for it.
    ///
    /// # Errors
    ///
    /// Where its order is over.
    pub fn may_be_placed(&self) -> Result<(), PackError> {
        match self.status {
            Status::Ended => Err(PackError::Ended {
                name: self.name.clone(),
                on: self.ended.map(|day| format!(" on {day}")).unwrap_or_default(),
            }),
            _ => Ok(()),
        }
    }

    /// The record types it may mean, by code.
    ///
    /// # Errors
    ///
    /// Where the catalogue fails.
    pub async fn proposals(&self, catalogue: &Catalogue) -> Result<Vec<Proposal>, CatalogueError> {
        let areas = service_area::Entity::find().all(catalogue.read()).await?;
        let mut proposals = Vec::new();
        for (code, line) in stores::schedule_in_force(catalogue).await?.lines {
            let area = areas.iter().find(|area| area.id == line.asset.service_area_id);
            let area = area.map(|area| area.name.clone()).unwrap_or_default();
            let title = line.record_type.title.clone();
            let texts = [&title, &line.asset.name, &line.asset.description, &area];
            let why = self.why(&code, &texts);
            if !why.is_empty() {
                proposals.push(Proposal { code, title, service_area: area, why });
            }
        }
        proposals.sort();
        Ok(proposals)
    }

    fn why(&self, code: &str, texts: &[&String]) -> Vec<String> {
        let texts: Vec<String> = texts.iter().map(|text| spaced(text)).collect();
        let says = |word: &&String| texts.iter().any(|text| text.contains(spaced(word).trim_end()));
        let mut why: Vec<String> = self.words.iter().filter(says).cloned().collect();
        why.extend(self.codes.iter().find(|known| *known == code).cloned());
        why
    }
}

/// Words in lower case with one space before each and at the end, so that a
/// phrase is found at the beginning of a word, and its plural too.
fn spaced(text: &str) -> String {
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    let words =
        lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    words.fold(String::new(), |text, word| text + " " + word) + " "
}

/// A record type that a pack may mean.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Proposal {
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Who answers for it.
    pub service_area: String,
    /// The pack's words and codes that found it.
    pub why: Vec<String>,
}

/// What a hold remembers of its pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackUse {
    /// The pack's name.
    pub pack: String,
    /// Its version.
    pub version: String,
    /// The digest of its file.
    pub digest: String,
    /// The codes a person confirmed.
    pub matched: Vec<String>,
}

impl PackUse {
    pub(super) fn row(&self, hold_id: Uuid) -> hold_pack::Model {
        let Self { pack, version, digest, matched } = self.clone();
        hold_pack::Model { hold_id, pack, version, digest, matched: matched.into() }
    }
}

/// A hold in force that was placed from a pack, compared with the pack now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The hold.
    pub hold: String,
    /// The version it was placed from.
    pub version: String,
    /// Whether the pack's file differs from the one it was placed from.
    pub changed: bool,
    /// Record types that the pack finds and the person did not confirm then.
    pub not_covered: Vec<String>,
    /// Record types that the person confirmed and the pack no longer finds.
    pub no_longer_found: Vec<String>,
}

/// The holds in force that were placed from this pack.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn differences(
    catalogue: &Catalogue,
    pack: &Pack,
    proposals: &[Proposal],
) -> Result<Vec<Difference>, CatalogueError> {
    let uses = hold_pack::Entity::find().filter(hold_pack::Column::Pack.eq(&pack.name));
    let found: BTreeSet<String> = proposals.iter().map(|one| one.code.clone()).collect();
    let mut differences = Vec::new();
    for used in uses.all(catalogue.read()).await? {
        let hold = hold::Entity::find_by_id(used.hold_id).one(catalogue.read()).await?;
        let Some(hold) = hold.filter(|hold| hold.state != HoldState::Released) else { continue };
        let matched: BTreeSet<String> = serde_json::from_value(used.matched)
            .map_err(|error| CatalogueError::impossible("what a hold pack matched", error))?;
        differences.push(Difference {
            hold: hold.reference,
            version: used.version,
            changed: used.digest != pack.digest,
            not_covered: found.difference(&matched).cloned().collect(),
            no_longer_found: matched.difference(&found).cloned().collect(),
        });
    }
    Ok(differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_pack_can_be_read_and_goes_by_its_name() {
        let packs = shipped().unwrap();
        let names: Vec<_> = packs.iter().map(|pack| pack.name.as_str()).collect();
        assert_eq!(names, SHIPPED.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        let ended = packs.iter().filter(|pack| pack.may_be_placed().is_err()).count();
        assert_eq!((ended, packs[0].ended), (1, Some(jiff::civil::date(2023, 1, 20))));
    }

    #[test]
    fn a_phrase_is_found_where_its_words_begin_and_in_the_plural() {
        let pack = &shipped().unwrap()[0];
        let found = |text: &str| pack.why("X-1", &[&text.to_owned()]);
        assert_eq!(found("Foster carers' files"), ["foster"]);
        assert_eq!(found("Looked-after children: looked after child records").len(), 2);
        assert_eq!(found("Children\u{2019}s homes"), ["children's home"]);
        assert!(found("Defoster appliances").is_empty());
        assert_eq!(pack.why("CHI-15", &[]), ["CHI-15"]);
    }
}
