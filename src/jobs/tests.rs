//! When jobs run, that each runs once, and what is remembered of it.

use std::collections::BTreeSet;
use std::path::Path;

use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::lease::{Claim, Ended, HUNG, JobLock, PATIENCE, RENEWAL, Renewal, WIND_DOWN};
use super::run::{Ran, Runner};
use super::schedule::{Timing, next_due};
use super::*;
use crate::catalogue::entity::job as job_row;
use crate::catalogue::testing::{Database, Fresh};
use crate::catalogue::words::{RunCause, RunResult};
use crate::clock::FixedClock;
use crate::config;
use crate::cut_short::cut_short;
use crate::working_days::{OnBankHolidays, Window, WorkingDays, may_execute};

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A Monday, at nine in London.
const NINE: &str = "2026-11-23T09:00:00Z";

/// A daemon's runner on a state directory of its own.
struct Machine {
    runner: Runner,
    clock: FixedClock,
    _folder: tempfile::TempDir,
}

async fn machine(fresh: &Fresh, more: &str) -> Machine {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("state_directory = 'state'\n[organisation]\nname = 'X'\n{more}");
    std::fs::write(folder.path().join("retaind.toml"), text).unwrap();
    for below in ["state/inbox", "stores.d"] {
        std::fs::create_dir_all(folder.path().join(below)).unwrap();
    }
    let config = Config::read(&folder.path().join("retaind.toml")).unwrap();
    let clock = FixedClock::at(instant(NINE));
    let key_folder: &Path = fresh.place.folder.path();
    let keys = Keys::load(key_folder, &fresh.catalogue).await.unwrap();
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let cancel = CancellationToken::new();
    let runner = Runner::new(Arc::new(config), fresh.catalogue.clone(), keys, shared, cancel);
    Machine { runner, clock, _folder: folder }
}

async fn due(machine: &Machine) -> Vec<(&'static str, RunCause)> {
    let due = machine.runner.due().await.unwrap();
    due.into_iter().map(|(job, cause)| (job.name, cause)).collect()
}

async fn row(machine: &Machine, name: &str) -> job_row::Model {
    book::rows(&machine.runner.catalogue).await.unwrap().remove(name).unwrap()
}

fn lock(machine: &Machine) -> JobLock {
    let folder = &machine.runner.config.state_directory;
    JobLock::take(folder, &SCAN).unwrap().expect("nobody holds it")
}

async fn claim(machine: &Machine, cause: RunCause) -> Claim {
    let now = machine.clock.now();
    lease::claim(&machine.runner.catalogue, &SCAN, lock(machine), cause, now).await.unwrap()
}

/// As the real one in the catalogue, and does what a test wants.
const fn like_scan(
    run: for<'a> fn(&'a JobContext) -> BoxFuture<'a, Result<String, JobError>>,
) -> Job {
    Job {
        name: "scan",
        what: "",
        cron: "0 1 * * *",
        missed: Missed::CatchUp,
        days: Days::Every,
        run,
    }
}

static SCAN: Job = like_scan(|_| async { Ok("done".to_owned()) }.boxed());

#[test]
fn every_expression_of_the_table_is_one_and_every_name_is_of_one_job() {
    for job in TABLE {
        assert!(matches!(job.cron.parse(), Ok(Timing::Cron(_))), "{}", job.name);
    }
    let names: BTreeSet<_> = TABLE.iter().map(|job| job.name).collect();
    assert_eq!(names.len(), TABLE.len());
}

