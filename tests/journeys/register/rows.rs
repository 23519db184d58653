//! Rows: taken, rejected with where and why, or passed over and counted.

use retaind::register::Finding;
use retaind::register::row::People;
use retaind_schedules::action::DisposalAction;
use rust_xlsxwriter::{Format, Workbook};

use super::{Folder, Outcome, check, check_as, person, profile, xlsx};

const HEADER: [&str; 5] = ["Ref", "Record", "Keep for", "Then", "Legislation"];

fn rows(rows: &[&[&str]]) -> Outcome {
    check(&Folder::new().file("r.xlsx", xlsx(&[("Housing", rows)]))).expect("a register")
}

/// `F Heading | value | reason`.
fn brief(finding: &Finding) -> String {
    format!(
        "{} {} | {} | {}",
        finding.row.map(|row| row.to_string()).unwrap_or_default(),
        finding.column.as_deref().unwrap_or("-"),
        finding.value.as_deref().unwrap_or("-"),
        finding.reason
    )
}

fn briefs(findings: &[&Finding]) -> Vec<String> {
    findings.iter().map(|finding| brief(finding)).collect()
}

#[test]
fn a_row_is_rejected_with_its_place_its_value_and_the_way_out() {
    let outcome = rows(&[
        &["Ref", "Record", "Keep for", "Disposal action", "Legislation", "Total"],
        &["1", "Fees", "As long as necessary", "Destroy", "Limitation Act 1980", ""],
        &["2", "Grants", "6 years after closure", "Destroy", "", ""],
        &["1 ", "Loans", "6 years after closure", "Destroy", "Limitation Act 1980", ""],
        &["4", "", "6 years after closure", "Destroy", "Limitation Act 1980", ""],
        &["5", "Rates", "", "Destroy", "Limitation Act 1980", ""],
        &["6", "Rents", "7", "Destroy", "Limitation Act 1980", ""],
        &["7", "Fines", "6 years after closure", "Destroy", "Limitation Act 1980", "#REF!"],
        &[
            "8",
            "Taxes",
            "ACTION+100: Destroy 75 years after last action",
            "",
            "Limitation Act 1980",
            "",
        ],
    ]);
    assert_eq!(outcome.counts(), [8, 0, 8, 0, 0]);
    let briefs = briefs(&outcome.errors());
    let starts = [
        "2 C Keep for | As long as necessary | ",
        "3 E Legislation |  | no law or reason is given for the period",
        "4 A Ref | 1 | the reference is already used on sheet `Housing`, row 2",
        "5 B Record |  | the row does not name the record",
        "6 C Keep for |  | no retention period is given",
        "7 C Keep for | 7 | ",
        "8 F Total | #REF! | the cell holds the error #REF!, not a value",
        "9 C Keep for | ACTION+100: Destroy 75 years after last action | ",
    ];
    assert_eq!(briefs.len(), starts.len(), "{briefs:#?}");
    for (brief, start) in briefs.iter().zip(starts) {
        assert!(brief.starts_with(start), "{brief}");
    }
    assert!(outcome.errors().iter().all(|finding| !finding.remedy.is_empty()));
}

#[test]
fn one_import_shows_all_that_is_wrong_with_a_row() {
    let outcome = rows(&[
        &["Ref", "Record", "Keep for", "Legislation"],
        &["1", "", "As long as necessary", "TBC"],
    ]);
    assert_eq!(outcome.counts(), [1, 0, 1, 0, 0]);
    assert_eq!(outcome.errors().len(), 3);
}

#[test]
fn sections_name_the_service_area_and_blanks_are_counted() {
    let outcome = rows(&[
        &["Record", "Keep for", "Legislation"],
        &["Benefits"],
        &["Claims", "6 years after closure", "Limitation Act 1980"],
        &[],
        &["Record", "Keep for", "Legislation"],
        &["Schools"],
        &["Registers", "3 years after closure", "Education Act 1996"],
    ]);
    assert_eq!(outcome.counts(), [6, 2, 0, 1, 3]);
    let areas: Vec<&str> =
        outcome.lines.iter().map(|(line, _)| line.service_area.as_str()).collect();
    assert_eq!(areas, ["Benefits", "Schools"]);
    assert_eq!(outcome.lines[1].0.reference, "Schools / Registers");
}

