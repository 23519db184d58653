//! What the register or a store file names otherwise does not slip from under a
//! hold: it is refused until the hold covers it under its new name.

use std::fmt::Write as _;

use crate::catalogue::Database;
use crate::council::{Council, Ran};
use crate::holds::{council, held, place};

const LEGAL: &[&str] = &["legal-hold"];

/// The register of the other journeys of holds, with these as its jobs.
fn import(council: &Council, jobs: &[(&str, &str)]) -> Ran {
    let mut text = "Ref,Record,Service,Keep for,Keep from,Disposal action,Legislation\n".to_owned();
    let changed = "6 years after last modified,";
    let lines = [
        ("PLAN-14", "Planning", changed),
        ("HOU-07", "Housing", "6 years,End of tenancy agreement"),
    ];
    let jobs = jobs.iter().map(|(code, area)| (*code, *area, changed));
    for (code, area, kept) in lines.into_iter().chain(jobs) {
        let basis = "Destroy,Limitation Act 1980";
        writeln!(text, "{code},Records {code},{area},{kept},{basis}").unwrap();
    }
    council.write("new.csv", &text);
    let file = council.path("new.csv");
    council.run(&["register", "import", file.to_str().unwrap()])
}

fn accept(council: &Council) -> Ran {
    council.run(&["register", "accept"])
}

/// The mapping in use of this record type.
fn mapping_of(council: &Council, code: &str) -> String {
    let mappings = council.run(&["--json", "mapping", "list"]).json();
    let of_it = mappings.iter().find(|mapping| mapping["record_type"] == code);
    of_it.expect("a mapping")["mapping"].as_str().expect("an id").to_owned()
}

fn widen(council: &Council, hold: &str, code: &str) {
    let args = ["hold", "widen", hold, "--record-type", code, "--reason", "it was renamed"];
    let widened = council.run(&args);
    assert_eq!((widened.code, widened.err.as_str()), (0, ""), "{widened:?}");
    assert!(widened.out.starts_with(&format!("{hold} is in force.\n")), "{widened:?}");
}

/// What of the jobs is held, and by which hold.
fn jobs(council: &Council) -> Vec<(String, Vec<String>)> {
    held(council).into_iter().filter(|(locator, _)| locator.starts_with("jobs")).collect()
}

fn by(hold: &str) -> Vec<(String, Vec<String>)> {
    vec![("jobs/a.pdf".to_owned(), vec![hold.to_owned()])]
}

#[tokio::test]
async fn a_service_area_that_is_renamed_frees_nothing() {
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        assert_eq!(place(&council, "LEG-1", LEGAL, &["--service-area", "Housing"]).code, 0);
        assert_eq!(jobs(&council), by("LEG-1"));

        assert_eq!(import(&council, &[("HOU-03", "Homes")]).code, 0);
        let refused = accept(&council);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(
            refused.err.contains(
                "of `new.csv` would take records from under a hold, so nothing was changed. LEG-1 \
                 would not cover HOU-03 any more: widen it first, with `retaind hold widen LEG-1 \
                 --record-type HOU-03`."
            ),
            "{}",
            refused.err
        );
        assert_eq!(jobs(&council), by("LEG-1"), "the register in force is as it was");
        assert_eq!(council.run(&["change", "list"]).out.matches("HOU-03").count(), 0);

        widen(&council, "LEG-1", "HOU-03");
        let accepted = accept(&council);
        assert_eq!(accepted.code, 0, "{accepted:?}");
        assert_eq!(council.run(&["scan", "--quiet"]).code, 0);
        assert_eq!(jobs(&council), by("LEG-1"));
        assert_eq!(council.audited("hold.widened").await, 1);
    }
}

#[tokio::test]
async fn an_asset_that_is_renumbered_frees_nothing() {
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        assert_eq!(place(&council, "LEG-2", LEGAL, &["--asset", "HOU-03"]).code, 0);
        assert_eq!(import(&council, &[("HOU-03", "Housing"), ("HSG-03", "Housing")]).code, 0);
        assert_eq!(accept(&council).code, 0);

        let file = council.path("stores.d/share.toml");
        let text = std::fs::read_to_string(&file).unwrap().replace("HOU-03", "HSG-03");
        council.write("stores.d/share.toml", &text);
        assert_eq!(council.run(&["scan", "--quiet", "share"]).code, 0);
        let id = mapping_of(&council, "HSG-03");
        let approve = || council.run(&["mapping", "approve", "share", &id, "--whole-store"]);
        let refused = approve();
        assert_eq!(refused.code, 1, "{refused:?}");
        let said = "LEG-2 would not cover HSG-03 any more: widen it first, with `retaind hold \
                    widen LEG-2 --record-type HSG-03`.";
        assert!(refused.err.contains(said), "{}", refused.err);

        widen(&council, "LEG-2", "HSG-03");
        let waits = approve();
        assert!(!waits.err.contains("LEG-2"), "{waits:?}");
        assert_eq!(jobs(&council), by("LEG-2"));
    }
}

#[tokio::test]
async fn a_store_that_is_renamed_is_held_under_its_new_name() {
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        assert_eq!(place(&council, "LEG-3", LEGAL, &["--location", "share=jobs"]).code, 0);
        let (old, new) = (council.path("stores.d/share.toml"), council.path("stores.d/files.toml"));
        std::fs::rename(old, new).unwrap();
        assert_eq!(council.run(&["scan", "--quiet", "files"]).code, 0);
        let due = council.run(&["--json", "due"]).json();
        let held =
            due.iter().filter(|item| item["store"] == "files" && item["locator"] == "jobs/a.pdf");
        let by: Vec<_> = held.map(|item| item["held_by"].to_string()).collect();
        assert_eq!(by, [r#"["LEG-3"]"#]);
    }
}

#[tokio::test]
async fn a_mapping_that_no_longer_reads_whom_it_is_about_is_not_approved() {
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        assert_eq!(
            place(&council, "SAR-4", &["subject-access"], &["--subject", "T300001"]).code,
            0
        );
        let file = council.path("stores.d/casework.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let blind = text.replace("subject = { from = 'column', name = 'tenant' }\n", "");
        assert_ne!(blind, text);
        council.write("stores.d/casework.toml", &blind);
        assert_eq!(council.run(&["scan", "--quiet", "casework"]).code, 0);
        let refused = council.run(&["mapping", "approve", "casework", "--whole-store"]);
        assert_eq!(refused.code, 1, "{refused:?}");
        let said = "SAR-4 is found by `subject`, which the mapping that lay there before reads and \
                    this one does not: put it back into the store file.";
        assert!(refused.err.contains(said), "{}", refused.err);
    }
}

#[tokio::test]
async fn a_store_that_was_moved_names_the_holds_on_its_parts() {
    let (council, _share, _casework) = council(Database::Sqlite).await;
    assert_eq!(place(&council, "LEG-5", LEGAL, &["--location", "share=jobs"]).code, 0);
    assert_eq!(place(&council, "LEG-6", LEGAL, &["--location", "share"]).code, 0);
    let moved = council.run(&["store", "test", "share", "--accept"]);
    assert_eq!(moved.code, 0, "{moved:?}");
    let said = "LEG-5 cover parts of it by their paths: where those lie elsewhere now, let the \
                holds cover them there with `retaind hold widen`";
    assert!(moved.out.contains(said), "{}", moved.out);
    assert!(!moved.out.contains("LEG-6"), "{}", moved.out);
}
