//! What is offered to an archive is read to its end, which may take hours: what is
//! held by then is not read, and what is restricted is not offered.

use std::fs;

use retaind_schedules::hold::HoldKind;
use retaind_schedules::permit::Quarantine;
use sea_orm::EntityTrait as _;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::office::{LAWYER, MANAGER, Office, furnish};
use super::restricted::restrict;
use crate::catalogue::entity::batch;
use crate::catalogue::testing::{Database, Place};
use crate::clock::{Clock as _, FixedClock};
use crate::disposal::execution::run::{ChunkSize, run};
use crate::disposal::execution::shift::Shift;
use crate::disposal::execution::{by_hand, transfer};
use crate::holds::{self, NewHold, NewScope};
use crate::stores::calls::{self, Call};

pub(super) const MAPPING: &str = "[[mapping]]\nrecord_type = 'T-01'\nlocation = 'files'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n";

/// Two files, `held` and `free`, on a list that two have signed.
async fn signed(database: Database, clock: &FixedClock) -> (Office, String, Place, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let share = folder.path().join("share");
    fs::create_dir_all(share.join("files")).unwrap();
    let long_ago: jiff::Timestamp = "2015-06-01T10:00:00Z".parse().unwrap();
    for name in ["held", "free"] {
        let file = share.join("files").join(name);
        fs::write(&file, name).unwrap();
        let file = fs::File::options().append(true).open(file).unwrap();
        file.set_modified(long_ago.into()).unwrap();
    }
    let root = share.display();
    let settings =
        format!("kind = 'filesystem'\nunleashed = true\n[settings]\nroot = '{root}'\n{MAPPING}");
    let config = furnish(folder.path(), "sqlite:///nowhere.db", &[("share", settings)]);
    let place = database.place().await;
    let office = Office::found(&config, &place.url, clock).await;
    let line = ("T-01", "6 years".to_owned(), "Last modified", "Transfer");
    office.register_lines(folder.path(), &[line], clock).await;
    office.scan("share", clock).await;
    office.allow().await;
    let number = office.propose(clock).await.remove(0);
    let row = batch::Entity::find().one(office.catalogue.read()).await.unwrap().unwrap();
    office.sign(&number, row.digest.as_deref().unwrap(), 2, clock).await;
    (office, number, place, folder)
}

fn clock() -> FixedClock {
    FixedClock::at("2026-11-23T20:00:00Z".parse().unwrap())
}

fn held() -> NewScope {
    NewScope::Location { store: "share".into(), prefix: "files/held".into() }
}

/// I16: nor is it taken when the batch is run.
#[tokio::test]
async fn what_is_restricted_is_offered_to_no_archive_and_never_read() {
    for database in Database::BOTH {
        let clock = clock();
        let (office, number, _place, folder) = signed(database, &clock).await;
        restrict(&office, held(), &clock).await;
        calls::heard();
        let (scanner, manager) = (office.scanner(&clock), office.person(MANAGER).await);
        let list = folder.path().join("list.csv");
        let offered = transfer::offer(&scanner, &manager, &number, "County archive", &list).await;
        let offered = offered.unwrap();
        assert_eq!((offered.lines, offered.left), (1, 1));
        run(&scanner, &number, ChunkSize::ByTime, &CancellationToken::new()).await.unwrap();
        assert_eq!(calls::heard(), [(Call::ReadContent, "files/free".to_owned())]);
    }
}

#[tokio::test]
async fn what_is_held_since_the_lines_were_judged_is_not_read() {
    for database in Database::BOTH {
        let clock = clock();
        let (office, _number, _place, _folder) = signed(database, &clock).await;
        let scanner = office.scanner(&clock);
        let row = batch::Entity::find().one(office.catalogue.read()).await.unwrap().unwrap();
        let shift = Shift::begin(&scanner, row).await.unwrap();
        let sorted = by_hand::sort::<Quarantine>(&shift).await.unwrap();
        assert_eq!((sorted.may.len(), sorted.left.len()), (2, 0));
        let lawyer = office.person(LAWYER).await;
        let new = NewHold {
            reference: "LEG-1".to_owned(),
            title: "A matter".to_owned(),
            kind: HoldKind::LegalHold,
            ground: None,
            authority: "a letter".to_owned(),
            scopes: vec![held()],
            review_on: clock.today().saturating_add(jiff::Span::new().months(6)),
            reason: "received".to_owned(),
        };
        let (catalogue, keys) = (&office.catalogue, &office.keys);
        holds::place(catalogue, keys, &lawyer, &new, clock.now(), clock.today()).await.unwrap();

        let (going, left) = transfer::read(&shift, sorted).await.unwrap();
        let places: Vec<&str> = going.iter().map(|(line, _)| line.locator.as_str()).collect();
        assert_eq!(places, ["files/free"]);
        let [(line, sum)] = &left[..] else { panic!("{left:?}") };
        assert_eq!((line.locator.as_str(), sum.as_str()), ("files/held", ""));
        assert_eq!(line.why.as_deref(), Some("held:legal-hold"), "it was read");
    }
}
