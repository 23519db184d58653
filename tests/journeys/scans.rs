//! What scans do and do not: twice in a row, broken off, killed, two at once,
//! and what they count.

use std::collections::BTreeMap;
use std::process::Stdio;

use jiff::civil::date;
use retaind::catalogue::entity::{forecast, item, scan};
use retaind::catalogue::words::{Disposed, OutcomeKind, ScanState};
use retaind::clock::Clock as _;
use retaind::config::Config;
use retaind::proof::{NewStub, stub_insert, stub_rows};
use retaind::reports::due;
use retaind::scan::lock::StoreLock;
use retaind::scan::run::LIST_LIMIT;
use retaind_schedules::ids::StoreId;
use sea_orm::{EntityTrait as _, PaginatorTrait as _, QueryOrder as _};
use tokio_util::sync::CancellationToken;

use crate::casework::{Casework, execute};
use crate::catalogue::Database;
use crate::council::{Council, TODAY};
use crate::share::Share;

const OLD: &str = "2015-06-01T10:00:00Z";
const NEW: &str = "2026-06-01T10:00:00Z";
const SHARE: &str = "kind = 'filesystem'\n[settings]\nroot = '{folder}/share'\nthreads = 2\n";

fn files(code: &str, location: &str, more: &str) -> String {
    format!(
        "[[mapping]]\nrecord_type = '{code}'\nlocation = '{location}'\n{more}\
         [mapping.dates]\nlast-modified = {{ from = 'modified' }}\n"
    )
}

/// A council with a share of which `jobs` is mapped, six years after last modified.
async fn with_share(database: Database) -> (Council, Share) {
    let council = Council::found(database).await;
    let share = Share::make(council.path("share"));
    share.folder("jobs");
    council.store("share", &(SHARE.to_owned() + &files("HOU-03", "jobs", "")));
    council.accept(&[("HOU-03", "Housing", "6 years after last modified", "")]).await;
    (council, share)
}

async fn items(council: &Council) -> Vec<item::Model> {
    let catalogue = council.open().await.catalogue;
    let mut items = item::Entity::find().all(catalogue.read()).await.unwrap();
    items.sort_by(|one, other| one.locator.cmp(&other.locator));
    items
}

async fn last_scan(council: &Council) -> scan::Model {
    let catalogue = council.open().await.catalogue;
    let scans = scan::Entity::find().all(catalogue.read()).await.unwrap();
    scans.into_iter().max_by_key(|scan| scan.id).expect("a scan")
}

#[tokio::test]
async fn a_second_scan_of_an_unchanged_store_changes_nothing_but_which_scan_saw_it() {
    for database in Database::BOTH {
        let (council, share) = with_share(database).await;
        share.files("jobs", 30, OLD);
        share.files("jobs/new", 12, NEW);
        share.files("elsewhere", 5, OLD);
        let first = council.scan("share").await;
        let before = items(&council).await;
        let entries = council.audit().await.len();
        council.clock.set("2026-11-23T10:00:00Z".parse().unwrap());
        let second = council.scan("share").await;
        assert_eq!(serde_json::json!(first), serde_json::json!(second));
        let after = items(&council).await;
        assert_ne!(before, after);
        let seen_by = after[0].last_scan_id;
        let as_seen_now =
            before.into_iter().map(|row| item::Model { last_scan_id: seen_by, ..row });
        assert_eq!(as_seen_now.collect::<Vec<_>>(), after);
        let new = council.audit().await.split_off(entries);
        let actions: Vec<_> = new.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["scan.finished"]);
    }
}

#[tokio::test]
async fn a_file_that_is_touched_leaves_the_due_list() {
    for database in Database::BOTH {
        let (council, share) = with_share(database).await;
        share.file("jobs/a.pdf", OLD);
        share.file("jobs/b.pdf", OLD);
        council.scan("share").await;
        let due = ("jobs/a.pdf".to_owned(), "2021-06-01".to_owned());
        assert_eq!(council.due().await, [due.clone(), ("jobs/b.pdf".to_owned(), due.1.clone())]);
        share.touch("jobs/b.pdf", NEW);
        council.scan("share").await;
        assert_eq!(council.due().await, [due]);
    }
}

