//! The table of kinds: from a store file's settings to a connector.
//!
//! To add a kind: a folder, and a line in [`KINDS`]. The settings reference
//! people read is printed from this table, and the behaviour suite runs over it.

use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::contract::{Capability, Connector, Leash, StoreError, StoreErrorKind};
use crate::{filesystem, sql};

/// One kind of store.
#[derive(Debug)]
pub struct Kind {
    /// What a store file calls it.
    pub name: &'static str,
    /// In one line, for people.
    pub describes: &'static str,
    /// What it can do.
    pub capability: Capability,
    /// Every setting it knows.
    pub settings: &'static [Setting],
    /// Makes a connector from settings, leashed or not; touches nothing yet.
    /// Relative paths are taken from the folder given.
    pub open: Open,
}

/// Makes a connector of one kind.
pub type Open = fn(toml::Table, &Path, Leash) -> Result<Arc<dyn Connector>, StoreError>;

/// One setting of a kind.
#[derive(Debug)]
pub struct Setting {
    /// Its key in the store file.
    pub name: &'static str,
    /// What it says, in one sentence.
    pub what: &'static str,
    /// What happens without it.
    pub otherwise: Otherwise,
}

/// What happens where a setting is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// The store file is refused.
    Required,
    /// This is done instead, in words or as the value.
    Is(&'static str),
}

/// Every kind there is, in alphabetical order.
pub const KINDS: &[Kind] = &[filesystem::KIND, sql::KIND];

/// Makes the connector of this kind from its settings. Nothing is reached yet.
///
/// # Errors
///
/// A kind that is not in [`KINDS`], or settings that cannot be right.
pub fn open(
    kind: &str,
    settings: toml::Table,
    base: &Path,
    leash: Leash,
) -> Result<Arc<dyn Connector>, StoreError> {
    let known = KINDS.iter().find(|known| known.name == kind).ok_or_else(|| unknown(kind))?;
    (known.open)(settings, base, leash)
}

/// What this kind of store can do; none where there is no such kind.
#[must_use]
pub fn capability(kind: &str) -> Option<Capability> {
    KINDS.iter().find(|known| known.name == kind).map(|known| known.capability)
}

fn unknown(kind: &str) -> StoreError {
    let names: Vec<_> = KINDS.iter().map(|kind| format!("`{}`", kind.name)).collect();
    StoreError::new(
        StoreErrorKind::Misconfigured,
        format!("there is no kind of store called `{kind}`"),
        format!("Use one of {}", names.join(", ")),
    )
}

/// Reads a kind's settings, refusing those it does not know.
pub(crate) fn read_settings<T: DeserializeOwned>(
    kind: &Kind,
    settings: toml::Table,
) -> Result<T, StoreError> {
    settings.try_into().map_err(|error: toml::de::Error| {
        let names: Vec<_> = kind.settings.iter().map(|setting| setting.name).collect();
        StoreError::new(
            StoreErrorKind::Misconfigured,
            format!("the settings of this {} store: {}", kind.name, error.message().trim_end()),
            format!("A {} store has the settings {}", kind.name, names.join(", ")),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_kind_is_refused_with_those_there_are() {
        let error = open("ftp", toml::Table::new(), Path::new("/"), Leash::Leashed).unwrap_err();
        assert_eq!(
            error.to_string(),
            "store misconfigured: there is no kind of store called `ftp`. \
             Use one of `filesystem`, `sql`."
        );
    }
}
