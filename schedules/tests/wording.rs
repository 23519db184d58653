//! The wording parser held to its bars on our own file of wordings, and to its
//! word: no word left out of account, no default, no panic.
//!
//! `tests/data/wordings.tsv` is written by hand, with the reading a records
//! manager would give; its rules are in the notation, where `event:*` stands
//! for any event of the schedule's own.

use proptest::prelude::*;
use retaind_schedules::action::DisposalAction;
use retaind_schedules::calendar::CurrentYear;
use retaind_schedules::rule::Rule;
use retaind_schedules::trigger::Trigger;
use retaind_schedules::wording::{Bound, Cells, Code, MAX_CELL, Profile, Reading, Unit, read};

const WORDINGS: &str = include_str!("data/wordings.tsv");

fn reading(period: &str, trigger: &str, action: &str) -> Reading {
    read(&Cells { period, trigger, action }, &Profile::default())
}

fn rule(period: &str) -> String {
    reading(period, "", "").rule().map_or_else(|| format!("no rule: {period}"), ToString::to_string)
}

#[derive(Debug, PartialEq)]
enum Verdict {
    Right,
    Missed,
    Wrong,
}

fn verdict(line: &str) -> Verdict {
    let mut columns: Vec<&str> = line.split('\t').collect();
    columns.resize(6, "");
    let [_, period, trigger, expect, expected, action] = columns[..] else {
        panic!("six columns: {line}")
    };
    match (reading(period, trigger, ""), expect) {
        (Reading::Rule(found), "rule") => {
            let named = found.action.map_or("", DisposalAction::name);
            let same = alike(&found.rule.to_string(), expected);
            if same && (action.is_empty() || action == named) {
                Verdict::Right
            } else {
                Verdict::Wrong
            }
        }
        (Reading::Rule(_), _) => Verdict::Wrong,
        (Reading::Ambiguous { .. }, "ambiguous") => Verdict::Right,
        (Reading::NotExecutable { .. }, "not_executable") => Verdict::Right,
        _ => Verdict::Missed,
    }
}

/// Whether the rules are the same, `event:*` standing for any event.
fn alike(found: &str, expected: &str) -> bool {
    match expected.split_once("event:*") {
        None => found == expected,
        Some((before, _)) => found.starts_with(&format!("{before}event:")),
    }
}

