//! `Sun, 01 Nov 2026 11:00:00 +0000`: the form of RFC 5322 3.3 that nearly all programs write, read in one go.

use super::{
    Read, is_clock, moment,
    words::{Zone, month, number, weekday, year_digits, zone},
};

/// What stands between the parts behind the day: ` ` or `:`, and where.
const STOPS: [(usize, u8); 5] = [(3, b' '), (8, b' '), (11, b':'), (14, b':'), (17, b' ')];

/// Reads a date of this form, with or without the day's name, in which nothing is wrong. Of any other it says nothing: `None`.
pub(super) fn read(text: &str) -> Option<Read> {
    let (stated_weekday, rest) = match text.get(3..5) {
        Some(", ") => (Some(weekday(text.get(..3)?)?), text.get(5..)?),
        _ => (None, text),
    };
    let digits = if rest.as_bytes().get(1) == Some(&b' ') { 1 } else { 2 };
    let (day, rest) = (number(rest.get(..digits)?)?, rest.get(digits..)?.strip_prefix(' ')?);
    let has = |(at, stop): &(usize, u8)| rest.as_bytes().get(*at) == Some(stop);
    if !STOPS.iter().all(has) {
        return None;
    }
    let year: u16 = year_digits(rest.get(4..8)?)?.parse().ok()?;
    let clock = (
        number(rest.get(9..11)?)?,
        number(rest.get(12..14)?)?,
        number(rest.get(15..17)?)?,
    );
    let Zone::Offset {
        minutes,
        possible: true,
    } = zone(rest.get(18..23)?)?
    else {
        return None;
    };
    if year < 1900 || !is_clock(clock) {
        return None;
    }
    let parsed = moment((year, month(rest.get(..3)?)?, day), clock)?;
    if stated_weekday.is_some_and(|stated| stated != parsed.day_of_week()) {
        return None;
    }
    Some(Read {
        local: parsed.to_timestamp_local(),
        offset: Some(minutes),
        zone_comment: comment(rest.get(23..)?)?.map(|inner| inner.trim().to_owned()),
        defects: Vec::new(),
    })
}

/// The inside of the comment behind the zone; `Some(None)` where nothing follows, `None` where something else does.
fn comment(rest: &str) -> Option<Option<&str>> {
    if rest.is_empty() {
        return Some(None);
    }
    let inner = rest.strip_prefix(" (")?.strip_suffix(')')?;
    (!inner.contains(['(', ')', '\\'])).then_some(Some(inner))
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
