//! Finding the header: the row whose cells are headings.
//!
//! Banner rows stand above it, and some files have a decoy (`COLUMN A`, `COLUMN
//! B`); neither is a heading of [`super::column`]'s table. Of the first rows of
//! a sheet the one with the most known headings is taken, as long as it names
//! the record and says how long it is kept.

use std::sync::Arc;

use super::column::{Claim, Column, meanings};
use super::error::Problem;
use super::profile::{ImportProfile, Use};
use super::sheet::{Row, column_letters};

/// How many rows of a sheet are looked at.
pub const SEARCHED: usize = 60;

/// The columns any of which can name the record, the best first.
pub const NAMES: [Column; 4] =
    [Column::Title, Column::AssetName, Column::Purpose, Column::Description];

/// The columns any of which can say how long it is kept, the best first.
pub const PERIODS: [Column; 2] = [Column::Period, Column::PeriodStatutory];

/// A header, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its row, from 1.
    pub row: u32,
    /// Its filled cells, from left to right.
    pub headings: Vec<Heading>,
}

/// One heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// The column, from 0.
    pub index: usize,
    /// As written.
    pub text: String,
    /// Letter and heading, `F Keep for`, as findings name it.
    pub label: Arc<str>,
    /// What is made of the column.
    pub meaning: Meaning,
}

/// What is made of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Read as this.
    Is(Column),
    /// Set aside by the profile.
    Ignored,
    /// A heading that is not known; kept as a field of the line.
    Unknown,
}

/// What the first rows of a sheet hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A header, and where in the rows it is.
    Header {
        /// It.
        header: Header,
        /// Its place among the rows looked at.
        at: usize,
    },
    /// No header; the row that came closest.
    Nearest(Option<Nearest>),
}

/// A row that has some headings but not enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// The row, from 1.
    pub row: u32,
    /// The headings that were known, as written.
    pub known: Vec<String>,
    /// What is wanting.
    pub wanting: &'static str,
}

impl Header {
    /// The columns with this meaning.
    pub fn all(&self, column: Column) -> impl Iterator<Item = &Heading> {
        self.headings.iter().filter(move |heading| heading.meaning == Meaning::Is(column))
    }

    /// The first column with this meaning.
    #[must_use]
    pub fn first(&self, column: Column) -> Option<&Heading> {
        self.all(column).next()
    }

    /// The first column with any of these meanings, the best first.
    #[must_use]
    pub fn first_of(&self, columns: &[Column]) -> Option<&Heading> {
        columns.iter().find_map(|column| self.first(*column))
    }

    /// Whether a row below repeats the header, as printed registers do on each
    /// page.
    #[must_use]
    pub fn is_repeated_by(&self, row: &Row) -> bool {
        self.headings.iter().all(|heading| row.cell(heading.index).to_string() == heading.text)
    }
}

/// Finds the header among the first rows of a sheet.
///
/// # Errors
///
/// Where two columns of it claim one meaning.
pub fn find(sheet: &str, rows: &[Row], profile: &ImportProfile) -> Result<Found, Problem> {
    let scored = rows.iter().enumerate().map(|(at, row)| (score(row, profile), at));
    // Of equals the first is taken.
    let best = scored.max_by_key(|(score, at)| (*score, std::cmp::Reverse(*at)));
    let Some((score, at)) = best.filter(|(score, _)| score.known > 0) else {
        return Ok(Found::Nearest(None));
    };
    let row = &rows[at];
    if score.suffices {
        return Ok(Found::Header { header: assign(sheet, row, profile)?, at });
    }
    Ok(Found::Nearest(Some(nearest(row, profile))))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    suffices: bool,
    known: usize,
}