#[tokio::test]
async fn the_next_time_is_by_the_councils_clock_over_both_changes_of_it() {
    let fresh = Database::Sqlite.fresh().await;
    let calendar = machine(&fresh, "").await.runner.config.working_days.clone();
    let cases = [
        // An hour later in UTC from the night the clocks go back.
        ("0 2 * * *", "2026-10-24T00:00:00Z", "2026-10-24T01:00:00Z"),
        ("0 2 * * *", "2026-10-24T01:00:00Z", "2026-10-25T02:00:00Z"),
        ("0 2 * * *", "2026-10-25T02:00:00Z", "2026-10-26T02:00:00Z"),
        // There is no half past one on this night: at the end of the gap, once.
        ("30 1 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
        ("30 1 * * *", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"),
        // There are two of them on this night: once.
        ("30 1 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
        ("30 1 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
    ];
    for (cron, after, expected) in cases {
        let next = next_due(&cron.parse().unwrap(), Days::Every, instant(after), &calendar);
        assert_eq!(next, Some(instant(expected)), "{cron} after {after}");
    }
    let seven: Timing = "0 7 * * *".parse().unwrap();
    // From the Thursday before Easter to the Tuesday after it.
    let after_easter = next_due(&seven, Days::Working, instant("2026-04-02T07:00:00Z"), &calendar);
    assert_eq!(after_easter, Some(instant("2026-04-07T06:00:00Z")));
    assert_eq!(next_due(&Timing::Off, Days::Every, instant(NINE), &calendar), None);
    let leap = next_due(&"0 7 29 2 *".parse().unwrap(), Days::Every, instant(NINE), &calendar);
    assert_eq!(leap, Some(instant("2028-02-29T07:00:00Z")));
}

#[test]
fn an_expression_whose_day_never_comes_is_refused() {
    for never in ["0 0 30 2 *", "0 1 31 2 *", "0 1 31 4,6,9,11 *"] {
        let said = never.parse::<Timing>().unwrap_err().to_string();
        assert!(said.contains("(it names a day that never comes): write minute, hour"), "{said}");
    }
}

/// Of all jobs only those that the test is about have times.
const OTHERS_OFF: &str = "[jobs.schedule]\ninbox = 'off'\npropose = 'off'\nexpire = 'off'\n\
                          execute = 'off'\nbackup = 'off'\nchase = 'off'\nnotices = 'off'\n\
                          outbox = 'off'\nhold-feed = 'off'\nstanding = 'off'\n\
                          evaluate = 'off'\nquarantine-expiry = 'off'\ndigests = 'off'\n\
                          over-retention = 'off'\n";

#[tokio::test]
async fn runs_missed_while_nobody_ran_them_are_caught_up_once_or_wait_for_their_next_time() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let machine = machine(&fresh, OTHERS_OFF).await;
        assert_eq!(due(&machine).await, [], "nothing is missed of what never was due");
        machine.clock.set(instant("2026-11-27T12:00:00Z"));
        let caught_up = ["scan", "certificate-closing", "manifest-expiry", "hold-reviews"]
            .map(|name| (name, RunCause::Missed));
        assert_eq!(due(&machine).await, caught_up);
        let tidied = row(&machine, "maintenance").await;
        assert_eq!(tidied.last_result, Some(RunResult::Skipped));
        assert_eq!(tidied.next_due_at, Some(instant("2026-11-28T04:30:00Z").into()));
        for (name, cause) in caught_up {
            let ran = machine.runner.run(find(name).unwrap(), cause).await.unwrap();
            assert!(matches!(ran, Ran::Ended { .. }));
        }
        assert_eq!(due(&machine).await, []);
        machine.clock.set(instant("2026-11-28T01:00:00Z"));
        assert_eq!(due(&machine).await, [("scan", RunCause::Due)]);
        let scan = row(&machine, "scan").await;
        assert_eq!(scan.last_started_at, Some(instant("2026-11-27T12:00:00Z").into()));
    }
}

#[tokio::test]
async fn a_job_for_working_days_that_was_missed_waits_over_the_weekend() {
    let fresh = Database::Sqlite.fresh().await;
    let machine = machine(&fresh, "").await;
    machine.runner.due().await.unwrap();
    machine.clock.set(instant("2026-11-28T12:00:00Z"));
    assert!(due(&machine).await.iter().all(|(name, _)| *name != "hold-reviews"));
    let reviews = row(&machine, "hold-reviews").await;
    assert_eq!(reviews.next_due_at, Some(instant("2026-11-30T07:00:00Z").into()));
    assert_eq!(reviews.last_result, None);
}

#[tokio::test]
async fn a_changed_expression_changes_the_next_time() {
    let fresh = Database::Sqlite.fresh().await;
    let first = machine(&fresh, "").await;
    first.runner.due().await.unwrap();
    assert_eq!(row(&first, "scan").await.next_due_at, Some(instant("2026-11-24T01:00:00Z").into()));
    let changed = machine(&fresh, "[jobs.schedule]\nscan = '0 22 * * *'\nmaintenance = 'off'\n");
    let changed = changed.await;
    changed.runner.due().await.unwrap();
    assert_eq!(
        row(&changed, "scan").await.next_due_at,
        Some(instant("2026-11-23T22:00:00Z").into())
    );
    assert_eq!(row(&changed, "maintenance").await.next_due_at, None);
}

#[tokio::test]
async fn a_time_that_was_reckoned_while_the_clock_was_ahead_is_not_kept() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let machine = machine(&fresh, "").await;
        machine.runner.due().await.unwrap();
        machine.clock.set(instant("2027-11-23T09:00:00Z"));
        machine.runner.run(&SCAN, RunCause::Due).await.unwrap();
        let ahead = row(&machine, "scan").await.next_due_at;
        assert_eq!(ahead, Some(instant("2027-11-24T01:00:00Z").into()));
        machine.clock.set(instant("2026-11-23T09:05:00Z"));
        machine.runner.due().await.unwrap();
        let mended = row(&machine, "scan").await.next_due_at;
        assert_eq!(mended, Some(instant("2026-11-24T01:00:00Z").into()));
    }
}

