//! What wakes the daemon between its hours: a file in the inbox, and a change
//! of the configuration, the people list or a store file.
//!
//! Only those few folders are watched, never a store: what other clients do to
//! a share makes no event here, and our own scans would make one for every file
//! they open. Where the system lost events, everything is looked at again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{EventKind, ModifyKind, RenameMode};
use notify::{Event, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};
use tokio::sync::mpsc::UnboundedSender;

use crate::config::Config;

/// How long nothing more must happen to a file before it is looked at: longer
/// than the inbox wants a file to have been left alone.
const QUIET: Duration = Duration::from_secs(3);

/// What may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// A file lies in the inbox.
    Inbox,
    /// The configuration, the people list or a store file.
    Configuration,
}

/// Watching, until it is dropped.
pub struct Watch {
    _debouncer: Debouncer<RecommendedWatcher, RecommendedCache>,
}

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Places {
    inbox: PathBuf,
    files: Vec<PathBuf>,
    stores: PathBuf,
}

/// Watches what this configuration names, and tells `to` of it.
///
/// # Errors
///
/// Where a folder is not there, or the system has no more watches to give.
pub fn watch(config: &Config, to: UnboundedSender<Seen>) -> notify::Result<Watch> {
    let places = Places::of(config)?;
    let folders = places.folders();
    let hear = move |heard: DebounceEventResult| {
        let mut seen: Vec<Seen> = match heard {
            Ok(events) => events.iter().flat_map(|event| places.seen(event)).collect(),
            Err(_) => vec![Seen::Inbox, Seen::Configuration],
        };
        seen.sort_unstable();
        seen.dedup();
        for one in seen {
            // A daemon that is stopping no longer listens.
            let _ = to.send(one);
        }
    };
    let mut debouncer = new_debouncer(QUIET, None, hear)?;
    for folder in folders {
        debouncer.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok(Watch { _debouncer: debouncer })
}

impl Places {
    fn of(config: &Config) -> std::io::Result<Self> {
        let mut files = vec![std::path::absolute(&config.path)?];
        if let Some(people) = &config.people_file {
            files.push(std::path::absolute(people)?);
        }
        let inbox = std::path::absolute(&config.jobs.inbox)?;
        Ok(Self { inbox, files, stores: std::path::absolute(&config.stores_folder)? })
    }

    /// Folders rather than files: an editor puts a new file in the old one's place.
    fn folders(&self) -> Vec<PathBuf> {
        let of_files = self.files.iter().filter_map(|file| file.parent());
        let mut folders: Vec<PathBuf> = of_files.map(Path::to_owned).collect();
        folders.extend([self.inbox.clone(), self.stores.clone()]);
        folders.sort_unstable();
        folders.dedup();
        folders
    }

    fn seen(&self, event: &Event) -> Vec<Seen> {
        if event.need_rescan() {
            return vec![Seen::Inbox, Seen::Configuration];
        }
        match event.kind {
            EventKind::Access(_) => Vec::new(),
            kind => event.paths.iter().filter_map(|path| self.seen_at(path, kind)).collect(),
        }
    }

    fn seen_at(&self, path: &Path, kind: EventKind) -> Option<Seen> {
        let in_folder = |folder: &Path| path.parent() == Some(folder);
        let is_store_file =
            in_folder(&self.stores) && path.extension().is_some_and(|e| e == "toml");
        if is_store_file || self.files.iter().any(|file| file == path) {
            return Some(Seen::Configuration);
        }
        (in_folder(&self.inbox) && !leaves(kind)).then_some(Seen::Inbox)
    }
}

/// A file taken out of the inbox leaves nothing to do there.
fn leaves(kind: EventKind) -> bool {
    let away = EventKind::Modify(ModifyKind::Name(RenameMode::From));
    matches!(kind, EventKind::Remove(_)) || kind == away
}

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, CreateKind, DataChange, Flag, RemoveKind};

    use super::*;

    fn heard(kind: EventKind, path: &str) -> Vec<Seen> {
        let places = Places {
            inbox: "/var/inbox".into(),
            files: vec!["/etc/retaind/retaind.toml".into(), "/etc/retaind/people.csv".into()],
            stores: "/etc/retaind/stores.d".into(),
        };
        let event = Event::new(kind).add_path(path.into());
        places.seen(&event)
    }

    #[test]
    fn a_register_wakes_the_inbox_and_a_setting_the_configuration_and_nothing_else_does() {
        let made = EventKind::Create(CreateKind::File);
        let written = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        let cases: &[(EventKind, &str, &[Seen])] = &[
            (made, "/var/inbox/IAR.xlsx", &[Seen::Inbox]),
            (EventKind::Remove(RemoveKind::File), "/var/inbox/IAR.xlsx", &[]),
            (EventKind::Access(AccessKind::Any), "/var/inbox/IAR.xlsx", &[]),
            (made, "/var/inbox/taken/IAR.xlsx", &[]),
            (written, "/etc/retaind/retaind.toml", &[Seen::Configuration]),
            (written, "/etc/retaind/people.csv", &[Seen::Configuration]),
            (written, "/etc/retaind/retaind.toml~", &[]),
            (EventKind::Access(AccessKind::Any), "/etc/retaind/retaind.toml", &[]),
            (made, "/etc/retaind/stores.d/share.toml", &[Seen::Configuration]),
            (made, "/etc/retaind/stores.d/share.toml.example", &[]),
        ];
        for (kind, path, expected) in cases {
            assert_eq!(heard(*kind, path), *expected, "{kind:?} {path}");
        }
    }

    #[test]
    fn where_events_were_lost_everything_is_looked_at_again() {
        let places = Places { inbox: "/i".into(), files: Vec::new(), stores: "/s".into() };
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(places.seen(&lost), [Seen::Inbox, Seen::Configuration]);
    }
}
