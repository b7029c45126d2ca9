//! Tokens of an address field: the specials of RFC 5322 3.2.3, quoted strings, comments, domain literals, words.

use std::ops::Range;

/// A comment nested deeper is not followed (trace.md 3.1).
const MAX_COMMENT_DEPTH: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Quoted,
    Comment,
    Literal,
    Open,
    Close,
    Comma,
    Semicolon,
    Colon,
    At,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Bytes of the text, quotes and parentheses included.
    pub(super) range: Range<usize>,
    /// Whether white space stands before it.
    pub(super) spaced: bool,
}

pub(super) struct Tokens {
    pub(super) list: Vec<Token>,
    pub(super) unclosed_quote: bool,
    pub(super) unclosed_comment: bool,
}

pub(super) fn tokens(text: &str) -> Tokens {
    let bytes = text.as_bytes();
    let mut found = Tokens {
        list: Vec::with_capacity(text.len() / 4),
        unclosed_quote: false,
        unclosed_comment: false,
    };
    let (mut at, mut spaced) = (0, false);
    while let Some(&byte) = bytes.get(at) {
        if is_space(byte) {
            spaced = true;
            at += 1;
            continue;
        }
        let after_at = found.list.last().is_some_and(|token| token.kind == Kind::At);
        let (kind, end) = match byte {
            b'<' => (Kind::Open, at + 1),
            b'>' => (Kind::Close, at + 1),
            b',' => (Kind::Comma, at + 1),
            b';' => (Kind::Semicolon, at + 1),
            b':' => (Kind::Colon, at + 1),
            b'@' => (Kind::At, at + 1),
            // An end that was sought once in vain need not be sought again: the scan stays linear.
            b'"' if !found.unclosed_quote => match quoted_end(bytes, at) {
                Some(end) => (Kind::Quoted, end),
                None => {
                    found.unclosed_quote = true;
                    (Kind::Word, at + 1)
                }
            },
            b'(' if !found.unclosed_comment => match comment_end(bytes, at) {
                Some(end) => (Kind::Comment, end),
                None => {
                    found.unclosed_comment = true;
                    (Kind::Word, at + 1)
                }
            },
            b'[' if after_at => match literal_end(bytes, at) {
                Some(end) => (Kind::Literal, end),
                None => (Kind::Word, word_end(text, at)),
            },
            _ => (Kind::Word, word_end(text, at)),
        };
        let end = end.max(at + 1);
        found.list.push(Token {
            kind,
            range: at..end,
            spaced,
        });
        (at, spaced) = (end, false);
    }
    found
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn quoted_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn comment_end(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut depth) = (start, 0);
    loop {
        match bytes.get(at)? {
            b'(' => {
                depth += 1;
                if depth > MAX_COMMENT_DEPTH {
                    return None;
                }
            }
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'\\' => at += 1,
            _ => {}
        }
        at += 1;
    }
}

fn literal_end(bytes: &[u8], start: usize) -> Option<usize> {
    let length = bytes[start..]
        .iter()
        .position(|byte| is_space(*byte) || matches!(byte, b']' | b'<' | b'>' | b','))?;
    (bytes[start + length] == b']').then_some(start + length + 1)
}

/// The end of a word: an encoded-word whole, with the specials that mailers leave in it; else up to the next special.
fn word_end(text: &str, start: usize) -> usize {
    if let Some(end) = encoded_word_end(text, start) {
        return end;
    }
    let bytes = text.as_bytes();
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'<' | b'>' | b',' | b';' | b':' | b'@' | b'"' | b'(' if at > start => break,
            _ if is_space(byte) => break,
            _ => {}
        }
        at += 1;
    }
    let mut end = at.min(bytes.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    end
}

/// The end of an encoded-word. Mailers leave white space and commas in it, which RFC 2047 2 forbids; quotes, angle
/// brackets and a further start do not belong to it.
fn encoded_word_end(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?.strip_prefix("=?")?;
    let stop = rest
        .bytes()
        .take(MAX_ENCODED_WORD)
        .position(|byte| matches!(byte, b'"' | b'<' | b'>' | 0));
    let rest = rest.get(..rest.floor_char_boundary(stop.unwrap_or(MAX_ENCODED_WORD)))?;
    let (charset, rest) = rest.split_once('?')?;
    if charset.bytes().any(is_space) {
        return None;
    }
    let data = rest.strip_prefix(['q', 'Q', 'b', 'B'])?.strip_prefix('?')?;
    let length = data.find("?=").filter(|length| !data[..*length].contains("=?"))?;
    Some(start + 2 + charset.len() + 3 + length + 2)
}

/// RFC 2047 2 allows 75 octets; mailers write a name of any length into one.
const MAX_ENCODED_WORD: usize = 1_000;