fn score(row: &Row, profile: &ImportProfile) -> Score {
    let candidates: Vec<Vec<Column>> =
        cells(row).map(|(_, text)| candidates(&text, profile)).collect();
    let mut known: Vec<Column> = candidates.iter().filter_map(|all| all.first().copied()).collect();
    known.sort_unstable();
    known.dedup();
    let has = |wanted: &[Column]| wanted.iter().any(|column| known.contains(column));
    Score { suffices: has(&NAMES) && has(&PERIODS), known: known.len() }
}

fn nearest(row: &Row, profile: &ImportProfile) -> Nearest {
    let known: Vec<(String, Column)> = cells(row)
        .filter_map(|(_, text)| candidates(&text, profile).first().map(|column| (text, *column)))
        .collect();
    let names = known.iter().any(|(_, column)| NAMES.contains(column));
    let wanting = if names {
        "no column says how long records are kept"
    } else {
        "no column names the record"
    };
    Nearest { row: row.number, known: known.into_iter().map(|(text, _)| text).collect(), wanting }
}

fn cells(row: &Row) -> impl Iterator<Item = (usize, String)> + '_ {
    let filled = row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
    filled.map(|(index, cell)| (index, cell.to_string()))
}

/// What a heading may mean: what the profile says, or else the table.
fn candidates(text: &str, profile: &ImportProfile) -> Vec<Column> {
    match profile.use_of(text) {
        Some(Use::As(column)) => vec![column],
        Some(Use::Ignore(_)) => Vec::new(),
        None => meanings(text).to_vec(),
    }
}

/// Gives each heading its meaning: those with one first, then those with a
/// choice, which take the first that is free.
fn assign(sheet: &str, row: &Row, profile: &ImportProfile) -> Result<Header, Problem> {
    let mut headings: Vec<Heading> =
        cells(row).map(|(index, text)| heading(index, text, profile)).collect();
    let settled: Vec<Column> = headings.iter().filter_map(column_of).collect();
    for at in 0..headings.len() {
        if headings[at].meaning != Meaning::Unknown {
            continue;
        }
        let possible = candidates(&headings[at].text, profile);
        let free = |column: &&Column| {
            let shared = column.claim() == Claim::Many
                || headings.iter().all(|heading| heading.meaning != Meaning::Is(**column));
            shared && !settled.contains(column)
        };
        if let Some(column) = possible.iter().find(free).or(possible.first()) {
            headings[at].meaning = Meaning::Is(*column);
        }
    }
    let header = Header { row: row.number, headings };
    refuse_double_claims(sheet, &header)?;
    Ok(header)
}

fn heading(index: usize, text: String, profile: &ImportProfile) -> Heading {
    let meaning = match (profile.use_of(&text), meanings(&text)) {
        (Some(Use::Ignore(_)), _) => Meaning::Ignored,
        (Some(Use::As(column)), _) => Meaning::Is(column),
        (None, [column]) => Meaning::Is(*column),
        (None, _) => Meaning::Unknown,
    };
    let label = Arc::from(format!("{} {text}", column_letters(index)));
    Heading { index, text, label, meaning }
}

fn column_of(heading: &Heading) -> Option<Column> {
    match heading.meaning {
        Meaning::Is(column) => Some(column),
        Meaning::Ignored | Meaning::Unknown => None,
    }
}

fn refuse_double_claims(sheet: &str, header: &Header) -> Result<(), Problem> {
    for column in Column::ALL.iter().filter(|column| column.claim() == Claim::One) {
        let mut claims = header.all(*column);
        if let (Some(first), Some(second)) = (claims.next(), claims.next()) {
            return Err(Problem::TwoColumns {
                sheet: sheet.to_owned(),
                row: header.row,
                meaning: column.name(),
                first: quoted(first),
                second: quoted(second),
                heading: second.text.clone(),
            });
        }
    }
    Ok(())
}

