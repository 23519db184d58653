//! A scan from its first look at the root to its last.

use rustix::io::Errno;
use tokio_util::sync::CancellationToken;

use super::Settings;
use super::locator;
use super::outbox::{Outbox, Sender};
use super::plan::Plan;
use super::queue::Queue;
use super::root::Root;
use super::walk::{Task, Walker};
use crate::contract::{ScanEvent, ScanTotals, StoreError, StoreErrorKind, StoreIdentity};

/// Scans, and sends the end of the scan last: that it finished, or why not.
pub(super) fn run(
    settings: &Settings,
    plan: &Plan,
    root: &Root,
    cancel: &CancellationToken,
    sender: &Sender,
) {
    let end = scan(settings, plan, root, cancel, sender).map(ScanEvent::Finished);
    // Nobody is left to tell where the reader is gone.
    let _ = sender.blocking_send(end);
}

fn scan(
    settings: &Settings,
    plan: &Plan,
    root: &Root,
    cancel: &CancellationToken,
    sender: &Sender,
) -> Result<ScanTotals, StoreError> {
    let before = root.identity(settings)?;
    locations(settings, plan, root)?;
    let found = walk(settings, plan, root, cancel, sender)?;
    if cancel.is_cancelled() {
        return Err(cancelled(settings));
    }
    // What was unmounted meanwhile looks like a folder that became empty.
    still_there(settings, plan, &before)?;
    for unmapped in found.unmapped.into_events() {
        let _ = sender.blocking_send(Ok(ScanEvent::Unmapped(unmapped)));
    }
    Ok(found.totals)
}

/// That every mapped folder is there, or the store is not what was mapped.
pub(super) fn locations(settings: &Settings, plan: &Plan, root: &Root) -> Result<(), StoreError> {
    for mapping in &plan.mappings {
        root.folder(&mapping.location)
            .map_err(|error| location_failed(settings, &mapping.location, error))?;
    }
    Ok(())
}

/// That the store that answered before answers still.
pub(super) fn still_there(
    settings: &Settings,
    plan: &Plan,
    before: &StoreIdentity,
) -> Result<(), StoreError> {
    let root = Root::open(&settings.root)?;
    if root.identity(settings)? != *before {
        return Err(other_store(settings));
    }
    locations(settings, plan, &root)
}

fn walk<'s>(
    settings: &Settings,
    plan: &'s Plan,
    root: &'s Root,
    cancel: &'s CancellationToken,
    sender: &'s Sender,
) -> Result<Outbox<'s>, StoreError> {
    let threads = settings.threads();
    let queue = &Queue::new(threads, Task::first(plan));
    std::thread::scope(|scope| {
        let _others_go_home = GoHome(queue);
        let work = move || {
            // A thread that fails must not leave the others waiting for it.
            let _others_go_home = GoHome(queue);
            let outbox = Outbox::new(sender, cancel, plan.mappings.len());
            Walker::new(root, plan, queue, outbox).run()
        };
        let mut workers = Vec::new();
        for _ in 1..threads {
            let name = "scan".to_owned();
            let worker = std::thread::Builder::new().name(name).spawn_scoped(scope, work);
            workers.push(worker.map_err(|error| no_thread(settings, &error))?);
        }
        let mut all = work();
        for worker in workers {
            let one = worker.join().map_err(|_| broken(settings))?;
            all.take_in(one);
        }
        Ok(all)
    })
}

struct GoHome<'q>(&'q Queue<Task>);

impl Drop for GoHome<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn location_failed(settings: &Settings, location: &[u8], error: Errno) -> StoreError {
    let place = format!("the mapped folder {} below {}", locator::text(location), settings.place());
    let (kind, what, remedy) = match error {
        Errno::NOENT | Errno::NOTDIR => (
            StoreErrorKind::Unavailable,
            "is not there".to_owned(),
            "Is the share mounted? If the folder was moved or is gone for good, change its mapping",
        ),
        Errno::ACCESS | Errno::PERM => (
            StoreErrorKind::AccessDenied,
            "may not be read by this user".to_owned(),
            "Let the user that runs retaind list the folder and enter it",
        ),
        Errno::LOOP => (
            StoreErrorKind::Misconfigured,
            "is a link or lies behind one".to_owned(),
            "Map the folder itself; links are never followed",
        ),
        Errno::XDEV => (
            StoreErrorKind::Misconfigured,
            "is on another file system than the root".to_owned(),
            "Make what is mounted there a store of its own",
        ),
        other => (
            StoreErrorKind::Unavailable,
            format!("cannot be read: {other}"),
            "Is the share mounted and its server up?",
        ),
    };
    StoreError::new(kind, format!("{place} {what}"), remedy)
}

pub(super) fn other_store(settings: &Settings) -> StoreError {
    StoreError::new(
        StoreErrorKind::Unavailable,
        format!("another store stands at {} than before", settings.place()),
        "Is the share still mounted? Mount the one that was there",
    )
}

fn cancelled(settings: &Settings) -> StoreError {
    StoreError::new(
        StoreErrorKind::Cancelled,
        format!("the scan of {} was told to stop", settings.place()),
        "Scan again; nothing is concluded from this one",
    )
}

fn no_thread(settings: &Settings, error: &std::io::Error) -> StoreError {
    StoreError::new(
        StoreErrorKind::Unavailable,
        format!("no thread could be had to scan {}: {error}", settings.place()),
        "Set `threads` lower, or let this user have more",
    )
}

fn broken(settings: &Settings) -> StoreError {
    StoreError::new(
        StoreErrorKind::Unavailable,
        format!("a thread that scanned {} broke off", settings.place()),
        "Report this as a fault of retaind; nothing is concluded from this scan",
    )
}
