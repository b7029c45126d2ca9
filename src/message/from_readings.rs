//! Whom different parsers take for the author when a `From` is not plain (Composition Kills, USENIX Security 2020).

use super::{Message, Span};

/// One reading of the author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromReading {
    /// Stable name of the way of reading: `rfc5322`, `last-field`, `first-angle`, `last-angle`, ...
    pub reading: &'static str,
    /// The address that it finds, domain in normal form.
    pub address: Option<String>,
    /// Its domain in normal form.
    pub domain: Option<String>,
    /// The display name that it shows.
    pub display_name: Option<String>,
    /// Who reads so, in words.
    pub reader: &'static str,
    /// Where the address stands.
    pub span: Option<Span>,
}

/// All distinct readings, the standard's own first. Exactly one for a plain `From`; empty without any `From`.
pub fn from_readings(_message: &Message<'_>) -> Vec<FromReading> {
    Vec::new()
}
