//! Holds for requests for information: `[holds]`.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::holds::Tail;

/// What `[holds]` says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HoldSettings {
    /// How long a request's hold stays after the last correspondence about it.
    pub foi_tail: Tail,
    /// The council's list of open requests, read each day.
    pub feed: Option<Feed>,
}

/// A list of open requests.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// The spreadsheet.
    pub file: PathBuf,
    /// The address, on the people list, of the person in whose name the holds
    /// are placed.
    pub person: String,
}

impl HoldSettings {
    pub(super) fn below(self, folder: &Path) -> Self {
        let feed = self.feed.map(|feed| Feed { file: folder.join(feed.file), ..feed });
        Self { feed, ..self }
    }
}