#[tokio::test]
async fn what_a_machine_has_run_whose_clock_is_a_little_ahead_is_not_run_again() {
    let fresh = Database::Sqlite.fresh().await;
    let (one, other) = (machine(&fresh, "").await, machine(&fresh, "").await);
    one.runner.due().await.unwrap();
    other.clock.set(instant("2026-11-24T01:00:00Z"));
    other.runner.run(&SCAN, RunCause::Due).await.unwrap();
    one.clock.set(instant("2026-11-24T00:55:00Z"));
    one.runner.due().await.unwrap();
    assert_eq!(row(&one, "scan").await.next_due_at, Some(instant("2026-11-25T01:00:00Z").into()));
}

#[tokio::test]
async fn what_cannot_be_undone_waits_until_a_clock_that_leapt_is_looked_at() {
    let fresh = Database::Sqlite.fresh().await;
    let machine = machine(&fresh, "").await;
    machine.runner.due().await.unwrap();
    machine.runner.see_clock().await;
    machine.clock.set(instant("2028-11-24T09:00:00Z"));
    machine.runner.see_clock().await;
    for name in ["manifest-expiry", "certificate-closing", "expire"] {
        let ran = machine.runner.run(find(name).unwrap(), RunCause::Due).await.unwrap();
        let Ran::Ended { result: RunResult::Failed, message } = ran else { panic!("{ran:?}") };
        assert!(message.contains("more than two days after 2026-11-23T09:00:00Z"), "{message}");
        assert!(message.contains("`retaind dispose confirm-clock`"), "{message}");
    }
}

#[tokio::test]
async fn a_job_that_panics_has_failed_and_the_next_one_runs() {
    static PANICS: Job = like_scan(|_| async { panic!("a fault of the program") }.boxed());
    let fresh = Database::Sqlite.fresh().await;
    let machine = machine(&fresh, "").await;
    machine.runner.due().await.unwrap();
    let ran = machine.runner.run(&PANICS, RunCause::Asked).await.unwrap();
    let message = "it panicked; the log says where".to_owned();
    assert_eq!(ran, Ran::Ended { result: RunResult::Failed, message: message.clone() });
    let kept = row(&machine, "scan").await;
    assert_eq!((kept.last_result, kept.last_message), (Some(RunResult::Failed), Some(message)));
    assert_eq!(kept.lease_owner, None);
    assert!(machine.runner.running.borrow().is_empty());
    let ran = machine.runner.run(&SCAN, RunCause::Asked).await.unwrap();
    assert_eq!(ran, Ran::Ended { result: RunResult::Ok, message: "done".to_owned() });
}

#[tokio::test]
async fn of_two_daemons_on_one_catalogue_one_runs_a_job_and_only_once() {
    static GATE: Notify = Notify::const_new();
    static WAITS: Job = like_scan(|_| {
        async {
            GATE.notified().await;
            Ok("done".to_owned())
        }
        .boxed()
    });
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let (one, other) = (machine(&fresh, "").await, machine(&fresh, "").await);
        one.runner.due().await.unwrap();
        for machine in [&one, &other] {
            machine.clock.set(instant("2026-11-24T01:00:00Z"));
        }
        let runner = one.runner.clone();
        let mut started = one.runner.running.subscribe();
        let running = tokio::spawn(async move { runner.run(&WAITS, RunCause::Due).await });
        started.wait_for(|running| running.contains_key("scan")).await.unwrap();
        for machine in [&one, &other] {
            for cause in [RunCause::Due, RunCause::Asked] {
                let ran = machine.runner.run(&WAITS, cause).await.unwrap();
                assert_eq!(ran, Ran::Busy, "{database:?}");
            }
        }
        GATE.notify_one();
        assert!(matches!(running.await.unwrap().unwrap(), Ran::Ended { .. }));
        assert_eq!(other.runner.run(&WAITS, RunCause::Due).await.unwrap(), Ran::NotDue);
        let history = book::history(&other.runner.catalogue, &SCAN, 10).await.unwrap();
        assert_eq!(history.len(), 1);
    }
}

