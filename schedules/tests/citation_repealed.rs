//! Law that is gone: the table, and what a person is told.

use std::collections::BTreeSet;

use retaind_schedules::citation::find;
use retaind_schedules::citation::repealed::{self, Standing, check};

fn warning(text: &str) -> Option<String> {
    let found = find(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    check(&found[0]).warning()
}

#[test]
fn every_law_in_the_table_is_found_in_text_and_warned_of() {
    for law in repealed::all() {
        let name = law.name();
        let found = find(&name);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert_eq!(found[0].to_string(), name);
        let (Standing::Repealed(told) | Standing::Changed(told)) = check(&found[0]) else {
            panic!("{name} is not warned of");
        };
        assert_eq!(told.name(), name);
    }
}

#[test]
fn no_law_stands_in_the_table_twice() {
    let names: BTreeSet<_> = repealed::all().iter().map(repealed::Law::name).collect();
    assert_eq!(names.len(), repealed::all().len());
}

#[test]
fn no_successor_is_itself_repealed() {
    for law in repealed::all() {
        for citation in find(&law.successor) {
            assert_eq!(check(&citation), Standing::NotKnownRepealed, "{}", law.name());
        }
    }
}

#[test]
fn a_warning_names_the_law_when_it_went_and_what_to_cite() {
    assert_eq!(
        warning("DPA 1998").as_deref(),
        Some(
            "Data Protection Act 1998 was repealed on 25 May 2018 by the Data Protection Act 2018: \
             cite UK GDPR and the Data Protection Act 2018 in its place, after checking that the \
             period still stands."
        )
    );
    assert_eq!(
        warning("Disability Discrimination Act").as_deref(),
        Some(
            "Disability Discrimination Act 1995 was repealed in Great Britain on 1 October 2010 by \
             the Equality Act 2010: cite Equality Act 2010 in its place, after checking that the \
             period still stands. It is still law in Northern Ireland."
        )
    );
}

#[test]
fn the_eu_regulation_gets_a_note_that_points_to_the_uk_one() {
    for text in ["GDPR 2016/679", "Regulation (EU) 2016/679"] {
        let found = find(text);
        assert!(matches!(check(&found[0]), Standing::Changed(_)), "{text}");
        assert!(warning(text).is_some_and(|words| words.contains("cite UK GDPR")), "{text}");
    }
    assert_eq!(warning("GDPR"), None);
}

#[test]
fn a_law_that_is_partly_gone_is_warned_of_only_for_that_part() {
    assert!(warning("Statutory Sick Pay (General) Regulations 1982 reg 13(2)").is_some());
    assert_eq!(warning("Statutory Sick Pay (General) Regulations 1982 reg 2"), None);
    assert_eq!(warning("Statutory Sick Pay (General) Regulations 1982"), None);
}

#[test]
fn a_law_is_warned_of_by_its_number_alone() {
    assert!(warning("SI 1995/3163").is_some());
    assert!(warning("RIDDOR 1995").is_some());
    assert_eq!(warning("SI 2013/1471"), None);
}

#[test]
fn a_law_gone_in_one_country_is_warned_of_for_that_country() {
    let words = warning("Building (Approved Inspectors etc.) Regulations 2010");
    assert!(words.is_some_and(|words| words.contains("repealed in England on 6 April 2024")));
}

#[test]
fn law_in_force_and_titles_without_their_year_are_not_warned_of() {
    for text in [
        "Taxes Management Act 1970",
        "Companies Act 2006",
        "Companies Act",
        "Data Protection Act",
        "RIDDOR 2013",
        "business need",
    ] {
        assert_eq!(warning(text), None, "{text}");
    }
}
