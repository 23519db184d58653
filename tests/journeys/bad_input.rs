//! Bad input of every kind: what is said, how it ends, and that nothing is
//! half-written.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use retaind::catalogue::CatalogueUrl;
use retaind::catalogue::entity::{item, person, scan};
use sea_orm::EntityTrait as _;

use crate::casework::{Casework, address, execute};
use crate::catalogue::Database;
use crate::council::{Council, Ran, present_user};
use crate::share::Share;

const OLD: &str = "2015-06-01T10:00:00Z";
const SHARE: &str = "kind = 'filesystem'\n[settings]\nroot = '{folder}/share'\n";

fn jobs(location: &str) -> String {
    format!(
        "{SHARE}[[mapping]]\nrecord_type = 'HOU-03'\nlocation = '{location}'\n\
         [mapping.dates]\nlast-modified = {{ from = 'modified' }}\n"
    )
}

/// A council with a share and a schedule, scanned once.
async fn scanned(database: Database) -> (Council, Share) {
    let council = Council::found(database).await;
    let share = Share::make(council.path("share"));
    share.file("jobs/a.pdf", OLD);
    council.store("share", &jobs("jobs"));
    council.accept(&[("HOU-03", "Housing", "6 years after last modified", "")]).await;
    council.scan("share").await;
    (council, share)
}

/// What the catalogue knows of items, scans that ended, and the length of the
/// chain but for what was said of the mappings themselves.
async fn known(council: &Council) -> (Vec<item::Model>, usize, usize) {
    let catalogue = council.open().await.catalogue;
    let items = item::Entity::find().all(catalogue.read()).await.unwrap();
    let scans = council.audited("scan.finished").await;
    let mappings =
        council.audited("mapping.changed").await + council.audited("mapping.removed").await;
    (items, scans, council.audit().await.len() - mappings)
}

/// That a store is not scanned, in these words, with at most an alarm in the
/// audit chain, and that nothing is concluded.
async fn assert_not_scanned(council: &Council, store: &str, words: &str) {
    let (items, scans, entries) = known(council).await;
    for _ in 0..2 {
        let scan = council.run(&["scan", store]);
        assert_eq!((scan.code, scan.err.as_str()), (3, ""), "{scan:?}");
        assert_eq!(scan.out, format!("store {store}: not scanned. {words}\n"));
        let json = council.run(&["--json", "scan", store]);
        assert_eq!(json.code, 3);
        assert_eq!(json.json()[0], serde_json::json!({ "store": store, "error": words }));
    }
    let after = known(council).await;
    assert_eq!((after.0, after.1), (items, scans), "{words}");
    assert!(after.2 <= entries + 1, "{words}: {} entries more", after.2 - entries);
}

#[tokio::test]
async fn a_root_or_a_mapping_that_is_not_as_it_should_be_is_told_with_the_way_out() {
    for database in Database::BOTH {
        let (council, share) = scanned(database).await;
        let root = share.root().to_owned();
        let aside = root.with_extension("aside");

        std::fs::rename(&root, &aside).unwrap();
        let folder = root.display();
        assert_not_scanned(
            &council,
            "share",
            "store `share`: store unavailable: the root share is not there. Is the share mounted? \
             Mount it, or correct `root`.",
        )
        .await;
        symlink(&aside, &root).unwrap();
        let said = council.run(&["scan", "share"]).out;
        assert!(
            said.contains("the root share is a link. Set `root` to the folder itself"),
            "{said}"
        );
        std::fs::rename(&root, root.with_extension("link")).unwrap();
        std::fs::write(&root, "not a folder").unwrap();
        let said = council.run(&["scan", "share"]).out;
        assert!(said.contains("the root share is not a folder"), "{said} {folder}");
        std::fs::rename(&root, root.with_extension("file")).unwrap();
        std::fs::rename(&aside, &root).unwrap();

        std::fs::rename(root.join("jobs"), root.join("moved")).unwrap();
        assert_not_scanned(
            &council,
            "share",
            "store unavailable: the mapped folder jobs below share is not there. Is the share \
             mounted? If the folder was moved or is gone for good, change its mapping.",
        )
        .await;
        symlink(root.join("moved"), root.join("jobs")).unwrap();
        let said = council.run(&["scan", "share"]).out;
        assert!(said.contains("is a link or lies behind one"), "{said}");
        std::fs::rename(root.join("jobs"), root.join("link")).unwrap();
        std::fs::rename(root.join("moved"), root.join("jobs")).unwrap();
        assert_eq!(council.run(&["scan", "share"]).code, 0, "and all is well again");
    }
}