const NAMES: [&str; 3] = ["Winterbottom", "adoption-of-baby", "P-500017"];

#[tokio::test]
async fn what_vanishes_is_missing_after_two_whole_scans_and_is_named_nowhere() {
    for database in Database::BOTH {
        let (council, share) = with_share(database).await;
        let name = "jobs/Winterbottom/adoption-of-baby.pdf";
        share.file(name, OLD);
        share.file("jobs/kept.pdf", OLD);
        let casework = Casework::make(
            database,
            "create table child (ref text primary key, person text, changed date);
             insert into child values ('Winterbottom-1', 'P-500017', '2015-06-01'),
                                      ('kept', 'P-1', '2015-06-01');",
        )
        .await;
        let mapping = "[[mapping]]\nrecord_type = 'HOU-03'\nlocation = 'child'\n\
            reference = { from = 'column', name = 'ref' }\n\
            subject = { from = 'column', name = 'person' }\n\
            [mapping.dates]\nlast-modified = { from = 'column', name = 'changed' }\n";
        council.store("casework", &(casework.settings() + mapping));
        let mut said = String::new();
        let mut scan = || {
            let mut command = council.command(&["--json", "scan"]);
            let output = command.env("RETAIND_LOG", "trace").output().expect("the binary");
            said.push_str(&String::from_utf8_lossy(&output.stdout));
            said.push_str(&String::from_utf8_lossy(&output.stderr));
            output.status.code()
        };
        assert_eq!(scan(), Some(0));
        share.take_away(name);
        casework.execute("delete from child where ref <> 'kept'").await;
        assert_eq!(scan(), Some(0), "gone once may come back");
        assert_eq!(council.audited("item.missing").await, 0);
        assert_eq!(scan(), Some(3), "gone twice wants a person");
        assert_eq!(council.audited("item.missing").await, 2);
        assert_eq!(scan(), Some(0), "and is told once");
        assert_eq!(council.audited("item.missing").await, 2);
        let mut due: Vec<_> = council.due().await.into_iter().map(|(locator, _)| locator).collect();
        due.sort_unstable();
        assert_eq!(due, ["child/kept", "jobs/kept.pdf"]);

        share.bring_back(name);
        assert_eq!(scan(), Some(0));
        assert_eq!(council.due().await.len(), 3, "what comes back is due again");
        assert!(items(&council).await.iter().all(|row| row.missed == 0 || row.reference.is_some()));

        let audit = format!("{:?}", council.audit().await);
        for name in NAMES {
            assert!(!audit.contains(name), "the audit chain names {name}");
            assert!(!said.contains(name), "a log names {name}: {said}");
        }
        assert!(!said.contains("sqlx::query"), "a log tells statements: {said}");
    }
}

/// What makes the catalogue refuse the last rows of a scan, as a full disk may.
fn refuse_ends(database: Database) -> [&'static str; 2] {
    match database {
        Database::Sqlite => [
            "create trigger full before insert on scan_count begin select raise(abort, 'full'); end",
            "drop trigger full",
        ],
        Database::Postgres => [
            "alter table scan_count add constraint no_room check (units < 0) not valid",
            "alter table scan_count drop constraint no_room",
        ],
    }
}

