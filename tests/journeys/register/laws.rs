//! What holds for every file: the counts add up, and no bytes make the reader
//! panic.

use proptest::prelude::*;
use retaind::register::{Checked, Severity};

use super::{Folder, check, data, xlsx};

fn adds_up(checked: &Checked) -> bool {
    checked.rows_read == checked.accepted + checked.rejected + checked.blank + checked.section
}

/// A row of a register: filled, blank, a section, or with something amiss.
fn row() -> impl Strategy<Value = Vec<String>> {
    let cell = prop_oneof![
        Just(String::new()),
        Just("6 years after closure".to_owned()),
        Just("7".to_owned()),
        Just("Limitation Act 1980".to_owned()),
        Just("#REF!".to_owned()),
        Just("\u{a0} ".to_owned()),
        "[A-Za-z0-9 ,;\"'+<>]{1,12}",
    ];
    prop_oneof![
        4 => proptest::collection::vec(cell, 0..6),
        1 => Just(Vec::new()),
        1 => Just(vec!["Section".to_owned()]),
        4 => "[A-Z]{3}[0-9]{3}".prop_map(|reference| {
            let title = format!("Records {reference}");
            let rest = ["6 years after closure", "Destroy", "Limitation Act 1980"];
            [reference, title].into_iter().chain(rest.map(str::to_owned)).collect()
        }),
    ]
}

const HEADER: [&str; 5] = ["Ref", "Record", "Keep for", "Disposal action", "Legislation"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_row_is_accepted_rejected_blank_or_a_section(
        rows in proptest::collection::vec(row(), 0..40),
        banner in 0_usize..8,
    ) {
        let banner = std::iter::repeat_n(vec!["Trentside".to_owned()], banner);
        let header = std::iter::once(HEADER.map(str::to_owned).to_vec());
        let rows: Vec<Vec<String>> = banner.chain(header).chain(rows).collect();
        let rows: Vec<Vec<&str>> =
            rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
        let slices: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        let folder = Folder::new();
        let path = folder.file("r.xlsx", xlsx(&[("S", &slices)]));
        let outcome = check(&path).expect("a register");
        prop_assert!(adds_up(&outcome.checked), "{:?}", outcome.counts());
        prop_assert_eq!(outcome.lines.len() as u64, outcome.checked.accepted);
        let mut rejected: Vec<_> = outcome
            .checked
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.row)
            .collect();
        rejected.dedup();
        prop_assert_eq!(rejected.len() as u64, outcome.checked.rejected);
        let again = check(&path).expect("a register");
        prop_assert_eq!(again.checked, outcome.checked);
    }

    #[test]
    fn random_bytes_never_panic(
        start in prop_oneof![
            Just(&b""[..]), Just(&b"PK\x03\x04"[..]),
            Just(&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..]), Just(&b"\xff\xfe"[..]),
        ],
        rest in proptest::collection::vec(any::<u8>(), 0..4096),
    ) {
        let folder = Folder::new();
        let _ = check(&folder.file("f.csv", [start, &rest].concat()));
    }

    #[test]
    fn a_real_file_with_bytes_changed_or_missing_never_panics(
        which in 0_usize..4,
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = match which {
            0 => std::fs::read(data("register.xls")).expect("a file"),
            1 => std::fs::read(data("register.ods")).expect("a file"),
            2 => std::fs::read(data("password.xlsx")).expect("a file"),
            _ => xlsx(&[("S", &[&HEADER, &["1", "A", "6 years after closure", "", "Act"]])]),
        };
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let folder = Folder::new();
        if let Ok(outcome) = check(&folder.file("f", bytes)) {
            prop_assert!(adds_up(&outcome.checked));
        }
    }
}
