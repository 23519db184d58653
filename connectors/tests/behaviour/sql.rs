//! Tables as they are found: odd keys, odd names, odd values.

use retaind_connectors::contract::{Look, ProblemKind, StoreErrorKind};
use retaind_connectors::order::{DateSource, MappingOrder, TextSource, Unit};
use retaind_connectors::sighting::Seen;
use tempfile::TempDir;

use crate::fixtures::{postgres_database, postgres_run, sqlite_run};
use crate::support::{date, mapping, open, order, scan};

async fn sqlite(statements: &[&str]) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.db");
    sqlite_run(&path, statements).await;
    let settings = format!("url = \"sqlite://{}\"", path.display());
    (folder, settings)
}

async fn postgres(statements: &[&str]) -> String {
    let url = postgres_database().await;
    for statement in statements {
        postgres_run(&url, statement).await;
    }
    format!("url = {url:?}")
}

fn dated(location: &str, column: &str) -> MappingOrder {
    let source = DateSource::Column { name: column.to_owned() };
    MappingOrder { dates: vec![date(source)], ..mapping(location) }
}

fn by(column: &str, order: MappingOrder) -> MappingOrder {
    MappingOrder { unit: Unit::Key { column: column.to_owned() }, ..order }
}

/// Names and keys made to break out of whatever they are put into.
const HOSTILE: [&str; 3] = [
    r#"CREATE TABLE "a""; DROP TABLE b; --" ("k""1" text, k2 text, "x" date, PRIMARY KEY ("k""1", k2))"#,
    r#"INSERT INTO "a""; DROP TABLE b; --" VALUES ('''; DROP TABLE b; --', 'a/b,c\d', '2019-03-01'), ('', '/', NULL)"#,
    "CREATE TABLE b (id integer PRIMARY KEY)",
];

async fn hostile_names_stay_names(settings: &str) {
    let store = open("sql", settings).unwrap();
    let mapped = dated("a\"; DROP TABLE b; --", "x");
    store.check(&order(vec![mapped.clone()])).await.unwrap();
    let scanned = scan(&store, order(vec![mapped.clone()])).await;
    let table = "a\"; DROP TABLE b; --";
    let (one, other) = (r"'; DROP TABLE b; --,a\x2Fb\,c\\d", r",\x2F");
    assert_eq!(scanned.of(0), [format!("{table}/{one}"), format!("{table}/{other}")]);
    assert_eq!(scanned.unmapped_items(), [("b", 0)]);
    for (_, found) in scanned.found {
        let look = store.look(&mapped, &found.locator).await.unwrap();
        assert_eq!(look, Look::Present(found));
    }
    let gone = format!("{table}/no,such");
    assert_eq!(store.look(&mapped, &gone).await.unwrap(), Look::Absent);
}

#[tokio::test]
async fn hostile_names_stay_names_in_sqlite() {
    let (_folder, settings) = sqlite(&HOSTILE).await;
    hostile_names_stay_names(&settings).await;
}

#[tokio::test]
async fn hostile_names_stay_names_in_postgresql() {
    hostile_names_stay_names(&postgres(&HOSTILE).await).await;
}

#[tokio::test]
async fn postgresql_dates_are_read_by_what_they_are() {
    let settings = postgres(&[
        "CREATE TABLE t (id int PRIMARY KEY, d date, civil timestamp, instant timestamptz, words text)",
        "INSERT INTO t VALUES \
         (1, '2019-03-01', '2019-07-01 23:30', '2019-07-01 00:30+01', '2019-03-01'), \
         (2, NULL, NULL, NULL, NULL), \
         (3, 'infinity', 'infinity', '-infinity', '1 March 2019')",
    ])
    .await;
    let store = open("sql", &settings).unwrap();
    let mut mapped = mapping("t");
    mapped.dates = ["d", "civil", "instant", "words"]
        .map(|name| date(DateSource::Column { name: name.to_owned() }))
        .to_vec();
    let scanned = scan(&store, order(vec![mapped])).await;
    let dates: Vec<_> = scanned.found.iter().map(|(_, found)| found.dates.clone()).collect();
    let on = |year, month, day| Seen::On(jiff::civil::date(year, month, day));
    assert_eq!(
        dates,
        [
            vec![on(2019, 3, 1), on(2019, 7, 1), Seen::At(1_561_937_400), on(2019, 3, 1)],
            vec![Seen::Missing; 4],
            vec![Seen::Unreadable; 4],
        ]
    );
    let error = store.check(&order(vec![dated("t", "id")])).await.unwrap_err();
    assert!(error.to_string().contains("is of type integer, which holds no dates"), "{error}");
}

