//! What is told on both databases, and that alert rules name nothing else.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait as _, EntityTrait as _};

use super::*;
use crate::audit::{self, Action, By, Entry, Found, Looked, Subject};
use crate::catalogue::entity::store;
use crate::catalogue::seed::sow;
use crate::catalogue::settings;
use crate::catalogue::testing::Database;
use crate::disposal::execution::clock;

/// The rules that the package installs.
const RULES: &str = include_str!("../../deploy/prometheus/retaind.rules.yml");

/// A catalogue with a scan that saw everything and one that failed.
async fn scanned(catalogue: &Catalogue) {
    let seed = sow(catalogue).await;
    let tx = catalogue.write_tx().await.unwrap();
    let digest = "0".repeat(64);
    let (store, person) = (literal(catalogue, seed.store), literal(catalogue, seed.lena.person.0));
    let (asset, kind) = (literal(catalogue, seed.asset), literal(catalogue, seed.record_type));
    let [version, whole, failed, mapping, hold, batch, executor, mail, gone, back] =
        [1, 2, 3, 4, 5, 6, 7, 8, 31, 32]
            .map(|number| literal(catalogue, uuid::Uuid::from_u128(number)));
    for statement in [
        format!(
            "insert into schedule_version (id, number, label, import_id, source_file_sha256, accepted_by, accepted_at, effective_from) \
                 values ({version}, 3, '', (select id from import), '{digest}', {person}, 1, '2026-01-01')"
        ),
        scan(&whole, &store, &version, "1000000, 61500000", "complete"),
        scan(&failed, &store, &version, "99000000, 99500000", "failed"),
        format!(
            "insert into mapping (id, store_id, record_type_code, location, definition, digest, active) \
                 values ({mapping}, {store}, 'X', '', '{{}}', '{digest}', true)"
        ),
        format!(
            "insert into scan_count (scan_id, mapping_id, outcome, units, members, bytes) \
                 values ({whole}, {mapping}, 'due', 7, 9, 10)"
        ),
        format!(
            "insert into hold (id, ref, title, kind, authority, blocks, placed_by, placed_at, review_on, state) \
                 values ({hold}, 'H-1', 'Mr Smith', 'legal-hold', 'order', '[]', {person}, 1, '2027-01-01', 'active')"
        ),
        "insert into job (name, cron) values ('outbox', ''), ('scan', ''), ('backup', 'off')"
            .to_owned(),
        run(catalogue, 11, "failed", 1),
        run(catalogue, 12, "ok", 2),
        run(catalogue, 13, "failed", 3),
        run(catalogue, 14, "failed", 4),
        format!(
            "insert into batch (id, number, action, asset_id, record_type_id, store_id, schedule_version_id, rule, rule_words, mappings, lines, members, bytes, state, state_since, proposed_at, expires_at, grace_days) \
                 values ({batch}, 'B-1', 'destroy', {asset}, {kind}, {store}, {version}, '', '', '[]', 1, 1, 1, 'draft', 1, 1, 1, 1)"
        ),
        format!(
            "insert into executor (id, host, lock_file, version, started_at) \
                 values ({executor}, '', '', '', 1)"
        ),
        format!(
            "insert into mail (id, recipient, slot, is_digest, state, message_id, thread, is_fixed, attempts, created_at, next_attempt_at) \
                 values ({mail}, 'person:x', '2026-11-22', true, 'waiting', 'm@x', 't', false, 3, 5000000, 6000000)"
        ),
        "insert into failing_address (address, since_at, why) values ('Mr.Smith@x', 1, '')"
            .to_owned(),
        chunk(catalogue, 21, &executor, &batch, ("7000000", "8000000")),
        chunk(catalogue, 22, &executor, &batch, ("9500000", "null")),
        chunk(catalogue, 23, &executor, &batch, ("9900000", "null")),
        item(&gone, &store, &whole, "2, null"),
        item(&back, &store, &whole, "0, 5000000"),
    ] {
        tx.execute_unprepared(&statement).await.unwrap();
    }
    let backup = Entry::new(By::Service, Action::CatalogueBackedUp, Subject::new("backup", "x"));
    audit::append(&tx, at("1970-01-01T00:00:04Z"), &backup).await.unwrap();
    settings::keep(&tx, "holds.feed-read", FEED_READ.to_owned()).await.unwrap();
    settings::keep(&tx, "catalogue.restored", RESTORED.replace("DIGEST", &digest)).await.unwrap();
    tx.commit().await.unwrap();
    let looked = Looked { at: at("1970-01-01T00:00:08Z"), found: Found::Differs(3) };
    audit::note_look(catalogue, looked).await.unwrap();
    clock::seen(catalogue, at("1970-01-01T00:00:09Z")).await.unwrap();
}

