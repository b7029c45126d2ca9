//! Date-times of RFC 5322 3.3, tolerant of what mailers write.

#[cfg(test)]
mod tests;
mod usual;
mod words;

use super::{Span, Unfolded};
use crate::time::Timestamp;
use words::{Day, Zone, dashed_date, days_in, half_day, iso_date, month, number, weekday, year_digits, zone};

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
    /// A zone by name (`GMT`, `EST`; RFC 5322 4.3).
    NamedZone,
    /// A zone by a name that says no offset; the time is read as UTC (RFC 5322 4.3).
    UnknownZone,
    /// Fractions of a second.
    Fraction,
    /// Another form than RFC 5322's: ISO 8601, asctime, AM/PM.
    OtherForm,
}

/// Reads a date; `None` when there is none to be found.
pub fn parse_date(value: &Unfolded) -> Option<DateTime> {
    let read = usual::read(&value.text).or_else(|| read_tolerantly(&tokens(&value.text)))?;
    Some(DateTime {
        at: Timestamp(read.local - i64::from(read.offset.unwrap_or(0)) * 60),
        offset_minutes: read.offset,
        zone_comment: read.zone_comment,
        text: value.text.clone(),
        span: value.full_span(),
        defects: read.defects,
    })
}

/// Reads a date of any form.
fn read_tolerantly(tokens: &[Token<'_>]) -> Option<Read> {
    Reader::new(tokens).read().or_else(|| {
        // Something stands before it: a date can be told from other text by the name of its day.
        let day = tokens
            .iter()
            .rposition(|token| !token.comment && weekday(token.text).is_some())?;
        Reader::new(tokens.get(day..)?).read()
    })
}

struct Token<'t> {
    text: &'t str,
    comment: bool,
}

/// Words between white space and commas; comments whole, without their parentheses.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::with_capacity(8);
    let mut rest = text;
    while found.len() < MAX_TOKENS {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';'));
        if rest.is_empty() {
            break;
        }
        if let Some(length) = comment_length(rest) {
            let inner = rest.get(1..length.saturating_sub(1)).unwrap_or_default();
            found.push(Token {
                text: inner,
                comment: true,
            });
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        let stop = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '(');
        let length = rest.char_indices().skip(1).find(|(_, c)| stop(*c));
        let (word, behind) = rest.split_at(length.map_or(rest.len(), |(at, _)| at));
        found.push(Token {
            text: word,
            comment: false,
        });
        rest = behind;
    }
    found
}

/// A date has eight words at most; what stands before it may have more.
const MAX_TOKENS: usize = 256;

/// The length of the comment at the start of a text; nesting is followed to 32 (trace.md 3.1).
fn comment_length(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' if depth < 32 => depth += 1,
            b'(' => return None,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// A date in parts.
#[derive(Debug, PartialEq)]
struct Read {
    /// Seconds since 1970 by the clock that the date states.
    local: i64,
    offset: Option<i32>,
    zone_comment: Option<String>,
    defects: Vec<DateDefect>,
}

struct Reader<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
    /// The zone of an ISO 8601 time, which stands in one word with it.
    glued_zone: Option<&'t str>,
    defects: Vec<DateDefect>,
}

/// Hour, minute, second.
type Clock = (u8, u8, u8);

/// Whether a day has this time; 60 is a leap second (RFC 5322 3.3).
fn is_clock((hour, minute, second): Clock) -> bool {
    hour < 24 && minute < 60 && second <= 60
}

/// A day that there is, and a time.
fn moment((year, month, day): Day, (hour, minute, second): Clock) -> Option<mail_parser::DateTime> {
    (1..=days_in(year, month))
        .contains(&day)
        .then(|| mail_parser::DateTime {
            year,
            month,
            day,
            hour,
            minute,
            second,
            ..mail_parser::DateTime::default()
        })
}

