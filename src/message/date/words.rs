//! The words of a date: numbers, names, zones.

pub(super) fn number(word: &str) -> Option<u8> {
    ((1..=2).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| word.parse().ok())
        .flatten()
}

pub(super) fn year_digits(word: &str) -> Option<&str> {
    ((2..=4).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())).then_some(word)
}

const WEEKDAYS: [&str; 7] = [
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// 0 for Sunday. Full names and abbreviations of three letters or more.
pub(super) fn weekday(word: &str) -> Option<u8> {
    abbreviated(&WEEKDAYS, word)
}

/// 1 for January.
pub(super) fn month(word: &str) -> Option<u8> {
    abbreviated(&MONTHS, word).map(|index| index + 1)
}

fn abbreviated(names: &[&str], word: &str) -> Option<u8> {
    let word = word.trim_end_matches('.');
    let begins_so = |name: &&str| {
        name.get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word))
    };
    let index = names.iter().position(|name| word.len() >= 3 && begins_so(name))?;
    u8::try_from(index).ok()
}

/// Whether it says afternoon.
pub(super) fn half_day(word: &str) -> Option<bool> {
    let [first, rest @ ..] = word.as_bytes() else {
        return None;
    };
    let half = rest.eq_ignore_ascii_case(b"m") || rest.eq_ignore_ascii_case(b".m.");
    match first.to_ascii_lowercase() {
        b'a' if half => Some(false),
        b'p' if half => Some(true),
        _ => None,
    }
}

/// Year, month, day.
pub(super) type Day = (u16, u8, u8);

/// `2026-11-01`, alone or with `T10:00:00Z` behind it: the date, and the time with its zone.
pub(super) fn iso_date(word: &str) -> Option<(Day, Option<&str>)> {
    let (date, clock) = match word.split_once(['T', 't']) {
        Some((date, clock)) => (date, Some(clock)),
        None => (word, None),
    };
    let mut parts = date.split(['-', '/']);
    let year = parts.next().filter(|text| text.len() == 4)?.parse().ok()?;
    let month = parts.next().and_then(number).filter(|month| (1..=12).contains(month))?;
    let day = parts.next().and_then(number)?;
    parts.next().is_none().then_some(((year, month, day), clock))
}

/// `21-Nov-97`.
pub(super) fn dashed_date(word: &str) -> Option<(u8, u8, &str)> {
    let mut parts = word.splitn(3, '-');
    let day = number(parts.next()?)?;
    let month = month(parts.next()?)?;
    Some((day, month, year_digits(parts.next()?)?))
}

pub(super) fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

pub(super) enum Zone {
    Offset { minutes: i32, possible: bool },
    Named(i32),
    Unknown,
}

/// Zones that mailers name, in minutes east of UTC: those of RFC 5322 4.3, and others whose meaning is beyond doubt.
const NAMED_ZONES: [(&str, i32); 29] = [
    ("UT", 0),
    ("GMT", 0),
    ("UTC", 0),
    ("Z", 0),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
    ("WET", 0),
    ("WEST", 60),
    ("BST", 60),
    ("CET", 60),
    ("CEST", 120),
    ("MET", 60),
    ("MEST", 120),
    ("MEZ", 60),
    ("MESZ", 120),
    ("EET", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("JST", 540),
    ("KST", 540),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
];

pub(super) fn zone(word: &str) -> Option<Zone> {
    let bare = match word.split_at_checked(3) {
        Some((name, offset)) if offset.starts_with(['+', '-']) && is_any(name, &["GMT", "UTC"]) => offset,
        _ => word,
    };
    if let Some(digits) = bare.strip_prefix(['+', '-']) {
        let (hours, minutes) = match digits.split_once(':') {
            Some(parts) => parts,
            None if digits.len() > 2 => digits.split_at_checked(digits.len() - 2)?,
            None => (digits, "00"),
        };
        let (hours, minutes) = (i32::from(number(hours)?), i32::from(number(minutes)?));
        let total = hours * 60 + minutes;
        return Some(Zone::Offset {
            minutes: if bare.starts_with('-') { -total } else { total },
            possible: total <= 14 * 60 && minutes < 60,
        });
    }
    if !word.bytes().next()?.is_ascii_alphabetic() || word.len() > 40 {
        return None;
    }
    // `EST5EDT`: the POSIX name begins with the zone.
    let letters = word.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or(word);
    let known = NAMED_ZONES.iter().find(|(name, _)| name.eq_ignore_ascii_case(letters));
    Some(known.map_or(Zone::Unknown, |(_, minutes)| Zone::Named(*minutes)))
}

fn is_any(word: &str, names: &[&str]) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case(word))
}
