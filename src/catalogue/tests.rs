//! The catalogue, made, opened, refused and read back, on both databases.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;

use jiff::civil::date;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    Statement,
};
use uuid::Uuid;

use super::entity::{batch_line, intent, person, stub};
use super::testing::Database;
use super::values::{CivilDate, Micros};
use super::{Catalogue, CatalogueUrl, Fault, WriteTx, words};
use crate::clock::{Clock as _, SystemClock};
use crate::notices::Kind;
use crate::requests::{ItemVerdict, RecipientState, RequestDecision, RequestKind, Seat, StepKind};

async fn column(catalogue: &Catalogue, query: &str) -> Vec<String> {
    let query = Statement::from_string(catalogue.read().get_database_backend(), query);
    let rows = catalogue.read().query_all_raw(query).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

#[tokio::test]
async fn sqlite_is_new_enough_not_to_lose_writes_in_the_wal() {
    let fresh = Database::Sqlite.fresh().await;
    let version = column(&fresh, "select sqlite_version()").await.remove(0);
    let parts: Vec<u32> = version.split('.').map(|part| part.parse().unwrap()).collect();
    assert!(parts >= vec![3, 51, 3], "SQLite {version} has the WAL-reset race");
}

#[tokio::test]
async fn sqlite_runs_with_the_settings_its_safety_rests_on() {
    let fresh = Database::Sqlite.fresh().await;
    let settings = "select journal_mode || ' ' || synchronous || ' ' || foreign_keys from \
                    pragma_journal_mode, pragma_synchronous, pragma_foreign_keys";
    assert_eq!(column(&fresh, settings).await, ["wal 2 1"]);
}

#[tokio::test]
async fn sqlite_gives_back_pages_that_are_no_longer_used() {
    const INCREMENTAL: &str = "2";
    let fresh = Database::Sqlite.fresh().await;
    let again = Catalogue::open(&fresh.place.url).await.unwrap();
    for catalogue in [&fresh.catalogue, &again] {
        let setting = "select cast(auto_vacuum as text) from pragma_auto_vacuum";
        assert_eq!(column(catalogue, setting).await, [INCREMENTAL]);
    }
}

/// A connection that is opened while another writes must not wait for it: who
/// writes and reads beside it would wait for himself.
#[tokio::test]
async fn who_writes_keeps_nobody_from_reading() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let writing = fresh.write_tx().await.unwrap();
        person::Entity::insert(someone("a")).exec(&*writing).await.unwrap();

        let mut readers = Vec::new();
        for _ in 1..super::open::CONNECTIONS {
            let reader = fresh.read_tx().await.unwrap();
            let seen = person::Entity::find().all(&reader).await.unwrap();
            assert!(seen.is_empty(), "{database:?}");
            readers.push(reader);
        }
        let elsewhere = Catalogue::open(&fresh.place.url).await.unwrap();
        assert!(person::Entity::find().all(elsewhere.read()).await.unwrap().is_empty());
        writing.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_new_file_is_its_owners_alone() {
    let fresh = Database::Sqlite.fresh().await;
    fresh.read().execute_unprepared("select 1").await.unwrap();
    for file in std::fs::read_dir(fresh.place.folder.path()).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn what_is_written_is_there_when_opened_again() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let row =
            person::ActiveModel { left_on: Set(Some(date(2026, 2, 28).into())), ..someone("a") };
        let tx = fresh.write_tx().await.unwrap();
        let id = person::Entity::insert(row).exec(&*tx).await.unwrap().last_insert_id;
        tx.commit().await.unwrap();

        let again = Catalogue::open(&fresh.place.url).await.unwrap();
        let found = person::Entity::find_by_id(id).one(again.read()).await.unwrap().unwrap();
        assert_eq!(found.left_on, Some(CivilDate(date(2026, 2, 28))));
        assert_eq!(found.roles, serde_json::json!(["dpo"]));
        for (day, expected) in [(date(2026, 2, 27), 0), (date(2026, 2, 28), 1)] {
            let until = person::Column::LeftOn.lte(CivilDate(day));
            let left = person::Entity::find().filter(until).all(again.read()).await.unwrap();
            assert_eq!(left.len(), expected, "{database:?} {day}");
        }
    }
}

fn someone(name: &str) -> person::ActiveModel {
    person::ActiveModel {
        id: Set(SystemClock.new_id()),
        name: Set(name.to_owned()),
        email: Set(format!("{name}@council.example")),
        os_user: Set(None),
        active: Set(true),
        left_on: Set(None),
        roles: Set(serde_json::json!(["dpo"])),
    }
}

