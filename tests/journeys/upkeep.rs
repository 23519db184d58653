//! Backups, restores, moves and the doctor, through the binary.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use retaind::catalogue::Catalogue;
use retaind::catalogue::entity::notice;
use retaind::clock::{Clock as _, SystemClock};
use sea_orm::EntityTrait as _;

use crate::casework::{address, execute};
use crate::catalogue::Database;
use crate::council::{Council, Ran};
use crate::share::Share;

/// A council with a share of four files that are due, scanned.
async fn with_due_files(database: Database) -> (Council, Share) {
    let council = Council::found(database).await;
    let share = Share::make(council.path("share"));
    share.files("jobs", 4, "2015-06-01T10:00:00Z");
    council.store(
        "share",
        "kind = 'filesystem'\n[settings]\nroot = '{folder}/share'\n[[mapping]]\n\
         record_type = 'HOU-03'\nlocation = 'jobs'\n\
         [mapping.dates]\nlast-modified = { from = 'modified' }\n",
    );
    council.accept(&[("HOU-03", "Housing", "6 years after last modified", "")]).await;
    let scanned = council.run(&["scan"]);
    assert_eq!(scanned.code, 0, "{scanned:?}");
    (council, share)
}

fn back_up(council: &Council, name: &str) -> PathBuf {
    let file = council.path(name);
    let made = council.run(&["backup", file.to_str().expect("UTF-8")]);
    assert_eq!(made.code, 0, "{made:?}");
    file
}

/// The configuration names another, empty place from now on.
fn elsewhere(council: &Council, url: &str, state: &str) {
    let old = address(council.url());
    let text = council.configuration().replace(&old, url).replace("'state'", &format!("'{state}'"));
    council.write("retaind.toml", &text);
}

fn restore(council: &Council, file: &str, more: &[&str]) -> Ran {
    let file = council.path(file);
    let args = [&["restore", file.to_str().expect("UTF-8")], more].concat();
    council.run(&args)
}

#[tokio::test]
async fn a_backup_is_whole_while_another_process_writes() {
    for database in Database::BOTH {
        let (council, _share) = with_due_files(database).await;
        let mut writer = council.command(&["--quiet", "scan"]);
        for round in 0..3 {
            let mut writing = writer.stdout(std::process::Stdio::null()).spawn().expect("a writer");
            back_up(&council, &format!("{round}.backup"));
            assert!(writing.wait().expect("the writer").success());
        }
        let place = Database::Sqlite.place().await;
        elsewhere(&council, &address(&place.url), "state-2");
        for round in 0..3 {
            let more: &[&str] = if round == 0 { &[] } else { &["--replace"] };
            let restored = restore(&council, &format!("{round}.backup"), more);
            assert!([0, 3].contains(&restored.code), "{restored:?}");
            assert_eq!(council.run(&["audit", "verify"]).code, 0);
            assert_eq!(council.run(&["--json", "due"]).code, 0);
        }
    }
}

#[tokio::test]
async fn what_is_not_a_whole_backup_is_refused_in_a_sentence_and_nothing_is_made() {
    let (council, _share) = with_due_files(Database::Sqlite).await;
    let whole = fs::read(back_up(&council, "whole.backup")).unwrap();
    let middle = whole.len() / 2;
    let mut flipped = whole.clone();
    flipped[inside(&whole, "tables/audit_entry.jsonl")] ^= 0x40;
    let newer = changed_manifest(&whole, "m0001_people", "m0001_people\", \"m9999_later");
    let cases: [(&str, Vec<u8>, &str); 5] = [
        ("text", b"not a backup at all".to_vec(), "is not a backup of retaind: it does not begin"),
        ("zip", zip_of(&[("readme.txt", "hello")]), "a zip archive without a manifest.json"),
        ("cut", whole[..middle].to_vec(), "is damaged: its end is missing"),
        ("flipped", flipped, "is damaged: "),
        ("newer", newer, "was made by a newer version (retaind 0.1.0, change m9999_later)"),
    ];
    let place = Database::Sqlite.place().await;
    elsewhere(&council, &address(&place.url), "state-2");
    for (name, content, words) in cases {
        fs::write(council.path(name), content).unwrap();
        let refused = restore(&council, name, &[]);
        assert_eq!(refused.code, 1, "{name}: {refused:?}");
        assert!(refused.err.contains(words), "{name}: {}", refused.err);
        assert!(refused.err.to_lowercase().contains("nothing was changed"), "{}", refused.err);
        assert!(Catalogue::open(&place.url).await.is_err(), "{name}");
    }
    let missing = restore(&council, "no-such-file", &[]);
    assert!(missing.err.contains("no-such-file: cannot be read"), "{}", missing.err);
}

