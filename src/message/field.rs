//! One header field with the bytes that it came from.

use std::{borrow::Cow, cell::OnceCell, ops::Range};

use super::address::{AddressList, AddressReading};

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
    /// The bytes of the name: what a search looks at.
    pub(super) name: &'m [u8],
    /// The stored message.
    pub(super) bytes: &'m [u8],
    /// The value on one line, once somebody asked for it.
    pub(super) unfolded: OnceCell<Unfolded>,
    /// The value as a list of addresses, likewise.
    pub(super) addresses: OnceCell<AddressReading>,
}

/// Of a longer field only this much is read (trace.md 3.1): what parses a value may take its length for bounded.
/// [`Field::raw`] and [`Field::raw_value`] stay whole, for hashes.
pub(super) const MAX_FIELD: usize = 16 * 1024;

impl<'m> Field<'m> {
    /// The name as written.
    pub fn name(&self) -> Cow<'m, str> {
        lossy(self.name_bytes())
    }

    /// Whether the field has this name, compared without case.
    #[inline]
    pub fn is(&self, name: &str) -> bool {
        let (own, name) = (self.name_bytes(), name.as_bytes());
        // Most names differ in length, and most others at their end.
        own.len() == name.len() && Names::ends_alike(own, name) && own.eq_ignore_ascii_case(name)
    }

    /// Whether the field's name begins so, compared without case.
    pub fn begins(&self, with: &str) -> bool {
        let start = self.name_bytes().get(..with.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
    }

    pub(crate) fn name_bytes(&self) -> &'m [u8] {
        self.name
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
    pub fn unfolded(&self) -> &Unfolded {
        self.unfolded.get_or_init(|| {
            let raw = self.raw_value();
            let kept = raw.get(..MAX_FIELD).unwrap_or(raw);
            Unfolded::with_line_ends(kept, self.value_span.start, self.cr_only)
        })
    }

    /// The value as a list of addresses (RFC 5322 3.4).
    pub fn addresses(&self) -> &AddressList {
        &self.address_reading().list
    }

    /// As [`Self::addresses`], with what other readers could make of it.
    pub(super) fn address_reading(&self) -> &AddressReading {
        self.addresses.get_or_init(|| AddressReading::of(self.unfolded()))
    }

    /// The value on one line, outer white space removed.
    pub fn text(&self) -> &str {
        &self.unfolded().text
    }
}

/// Bytes as text, with U+FFFD for what is none. As the library's function of that name, which takes longer to see that all is well.
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// A text without some of its characters; few texts have any.
pub(super) fn without(text: &str, what: impl Fn(char) -> bool) -> Cow<'_, str> {
    match text.contains(&what) {
        true => Cow::Owned(text.replace(&what, "")),
        false => Cow::Borrowed(text),
    }
}

/// The names of a header, without case, so coarsely that it may take a name for one of them, and never overlooks one: most names
/// that rules look for stand in no header.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Names(u128);

impl Names {
    pub(super) fn insert(&mut self, name: &[u8]) {
        self.0 |= Self::bit(name);
    }

    /// Whether there may be a field of this name.
    #[inline]
    pub(super) fn may_hold(self, name: &str) -> bool {
        self.0 & Self::bit(name.as_bytes()) != 0
    }

    /// One bit for each length and first and last letter.
    #[inline]
    fn bit(name: &[u8]) -> u128 {
        let letter = |byte: Option<&u8>| byte.map_or(0, |byte| usize::from(byte | 0x20));
        1 << ((name.len() * 37 + letter(name.first()) * 5 + letter(name.last()) * 11) % 128)
    }

    /// Whether two names end in the same letter, or in bytes so like that only a full comparison tells.
    #[inline]
    fn ends_alike(a: &[u8], b: &[u8]) -> bool {
        a.last().map(|byte| byte | 0x20) == b.last().map(|byte| byte | 0x20)
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
    /// Where its first byte is stored.
    begin: usize,
    /// Further stretches that stand in one piece: where each begins in `text`, and where it is stored. Most values have none.
    pieces: Vec<(usize, usize)>,
    /// Where what follows the text is stored.
    end: usize,
}

impl Unfolded {
    /// Unfolds bytes that stand at offset `base` of the stored message.
    pub fn new(raw: &[u8], base: usize) -> Self {
        Self::with_line_ends(raw, base, false)
    }