/// Root may read everything, so the binary is run as nobody where root tests it.
#[tokio::test]
async fn a_root_that_may_not_be_read_is_told() {
    const NOBODY: u32 = 65534;
    let council = Council::found(Database::Sqlite).await;
    let share = Share::make(council.path("share"));
    share.folder("jobs");
    council.store("share", &jobs("jobs"));
    let rights = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let mut check = council.command(&["check"]);
    if present_user() == "root" {
        let binary = council.path("retaind");
        std::fs::copy(env!("CARGO_BIN_EXE_retaind"), &binary).unwrap();
        rights(&council.path(""), 0o755);
        check = Command::new(binary);
        check.arg("--config").arg(council.path("retaind.toml")).arg("check").uid(NOBODY);
    }
    for (folder, words) in [(".", "the root "), ("jobs", "the mapped folder jobs below ")] {
        rights(&share.root().join(folder), 0);
        let output = check.output().expect("the binary");
        rights(&share.root().join(folder), 0o755);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        assert!(said.contains(&format!("access denied: {words}")), "{said}");
        assert!(said.contains("may not be read by this user"), "{said}");
    }
}

#[tokio::test]
async fn a_mapping_that_names_no_record_type_of_the_register_keeps_its_items() {
    for database in Database::BOTH {
        let (council, share) = scanned(database).await;
        share.file("typo/b.pdf", OLD);
        let typo = "[[mapping]]\nrecord_type = 'HOU-99'\nlocation = 'typo'\n\
            [mapping.dates]\nlast-modified = { from = 'modified' }\n";
        council.store("share", &(jobs("jobs") + typo));
        let scan = council.run(&["--json", "scan"]);
        assert_eq!(scan.code, 0);
        assert_eq!(scan.json()[0]["outcomes"]["cannot-evaluate"]["units"], 1);
        assert_eq!(council.due().await, [("jobs/a.pdf".into(), "2021-06-01".into())]);
        let why = council.explain("share", "typo/b.pdf").await;
        assert_eq!(why.answer, "kept: its record type has no rule in the schedule in force");
        let due = council.run(&["due"]).out;
        assert!(due.contains("HOU-99"), "{due}");
    }
}

#[tokio::test]
async fn a_mapped_record_type_that_leaves_the_register_is_not_due_any_more() {
    for database in Database::BOTH {
        let (council, _share) = scanned(database).await;
        let six = "6 years after last modified";
        let codes: Vec<String> = (4..14).map(|number| format!("HOU-{number:02}")).collect();
        let others = codes.iter().map(|code| (code.as_str(), "Housing", six, ""));
        let mut lines: Vec<_> = others.collect();
        lines.push(("HOU-03", "Housing", six, ""));
        council.accept(&lines).await;
        lines.pop();
        council.accept(&lines).await;
        let scan = council.run(&["--json", "scan"]);
        assert_eq!(scan.json()[0]["outcomes"]["cannot-evaluate"]["units"], 1);
        assert_eq!(council.due().await, []);
    }
}

