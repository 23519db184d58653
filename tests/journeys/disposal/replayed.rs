//! What is told of records that are out of reach or gone, and whether they come
//! to the same again.

use retaind::catalogue::entity::schedule_line;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait as _, EntityTrait as _};

use crate::catalogue::Database;
use crate::council::Ran;
use crate::office::{FILES, OLD, Office};

const UNITS: &str = "location = 'planning'\nunit = { folder = { depth = 1 } }\n";

fn replay(office: &Office, certificate: &str) -> Ran {
    office.council.run(&["manifest", "replay", certificate, "--reason", "the yearly audit"])
}

/// Edits the rule that a batch went under, by one who took away what refuses that.
async fn edit_rule(office: &Office, database: Database) {
    let catalogue = &office.open.catalogue;
    let on = if database == Database::Sqlite { "" } else { " on schedule_line" };
    let drop = format!("drop trigger schedule_line_refuses_update{on}");
    catalogue.read().execute_unprepared(&drop).await.unwrap();
    let line = schedule_line::Entity::find().one(catalogue.read()).await.unwrap().unwrap();
    let longer = line.rule.to_string().replace("P6Y", "P60Y");
    assert_ne!(longer, line.rule.to_string());
    let longer: serde_json::Value = serde_json::from_str(&longer).unwrap();
    let edit = schedule_line::Entity::update_many()
        .col_expr(schedule_line::Column::Rule, Expr::value(longer));
    let tx = catalogue.write_tx().await.unwrap();
    edit.exec(&*tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_went_comes_to_the_same_again_by_the_rule_it_went_under_and_by_no_other() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-05-03T09:00:00Z", 4).await;
        let number = office.authorised().await;
        // It is on the list, and does not go.
        office.share.take_away("planning/record-00003");
        for time in ["2026-05-11T09:00:00Z", "2026-06-11T09:00:00Z"] {
            office.at(time).await;
            office.council.scan("share").await;
            office.run(&number).await.unwrap();
        }
        let same = replay(&office, "C-2026-0001");
        assert_eq!((same.code, same.err.as_str()), (0, ""), "{same:?}");
        let said =
            "3 lines of certificate C-2026-0001 come to the same again by schedule version 1";
        assert!(same.out.starts_with(said), "{}", same.out);
        assert_eq!(office.council.audited("manifest.opened").await, 1);

        edit_rule(&office, database).await;
        let differs = replay(&office, "C-2026-0001");
        assert_eq!(differs.code, 3, "{differs:?}");
        assert!(differs.out.starts_with("0 lines of certificate C-2026-0001"), "{}", differs.out);
        let said = "These do not: hold everything with `retaind hold place --kind incident-freeze \
                    --everything`, and find out why. Their stubs: ";
        let stubs = differs.out.split_once(said).expect(said).1;
        assert_eq!(stubs.split(", ").count(), 3, "{stubs}");
    }
}

/// Two cases that are out of reach, and the number of their batch.
async fn out_of_reach(database: Database) -> (Office, String) {
    let mut office = Office::found(database, "2026-05-03T09:00:00Z").await;
    for case in ["10001", "10002"] {
        office.share.file(&format!("planning/{case}/letter.pdf"), OLD);
    }
    office.share.file("planning/10003/letter.pdf", "2026-03-01T10:00:00Z");
    office.council.store("share", &FILES.replace("location = 'planning'\n", UNITS));
    office.ready(&[("PLAN-14", "6 years after last modified", "Destroy")], &["share"]).await;
    let number = office.authorised().await;
    office.at("2026-05-11T09:00:00Z").await;
    office.council.scan("share").await;
    office.run(&number).await.unwrap();
    (office, number)
}

#[tokio::test]
async fn a_line_is_put_back_by_its_number() {
    for database in Database::BOTH {
        let (office, number) = out_of_reach(database).await;
        let restore = ["dispose", "restore", &number, "--reason", "wanted", "--line", "2"];
        let back = office.council.run(&restore);
        assert_eq!((back.code, back.err.as_str()), (0, ""), "{back:?}");
        assert!(office.share.root().join("planning/10002/letter.pdf").exists());
        assert!(!office.share.root().join("planning/10001/letter.pdf").exists());

        let again = office.council.run(&restore);
        let stands = format!("line 2 of batch `{number}` is not out of reach: it was put back on ");
        assert!(again.err.contains(&stands), "{again:?}");
        assert!(again.err.ends_with(" (restored)\n"), "{again:?}");
    }
}

