//! Lists for disposal: made of what is due, kept from by its owner, approved by
//! two people who mean it, and void as soon as anything differs.

use jiff::civil::date;
use retaind::catalogue::entity::{
    asset, batch, batch_line, item_decision, mapping, setting, store,
};
use retaind::catalogue::values::Text;
use retaind::catalogue::words::{Enforcement, ItemDecision, Stage, StoreState};
use retaind::clock::Clock as _;
use retaind::config::PersonEntry;
use retaind::disposal::approve::{Approved, Approving, approve, reject, withdraw};
use retaind::disposal::expire::expire;
use retaind::disposal::list::digest_of;
use retaind::disposal::propose::{Made, Proposer, Run, Wanted, propose};
use retaind::disposal::verdict::{Keeping, Kept, Which, keep, refresh};
use retaind::disposal::{ApprovalError, Desk, review, show};
use retaind::holds::{self, NewHold, NewScope};
use retaind::people::{self, Actor, Role};
use retaind::register;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::batch::{BatchState, Verdict};
use retaind_schedules::calendar::Calendar;
use retaind_schedules::hold::HoldKind;
use sea_orm::{ActiveModelTrait as _, ConnectionTrait as _, EntityTrait as _, Set};

use crate::batches::promoted;
use crate::catalogue::Database;
use crate::council::{Council, Open};
use crate::share::Share;

mod backlog;
mod transfers;

const OLD: &str = "2015-06-01T10:00:00Z";
const OLDER: &str = "2014-06-01T10:00:00Z";
const NEW: &str = "2026-06-01T10:00:00Z";
const STORE: &str = "kind = 'filesystem'\n[settings]\nroot = '{folder}/share'\nthreads = 2\n\
    [[mapping]]\nrecord_type = 'PLAN-14'\nlocation = 'planning'\n\
    [mapping.dates]\nlast-modified = { from = 'modified' }\n";

/// The people of the stories; Nadia is both owner and records manager.
fn everyone() -> Vec<PersonEntry> {
    let people: [(&str, &[Role]); 5] = [
        ("Rowan Hale", &[Role::RecordsManager, Role::Operator]),
        ("Nadia Shah", &[Role::Iao, Role::RecordsManager]),
        ("Omar Quist", &[Role::Iao]),
        ("Mary Beck", &[Role::RecordsManager]),
        ("Petra Lund", &[Role::Auditor]),
    ];
    let person = |(name, roles): (&str, &[Role])| PersonEntry {
        name: name.to_owned(),
        email: format!("{}@trentside.example", name.to_lowercase().replace(' ', ".")),
        os_user: Some(name.split(' ').next().unwrap().to_lowercase()),
        left_on: None,
        roles: roles.iter().copied().collect(),
    };
    people.map(person).to_vec()
}

/// A council whose planning files are due, promoted and mapped with approval.
struct Planning {
    council: Council,
    share: Share,
    open: Open,
}

impl Planning {
    /// So many old files on the share, and one that is not due.
    async fn with(database: Database, files: usize) -> Self {
        let council = Council::found(database).await;
        council.clock.set("2026-11-20T09:00:00Z".parse().unwrap());
        let share = Share::make(council.path("share"));
        share.files("planning", files, OLD);
        share.file("planning/young.pdf", NEW);
        council.store("share", STORE);
        let open = council.open().await;
        let planning = Self { council, share, open };
        planning.people(&everyone()).await;
        planning.accept(&[("PLAN-14", "6 years after last modified", "Destroy")]).await;
        planning.council.scan("share").await;
        promoted(&planning.open).await;
        planning.council.clock.set("2026-11-23T09:00:00Z".parse().unwrap());
        planning
    }

