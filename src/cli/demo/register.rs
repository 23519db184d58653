//! The demo council's register, as councils keep it: a spreadsheet with banner
//! rows, service areas as section rows, and a few lines that no machine should
//! take as they are.

use std::path::Path;

use rust_xlsxwriter::{Format, Workbook, XlsxError};

const HEADINGS: [&str; 10] = [
    "Ref",
    "Type of record",
    "Information asset name",
    "IAO",
    "Retain for",
    "Trigger event",
    "Disposal action",
    "Legislation or business reason",
    "Lawful basis",
    "Personal data",
];

enum Row {
    Section(&'static str),
    Blank,
    Line([&'static str; 10]),
}

use Row::{Blank, Line, Section};

const ROWS: [Row; 26] = [
    Section("Planning"),
    Line([
        "PLAN-01",
        "Planning register",
        "Planning register",
        "Priya Nair",
        "Permanent",
        "",
        "",
        "Town and Country Planning Act 1990 s.69",
        "Legal obligation",
        "Personal",
    ]),
    Line([
        "PLAN-14",
        "Planning enforcement case files",
        "Enforcement casework",
        "Priya Nair",
        "CASE+10",
        "",
        "Destroy",
        "Business need: further breaches on the same land",
        "Public task",
        "Personal",
    ]),
    Blank,
    Section("Housing"),
    Line([
        "HOU-03",
        "Repairs job sheets",
        "Housing repairs",
        "Tom Whitlock",
        "6 years from end of financial year",
        "Last modified",
        "Destroy",
        "Limitation Act 1980 s.5",
        "Contract",
        "Personal",
    ]),
    Line([
        "HOU-07",
        "Tenancy files",
        "Tenancy management",
        "Tom Whitlock",
        "6 years",
        "End of tenancy agreement",
        "Destroy",
        "Limitation Act 1980 s.5",
        "Contract",
        "Personal",
    ]),
    Line([
        "HOU-09",
        "Housing waiting list applications",
        "Allocations",
        "Tom Whitlock",
        "As long as necessary",
        "",
        "",
        "Housing Act 1996",
        "Public task",
        "Personal",
    ]),
    Blank,
    Section("Finance"),
    Line([
        "FIN-02",
        "Purchase invoices",
        "Financial system",
        "Grace Adeyemi",
        "CY+6",
        "",
        "Destroy",
        "Value Added Tax Act 1994 Sch.11 para.6",
        "Legal obligation",
        "None",
    ]),
    Line([
        "FIN-05",
        "Petty cash",
        "Financial system",
        "Grace Adeyemi",
        "7",
        "",
        "Destroy",
        "Financial regulations",
        "Legal obligation",
        "None",
    ]),
    Section("Human resources"),
    Line([
        "HR-01",
        "Personnel files of leavers",
        "Personnel records",
        "Marian Cole",
        "End of employment + 6 years",
        "",
        "Destroy",
        "Limitation Act 1980 s.5",
        "Contract",
        "Personal",
    ]),
    Line([
        "HR-06",
        "Disciplinary warnings",
        "Personnel records",
        "Marian Cole",
        "6 years after last contact or death",
        "",
        "Destroy",
        "Business need",
        "Contract",
        "Personal",
    ]),
    Section("Children's services"),
    Line([
        "CH-11",
        "Looked-after children",
        "Children's casework",
        "Joy Mbeki",
        "75 years from date of birth or 15 years from date of death if under 18",
        "",
        "Review",
        "Care Planning, Placement and Case Review (England) Regulations 2010 reg.50",
        "Legal obligation",
        "Special category",
    ]),
    Line([
        "CH-20",
        "Child protection enquiries",
        "Children's casework",
        "Joy Mbeki",
        "ACTION+100: Destroy 75 years after last action",
        "",
        "",
        "Business need",
        "Public task",
        "Special category",
    ]),
    Section("Democratic services"),
    Line([
        "DEM-01",
        "Minutes of council and committees",
        "Minutes",
        "Ellis Grant",
        "Permanent - offer to County Archives",
        "",
        "",
        "Local Government Act 1972 s.100C",
        "Legal obligation",
        "None",
    ]),
    Section("Community safety"),
    Line([
        "COM-09",
        "CCTV recordings",
        "Town centre CCTV",
        "Sam Okoro",
        "31 days from date of recording",
        "",
        "Destroy",
        "Business need: police requests arrive within a month",
        "Public task",
        "Personal",
    ]),
    Blank,
    Section("Customer services"),
    Line([
        "CUS-04",
        "Complaints",
        "Complaints casework",
        "Lena Fox",
        "2 years after closure of complaint",
        "",
        "Destroy",
        "Business need: Ombudsman time limits",
        "Public task",
        "Personal",
    ]),
    Line([
        "CUS-09",
        "Web sessions",
        "Website",
        "Lena Fox",
        "30 days after creation",
        "",
        "Destroy",
        "",
        "Public task",
        "Personal",
    ]),
];

/// Writes the spreadsheet.
pub(super) fn write(file: &Path) -> Result<(), XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Register")?;
    let bold = Format::new().set_bold();
    let banner = [
        "Trentside County Council",
        "Information Asset Register and retention schedule",
        "Owner: Information Governance. Next review: April 2027",
        "",
    ];
    for (row, text) in (0..).zip(banner) {
        sheet.write_string_with_format(row, 0, text, &bold)?;
    }
    for (column, heading) in (0..).zip(HEADINGS) {
        sheet.write_string_with_format(4, column, heading, &bold)?;
        sheet.set_column_width(column, 24)?;
    }
    for (row, content) in (5..).zip(&ROWS) {
        match content {
            Section(name) => drop(sheet.write_string_with_format(row, 0, *name, &bold)?),
            Blank => {}
            Line(cells) => {
                for (column, cell) in (0..).zip(cells) {
                    sheet.write_string(row, column, *cell)?;
                }
            }
        }
    }
    book.save(file)
}
