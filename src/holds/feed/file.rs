//! The list of open cases as people write it: any spreadsheet, its headings in
//! the words of councils' request logs, its dates as they were typed.
//!
//! What cannot be read is told with file, row and column. A cell that says
//! something uncertain never shortens a hold.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use retaind_schedules::hold::HoldKind;
use serde::Serialize;

use crate::holds::{NewScope, Progress};
use crate::keys::plain;
use crate::register::error::Problem;
use crate::register::sheet::{self, Cell, Flow, Row, Sheet, Sink, Visibility, column_letters};

/// The first rows in which headings are looked for.
const SEARCHED: u32 = 60;

/// What a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Reference,
    Kind,
    Received,
    LastCorrespondence,
    Subject,
    Case,
    RecordType,
    ServiceArea,
    Store,
    Location,
    Closed,
    Outcome,
    Due,
    Explained,
    Told,
    Acknowledged,
}

/// The headings by which each is known, without spaces and signs.
const HEADINGS: &[(Column, &[&str])] = &[
    (
        Column::Reference,
        &[
            "ref",
            "reference",
            "requestref",
            "requestreference",
            "requestno",
            "requestnumber",
            "requestid",
            "foiref",
            "foireference",
            "foinumber",
            "sarref",
            "sarreference",
            "eirref",
            "ourref",
            "ourreference",
            "logno",
            "lognumber",
            "id",
            "uniqueref",
        ],
    ),
    (
        Column::Kind,
        &[
            "kind",
            "type",
            "requesttype",
            "typeofrequest",
            "legislation",
            "regime",
            "act",
            "requestkind",
            "foioreir",
            "casetype",
        ],
    ),
    (
        Column::Received,
        &[
            "received",
            "datereceived",
            "receivedon",
            "receiveddate",
            "dateofreceipt",
            "dateofrequest",
            "requestdate",
            "datelogged",
            "startdate",
        ],
    ),
    (
        Column::LastCorrespondence,
        &[
            "lastcorrespondence",
            "lastcontact",
            "lastcorrespondenceon",
            "dateoflastcorrespondence",
            "lastupdated",
            "lastletter",
            "dateresponded",
            "responsedate",
            "datesent",
            "answered",
        ],
    ),
    (
        Column::Subject,
        &[
            "subjectref",
            "subjectreference",
            "datasubjectref",
            "personref",
            "clientref",
            "clientid",
            "personid",
        ],
    ),
    (
        Column::Case,
        &[
            "casereference",
            "caseref",
            "casenumber",
            "caseno",
            "filereference",
            "fileref",
            "casefile",
            "recordsreference",
        ],
    ),
    (
        Column::RecordType,
        &[
            "recordtype",
            "recordtypes",
            "recordtypecode",
            "retentioncode",
            "retentionref",
            "schedulecode",
            "class",
            "recordclass",
        ],
    ),
    (
        Column::ServiceArea,
        &["servicearea", "service", "department", "directorate", "team", "businessarea"],
    ),
    (Column::Store, &["store", "system", "drive", "repository"]),
    (Column::Location, &["location", "folder", "path", "place"]),
    (
        Column::Closed,
        &[
            "closed",
            "closedon",
            "dateclosed",
            "closeddate",
            "closedate",
            "status",
            "casestatus",
            "completed",
            "datecompleted",
        ],
    ),
    (Column::Outcome, &["outcome", "decision", "result", "disclosure"]),
    (
        Column::Due,
        &[
            "due",
            "dueon",
            "dueby",
            "duedate",
            "datedue",
            "deadline",
            "targetdate",
            "responsedue",
            "answerdue",
            "statutorydeadline",
        ],
    ),
    (
        Column::Explained,
        &[
            "explained",
            "explainedon",
            "dateexplained",
            "refusalexplained",
            "refusalexplainedon",
            "refusalnoticesent",
            "explanationsent",
        ],
    ),
    (
        Column::Told,
        &["recipientstold", "recipientstoldon", "recipientsinformed", "recipientsnotified"],
    ),
    (
        Column::Acknowledged,
        &["recipientsacknowledged", "recipientsacknowledgedon", "recipientsconfirmed"],
    ),
];

/// What people call the kinds of request.
const KINDS: &[(HoldKind, &[&str])] = &[
    (
        HoldKind::Foi,
        &[
            "foi",
            "foia",
            "foirequest",
            "freedomofinformation",
            "freedomofinformationrequest",
            "freedomofinformationact",
            "freedomofinformationact2000",
            "foiact2000",
            "fois",
        ],
    ),
    (
        HoldKind::Eir,
        &[
            "eir",
            "eirs",
            "eirrequest",
            "environmentalinformation",
            "environmentalinformationrequest",
            "environmentalinformationregulations",
            "environmentalinformationregulations2004",
        ],
    ),
    (
        HoldKind::SubjectAccess,
        &[
            "sar",
            "dsar",
            "dpsar",
            "subjectaccess",
            "subjectaccessrequest",
            "datasubjectaccessrequest",
            "rightofaccess",
            "sarrequest",
        ],
    ),
];

