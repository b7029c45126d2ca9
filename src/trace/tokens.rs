//! A Received field as words, comments, and what stands in brackets or quotation marks (trace.md 3.2). One pass, no recursion.
//!
//! A client may say `x(`, `[` or `"` for its name, and some servers write that down as it is: what never closes cannot swallow what
//! the server wrote behind it. What a client says holds no line end, so where the field is folded is the server's word.

use std::ops::Range;

use super::{
    annotation::{path_length, quoted_length},
    profiles,
};
use crate::message::Unfolded;

/// Comments beyond this number are left out: a field of a million parentheses is an attack on the reader.
pub(super) const MAX_COMMENTS: usize = 64;
/// Words beyond this number are left out. Real fields have fewer than a hundred.
const MAX_TOKENS: usize = 1_024;
/// Comments nested more deeply than this are reported; they are skipped whole like any other.
const MAX_DEPTH: usize = 32;

/// The kinds of token at depth 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word,
    Quoted,
    /// `[...]`
    Bracket,
    /// `(...)`, nested comments included.
    Comment,
    /// `<...>`
    Angle,
    Semicolon,
    Comma,
}

/// A token; ranges are byte ranges of the unfolded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// With its delimiters.
    pub(super) range: Range<usize>,
    /// Without its delimiters.
    pub(super) inner: Range<usize>,
}

impl Token {
    /// A token with a delimiter of one byte at each end of its range.
    fn delimited(kind: TokenKind, range: Range<usize>) -> Self {
        let inner = range.start + 1..range.end - 1;
        Self { kind, range, inner }
    }

    /// A token that nothing delimits.
    fn bare(kind: TokenKind, range: Range<usize>) -> Self {
        let inner = range.clone();
        Self { kind, range, inner }
    }

    /// The text between the delimiters.
    pub(super) fn inner<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.inner.clone()).unwrap_or_default()
    }

    /// Whether it can be the value of a clause.
    pub(super) fn is_value(&self) -> bool {
        !matches!(self.kind, TokenKind::Semicolon | TokenKind::Comma)
    }
}

/// Cuts a range of the text into tokens.
pub(super) fn tokenise(value: &Unfolded, range: Range<usize>, notes: &mut Vec<&'static str>) -> Vec<Token> {
    let bytes = value.text.as_bytes();
    let pairs = matching_parentheses(value, &range, notes);
    let mut tokens = Vec::with_capacity(range.len() / 8);
    let mut comments = 0_usize;
    let mut unquoted = Unquoted::default();
    let mut at = range.start;
    while at < range.end {
        if tokens.len() == MAX_TOKENS {
            notes.push("limit: more than 1024 words");
            break;
        }
        let byte = bytes.get(at).copied().unwrap_or_default();
        let rest = bytes.get(at + 1..range.end).unwrap_or_default();
        let delimited = match byte {
            b'(' => pairs
                .binary_search_by_key(&at, |(start, _)| *start)
                .ok()
                .and_then(|found| pairs.get(found))
                .map(|(_, end)| (TokenKind::Comment, end - at - 1)),
            b'"' => unquoted
                .end(rest)
                .filter(|length| is_balanced(&rest[..*length]))
                .map(|length| (TokenKind::Quoted, length)),
            b'[' => end_of_bracket(rest).map(|length| (TokenKind::Bracket, length)),
            b'<' => end_of_angle(rest).map(|length| (TokenKind::Angle, length)),
            _ => None,
        };
        if let Some((kind, length)) = delimited {
            let end = at + 1 + length + 1;
            comments += usize::from(kind == TokenKind::Comment);
            if kind != TokenKind::Comment || comments <= MAX_COMMENTS {
                tokens.push(Token::delimited(kind, at..end));
            }
            at = end;
        } else if matches!(byte, b';' | b',') {
            let kind = if byte == b';' {
                TokenKind::Semicolon
            } else {
                TokenKind::Comma
            };
            tokens.push(Token::bare(kind, at..at + 1));
            at += 1;
        } else if !in_word(byte) {
            at += 1;
        } else {
            let length = 1 + rest.iter().position(|byte| !in_word(*byte)).unwrap_or(rest.len());
            tokens.push(Token::bare(TokenKind::Word, at..at + length));
            at += length;
        }
    }
    if comments > MAX_COMMENTS {
        notes.push("limit: more than 64 comments");
    }
    tokens
}

