//! Camera footage under a standing authority: a batch a day that cites it, within
//! its cap or not at all, for as long as it is in force.

use jiff::civil::{Date, date};
use retaind::catalogue::entity::{asset, record_type};
use retaind::catalogue::words::AuthorityState;
use retaind::clock::{Clock as _, SystemClock};
use retaind::disposal::ApprovalError;
use retaind::disposal::standing::{self, Daily, NewAuthority};
use retaind::holds::NewScope;
use retaind::proof::certificate::Authority;
use retaind::proof::verify;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::hold::HoldKind;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, Set};

use super::stories::reachable;
use crate::catalogue::Database;
use crate::council::months_from_now;
use crate::office::{FILES, Office};

/// An office whose cameras make files that are kept for 31 days.
pub(super) async fn cameras(database: Database) -> Office {
    cameras_at(database, "2026-10-30T09:00:00Z").await
}

async fn cameras_at(database: Database, now: &str) -> Office {
    let mut office = Office::found(database, now).await;
    office.share.files("cctv/monday", 60, "2026-09-28T10:00:00Z");
    office.share.files("cctv/tuesday", 19, "2026-09-29T10:00:00Z");
    office.share.files("cctv/tuesday/robbery", 5, "2026-09-29T10:00:00Z");
    office.share.files("cctv/wednesday", 101, "2026-09-30T10:00:00Z");
    let store = FILES.replace("PLAN-14", "CCTV-01").replace("'planning'", "'cctv'");
    office.council.store("share", &store);
    office.ready(&[("CCTV-01", "31 days after last modified", "Destroy")], &["share"]).await;
    office
}

pub(super) fn terms(daily_cap: u32, expires_on: Date) -> NewAuthority {
    NewAuthority {
        record_type: "CCTV-01".to_owned(),
        store: "share".to_owned(),
        daily_cap,
        grace_days: 0,
        expires_on,
        reason: "footage is overwritten daily".to_owned(),
    }
}

/// An authority that the owner and a records manager have signed.
pub(super) async fn in_force(office: &Office, terms: &NewAuthority) -> String {
    let (desk, mary) = (office.desk(), office.actor("mary").await);
    let made = standing::propose(&desk, &mary, terms).await.unwrap();
    let nadia = office.actor("nadia").await;
    let state = standing::sign(&desk, &nadia, &made.number, &made.digest).await.unwrap();
    assert_eq!(state, AuthorityState::Proposed);
    // A minute later, as the certificate has them in the order of their signing.
    let later = office.clock().now() + jiff::SignedDuration::from_mins(1);
    office.clock().set(later);
    let state = standing::sign(&desk, &mary, &made.number, &made.digest).await.unwrap();
    assert_eq!(state, AuthorityState::InForce);
    made.number
}

/// The one list of today under the one authority, or why there is none.
pub(super) async fn today(office: &Office) -> Result<Option<(String, i64)>, String> {
    let mut days = standing::daily(&office.desk()).await.unwrap();
    assert_eq!(days.len(), 1);
    let Daily { batches, .. } = days.remove(0);
    let mut batches = batches.map_err(|why| why.to_string())?;
    assert!(batches.len() < 2);
    Ok(batches.pop().map(|batch| (batch.number, batch.lines)))
}

fn words<T: std::fmt::Debug>(refused: Result<T, ApprovalError>) -> String {
    refused.unwrap_err().to_string()
}