#[test]
fn blank_cells_are_filled_down_only_where_the_profile_asks() {
    let content = xlsx(&[(
        "S",
        &[
            &["Service", "Record", "Keep for", "Legislation"],
            &["Housing", "Lets", "6 years after closure", "Limitation Act 1980"],
            &["", "Sales", "6 years after closure", "Limitation Act 1980"],
        ],
    )]);
    let path = Folder::new().0.keep().join("r.xlsx");
    std::fs::write(&path, content).unwrap();
    let area = |text: &str| {
        let outcome = check_as(&path, &profile(text), &People::NotAsked).unwrap();
        outcome.lines[1].0.service_area.clone()
    };
    assert_eq!(area(""), "S");
    assert_eq!(area("[rows]\nservice-area = \"Corporate\""), "Corporate");
    assert_eq!(area("[rows]\nfill-down = [\"service-area\"]"), "Housing");
}

#[test]
fn an_action_nobody_states_is_a_review_and_said() {
    let outcome = rows(&[
        &["Record", "Keep for", "Legislation"],
        &["Lets", "6 years after closure", "Limitation Act 1980"],
        &["Minutes", "Permanent", "Local Government Act 1972 s.224"],
    ]);
    let actions: Vec<DisposalAction> =
        outcome.lines.iter().map(|(line, _)| line.rule.action).collect();
    assert_eq!(actions, [DisposalAction::Review, DisposalAction::Permanent]);
    assert!(outcome.warnings().iter().any(|finding| {
        finding.reason
            == "1 row does not say what happens after the period, so a person will review the records"
    }));
}

#[test]
fn the_profile_gives_meaning_to_headings_and_bare_numbers() {
    let path = Folder::new().0.keep().join("r.xlsx");
    let content = xlsx(&[("S", &[&HEADER, &["1", "Lets", "7", "Destroy", "Limitation Act 1980"]])]);
    std::fs::write(&path, content).unwrap();
    let profile = profile(
        "[columns]\n\"Then\" = \"action\"\n[wording]\nunit = \"years\"\ndefault-start = \"case-closed\"",
    );
    let outcome = check_as(&path, &profile, &People::NotAsked).unwrap();
    assert_eq!(outcome.lines[0].0.rule.minimum.to_string(), "P7Y after case-closed");
    assert_eq!(outcome.lines[0].0.rule.action, DisposalAction::Destroy);
    let plain = check(&path).unwrap();
    assert_eq!(plain.counts(), [1, 0, 1, 0, 0]);
    assert_eq!(
        briefs(&plain.warnings()),
        ["1 D Then | Then | the heading is not known; the column is kept as a field of each line"]
    );
}

#[test]
fn an_owner_is_someone_the_catalogue_knows() {
    let people = People::known(&[person(1, "Jane Smith"), person(2, "Amir Khan")]);
    let path = Folder::new().0.keep().join("r.csv");
    std::fs::write(
        &path,
        "Record,Owner,Keep for,Legislation\n\
         A,jane smith,6 years after closure,Limitation Act 1980\n\
         B,Amir.Khan@trentside.example,6 years after closure,Limitation Act 1980\n\
         C,Pat Doe,6 years after closure,Limitation Act 1980\n\
         D,,6 years after closure,Limitation Act 1980\n",
    )
    .unwrap();
    let outcome = check_as(&path, &profile(""), &people).unwrap();
    assert_eq!(outcome.counts(), [4, 3, 1, 0, 0]);
    let owners: Vec<_> = outcome.lines.iter().map(|(line, _)| line.owner).collect();
    assert_eq!(owners, [Some(person(1, "").id), Some(person(2, "").id), None]);
    assert_eq!(
        briefs(&outcome.errors()),
        ["4 B Owner | Pat Doe | nobody in the catalogue has this name or address"]
    );
    assert_eq!(check(&path).unwrap().counts(), [4, 4, 0, 0, 0]);
}

#[test]
fn a_law_that_is_gone_is_said_with_what_took_its_place() {
    let outcome = rows(&[
        &["Record", "Keep for", "Disposal action", "Legislation"],
        &["A", "6 years after closure", "Destroy", "Data Protection Act 1998"],
    ]);
    assert_eq!(outcome.counts(), [1, 1, 0, 0, 0]);
    let said = briefs(&outcome.warnings());
    assert!(said[0].starts_with("2 D Legislation | Data Protection Act 1998 | "), "{said:?}");
    assert!(said[0].contains("Data Protection Act 2018"), "{said:?}");
}

