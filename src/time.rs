//! Points in time. Nothing in the library reads the clock: times come from a message, a snapshot or the caller.

use std::fmt;

/// Seconds since 1970-01-01T00:00:00Z. Displays as RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads an RFC 3339 date-time (`2026-11-01T00:00:00Z`, with any offset); `None` when it is not one.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let shape = text.len() >= 20
            && text.is_ascii()
            && text.as_bytes()[4] == b'-'
            && matches!(text.as_bytes()[10], b'T' | b't' | b' ')
            && text.as_bytes()[13] == b':';
        if !shape {
            return None;
        }
        let parsed = mail_parser::DateTime::parse_rfc3339(text)?;
        parsed.is_valid().then(|| Self(parsed.to_timestamp()))
    }

    /// Seconds from `earlier` to `self`; negative when `self` is the earlier one.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Hands on the time as RFC 3339 in UTC. Records hold many times: those of four-digit years are written in place.
    pub(crate) fn in_rfc3339<R>(self, take: impl FnOnce(&str) -> R) -> R {
        let time = mail_parser::DateTime::from_timestamp(self.0);
        let mut text = *b"0000-00-00T00:00:00Z";
        let year = time.year;
        let parts = [
            (0, year / 100),
            (2, year % 100),
            (5, time.month.into()),
            (8, time.day.into()),
            (11, time.hour.into()),
            (14, time.minute.into()),
            (17, time.second.into()),
        ];
        for (at, part) in parts {
            text[at] += (part / 10 % 10) as u8;
            text[at + 1] += (part % 10) as u8;
        }
        match str::from_utf8(&text) {
            Ok(text) if year < 10_000 => take(text),
            _ => take(&time.to_rfc3339()),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.in_rfc3339(|text| f.write_str(text))
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.in_rfc3339(|text| serializer.serialize_str(text))
    }
}

/// Unix seconds of a date and time of the proleptic Gregorian calendar; `None` for one that does not exist.
pub(crate) fn unix_seconds(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    let fits = (1970..2200).contains(&year)
        && (1..=days).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    // Days since 1970-01-01, with the year taken to begin in March so that the leap day is its last.
    let (year, month) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let day_number = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    fits.then_some(((day_number * 24 + hour) * 60 + minute) * 60 + second)
}

/// Unix seconds of the two halves of a FILETIME, which counts 100 ns since 1601; `None` beyond any calendar.
pub fn file_time(high: i64, low: i64) -> Option<i64> {
    const UNIX_EPOCH: i64 = 116_444_736_000_000_000;
    Some((high.checked_mul(1 << 32)?.checked_add(low)? - UNIX_EPOCH) / 10_000_000)
}
