//! One addr-spec (RFC 5322 3.4.1, obsolete forms 4.4) from its tokens.

use std::{borrow::Cow, ops::Range};

use super::{
    AddressDefect, Alternative, AlternativeKind,
    lex::{Kind, Token},
};
use crate::{
    domain,
    message::{Unfolded, encoded_word::has_encoded_word, field::without},
};

/// An addr-spec as read.
#[derive(Default)]
pub(super) struct Spec {
    pub(super) local: String,
    /// In normal form.
    pub(super) domain: String,
    pub(super) comments: Vec<Range<usize>>,
    pub(super) defects: Vec<AddressDefect>,
    pub(super) alternatives: Vec<Alternative>,
    /// Bytes of the text.
    pub(super) range: Range<usize>,
    /// How many tokens it took.
    pub(super) taken: usize,
}

impl Spec {
    /// Whether it has both parts.
    pub(super) fn is_whole(&self) -> bool {
        !self.local.is_empty() && !self.domain.is_empty()
    }

    /// `local@domain`; `None` when either is missing.
    pub(super) fn address(&self) -> Option<String> {
        address_of(&self.local, &self.domain)
    }
}

/// `local@domain` with a local part that needs it in quotes; `None` when either is missing.
pub(crate) fn address_of(local: &str, domain: &str) -> Option<String> {
    if local.is_empty() || domain.is_empty() {
        return None;
    }
    let plain = |c: char| {
        let special = matches!(
            c,
            '(' | ')' | '<' | '>' | ',' | ';' | ':' | '"' | '@' | '\\' | '[' | ']'
        );
        !c.is_whitespace() && !c.is_control() && !special
    };
    if local.chars().all(plain) {
        return Some([local, "@", domain].concat());
    }
    let escaped = local.replace('\\', "\\\\").replace('"', "\\\"");
    Some(format!("\"{escaped}\"@{domain}"))
}

/// Reads the addr-spec that these tokens are: the inside of an angle address, or a bare address.
pub(super) fn read(value: &Unfolded, tokens: &[Token]) -> Spec {
    let mut spec = Spec {
        taken: tokens.len(),
        ..Spec::default()
    };
    let mut skipped = 0;
    if let Some(colon) = route_end(tokens) {
        spec.defects.push(AddressDefect::SourceRoute);
        spec.alternatives.extend(route_domain(value, &tokens[..colon]));
        skipped = colon + 1;
    }
    let tokens = &tokens[skipped..];
    let ats: Vec<usize> = positions(tokens, Kind::At);
    let (Some(&first), Some(&last)) = (ats.first(), ats.last()) else {
        let words = join(value, tokens, &mut spec);
        spec.range = span_of(tokens);
        spec.local = words;
        spec.defects.push(AddressDefect::Incomplete);
        finish(value, &mut spec);
        return spec;
    };
    spec.local = join(value, &tokens[..last], &mut spec);
    let (raw_domain, used) = read_domain(value, &tokens[last + 1..], &mut spec);
    spec.taken = skipped + last + 1 + used;
    spec.range = span_of(&tokens[..last + 1 + used]);
    spec.domain = clean_domain(&raw_domain, &mut spec.defects);
    if first != last {
        spec.defects.push(AddressDefect::SeveralAtSigns);
        let mut scratch = Spec::default();
        let local = join(value, &tokens[..first], &mut scratch);
        let (raw, used) = read_domain(value, &tokens[first + 1..last], &mut scratch);
        let domain = clean_domain(&raw, &mut scratch.defects);
        spec.alternatives.push(Alternative {
            kind: AlternativeKind::FirstAt,
            address: address_of(&local, &domain),
            domain,
            span: value.span(span_of(&tokens[..first + 1 + used])),
        });
    }
    if tokens[..last].iter().any(|token| token.kind == Kind::Quoted) && spec.local.contains(['@', '<', '>']) {
        spec.defects.push(AddressDefect::AddressInLocalPart);
        spec.alternatives.extend(inside_quotes(value, &spec));
    }
    finish(value, &mut spec);
    unmapped(value, &raw_domain, &mut spec);
    spec
}

/// The colon that ends a source route: the tokens begin with `@` (RFC 5322 4.4 obs-route).
fn route_end(tokens: &[Token]) -> Option<usize> {
    let first = tokens
        .iter()
        .find(|token| !matches!(token.kind, Kind::Comment | Kind::Comma))?;
    (first.kind == Kind::At)
        .then(|| tokens.iter().position(|token| token.kind == Kind::Colon))
        .flatten()
}

