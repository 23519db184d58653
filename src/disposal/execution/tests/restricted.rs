//! What is restricted is stored and nothing else (I16): however often its store is
//! scanned and its batch is run, the store is asked for none of it.

use jiff::SignedDuration;
use retaind_schedules::batch::LineState;
use retaind_schedules::hold::HoldKind;
use sea_orm::EntityTrait as _;
use tokio_util::sync::CancellationToken;

use super::office::{LAWYER, Office, furnish};
use super::rewind::Rewind;
use crate::catalogue::entity::{batch, batch_line};
use crate::catalogue::testing::Database;
use crate::catalogue::values::Text;
use crate::catalogue::words::Ground;
use crate::clock::{Clock as _, FixedClock};
use crate::disposal::execution::run::{ChunkSize, run};
use crate::holds::{self, NewHold, NewScope};
use crate::stores::calls::{self, Call};

/// Places a restriction on what this names.
pub(super) async fn restrict(office: &Office, scope: NewScope, clock: &FixedClock) {
    let new = NewHold {
        reference: "DP-9".to_owned(),
        title: "What is said of a person is disputed".to_owned(),
        kind: HoldKind::Restriction18,
        ground: Some(Ground::Accuracy),
        authority: "letter 7".to_owned(),
        scopes: vec![scope],
        review_on: clock.today().saturating_add(jiff::Span::new().months(6)),
        reason: "asked to".to_owned(),
    };
    let officer = office.person(LAWYER).await;
    let (catalogue, keys) = (&office.catalogue, &office.keys);
    holds::place(catalogue, keys, &officer, &new, clock.now(), clock.today()).await.unwrap();
}

const MAPPING: &str = "[[mapping]]\nrecord_type = 'T-01'\nlocation = 'letter'\n\
    subject = { from = 'column', name = 'person' }\n\
    [mapping.dates]\nlast-modified = { from = 'column', name = 'changed' }\n";

/// Forty letters, of which 37 are about one person, on a list that two signed.
async fn letters(folder: &std::path::Path, office: &Office, clock: &FixedClock) -> String {
    let line = ("T-01", "6 years".to_owned(), "Last modified", "Destroy");
    office.register_lines(folder, &[line], clock).await;
    office.scan("letters", clock).await;
    office.allow().await;
    let number = office.propose(clock).await.remove(0);
    let row = batch::Entity::find().one(office.catalogue.read()).await.unwrap().unwrap();
    office.sign(&number, row.digest.as_deref().unwrap(), 40, clock).await;
    number
}

/// Story 9, and its batch: the scans of thirty nights and more, with a run after each.
#[tokio::test]
async fn in_forty_nights_of_scans_and_runs_nothing_restricted_is_read_taken_or_destroyed() {
    for database in Database::BOTH {
        let clock = FixedClock::at("2026-11-04T20:00:00Z".parse().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let rows = folder.path().join("letters.db");
        let made = "create table letter (id integer primary key, person text, changed date);
            with recursive n(i) as (select 1 union all select i + 1 from n where i < 40)
            insert into letter
            select i, case when i <= 37 then 'P1' else 'P2' end, '2015-06-01' from n;";
        Rewind::of_new(&rows, made).await.close().await;
        let url = rows.display();
        let settings = format!(
            "kind = 'sql'\nunleashed = true\n[settings]\nurl = 'sqlite://{url}'\n{MAPPING}"
        );
        let config = furnish(folder.path(), "sqlite:///nowhere.db", &[("letters", settings)]);
        let place = database.place().await;
        let office = Office::found(&config, &place.url, &clock).await;
        let number = letters(folder.path(), &office, &clock).await;
        restrict(&office, NewScope::Subject("p1".to_owned()), &clock).await;

        calls::heard();
        for night in 1..=40 {
            clock.set(clock.now().checked_add(SignedDuration::from_hours(24)).unwrap());
            office.scan("letters", &clock).await;
            let cancel = CancellationToken::new();
            let ran = run(&office.scanner(&clock), &number, ChunkSize::ByTime, &cancel).await;
            ran.unwrap_or_else(|why| panic!("night {night}: {why}"));
        }
        let lines = batch_line::Entity::find().all(office.catalogue.read()).await.unwrap();
        let (free, restricted): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|line| line.state == Text(LineState::Destroyed));
        assert_eq!((free.len(), restricted.len()), (3, 37));
        assert!(restricted.iter().all(|line| line.state == Text(LineState::Withheld)));
        let mut heard = calls::heard();
        heard.sort();
        let of_the_free = [Call::Quarantine, Call::Destroy]
            .map(|call| [38, 39, 40].map(|row| (call, format!("letter/{row}"))));
        assert_eq!(heard, of_the_free.concat());
    }
}