const FEED_READ: &str = r#"{"file": "/srv/foi.csv", "at": "1970-01-01T00:00:06Z"}"#;

/// From before the scan that last met what is missing.
const RESTORED: &str = r#"{"at": "1970-01-01T00:00:00.5Z", "taken_at": "1970-01-01T00:00:00Z",
    "head": {"seq": 1, "hash": "DIGEST"}}"#;

fn feed() -> Feed {
    Feed { file: "/srv/foi.csv".into(), person: "foi@trentside.example".to_owned() }
}

fn at(instant: &str) -> jiff::Timestamp {
    instant.parse().unwrap()
}

/// An item by how often it was missed, and when it was back.
fn item(id: &str, store: &str, scan: &str, missed_and_back: &str) -> String {
    format!(
        "insert into item (id, store_id, locator, is_unit, members, bytes, fingerprint, outcome, \
         facts, first_seen_at, last_scan_id, missed, resurrected_at) values ({id}, {store}, \
         'Smith {missed_and_back}', false, 1, 1, '', 'cannot-evaluate', '{{}}', 1, {scan}, {missed_and_back})"
    )
}

fn scan(id: &str, store: &str, version: &str, times: &str, state: &str) -> String {
    let failure = if state == "failed" { "'no answer'" } else { "null" };
    format!(
        "insert into scan (id, store_id, schedule_version_id, today, started_at, finished_at, state, items, bytes, containers, failure) \
         values ({id}, {store}, {version}, '2026-11-22', {times}, '{state}', 12, 34, 1, {failure})"
    )
}

/// A run of the job `scan` that began in this second and took half of one.
fn run(catalogue: &Catalogue, id: u128, result: &str, second: i64) -> String {
    let (id, began) = (literal(catalogue, uuid::Uuid::from_u128(id)), second * 1_000_000);
    let ended = began + 500_000;
    format!(
        "insert into job_run (id, job, cause, started_at, finished_at, result) \
         values ({id}, 'scan', 'due', {began}, {ended}, '{result}')"
    )
}

fn chunk(
    catalogue: &Catalogue,
    id: u128,
    executor: &str,
    batch: &str,
    (opened, closed): (&str, &str),
) -> String {
    let id = literal(catalogue, uuid::Uuid::from_u128(id));
    let by = if closed == "null" { closed } else { executor };
    format!(
        "insert into intent (id, executor_id, batch_id, act, lines, positions, opened_at, closed_at, \
         closed_by) values ({id}, {executor}, {batch}, 'destroy', 1, '0', {opened}, {closed}, {by})"
    )
}

fn literal(catalogue: &Catalogue, id: uuid::Uuid) -> String {
    match catalogue.read().get_database_backend() {
        sea_orm::DbBackend::Sqlite => format!("x'{}'", id.simple()),
        _ => format!("'{id}'"),
    }
}

fn names(text: &str) -> BTreeSet<&str> {
    let samples = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    samples.map(|line| line.split(['{', ' ']).next().unwrap_or_default()).collect()
}

fn helps() -> impl Iterator<Item = (&'static str, &'static str)> {
    let measures = MEASURES.iter().map(|measure| (measure.name, measure.help));
    measures.chain(FIGURES.iter().chain([&FEED]).map(|figure| (figure.name, figure.help)))
}

fn told() -> BTreeSet<&'static str> {
    helps().map(|(name, _)| name).collect()
}

#[tokio::test]
async fn a_broken_chain_is_told_as_such_until_it_is_found_whole_again() {
    let catalogue = Database::Sqlite.fresh().await;
    for (found, broken) in [(Found::Broken(7), 1), (Found::Whole, 0)] {
        let looked = Looked { at: at("1970-01-01T00:00:08Z"), found };
        audit::note_look(&catalogue, looked).await.unwrap();
        let text = render(&catalogue, None).await.unwrap();
        assert!(text.contains(&format!("retaind_audit_chain_broken {broken}\n")), "{text}");
    }
}

