//! Whether the daemon does what it is for, and not merely exists: the heartbeat
//! and every running job must have moved, by what has gone by and not by the
//! time the machine is set to.

use std::sync::Arc;

use jiff::SignedDuration;
use tokio::sync::watch;

use crate::jobs::Progress;
use crate::jobs::lease::HUNG;
use crate::jobs::run::Running;

/// The heart beats once a minute; it has stopped when two beats are missing.
const BEAT: SignedDuration = SignedDuration::from_mins(3);

/// What must move.
pub(super) struct Vitals {
    pub(super) heartbeat: Progress,
    pub(super) running: Arc<watch::Sender<Running>>,
}

impl Vitals {
    /// What has not moved for too long.
    pub(super) fn stalled(&self) -> Vec<String> {
        let jobs = self.running.borrow().clone().into_iter();
        let mut stalled: Vec<String> = jobs
            .filter(|(_, progress)| progress.idle() > HUNG)
            .map(|(job, _)| format!("job {job} does not move"))
            .collect();
        if self.heartbeat.idle() > BEAT {
            stalled.push("the heartbeat has stopped".to_owned());
        }
        stalled
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::FixedClock;

    #[test]
    fn the_heart_and_every_job_must_move() {
        let start: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let clock = FixedClock::at(start);
        let shared: Arc<dyn crate::clock::Clock> = Arc::new(clock.clone());
        let scan = Progress::new(Arc::clone(&shared));
        let running = Running::from([("scan", scan.clone())]);
        let vitals = Vitals {
            heartbeat: Progress::new(shared),
            running: Arc::new(watch::Sender::new(running)),
        };
        let after = |minutes| {
            clock.set(start + SignedDuration::from_mins(minutes));
            vitals.stalled()
        };
        assert!(after(3).is_empty());
        assert_eq!(after(4), ["the heartbeat has stopped"]);
        vitals.heartbeat.moved();
        assert!(after(7).is_empty());
        // A job that is to be stopped is given its time; one that moves, all of it.
        let hung = HUNG.as_mins();
        after(hung);
        vitals.heartbeat.moved();
        assert!(after(hung).is_empty());
        assert_eq!(after(hung + 1), ["job scan does not move"]);
        for minutes in [50, 90, 600] {
            after(minutes);
            scan.moved();
            vitals.heartbeat.moved();
            assert!(after(minutes + hung - 1).iter().all(|said| !said.contains("scan")));
        }
        scan.moved();
        vitals.heartbeat.moved();
        // The clock is set back by hours, and what has stopped is missed all the same.
        assert!(after(-600).is_empty());
        assert_eq!(after(-596), ["the heartbeat has stopped"]);
    }
}
