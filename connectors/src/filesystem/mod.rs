//! Local disks and mounted shares.
//!
//! Everything is read, moved and removed relative to the root's own handle,
//! beneath it, on its mount and through no link. A root that is missing is never
//! made: it is a share that is not mounted, not a folder without files.
//!
//! A unit is told only when all of it could be read. A link, a pipe or a folder
//! that may not be entered inside one is a problem, and keeps the unit.
//!
//! With a folder as the unit, a mapping's pattern says which folders are units
//! (and which files above them are items); everything in such a folder is part
//! of it. A reference or subject is read in the path of the unit's folder; so is
//! a date, or where it does not stand there, in each member's path.

mod checksum;
mod destroy;
mod listing;
mod locator;
mod look;
mod outbox;
mod pattern;
mod plan;
mod quarantine;
mod queue;
mod restore;
mod root;
mod scan;
mod stat;
mod take;
mod target;
mod unit;
mod walk;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use retaind_schedules::ids::BatchLineId;
use retaind_schedules::permit::{self, Permit};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::plan::Plan;
use self::root::Root;
use crate::contract::{
    ActOutcome, Capability, Connector, InQuarantine, Kept, Leash, Look, ScanStream, StoreError,
    StoreErrorKind, StoreIdentity,
};
use crate::order::{MappingOrder, ScanOrder};
use crate::sighting::Fingerprint;
use crate::store::{Kind, Otherwise, Setting, read_settings};

/// Batches that may wait for the reader of a scan.
const AHEAD: usize = 8;

/// More than this on one local disk only wait for each other.
const MOST_THREADS: usize = 8;

/// The folder for what is out of reach, where the settings name no other.
const QUARANTINE: &str = ".retaind-quarantine";

/// Files and folders below a root.
pub const KIND: Kind = Kind {
    name: "filesystem",
    describes: "Files and folders on a local disk or a mounted share",
    capability: CAPABILITY,
    settings: &[
        Setting {
            name: "root",
            what: "The folder everything lies in: an absolute path, not a link",
            otherwise: Otherwise::Required,
        },
        Setting {
            name: "quarantine",
            what: "The folder below the root, on the same mount, for what is out of reach until \
                   it is destroyed; change it only while it is empty",
            otherwise: Otherwise::Is("`.retaind-quarantine`"),
        },
        Setting {
            name: "sentinel",
            what: "A small file below the root by whose content the store is known again; \
                   for a mounted share, have one",
            otherwise: Otherwise::Is(
                "the store is known by its file system and the root folder's number on it",
            ),
        },
        Setting {
            name: "threads",
            what: "How many folders are read at the same time, 1 to 64; 8 to 16 suit a share",
            otherwise: Otherwise::Is("as many as there are cores, up to 8"),
        },
    ],
    open,
};

const CAPABILITY: Capability = Capability {
    list: true,
    modified: true,
    born: true,
    path: true,
    columns: false,
    folder_units: true,
    key_units: false,
    proves_absence: true,
    quarantine: true,
    destroy: true,
    checksum: true,
};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    root: PathBuf,
    quarantine: Option<String>,
    sentinel: Option<String>,
    threads: Option<usize>,
}

impl Settings {
    fn place(&self) -> std::path::Display<'_> {
        self.root.display()
    }

    /// The path below the root of the folder for what is out of reach.
    fn quarantine_path(&self) -> Vec<u8> {
        let named = self.quarantine.as_deref().and_then(locator::path);
        named.unwrap_or_else(|| QUARANTINE.as_bytes().to_vec())
    }

    fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.threads.unwrap_or_else(|| cores().min(MOST_THREADS))
    }

    fn check(mut self) -> Result<Self, StoreError> {
        let wrong = |what: String, remedy: &str| {
            Err(StoreError::new(StoreErrorKind::Misconfigured, what, remedy))
        };
        if !self.root.is_absolute() {
            let what = format!("the root {} is not an absolute path", self.place());
            return wrong(what, "Write it from `/`");
        }
        // A slash at the end would follow a link.
        self.root = self.root.components().collect();
        let is_below =
            |text: &String| locator::path(text).is_some_and(|path| locator::is_plain(&path));
        for (name, text) in [("quarantine folder", &self.quarantine), ("sentinel", &self.sentinel)]
        {
            if let Some(text) = text.as_ref().filter(|text| !is_below(text)) {
                let what = format!("the {name} {text} is not a path below the root");
                return wrong(what, "Write it from the root, without `..` or a leading slash");
            }
        }
        if !(1..=64).contains(&self.threads()) {
            let what = format!("{} threads cannot be had", self.threads());
            return wrong(what, "Set `threads` to 1 up to 64, or leave it out");
        }
        Ok(self)
    }
}