#[tokio::test]
async fn every_measure_is_told_from_the_catalogue_as_it_stands() {
    for database in Database::BOTH {
        let catalogue = database.fresh().await;
        scanned(&catalogue).await;
        let text = render(&catalogue, Some(&feed())).await.unwrap();
        let mut expected = told();
        expected.insert("retaind_build_info");
        assert_eq!(names(&text), expected, "{text}");
        let store = store::Entity::find().one(catalogue.read()).await.unwrap().unwrap().name;
        for line in [
            format!("retaind_store_state{{store=\"{store}\",state=\"ok\"}} 1"),
            format!("retaind_scan_last_success_timestamp_seconds{{store=\"{store}\"}} 61.5"),
            format!("retaind_scan_duration_seconds{{store=\"{store}\"}} 60.5"),
            format!("retaind_scan_items{{store=\"{store}\"}} 12"),
            format!("retaind_scans{{store=\"{store}\",state=\"failed\"}} 1"),
            format!("retaind_units{{store=\"{store}\",outcome=\"due\"}} 7"),
            "retaind_holds_in_force{kind=\"legal-hold\"} 1".to_owned(),
            "retaind_schedule_version 3".to_owned(),
            "retaind_job_last_success_timestamp_seconds{job=\"scan\"} 2.5".to_owned(),
            "retaind_job_last_success_timestamp_seconds{job=\"outbox\"} 0".to_owned(),
            "retaind_job_failures{job=\"scan\"} 2".to_owned(),
            "retaind_job_failures{job=\"outbox\"} 0".to_owned(),
            "retaind_batches{state=\"draft\"} 1".to_owned(),
            "retaind_chunks_open 2".to_owned(),
            "retaind_mails{state=\"waiting\"} 1".to_owned(),
            "retaind_mail_oldest_waiting_timestamp_seconds 5".to_owned(),
            "retaind_notices_untold 0".to_owned(),
            "retaind_mail_addresses_failing 1".to_owned(),
            "retaind_chunk_oldest_open_timestamp_seconds 9.5".to_owned(),
            "retaind_audit_looked_timestamp_seconds 8".to_owned(),
            "retaind_audit_chain_broken 0".to_owned(),
            "retaind_audit_rows_differing 3".to_owned(),
            "retaind_clock_last_seen_timestamp_seconds 9".to_owned(),
            "retaind_restore_unconfirmed_timestamp_seconds 0.5".to_owned(),
            "retaind_hold_feed_read_timestamp_seconds 6".to_owned(),
            "retaind_backup_last_timestamp_seconds 4".to_owned(),
            format!("retaind_items_missing{{store=\"{store}\"}} 1"),
            format!("retaind_items_resurrected{{store=\"{store}\"}} 1"),
        ] {
            assert!(text.lines().any(|told| told == line), "{line}\n{text}");
        }
        assert!(!text.contains("Smith"), "no title of a hold is told");
        for (name, help) in helps() {
            assert!(text.contains(&format!("# HELP {name} {help}")), "{name}");
        }
    }
}

#[tokio::test]
async fn neither_a_job_that_is_off_nor_a_list_that_is_no_longer_configured_is_told() {
    for database in Database::BOTH {
        let catalogue = database.fresh().await;
        scanned(&catalogue).await;
        let text = render(&catalogue, None).await.unwrap();
        assert!(text.contains("retaind_job_failures{job=\"outbox\"} 0"), "{text}");
        assert!(!text.contains("job=\"backup\""), "{text}");
        assert!(!names(&text).contains(FEED.name), "{text}");
    }
}

#[tokio::test]
async fn an_empty_catalogue_tells_what_can_be_told() {
    for database in Database::BOTH {
        let catalogue = database.fresh().await;
        let text = render(&catalogue, None).await.unwrap();
        let expected = [
            "retaind_audit_head_seq",
            "retaind_backup_last_timestamp_seconds",
            "retaind_build_info",
            "retaind_chunks_open",
            "retaind_mail_addresses_failing",
            "retaind_notices_untold",
            "retaind_schedule_version",
        ];
        assert_eq!(names(&text), expected.into());
    }
}

#[test]
fn alert_rules_name_only_what_is_told() {
    let told = told();
    let words = RULES.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    let named: BTreeSet<_> = words.filter(|word| word.starts_with("retaind_")).collect();
    assert!(named.len() > 3, "{named:?}");
    assert_eq!(named.difference(&told).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn measures_are_named_as_prometheus_has_them_and_once() {
    let mut seen = BTreeSet::new();
    for (name, help) in helps() {
        assert!(name.starts_with("retaind_"), "{name}");
        assert!(seen.insert(name), "{name} twice");
        assert!(!help.ends_with('.'), "{help}");
    }
}