#[tokio::test]
async fn a_scan_whose_end_could_not_be_written_counts_nothing_as_gone() {
    for database in Database::BOTH {
        let (council, share) = with_share(database).await;
        share.file("jobs/gone.pdf", OLD);
        share.file("jobs/kept.pdf", OLD);
        council.scan("share").await;
        share.take_away("jobs/gone.pdf");
        let [refuse, allow] = refuse_ends(database);
        execute(council.url(), refuse).await;
        council.try_scan("share").await.expect_err("the end cannot be written");
        assert_eq!(last_scan(&council).await.state, ScanState::Failed);
        execute(council.url(), allow).await;
        assert_eq!(council.scan("share").await.missing, 0, "one whole scan has missed it");
        assert_eq!(council.scan("share").await.missing, 1, "two have");
    }
}

#[tokio::test]
async fn a_cancelled_scan_concludes_nothing() {
    for database in Database::BOTH {
        let (council, share) = with_share(database).await;
        share.files("jobs", 300, OLD);
        share.file("jobs/gone.pdf", OLD);
        council.scan("share").await;
        share.take_away("jobs/gone.pdf");
        let open = council.open().await;
        for _ in 0..3 {
            let cancel = CancellationToken::new();
            cancel.cancel();
            let ended = open.scan("share", &council.clock, cancel).await;
            let said = ended.expect_err("cancelled").to_string();
            assert!(said.starts_with("cancelled: the scan of "), "{said}");
        }
        let ended = last_scan(&council).await;
        assert_eq!((ended.state, ended.items), (ScanState::Cancelled, 0));
        assert_eq!(items(&council).await.iter().map(|row| row.missed).sum::<i64>(), 0);
        assert_eq!(council.due().await.len(), 301);
        assert_eq!(council.audited("scan.finished").await, 1);
        assert_eq!(council.scan("share").await.missing, 0);
    }
}

/// Takes some seconds: the tree must be large enough to be killed in.
#[tokio::test]
async fn a_killed_scan_leaves_a_catalogue_that_verifies_and_scans_again() {
    const FILES: usize = 8_000;
    for database in Database::BOTH {
        let (council, share) = with_share(database).await;
        share.files("jobs", FILES, OLD);
        let mut command = council.command(&["scan"]);
        let mut child = command.stdout(Stdio::null()).spawn().expect("the binary");
        let catalogue = council.open().await.catalogue;
        while item::Entity::find().count(catalogue.read()).await.unwrap() == 0 {
            assert_eq!(child.try_wait().expect("a child"), None, "it ended before any row");
        }
        child.kill().expect("a child to kill");
        assert!(!child.wait().expect("an end").success(), "it was not killed in time");
        assert_eq!(last_scan(&council).await.state, ScanState::Running);
        assert_eq!(council.run(&["audit", "verify"]).code, 0);
        assert_eq!(council.audited("scan.finished").await, 0);

        let scan = council.run(&["--json", "scan"]);
        assert_eq!(scan.code, 0, "{scan:?}");
        assert_eq!(scan.json()[0]["outcomes"]["due"]["units"], FILES);
        assert_eq!(item::Entity::find().count(catalogue.read()).await.unwrap(), FILES as u64);
        let scans = scan::Entity::find().all(catalogue.read()).await.unwrap();
        let mut ends: Vec<_> =
            scans.iter().map(|scan| (scan.id, scan.state, scan.failure.as_deref())).collect();
        ends.sort_by_key(|end| end.0);
        let said = Some("the process that ran it ended");
        assert_eq!((ends[0].1, ends[0].2), (ScanState::Failed, said));
        assert_eq!((ends[1].1, ends[1].2), (ScanState::Complete, None));
        assert_eq!(council.run(&["audit", "verify"]).code, 0);
    }
}

#[tokio::test]
async fn of_two_scans_of_one_store_at_once_the_second_is_refused() {
    for database in Database::BOTH {
        let (council, share) = with_share(database).await;
        share.files("jobs", 3, OLD);
        let state = Config::read(&council.path("retaind.toml")).unwrap().state_directory;
        let first = StoreLock::take(&state, "share").expect("the lock");
        let second = council.run(&["scan", "share"]);
        assert_eq!(second.code, 3);
        assert_eq!(
            second.out,
            "store share: not scanned. another scan of store `share` is under way. Wait for it, \
             or stop it\n"
        );
        assert_eq!(items(&council).await, []);
        drop(first);
        assert_eq!(council.run(&["scan", "share"]).code, 0);
    }
}