fn route_domain(value: &Unfolded, tokens: &[Token]) -> Option<Alternative> {
    let at = tokens.iter().position(|token| token.kind == Kind::At)?;
    let host = tokens.get(at + 1)?;
    let domain = domain::normalise(value.text.get(host.range.clone())?);
    Some(Alternative {
        kind: AlternativeKind::Route,
        address: Some(format!("@{domain}")),
        domain,
        span: value.span(host.range.clone()),
    })
}

fn positions(tokens: &[Token], kind: Kind) -> Vec<usize> {
    let found = tokens.iter().enumerate().filter(|(_, token)| token.kind == kind);
    found.map(|(i, _)| i).collect()
}

/// The bytes from the first to the last token, comments at the rims left out.
fn span_of(tokens: &[Token]) -> Range<usize> {
    let inner = |token: &&Token| token.kind != Kind::Comment;
    let first = tokens.iter().find(inner).or(tokens.first());
    let last = tokens.iter().rfind(inner).or(tokens.last());
    first.map_or(0, |token| token.range.start)..last.map_or(0, |token| token.range.end)
}

/// The text that the tokens of a local part mean.
fn join(value: &Unfolded, tokens: &[Token], spec: &mut Spec) -> String {
    let mut text = String::new();
    for (i, token) in tokens.iter().enumerate() {
        let raw = value.text.get(token.range.clone()).unwrap_or_default();
        if token.kind == Kind::Comment {
            let rim = i == 0 || tokens[i + 1..].iter().all(|token| token.kind == Kind::Comment);
            note_comment(token, rim, spec);
            continue;
        }
        if token.spaced && !text.is_empty() && !text.ends_with('.') && !raw.starts_with('.') {
            text.push(' ');
            spec.defects.push(AddressDefect::SpaceInAddress);
        }
        match token.kind {
            Kind::Quoted => text.push_str(&unquote(raw)),
            _ => text.push_str(&unescape(raw, &mut spec.defects)),
        }
    }
    text
}

fn note_comment(token: &Token, rim: bool, spec: &mut Spec) {
    spec.comments.push(token.range.clone());
    if !rim {
        spec.defects.push(AddressDefect::CommentInAddress);
    }
}

/// Room for the name of a domain.
const USUAL_NAME: usize = 32;

/// The domain from the tokens behind `@`, as written, and how many tokens it took: white space may stand only
/// around its dots (RFC 5322 4.4 obs-domain).
fn read_domain(value: &Unfolded, tokens: &[Token], spec: &mut Spec) -> (String, usize) {
    let (mut text, mut used) = (String::with_capacity(USUAL_NAME), 0);
    // The same read on past the parentheses, as a reader does that knows no comments.
    let mut kept = String::with_capacity(USUAL_NAME);
    let mut pending: Vec<&Token> = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let raw = value.text.get(token.range.clone()).unwrap_or_default();
        match token.kind {
            Kind::Comment => {
                pending.push(token);
                continue;
            }
            Kind::Word | Kind::Literal => {}
            _ => break,
        }
        let joined = text.is_empty() || text.ends_with('.') || raw.starts_with('.');
        if !joined && (token.spaced || !pending.is_empty()) {
            break;
        }
        if !pending.is_empty() && !text.is_empty() {
            spec.defects.push(AddressDefect::CommentInAddress);
        }
        for comment in pending.drain(..) {
            kept.push_str(value.text.get(comment.range.clone()).unwrap_or_default());
            spec.comments.push(comment.range.clone());
        }
        let meant = match token.kind {
            Kind::Literal => Cow::Borrowed(raw),
            _ => unescape(raw, &mut spec.defects),
        };
        text.push_str(&meant);
        kept.push_str(&meant);
        used = i + 1;
        if token.kind == Kind::Literal {
            spec.defects.push(AddressDefect::DomainLiteral);
        }
    }
    if kept != text && !spec.local.is_empty() {
        let kept = kept.to_lowercase();
        spec.alternatives.push(Alternative {
            kind: AlternativeKind::CommentKept,
            address: Some(format!("{}@{kept}", spec.local)),
            domain: kept,
            span: value.span(span_of(&tokens[..used])),
        });
    }
    (text, used)
}

/// The domain in normal form, and what had to be mended for it.
fn clean_domain(raw: &str, defects: &mut Vec<AddressDefect>) -> String {
    if raw.starts_with('[') && raw.ends_with(']') {
        return raw.to_ascii_lowercase();
    }
    let whole = |label: &[u8]| !label.is_empty();
    if domain::is_plain(raw) && raw.as_bytes().split(|byte| *byte == b'.').all(whole) {
        return raw.to_owned();
    }
    let text = without(raw, char::is_control);
    let text = text.trim_matches(['[', ']']);
    if raw.contains(['[', ']']) {
        defects.push(AddressDefect::BracketInAddress);
    }
    if text.ends_with('.') {
        defects.push(AddressDefect::TrailingDot);
    }
    let text = text.trim_end_matches('.');
    if !text.is_empty() && text.as_bytes().split(|byte| *byte == b'.').any(<[u8]>::is_empty) {
        defects.push(AddressDefect::EmptyLabel);
    }
    domain::normalise(text)
}

