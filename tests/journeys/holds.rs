//! Holds through every door: placed on the command line, seen on the due list
//! and in explanations, in force for what arrives later, released by two.

use crate::casework::Casework;
use crate::catalogue::Database;
use crate::council::{Council, PEOPLE, Ran, months_from_now};
use crate::share::Share;

const OLD: &str = "2015-06-01T10:00:00Z";

const STORE: &str = "kind = 'filesystem'\n[settings]\nroot = '{folder}/share'\n\
    [[mapping]]\nrecord_type = 'PLAN-14'\nlocation = 'enforcement'\n\
    unit = { folder = { depth = 2 } }\nreference = { from = 'path', pattern = '(ENF-\\d+)' }\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n\
    [[mapping]]\nrecord_type = 'HOU-03'\nlocation = 'jobs'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n";

const TENANCIES: &str = "create table tenancy (id integer primary key, tenant text, ended date);
    insert into tenancy values (1, 'T300001', '2015-06-01'), (2, 'T300002', '2015-06-01');";

const TENANCY: &str = "[[mapping]]\nrecord_type = 'HOU-07'\nlocation = 'tenancy'\n\
    subject = { from = 'column', name = 'tenant' }\n\
    [mapping.dates]\ncontract-ended = { from = 'column', name = 'ended' }\n";

/// Cases, jobs and tenancies that are all long due.
pub(crate) async fn council(database: Database) -> (Council, Share, Casework) {
    let council = Council::found(database).await;
    let share = Share::make(council.path("share"));
    share.file("enforcement/2014/ENF-1/a.pdf", OLD);
    share.file("enforcement/2015/ENF-2/a.pdf", OLD);
    share.file("jobs/a.pdf", OLD);
    share.file("nobody/knows.pdf", OLD);
    council.store("share", STORE);
    let casework = Casework::make(database, TENANCIES).await;
    council.store("casework", &(casework.settings() + TENANCY));
    council
        .accept(&[
            ("PLAN-14", "Planning", "6 years after last modified", ""),
            ("HOU-03", "Housing", "6 years after last modified", ""),
            ("HOU-07", "Housing", "6 years", "End of tenancy agreement"),
        ])
        .await;
    council.scan("share").await;
    council.scan("casework").await;
    assert_eq!(council.due().await.len(), 5);
    (council, share, casework)
}

/// Places a hold of this kind and scope.
pub(crate) fn place(council: &Council, reference: &str, kind: &[&str], scope: &[&str]) -> Ran {
    let review = months_from_now(6).to_string();
    let words = [
        ["--title", "The matter"],
        ["--authority", "memo 14"],
        ["--reason", "letter before claim"],
        ["--review-on", &review],
    ];
    let args = [&["hold", "place", reference, "--kind"], kind, words.as_flattened(), scope];
    council.run(&args.concat())
}

/// What is on the due list and held, with the holds on it.
pub(crate) fn held(council: &Council) -> Vec<(String, Vec<String>)> {
    let due = council.run(&["--json", "due"]);
    assert_eq!(due.code, 0, "{due:?}");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let mut held: Vec<_> = due
        .json()
        .iter()
        .map(|item| {
            let by = item["held_by"].as_array().expect("a list").iter().map(text).collect();
            (text(&item["locator"]), by)
        })
        .filter(|(_, by): &(String, Vec<String>)| !by.is_empty())
        .collect();
    held.sort();
    held
}

