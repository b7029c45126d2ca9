//! The tolerant scanner of Received fields (trace.md 3.2): text to tokens, tokens to clauses. One pass each, no recursion.

use std::ops::Range;

use super::{address_class::read_ip, annotation::path_length, date_place::split_date};

/// More than this of one field is not read (trace.md 3.1).
const MAX_FIELD: usize = 16 * 1024;
/// Clauses and comments beyond these numbers are left out: a field of a million parentheses is an attack on the reader.
const MAX_CLAUSES: usize = 64;
const MAX_COMMENTS: usize = 64;
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
    /// The text between the delimiters.
    pub(super) fn inner<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.inner.clone()).unwrap_or_default()
    }

    /// The clause that a word opens.
    pub(super) fn keyword(&self, text: &str) -> Option<ClauseKind> {
        (self.kind == TokenKind::Word)
            .then(|| ClauseKind::of(self.inner(text)))
            .flatten()
    }

    /// Whether it can be the value of a clause.
    pub(super) fn is_value(&self) -> bool {
        !matches!(self.kind, TokenKind::Semicolon | TokenKind::Comma)
    }
}

/// The clauses of RFC 5321 4.4, those registered since, and the keyword that Haraka adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClauseKind {
    From,
    By,
    Via,
    With,
    Id,
    For,
    /// RFC 8314 4.3.
    Tls,
    /// RFC 6729.
    State,
    /// RFC 6710.
    Priority,
    /// `envelope-from <s>` outside a comment.
    EnvelopeFrom,
}

impl ClauseKind {
    fn of(word: &str) -> Option<Self> {
        const KEYWORDS: [(&str, ClauseKind); 10] = [
            ("from", ClauseKind::From),
            ("by", ClauseKind::By),
            ("via", ClauseKind::Via),
            ("with", ClauseKind::With),
            ("id", ClauseKind::Id),
            ("for", ClauseKind::For),
            ("tls", ClauseKind::Tls),
            ("state", ClauseKind::State),
            ("priority", ClauseKind::Priority),
            ("envelope-from", ClauseKind::EnvelopeFrom),
        ];
        KEYWORDS
            .iter()
            .find(|(keyword, _)| word.eq_ignore_ascii_case(keyword))
            .map(|(_, kind)| *kind)
    }
}

/// A clause and what stands in it, comments included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clause {
    pub(super) kind: ClauseKind,
    pub(super) tokens: Vec<Token>,
}

impl Clause {
    /// The first token that is neither comment nor punctuation.
    pub(super) fn value(&self) -> Option<&Token> {
        self.tokens
            .iter()
            .find(|token| token.is_value() && token.kind != TokenKind::Comment)
    }
}

/// A Received field cut into its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// What stands before the first clause.
    pub(super) head: Vec<Token>,
    /// The clauses in order, also repeated ones.
    pub(super) clauses: Vec<Clause>,
    /// Where the date stands, with its comments.
    pub(super) date: Option<Range<usize>>,
    /// Comments behind the date that are not its zone.
    pub(super) tail: Vec<Token>,
    /// Departures from the grammar and caps that were hit.
    pub(super) notes: Vec<&'static str>,
}

impl Scan {
    /// The first clause of a kind.
    pub(super) fn clause(&self, kind: ClauseKind) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.kind == kind)
    }

    /// All comments at depth 0 in order.
    pub(super) fn comments(&self) -> impl Iterator<Item = &Token> {
        self.head
            .iter()
            .chain(self.clauses.iter().flat_map(|clause| &clause.tokens))
            .chain(&self.tail)
            .filter(|token| token.kind == TokenKind::Comment)
    }
}

/// Cuts the text of a Received field.
pub(super) fn scan(text: &str) -> Scan {
    let mut scan = Scan::default();
    let end = if text.len() > MAX_FIELD {
        scan.notes.push("limit: field over 16 KiB, the rest was not read");
        text.floor_char_boundary(MAX_FIELD)
    } else {
        text.len()
    };
    let tokens = tokenise(text, 0..end, &mut scan.notes);
    let (body, date, tail) = split_date(text, &tokens);
    scan.date = date;
    read_clauses(text, body, &mut scan);
    read_tail(text, tail, &mut scan);
    unwrap_head(text, &mut scan);
    scan
}

