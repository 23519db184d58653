//! The words of configuration errors, and what a whole configuration reads to.

use std::fs;

use super::*;

const CONFIG: &str = r#"
state_directory = "state"
people = "people.csv"

[organisation]
name = "Trentside County Council"

[calendar]
current_year = "financial"
"#;

const STORE: &str = r#"
kind = "filesystem"
backup_retention = "P35D"

[settings]
root = "/srv/share"

[[mapping]]
record_type = "CASE-1"
location = "cases"
unit = { folder = { depth = 1 } }
reference = { from = "path", pattern = "^([^/]+)" }

[mapping.dates]
last-modified = { from = "modified" }
case-closed = { from = "sidecar", file = "closed.csv", key = "case", column = "closed" }
decision = { from = "event" }
"#;

fn folder(config: &str, people: &str, store: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("stores.d")).expect("a folder");
    for (name, text) in
        [("retaind.toml", config), ("people.csv", people), ("stores.d/share.toml", store)]
    {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

const PEOPLE: &str =
    "name,email,os_user,roles\nAda Okafor,ada@example.org,ada,iao records-manager\n";

fn fault(config: &str, people: &str, store: &str) -> String {
    let folder = folder(config, people, store);
    let fault = Config::read(&folder.path().join("retaind.toml")).expect_err("a fault");
    fault.to_string().replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn a_whole_configuration_is_read() {
    let folder = folder(CONFIG, PEOPLE, STORE);
    let config = Config::read(&folder.path().join("retaind.toml")).expect("a configuration");
    let state = folder.path().join("state");
    assert_eq!(config.catalogue.url, format!("sqlite://{}/catalogue.db", state.display()));
    assert_eq!(config.people[0].roles, [Role::Iao, Role::RecordsManager].into());
    let mapping = &config.store("share").expect("the store").mappings[0];
    assert_eq!(mapping.unit, Unit::Folder { depth: 1 });
    assert_eq!(mapping.dates.len(), 3);
    assert_eq!(
        mapping.dates[&Trigger::Decision],
        TriggerSource::Beside(store_file::BesideSource::Event)
    );
}

#[test]
fn a_store_is_leashed_until_its_file_says_otherwise() {
    for (line, leash) in [
        ("", Leash::Leashed),
        ("unleashed = false\n", Leash::Leashed),
        ("unleashed = true\n", Leash::Unleashed),
    ] {
        let folder = folder(CONFIG, PEOPLE, &format!("{line}{STORE}"));
        let config = Config::read(&folder.path().join("retaind.toml")).expect("a configuration");
        assert_eq!(config.store("share").expect("the store").leash, leash, "{line}");
    }
    let said = fault(CONFIG, PEOPLE, &format!("unleashed = \"yes\"\n{STORE}"));
    assert!(said.starts_with("stores.d/share.toml, line 1: "), "{said}");
}

use retaind_connectors::contract::Leash;
use retaind_connectors::order::Unit;
use retaind_schedules::trigger::Trigger;

#[test]
fn errors_name_file_line_and_way_out() {
    let cases = [
        (
            fault("[organisation]\n", PEOPLE, STORE),
            "retaind.toml, line 1: missing field `name`. Add it there.",
        ),
        (
            fault(CONFIG, "name,email,os_user,roles\nAda,ada.example.org,,\n", STORE),
            "people.csv, line 2: `ada.example.org` is not an e-mail address: it has no @. Every person needs one.",
        ),
        (
            fault(CONFIG, &format!("{PEOPLE}Bo,ADA@example.org,,\n"), STORE),
            "people.csv, line 3: the address `ADA@example.org` stands in an earlier line too. Every person has their own.",
        ),
        (
            fault(CONFIG, PEOPLE, &STORE.replace("\"cases\"", "\"../cases\"")),
            "stores.d/share.toml, line 8: the mapping's location `../cases` leads outside the store's root. Write it relative to the root, without a leading slash and without `..`.",
        ),
        (
            fault(
                &CONFIG
                    .replace("[organisation]", "[catalogue]\nurl = \"mysql://x\"\n[organisation]"),
                PEOPLE,
                STORE,
            ),
            "retaind.toml, line 6: catalogue.url `mysql://x` is neither SQLite nor PostgreSQL. Write sqlite:///path/to/catalogue.db or postgres://user@host:port/database.",
        ),
    ];
    for (said, expected) in cases {
        assert_eq!(said, expected);
    }
}

#[test]
fn a_missing_configuration_says_how_to_get_one() {
    let fault = Config::read(Path::new("/nowhere/retaind.toml")).expect_err("a fault");
    assert_eq!(
        fault.to_string(),
        "/nowhere/retaind.toml: cannot read the configuration: No such file or directory (os error 2). \
         Put it there, or name another file with --config (or RETAIND_CONFIG); `retaind demo` makes one to look at."
    );
}

#[test]
fn an_unknown_store_lists_those_there_are() {
    let folder = folder(CONFIG, PEOPLE, STORE);
    let config = Config::read(&folder.path().join("retaind.toml")).expect("a configuration");
    let said = config.store("shore").expect_err("no such store").to_string();
    assert!(said.ends_with("there is no store called `shore`. Use one of: share."), "{said}");
}

#[test]
fn when_the_daemon_runs_has_defaults_that_are_safe() {
    let folder = folder(CONFIG, PEOPLE, STORE);
    let config = Config::read(&folder.path().join("retaind.toml")).expect("a configuration");
    assert_eq!(config.jobs.inbox, folder.path().join("state/inbox"));
    assert_eq!(config.working_days.window.to_string(), "Mon-Thu 19:00-23:00");
    assert_eq!(config.working_days.zone.iana_name(), Some("Europe/London"));
    assert_eq!(config.http.listen, None);
}

#[test]
fn settings_of_the_daemon_that_cannot_be_meant_are_refused_with_their_line() {
    let cases = [
        (
            "[execution]\nwindow = \"evenings\"\n",
            "retaind.toml, line 11: `evenings` does not say when: write days and times such as \
             \"Mon-Thu 19:00-23:00\", or several with commas between, such as \
             \"Mon-Thu 19:00-23:00, Sat 08:00-12:00\". Mend that line.",
        ),
        (
            "[execution]\nfreezes = [{ from = \"2027-01-04\", to = \"2026-12-14\", why = \"x\" }]\n",
            "retaind.toml, line 11: the freeze ends on 2026-12-14, before it begins on \
             2027-01-04. Mend that line.",
        ),
        (
            "[jobs]\ntime_zone = \"Europe/Londinium\"\n",
            "retaind.toml, line 11: there is no time zone `Europe/Londinium`; the usual one is \
             \"Europe/London\". Mend that line.",
        ),
        (
            "[jobs.schedule]\nscan = \"at two\"\n",
            "retaind.toml, line 11: `at two` is no cron expression (invalid pattern: pattern must \
             have 5 fields when seconds are disallowed): write minute, hour, day, month and day of \
             the week, such as \"0 2 * * *\" for two at night, or \"off\". Mend that line.",
        ),
        (
            "[jobs.schedule]\nscans = \"0 2 * * *\"\n",
            "retaind.toml, line 11: there is no job called `scans`. Use one of: inbox, hold-feed, scan, evaluate, \
             standing, propose, expire, execute, quarantine-expiry, backup, maintenance, \
             audit-verify, certificate-closing, manifest-expiry, hold-reviews, notices, \
             over-retention, chase, digests, outbox.",
        ),
        (
            "[http]\nlisten = \"8480\"\n",
            "retaind.toml, line 11: invalid socket address syntax. Mend that line.",
        ),
    ];
    for (section, said) in cases {
        assert_eq!(fault(&format!("{CONFIG}{section}"), PEOPLE, STORE), said);
    }
}