fn quoted(heading: &Heading) -> String {
    format!("{} “{}”", column_letters(heading.index), heading.text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::sheet::Cell;

    fn row(number: u32, texts: &[&str]) -> Row {
        Row { number, cells: texts.iter().map(|text| Cell::text(text)).collect() }
    }

    fn meant(headings: &[&str]) -> Vec<Option<Column>> {
        let rows = [row(1, &["Trentside County Council"]), row(2, headings)];
        match find("S", &rows, &ImportProfile::default()).expect("no double claim") {
            Found::Header { header, at: 1 } => header.headings.iter().map(column_of).collect(),
            other => panic!("{headings:?}: {other:?}"),
        }
    }

    /// The columns of published registers and schedules (domain, annex C).
    #[test]
    fn published_sets_of_columns_are_understood() {
        use Column::{
            Action, Art6Basis, AssetName, Basis, Description, Format, Period, Purpose, Ref,
            ServiceArea, Title, Trigger,
        };
        let sets: &[(&[&str], &[Column])] = &[
            (
                &["Information type", "Keep for", "Keep from", "Legislation or business reason"],
                &[Title, Period, Trigger, Basis],
            ),
            (
                &["Type", "Description", "Storage media", "Retention and disposal", "Legislation"],
                &[Title, Description, Format, Period, Basis],
            ),
            (
                &[
                    "Id",
                    "Business function",
                    "Asset",
                    "Description",
                    "Trigger event",
                    "Retain for",
                    "Legal basis (1)",
                    "Legal basis (2)",
                ],
                &[Ref, ServiceArea, AssetName, Description, Trigger, Period, Basis, Basis],
            ),
            (
                &["Record", "Legislation", "Retention period", "Disposal policy"],
                &[Title, Basis, Period, Action],
            ),
            (
                &["Business function", "Purpose", "Article 6 lawful basis", "Retention schedule"],
                &[ServiceArea, Purpose, Art6Basis, Period],
            ),
            (
                &[
                    "Record",
                    "Retention period",
                    "Retention and disposal",
                    "Legal basis",
                    "Statutory provision",
                ],
                &[Title, Period, Action, Art6Basis, Basis],
            ),
        ];
        for (headings, columns) in sets {
            let expected: Vec<Option<Column>> = columns.iter().copied().map(Some).collect();
            assert_eq!(meant(headings), expected);
        }
    }

    #[test]
    fn a_decoy_row_is_no_header() {
        let rows = [
            row(7, &["COLUMN A", "COLUMN B", "COLUMN C"]),
            row(8, &["Ref", "Record", "Keep for"]),
            row(9, &["Record", "Retention", "Owner"]),
        ];
        let found = find("S", &rows, &ImportProfile::default()).expect("no double claim");
        assert!(matches!(found, Found::Header { at: 1, .. }), "{found:?}");
    }

    #[test]
    fn two_columns_with_one_meaning_are_a_question() {
        let rows = [row(3, &["Record", "Keep for", "Retain for"])];
        let problem = find("Housing", &rows, &ImportProfile::default()).expect_err("a question");
        assert_eq!(
            problem.to_string(),
            "has two columns on sheet `Housing`, row 3, that both mean period: B “Keep for” and \
             C “Retain for”. Say which is meant in the import profile: [columns] \"Retain for\" = \
             \"ignore\" sets one aside."
        );
        let profile: ImportProfile =
            toml::from_str("[columns]\n\"Keep for\" = \"ignore\"").expect("a profile");
        assert!(matches!(find("Housing", &rows, &profile), Ok(Found::Header { .. })));
    }

    #[test]
    fn the_nearest_row_says_what_it_wants() {
        let rows = [row(1, &["x"]), row(4, &["Ref", "Record", "Owner"])];
        let found = find("S", &rows, &ImportProfile::default()).expect("no double claim");
        let Found::Nearest(Some(nearest)) = found else { panic!("{found:?}") };
        assert_eq!((nearest.row, nearest.wanting), (4, "no column says how long records are kept"));
        assert_eq!(nearest.known, ["Ref", "Record", "Owner"]);
    }
}