/// Where each parenthesis that closes has its end, by start. One that never closes cannot swallow what follows it.
fn matching_parentheses(bytes: &[u8], range: &Range<usize>, notes: &mut Vec<&'static str>) -> Vec<(usize, usize)> {
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
                path_end = end_of_path(&bytes[at + 1..range.end]).map_or(path_end, |length| at + 1 + length);
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
    if !open.is_empty() {
        notes.push("grammar: comment without an end");
    }
    pairs.sort_unstable();
    pairs
}

/// Where the path of `envelope-from <...>` ends, if the text begins with it.
fn end_of_path(text: &[u8]) -> Option<usize> {
    const MARK: &[u8] = b"envelope-from <";
    let begins = text.get(..MARK.len())?.eq_ignore_ascii_case(MARK);
    let length = begins.then(|| path_length(&text[MARK.len()..])).flatten()?;
    Some(MARK.len() + length)
}

/// Cuts a range of the text into tokens.
pub(super) fn tokenise(text: &str, range: Range<usize>, notes: &mut Vec<&'static str>) -> Vec<Token> {
    let bytes = text.as_bytes();
    let pairs = matching_parentheses(bytes, &range, notes);
    let mut tokens = Vec::with_capacity(range.len() / 8);
    let mut comments = 0_usize;
    // Where no further closing delimiter stands it is not looked for again: that keeps the scan linear.
    let mut exhausted = [false; 3];
    let mut close = |delimiter: u8, slot: usize, from: usize| -> Option<usize> {
        if exhausted.get(slot).copied().unwrap_or(true) {
            return None;
        }
        let found = bytes
            .get(from..range.end)
            .and_then(|rest| memchr::memchr(delimiter, rest))
            .map(|found| from + found);
        if found.is_none()
            && let Some(flag) = exhausted.get_mut(slot)
        {
            *flag = true;
        }
        found
    };
    let mut at = range.start;
    while at < range.end {
        if tokens.len() == MAX_TOKENS {
            notes.push("limit: more than 1024 words");
            break;
        }
        let byte = bytes.get(at).copied().unwrap_or_default();
        let delimited = match byte {
            b'(' => pairs
                .binary_search_by_key(&at, |(start, _)| *start)
                .ok()
                .and_then(|found| pairs.get(found))
                .map(|(_, end)| (TokenKind::Comment, *end)),
            b'"' => close(b'"', 0, at + 1).map(|end| (TokenKind::Quoted, end)),
            b'[' => close(b']', 1, at + 1).map(|end| (TokenKind::Bracket, end)),
            b'<' => close(b'>', 2, at + 1).map(|end| (TokenKind::Angle, end)),
            _ => None,
        };
        if let Some((kind, end)) = delimited {
            comments += usize::from(kind == TokenKind::Comment);
            if kind != TokenKind::Comment || comments <= MAX_COMMENTS {
                tokens.push(Token {
                    kind,
                    range: at..end + 1,
                    inner: at + 1..end,
                });
            }
            at = end + 1;
        } else if matches!(byte, b';' | b',') {
            tokens.push(Token {
                kind: if byte == b';' {
                    TokenKind::Semicolon
                } else {
                    TokenKind::Comma
                },
                range: at..at + 1,
                inner: at..at + 1,
            });
            at += 1;
        } else if !in_word(byte) {
            at += 1;
        } else {
            let rest = bytes.get(at..range.end).unwrap_or_default();
            let length = rest.iter().position(|byte| !in_word(*byte));
            let end = length.map_or(range.end, |length| at + length);
            tokens.push(Token {
                kind: TokenKind::Word,
                range: at..end,
                inner: at..end,
            });
            at = end;
        }
    }
    if comments > MAX_COMMENTS {
        notes.push("limit: more than 64 comments");
    }
    tokens
}

/// Whether a byte belongs to a word. NUL and control bytes do not: they vanish from values and stay in spans.
fn in_word(byte: u8) -> bool {
    !matches!(
        byte,
        0..=b' ' | 0x7f | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b';' | b',' | b'"'
    )
}

/// What the client said holds words that open clauses.
pub(crate) const WORDS_IN_HELO: &str = "grammar: words of the field itself stand where the client's name does";

