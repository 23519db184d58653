//! Items that are gone from their store and were last met before the catalogue
//! was restored: destroyed by this program after the backup was made, or gone.
//! The catalogue cannot tell. The certificates it does not know lie outside it,
//! and the sealed manifest of each names what went under it.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use jiff::Timestamp;
use retaind_schedules::batch::LineState;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde::Serialize;

use super::{UpkeepError, restore};
use crate::audit::digest;
use crate::catalogue::entity::{certificate, item, scan, store};
use crate::catalogue::values::Micros;
use crate::catalogue::{Catalogue, CatalogueError};
use crate::keys::Keys;
use crate::proof::lookup::with_folders;
use crate::proof::{Certificate, ManifestError, ManifestLine, folder, manifest};
use crate::scan::leaving::MISSING_AFTER;
use crate::stores;

/// An item that is gone since the catalogue was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// The store's name.
    pub store: String,
    /// Where it was.
    pub locator: String,
    /// When a scan last met it.
    pub last_met: String,
    /// The number of the certificate under which it was destroyed, if one is
    /// known to cover it.
    pub certificate: Option<String>,
    /// Certificates that may cover it: of its store, later than the scan that
    /// last met it, and without a manifest that can be read. Empty where a
    /// certificate is known.
    pub perhaps: Vec<Unread>,
}

/// A certificate that does not show what went under it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// Its number.
    pub certificate: String,
    /// Why.
    pub manifest: Manifest,
}

/// What became of the manifest of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manifest {
    /// No file has the digest that the certificate names: it was destroyed at
    /// its time, was changed, or did not come back.
    NotThere,
    /// It does not open with `digest.key`.
    DoesNotOpen,
}

impl Manifest {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotThere => "its manifest has expired, was changed or is not here",
            Self::DoesNotOpen => "its manifest does not open with `digest.key`",
        }
    }
}

/// All of them, store by store.
///
/// # Errors
///
/// Where the catalogue does not answer, or a certificate or manifest that is
/// there cannot be read.
pub async fn gone(
    catalogue: &Catalogue,
    keys: &Keys,
    state: &Path,
) -> Result<Vec<Gone>, UpkeepError> {
    let snapshot = catalogue.read_tx().await?;
    let Some(restored) = restore::last(&snapshot).await? else { return Ok(Vec::new()) };
    let before = scan::Column::StartedAt.lt(Micros::from(restored.at));
    let scans = scan::Entity::find().filter(before).all(&snapshot).await?;
    let met: HashMap<_, _> = scans.into_iter().map(|row| (row.id, row.started_at)).collect();
    let mut rows = item::Entity::find()
        .filter(item::Column::Missed.gte(MISSING_AFTER))
        .order_by_asc(item::Column::StoreId)
        .order_by_asc(item::Column::Locator)
        .all(&snapshot)
        .await?;
    rows.retain(|row| met.contains_key(&row.last_scan_id));
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let stores = store::Entity::find().all(&snapshot).await?;
    let names: HashMap<_, _> = stores.into_iter().map(|row| (row.id, row.name)).collect();
    let lost = Lost::read(&snapshot, keys, state).await?;
    let twins = stores::twins(&snapshot).await?;
    let gone = rows.into_iter().filter_map(|row| {
        let last_met = *met.get(&row.last_scan_id)?;
        // A certificate names the store as it was called then.
        let called: Vec<&str> = twins
            .of(row.store_id)
            .iter()
            .filter_map(|id| names.get(id).map(String::as_str))
            .collect();
        let certificate = called.iter().find_map(|store| lost.covers(store, &row.locator));
        let certificate = certificate.map(str::to_owned);
        let perhaps = match certificate {
            Some(_) => Vec::new(),
            None => lost.perhaps(&called, last_met.timestamp()),
        };
        Some(Gone {
            store: names.get(&row.store_id).cloned().unwrap_or_default(),
            locator: row.locator,
            last_met: last_met.to_string(),
            certificate,
            perhaps,
        })
    });
    Ok(gone.collect())
}

/// What the certificates say that lie there and that the catalogue lost.
#[derive(Default)]
struct Lost {
    /// By store and place, the number of the certificate it went under.
    went: HashMap<String, HashMap<String, String>>,
    unread: Vec<(Certificate, Manifest)>,
}

impl Lost {
    async fn read(
        database: &impl ConnectionTrait,
        keys: &Keys,
        state: &Path,
    ) -> Result<Self, UpkeepError> {
        let known = known(database).await?;
        let mut lost = Self::default();
        let mut certificates = folder::certificates(state)?;
        certificates.retain(|signed| !known.contains(&signed.digest()));
        let mut manifests = HashMap::new();
        if !certificates.is_empty() {
            for (batch, path) in folder::manifests(state)? {
                let bytes = std::fs::read(&path);
                let bytes = bytes.map_err(UpkeepError::file(&path, "cannot be read"))?;
                manifests.insert(digest::of_bytes(&bytes), (batch, path));
            }
        }
        for signed in certificates {
            let certificate = signed.certificate;
            let Some((batch, path)) = manifests.get(&certificate.manifest_digest) else {
                lost.unread.push((certificate, Manifest::NotThere));
                continue;
            };
            match manifest::open(path, keys, *batch) {
                Ok(lines) => lost.add(&certificate.number, lines),
                Err(ManifestError::NotOurs(_)) => {
                    lost.unread.push((certificate, Manifest::DoesNotOpen));
                }
                Err(fault) => return Err(crate::proof::ProofError::from(fault).into()),
            }
        }
        Ok(lost)
    }

    fn add(&mut self, number: &str, lines: Vec<ManifestLine>) {
        let gone = [LineState::Destroyed, LineState::Transferred].map(LineState::name);
        for line in lines.into_iter().filter(|line| gone.contains(&line.outcome.as_str())) {
            self.went.entry(line.store).or_default().insert(line.locator, number.to_owned());
        }
    }

    /// The certificate of this place, or of a folder of it that went as one.
    fn covers(&self, store: &str, locator: &str) -> Option<&str> {
        let went = self.went.get(store)?;
        with_folders(locator).find_map(|place| went.get(&*place)).map(String::as_str)
    }

    fn perhaps(&self, called: &[&str], last_met: Timestamp) -> Vec<Unread> {
        let may = self.unread.iter().filter(|(certificate, _)| {
            let mut stores = certificate.stores.iter();
            certificate.finished_at >= last_met && stores.any(|one| called.contains(&one.as_str()))
        });
        may.map(|(certificate, manifest)| Unread {
            certificate: certificate.number.clone(),
            manifest: *manifest,
        })
        .collect()
    }
}

/// The digests of the certificates that the catalogue has.
async fn known(database: &impl ConnectionTrait) -> Result<HashSet<String>, CatalogueError> {
    let digests = certificate::Entity::find().select_only().column(certificate::Column::Digest);
    let digests: Vec<String> = digests.into_tuple().all(database).await?;
    Ok(digests.into_iter().collect())
}