#[test]
fn reads_the_wordings_of_the_trade_and_none_of_them_wrongly() {
    let lines: Vec<&str> = WORDINGS.lines().skip(1).collect();
    let wrong: Vec<_> = lines.iter().filter(|line| verdict(line) == Verdict::Wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let missed: Vec<_> = lines.iter().filter(|line| verdict(line) == Verdict::Missed).collect();
    assert!(lines.len() >= 250, "only {} wordings", lines.len());
    assert!(missed.len() * 100 <= lines.len() * 2, "{missed:#?}");
}

#[test]
fn one_word_that_could_change_the_meaning_leaves_no_rule() {
    let plain = "6 years after closure of the case";
    assert_eq!(rule(plain), "P6Y after case-closed");
    let words: Vec<&str> = plain.split(' ').collect();
    for strange in ["unless", "if", "or", "not", "except", "8", "recommended", "widget", "?", "*"] {
        for place in 0..=words.len() {
            let mut changed = words.clone();
            changed.insert(place, strange);
            let text = changed.join(" ");
            assert!(reading(&text, "", "").rule().is_none(), "{text}: {}", rule(&text));
        }
    }
}

#[test]
fn a_word_of_doubt_anywhere_in_any_wording_leaves_no_rule() {
    const DOUBTS: [&str; 8] =
        ["unless", "except", "if", "but", "without", "recommended", "usually", "*"];
    let wordings = WORDINGS.lines().skip(1).filter(|line| line.contains("\trule\t"));
    for (text, doubt) in
        wordings.filter_map(|line| line.split('\t').nth(1)).zip(DOUBTS.into_iter().cycle())
    {
        let words: Vec<&str> = text.split(' ').collect();
        for place in 0..=words.len() {
            let mut changed = words.clone();
            changed.insert(place, doubt);
            let changed = changed.join(" ");
            assert!(reading(&changed, "", "").rule().is_none(), "{changed}");
        }
    }
}

#[test]
fn a_bare_period_has_a_start_only_where_the_profile_or_the_line_gives_one() {
    let profile = Profile {
        unit: Some(Unit::Years),
        default_start: Some(Trigger::CaseClosed),
        ..Profile::default()
    };
    for text in ["6", "6 years"] {
        assert!(reading(text, "", "").rule().is_none(), "{text}");
        let found = read(&Cells { period: text, ..Cells::default() }, &profile);
        assert_eq!(found.rule().map(ToString::to_string).as_deref(), Some("P6Y after case-closed"));
        let found = read(&Cells { period: text, trigger: "Date of death", action: "" }, &profile);
        assert_eq!(
            found.rule().map(ToString::to_string).as_deref(),
            Some("P6Y after date-of-death")
        );
    }
}

#[test]
fn a_year_end_of_no_named_year_is_asked_about_in_whichever_cell_it_stands() {
    for (period, trigger) in [
        ("6 years from year end", ""),
        ("6 years after year end", ""),
        ("Year end + 6 years", ""),
        ("6 years from the end of the year", ""),
        ("6 years", "Year end"),
        ("6 years", "From year end"),
        ("6 years", "End of year"),
        ("6 years", "End of the year"),
        ("6 years from year end", "Year end"),
        ("6", "Year end"),
        ("Until year end", ""),
        ("Until the end of the year", ""),
    ] {
        for profile in [
            Profile::default(),
            Profile { unit: Some(Unit::Years), ..Profile::default() },
            Profile { current_year: Some(CurrentYear::Calendar), ..Profile::default() },
        ] {
            let found = read(&Cells { period, trigger, action: "Destroy" }, &profile);
            assert!(found.rule().is_none(), "{period} | {trigger}: {found:?}");
        }
    }
}

#[test]
fn the_profile_says_which_year_the_current_one_is() {
    let profile = Profile { current_year: Some(CurrentYear::Calendar), ..Profile::default() };
    let found = read(&Cells { period: "CY+6", ..Cells::default() }, &profile);
    let expected = "P6Y after calendar-year-end of created";
    assert_eq!(found.rule().map(ToString::to_string).as_deref(), Some(expected));
}

#[test]
fn the_profile_adds_codes_and_phrases() {
    let mut profile = Profile::default();
    let coded = "P6Y after contract-ended".parse().expect("a rule");
    profile
        .codes
        .insert("T+6".to_owned(), Code { rule: coded, action: Some(DisposalAction::Review) });
    profile.triggers.insert("leaver".to_owned(), Trigger::EmploymentEnded);
    let coded = read(&Cells { period: "t + 6", ..Cells::default() }, &profile);
    let Reading::Rule(coded) = coded else { panic!("{coded:?}") };
    assert_eq!(coded.rule.to_string(), "P6Y after contract-ended");
    assert_eq!(coded.action, Some(DisposalAction::Review));
    let phrase = read(&Cells { period: "Leaver + 6 years", ..Cells::default() }, &profile);
    assert_eq!(
        phrase.rule().map(ToString::to_string).as_deref(),
        Some("P6Y after employment-ended")
    );
    let against = Cells { period: "T+6: 7 years after end of contract", ..Cells::default() };
    assert!(read(&against, &profile).rule().is_none());
}

#[test]
fn a_start_in_both_cells_must_be_the_same_start() {
    assert!(reading("6 years after closure", "Date of closure", "").rule().is_some());
    let two = reading("6 years after closure", "Date of death", "");
    assert_eq!(two.message(), Some("The two cells name different starts: which counts?"));
    assert_eq!(two.rules().len(), 2);
}

#[test]
fn an_age_is_a_persons_and_not_a_records() {
    assert_eq!(rule("Until the child is 6 years old"), "P6Y after date-of-birth");
    for text in ["Destroy records when 6 years old", "Until they are 6 years old"] {
        assert!(reading(text, "", "").rule().is_none(), "{text}");
    }
    let twice = reading("25 years", "25th birthday", "");
    assert_eq!(
        twice.message(),
        Some("Until the age of 25, or 25 years after that birthday?"),
        "counted once or twice"
    );
}

#[test]
fn an_end_that_schedules_name_differently_is_asked_about() {
    for (text, starts) in [
        ("6 years after end of tenancy", ["contract-ended", "event:end-of-tenancy"]),
        ("3 years after pupil leaves", ["service-ended", "event:pupil-leaves"]),
        ("6 years after expiry of agreement", ["contract-ended", "expired"]),
        ("6 years after settlement of claim", ["case-closed", "event:settlement-of-claim"]),
    ] {
        let asked = reading(text, "", "");
        assert!(asked.rule().is_none(), "{text}");
        let offered: Vec<String> = asked.rules().iter().map(ToString::to_string).collect();
        for start in starts {
            assert!(offered.iter().any(|rule| rule.ends_with(start)), "{text}: {offered:?}");
        }
    }
}

#[test]
fn a_start_without_a_period_is_an_end_only_where_it_can_be_nothing_else() {
    assert_eq!(rule("When superseded"), "until superseded");
    assert_eq!(rule("Destroy on closure"), "until case-closed");
    for text in ["On closure", "When employee leaves", "On expiry of the licence"] {
        assert!(reading(text, "", "").rule().is_none(), "{text}");
    }
}

#[test]
fn the_action_cell_is_read_and_a_contradiction_is_asked_about() {
    let Reading::Rule(read) = reading("6 years", "Closure", "Secure disposal") else {
        panic!("a rule")
    };
    assert_eq!(read.action, Some(DisposalAction::Destroy));
    for (period, action) in [
        ("6 years after closure then review", "Destroy"),
        ("Permanent", "Destroy"),
        ("6 years after closure", "Destroy unless needed"),
    ] {
        assert!(reading(period, "", action).rule().is_none(), "{period} | {action}");
    }
}

/// The five words that a rejected row is told to choose from, and how they are said.
#[test]
fn each_action_is_read_from_a_cell_of_its_own() {
    use DisposalAction::{Anonymise, Destroy, Permanent, Review, Transfer};
    for (action, expected) in [
        ("Destroy", Destroy),
        ("Review", Review),
        ("Anonymise", Anonymise),
        ("Transfer", Transfer),
        ("Transfer.", Transfer),
        ("Transferred", Transfer),
        ("Transfer to archive", Transfer),
        ("Offer to County Archives", Transfer),
    ] {
        let Reading::Rule(read) = reading("6 years after closure", "", action) else {
            panic!("{action}: {:?}", reading("6 years after closure", "", action))
        };
        assert_eq!(read.action, Some(expected), "{action}");
    }
    for action in ["Permanent", "Keep permanently"] {
        let Reading::Rule(read) = reading("Permanent", "", action) else { panic!("{action}") };
        assert_eq!(read.action, Some(Permanent), "{action}");
    }
    for action in ["Transfer to cloud", "Transfer of ownership", "Transfer, destroy"] {
        assert!(reading("6 years after closure", "", action).rule().is_none(), "{action}");
    }
    assert!(reading("6 years after closure, transfer", "", "").rule().is_none());
}

#[test]
fn says_whether_the_words_state_a_minimum_or_a_maximum() {
    for (text, bound) in [
        ("6 years after closure", Bound::Unstated),
        ("Minimum 6 years from end of financial year", Bound::Minimum),
        ("Not less than 3 years from date of last payment", Bound::Minimum),
        ("Up to 6 months after date of decision", Bound::Maximum),
        ("No more than 30 days from date of recording", Bound::Maximum),
    ] {
        let Reading::Rule(read) = reading(text, "", "") else { panic!("{text}") };
        assert_eq!(read.bound, bound, "{text}");
    }
}

#[test]
fn questions_and_reasons_name_what_is_in_doubt() {
    for (text, message) in [
        ("6 years", "6 years from what?"),
        ("7", "7 of what: years, months, days?"),
        (
            "6 years after closure unless appealed",
            "“unless appealed” was not understood: what is the rule?",
        ),
        (
            "ACTION+100: Destroy 75 years after last action",
            "The text says more than one thing: which of them is the rule?",
        ),
        (
            "As long as necessary",
            "it states no period, only “necessary”: give a number of years and the date they count from",
        ),
        ("", "the cell is empty: no period is stated"),
    ] {
        assert_eq!(reading(text, "", "").message(), Some(message), "{text}");
    }
}

#[test]
fn an_ambiguous_text_offers_the_rules_it_may_mean() {
    let offered = |text| {
        let reading = reading(text, "", "");
        reading.rules().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        offered("6 years after last contact or death"),
        [
            "later-of(P6Y after last-contact, P6Y after date-of-death)",
            "earlier-of(P6Y after last-contact, P6Y after date-of-death)"
        ]
    );
    assert_eq!(
        offered("ACTION+100: Destroy 75 years after last action"),
        ["P100Y after last-action", "P75Y after last-action"]
    );
    assert_eq!(
        offered("3 years after the widget is recalled"),
        ["P3Y after event:widget-recalled"]
    );
}

#[test]
fn a_slip_of_the_keyboard_is_put_right_and_told() {
    let Reading::Rule(read) = reading("2 yeras after closrue", "", "") else { panic!("a rule") };
    assert_eq!(read.rule.to_string(), "P2Y after case-closed");
    assert_eq!(read.notes, ["“yeras” was read as “years”", "“closrue” was read as “closure”"]);
    // "content" and "relocation" are words of their own, not slips.
    for text in ["6 years after content withdrawn", "6 years after relocation of consent"] {
        assert!(reading(text, "", "").rule().is_none(), "{text}");
    }
}

#[test]
fn a_page_in_a_cell_is_refused() {
    let page = "6 years ".repeat(MAX_CELL / 8 + 1);
    assert_eq!(reading(&page, "", "").kind(), "not-executable");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(period in ".{0,200}", trigger in ".{0,60}", action in ".{0,60}") {
        let _ = reading(&period, &trigger, &action).rules();
    }

    /// Words of the trade in any order; and what is a rule says so again.
    #[test]
    fn no_shuffling_of_its_own_words_makes_it_panic(
        words in prop::collection::vec(prop::sample::select(vocabulary()), 0..40)
    ) {
        let text = words.join(" ");
        if let Some(rule) = reading(&text, "", "").rule() {
            prop_assert_eq!(&rule.to_string().parse::<Rule>().expect("the notation"), rule);
        }
    }

    /// Two different periods in one cell are never one rule without a word
    /// that says how they go together.
    #[test]
    fn two_periods_are_never_one_rule(one in 1_u16..90, other in 1_u16..90) {
        prop_assume!(one != other);
        for text in [
            format!("{one} years after closure. {other} years after closure"),
            format!("{one} years after closure or {other} years after closure"),
            format!("{one}-{other} years after closure"),
            format!("{one} years ({other} years) after closure"),
            format!("{one} years {other} years after closure"),
        ] {
            prop_assert!(reading(&text, "", "").rule().is_none(), "{}", text);
        }
    }
}

/// Every word of the wordings file, and the signs.
fn vocabulary() -> Vec<&'static str> {
    let mut words: Vec<&str> = WORDINGS
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').nth(1))
        .flat_map(str::split_whitespace)
        .chain(["(", ")", "+", "/", ",", "-", ":", "<", "["])
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}