/// Groups tokens into clauses.
fn read_clauses(text: &str, tokens: &[Token], scan: &mut Scan) {
    let first_clause = scan.clauses.len();
    let said_by_client = said_by_client(text, tokens);
    for (at, token) in tokens.iter().enumerate() {
        let keyword = token.keyword(text);
        let in_from = scan.clauses[first_clause..]
            .last()
            .is_some_and(|last| last.kind == ClauseKind::From);
        let said = in_from && at < said_by_client;
        let opening = keyword.filter(|_| opens_clause(text, tokens, at, scan, first_clause));
        if opening.is_some() && said && !scan.notes.contains(&WORDS_IN_HELO) {
            scan.notes.push(WORDS_IN_HELO);
        }
        if let Some(kind) = opening.filter(|_| !said) {
            if scan.clauses.len() == MAX_CLAUSES {
                scan.notes.push("limit: more than 64 clauses");
                return;
            }
            scan.clauses.push(Clause {
                kind,
                tokens: Vec::new(),
            });
        } else {
            match scan.clauses.last_mut() {
                Some(clause) => clause.tokens.push(token.clone()),
                None => scan.head.push(token.clone()),
            }
        }
    }
}

/// Up to where the words behind `from` are the client's, be they `a by b with LMTP`: up to the `by` of the server itself, the last
/// one before a host, where there are several (qmail-scanner adds `by uid 502`); else up to the last address in front of it, which
/// the server writes behind what the client said.
fn said_by_client(text: &str, tokens: &[Token]) -> usize {
    let names_host = |token: &Token| match token.kind {
        TokenKind::Word => token.keyword(text).is_none() && token.inner(text) != "uid",
        TokenKind::Bracket => true,
        _ => false,
    };
    let is_by = |token: &Token| token.kind == TokenKind::Word && token.inner(text).eq_ignore_ascii_case("by");
    let mut of_servers =
        (0..tokens.len()).filter(|at| is_by(&tokens[*at]) && tokens.get(at + 1).is_some_and(names_host));
    let (first, last) = (of_servers.next(), of_servers.next_back());
    let holds_address = |token: &Token| match token.kind {
        TokenKind::Bracket => true,
        TokenKind::Comment => token.inner(text).contains('[') || read_ip(token.inner(text)).is_some(),
        _ => false,
    };
    last.or_else(|| tokens[..first?].iter().rposition(holds_address))
        .unwrap_or_default()
}

/// Whether a keyword opens a clause. Where a host is still missing it may itself be the host: HELO `with`, HELO `for`.
fn opens_clause(text: &str, tokens: &[Token], at: usize, scan: &Scan, first_clause: usize) -> bool {
    let Some(last) = scan.clauses.get(first_clause..).and_then(|clauses| clauses.last()) else {
        return true;
    };
    if last.tokens.iter().any(Token::is_value) || !matches!(last.kind, ClauseKind::From | ClauseKind::By) {
        return true;
    }
    tokens
        .get(at + 1)
        .is_some_and(|next| next.kind != TokenKind::Comment && next.keyword(text).is_none())
}

/// Clauses and comments behind the date.
fn read_tail(text: &str, tokens: &[Token], scan: &mut Scan) {
    let first = tokens
        .iter()
        .position(|token| token.keyword(text).is_some())
        .unwrap_or(tokens.len());
    let (comments, clauses) = tokens.split_at(first);
    scan.tail
        .extend(comments.iter().filter(|token| token.is_value()).cloned());
    read_clauses(text, clauses, scan);
}

/// `(from KRYPTIK [192.0.2.1]) by ...`: a from clause in parentheses in front of all others.
fn unwrap_head(text: &str, scan: &mut Scan) {
    let Some(inner) = scan
        .head
        .first()
        .filter(|token| token.kind == TokenKind::Comment)
        .filter(|token| {
            token
                .inner(text)
                .get(..5)
                .is_some_and(|head| head.eq_ignore_ascii_case("from "))
        })
        .map(|token| token.inner.clone())
    else {
        return;
    };
    scan.head.remove(0);
    let tokens = tokenise(text, inner.start + 5..inner.end, &mut scan.notes);
    let clause = Clause {
        kind: ClauseKind::From,
        tokens,
    };
    scan.clauses.insert(0, clause);
}

#[cfg(test)]
#[path = "clauses_tests.rs"]
mod tests;
