//! `retaind check` on broken configurations: each fault with file, line and
//! what to do, all of them in one go, and nothing changed by looking.

mod configuration;
mod mail;
mod people;
mod several;
mod stores;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::casework::execute;
use crate::catalogue::Database;
use crate::council::{Council, present_user};
use crate::share::Share;

/// How a configuration that is right is broken.
enum Break {
    /// A part of a file reads otherwise.
    Text(&'static str, &'static str, &'static str),
    /// A file is put there.
    File(&'static str, &'static str),
    /// A file or folder is moved away.
    Gone(&'static str),
    /// A file or folder has other rights.
    Rights(&'static str, u32),
}
use Break::{File, Gone, Rights, Text};

const CONFIG: &str = "retaind.toml";
const SHARE: &str = "stores.d/share.toml";

const STORE: &str = "kind = 'filesystem'
backup_retention = 'P35D'

[settings]
root = '{folder}/share'

[[mapping]]
record_type = 'HOU-03'
location = 'jobs'
pattern = '**/*.pdf'
reference = { from = 'path', pattern = '(J-[0-9]+)' }

[mapping.dates]
last-modified = { from = 'modified' }

[[mapping]]
record_type = 'HOU-04'
location = 'cases'
unit = { folder = { depth = 1 } }

[mapping.dates]
case-closed = { from = 'sidecar', file = '../closed.csv', key = 'case', column = 'closed' }
";

const MAIL: &str = "[mail]
server = 'mail.trentside.example'
from = 'records@trentside.example'
base_url = 'https://retaind.trentside.example'
";

/// What is broken, and all that is said of it.
type Case = (&'static [Break], &'static [&'static str]);

const CASES: &[&[Case]] =
    &[configuration::CASES, people::CASES, stores::CASES, mail::CASES, several::CASES];

/// A council whose configuration is right in every respect.
async fn right() -> Council {
    let council = Council::found(Database::Sqlite).await;
    council.write(CONFIG, &(council.configuration() + MAIL));
    let share = Share::make(council.path("share"));
    share.folder("jobs");
    share.folder("cases");
    council.write("closed.csv", "case,closed\n");
    council.store("share", STORE);
    council
        .accept(&[
            ("HOU-03", "Housing", "6 years after last modified", ""),
            ("HOU-04", "Housing", "6 years after closure", ""),
        ])
        .await;
    fs::set_permissions(council.path("state"), fs::Permissions::from_mode(0o700)).unwrap();
    council
}

impl Break {
    fn apply(&self, council: &Council) {
        match self {
            Text(file, from, to) => {
                let text = fs::read_to_string(council.path(file)).unwrap();
                assert!(text.contains(from), "{file} has no {from}");
                council.write(file, &text.replacen(from, to, 1));
            }
            File(file, text) => {
                let folder = council.path("").display().to_string();
                council.write(file, &text.replace("{folder}/", &folder));
            }
            Gone(path) => {
                fs::rename(council.path(path), council.path("gone")).unwrap();
            }
            Rights(path, mode) => {
                fs::set_permissions(council.path(path), fs::Permissions::from_mode(*mode)).unwrap();
            }
        }
    }
}

/// What is said to be mended, without the lines that say what was seen.
fn findings(said: &str) -> Vec<&str> {
    let seen = |line: &&str| {
        let is_of = line.starts_with("store ") || line.starts_with("catalogue ");
        is_of || line.ends_with(" people") || line.ends_with(" 1 person")
    };
    let mut lines: Vec<_> = said.lines().filter(|line| !seen(line)).collect();
    lines.pop();
    lines
}

/// Whether it names file and line, what is wrong, and then what to do.
fn has_a_place(said: &str) -> bool {
    let Some((file, rest)) = said.split_once(", line ") else { return false };
    let Some((line, words)) = rest.split_once(": ") else { return false };
    !file.contains(' ') && line.parse::<usize>().is_ok() && words.contains(". ")
}

#[tokio::test]
async fn each_of_many_broken_configurations_is_told_with_file_line_and_way_out() {
    let mut wrong = Vec::new();
    for (breaks, expected) in CASES.iter().copied().flatten() {
        let council = right().await;
        breaks.iter().for_each(|one| one.apply(&council));
        let ran = council.run(&["check"]);
        assert_eq!(ran.err, "");
        if findings(&ran.out) != *expected {
            wrong.push(format!("{:#?}\n{expected:#?}", findings(&ran.out)));
        }
        if let Some(placeless) = expected.iter().find(|said| !has_a_place(said)) {
            wrong.push(format!("no file, line and way out: {placeless}"));
        }
        let warnings = expected.iter().filter(|said| said.ends_with(" (a warning)")).count();
        let code = if warnings == expected.len() { 0 } else { 3 };
        if ran.code != code {
            wrong.push(format!("{ran:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Root may do everything, so the binary is run as nobody where root tests it.
#[tokio::test]
async fn what_the_user_who_looks_may_not_do_is_told() {
    const NOBODY: u32 = 65534;
    let council = right().await;
    let mut check = council.command(&["check"]);
    if present_user() == "root" {
        let binary = council.path("retaind");
        fs::copy(env!("CARGO_BIN_EXE_retaind"), &binary).unwrap();
        Rights("", 0o755).apply(&council);
        check = Command::new(binary);
        check.arg("--config").arg(council.path(CONFIG)).arg("check").uid(NOBODY);
    } else {
        Rights("state", 0o500).apply(&council);
    }
    let output = check.output().expect("the binary");
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stdout).unwrap();
    let words = "state may not be written by this user. Run as the user it belongs to, or give \
                 it to the user that runs retaind.";
    assert!(said.contains(words), "{said}");
}

#[tokio::test]
async fn a_catalogue_that_is_newer_or_of_another_program_is_told_and_left_as_it_is() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        council.accept(&[("HOU-03", "Housing", "6 years after last modified", "")]).await;
        execute(
            council.url(),
            "insert into seaql_migrations (version, applied_at) values ('m9999_later', 0)",
        )
        .await;
        let ran = council.run(&["check"]);
        assert_eq!(ran.code, 3);
        let told = findings(&ran.out).join(" ");
        assert!(told.contains("retaind.toml, line 9: the catalogue "), "{told}");
        assert!(told.contains(" was changed by a newer version (retaind "), "{told}");
        assert!(told.contains("Install that version or a later one, or restore"), "{told}");

        execute(council.url(), "delete from seaql_migrations where version >= 'm0011'").await;
        let ran = council.run(&["check"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.out.contains(": of an older version, brought up by "), "{ran:?}");
        let again = council.run(&["check"]);
        assert_eq!(again.out, ran.out, "looking brings nothing up");
    }
}

#[tokio::test]
async fn looking_makes_nothing() {
    let council = Council::found(Database::Sqlite).await;
    let ran = council.run(&["check"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains(": made at first use"), "{ran:?}");
    assert!(!council.path("state").exists());
}

#[tokio::test]
async fn a_configuration_that_is_right_is_said_to_be_well() {
    let council = right().await;
    let ran = council.run(&["check"]);
    assert_eq!(
        (ran.code, ran.out.replace(&council.url().to_string(), "CATALOGUE")),
        (
            0,
            "retaind.toml: 3 people\ncatalogue CATALOGUE: up to date\n\
             store share (filesystem, 2 mappings, leashed): reached\nAll is well.\n"
                .to_owned()
        )
    );
    let json = council.run(&["--json", "check"]).json();
    assert_eq!(json[0]["findings"], serde_json::json!([]));
    assert_eq!(json[0]["stores"][0]["reached"], "well");
}
