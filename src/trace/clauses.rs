//! The tolerant scanner of Received fields (trace.md 3.2): text to tokens, tokens to clauses. One pass each, no recursion.

use std::ops::Range;

use super::{
    address_class::read_ip,
    date_place::split_date,
    tokens::{Token, TokenKind, tokenise},
};
use crate::message::Unfolded;

/// More than this of one field is not read (trace.md 3.1).
const MAX_FIELD: usize = 16 * 1024;
/// Clauses beyond this number are left out.
const MAX_CLAUSES: usize = 64;

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

impl Token {
    /// The clause that a word opens.
    pub(super) fn keyword(&self, text: &str) -> Option<ClauseKind> {
        (self.kind == TokenKind::Word)
            .then(|| ClauseKind::of(self.inner(text)))
            .flatten()
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
pub(super) fn scan(value: &Unfolded) -> Scan {
    let text = value.text.as_str();
    let mut scan = Scan::default();
    let end = if text.len() > MAX_FIELD {
        scan.notes.push("limit: field over 16 KiB, the rest was not read");
        text.floor_char_boundary(MAX_FIELD)
    } else {
        text.len()
    };
    let tokens = tokenise(value, 0..end, &mut scan.notes);
    let (body, date, tail) = split_date(text, &tokens);
    scan.date = date;
    read_clauses(text, body, &mut scan);
    read_tail(text, tail, &mut scan);
    unwrap_head(value, &mut scan);
    scan
}

/// What the client said holds words that open clauses.
pub(crate) const WORDS_IN_HELO: &str = "grammar: words of the field itself stand where the client's name does";

/// Whether a HELO holds what delimits a Received field's parts, or opens its clauses. A domain or an address literal (RFC 5321 4.1.1.1)
/// has none of it; among 8,300 hops of the corpora one HELO does, made to be read wrongly.
pub(crate) fn delimits_parts(helo: &str) -> bool {
    let behind_first = helo.get(1..).unwrap_or_default();
    helo.contains(['(', ')', '<', '>', '"', ';'])
        || behind_first.contains('[')
        || [" by ", " with "].iter().any(|word| helo.contains(word))
}

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
/// the server writes behind what the client said, or its last parenthesis.
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
    // A parenthesis that only closes is the server's own, behind `x) id` that a client said.
    let closes = |at: &usize| {
        let between = tokens[at - 1].range.end..tokens[*at].range.start;
        text.get(between).is_some_and(|between| between.contains(')'))
    };
    let stray = first.and_then(|first| (1..=first).rfind(closes));
    last.or_else(|| tokens[..first?].iter().rposition(holds_address))
        .max(stray)
        .max(first.and_then(|first| written_again(text, tokens, first)))
        .unwrap_or_default()
}

/// Behind the last word in front of `by` that opens a clause which the server writes again behind it.
fn written_again(text: &str, tokens: &[Token], by: usize) -> Option<usize> {
    let in_front = (1..by).filter_map(|at| Some((at, tokens[at].keyword(text)?)));
    let in_front: Vec<(usize, ClauseKind)> = in_front.collect();
    if in_front.is_empty() {
        return None;
    }
    let behind: Vec<ClauseKind> = tokens[by..]
        .iter()
        .filter_map(|token| token.keyword(text))
        .take(MAX_CLAUSES)
        .collect();
    let again = in_front.iter().rfind(|(_, kind)| behind.contains(kind));
    again.map(|(at, _)| at + 1)
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
fn unwrap_head(value: &Unfolded, scan: &mut Scan) {
    let text = value.text.as_str();
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
    let tokens = tokenise(value, inner.start + 5..inner.end, &mut scan.notes);
    let clause = Clause {
        kind: ClauseKind::From,
        tokens,
    };
    scan.clauses.insert(0, clause);
}

#[cfg(test)]
#[path = "clauses_tests.rs"]
mod tests;
