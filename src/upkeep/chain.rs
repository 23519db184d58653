//! The audit chain as it stands in a backup, followed without a database.

use std::path::Path;

use super::archive::TablePart;
use super::error::UpkeepError;
use crate::audit::{self, Head};
use crate::catalogue::entity::audit_entry;
use crate::catalogue::values::Micros;

/// Follows the chain, line by line.
pub(super) struct Follower {
    head: Head,
}

impl Default for Follower {
    fn default() -> Self {
        Self { head: Head::genesis() }
    }
}

impl Follower {
    /// Hears a line of any table; those of the chain are followed.
    pub(super) fn hear(
        &mut self,
        file: &Path,
        table: &TablePart,
        line: &str,
    ) -> Result<(), UpkeepError> {
        if table.name != "audit_entry" {
            return Ok(());
        }
        let bad = |why: String| UpkeepError::Damaged { file: file.to_owned(), why };
        let entry = entry(&table.columns, line)
            .ok_or_else(|| bad(format!("after entry {} of the audit chain", self.head.seq)))?;
        self.head = audit::step(&self.head, entry).map_err(|broken| bad(broken.to_string()))?;
        Ok(())
    }

    /// The chain has come to its end, which must be this.
    pub(super) fn end(self, file: &Path, head: &Head) -> Result<(), UpkeepError> {
        if self.head == *head {
            return Ok(());
        }
        let why = format!(
            "its audit chain ends at entry {} and not, as its manifest says, at {}",
            self.head.seq, head.seq
        );
        Err(UpkeepError::Damaged { file: file.to_owned(), why })
    }
}

/// The value of this setting, where the line is its row: key and value.
pub(super) fn setting(line: &str, key: &str) -> Option<String> {
    let [found, value]: [String; 2] = serde_json::from_str(line).ok()?;
    (found == key).then_some(value)
}

fn entry(columns: &[String], line: &str) -> Option<audit_entry::Model> {
    let mut row: Vec<Option<String>> = serde_json::from_str(line).ok()?;
    let mut value = |name: &str| {
        let place = columns.iter().position(|column| column == name)?;
        row.get_mut(place)?.take()
    };
    Some(audit_entry::Model {
        seq: value("seq")?.parse().ok()?,
        at: Micros(value("at")?.parse().ok()?),
        actor: value("actor")?,
        role: value("role")?,
        action: value("action")?,
        subject_kind: value("subject_kind")?,
        subject_id: value("subject_id")?,
        before_digest: value("before_digest"),
        after_digest: value("after_digest"),
        reason: value("reason"),
        schedule_version: value("schedule_version"),
        prev_hash: value("prev_hash")?,
        hash: value("hash")?,
    })
}
