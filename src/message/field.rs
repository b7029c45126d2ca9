//! One header field with the bytes that it came from.

use std::{borrow::Cow, ops::Range};

/// A range of byte offsets into the message as stored, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A header field (RFC 5322 2.2) as written.
#[derive(Clone, Debug)]
pub struct Field<'m> {
    /// Position in the header, 0 on top.
    pub index: usize,
    /// 1-based line of the stored message.
    pub line: usize,
    /// The whole field without its last line end.
    pub span: Span,
    /// The name as written, with obsolete white space before the colon left out.
    pub name_span: Span,
    /// What follows the colon, folds included, without the last line end.
    pub value_span: Span,
    /// Whether the message ends its lines in bare CR, so that CR folds too.
    pub(super) cr_only: bool,
    /// The stored message.
    pub(super) bytes: &'m [u8],
}

/// Of a longer field only this much is read (trace.md 3.1): what parses a value may take its length for bounded.
/// [`Field::raw`] and [`Field::raw_value`] stay whole, for hashes.
pub(super) const MAX_FIELD: usize = 16 * 1024;

impl<'m> Field<'m> {
    /// The name as written.
    pub fn name(&self) -> Cow<'m, str> {
        String::from_utf8_lossy(&self.bytes[self.name_span.start..self.name_span.end])
    }

    /// Whether the field has this name, compared without case.
    pub fn is(&self, name: &str) -> bool {
        self.bytes[self.name_span.start..self.name_span.end].eq_ignore_ascii_case(name.as_bytes())
    }

    /// The whole field as stored, without its last line end.
    pub fn raw(&self) -> &'m [u8] {
        &self.bytes[self.span.start..self.span.end]
    }

    /// What follows the colon, as stored.
    pub fn raw_value(&self) -> &'m [u8] {
        &self.bytes[self.value_span.start..self.value_span.end]
    }

    /// The value on one line, outer white space removed, each byte traceable to its place. Of a value beyond
    /// 16 KiB only the beginning (the message then has a defect that says so).
    pub fn unfolded(&self) -> Unfolded {
        let raw = self.raw_value();
        let kept = raw.get(..MAX_FIELD).unwrap_or(raw);
        Unfolded::with_line_ends(kept, self.value_span.start, self.cr_only)
    }

    /// The value on one line, outer white space removed.
    pub fn text(&self) -> String {
        self.unfolded().text
    }
}

/// Text on one line, with the stored place of each of its bytes.
///
/// Line ends vanish; the white space that follows a fold becomes one space (trace.md 3.1). Bytes that are no
/// UTF-8 become U+FFFD. NUL and control bytes stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unfolded {
    /// The text.
    pub text: String,
    /// For each byte of `text` its stored offset, and one more for the end.
    offsets: Vec<usize>,
}

impl Unfolded {
    /// Unfolds bytes that stand at offset `base` of the stored message.
    pub fn new(raw: &[u8], base: usize) -> Self {
        Self::with_line_ends(raw, base, false)
    }

    /// As [`Self::new`]; with `cr_only` a bare CR is a line end as well.
    pub(super) fn with_line_ends(raw: &[u8], base: usize, cr_only: bool) -> Self {
        let mut text = String::with_capacity(raw.len());
        let mut offsets = Vec::with_capacity(raw.len() + 1);
        let mut in_fold = false;
        let mut at = base;
        for chunk in raw.utf8_chunks() {
            let damaged = (!chunk.invalid().is_empty()).then_some((chunk.valid().len(), char::REPLACEMENT_CHARACTER));
            for (i, c) in chunk.valid().char_indices().chain(damaged) {
                let line_end = c == '\n' || (c == '\r' && (cr_only || ends_in_lf(raw, at + i - base)));
                if line_end && !in_fold {
                    in_fold = true;
                    text.push(' ');
                    offsets.push(at + i);
                }
                in_fold = line_end || (in_fold && matches!(c, ' ' | '\t'));
                if !in_fold {
                    text.push(c);
                    offsets.extend(std::iter::repeat_n(at + i, c.len_utf8()));
                }
            }
            at += chunk.valid().len() + chunk.invalid().len();
        }
        offsets.push(base + raw.len());
        let lead = text.len() - text.trim_start_matches([' ', '\t']).len();
        text.drain(..lead);
        offsets.drain(..lead);
        let kept = text.trim_end_matches([' ', '\t']).len();
        text.truncate(kept);
        let end = offsets.get(kept).copied().unwrap_or(base + raw.len());
        offsets.truncate(kept);
        offsets.push(end);
        Self { text, offsets }
    }

    /// The stored span of a byte range of [`Self::text`]. Ranges beyond the text are cut.
    pub fn span(&self, range: Range<usize>) -> Span {
        let last = self.text.len();
        let start = range.start.min(last);
        let end = range.end.clamp(start, last);
        let start = self.offsets.get(start).copied().unwrap_or(0);
        let end = self.offsets.get(end).copied().unwrap_or(start).max(start);
        Span { start, end }
    }

    /// The stored span of the whole text.
    pub fn full_span(&self) -> Span {
        self.span(0..self.text.len())
    }

    /// A part of this text that keeps its places. A range that cuts a character is widened downwards.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let last = self.text.len();
        let start = self.text.floor_char_boundary(range.start.min(last));
        let end = self.text.floor_char_boundary(range.end.clamp(start, last));
        Self {
            text: self.text.get(start..end).unwrap_or_default().to_owned(),
            offsets: self.offsets.get(start..=end).unwrap_or_default().to_vec(),
        }
    }
}

/// Whether the CR at `at` belongs to a line end: one LF after it, or after further CRs (what a doubled conversion leaves).
fn ends_in_lf(raw: &[u8], at: usize) -> bool {
    raw.get(at..)
        .and_then(|rest| rest.iter().find(|byte| **byte != b'\r'))
        .is_some_and(|byte| *byte == b'\n')
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn unfolds_and_keeps_places() {
        let raw = b" a\r\n\t b \xff c ";
        let unfolded = Unfolded::new(raw, 10);
        assert_eq!(unfolded.text, "a b \u{fffd} c");
        let b = unfolded.text.find('b').unwrap();
        assert_eq!(unfolded.span(b..b + 1), Span { start: 16, end: 17 });
    }

    #[test]
    fn no_range_is_out_of_bounds() {
        let empty = Unfolded::default();
        assert_eq!(empty.span(3..9), Span { start: 0, end: 0 });
        let umlaut = Unfolded::new("\u{fc}x".as_bytes(), 0);
        assert_eq!(umlaut.slice(1..9).text, "\u{fc}x");
        assert_eq!(umlaut.slice(7..9).text, "");
    }

    #[test]
    fn unfolds_doubled_cr_and_keeps_a_bare_one() {
        assert_eq!(Unfolded::new(b"a\r\r\n b", 0).text, "a b");
        assert_eq!(Unfolded::new(b"a\rFrom: b", 0).text, "a\rFrom: b");
        assert_eq!(Unfolded::with_line_ends(b"a\r b", 0, true).text, "a b");
    }
}