#[tokio::test]
async fn what_is_not_committed_is_not_written() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        for rolled_back in [true, false] {
            let tx = fresh.write_tx().await.unwrap();
            person::Entity::insert(someone("a")).exec(&*tx).await.unwrap();
            if rolled_back {
                tx.rollback().await.unwrap();
            } else {
                drop(tx);
            }
        }
        assert!(person::Entity::find().all(fresh.read()).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_read_transaction_sees_one_moment() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let snapshot = fresh.read_tx().await.unwrap();
        assert!(person::Entity::find().all(&snapshot).await.unwrap().is_empty());
        let tx = fresh.write_tx().await.unwrap();
        person::Entity::insert(someone("a")).exec(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        assert!(person::Entity::find().all(&snapshot).await.unwrap().is_empty());
        snapshot.rollback().await.unwrap();
        assert_eq!(person::Entity::find().all(fresh.read()).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn there_is_no_catalogue_until_one_is_made_and_then_no_second() {
    for database in Database::BOTH {
        let place = database.place().await;
        let error = Catalogue::open(&place.url).await.unwrap_err();
        assert_eq!(error.fault, Fault::Missing);
        assert_eq!(
            error.to_string(),
            format!(
                "there is no catalogue {}: correct the place in retaind.toml, \
                 or make a new catalogue there",
                place.url
            )
        );
        Catalogue::open_or_create(&place.url).await.unwrap();
        Catalogue::open_or_create(&place.url).await.unwrap();
        let error = Catalogue::create(&place.url).await.unwrap_err();
        assert_eq!(error.fault, Fault::AlreadyThere);
    }
}

#[tokio::test]
async fn processes_that_start_at_once_make_one_catalogue() {
    for database in Database::BOTH {
        let place = database.place().await;
        let starting = (0..4).map(|_| Catalogue::open_or_create(&place.url));
        let opened = futures_util::future::join_all(starting).await;
        let opened: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
        let first = &opened[0];
        let changes = column(first, "select version from seaql_migrations order by 1").await;
        assert_eq!(changes, retaind_migrations::KNOWN);
    }
}

#[tokio::test]
async fn a_newer_catalogue_is_refused_with_both_versions_named() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let tx = fresh.write_tx().await.unwrap();
        for statement in [
            "insert into seaql_migrations (version, applied_at) values ('m9999_later', 0)",
            "update setting set value = '7.1.0' where key = 'catalogue.changed_by'",
        ] {
            tx.execute_unprepared(statement).await.unwrap();
        }
        tx.commit().await.unwrap();
        let error = Catalogue::open(&fresh.place.url).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the catalogue {} was changed by a newer version (retaind 7.1.0, change \
                 m9999_later); this is retaind {}, which knows the changes up to {}: install \
                 that version or a later one, or restore the backup made before the upgrade",
                fresh.place.url,
                env!("CARGO_PKG_VERSION"),
                retaind_migrations::KNOWN.last().unwrap(),
            )
        );
    }
}

#[tokio::test]
async fn another_programs_database_is_left_alone() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        for change in ["alter table audit_head rename to books"] {
            fresh.read().execute_unprepared(change).await.unwrap();
        }
        for refused in
            [Catalogue::open(&fresh.place.url).await, Catalogue::create(&fresh.place.url).await]
        {
            assert_eq!(refused.unwrap_err().fault, Fault::NotACatalogue);
        }
    }
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("register.csv");
    let text = "Ref,Name,Retention\n".repeat(100);
    std::fs::write(&file, &text).unwrap();
    let cases = [
        (file.clone(), Fault::NotACatalogue),
        (folder.path().to_owned(), Fault::NotOpenable),
        (folder.path().join("none.db"), Fault::Missing),
    ];
    for (path, fault) in cases {
        let error = Catalogue::open(&CatalogueUrl::Sqlite(path)).await.unwrap_err();
        assert_eq!(error.fault, fault);
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    let nowhere = CatalogueUrl::Sqlite(folder.path().join("none/c.db"));
    assert_eq!(Catalogue::create(&nowhere).await.unwrap_err().fault, Fault::NoFolder);
}