#[tokio::test]
async fn a_case_folder_is_one_unit_and_as_young_as_its_youngest_document() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        let share = Share::make(council.path("share"));
        share.files("cases/2015/ENF-1", 63, OLD);
        share.file("cases/2015/ENF-1/late/letter.pdf", OLD);
        share.files("cases/2015/ENF-2", 7, OLD);
        share.file("cases/2015/loose.pdf", OLD);
        let unit = "unit = { folder = { depth = 2 } }\n";
        council.store("share", &(SHARE.to_owned() + &files("PLAN-14", "cases", unit)));
        council.accept(&[("PLAN-14", "Planning", "6 years after last modified", "")]).await;
        let scan = council.scan("share").await;
        let due = scan.outcomes[&OutcomeKind::Due];
        assert_eq!((scan.items, due.units, due.members), (72, 3, 72));
        let listed: Vec<_> = council
            .due_on(TODAY)
            .await
            .into_iter()
            .map(|item| (item.locator, item.members))
            .collect();
        assert_eq!(listed.len(), 3);
        assert!(listed.contains(&("cases/2015/ENF-1/".to_owned(), 64)));
        let why = council.explain("share", "cases/2015/ENF-1/late/letter.pdf").await;
        assert_eq!(why.locator, "cases/2015/ENF-1/", "a document is answered for by its case");

        share.touch("cases/2015/ENF-1/late/letter.pdf", NEW);
        council.scan("share").await;
        let listed: Vec<_> = council.due().await.into_iter().map(|(locator, _)| locator).collect();
        assert_eq!(listed.len(), 2);
        assert!(!listed.contains(&"cases/2015/ENF-1/".to_owned()));
    }
}

#[tokio::test]
async fn the_most_specific_mapping_takes_an_item_and_explains_it() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        let share = Share::make(council.path("share"));
        for name in ["a.pdf", "a.txt", "finance/b.pdf", "finance/b.txt", "finance/vat/c.pdf"] {
            share.file(name, OLD);
        }
        let mappings = [
            files("ALL-01", ".", "pattern = '**/*.pdf'\n"),
            files("FIN-01", "finance", ""),
            files("FIN-02", "finance", "pattern = '*.txt'\n"),
            files("VAT-01", "finance/vat", ""),
        ];
        council.store("share", &(SHARE.to_owned() + &mappings.concat()));
        let rule = "6 years after last modified";
        let codes = ["ALL-01", "FIN-01", "FIN-02", "VAT-01"];
        council.accept(&codes.map(|code| (code, "Finance", rule, ""))).await;
        council.scan("share").await;
        let due = council.due_on(TODAY).await;
        let due: BTreeMap<_, _> =
            due.into_iter().map(|item| (item.locator, item.record_type)).collect();
        let expected = [
            ("a.pdf", "ALL-01"),
            ("finance/b.pdf", "FIN-01"),
            ("finance/b.txt", "FIN-02"),
            ("finance/vat/c.pdf", "VAT-01"),
        ];
        let expected: BTreeMap<_, _> =
            expected.map(|(locator, code)| (locator.to_owned(), code.to_owned())).into();
        assert_eq!(due, expected);
        for (locator, code) in expected {
            let why = council.explain("share", &locator).await;
            assert_eq!(why.register.expect("a line").record_type, code, "{locator}");
        }
        let why = council.explain("share", "a.txt").await;
        assert_eq!(why.answer, "no mapping covers it; it is untouchable");
    }
}