fn open(
    settings: toml::Table,
    _base: &Path,
    leash: Leash,
) -> Result<Arc<dyn Connector>, StoreError> {
    let settings: Settings = read_settings(&KIND, settings)?;
    let settings = Arc::new(settings.check()?);
    Ok(Arc::new(Filesystem { settings, leash, known: Arc::default() }))
}

/// A folder with everything below.
#[derive(Debug, Clone)]
struct Filesystem {
    settings: Arc<Settings>,
    leash: Leash,
    /// Which store was last said to be here.
    known: Arc<Mutex<Option<StoreIdentity>>>,
}

impl Filesystem {
    fn identified(&self) -> Result<StoreIdentity, StoreError> {
        let identity = Root::open(&self.settings.root)?.identity(&self.settings)?;
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(identity.clone());
        Ok(identity)
    }

    /// The root, if it is still the store that was last said to be here.
    fn known_root(&self) -> Result<Root, StoreError> {
        let root = Root::open(&self.settings.root)?;
        let identity = root.identity(&self.settings)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if *known.get_or_insert_with(|| identity.clone()) != identity {
            return Err(scan::other_store(&self.settings));
        }
        Ok(root)
    }

    fn checked(&self, order: &ScanOrder) -> Result<(), StoreError> {
        let plan = Plan::new(&self.settings, order)?;
        let root = Root::open(&self.settings.root)?;
        root.identity(&self.settings)?;
        scan::locations(&self.settings, &plan, &root)
    }

    /// Does something under one mapping where it holds up nobody.
    async fn under<T: Send + 'static>(
        &self,
        mapping: &MappingOrder,
        work: impl FnOnce(&Settings, &Plan, &Root) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.clone();
        let order = ScanOrder { mappings: vec![mapping.clone()] };
        aside(move || {
            let plan = Plan::new(&store.settings, &order)?;
            work(&store.settings, &plan, &store.known_root()?)
        })
        .await
    }
}

/// Does what may wait for a disk or a server where it holds up nobody.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(StoreError::new(
            StoreErrorKind::Unavailable,
            format!("asking the file system broke off: {error}"),
            "Report this as a fault of retaind",
        ))
    })
}

#[async_trait]
impl Connector for Filesystem {
    fn capability(&self) -> Capability {
        CAPABILITY
    }

    fn leash(&self) -> Leash {
        self.leash
    }

    async fn identify(&self) -> Result<StoreIdentity, StoreError> {
        let store = self.clone();
        aside(move || store.identified()).await
    }

    async fn check(&self, order: &ScanOrder) -> Result<(), StoreError> {
        let (store, order) = (self.clone(), order.clone());
        aside(move || store.checked(&order)).await
    }

    fn scan(self: Arc<Self>, order: ScanOrder, cancel: CancellationToken) -> ScanStream {
        let (sender, stream) = mpsc::channel(AHEAD);
        let at_once = sender.clone();
        let work = move || {
            let ready = Plan::new(&self.settings, &order)
                .and_then(|plan| Ok((plan, Root::open(&self.settings.root)?)));
            match ready {
                Ok((plan, root)) => scan::run(&self.settings, &plan, &root, &cancel, &sender),
                Err(error) => drop(sender.blocking_send(Err(error))),
            }
        };
        if let Err(error) = std::thread::Builder::new().name("scan".to_owned()).spawn(work) {
            let error = StoreError::new(
                StoreErrorKind::Unavailable,
                format!("no thread could be had to scan: {error}"),
                "Let this user have more threads",
            );
            drop(at_once.try_send(Err(error)));
        }
        stream
    }

