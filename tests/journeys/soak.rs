//! A year of the daemon in minutes: its own jobs at their own hours, by a clock
//! that is set, over a share that changes daily, with people who approve, keep
//! silent, hold and release, and mails to a server that takes them. Nothing may grow that is
//! not explained: neither memory nor open files, no table, no mail.
//!
//! Four weeks by default; the whole year, with its figures, by
//!
//! ```console
//! $ RETAIND_SOAK_DAYS=365 ./tests/run -E 'test(soak::)' --no-capture
//! ```
//!
//! Another number of days must end on a working day: then everything that was
//! to be told has been.

mod growth;
mod letters;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, Time, date, time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use retaind::catalogue::words::RunResult;
use retaind::change;
use retaind::clock::Clock as _;
use retaind::holds::{self, NewScope};
use retaind::jobs::run::{Ran, Runner};
use retaind::notices;
use retaind_schedules::batch::BatchState;
use retaind_schedules::hold::HoldKind;
use tokio_util::sync::CancellationToken;

use crate::catalogue::Database;
use crate::mail_server::MailServer;
use crate::office::{FILES, Office};

/// A Monday; the last of the usual days from it is a working day, and that of a year too.
const START: Date = date(2026, 1, 5);
const USUAL_DAYS: i32 = 26;

/// Files that come due each day, and how many days before they are first there.
const DUE_DAILY: usize = 3;
const AHEAD: i32 = 120;
/// Files that are new each day, and come due in none of these years.
const NEW_DAILY: usize = 2;

/// Every so many days there is a request, and its hold is released so much later.
const REQUEST_EVERY: i32 = 28;
const REQUEST_TAKES: i32 = 12;

/// The day on which a change is proposed that nobody signs.
const PROPOSED: i32 = 2;

const SETTINGS: &str = "
[execution]
window = 'Mon-Thu 19:00-23:00'
[disposal]
cooling_off = 'P3D'
quarantine = 'P10D'
[proof]
manifest_kept = 'P1M'
[mail]
server = '127.0.0.1'
port = PORT
tls = 'none'
from = 'records@trentside.example'
base_url = 'https://retaind.trentside.example'
[[service_area]]
name = 'Planning'
mailbox = 'planning@trentside.example'
director = 'director@trentside.example'
# Mails go out and batches go on as often as they do by default, in the hours in
# which they can; of what else runs so often a few times a day are enough.
[jobs.schedule]
inbox = '0 9 * * *'
outbox = '*/5 8,10 * * *'
execute = '*/15 19-22 * * *'
quarantine-expiry = '*/15 19-22 * * *'
digests = '*/5 8,10 * * *'
evaluate = '20 5,11 * * *'
chase = '15 7 * * *'
";

/// What people did with a batch.
#[derive(Debug, Clone, Copy)]
struct Life {
    proposed: Date,
    approved: Option<Date>,
    authorised: Option<Date>,
}

struct Soak {
    office: Office,
    server: MailServer,
    runner: Runner,
    /// By number.
    batches: BTreeMap<String, Life>,
    requests: u64,
    released: u64,
    runs: u64,
}

fn instant(day: Date, at: Time) -> Timestamp {
    let london = TimeZone::get("Europe/London").unwrap();
    day.to_datetime(at).to_zoned(london).unwrap().timestamp()
}

fn days(days: i32) -> Span {
    Span::new().days(days)
}

impl Soak {
    async fn begin() -> Self {
        let eve = instant(START.yesterday().unwrap(), time(12, 0, 0, 0));
        let server = MailServer::start();
        let mut office = Office::found(Database::Sqlite, &eve.to_string()).await;
        let configuration = office.council.configuration();
        let settings = SETTINGS.replace("PORT", &server.port.to_string());
        office.council.write("retaind.toml", &(configuration + &settings));
        let files = FILES.replace("[settings]", "backup_retention = 'P35D'\n[settings]");
        office.council.store("share", &files);
        (0..AHEAD).for_each(|day| come_due(&office, START.saturating_add(days(day))));
        office.ready(&[("PLAN-14", "6 years after last modified", "Destroy")], &["share"]).await;
        std::fs::create_dir(office.council.path("state/inbox")).unwrap();
        let tx = office.open.catalogue.write_tx().await.unwrap();
        notices::sync_routes(&tx, &office.open.config.routes, eve).await.unwrap();
        tx.commit().await.unwrap();
        let runner = Runner::new(
            office.open.config.clone(),
            office.open.catalogue.clone(),
            office.open.keys.clone(),
            Arc::new(office.clock().clone()),
            CancellationToken::new(),
        );
        let (batches, requests, released, runs) = (BTreeMap::new(), 0, 0, 0);
        let soak = Self { office, server, runner, batches, requests, released, runs };
        soak.office.at_time(instant(START, Time::midnight())).await;
        soak.runner.sync().await.unwrap();
        soak
    }

    /// One day: what comes onto the share, every job at its hour, and what
    /// people do at ten.
    async fn day(&mut self, number: i32) {
        let today = START.saturating_add(days(number));
        let ten = instant(today, time(10, 0, 0, 0));
        let midnight = instant(today.tomorrow().unwrap(), Time::midnight());
        come_due(&self.office, today.saturating_add(days(AHEAD)));
        for new in 0..NEW_DAILY {
            let now = self.office.clock().now().to_string();
            self.office.share.file(&format!("planning/new/{today}-{new}.pdf"), &now);
        }
        self.jobs_until(ten).await;
        self.office.clock().set(ten);
        if self.office.open.config.working_days.is_working_day(today) {
            self.people(today).await;
        }
        self.requests(number, today).await;
        if number == PROPOSED {
            self.propose_a_change().await;
        }
        self.jobs_until(midnight).await;
    }

