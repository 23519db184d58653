//! Files: every kind read alike, and every bad one refused in words that name
//! it and the way out.

use std::io::Write as _;

use super::{Folder, Outcome, check, data, refusal, xlsx};

const CSV: &str = "Trentside County Council,,,,,\n\
    \n\
    Ref,Record,Service,Keep for,Legislation,Next review date\n\
    H-1,Tenancy files,Housing,6 years after end of tenancy agreement,Limitation Act 1980 s.5,31/03/2027\n\
    H-2,Rent accounts,Housing,6 years after end of financial year,Limitation Act 1980 s.5,2027-03-31\n";

fn essentials(outcome: &Outcome) -> Vec<[String; 6]> {
    let line =
        |(line, place): &(retaind::register::row::NewLine, retaind::register::row::Place)| {
            [
                line.reference.clone(),
                line.title.clone(),
                line.service_area.clone(),
                line.rule.minimum.to_string(),
                line.fields.get("review-due").cloned().unwrap_or_default(),
                format!("{} {}", place.row, line.words.column),
            ]
        };
    outcome.lines.iter().map(line).collect()
}

#[test]
fn the_same_register_is_read_alike_from_every_kind_of_file() {
    let expected = [
        [
            "H-1",
            "Tenancy files",
            "Housing",
            "P6Y after contract-ended",
            "2027-03-31",
            "4 D Keep for",
        ],
        [
            "H-2",
            "Rent accounts",
            "Housing",
            "P6Y after financial-year-end of created",
            "2027-03-31",
            "5 D Keep for",
        ],
    ];
    let folder = Folder::new();
    let utf16 = |text: &str| {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    };
    let rows: Vec<Vec<&str>> = CSV.lines().map(|line| line.split(',').collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let files = [
        folder.file("plain.csv", CSV),
        folder.file("marked.csv", format!("\u{feff}{CSV}")),
        folder.file("wide.csv", utf16(CSV)),
        folder.file("semicolons.csv", CSV.replace(',', ";")),
        folder.file("tabs.txt", CSV.replace(',', "\t")),
        folder.file("returns.csv", CSV.replace('\n', "\r\n")),
        folder.file("book.xlsx", xlsx(&[("Register", &rows)])),
        data("register.xls"),
        data("register-1904.xls"),
        data("register.ods"),
    ];
    for file in files {
        let outcome = check(&file).unwrap_or_else(|said| panic!("{said}"));
        assert_eq!(essentials(&outcome), expected, "{}", file.display());
        assert_eq!(outcome.counts(), [2, 2, 0, 0, 0], "{}", file.display());
    }
}

#[test]
fn a_windows_1252_file_is_read_and_said_to_be() {
    let text =
        "Record,Keep for,Legislation\nFees \u{a3}5,6 years after closure,Limitation Act 1980\n";
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let outcome = check(&Folder::new().file("old.csv", bytes)).unwrap();
    assert_eq!(outcome.lines[0].0.title, "Fees £5");
    let said: Vec<&str> =
        outcome.warnings().iter().map(|finding| finding.reason.as_str()).collect();
    assert!(
        said.contains(&"the file does not say its encoding and was read as Windows-1252"),
        "{said:?}"
    );
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = Folder::new();
    assert_eq!(
        refusal(&folder.0.path().join("gone.xlsx")),
        "`gone.xlsx` does not exist. Check the path and the spelling."
    );
    std::fs::create_dir(folder.0.path().join("sub.csv")).unwrap();
    assert_eq!(
        refusal(&folder.0.path().join("sub.csv")),
        "`sub.csv` is a folder. Name the spreadsheet inside it."
    );
    assert_eq!(
        folder.refusal("empty.xlsx", ""),
        "`empty.xlsx` is empty (0 bytes): a copy or download did not finish. Fetch it again."
    );
}

#[test]
fn what_is_no_spreadsheet_is_told_by_its_content() {
    let folder = Folder::new();
    let zip = {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("a.txt", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"a").unwrap();
        zip.finish().unwrap().into_inner()
    };
    let cases: [(&str, &[u8], &str); 6] = [
        ("a.csv", &zip, "a zip archive"),
        ("b.xlsx", b"%PDF-1.7", "a PDF document"),
        ("c.xls", b"<html><table><tr><td>Ref", "a web page"),
        ("d.csv", b"\x00\x01\x02\x03", "neither text nor a known workbook"),
        (
            "e.xlsx",
            b"Ref,Record,Keep for\n",
            "plain text under a workbook's name; if it is a CSV file, name it .csv",
        ),
        ("f.ods", b"\x1f\x8b\x08", "compressed data (gzip)"),
    ];
    for (name, content, holds) in cases {
        assert_eq!(
            folder.refusal(name, content),
            format!(
                "`{name}` is not a spreadsheet: it holds {holds}. Save the spreadsheet as \
                 .xlsx, .ods or .csv, and name that file."
            )
        );
    }
}

#[test]
fn a_protected_file_is_refused_whatever_its_kind() {
    for name in ["password.xls", "password.xlsx", "password.ods"] {
        assert_eq!(
            refusal(&data(name)),
            format!(
                "`{name}` is protected by a password. Open it, remove the password, save it and \
                 name that copy."
            )
        );
    }
}

#[test]
fn a_file_cut_short_is_refused() {
    let folder = Folder::new();
    let whole = xlsx(&[("S", &[&["Record", "Keep for"], &["A", "6 years after closure"]])]);
    let half = &whole[..whole.len() / 2];
    assert_eq!(
        folder.refusal("half.xlsx", half),
        "`half.xlsx` is damaged or cut short (the end of the file is missing). Fetch it again, or \
         open it in the spreadsheet program and save it anew."
    );
    let xls = std::fs::read(data("register.xls")).unwrap();
    let said = folder.refusal("half.xls", &xls[..xls.len() / 2]);
    assert!(said.starts_with("`half.xls` is damaged or cut short ("), "{said}");
    assert_eq!(
        folder.refusal("open.csv", "Record,Keep for\nA,\"6 years\nB,7 years\n"),
        "`open.csv` opens a quotation mark in row 2 that is never closed, so the rows after it \
         cannot be told apart. Close it or remove it, and try again."
    );
}

#[test]
fn a_sheet_as_full_as_its_format_allows_is_refused() {
    let full = "so rows were probably lost when it was saved. Export it again as .csv \
                or as several files.";
    assert_eq!(
        refusal(&data("full.xls")),
        format!(
            "`full.xls` has 65536 rows on sheet `Register`, the most its format can hold, {full}"
        )
    );
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "Record").unwrap();
    sheet.write(0, 1, "Keep for").unwrap();
    sheet.write(1_048_575, 0, "last").unwrap();
    assert_eq!(
        Folder::new().refusal("full.xlsx", book.save_to_buffer().unwrap()),
        format!(
            "`full.xlsx` has 1048576 rows on sheet `Sheet1`, the most its format can hold, {full}"
        )
    );
}

