//! What people type with an act: a reason, a comment.
//!
//! It is free text, and free text may name anybody; the chain can never forget
//! it. So the chain has a keyed digest of it, and the words stand beside the
//! chain, where they do not go out with an export. **Each digest has a key of its
//! own, kept with the words**: whoever has both can tell whether they are still
//! those that were typed, and whoever has the chain alone cannot even guess.
//!
//! ```text
//! typed:HMAC-SHA-256(KEY, WORDS)      at the end of the entry's reason
//! ```
//!
//! `printf %s WORDS | openssl mac -digest SHA256 -macopt hexkey:KEY HMAC` gives the
//! same. Entries of earlier versions have the words themselves.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use sha2::Sha256;

use super::digest::hex;
use super::{Differs, Odd};
use crate::catalogue::entity::{audit_entry, audit_words};
use crate::catalogue::{CatalogueError, WriteTx};

const MARK: &str = "typed:";

/// Rows read at a time.
const PAGE: u64 = 1000;

/// Why something was done: in the program's own words, in those that a person
/// typed, or in both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Motive {
    pub(crate) own: Option<String>,
    pub(crate) typed: Option<String>,
}

impl Motive {
    /// In the program's own words, which name nobody.
    #[must_use]
    pub fn own(words: impl Into<String>) -> Self {
        Self { own: Some(words.into()), typed: None }
    }

    /// In the words that a person typed; blank is none.
    #[must_use]
    pub fn typed(words: impl Into<String>) -> Self {
        Self { own: None, typed: Some(words.into()).filter(|words| !words.trim().is_empty()) }
    }

    /// With the words that a person typed besides.
    #[must_use]
    pub fn and_typed(self, words: impl Into<String>) -> Self {
        Self { own: self.own, ..Self::typed(words) }
    }
}

/// The words of one entry, with the key of their digest.
pub(super) struct Sealed {
    key: String,
    words: String,
}

/// What the chain says of why, and what is kept beside it.
pub(super) fn seal(why: &Motive) -> Result<(Option<String>, Option<Sealed>), CatalogueError> {
    let Some(words) = why.typed.clone() else { return Ok((why.own.clone(), None)) };
    let sealed = Sealed { key: new_key()?, words };
    let mark = format!("{MARK}{}", digest_of(&sealed.key, &sealed.words));
    let reason = match &why.own {
        Some(own) => format!("{own}; {mark}"),
        None => mark,
    };
    Ok((Some(reason), Some(sealed)))
}

fn new_key() -> Result<String, CatalogueError> {
    let mut key = [0; 32];
    let drawn = File::open("/dev/urandom").and_then(|mut from| from.read_exact(&mut key));
    drawn.map_err(|fault| CatalogueError::impossible("/dev/urandom", fault))?;
    Ok(hex(&key))
}

fn digest_of(key: &str, words: &str) -> String {
    let key: Vec<u8> = (0..key.len() / 2)
        .map(|at| key.get(at * 2..at * 2 + 2).and_then(|two| u8::from_str_radix(two, 16).ok()))
        .map(Option::unwrap_or_default)
        .collect();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes any key");
    mac.update(words.as_bytes());
    hex(&mac.finalize().into_bytes())
}

/// Keeps the words beside the entry of this number.
pub(super) async fn keep(tx: &WriteTx, seq: i64, sealed: Sealed) -> Result<(), CatalogueError> {
    let Sealed { key, words } = sealed;
    let row = audit_words::Model { seq, key, words }.into_active_model();
    audit_words::Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// The program's own words in a reason, and the digest of those that were typed.
fn parts(reason: &str) -> (&str, Option<&str>) {
    let is_digest = |text: &str| text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit());
    match reason.rsplit_once(MARK) {
        Some((own, digest)) if is_digest(digest) => {
            (own.trim_end().trim_end_matches(';'), Some(digest))
        }
        _ => (reason, None),
    }
}

/// Why, as people are shown it: what the chain says, and what was typed.
#[must_use]
pub fn shown(reason: &str, words: Option<&str>) -> String {
    match (parts(reason), words) {
        (("", Some(_)), Some(words)) => words.to_owned(),
        ((own, Some(_)), Some(words)) => format!("{own}: {words}"),
        ((own, _), _) => own.to_owned(),
    }
}

/// What was typed with each of these entries, where anything was.
///
/// # Errors
///
/// Where the catalogue fails.
pub async fn words_of(
    database: &impl ConnectionTrait,
    entries: impl IntoIterator<Item = i64>,
) -> Result<HashMap<i64, String>, CatalogueError> {
    let entries: Vec<i64> = entries.into_iter().collect();
    let mut words = HashMap::new();
    for some in entries.chunks(500) {
        let wanted = audit_words::Column::Seq.is_in(some.iter().copied());
        let rows = audit_words::Entity::find().filter(wanted).all(database).await?;
        words.extend(rows.into_iter().map(|row| (row.seq, row.words)));
    }
    Ok(words)
}

/// Words that are not those whose digest the chain has.
pub(super) async fn differing(
    database: &impl ConnectionTrait,
) -> Result<Vec<Differs>, CatalogueError> {
    let (mut found, mut last) = (Vec::new(), 0);
    loop {
        let page: Vec<(i64, String)> = audit_entry::Entity::find()
            .filter(audit_entry::Column::Seq.gt(last))
            .filter(audit_entry::Column::Reason.contains(MARK))
            .order_by_asc(audit_entry::Column::Seq)
            .limit(PAGE)
            .select_only()
            .columns([audit_entry::Column::Seq, audit_entry::Column::Reason])
            .into_tuple()
            .all(database)
            .await?;
        let Some((end, _)) = page.last() else { return Ok(found) };
        let through = *end;
        let rows = audit_words::Entity::find()
            .filter(audit_words::Column::Seq.gt(last))
            .filter(audit_words::Column::Seq.lte(through));
        let rows = rows.all(database).await?;
        let mut rows: HashMap<i64, audit_words::Model> =
            rows.into_iter().map(|row| (row.seq, row)).collect();
        for (seq, reason) in page {
            let Some(digest) = parts(&reason).1 else { continue };
            let what = format!("what was typed with entry {seq}");
            match rows.remove(&seq) {
                None => found.push(Differs::new(what, Odd::Gone(seq))),
                Some(row) if digest_of(&row.key, &row.words) != digest => {
                    found.push(Differs::new(what, Odd::Changed(seq)));
                }
                Some(_) => {}
            }
        }
        last = through;
    }
}
