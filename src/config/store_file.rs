//! Store files: `stores.d/*.toml`, one for each connected store.
//!
//! The administrator says how the store is reached, which of its locations
//! hold which record type, what is disposed of as one, and where each
//! trigger's date comes from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use retaind_connectors::contract::Leash;
use retaind_connectors::order::{DateOrder, DateSource, MappingOrder, TextSource, Unit};
use retaind_schedules::ids::MappingId;
use retaind_schedules::period::Period;
use retaind_schedules::trigger::Trigger;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use toml::Spanned;

use crate::config::ConfigError;
use crate::config::error::{line_at, read_text};
use crate::config::toml_file;

/// One connected store.
#[derive(Debug, Clone)]
pub struct StoreFile {
    /// The file it was read from.
    pub path: PathBuf,
    /// Its name: the file's, without `.toml`.
    pub name: String,
    /// Which kind of store it is.
    pub kind: String,
    /// How it is reached; what is in here depends on the kind.
    pub settings: toml::Table,
    /// Whether anything may be changed in it.
    pub leash: Leash,
    /// How long its backups keep what is destroyed in it.
    pub backup_retention: Option<Period>,
    /// What lies where.
    pub mappings: Vec<MappingEntry>,
    /// The line of the file in which each of them begins.
    pub mapping_lines: Vec<usize>,
}

/// A location that holds a record type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingEntry {
    /// The code of the record type.
    pub record_type: String,
    /// A folder below the root, or a table.
    pub location: String,
    /// A glob on the path below the location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What is disposed of as one.
    #[serde(default = "item")]
    pub unit: Unit,
    /// Where each trigger's date comes from.
    #[serde(default)]
    pub dates: BTreeMap<Trigger, TriggerSource>,
    /// Where the case reference is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<TextSource>,
    /// Where the person's reference is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<TextSource>,
}

fn item() -> Unit {
    Unit::Item
}

/// Where a trigger's date comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "this is no source of dates: write { from = \"...\" } with one of modified, \
                 changed, born, path (and pattern), column (and name), sidecar (and file, key, \
                 column) or event"
)]
pub enum TriggerSource {
    /// A sidecar file or the recorded events.
    Beside(BesideSource),
    /// The store itself.
    Store(DateSource),
}

/// A source beside the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "from", deny_unknown_fields)]
pub enum BesideSource {
    /// A CSV file.
    Sidecar(SidecarSource),
    /// An event someone records.
    Event,
}

/// A CSV file with a key and a date in each line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SidecarSource {
    /// Where it is.
    pub file: PathBuf,
    /// The heading of the column that names the item: its case reference
    /// where the mapping reads one, else its locator.
    pub key: String,
    /// The heading of the column with the date.
    pub column: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStore {
    kind: String,
    #[serde(default)]
    unleashed: bool,
    #[serde(default)]
    settings: toml::Table,
    backup_retention: Option<Period>,
    #[serde(default)]
    mapping: Vec<Spanned<MappingEntry>>,
}

impl MappingEntry {
    /// A digest of what the mapping says; a changed mapping has another.
    #[must_use]
    pub fn digest(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What the connector is asked to do for it, as mapping `id`.
    #[must_use]
    pub fn order(&self, id: MappingId) -> MappingOrder {
        let dates = self.dates.iter().filter_map(|(trigger, source)| match source {
            TriggerSource::Store(source) => {
                Some(DateOrder { trigger: trigger.clone(), source: source.clone() })
            }
            TriggerSource::Beside(_) => None,
        });
        MappingOrder {
            id,
            location: self.location.clone(),
            pattern: self.pattern.clone(),
            unit: self.unit.clone(),
            dates: dates.collect(),
            reference: self.reference.clone(),
            subject: self.subject.clone(),
        }
    }
}

/// Every `*.toml` in the folder, in order of name; `fault` hears of everything
/// that is wrong with any of them. A folder that is not there holds no stores.
pub(crate) fn read_all(folder: &Path, fault: &mut impl FnMut(ConfigError)) -> Vec<StoreFile> {
    let files = files(folder).unwrap_or_else(|unreadable| {
        fault(unreadable);
        Vec::new()
    });
    let mut stores: Vec<StoreFile> = Vec::new();
    for file in files {
        let Some(store) = StoreFile::read(&file, fault) else { continue };
        let other = stores.iter().find(|other| other.name.eq_ignore_ascii_case(&store.name));
        if let Some(other) = other {
            let what = format!("the stores `{}` and `{}` have one name", other.name, store.name);
            let remedy = "Rename one of the files: capitals alone do not tell stores apart";
            fault(ConfigError::new(&file, None, what, remedy.to_owned()));
        }
        stores.push(store);
    }
    stores
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(fault) => return Err(unreadable(folder, &fault)),
    };
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|fault| unreadable(folder, &fault))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    Ok(files)
}

fn unreadable(folder: &Path, fault: &std::io::Error) -> ConfigError {
    let what = format!("cannot read the stores folder: {fault}");
    ConfigError::new(folder, None, what, "Run as a user who may read it".to_owned())
}

impl StoreFile {
    /// What can be read of one store file; `fault` hears of what is wrong.
    fn read(path: &Path, fault: &mut impl FnMut(ConfigError)) -> Option<Self> {
        let text = match read_text(path, "the store file") {
            Ok(text) => text,
            Err(unreadable) => {
                fault(unreadable);
                return None;
            }
        };
        let (raw, faults) = toml_file::read::<RawStore>(path, &text);
        faults.into_iter().for_each(&mut *fault);
        let raw = raw?;
        let (mut mappings, mut mapping_lines) = (Vec::new(), Vec::new());
        for entry in raw.mapping {
            let line = line_at(&text, entry.span().start);
            let mapping = entry.into_inner();
            match check_mapping(path, line, &mappings, &mapping) {
                Ok(()) => {
                    mappings.push(mapping);
                    mapping_lines.push(line);
                }
                Err(wrong) => fault(wrong),
            }
        }
        Some(Self {
            path: path.to_owned(),
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            kind: raw.kind,
            settings: raw.settings,
            leash: if raw.unleashed { Leash::Unleashed } else { Leash::Leashed },
            backup_retention: raw.backup_retention,
            mappings,
            mapping_lines,
        })
    }

    /// The folder that relative paths in the file are relative to.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }
}

fn check_mapping(
    path: &Path,
    line: usize,
    earlier: &[MappingEntry],
    mapping: &MappingEntry,
) -> Result<(), ConfigError> {
    let fault = |what: String, remedy: &str| {
        Err(ConfigError::new(path, Some(line), what, remedy.to_owned()))
    };
    let location = Path::new(&mapping.location);
    let outside = location.is_absolute()
        || location.components().any(|part| matches!(part, std::path::Component::ParentDir));
    if outside {
        return fault(
            format!("the mapping's location `{}` leads outside the store's root", mapping.location),
            "Write it relative to the root, without a leading slash and without `..`",
        );
    }
    if mapping.unit == (Unit::Folder { depth: 0 }) {
        return fault(
            "a folder unit of depth 0 would be the whole location".to_owned(),
            "Use depth 1 for the folders directly in it",
        );
    }
    let same = |other: &&MappingEntry| {
        (&other.location, &other.pattern) == (&mapping.location, &mapping.pattern)
    };
    if earlier.iter().find(same).is_some() {
        return fault(
            format!("two mappings claim the location `{}` with the same pattern", mapping.location),
            "Leave one of them",
        );
    }
    Ok(())
}
