//! The tokens of master files (RFC 1035 section 5.1): entries of a line, or of several in parentheses.
//!
//! Written here because hickory's reader takes the quotes of strings in parentheses, the usual form of DKIM keys, for
//! content, and knows no line numbers.

use super::Fault;

/// A word or a quoted string, its escapes as they were written.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) quoted: bool,
}

/// A record or a directive.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// The 1-based line on which it begins.
    pub(super) line: usize,
    /// It begins with a blank: its owner is that of the entry before.
    pub(super) indented: bool,
    /// Never empty.
    pub(super) tokens: Vec<Token<'a>>,
}

/// Reads entry after entry.
pub(super) struct Entries<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Entries<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The next entry; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Entry<'a>>, Fault> {
        let mut entry = self.begin();
        // The lines of the parentheses that are open.
        let mut open = Vec::new();
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                    if open.is_empty() {
                        if !entry.tokens.is_empty() {
                            return Ok(Some(entry));
                        }
                        entry = self.begin();
                    }
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b';' => self.at = self.find(|byte| byte == b'\n'),
                b'(' => {
                    self.at += 1;
                    open.push(self.line);
                }
                b')' => {
                    self.at += 1;
                    open.pop().ok_or((self.line, "`)` without `(`".to_owned()))?;
                }
                b'"' => entry.tokens.push(self.quoted()?),
                _ => entry.tokens.push(self.word()),
            }
        }
        match open.first() {
            Some(line) => Err((*line, "`(` is not closed".to_owned())),
            None => Ok((!entry.tokens.is_empty()).then_some(entry)),
        }
    }

    fn begin(&self) -> Entry<'a> {
        Entry {
            line: self.line,
            indented: matches!(self.peek(), Some(b' ' | b'\t')),
            tokens: Vec::new(),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Where the next byte of a kind stands that is not escaped; else the end.
    fn find(&self, wanted: impl Fn(u8) -> bool) -> usize {
        let mut escaped = false;
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let found = rest.iter().position(|byte| {
            // A line ends even behind a backslash.
            let here = (!escaped || *byte == b'\n') && wanted(*byte);
            escaped = !escaped && *byte == b'\\';
            here
        });
        found.map_or(self.text.len(), |found| self.at + found)
    }

    fn word(&mut self) -> Token<'a> {
        let end = self.find(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'(' | b')' | b'"'));
        self.take(end, false)
    }

    /// A string must end on its line: else a forgotten quote would swallow what follows.
    fn quoted(&mut self) -> Result<Token<'a>, Fault> {
        self.at += 1;
        let end = self.find(|byte| matches!(byte, b'"' | b'\n'));
        if self.text.as_bytes().get(end) != Some(&b'"') {
            return Err((self.line, "a quoted string has no end".to_owned()));
        }
        let token = self.take(end, true);
        self.at += 1;
        Ok(token)
    }

    fn take(&mut self, end: usize, quoted: bool) -> Token<'a> {
        // Both ends stand beside ASCII, so never within a character.
        let text = self.text.get(self.at..end).unwrap_or_default();
        self.at = end;
        Token { text, quoted }
    }
}

/// The octets that a text with escapes stands for (`\X`, `\DDD`), each with whether it was escaped.
pub(super) fn unescape(text: &str) -> Result<Vec<(u8, bool)>, String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            octets.push((*first, false));
            continue;
        }
        match after {
            [
                hundreds @ b'0'..=b'9',
                tens @ b'0'..=b'9',
                ones @ b'0'..=b'9',
                after @ ..,
            ] => {
                let number = [hundreds, tens, ones]
                    .iter()
                    .fold(0u16, |number, digit| number * 10 + u16::from(**digit - b'0'));
                let octet = u8::try_from(number).map_err(|_| format!("`\\{number}` is no octet"))?;
                octets.push((octet, true));
                rest = after;
            }
            [b'0'..=b'9', ..] | [] => return Err(format!("`{text}` has a broken escape")),
            [octet, after @ ..] => {
                octets.push((*octet, true));
                rest = after;
            }
        }
    }
    Ok(octets)
}
