//! The encoding that is hashed, so that anyone can check a chain.
//!
//! An entry's hash is the SHA-256, in lower-case hexadecimal, of one line of
//! UTF-8 and the line feed that ends it. The line is a JSON array without
//! spaces, in which only `"`, `\` and control characters are escaped:
//!
//! ```text
//! ["retaind-audit-1",SEQ,AT,ACTOR,ROLE,ACTION,SUBJECT_KIND,SUBJECT_ID,
//!  BEFORE_DIGEST,AFTER_DIGEST,REASON,SCHEDULE_VERSION,PREV_HASH]
//! ```
//!
//! (broken here in two). `SEQ` and `AT` are numbers, `AT` in microseconds since
//! 1970 in UTC; what is absent is `null`. The first entry has `SEQ` 1, and 64
//! zeros for `PREV_HASH`. What a person typed with an act is in `REASON` as a
//! keyed digest. With the line in a file, `sha256sum FILE` gives the
//! hash.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::digest;
use crate::catalogue::entity::audit_entry;

/// The end of a chain: what a letter or a certificate keeps of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The last entry's number; 0 where there is none.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

impl Head {
    /// The head of a chain without entries.
    #[must_use]
    pub fn genesis() -> Self {
        Self { seq: 0, hash: "0".repeat(64) }
    }
}

/// The line that is hashed, with its line feed.
#[must_use]
pub fn line(entry: &audit_entry::Model) -> String {
    let fields = json!([
        "retaind-audit-1",
        entry.seq,
        entry.at.0,
        entry.actor,
        entry.role,
        entry.action,
        entry.subject_kind,
        entry.subject_id,
        entry.before_digest,
        entry.after_digest,
        entry.reason,
        entry.schedule_version,
        entry.prev_hash,
    ]);
    format!("{fields}\n")
}

/// The hash of an entry, from everything in it but the hash it has.
#[must_use]
pub fn hash(entry: &audit_entry::Model) -> String {
    digest::of_bytes(line(entry).as_bytes())
}