#[tokio::test]
async fn footage_goes_day_by_day_under_an_authority_that_two_people_signed() {
    for database in Database::BOTH {
        let office = cameras(database).await;
        let number = in_force(&office, &terms(100, date(2027, 10, 29))).await;
        assert_eq!(number, "SA-2026-0001");

        // Sixty files of the first day go at once: there is no grace.
        let monday = today(&office).await.unwrap();
        assert_eq!(monday, Some(("B-2026-0001".to_owned(), 60)));
        let batch = office.batch("B-2026-0001").await;
        assert_eq!((batch.state.0, batch.grace_days), (BatchState::Authorised, 0));
        assert_eq!(today(&office).await.unwrap(), None, "what is listed is not listed again");
        let ran = office.run("B-2026-0001").await.unwrap();
        assert_eq!(
            (ran.state, ran.quarantined, ran.destroyed),
            (BatchState::Certified, 60, 60),
            "{:?}",
            ran.waits
        );
        assert!(reachable(&office, "cctv/monday").is_empty());
        cites(&office, &ran.certificate.unwrap(), &number);

        // Of the next day's 24, five are held for the police.
        office.at("2026-10-31T09:00:00Z").await;
        office.council.scan("share").await;
        let prefix = "cctv/tuesday/robbery".to_owned();
        let scope = NewScope::Location { store: "share".to_owned(), prefix };
        office.hold("CRIME-7", HoldKind::CrimeInvestigation, scope).await;
        assert_eq!(today(&office).await.unwrap(), Some(("B-2026-0002".to_owned(), 19)));
        let ran = office.run("B-2026-0002").await.unwrap();
        assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, 19), "{:?}", ran.waits);
        assert_eq!(reachable(&office, "cctv/tuesday/robbery").len(), 5);

        // On the third, 101 are due: none go by the authority, two people are asked.
        office.at("2026-11-01T09:00:00Z").await;
        office.council.scan("share").await;
        assert_eq!(
            today(&office).await.unwrap_err(),
            "the standing authority SA-2026-0001 covers 100 lines a day, and this would be more. \
             Nothing is made under it; what is due is proposed as a batch, which two people approve"
        );
        assert_eq!(reachable(&office, "cctv/wednesday").len(), 101);
        let asked = office.propose().await;
        let lists: Vec<_> = asked.iter().map(|row| (row.lines, row.state.0)).collect();
        assert_eq!(lists, [(101, BatchState::Proposed)]);
        assert_eq!(office.count(&asked[0].number, LineState::Pending).await, 101);

        let (desk, mary) = (office.desk(), office.actor("mary").await);
        standing::revoke(&desk, &mary, &number, "the cameras are replaced").await.unwrap();
        assert!(standing::daily(&desk).await.unwrap().is_empty());
        let shown = standing::show(&desk, &number).await.unwrap();
        assert_eq!(shown.revoked.as_deref(), Some("Mary Beck: the cameras are replaced"));
        let latest: Vec<_> = shown.latest.iter().map(|(_, lines, _)| *lines).collect();
        assert_eq!(latest, [19, 60]);
        assert_eq!(standing::list(&desk).await.unwrap(), [shown.listed]);
        for (action, times) in [
            ("authority.proposed", 1),
            ("authority.signed", 2),
            ("authority.revoked", 1),
            ("batch.authorised", 2),
        ] {
            assert_eq!(office.council.audited(action).await, times, "{action}");
        }
    }
}

/// The certificate names the authority, who signed it, and its last day.
fn cites(office: &Office, certificate: &str, number: &str) {
    let text = std::fs::read_to_string(office.certificate(certificate)).unwrap();
    let certificate = verify::verify(&text, None).unwrap().signed.certificate;
    let Authority::Standing(cited) = certificate.authority else { panic!("no authority") };
    assert_eq!((cited.reference.as_str(), cited.expires_on), (number, date(2027, 10, 29)));
    let signed: Vec<_> = cited.signed_by.iter().map(|one| (&*one.name, &*one.role)).collect();
    assert_eq!(signed, [("Nadia Shah", "iao"), ("Mary Beck", "records-manager")]);
}