/// Where each parenthesis that closes has its end, by start.
fn matching_parentheses(value: &Unfolded, range: &Range<usize>, notes: &mut Vec<&'static str>) -> Vec<(usize, usize)> {
    let bytes = value.text.as_bytes();
    let mut open = Vec::new();
    let mut pairs = Vec::new();
    let mut too_deep = false;
    let mut quoted = None;
    // The path that a comment tells of is the sender's text, brackets and all.
    let mut path_end = range.start;
    let marks = memchr::memchr3_iter(b'\\', b'(', b')', bytes.get(range.clone()).unwrap_or_default());
    for at in marks.map(|at| range.start + at) {
        match bytes.get(at) {
            _ if at < path_end => {}
            // quoted-pair inside a comment, RFC 5322 3.2.1
            _ if quoted == Some(at) => {}
            Some(b'\\') if !open.is_empty() => quoted = Some(at + 1),
            Some(b'(') => {
                path_end = end_of_path(&bytes[at + 1..range.end]).map_or(path_end, |end| at + 1 + end);
                open.push(at);
                too_deep |= open.len() > MAX_DEPTH;
            }
            Some(b')') => pairs.extend(open.pop().map(|start| (start, at))),
            _ => {}
        }
    }
    if too_deep {
        notes.push("limit: comments nested more than 32 deep");
    }
    if let Some(first) = open.first() {
        notes.push("grammar: comment without an end");
        let length = line_end(value, *first, range.end) - first;
        let rest = value.text.get(*first..range.end);
        let (line, behind) = rest.and_then(|rest| rest.split_at_checked(length)).unwrap_or_default();
        // `(helo=x()`: the client's name stands inside the parenthesis. Behind the line a server names itself, and no client does.
        let comment = line.strip_suffix(')').filter(|_| profiles::marks_helo(behind));
        pairs.extend(comment.map(|comment| (*first, first + comment.len())));
    }
    pairs.sort_unstable();
    pairs
}

/// Where the line ends on which `at` stood before it was unfolded, in any case not behind `end`.
fn line_end(value: &Unfolded, at: usize, end: usize) -> usize {
    value.fold_behind(at).map_or(end, |fold| fold.min(end))
}

/// Where the path ends that the text of a comment tells of: `envelope-from <...>`, `envelope-sender <...>`, and chasquid's
/// `over SMTP, TLS-1.3, envelope from "..."`.
fn end_of_path(text: &[u8]) -> Option<usize> {
    let begins = |mark: &&[u8]| {
        text.get(..mark.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(mark))
    };
    let marks: [&[u8]; 2] = [b"envelope-from <", b"envelope-sender <"];
    if let Some(mark) = marks.into_iter().find(begins) {
        return Some(mark.len() + path_length(&text[mark.len()..])?);
    }
    let behind = text.strip_prefix(b"over ")?;
    let mark = memchr::memchr2(b'"', b')', behind).filter(|mark| behind[..*mark].ends_with(b"envelope from "))?;
    let path = "over ".len() + mark + 1;
    Some(path + quoted_length(&text[path..])?)
}

/// Where quotation marks close. Once none follows it is not looked for again: that keeps the scan linear.
#[derive(Default)]
struct Unquoted(bool);

impl Unquoted {
    fn end(&mut self, rest: &[u8]) -> Option<usize> {
        let found = memchr::memchr(b'"', rest).filter(|_| !self.0);
        self.0 |= found.is_none();
        found
    }
}

/// Whether parentheses and angle brackets come in as many pairs: else the quotation marks around are not of one writer.
fn is_balanced(quoted: &[u8]) -> bool {
    let count = |wanted: u8| memchr::memchr_iter(wanted, quoted).count();
    count(b'(') == count(b')') && count(b'<') == count(b'>')
}

/// What stands in brackets is one address; other brackets in it show that this one never closes.
fn end_of_bracket(rest: &[u8]) -> Option<usize> {
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'[' | b']' | b'(' | b')' | b'<' | b'>' | b';'))?;
    (rest[end] == b']').then_some(end)
}

/// A path, or whatever else holds no further `<`.
fn end_of_angle(rest: &[u8]) -> Option<usize> {
    path_length(rest).or_else(|| memchr::memchr2(b'<', b'>', rest).filter(|end| rest[*end] == b'>'))
}

/// Whether a byte belongs to a word. NUL and control bytes do not: they vanish from values and stay in spans.
fn in_word(byte: u8) -> bool {
    !matches!(
        byte,
        0..=b' ' | 0x7f | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b';' | b',' | b'"'
    )
}