#[tokio::test]
async fn one_date_that_is_not_known_makes_its_units_not_known() {
    let (_folder, settings) = sqlite(&[
        "CREATE TABLE t (id integer PRIMARY KEY, unit, closed text)",
        "INSERT INTO t (unit, closed) VALUES ('a', '2019-03-01'), ('a', NULL), \
         ('b', '2019-03-01'), ('b', 'soon'), (7, '2019-03-01'), ('7', '2020-03-01'), (NULL, '2019-03-01')",
    ])
    .await;
    let store = open("sql", &settings).unwrap();
    let mapped = by("unit", dated("t", "closed"));
    let scanned = scan(&store, order(vec![mapped.clone()])).await;
    assert_eq!(scanned.of(0), ["t/unit=7/", "t/unit=a/", "t/unit=b/"]);
    let dates: Vec<_> = scanned.found.iter().map(|(_, found)| found.dates[0]).collect();
    let latest = Seen::On(jiff::civil::date(2020, 3, 1));
    let of_some = Seen::OfSome(1_551_398_400);
    assert_eq!(dates, [latest, of_some, Seen::Unreadable]);
    assert_eq!(scanned.problem_kinds(), [("t/unit=", ProblemKind::NoKey)]);
    assert_eq!(scanned.finished.unwrap().items, 7);
    for (_, found) in scanned.found {
        let look = store.look(&mapped, &found.locator).await.unwrap();
        assert_eq!(look, Look::Present(found));
    }
}

/// One person and one case by unit; one that names nobody contradicts none.
const PEOPLE: [&str; 2] = [
    "CREATE TABLE t (id integer PRIMARY KEY, unit text, person text, file text)",
    "INSERT INTO t VALUES (1, 'a', 'P1', 'F1'), (2, 'a', 'P1', NULL), (3, 'b', 'P1', 'F1'), \
     (4, 'b', 'P2', 'F1'), (5, 'c', NULL, 'F1'), (6, 'c', 'P3', 'F2'), (7, 'd', NULL, NULL), \
     (8, 'e', 'P1', 'F1'), (9, 'e', NULL, 'F1'), (10, 'e', 'P1', 'F1')",
];

async fn units_say_whether_their_rows_name_more_than_one(settings: &str) {
    let text = |name: &str| Some(TextSource::Column { name: name.to_owned() });
    let store = open("sql", settings).unwrap();
    let mapped = MappingOrder { reference: text("file"), subject: text("person"), ..mapping("t") };
    let mapped = by("unit", mapped);
    let scanned = scan(&store, order(vec![mapped.clone()])).await;
    let differ: Vec<_> = scanned.found.iter().map(|(_, found)| found.keys_differ).collect();
    assert_eq!(differ, [false, true, true, false, false]);
    let people: Vec<_> = scanned.found.iter().map(|(_, found)| found.subject.as_deref()).collect();
    assert_eq!(people[2..], [Some("P3"), None, Some("P1")], "the only one that is named");
    for (_, found) in scanned.found {
        let Look::Present(look) = store.look(&mapped, &found.locator).await.unwrap() else {
            panic!("{} is there", found.locator)
        };
        assert_eq!(look.keys_differ, found.keys_differ, "{}", found.locator);
    }
}

#[tokio::test]
async fn units_of_sqlite_say_whether_their_rows_name_more_than_one() {
    let (_folder, settings) = sqlite(&PEOPLE).await;
    units_say_whether_their_rows_name_more_than_one(&settings).await;
}

#[tokio::test]
async fn units_of_postgresql_say_whether_their_rows_name_more_than_one() {
    let settings = postgres(&PEOPLE).await;
    units_say_whether_their_rows_name_more_than_one(&settings).await;
}

#[tokio::test]
async fn a_sqlite_key_that_is_not_what_its_column_says_is_still_found() {
    let (_folder, settings) = sqlite(&[
        "CREATE TABLE t (k BLOB PRIMARY KEY, v)",
        "INSERT INTO t VALUES (5, 'number'), ('6', 'text'), (7.5, 'fraction'), (NULL, 'none')",
    ])
    .await;
    let store = open("sql", &settings).unwrap();
    let scanned = scan(&store, order(vec![mapping("t")])).await;
    assert_eq!(scanned.of(0), ["t/5", "t/6", "t/7.5"]);
    assert_eq!(scanned.problem_kinds(), [("t/", ProblemKind::NoKey)]);
    for (_, found) in scanned.found {
        let look = store.look(&mapping("t"), &found.locator).await.unwrap();
        assert_eq!(look, Look::Present(found));
    }
    assert_eq!(store.look(&mapping("t"), "t/8").await.unwrap(), Look::Absent);
}

