//! The daemon's own jobs at a council whose clock is the test's.

use std::sync::Arc;

use retaind::catalogue::words::RunResult;
use retaind::clock::Clock as _;
use retaind::jobs::run::{Ran, Runner};
use retaind::{notices, people};
use tokio_util::sync::CancellationToken;

use crate::council::Council;

/// A daemon that does what is due whenever it is told the time.
pub(crate) struct Running<'a> {
    council: &'a Council,
    runner: Runner,
}

impl<'a> Running<'a> {
    /// Started at the council's time; nothing is due yet.
    pub(crate) async fn start(council: &'a Council) -> Self {
        let open = council.open().await;
        std::fs::create_dir_all(&open.config.jobs.inbox).expect("a folder");
        let (clock, now) = (&council.clock, council.clock.now());
        let tx = open.catalogue.write_tx().await.unwrap();
        people::sync(&tx, &open.config.people, now, clock.today()).await.unwrap();
        notices::sync_routes(&tx, &open.config.routes, now).await.unwrap();
        tx.commit().await.unwrap();
        let (clock, cancel) = (Arc::new(clock.clone()), CancellationToken::new());
        let runner = Runner::new(open.config, open.catalogue, open.keys, clock, cancel);
        runner.sync().await.unwrap();
        Self { council, runner }
    }

    /// It is this instant: every job that is due runs, in the order of a day.
    /// Gives those that failed.
    pub(crate) async fn at(&self, instant: &str) -> Vec<String> {
        self.council.clock.set(instant.parse().unwrap());
        self.runner.see_clock().await;
        let mut failed = Vec::new();
        for (job, cause) in self.runner.due().await.unwrap() {
            let ran = self.runner.run(job, cause).await.unwrap();
            let Ran::Ended { result, message } = ran else { panic!("{} is running", job.name) };
            if result != RunResult::Ok {
                failed.push(format!("{}: {message}", job.name));
            }
        }
        failed
    }

    /// Every day of this many, at half past nine and at noon.
    pub(crate) async fn days(&self, from: jiff::civil::Date, days: i64) {
        for day in 0..days {
            let day = from.saturating_add(jiff::Span::new().days(day));
            for at in ["09:30", "12:00"] {
                self.at(&format!("{day}T{at}:00Z")).await;
            }
        }
    }
}
