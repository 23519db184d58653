//! A messy register, as councils have them: two sheets, a banner of seven rows,
//! a decoy row, the header on row 9, sections, blank rows, and 412 lines of
//! which 14 cannot be taken.

use retaind::register::ImportProfile;
use retaind::register::row::People;
use rust_xlsxwriter::{Workbook, Worksheet};

use super::{Folder, Outcome, check_as, person};

const HEADER: [&str; 7] = [
    "Ref",
    "Information asset name",
    "Service area",
    "IAO",
    "Retention period",
    "Disposal action",
    "Legislation or business reason",
];

/// The rows that cannot be taken: period, owner, basis, and the column at fault.
const BAD: [(&str, &str, &str, char); 12] = [
    ("As long as necessary", "Jane Smith", "Limitation Act 1980 s.5", 'E'),
    ("Until no longer needed", "Jane Smith", "Limitation Act 1980 s.5", 'E'),
    ("As required", "Jane Smith", "Limitation Act 1980 s.5", 'E'),
    ("See policy", "Jane Smith", "Limitation Act 1980 s.5", 'E'),
    ("6 years after last contact or death", "Jane Smith", "Limitation Act 1980 s.5", 'E'),
    ("TBC", "Jane Smith", "Limitation Act 1980 s.5", 'E'),
    ("6 years after closure", "Jane Smith", "", 'G'),
    ("6 years after closure", "Jane Smith", "", 'G'),
    ("6 years after closure", "Jane Smith", "N/A", 'G'),
    ("6 years after closure", "Pat Doe", "Limitation Act 1980 s.5", 'D'),
    ("7", "Jane Smith", "Limitation Act 1980 s.5", 'E'),
    (
        "ACTION+100: Destroy 75 years after last action",
        "Jane Smith",
        "Limitation Act 1980 s.5",
        'E',
    ),
];

/// Writes the register: 206 lines on each sheet. Lines 0 to 11 of the first are
/// bad; lines 12 and 13 of the second use references of the first.
fn register() -> Vec<u8> {
    let mut book = Workbook::new();
    for half in 0..2_usize {
        let name = ["People", "Places"][half];
        let sheet = book.add_worksheet().set_name(name).expect("a name");
        head(sheet);
        let mut row = 9;
        for line in 0..206_usize {
            // Five sections and three blank rows, over the two sheets.
            if [[0, 60, 120], [0, 100, 999]][half].contains(&line) {
                sheet.write(row, 0, format!("Section {half}.{line}")).expect("a cell");
                row += 1;
            }
            if [[30, 90], [50, 999]][half].contains(&line) {
                row += 1;
            }
            body(sheet, row, half, line);
            row += 1;
        }
    }
    book.save_to_buffer().expect("a workbook")
}

fn head(sheet: &mut Worksheet) {
    for row in 0..7 {
        sheet.write(row, 0, format!("Trentside County Council: banner {row}")).expect("a cell");
    }
    for (column, heading) in (0..).zip(HEADER) {
        let letter = char::from(b'A' + u8::try_from(column).expect("few columns"));
        sheet.write(7, column, format!("COLUMN {letter}")).expect("a cell");
        sheet.write(8, column, heading).expect("a cell");
    }
}

fn body(sheet: &mut Worksheet, row: u32, half: usize, line: usize) {
    let number = half * 206 + line;
    let (period, owner, basis, _) = match (half, line) {
        (0, 0..12) => BAD[line],
        _ => (
            "6 years after closure",
            "jane.smith@trentside.example",
            "Limitation Act 1980 s.5",
            ' ',
        ),
    };
    let reference = match (half, line) {
        (1, 12) => "tcc-0020".to_owned(),
        (1, 13) => " TCC-0021 ".to_owned(),
        _ => format!("TCC-{number:04}"),
    };
    let area = format!("Service {:02}", number % 18);
    let title = format!("Records of kind {number}");
    let cells = [&reference, title.as_str(), &area, owner, period, "Destroy", basis];
    for (column, cell) in (0..).zip(cells) {
        sheet.write(row, column, cell).expect("a cell");
    }
}

fn imported() -> Outcome {
    let people = People::known(&[person(1, "Jane Smith")]);
    let path = Folder::new().0.keep().join("IAR-2026.xlsx");
    std::fs::write(&path, register()).expect("a file");
    check_as(&path, &ImportProfile::default(), &people).expect("a register")
}

#[test]
fn of_412_lines_398_are_accepted_and_14_rejected() {
    let outcome = imported();
    assert_eq!(outcome.counts(), [412 + 5 + 3, 398, 14, 3, 5]);
    assert_eq!(outcome.lines.len(), 398);
    let mut areas: Vec<&str> =
        outcome.lines.iter().map(|(line, _)| line.service_area.as_str()).collect();
    areas.sort_unstable();
    areas.dedup();
    assert_eq!(areas.len(), 18);
}

#[test]
fn each_rejected_line_says_sheet_row_column_value_and_reason() {
    let outcome = imported();
    let errors = outcome.errors();
    assert_eq!(errors.len(), 14, "{errors:#?}");
    for (finding, (bad, (period, owner, basis, column))) in errors.iter().zip((0..).zip(BAD)) {
        assert_eq!(finding.sheet.as_deref(), Some("People"));
        // Nine rows of banner and header, one section, then the bad lines.
        assert_eq!(finding.row, Some(11 + bad));
        let label = finding.column.as_deref().expect("a column");
        assert!(label.starts_with(column), "{label}");
        let value = match column {
            'D' => owner,
            'E' => period,
            _ => basis,
        };
        assert_eq!(finding.value.as_deref(), Some(value));
        assert!(!finding.reason.is_empty() && !finding.remedy.is_empty(), "{finding:?}");
    }
    for (finding, reference) in errors[12..].iter().zip(["tcc-0020", "TCC-0021"]) {
        assert_eq!(finding.sheet.as_deref(), Some("Places"));
        assert_eq!(finding.value.as_deref(), Some(reference));
        assert!(finding.reason.starts_with("the reference is already used on sheet `People`, row"));
    }
}
