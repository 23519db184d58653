//! Change control: what could let records go sooner is shown with what it would
//! do, and is nothing until the people who answer for it have signed just that.

use std::fmt::Write as _;

use jiff::SignedDuration;
use jiff::civil::Date;
use retaind::catalogue::entity::person;
use retaind::catalogue::words::OutcomeKind;
use retaind::change;
use retaind::clock::{Clock as _, SystemClock};
use retaind::stores;
use retaind_schedules::ids::PersonId;
use sea_orm::EntityTrait as _;
use serde_json::Value;

use crate::casework::Casework;
use crate::catalogue::Database;
use crate::council::{Council, Ran, months_from_now, present_user};

const ROWAN: &str = "Rowan Hale";
const NADIA: &str = "Nadia Shah";
const SADE: &str = "Sade Okoro";
const PIET: &str = "Piet Lang";

/// Name and roles of everyone, and when they left.
type People<'a> = [(&'a str, &'a str, &'a str)];

const EVERYONE: &People<'_> = &[
    (ROWAN, "records-manager", ""),
    (NADIA, "iao", ""),
    (SADE, "siro", ""),
    (PIET, "operator", ""),
];

const STORE: &str = "[[mapping]]\nrecord_type = 'LAC-01'\nlocation = 'file'\n\
    [mapping.dates]\nlast-modified = { from = 'column', name = 'changed' }\n";

/// Writes the people list, and acts as this one of them from now on.
fn people(council: &Council, who: &str, list: &People<'_>) {
    let user = present_user();
    let mut text = "name,email,os_user,roles,left_on\n".to_owned();
    for (name, roles, left_on) in list {
        let user = if *name == who { user.as_str() } else { "" };
        let email = name.to_lowercase().replace(' ', ".");
        writeln!(text, "{name},{email}@trentside.example,{user},{roles},{left_on}").unwrap();
    }
    council.write("people.csv", &text);
}

fn act_as(council: &Council, who: &str) {
    people(council, who, EVERYONE);
}

/// A table of files: so many last changed ten years ago, and so many last year.
async fn files(database: Database, old: u32, young: u32) -> Casework {
    let casework =
        Casework::make(database, "create table file (id integer primary key, changed date)").await;
    insert(&casework, (1, old), -120).await;
    insert(&casework, (old + 1, old + young), -12).await;
    casework
}

async fn insert(casework: &Casework, (from, to): (u32, u32), months: i32) {
    if from > to {
        return;
    }
    let day = months_from_now(months);
    let rows = format!(
        "insert into file with recursive n(i) as \
         (select {from} union all select i + 1 from n where i < {to}) select i, '{day}' from n"
    );
    casework.execute(&rows).await;
}

/// A council with one store of files, and a register of one line accepted.
async fn council(database: Database, casework: &Casework, period: &str) -> Council {
    let council = Council::found(database).await;
    act_as(&council, ROWAN);
    council.store("casework", &(casework.settings() + STORE));
    import(&council, &[("LAC-01", period)]);
    assert_eq!(council.run(&["register", "accept"]).code, 0);
    assert_eq!(council.run(&["scan", "--quiet"]).code, 0);
    council
}