#[tokio::test]
async fn the_counts_of_a_scan_add_up_to_what_it_met() {
    for database in Database::BOTH {
        let (council, share) = with_share(database).await;
        share.files("jobs", 17, OLD);
        share.files("jobs/new", 5, NEW);
        share.files("unmapped/deep/down", 11, OLD);
        share.files("cases/C-1", 4, OLD);
        share.files("waiting", 3, OLD);
        share.files("unruled", 2, OLD);
        share.files("minutes", 6, OLD);
        let waiting = "[[mapping]]\nrecord_type = 'CASE'\nlocation = 'waiting'\n";
        let mappings = [
            files("HOU-03", "jobs", ""),
            files("HOU-03", "cases", "unit = { folder = { depth = 1 } }\n"),
            waiting.to_owned(),
            files("NOT-IN-REGISTER", "unruled", ""),
            files("DEM-01", "minutes", ""),
        ];
        council.store("share", &(SHARE.to_owned() + &mappings.concat()));
        council
            .accept(&[
                ("HOU-03", "Housing", "6 years after last modified", ""),
                ("CASE", "Housing", "6 years after closure", ""),
                ("DEM-01", "Democracy", "Permanent", ""),
            ])
            .await;
        let scan = council.run(&["--json", "scan", "share"]);
        assert_eq!((scan.code, scan.err.as_str()), (0, ""));
        let scan = &scan.json()[0];
        let units = |kind: &str| scan["outcomes"][kind]["units"].clone();
        assert_eq!(units("due"), 18);
        assert_eq!(units("not-due"), 5);
        assert_eq!(units("awaiting-trigger"), 3);
        assert_eq!(units("cannot-evaluate"), 2);
        assert_eq!(units("permanent"), 6);
        assert_eq!(scan["unmapped"]["units"], 11);
        let outcomes = scan["outcomes"].as_object().expect("outcomes").values();
        let sum = |of: &str| -> u64 {
            let mapped = outcomes.clone().map(|amount| amount[of].as_u64().unwrap()).sum::<u64>();
            mapped + scan["unmapped"][of].as_u64().unwrap()
        };
        assert_eq!(sum("members"), scan["items"].as_u64().unwrap());
        assert_eq!(sum("bytes"), scan["bytes"].as_u64().unwrap());
        assert_eq!(scan["items"], 48);

        let coverage = &council.run(&["--json", "report", "coverage"]).json()[0];
        assert_eq!(coverage["stores"][0]["mapped_items"], 37);
        assert_eq!(coverage["unknown_codes"], serde_json::json!(["NOT-IN-REGISTER"]));
    }
}

async fn forecast(council: &Council) -> BTreeMap<String, i64> {
    let catalogue = council.open().await.catalogue;
    let rows = forecast::Entity::find().all(catalogue.read()).await.unwrap();
    let mut months = BTreeMap::new();
    for row in rows {
        *months.entry(row.month.0.to_string()).or_default() += row.units;
    }
    months
}

/// From when the oldest is that falls due, month by month.
async fn oldest(council: &Council) -> Vec<String> {
    let catalogue = council.open().await.catalogue;
    let by_month = forecast::Entity::find().order_by_asc(forecast::Column::Month);
    let rows = by_month.all(catalogue.read()).await.unwrap();
    rows.into_iter().map(|row| row.oldest.unwrap().0.to_string()).collect()
}