#[test]
fn personal_data_needs_its_lawful_basis() {
    let outcome = rows(&[
        &[
            "Record",
            "Keep for",
            "Legislation",
            "Personal data",
            "Special category",
            "Article 6 basis",
            "Article 9 condition",
            "Transfers",
        ],
        &["A", "6 years after closure", "Limitation Act 1980", "Yes", "No", "", "", ""],
        &[
            "B",
            "6 years after closure",
            "Limitation Act 1980",
            "Yes",
            "Health",
            "Public task",
            "",
            "",
        ],
        &["C", "6 years after closure", "Limitation Act 1980", "No", "No", "", "", ""],
        &["D", "6 years after closure", "Limitation Act 1980", "Yes", "", "Consent", "", "USA"],
    ]);
    assert_eq!(outcome.counts(), [4, 2, 2, 0, 0]);
    assert_eq!(
        briefs(&outcome.errors()),
        [
            "2 F Article 6 basis |  | the line holds personal data but names no lawful basis for it",
            "3 G Article 9 condition |  | the line holds special category data but names no condition for it",
        ]
    );
    let warned: Vec<String> =
        outcome.warnings().into_iter().filter(|f| f.row == Some(5)).map(brief).collect();
    assert_eq!(
        warned,
        [
            "5 F Article 6 basis | Consent | the lawful basis is consent, but no record of consent is named",
            "5 H Transfers | USA | data is transferred abroad, but no safeguard is named",
        ]
    );
}

#[test]
fn a_period_that_became_a_date_is_not_guessed() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in (0..).zip(["Record", "Keep for", "Legislation"]) {
        sheet.write(0, column, heading).unwrap();
    }
    sheet.write(1, 0, "Lets").unwrap();
    let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 6, 3).unwrap();
    let format = Format::new().set_num_format("dd/mm/yyyy");
    sheet.write_with_format(1, 1, &date, &format).unwrap();
    sheet.write(1, 2, "Limitation Act 1980").unwrap();
    let outcome =
        check(&Folder::new().file("r.xlsx", book.save_to_buffer().unwrap())).expect("a register");
    assert_eq!(
        briefs(&outcome.errors()),
        ["2 B Keep for | 2026-06-03 | the cell holds the date 2026-06-03, not a period; \
          spreadsheet programs turn text such as 3-6 into a date"]
    );
}

#[test]
fn nothing_hidden_or_passed_over_is_passed_over_in_silence() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Shown").unwrap();
    let cells = [
        ["Record", "Keep for", "Legislation"],
        ["Lets", "6 years after closure", "Limitation Act 1980"],
        ["Sales", "6 years after closure", "Limitation Act 1980"],
    ];
    for (row, cells) in (0..).zip(cells) {
        sheet.write_row(row, 0, cells).unwrap();
    }
    sheet.set_row_hidden(2).unwrap();
    let hidden = book.add_worksheet().set_name("Old").unwrap();
    hidden.write_row(0, 0, cells[0]).unwrap();
    hidden.write_row(1, 0, ["Loans", "6 years after closure", "Limitation Act 1980"]).unwrap();
    hidden.set_hidden(true);
    book.add_worksheet().set_name("Guidance").unwrap().write(0, 0, "Read me").unwrap();
    let path = Folder::new().0.keep().join("r.xlsx");
    book.save(&path).unwrap();
    let outcome = check(&path).unwrap();
    assert_eq!(outcome.counts(), [3, 3, 0, 0, 0]);
    let said: Vec<String> = outcome
        .warnings()
        .iter()
        .map(|f| format!("{}: {}", f.sheet.as_deref().unwrap_or("-"), f.reason))
        .filter(|said| ![": 1 row ", " rows ", " hidden row "].iter().any(|of| said.contains(of)))
        .collect();
    assert_eq!(
        said,
        [
            "Old: the sheet is hidden and was read like any other",
            "Guidance: the sheet was not read, because it has no header: no row of it has a known heading",
        ]
    );
    assert!(outcome.warnings().iter().any(|f| f.reason == "1 hidden row was read like any other"));
    let ignoring = profile("[sheets]\nignore = [\"guidance\", \"old\"]");
    let outcome = check_as(&path, &ignoring, &People::NotAsked).unwrap();
    assert_eq!(outcome.counts(), [2, 2, 0, 0, 0]);
}

#[test]
fn the_json_of_a_check_has_exactly_these_fields() {
    let outcome = rows(&[
        &["Ref", "Record", "Keep for", "Legislation"],
        &["1", "Fees", "As long as necessary", "Limitation Act 1980"],
    ]);
    let json = serde_json::to_value(&outcome.checked).unwrap();
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let mut top = keys(&json);
    top.sort_unstable();
    assert_eq!(top, ["accepted", "blank", "findings", "rejected", "rows_read", "section"]);
    let mut finding = keys(&json["findings"][0]);
    finding.sort_unstable();
    assert_eq!(finding, ["column", "reason", "remedy", "row", "severity", "sheet", "value"]);
    assert_eq!(json["findings"][0]["column"], "C Keep for");
    assert_eq!(json["findings"][0]["severity"], "error");
}
