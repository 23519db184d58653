//! What was compared with its source, and what the reader is told where it was not.

use retaind_schedules::action::DisposalAction;
use retaind_schedules::basis::{BasisCitation, BasisKind, Check, Sets};
use retaind_schedules::library::{self, Checking, Finding, ModelLine, OwnLine, compare};

fn line(code: &str) -> ModelLine {
    library::all().iter().find(|line| line.code == code).expect(code).clone()
}

fn basis(kind: BasisKind, checked: bool) -> BasisCitation {
    let check = || Check {
        on: "2026-11-22".parse().expect("a day"),
        against: "legislation.gov.uk, 1980 c.58 s.5".to_owned(),
    };
    BasisCitation {
        kind,
        citation: "Limitation Act 1980 s.5".to_owned(),
        sets: Sets::Minimum,
        checked: checked.then(check),
    }
}

#[test]
fn a_check_never_stands_without_its_day_or_without_its_source() {
    let read = |checked: &str| {
        let text = format!(
            r#"{{ "kind": "statute", "citation": "Charities Act 2011 s.131", "sets": "minimum", "checked": {checked} }}"#
        );
        serde_json::from_str::<BasisCitation>(&text)
    };
    assert!(read(r#"{ "on": "2026-11-22", "against": "legislation.gov.uk" }"#).is_ok());
    for half in [r#"{ "on": "2026-11-22" }"#, r#"{ "against": "legislation.gov.uk" }"#, "{}"] {
        assert!(read(half).is_err(), "{half}");
    }
}

#[test]
fn every_check_names_a_source_and_a_citation_is_checked_against_one() {
    let mut seen = std::collections::BTreeMap::new();
    for line in library::all() {
        for basis in &line.basis {
            let Some(check) = &basis.checked else { continue };
            assert!(check.against.trim().len() > 10, "{}: {check:?}", line.code);
            let first = seen.entry(&basis.citation).or_insert(check);
            assert_eq!(*first, check, "{}: {}", line.code, basis.citation);
        }
    }
}

/// Lines whose period was read in the law or the guidance itself: lest a later
/// edit of their authority lose the check unseen.
const CHECKED: &[&str] = &[
    "COR-07", "ELE-02", "ELE-10", "HWY-02", "LIC-01", "ENV-23", "HS-12", "ADU-03", "ADU-06",
    "ADU-16", "ADU-19", "CHI-01", "CHI-02", "CHI-03", "CHI-04", "CHI-05", "CHI-06", "CHI-10",
    "CHI-11", "CHI-12", "CHI-20", "COR-11", "DEM-01", "DEM-02", "DEM-03", "DEM-04", "DEM-05",
    "DEM-06", "DEM-09", "ELE-03", "ELE-04", "ENV-05", "ENV-12", "ENV-13", "ENV-22", "FIN-01",
    "FIN-06", "FIN-18", "FIN-24", "FIN-25", "FIN-26", "HR-01", "HR-06", "HR-07", "HR-14", "HR-15",
    "HR-16", "HR-17", "HR-18", "HR-19", "HR-25", "HS-01", "HS-02", "HS-05", "HS-06", "HS-07",
    "HS-08", "HS-11", "HS-14", "HS-15", "HS-16", "HS-17", "HS-19", "HWY-06", "HWY-13", "LEG-01",
    "LEG-02", "LEG-03", "LEG-05", "LEG-08", "LEG-12", "LEG-16", "LEG-21", "LIC-08", "PLA-09",
    "PLA-11", "REG-06", "REG-07", "REG-09", "REG-11", "SCH-02", "SCH-03", "SCH-06", "SCH-33",
];

#[test]
fn the_lines_that_were_compared_with_their_source_say_so() {
    for code in CHECKED {
        assert_eq!(line(code).checking(), Checking::Checked, "{code}");
    }
}

/// Lines that rest on guidance of which no copy was at hand.
#[test]
fn a_line_nobody_compared_with_its_source_says_so() {
    for code in ["HR-09", "HR-10", "SCH-13", "CHI-15"] {
        assert_eq!(line(code).checking(), Checking::Unchecked, "{code}");
    }
    assert_eq!(line("ADU-18").checking(), Checking::Unchecked);
    assert_eq!(line("HR-02").checking(), Checking::NothingCited);
}

#[test]
fn what_has_no_published_text_is_never_called_checked() {
    for line in library::all() {
        for basis in &line.basis {
            assert!(
                basis.kind.is_published() || basis.checked.is_none(),
                "{}: {}",
                line.code,
                basis.citation
            );
        }
    }
}

#[test]
fn a_line_is_as_checked_as_its_laws_and_guidance() {
    use BasisKind::{BusinessNeed, Limitation, Statute};
    let cases = [
        (vec![(Statute, true), (BusinessNeed, false)], Checking::Checked),
        (vec![(Statute, true), (Limitation, false)], Checking::PartlyChecked),
        (vec![(Statute, false), (BusinessNeed, false)], Checking::Unchecked),
        (vec![(BusinessNeed, false)], Checking::NothingCited),
    ];
    for (bases, expected) in cases {
        let mut line = line("HR-01");
        line.basis = bases.into_iter().map(|(kind, checked)| basis(kind, checked)).collect();
        assert_eq!(line.checking(), expected);
    }
}

#[test]
fn the_reader_is_told_in_words_and_what_to_do() {
    let words = |checking: Checking| checking.to_string();
    assert_eq!(
        words(Checking::Unchecked),
        "nobody has compared its authorities with their source yet: look them up before approving it"
    );
    assert_eq!(
        words(Checking::PartlyChecked),
        "only some of its authorities were compared with their source: look up the others before approving it"
    );
    assert_eq!(words(Checking::Checked), "its authorities were compared with their source");
    assert_eq!(
        words(Checking::NothingCited),
        "it cites no law or guidance: the period is a suggestion to justify"
    );
}

#[test]
fn a_comparison_says_how_far_the_model_line_was_checked() {
    for basis_checked in [true, false] {
        let mut model = line("HR-01");
        model.basis = vec![basis(BasisKind::Limitation, basis_checked)];
        let own = OwnLine {
            reference: "R1",
            record_type: &model.record_type,
            rule: &model.rule,
            action: DisposalAction::Destroy,
        };
        let found = compare(&[own], [&model]).remove(0).finding;
        let checking = model.checking();
        assert_eq!(found, Finding::Same { code: "HR-01".to_owned(), checking });
        let longer = "P60Y after created".parse().expect("a rule");
        let found = compare(&[OwnLine { rule: &longer, ..own }], [&model]).remove(0).finding;
        assert!(matches!(found, Finding::Differs { checking: said, .. } if said == checking));
    }
}

#[test]
fn a_proposal_keeps_what_was_checked_and_what_was_not() {
    for line in library::all() {
        let kept: Vec<_> = line.proposal().basis.into_iter().map(|basis| basis.checked).collect();
        let known: Vec<_> = line.basis.iter().map(|basis| basis.checked.clone()).collect();
        assert_eq!(kept, known, "{}", line.code);
    }
}
