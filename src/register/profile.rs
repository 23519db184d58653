//! What the records manager has said about one organisation's spreadsheet: the
//! import profile, a TOML file. Without one nothing is assumed.
//!
//! There is no setting for a default period. An example with every part:
#![doc = concat!("```toml\n", include_str!("profile.toml"), "```")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use retaind_schedules::basis::BasisKind;
use retaind_schedules::wording;
use serde::{Deserialize, Serialize};

use super::column::{Column, normalised};

/// An import profile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct ImportProfile {
    /// What headings mean, before the built-in table is asked.
    pub columns: BTreeMap<String, Use>,
    /// Sheets.
    pub sheets: Sheets,
    /// Rows.
    pub rows: Rows,
    /// Phrases of the basis column, and the kind of authority they are.
    pub basis: BTreeMap<String, BasisKind>,
    /// How periods are worded.
    pub wording: wording::Profile,
}

/// Which sheets are read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sheets {
    /// Names of sheets to pass over.
    pub ignore: Vec<String>,
}

/// How rows are read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rows {
    /// Columns in which a blank or merged cell means "as above".
    pub fill_down: Vec<Column>,
    /// The service area of rows that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_area: Option<String>,
}

/// What is made of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Use {
    /// Set aside.
    Ignore(Ignore),
    /// Read as this.
    As(Column),
}

/// The word `ignore`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ignore {
    /// `"ignore"`.
    Ignore,
}

/// A profile that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file is not there or not to be read.
    #[error("the import profile `{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The text is no profile.
    #[error("the import profile `{}` is not valid:\n{source}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
}

impl ImportProfile {
    /// Reads a profile.
    ///
    /// # Errors
    ///
    /// Where there is no such file, or it says something that is no setting.
    pub fn load(path: &Path) -> Result<Self, ProfileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ProfileError::Unreadable { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|source| ProfileError::Invalid {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// What the profile says of a heading, if anything.
    #[must_use]
    pub fn use_of(&self, heading: &str) -> Option<Use> {
        let wanted = normalised(heading);
        let same = |(written, _): &(&String, &Use)| normalised(written) == wanted;
        self.columns.iter().find(same).map(|(_, used)| *used)
    }

    /// Whether a sheet is passed over.
    #[must_use]
    pub fn ignores(&self, sheet: &str) -> bool {
        self.sheets.ignore.iter().any(|name| name.trim().eq_ignore_ascii_case(sheet.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_read() {
        let profile: ImportProfile =
            toml::from_str(include_str!("profile.toml")).expect("a profile");
        assert_eq!(profile.use_of("OUR CLOCK STARTS:"), Some(Use::As(Column::Trigger)));
        assert_eq!(profile.use_of("Old period"), Some(Use::Ignore(Ignore::Ignore)));
        assert_eq!(profile.use_of("Keep for"), None);
        assert!(profile.ignores("guidance "));
        assert_eq!(profile.wording.unit, Some(wording::Unit::Years));
    }

    #[test]
    fn a_default_period_is_no_setting() {
        for text in ["[rows]\nperiod = \"P6Y\"", "default-period = \"6 years\"", "[column]\n"] {
            assert!(toml::from_str::<ImportProfile>(text).is_err(), "{text}");
        }
    }
}