    async fn look(&self, mapping: &MappingOrder, locator: &str) -> Result<Look, StoreError> {
        let looks = self.look_all(mapping, &[locator.to_owned()]).await?;
        Ok(looks.into_iter().next().unwrap_or(Look::Unmapped))
    }

    async fn look_all(
        &self,
        mapping: &MappingOrder,
        locators: &[String],
    ) -> Result<Vec<Look>, StoreError> {
        let locators = locators.to_vec();
        self.under(mapping, move |settings, plan, root| {
            look::look_all(settings, plan, root, &locators)
        })
        .await
    }

    async fn quarantine(
        &self,
        mapping: &MappingOrder,
        permits: Vec<Permit<permit::Quarantine>>,
    ) -> Result<Vec<ActOutcome>, StoreError> {
        self.leash.let_go()?;
        self.under(mapping, |settings, plan, root| take::take(settings, plan, root, permits)).await
    }

    async fn look_quarantined(
        &self,
        mapping: &MappingOrder,
        lines: &[BatchLineId],
    ) -> Result<Vec<InQuarantine>, StoreError> {
        let lines = lines.to_vec();
        self.under(mapping, move |settings, _, root| {
            let quarantine = quarantine::Quarantine::open(settings, root)?;
            Ok(lines.into_iter().map(|line| quarantine.look(line)).collect())
        })
        .await
    }

    fn is_what_was_approved(
        &self,
        approved: Fingerprint,
        kept: Fingerprint,
        is_unit: bool,
    ) -> bool {
        // A file that is renamed has a new time of change, and nothing else; the
        // members of a folder that is renamed have not even that.
        let [inode, modified, _] = approved.mark;
        let same_file = approved.size == kept.size && [inode, modified] == kept.mark[..2];
        if is_unit { approved == kept } else { same_file }
    }

    async fn restore(
        &self,
        mapping: &MappingOrder,
        kept: &[Kept],
    ) -> Result<Vec<ActOutcome>, StoreError> {
        self.leash.let_go()?;
        let kept = kept.to_vec();
        self.under(mapping, move |settings, plan, root| {
            restore::restore(settings, plan, root, &kept)
        })
        .await
    }

    async fn destroy(
        &self,
        mapping: &MappingOrder,
        permits: Vec<Permit<permit::Destroy>>,
    ) -> Result<Vec<ActOutcome>, StoreError> {
        self.leash.let_go()?;
        self.under(mapping, |settings, plan, root| destroy::destroy(settings, plan, root, permits))
            .await
    }

    async fn checksum(&self, mapping: &MappingOrder, locator: &str) -> Result<String, StoreError> {
        let locator = locator.to_owned();
        self.under(mapping, move |settings, plan, root| {
            checksum::checksum(settings, plan, root, &locator)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    //! Orders for the tests of the modules below.

    use retaind_schedules::ids::MappingId;

    use super::*;
    use crate::order::Unit;

    pub(super) fn settings(root: &str) -> Settings {
        Settings { root: root.into(), quarantine: None, sentinel: None, threads: None }
    }

    pub(super) fn files(location: &str, pattern: Option<&str>) -> MappingOrder {
        MappingOrder {
            id: MappingId("00000000-0000-0000-0000-000000000000".parse().unwrap()),
            location: location.to_owned(),
            pattern: pattern.map(str::to_owned),
            unit: Unit::Item,
            dates: Vec::new(),
            reference: None,
            subject: None,
        }
    }

    pub(super) fn folders(location: &str, depth: u8, pattern: Option<&str>) -> MappingOrder {
        MappingOrder { unit: Unit::Folder { depth }, ..files(location, pattern) }
    }
}
