//! Date-times of RFC 5322 3.3, tolerant of what mailers write.

use super::{Span, Unfolded};
use crate::time::Timestamp;

/// A date as written and as meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// The moment.
    pub at: Timestamp,
    /// Minutes east of UTC that it states; `None` when there is no zone.
    pub offset_minutes: Option<i32>,
    /// The comment behind the zone, without its parentheses (`PST`).
    pub zone_comment: Option<String>,
    /// As written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// What is wrong with it.
    pub defects: Vec<DateDefect>,
}

/// Departures from RFC 5322 3.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DateDefect {
    /// Two-digit year.
    ShortYear,
    /// No zone.
    NoZone,
    /// The day name does not fit the date.
    WrongWeekday,
    /// Zone beyond +-14:00 or minutes over 59.
    ImpossibleZone,
    /// Fractions of a second.
    Fraction,
    /// Another form than RFC 5322's: ISO 8601, asctime, AM/PM.
    OtherForm,
}

/// Reads a date; `None` when there is none to be found.
pub fn parse_date(value: &Unfolded) -> Option<DateTime> {
    let parsed = mail_parser::DateTime::parse_rfc822(&value.text)?;
    Some(DateTime {
        at: Timestamp(parsed.to_timestamp()),
        offset_minutes: None,
        zone_comment: None,
        text: value.text.clone(),
        span: value.full_span(),
        defects: Vec::new(),
    })
}