    async fn jobs_until(&mut self, until: Timestamp) {
        while let Some((at, _)) = self.runner.next().await.unwrap().filter(|(at, _)| *at < until) {
            self.office.clock().set(at);
            self.runner.see_clock().await;
            for (job, cause) in self.runner.due().await.unwrap() {
                let ran = self.runner.run(job, cause).await.unwrap();
                let well = matches!(ran, Ran::Ended { result: RunResult::Ok, .. });
                assert!(well, "{} at {at}: {ran:?}", job.name);
                self.runs += 1;
            }
        }
    }

    /// The owner approves what was proposed, but for every fifth batch, of which
    /// nobody says anything; the next day the records manager authorises it.
    async fn people(&mut self, today: Date) {
        for row in self.office.batches().await {
            let number = row.number;
            let life = self.batches.entry(number.clone()).or_insert(Life {
                proposed: today,
                approved: None,
                authorised: None,
            });
            let is_ignored = number.ends_with(['0', '5']);
            match row.state.0 {
                BatchState::Proposed if !is_ignored => {
                    self.office.approve("nadia", &number).await;
                    life.approved = Some(today);
                }
                BatchState::IaoApproved => {
                    self.office.approve("mary", &number).await;
                    life.authorised = Some(today);
                }
                _ => {}
            }
        }
    }

    /// A records manager would raise a ceiling, and nobody has the role that must
    /// sign it too: it is chased, and is over in the end.
    async fn propose_a_change(&self) {
        let (catalogue, now) = (&self.office.open.catalogue, self.office.clock().now());
        let mary = self.office.actor("mary").await;
        let ceiling = change::Ceiling::MaxLines;
        change::set_ceiling(catalogue, &mary, ceiling, 10_001, "a big year", now).await.unwrap();
    }

    /// A request comes for what came due yesterday, and is answered in time.
    /// One matter stays for good.
    async fn requests(&mut self, number: i32, today: Date) {
        let below = |day: Date| NewScope::Location {
            store: "share".to_owned(),
            prefix: format!("planning/{day}"),
        };
        if number == 0 {
            self.office.hold("MATTER", HoldKind::LegalHold, below(today)).await;
        }
        let of = |number: i32| format!("REQUEST-{number}");
        if number % REQUEST_EVERY == 10 {
            let scope = below(today.yesterday().unwrap());
            self.office.hold(&of(number), HoldKind::AuditHold, scope).await;
            self.requests += 1;
        }
        if number % REQUEST_EVERY == (10 + REQUEST_TAKES) % REQUEST_EVERY && number > REQUEST_TAKES
        {
            let (catalogue, now) = (&self.office.open.catalogue, self.office.clock().now());
            let (mary, nadia) = (self.office.actor("mary").await, self.office.actor("nadia").await);
            let hold = of(number - REQUEST_TAKES);
            let (why, authority) = ("answered", "the answer");
            holds::request_release(catalogue, &mary, &hold, why, authority, now).await.unwrap();
            holds::release(catalogue, &nadia, &hold, now).await.unwrap();
            self.released += 1;
        }
    }
}

/// Files whose six years are over on this day.
fn come_due(office: &Office, day: Date) {
    let then = day.saturating_sub(Span::new().years(6));
    let changed = instant(then, time(10, 0, 0, 0)).to_string();
    for file in 0..DUE_DAILY {
        office.share.file(&format!("planning/{day}/case-{file}.pdf"), &changed);
    }
}

#[tokio::test]
async fn months_of_jobs_leave_nothing_behind_that_is_not_explained() {
    if growth::in_a_process_of_its_own(
        "soak::months_of_jobs_leave_nothing_behind_that_is_not_explained",
    ) {
        return;
    }
    let asked = std::env::var("RETAIND_SOAK_DAYS").ok();
    let total = asked.map_or(USUAL_DAYS, |days| days.parse().expect("a number of days"));
    let warm = (total / 2).min(60);
    let mut soak = Soak::begin().await;
    for number in 0..warm {
        soak.day(number).await;
    }
    growth::give_back(&soak.office.open.catalogue).await;
    let (before, kept) = (growth::Taken::now(), growth::Kept::now(&soak).await);
    for number in warm..total {
        soak.day(number).await;
        if (number + 1) % 30 == 0 {
            growth::give_back(&soak.office.open.catalogue).await;
            println!("after {} days {}", number + 1, growth::Taken::now());
        }
    }
    let last = START.saturating_add(days(total - 1));
    growth::give_back(&soak.office.open.catalogue).await;
    println!("{total} days, {} runs of jobs, {} batches", soak.runs, soak.batches.len());
    let after = growth::Taken::now();
    growth::the_catalogue_grows_by_its_rows(kept, growth::Kept::now(&soak).await, total - warm);
    letters::every_mail_is_justified(&soak, last).await;
    growth::every_row_is_explained(&soak, i64::from(total)).await;
    growth::nothing_is_kept_in_memory(before, after, total - warm);
}
