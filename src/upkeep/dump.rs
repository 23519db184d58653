//! Rows out of a catalogue, as lines, and the sums by which two copies of a
//! table are compared.

use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use sea_orm::{DatabaseTransaction, DbErr, StreamTrait};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::table::Table;
use crate::audit::digest::hex;
use crate::catalogue::CatalogueError;

/// How many rows a table has, and the SHA-256 of its lines, each with its line feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Rows.
    pub rows: u64,
    /// In 64 hexadecimal digits.
    pub sha256: String,
}

/// A sum while it is taken.
#[derive(Debug, Default)]
pub(super) struct Tally {
    rows: u64,
    hash: Sha256,
}

impl Tally {
    pub(super) fn add(&mut self, line: &str) {
        self.rows += 1;
        self.hash.update(line.as_bytes());
        self.hash.update(b"\n");
    }

    pub(super) fn sum(self) -> Sum {
        Sum { rows: self.rows, sha256: hex(&self.hash.finalize()) }
    }
}

/// The rows of a table as lines, a few in memory at a time.
pub(super) async fn lines<'a>(
    tx: &'a DatabaseTransaction,
    table: &'a Table,
) -> Result<impl Stream<Item = Result<String, DbErr>> + 'a, DbErr> {
    let rows = tx.stream_raw(table.select(StreamTrait::get_database_backend(tx))).await?;
    Ok(rows.map(|row| table.line(&row?)))
}

/// What a table comes to.
pub(super) async fn sum(tx: &DatabaseTransaction, table: &Table) -> Result<Sum, CatalogueError> {
    let mut tally = Tally::default();
    let mut lines = std::pin::pin!(lines(tx, table).await?);
    while let Some(line) = lines.try_next().await? {
        tally.add(&line);
    }
    Ok(tally.sum())
}
