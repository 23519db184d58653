//! Checking a whole file. Nothing here knows the catalogue, so a dry run needs
//! none.
//!
//! `rows_read` counts the rows below each header, down to the last that holds
//! anything: `rows_read = accepted + rejected + blank + section`, always.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::body::Body;
use super::column::{Column, normalised};
use super::error::{FileError, Problem};
use super::finding::{Finding, Severity, shown};
use super::header::{self, Found, Header, Meaning, NAMES, Nearest, PERIODS, SEARCHED};
use super::profile::ImportProfile;
use super::row::{self, Context, NewLine, People, Place, RowOutcome};
use super::sheet::{self, Decoded, Facts, Flow, Row, Sheet, Sink, Visibility};
use crate::plural::counted;

/// What a file comes to. Serialises as the counts and the findings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Checked {
    /// The file.
    #[serde(skip)]
    pub path: PathBuf,
    /// Rows below the headers, down to the last that holds anything.
    pub rows_read: u64,
    /// Rows that became lines.
    pub accepted: u64,
    /// Rows that did not; each has at least one finding of severity error.
    pub rejected: u64,
    /// Rows with nothing in them.
    pub blank: u64,
    /// Rows that are the heading of a section, or repeat the header.
    pub section: u64,
    /// What was found, in the order of the file.
    pub findings: Vec<Finding>,
}

/// Takes the lines of a file as they are read.
pub trait LineSink {
    /// The next accepted line.
    fn line(&mut self, line: NewLine, place: Place);
}

/// For a dry run: lines are counted and let go.
#[derive(Debug, Clone, Copy, Default)]
pub struct Discard;

impl LineSink for Discard {
    fn line(&mut self, _: NewLine, _: Place) {}
}

impl LineSink for Vec<(NewLine, Place)> {
    fn line(&mut self, line: NewLine, place: Place) {
        self.push((line, place));
    }
}

/// Reads a register, handing on each accepted line.
///
/// # Errors
///
/// Where the file cannot be read at all, or has no header.
pub fn check_file(
    path: &Path,
    profile: &ImportProfile,
    people: &People,
    lines: &mut dyn LineSink,
) -> Result<Checked, FileError> {
    let mut reading = Reading::new(path, profile, people, lines);
    sheet::read(path, &mut reading)
        .and_then(|facts| reading.finish(facts))
        .map_err(|problem| problem.of(path))
}

struct Reading<'a> {
    profile: &'a ImportProfile,
    people: &'a People,
    lines: &'a mut dyn LineSink,
    checked: Checked,
    references: HashMap<String, String>,
    headers: usize,
    nearest: Option<(Arc<str>, Nearest)>,
    sheet: Arc<str>,
    stage: Stage,
}

/// How far a sheet has been read.
enum Stage {
    /// Its first rows are gathered until there are enough to find the header.
    Looking(Vec<Row>),
    Below(Box<Body>),
    Passed,
}

impl<'a> Reading<'a> {
    fn new(
        path: &Path,
        profile: &'a ImportProfile,
        people: &'a People,
        lines: &'a mut dyn LineSink,
    ) -> Self {
        Self {
            profile,
            people,
            lines,
            checked: Checked { path: path.to_owned(), ..Checked::default() },
            references: HashMap::new(),
            headers: 0,
            nearest: None,
            sheet: Arc::from(""),
            stage: Stage::Passed,
        }
    }

    fn finish(mut self, facts: Facts) -> Result<Checked, Problem> {
        if self.headers == 0 {
            return Err(self.no_header());
        }
        if facts.hidden_rows > 0 {
            let rows = counted(facts.hidden_rows, "hidden row was", "hidden rows were");
            let reason = format!("{rows} read like any other");
            let remedy = "Show the rows in the spreadsheet program and see whether they belong.";
            self.warn_of(None, None, None, reason, remedy.to_owned());
        }
        if facts.decoded == Decoded::AsWindows1252 {
            let reason = "the file does not say its encoding and was read as Windows-1252";
            let remedy = "See that £ signs and accents are right; saving as “CSV UTF-8” avoids \
                          the question.";
            self.warn_of(None, None, None, reason.to_owned(), remedy.to_owned());
        }
        Ok(self.checked)
    }

    fn no_header(self) -> Problem {
        let list = |columns: &[Column]| {
            let headings: Vec<String> = columns
                .iter()
                .flat_map(|column| column.headings().iter().take(3))
                .map(|heading| format!("“{heading}”"))
                .collect();
            headings.join(", ")
        };
        let nearest = match self.nearest {
            None => "No row has any heading that is known.".to_owned(),
            Some((sheet, Nearest { row, known, wanting })) => format!(
                "The nearest is row {row} of sheet `{sheet}` ({}), but {wanting}.",
                known.join(", ")
            ),
        };
        Problem::NoHeader {
            searched: SEARCHED,
            names: list(&NAMES[..2]),
            periods: list(&PERIODS[..1]),
            nearest,
        }
    }

    fn warn_of(
        &mut self,
        row: Option<u32>,
        column: Option<Arc<str>>,
        value: Option<String>,
        reason: String,
        remedy: String,
    ) {
        let sheet = (!self.sheet.is_empty()).then(|| Arc::clone(&self.sheet));
        self.checked.findings.push(Finding {
            sheet,
            row,
            column,
            value,
            severity: Severity::Warning,
            reason,
            remedy,
        });
    }

