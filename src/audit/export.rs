//! The chain, or a part of it, in a file that speaks for itself.
//!
//! A line of JSON for each entry, and at the end one line with a statement and
//! its signature: which entries there are, from which head they follow, to
//! which they lead, and the SHA-256 of every byte before that line. Nothing
//! but the file is needed to check it.
//!
//! As CSV it is for reading in a spreadsheet, and cannot be checked.

use std::io::{BufRead, Write};

use jiff::Timestamp;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Head;
use super::digest::hex;
use super::verify::{Broken, step};
use crate::catalogue::entity::audit_entry::{self, Column};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::keys::signing::{PublicKey, Signature, SignatureError, SigningKey};
use crate::proof::certificate::canonical;

/// The kind of thing that is signed, and the version of its form.
pub const FORM: &str = "retaind-audit-export-1";

/// Entries read at a time.
const PAGE: u64 = 1000;

/// What an export says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// [`FORM`].
    pub form: String,
    /// Whose chain it is.
    pub organisation: String,
    /// The end of the chain before the first entry.
    pub from: Head,
    /// The last entry.
    pub to: Head,
    /// The SHA-256 of every byte before the statement.
    pub digest: String,
    /// When it was made.
    pub made_at: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Closing {
    statement: Statement,
    signature: Signature,
}

