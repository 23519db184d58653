//! Proof that what is gone went rightly, for those who were not there.
//!
//! | file | what it holds |
//! |---|---|
//! | `agree` | certificates and stubs, against what the chain says of them |
//! | [`certificate`] | what a batch came to, signed: a text that speaks for itself |
//! | [`folder`] | the files of certificates and manifests, which outlive the catalogue |
//! | [`mod@issue`] | giving a batch its certificate, and closing it once no backup holds a copy |
//! | [`lookup`] | "why do you not hold it?" |
//! | [`manifest`] | the list of items behind a certificate, sealed and short-lived |
//! | [`page`] | a certificate as a page to be printed |
//! | [`replay`] | whether what went comes to the same again |
//! | [`stub`] | what is left of each item |
//! | [`verify`] | checking a certificate with nothing but its file |
//!
//! **No path, title or name of a record's subject stands here** but in the
//! manifest, which is encrypted. People who approve are named: that is their
//! office.

mod agree;
pub mod certificate;
pub mod folder;
pub mod issue;
pub mod lookup;
pub mod manifest;
pub mod page;
pub mod replay;
pub mod stub;
mod traces;
pub mod verify;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::audit::{self, Action, By, Entry, Motive};
use crate::catalogue::{Catalogue, CatalogueError};
use crate::keys::signing::{SigningKey, SigningKeyError};
use crate::keys::{KeyError, Keys};
use crate::people::{Actor, Role};

pub(crate) use agree::differing;
pub use certificate::{Certificate, Signed};
pub use folder::publish;
pub use issue::{
    Issued, Numbers, Particulars, close_due, expire_manifests, issue, known_again, number_of,
    of_batch,
};
pub use manifest::{ManifestError, ManifestLine, Sealed, Sealer};
pub use stub::{
    NewStub, Went, partly_gone, stub_insert, stub_rows, stub_statements, stubs_for, wholly_gone,
};
pub use traces::{covered, untraced};

/// The folder of certificates in the state directory.
pub const CERTIFICATES: &str = "certificates";

/// The folder of sealed manifests in the state directory.
pub const MANIFESTS: &str = "manifests";

/// Who may open a manifest, or ask what became of a record.
pub const MAY_ASK: &[Role] = &[
    Role::RecordsManager,
    Role::InformationRequests,
    Role::Dpo,
    Role::Legal,
    Role::Auditor,
    Role::MonitoringOfficer,
    Role::Siro,
];

/// What giving and keeping proof needs.
#[derive(Debug, Clone, Copy)]
pub struct Prover<'a> {
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The keys behind digests and seals.
    pub keys: &'a Keys,
    /// Where certificates and manifests are kept.
    pub state: &'a Path,
}

impl Prover<'_> {
    /// Where the certificate of this number is.
    #[must_use]
    pub fn certificate_file(&self, number: &str) -> PathBuf {
        self.state.join(CERTIFICATES).join(format!("{number}.json"))
    }

    /// Where the sealed manifest of this batch is.
    #[must_use]
    pub fn manifest_file(&self, batch: uuid::Uuid) -> PathBuf {
        self.state.join(MANIFESTS).join(format!("{batch}.sealed"))
    }
}

/// Proof could not be given.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The person's roles do not let them.
    #[error(
        "{name} may not do that: it takes one of the roles {}",
        MAY_ASK.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ")
    )]
    MayNot {
        /// Their name.
        name: String,
    },
    /// No such certificate.
    #[error("there is no certificate {0}: `retaind certificate list` shows those there are")]
    NoCertificate(String),
    /// Why is not said.
    #[error("say why: --reason WHY")]
    NoReason,
    /// The text in the catalogue is no certificate.
    #[error(
        "certificate {0} in the catalogue was changed: restore the catalogue, and tell the auditor"
    )]
    Changed(String),
    /// The sums of a certificate do not agree, so it is not signed.
    #[error("no certificate was signed: {0}")]
    Unsound(#[from] verify::Unsound),
    /// The manifest cannot be sealed or opened.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// There is a file in the place of a certificate's, and it is not that one.
    #[error(
        "{} is there and is not certificate {number} of this catalogue, so it was not \
         overwritten: it may be the only proof of what went under it. Keep it, move it to another \
         name beside it, and run the batch of certificate {number} again to have this one written; \
         until then `retaind certificate show {number}` prints it", path.display()
    )]
    AnotherThere {
        /// Where.
        path: PathBuf,
        /// The certificate that belongs there.
        number: String,
    },
    /// A file cannot be read or written.
    #[error("cannot read or write {}: see that its folder belongs to the user that runs retaind", .0.display())]
    Io(PathBuf, #[source] std::io::Error),
    /// A key is missing.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The signing key is missing.
    #[error(transparent)]
    SigningKey(#[from] SigningKeyError),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl From<sea_orm::DbErr> for ProofError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Catalogue(error.into())
    }
}

/// The actor, in the role that lets them ask.
///
/// # Errors
///
/// Where none of their roles does.
pub fn may_ask(actor: &Actor) -> Result<By, ProofError> {
    match actor.first_of(MAY_ASK) {
        Some(role) => Ok(By::person(actor, role)),
        None => Err(ProofError::MayNot { name: actor.name.clone() }),
    }
}

/// Opens the manifest behind a certificate, for those who may, and says so in
/// the audit chain.
///
/// # Errors
///
/// Where the actor may not, no reason is given, the manifest is gone, or it
/// does not open.
pub async fn open_manifest(
    prover: &Prover<'_>,
    actor: &Actor,
    number: &str,
    reason: &str,
    now: jiff::Timestamp,
) -> Result<Vec<ManifestLine>, ProofError> {
    let by = may_ask(actor)?;
    let reason = Some(reason.trim()).filter(|reason| !reason.is_empty());
    let reason = reason.ok_or(ProofError::NoReason)?;
    let row = issue::find(prover.catalogue.read(), number).await?;
    if let Some(at) = row.manifest_destroyed_at {
        let on = retaind_schedules::calendar::london_date(at.timestamp());
        return Err(ManifestError::Expired { number: row.number, on }.into());
    }
    let lines = manifest::open(&prover.manifest_file(row.batch_id), prover.keys, row.batch_id)?;
    let entry = Entry::new(by, Action::ManifestOpened, issue::subject(number))
        .because(Motive::typed(reason));
    let tx = prover.catalogue.write_tx().await?;
    audit::append(&tx, now, &entry).await?;
    tx.commit().await?;
    Ok(lines)
}

/// The key that signs, loaded when something is to be signed.
///
/// # Errors
///
/// Where it is missing or another.
pub async fn signing_key(
    prover: &Prover<'_>,
    now: jiff::Timestamp,
) -> Result<SigningKey, ProofError> {
    Ok(SigningKey::load(prover.state, prover.catalogue, now).await?)
}