    /// Enough rows have been gathered, or the sheet is over.
    fn settle(&mut self, rows: Vec<Row>) -> Result<(), Problem> {
        self.stage = Stage::Passed;
        match header::find(&self.sheet, &rows, self.profile)? {
            Found::Header { header, at } => {
                self.headers += 1;
                self.report_unknown(&header);
                self.stage = Stage::Below(Box::new(Body::new(header, &self.sheet, self.profile)));
                for row in rows.into_iter().skip(at + 1) {
                    self.below(row);
                }
            }
            Found::Nearest(nearest) => self.pass_over(&rows, nearest),
        }
        Ok(())
    }

    fn report_unknown(&mut self, header: &Header) {
        for heading in &header.headings {
            if heading.meaning != Meaning::Unknown || normalised(&heading.text).is_empty() {
                continue;
            }
            let reason = "the heading is not known; the column is kept as a field of each line";
            let remedy = "Say what it means, or “ignore”, in the import profile under [columns].";
            self.warn_of(
                Some(header.row),
                Some(Arc::clone(&heading.label)),
                Some(shown(&heading.text)),
                reason.to_owned(),
                remedy.to_owned(),
            );
        }
    }

    fn pass_over(&mut self, rows: &[Row], nearest: Option<Nearest>) {
        if rows.is_empty() {
            return;
        }
        let why = match &nearest {
            None => "no row of it has a known heading".to_owned(),
            Some(Nearest { row, wanting, .. }) => format!("row {row} is nearest, but {wanting}"),
        };
        let reason = format!("the sheet was not read, because it has no header: {why}");
        let remedy = "If it is part of the register, name its headings in the import profile \
                      under [columns]; if not, name the sheet under [sheets] ignore.";
        self.warn_of(None, None, None, reason, remedy.to_owned());
        let known = |nearest: &Nearest| nearest.known.len();
        let best = self.nearest.as_ref().map_or(0, |(_, nearest)| known(nearest));
        if let Some(nearest) = nearest.filter(|nearest| known(nearest) > best) {
            self.nearest = Some((Arc::clone(&self.sheet), nearest));
        }
    }

    fn below(&mut self, row: Row) {
        let Stage::Below(mut body) = std::mem::replace(&mut self.stage, Stage::Passed) else {
            return;
        };
        self.checked.rows_read += 1;
        if row.is_blank() {
            self.checked.blank += 1;
        } else if let Some(section) = body.section(&row) {
            self.checked.section += 1;
            body.open(section);
        } else {
            self.data(&mut body, row);
        }
        self.stage = Stage::Below(body);
    }

    fn data(&mut self, body: &mut Body, row: Row) {
        let row = body.filled_down(row, self.profile);
        let context = Context {
            sheet: &self.sheet,
            header: &body.header,
            profile: self.profile,
            people: self.people,
            service_area: &body.service_area,
        };
        match row::read(&row, context, &mut self.references, &mut self.checked.findings) {
            RowOutcome::Accepted(line, place, action) => {
                self.checked.accepted += 1;
                body.count(&line, action);
                self.lines.line(*line, place);
            }
            RowOutcome::Rejected => self.checked.rejected += 1,
        }
    }

    fn report_counts(&mut self, body: &Body) {
        if body.rows_without_action > 0 {
            let reason = format!(
                "{} not say what happens after the period, so a person will review the records",
                counted(body.rows_without_action, "row does", "rows do")
            );
            let remedy = "Add a column for the disposal action: destroy, review, transfer, \
                          anonymise or keep permanently.";
            self.warn_of(None, None, None, reason, remedy.to_owned());
        }
        if body.rows_under_sheet_name > 0 {
            let reason = format!(
                "{} under the sheet's name",
                counted(
                    body.rows_under_sheet_name,
                    "row names no service area and was put",
                    "rows name no service area and were put"
                )
            );
            let remedy = "Add a column for the service area, or set one in the import profile: \
                          [rows] service-area.";
            self.warn_of(None, None, None, reason, remedy.to_owned());
        }
    }
}

impl Sink for Reading<'_> {
    fn begin(&mut self, sheet: &Sheet) -> Result<Flow, Problem> {
        self.sheet = Arc::clone(&sheet.name);
        self.stage = Stage::Passed;
        if self.profile.ignores(&sheet.name) {
            return Ok(Flow::SkipSheet);
        }
        if sheet.visibility == Visibility::Hidden {
            let reason = "the sheet is hidden and was read like any other".to_owned();
            let remedy = "Show it in the spreadsheet program; if it does not belong to the \
                          register, name it in the import profile under [sheets] ignore.";
            self.warn_of(None, None, None, reason, remedy.to_owned());
        }
        self.stage = Stage::Looking(Vec::new());
        Ok(Flow::Continue)
    }

    fn row(&mut self, row: Row) -> Result<Flow, Problem> {
        match &mut self.stage {
            Stage::Looking(rows) => {
                rows.push(row);
                if rows.len() == SEARCHED {
                    let rows = std::mem::take(rows);
                    self.settle(rows)?;
                }
            }
            Stage::Below(_) => self.below(row),
            Stage::Passed => return Ok(Flow::SkipSheet),
        }
        Ok(Flow::Continue)
    }

    fn end(&mut self) -> Result<(), Problem> {
        if let Stage::Looking(rows) = &mut self.stage {
            let rows = std::mem::take(rows);
            self.settle(rows)?;
        }
        if let Stage::Below(body) = std::mem::replace(&mut self.stage, Stage::Passed) {
            self.report_counts(&body);
        }
        self.sheet = Arc::from("");
        Ok(())
    }
}