#[tokio::test]
async fn the_forecast_names_the_month_in_which_each_item_may_first_go() {
    for database in Database::BOTH {
        let (council, share) = with_share(database).await;
        share.file("jobs/in-november.pdf", "2020-11-29T10:00:00Z");
        share.file("jobs/last-of-november.pdf", "2020-11-30T10:00:00Z");
        share.file("jobs/january.pdf", "2021-01-15T10:00:00Z");
        share.file("jobs/years-ahead.pdf", "2026-01-15T10:00:00Z");
        share.file("jobs/due.pdf", "2020-11-22T10:00:00Z");
        let expected = |months: &[(&str, i64)]| -> BTreeMap<String, i64> {
            months.iter().map(|(month, units)| ((*month).to_owned(), *units)).collect()
        };
        let by_sieve = expected(&[("2026-11-01", 1), ("2026-12-01", 1), ("2027-01-01", 1)]);
        council.scan("share").await;
        assert_eq!(forecast(&council).await, by_sieve);
        assert_eq!(oldest(&council).await, ["2020-11-29", "2020-11-30", "2021-01-15"]);
        assert_eq!(council.due().await.len(), 1);

        // A recorded event makes every item be evaluated.
        let args = ["event", "record", "last-modified", "2020-11-20", "--source", "inspection"];
        let about = ["--item", "jobs/january.pdf", "--store", "share"];
        assert_eq!(council.run(&[&args[..], &about].concat()).code, 0);
        council.scan("share").await;
        let evaluated = forecast(&council).await;
        for month in ["2026-11-01", "2026-12-01"] {
            assert_eq!(evaluated.get(month), by_sieve.get(month), "{evaluated:?}");
        }
        assert_eq!(oldest(&council).await[..2], ["2020-11-29", "2020-11-30"]);

        // A changed mapping is another; what the old one foresaw is gone with it.
        let mapping = files("HOU-03", "jobs", "pattern = '*.pdf'\n");
        council.store("share", &(SHARE.to_owned() + &mapping));
        council.scan("share").await;
        assert_eq!(forecast(&council).await, evaluated);
        let catalogue = council.open().await.catalogue;
        let foreseen = due::foreseen(&catalogue, date(2026, 11, 30)).await.unwrap();
        assert_eq!(foreseen[&date(2026, 11, 1)].units, 1);
        // The binary asks the machine what day it is.
        let to_come = council.run(&["due", "--on", "2999-12-31"]);
        assert!(to_come.out.contains("  December 2026  1 unit, "), "{}", to_come.out);
    }
}