#[tokio::test]
async fn a_hold_shows_at_once_whatever_it_is_placed_on() {
    let scopes: [(&[&str], &[&str]); 7] = [
        (&["--asset", "HOU-07"], &["tenancy/1", "tenancy/2"]),
        (&["--record-type", "HOU-03"], &["jobs/a.pdf"]),
        (&["--service-area", "Housing"], &["jobs/a.pdf", "tenancy/1", "tenancy/2"]),
        (&["--location", "share=enforcement/2014"], &["enforcement/2014/ENF-1/"]),
        (&["--location", "share=enforcement/2015/ENF-2/a.pdf"], &["enforcement/2015/ENF-2/"]),
        (&["--case", " enf-2 "], &["enforcement/2015/ENF-2/"]),
        (&["--subject", "t300 002"], &["tenancy/2"]),
    ];
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        let mut expected: Vec<(String, Vec<String>)> = Vec::new();
        for (number, (scope, locators)) in scopes.iter().enumerate() {
            let reference = format!("LEG-{number}");
            let placed = place(&council, &reference, &["legal-hold"], scope);
            assert_eq!((placed.code, placed.err.as_str()), (0, ""), "{scope:?}");
            assert!(placed.out.starts_with(&format!("{reference} is in force.\n")), "{placed:?}");
            let units = if locators.len() == 1 { "unit" } else { "units" };
            let count = format!("It holds {} {units} of the due list", locators.len());
            assert!(placed.out.contains(&count), "{scope:?}: {}", placed.out);
            for locator in *locators {
                let at = expected.iter().position(|(held, _)| held == locator);
                let at = at.unwrap_or_else(|| {
                    expected.push(((*locator).to_owned(), Vec::new()));
                    expected.len() - 1
                });
                expected[at].1.push(reference.clone());
                let store = if locator.starts_with("tenancy") { "casework" } else { "share" };
                let why = council.run(&["--json", "explain", store, locator]);
                assert_eq!(
                    why.json()[0]["held_by"].as_array().unwrap().len(),
                    expected[at].1.len()
                );
            }
            expected.sort();
            assert_eq!(held(&council), expected, "{scope:?}");
        }
        let due = council.run(&["due"]).out;
        assert!(due.contains("Due and not held: 0 units"), "{due}");
        assert!(due.contains("Held by LEG-6 (legal hold): 1 unit, "), "{due}");
        let why = council.run(&["explain", "casework", "tenancy/2"]).out;
        assert!(why.contains("held by legal hold, legal hold, legal hold"), "{why}");
        assert!(why.contains("Next: Nothing, until every hold on it is released."), "{why}");
        let everywhere =
            format!("{:?}{}", council.audit().await, council.run(&["hold", "list"]).out);
        assert!(!everywhere.to_lowercase().contains("t300"), "a person is named");
    }
}

#[tokio::test]
async fn a_hold_is_in_force_for_what_arrives_after_it() {
    for database in Database::BOTH {
        let (council, share, casework) = council(database).await;
        let inquiry = &["inquiry-moratorium"];
        let scope = &["--location", "share=enforcement", "--subject", "T300003"];
        assert_eq!(place(&council, "INQ-1", inquiry, scope).code, 0);
        share.file("enforcement/2016/ENF-3/a.pdf", OLD);
        casework.execute("insert into tenancy values (3, 'T300003', '2015-06-01')").await;
        let scan = council.run(&["--json", "scan"]).json();
        let units = |store: usize, kind: &str| scan[store]["outcomes"][kind]["units"].clone();
        assert_eq!((units(0, "held"), units(0, "due")), (1.into(), 2.into()));
        assert_eq!((units(1, "held"), units(1, "due")), (3.into(), 1.into()));
        let held = held(&council);
        let locators: Vec<_> = held.iter().map(|(locator, _)| locator.as_str()).collect();
        let expected = [
            "enforcement/2014/ENF-1/",
            "enforcement/2015/ENF-2/",
            "enforcement/2016/ENF-3/",
            "tenancy/3",
        ];
        assert_eq!(locators, expected);
        assert!(held.iter().all(|(_, by)| by == &["INQ-1"]));
    }
}

#[tokio::test]
async fn a_location_hold_covers_what_no_mapping_does() {
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        let scope = &["--location", "share=nobody"];
        assert_eq!(place(&council, "LEG-1", &["legal-hold"], scope).code, 0);
        let why = council.run(&["explain", "share", "nobody/knows.pdf"]);
        assert_eq!(
            why.out,
            "share nobody/knows.pdf\nno mapping covers it; it is untouchable\n  held by LEG-1\n\n\
             Next: Someone must say which record type this is, in the store file.\n"
        );
        assert_eq!(held(&council), []);
    }
}

#[tokio::test]
async fn a_hold_says_that_what_is_not_due_yet_is_listed_nowhere_and_where_cases_are_not_looked_for()
{
    for database in Database::BOTH {
        let (council, share, _casework) = council(database).await;
        share.file("jobs/young.pdf", "2026-10-01T10:00:00Z");
        council.scan("share").await;
        let spelling = "It covers nothing that is due or out of reach today. What is not due yet is \
                        listed nowhere, so this cannot count it: what the hold covers is held when \
                        it falls due, and whatever comes later. If you expected something due, \
                        look at the spelling of what it covers with `retaind hold show LEG-1`: a \
                        place, case or person that no store knows is no error.\n";
        let inside = |hold: &str| {
            format!(
                "A case is looked for by the references of records and the names in their paths. In \
                 share folders go as one: the names of what lies inside them are not searched. If \
                 the case may lie inside one, hold that folder with `retaind hold widen {hold} \
                 --location STORE=PLACE --reason ...`.\n"
            )
        };
        let young =
            place(&council, "LEG-1", &["legal-hold"], &["--location", "share=jobs/young.pdf"]).out;
        assert_eq!(young, format!("LEG-1 is in force.\n{spelling}"));
        let case = place(&council, "LEG-2", &["legal-hold"], &["--case", "a"]).out;
        assert!(case.contains("It holds 1 unit of the due list"), "only jobs/a.pdf: {case}");
        assert!(case.ends_with(&inside("LEG-2")), "{case}");
        let help = council.run(&["hold", "place", "--help"]).out;
        let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let said = "Where a folder goes as one, the names of what lies inside it are not searched";
        assert!(words.contains(said), "{help}");
    }
}

