//! A messy register, as councils have them: two sheets, a banner of seven rows,
//! a decoy row, the header on row 9, sections, blank rows, and 412 lines of
//! which 14 cannot be taken.

use retaind::catalogue::Catalogue;
use retaind::people::{PersonEntry, Role, acting, sync};
use retaind::register::import::Novelty;
use retaind::register::row::People;
use retaind::register::{Changes, ImportProfile, RegisterFile, accept, import, known_people, list};
use retaind_schedules::calendar::Calendar;
use rust_xlsxwriter::{Workbook, Worksheet};

use super::{Folder, Outcome, check_as, person};
use crate::catalogue::Database;

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

fn checked() -> Outcome {
    let people = People::known(&[person(1, "Jane Smith")]);
    let path = Folder::new().0.keep().join("IAR-2026.xlsx");
    std::fs::write(&path, register()).expect("a file");
    check_as(&path, &ImportProfile::default(), &people).expect("a register")
}

#[test]
fn of_412_lines_398_are_accepted_and_14_rejected() {
    let outcome = checked();
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
    let outcome = checked();
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

#[tokio::test]
async fn the_same_register_again_changes_nothing_and_nothing_is_live_unaccepted() {
    for database in Database::BOTH {
        let fresh = database.fresh().await;
        let now = "2026-11-23T09:00:00Z".parse().expect("an instant");
        let today = jiff::civil::date(2026, 11, 23);
        let people = [PersonEntry {
            name: "Jane Smith".to_owned(),
            email: "jane.smith@trentside.example".to_owned(),
            os_user: Some("jane".to_owned()),
            left_on: None,
            roles: [Role::RecordsManager].into(),
        }];
        let tx = fresh.write_tx().await.expect("a transaction");
        sync(&tx, &people, now, today).await.expect("people");
        tx.commit().await.expect("a commit");
        let jane = acting(&fresh, "jane").await.expect("an actor");
        let path = fresh.place.folder.path().join("IAR-2026.xlsx");
        std::fs::write(&path, register()).expect("a file");
        let known = known_people(&fresh).await.expect("people");
        let file = RegisterFile::read(&path, &ImportProfile::default(), "built-in", &known);
        let file = file.expect("a register");

        let first = import(&fresh, &jane, &file, now).await.expect("an import");
        assert_eq!(first.changes, Changes { added: 398, ..Changes::default() });
        assert_eq!(rules_in_force(&fresh).await, 0);
        let again = import(&fresh, &jane, &file, now).await.expect("an import");
        assert_eq!(again.changes, Changes { unchanged: 398, ..Changes::default() });
        assert!(matches!(again.novelty, Novelty::AlreadyImported(_)));
        assert_eq!(list::list(&fresh).await.expect("imports").len(), 1);

        accept(&fresh, &jane, first.import, &Calendar::default(), now).await.expect("leave");
        let opened = Catalogue::open(&fresh.place.url).await.expect("the same catalogue");
        assert_eq!(rules_in_force(&opened).await, 398);
    }
}

async fn rules_in_force(catalogue: &Catalogue) -> usize {
    use sea_orm::EntityTrait as _;
    let rules = retaind::catalogue::entity::schedule_line::Entity::find();
    rules.all(catalogue.read()).await.expect("the rules").len()
}
