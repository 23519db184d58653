//! One small store of each kind, all holding the same: under the location, the
//! items 1, 2 and 3 of 2019, 2020 and 2021, where 1 and 2 make one unit; beside
//! it, two that nobody mapped.

use std::path::Path;
use std::sync::Arc;

use retaind_connectors::contract::Connector;
use retaind_connectors::order::{DateSource, MappingOrder, TextSource, Unit};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;

use crate::support::{date, mapping, open};

/// A store of one kind.
pub(crate) struct Fixture {
    /// The kind's name in the table.
    pub(crate) kind: &'static str,
    pub(crate) connector: Arc<dyn Connector>,
    /// The location, each item by itself, with its date.
    pub(crate) items: MappingOrder,
    /// What the items are called.
    pub(crate) locators: [&'static str; 3],
    /// The same location with its units.
    pub(crate) units: MappingOrder,
    /// What the units are called.
    pub(crate) unit_locators: [&'static str; 2],
    /// Where what is not mapped lies.
    pub(crate) unmapped: &'static str,
    /// A store that is not there.
    pub(crate) missing: Arc<dyn Connector>,
    /// Where it would be, if it is a file.
    pub(crate) missing_path: Option<std::path::PathBuf>,
    place: Place,
}

enum Place {
    Folder(TempDir),
    Sqlite(TempDir),
    Postgres(String),
}

/// How people's tables are made, in both databases.
const TABLES: [&str; 5] = [
    "CREATE TABLE cases (id integer PRIMARY KEY, person text, closed date, ref text)",
    "INSERT INTO cases VALUES (1, 'smith', '2019-03-01', 'R1')",
    "INSERT INTO cases VALUES (2, 'smith', '2020-03-01', 'R2'), (3, 'jones', '2021-03-01', 'R3')",
    "CREATE TABLE other (id integer PRIMARY KEY)",
    "INSERT INTO other VALUES (1), (2)",
];

impl Fixture {
    pub(crate) async fn filesystem() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in [
            ("cases/smith/2019-03-01", "1"),
            ("cases/smith/2020-03-01", "2"),
            ("cases/jones/2021-03-01", "3"),
            ("other/1", "x"),
            ("other/2", "y"),
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        let mut items = mapping("cases");
        let pattern = r"/(?<date>\d{4}-\d\d-\d\d)$".to_owned();
        items.dates = vec![date(DateSource::Path { pattern, format: "%Y-%m-%d".to_owned() })];
        items.reference = Some(TextSource::Path { pattern: "^([a-z]+)".to_owned() });
        let missing_path = folder.path().join("missing");
        Self {
            kind: "filesystem",
            connector: open("filesystem", &format!("root = {:?}", folder.path())).unwrap(),
            locators: [
                "cases/jones/2021-03-01",
                "cases/smith/2019-03-01",
                "cases/smith/2020-03-01",
            ],
            units: MappingOrder { unit: Unit::Folder { depth: 1 }, ..items.clone() },
            items,
            unit_locators: ["cases/jones/", "cases/smith/"],
            unmapped: "other",
            missing: open("filesystem", &format!("root = {missing_path:?}")).unwrap(),
            missing_path: Some(missing_path),
            place: Place::Folder(folder),
        }
    }

    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cases.db");
        sqlite_run(&path, &TABLES).await;
        let missing_path = folder.path().join("missing.db");
        let url = |path: &Path| format!("url = \"sqlite://{}\"", path.display());
        Self::sql(&url(&path), &url(&missing_path), Some(missing_path), Place::Sqlite(folder))
    }

    pub(crate) async fn postgres() -> Self {
        let url = postgres_database().await;
        for statement in TABLES {
            postgres_run(&url, statement).await;
        }
        let (server, _) = url.rsplit_once('/').unwrap();
        let missing = format!("url = \"{server}/there_is_no_such_database\"");
        Self::sql(&format!("url = {url:?}"), &missing, None, Place::Postgres(url.clone()))
    }

    fn sql(
        settings: &str,
        missing: &str,
        missing_path: Option<std::path::PathBuf>,
        place: Place,
    ) -> Self {
        let mut items = mapping("cases");
        let column = |name: &str| name.to_owned();
        items.dates = vec![date(DateSource::Column { name: column("closed") })];
        items.reference = Some(TextSource::Column { name: column("person") });
        Self {
            kind: "sql",
            connector: open("sql", settings).unwrap(),
            locators: ["cases/1", "cases/2", "cases/3"],
            units: MappingOrder { unit: Unit::Key { column: column("person") }, ..items.clone() },
            items,
            unit_locators: ["cases/person=jones/", "cases/person=smith/"],
            unmapped: "other",
            missing: open("sql", missing).unwrap(),
            missing_path,
            place,
        }
    }

    /// Takes item 1 away, the one of 2019, behind the connector's back.
    pub(crate) async fn lose_the_oldest(&self) {
        match &self.place {
            Place::Folder(folder) => {
                let from = folder.path().join("cases/smith/2019-03-01");
                std::fs::rename(from, folder.path().join("other/3")).unwrap();
            }
            Place::Sqlite(folder) => {
                let path = folder.path().join("cases.db");
                sqlite_run(&path, &["DELETE FROM cases WHERE id = 1"]).await;
            }
            Place::Postgres(url) => postgres_run(url, "DELETE FROM cases WHERE id = 1").await,
        }
    }
}

/// Runs statements on a SQLite file, which is made where it is not there.
pub(crate) async fn sqlite_run(path: &Path, statements: &[&str]) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    for statement in statements {
        let statement = AssertSqlSafe((*statement).to_owned());
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

/// Runs a statement on a PostgreSQL database.
pub(crate) async fn postgres_run(url: &str, statement: &str) {
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let statement = AssertSqlSafe(statement.to_owned());
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// A new, empty PostgreSQL database of the test's own.
pub(crate) async fn postgres_database() -> String {
    let server = std::env::var("RETAIND_TEST_POSTGRES").expect(
        "RETAIND_TEST_POSTGRES is not set: run ./tests/run, which starts a PostgreSQL server, \
         or set it to a superuser's postgres:// address",
    );
    let random = tempfile::Builder::new().rand_bytes(12).tempdir().unwrap();
    let name = random.path().file_name().unwrap().to_string_lossy().to_lowercase();
    let name = format!("connectors_{}", name.replace(|c: char| !c.is_ascii_alphanumeric(), ""));
    postgres_run(&server, &format!("CREATE DATABASE {name}")).await;
    let (server, _) = server.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}
