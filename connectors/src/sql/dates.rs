//! Dates as databases write them.

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::sighting::Seen;

/// Reads a date or a point in time in ISO 8601.
///
/// One with an offset or `Z` is an instant. One without is taken as it stands
/// on a calendar: its day counts, whatever the clock said. Empty text is
/// missing.
pub(super) fn read(text: Option<&str>) -> Seen {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Seen::Missing;
    };
    // A day alone is the commonest, and no instant is as short.
    if text.len() > 10
        && let Ok(instant) = text.parse::<Timestamp>()
    {
        return Seen::At(instant.as_second());
    }
    text.parse::<DateTime>().map_or(Seen::Unreadable, |civil| Seen::On(civil.date()))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn dates_are_read_as_databases_write_them() {
        let day = Seen::On(date(2019, 3, 1));
        for (text, seen) in [
            ("2019-03-01", day),
            ("20190301", day),
            ("2019-03-01 23:59:59.999", day),
            ("2019-03-01T23:59", day),
            ("2019-03-01 00:00:00+00", Seen::At(1_551_398_400)),
            ("2019-03-01 01:00:00.5+01", Seen::At(1_551_398_400)),
            ("2019-03-01T00:00:00Z", Seen::At(1_551_398_400)),
            ("1969-12-31T23:59:59Z", Seen::At(-1)),
            ("", Seen::Missing),
            ("  ", Seen::Missing),
            ("2019-02-30", Seen::Unreadable),
            ("01/03/2019", Seen::Unreadable),
            ("2019-03", Seen::Unreadable),
            ("2019", Seen::Unreadable),
            ("1551398400", Seen::Unreadable),
            ("infinity", Seen::Unreadable),
            ("0044-03-15 BC", Seen::Unreadable),
        ] {
            assert_eq!(read(Some(text)), seen, "{text:?}");
        }
        assert_eq!(read(None), Seen::Missing);
    }
}