/// A part of a workbook that inflates without end is refused before it is held.
#[test]
fn a_bomb_is_refused() {
    let plain = xlsx(&[("S", &[&["Record", "Keep for"], &["A", "6 years after closure"]])]);
    let bombs: [(&str, &[u8], &str); 3] = [
        (
            "xl/sharedStrings.xml",
            b"<si><t>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</t></si>",
            "it holds more different texts than are read",
        ),
        ("xl/sharedStrings.xml", &[b'a'; 64], "a cell holds more than 1048576 bytes"),
        ("xl/media/image1.png", &[0; 64], "xl/media/image1.png inflates to more than 64 MiB"),
    ];
    for (part, unit, said) in bombs {
        let bomb = with_part(&plain, part, unit, 160 << 20);
        assert!(bomb.len() < 2 << 20, "{} bytes", bomb.len());
        assert_eq!(
            Folder::new().refusal("bomb.xlsx", bomb),
            format!(
                "`bomb.xlsx` is too large: {said}. Remove what does not belong in it, or \
                 split it into several files."
            )
        );
    }
}

/// The archive with one part made of `unit` again and again.
fn with_part(archive: &[u8], name: &str, unit: &[u8], bytes: usize) -> Vec<u8> {
    let mut from =
        zip::ZipArchive::new(std::io::Cursor::new(archive)).expect("an archive in memory");
    let mut to = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..from.len() {
        let part = from.by_index_raw(index).expect("an archive in memory");
        if part.name().expect("an archive in memory") != name {
            to.raw_copy_file(part).expect("an archive in memory");
        }
    }
    to.start_file(name, zip::write::SimpleFileOptions::default()).expect("an archive in memory");
    to.write_all(b"<sst>").expect("an archive in memory");
    let block = unit.repeat((64 << 10) / unit.len());
    for _ in 0..bytes / block.len() {
        to.write_all(&block).expect("an archive in memory");
    }
    to.write_all(b"</sst>").expect("an archive in memory");
    to.finish().expect("an archive in memory").into_inner()
}

#[test]
fn cells_repeated_without_end_are_refused() {
    let ods = std::fs::read(data("register.ods")).unwrap();
    let repeated = "<office:document-content xmlns:office='o' xmlns:table='t'><table:table table:name='S'>\
         <table:table-row table:number-rows-repeated='900000'>\
         <table:table-cell office:value-type='float' office:value='7' \
         table:number-columns-repeated='1000'/></table:table-row></table:table>\
         </office:document-content>";
    let mut from = zip::ZipArchive::new(std::io::Cursor::new(&ods)).unwrap();
    let mut to = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..from.len() {
        let part = from.by_index_raw(index).unwrap();
        if part.name().unwrap() != "content.xml" {
            to.raw_copy_file(part).unwrap();
        }
    }
    to.start_file("content.xml", zip::write::SimpleFileOptions::default()).unwrap();
    to.write_all(repeated.as_bytes()).unwrap();
    assert_eq!(
        Folder::new().refusal("wide.ods", to.finish().unwrap().into_inner()),
        "`wide.ods` is too large: more than 4000000 cells. Remove what does not belong in it, \
         or split it into several files."
    );
}

#[test]
fn a_far_column_is_refused() {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().write(4, 2_000, "x").unwrap();
    assert_eq!(
        Folder::new().refusal("far.xlsx", book.save_to_buffer().unwrap()),
        "`far.xlsx` is too large: sheet `Sheet1` uses column BXY in row 5, beyond the first 1024 \
         columns. Remove what does not belong in it, or split it into several files."
    );
}

#[test]
fn a_file_without_a_header_is_told_what_was_looked_for() {
    assert_eq!(
        Folder::new().refusal("list.csv", "Ref,Record,Owner\nA,Files,Jane\n"),
        "`list.csv` has no row that can be read as the header. Looked among the first 60 rows of \
         each sheet for a column that names the record (“Title”, “Record type”, “Type of record”, \
         “Asset name”, “Asset title”, “Information asset name”) and one that says how long it is \
         kept (“Retention period”, “Retain for”, “Keep for”). The nearest is row 1 of sheet \
         `list.csv` (Ref, Record, Owner), but no column says how long records are kept. If the \
         headings use other words, name them in the import profile under [columns]."
    );
}
