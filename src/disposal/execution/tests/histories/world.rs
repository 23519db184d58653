//! The world as the history made it, and what may be done with it: worked out
//! from what people did, and never from what the program wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use uuid::Uuid;

use super::early::Request;

/// The folders of the share: two that are destroyed from by the file, by its
/// last change and by a recorded event; one that is kept for ever; one of case
/// folders that go whole; and one that lies under no mapping.
pub(super) const FOLDERS: [&str; 5] = ["a", "b", "p", "u", "loose"];

/// Where the connector keeps what it took.
pub(super) const QUARANTINE: &str = ".retaind-quarantine";

/// A file as people made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: String,
    /// No two files ever have the same.
    pub(super) content: String,
    pub(super) changed: Date,
}

/// What goes or stays whole: a file, or a case folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) locator: String,
    pub(super) files: Vec<File>,
}

impl Item {
    /// The record type it is of, by its folder.
    pub(super) fn code(&self) -> &'static str {
        match self.locator.split('/').next() {
            Some("a") => "A-01",
            Some("b") => "B-01",
            Some("p") => "P-01",
            Some("u") => "U-01",
            _ => "",
        }
    }

    pub(super) fn contents(&self) -> BTreeSet<&str> {
        self.files.iter().map(|file| file.content.as_str()).collect()
    }
}

/// What a hold covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Covers {
    Everything,
    Code(&'static str),
    Below(String),
}

/// A hold in force.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) reference: String,
    pub(super) covers: Covers,
    /// Of that, only what was worked on from this day on.
    pub(super) from: Option<Date>,
    /// It is a restriction, and the person has not been told that it ends.
    pub(super) untold: bool,
}

impl Held {
    /// Whether it covers it for sure.
    pub(super) fn covers(&self, item: &Item) -> bool {
        let last = item.files.iter().map(|file| file.changed).max();
        // When a case was closed is not seen in its file.
        let last = last.filter(|_| item.code() != "B-01");
        let is_of_then = self.from.is_none_or(|from| last.is_some_and(|last| last >= from));
        is_of_then && self.covers_place(item)
    }

    fn covers_place(&self, item: &Item) -> bool {
        match &self.covers {
            Covers::Everything => true,
            Covers::Code(code) => *code == item.code(),
            Covers::Below(prefix) => {
                let whole = item.locator.trim_end_matches('/');
                let is_unit = item.locator.ends_with('/');
                below(prefix, whole) || (is_unit && below(whole, prefix))
            }
        }
    }
}

fn below(prefix: &str, place: &str) -> bool {
    place == prefix || place.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
}

/// Everything that people did.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) share: PathBuf,
    pub(super) files: Vec<File>,
    /// When the cases were closed that lie at these places.
    pub(super) closed: BTreeMap<String, Date>,
    pub(super) held: Vec<Held>,
    /// How long everything is kept by the schedule in force.
    pub(super) years: i16,
    /// The most of the store that may be on one list, in per cent.
    pub(super) share_percent: u64,
    /// People who have left.
    pub(super) left: BTreeSet<&'static str>,
    /// Names given so far.
    pub(super) names: u64,
    /// What the program destroyed, by content, and under which line.
    pub(super) gone: BTreeMap<String, Uuid>,
    /// The lines that are to go early, and under which request.
    pub(super) early: BTreeMap<Uuid, Request>,
}

impl World {
    pub(super) fn new(share: PathBuf, years: i16) -> Self {
        Self {
            share,
            files: Vec::new(),
            closed: BTreeMap::new(),
            held: Vec::new(),
            years,
            share_percent: 100,
            left: BTreeSet::new(),
            names: 0,
            gone: BTreeMap::new(),
            early: BTreeMap::new(),
        }
    }

    pub(super) fn name(&mut self) -> u64 {
        self.names += 1;
        self.names
    }

    /// Someone writes a file, over what is there.
    pub(super) fn write(&mut self, path: &str, changed: Date) {
        let content = format!("content {}", self.name());
        self.forget(path);
        let file = self.share.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).unwrap();
        fs::write(&file, &content).unwrap();
        let noon = changed.at(12, 0, 0, 0).in_tz("UTC").unwrap().timestamp();
        fs::File::options().append(true).open(file).unwrap().set_modified(noon.into()).unwrap();
        self.files.push(File { path: path.to_owned(), content, changed });
    }

    /// What stands at this path is no longer anywhere, by someone's hand.
    pub(super) fn forget(&mut self, path: &str) {
        let there = fs::read_to_string(self.share.join(path)).ok();
        self.files.retain(|file| file.path != path || Some(&file.content) != there.as_ref());
    }

    /// The items that can be found now: what a scan meets.
    pub(super) fn items(&self, disk: &Disk) -> BTreeMap<String, Item> {
        let mut items = BTreeMap::<String, Item>::new();
        for file in &self.files {
            if disk.there.get(&file.path) != Some(&file.content) {
                continue;
            }
            let locator = match file.path.strip_prefix("u/").and_then(|rest| rest.split_once('/')) {
                Some((case, _)) => format!("u/{case}/"),
                None => file.path.clone(),
            };
            let item = Item { locator: locator.clone(), files: Vec::new() };
            items.entry(locator).or_insert(item).files.push(file.clone());
        }
        items
    }

    /// Whether it may be destroyed on this day by the schedule in force.
    pub(super) fn is_due(&self, item: &Item, today: Date) -> bool {
        let from = match item.code() {
            "A-01" | "U-01" => item.files.iter().map(|file| file.changed).max(),
            "B-01" => self.closed.get(&item.locator).copied(),
            _ => None,
        };
        from.is_some_and(|from| today > from.saturating_add(jiff::Span::new().years(self.years)))
    }

    pub(super) fn is_held(&self, item: &Item) -> bool {
        self.held.iter().any(|held| held.covers(item))
    }

    /// Where everything is.
    pub(super) fn disk(&self) -> Disk {
        let mut disk = Disk::default();
        for folder in FOLDERS {
            let top = self.share.join(folder);
            for (path, content) in files_below(&top) {
                let name = path.strip_prefix(&self.share).unwrap().display().to_string();
                disk.there.insert(name, content);
            }
        }
        let Ok(entries) = fs::read_dir(self.share.join(QUARANTINE)) else { return disk };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let line = name.strip_suffix(".going").unwrap_or(&name);
            let line: Uuid = line.parse().expect("the id of a line");
            disk.out
                .entry(line)
                .or_default()
                .extend(files_below(&path).into_iter().map(|(_, c)| c));
        }
        disk
    }
}

/// Every file, with what is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Disk {
    /// Where people find them.
    pub(super) there: BTreeMap<String, String>,
    /// Out of reach, by the line they were taken for.
    pub(super) out: BTreeMap<Uuid, BTreeSet<String>>,
}

fn files_below(path: &Path) -> Vec<(PathBuf, String)> {
    if path.is_file() {
        return vec![(path.to_path_buf(), fs::read_to_string(path).unwrap())];
    }
    let Ok(entries) = fs::read_dir(path) else { return vec![] };
    entries.flat_map(|entry| files_below(&entry.unwrap().path())).collect()
}