/// A byte of the compressed content of this part, well behind its header.
fn inside(zip: &[u8], part: &str) -> usize {
    let name = zip.windows(part.len()).position(|bytes| bytes == part.as_bytes());
    name.expect("the part") + part.len() + 100
}

fn zip_of(parts: &[(&str, &str)]) -> Vec<u8> {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::DEFAULT).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn changed_manifest(whole: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(whole)).unwrap();
    let manifest = std::io::read_to_string(zip.by_name("manifest.json").unwrap()).unwrap();
    zip_of(&[("manifest.json", &manifest.replace(from, to))])
}

#[tokio::test]
async fn restored_to_yesterday_what_is_gone_since_is_told_apart_from_what_is_missing() {
    for database in Database::BOTH {
        let (council, share) = with_due_files(database).await;
        back_up(&council, "yesterday.backup");
        for record in ["jobs/record-00000", "jobs/record-00001"] {
            share.take_away(record);
        }
        let restored = restore(&council, "yesterday.backup", &["--replace"]);
        assert_eq!(restored.code, 3, "{restored:?}");
        assert!(restored.out.contains("later audited act"), "{}", restored.out);
        assert_eq!(council.run(&["scan"]).code, 0);
        let second = council.run(&["scan"]);
        assert_eq!(second.code, 3, "{second:?}");
        let told = "gone-since-restore         2  destroyed since the backup, or gone";
        assert!(second.out.contains(told) && !second.out.contains("missing"), "{}", second.out);
        assert_eq!(council.audited("item.gone-since-restore").await, 2);
        assert_eq!(council.audited("item.missing").await, 0);
        assert_eq!(council.audited("catalogue.restored").await, 1);
        assert_eq!(council.run(&["jobs", "run", "chase"]).code, 0);
        assert_eq!(
            alarms_of_missing(&council).await,
            Vec::<u64>::new(),
            "no alarm of what a restore explains"
        );

        let gone = council.run(&["--json", "report", "gone"]);
        let covered =
            gone.json().iter().map(|item| item["certificate"].clone()).collect::<Vec<_>>();
        assert_eq!(covered, [serde_json::Value::Null, serde_json::Value::Null]);
        let doctor = council.run(&["doctor"]).out;
        let says = "2 items are gone since the backup: 0 under a certificate";
        assert!(doctor.contains(says), "{doctor}");

        // What a scan after the restore met and is gone now is an alarm again.
        share.take_away("jobs/record-00002");
        council.run(&["scan"]);
        let alarm = council.run(&["scan"]);
        assert!(alarm.out.contains("missing"), "{}", alarm.out);
        assert_eq!(council.audited("item.missing").await, 1);
        assert_eq!(council.run(&["jobs", "run", "chase"]).code, 0);
        assert_eq!(alarms_of_missing(&council).await, [1], "of the one, and to one person");
    }
}