fn import(council: &Council, lines: &[(&str, &str)]) {
    let mut text = "Ref,Record,Service,Owner,Keep for,Disposal action,Legislation\n".to_owned();
    for (code, period) in lines {
        let rest = "Destroy,Limitation Act 1980";
        writeln!(text, "{code},Files {code},Children,{NADIA},{period} after last modified,{rest}")
            .unwrap();
    }
    council.write("again.csv", &text);
    let file = council.path("again.csv");
    let ran = council.run(&["register", "import", file.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// The one answer of a command that asks for JSON.
fn answer(council: &Council, args: &[&str]) -> Value {
    let ran = council.run(&[&["--json"], args].concat());
    ran.json().into_iter().next().unwrap_or_else(|| panic!("{args:?}: {ran:?}"))
}

/// What waits, as its sheet shows it.
fn pending(council: &Council) -> Value {
    let listed = answer(council, &["change", "list"]);
    answer(council, &["change", "show", listed["change"].as_str().unwrap()])
}

fn sign(council: &Council, who: &str, sheet: &Value) -> Ran {
    act_as(council, who);
    let [change, digest] = ["change", "digest"].map(|key| sheet[key].as_str().unwrap());
    council.run(&["change", "sign", change, "--digest", digest])
}

fn version(council: &Council) -> Value {
    let list = council.run(&["--json", "schedule", "list"]).json();
    list.last().unwrap().clone()
}

#[tokio::test]
async fn story_14_the_seven_year_slip_waits_for_three_people_and_changes_nothing_meanwhile() {
    let casework = files(Database::Sqlite, 38_112, 3_788).await;
    let council = council(Database::Sqlite, &casework, "75 years").await;
    let before = version(&council);
    import(&council, &[("LAC-01", "7 years")]);

    let proposed = council.run(&["register", "accept"]);
    assert_eq!(proposed.code, 3, "{proposed:?}");
    for words in [
        "38,112 of 41,900 items (91 %) newly due",
        "a records manager, the owner of asset LAC-01, the senior information risk owner",
        "nothing is different until then",
    ] {
        assert!(proposed.out.contains(words), "{words}: {proposed:?}");
    }
    let sheet = pending(&council);
    for who in [ROWAN, NADIA] {
        let signed = sign(&council, who, &sheet);
        assert!(signed.out.contains("still waits for"), "{signed:?}");
    }
    assert_eq!(version(&council), before);
    let meanwhile = council.scan("casework").await.outcomes;
    assert!(!meanwhile.contains_key(&OutcomeKind::Due), "{meanwhile:?}");

    let signed = sign(&council, SADE, &sheet);
    assert!(signed.out.contains("is in force"), "{signed:?}");
    assert_ne!(version(&council), before);
    let due = council.scan("casework").await.outcomes[&OutcomeKind::Due];
    assert_eq!(due.units, 38_112);
    assert_eq!(council.audited("change.signed").await, 3);
    assert_eq!(council.audited("change.in-force").await, 1);
    assert_eq!(council.audited("schedule.accepted").await, 2);
}

#[tokio::test]
async fn a_longer_period_is_accepted_at_once_and_a_shorter_one_never_by_one_person() {
    for database in Database::BOTH {
        let casework = files(database, 3, 100).await;
        let council = council(database, &casework, "75 years").await;
        import(&council, &[("LAC-01", "80 years")]);
        assert_eq!(council.run(&["register", "accept"]).code, 0);

        // Nothing is newly due yet, but it would be sooner than now.
        import(&council, &[("LAC-01", "79 years")]);
        let proposed = council.run(&["register", "accept"]);
        assert!(proposed.out.contains("0 of 103 items (0 %) newly due"), "{proposed:?}");
        let sheet = pending(&council);
        let waits = ["a records manager", "the owner of asset LAC-01"];
        assert_eq!(sheet["waits_for"], serde_json::json!(waits));
        assert!(sign(&council, NADIA, &sheet).out.contains("still waits for a records manager"));
        assert!(sign(&council, ROWAN, &sheet).out.contains("is in force"));
    }
}

#[tokio::test]
async fn what_was_signed_is_what_was_seen_and_nobody_signs_twice() {
    for database in Database::BOTH {
        let casework = files(database, 2, 2).await;
        let council = council(database, &casework, "75 years").await;
        import(&council, &[("LAC-01", "7 years")]);
        assert_eq!(council.run(&["register", "accept"]).code, 3);
        let seen = pending(&council);
        assert!(sign(&council, ROWAN, &seen).out.contains("still waits for"));
        let twice = sign(&council, ROWAN, &seen);
        assert!(twice.err.contains("Rowan Hale has signed this change already"), "{twice:?}");
        let other = sign(&council, PIET, &seen);
        assert!(other.err.contains("Piet Lang cannot sign this change"), "{other:?}");

        insert(&casework, (5, 9), -120).await;
        act_as(&council, ROWAN);
        assert_eq!(council.run(&["register", "accept"]).code, 3);
        let moved = sign(&council, NADIA, &seen);
        assert!(moved.err.contains("or what the change says or does has moved"), "{moved:?}");
        let now = pending(&council);
        assert_eq!(now["change"], seen["change"]);
        assert_eq!(now["impact"]["lines"][0]["effect"]["counted"]["newly_due"], 7);
        assert_eq!(now["signed_by"], serde_json::json!([]));
        let shown = council.run(&["change", "sign", now["change"].as_str().unwrap()]);
        assert_eq!(shown.code, 3, "shown, and not signed: {shown:?}");
        assert_eq!(pending(&council)["signed_by"], serde_json::json!([]));
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_reached_needs_every_signature() {
    for database in Database::BOTH {
        let casework = files(database, 1, 200).await;
        let council = council(database, &casework, "75 years").await;
        casework.execute("alter table file rename to elsewhere").await;
        import(&council, &[("LAC-01", "74 years")]);
        let proposed = council.run(&["register", "accept"]);
        assert!(proposed.out.contains("not known:"), "{proposed:?}");
        assert!(proposed.out.contains("the senior information risk owner"), "{proposed:?}");
    }
}

#[tokio::test]
async fn who_has_left_signs_nothing_and_what_they_signed_counts_no_more() {
    for database in Database::BOTH {
        let casework = files(database, 0, 100).await;
        let council = council(database, &casework, "75 years").await;
        let before = version(&council);
        import(&council, &[("LAC-01", "70 years")]);
        assert_eq!(council.run(&["register", "accept"]).code, 3);
        let sheet = pending(&council);
        assert!(sign(&council, NADIA, &sheet).out.contains("still waits for a records manager"));
        let mut gone = EVERYONE.to_vec();
        gone[1].2 = "2020-01-31";
        people(&council, NADIA, &gone);
        let [change, digest] = ["change", "digest"].map(|key| sheet[key].as_str().unwrap());
        let refused = council.run(&["change", "sign", change, "--digest", digest]);
        assert!(refused.err.contains("may no longer act"), "{refused:?}");
        people(&council, ROWAN, &gone);
        let signed = council.run(&["change", "sign", change, "--digest", digest]);
        let waits = "still waits for the owner of asset LAC-01";
        assert!(signed.out.contains(waits), "{signed:?}");
        assert_eq!(version(&council), before, "the rule in force is as it was");
    }
}

#[tokio::test]
async fn leaving_much_of_the_register_out_waits_too() {
    let casework = files(Database::Sqlite, 0, 10).await;
    let council = council(Database::Sqlite, &casework, "75 years").await;
    import(&council, &[("LAC-01", "75 years"), ("LAC-02", "5 years")]);
    assert_eq!(council.run(&["register", "accept"]).code, 0);
    import(&council, &[("LAC-01", "75 years")]);
    let proposed = council.run(&["register", "accept"]);
    let note = "1 of 2 lines of the register in force are not in this file";
    assert!(proposed.out.contains(note), "{proposed:?}");
    let sheet = pending(&council);
    let [change, digest] = ["change", "digest"].map(|key| sheet[key].as_str().unwrap());
    let back = council.run(&["change", "reject", change, "--reason", "the wrong file"]);
    assert!(back.out.contains("is withdrawn"), "{back:?}");
    let late = council.run(&["change", "sign", change, "--digest", digest]);
    assert!(late.err.contains("is withdrawn already"), "{late:?}");
}

#[tokio::test]
async fn a_ceiling_is_raised_by_two_and_lowered_at_once() {
    for database in Database::BOTH {
        let casework = files(database, 0, 1).await;
        let council = council(database, &casework, "75 years").await;
        let value = || answer(&council, &["ceiling", "list"])["value"].clone();
        let set = |value: &str| {
            council.run(&["ceiling", "set", "max-lines", value, "--reason", "as agreed"])
        };
        assert_eq!(value(), 10_000);
        let raise = set("20000");
        assert_eq!(raise.code, 3, "{raise:?}");
        assert_eq!(value(), 10_000);
        let sheet = pending(&council);
        sign(&council, ROWAN, &sheet);
        assert_eq!(value(), 10_000);
        let owner = sign(&council, NADIA, &sheet);
        assert!(owner.err.contains("cannot sign this change"), "{owner:?}");
        assert!(sign(&council, SADE, &sheet).out.contains("is in force"));
        assert_eq!(value(), 20_000);
        act_as(&council, ROWAN);
        assert_eq!(set("500").code, 0);
        assert_eq!(value(), 500);
        assert_eq!(council.audited("ceiling.lowered").await, 1);
        assert!(set("500").err.contains("already"));
    }
}

/// Who, so many hours from now, made the schedule or the mapping within a day.
async fn authors(council: &Council, hours: i64) -> Vec<String> {
    let catalogue = council.open().await.catalogue;
    let version = stores::schedule_in_force(&catalogue).await.unwrap().version.unwrap();
    let mapping = answer(council, &["mapping", "list"])["mapping"].clone();
    let mapping = serde_json::from_value(mapping).unwrap();
    let then = SystemClock.now() + SignedDuration::from_hours(hours);
    let authors = change::author_of(catalogue.read(), version, mapping, then).await.unwrap();
    let people = person::Entity::find().all(catalogue.read()).await.unwrap().into_iter();
    people.filter(|row| authors.contains(&PersonId(row.id))).map(|row| row.name).collect()
}

#[tokio::test]
async fn a_mapping_is_approved_by_two_and_unapproved_when_it_changes() {
    for database in Database::BOTH {
        let casework = files(database, 0, 100).await;
        let council = council(database, &casework, "75 years").await;
        let approved = || answer(&council, &["mapping", "list"])["approved"] != "no";
        let part = council.run(&["mapping", "approve", "casework"]);
        assert!(part.err.contains("covers 100 % of store `casework`"), "{part:?}");
        let shown = council.run(&["mapping", "approve", "casework", "--whole-store"]);
        assert_eq!(shown.code, 3, "{shown:?}");
        let sheet = pending(&council);
        let mapping = answer(&council, &["mapping", "list"])["digest"].clone();
        let mapping = &mapping.as_str().unwrap()[..12];
        let refused = council.run(&["mapping", "approve", "casework", "--digest", mapping]);
        let wanted = format!(
            "`{mapping}` is not the digest of change {}, which is {}. It is that of something \
             else, such as the mapping itself as `retaind mapping list` shows it, or what",
            sheet["change"].as_str().unwrap(),
            sheet["digest"].as_str().unwrap(),
        );
        assert!(refused.err.contains(&wanted), "{refused:?}");
        sign(&council, NADIA, &sheet);
        assert!(!approved());
        sign(&council, ROWAN, &sheet);
        assert!(approved());
        let changed = "subject = { from = 'column', name = 'id' }\n[mapping.dates]";
        let changed = STORE.replace("[mapping.dates]", changed);
        council.store("casework", &(casework.settings() + &changed));
        assert_eq!(council.run(&["scan", "--quiet"]).code, 0);
        assert!(!approved(), "it says something else");
        council.store("casework", &(casework.settings() + STORE));
        assert_eq!(council.run(&["scan", "--quiet"]).code, 0);
        assert!(!approved(), "it went and came back");

        let sheet = {
            council.run(&["mapping", "approve", "casework", "--whole-store"]);
            pending(&council)
        };
        sign(&council, NADIA, &sheet);
        sign(&council, ROWAN, &sheet);
        assert!(approved());
        assert_eq!(authors(&council, 23).await, [ROWAN], "they asked for it");
        assert_eq!(authors(&council, 25).await, [""; 0]);

        let refused = council.run(&["mapping", "reject", "casework", "--reason", "wrong table"]);
        assert_eq!(refused.code, 0, "{refused:?}");
        assert!(!approved());
    }
}

#[tokio::test]
async fn going_further_for_an_asset_waits_and_going_less_far_does_not() {
    for database in Database::BOTH {
        let casework = files(database, 0, 1).await;
        let council = council(database, &casework, "75 years").await;
        let level = || answer(&council, &["enforcement", "list"])["level"].clone();
        let set = |level: &str| {
            council.run(&["enforcement", "set", "LAC-01", level, "--reason", "as agreed"])
        };
        assert_eq!(set("propose").code, 3);
        assert_eq!(level(), "flag");
        let sheet = pending(&council);
        sign(&council, ROWAN, &sheet);
        assert_eq!(level(), "flag");
        sign(&council, NADIA, &sheet);
        assert_eq!(level(), "propose");
        let destroy = set("destroy");
        assert!(destroy.out.contains("fewer than 28 days of complete scans"), "{destroy:?}");
        assert!(destroy.out.contains("the senior information risk owner"), "{destroy:?}");
        assert_eq!(set("register").code, 0);
        assert_eq!(level(), "register");
        assert_eq!(answer_count(&council), 0, "what waited is withdrawn");
    }
}

fn answer_count(council: &Council) -> usize {
    council.run(&["--json", "change", "list"]).json().len()
}

#[tokio::test]
async fn a_role_that_the_list_adds_counts_only_once_another_has_confirmed_it() {
    for database in Database::BOTH {
        let casework = files(database, 0, 1).await;
        let council = council(database, &casework, "75 years").await;
        let mut promoted = EVERYONE.to_vec();
        promoted[3].1 = "operator records-manager";
        people(&council, PIET, &promoted);
        let refused = council.run(&["ceiling", "set", "max-lines", "5", "--reason", "mine"]);
        assert!(refused.err.contains("Piet Lang may not set a ceiling"), "{refused:?}");
        let sheet = pending(&council);
        assert_eq!(sheet["kind"], "roles");
        let digest = sheet["digest"].as_str().unwrap();
        let confirm = || {
            council.run(&["people", "confirm", "piet.lang@trentside.example", "--digest", digest])
        };
        let own = confirm();
        assert!(own.err.contains("Piet Lang cannot sign this change"), "{own:?}");
        people(&council, SADE, &promoted);
        assert!(confirm().out.contains("is in force"));
        people(&council, PIET, &promoted);
        assert_eq!(council.run(&["ceiling", "set", "max-lines", "5", "--reason", "x"]).code, 0);

        people(&council, PIET, EVERYONE);
        let gone = council.run(&["ceiling", "set", "max-lines", "4", "--reason", "x"]);
        assert!(gone.err.contains("may not set a ceiling"), "{gone:?}");
        people(&council, PIET, &promoted);
        let again = council.run(&["ceiling", "set", "max-lines", "4", "--reason", "x"]);
        assert!(again.err.contains("may not set a ceiling"), "it is confirmed anew: {again:?}");
    }
}

/// A council whose one class counts to the end of the financial year, that ends on
/// this day.
async fn counting_years(database: Database, casework: &Casework, end: Date) -> Council {
    let council = Council::found(database).await;
    act_as(&council, ROWAN);
    year_ends(&council, end);
    council.store("casework", &(casework.settings() + STORE));
    let text = format!(
        "Ref,Record,Service,Owner,Keep for,Keep from,Disposal action,Legislation\n\
         LAC-01,Files,Children,{NADIA},6 years from end of financial year,Last modified,Destroy,\
         Limitation Act 1980\n"
    );
    council.write("years.csv", &text);
    let file = council.path("years.csv");
    assert_eq!(council.run(&["register", "import", file.to_str().unwrap()]).code, 0);
    assert_eq!(council.run(&["register", "accept"]).code, 0);
    council
}

/// The configuration says that the financial year ends on this day.
fn year_ends(council: &Council, end: Date) {
    // 29 February is no day of every year.
    let end = if (end.month(), end.day()) == (2, 29) { end.yesterday().unwrap() } else { end };
    let end = format!("financial_year_end = '{:02}-{:02}'", end.month(), end.day());
    let usual = "financial_year_end = '03-31'";
    council.write("retaind.toml", &council.configuration().replace(usual, &end));
}

#[tokio::test]
async fn another_year_end_in_the_configuration_waits_for_signatures_and_changes_nothing_meanwhile()
{
    for database in Database::BOTH {
        // Changed six years and eight months ago: past its time where the year ended
        // ten days later, and not where it had ended ten days before.
        let casework = files(database, 0, 0).await;
        insert(&casework, (1, 3), -80).await;
        insert(&casework, (4, 100), -12).await;
        let changed: Date = months_from_now(-80);
        let [later, before] = [10, -10].map(|days| changed + jiff::Span::new().days(days));
        let council = counting_years(database, &casework, before).await;
        // The rows, and what the binary scans, are of the machine's day.
        council.clock.set(SystemClock.now());
        let due = async || council.scan("casework").await.outcomes.contains_key(&OutcomeKind::Due);
        assert_eq!(council.run(&["scan", "--quiet"]).code, 0);
        assert_eq!(council.run(&["change", "list"]).out.lines().count(), 1, "nothing waits");

        year_ends(&council, later);
        let scanned = council.run(&["scan"]);
        assert!(scanned.err.contains("are not those in force, which go on until"), "{scanned:?}");
        assert!(!due().await, "the configuration alone has made something due");
        let sheet = pending(&council);
        assert_eq!(sheet["impact"]["lines"][0]["effect"]["counted"]["newly_due"], 3);
        let waits = ["a records manager", "the owner of asset LAC-01"];
        assert_eq!(sheet["waits_for"], serde_json::json!(waits));

        // Taken back, nothing waits; said again, it is proposed anew.
        year_ends(&council, before);
        assert_eq!(council.run(&["scan", "--quiet"]).code, 0);
        assert_eq!(council.run(&["change", "list"]).out.lines().count(), 1, "nothing waits");
        year_ends(&council, later);
        for _ in 0..2 {
            assert_eq!(council.run(&["scan", "--quiet"]).code, 0);
        }
        let sheet = pending(&council);
        assert!(sign(&council, NADIA, &sheet).out.contains("still waits for a records manager"));
        assert!(!due().await);
        assert!(sign(&council, ROWAN, &sheet).out.contains("is in force"));
        assert!(due().await);
        assert_eq!(council.run(&["scan", "--quiet"]).code, 0);
        assert_eq!(council.run(&["change", "list"]).out.lines().count(), 1, "nothing waits");
        assert_eq!(council.audited("schedule.accepted").await, 2);
    }
}

#[tokio::test]
async fn who_has_left_since_the_list_was_read_has_signed_nothing_that_counts() {
    for database in Database::BOTH {
        let casework = files(database, 0, 100).await;
        let council = council(database, &casework, "75 years").await;
        import(&council, &[("LAC-01", "70 years")]);
        assert_eq!(council.run(&["register", "accept"]).code, 3);
        let sheet = pending(&council);
        let tomorrow = SystemClock.today().tomorrow().unwrap().to_string();
        let mut leaving = EVERYONE.to_vec();
        leaving[1].2 = &tomorrow;
        people(&council, NADIA, &leaving);
        let [id, digest] = ["change", "digest"].map(|key| sheet[key].as_str().unwrap());
        let signed = council.run(&["change", "sign", id, "--digest", digest]);
        assert!(signed.out.contains("still waits for a records manager"), "{signed:?}");
        people(&council, ROWAN, &leaving);
        assert_eq!(council.run(&["scan", "--quiet"]).code, 0);

        // The list was last read before Nadia left.
        let catalogue = council.open().await.catalogue;
        let rowan = retaind::people::acting(&catalogue, &present_user()).await.unwrap();
        let then = SystemClock.now() + SignedDuration::from_hours(72);
        let signed = change::sign(&catalogue, &rowan, id.parse().unwrap(), digest, then).await;
        let waits = change::Signed::Waits(vec![change::Seat::Owner("LAC-01".to_owned())]);
        assert_eq!(signed.unwrap(), waits);
    }
}