    /// As [`Self::new`]; with `cr_only` a bare CR is a line end as well.
    pub(super) fn with_line_ends(raw: &[u8], base: usize, cr_only: bool) -> Self {
        let is_line_end = |at: usize| match raw.get(at) {
            Some(b'\n') => true,
            Some(b'\r') => cr_only || ends_in_lf(raw, at),
            _ => false,
        };
        let past_space = |mut at: usize| {
            while matches!(raw.get(at), Some(b' ' | b'\t')) || is_line_end(at) {
                at += 1;
            }
            at
        };
        let mut unfolded = Self {
            text: String::with_capacity(raw.len()),
            begin: base,
            pieces: Vec::new(),
            end: base + raw.len(),
        };
        let mut at = past_space(0);
        while at < raw.len() {
            let ends = memchr::memchr2_iter(b'\r', b'\n', &raw[at..]).map(|found| at + found);
            let fold = ends.into_iter().find(|found| is_line_end(*found)).unwrap_or(raw.len());
            unfolded.push(&raw[at..fold], base + at);
            if fold < raw.len() {
                unfolded.begin_piece(base + fold);
                unfolded.text.push(' ');
            }
            at = past_space(fold);
        }
        let kept = unfolded.text.trim_end_matches([' ', '\t']).len();
        unfolded.end = unfolded.stored(kept);
        unfolded.text.truncate(kept);
        unfolded
    }

    /// What is appended next stands at `stored`.
    fn begin_piece(&mut self, stored: usize) {
        if self.text.is_empty() {
            self.begin = stored;
            return;
        }
        if self.pieces.is_empty() {
            self.pieces.reserve(4);
        }
        self.pieces.push((self.text.len(), stored));
    }

    /// Appends bytes that stand at `stored`.
    fn push(&mut self, bytes: &[u8], mut stored: usize) {
        if let Ok(text) = std::str::from_utf8(bytes) {
            if !text.is_empty() {
                self.begin_piece(stored);
                self.text.push_str(text);
            }
            return;
        }
        for chunk in bytes.utf8_chunks() {
            if !chunk.valid().is_empty() {
                self.begin_piece(stored);
                self.text.push_str(chunk.valid());
                stored += chunk.valid().len();
            }
            if !chunk.invalid().is_empty() {
                self.begin_piece(stored);
                self.text.push(char::REPLACEMENT_CHARACTER);
                stored += chunk.invalid().len();
            }
        }
    }

    /// Where a byte of the text is stored; of its end and beyond, what follows the text.
    fn stored(&self, at: usize) -> usize {
        if at >= self.text.len() {
            return self.end;
        }
        let behind = self.pieces.partition_point(|(start, _)| *start <= at);
        let piece = behind.checked_sub(1).and_then(|index| self.pieces.get(index));
        piece.map_or(self.begin + at, |(start, stored)| stored + (at - start))
    }

    /// Where the text was folded (RFC 5322 2.2.3) first at `at` or behind it: the place of the space that stands for the fold.
    pub(crate) fn fold_behind(&self, at: usize) -> Option<usize> {
        let first = self.pieces.partition_point(|(start, _)| *start < at);
        let pieces = self.pieces.get(first..)?.windows(2);
        // One space for a line end and white space; a piece after bytes that are no text has as many bytes as are stored.
        let folds = pieces.filter(|pair| pair[1].0 - pair[0].0 == 1 && pair[1].1 - pair[0].1 > 1);
        folds.map(|pair| pair[0].0).next()
    }

    /// The stored span of a byte range of [`Self::text`]. Ranges beyond the text are cut.
    pub fn span(&self, range: Range<usize>) -> Span {
        let last = self.text.len();
        let start = range.start.min(last);
        let end = range.end.clamp(start, last);
        let start = self.stored(start);
        Span {
            start,
            end: self.stored(end).max(start),
        }
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
        let first = self.pieces.partition_point(|(piece, _)| *piece <= start);
        let behind = self.pieces.get(first..).unwrap_or_default();
        let within = behind.iter().take_while(|(piece, _)| *piece < end);
        Self {
            text: self.text.get(start..end).unwrap_or_default().to_owned(),
            begin: self.stored(start),
            pieces: within.map(|(piece, stored)| (piece - start, *stored)).collect(),
            end: self.stored(end),
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
