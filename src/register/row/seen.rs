//! One row beside its header, and the reading of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::line::{NewLine, Place, Words, key_of};
use super::people::{Match, People};
use super::{basis, duties, rule};
use crate::register::column::Column;
use crate::register::finding::{Finding, Severity, shown};
use crate::register::header::{Header, Heading, Meaning, NAMES, PERIODS};
use crate::register::profile::ImportProfile;
use crate::register::sheet::{Cell, Row};

/// The sheet a row is read on, with what the rows above it have said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) sheet: &'a Arc<str>,
    pub(crate) header: &'a Header,
    pub(crate) profile: &'a ImportProfile,
    pub(crate) people: &'a People,
    /// The section the row stands under, the profile's default or the sheet's name.
    pub(crate) service_area: &'a str,
}

/// What a row came to.
#[derive(Debug)]
pub(crate) enum RowOutcome {
    Accepted(Box<NewLine>, Place, ActionFrom),
    Rejected,
}

/// One row, its header, and what has been found wrong with it.
#[derive(Debug)]
pub struct Seen<'a> {
    pub(super) context: Context<'a>,
    row: &'a Row,
    findings: &'a mut Vec<Finding>,
    rejected: Rejected,
    pub(super) action: ActionFrom,
}

/// Where the action of a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ActionFrom {
    /// The row, or a rule that leaves no choice.
    Stated,
    /// Nothing says; a person reviews.
    Assumed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rejected {
    NotYet,
    Yes,
}

/// Reads a row that is neither blank nor a section. `references` are those of
/// the rows before it, with where they stood.
pub(crate) fn read(
    row: &Row,
    context: Context<'_>,
    references: &mut HashMap<String, String>,
    findings: &mut Vec<Finding>,
) -> RowOutcome {
    let mut seen =
        Seen { context, row, findings, rejected: Rejected::NotYet, action: ActionFrom::Stated };
    seen.reject_error_cells();
    let line = seen.line(references);
    match (line, seen.rejected) {
        (Some(line), Rejected::NotYet) => {
            RowOutcome::Accepted(Box::new(line), seen.place(), seen.action)
        }
        _ => RowOutcome::Rejected,
    }
}

