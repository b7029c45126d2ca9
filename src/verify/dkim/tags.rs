//! Tag-lists (RFC 6376 3.2), read from bytes so that each value can be quoted and b= can be cut out exactly.

use std::ops::Range;

use base64::Engine;

use crate::message::{LENIENT_BASE64, Unfolded};

/// More tags than this are an attack on the reader; the RFC defines a dozen.
const MAX_TAGS: usize = 128;

/// One `name=value`.
#[derive(Debug)]
pub(in crate::verify) struct Tag<'a> {
    /// The name as written; compared with case (RFC 6376 3.2).
    name: &'a [u8],
    /// The value, outer folding white space removed.
    pub(in crate::verify) value: &'a [u8],
    /// Where the value stands in the bytes read.
    pub(in crate::verify) at: Range<usize>,
    /// Everything between `=` and the next `;`, the white space included.
    pub(in crate::verify) with_white_space: Range<usize>,
}

/// A tag-list as far as it can be read.
#[derive(Debug, Default)]
pub(in crate::verify) struct TagList<'a> {
    tags: Vec<Tag<'a>>,
    /// The first break of the grammar: it makes the whole list invalid.
    pub(in crate::verify) problem: Option<String>,
}

impl<'a> TagList<'a> {
    /// Reads a list. What breaks the grammar is left out and noted, so that the rest can still be judged.
    pub(in crate::verify) fn parse(bytes: &'a [u8]) -> Self {
        let mut list = Self {
            tags: Vec::with_capacity(12),
            problem: None,
        };
        let mut start = 0;
        while start < bytes.len() {
            let rest = bytes.get(start..).unwrap_or_default();
            let end = start + memchr::memchr(b';', rest).unwrap_or(rest.len());
            list.add(bytes, start..end);
            if list.tags.len() >= MAX_TAGS {
                list.problem(format!("more than {MAX_TAGS} tags"));
                break;
            }
            start = end + 1;
        }
        list
    }

    fn add(&mut self, bytes: &'a [u8], spec: Range<usize>) {
        let text = bytes.get(spec.clone()).unwrap_or_default();
        if trimmed(text).is_empty() {
            // Only the last semicolon may be followed by nothing.
            if spec.end < bytes.len() {
                self.problem("an empty tag".to_owned());
            }
            return;
        }
        let Some(equals) = memchr::memchr(b'=', text) else {
            return self.problem(format!("\"{}\" is no tag", shown(text)));
        };
        let (name, value) = (&text[..equals], &text[equals + 1..]);
        let name = trimmed(name);
        // tag-name = ALPHA *ALNUMPUNC
        let well_formed = name.first().is_some_and(u8::is_ascii_alphabetic)
            && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        if !well_formed {
            return self.problem(format!("\"{}\" is no tag name", shown(name)));
        }
        // RFC 6376 3.2: "Tags with duplicate names MUST NOT occur".
        if self.get_bytes(name).is_some() {
            return self.problem(format!("{}= stands twice", shown(name)));
        }
        let from = spec.start + equals + 1;
        let inner = trimmed(value);
        let lead = value.len() - value.trim_start_with(is_white_space).len();
        let at = if inner.is_empty() {
            from..from
        } else {
            from + lead..from + lead + inner.len()
        };
        self.tags.push(Tag {
            name,
            value: inner,
            at,
            with_white_space: from..spec.end,
        });
    }

    fn problem(&mut self, what: String) {
        self.problem.get_or_insert(what);
    }

    fn get_bytes(&self, name: &[u8]) -> Option<&Tag<'a>> {
        self.tags.iter().find(|tag| tag.name == name)
    }

    /// The tag of a name.
    pub(in crate::verify) fn get(&self, name: &str) -> Option<&Tag<'a>> {
        self.get_bytes(name.as_bytes())
    }

    /// Whether the list begins with this tag.
    pub(in crate::verify) fn begins_with(&self, name: &str) -> bool {
        self.tags.first().is_some_and(|tag| tag.name == name.as_bytes())
    }
}

