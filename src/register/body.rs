//! A sheet below its header: sections, columns filled down, and counts of what
//! is said once for a whole sheet.

use std::collections::HashMap;

use super::column::Column;
use super::header::Header;
use super::profile::ImportProfile;
use super::row::{ActionFrom, NewLine};
use super::sheet::{Cell, Row};

/// A sheet below its header.
pub(super) struct Body {
    pub(super) header: Header,
    pub(super) service_area: String,
    area_from: AreaFrom,
    /// For columns filled down, the last value above.
    above: HashMap<usize, Cell>,
    pub(super) rows_without_action: u64,
    pub(super) rows_under_sheet_name: u64,
}

/// Where the service area of rows that name none comes from.
#[derive(PartialEq, Eq)]
enum AreaFrom {
    SheetName,
    ProfileOrSection,
}

impl Body {
    pub(super) fn new(header: Header, sheet: &str, profile: &ImportProfile) -> Self {
        let (service_area, area_from) = match &profile.rows.service_area {
            Some(area) => (area.clone(), AreaFrom::ProfileOrSection),
            None => (sheet.to_owned(), AreaFrom::SheetName),
        };
        Self {
            header,
            service_area,
            area_from,
            above: HashMap::new(),
            rows_without_action: 0,
            rows_under_sheet_name: 0,
        }
    }

    /// The text of a row that heads a section: text in the first column of the
    /// table and nothing else. A row that repeats the header heads nothing new.
    pub(super) fn section(&self, row: &Row) -> Option<Section> {
        if self.header.is_repeated_by(row) {
            return Some(Section::Header);
        }
        let first = self.header.headings.first()?.index;
        let others = row.cells.iter().skip(first + 1).all(Cell::is_empty);
        match row.cells.iter().take(first + 1).find(|cell| !cell.is_empty()) {
            Some(Cell::Text(text)) if others => Some(Section::Named(text.clone())),
            _ => None,
        }
    }

    pub(super) fn open(&mut self, section: Section) {
        self.above.clear();
        if let Section::Named(name) = section {
            self.service_area = name;
            self.area_from = AreaFrom::ProfileOrSection;
        }
    }

    pub(super) fn filled_down(&mut self, mut row: Row, profile: &ImportProfile) -> Row {
        for column in &profile.rows.fill_down {
            for heading in self.header.all(*column) {
                let at = heading.index;
                if !row.cell(at).is_empty() {
                    self.above.insert(at, row.cell(at).clone());
                } else if let Some(above) = self.above.get(&at) {
                    row.cells.resize(row.cells.len().max(at + 1), Cell::Empty);
                    row.cells[at] = above.clone();
                }
            }
        }
        row
    }

    pub(super) fn count(&mut self, line: &NewLine, action: ActionFrom) {
        // Where there is a column for it, each row has had its own warning.
        let unasked = self.header.first(Column::Action).is_none();
        self.rows_without_action += u64::from(unasked && action == ActionFrom::Assumed);
        let unplaced =
            self.area_from == AreaFrom::SheetName && line.service_area == self.service_area;
        self.rows_under_sheet_name += u64::from(unplaced);
    }
}

/// What heads a section.
pub(super) enum Section {
    Named(String),
    Header,
}
