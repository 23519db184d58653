//! What is offered to an archive stays until the archive has it, byte for byte.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use retaind::audit::{Action, By};
use retaind::disposal::execution::transfer::{
    self, Accepted, Checksums, TransferError, decline, offer,
};
use retaind::disposal::execution::{ChunkSize, Ran, clock, run};
use retaind::people::Actor;
use retaind::scan::run::Scanner;
use retaind_schedules::batch::LineState;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::office::put_on_record;

/// The SHA-256 of nothing.
const OTHER: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// As the command does, to which the archive's answer is a file.
async fn accept(
    scanner: &Scanner,
    actor: &Actor,
    number: &str,
    reference: &str,
    on: jiff::civil::Date,
    answer: &Path,
) -> Result<Accepted, TransferError> {
    let theirs = Checksums::read(answer)?;
    transfer::accept(scanner, actor, number, reference, on, &theirs).await
}

impl Planning {
    /// Five old files whose rule offers them to the archive, approved by two.
    async fn for_the_archive(database: Database) -> (Self, batch::Model) {
        let council = Council::found(database).await;
        council.clock.set("2026-11-20T09:00:00Z".parse().unwrap());
        let share = Share::make(council.path("share"));
        for name in ["a", "b", "c", "d", "e"] {
            share.file(&format!("planning/{name}.pdf"), OLD);
        }
        share.files("planning/young", 20, NEW);
        council.store("share", &format!("unleashed = true\n{STORE}"));
        let open = council.open().await;
        let planning = Self { council, share, open };
        planning.people(&everyone()).await;
        planning.accept(&[("PLAN-14", "6 years after last modified", "Transfer")]).await;
        planning.council.scan("share").await;
        promoted(&planning.open).await;
        let tx = planning.open.catalogue.write_tx().await.unwrap();
        for row in asset::Entity::find().all(&*tx).await.unwrap() {
            let mut row: asset::ActiveModel = row.into();
            row.enforcement = Set(Enforcement::Destroy);
            let id = row.update(&*tx).await.unwrap().id.to_string();
            let now = json!(Enforcement::Destroy);
            put_on_record(&tx, Action::EnforcementLowered, ("asset", id), &now).await;
        }
        tx.commit().await.unwrap();
        planning.at("2026-11-23T09:00:00Z");
        let row = planning.propose().await;
        assert_eq!((row.action.0, row.lines), (DisposalAction::Transfer, 5));
        planning.approve("nadia", &row.number).await.unwrap();
        planning.approve("mary", &row.number).await.unwrap();
        (planning, row)
    }

    async fn run(&self, number: &str) -> Ran {
        let scanner = self.open.scanner(&self.council.clock);
        let cancel = CancellationToken::new();
        run(&scanner, number, ChunkSize::ByTime, &cancel).await.unwrap()
    }

    /// On a later evening, after a scan, with the clock confirmed.
    async fn evening(&self, instant: &str) {
        self.at(instant);
        self.council.scan("share").await;
        let catalogue = &self.open.catalogue;
        clock::confirm(catalogue, By::Service, "checked", instant.parse().unwrap()).await.unwrap();
    }

    fn is_there(&self, name: &str) -> bool {
        self.share.root().join(format!("planning/{name}.pdf")).exists()
    }
}

fn refusal<T: std::fmt::Debug>(refused: Result<T, TransferError>) -> String {
    refused.unwrap_err().to_string()
}