/// An export cannot be made, or is not whole.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be written or read.
    #[error("the export cannot be written or read: {0}")]
    Io(#[from] std::io::Error),
    /// There is no such part.
    #[error("there is no entry {0} in the audit chain: `retaind audit list` shows the last ones")]
    NoEntry(i64),
    /// A line is none.
    #[error("line {0} of the export is not an entry of an audit chain")]
    NotAnEntry(u64),
    /// It does not end as it should.
    #[error("the export was cut: its last line is not the signed statement that ends every export")]
    Cut,
    /// The chain in it is broken.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The statement is of other bytes.
    #[error("the export was changed: its entries are not those that were signed")]
    Changed,
    /// The signature does not hold.
    #[error("the signature of the export does not hold: {0}")]
    Signature(#[from] SignatureError),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// Writes the entries numbered from `from` to `to`, and signs them.
///
/// # Errors
///
/// Where there are none such, or they cannot be read or written.
pub async fn export(
    catalogue: &Catalogue,
    range: std::ops::RangeInclusive<i64>,
    organisation: &str,
    key: &SigningKey,
    now: Timestamp,
    to: &mut (dyn Write + Send),
) -> Result<Statement, ExportError> {
    let mut digest = Sha256::new();
    let (from, end) = each(catalogue, range, |entry| {
        let line = format!("{}\n", canonical(&Line::from(entry)));
        digest.update(&line);
        Ok(to.write_all(line.as_bytes())?)
    })
    .await?;
    let statement = Statement {
        form: FORM.to_owned(),
        organisation: organisation.to_owned(),
        from,
        to: end,
        digest: hex(&digest.finalize()),
        made_at: now,
    };
    let signature = key.sign(FORM, canonical(&statement).as_bytes());
    let closing = Closing { statement: statement.clone(), signature };
    writeln!(to, "{}", canonical(&closing))?;
    Ok(statement)
}

/// Writes the entries numbered from `from` to `to` as a table.
///
/// # Errors
///
/// Where there are none such, or they cannot be read or written.
pub async fn export_csv(
    catalogue: &Catalogue,
    range: std::ops::RangeInclusive<i64>,
    to: &mut (dyn Write + Send),
) -> Result<(), ExportError> {
    let mut table = csv::Writer::from_writer(to);
    table.write_record(HEADINGS).map_err(std::io::Error::from)?;
    each(catalogue, range, |entry| {
        let cells = cells(entry).map(|cell| harmless(&cell));
        Ok(table.write_record(cells).map_err(std::io::Error::from)?)
    })
    .await?;
    Ok(table.flush()?)
}

const HEADINGS: [&str; 13] = [
    "seq",
    "at",
    "actor",
    "role",
    "action",
    "subject_kind",
    "subject_id",
    "before_digest",
    "after_digest",
    "reason",
    "schedule_version",
    "prev_hash",
    "hash",
];

fn cells(entry: audit_entry::Model) -> [String; 13] {
    [
        entry.seq.to_string(),
        entry.at.to_string(),
        entry.actor,
        entry.role,
        entry.action,
        entry.subject_kind,
        entry.subject_id,
        entry.before_digest.unwrap_or_default(),
        entry.after_digest.unwrap_or_default(),
        entry.reason.unwrap_or_default(),
        entry.schedule_version.unwrap_or_default(),
        entry.prev_hash,
        entry.hash,
    ]
}

/// People's words, which no spreadsheet program is to take for a formula.
fn harmless(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{cell}") } else { cell.to_owned() }
}

/// Hears of each entry; the end of the chain before them, and with them.
async fn each(
    catalogue: &Catalogue,
    range: std::ops::RangeInclusive<i64>,
    mut hear: impl FnMut(audit_entry::Model) -> Result<(), ExportError>,
) -> Result<(Head, Head), ExportError> {
    let snapshot = catalogue.read_tx().await?;
    let mut ends = None::<(Head, Head)>;
    let mut next = *range.start();
    loop {
        let page = audit_entry::Entity::find()
            .filter(Column::Seq.gte(next))
            .filter(Column::Seq.lte(*range.end()))
            .order_by_asc(Column::Seq)
            .limit(PAGE);
        let page = page.all(&snapshot).await.map_err(|error| catalogue.error(error))?;
        let Some(last) = page.last() else { break };
        next = last.seq + 1;
        for entry in page {
            let end = Head { seq: entry.seq, hash: entry.hash.clone() };
            let start = Head { seq: entry.seq - 1, hash: entry.prev_hash.clone() };
            ends = Some((ends.map_or(start, |(start, _)| start), end));
            hear(entry)?;
        }
    }
    ends.ok_or(ExportError::NoEntry(*range.start()))
}

/// Checks an export with nothing but its bytes; what it states, and the key
/// that signed it, to be compared with those published.
///
/// # Errors
///
/// The first thing that is wrong.
pub fn verify_export(from: &mut dyn BufRead) -> Result<(Statement, PublicKey), ExportError> {
    let (mut digest, mut number, mut head) = (Sha256::new(), 0, None::<Head>);
    let mut first = None;
    let mut line = String::new();
    loop {
        line.clear();
        if from.read_line(&mut line)? == 0 {
            return Err(ExportError::Cut);
        }
        number += 1;
        if let Ok(closing) = serde_json::from_str::<Closing>(&line) {
            let mut rest = [0; 1];
            let ended = from.read(&mut rest)? == 0 && line == format!("{}\n", canonical(&closing));
            let whole = first.zip(head).filter(|_| ended).ok_or(ExportError::Changed)?;
            return closing_holds(closing, whole, &hex(&digest.finalize()));
        }
        let entry: Result<Line, _> = serde_json::from_str(&line);
        let entry: audit_entry::Model = entry.map_err(|_| ExportError::NotAnEntry(number))?.into();
        let before = head.take();
        let start = || Head { seq: entry.seq - 1, hash: entry.prev_hash.clone() };
        let before = before.unwrap_or_else(start);
        first.get_or_insert_with(|| before.clone());
        head = Some(step(&before, entry)?);
        digest.update(&line);
    }
}

fn closing_holds(
    closing: Closing,
    (first, last): (Head, Head),
    digest: &str,
) -> Result<(Statement, PublicKey), ExportError> {
    let Closing { statement, signature } = closing;
    let key = signature.verify(FORM, canonical(&statement).as_bytes())?;
    let genesis = statement.from.seq != 0 || statement.from == Head::genesis();
    let same = statement.from == first && statement.to == last && statement.digest == digest;
    if same && genesis && statement.form == FORM {
        Ok((statement, key))
    } else {
        Err(ExportError::Changed)
    }
}

/// An entry as it stands in the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seq: i64,
    at: i64,
    actor: String,
    role: String,
    action: String,
    subject_kind: String,
    subject_id: String,
    before_digest: Option<String>,
    after_digest: Option<String>,
    reason: Option<String>,
    schedule_version: Option<String>,
    prev_hash: String,
    hash: String,
}

macro_rules! same_fields {
    ($($field:ident)*) => {
        impl From<audit_entry::Model> for Line {
            fn from(entry: audit_entry::Model) -> Self {
                Self { at: entry.at.0, $($field: entry.$field,)* }
            }
        }

        impl From<Line> for audit_entry::Model {
            fn from(line: Line) -> Self {
                Self { at: crate::catalogue::values::Micros(line.at), $($field: line.$field,)* }
            }
        }
    };
}

same_fields! {
    seq actor role action subject_kind subject_id before_digest after_digest reason
    schedule_version prev_hash hash
}
