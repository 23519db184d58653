//! Each guard stops a run by itself, and says so in its own sentence.

use std::sync::Arc;

use jiff::civil::date;
use retaind::audit::{Action, Head};
use retaind::catalogue::entity::{asset, mapping, standing_authority};
use retaind::catalogue::words::Enforcement;
use retaind::disposal::execution::{ChunkSize, dry_run, resume};
use retaind::disposal::jump;
use retaind::disposal::propose::{Proposer, Run, Wanted, propose};
use retaind::disposal::standing::revoke;
use retaind::holds::NewScope;
use retaind::upkeep::kept_head;
use retaind_connectors::contract::Leash;
use retaind_schedules::batch::{BatchState, LineState};
use retaind_schedules::hold::HoldKind;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _,
    QueryFilter as _, Set,
};
use serde_json::json;

use super::standing::{cameras, in_force, terms, today};
use super::stories::reachable;
use crate::catalogue::Database;
use crate::council::present_user;
use crate::office::{OLD, Office, everyone, put_on_record};

/// What is wrong with the list, the people or the time, and what a run says of it.
const LIST_AND_TIME: [(Wrong, &str); 13] = [
    (Wrong::List, "the list is not the one that was approved. Withdraw the batch"),
    (Wrong::TooFew, "it has not been approved by two different people. Have it approved first"),
    (Wrong::ByHand, "its items are made anonymous by people, in the system itself. `retaind"),
    (Wrong::Leaver, "Mary Beck approved it and may no longer act. Withdraw the batch"),
    (Wrong::CoolingOff, "nothing of it goes before 2026-11-06T09:00:00Z, so that people may"),
    (Wrong::Hours, "It goes on by itself when the hours of execution begin"),
    (Wrong::ClockBack, "the clock says 2026-11-06T11:00:00Z, and was at 2026-11-06T12:00:00Z"),
    (Wrong::ClockAhead, "the clock says 2026-11-09T12:00:00Z, more than two days after"),
    (Wrong::ClockUnseen, "the clock says 2026-11-09T12:00:00Z, more than two days after"),
    (Wrong::Older, "is the last one there, and the chain went on to entry 1000. That is by the"),
    (
        Wrong::Restored,
        "restored to what it was at 2026-11-01T03:30:00Z, and what was held since is",
    ),
    (Wrong::NotAccepted, "the archive has not accepted it. Record its acceptance with `retaind"),
    (Wrong::Everything, "hold `LEG-1` covers everything. Nothing goes while it is in force"),
];

/// What is wrong with the store, the counts or the rules, and what a run says of it.
const STORE_AND_RULES: [(Wrong, &str); 12] = [
    (Wrong::OldScan, "store `share` has not been scanned to its end in the last 8 days"),
    (Wrong::NotWell, "store `share` is unavailable. Nothing is taken from it until a scan finds"),
    (Wrong::Leashed, "store `share` may not be changed: it is leashed. Its administrator lets"),
    (Wrong::Lines, "it has 25 lines, and the ceiling is 24. Propose smaller batches"),
    (Wrong::Share, "it is 97 % of what the last scan found in store `share`, and the ceiling"),
    (
        Wrong::Jump,
        "325 items are due where 25 were within the month before: a rule, a mapping or the",
    ),
    (Wrong::Failures, "25 of 25 lines failed. Look at `retaind batch show B-2026-0001 --lines`"),
    (Wrong::Schedule, "another version of the schedule is in force than the one it was approved"),
    (Wrong::Mapping, "a mapping it rests on has changed, or is no longer approved."),
    (Wrong::Level, "asset `PLAN-14` is at level `propose`, which lets nothing go. It must be at"),
    (Wrong::RaisedLevel, "the level of asset PLAN-14, destroy, is not as entry"),
    (Wrong::RaisedCeiling, "the ceiling max-share-percent, 100, is not as entry"),
];

