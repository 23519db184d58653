//! What people do in the store, and what it suffers.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use retaind_schedules::ids::StoreId;
use retaind_schedules::trigger::Trigger;
use sea_orm::EntityTrait as _;
use tokio_util::sync::CancellationToken;

use super::history::{History, lines};
use super::world::QUARANTINE;
use crate::catalogue::entity::{batch_line, store};
use crate::clock::Clock as _;
use crate::disposal::execution::run::{ChunkSize, run};
use crate::disposal::execution::tests::office::{CLERK, Office};
use crate::events::{self, About, NewEvent};

impl History {
    // What people do in the store.

    pub(super) fn day(&mut self) -> jiff::civil::Date {
        // Some days are the last on which something is kept, or the one after.
        let today = self.clock.today();
        let years = jiff::Span::new().years(self.world.years);
        match self.dice.below(8) {
            0 => today.saturating_sub(years),
            1 => today.saturating_sub(years).saturating_sub(jiff::Span::new().days(1)),
            2 => jiff::civil::date(2026, 6, 1),
            _ => jiff::civil::date(2004 + i16::try_from(self.dice.below(10)).unwrap(), 6, 1),
        }
    }

    pub(super) fn add(&mut self) {
        let name = self.world.name();
        let path = match self.dice.below(10) {
            0..4 => format!("a/{name}"),
            4..6 => format!("b/{name}"),
            6..9 => format!("u/{}/{name}", self.dice.below(2)),
            _ => format!("{}/{name}", ["p", "loose"][usize::from(self.dice.once_in(2))]),
        };
        let day = self.day();
        self.world.write(&path, day);
    }

    /// A file of those that can be found.
    pub(super) fn some_file(&mut self) -> Option<String> {
        let there: Vec<String> = self.world.disk().there.into_keys().collect();
        self.dice.one(&there).cloned()
    }

    pub(super) fn change(&mut self) {
        let Some(path) = self.some_file() else { return };
        let day = self.day();
        self.world.write(&path, day);
    }

    pub(super) fn remove(&mut self) {
        let Some(path) = self.some_file() else { return };
        self.world.forget(&path);
        fs::remove_file(self.world.share.join(path)).unwrap();
    }

    /// Someone puts another file where one stood that is out of reach.
    pub(super) fn take_place(&mut self) {
        let disk = self.world.disk();
        let files = self.world.files.iter().map(|file| file.path.clone());
        let vacant: Vec<String> = files.filter(|path| !disk.there.contains_key(path)).collect();
        let Some(path) = self.dice.one(&vacant).cloned() else { return };
        let day = self.day();
        self.world.write(&path, day);
    }

    pub(super) async fn event(&mut self, office: &Office) {
        let files = self.world.files.iter().map(|file| file.path.clone());
        let open: Vec<String> = files
            .filter(|path| path.starts_with("b/") && !self.world.closed.contains_key(path))
            .collect();
        for place in open.into_iter().take(1 + usize::try_from(self.dice.below(2)).unwrap()) {
            let date = self.day();
            let store = store::Entity::find().one(office.catalogue.read()).await.unwrap().unwrap();
            let new = NewEvent {
                about: About::Locator(StoreId(store.id), place.clone()),
                trigger: Trigger::CaseClosed,
                date,
                source: "the case system".to_owned(),
                supersedes: None,
                note: None,
            };
            let manager = self.actors[CLERK].clone();
            let (now, today) = (self.clock.now(), self.clock.today());
            let (catalogue, keys) = (&office.catalogue, &office.keys);
            let recorded = events::record(catalogue, keys, &manager, &new, now, today).await;
            self.note("event", &recorded);
            if recorded.is_ok() {
                self.world.closed.insert(place, date);
            }
        }
    }

    // What the store may suffer.

    /// The share is away, or an empty folder stands in its place.
    pub(super) async fn unmounted(&mut self, office: &Office) {
        let away = self.world.share.with_extension("away");
        let before = lines(office).await;
        fs::rename(&self.world.share, &away).unwrap();
        let empty = self.dice.once_in(2);
        if empty {
            fs::create_dir(&self.world.share).unwrap();
        }
        self.scan(office).await;
        if let Some(batch) = self.under_way(office).await {
            let scanner = self.scanner(office);
            let cancel = CancellationToken::new();
            let ran = run(&scanner, &batch.number, ChunkSize::Lines(1), &cancel).await;
            ran.expect_err("I13: a store that is not there");
        }
        let states = |lines: Vec<batch_line::Model>| {
            lines.into_iter().map(|line| (line.id, line.state)).collect::<Vec<_>>()
        };
        let after = lines(office).await;
        assert_eq!(states(before), states(after), "I13: a store that is away changes no line");
        if empty {
            fs::remove_dir(&self.world.share).unwrap();
        }
        fs::rename(&away, &self.world.share).unwrap();
        self.scan(office).await;
    }

    /// The place for what is out of reach is open to others, and may not be used.
    pub(super) async fn unfit(&mut self, office: &Office) {
        let place = self.world.share.join(QUARANTINE);
        let Some(batch) = self.under_way(office).await else { return };
        if !place.exists() {
            return;
        }
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
        let before = self.world.disk();
        let scanner = self.scanner(office);
        let cancel = CancellationToken::new();
        let _ = run(&scanner, &batch.number, ChunkSize::Lines(2), &cancel).await;
        assert_eq!(before, self.world.disk(), "nothing moves by way of an open folder");
        fs::set_permissions(&place, fs::Permissions::from_mode(0o700)).unwrap();
        self.settle(office).await;
    }
}
