//! Rows of every type, and what hangs on them, when they are taken out of reach.

use std::path::PathBuf;
use std::sync::Arc;

use retaind_connectors::contract::{
    ActOutcome, Connector, InQuarantine, ProblemKind, StoreErrorKind,
};
use retaind_connectors::order::{MappingOrder, Unit};
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;

use crate::acts::{done, kept, looks, take};
use crate::fixtures::{postgres_database, postgres_rows, postgres_run, sqlite_rows, sqlite_run};
use crate::permits::{line, permit};
use crate::support::{mapping, open, order, scan, unleashed};

async fn sqlite(statements: &[&str]) -> (TempDir, PathBuf, Arc<dyn Connector>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acts.db");
    sqlite_run(&path, statements).await;
    let store = unleashed("sql", &format!("url = \"sqlite://{}\"", path.display())).unwrap();
    (folder, path, store)
}

async fn postgres(statements: &[&str]) -> (String, Arc<dyn Connector>) {
    let url = postgres_database().await;
    for statement in statements {
        postgres_run(&url, statement).await;
    }
    let store = unleashed("sql", &format!("url = {url:?}")).unwrap();
    (url, store)
}

/// Takes all items of a table, and puts them back.
async fn there_and_back(store: &Arc<dyn Connector>, mapped: &MappingOrder) {
    let scanned = scan(store, order(vec![mapped.clone()])).await;
    let locators = scanned.of(0);
    assert!(!locators.is_empty());
    let taken = take(store, mapped, &locators).await;
    assert_eq!(scan(store, order(vec![mapped.clone()])).await.of(0), [""; 0]);
    let all: Vec<_> = (1..)
        .zip(&locators)
        .zip(taken)
        .map(|((number, locator), outcome)| kept(number, locator, done(outcome)))
        .collect();
    for outcome in store.restore(mapped, &all).await.unwrap() {
        done(outcome);
    }
}