#[tokio::test]
async fn any_change_to_a_row_changes_its_mark() {
    let statements = [
        "CREATE TABLE t (id integer PRIMARY KEY, a text, b text)",
        "INSERT INTO t VALUES (1, 'xy', 'z')",
    ];
    let (folder, local) = sqlite(&statements).await;
    let server = postgres(&statements).await;
    let change = "UPDATE t SET a = 'x', b = 'yz'";
    let url = server.trim_start_matches("url = \"").trim_end_matches('"').to_owned();
    for settings in [&local, &server] {
        let store = open("sql", settings).unwrap();
        let before = store.look(&mapping("t"), "t/1").await.unwrap();
        if *settings == local {
            sqlite_run(&folder.path().join("odd.db"), &[change]).await;
        } else {
            postgres_run(&url, change).await;
        }
        let after = store.look(&mapping("t"), "t/1").await.unwrap();
        let (Look::Present(before), Look::Present(after)) = (before, after) else {
            panic!("it is there before and after")
        };
        assert_ne!(before.fingerprint.mark, after.fingerprint.mark);
    }
}

#[tokio::test]
async fn what_is_not_there_is_refused_with_what_there_is() {
    let statements =
        ["CREATE TABLE cases (id integer PRIMARY KEY, closed date)", "CREATE TABLE plain (a int)"];
    let (_folder, local) = sqlite(&statements).await;
    for settings in [local, postgres(&statements).await] {
        let store = open("sql", &settings).unwrap();
        for (wrong, told) in [
            (mapping("case"), "has no table `case`. It has `cases`, `plain`."),
            (dated("cases", "shut"), "has no column `shut`. It has `id`, `closed`."),
            (by("ref", mapping("cases")), "has no column `ref`. It has `id`, `closed`."),
            (mapping("plain"), "the table `plain` has no primary key. Give it one"),
        ] {
            let error = store.check(&order(vec![wrong])).await.unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Misconfigured);
            assert!(error.to_string().contains(told), "{error}");
        }
        let twice = order(vec![mapping("cases"), mapping("cases")]);
        let error = store.check(&twice).await.unwrap_err().to_string();
        assert!(error.contains("mapped twice"), "{error}");
    }
}

#[tokio::test]
async fn nothing_can_be_written_through_a_session() {
    let statements = ["CREATE TABLE t (id integer PRIMARY KEY)"];
    let (_folder, local) = sqlite(&statements).await;
    for settings in [local, postgres(&statements).await] {
        let write = "INSERT INTO t VALUES (1) RETURNING 'written'";
        let store = open("sql", &format!("{settings}\nidentity_query = {write:?}")).unwrap();
        store.identify().await.unwrap_err();
        let read = open("sql", &settings).unwrap();
        assert_eq!(scan(&read, order(vec![mapping("t")])).await.of(0), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn an_identity_query_says_which_database_it_is() {
    let statements =
        ["CREATE TABLE who (name text)", "INSERT INTO who VALUES ('cases of Trentside')"];
    let (_folder, local) = sqlite(&statements).await;
    let server = postgres(&statements).await;
    let mut identities = Vec::new();
    for settings in [&local, &server] {
        let query = "identity_query = 'SELECT name FROM who'";
        let store = open("sql", &format!("{settings}\n{query}")).unwrap();
        identities.push(store.identify().await.unwrap());
        let plain = open("sql", settings).unwrap().identify().await.unwrap();
        assert_ne!(plain, identities[0]);
        let none =
            open("sql", &format!("{settings}\nidentity_query = 'SELECT name FROM who LIMIT 0'"));
        let error = none.unwrap().identify().await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Misconfigured);
    }
    assert_eq!(identities[0], identities[1]);
    assert!(!identities[0].0.contains("Trentside"));
}

#[tokio::test]
async fn a_server_that_is_down_is_unavailable_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "geheim\n").unwrap();
    let settings = format!(
        "url = 'postgres://anna@127.0.0.1:1/cases'\npassword_file = {:?}",
        folder.path().join("password")
    );
    let error = open("sql", &settings).unwrap().identify().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    let error = error.to_string();
    assert!(error.contains("the database cases at 127.0.0.1:1 cannot be reached"), "{error}");
    assert!(!error.contains("geheim"), "{error}");
}

#[tokio::test]
async fn a_table_this_user_may_not_read_is_told() {
    let url = postgres_database().await;
    let name = url.rsplit_once('/').unwrap().1.to_owned();
    for statement in [
        "CREATE TABLE secret (id int PRIMARY KEY)".to_owned(),
        "CREATE TABLE plain (id int PRIMARY KEY)".to_owned(),
        format!("CREATE ROLE {name} LOGIN"),
        format!("GRANT SELECT ON plain TO {name}"),
    ] {
        postgres_run(&url, &statement).await;
    }
    let (_, server) = url.rsplit_once('@').unwrap();
    let settings = format!("url = 'postgres://{name}@{server}'");
    let store = open("sql", &settings).unwrap();
    let error = store.check(&order(vec![mapping("secret")])).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::AccessDenied);
    assert!(error.to_string().contains("Grant the user SELECT on the table"), "{error}");
    let scanned = scan(&store, order(vec![mapping("plain")])).await;
    assert_eq!(scanned.problem_kinds(), [("secret", ProblemKind::AccessDenied)]);
    assert!(scanned.finished.is_some());
}