#[tokio::test]
async fn a_case_database_that_is_down_or_not_as_mapped_is_told() {
    let council = Council::found(Database::Sqlite).await;
    council.accept(&[("CUS-04", "Customers", "2 years after closure", "")]).await;
    let mapping = |table: &str, column: &str| {
        format!(
            "[[mapping]]\nrecord_type = 'CUS-04'\nlocation = '{table}'\n\
             [mapping.dates]\ncase-closed = {{ from = 'column', name = '{column}' }}\n"
        )
    };
    let down = "kind = 'sql'\n[settings]\nurl = 'postgres://reader@127.0.0.1:1/casework'\n";
    council.store("down", &(down.to_owned() + &mapping("complaint", "closed")));
    let scan = council.run(&["scan", "down"]);
    assert_eq!(scan.code, 3);
    assert!(scan.out.starts_with("store down: not scanned. store `down`: store unavailable: "));
    assert!(scan.out.contains("127.0.0.1:1"), "{}", scan.out);
    for database in Database::BOTH {
        let made = "create table complaint (id integer primary key, closed date)";
        let casework = Casework::make(database, made).await;
        for (table, column, words) in
            [("complaints", "closed", "complaints"), ("complaint", "shut", "shut")]
        {
            council.store("casework", &(casework.settings() + &mapping(table, column)));
            let scan = council.run(&["scan", "casework"]);
            assert_eq!(scan.code, 3, "{scan:?}");
            assert!(scan.out.contains("store misconfigured: "), "{scan:?}");
            assert!(scan.out.contains(words), "{scan:?}");
        }
    }
    let catalogue = council.open().await.catalogue;
    assert_eq!(scan::Entity::find().all(catalogue.read()).await.unwrap(), []);
}

#[tokio::test]
async fn a_store_that_cannot_be_scanned_does_not_keep_the_others_from_it() {
    for database in Database::BOTH {
        let (council, _share) = scanned(database).await;
        council.store("lost", &jobs("jobs").replace("{folder}/share", "{folder}/nowhere"));
        let scan = council.run(&["--json", "scan"]);
        assert_eq!(scan.code, 3);
        let [lost, share] = &scan.json()[..] else { panic!("{scan:?}") };
        assert!(lost["error"].as_str().unwrap().contains("nowhere is not there"), "{lost}");
        assert_eq!(share["items"], 1);
    }
}

#[tokio::test]
async fn a_sidecar_that_is_not_there_stops_the_scan_and_an_unreadable_date_its_item() {
    for database in Database::BOTH {
        let (council, share) = scanned(database).await;
        share.file("cases/ENF-1.pdf", OLD);
        share.file("cases/ENF-2.pdf", OLD);
        let mapping = "[[mapping]]\nrecord_type = 'CASE'\nlocation = 'cases'\n\
            reference = { from = 'path', pattern = '(ENF-\\d)' }\n[mapping.dates]\n\
            case-closed = { from = 'sidecar', file = '{folder}/closed.csv', key = 'case', column = 'closed' }\n";
        council.store("share", &(SHARE.to_owned() + mapping));
        council
            .accept(&[
                ("HOU-03", "Housing", "6 years after last modified", ""),
                ("CASE", "Planning", "6 years after closure", ""),
            ])
            .await;
        assert_not_scanned(
            &council,
            "share",
            &format!(
                "sidecar {}: No such file or directory (os error 2). Put it there or mend the \
                 mapping.",
                council.path("closed.csv").display()
            )
            .replace(&format!("{}/", council.path("").display()).replace("//", "/"), ""),
        )
        .await;
        council.write("closed.csv", "reference,closed\nENF-1,2015-01-01\n");
        let said = council.run(&["scan"]).out;
        let words = "it has no column `case`. Its columns are reference, closed";
        assert!(said.contains(words), "{said}");
        council.write("closed.csv", "case,closed\nENF-1,in spring\nENF-2,2015-01-01\n");
        let scan = council.run(&["--json", "scan"]);
        assert_eq!(scan.code, 0, "{scan:?}");
        assert_eq!(scan.json()[0]["outcomes"]["cannot-evaluate"]["units"], 1);
        assert_eq!(council.due().await, [("cases/ENF-2.pdf".into(), "2021-01-01".into())]);
    }
}

#[tokio::test]
async fn without_a_schedule_in_force_nothing_is_scanned() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        let share = Share::make(council.path("share"));
        share.file("jobs/a.pdf", OLD);
        council.store("share", &jobs("jobs"));
        assert_eq!(council.run(&["hold", "list"]).code, 0);
        assert_not_scanned(
            &council,
            "share",
            "there is no schedule in force. Import a register with `retaind register import \
             FILE` and accept it with `retaind register accept`",
        )
        .await;
        let catalogue = council.open().await.catalogue;
        assert_eq!(scan::Entity::find().all(catalogue.read()).await.unwrap(), []);
    }
}

