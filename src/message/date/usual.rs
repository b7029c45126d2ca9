//! `Sun, 01 Nov 2026 11:00:00 +0000`: the form of RFC 5322 3.3 that nearly all programs write, read in one go.

use super::{Read, words::days_in};

const WEEKDAYS: [&[u8; 3]; 7] = [b"sun", b"mon", b"tue", b"wed", b"thu", b"fri", b"sat"];
const MONTHS: [&[u8; 3]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// Reads a date of this form, with or without the day's name, in which nothing is wrong. Of any other it says nothing: `None`.
pub(super) fn read(text: &str) -> Option<Read> {
    let (weekday, rest) = match text.as_bytes().split_first_chunk::<5>() {
        Some(([a, b, c, b',', b' '], rest)) => (Some(place(&WEEKDAYS, [*a, *b, *c])?), rest),
        _ => (None, text.as_bytes()),
    };
    let (day, rest) = match rest {
        [one, b' ', rest @ ..] => (number(&[*one])?, rest),
        [ten, one, b' ', rest @ ..] => (number(&[*ten, *one])?, rest),
        _ => return None,
    };
    let (middle, rest) = rest.split_first_chunk::<23>()?;
    let [
        a,
        b,
        c,
        b' ',
        year @ ..,
        b' ',
        h,
        i,
        b':',
        m,
        n,
        b':',
        s,
        t,
        b' ',
        sign,
        y,
        z,
        u,
        v,
    ] = middle
    else {
        return None;
    };
    let (year, month) = (number(year)?, place(&MONTHS, [*a, *b, *c])? + 1);
    let (hour, minute, second) = (number(&[*h, *i])?, number(&[*m, *n])?, number(&[*s, *t])?);
    let (zone_hours, zone_minutes) = (number(&[*y, *z])?, number(&[*u, *v])?);
    let offset = i32::from(zone_hours * 60 + zone_minutes);
    let offset = match sign {
        b'+' => offset,
        b'-' => -offset,
        _ => return None,
    };
    let narrow = |number: u16| u8::try_from(number).ok();
    let parsed = mail_parser::DateTime {
        year,
        month,
        day: narrow(day)?,
        hour: narrow(hour)?,
        minute: narrow(minute)?,
        second: narrow(second)?,
        ..mail_parser::DateTime::default()
    };
    // 60 is a leap second.
    let possible = year >= 1900
        && (1..=days_in(year, month)).contains(&parsed.day)
        && hour < 24
        && minute < 60
        && second <= 60
        && zone_minutes < 60
        && offset.abs() <= 14 * 60;
    if !possible || weekday.is_some_and(|weekday| weekday != parsed.day_of_week()) {
        return None;
    }
    Some(Read {
        local: parsed.to_timestamp_local(),
        offset: Some(offset),
        zone_comment: comment(rest)?.map(|inner| inner.trim().to_owned()),
        defects: Vec::new(),
    })
}

/// The inside of the comment behind the zone; `Some(None)` where nothing follows, `None` where something else does.
fn comment(rest: &[u8]) -> Option<Option<&str>> {
    if rest.is_empty() {
        return Some(None);
    }
    let inner = rest.strip_prefix(b" (")?.strip_suffix(b")")?;
    let nested = inner.iter().any(|byte| matches!(byte, b'(' | b')' | b'\\'));
    if nested {
        return None;
    }
    str::from_utf8(inner).ok().map(Some)
}

/// Where three letters stand in a list, in any case.
fn place(names: &[&[u8; 3]], letters: [u8; 3]) -> Option<u8> {
    let letters = letters.map(|letter| letter | 0x20);
    let index = names.iter().position(|name| **name == letters)?;
    u8::try_from(index).ok()
}

/// A number of a few digits.
fn number(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0, |number, digit| match digit {
        b'0'..=b'9' => Some(number * 10 + u16::from(digit - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::date::{read_tolerantly, tokens};

    #[test]
    fn nearly_all_dates_are_usual() {
        for text in [
            "Sun, 01 Nov 2026 11:00:00 +0000",
            "sun, 1 nov 2026 11:00:00 -0800 (PST)",
            "1 Nov 2026 23:59:60 +1400",
        ] {
            assert!(read(text).is_some(), "{text}");
        }
        for text in [
            "Mon, 01 Nov 2026 11:00:00 +0000",
            "Sun, 01 Nov 2026 11:00:00 GMT",
            "31 Nov 2026 11:00:00 +0000",
            "Sun, 01 Nov 2026 11:00:00 +0000 (a(b))",
            "Sun, 01 Nov 1899 11:00:00 +0000",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn is_what_a_tolerant_reading_finds(
            day in "(Sun, |mon, |TUE, |Wed, |Thu, |Fri, |Sat, |Abc, )?[0-9]{1,2}",
            month in "(Jan|feb|MAR|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Foo)",
            year in "(19|20|18)[0-9]{2}",
            clock in "[0-2][0-9]:[0-6][0-9]:[0-6][0-9]",
            zone in "[+-][01][0-9][0-6][0-9]",
            tail in "( \\([A-Z ]{0,5}\\)| x|\\(A\\)|)",
        ) {
            let text = format!("{day} {month} {year} {clock} {zone}{tail}");
            if let Some(usual) = read(&text) {
                prop_assert_eq!(Some(usual), read_tolerantly(&tokens(&text)));
            }
        }
    }
}
