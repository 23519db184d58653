//! The bank holidays against the published lists, and when execution may run.

use jiff::civil::date;
use proptest::prelude::*;

use super::bank_holidays::bank_holidays;
use super::*;
use crate::config::Jurisdiction::{EnglandAndWales, NorthernIreland, Scotland, Wales};

/// As <https://www.gov.uk/bank-holidays> lists them: place, year, months and days.
const PUBLISHED: &[(Jurisdiction, i16, &str)] = &[
    (EnglandAndWales, 2020, "0101 0410 0413 0508 0525 0831 1225 1228"),
    (EnglandAndWales, 2021, "0101 0402 0405 0503 0531 0830 1227 1228"),
    (EnglandAndWales, 2022, "0103 0415 0418 0502 0602 0603 0829 0919 1226 1227"),
    (EnglandAndWales, 2023, "0102 0407 0410 0501 0508 0529 0828 1225 1226"),
    (EnglandAndWales, 2024, "0101 0329 0401 0506 0527 0826 1225 1226"),
    (EnglandAndWales, 2025, "0101 0418 0421 0505 0526 0825 1225 1226"),
    (EnglandAndWales, 2026, "0101 0403 0406 0504 0525 0831 1225 1228"),
    (EnglandAndWales, 2027, "0101 0326 0329 0503 0531 0830 1227 1228"),
    (Wales, 2026, "0101 0403 0406 0504 0525 0831 1225 1228"),
    (Scotland, 2022, "0103 0104 0415 0502 0602 0603 0801 0919 1130 1226 1227"),
    (Scotland, 2023, "0102 0103 0407 0501 0508 0529 0807 1130 1225 1226"),
    (Scotland, 2024, "0101 0102 0329 0506 0527 0805 1202 1225 1226"),
    (Scotland, 2025, "0101 0102 0418 0505 0526 0804 1201 1225 1226"),
    (Scotland, 2026, "0101 0102 0403 0504 0525 0615 0803 1130 1225 1228"),
    (Scotland, 2027, "0101 0104 0326 0503 0531 0802 1130 1227 1228"),
    (NorthernIreland, 2024, "0101 0318 0329 0401 0506 0527 0712 0826 1225 1226"),
    (NorthernIreland, 2025, "0101 0317 0418 0421 0505 0526 0714 0825 1225 1226"),
    (NorthernIreland, 2026, "0101 0317 0403 0406 0504 0525 0713 0831 1225 1228"),
    (NorthernIreland, 2027, "0101 0317 0326 0329 0503 0531 0712 0830 1227 1228"),
];

#[test]
fn the_rules_give_the_published_lists() {
    for (place, year, published) in PUBLISHED {
        let days = bank_holidays(*place, *year);
        let days: Vec<String> =
            days.iter().map(|(day, _)| day.strftime("%m%d").to_string()).collect();
        assert_eq!(days.join(" "), *published, "{place:?} {year}");
    }
}

fn council(window: &str) -> WorkingDays {
    WorkingDays {
        jurisdiction: EnglandAndWales,
        zone: TimeZone::get("Europe/London").unwrap(),
        window: window.parse().unwrap(),
        on_bank_holidays: OnBankHolidays::Wait,
        freezes: vec![Freeze {
            from: date(2026, 12, 14),
            to: date(2027, 1, 4),
            why: "Christmas".to_owned(),
        }],
    }
}

fn said(window: &str, at: &str) -> String {
    let answer = may_execute(at.parse().unwrap(), &council(window));
    answer.map_or_else(|why| why.to_string(), |()| "may".to_owned())
}