    async fn people(&self, list: &[PersonEntry]) {
        let tx = self.open.catalogue.write_tx().await.unwrap();
        let clock = &self.council.clock;
        people::sync(&tx, list, clock.now(), clock.today()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Accepts a register of these lines: code, period, and what then.
    async fn accept(&self, lines: &[(&str, &str, &str)]) {
        let rows = lines.iter().map(|(code, period, action)| {
            format!("{code},Records {code},Planning,\"{period}\",,{action},Limitation Act 1980\n")
        });
        let headings = "Ref,Record,Service,Keep for,Keep from,Disposal action,Legislation\n";
        let text = headings.to_owned() + &rows.collect::<String>();
        self.council.write("own.csv", &text);
        let catalogue = &self.open.catalogue;
        let (rowan, now) = (self.actor("rowan").await, self.council.clock.now());
        let known = register::known_people(catalogue).await.unwrap();
        let path = self.council.path("own.csv");
        let profile = register::ImportProfile::default();
        let file = register::RegisterFile::read(&path, &profile, "built-in", &known).unwrap();
        let imported = register::import(catalogue, &rowan, &file, now).await.unwrap();
        register::accept(catalogue, &rowan, imported.import, &Calendar::default(), now)
            .await
            .unwrap();
    }

    async fn set(&self, key: &str, value: &str) {
        let tx = self.open.catalogue.write_tx().await.unwrap();
        let (key, value) = (Set(key.to_owned()), Set(value.to_owned()));
        let row = setting::ActiveModel { key: key.clone(), value: value.clone() };
        if setting::Entity::find_by_id(key.clone().unwrap()).one(&*tx).await.unwrap().is_some() {
            row.update(&*tx).await.unwrap();
        } else {
            setting::Entity::insert(row).exec_without_returning(&*tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn actor(&self, user: &str) -> Actor {
        people::acting(&self.open.catalogue, user).await.unwrap()
    }

    fn desk(&self) -> Desk<'_> {
        let (config, catalogue) = (&self.open.config, &self.open.catalogue);
        Desk { config, catalogue, clock: &self.council.clock }
    }

    fn at(&self, instant: &str) {
        self.council.clock.set(instant.parse().unwrap());
    }

    async fn try_propose(&self, run: Run) -> Result<Made, ApprovalError> {
        let mary = self.actor("mary").await;
        let wanted = Wanted { record_type: Some("PLAN-14".to_owned()), ..Wanted::default() };
        let mut all = propose(&self.desk(), Proposer::Person(&mary), &wanted, run).await?;
        all.pop().expect("one store").lists
    }

    /// The one list that is due.
    async fn propose(&self) -> batch::Model {
        let mut made = self.try_propose(Run::Real).await.unwrap();
        assert_eq!(made.batches.len(), 1);
        made.batches.remove(0)
    }

    async fn batch(&self, number: &str) -> batch::Model {
        show::by_number(&self.open.catalogue, number).await.unwrap()
    }

    /// Approves what the list is now, typed as it must be.
    async fn approve(&self, user: &str, number: &str) -> Result<Approved, ApprovalError> {
        let digest = self.batch(number).await.digest.unwrap();
        self.approve_shown(user, number, &digest).await
    }

    async fn approve_shown(
        &self,
        user: &str,
        number: &str,
        digest: &str,
    ) -> Result<Approved, ApprovalError> {
        let going = show::show(&self.desk(), number).await?.going;
        let confirmation = format!("{number} {going}");
        let asked =
            Approving { number, digest, confirmation: &confirmation, comment: Some("looked") };
        let actor = self.actor(user).await;
        approve(&self.desk(), &actor, asked).await
    }

    async fn keep(
        &self,
        user: &str,
        number: &str,
        which: Which,
        verdict: Verdict,
    ) -> Result<Kept, ApprovalError> {
        let until = (verdict == Verdict::Defer).then_some(date(2028, 1, 1));
        let keeping = Keeping { which, verdict, until, reason: "still needed for the appeal" };
        keep(&self.desk(), &self.actor(user).await, number, &keeping).await
    }

    async fn lines(&self) -> Vec<batch_line::Model> {
        let mut lines = batch_line::Entity::find().all(self.open.catalogue.read()).await.unwrap();
        lines.sort_by_key(|line| line.position);
        lines
    }
}

fn words<T: std::fmt::Debug>(refused: Result<T, ApprovalError>) -> String {
    refused.unwrap_err().to_string()
}

#[tokio::test]
async fn story_13_two_people_approve_and_they_mean_it() {
    for database in Database::BOTH {
        let planning = Planning::with(database, 860).await;
        let row = planning.propose().await;
        assert_eq!((row.number.as_str(), row.lines), ("B-2026-0001", 860));
        let first = row.digest.clone().unwrap();
        assert_eq!(digest_of(planning.open.catalogue.read(), &row).await.unwrap().0, first);
        let lines = planning.lines().await;
        assert!(lines.is_sorted_by(|one, next| one.locator < next.locator));
        assert!(lines.iter().zip(0..).all(|(line, position)| line.position == position));

        let approved = planning.approve("nadia", &row.number).await.unwrap();
        assert_eq!((approved.stage, approved.state), (Stage::Iao, BatchState::IaoApproved));
        assert_eq!(
            words(planning.approve("nadia", &row.number).await),
            "Nadia Shah approved B-2026-0001 as the owner: the second approval is another \
             person's, whatever roles one person holds"
        );

        for file in ["record-00007", "record-00070", "record-00700"] {
            planning.share.touch(&format!("planning/{file}"), OLDER);
        }
        planning.at("2026-11-24T09:00:00Z");
        planning.council.scan("share").await;
        assert_eq!(
            words(planning.approve("mary", &row.number).await),
            "3 of the items on B-2026-0001 changed since they were proposed, or are no longer \
             due: run `retaind batch refresh B-2026-0001`, which leaves them out, and look at \
             the list again"
        );
        let mary = planning.actor("mary").await;
        let kept = refresh(&planning.desk(), &mary, &row.number).await.unwrap();
        assert_eq!((kept.lines, kept.left, kept.state), (3, 857, BatchState::Proposed));
        let stale = planning.approve_shown("nadia", &row.number, &first).await;
        assert!(words(stale).starts_with("the list of B-2026-0001 is not the one that was shown"));
        planning.approve("nadia", &row.number).await.unwrap();
        let approved = planning.approve("mary", &row.number).await.unwrap();
        assert_eq!(approved.state, BatchState::Authorised);
        assert_eq!(approved.not_before.unwrap().to_string(), "2026-12-01T09:00:00Z");
        let done = ["batch.proposed", "batch.approved", "batch.refreshed", "batch.authorised"];
        for (action, times) in done.into_iter().zip([1, 2, 1, 1]) {
            assert_eq!(planning.council.audited(action).await, times, "{action}");
        }
    }
}

#[tokio::test]
async fn silence_expires_a_list_after_thirty_days_and_nothing_can_be_approved_then() {
    for database in Database::BOTH {
        let planning = Planning::with(database, 5).await;
        let row = planning.propose().await;
        planning.approve("nadia", &row.number).await.unwrap();
        planning.at("2026-12-23T08:59:59Z");
        assert!(expire(&planning.desk()).await.unwrap().is_empty());
        planning.at("2026-12-23T09:00:00Z");
        assert!(words(planning.approve("mary", &row.number).await).contains("expired on"));
        assert_eq!(expire(&planning.desk()).await.unwrap(), ["B-2026-0001"]);
        assert_eq!(planning.batch(&row.number).await.state, Text(BatchState::Expired));
        assert!(planning.lines().await.iter().all(|line| line.state.0.name() == "pending"));
        assert!(words(planning.approve("mary", &row.number).await).contains("is expired"));
    }
}

#[tokio::test]
async fn a_leaver_and_whoever_is_not_the_owner_approve_nothing() {
    let planning = Planning::with(Database::Sqlite, 5).await;
    let row = planning.propose().await;
    let nadia = planning.actor("nadia").await;
    assert!(
        words(planning.approve("omar", &row.number).await)
            .starts_with("Omar Quist is not the information asset owner of ")
    );
    let mut list = everyone();
    list[1].left_on = Some(date(2026, 11, 22));
    planning.people(&list).await;
    let digest = row.digest.clone().unwrap();
    let asked = Approving {
        number: &row.number,
        digest: &digest,
        confirmation: "B-2026-0001 5",
        comment: None,
    };
    assert_eq!(
        words(approve(&planning.desk(), &nadia, asked).await),
        "Nadia Shah may no longer act, and approves nothing"
    );
}

#[tokio::test]
async fn whoever_made_the_rule_yesterday_does_not_authorise_under_it() {
    let planning = Planning::with(Database::Sqlite, 5).await;
    planning.at("2026-11-21T08:00:00Z");
    let row = planning.propose().await;
    planning.approve("nadia", &row.number).await.unwrap();
    assert_eq!(
        words(planning.approve("rowan", &row.number).await),
        "Rowan Hale made the rule or the mapping behind B-2026-0001 within the last 24 hours: \
         another person approves, or the same person a day later"
    );
    planning.at("2026-11-21T09:00:01Z");
    planning.approve("rowan", &row.number).await.unwrap();
}

#[tokio::test]
async fn the_second_approval_needs_the_digest_and_the_count_that_were_shown() {
    let planning = Planning::with(Database::Sqlite, 5).await;
    let row = planning.propose().await;
    let digest = row.digest.clone().unwrap();
    let nadia = planning.actor("nadia").await;
    let asked = |digest, confirmation| Approving {
        number: "B-2026-0001",
        digest,
        confirmation,
        comment: None,
    };
    let short = approve(&planning.desk(), &nadia, asked(&digest[..11], "B-2026-0001 5")).await;
    assert!(words(short).contains("12 digits"));
    for typed in ["", "yes", "B-2026-0001", "B-2026-0001 4"] {
        let refused = approve(&planning.desk(), &nadia, asked(&digest[..12], typed)).await;
        assert_eq!(
            words(refused),
            "to approve, type the number of the batch and how many lines go: `B-2026-0001 5`"
        );
    }
    let unknown = Approving { number: "B-2026-9999", ..asked(&digest, "") };
    let unknown = approve(&planning.desk(), &nadia, unknown).await;
    assert!(words(unknown).starts_with("there is no batch B-2026-9999"));
    approve(&planning.desk(), &nadia, asked(&digest[..12], "B-2026-0001 5")).await.unwrap();
    let petra = planning.approve("petra", &row.number).await;
    assert_eq!(words(petra), "Petra Lund may not authorise a batch: it takes a records manager");
}

#[tokio::test]
async fn what_the_owner_keeps_voids_what_was_signed_and_is_not_proposed_again() {
    for database in Database::BOTH {
        let planning = Planning::with(database, 12).await;
        let row = planning.propose().await;
        planning.approve("nadia", &row.number).await.unwrap();
        let by_mary =
            planning.keep("mary", &row.number, Which::Numbers(vec![1]), Verdict::Exclude).await;
        assert!(words(by_mary).starts_with("Mary Beck is not the information asset owner"));
        let kept =
            planning.keep("nadia", &row.number, Which::Numbers(vec![1, 2]), Verdict::Exclude);
        let kept = kept.await.unwrap();
        assert_eq!((kept.lines, kept.left, kept.state), (2, 10, BatchState::Proposed));
        assert_ne!(Some(kept.digest), row.digest);
        let again =
            planning.keep("nadia", &row.number, Which::Numbers(vec![2]), Verdict::Defer).await;
        assert!(words(again).starts_with("no line of B-2026-0001 that still goes"));
        let prefix = Which::Prefix("planning/record-00005".to_owned());
        planning.keep("nadia", &row.number, prefix, Verdict::Defer).await.unwrap();
        let all = planning.keep("nadia", &row.number, Which::All, Verdict::Defer).await.unwrap();
        assert_eq!((all.lines, all.left, all.state), (9, 0, BatchState::Rejected));
        let decided =
            item_decision::Entity::find().all(planning.open.catalogue.read()).await.unwrap();
        let until: Vec<String> =
            decided.iter().map(|row| row.keep_until.unwrap().to_string()).collect();
        assert_eq!(until.iter().filter(|until| *until == "2027-11-23").count(), 2);
        assert_eq!(until.iter().filter(|until| *until == "2028-01-01").count(), 10);
        let next = planning.try_propose(Run::Real).await.unwrap();
        assert_eq!((next.batches.len(), next.left.kept), (0, 12));
    }
}

#[tokio::test]
async fn what_is_held_or_listed_is_left_out_and_a_dry_run_writes_nothing() {
    for database in Database::BOTH {
        let planning = Planning::with(database, 6).await;
        let dry = planning.try_propose(Run::Dry).await.unwrap();
        assert_eq!(dry.batches[0].lines, 6);
        assert!(planning.lines().await.is_empty());
        let mary = planning.actor("mary").await;
        let hold = NewHold {
            reference: "FOI-1".to_owned(),
            title: "A request".to_owned(),
            kind: HoldKind::Foi,
            ground: None,
            authority: "request".to_owned(),
            scopes: vec![NewScope::Location {
                store: "share".to_owned(),
                prefix: "planning/record-00001".to_owned(),
            }],
            review_on: date(2027, 5, 1),
            reason: "received".to_owned(),
        };
        let clock = &planning.council.clock;
        let Open { catalogue, keys, .. } = &planning.open;
        holds::place(catalogue, keys, &mary, &hold, clock.now(), clock.today()).await.unwrap();
        let made = planning.try_propose(Run::Real).await.unwrap();
        assert_eq!((made.batches[0].lines, made.left.held), (5, 1));
        assert_eq!(made.batches[0].number, "B-2026-0001", "the dry run used no number up");
        let second = planning.try_propose(Run::Real).await.unwrap();
        assert_eq!((second.batches.len(), second.left.listed, second.left.held), (0, 5, 1));
        reject(&planning.desk(), &mary, "B-2026-0001", "not now").await.unwrap();
        let third = planning.try_propose(Run::Real).await.unwrap();
        assert_eq!((third.batches[0].number.as_str(), third.batches[0].lines), ("B-2026-0002", 5));
        let shown = show::show(&planning.desk(), "B-2026-0002").await.unwrap();
        let last = shown.since_last.unwrap();
        assert_eq!((last.batch.as_str(), last.lines, last.same_rule), ("B-2026-0001", 0, true));
        assert_eq!(shown.listed.next.unwrap().who, "Nadia Shah");
        assert_eq!((shown.going, shown.held_now, shown.samples.len()), (5, 0, 5));
        withdraw(&planning.desk(), &mary, "B-2026-0002", "a better day").await.unwrap();
        assert_eq!(planning.batch("B-2026-0002").await.state, Text(BatchState::Withdrawn));
    }
}

#[tokio::test]
async fn every_guard_stops_the_whole_list_and_says_what_to_do() {
    let planning = Planning::with(Database::Sqlite, 20).await;
    planning.set("ceiling.max-lines", "19").await;
    let refused = words(planning.try_propose(Run::Real).await);
    assert!(refused.starts_with("20 items of `PLAN-14` are due in store share"), "{refused}");
    planning.set("ceiling.max-lines", "20").await;
    planning.set("ceiling.max-share-percent", "95").await;
    let refused = words(planning.try_propose(Run::Real).await);
    let expected = "20 of the 21 items in store share would go (96 %), and a batch may take 95 %";
    assert!(refused.starts_with(expected), "{refused}");
    planning.set("ceiling.max-share-percent", "96").await;

    planning.at("2026-11-28T09:00:00Z");
    let refused = words(planning.try_propose(Run::Real).await);
    let expected = "the last scan of store share is of 2026-11-20, 8 days ago: nothing is proposed \
                    from a scan of 8 days or more; run `retaind scan share`";
    assert_eq!(refused, expected);
    planning.at("2026-11-27T09:00:00Z");

    let catalogue = &planning.open.catalogue;
    let tx = catalogue.write_tx().await.unwrap();
    let row = store::Entity::find().one(&*tx).await.unwrap().unwrap();
    let mut frozen: store::ActiveModel = row.clone().into();
    frozen.state = Set(StoreState::Frozen);
    frozen.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    let refused = words(planning.try_propose(Run::Real).await);
    assert!(refused.starts_with("store share is frozen: nothing is proposed"), "{refused}");
    let tx = catalogue.write_tx().await.unwrap();
    let mut well: store::ActiveModel = row.into();
    well.state = Set(StoreState::Ok);
    well.update(&*tx).await.unwrap();
    let row = mapping::Entity::find().one(&*tx).await.unwrap().unwrap();
    let mut unapproved: mapping::ActiveModel = row.clone().into();
    unapproved.approved_by = Set(None);
    unapproved.approved_at = Set(None);
    unapproved.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    let refused = words(planning.try_propose(Run::Real).await);
    assert!(refused.ends_with(&format!("run `retaind mapping approve share {}`", row.id)));

    let tx = catalogue.write_tx().await.unwrap();
    let row = asset::Entity::find().one(&*tx).await.unwrap().unwrap();
    let mut flagged: asset::ActiveModel = row.into();
    flagged.enforcement = Set(Enforcement::Flag);
    flagged.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    let refused = words(planning.try_propose(Run::Real).await);
    assert!(refused.contains("is at the level `flag`, and nothing is proposed below `propose`"));
    assert!(refused.contains("propose --reason"));
    assert!(planning.lines().await.is_empty());
}

#[tokio::test]
async fn no_line_is_added_removed_or_changed_once_a_list_is_closed() {
    for database in Database::BOTH {
        let planning = Planning::with(database, 3).await;
        let row = planning.propose().await;
        planning.approve("nadia", &row.number).await.unwrap();
        let write = planning.open.catalogue.read();
        for forbidden in [
            "update batch_line set locator = 'planning/young.pdf'",
            "update batch_line set fingerprint = 'x'",
            "update batch_line set position = position + 10",
            "update batch set lines = 4",
            "update batch set rule = 'prohibited'",
            "update batch set mappings = '[]'",
            "delete from batch_line",
            "delete from batch",
            "delete from approval",
        ] {
            assert!(write.execute_unprepared(forbidden).await.is_err(), "{forbidden}");
        }
        let line = planning.lines().await.remove(0);
        let added = batch_line::ActiveModel {
            id: Set(planning.council.clock.new_id()),
            position: Set(3),
            locator: Set("planning/young.pdf".to_owned()),
            ..batch_line::ActiveModel::from(line).reset_all()
        };
        let added = batch_line::Entity::insert(added).exec_without_returning(write).await;
        assert!(added.is_err(), "a line came onto a list that was closed");
    }
}

#[tokio::test]
async fn minute_books_are_never_proposed_and_reviewed_files_go_where_they_were_sent() {
    for database in Database::BOTH {
        let council = Council::found(database).await;
        council.clock.set("2026-11-20T09:00:00Z".parse().unwrap());
        let share = Share::make(council.path("share"));
        share.files("minutes", 12, OLD);
        share.files("planning", 340, OLD);
        let minutes = "[[mapping]]\nrecord_type = 'MIN-01'\nlocation = 'minutes'\n\
            [mapping.dates]\nlast-modified = { from = 'modified' }\n";
        council.store("share", &format!("{STORE}{minutes}"));
        let open = council.open().await;
        let planning = Planning { council, share, open };
        planning.people(&everyone()).await;
        let lines =
            [("PLAN-14", "6 years after last modified", "Review"), ("MIN-01", "Permanent", "")];
        planning.accept(&lines).await;
        planning.council.scan("share").await;
        promoted(&planning.open).await;
        planning.at("2026-11-23T09:00:00Z");

        let mary = planning.actor("mary").await;
        let nadia = planning.actor("nadia").await;
        let minutes = Wanted { record_type: Some("MIN-01".to_owned()), ..Wanted::default() };
        let refused = propose(&planning.desk(), Proposer::Person(&mary), &minutes, Run::Real).await;
        assert_eq!(
            words(refused),
            "`MIN-01` is kept permanently under the schedule in force: nothing of it is ever \
             proposed for disposal"
        );
        let list = planning.propose().await;
        assert_eq!((list.action.0, list.lines), (DisposalAction::Review, 340));
        assert!(words(planning.approve("nadia", &list.number).await).contains("a list for review"));

        let mut waiting = Vec::new();
        review::each(&planning.desk(), |item| {
            waiting.push(item);
            Ok::<(), ApprovalError>(())
        })
        .await
        .unwrap();
        assert_eq!(waiting.len(), 340);
        let ruling = |(number, item): (usize, &review::Awaiting)| review::Ruling {
            store: item.store.clone(),
            locator: item.locator.clone(),
            decision: match number {
                0..300 => ItemDecision::Destroy,
                300..335 => ItemDecision::Keep,
                _ => ItemDecision::Transfer,
            },
            until: Some(date(2031, 11, 23)),
            reason: "looked at in the annual review".to_owned(),
            seen: None,
        };
        let rulings: Vec<review::Ruling> = waiting.iter().enumerate().map(ruling).collect();
        let by_mary = review::decide(&planning.desk(), &mary, &rulings).await;
        assert!(words(by_mary).starts_with("Mary Beck is not the information asset owner"));
        let silent = review::Ruling { reason: " ".to_owned(), ..rulings[0].clone() };
        assert!(
            words(review::decide(&planning.desk(), &nadia, &[silent]).await).contains("reason")
        );
        let endless = review::Ruling { until: None, ..rulings[300].clone() };
        let endless = review::decide(&planning.desk(), &nadia, &[endless]).await;
        assert!(words(endless).contains("--until"));
        review::decide(&planning.desk(), &nadia, &rulings).await.unwrap();
        assert_eq!(planning.batch(&list.number).await.state, Text(BatchState::Withdrawn));

        let made = planning.try_propose(Run::Real).await.unwrap();
        let lists: Vec<_> = made.batches.iter().map(|row| (row.action.0, row.lines)).collect();
        assert_eq!(lists, [(DisposalAction::Destroy, 300), (DisposalAction::Transfer, 5)]);
        assert_eq!(made.left.kept, 35, "300 and 35 and 5 are 340");
        assert_eq!(planning.council.audited("review.decided").await, 340);
    }
}