/// How many records each alarm of missing records speaks of.
async fn alarms_of_missing(council: &Council) -> Vec<u64> {
    let notices = notice::Entity::find().all(council.open().await.catalogue.read()).await.unwrap();
    let missing = notices.into_iter().filter(|notice| notice.payload["what"] == "missing");
    missing.map(|notice| notice.payload["count"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_move_killed_at_any_moment_leaves_nothing_there_and_the_source_as_it_was() {
    for (from, to) in
        [(Database::Sqlite, Database::Postgres), (Database::Postgres, Database::Sqlite)]
    {
        let (council, _share) = with_due_files(from).await;
        let before = council.run(&["--json", "audit", "verify"]).out;
        let place = to.place().await;
        let url = address(&place.url);
        let args = ["catalogue", "move", "--to", &url];
        let mut pause = Duration::from_millis(2);
        loop {
            let mut moving = council.command(&args);
            let moving =
                moving.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
            let mut moving = moving.spawn().expect("the binary");
            // Chooses where it is killed; what must hold does so wherever that is.
            std::thread::sleep(pause);
            if let Some(ended) = moving.try_wait().expect("the binary") {
                assert!(ended.success());
                break;
            }
            moving.kill().and_then(|()| moving.wait()).expect("killed");
            pause *= 2;
            assert_eq!(council.run(&["--json", "audit", "verify"]).out, before);
            if Catalogue::open(&place.url).await.is_ok() {
                break; // killed after the commit: all of it is there
            }
        }
        let after = council.run(&["audit", "verify"]);
        assert_eq!(after.code, 0, "{after:?}");
        let again = council.run(&args);
        assert!(again.err.contains("can only be moved to an empty place"), "{}", again.err);
        elsewhere(&council, &url, "state");
        assert_eq!(council.run(&["audit", "verify"]).code, 0);
        assert_eq!(council.run(&["--json", "due"]).json().len(), 4);
        assert_eq!(council.run(&["scan"]).code, 0, "the same key, and the stores it knew");
    }
}

#[tokio::test]
async fn a_move_says_what_to_write_into_the_configuration() {
    let (council, _share) = with_due_files(Database::Sqlite).await;
    let place = Database::Postgres.place().await;
    let moved = council.run(&["catalogue", "move", "--to", &address(&place.url)]);
    assert_eq!(moved.code, 0, "{moved:?}");
    let setting = format!("[catalogue]\nurl = \"{}\"", address(&place.url));
    assert!(moved.out.contains(&setting), "{}", moved.out);
    assert!(moved.out.contains("Every table and the audit chain"), "{}", moved.out);
}

#[tokio::test]
async fn the_doctor_says_what_is_wrong_and_what_to_do() {
    for database in Database::BOTH {
        let (council, share) = with_due_files(database).await;
        assert_eq!(council.run(&["backup"]).code, 0);
        let first = council.run(&["--json", "doctor"]);
        let of = |ran: &Ran, area: &str| {
            let found = ran.json().into_iter().find(|finding| finding["area"] == area);
            found.unwrap_or_else(|| panic!("{area}: {ran:?}"))
        };
        for area in ["catalogue", "keys", "audit chain", "clock", "stores", "scans", "backups"] {
            assert_eq!(of(&first, area)["level"], "well", "{first:?}");
        }
        assert_eq!(of(&first, "mappings")["level"], "warning", "nobody approved them");
        let all = first.json();
        let beside = all.iter().rfind(|finding| finding["area"] == "backups").unwrap();
        assert_eq!(beside["level"], "warning", "{beside}");
        let words = "on the same file system as the catalogue or its keys";
        assert!(beside["what"].to_string().contains(words), "{beside}");
        assert!(beside["remedy"].to_string().contains("with `backups` in"), "{beside}");
        assert_eq!(first.code, 3);

        // No daemon runs any more, whatever it was that ran last.
        let overdue = "insert into job (name, cron, next_due_at) values ('scan', '0 1 * * *', 1)";
        execute(council.url(), overdue).await;
        let late = of(&council.run(&["--json", "doctor"]), "jobs and mails");
        assert_eq!(late["level"], "wrong", "{late}");
        assert_eq!(late["what"], "should have run more than an hour ago: scan");
        assert!(late["remedy"].as_str().unwrap().contains("`systemctl start retaind`"), "{late}");

        // Someone cuts the chain off, and makes its recorded end agree.
        let off = |name: &str, table: &str| match database {
            Database::Sqlite => format!("drop trigger {name};"),
            Database::Postgres => format!("drop trigger {name} on {table};"),
        };
        let cut = off("audit_entry_refuses_delete", "audit_entry")
            + &off("audit_head_refuses_update", "audit_head")
            + "delete from audit_entry where seq > 2; update audit_head set seq = 2,
               hash = (select hash from audit_entry where seq = 2);";
        execute(council.url(), &cut).await;
        let cut = council.run(&["audit", "verify"]);
        assert_eq!(cut.code, 1, "the end that was kept shows what the chain alone does not");
        assert!(cut.err.contains("the chain went on to entry"), "{cut:?}");
        assert!(cut.err.contains("kept in `audit.head` of the state directory"), "{cut:?}");
        let key = council.path("state/digest.key");
        fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        fs::rename(share.root(), council.path("unmounted")).unwrap();
        let second = council.run(&["--json", "doctor"]);
        for (area, words) in [
            ("audit chain", "it is the last one there, and the chain went on to entry"),
            ("stores", "store `share`"),
        ] {
            let found = of(&second, area);
            assert_eq!(found["level"], "wrong", "{found}");
            assert!(found["what"].as_str().unwrap().contains(words), "{found}");
            assert!(!found["remedy"].as_str().unwrap().is_empty());
        }
        let told = council.run(&["doctor"]).out;
        assert!(told.contains("the key state/digest.key may be read by others"), "{told}");
        assert!(told.contains("> Run `chmod 600 state/digest.key`"), "{told}");
    }
}

#[tokio::test]
async fn the_doctor_of_a_catalogue_that_is_not_there_says_so_and_makes_none() {
    let council = Council::found(Database::Sqlite).await;
    let ran = council.run(&["doctor"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.out.contains("there is none yet: the daemon, or the first command"), "{}", ran.out);
    assert!(Catalogue::open(council.url()).await.is_err());
}

#[tokio::test]
async fn backups_go_to_the_folder_that_is_named_for_them() {
    let (council, _share) = with_due_files(Database::Sqlite).await;
    let named = council.path("elsewhere/backups");
    let text = format!("backups = 'elsewhere/backups'\n{}", council.configuration());
    council.write("retaind.toml", &text);
    let count = || fs::read_dir(&named).unwrap().count();
    assert_eq!(council.run(&["backup"]).code, 0);
    assert_eq!(count(), 1);
    let job = council.run(&["jobs", "run", "backup"]);
    assert_eq!((job.code, count()), (0, 2), "{job:?}");
    let doctor = council.run(&["doctor"]).out;
    assert!(doctor.contains("2 lie in elsewhere/backups"), "{doctor}");
    let backup = fs::read_dir(&named).unwrap().next().unwrap().unwrap().path();
    let replaced = council.run(&["restore", backup.to_str().unwrap(), "--replace"]);
    assert!([0, 3].contains(&replaced.code), "{replaced:?}");
    assert_eq!(count(), 3, "what was there before is saved there too");
    assert!(!council.path("state/backups").exists());
}

#[tokio::test]
async fn a_new_installation_is_told_the_next_step_first_and_all_else_that_wants_a_person() {
    let council = Council::found(Database::Sqlite).await;
    let unwell = || {
        let found = council.run(&["--json", "doctor"]).json().into_iter();
        found.filter(|one| one["level"] != "well").collect::<Vec<_>>()
    };
    let found = unwell();
    let none = found.last().unwrap();
    assert_eq!((&none["area"], &none["level"]), (&"catalogue".into(), &"warning".into()), "{none}");
    assert!(none["remedy"].to_string().contains("`systemctl enable --now retaind`"), "{none}");

    assert_eq!(council.run(&["jobs", "list"]).code, 0);
    let found = unwell();
    let areas: Vec<_> = found.iter().map(|one| one["area"].as_str().unwrap()).collect();
    let empty = found.iter().find(|one| one["area"] != "configuration").unwrap();
    assert_eq!(empty["area"], "register", "{found:?}");
    assert!(areas.contains(&"stores") && areas.contains(&"backups"), "{found:?}");
    assert!(empty["remedy"].to_string().contains("`retaind register import FILE`"), "{empty}");

    // The first backup is not late before its hour.
    council.accept(&[("HOU-03", "Housing", "6 years after last modified", "")]).await;
    let found = council.run(&["--json", "doctor"]).json();
    let backups = found.iter().find(|one| one["area"] == "backups").unwrap();
    let what = backups["what"].as_str().unwrap();
    assert!(backups["level"] == "well" && what.starts_with("none yet; the first is made at "));
    assert!(found.iter().any(|one| one["what"] == "no store is connected"), "{found:?}");
}

/// A council in which everything works, and nobody would ever be told anything.
#[tokio::test]
async fn the_doctor_says_what_the_check_says_of_the_configuration() {
    for database in Database::BOTH {
        let (council, _share) = with_due_files(database).await;
        let settings = "[mail]\nserver = 'mail'\nfrom = 'r@x.example'\nbounces = 'nosuch'\n\
                        [[service_area]]\nname = 'Housng'\nmailbox = 'h@x.example'\n\
                        [jobs.schedule]\noutbox = 'off'\n";
        council.write("retaind.toml", &(council.configuration() + settings));
        let state = council.path("state");
        fs::set_permissions(state, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let told = council.run(&["doctor"]);
        assert_eq!(told.code, 3);
        for words in [
            "look  configuration  retaind.toml, line 1: the state directory state is open to others",
            "> Run `chmod 700 state`",
            ": nothing is or ever was at nosuch, so no failed delivery is noticed",
            ": [mail] has no base_url, so no mail has a link to answer it by",
            ": the job outbox is off, so nothing does this by itself: send what people are to be told",
            "look  service areas  retaind.toml, line ",
            ": no asset of the register is in the service area `housng`",
        ] {
            assert!(told.out.contains(words), "{words}\n{}", told.out);
        }
        // What came back is read from nowhere, and the job does not pass over that.
        let sent = council.run(&["jobs", "run", "outbox"]);
        assert!(
            sent.out.contains("nothing is or ever was where failed deliveries are"),
            "{sent:?}"
        );

        council.write(
            "people.csv",
            "name,email,os_user,roles\nAda,ada@x.example,{user},operator\n"
                .replace("{user}", &crate::council::present_user())
                .as_str(),
        );
        let told = council.run(&["doctor"]).out;
        assert!(told.contains("nobody on the people list is a records manager"), "{told}");
        assert!(told.contains("nobody on the people list is a data protection officer"), "{told}");
    }
}

#[tokio::test]
async fn a_daemon_that_never_ran_is_missed_once_its_jobs_are_a_day_late() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        let of_daemon = || {
            let found = council.run(&["--json", "doctor"]).json().into_iter();
            found.into_iter().find(|one| one["area"] == "daemon").unwrap()
        };
        let made = SystemClock.now() - jiff::SignedDuration::from_hours(47 * 24);
        council.clock.set(made);
        council.accept(&[("HOU-03", "Housing", "6 years after last modified", "")]).await;
        let all_off = "[jobs.schedule]\nscan = 'off'\n";
        council.write("retaind.toml", &(council.configuration() + all_off));
        // Listed, and one of them run by hand: that is no daemon.
        assert_eq!(council.run(&["jobs", "list"]).code, 0);
        assert_eq!(council.run(&["jobs", "run", "outbox"]).code, 0);
        let missed = of_daemon();
        assert_eq!(missed["level"], "wrong", "{missed}");
        let what = missed["what"].as_str().unwrap();
        let begins = "the catalogue was made 47 days ago, and no job ever ran by itself, though \
                      these were due: inbox, hold-feed, evaluate, ";
        assert!(what.starts_with(begins), "{missed}");
        let remedy = missed["remedy"].as_str().unwrap();
        assert!(remedy.contains("`systemctl enable --now retaind`"), "{missed}");
        assert!(remedy.contains("`journalctl -u retaind`"), "{missed}");

        let run = "insert into job_run (id, job, cause, started_at, finished_at, result) values \
                   ({id}, 'outbox', 'due', 1, 2, 'ok')";
        let id = match database {
            Database::Sqlite => "x'00000000000000000000000000000001'",
            Database::Postgres => "'00000000-0000-0000-0000-000000000001'",
        };
        execute(council.url(), &run.replace("{id}", id)).await;
        assert_eq!(of_daemon()["level"], "well");
    }
}

/// Often, since it was chance whether what lay beside the file was moved into it
/// before the process was gone.
#[tokio::test]
async fn an_sqlite_catalogue_is_one_whole_file_after_a_move_and_after_a_backup() {
    const TIMES: usize = 8;
    let (council, _share) = with_due_files(Database::Postgres).await;
    let is_whole = |file: &std::path::Path| {
        let beside = PathBuf::from(format!("{}-wal", file.display()));
        !beside.exists() && fs::metadata(file).unwrap().len() > 100_000
    };
    let (mut moved, mut backed_up) = (Vec::new(), Vec::new());
    for number in 0..TIMES {
        let to = council.path(format!("moved-{number}.db"));
        let url = format!("sqlite://{}", to.display());
        assert_eq!(council.run(&["catalogue", "move", "--to", &url]).code, 0);
        moved.push(is_whole(&to));
    }
    let alone = council.path("alone.db");
    fs::copy(council.path("moved-0.db"), &alone).unwrap();
    elsewhere(&council, &format!("sqlite://{}", alone.display()), "state");
    assert_eq!(council.run(&["audit", "verify"]).code, 0);
    for number in 0..TIMES {
        back_up(&council, &format!("{number}.backup"));
        backed_up.push(is_whole(&alone));
    }
    assert_eq!((moved, backed_up), (vec![true; TIMES], vec![true; TIMES]));
}
