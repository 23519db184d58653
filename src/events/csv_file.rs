//! A file of events: CSV in UTF-8, its first line the names of its columns
//! (`store`, `locator`, `reference`, `subject`, `trigger`, `date`, `note`, in
//! any order; of `locator`, `reference` and `subject` each line fills one).
//!
//! The file is taken whole: one line that cannot be taken keeps every line
//! out, unless the caller asks for the rest. Lines that say what is recorded
//! already are counted and not recorded again, so the same file twice changes
//! nothing.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use jiff::Timestamp;
use jiff::civil::Date;
use retaind_schedules::ids::StoreId;
use retaind_schedules::trigger::Trigger;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde::Serialize;

use super::record::{insert, role_of, row};
use super::{About, EventError, Key, NewEvent, check_date};
use crate::audit::digest::of_bytes;
use crate::audit::{self, Action, By, Entry, Motive, Subject};
use crate::catalogue::entity::{event, store};
use crate::catalogue::{Catalogue, WriteTx};
use crate::keys::Keys;
use crate::people::Actor;
use crate::plural::counted;

/// What to do where some lines cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnRejection {
    /// Take none.
    TakeNone,
    /// Take the others.
    TakeTheRest,
}

/// A line that cannot be taken. Its value may be personal data: it is for the
/// person who brought the file, and for no log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The line of the file, the heading being 1.
    pub line: u64,
    /// The column, by its name.
    pub column: &'static str,
    /// What it says.
    pub value: String,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub remedy: &'static str,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Imported {
    /// Lines below the heading.
    pub read: u64,
    /// Events recorded.
    pub recorded: u64,
    /// Lines that say what is recorded already, or what a line before them says.
    pub known: u64,
    /// Lines that cannot be taken.
    pub findings: Vec<Finding>,
}

/// Keys asked for in one statement.
const KEYS: usize = 1000;

/// A file of events.
pub struct EventFile<'file, R> {
    /// Its bytes.
    pub content: R,
    /// What is kept as where its events are known from, such as its name.
    pub source: &'file str,
    /// What to do where some lines cannot be taken.
    pub on_rejection: OnRejection,
}

/// Records the events of a file.
///
/// # Errors
///
/// Where the actor may not, or the file cannot be read at all. A line that
/// cannot be taken is no error but a finding.
pub async fn import_csv(
    catalogue: &Catalogue,
    keys: &Keys,
    actor: &Actor,
    file: EventFile<'_, impl Read>,
    now: Timestamp,
    today: Date,
) -> Result<Imported, EventError> {
    let EventFile { mut content, source, on_rejection } = file;
    let role = role_of(actor)?;
    let mut bytes = Vec::new();
    content.read_to_end(&mut bytes).map_err(|error| EventError::Unreadable(error.to_string()))?;
    let stores = stores(catalogue).await?;
    let reading = Reading { stores: &stores, keys, source, today };
    let (mut imported, lines) = reading.file(&bytes)?;
    if !imported.findings.is_empty() && on_rejection == OnRejection::TakeNone {
        return Ok(imported);
    }

    let tx = catalogue.write_tx().await?;
    let lines = new_ones(&tx, lines).await?;
    imported.recorded = lines.len() as u64;
    imported.known = imported.read - imported.recorded - imported.findings.len() as u64;
    if lines.is_empty() {
        return Ok(imported);
    }
    let digest = of_bytes(&bytes);
    let file = Subject::new("event-file", &digest);
    let entry = Entry::new(By::person(actor, role), Action::EventFileRecorded, file)
        .after(digest)
        .because(Motive::own(counted(imported.recorded, "event", "events")));
    audit::append(&tx, now, &entry).await?;
    let rows = lines.into_iter().map(|(key, new)| row(actor, key, &new, now)).collect();
    insert(&tx, rows).await?;
    tx.commit().await?;
    Ok(imported)
}

async fn stores(catalogue: &Catalogue) -> Result<HashMap<String, StoreId>, EventError> {
    let rows = store::Entity::find().all(catalogue.read()).await?;
    Ok(rows.into_iter().map(|row| (row.name, StoreId(row.id))).collect())
}

/// Those not recorded already, each once.
async fn new_ones(
    tx: &WriteTx,
    lines: Vec<(Key, NewEvent)>,
) -> Result<Vec<(Key, NewEvent)>, EventError> {
    let mut known = HashSet::new();
    let wanted: Vec<&str> = lines.iter().map(|(key, _)| key.key.as_str()).collect();
    for chunk in wanted.chunks(KEYS) {
        let rows = event::Entity::find()
            .filter(event::Column::Key.is_in(chunk.iter().copied()))
            .filter(super::lookup::counts())
            .all(&**tx)
            .await?;
        known.extend(rows.into_iter().map(|row| {
            let key = Key { store: row.store_id.map(StoreId), kind: row.key_kind, key: row.key };
            (key, row.trigger.0, row.date.0)
        }));
    }
    let is_new =
        |(key, new): &(Key, NewEvent)| known.insert((key.clone(), new.trigger.clone(), new.date));
    Ok(lines.into_iter().filter(is_new).collect())
}