impl Tag<'_> {
    /// The value on one line.
    pub(in crate::verify) fn text(&self) -> String {
        shown(self.value)
    }

    /// The value without any white space: base64, numbers, lists.
    pub(in crate::verify) fn compact(&self) -> Vec<u8> {
        let mut compact = self.value.to_vec();
        compact.retain(|byte| !is_white_space(*byte));
        compact
    }

    /// The items of a colon-separated list, white space around them removed.
    pub(in crate::verify) fn items(&self) -> Vec<String> {
        self.value.split(|byte| *byte == b':').map(shown).collect()
    }

    /// The value as base64 (RFC 4648 4); white space inside is allowed (RFC 6376 2.10), padding may be missing.
    pub(in crate::verify) fn base64(&self) -> Option<Vec<u8>> {
        let folded = self.value.iter().fold(false, |any, byte| any | is_white_space(*byte));
        match folded {
            true => LENIENT_BASE64.decode(self.compact()).ok(),
            false => LENIENT_BASE64.decode(self.value).ok(),
        }
    }
}

/// The white space of RFC 6376 2.8, and the line ends of its folds.
pub(in crate::verify) fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Bytes without outer white space.
pub(in crate::verify) fn trimmed(bytes: &[u8]) -> &[u8] {
    bytes.trim_start_with(is_white_space).trim_end_with(is_white_space)
}

/// Trimming by a predicate, which the standard library has for text only.
trait TrimWith {
    fn trim_start_with(&self, drop: impl Fn(u8) -> bool) -> &Self;
    fn trim_end_with(&self, drop: impl Fn(u8) -> bool) -> &Self;
}

impl TrimWith for [u8] {
    fn trim_start_with(&self, drop: impl Fn(u8) -> bool) -> &Self {
        let start = self.iter().position(|byte| !drop(*byte)).unwrap_or(self.len());
        self.get(start..).unwrap_or_default()
    }

    fn trim_end_with(&self, drop: impl Fn(u8) -> bool) -> &Self {
        let end = self.iter().rposition(|byte| !drop(*byte)).map_or(0, |last| last + 1);
        self.get(..end).unwrap_or_default()
    }
}

/// Bytes as text for a reader, outer white space removed.
pub(in crate::verify) fn shown(bytes: &[u8]) -> String {
    let bytes = trimmed(bytes);
    // Nearly all values are plain; only the others are worth the work of unfolding.
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.iter().all(|byte| (b' '..=b'~').contains(byte)) => text.to_owned(),
        _ => Unfolded::new(bytes, 0).text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_places() {
        let raw = b" v=1; d = \r\n\tbank.example ;bh= a b\r\n c=;";
        let list = TagList::parse(raw);
        assert_eq!(list.problem, None);
        let domain = list.get("d").map(|tag| (&raw[tag.at.clone()], tag.text()));
        assert_eq!(domain, Some((b"bank.example".as_slice(), "bank.example".to_owned())));
        assert_eq!(list.get("bh").map(Tag::compact), Some(b"abc=".to_vec()));
        assert!(list.begins_with("v"));
        assert!(list.get("V").is_none());
    }

    #[test]
    fn breaks_of_the_grammar_are_named() {
        for (text, problem) in [
            ("a=1; a=2", "a= stands twice"),
            ("a=1;;b=2", "an empty tag"),
            ("a=1; nonsense", "\"nonsense\" is no tag"),
            ("1a=1", "\"1a\" is no tag name"),
        ] {
            assert_eq!(TagList::parse(text.as_bytes()).problem.as_deref(), Some(problem));
        }
        assert_eq!(TagList::parse(b"a=1; \r\n ").problem, None);
        assert!(TagList::parse("x;".repeat(100_000).as_bytes()).problem.is_some());
    }
}