/// That a command fails with exit code 1, and says this and nothing else, to
/// people and to programs.
fn assert_fails(council: &Council, args: &[&str], words: &str) {
    let ran = council.run(args);
    let said = (ran.code, ran.out.as_str(), ran.err.as_str());
    assert_eq!(said, (1, "", format!("retaind: {words}\n").as_str()), "{args:?}");
    let Ran { code, out, err } = council.run(&[&["--json"], args].concat());
    assert_eq!((code, out.as_str()), (1, ""));
    let err: serde_json::Value = serde_json::from_str(&err).expect("JSON");
    assert_eq!(err, serde_json::json!({ "error": words }));
}

#[tokio::test]
async fn who_is_not_on_the_people_list_does_nothing() {
    for database in Database::BOTH {
        let (council, _share) = scanned(database).await;
        let (items, scans, _) = known(&council).await;
        council.act_as("nobody on the list");
        let words = format!(
            "no person on the people list is tied to the operating-system user `{}`: add the \
             user to the person's line, or run the command as a user who is on the list",
            present_user()
        );
        for args in [&["scan"][..], &["due"], &["hold", "list"], &["store", "list"]] {
            assert_fails(&council, args, &words);
        }
        let after = known(&council).await;
        assert_eq!((after.0, after.1), (items, scans));
        let catalogue = council.open().await.catalogue;
        let people = person::Entity::find().all(catalogue.read()).await.unwrap();
        assert!(people.iter().all(|person| person.os_user.is_none()));
    }
}