const OPEN: &[&str] = &[
    "",
    "no",
    "n",
    "false",
    "open",
    "new",
    "live",
    "active",
    "received",
    "inprogress",
    "ongoing",
    "pending",
    "overdue",
    "onhold",
    "clarification",
    "awaitingclarification",
    "internalreview",
    "-",
    "na",
    "n/a",
    "tbc",
];
const CLOSED: &[&str] = &[
    "yes",
    "y",
    "true",
    "closed",
    "complete",
    "completed",
    "answered",
    "responded",
    "withdrawn",
    "lapsed",
    "refused",
    "granted",
    "disclosed",
    "partlydisclosed",
    "partdisclosed",
    "fullydisclosed",
    "notheld",
    "informationprovided",
    "informationnotheld",
    "partlyrefused",
    "allinformationsent",
    "someinformationsent",
];

/// What an outcome or a standing says of a request that was refused.
const REFUSED: &[&str] =
    &["refused", "refusedinfull", "refusedinpart", "partlyrefused", "partrefused", "refusal"];

/// Whether a case is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is, since a day where one is given.
    Closed(Option<Date>),
    /// It is not, or nobody can say.
    Open,
}

/// One case, from all its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its reference.
    pub reference: String,
    /// Its first row.
    pub row: u32,
    /// Its kind.
    pub kind: HoldKind,
    /// When it came in.
    pub received: Option<Date>,
    /// When it was last written about.
    pub last_correspondence: Option<Date>,
    /// What is asked for, each with the row and column it stands in.
    pub scopes: Vec<(u32, String, NewScope)>,
    /// Whether it is over.
    pub standing: Standing,
    /// How it stands with those it concerns, beside its answer.
    pub progress: Progress,
}

/// Something a person must look at. Its value may be personal data: it is for
/// the person who brought the file, and for no log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The row, as the spreadsheet program numbers it.
    pub row: u32,
    /// The column, by its letter and heading.
    pub column: String,
    /// What it says.
    pub value: String,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

/// A list, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeedFile {
    /// The file's name.
    pub name: String,
    /// Its rows below the headings that hold anything.
    pub rows: u64,
    /// Its cases, in the order of the file.
    pub cases: Vec<Case>,
    /// References on rows that make no case, so that theirs count as named.
    pub named: Vec<String>,
    /// What a person must look at.
    pub findings: Vec<Finding>,
}

/// Why a list was not read at all. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// It is no spreadsheet.
    #[error("{file} {problem}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        problem: Box<Problem>,
    },
    /// Nothing tells what the columns are.
    #[error(
        "{file} has no row of headings in its first {SEARCHED} rows: a list of cases needs a \
         column `ref` and a column `kind`, and best has `received`, `last_correspondence`, \
         `closed`, and of `subject_ref`, `case_reference`, `record_type`, `service_area`, `store` \
         and `location` those you know"
    )]
    NoHeadings {
        /// The file.
        file: String,
    },
    /// Two columns say the same thing.
    #[error(
        "{file}, row {row}: the columns {first} and {second} mean the same: rename or remove one"
    )]
    Twice {
        /// The file.
        file: String,
        /// The row of headings.
        row: u32,
        /// The first column, by letter.
        first: String,
        /// The other.
        second: String,
    },
}

impl FeedFile {
    /// Reads a list.
    ///
    /// # Errors
    ///
    /// Where it is no spreadsheet, or has no headings that are known. What is
    /// wrong in a row is no error but a finding.
    pub fn read(path: &Path, today: Date) -> Result<Self, FeedError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = path.display().to_string();
        let mut reader = Reader {
            today,
            heading: None,
            twice: None,
            at: BTreeMap::new(),
            read: Self { name, ..Self::default() },
        };
        sheet::read(path, &mut reader).map_err(|problem| FeedError::Unreadable {
            file: file.clone(),
            problem: Box::new(problem),
        })?;
        match (reader.twice, reader.read.rows, reader.heading) {
            (Some((row, first, second)), ..) => Err(FeedError::Twice { file, row, first, second }),
            (None, 0, None) => Err(FeedError::NoHeadings { file }),
            _ => Ok(reader.read),
        }
    }
}

/// Where the columns stand, and what their headings are.
type Headings = BTreeMap<Column, (usize, String)>;