impl Seen<'_> {
    /// The text of the columns with this meaning, joined; empty where there are
    /// none or they are blank.
    pub(super) fn text(&self, column: Column) -> String {
        let filled = self.context.header.all(column).map(|heading| self.row.cell(heading.index));
        let texts: Vec<String> =
            filled.filter(|cell| !cell.is_empty()).map(Cell::to_string).collect();
        texts.join("; ")
    }

    pub(super) fn has_column(&self, column: Column) -> bool {
        self.context.header.first(column).is_some()
    }

    pub(super) fn period_heading(&self) -> Option<&Heading> {
        self.context.header.first_of(&PERIODS)
    }

    pub(super) fn cell(&self, heading: &Heading) -> &Cell {
        self.row.cell(heading.index)
    }

    /// The row is not taken.
    pub(super) fn reject(&mut self, at: Option<Column>, reason: String, remedy: String) {
        self.rejected = Rejected::Yes;
        self.say(at, Severity::Error, reason, remedy);
    }

    /// The row is taken, and a person should look.
    pub(super) fn warn(&mut self, at: Option<Column>, reason: String, remedy: String) {
        self.say(at, Severity::Warning, reason, remedy);
    }

    fn say(&mut self, at: Option<Column>, severity: Severity, reason: String, remedy: String) {
        let heading = at.and_then(|column| self.context.header.first(column)).cloned();
        self.say_of(heading.as_ref(), severity, reason, remedy);
    }

    fn say_of(
        &mut self,
        heading: Option<&Heading>,
        severity: Severity,
        reason: String,
        remedy: String,
    ) {
        self.findings.push(Finding {
            sheet: Some(Arc::clone(self.context.sheet)),
            row: Some(self.row.number),
            column: heading.map(|heading| Arc::clone(&heading.label)),
            value: heading.map(|heading| shown(&self.row.cell(heading.index).to_string())),
            severity,
            reason,
            remedy,
        });
    }

    fn place(&self) -> Place {
        Place { sheet: Arc::clone(self.context.sheet), row: self.row.number }
    }

    fn reject_error_cells(&mut self) {
        for heading in &self.context.header.headings {
            if heading.meaning == Meaning::Ignored {
                continue;
            }
            if let Cell::Error(error) = self.row.cell(heading.index) {
                self.rejected = Rejected::Yes;
                let reason = format!("the cell holds the error {error}, not a value");
                let remedy = "Correct the formula, or type the value in its place.".to_owned();
                self.say_of(Some(heading), Severity::Error, reason, remedy);
            }
        }
    }

    /// The line, where title and rule could be read. Every cell is looked at
    /// even so, that one import shows all that is wrong.
    fn line(&mut self, references: &mut HashMap<String, String>) -> Option<NewLine> {
        let title = self.title();
        let service_area = self.service_area();
        let owner = self.owner();
        let basis = basis::read(self);
        let rule = rule::read(self, basis);
        duties::check(self);
        let reference = self.reference(&service_area, title.as_deref())?;
        self.reject_second_use(&reference, references);
        let title = title?;
        let asset_name = Some(self.text(Column::AssetName)).filter(|name| !name.is_empty());
        Some(NewLine {
            reference,
            asset_name: asset_name.unwrap_or_else(|| title.clone()),
            title,
            description: self.text(Column::Description),
            service_area,
            owner,
            rule: rule?,
            words: self.words(),
            irreplaceable: self.says_yes(Column::Irreplaceable),
            titles_nonpersonal: self.says_yes(Column::TitlesNonpersonal),
            fields: self.fields(),
        })
    }

    /// The reference given, or else one made of service area and title.
    fn reference(&self, service_area: &str, title: Option<&str>) -> Option<String> {
        match self.text(Column::Ref) {
            given if given.is_empty() => title.map(|title| format!("{service_area} / {title}")),
            given => Some(given),
        }
    }

    fn words(&self) -> Words {
        let period = self.period_heading();
        Words {
            period: period.map(|heading| self.cell(heading).to_string()).unwrap_or_default(),
            column: period.map(|heading| heading.label.to_string()).unwrap_or_default(),
            trigger: self.text(Column::Trigger),
            action: self.text(Column::Action),
            basis: self.text(Column::Basis),
        }
    }

    fn title(&mut self) -> Option<String> {
        let filled = NAMES.iter().find(|column| !self.text(**column).is_empty());
        let best = self.context.header.first_of(&NAMES).cloned();
        if let (Some(column), Some(best)) = (filled, &best)
            && (best.meaning == Meaning::Is(*column) || NAMES[..2].contains(column))
        {
            return Some(self.text(*column));
        }
        self.rejected = Rejected::Yes;
        let remedy = "Name the record. Where a blank or merged cell means “as above”, say so in \
                      the import profile: [rows] fill-down.";
        self.say_of(
            best.as_ref(),
            Severity::Error,
            "the row does not name the record".to_owned(),
            remedy.to_owned(),
        );
        None
    }

    fn service_area(&self) -> String {
        match self.text(Column::ServiceArea) {
            given if given.is_empty() => self.context.service_area.to_owned(),
            given => given,
        }
    }

    fn owner(&mut self) -> Option<retaind_schedules::ids::PersonId> {
        let cell = self.text(Column::Owner);
        if cell.is_empty() {
            if self.has_column(Column::Owner) {
                let reason = "no owner is named, so nobody can approve its disposal".to_owned();
                let remedy = "Name the information asset owner.".to_owned();
                self.warn(Some(Column::Owner), reason, remedy);
            }
            return None;
        }
        let reason = match self.context.people.find(&cell) {
            Match::One(id) => return Some(id),
            Match::NotAsked => return None,
            Match::None => "nobody in the catalogue has this name or address",
            Match::Several => "more than one person in the catalogue has this name",
        };
        let remedy = "Write the owner's e-mail address as the catalogue has it, or add the person \
                      first.";
        self.reject(Some(Column::Owner), reason.to_owned(), remedy.to_owned());
        None
    }

    pub(super) fn says_yes(&self, column: Column) -> bool {
        is_yes(&self.text(column))
    }

    /// Every filled cell that has no place of its own in the line.
    fn fields(&self) -> BTreeMap<String, String> {
        let mut fields = BTreeMap::<String, String>::new();
        for heading in &self.context.header.headings {
            let name = match heading.meaning {
                Meaning::Ignored => continue,
                Meaning::Is(column) if has_its_place(column) => continue,
                Meaning::Is(column) => column.name(),
                Meaning::Unknown => heading.text.as_str(),
            };
            let written = self.row.cell(heading.index).to_string();
            let date = (name == Column::ReviewDue.name()).then(|| duties::date_of(&written));
            let value = date.flatten().map_or(written, |date| date.to_string());
            if value.is_empty() {
                continue;
            }
            let field = fields.entry(name.to_owned()).or_default();
            if !field.is_empty() {
                field.push_str("; ");
            }
            field.push_str(&value);
        }
        fields
    }

    fn reject_second_use(&mut self, reference: &str, references: &mut HashMap<String, String>) {
        let key = key_of(reference);
        let here = format!("sheet `{}`, row {}", self.context.sheet, self.row.number);
        match references.get(&key) {
            None => {
                references.insert(key, here);
            }
            Some(first) if self.has_column(Column::Ref) && !self.text(Column::Ref).is_empty() => {
                let reason = format!("the reference is already used on {first}");
                let remedy = "Give each line a reference of its own.".to_owned();
                self.reject(Some(Column::Ref), reason, remedy);
            }
            Some(first) => {
                let reason = format!("the same service area has this title already on {first}");
                let remedy = "Tell the two apart in the title, or give the sheet a column of \
                              references."
                    .to_owned();
                let at = NAMES.into_iter().find(|column| self.has_column(*column));
                self.reject(at, reason, remedy);
            }
        }
    }
}

fn has_its_place(column: Column) -> bool {
    use Column::{
        Action, AssetName, Basis, Description, Irreplaceable, Period, Ref, ServiceArea, Title,
        TitlesNonpersonal, Trigger,
    };
    matches!(
        column,
        Ref | Title
            | AssetName
            | Description
            | ServiceArea
            | Period
            | Trigger
            | Action
            | Basis
            | Irreplaceable
            | TitlesNonpersonal
    )
}

/// `Yes`, `Y`, `TRUE`, `1`, `x` or a tick.
pub(super) fn is_yes(text: &str) -> bool {
    let word = text.trim().to_lowercase();
    matches!(word.as_str(), "yes" | "y" | "true" | "1" | "x" | "✓" | "✔")
        || word.starts_with("yes ")
        || word.starts_with("yes,")
        || word.starts_with("yes:")
}
