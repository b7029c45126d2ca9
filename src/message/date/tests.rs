#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]

use super::*;

fn read(text: &str) -> Option<DateTime> {
    parse_date(&Unfolded::new(text.as_bytes(), 0))
}

#[test]
fn moments() {
    for (text, at) in [
        ("Sun, 01 Nov 2026 10:00:00 +0100", "2026-11-01T09:00:00Z"),
        ("1 Nov 2026 10:00 -0000", "2026-11-01T10:00:00Z"),
        ("Sun, 1 Nov 26 10:00:00 EST", "2026-11-01T15:00:00Z"),
        ("Sun Nov  1 10:00:00 2026", "2026-11-01T10:00:00Z"),
        ("Sun Nov  1 10:00:00 CET 2026", "2026-11-01T09:00:00Z"),
        ("Sun Nov  1 10:00:00 +0100 2026", "2026-11-01T09:00:00Z"),
        ("2026-11-01T10:00:00Z", "2026-11-01T10:00:00Z"),
        ("2026-11-01T10:00:00.25+02:00", "2026-11-01T08:00:00Z"),
        ("2026-11-01 10:00:00 +0200", "2026-11-01T08:00:00Z"),
        ("Sun, 1 Nov 2026 1:05:00 PM +0000", "2026-11-01T13:05:00Z"),
        ("Sun, 1 Nov 2026 12:05:00AM GMT+1", "2026-10-31T23:05:00Z"),
        ("Sun, 1 Nov 2026 10:00:00.123456 +0000 (UTC)", "2026-11-01T10:00:00Z"),
        ("1-Nov-2026 10:00:00 +0000", "2026-11-01T10:00:00Z"),
        ("Sun, 1 (x (y)) Nov 2026 10:00:00 Z", "2026-11-01T10:00:00Z"),
        ("29 Feb 2024 23:59:60 +0000", "2024-03-01T00:00:00Z"),
    ] {
        let read = read(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(read.at.to_string(), at, "{text}");
    }
}

#[test]
fn what_is_no_date() {
    for text in [
        "",
        "x",
        "31 Feb 2026 10:00:00 +0000",
        "1 Foo 2026 10:00:00 +0000",
        "1 Nov 2026 25:00 +0000",
        "29 Feb 2023 1:00 +0000",
        "((((",
        "1 Nov 2026",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn departures_and_zone() {
    let date = read("Mon, 1 Nov 2026 10:00:00 -2430 (PST)").unwrap();
    assert_eq!(date.defects, [DateDefect::WrongWeekday, DateDefect::ImpossibleZone]);
    assert_eq!(date.offset_minutes, Some(-1470));
    assert_eq!(date.zone_comment.as_deref(), Some("PST"));
    let date = read("1 Nov 2026 10:00:00").unwrap();
    assert_eq!((date.offset_minutes, date.defects), (None, vec![DateDefect::NoZone]));
    let date = read("1 Nov 2026 10:00:00 XYZ").unwrap();
    assert_eq!(
        (date.offset_minutes, date.defects),
        (None, vec![DateDefect::UnknownZone])
    );
}
