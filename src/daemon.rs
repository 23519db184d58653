//! `retaind serve`: the process that stays. It runs the jobs at their times,
//! answers over HTTP, and does as the service manager says.
//!
//! ```text
//! open everything, listen -> first heartbeat -> READY
//!   each minute      what is due, runs             (tokio-cron-scheduler is the heart)
//!   a file dropped   the inbox is imported
//!   SIGHUP, or a changed file   the configuration is read again; a wrong one is refused
//!   SIGTERM, SIGINT  jobs are told to stop and waited for, then it ends
//! ```
//!
//! What answers over HTTP and what else runs beside the jobs is in `services`.

mod reload;
mod services;
mod systemd;
mod vitals;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch as channel};
use tokio_cron_scheduler::{Job as Tick, JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::catalogue::words::RunCause;
use crate::config::Config;
use crate::http::Readiness;
use crate::jobs::run::{Ran, Runner};
use crate::jobs::schedule::{Timing, timing};
use crate::jobs::{self, Job, Progress};
use crate::upkeep::{UpkeepError, running};
use crate::watch::{self, Seen, Watch};
use systemd::{Tell, tell};
use vitals::Vitals;

/// At second 0 of every minute, in UTC.
const HEARTBEAT: &str = "0 * * * * *";

/// So long after a beat there is another, whatever the timer says: it waits for
/// a time of day, which is hours away once the clock was set back by hours.
const LATEST: Duration = Duration::from_secs(90);

/// How long jobs are waited for when the daemon stops: the service manager
/// waits for ten.
const LAST_WORDS: Duration = Duration::from_secs(8);

/// How long the heartbeat is waited for, before them.
const LAST_BEAT: Duration = Duration::from_millis(500);

/// How long a status line waits for the catalogue.
const GLANCE: Duration = Duration::from_secs(2);

/// Why the daemon could not start, or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The timer cannot be started.
    #[error("the heartbeat cannot be started: {0}")]
    Heartbeat(#[from] JobSchedulerError),
    /// The system does not let it listen for signals.
    #[error("signals cannot be listened for: {0}")]
    Signals(#[source] std::io::Error),
    /// Its catalogue is being restored or moved.
    #[error(transparent)]
    NotNow(#[from] UpkeepError),
    /// A service ended that should have stayed.
    #[error("{service}: {fault}")]
    Service {
        /// Which.
        service: &'static str,
        /// What it said.
        fault: String,
    },
}

/// The daemon while it runs.
pub struct Daemon {
    runner: Runner,
    config_path: PathBuf,
    config: channel::Sender<Arc<Config>>,
    refused: channel::Sender<Option<String>>,
    readiness: Readiness,
    vitals: Vitals,
    tasks: TaskTracker,
    seen: mpsc::UnboundedSender<Seen>,
}

/// Runs until it is told to stop. `runner` is open and valid: whoever made it
/// has said what was wrong.
///
/// # Errors
///
/// Where it cannot start, or a service fails.
pub async fn serve(runner: Runner) -> Result<(), DaemonError> {
    let _runs = running::begin(&runner.config.state_directory)?;
    let cancel = runner.cancel.clone();
    let mut stop = Stop::listen().map_err(DaemonError::Signals)?;
    let hangup = signal(SignalKind::hangup()).map_err(DaemonError::Signals)?;
    let (seen, hears) = mpsc::unbounded_channel();
    let daemon = Arc::new(Daemon::new(runner, seen));
    let (failed, mut failures) = mpsc::unbounded_channel();
    daemon.start_services(&failed).await?;
    daemon.beat().await;
    let mut heart = daemon.start_heart().await?;
    // Before anyone is told that it is ready: what is dropped then is seen.
    let watch = daemon.watch();
    daemon.tasks.spawn(Arc::clone(&daemon).changes(watch, hangup, hears));
    daemon.tasks.spawn(Arc::clone(&daemon).signs_of_life());
    daemon.readiness.set(Vec::new());
    tracing::info!("ready");
    tell(&Tell::Ready(daemon.status().await));
    let ended = tokio::select! {
        () = stop.asked() => Ok(()),
        () = cancel.cancelled() => Ok(()),
        Some(failure) = failures.recv() => Err(failure),
    };
    tell(&Tell::Stopping);
    tracing::info!("stopping");
    cancel.cancel();
    match tokio::time::timeout(LAST_BEAT, heart.shutdown()).await {
        Ok(Ok(())) => {}
        Ok(Err(fault)) => tracing::warn!(%fault, "the heartbeat did not stop: {fault}"),
        Err(_) => tracing::warn!("the heartbeat did not stop in time"),
    }
    daemon.tasks.close();
    if tokio::time::timeout(LAST_WORDS, daemon.tasks.wait()).await.is_err() {
        tracing::warn!("some jobs did not stop in time; they are due again");
    }
    ended
}

/// SIGTERM and SIGINT.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> std::io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

impl Daemon {
    fn new(runner: Runner, seen: mpsc::UnboundedSender<Seen>) -> Self {
        Self {
            config_path: runner.config.path.clone(),
            config: channel::Sender::new(Arc::clone(&runner.config)),
            refused: channel::Sender::new(None),
            readiness: Readiness::waiting_for("the first heartbeat has not been"),
            vitals: Vitals {
                heartbeat: Progress::new(Arc::clone(&runner.clock)),
                running: Arc::clone(&runner.running),
            },
            tasks: TaskTracker::new(),
            runner,
            seen,
        }
    }

    /// What runs jobs, by the configuration that is in force.
    fn runner(&self) -> Runner {
        Runner { config: Arc::clone(&self.config.borrow()), ..self.runner.clone() }
    }

    fn cancel(&self) -> CancellationToken {
        self.runner.cancel.clone()
    }

    /// The timer wakes a task of ours and does nothing else.
    async fn start_heart(self: &Arc<Self>) -> Result<JobScheduler, DaemonError> {
        let (tick, mut ticks) = mpsc::channel(1);
        let scheduler = JobScheduler::new().await?;
        let beat = Tick::new_async(HEARTBEAT, move |_, _| {
            // A beat that is still going on stands for this one too.
            let _ = tick.try_send(());
            Box::pin(std::future::ready(()))
        })?;
        scheduler.add(beat).await?;
        scheduler.start().await?;
        let daemon = Arc::clone(self);
        let cancel = self.cancel();
        self.tasks.spawn(async move {
            while let Some(Some(())) = cancel.run_until_cancelled(pulse(&mut ticks, LATEST)).await {
                daemon.beat().await;
            }
        });
        Ok(scheduler)
    }

    /// Starts what is due.
    async fn beat(self: &Arc<Self>) {
        self.runner().see_clock().await;
        match self.runner().due().await {
            Ok(due) => {
                self.readiness.set(Vec::new());
                for (job, cause) in due {
                    self.run(job, cause);
                }
            }
            Err(fault) => {
                tracing::error!(%fault, "the catalogue does not say what is due: {fault}");
                self.readiness.set(vec!["the catalogue does not answer".to_owned()]);
            }
        }
        self.vitals.heartbeat.moved();
    }

    fn run(self: &Arc<Self>, job: &'static Job, cause: RunCause) {
        if self.vitals.running.borrow().contains_key(job.name) {
            return;
        }
        let runner = self.runner();
        self.tasks.spawn(async move {
            match runner.run(job, cause).await {
                Ok(Ran::Ended { .. } | Ran::Busy | Ran::NotDue) => {}
                Err(fault) => tracing::error!(job = job.name, %fault, "job {}: {fault}", job.name),
            }
        });
    }

    /// Hears of signals and files until the daemon stops.
    async fn changes(
        self: Arc<Self>,
        mut watch: Option<Watch>,
        mut hangup: Signal,
        mut seen: mpsc::UnboundedReceiver<Seen>,
    ) {
        let cancel = self.cancel();
        loop {
            let what = tokio::select! {
                () = cancel.cancelled() => break,
                _ = hangup.recv() => Seen::Configuration,
                Some(what) = seen.recv() => what,
            };
            match what {
                Seen::Inbox => self.inbox(),
                Seen::Configuration => {
                    tokio::select! {
                        () = cancel.cancelled() => break,
                        () = self.reload() => watch = self.watch(),
                    }
                }
            }
        }
        drop(watch);
    }

    /// A dropped file is imported at once, unless the inbox is switched off. A
    /// run that is under way may have looked already, so another follows it.
    fn inbox(self: &Arc<Self>) {
        let Some(inbox) = jobs::find("inbox") else { return };
        if timing(&self.config.borrow(), inbox) == Timing::Off {
            return;
        }
        let (daemon, cancel) = (Arc::clone(self), self.cancel());
        let mut running = self.vitals.running.subscribe();
        self.tasks.spawn(async move {
            let idle = running.wait_for(|running| !running.contains_key(inbox.name));
            if cancel.run_until_cancelled(idle).await.is_some() {
                daemon.run(inbox, RunCause::Asked);
            }
        });
    }

    /// Without watches everything still happens: at its hour, or by SIGHUP.
    fn watch(&self) -> Option<Watch> {
        let config = Arc::clone(&self.config.borrow());
        if let Err(fault) = std::fs::create_dir_all(&config.jobs.inbox) {
            tracing::warn!(%fault, "the inbox cannot be made: {fault}. See jobs.inbox");
        }
        let watching = watch::watch(&config, self.seen.clone());
        watching
            .inspect_err(|fault| {
                tracing::warn!(%fault, "changed files are not noticed at once: {fault}");
            })
            .ok()
    }

    /// The watchdog, fed as long as everything moves, and the line that says
    /// what runs.
    async fn signs_of_life(self: Arc<Self>) {
        let cancel = self.cancel();
        let (mut running, mut refused) =
            (self.vitals.running.subscribe(), self.refused.subscribe());
        let pace = systemd::watchdog_pace();
        let mut sign = tokio::time::interval(pace.unwrap_or(Duration::from_secs(60)));
        loop {
            tokio::select! {
                () = cancel.cancelled() => break,
                _ = sign.tick() => self.sign(pace.is_some()),
                Ok(()) = running.changed() => tell(&Tell::Status(self.status().await)),
                Ok(()) = refused.changed() => tell(&Tell::Status(self.status().await)),
            }
        }
    }

    fn sign(&self, wanted: bool) {
        match self.vitals.stalled() {
            stalled if !stalled.is_empty() => {
                tracing::error!("no sign of life is given: {}", stalled.join("; "));
            }
            _ if wanted => tell(&Tell::Watchdog),
            _ => {}
        }
    }

    /// What runs, or what is next; and whether the configuration on disk was refused.
    async fn status(&self) -> String {
        let running: Vec<&str> = self.vitals.running.borrow().keys().copied().collect();
        let doing = match running[..] {
            [] => self.idle().await,
            _ => format!("running {}", running.join(", ")),
        };
        match &*self.refused.borrow() {
            None => doing,
            Some(fault) => format!("{doing}. The configuration on disk is refused: {fault}"),
        }
    }

    async fn idle(&self) -> String {
        let next = tokio::time::timeout(GLANCE, self.runner.next()).await;
        match next {
            Ok(Ok(Some((at, job)))) => {
                let local = at.to_zoned(self.config.borrow().jobs.zone.clone());
                format!("idle; next: {job} at {}", local.strftime("%H:%M on %-d %B %Y"))
            }
            Ok(Ok(None)) => "idle; every job is off".to_owned(),
            Ok(Err(_)) | Err(_) => "idle; the catalogue does not answer".to_owned(),
        }
    }
}

/// Waits for a beat; none where no more come.
async fn pulse(ticks: &mut mpsc::Receiver<()>, at_latest: Duration) -> Option<()> {
    tokio::time::timeout(at_latest, ticks.recv()).await.unwrap_or(Some(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a line of the unit says, in seconds.
    fn unit(key: &str) -> u64 {
        let unit = include_str!("../deploy/systemd/retaind.service");
        let line = unit.lines().find_map(|line| line.strip_prefix(key)).expect("the line");
        line.trim_matches(['=', 's']).parse().expect("seconds")
    }

    #[test]
    fn the_unit_waits_ten_seconds_for_a_daemon_that_takes_less_and_a_minute_for_a_sign_of_life() {
        assert_eq!(unit("TimeoutStopSec"), 10);
        assert!(LAST_WORDS.as_secs() < unit("TimeoutStopSec"));
        assert_eq!(unit("WatchdogSec"), 60);
    }

    #[tokio::test]
    async fn the_heart_beats_when_the_timer_waits_for_an_hour_that_is_far_off_and_stops_with_it() {
        let (tick, mut ticks) = mpsc::channel(1);
        assert_eq!(pulse(&mut ticks, Duration::from_millis(1)).await, Some(()));
        tick.try_send(()).unwrap();
        assert_eq!(pulse(&mut ticks, LATEST).await, Some(()));
        drop(tick);
        assert_eq!(pulse(&mut ticks, LATEST).await, None);
    }
}
