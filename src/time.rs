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
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mail_parser::DateTime::from_timestamp(self.0).to_rfc3339())
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