#[tokio::test]
async fn the_due_list_of_another_day_is_shorter_before_and_foreseen_after() {
    for database in Database::BOTH {
        let (council, share) = with_share(database).await;
        share.file("jobs/2015.pdf", OLD);
        share.file("jobs/2018.pdf", "2018-06-01T10:00:00Z");
        council.scan("share").await;
        let listed = |on: &str| {
            let due = council.run(&["--json", "due", "--on", on]);
            assert_eq!(due.code, 0, "{due:?}");
            let locators = due.json().into_iter();
            locators.map(|item| item["locator"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(listed("2021-06-01"), Vec::<String>::new());
        assert_eq!(listed("2021-06-02"), ["jobs/2015.pdf"]);
        assert_eq!(listed("2024-06-02"), ["jobs/2015.pdf", "jobs/2018.pdf"]);
        assert_eq!(listed("2031-01-01"), ["jobs/2015.pdf", "jobs/2018.pdf"]);
        let none = council.run(&["due", "--on", "2021-06-01"]);
        let said = "Nothing is due on 2021-06-01.\n\nAs last scanned: share on 2026-11-23.\n";
        assert_eq!(none.out, said);
        let refused = council.run(&["due", "--on", "2021-06-31"]);
        assert_eq!(refused.code, 2);
    }
}

/// Takes some seconds: more rows than are listed of what nobody can say.
#[tokio::test]
async fn lists_of_what_nobody_can_say_are_bounded_and_their_counts_are_whole() {
    const ROWS: u64 = LIST_LIMIT + 250;
    for database in Database::BOTH {
        let council = Council::found(database).await;
        let casework = Casework::make(
            database,
            &format!(
                "create table complaint (id integer primary key, closed date);
                 insert into complaint (id) with recursive n(i) as
                    (select 1 union all select i + 1 from n where i < {ROWS}) select i from n;"
            ),
        )
        .await;
        let mapping = "[[mapping]]\nrecord_type = 'CUS-04'\nlocation = 'complaint'\n\
            [mapping.dates]\ncase-closed = { from = 'column', name = 'closed' }\n";
        council.store("casework", &(casework.settings() + mapping));
        council.accept(&[("CUS-04", "Customers", "2 years after closure", "")]).await;
        for _ in 0..2 {
            let scan = council.scan("casework").await;
            assert_eq!(scan.outcomes[&OutcomeKind::AwaitingTrigger].units, ROWS);
            let catalogue = council.open().await.catalogue;
            let listed = item::Entity::find().count(catalogue.read()).await.unwrap();
            assert_eq!(listed, LIST_LIMIT);
        }
        let due = council.run(&["due"]);
        assert!(due.out.contains("waiting for case closed"), "{}", due.out);
    }
}

#[tokio::test]
async fn what_was_destroyed_and_is_there_again_is_told_once_marked_and_due() {
    for database in Database::BOTH {
        let (council, share) = with_share(database).await;
        share.file("jobs/back.pdf", OLD);
        share.file("jobs/kept.pdf", OLD);
        share.file("jobs/masked.pdf", OLD);
        council.scan("share").await;
        let open = council.open().await;
        let store = StoreId(items(&council).await[0].store_id);
        let destroyed = |locator: &'static str, action, at: &str| NewStub {
            id: council.clock.new_id(),
            record_type_code: "HOU-03",
            schedule_version: "v1",
            rule: "P6Y after last-modified",
            due_on: None,
            disposed_at: at.parse().unwrap(),
            action,
            partly: false,
            batch_id: council.clock.new_id(),
            batch: "B-2026-0001",
            store,
            locator,
            is_unit: false,
            reference: None,
            subject: None,
        };
        let tx = open.catalogue.write_tx().await.unwrap();
        let stubs = [
            destroyed("jobs/back.pdf", Disposed::Destroyed, "2026-11-23T09:30:00Z"),
            destroyed("jobs/masked.pdf", Disposed::Anonymised, "2026-11-23T09:30:00Z"),
        ];
        stub_insert(&tx, &stub_rows(&open.keys, &stubs)).await.unwrap();
        tx.commit().await.unwrap();

        // Met before it went, by a scan that began before.
        assert_eq!(council.scan("share").await.resurrected, 0);
        let ten = "2026-11-23T10:00:00Z".parse().unwrap();
        council.clock.set(ten);
        assert_eq!(council.scan("share").await.resurrected, 1);
        assert_eq!(council.scan("share").await.resurrected, 0, "it is told once");
        let told = council.audit().await.into_iter().filter(|one| one.action == "item.resurrected");
        let told: Vec<_> = told.collect();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].subject_id, open.keys.locator_mac(store, "jobs/back.pdf"));
        let why = "it is there again, though destroyed in batch B-2026-0001 (certificate not \
                   signed yet)";
        assert_eq!(told[0].reason.as_deref(), Some(why));
        let due = council.due_on(TODAY).await;
        let mut marked: Vec<_> =
            due.iter().map(|item| (item.locator.as_str(), item.resurrected_at)).collect();
        marked.sort_unstable();
        assert_eq!(
            marked,
            [("jobs/back.pdf", Some(ten)), ("jobs/kept.pdf", None), ("jobs/masked.pdf", None)]
        );

        let tx = open.catalogue.write_tx().await.unwrap();
        let again = [destroyed("jobs/back.pdf", Disposed::Destroyed, "2026-11-23T10:30:00Z")];
        stub_insert(&tx, &stub_rows(&open.keys, &again)).await.unwrap();
        tx.commit().await.unwrap();
        council.clock.set("2026-11-23T11:00:00Z".parse().unwrap());
        assert_eq!(council.scan("share").await.resurrected, 1, "destroyed again, and back again");
        assert_eq!(council.audited("item.resurrected").await, 2);
        let said = council.run(&["due"]);
        assert!(said.out.contains("There again after they were destroyed: 1 unit"), "{}", said.out);
    }
}