#[tokio::test]
async fn a_lease_is_taken_over_when_its_owner_is_gone_or_it_has_run_out_and_not_before() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let (killed, elsewhere) = (machine(&fresh, "").await, machine(&fresh, "").await);
        killed.runner.due().await.unwrap();
        // A process that is killed gives back its file lock and nothing else.
        drop(claim(&killed, RunCause::Asked).await);
        assert!(matches!(claim(&elsewhere, RunCause::Asked).await, Claim::Theirs));
        elsewhere.clock.set(killed.clock.now() + PATIENCE - SignedDuration::from_secs(1));
        assert!(matches!(claim(&elsewhere, RunCause::Asked).await, Claim::Theirs));
        elsewhere.clock.set(killed.clock.now() + PATIENCE);
        let Claim::Ours(theirs) = claim(&elsewhere, RunCause::Asked).await else {
            panic!("it has run out");
        };
        drop(theirs);
        let restarted = &elsewhere;
        let Claim::Ours(lease) = claim(restarted, RunCause::Asked).await else {
            panic!("its owner is gone, and left its state directory to this one");
        };
        let ended = Ended {
            result: RunResult::Ok,
            message: "done".to_owned(),
            next_due: Some(instant("2026-11-24T01:00:00Z")),
        };
        let now = restarted.clock.now();
        lease.release(&restarted.runner.catalogue, &ended, now).await.unwrap();
        let history = book::history(&killed.runner.catalogue, &SCAN, 10).await.unwrap();
        let told: Vec<_> = history.iter().filter_map(|run| run.message.as_deref()).collect();
        let gone = "its process ended before it did";
        assert_eq!(told, ["done", gone, gone]);
    }
}

#[tokio::test]
async fn a_claim_that_is_cut_short_at_any_point_leaves_the_job_to_the_next_process() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let machine = machine(&fresh, "").await;
        machine.runner.due().await.unwrap();
        drop(claim(&machine, RunCause::Asked).await);
        let (now, catalogue) = (machine.clock.now(), &machine.runner.catalogue);
        // Its file has the new name, and the catalogue still the old.
        let owner = row(&machine, SCAN.name).await.lease_owner;
        lock(&machine).enter(owner.as_deref(), "somebody/new").unwrap();
        let next = claim(&machine, RunCause::Asked).await;
        assert!(matches!(next, Claim::Ours(_)), "{database:?}: {next:?}");
        drop(next);
        for polls in 0.. {
            let claiming = lease::claim(catalogue, &SCAN, lock(&machine), RunCause::Asked, now);
            let is_whole = cut_short(claiming, polls).await.is_some();
            let next = claim(&machine, RunCause::Asked).await;
            assert!(matches!(next, Claim::Ours(_)), "{database:?}, cut at {polls}: {next:?}");
            if is_whole {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_copy_of_a_machine_does_not_take_the_lease_of_the_one_that_runs() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let (one, copy) = (machine(&fresh, "").await, machine(&fresh, "").await);
        one.runner.due().await.unwrap();
        one.runner.run(&SCAN, RunCause::Asked).await.unwrap();
        let state = |machine: &Machine| machine.runner.config.state_directory.clone();
        std::fs::copy(state(&one).join("job-scan.lock"), state(&copy).join("job-scan.lock"))
            .unwrap();
        let Claim::Ours(lease) = claim(&one, RunCause::Asked).await else { panic!("ours") };
        assert!(matches!(claim(&copy, RunCause::Asked).await, Claim::Theirs));
        drop(lease);
        assert!(matches!(claim(&copy, RunCause::Asked).await, Claim::Theirs));
        assert!(matches!(claim(&one, RunCause::Asked).await, Claim::Ours(_)), "its own, and gone");
    }
}

