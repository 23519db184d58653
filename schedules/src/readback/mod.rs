//! A rule in plain English.

use crate::period::Period;

/// A period in words: `6 years`, `21 years and 4 months`.
#[must_use]
pub fn period(period: Period) -> String {
    let (years, months, weeks, days) = period.parts();
    let parts: Vec<String> = [(years, "year"), (months, "month"), (weeks, "week"), (days, "day")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}{}", if count == 1 { "" } else { "s" }))
        .collect();
    match parts.split_last() {
        None => "no time".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}