#[tokio::test]
async fn an_authority_is_signed_by_two_for_a_class_that_may_go_so_and_for_a_year_at_most() {
    let office = cameras(Database::Sqlite).await;
    let (desk, mary) = (office.desk(), office.actor("mary").await);
    for terms in [terms(0, date(2027, 1, 1)), terms(9, date(2026, 10, 30))] {
        let refused = words(standing::propose(&desk, &mary, &terms).await);
        assert!(refused.starts_with("a standing authority covers one line a day at least"));
    }
    let long = standing::propose(&desk, &mary, &terms(9, date(2027, 10, 31))).await;
    assert!(words(long).contains("no later than 2027-10-30, twelve months from now"));

    let made = standing::propose(&desk, &mary, &terms(9, date(2027, 10, 30))).await.unwrap();
    assert!(standing::daily(&desk).await.unwrap().is_empty(), "nobody has signed it");
    let nadia = office.actor("nadia").await;
    standing::sign(&desk, &nadia, &made.number, &made.digest[..12]).await.unwrap();
    let twice = standing::sign(&desk, &nadia, &made.number, &made.digest).await;
    assert!(words(twice).contains("the second approval is another person's"));
    let other = standing::sign(&desk, &mary, &made.number, &"0".repeat(64)).await;
    assert!(words(other).starts_with("the list of SA-2026-0001 is not the one that was shown"));
    assert!(standing::daily(&desk).await.unwrap().is_empty(), "one person has signed it");

    let tx = office.open.catalogue.write_tx().await.unwrap();
    let row = asset::Entity::find().one(&*tx).await.unwrap().unwrap();
    let mut fields = row.fields.clone();
    fields["special-category"] = "Health".into();
    let mut row: asset::ActiveModel = row.into();
    row.fields = Set(fields);
    row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    let refused = words(standing::propose(&desk, &mary, &terms(9, date(2027, 1, 1))).await);
    let expected = "records of `CCTV-01` hold special category or criminal offence data: they \
                    never go by standing authority; propose them as batches, which two people \
                    approve";
    assert_eq!(refused, expected);

    let tx = office.open.catalogue.write_tx().await.unwrap();
    let row = record_type::Entity::find().one(&*tx).await.unwrap().unwrap();
    let mut row: record_type::ActiveModel = row.into();
    row.irreplaceable = Set(true);
    row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    let refused = words(standing::propose(&desk, &mary, &terms(9, date(2027, 1, 1))).await);
    assert!(refused.starts_with("records of `CCTV-01` cannot be replaced"), "{refused}");
}

#[tokio::test]
async fn the_command_line_proposes_signs_lists_and_takes_back() {
    // Whoever accepted the register acts here, and signs nothing for a day.
    let days_ago = SystemClock.now() - jiff::SignedDuration::from_hours(72);
    let office = cameras_at(Database::Sqlite, &days_ago.to_string()).await;
    let run = |args: &[&str]| office.council.run(args);
    let expires = months_from_now(6).to_string();
    let asked = ["authority", "propose", "CCTV-01", "share", "--cap", "100", "--reason", "footage"];
    let ended = ["--expires", expires.as_str(), "--json"];
    let made = run(&[&asked[..], &ended[..]].concat());
    assert_eq!(made.code, 0, "{}", made.err);
    let said = made.json().remove(0);
    let text = |name: &str| said[name].as_str().unwrap().to_owned();
    let (number, digest) = (text("authority"), text("digest"));

    let signed = run(&["authority", "sign", &number, "--digest", &digest[..12]]);
    assert_eq!(signed.out, format!("{number}: signed; another person signs next\n"));
    let again = run(&["authority", "sign", &number, "--digest", &digest[..12]]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("the second approval is another person's"), "{}", again.err);
    let listed = run(&["authority", "list"]);
    assert_eq!(listed.code, 0);
    let why = format!("the standing authority {number} is not in force");
    assert!(listed.out.contains(&why), "{}", listed.out);

    let back = run(&["authority", "revoke", &number, "--reason", "the cameras are replaced"]);
    assert_eq!(back.out, format!("{number}: taken back: nothing more goes under it\n"));
    let shown = run(&["authority", "show", &number]).out;
    assert!(
        shown.starts_with(&format!("{number}: revoked, `CCTV-01` in store share\n")),
        "{shown}"
    );
    assert!(shown.contains("  100 lines a day at most, 0 days out of reach"), "{shown}");
    assert!(shown.contains("  signed by Rowan Hale as records-manager on "), "{shown}");
    assert!(shown.contains("  taken back by Rowan Hale: the cameras are replaced\n"), "{shown}");
    for command in ["transfer", "anonymise"] {
        let more = match command {
            "transfer" => &["offer", "B-1", "--archive", "the archive", "--out", "list.csv"][..],
            _ => &["list", "B-1", "--out", "list.csv"],
        };
        let refused = run(&[&[command][..], more].concat());
        assert_eq!(refused.code, 1, "{command}");
        assert!(refused.err.contains("there is no batch `B-1`"), "{}", refused.err);
    }
}