/// As a restore marks it.
const RESTORED: &str = "{\"at\":\"2026-11-02T09:00:00Z\",\"taken_at\":\"2026-11-01T03:30:00Z\",\
                        \"head\":{\"seq\":1,\"hash\":\"x\"},\"since\":\"unknown\"}";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    List,
    TooFew,
    ByHand,
    Leaver,
    CoolingOff,
    Hours,
    ClockBack,
    ClockAhead,
    ClockUnseen,
    Older,
    Restored,
    OldScan,
    NotWell,
    Leashed,
    Lines,
    Share,
    Jump,
    Failures,
    Schedule,
    Mapping,
    Level,
    RaisedLevel,
    RaisedCeiling,
    NotAccepted,
    Everything,
}

impl Wrong {
    /// These pass by themselves or with a hold: the batch is not halted.
    fn only_waits(self) -> bool {
        matches!(
            self,
            Self::ByHand | Self::CoolingOff | Self::Hours | Self::NotAccepted | Self::Everything
        )
    }

    /// What the register says becomes of the files.
    fn action(self) -> &'static str {
        match self {
            Self::ByHand => "Anonymise",
            Self::NotAccepted => "Transfer",
            _ => "Destroy",
        }
    }

    /// The batch that is to be stopped, as two people approved it; or as if they had.
    async fn batch(self, office: &Office) -> String {
        if self != Self::TooFew {
            return office.authorised().await;
        }
        let number = office.propose().await.remove(0).number;
        office.approve("nadia", &number).await;
        let as_if = "update batch set state = 'authorised', not_before = 0";
        office.as_if(as_if).await;
        number
    }

    async fn befalls(self, office: &mut Office) {
        let database = office.open.catalogue.read();
        let sql = |text: &'static str| database.execute_unprepared(text);
        match self {
            Self::List => {
                let exclude = "update batch_line set verdict = 'exclude', verdict_why = 'x' \
                               where position = 0";
                sql(exclude).await.unwrap();
            }
            Self::Leaver => {
                let mut list = everyone();
                list[2].left_on = Some(jiff::civil::date(2026, 11, 5));
                office.people(&list).await;
            }
            Self::CoolingOff => office.at("2026-11-06T08:59:59Z").await,
            Self::Hours => {
                Arc::make_mut(&mut office.open.config).working_days.window =
                    "Mon-Thu 19:00-23:00".parse().unwrap();
            }
            Self::ClockBack => office.clock().set("2026-11-06T11:00:00Z".parse().unwrap()),
            Self::ClockAhead => office.clock().set("2026-11-09T12:00:00Z".parse().unwrap()),
            Self::ClockUnseen => {
                sql("delete from setting where key = 'clock.last-seen'").await.unwrap();
                office.clock().set("2026-11-09T12:00:00Z".parse().unwrap());
            }
            // As where the catalogue is an older copy.
            Self::Older => {
                let head = Head { seq: 1000, hash: "0".repeat(64) };
                kept_head::write(&office.open.config.state_directory, &head).unwrap();
            }
            Self::Restored => office.set("catalogue.restored", RESTORED).await,
            Self::OldScan => office.at("2026-11-14T12:00:01Z").await,
            Self::NotWell => {
                sql("update store set state = 'unavailable'").await.unwrap();
            }
            Self::Jump => {
                office.at("2026-11-06T13:00:00Z").await;
                office.share.files("planning/more", 300, OLD);
                office.council.scan("share").await;
            }
            // So they are from the start.
            Self::TooFew | Self::ByHand | Self::NotAccepted => {}
            Self::Leashed => {
                Arc::make_mut(&mut office.open.config).stores[0].leash = Leash::Leashed;
            }
            Self::Lines => office.set("ceiling.max-lines", "24").await,
            Self::Share => office.set("ceiling.max-share-percent", "5").await,
            Self::Failures => {
                sql("update batch_line set state = 'failed', why = 'read-failed'").await.unwrap();
            }
            Self::Schedule => {
                let lines = [
                    ("PLAN-14", "6 years after last modified", "Destroy"),
                    ("PLAN-15", "7 years after last modified", "Destroy"),
                ];
                office.accept(&lines).await;
            }
            // It was lowered, and somebody raised it by themselves.
            Self::RaisedLevel => {
                let asset = asset::Entity::find().one(database).await.unwrap().unwrap();
                let (about, flag) = (("asset", asset.id.to_string()), json!(Enforcement::Flag));
                let tx = office.open.catalogue.write_tx().await.unwrap();
                put_on_record(&tx, Action::EnforcementLowered, about, &flag).await;
                tx.commit().await.unwrap();
            }
            Self::RaisedCeiling => {
                let raise = "update setting set value = '100' \
                             where key = 'ceiling.max-share-percent'";
                office.set("ceiling.max-share-percent", "99").await;
                sql(raise).await.unwrap();
            }
            Self::Mapping | Self::Level => self.changes_a_row(office).await,
            Self::Everything => {
                office.hold("LEG-1", HoldKind::LegalHold, NewScope::Everything).await;
            }
        }
    }

    async fn changes_a_row(self, office: &Office) {
        let tx = office.open.catalogue.write_tx().await.unwrap();
        match self {
            Self::Mapping => {
                let row = mapping::Entity::find().one(&*tx).await.unwrap().unwrap();
                let mut row: mapping::ActiveModel = row.into();
                (row.approved_by, row.approved_at) = (Set(None), Set(None));
                row.update(&*tx).await.unwrap();
            }
            _ => {
                let row = asset::Entity::find().one(&*tx).await.unwrap().unwrap();
                let mut row: asset::ActiveModel = row.into();
                row.enforcement = Set(Enforcement::Propose);
                let id = row.update(&*tx).await.unwrap().id.to_string();
                let now = json!(Enforcement::Propose);
                put_on_record(&tx, Action::EnforcementLowered, ("asset", id), &now).await;
            }
        }
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn each_guard_of_list_people_and_time_stops_a_run_by_itself_and_says_why() {
    each_stops_a_run(&LIST_AND_TIME).await;
}

#[tokio::test]
async fn each_guard_of_store_counts_and_rules_stops_a_run_by_itself_and_says_why() {
    each_stops_a_run(&STORE_AND_RULES).await;
}

async fn each_stops_a_run(guards: &[(Wrong, &str)]) {
    for &(wrong, sentence) in guards {
        let (now, action) = ("2026-10-30T09:00:00Z", wrong.action());
        let mut office = Office::with_action(Database::Sqlite, now, 25, action).await;
        let number = wrong.batch(&office).await;
        office.at("2026-11-06T12:00:00Z").await;
        office.council.scan("share").await;
        wrong.befalls(&mut office).await;
        let there = reachable(&office, "planning");
        assert!(there.len() >= 26, "{wrong:?}");
        let dry = dry_run(&office.open.scanner(office.clock()), &number).await.unwrap();
        assert_eq!(dry.stops.len(), 1, "{wrong:?}: {:?}", dry.stops);
        assert!(dry.stops[0].contains(sentence), "{wrong:?}: {:?}", dry.stops);
        assert_eq!(office.batch(&number).await.state.0, BatchState::Authorised, "{wrong:?}");
        let state = match office.run_by(&number, ChunkSize::Lines(5)).await {
            Ok(ran) => {
                assert!(ran.waits.is_some_and(|why| why.contains(sentence)), "{wrong:?}");
                BatchState::Authorised
            }
            Err(stop) => {
                let said = stop.to_string();
                assert!(said.starts_with("batch `B-2026-0001` does not go on: "), "{said}");
                assert!(said.contains(sentence), "{wrong:?}: {said}");
                BatchState::Halted
            }
        };
        assert_eq!(state == BatchState::Authorised, wrong.only_waits(), "{wrong:?}");
        assert_eq!(office.batch(&number).await.state.0, state, "{wrong:?}");
        assert_eq!(reachable(&office, "planning"), there, "{wrong:?}");
        assert!(office.intents().await.is_empty(), "{wrong:?}");
    }
}

/// How an authority ceases to cover a batch between its making and its carrying
/// out, and what a run says of it.
const STANDING: [(Ceases, &str); 4] = [
    (Ceases::Expired, "the standing authority SA-2026-0001 expired on 2026-11-02"),
    (Ceases::TakenBack, "the standing authority SA-2026-0001 is not in force"),
    (Ceases::Capped, "the standing authority SA-2026-0002 covers 10 lines a day, and this would"),
    (Ceases::Unanswered, "Mary Beck signed the standing authority SA-2026-0001 and may no longer"),
];

#[derive(Debug, Clone, Copy)]
enum Ceases {
    Expired,
    TakenBack,
    Capped,
    Unanswered,
}

impl Ceases {
    async fn befalls(self, office: &Office, number: &str) {
        match self {
            Self::Expired => {
                office.at("2026-11-03T09:00:00Z").await;
                office.council.scan("share").await;
            }
            Self::TakenBack => {
                let mary = office.actor("mary").await;
                revoke(&office.desk(), &mary, "SA-2026-0001", "a complaint").await.unwrap();
            }
            Self::Capped => {
                let other = in_force(office, &terms(10, date(2026, 11, 2))).await;
                let id = authority(office, &other).await;
                let cites = format!(
                    "update batch set standing_authority_id = x'{}' where number = '{number}'",
                    id.simple()
                );
                office.as_if(&cites).await;
            }
            Self::Unanswered => {
                let mut list = everyone();
                list[2].left_on = Some(date(2026, 10, 30));
                office.people(&list).await;
            }
        }
    }
}

async fn authority(office: &Office, number: &str) -> sea_orm::prelude::Uuid {
    let found = standing_authority::Entity::find()
        .filter(standing_authority::Column::Number.eq(number))
        .one(office.open.catalogue.read());
    found.await.unwrap().unwrap().id
}

#[tokio::test]
async fn a_standing_authority_that_no_longer_covers_a_batch_stops_it_and_says_why() {
    for (ceases, sentence) in STANDING {
        let office = cameras(Database::Sqlite).await;
        in_force(&office, &terms(100, date(2026, 11, 2))).await;
        let (number, lines) = today(&office).await.unwrap().unwrap();
        assert_eq!(lines, 60);
        ceases.befalls(&office, &number).await;
        let dry = dry_run(&office.open.scanner(office.clock()), &number).await.unwrap();
        assert_eq!(dry.stops.len(), 1, "{ceases:?}: {:?}", dry.stops);
        let stopped = office.run(&number).await.unwrap_err().to_string();
        let begins = format!("batch `{number}` does not go on: its standing authority no longer");
        assert!(stopped.starts_with(&begins), "{ceases:?}: {stopped}");
        assert!(stopped.contains(sentence), "{ceases:?}: {stopped}");
        assert_eq!(office.batch(&number).await.state.0, BatchState::Halted, "{ceases:?}");
        assert_eq!(reachable(&office, "cctv/monday").len(), 60, "{ceases:?}");
        assert!(office.intents().await.is_empty(), "{ceases:?}");
    }
}

#[tokio::test]
async fn a_hold_that_a_restore_lost_is_not_destroyed_under_and_counts_once_it_is_entered_again() {
    for database in Database::BOTH {
        let mut office = Office::with_files(database, "2026-10-30T09:00:00Z", 3).await;
        let number = office.authorised().await;
        office.at("2026-11-06T12:00:00Z").await;
        office.council.scan("share").await;
        assert_eq!(office.run(&number).await.unwrap().quarantined, 3);
        let file = office.council.path("before.backup").display().to_string();
        assert_eq!(office.council.run(&["backup", &file]).code, 0);
        let below = || NewScope::Location { store: "share".into(), prefix: "planning".into() };
        office.hold("LEG-9", HoldKind::LegalHold, below()).await;
        let restored = office.council.run(&["restore", &file, "--replace"]);
        assert!(restored.out.contains("`retaind dispose confirm-restore`"), "{restored:?}");
        office.open = office.council.open().await;

        office.at("2026-12-07T12:00:00Z").await;
        office.council.scan("share").await;
        let stopped = office.run(&number).await.unwrap_err().to_string();
        assert!(stopped.contains("and what was held since is not in it"), "{stopped}");
        assert_eq!(office.count(&number, LineState::Quarantined).await, 3);
        let doctor = office.council.run(&["doctor"]).out;
        assert!(doctor.contains("WRONG restore        restored"), "{doctor}");

        office.hold("LEG-9", HoldKind::LegalHold, below()).await;
        let confirm = ["dispose", "confirm-restore", "--reason", "the letters were looked through"];
        let confirmed = office.council.run(&confirm);
        assert!(confirmed.out.contains("is taken for entered again"), "{confirmed:?}");
        assert_eq!(office.council.audited("restore.confirmed").await, 1);
        let again = office.council.run(&confirm).out;
        assert!(again.starts_with("nothing waits for it"), "{again}");
        office.at("2026-12-07T12:00:00Z").await;
        let scanner = office.open.scanner(office.clock());
        let rowan = office.actor(&present_user()).await;
        resume(&scanner, &rowan, &number, "the hold is back").await.unwrap();
        let ran = office.run(&number).await.unwrap();
        assert_eq!((ran.destroyed, ran.restored), (0, 3));
        assert_eq!(reachable(&office, "planning").len(), 4);
    }
}

#[tokio::test]
async fn of_a_jump_nothing_is_proposed_until_a_person_confirms_it_however_often_it_is_scanned() {
    for database in Database::BOTH {
        let office = Office::with_files(database, "2026-10-30T09:00:00Z", 25).await;
        office.share.files("planning/more", 300, OLD);
        let mary = office.actor("mary").await;
        let all = Wanted::default();
        let said = async || {
            let by = Proposer::Person(&mary);
            let mut made = propose(&office.desk(), by, &all, Run::Real).await.unwrap();
            made.remove(0).lists.unwrap_err().to_string()
        };
        // Twice looked at, it is no more usual than it was.
        for day in ["2026-10-31T09:00:00Z", "2026-11-01T09:00:00Z", "2026-11-12T09:00:00Z"] {
            office.at(day).await;
            office.council.scan("share").await;
            let said = said().await;
            let jumped = "325 items are due in store `share` where 25 were within the month before";
            assert!(said.starts_with(jumped), "{said}");
            assert!(said.contains("`retaind dispose confirm-jump share`"), "{said}");
        }
        assert!(office.batches().await.is_empty());

        let silent = jump::confirm(&office.desk(), &mary, "share", " ").await.unwrap_err();
        assert!(silent.to_string().contains("reason"), "{silent}");
        let why = "a folder was mapped that nobody had looked at";
        jump::confirm(&office.desk(), &mary, "share", why).await.unwrap();
        assert_eq!(office.council.audited("jump.confirmed").await, 1);
        let again = jump::confirm(&office.desk(), &mary, "share", why).await.unwrap_err();
        assert!(again.to_string().contains("there is nothing to confirm"), "{again}");
        let number = office.authorised().await;
        assert_eq!(office.batch(&number).await.lines, 325);
        office.at("2026-11-20T12:00:00Z").await;
        office.council.scan("share").await;
        assert_eq!(office.run(&number).await.unwrap().quarantined, 325);
    }
}

#[tokio::test]
async fn a_jump_is_confirmed_from_the_command_line_by_a_records_manager() {
    let office = Office::with_files(Database::Sqlite, "2026-10-30T09:00:00Z", 25).await;
    let confirm = |store: &str| {
        office.council.run(&["dispose", "confirm-jump", store, "--reason", "it was looked at"])
    };
    assert!(confirm("share").err.contains("there is nothing to confirm"));
    assert!(confirm("shore").err.contains("does not know the store shore"));
    office.share.files("planning/more", 300, OLD);
    assert_eq!(office.council.run(&["scan", "--quiet"]).code, 0);
    let confirmed = confirm("share");
    assert!(confirmed.out.contains("is taken for right, and may be proposed"), "{confirmed:?}");
}
