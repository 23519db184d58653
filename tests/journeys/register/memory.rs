//! A long register takes no more memory than a short one: it is streamed.

use retaind::register::ImportProfile;
use retaind::register::check::{Discard, check_file};
use retaind::register::row::People;
use rust_xlsxwriter::Workbook;

use super::Folder;

const ROWS: u32 = 100_000;

/// The most memory this process has had resident, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    line.split_whitespace().nth(1).expect("a number").parse().expect("a number")
}

fn long_register(path: &std::path::Path) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory().expect("a sheet");
    sheet
        .write_row(0, 0, ["Ref", "Record", "Service", "Keep for", "Disposal action", "Legislation"])
        .expect("a header");
    for row in 1..=ROWS {
        let reference = format!("TCC-{row:06}");
        let title = format!("Records of kind {row}, as kept by the service");
        let area = format!("Service {}", row % 18);
        let cells = [
            reference.as_str(),
            &title,
            &area,
            "6 years after closure",
            "Destroy",
            "Limitation Act 1980 s.5",
        ];
        sheet.write_row(row, 0, cells).expect("a row");
    }
    book.save(path).expect("a workbook");
}

/// Runs in a process of its own, so that no other test's memory counts.
#[test]
fn a_hundred_thousand_rows_are_checked_in_little_memory() {
    const ALONE: &str = "RETAIND_TEST_MEMORY_FILE";
    if let Some(path) = std::env::var_os(ALONE) {
        let before = peak();
        let profile = ImportProfile::default();
        let checked = check_file(path.as_ref(), &profile, &People::NotAsked, &mut Discard);
        assert_eq!(checked.expect("a register").accepted, u64::from(ROWS));
        let grown = peak() - before;
        println!("grown by {grown} KiB");
        assert!(grown < 60 << 10, "{grown} KiB");
        return;
    }
    let folder = Folder::new();
    let path = folder.0.path().join("long.xlsx");
    long_register(&path);
    let name = "register::memory::a_hundred_thousand_rows_are_checked_in_little_memory";
    let output = std::process::Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", name, "--nocapture"])
        .env(ALONE, &path)
        .output()
        .expect("this program again");
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("grown by"), "the test did not run: {said}");
    println!("{said}");
}