#[tokio::test]
async fn a_damaged_file_is_called_damaged() {
    let fresh = Database::Sqlite.fresh().await;
    let CatalogueUrl::Sqlite(path) = fresh.place.url.clone() else { unreachable!() };
    fresh.read().execute_unprepared("pragma wal_checkpoint(truncate)").await.unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100..4096].fill(0xff);
    let damaged = path.with_file_name("damaged.db");
    std::fs::write(&damaged, bytes).unwrap();
    let error = Catalogue::open(&CatalogueUrl::Sqlite(damaged)).await.unwrap_err();
    assert_eq!(error.fault, Fault::Corrupt);
    assert!(error.to_string().ends_with("and restore the last backup"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_and_one_that_refuses_are_told_apart() {
    let nobody: CatalogueUrl = "postgres://me:secret@127.0.0.1:1/x".parse().unwrap();
    let error = Catalogue::open(&nobody).await.unwrap_err();
    assert_eq!(error.fault, Fault::Down);
    assert!(error.is_passing());
    assert!(error.to_string().starts_with("the catalogue postgres://me@127.0.0.1:1/x does not"));

    let place = Database::Postgres.place().await;
    let CatalogueUrl::Postgres(options) = &place.url else { unreachable!() };
    let elsewhere = CatalogueUrl::Postgres(Box::new(options.as_ref().clone().database("none")));
    assert_eq!(Catalogue::open(&elsewhere).await.unwrap_err().fault, Fault::Refused);
}

#[tokio::test]
async fn a_catalogue_that_cannot_be_written_says_so() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let tx = fresh.write_tx().await.unwrap();
        let read_only = match database {
            Database::Sqlite => "pragma query_only = on",
            Database::Postgres => "set transaction read only",
        };
        tx.execute_unprepared(read_only).await.unwrap();
        let refused = person::Entity::insert(someone("a")).exec(&*tx).await;
        assert_eq!(fresh.error(refused.unwrap_err()).fault, Fault::NotWritable);
    }
}

#[tokio::test]
async fn a_word_no_column_may_hold_is_named() {
    let unknown = "expired".parse::<words::HoldState>().unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "`expired` is not the state of a hold: it is one of active, release-requested, released"
    );
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let tx = fresh.write_tx().await.unwrap();
        let misspelt = "insert into store (id, name, kind, state, state_since) \
                        select '00000000-0000-0000-0000-000000000001', 's', 'k', 'okay', 0";
        let misspelt = match database {
            Database::Sqlite => misspelt.to_owned(),
            Database::Postgres => misspelt.replace("000001'", "000001'::uuid"),
        };
        let refused = tx.execute_unprepared(&misspelt).await.unwrap_err();
        assert!(refused.to_string().to_lowercase().contains("check"), "{refused}");
    }
}

