//! Digests as the audit chain shows them: SHA-256 in 64 hexadecimal digits, as
//! `sha256sum` prints it.

use sha2::{Digest as _, Sha256};

/// The digest of these bytes.
#[must_use]
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The digest of this value written as compact JSON, keys in order.
#[must_use]
pub fn of_json(value: &serde_json::Value) -> String {
    of_bytes(value.to_string().as_bytes())
}

/// The digest of these rows written as one compact JSON array of arrays.
///
/// # Panics
///
/// Where a row is no tuple of what JSON can write.
#[must_use]
pub fn of_rows(rows: &[impl serde::Serialize]) -> String {
    of_bytes(&serde_json::to_vec(rows).expect("rows of plain values can be written"))
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    hex::encode(bytes)
}
