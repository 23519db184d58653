//! Dates that lie beside a store: a CSV file with a key and a date a line.
//!
//! Kept in memory for the length of a scan as a keyed digest and a day, so
//! that a million lines take tens of megabytes whatever their keys are. A key
//! that stands twice with different dates is unreadable: nobody can say which
//! is right.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use retaind_schedules::evaluation::DateNote;

use crate::config::SidecarSource;

/// A sidecar that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("sidecar {}: {what}. {remedy}.", .file.display())]
pub struct SidecarError {
    /// The sidecar.
    pub file: PathBuf,
    /// What is wrong with it.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// The dates of one column of one sidecar file, by key.
#[derive(Debug)]
pub struct Sidecar {
    dates: HashMap<[u8; 16], DateNote>,
}

impl Sidecar {
    /// Reads the file, its path relative to `folder`.
    ///
    /// # Errors
    ///
    /// Where the file, its key column or its date column is not there, or it is
    /// not CSV. A cell that is not a date is not an error of the file: the item
    /// it belongs to cannot be evaluated.
    pub fn read(source: &SidecarSource, folder: &Path) -> Result<Self, SidecarError> {
        let file = folder.join(&source.file);
        let fault = |what: String, remedy: &str| SidecarError {
            file: file.clone(),
            what,
            remedy: remedy.to_owned(),
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(&file)
            .map_err(|error| fault(error.to_string(), "Put it there or mend the mapping"))?;
        let headings = reader.headers().map_err(|error| fault(error.to_string(), NOT_CSV))?.clone();
        let column = |name: &str| {
            headings.iter().position(|heading| heading == name).ok_or_else(|| {
                let there: Vec<_> = headings.iter().collect();
                fault(
                    format!("it has no column `{name}`"),
                    &format!("Its columns are {}", there.join(", ")),
                )
            })
        };
        let (key, date) = (column(&source.key)?, column(&source.column)?);
        let mut dates = HashMap::new();
        for record in reader.records() {
            let record = record.map_err(|error| fault(error.to_string(), NOT_CSV))?;
            let cell = |position| record.get(position).unwrap_or_default();
            note(&mut dates, cell(key), cell(date));
        }
        Ok(Self { dates })
    }

    /// What the sidecar says for this key; nothing where it has no line or no date for it.
    #[must_use]
    pub fn date(&self, key: &str) -> Option<DateNote> {
        self.dates.get(&digest(key)).copied()
    }
}

const NOT_CSV: &str =
    "It must be a CSV file in UTF-8, with the same number of columns in each line";

fn note(dates: &mut HashMap<[u8; 16], DateNote>, key: &str, cell: &str) {
    if key.is_empty() || cell.is_empty() {
        return;
    }
    let read = read_date(cell).map_or(DateNote::Unreadable, DateNote::Known);
    match dates.entry(digest(key)) {
        Entry::Vacant(place) => {
            place.insert(read);
        }
        Entry::Occupied(mut place) if *place.get() != read => {
            place.insert(DateNote::Unreadable);
        }
        Entry::Occupied(_) => {}
    }
}

/// `2019-05-03`, or the day first as British spreadsheets export it: `03/05/2019`.
fn read_date(cell: &str) -> Option<Date> {
    cell.parse().ok().or_else(|| Date::strptime("%d/%m/%Y", cell).ok())
}

/// Long enough that two keys of one file never meet.
fn digest(key: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(key.as_bytes()).as_bytes()[..16]);
    short
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn read(text: &str, column: &str) -> Result<Sidecar, String> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("dates.csv"), text).expect("a file");
        let source =
            SidecarSource { file: "dates.csv".into(), key: "case".into(), column: column.into() };
        let place = format!("{}/", folder.path().display());
        Sidecar::read(&source, folder.path()).map_err(|fault| fault.to_string().replace(&place, ""))
    }

    #[test]
    fn dates_are_found_by_key() {
        let sidecar = read("case,closed\nA1,2019-05-03\nA2, 14/06/2018 \nA3,\n", "closed")
            .expect("a sidecar");
        assert_eq!(sidecar.date("A1"), Some(DateNote::Known(date(2019, 5, 3))));
        assert_eq!(sidecar.date("A2"), Some(DateNote::Known(date(2018, 6, 14))));
        assert_eq!(sidecar.date("A3"), None);
        assert_eq!(sidecar.date("A4"), None);
    }

    #[test]
    fn what_is_no_date_or_two_dates_is_unreadable() {
        let text = "case,closed\nA1,last year\nA2,2018-01-01\nA2,2019-01-01\nA5,2018-01-01\nA5,2018-01-01\n";
        let sidecar = read(text, "closed").expect("a sidecar");
        assert_eq!(sidecar.date("A1"), Some(DateNote::Unreadable));
        assert_eq!(sidecar.date("A2"), Some(DateNote::Unreadable));
        assert_eq!(sidecar.date("A5"), Some(DateNote::Known(date(2018, 1, 1))));
    }

    #[test]
    fn a_missing_column_lists_those_there_are() {
        let said = read("case,closed\n", "shut").expect_err("no such column");
        assert_eq!(
            said,
            "sidecar dates.csv: it has no column `shut`. Its columns are case, closed."
        );
    }
}