#[tokio::test]
async fn a_catalogue_that_is_down_newer_or_none_at_all_is_told() {
    for database in Database::BOTH {
        let (council, _share) = scanned(database).await;
        let place = council.url().to_string();
        let shown = place.replace(&format!("{}/", council.path("").display()), "");
        execute(
            council.url(),
            "insert into seaql_migrations (version, applied_at) values ('m9999_later', 0);
             update setting set value = '7.0.0' where key = 'catalogue.changed_by'",
        )
        .await;
        let ran = council.run(&["scan"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        let words = format!(
            "the catalogue {shown} was changed by a newer version (retaind 7.0.0, change \
             m9999_later); this is retaind "
        );
        assert!(ran.err.starts_with(&format!("retaind: {words}")), "{ran:?}");

        let other =
            Casework::make(database, "create table complaint (id integer primary key)").await;
        let url = other.settings();
        let url = url.lines().find_map(|line| line.strip_prefix("url = ")).expect("a url");
        let configuration = council.configuration();
        let configured = format!("'{}'", address(council.url()));
        council.write("retaind.toml", &configuration.replace(&configured, url));
        let ran = council.run(&["due"]);
        let words = "is not a catalogue of retaind: correct the place in retaind.toml; nothing \
                     there was changed";
        assert_eq!(ran.code, 1);
        assert!(ran.err.contains(words), "{ran:?}");
    }
}

#[tokio::test]
async fn a_catalogue_whose_server_is_down_is_told_and_may_be_tried_again() {
    let council = Council::found(Database::Sqlite).await;
    let configured = address(council.url());
    let down = "postgres://retaind:hunter2@127.0.0.1:1/retaind";
    council.write("retaind.toml", &council.configuration().replace(&configured, down));
    assert_fails(
        &council,
        &["due"],
        "the catalogue postgres://retaind@127.0.0.1:1/retaind does not answer: see that the \
         database server runs, can be reached from here and is not overloaded; nothing is lost, \
         and the same may be tried again",
    );
}

#[tokio::test]
async fn a_key_file_that_is_missing_or_another_stops_everything_and_is_not_made_anew() {
    for database in Database::BOTH {
        let (council, _share) = scanned(database).await;
        let key = council.path("state/digest.key");
        std::fs::rename(&key, key.with_extension("away")).unwrap();
        assert_fails(
            &council,
            &["scan"],
            "the key file state/digest.key is missing, and the catalogue was made with it: \
             restore the file from the backup; a new key would no longer match the holds on \
             people that are in force",
        );
        assert!(!key.exists());
        write_key(&key, &"ab".repeat(32));
        let ran = council.run(&["scan"]);
        let words = "is not the one the catalogue was made with";
        assert!(ran.code == 1 && ran.err.contains(words), "{ran:?}");
        write_key(&key, "abc");
        let ran = council.run(&["scan"]);
        let words = "does not hold a key of 64 hexadecimal digits";
        assert!(ran.code == 1 && ran.err.contains(words), "{ran:?}");
        std::fs::rename(key.with_extension("away"), &key).unwrap();
        assert_eq!(council.run(&["scan"]).code, 0);
    }
}

fn write_key(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn every_fault_of_the_configuration_names_the_file_the_line_and_the_way_out() {
    let council = Council::found(Database::Sqlite).await;
    let good = council.configuration();
    let cases = [
        (good.replace("state_directory", "state_folder"), "retaind.toml, line 1: unknown field"),
        (good.replace("'03-31'", "'31 March'"), "retaind.toml, line 6: "),
        (good.replace("people.csv", "folk.csv"), "folk.csv: cannot read the people list: "),
        (good.replace("sqlite://", "mysql://"), "is neither SQLite nor PostgreSQL"),
        (good.replace("[calendar]", "[calendar"), "retaind.toml, line 5: "),
    ];
    for (text, words) in cases {
        council.write("retaind.toml", &text);
        let ran = council.run(&["scan"]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{words}");
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    council.write("retaind.toml", &good);
    let stores = [
        (
            jobs("../outside"),
            "stores.d/share.toml, line 4: the mapping's location `../outside` leads outside the store's root. Write it relative to the root, without a leading slash and without `..`.",
        ),
        (jobs("/etc"), "stores.d/share.toml, line 4: the mapping's location `/etc` leads outside"),
        (jobs("jobs").replace("record_type", "record"), "stores.d/share.toml, line "),
        (
            jobs("jobs").replace("last-modified", "last_modified"),
            "`last_modified` is not a trigger",
        ),
        (jobs("jobs") + &jobs("jobs")[SHARE.len()..], "two mappings claim the location `jobs`"),
    ];
    for (text, words) in stores {
        council.store("share", &text);
        let ran = council.run(&["scan"]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{words}");
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    let kinds = [
        (
            SHARE.replace("filesystem", "ftp"),
            "there is no kind of store called `ftp`. Use one of `filesystem`, `sql`",
        ),
        (SHARE.replace("root", "path"), "unknown field `path`"),
        (
            SHARE.replace("{folder}/", ""),
            "the root share is not an absolute path. Write it from `/`",
        ),
    ];
    for (text, words) in kinds {
        council.store("share", &text);
        let ran = council.run(&["check"]);
        assert_eq!(ran.code, 3, "{words}");
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    let people = [
        (
            "name,email,os_user,roles\nA,a,,iao\n",
            "people.csv, line 2: `a` is not an e-mail address",
        ),
        ("name,email,os_user,roles\nA,a@b,,boss\n", "people.csv, line 2: "),
        ("name,email\nA,a@b,c\n", "people.csv"),
        (
            "name,email,os_user,roles\nA,a@b,x,iao\nB,b@b,x,iao\n",
            "line 3: the operating-system user `x` stands in an earlier line too",
        ),
    ];
    council.store("share", SHARE);
    for (text, words) in people {
        council.write("people.csv", text);
        let ran = council.run(&["due"]);
        assert_eq!(ran.code, 1, "{words}");
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    let gone = council.path("retaind.toml");
    std::fs::rename(&gone, gone.with_extension("gone")).unwrap();
    let ran = council.run(&["scan"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("retaind.toml: cannot read the configuration: "), "{}", ran.err);
    let CatalogueUrl::Sqlite(catalogue) = council.url() else { panic!("SQLite") };
    assert!(!catalogue.exists(), "nothing was made on the way");
}

#[tokio::test]
async fn a_file_without_end_is_no_certificate_and_is_not_read_to_its_end() {
    let council = Council::found(Database::Sqlite).await;
    for args in [
        &["certificate", "verify", "/dev/zero"][..],
        &["certificate", "verify", "/dev/zero", "--key", "/dev/zero"],
    ] {
        let refused = council.run(args);
        assert_eq!(refused.code, 1, "{refused:?}");
        let said = "cannot read /dev/zero: it is larger than 16 MiB, which no certificate and no \
                    key is";
        assert!(refused.err.contains(said), "{refused:?}");
    }
}