/// The words of each enum, and the columns whose CHECK repeats them.
fn checked() -> Vec<(&'static str, &'static str, BTreeSet<&'static str>)> {
    use retaind_schedules::action::DisposalAction;
    use retaind_schedules::batch::{BatchState, LineState, Verdict};
    use retaind_schedules::hold::HoldKind;
    fn set<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> BTreeSet<&'static str> {
        all.iter().copied().map(name).collect()
    }
    let actions: Vec<DisposalAction> = ["destroy", "anonymise", "review", "transfer", "permanent"]
        .map(|action| action.parse().unwrap())
        .to_vec();
    let actions = set(&actions, DisposalAction::name);
    let results = set(words::RunResult::ALL, words::RunResult::name);
    let outcomes = set(words::OutcomeKind::ALL, words::OutcomeKind::name);
    vec![
        ("import", "state", set(words::ImportState::ALL, words::ImportState::name)),
        ("import_finding", "severity", set(words::Severity::ALL, words::Severity::name)),
        ("import_line", "change", set(words::Change::ALL, words::Change::name)),
        ("asset", "enforcement", set(words::Enforcement::ALL, words::Enforcement::name)),
        ("asset", "status", set(words::AssetStatus::ALL, words::AssetStatus::name)),
        ("schedule_line", "action", actions.clone()),
        ("change_request", "kind", set(words::ChangeKind::ALL, words::ChangeKind::name)),
        ("change_request", "state", set(words::ChangeState::ALL, words::ChangeState::name)),
        ("store", "state", set(words::StoreState::ALL, words::StoreState::name)),
        ("scan", "state", set(words::ScanState::ALL, words::ScanState::name)),
        ("scan_count", "outcome", outcomes.clone()),
        ("item", "outcome", outcomes),
        ("item", "action", actions.clone()),
        ("event", "key_kind", set(words::KeyKind::ALL, words::KeyKind::name)),
        ("hold", "ground", set(words::Ground::ALL, words::Ground::name)),
        ("hold", "state", set(words::HoldState::ALL, words::HoldState::name)),
        ("hold", "kind", set(HoldKind::ALL, HoldKind::name)),
        ("batch", "action", actions.clone()),
        ("batch", "state", set(BatchState::ALL, BatchState::name)),
        ("batch", "halted_from", set(BatchState::ALL, BatchState::name)),
        ("batch_line", "state", set(LineState::ALL, LineState::name)),
        ("batch_line", "verdict", set(Verdict::ALL, Verdict::name)),
        ("approval", "stage", set(words::Stage::ALL, words::Stage::name)),
        ("approval", "decision", set(words::Decision::ALL, words::Decision::name)),
        ("authority_signature", "role", set(words::Stage::ALL, words::Stage::name)),
        ("intent", "act", set(words::ActKind::ALL, words::ActKind::name)),
        ("item_decision", "decision", set(words::ItemDecision::ALL, words::ItemDecision::name)),
        (
            "standing_authority",
            "state",
            set(words::AuthorityState::ALL, words::AuthorityState::name),
        ),
        ("signing_key", "retired_how", set(words::Retirement::ALL, words::Retirement::name)),
        ("certificate", "state", set(words::CertificateState::ALL, words::CertificateState::name)),
        ("stub", "action", set(words::Disposed::ALL, words::Disposed::name)),
        ("job", "last_result", results.clone()),
        ("job_run", "result", results),
        ("job_run", "cause", set(words::RunCause::ALL, words::RunCause::name)),
        ("notice", "kind", set(Kind::ALL, Kind::name)),
        ("notice", "state", set(words::NoticeState::ALL, words::NoticeState::name)),
        ("notice", "urgency", set(words::Urgency::ALL, words::Urgency::name)),
        ("mail", "state", set(words::MailState::ALL, words::MailState::name)),
        ("mail_route", "role", set(words::RouteRole::ALL, words::RouteRole::name)),
        ("mail_reply", "reply", set(words::ReplyKind::ALL, words::ReplyKind::name)),
        ("answer", "answer", set(words::AnswerKind::ALL, words::AnswerKind::name)),
        ("rights_request", "kind", set(RequestKind::ALL, RequestKind::name)),
        ("rights_request", "decision", set(RequestDecision::ALL, RequestDecision::name)),
        ("rights_item", "verdict", set(ItemVerdict::ALL, ItemVerdict::name)),
        ("rights_recipient", "state", set(RecipientState::ALL, RecipientState::name)),
        ("rights_step", "kind", set(StepKind::ALL, StepKind::name)),
        ("erasure_signature", "seat", set(Seat::ALL, Seat::name)),
    ]
}

#[tokio::test]
async fn the_checks_and_the_enums_list_the_same_words() {
    let fresh = Database::Sqlite.fresh().await;
    for (table, name, words) in checked() {
        let query = format!("select sql from sqlite_master where name = '{table}'");
        let sql = column(&fresh, &query).await.remove(0);
        let check = format!("\"{name}\" IN (");
        let list =
            sql.split_once(&check).unwrap_or_else(|| panic!("{table}.{name} has no CHECK")).1;
        let list = list.split_once(')').unwrap().0;
        let listed: BTreeSet<&str> = list.split(", ").map(|word| word.trim_matches('\'')).collect();
        assert_eq!(listed, words, "{table}.{name}");
    }
}

#[test]
fn instants_keep_their_microseconds() {
    let instant: jiff::Timestamp = "2026-03-29T01:30:00.123456Z".parse().unwrap();
    assert_eq!(Micros::from(instant).timestamp(), instant);
    assert_eq!(Micros(i64::MAX).timestamp(), jiff::Timestamp::MAX);
}

/// What a statement would take back if a trigger refused one of its rows is more
/// than SQLite keeps in memory: it goes to a file, whole.
#[tokio::test]
async fn a_statement_that_touches_many_megabytes_is_taken_back_or_done_whole() {
    let fresh = Database::Sqlite.fresh().await;
    let tx = fresh.write_tx().await.unwrap();
    for statement in [
        "create table much (id integer primary key, text text not null)",
        "create trigger much_refuses before update on much when new.id > 20000 \
         begin select raise(abort, 'no'); end",
        "insert into much with recursive n(i) as (select 1 union all select i + 1 from n \
         where i < 20000) select i, hex(zeroblob(400)) from n",
    ] {
        tx.execute_unprepared(statement).await.unwrap();
    }
    tx.execute_unprepared("update much set text = text || 'x'").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        column(&fresh, "select count(*) || '' from much where text like '%x'").await,
        ["20000"]
    );
}

