//! One small store of each kind, all holding the same: under the location, the
//! items 1, 2 and 3 of 2019, 2020 and 2021, where 1 and 2 make one unit; beside
//! it, two that nobody mapped.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use retaind_connectors::contract::Connector;
use retaind_connectors::order::{DateSource, MappingOrder, TextSource, Unit};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;

use crate::support::{date, mapping, open, unleashed};
use crate::trees;

/// A store of one kind.
pub(crate) struct Fixture {
    /// The kind's name in the table.
    pub(crate) kind: &'static str,
    /// Leashed.
    pub(crate) connector: Arc<dyn Connector>,
    /// The same store, not leashed.
    pub(crate) unleashed: Arc<dyn Connector>,
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
            unleashed: unleashed("filesystem", &format!("root = {:?}", folder.path())).unwrap(),
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
            unleashed: unleashed("sql", settings).unwrap(),
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

    /// Item 1, the one of 2019.
    pub(crate) fn oldest(&self) -> &'static str {
        match self.place {
            Place::Folder(_) => self.locators[1],
            _ => self.locators[0],
        }
    }

    /// Changes what is in item 1, behind the connector's back, and nothing that
    /// can be told from its size.
    pub(crate) async fn change_the_oldest(&self) {
        self.run(
            |root| fs::write(root.join("cases/smith/2019-03-01"), "9").unwrap(),
            "UPDATE cases SET ref = 'R9' WHERE id = 1",
        )
        .await;
    }

    /// Adds a member to the unit of items 1 and 2.
    pub(crate) async fn add_to_smith(&self) {
        self.run(
            |root| fs::write(root.join("cases/smith/2018-03-01"), "4").unwrap(),
            "INSERT INTO cases VALUES (4, 'smith', '2018-03-01', 'R4')",
        )
        .await;
    }

    /// Puts something new where item 1 was.
    pub(crate) async fn put_in_its_place(&self) {
        self.run(
            |root| fs::write(root.join("cases/smith/2019-03-01"), "new").unwrap(),
            "INSERT INTO cases VALUES (1, 'new', '2026-03-01', 'R1')",
        )
        .await;
    }

    async fn run(&self, on_files: impl FnOnce(&Path), statement: &'static str) {
        match &self.place {
            Place::Folder(folder) => on_files(folder.path()),
            Place::Sqlite(folder) => {
                sqlite_run(&folder.path().join("cases.db"), &[statement]).await;
            }
            Place::Postgres(url) => postgres_run(url, statement).await,
        }
    }

    /// Everything in the store that is not out of reach, to the last byte.
    pub(crate) async fn inventory(&self) -> Vec<String> {
        match &self.place {
            Place::Folder(folder) => trees::inventory(folder.path()),
            place => place.rows(&["cases", "other"]).await,
        }
    }

    /// Everything that is out of reach.
    pub(crate) async fn quarantined(&self) -> Vec<String> {
        match &self.place {
            Place::Folder(folder) => trees::quarantined(folder.path()),
            place => place.rows(&["retaind_quarantine"]).await,
        }
    }

    /// Takes item 1 away, the one of 2019, behind the connector's back.
    pub(crate) async fn lose_the_oldest(&self) {
        self.run(
            |root| fs::rename(root.join("cases/smith/2019-03-01"), root.join("other/3")).unwrap(),
            "DELETE FROM cases WHERE id = 1",
        )
        .await;
    }
}

impl Place {
    /// Every row of these tables, of those that there are.
    async fn rows(&self, tables: &[&str]) -> Vec<String> {
        let mut all = Vec::new();
        for table in tables {
            all.extend(match self {
                Self::Folder(_) => Vec::new(),
                Self::Sqlite(folder) => sqlite_rows(&folder.path().join("cases.db"), table).await,
                Self::Postgres(url) => postgres_rows(url, table).await,
            });
        }
        all
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

/// Every row of a table in a SQLite file, as text; none where there is no table.
pub(crate) async fn sqlite_rows(path: &Path, table: &str) -> Vec<String> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut connection = options.connect().await.unwrap();
    let columns = "SELECT group_concat('quote(\"' || name || '\")', ' || '','' || ') \
                   FROM pragma_table_xinfo(?)";
    let columns: Option<String> =
        sqlx::query_scalar(columns).bind(table).fetch_one(&mut connection).await.unwrap();
    let Some(columns) = columns else { return Vec::new() };
    let sql = format!("SELECT {columns} FROM \"{table}\" ORDER BY 1");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap()
}

/// Every row of a table in a PostgreSQL database, as text; none where there is
/// no table.
pub(crate) async fn postgres_rows(url: &str, table: &str) -> Vec<String> {
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let there: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(table)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    if !there {
        return Vec::new();
    }
    let sql = format!("SELECT ROW(x.*)::text FROM {table} AS x ORDER BY 1");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap()
}
