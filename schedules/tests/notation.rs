//! The notation prints and reads back, and says where a text goes wrong.

#[path = "generated/rules.rs"]
mod rules;

use proptest::prelude::*;
use retaind_schedules::rule::{Leaf, MAX_DEPTH, Rule};

#[test]
fn every_form_of_the_notation_reads_and_prints_itself() {
    for text in [
        "P6Y after financial-year-end of last-modified",
        "P6Y after financial-year-end of last-modified to month-end",
        "P6Y after current-year-end of created",
        "P25Y after date-of-birth",
        "P0D after event:lease-granted to municipal-year-end",
        "later-of(P18Y after date-of-birth, P3Y after last-action)",
        "earlier-of(P3Y after date-of-death, P80Y after last-action, permanent)",
        "if(date-of-death before P18Y after date-of-birth, P15Y after date-of-death, P75Y after date-of-birth)",
        "until superseded",
        "with consent-form",
        "permanent",
        "prohibited",
    ] {
        assert_eq!(text.parse::<Rule>().expect(text).to_string(), text);
    }
}

#[test]
fn white_space_does_not_count_and_case_does() {
    let spaced = " later-of (\n P18Y  after\tdate-of-birth ,P3Y after last-action ) ";
    let rule: Rule = spaced.parse().expect("a spaced rule");
    assert_eq!(rule.to_string(), "later-of(P18Y after date-of-birth, P3Y after last-action)");
    for text in ["Permanent", "p6y after created", "P6Y AFTER created", "P6Y after Created"] {
        assert!(text.parse::<Rule>().is_err(), "{text}");
    }
}

#[test]
fn a_mistake_is_shown_with_its_column_and_what_was_expected() {
    let said: Vec<String> = [
        "",
        "as long as necessary",
        "P6Y",
        "P6Y afte created",
        "P6Y after birthday",
        "P6Y after financial-year-end last-modified",
        "P6Y after created to doomsday",
        "P6Y after created created",
        "later-of(permanent)",
        "later-of(permanent, )",
        "later-of(permanent; prohibited)",
        "later-of permanent, prohibited",
        "earlier-of(permanent, prohibited",
        "if(date-of-death after P18Y after date-of-birth, permanent, prohibited)",
        "if(date-of-death before permanent, permanent, prohibited)",
        "if(date-of-death before P1Y after created, permanent)",
        "until  Superseded",
        "with Consent",
        "permanent é",
    ]
    .into_iter()
    .map(|text| format!("{text}\n  {}", text.parse::<Rule>().unwrap_err()))
    .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn nesting_ends_at_the_depth_that_is_allowed() {
    let nested = |depth: usize| {
        let calls = depth - 1;
        format!("{}permanent{}", "later-of(prohibited, ".repeat(calls), ")".repeat(calls))
    };
    assert!(nested(MAX_DEPTH).parse::<Rule>().is_ok());
    let error = nested(MAX_DEPTH + 1).parse::<Rule>().unwrap_err();
    assert_eq!(error.expected(), format!("at most {MAX_DEPTH} rules inside each other"));
    assert!(nested(100_000).parse::<Rule>().is_err());
}

proptest! {
    #[test]
    fn every_rule_prints_and_reads_back(rule in rules::rule()) {
        prop_assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule));
    }

    #[test]
    fn every_leaf_prints_and_reads_back(leaf in rules::leaf()) {
        prop_assert_eq!(leaf.to_string().parse::<Leaf>(), Ok(leaf));
    }

    #[test]
    fn no_text_at_all_makes_it_panic(text in any::<String>()) {
        let _ = text.parse::<Rule>();
    }

    #[test]
    fn what_reads_from_words_of_the_notation_prints_and_reads_back(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..24)
    ) {
        let text = words.join(" ");
        match text.parse::<Rule>() {
            Ok(rule) => prop_assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule)),
            Err(error) => prop_assert!(error.column() <= text.chars().count() + 1),
        }
    }
}

const WORDS: &[&str] = &[
    "P6Y",
    "P18M",
    "after",
    "of",
    "to",
    "before",
    "if",
    "later-of",
    "earlier-of",
    "(",
    ")",
    ",",
    "until",
    "with",
    "permanent",
    "prohibited",
    "created",
    "date-of-birth",
    "month-end",
    "event:x",
    "é",
];