/// Where each column stands in the file.
struct Columns(HashMap<&'static str, usize>);

const NAMES: &[&str] = &["store", "locator", "reference", "subject", "trigger", "date", "note"];
const ABOUT: &[&str] = &["locator", "reference", "subject"];

impl Columns {
    fn read(heading: &csv::StringRecord) -> Result<Self, EventError> {
        let mut columns = HashMap::new();
        for (position, title) in heading.iter().enumerate() {
            let title = title.trim().to_lowercase();
            let Some(name) = NAMES.iter().find(|name| **name == title) else {
                return Err(EventError::Heading(format!("`{title}` is not one it knows")));
            };
            if columns.insert(*name, position).is_some() {
                return Err(EventError::Heading(format!("`{name}` stands there twice")));
            }
        }
        for needed in ["trigger", "date"] {
            if !columns.contains_key(needed) {
                return Err(EventError::Heading(format!("`{needed}` is missing")));
            }
        }
        if !ABOUT.iter().any(|name| columns.contains_key(name)) {
            return Err(EventError::Heading("it does not say what the events are about".into()));
        }
        Ok(Self(columns))
    }

    fn cell<'line>(&self, line: &'line csv::StringRecord, name: &str) -> &'line str {
        self.0.get(name).and_then(|position| line.get(*position)).unwrap_or_default().trim()
    }
}

/// What is wrong in one line, before it has its number.
struct Wrong {
    column: &'static str,
    value: String,
    reason: String,
    remedy: &'static str,
}

fn wrong(
    column: &'static str,
    value: &str,
    reason: impl Into<String>,
    remedy: &'static str,
) -> Wrong {
    Wrong { column, value: value.to_owned(), reason: reason.into(), remedy }
}

/// What a line is read with.
struct Reading<'a> {
    stores: &'a HashMap<String, StoreId>,
    keys: &'a Keys,
    source: &'a str,
    today: Date,
}

impl Reading<'_> {
    fn file(&self, bytes: &[u8]) -> Result<(Imported, Vec<(Key, NewEvent)>), EventError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if let Err(error) = str::from_utf8(bytes) {
            let before = &bytes[..error.valid_up_to()];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let why = format!("line {line} is not UTF-8; save the sheet as `CSV UTF-8`");
            return Err(EventError::Unreadable(why));
        }
        let mut file = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let unreadable = |error: csv::Error| EventError::Unreadable(error.to_string());
        let columns = Columns::read(file.headers().map_err(unreadable)?)?;
        let (mut imported, mut taken) = (Imported::default(), Vec::new());
        for line in file.records() {
            let line = line.map_err(unreadable)?;
            imported.read += 1;
            match self.line(&columns, &line) {
                Ok(event) => taken.push(event),
                Err(wrong) => {
                    let Wrong { column, value, reason, remedy } = wrong;
                    let number = line.position().map_or(0, csv::Position::line);
                    let finding = Finding { line: number, column, value, reason, remedy };
                    imported.findings.push(finding);
                }
            }
        }
        Ok((imported, taken))
    }

    fn line(&self, columns: &Columns, line: &csv::StringRecord) -> Result<(Key, NewEvent), Wrong> {
        let cell = |name| columns.cell(line, name);
        let about = self.about(columns, line)?;
        let trigger: Trigger = cell("trigger").parse().map_err(|_| {
            let remedy =
                "write it as the schedule's rules do, such as case-closed or date-of-birth";
            wrong("trigger", cell("trigger"), "this is not a trigger", remedy)
        })?;
        let date = read_date(cell("date")).ok_or_else(|| {
            let remedy = "write it as YYYY-MM-DD or DD/MM/YYYY";
            wrong("date", cell("date"), "this is not a date", remedy)
        })?;
        check_date(&trigger, date, self.today).map_err(|error| match error {
            EventError::Ahead { .. } => wrong(
                "date",
                cell("date"),
                format!("{trigger} has not happened yet"),
                "record it when it has; only contract-ended, end-of-term and expired may be dated \
                 ahead",
            ),
            _ => wrong("date", cell("date"), "it is before 1900", "look the date up again"),
        })?;
        let key = about.key(self.keys).ok_or_else(|| {
            wrong("locator", "", "the line is about nothing", "fill one of the three columns")
        })?;
        let note = Some(cell("note").to_owned()).filter(|note| !note.is_empty());
        let source = self.source.to_owned();
        Ok((key, NewEvent { about, trigger, date, source, supersedes: None, note }))
    }

    fn about(&self, columns: &Columns, line: &csv::StringRecord) -> Result<About, Wrong> {
        let store = columns.cell(line, "store");
        let store = match self.stores.get(store) {
            Some(id) => Some(*id),
            None if store.is_empty() => None,
            None => {
                let remedy = "write the store's name as its store file does";
                return Err(wrong("store", store, "there is no store of this name", remedy));
            }
        };
        let filled: Vec<(&'static str, &str)> = ABOUT
            .iter()
            .map(|name| (*name, columns.cell(line, name)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        match (filled.as_slice(), store) {
            ([("locator", locator)], Some(store)) => {
                Ok(About::Locator(store, (*locator).to_owned()))
            }
            ([("locator", locator)], None) => Err(wrong(
                "store",
                locator,
                "an item's place needs its store",
                "fill the column store",
            )),
            ([("reference", case)], store) => Ok(About::Reference(store, (*case).to_owned())),
            ([(_, person)], store) => Ok(About::Subject(store, (*person).to_owned())),
            ([], _) => Err(wrong(
                "locator",
                "",
                "the line is about nothing",
                "fill one of locator, reference and subject",
            )),
            ([(column, value), ..], _) => Err(wrong(
                column,
                value,
                "the line is about more than one thing",
                "fill one of locator, reference and subject, and make a line for each other",
            )),
        }
    }
}

/// Four digits for the year, always: two would be a guess.
fn read_date(text: &str) -> Option<Date> {
    let (year_at, format) = if text.contains('/') { (6, "%d/%m/%Y") } else { (0, "%Y-%m-%d") };
    let year = text.get(year_at..year_at + 4)?;
    let whole = text.len() == 10 && year.bytes().all(|digit| digit.is_ascii_digit());
    whole.then(|| Date::strptime(format, text).ok()).flatten()
}