/// The checks that look at the address as a whole.
fn finish(value: &Unfolded, spec: &mut Spec) {
    if spec.local.contains(['[', ']']) && !spec.defects.contains(&AddressDefect::AddressInLocalPart) {
        spec.defects.push(AddressDefect::BracketInAddress);
        spec.local = spec.local.trim_matches(['[', ']']).to_owned();
    }
    let raw = value.text.get(spec.range.clone()).unwrap_or_default();
    if has_encoded_word(raw) {
        spec.defects.push(AddressDefect::EncodedWordInAddress);
    }
    if !raw.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        spec.defects.extend(odd_characters(raw));
        spec.local.retain(|c| !c.is_control());
    }
    if (spec.local.is_empty() || spec.domain.is_empty()) && !spec.range.is_empty() {
        spec.defects.push(AddressDefect::Incomplete);
    }
}

/// What stands in an address that no address can hold.
fn odd_characters(raw: &str) -> impl Iterator<Item = AddressDefect> {
    raw.chars().filter_map(|c| match c {
        '\0' => Some(AddressDefect::NulInAddress),
        c if c.is_control() && c != '\t' => Some(AddressDefect::ControlInAddress),
        c if is_bidi_control(c) || matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}') => {
            Some(AddressDefect::BidiInAddress)
        }
        c if is_invisible(c) || matches!(c, '\u{200c}' | '\u{200d}') => Some(AddressDefect::InvisibleInAddress),
        _ => None,
    })
}

/// A domain that mapping alone makes ASCII: a reader that compares letters sees another one.
fn unmapped(value: &Unfolded, raw: &str, spec: &mut Spec) {
    if raw.is_ascii() {
        return;
    }
    let written = raw.trim_end_matches('.').to_lowercase();
    let mapped = !written.is_ascii()
        && spec.domain.is_ascii()
        && written
            .split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'])
            .zip(spec.domain.split('.'))
            .any(|(before, after)| !before.is_ascii() && !after.starts_with("xn--"));
    if mapped {
        spec.defects.push(AddressDefect::MappedDomain);
        spec.alternatives.push(Alternative {
            kind: AlternativeKind::Unmapped,
            address: Some(format!("{}@{written}", spec.local)),
            domain: written,
            span: value.span(spec.range.clone()),
        });
    }
}

/// The address that a reader finds that knows no quotes around a local part: up to `>`, white space or the quote.
fn inside_quotes(value: &Unfolded, spec: &Spec) -> Option<Alternative> {
    let inner = spec.local.rsplit('<').next().unwrap_or(&spec.local);
    let inner = inner.split(['>', ' ', '\t']).find(|part| part.contains('@'))?;
    let (local, host) = inner.split_once('@')?;
    let domain = domain::normalise(host);
    Some(Alternative {
        kind: AlternativeKind::InsideQuotes,
        address: Some(address_of(local, &domain)?),
        domain,
        span: value.span(spec.range.clone()),
    })
}

/// The content of a quoted string (RFC 5322 3.2.4), its quoted pairs resolved.
pub(super) fn unquote(raw: &str) -> String {
    let inner = raw.strip_prefix('"').unwrap_or(raw);
    resolve_pairs(inner.strip_suffix('"').unwrap_or(inner))
}

/// The content of a comment, outer parentheses removed.
pub(super) fn uncomment(raw: &str) -> String {
    let inner = raw.strip_prefix('(').unwrap_or(raw);
    resolve_pairs(inner.strip_suffix(')').unwrap_or(inner))
}

fn unescape<'r>(raw: &'r str, defects: &mut Vec<AddressDefect>) -> Cow<'r, str> {
    if raw.contains('\\') {
        defects.push(AddressDefect::QuotedPairOutsideQuotes);
        return Cow::Owned(resolve_pairs(raw));
    }
    Cow::Borrowed(raw)
}

/// A text without the backslashes of its quoted pairs (RFC 5322 3.2.1).
pub(crate) fn resolve_pairs(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => resolved.extend(chars.next()),
            _ => resolved.push(c),
        }
    }
    resolved
}

/// Characters without width that no script needs.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
        | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{e0001}')
}

/// Bidirectional embeddings, overrides and isolates (UAX 9).
pub(super) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