/// What a process of an earlier version asks: it reads no line and opens no chunk.
async fn nothing_is_done_as_before_the_upgrade(tx: &WriteTx, batch: &str, new: &str) {
    let opens = format!(
        "insert into intent (id, executor_id, batch_id, act, lines, opened_at) \
         values ({new}, {batch}, {batch}, 'destroy', 1, 3)"
    );
    for (statement, said) in [
        ("select intent_id from batch_line", "intent_id"),
        (opens.as_str(), "an intent names its lines"),
    ] {
        tx.execute_unprepared("savepoint beside").await.unwrap();
        let refused = tx.execute_unprepared(statement).await.unwrap_err().to_string();
        assert!(refused.contains(said), "{refused}");
        tx.execute_unprepared("rollback to savepoint beside").await.unwrap();
    }
}

#[tokio::test]
async fn what_was_open_and_what_had_gone_is_known_after_an_upgrade() {
    for database in Database::BOTH {
        let place = database.place().await;
        let (catalogue, _) = Catalogue::to_fill(&place.url).await.unwrap();
        let tx = catalogue.write_tx().await.unwrap();
        let known = retaind_migrations::KNOWN.iter().copied();
        let before: Vec<String> =
            known.take_while(|change| *change != "m0047_stubs_stand").map(str::to_owned).collect();
        tx.lay_out(&before).await.unwrap();
        let (sqlite, other_tables_are_not_asked) = match database {
            Database::Sqlite => (true, "pragma defer_foreign_keys = on"),
            Database::Postgres => (false, "set local session_replication_role = replica"),
        };
        let id = |number: u128| match sqlite {
            true => format!("x'{}'", Uuid::from_u128(number).simple()),
            false => format!("'{}'", Uuid::from_u128(number)),
        };
        let (batch, open, closed) = (id(1), id(2), id(3));
        let mac = "a".repeat(64);
        let mut rows = vec![
            other_tables_are_not_asked.to_owned(),
            format!(
                "insert into intent (id, executor_id, batch_id, act, lines, opened_at, closed_at, \
                 closed_by) values ({open}, {batch}, {batch}, 'destroy', 3, 1, null, null), \
                 ({closed}, {batch}, {batch}, 'destroy', 1, 1, 2, {batch})"
            ),
            format!(
                "insert into stub (id, record_type_code, schedule_version, rule, disposed_at, \
                 action, batch_id, batch, certificate, store_id, locator_mac) values \
                 ({closed}, 'PLAN-14', 'v1', 'P6Y', 2, 'destroyed', {batch}, 'B-1', 'C-1', {batch}, \
                 '{mac}')"
            ),
        ];
        let states = [(4, "acting"), (5, "acting"), (6, "pending"), (7, "acting")];
        rows.extend(states.map(|(position, state)| {
            let of = if state == "acting" { open.as_str() } else { "null" };
            // The last of them is not out of reach.
            let kept = if position == 7 { "null" } else { "'k'" };
            format!(
                "insert into batch_line (id, batch_id, position, mapping_id, locator, is_unit, \
                 members, bytes, fingerprint, kept_fingerprint, facts, verdict, state, \
                 intent_id) values ({}, {batch}, {position}, {batch}, 'a', false, 1, 1, 'f', \
                 {kept}, '{{}}', 'include', '{state}', {of})",
                id(100 + position)
            )
        }));
        for statement in rows {
            tx.execute_unprepared(&statement).await.unwrap();
        }
        tx.bring_up().await.unwrap();
        let intents = intent::Entity::find().order_by_asc(intent::Column::Id).all(&*tx).await;
        let intents = intents.unwrap();
        let named: Vec<_> = intents
            .iter()
            .map(|intent| (intent.first_line, intent.last_line, intent.positions.0.to_string()))
            .collect();
        assert_eq!(named, [(Some(4), Some(7), "4,5,7".to_owned()), (None, None, String::new())]);
        let lines = batch_line::Entity::find().order_by_asc(batch_line::Column::Position);
        let states = lines.all(&*tx).await.unwrap().into_iter().map(|line| line.state.0.name());
        assert_eq!(
            states.collect::<Vec<_>>(),
            ["quarantined", "quarantined", "pending", "pending"],
            "as before they were acted on: their chunk says so now"
        );
        let stubs = stub::Entity::find().all(&*tx).await.unwrap();
        assert_eq!((stubs.len(), stubs[0].batch.as_str()), (1, "B-1"));
        if !sqlite {
            tx.execute_unprepared("set local session_replication_role = origin").await.unwrap();
        }
        nothing_is_done_as_before_the_upgrade(&tx, &batch, &id(9)).await;
        tx.rollback().await.unwrap();
    }
}
