//! What a cell holds, cleaned of what people do not see.

use std::borrow::Cow;
use std::fmt;

use calamine::{CellErrorType, Data, DataRef, ExcelDateTime};
use jiff::civil::Date;

/// The value of one cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing, or only white space.
    #[default]
    Empty,
    /// Text, trimmed, with ordinary spaces.
    Text(String),
    /// A number that the format does not call a date.
    Number(f64),
    /// A date; a time of day is left off.
    Date(Date),
    /// True or false.
    Bool(bool),
    /// A formula's error, such as `#REF!`.
    Error(String),
}

/// What spreadsheet programs write where a formula has failed.
const ERRORS: &[&str] = &[
    "#REF!",
    "#N/A",
    "#NAME?",
    "#VALUE!",
    "#DIV/0!",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#GETTING_DATA",
];

impl Cell {
    /// Text as typed: trimmed, no-break spaces made ordinary, invisible marks
    /// removed. The text of an error is an error, since CSV knows no other way.
    #[must_use]
    pub fn text(raw: &str) -> Self {
        let clean = clean(raw);
        if clean.is_empty() {
            Self::Empty
        } else if ERRORS.contains(&clean.as_ref()) {
            Self::Error(clean.into_owned())
        } else {
            Self::Text(clean.into_owned())
        }
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::Empty
    }

    fn of_serial(serial: &ExcelDateTime) -> Self {
        if serial.is_duration() {
            return Self::Number(serial.as_f64());
        }
        let (year, month, day, ..) = serial.to_ymd_hms_milli();
        let date =
            || Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok();
        date().map_or_else(|| Self::Number(serial.as_f64()), Self::Date)
    }

    /// `2026-11-23` or `2026-11-23T10:00:00`.
    fn of_iso(text: &str) -> Self {
        let day = text.split('T').next().unwrap_or_default();
        day.parse().map_or_else(|_| Self::text(text), Self::Date)
    }
}

/// As the spreadsheet shows it, more or less: dates as `2026-11-23`.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) | Self::Error(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Date(date) => date.fmt(f),
            Self::Bool(true) => f.write_str("TRUE"),
            Self::Bool(false) => f.write_str("FALSE"),
        }
    }
}

impl From<DataRef<'_>> for Cell {
    fn from(value: DataRef<'_>) -> Self {
        match value {
            DataRef::Int(number) => Self::text(&number.to_string()),
            DataRef::Float(number) => Self::Number(number),
            DataRef::String(text) => Self::text(&text),
            DataRef::SharedString(text) => Self::text(text),
            DataRef::Bool(value) => Self::Bool(value),
            DataRef::DateTime(serial) => Self::of_serial(&serial),
            DataRef::DateTimeIso(text) => Self::of_iso(&text),
            DataRef::DurationIso(text) => Self::text(&text),
            DataRef::Error(error) => Self::Error(error_text(&error)),
            DataRef::Empty => Self::Empty,
        }
    }
}

impl From<&Data> for Cell {
    fn from(value: &Data) -> Self {
        match value {
            Data::Int(number) => Self::text(&number.to_string()),
            Data::Float(number) => Self::Number(*number),
            Data::String(text) | Data::DurationIso(text) => Self::text(text),
            Data::Bool(value) => Self::Bool(*value),
            Data::DateTime(serial) => Self::of_serial(serial),
            Data::DateTimeIso(text) => Self::of_iso(text),
            Data::Error(error) => Self::Error(error_text(error)),
            Data::Empty => Self::Empty,
        }
    }
}

fn error_text(error: &CellErrorType) -> String {
    error.to_string()
}

fn clean(raw: &str) -> Cow<'_, str> {
    let is_odd = |c: char| matches!(c, '\u{a0}' | '\u{202f}' | '\u{2007}' | '\r') || is_unseen(c);
    if !raw.contains(is_odd) {
        return Cow::Borrowed(raw.trim());
    }
    let plain: String = raw
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !is_unseen(*c))
        .map(|c| match c {
            '\u{a0}' | '\u{202f}' | '\u{2007}' => ' ',
            '\r' => '\n',
            other => other,
        })
        .collect();
    Cow::Owned(plain.trim().to_owned())
}

/// Marks that take no room: zero-width spaces and joiners, soft hyphens,
/// directions, and control characters other than the breaks of a line.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
        || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// `A` for 0, `AA` for 26.
#[must_use]
pub fn column_letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = (rest - 1) % 26;
        letters.push(char::from(b'A' + u8::try_from(digit).unwrap_or(0)));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_the_spreadsheet() {
        let cases = [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA")];
        for (column, letters) in cases {
            assert_eq!(column_letters(column), letters);
        }
    }

    #[test]
    fn what_people_do_not_see_is_not_in_a_cell() {
        let text = |raw| Cell::text(raw).to_string();
        assert_eq!(text("\u{a0}6\u{a0}years \r\n"), "6 years");
        assert_eq!(text("line\r\nbreak"), "line\nbreak");
        assert_eq!(text("\u{feff}Ref\u{200b}"), "Ref");
        assert_eq!(Cell::text(" \u{a0}\t"), Cell::Empty);
        assert_eq!(Cell::text("#REF!"), Cell::Error("#REF!".to_owned()));
    }

    #[test]
    fn serials_of_both_systems_are_dates() {
        use calamine::ExcelDateTimeType::DateTime;
        let date = jiff::civil::date(2026, 11, 23);
        let of = |serial, is_1904| Cell::of_serial(&ExcelDateTime::new(serial, DateTime, is_1904));
        assert_eq!(of(46349.0, false), Cell::Date(date));
        assert_eq!(of(44887.5, true), Cell::Date(date));
    }
}