struct Reader {
    today: Date,
    heading: Option<Headings>,
    twice: Option<(u32, String, String)>,
    at: BTreeMap<String, usize>,
    read: FeedFile,
}

impl Sink for Reader {
    fn begin(&mut self, sheet: &Sheet) -> Result<Flow, Problem> {
        self.heading = None;
        let visible = sheet.visibility == Visibility::Visible;
        Ok(if visible { Flow::Continue } else { Flow::SkipSheet })
    }

    fn row(&mut self, row: Row) -> Result<Flow, Problem> {
        if row.is_blank() {
            return Ok(Flow::Continue);
        }
        match self.heading.take() {
            Some(headings) => {
                self.case(&headings, &row);
                self.heading = Some(headings);
            }
            None if row.number > SEARCHED => return Ok(Flow::SkipSheet),
            None => self.heading = self.headings(&row),
        }
        Ok(Flow::Continue)
    }

    fn end(&mut self) -> Result<(), Problem> {
        Ok(())
    }
}

/// Letters and digits only, in lower case.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Reader {
    /// The columns, where this row names those that are needed.
    fn headings(&mut self, row: &Row) -> Option<Headings> {
        let mut found = Headings::new();
        let mut twice = None;
        for (index, cell) in row.cells.iter().enumerate() {
            let text = cell.to_string();
            let word = bare(&text);
            let known = HEADINGS.iter().find(|(_, words)| words.contains(&word.as_str()));
            let Some((column, _)) = known else { continue };
            if let Some((first, _)) = found.get(column) {
                twice = Some((row.number, column_letters(*first), column_letters(index)));
                continue;
            }
            found.insert(*column, (index, format!("{} ({text})", column_letters(index))));
        }
        let complete = found.contains_key(&Column::Reference) && found.contains_key(&Column::Kind);
        if complete {
            self.twice = self.twice.take().or(twice);
        }
        complete.then_some(found)
    }

    fn case(&mut self, headings: &Headings, row: &Row) {
        self.read.rows += 1;
        let mut line = Line { headings, row, today: self.today, findings: Vec::new() };
        let case = line.case();
        let reference = line.text(Column::Reference);
        self.read.findings.append(&mut line.findings);
        match case {
            Some(case) => self.join(case),
            None if !reference.is_empty() => self.read.named.push(plain(&reference)),
            None => {}
        }
    }

    /// Rows of one reference are one matter: what any asks for, the latest
    /// word, and over only when all are.
    fn join(&mut self, case: Case) {
        let key = plain(&case.reference);
        let Some(known) = self.at.get(&key).map(|at| &mut self.read.cases[*at]) else {
            self.at.insert(key, self.read.cases.len());
            self.read.cases.push(case);
            return;
        };
        known.received = known.received.into_iter().chain(case.received).min();
        known.last_correspondence = known.last_correspondence.max(case.last_correspondence);
        known.standing = known.standing.max(case.standing);
        known.progress = known.progress.and(case.progress);
        known.scopes.extend(case.scopes);
    }
}

/// What a name in a cell asks for.
type AsScope = fn(String) -> NewScope;

/// A row that is being read.
struct Line<'a> {
    headings: &'a Headings,
    row: &'a Row,
    today: Date,
    findings: Vec<Finding>,
}

