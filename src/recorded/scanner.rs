//! A cursor over the text of a result field: comments, quoted strings, words, each with its place.
//!
//! RFC 8601 2.2 allows CFWS between nearly all tokens, and real writers put text of the sender (MAIL FROM, HELO)
//! into values and comments without quoting it. So a bracket or quotation mark that is never closed is a plain
//! character of the value, and never swallows the results behind it.

use std::ops::Range;

use crate::message::resolve_pairs;

/// More text of one field than this is not read (trace.md 3.1).
pub(super) const MAX_TEXT: usize = 16 * 1024;
/// How far a closing bracket or quotation mark is looked for inside a value: bounds the work on hostile text.
const MAX_LOOKAHEAD: usize = 1_024;
/// The same for a comment.
const MAX_COMMENT: usize = 4_096;

/// A place in the text of one field.
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// Comments passed over and not yet taken, without their outer brackets.
    comments: Vec<String>,
    /// A comment had no end.
    pub(super) unclosed_comment: bool,
}

/// A value (RFC 8601 2.2 `pvalue`) with its place.
pub(super) struct Value {
    pub(super) text: String,
    pub(super) range: Range<usize>,
    pub(super) quoted: bool,
}

impl<'t> Scanner<'t> {
    /// A cursor at the start of `text`, which is cut at [`MAX_TEXT`].
    pub(super) fn new(text: &'t str) -> Self {
        let text = &text[..text.floor_char_boundary(MAX_TEXT)];
        Self {
            text,
            at: 0,
            comments: Vec::new(),
            unclosed_comment: false,
        }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes back to a place given by [`Self::at`].
    pub(super) fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The comments passed over since the last call.
    pub(super) fn take_comments(&mut self) -> Vec<String> {
        std::mem::take(&mut self.comments)
    }

    /// Steps over `c` when it stands here.
    pub(super) fn eat(&mut self, c: char) -> bool {
        let there = self.rest().starts_with(c);
        if there {
            self.at += c.len_utf8();
        }
        there
    }

    /// Passes over white space and comments (RFC 5322 3.2.2 CFWS), keeping the comments.
    pub(super) fn skip_cfws(&mut self) {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            if !self.rest().starts_with('(') {
                return;
            }
            // Text of the sender may hold an opening bracket: the writer's own end is then the first `)`. Where none follows, what does
            // is no comment.
            let first = self.rest().find(')').map(|at| at + 1);
            let whole = first.and_then(|_| comment_end(self.rest()));
            self.unclosed_comment |= whole.is_none();
            let end = whole.or(first).unwrap_or(1);
            let inner = self.rest()[1..end].strip_suffix(')').unwrap_or(&self.rest()[1..end]);
            self.comments.push(resolve_pairs(inner.trim()));
            self.at += end;
        }
    }

    /// A keyword (RFC 8601 2.2): letters, digits, `-` and `_`. Empty when none stands here.
    pub(super) fn keyword(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// A value: a quoted string, or everything up to white space, `;` or a closed comment. Quoted parts inside
    /// (a quoted local part) belong to it, `;` and all.
    pub(super) fn value(&mut self) -> Value {
        let start = self.at;
        let mut only_quoted = None;
        while let Some(c) = self.peek() {
            match c {
                ';' => break,
                c if c.is_whitespace() => break,
                '"' => match quoted_end(self.rest()) {
                    Some(end) => {
                        if self.at == start {
                            only_quoted = Some(resolve_pairs(&self.rest()[1..end - 1]));
                        }
                        self.at += end;
                        continue;
                    }
                    None => self.at += 1,
                },
                // A closed comment ends the value, unless more of the value is glued to it.
                '(' => match comment_end(bounded(self.rest())) {
                    Some(end) if is_value_end(&self.rest()[end..]) => break,
                    Some(end) => self.at += end,
                    None => self.at += 1,
                },
                c => self.at += c.len_utf8(),
            }
            only_quoted = None;
        }
        let quoted = only_quoted.is_some();
        Value {
            text: only_quoted.unwrap_or_else(|| self.text[start..self.at].to_owned()),
            range: start..self.at,
            quoted,
        }
    }
}

/// The next stretch of text in which a value's own comment may end: up to the `;` behind it.
fn bounded(text: &str) -> &str {
    let text = &text[..text.floor_char_boundary(MAX_LOOKAHEAD)];
    text.split(';').next().unwrap_or(text)
}

fn is_value_end(rest: &str) -> bool {
    rest.chars().next().is_none_or(|c| c == ';' || c.is_whitespace())
}

/// Where the comment that begins `text` ends, counting nested ones; `None` when it never does within reach.
fn comment_end(text: &str) -> Option<usize> {
    let (mut depth, mut escaped) = (0usize, false);
    for (at, byte) in text.bytes().enumerate().take(MAX_COMMENT) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Where the quoted string that begins `text` ends; `None` when it never does within reach.
fn quoted_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1).take(MAX_LOOKAHEAD) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}
