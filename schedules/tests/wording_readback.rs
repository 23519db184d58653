//! What people read back: every rule in words, and worked examples.

use retaind_schedules::action::DisposalAction;
use retaind_schedules::basis::{BasisCitation, BasisKind, Sets};
use retaind_schedules::calendar::{Alignment, Calendar, CurrentYear};
use retaind_schedules::readback::{in_words, retention_in_words, worked_example};
use retaind_schedules::rule::{Maximum, RetentionRule, Rule};
use retaind_schedules::trigger::Trigger;

fn rule(notation: &str) -> Rule {
    notation.parse().expect(notation)
}

#[test]
fn every_kind_of_rule_is_said_in_the_words_of_the_trade() {
    for (notation, words) in [
        ("P6Y after case-closed", "Keep for 6 years after the case was closed"),
        (
            "P6Y after financial-year-end of paid",
            "Keep for 6 years after the end of the financial year in which the last payment was made",
        ),
        ("P21Y4M after date-of-birth", "Keep for 21 years and 4 months after the person was born"),
        (
            "P1M after created to month-end",
            "Keep for 1 month after the record was made, and on to the end of the month",
        ),
        ("until superseded", "Keep until the record is superseded"),
        ("until event:lease-granted", "Keep until the event “lease granted” happens"),
        (
            "P2Y after event:lease-granted",
            "Keep for 2 years after the event “lease granted” happened",
        ),
        (
            "later-of(P18Y after date-of-birth, P3Y after last-action)",
            "Keep until the later of (18 years after the person was born) and (3 years after the last action was taken)",
        ),
        (
            "earlier-of(until superseded, permanent)",
            "Keep until the earlier of (the day the record is superseded) and (never)",
        ),
        (
            "if(date-of-death before P18Y after date-of-birth, P15Y after date-of-death, P75Y after date-of-birth)",
            "If the person died before the age of 18: keep for 15 years after the person died; otherwise: keep for 75 years after the person was born",
        ),
        (
            "later-of(until superseded, P6Y after case-closed, P3Y after last-contact)",
            "Keep until the latest of (the day the record is superseded), (6 years after the case was closed) and (3 years after the person was last in contact)",
        ),
        (
            "P6Y after current-year-end of created",
            "Keep for 6 years after the end of the year, calendar or financial as set, in which the record was made",
        ),
        (
            "P1Y after expired",
            "Keep for 1 year after the licence, lease, policy or permission expired",
        ),
        ("with consent-form", "Keep at least as long as the linked consent form"),
        ("permanent", "Keep for ever"),
        ("prohibited", "Must not be held at all"),
    ] {
        assert_eq!(in_words(&rule(notation)), words, "{notation}");
    }
}

#[test]
fn an_example_shows_the_dates_that_a_rule_comes_to() {
    let calendar = Calendar { current_year: Some(CurrentYear::Calendar), ..Calendar::default() };
    for (notation, example) in [
        (
            "P6Y after financial-year-end of case-closed",
            "closed 3 May 2019: kept to 31 March 2026, may go from 1 April 2026",
        ),
        (
            "P6Y after current-year-end of created",
            "made 21 January 2019: kept to 31 December 2025, may go from 1 January 2026",
        ),
        ("until superseded", "superseded 3 May 2019: kept to 3 May 2019, may go from 4 May 2019"),
        (
            "later-of(P18Y after date-of-birth, P3Y after last-action)",
            "last action 14 November 2018, born 12 June 2001: kept to 14 November 2021, may go from 15 November 2021",
        ),
        (
            "if(date-of-death before P18Y after date-of-birth, P15Y after date-of-death, P75Y after date-of-birth)",
            "born 12 June 2001, died 4 September 2015: kept to 4 September 2030, may go from 5 September 2030",
        ),
        (
            "P2Y after event:lease-granted",
            "lease granted 3 May 2019: kept to 3 May 2021, may go from 4 May 2021",
        ),
    ] {
        assert_eq!(
            worked_example(&rule(notation), &calendar).as_deref(),
            Some(example),
            "{notation}"
        );
    }
}

#[test]
fn there_is_no_example_where_no_date_comes_of_the_rule() {
    let calendar = Calendar::default();
    for notation in
        ["permanent", "prohibited", "with consent-form", "P6Y after current-year-end of created"]
    {
        assert_eq!(worked_example(&rule(notation), &calendar), None, "{notation}");
    }
}

#[test]
fn every_trigger_and_every_year_end_has_words_and_an_example() {
    let year_end = |text: &str| text.to_owned().try_into().expect("a day of every year");
    let calendar = Calendar {
        current_year: Some(CurrentYear::Financial),
        municipal_year_end: Some(year_end("05-15")),
        ..Calendar::default()
    };
    for trigger in Trigger::NAMED {
        for alignment in Alignment::ALL {
            let rule = rule(&format!("P6Y after {} of {trigger}", alignment.name()));
            assert!(
                in_words(&rule).starts_with("Keep for 6 years after the end of the "),
                "{rule}"
            );
            assert!(worked_example(&rule, &calendar).is_some(), "{rule}");
        }
    }
}

#[test]
fn what_is_kept_for_ever_or_not_at_all_has_no_limit_to_tell() {
    let retention = |minimum: &str, maximum, action| RetentionRule {
        minimum: rule(minimum),
        maximum,
        action,
        basis: Vec::new(),
        justification: None,
    };
    use DisposalAction::{Destroy, Permanent, Review, Transfer};
    for (said, words) in [
        (
            retention("permanent", Maximum::SameAsMinimum, Permanent),
            "Keep for ever. It is never disposed of.",
        ),
        (
            retention("permanent", Maximum::SameAsMinimum, Transfer),
            "Keep for ever. Offer it to the archive.",
        ),
        (retention("prohibited", Maximum::SameAsMinimum, Destroy), "Must not be held at all."),
        (
            retention("P6Y after case-closed", Maximum::Rule(rule("permanent")), Review),
            "Keep for 6 years after the case was closed. It may be kept for ever. Then a person reviews it.",
        ),
        (
            retention("until superseded", Maximum::SameAsMinimum, Destroy),
            "Keep until the record is superseded. Keep no longer than that. Then destroy it.",
        ),
    ] {
        assert_eq!(retention_in_words(&said), words);
    }
}

#[test]
fn a_retention_rule_says_its_limit_its_action_and_its_authority() {
    let retention = RetentionRule {
        minimum: rule("P6Y after case-closed"),
        maximum: Maximum::Rule(rule("P7Y after case-closed")),
        action: DisposalAction::Destroy,
        basis: vec![BasisCitation {
            kind: BasisKind::Limitation,
            citation: "Limitation Act 1980 s.5".to_owned(),
            sets: Sets::Minimum,
            checked: None,
        }],
        justification: None,
    };
    assert_eq!(
        retention_in_words(&retention),
        "Keep for 6 years after the case was closed. Do not keep beyond 7 years after the case was closed. Then destroy it. Authority: Limitation Act 1980 s.5."
    );
}
