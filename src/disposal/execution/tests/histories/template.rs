//! An office that many histories begin from, made once and copied.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use super::world::{FOLDERS, QUARANTINE};
use crate::catalogue::testing::{Database, Place};
use crate::catalogue::{Catalogue, CatalogueUrl};
use crate::clock::FixedClock;
use crate::config::Config;
use crate::disposal::execution::tests::office::{Office, furnish};
use crate::keys::Keys;

/// The register, kept for so many years.
pub(super) fn register(years: i16) -> Vec<(&'static str, String, &'static str, &'static str)> {
    let period = format!("{years} years");
    vec![
        ("A-01", period.clone(), "Last modified", "Destroy"),
        ("B-01", period.clone(), "Case closed", "Destroy"),
        ("P-01", "Permanent".to_owned(), "", ""),
        ("U-01", period, "Last modified", "Destroy"),
    ]
}

/// An office as it is at the beginning.
pub(super) struct Template {
    folder: tempfile::TempDir,
    config: Arc<Config>,
    made: Place,
    copies: u64,
}

/// Where one history has its catalogue.
pub(super) struct Copy {
    url: CatalogueUrl,
    /// The server, where it is a database there.
    server: Option<(CatalogueUrl, String)>,
}

impl Template {
    pub(super) async fn make(database: Database, begin: Timestamp, years: i16) -> Self {
        let shared = Path::new("/dev/shm");
        let folder = match shared.is_dir() {
            true => tempfile::tempdir_in(shared),
            false => tempfile::tempdir(),
        };
        let folder = folder.unwrap();
        let share = folder.path().join("share");
        for place in FOLDERS {
            fs::create_dir_all(share.join(place)).unwrap();
        }
        let mapping = |code: &str, place: &str, more: &str| {
            format!("[[mapping]]\nrecord_type = '{code}'\nlocation = '{place}'\n{more}\n")
        };
        let changed = "[mapping.dates]\nlast-modified = { from = 'modified' }";
        let settings = format!(
            "kind = 'filesystem'\nunleashed = true\n[settings]\nroot = '{}'\nthreads = 1\n{}",
            share.display(),
            [
                mapping("A-01", "a", changed),
                mapping("B-01", "b", "[mapping.dates]\ncase-closed = { from = 'event' }"),
                mapping("P-01", "p", changed),
                mapping("U-01", "u", &format!("unit = {{ folder = {{ depth = 1 }} }}\n{changed}")),
            ]
            .concat(),
        );
        let config = furnish(folder.path(), "sqlite:///nowhere.db", &[("share", settings)]);
        let made = database.place().await;
        let clock = FixedClock::at(begin);
        let office = Office::found(&config, &made.url, &clock).await;
        office.register_lines(folder.path(), &register(years), &clock).await;
        office.scan("share", &clock).await;
        office.allow().await;
        let Office { config, catalogue, .. } = office;
        catalogue.close().await.unwrap();
        let kept = folder.path().join("state.kept");
        fs::rename(&config.state_directory, kept).unwrap();
        Self { folder, config, made, copies: 0 }
    }

    /// A new office, as the template was.
    pub(super) async fn copy(&mut self) -> Copy {
        let state = &self.config.state_directory;
        let _ = fs::remove_dir_all(state);
        fs::create_dir(state).unwrap();
        for entry in fs::read_dir(self.folder.path().join("state.kept")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, state.join(path.file_name().unwrap())).unwrap();
            }
        }
        for entry in fs::read_dir(self.share()).unwrap() {
            fs::remove_dir_all(entry.unwrap().path()).unwrap();
        }
        for place in FOLDERS {
            fs::create_dir(self.share().join(place)).unwrap();
        }
        // As after a store's first act: there is a place to look at.
        let quarantine = self.share().join(QUARANTINE);
        fs::create_dir(&quarantine).unwrap();
        fs::set_permissions(quarantine, fs::Permissions::from_mode(0o700)).unwrap();
        self.copies += 1;
        match &self.made.url {
            CatalogueUrl::Sqlite(file) => {
                let copy = self.folder.path().join(format!("catalogue-{}.db", self.copies));
                fs::copy(file, &copy).unwrap();
                Copy { url: CatalogueUrl::Sqlite(copy), server: None }
            }
            CatalogueUrl::Postgres(options) => {
                let from = options.get_database().expect("a database").to_owned();
                let name = format!("{from}_{}", self.copies);
                let server = CatalogueUrl::Postgres(Box::new(options.clone().database("postgres")));
                on(&server, &format!("create database {name} template {from}")).await;
                let url = CatalogueUrl::Postgres(Box::new(options.clone().database(&name)));
                Copy { url, server: Some((server, name)) }
            }
        }
    }

    /// Opens an office as a process does when it begins.
    pub(super) async fn open(&self, copy: &Copy) -> Office {
        let catalogue = Catalogue::open(&copy.url).await.unwrap();
        let keys = Keys::load(&self.config.state_directory, &catalogue).await.unwrap();
        Office { config: Arc::clone(&self.config), catalogue, keys }
    }

    pub(super) fn share(&self) -> PathBuf {
        self.folder.path().join("share")
    }

    /// Back to one share, whatever a history left.
    pub(super) fn tidy(&self) {
        let away = self.share().with_extension("away");
        if away.exists() {
            let _ = fs::remove_dir_all(self.share());
            fs::rename(away, self.share()).unwrap();
        }
    }
}

impl Copy {
    /// Takes it away again.
    pub(super) async fn leave(self) {
        match (self.url, self.server) {
            (CatalogueUrl::Sqlite(file), _) => {
                for beside in ["", "-wal", "-shm"] {
                    let _ = fs::remove_file(format!("{}{beside}", file.display()));
                }
            }
            (_, Some((server, name))) => {
                on(&server, &format!("drop database {name} with (force)")).await;
            }
            _ => {}
        }
    }
}

async fn on(server: &CatalogueUrl, statement: &str) {
    let CatalogueUrl::Postgres(options) = server else { return };
    let mut connection = options.connect().await.unwrap();
    connection.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}