#[tokio::test]
async fn two_people_release_a_hold_and_what_it_held_is_due_again() {
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        let scope = &["--record-type", "HOU-03"];
        assert_eq!(place(&council, "LEG-1", &["legal-hold"], scope).code, 0);
        let release = ["hold", "release", "LEG-1"];
        let refused = council.run(&release);
        assert_eq!(refused.code, 1);
        assert!(refused.err.contains("nobody has asked for the release"), "{refused:?}");

        let why = ["--reason", "settled", "--authority", "order of 1 May"];
        let asked = council.run(&[&release[..], &why].concat());
        assert_eq!(asked.code, 0);
        assert_eq!(
            asked.out,
            "LEG-1: still in force; another person now releases it with `retaind hold release`\n"
        );
        let alone = council.run(&release);
        let words = "Rowan Hale asked for the release, so another person must release the hold";
        assert!(alone.code == 1 && alone.err.contains(words), "{alone:?}");
        council.run(&["scan", "share"]);
        assert_eq!(held(&council).len(), 1, "asking frees nothing");

        council.act_as(PEOPLE[1].0);
        let released = council.run(&release);
        assert_eq!(released.code, 0, "{released:?}");
        assert_eq!(held(&council), []);
        assert_eq!(council.due().await.len(), 5);
        let chain = council.audit().await;
        let acts = chain.iter().filter(|entry| entry.subject_kind == "hold");
        let acts: Vec<_> = acts.map(|entry| (entry.action.as_str(), entry.role.as_str())).collect();
        let expected =
            [("hold.placed", "dpo"), ("hold.release-requested", "dpo"), ("hold.released", "legal")];
        assert_eq!(acts, expected);
        let again = council.run(&release);
        assert!(again.code == 1 && again.err.contains("was released already"), "{again:?}");
    }
}

#[tokio::test]
async fn a_restriction_is_not_lifted_before_the_person_was_told() {
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        let kind = &["restriction18", "--ground", "a"];
        let placed = place(&council, "DP-3", kind, &["--subject", "T300001"]);
        assert_eq!(placed.code, 0, "{placed:?}");
        assert_eq!(held(&council), [("tenancy/1".to_owned(), vec!["DP-3".to_owned()])]);
        let release = ["hold", "release", "DP-3"];
        let why = ["--reason", "corrected", "--authority", "letter of 4 December"];
        assert_eq!(council.run(&[&release[..], &why].concat()).code, 0);
        council.act_as(PEOPLE[1].0);
        let refused = council.run(&release);
        assert_eq!(refused.code, 1);
        assert_eq!(
            refused.err,
            "retaind: the restriction `DP-3` cannot be lifted before the person has been told \
             (Article 18(3)): tell them, and record the day\n"
        );
        let today = months_from_now(0).to_string();
        let told = council.run(&["hold", "informed", "DP-3", "--on", &today]);
        assert_eq!(told.code, 0, "{told:?}");
        assert_eq!(held(&council).len(), 1, "telling frees nothing");
        assert_eq!(council.run(&release).code, 0);
        assert_eq!(held(&council), []);
        assert_eq!(council.audited("hold.subject-informed").await, 1);
    }
}

#[tokio::test]
async fn a_hold_that_cannot_be_is_refused_and_nothing_is_held() {
    for database in Database::BOTH {
        let (council, _share, _casework) = council(database).await;
        let legal = &["legal-hold"][..];
        let cases: [(&[&str], &[&str], &str); 4] = [
            (legal, &["--asset", "HOU-99"], "there is no asset with the ref `HOU-99`"),
            (legal, &["--location", "sahre=jobs"], "`sahre`"),
            (legal, &["--location", "share=../jobs"], "has a `..` in it"),
            (&["restriction18"], &["--subject", "T300001"], "needs its ground under Article 18(1)"),
        ];
        for (kind, scope, words) in cases {
            let ran = place(&council, "LEG-1", kind, scope);
            assert_eq!(ran.code, 1, "{words}: {ran:?}");
            assert!(ran.err.contains(words), "{words}: {ran:?}");
        }
        assert_eq!(place(&council, "LEG-1", legal, &[]).code, 2, "it covers nothing");
        assert_eq!(held(&council), []);
        assert_eq!(council.audited("hold.placed").await, 0);
        assert_eq!(council.run(&["hold", "list"]).out.lines().count(), 1);
    }
}