#[tokio::test]
async fn local_copies_stay_until_the_archive_has_the_same_bytes() {
    for database in Database::BOTH {
        let (planning, row) = Planning::for_the_archive(database).await;
        let scanner = planning.open.scanner(&planning.council.clock);
        let (mary, petra) = (planning.actor("mary").await, planning.actor("petra").await);
        let Open { catalogue, keys, .. } = &planning.open;
        let hold = NewHold {
            reference: "FOI-1".to_owned(),
            title: "A request".to_owned(),
            kind: HoldKind::Foi,
            ground: None,
            authority: "request".to_owned(),
            scopes: vec![NewScope::Location {
                store: "share".to_owned(),
                prefix: "planning/d.pdf".to_owned(),
            }],
            review_on: date(2027, 5, 1),
            reason: "received".to_owned(),
        };
        let clock = &planning.council.clock;
        holds::place(catalogue, keys, &mary, &hold, clock.now(), clock.today()).await.unwrap();

        let number = row.number.as_str();
        let (list, answer) =
            (planning.council.path("list.csv"), planning.council.path("their.csv"));
        let archive = "Trentside Record Office";
        assert_eq!(
            refusal(offer(&scanner, &petra, number, archive, &list).await),
            "Petra Lund may not hand records over to an archive: it takes a records manager or an \
             archivist"
        );
        let day = date(2026, 11, 24);
        planning.council.write("their.csv", "line,sha256\n");
        let early = accept(&scanner, &mary, number, "TRO/1", day, &answer).await;
        assert!(refusal(early).contains("was not offered to an archive"));
        let offered = offer(&scanner, &mary, number, archive, &list).await.unwrap();
        assert_eq!((offered.lines, offered.left), (4, 1));
        assert_eq!(list.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let again = offer(&scanner, &mary, number, archive, &answer).await;
        assert!(refusal(again).contains("was offered to Trentside Record Office already"));

        planning.evening("2026-12-01T20:00:00Z").await;
        let waits = planning.run(number).await;
        assert_eq!((waits.state, waits.quarantined), (BatchState::Authorised, 0));
        assert!(waits.waits.unwrap().starts_with("the archive has not accepted it"));

        // The archive has a and b whole, c otherwise, and never got e.
        let listed = std::fs::read_to_string(&list).unwrap();
        let sums: Vec<&str> = listed.lines().map(|row| row.rsplit(',').next().unwrap()).collect();
        assert_eq!((sums.len(), sums[0]), (5, "sha256"));
        assert!(sums[1..].iter().all(|sum| sum.len() == 64 && *sum != OTHER));
        for (text, fault) in [
            (format!("line,sha256\n1,{OTHER}\n"), "none of the archive's checksums is ours"),
            (format!("line,sha256\n1,{0}\n1,{0}\n", sums[1]), "row 3: line 1 is there twice"),
            ("line,sha256\n1,abc\n".to_owned(), "row 2: its checksum is no SHA-256"),
        ] {
            planning.council.write("their.csv", &text);
            let refused = refusal(accept(&scanner, &mary, number, "TRO/1", day, &answer).await);
            assert!(refused.contains(fault), "{refused}");
        }
        let (upper, same) = (sums[1].to_uppercase(), sums[2]);
        let text = format!("line,sha256,seen\n1,{upper},x\n2,{same},x\n3,{OTHER},x\n");
        planning.council.write("their.csv", &text);
        let future = accept(&scanner, &mary, number, "TRO/1", date(2026, 12, 2), &answer).await;
        assert!(refusal(future).starts_with("2026-12-02 cannot be the day of acceptance"));
        let accepted = accept(&scanner, &mary, number, "TRO/1", day, &answer).await.unwrap();
        assert_eq!((accepted.matched, accepted.withheld), (2, 2));
        let again = accept(&scanner, &mary, number, "TRO/2", day, &answer).await;
        assert!(refusal(again).contains("already, as `TRO/1`"));

        let ran = planning.run(number).await;
        assert_eq!((ran.state, ran.quarantined), (BatchState::Quarantined, 2));
        planning.evening("2027-01-05T20:00:00Z").await;
        let ran = planning.run(number).await;
        assert_eq!((ran.state, ran.destroyed), (BatchState::Certified, 2), "{:?}", ran.waits);
        went_as_accepted(&planning).await;
        for action in ["transfer.offered", "transfer.accepted"] {
            assert_eq!(planning.council.audited(action).await, 1, "{action}");
        }
    }
}

/// The two that the archive has whole are gone, and the rest says why it stayed.
async fn went_as_accepted(planning: &Planning) {
    let ended: Vec<_> = planning.lines().await.into_iter().map(|l| (l.state.0, l.why)).collect();
    let withheld = |why: &str| (LineState::Withheld, Some(why.to_owned()));
    let gone = (LineState::Transferred, None);
    assert_eq!(
        ended,
        [
            gone.clone(),
            gone,
            withheld("checksum-differs"),
            withheld("held:foi"),
            withheld("checksum-differs")
        ]
    );
    assert_eq!(
        ["a", "b", "c", "d", "e"].map(|name| planning.is_there(name)),
        [false, false, true, true, true]
    );
}

#[tokio::test]
async fn what_an_archive_declines_stays_and_its_batch_is_over() {
    let (planning, row) = Planning::for_the_archive(Database::Sqlite).await;
    let scanner = planning.open.scanner(&planning.council.clock);
    let mary = planning.actor("mary").await;
    let list = planning.council.path("list.csv");
    let too_soon = decline(&scanner, &mary, &row.number, "no room").await;
    assert!(refusal(too_soon).contains("was not offered to an archive"));
    planning.share.touch("planning/a.pdf", OLDER);
    let offered = offer(&scanner, &mary, &row.number, "the record office", &list).await.unwrap();
    assert_eq!((offered.lines, offered.left), (4, 1), "a file that changed is not offered");
    decline(&scanner, &mary, &row.number, "no room").await.unwrap();
    assert_eq!(planning.batch(&row.number).await.state, Text(BatchState::Withdrawn));
    assert!(["a", "b", "c", "d", "e"].iter().all(|name| planning.is_there(name)));
    assert_eq!(planning.council.audited("transfer.declined").await, 1);
}