impl<'t> Reader<'t> {
    fn new(tokens: &'t [Token<'t>]) -> Self {
        Self {
            tokens,
            at: 0,
            glued_zone: None,
            defects: Vec::new(),
        }
    }

    /// The next word, comments passed over.
    fn peek(&mut self) -> Option<&'t str> {
        while self.tokens.get(self.at)?.comment {
            self.at += 1;
        }
        self.tokens.get(self.at).map(|token| token.text)
    }

    fn take<T>(&mut self, read: impl FnOnce(&'t str) -> Option<T>) -> Option<T> {
        let taken = read(self.peek()?)?;
        self.at += 1;
        Some(taken)
    }

    fn note(&mut self, defect: DateDefect) {
        if !self.defects.contains(&defect) {
            self.defects.push(defect);
        }
    }

    fn read(mut self) -> Option<Read> {
        let stated_weekday = self.take(weekday);
        let (day, clock) = self.date_and_clock()?;
        let parsed = moment(day, clock)?;
        if stated_weekday.is_some_and(|stated| stated != parsed.day_of_week()) {
            self.note(DateDefect::WrongWeekday);
        }
        let offset = self.zone();
        let zone_comment = self.tokens.get(self.at).filter(|token| token.comment);
        Some(Read {
            local: parsed.to_timestamp_local(),
            offset,
            zone_comment: zone_comment.map(|token| token.text.trim().to_owned()),
            defects: self.defects,
        })
    }

    fn date_and_clock(&mut self) -> Option<(Day, Clock)> {
        let first = self.peek()?;
        if let Some((date, clock)) = iso_date(first) {
            self.at += 1;
            self.note(DateDefect::OtherForm);
            let Some(clock) = clock else {
                return Some((date, self.clock()?));
            };
            let zone_at = clock.find(['Z', 'z', '+', '-']);
            let (clock, zone) = clock.split_at(zone_at.unwrap_or(clock.len()));
            let clock = self.clock_of(clock)?;
            self.glued_zone = (!zone.is_empty()).then_some(zone);
            return Some((date, clock));
        }
        if let Some(month) = self.take(month) {
            // asctime: `Jun 1 04:28:28 2009`, some with the zone before the year.
            self.note(DateDefect::OtherForm);
            let day = self.take(number)?;
            if let Some(year) = self.year() {
                return Some(((year, month, day), self.clock()?));
            }
            let clock = self.clock()?;
            if self.peek().is_some_and(|word| year_digits(word).is_none()) {
                let zone_at = self.at;
                self.at += 1;
                let year = self.year()?;
                // The zone is read again from its own place, behind which nothing more is expected.
                self.at = zone_at;
                return Some(((year, month, day), clock));
            }
            return Some(((self.year()?, month, day), clock));
        }
        if let Some((day, month, year)) = dashed_date(first) {
            self.at += 1;
            self.note(DateDefect::OtherForm);
            let year = self.full_year(year)?;
            return Some(((year, month, day), self.clock()?));
        }
        // RFC 5322 3.3: day month year time.
        let day = self.take(number)?;
        let month = self.take(month)?;
        let year = self.year()?;
        Some(((year, month, day), self.clock()?))
    }

    fn year(&mut self) -> Option<u16> {
        let digits = self.take(year_digits)?;
        self.full_year(digits)
    }

    /// Two and three digits count by RFC 5322 4.3.
    fn full_year(&mut self, digits: &str) -> Option<u16> {
        let year: u16 = digits.parse().ok()?;
        let full = match digits.len() {
            2 if year < 50 => 2000 + year,
            2 | 3 => 1900 + year,
            4 => year,
            _ => return None,
        };
        if digits.len() < 4 {
            self.note(DateDefect::ShortYear);
        }
        (1900..=9999).contains(&full).then_some(full)
    }

    fn clock(&mut self) -> Option<Clock> {
        let word = self.take(|word| word.contains(':').then_some(word))?;
        self.clock_of(word)
    }

    /// `hh:mm`, `hh:mm:ss`, `hh:mm:ss.fff`, each with AM or PM glued or following.
    fn clock_of(&mut self, word: &str) -> Option<Clock> {
        let mut half = None;
        let mut word = word;
        if let Some(cut) = word.len().checked_sub(2)
            && let (Some(body), Some(tail)) = (word.get(..cut), word.get(cut..).and_then(half_day))
        {
            (word, half) = (body, Some(tail));
        }
        let mut parts = word.splitn(3, ':');
        let hour = number(parts.next()?)?;
        let minute = number(parts.next()?)?;
        let second = match parts.next() {
            None => 0,
            Some(text) => match text.split_once('.') {
                Some((whole, fraction)) if !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit()) => {
                    self.note(DateDefect::Fraction);
                    number(whole)?
                }
                _ => number(text)?,
            },
        };
        if half.is_none() {
            half = self.take(half_day);
        }
        let hour = match half {
            None => hour,
            Some(_) if !(1..=12).contains(&hour) => return None,
            Some(afternoon) => {
                self.note(DateDefect::OtherForm);
                hour % 12 + if afternoon { 12 } else { 0 }
            }
        };
        Some((hour, minute, second)).filter(|clock| is_clock(*clock))
    }

    fn zone(&mut self) -> Option<i32> {
        let read = match self.glued_zone.take() {
            Some(glued) => zone(glued),
            None => self.take(zone),
        };
        let Some(zone) = read else {
            self.note(DateDefect::NoZone);
            return None;
        };
        match zone {
            Zone::Offset { minutes, possible } => {
                if !possible {
                    self.note(DateDefect::ImpossibleZone);
                }
                Some(minutes)
            }
            Zone::Named(minutes) => {
                self.note(DateDefect::NamedZone);
                Some(minutes)
            }
            Zone::Unknown => {
                self.note(DateDefect::UnknownZone);
                None
            }
        }
    }
}