#[test]
fn execution_waits_for_its_hours_and_for_a_day_on_which_people_work() {
    const EVENINGS: &str = "Mon-Thu 19:00-23:00";
    const NIGHTS: &str = "Sun-Thu 22:00-04:00";
    let outside = |window: &str| format!("it is outside the hours of execution, {window}");
    let frozen = "a change freeze is in force from 2026-12-14 to 2027-01-04 (Christmas)";
    let easter = "2026-04-06 is a bank holiday (Easter Monday)";
    let cases = [
        (EVENINGS, "2026-11-23T19:00:00Z", "may"),
        (EVENINGS, "2026-11-23T18:59:59Z", &outside(EVENINGS)),
        (EVENINGS, "2026-11-23T22:59:59Z", "may"),
        (EVENINGS, "2026-11-23T23:00:00Z", &outside(EVENINGS)),
        // A Friday.
        (EVENINGS, "2026-11-27T20:00:00Z", &outside(EVENINGS)),
        // In summer the window opens at 18:00 in UTC.
        (EVENINGS, "2026-06-30T18:00:00Z", "may"),
        (EVENINGS, "2026-04-06T18:30:00Z", easter),
        (EVENINGS, "2026-12-14T20:00:00Z", frozen),
        (EVENINGS, "2027-01-04T20:00:00Z", frozen),
        (EVENINGS, "2027-01-05T20:00:00Z", "may"),
        ("Mon-Thu 19:00-23:00, Fri 18:00-20:00", "2026-11-27T19:00:00Z", "may"),
        (NIGHTS, "2026-11-27T03:59:00Z", "may"),
        (NIGHTS, "2026-11-27T22:00:00Z", &outside(NIGHTS)),
        // The night that opened on Easter Monday, and the one that runs into it.
        (NIGHTS, "2026-04-07T01:00:00Z", easter),
        (NIGHTS, "2026-04-05T21:30:00Z", "may"),
        (NIGHTS, "2026-04-06T01:00:00Z", easter),
    ];
    for (window, at, expected) in cases {
        assert_eq!(said(window, at), expected, "{window} at {at}");
    }
}

#[test]
fn a_bank_holiday_is_a_day_like_any_other_where_the_council_says_so() {
    let easter_monday = "2026-04-06T18:30:00Z".parse().unwrap();
    let told_to =
        WorkingDays { on_bank_holidays: OnBankHolidays::Execute, ..council("Mon-Thu 19:00-23:00") };
    assert_eq!(may_execute(easter_monday, &told_to), Ok(()));
}

#[test]
fn people_work_from_monday_to_friday_but_for_bank_holidays() {
    let council = council("Mon-Thu 19:00-23:00");
    let days = (1..=7).map(|day| date(2026, 4, day));
    let working: Vec<i8> = days.filter(|day| council.is_working_day(*day)).map(Date::day).collect();
    assert_eq!(working, [1, 2, 7]);
}

#[test]
fn what_is_no_window_is_refused_with_an_example() {
    for text in
        ["", "19:00-23:00", "Mon 19-23", "Mon-Fri", "Mon-Xyz 19:00-23:00", "Mon 25:00-26:00"]
    {
        let refused = text.parse::<Window>().unwrap_err().to_string();
        let expected = format!(
            "`{text}` does not say when: write days and times such as \"Mon-Thu 19:00-23:00\", or \
             several with commas between, such as \"Mon-Thu 19:00-23:00, Sat 08:00-12:00\""
        );
        assert_eq!(refused, expected);
    }
}

proptest! {
    #[test]
    fn no_bank_holiday_is_on_a_weekend_and_no_two_are_on_one_day(year in 2010_i16..2100) {
        for place in [EnglandAndWales, Scotland, NorthernIreland] {
            let days = bank_holidays(place, year);
            prop_assert!(days.iter().all(|(day, _)| !is_weekend(*day)));
            prop_assert!(days.windows(2).all(|pair| pair[0].0 < pair[1].0), "{days:?}");
        }
    }

    #[test]
    fn nothing_is_destroyed_on_a_bank_holiday_in_a_freeze_or_on_a_friday(minutes in 0_i64..3_000_000) {
        let start: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
        let now = start + jiff::SignedDuration::from_mins(minutes);
        let council = council("Mon-Thu 19:00-23:00");
        let today = now.to_zoned(council.zone.clone()).date();
        if may_execute(now, &council).is_ok() {
            prop_assert!(council.is_working_day(today));
            prop_assert!(today.weekday() != Weekday::Friday);
            prop_assert!(!(council.freezes[0].from..=council.freezes[0].to).contains(&today));
        }
    }
}
