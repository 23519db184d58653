//! Items that are gone from their store and were last met before the catalogue
//! was restored: destroyed by this program after the backup was made, or gone.
//! The catalogue cannot tell. The certificates it does not know lie outside it,
//! and the sealed manifest of each names what went under it.

use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;
use retaind_schedules::batch::LineState;
use retaind_schedules::hold::{Place, Scope};
use retaind_schedules::ids::StoreId;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde::Serialize;
use uuid::Uuid;

use super::{UpkeepError, restore};
use crate::catalogue::Catalogue;
use crate::catalogue::entity::{item, scan, store};
use crate::catalogue::values::Micros;
use crate::keys::Keys;
use crate::proof::lookup::with_folders;
use crate::proof::{
    Certificate, ManifestError, ManifestLine, ProofError, Prover, folder, manifest,
};
use crate::scan::leaving::MISSING_AFTER;
use crate::stores::{self, Twins};

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
    let lost = Lost::read(&snapshot, keys, state).await?;
    let gone = rows.into_iter().filter_map(|row| {
        let last_met = *met.get(&row.last_scan_id)?;
        let certificate = lost.covers(row.store_id, &row.locator).map(str::to_owned);
        let perhaps = match certificate {
            Some(_) => Vec::new(),
            None => lost.perhaps(row.store_id, last_met.timestamp()),
        };
        Some(Gone {
            store: lost.names.get(&row.store_id).cloned().unwrap_or_default(),
            locator: row.locator,
            last_met: last_met.to_string(),
            certificate,
            perhaps,
        })
    });
    Ok(gone.collect())
}

/// What the certificates say that lie there and that the catalogue lost.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    /// By store and place, the number of the certificate it went under.
    went: HashMap<String, HashMap<String, String>>,
    unread: Vec<(Certificate, Manifest)>,
    /// What each store is called now.
    names: HashMap<Uuid, String>,
    twins: Twins,
}

impl Lost {
    /// All of it; nothing, where the catalogue was never restored.
    pub(crate) async fn of(prover: &Prover<'_>) -> Result<Self, ProofError> {
        let read = prover.catalogue.read();
        match restore::last(read).await? {
            Some(_) => Self::read(read, prover.keys, prover.state).await,
            None => Ok(Self::default()),
        }
    }

    async fn read(
        database: &impl ConnectionTrait,
        keys: &Keys,
        state: &Path,
    ) -> Result<Self, ProofError> {
        let stores = store::Entity::find().all(database).await?;
        let names = stores.into_iter().map(|row| (row.id, row.name)).collect();
        let twins = stores::twins(database).await?;
        let mut lost = Self { names, twins, ..Self::default() };
        let certificates = folder::unknown(database, state).await?;
        if certificates.is_empty() {
            return Ok(lost);
        }
        let manifests = folder::manifests_by_digest(state)?;
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
                Err(fault) => return Err(fault.into()),
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

    /// The names of a store: a certificate has the one it was called by then.
    fn called(&self, store: Uuid) -> Vec<&str> {
        let same = self.twins.of(store).into_iter();
        same.filter_map(|id| self.names.get(&id).map(String::as_str)).collect()
    }

    /// The certificate of this place, or of a folder of it that went as one.
    pub(crate) fn covers(&self, store: Uuid, locator: &str) -> Option<&str> {
        self.called(store).into_iter().find_map(|name| {
            let went = self.went.get(name)?;
            with_folders(locator).find_map(|place| went.get(&*place)).map(String::as_str)
        })
    }

    /// The certificates of what went from these places and of these cases.
    pub(crate) fn under<'a>(&'a self, scopes: &'a [Scope]) -> impl Iterator<Item = &'a str> {
        let stores = self.names.iter().filter_map(|(id, name)| Some((*id, self.went.get(name)?)));
        let places = stores.flat_map(|(id, went)| went.iter().map(move |went| (id, went)));
        let is_asked = move |store: Uuid, locator: &str| {
            let is_unit = locator.ends_with('/');
            let store = Some(StoreId(store));
            let place = Place { store, locator, is_unit, ..Place::default() };
            scopes.iter().any(|scope| scope.covers(&place))
        };
        let asked = places.filter(move |(store, (locator, _))| is_asked(*store, locator));
        asked.map(|(_, (_, certificate))| certificate.as_str())
    }

    fn perhaps(&self, store: Uuid, last_met: Timestamp) -> Vec<Unread> {
        let called = self.called(store);
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