#[tokio::test]
async fn a_lease_lasts_as_long_as_the_run_moves() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let (one, other) = (machine(&fresh, "").await, machine(&fresh, "").await);
        one.runner.due().await.unwrap();
        let Claim::Ours(lease) = claim(&one, RunCause::Asked).await else { panic!("ours") };
        let catalogue = &one.runner.catalogue;
        let start = one.clock.now();
        let later = start + SignedDuration::from_mins(20);
        assert_eq!(lease.renew(catalogue, later, later).await.unwrap(), Renewal::Ours);
        other.clock.set(start + SignedDuration::from_mins(45));
        assert!(matches!(claim(&other, RunCause::Asked).await, Claim::Theirs));
        let stalled = later + PATIENCE;
        assert_eq!(lease.renew(catalogue, later, stalled).await.unwrap(), Renewal::Lost);
        other.clock.set(stalled);
        let Claim::Ours(_taken) = claim(&other, RunCause::Asked).await else { panic!("ran out") };
        assert_eq!(lease.renew(catalogue, stalled, stalled).await.unwrap(), Renewal::Lost);
        let ended = Ended { result: RunResult::Ok, message: "too late".to_owned(), next_due: None };
        lease.release(catalogue, &ended, stalled).await.unwrap();
        let kept = row(&other, "scan").await;
        assert!(kept.lease_owner.is_some(), "the run that took over goes on");
        assert_eq!(kept.last_message, None);
    }
}

#[tokio::test]
async fn a_run_that_is_stopped_is_due_again_at_once() {
    static STOPS: Job = like_scan(|job| {
        async {
            job.cancel.cancelled().await;
            Err(JobError::new("stopped"))
        }
        .boxed()
    });
    let fresh = Database::Sqlite.fresh().await;
    let machine = machine(&fresh, "").await;
    machine.runner.due().await.unwrap();
    machine.runner.cancel.cancel();
    let ran = machine.runner.run(&STOPS, RunCause::Asked).await.unwrap();
    assert!(matches!(ran, Ran::Ended { result: RunResult::Skipped, .. }));
    assert_eq!(due(&machine).await, [("scan", RunCause::Due)]);
}

#[tokio::test]
async fn the_history_of_a_job_stays_bounded() {
    let fresh = Database::Sqlite.fresh().await;
    let machine = machine(&fresh, "").await;
    machine.runner.due().await.unwrap();
    for minute in 0..105 {
        machine.clock.set(instant(NINE) + SignedDuration::from_mins(minute));
        machine.runner.run(&SCAN, RunCause::Asked).await.unwrap();
    }
    let history = book::history(&machine.runner.catalogue, &SCAN, 1000).await.unwrap();
    assert_eq!(history.len(), 100);
    assert!(history[0].started_at > history[99].started_at);
}

#[tokio::test]
async fn a_file_in_the_inbox_whose_time_is_in_the_future_is_left_there_and_told() {
    let fresh = Database::Sqlite.fresh().await;
    let machine = machine(&fresh, "").await;
    machine.runner.due().await.unwrap();
    let file = machine.runner.config.jobs.inbox.join("IAR.csv");
    let later = std::time::UNIX_EPOCH + std::time::Duration::from_secs(2_000_000_000);
    std::fs::File::create(&file).unwrap().set_modified(later).unwrap();
    let ran = machine.runner.run(find("inbox").unwrap(), RunCause::Asked).await.unwrap();
    let Ran::Ended { message, .. } = ran else { panic!("{ran:?}") };
    assert!(
        message.ends_with(
            "1 left there, which say that they change only in the future: \
                               `touch` them"
        ),
        "{message}"
    );
    assert!(file.exists());
}

