//! Checking the chain from end to end, a page of entries in memory at a time.

use std::fmt;

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::link::{self, Head};
use crate::catalogue::entity::{audit_entry, audit_head};
use crate::catalogue::{Catalogue, CatalogueError};

/// Entries read at a time.
const PAGE: u64 = 1000;

/// From where the chain is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// From its first entry.
    Genesis,
    /// From a head kept elsewhere: that entry must be there, with that hash,
    /// and what follows must follow from it. What came before is not looked at.
    Head(Head),
}

/// The chain is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Entries checked.
    pub entries: u64,
    /// The end of the chain, to be kept elsewhere.
    pub head: Head,
}

/// The chain is not whole: where it first goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the audit chain is broken at entry {seq}: {what}")]
pub struct Broken {
    /// The entry.
    pub seq: i64,
    /// What is wrong with it.
    pub what: Break,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Break {
    /// It is not there, though later ones are.
    Missing,
    /// What it says does not have the hash it carries.
    Edited,
    /// It does not follow from the one before.
    Unlinked,
    /// It is the last one there, and the chain went on to this number.
    CutShort {
        /// The last entry that should be there.
        head: i64,
    },
    /// There are entries after what the chain says is its end.
    BeyondHead,
    /// Its hash is not the one of the head that was kept.
    OtherThanKept,
    /// The row that names the chain's end is not there.
    NoHead,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("it was removed"),
            Self::Edited => f.write_str("it was changed after it was written"),
            Self::Unlinked => f.write_str(
                "it does not follow from the entry before: one of the two was replaced or moved",
            ),
            Self::CutShort { head } => {
                write!(f, "it is the last one there, and the chain went on to entry {head}")
            }
            Self::BeyondHead => f.write_str("it stands after the recorded end of the chain"),
            Self::OtherThanKept => f.write_str(
                "its hash is not the one that was kept elsewhere: the chain was written anew",
            ),
            Self::NoHead => f.write_str("the record of the chain's end was removed"),
        }
    }
}

/// The chain is broken, or could not be read.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is broken.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// It could not be read.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl std::convert::From<DbErr> for VerifyError {
    fn from(error: DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}

/// Checks every entry from there to the recorded end, as the chain is at one
/// moment.
///
/// # Errors
///
/// [`VerifyError::Broken`] names the first entry that is wrong.
pub async fn verify(catalogue: &Catalogue, from: From) -> Result<Verified, VerifyError> {
    verify_in(&catalogue.read_tx().await?, from).await
}

/// As [`verify`], in the caller's transaction.
///
/// # Errors
///
/// As [`verify`].
pub(crate) async fn verify_in(
    snapshot: &impl ConnectionTrait,
    from: From,
) -> Result<Verified, VerifyError> {
    let start = match from {
        From::Genesis => Head::genesis(),
        From::Head(head) => kept(snapshot, head).await?,
    };
    let first = start.seq;
    let end = follow(snapshot, start).await?;
    recorded_end(snapshot, &end).await?;
    let entries = u64::try_from(end.seq - first).unwrap_or_default();
    Ok(Verified { entries, head: end })
}

/// The kept head, once its entry is found as it was.
async fn kept(database: &impl ConnectionTrait, head: Head) -> Result<Head, VerifyError> {
    if head == Head::genesis() {
        return Ok(head);
    }
    let Some(entry) = audit_entry::Entity::find_by_id(head.seq).one(database).await? else {
        let last = last_seq(database).await?;
        return Err(Broken { seq: last, what: Break::CutShort { head: head.seq } }.into());
    };
    let broken = |what| Err(Broken { seq: head.seq, what }.into());
    match () {
        () if entry.hash != head.hash => broken(Break::OtherThanKept),
        () if link::hash(&entry) != entry.hash => broken(Break::Edited),
        () => Ok(head),
    }
}

async fn last_seq(database: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let last = audit_entry::Entity::find().order_by_desc(audit_entry::Column::Seq);
    Ok(last.one(database).await?.map_or(0, |entry| entry.seq))
}

async fn follow(database: &impl ConnectionTrait, start: Head) -> Result<Head, VerifyError> {
    let mut head = start;
    loop {
        let page = audit_entry::Entity::find()
            .filter(audit_entry::Column::Seq.gt(head.seq))
            .order_by_asc(audit_entry::Column::Seq)
            .limit(PAGE)
            .all(database)
            .await?;
        if page.is_empty() {
            return Ok(head);
        }
        for entry in page {
            head = step(&head, entry)?;
        }
    }
}

/// The head after this entry, which must follow from the one before.
pub(crate) fn step(before: &Head, entry: audit_entry::Model) -> Result<Head, Broken> {
    let next = before.seq + 1;
    let broken = |what| Err(Broken { seq: next, what });
    match () {
        () if entry.seq != next => broken(Break::Missing),
        () if link::hash(&entry) != entry.hash => broken(Break::Edited),
        () if entry.prev_hash != before.hash => broken(Break::Unlinked),
        () => Ok(Head { seq: entry.seq, hash: entry.hash }),
    }
}

async fn recorded_end(database: &impl ConnectionTrait, end: &Head) -> Result<(), VerifyError> {
    let recorded = audit_head::Entity::find_by_id(1).one(database).await?;
    let Some(recorded) = recorded else {
        return Err(Broken { seq: end.seq, what: Break::NoHead }.into());
    };
    let what = match () {
        () if recorded.seq > end.seq => Break::CutShort { head: recorded.seq },
        () if recorded.seq < end.seq => Break::BeyondHead,
        () if recorded.hash != end.hash => Break::Unlinked,
        () => return Ok(()),
    };
    Err(Broken { seq: end.seq, what }.into())
}