impl Line<'_> {
    fn cell(&self, column: Column) -> &Cell {
        self.headings.get(&column).map_or(&Cell::Empty, |(index, _)| self.row.cell(*index))
    }

    fn text(&self, column: Column) -> String {
        self.cell(column).to_string()
    }

    fn title(&self, column: Column) -> String {
        self.headings.get(&column).map(|(_, title)| title.clone()).unwrap_or_default()
    }

    fn find(&mut self, column: Column, reason: &str, remedy: &str) {
        self.findings.push(Finding {
            row: self.row.number,
            column: self.title(column),
            value: self.text(column),
            reason: reason.to_owned(),
            remedy: remedy.to_owned(),
        });
    }

    fn case(&mut self) -> Option<Case> {
        let reference = self.text(Column::Reference);
        if reference.is_empty() {
            let remedy = "give it its reference, or place the hold by hand";
            self.find(Column::Reference, "the case has no reference, so nothing is held", remedy);
            return None;
        }
        let word = bare(&self.text(Column::Kind));
        let Some((kind, _)) = KINDS.iter().find(|(_, words)| words.contains(&word.as_str())) else {
            let remedy = "write FOI, EIR or SAR, or place the hold by hand";
            self.find(Column::Kind, "this is no kind of request, so nothing is held", remedy);
            return None;
        };
        Some(Case {
            reference,
            row: self.row.number,
            kind: *kind,
            received: self.date(Column::Received),
            last_correspondence: self.date(Column::LastCorrespondence),
            scopes: self.scopes(),
            standing: self.standing(),
            progress: self.progress(),
        })
    }

    fn progress(&mut self) -> Progress {
        let says_refused = [Column::Outcome, Column::Closed]
            .into_iter()
            .any(|column| REFUSED.contains(&bare(&self.text(column)).as_str()));
        let due = as_date(self.cell(Column::Due));
        if due.is_none() && !self.cell(Column::Due).is_empty() {
            let remedy =
                "write it as DD/MM/YYYY or YYYY-MM-DD; until then the law's own day counts";
            self.find(Column::Due, "this is not a date", remedy);
        }
        let refused = says_refused.then(|| match as_date(self.cell(Column::Closed)) {
            Some(day) if day <= self.today => day,
            _ => self.today,
        });
        Progress {
            due,
            answered: None,
            refused,
            explained: self.since(Column::Explained),
            told: self.since(Column::Told),
            acknowledged: self.since(Column::Acknowledged),
        }
    }

    /// Since when something is so: a day, or a plain yes; a plain no is nothing.
    fn since(&mut self, column: Column) -> Option<Date> {
        let word = bare(&self.text(column));
        match word.as_str() {
            "yes" | "y" | "true" | "sent" | "done" => Some(self.today),
            word if OPEN.contains(&word) => None,
            _ => self.date(column),
        }
    }

    /// A day that has come.
    fn date(&mut self, column: Column) -> Option<Date> {
        if self.cell(column).is_empty() {
            return None;
        }
        let date = as_date(self.cell(column));
        match date {
            Some(day) if day <= self.today => return date,
            Some(_) => self.find(column, "this day has not come", "give the day it happened"),
            None => self.find(column, "this is not a date", "write it as DD/MM/YYYY or YYYY-MM-DD"),
        }
        None
    }

    fn standing(&mut self) -> Standing {
        let has_closed = self.headings.contains_key(&Column::Closed);
        let column = if has_closed { Column::Closed } else { Column::Outcome };
        let word = bare(&self.text(column));
        if OPEN.contains(&word.as_str()) {
            return Standing::Open;
        }
        if CLOSED.contains(&word.as_str()) {
            return Standing::Closed(None);
        }
        match as_date(self.cell(column)) {
            Some(day) if day <= self.today => Standing::Closed(Some(day)),
            Some(_) => {
                self.find(column, "this day has not come, so the case is open", "correct the day");
                Standing::Open
            }
            None => {
                let remedy = "write the day it was closed, or `open`";
                self.find(column, "this does not say whether the case is over: it is open", remedy);
                Standing::Open
            }
        }
    }

    /// What each filled cell asks for; a cell may name several things, with `;`
    /// or a line's end between them.
    fn scopes(&mut self) -> Vec<(u32, String, NewScope)> {
        let each: [(Column, AsScope); 4] = [
            (Column::Subject, NewScope::Subject),
            (Column::Case, NewScope::Reference),
            (Column::RecordType, NewScope::RecordType),
            (Column::ServiceArea, NewScope::ServiceArea),
        ];
        let mut scopes = Vec::new();
        for (column, scope) in each {
            for name in parts(&self.text(column)) {
                scopes.push((self.row.number, self.title(column), scope(name)));
            }
        }
        let (stores, places) =
            (parts(&self.text(Column::Store)), parts(&self.text(Column::Location)));
        match (&stores[..], places.is_empty()) {
            ([], true) => {}
            ([store], false) => scopes.extend(places.into_iter().map(|prefix| {
                let location = NewScope::Location { store: store.clone(), prefix };
                (self.row.number, self.title(Column::Location), location)
            })),
            (_, true) => scopes.extend(stores.into_iter().map(|store| {
                let whole = NewScope::Location { store, prefix: String::new() };
                (self.row.number, self.title(Column::Store), whole)
            })),
            _ => self.find(
                Column::Location,
                "a location needs the one store it is in",
                "name its store in this row, and make a row for each other store",
            ),
        }
        scopes
    }
}

fn parts(text: &str) -> Vec<String> {
    let parts = text.split([';', '\n']).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

const DATES: &[&str] =
    &["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y"];

/// Four digits for the year, always: two would be a guess. A time of day after
/// the date is left off.
fn as_date(cell: &Cell) -> Option<Date> {
    let text = match cell {
        Cell::Date(date) => return Some(*date),
        Cell::Text(text) => text,
        _ => return None,
    };
    let timed = text.contains(':').then(|| text.rsplit_once([' ', 'T'])).flatten();
    let text = timed.map_or(text.as_str(), |(day, _)| day);
    let read = DATES.iter().find_map(|format| Date::strptime(format, text).ok());
    read.filter(|date| (1990..=2200).contains(&date.year()))
}