#[tokio::test]
async fn the_catalogue_is_checked_and_its_chain_verified_on_both_databases() {
    for (database, said) in
        Database::BOTH.into_iter().zip(["checked, and tidied", "statistics brought up to date"])
    {
        let fresh = database.fresh().await;
        let machine = machine(&fresh, "").await;
        machine.runner.due().await.unwrap();
        for (name, said) in [
            ("maintenance", said),
            ("audit-verify", "0 entries, whole"),
            ("certificate-closing", "0 certificates closed"),
            ("manifest-expiry", "0 manifests destroyed at their time, 0 lists forgotten"),
            ("hold-reviews", "0 holds past their review, 0 to be reviewed within 30 days"),
            ("scan", "0 stores scanned, 0 items"),
            ("inbox", "0 files imported and waiting to be accepted, 0 refused"),
            ("expire", "0 batches expired, 0 changes lapsed unsigned"),
            ("execute", "0 batches went on, 0 wait, 0 were stopped"),
            ("quarantine-expiry", "0 batches went on, 0 wait, 0 were stopped"),
            ("evaluate", "0 listed items judged anew, 0 of them otherwise"),
            (
                "over-retention",
                "0 record types hold something beyond its maximum, 0 notices written",
            ),
            ("digests", "0 digests made or added to"),
        ] {
            let ran = machine.runner.run(find(name).unwrap(), RunCause::Asked).await.unwrap();
            let expected = Ran::Ended { result: RunResult::Ok, message: said.to_owned() };
            assert_eq!(ran, expected, "{name}");
        }
    }
}

/// What the organisation relies on to be done, by name: one line and one file each.
#[test]
fn every_job_has_a_line_of_its_own_and_a_file_of_its_name() {
    for name in [
        "inbox",
        "scan",
        "evaluate",
        "propose",
        "chase",
        "execute",
        "quarantine-expiry",
        "certificate-closing",
        "hold-reviews",
        "digests",
        "over-retention",
        "outbox",
        "maintenance",
        "backup",
    ] {
        assert!(find(name).is_some(), "{name}");
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/jobs");
    for job in TABLE {
        let file = folder.join(format!("{}.rs", job.name.replace('-', "_")));
        assert!(file.exists(), "{}", file.display());
        assert_eq!(TABLE.iter().filter(|other| other.name == job.name).count(), 1);
    }
}

#[test]
fn what_is_asked_for_is_held_before_the_night_looks_at_it_and_long_before_anything_goes() {
    let fresh = working_days();
    let midnight = instant("2026-11-24T00:00:00Z");
    let at = |name: &str| {
        let job = find(name).unwrap();
        let timing: Timing = job.cron.parse().unwrap();
        next_due(&timing, job.days, midnight, &fresh).unwrap()
    };
    let night = ["hold-feed", "scan", "standing", "propose"].map(at);
    assert!(night.is_sorted(), "{night:?}");
    let opens = "2026-11-24T19:00:00Z".parse().unwrap();
    assert!(may_execute(opens, &fresh).is_ok() && night[3] < opens);
    let before = |one: &str, other: &str| {
        let place = |name: &str| TABLE.iter().position(|job| job.name == name);
        place(one) < place(other)
    };
    assert!(before("hold-feed", "scan") && before("scan", "execute"), "caught up in this order");
    assert!(before("scan", "evaluate") && before("evaluate", "propose"), "so is this");
    assert!(before("chase", "digests") && before("digests", "outbox"), "and this");
}

fn working_days() -> WorkingDays {
    WorkingDays {
        jurisdiction: config::Jurisdiction::EnglandAndWales,
        zone: jiff::tz::TimeZone::get("Europe/London").unwrap(),
        window: Window::default(),
        on_bank_holidays: OnBankHolidays::Wait,
        freezes: Vec::new(),
    }
}

#[tokio::test]
async fn a_run_that_hangs_is_told_to_stop_well_before_the_daemon_is_given_up() {
    let fresh = Database::Sqlite.fresh().await;
    let one = machine(&fresh, "").await;
    one.runner.due().await.unwrap();
    let Claim::Ours(lease) = claim(&one, RunCause::Asked).await else { panic!("ours") };
    let (catalogue, moved) = (&one.runner.catalogue, one.clock.now());
    // By the first look after its patience is over it has been told to stop.
    let told_by = PATIENCE + SignedDuration::try_from(RENEWAL).unwrap();
    let at = |after| lease.renew(catalogue, moved, moved + after);
    assert_eq!(at(PATIENCE - SignedDuration::from_secs(1)).await.unwrap(), Renewal::Ours);
    assert_eq!(at(PATIENCE).await.unwrap(), Renewal::Lost);
    assert!(told_by + WIND_DOWN <= HUNG, "it has time to end before nobody waits for it");
    assert!(WIND_DOWN >= SignedDuration::from_mins(5));
}