#[tokio::test]
async fn every_type_of_postgresql_comes_back_to_the_last_byte() {
    let (url, store) = postgres(&[
        "CREATE TYPE mood AS ENUM ('glad', 'sad')",
        "CREATE DOMAIN code AS text CHECK (value <> '')",
        r#"CREATE TABLE "T ""1" (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b boolean, i smallint,
            n numeric(30, 10), r real, d double precision, m mood, c code, ch char(5), bits bit(3),
            v varchar(9), t text, y bytea, da date, ts timestamp, tz timestamptz, iv interval,
            u uuid, j json, jb jsonb, a text[], aa int[][], ra int4range, ip inet,
            g int GENERATED ALWAYS AS (i * 2) STORED)"#,
        r#"INSERT INTO "T ""1" (b, i, n, r, d, m, c, ch, bits, v, t, y, da, ts, tz, iv, u, j, jb,
            a, aa, ra, ip) VALUES
            (true, 7, 1.2345678901, 0.1, 0.1::float8 + 0.2::float8, 'sad', 'x', 'ab', B'101',
             'é', E'a,b:c\n''"\\', '\x00ff2c3a', 'infinity', '2019-07-01 23:30:00.123456',
             '2019-07-01 00:30+01', '1 mon 2 days 03:04:05.6',
             'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"b": 1,  "a": [null]}', '{"k": 1.10}',
             ARRAY['a,b', NULL, '"', ''], '{{1,2},{3,4}}', '[1,5)', '10.0.0.1/8')"#,
        r#"INSERT INTO "T ""1" DEFAULT VALUES"#,
    ])
    .await;
    let before = postgres_rows(&url, r#""T ""1""#).await;
    assert_eq!(before.len(), 2);
    there_and_back(&store, &mapping("T \"1")).await;
    assert_eq!(postgres_rows(&url, r#""T ""1""#).await, before);
    assert_eq!(postgres_rows(&url, "retaind_quarantine").await, [""; 0]);
}

#[tokio::test]
async fn every_type_of_sqlite_comes_back_to_the_last_byte() {
    let (_folder, path, store) = sqlite(&[
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT, c BLOB, d REAL, e NUMERIC, \
         f GENERATED ALWAYS AS (id * 2) STORED)",
        "INSERT INTO t (a, b, c, d, e) VALUES (1, 'é,:''', x'00ff', 0.1 + 0.2, 9007199254740993), \
         ('1', 'a' || char(0) || 'b', x'', 1e300, '1e5'), (NULL, '', NULL, -9e999, 1.5), \
         (x'31', NULL, 'text', 3, 'words'), (0.1, char(10), 2, NULL, NULL)",
    ])
    .await;
    // A text shows only up to a zero byte; what comes after shows here.
    let bytes = "CREATE VIEW bytes AS SELECT hex(a) || ',' || hex(b) AS of FROM t";
    sqlite_run(&path, &[bytes]).await;
    let all = async || [sqlite_rows(&path, "t").await, sqlite_rows(&path, "bytes").await];
    let before = all().await;
    there_and_back(&store, &mapping("t")).await;
    assert_eq!(all().await, before);
    assert_eq!(sqlite_rows(&path, "retaind_quarantine").await, [""; 0]);
}

const HANGING: [&str; 9] = [
    "CREATE TABLE plain (id integer PRIMARY KEY)",
    "INSERT INTO plain VALUES (1), (2)",
    "CREATE TABLE child (id integer PRIMARY KEY, of_plain integer REFERENCES plain (id))",
    "INSERT INTO child VALUES (1, 1)",
    "CREATE TABLE owner (id integer PRIMARY KEY)",
    "INSERT INTO owner VALUES (1)",
    "CREATE TABLE owned (id integer PRIMARY KEY, \
     of_owner integer REFERENCES owner (id) ON DELETE CASCADE)",
    "INSERT INTO owned VALUES (1, 1)",
    "CREATE TABLE noted (id integer PRIMARY KEY)",
];

/// What others refer to stays, and takes nothing along.
async fn what_hangs_on_others_stays(store: &Arc<dyn Connector>) {
    let referred = ActOutcome::Failed(ProblemKind::ReferredTo);
    let outcomes = take(store, &mapping("plain"), &["plain/1", "plain/2"]).await;
    assert_eq!(outcomes[0], referred);
    done(outcomes[1]);
    assert_eq!(take(store, &mapping("owner"), &["owner/1"]).await, [referred]);
    assert_eq!(take(store, &mapping("noted"), &["noted/1"]).await, [referred]);
    for (table, locator) in
        [("plain", "plain/1"), ("owner", "owner/1"), ("owned", "owned/1"), ("noted", "noted/1")]
    {
        looks(store, &mapping(table), locator).await;
    }
}

#[tokio::test]
async fn what_hangs_on_others_stays_in_sqlite() {
    let (_folder, path, store) = sqlite(&HANGING).await;
    sqlite_run(
        &path,
        &[
            "INSERT INTO noted VALUES (1)",
            "CREATE TRIGGER t AFTER DELETE ON noted BEGIN DELETE FROM owned; END",
        ],
    )
    .await;
    what_hangs_on_others_stays(&store).await;
}

#[tokio::test]
async fn what_hangs_on_others_stays_in_postgresql() {
    let (url, store) = postgres(&HANGING).await;
    for statement in [
        "INSERT INTO noted VALUES (1)",
        "CREATE FUNCTION clear() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN DELETE FROM owned; RETURN OLD; END'",
        "CREATE TRIGGER t AFTER DELETE ON noted FOR EACH ROW EXECUTE FUNCTION clear()",
    ] {
        postgres_run(&url, statement).await;
    }
    what_hangs_on_others_stays(&store).await;
}

#[tokio::test]
async fn what_was_changed_out_of_reach_is_neither_destroyed_nor_put_back() {
    let (_folder, path, store) = sqlite(&HANGING[..2]).await;
    let plain = mapping("plain");
    let taken = done(take(&store, &plain, &["plain/1"]).await[0]);
    sqlite_run(&path, &["UPDATE retaind_quarantine SET content = content || '0'"]).await;
    let destroyed = store.destroy(&plain, vec![permit(1, "plain/1", taken)]).await.unwrap();
    assert_eq!(destroyed, [ActOutcome::Changed]);
    let back = store.restore(&plain, &[kept(1, "plain/1", taken)]).await.unwrap();
    assert_eq!(back, [ActOutcome::Changed]);
    let looked = store.look_quarantined(&plain, &[line(1)]).await.unwrap();
    assert!(matches!(looked[..], [InQuarantine::There(now)] if now != taken), "{looked:?}");
}

const JOINED: [&str; 2] = [
    "CREATE TABLE t (id integer PRIMARY KEY, person text)",
    "INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, 'b')",
];

/// Rows come back beside those that joined their unit, and never in the place of one
/// with the same key.
async fn rows_come_back_beside_new_ones(
    store: &Arc<dyn Connector>,
    run: impl AsyncFn(&'static str),
) {
    let units = MappingOrder { unit: Unit::Key { column: "person".to_owned() }, ..mapping("t") };
    let taken = done(take(store, &units, &["t/person=a/"]).await[0]);
    run("INSERT INTO t VALUES (4, 'a'), (2, 'a')").await;
    let back = async || store.restore(&units, &[kept(1, "t/person=a/", taken)]).await.unwrap();
    assert_eq!(back().await, [ActOutcome::Failed(ProblemKind::Occupied)]);
    run("UPDATE t SET id = 5 WHERE id = 2").await;
    done(back().await[0]);
    let looked = store.look_quarantined(&units, &[line(1)]).await.unwrap();
    assert_eq!(looked, [InQuarantine::Absent]);
}

#[tokio::test]
async fn rows_come_back_beside_new_ones_of_their_unit_in_sqlite() {
    let (_folder, path, store) = sqlite(&JOINED).await;
    rows_come_back_beside_new_ones(&store, async |sql| sqlite_run(&path, &[sql]).await).await;
    let rows = ["1,'a'", "2,'a'", "3,'b'", "4,'a'", "5,'a'"];
    assert_eq!(sqlite_rows(&path, "t").await, rows);
}

#[tokio::test]
async fn rows_come_back_beside_new_ones_of_their_unit_in_postgresql() {
    let (url, store) = postgres(&JOINED).await;
    rows_come_back_beside_new_ones(&store, async |sql| postgres_run(&url, sql).await).await;
    let rows = ["(1,a)", "(2,a)", "(3,b)", "(4,a)", "(5,a)"];
    assert_eq!(postgres_rows(&url, "t").await, rows);
}

#[tokio::test]
async fn rows_without_a_key_do_not_come_back_beside_others() {
    let (_folder, path, store) = sqlite(&[
        "CREATE TABLE t (person text, said text)",
        "INSERT INTO t VALUES ('a', 'x'), ('b', 'y')",
    ])
    .await;
    let units = MappingOrder { unit: Unit::Key { column: "person".to_owned() }, ..mapping("t") };
    let taken = done(take(&store, &units, &["t/person=a/"]).await[0]);
    sqlite_run(&path, &["INSERT INTO t VALUES ('a', 'z')"]).await;
    let back = store.restore(&units, &[kept(1, "t/person=a/", taken)]).await.unwrap();
    assert_eq!(back, [ActOutcome::Failed(ProblemKind::Occupied)]);
    assert_eq!(sqlite_rows(&path, "t").await, ["'a','z'", "'b','y'"]);
}

#[tokio::test]
async fn a_database_without_its_quarantine_does_not_say_that_all_is_gone() {
    let (_folder, path, store) = sqlite(&HANGING[..2]).await;
    let plain = mapping("plain");
    take(&store, &plain, &["plain/1"]).await;
    sqlite_run(&path, &["DROP TABLE retaind_quarantine"]).await;
    let error = store.look_quarantined(&plain, &[line(1)]).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("put the table back"), "{error}");
}

#[tokio::test]
async fn several_who_are_the_first_to_take_something_all_take_it() {
    for _ in 0..5 {
        let (url, _) = postgres(&[
            "CREATE TABLE t (id integer PRIMARY KEY)",
            "INSERT INTO t SELECT generate_series(1, 6)",
        ])
        .await;
        let takes = (1..=6).map(async |row| {
            let store = unleashed("sql", &format!("url = {url:?}")).unwrap();
            let locator = format!("t/{row}");
            let seen = looks(&store, &mapping("t"), &locator).await;
            store.quarantine(&mapping("t"), vec![permit(row, &locator, seen)]).await.unwrap()
        });
        for outcomes in futures_util::future::join_all(takes).await {
            done(outcomes[0]);
        }
        assert_eq!(postgres_rows(&url, "t").await, [""; 0]);
    }
}

/// An act that a client is gone from is waited for, and no other act waits for it.
#[tokio::test]
async fn what_is_still_on_its_way_into_a_postgresql_table_is_waited_for() {
    let (url, store) = postgres(&HANGING[..2]).await;
    let plain = mapping("plain");
    let mut under_way = sqlx::PgConnection::connect(&url).await.unwrap();
    let act = "BEGIN; SELECT pg_advisory_xact_lock_shared(hashtext('retaind_quarantine'), \
               hashtext('public.plain'))";
    sqlx::raw_sql(act).execute(&mut under_way).await.unwrap();
    done(take(&store, &plain, &["plain/1"]).await[0]);
    let error = store.wait_for_acts(&plain).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(error.context.starts_with("an act on the table `plain` is still under way"), "{error}");
    sqlx::raw_sql("COMMIT").execute(&mut under_way).await.unwrap();
    store.wait_for_acts(&plain).await.unwrap();
    // The lock was given back.
    let left = "DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND \
                database = (SELECT oid FROM pg_database WHERE datname = current_database())) \
                THEN RAISE 'a lock is left'; END IF; END $$";
    postgres_run(&url, left).await;
}

#[tokio::test]
async fn what_is_still_being_written_to_a_sqlite_file_is_waited_for() {
    let (_folder, path, store) = sqlite(&HANGING[..2]).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut under_way = options.connect().await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut under_way).await.unwrap();
    let error = store.wait_for_acts(&mapping("plain")).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable, "{error}");
    let leashed = open("sql", &format!("url = \"sqlite://{}\"", path.display())).unwrap();
    leashed.wait_for_acts(&mapping("plain")).await.unwrap();
    sqlx::raw_sql("COMMIT").execute(&mut under_way).await.unwrap();
    store.wait_for_acts(&mapping("plain")).await.unwrap();
}