#[tokio::test]
async fn who_asks_is_told_of_what_is_out_of_reach_and_of_what_is_gone() {
    for database in Database::BOTH {
        let (office, number) = out_of_reach(database).await;
        let run = |args: &[&str]| office.council.run(args);
        let unwritten = "planning/10001";
        let written = "planning/10001/";
        for place in [unwritten, written] {
            let why = run(&["explain", "share", place]);
            let said = format!(
                "{place} is out of reach: batch {number} has taken it from store `share`, and not \
                 destroyed it. It can be put back: `retaind dispose restore {number} --line 1 "
            );
            assert!(why.err.contains(&said), "{why:?}");
            let held = run(&["lookup", "share", place]).out;
            let said = format!("Still held: batch {number} has taken it out of reach");
            assert!(held.starts_with(&said), "{held}");
        }
        let listed = run(&["batch", "show", &number, "--lines"]).out;
        assert!(listed.contains("1  quarantined "), "{listed}");
        let absent = run(&["dispose", "restore", &number, "--line", "3", "--reason", "wanted"]);
        assert!(absent.err.contains(&format!("batch {number} has no line 3: ")), "{absent:?}");

        office.at("2026-06-11T09:00:00Z").await;
        office.council.scan("share").await;
        office.run(&number).await.unwrap();
        for place in [unwritten, written, "planning/10001/letter.pdf"] {
            let gone = run(&["lookup", "share", place]).out;
            assert!(gone.starts_with("Yes: destroyed on 2026-06-11"), "{gone}");
            let why = run(&["explain", "share", place]).err;
            let said = format!(
                "store `share` has no item or unit at {place}: it was disposed of. `retaind \
                 lookup share LOCATOR` says when"
            );
            assert!(why.contains(&said), "{why}");
        }
        let never = run(&["explain", "share", "planning/10004/"]).err;
        assert!(never.contains("has no item or unit at planning/10004/. Write it"), "{never}");
        let gone = run(&["dispose", "restore", &number, "--line", "1", "--reason", "wanted"]);
        let stands = "is not out of reach: it was destroyed on 2026-06-11";
        assert!(gone.err.contains(&format!("line 1 of batch `{number}` {stands}")), "{gone:?}");
    }
}

/// Whatever of these answers comes first.
fn first_line(ran: &Ran) -> &str {
    ran.out.lines().next().unwrap_or_default()
}

#[tokio::test]
async fn what_went_is_found_by_its_folder_its_name_and_its_class_however_they_are_written() {
    for database in Database::BOTH {
        let mut office = Office::found(database, "2026-05-03T09:00:00Z").await;
        office.share.files("planning/Enforcement/2009", 3, OLD);
        office.share.file("planning/Enforcement/2010/invoice-00144.pdf", OLD);
        office.share.file("planning/young.pdf", "2026-03-01T10:00:00Z");
        office.council.store("share", FILES);
        office.ready(&[("PLAN-14", "6 years after last modified", "Destroy")], &["share"]).await;
        let number = office.authorised().await;
        office.at("2026-05-11T09:00:00Z").await;
        office.council.scan("share").await;
        office.run(&number).await.unwrap();

        let at = |place: &'static str| vec!["lookup", "share", place];
        let run = |args: &[&str]| office.council.run(args);
        let held = run(&at("Planning\\ENFORCEMENT/2009/"));
        assert!(held.out.starts_with(&format!("Still held: batch {number} ")), "{held:?}");
        assert!(
            held.out.contains("The catalogue lists 3 items, with those out of reach."),
            "{held:?}"
        );

        office.at("2026-06-11T09:00:00Z").await;
        office.council.scan("share").await;
        office.run(&number).await.unwrap();
        let went = "2026-06-11T09:00:00Z";
        let three = format!("Yes: 3 items, destroyed from {went} to {went}, as PLAN-14");
        let four = format!("Yes: 4 items, destroyed from {went} to {went}, as PLAN-14");
        let one = format!("Yes: destroyed on {went}, as PLAN-14");
        let class = ["lookup", "--record-type", "PLAN-14", "--from", "2026-06-11"];
        for (asked, said) in [
            (at("planning/Enforcement/2009/"), &three),
            (at("/planning/enforcement\\2009"), &three),
            (at("planning/enforcement"), &four),
            (at("PLANNING/Enforcement/2010/Invoice-00144.PDF"), &one),
            (vec!["lookup", "--reference", "Invoice-00144"], &one),
            (vec!["lookup", "--reference", "enforcement"], &four),
            (class.to_vec(), &four),
        ] {
            let found = run(&asked);
            assert_eq!(first_line(&found), said, "{asked:?}: {found:?}");
            assert!(found.out.contains("certificate C-2026-0001"), "{asked:?}: {found:?}");
        }

        for (asked, said) in [
            (
                at("planning/enforcement/2008"),
                "Nothing is known here of planning/enforcement/2008 in store `share`: nothing at \
                 that place, below it, or of which it is a part has gone by this program, is out \
                 of reach, or is listed as due, held or unexplained. Capitals and slashes do not \
                 count; the spelling does.\n",
            ),
            (
                vec!["lookup", "--reference", "invoice-00145"],
                "Nothing is known here of case invoice-00145: nothing with that reference or with \
                 that name in its path has gone",
            ),
            (
                [&class[..3], &["--to", "2026-06-10"]].concat(),
                "Nothing of record type PLAN-14 is known to have gone to 2026-06-10.",
            ),
        ] {
            let nothing = run(&asked);
            assert!(nothing.out.starts_with(said), "{asked:?}: {nothing:?}");
            assert!(!nothing.out.contains("never"), "{nothing:?}");
        }
        let blank = run(&["lookup", "--reference", " "]);
        assert!(blank.err.contains("the reference of the case must not be blank"), "{blank:?}");
    }
}
