//! Mailboxes and groups from tokens.

use std::{borrow::Cow, ops::Range};

use super::{
    AddressDefect, AddressList, Alternative, AlternativeKind, Mailbox,
    lex::{self, Kind, Token, Tokens},
    spec::{self, Spec},
};
use crate::message::{Unfolded, decode_encoded_words};

/// What stands between two commas.
#[derive(Default)]
struct Segment {
    /// All its tokens.
    tokens: Range<usize>,
    /// The insides of its angle addresses.
    angles: Vec<Range<usize>>,
    defects: Vec<AddressDefect>,
}

struct Parser<'v> {
    value: &'v Unfolded,
    tokens: Vec<Token>,
    list: AddressList,
    alternatives: Vec<Alternative>,
    group: Option<String>,
    /// Defects of the group's opening, which its first mailbox carries.
    carried: Vec<AddressDefect>,
}

pub(super) fn parse(value: &Unfolded) -> (AddressList, Vec<Alternative>) {
    let Tokens {
        list: tokens,
        unclosed_quote,
        unclosed_comment,
    } = lex::tokens(&value.text);
    let next_angle = next_angles(&tokens);
    let mut parser = Parser {
        value,
        tokens,
        list: AddressList::default(),
        alternatives: Vec::new(),
        group: None,
        carried: Vec::new(),
    };
    let mut segment = Segment::default();
    let mut at = 0;
    while let Some(kind) = parser.tokens.get(at).map(|token| token.kind) {
        segment.tokens.end = at;
        match kind {
            Kind::Open => {
                let inside = angle_inside(&parser.tokens, &next_angle, at, &mut segment.defects);
                at = inside.end;
                if !inside.is_empty() || closes(&parser.tokens, at) {
                    segment.angles.push(inside);
                }
                at += usize::from(closes(&parser.tokens, at));
                continue;
            }
            Kind::Close => segment.defects.push(AddressDefect::StrayAngle),
            Kind::Comma | Kind::Semicolon => {
                if kind == Kind::Semicolon && parser.group.is_none() {
                    segment.defects.push(AddressDefect::SemicolonSeparator);
                }
                parser.take(std::mem::take(&mut segment));
                segment.tokens = at + 1..at + 1;
                if kind == Kind::Semicolon {
                    parser.group = None;
                    parser.carried.clear();
                }
            }
            Kind::Colon if parser.group.is_none() && has_words(&parser.tokens[segment.tokens.start..at]) => {
                parser.open_group(std::mem::take(&mut segment));
                segment.tokens = at + 1..at + 1;
            }
            Kind::Colon => segment.defects.push(AddressDefect::StrayColon),
            _ => {}
        }
        at += 1;
    }
    segment.tokens.end = at;
    let unclosed_group = parser.group.is_some();
    parser.take(segment);
    let Parser {
        mut list, alternatives, ..
    } = parser;
    for (found, defect) in [
        (unclosed_quote, AddressDefect::UnclosedQuote),
        (unclosed_comment, AddressDefect::UnclosedComment),
        (unclosed_group, AddressDefect::UnclosedGroup),
    ] {
        if let (true, Some(last)) = (found, list.mailboxes.last_mut()) {
            last.defects.push(defect);
        }
    }
    for mailbox in &mut list.mailboxes {
        mailbox.defects.sort_unstable();
        mailbox.defects.dedup();
    }
    (list, alternatives)
}

/// For each token the next angle bracket behind it.
fn next_angles(tokens: &[Token]) -> Vec<Option<usize>> {
    let mut next = vec![None; tokens.len()];
    let mut seen = None;
    for (i, token) in tokens.iter().enumerate().rev() {
        next[i] = seen;
        if matches!(token.kind, Kind::Open | Kind::Close) {
            seen = Some(i);
        }
    }
    next
}

fn closes(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.kind == Kind::Close)
}

/// The tokens inside the angle that opens at `open`. Commas belong to it as long as its `>` comes before another `<`.
fn angle_inside(
    tokens: &[Token],
    next: &[Option<usize>],
    open: usize,
    defects: &mut Vec<AddressDefect>,
) -> Range<usize> {
    let start = open + 1;
    match next.get(open).copied().flatten() {
        Some(close) if closes(tokens, close) => {
            let inside = &tokens[start..close];
            let route = inside.first().is_some_and(|token| token.kind == Kind::At);
            if !route && inside.iter().any(|token| token.kind == Kind::Comma) {
                defects.push(AddressDefect::CommaInAngle);
            }
            start..close
        }
        Some(inner) if inner == start => {
            defects.push(AddressDefect::NestedAngle);
            start..start
        }
        _ => {
            defects.push(AddressDefect::UnclosedAngle);
            let end = tokens[start..]
                .iter()
                .position(|token| matches!(token.kind, Kind::Comma | Kind::Semicolon | Kind::Open));
            start..end.map_or(tokens.len(), |length| start + length)
        }
    }
}

fn has_words<'t>(tokens: impl IntoIterator<Item = &'t Token>) -> bool {
    tokens.into_iter().any(|token| token.kind != Kind::Comment)
}

impl Parser<'_> {
    fn raw(&self, token: &Token) -> &str {
        self.value.text.get(token.range.clone()).unwrap_or_default()
    }

    /// What stood before a colon becomes a group's name (RFC 5322 3.4); an address there is kept for other readers.
    fn open_group(&mut self, segment: Segment) {
        let tokens = &self.tokens[segment.tokens.clone()];
        let mut name = self.phrase(tokens);
        let is_address = tokens.iter().any(|token| matches!(token.kind, Kind::At | Kind::Open));
        self.carried = segment.defects.clone();
        if is_address {
            name = tokens.iter().map(|token| self.raw(token)).collect();
            self.carried.push(AddressDefect::AddressAsGroupName);
            let (mailbox, alternatives) = self.mailbox(&segment);
            self.alternatives.push(Alternative {
                kind: AlternativeKind::GroupName,
                address: mailbox.address,
                domain: mailbox.domain,
                span: mailbox.address_span.unwrap_or(mailbox.span),
            });
            self.alternatives.extend(alternatives);
        }
        self.list.groups.push(name.clone());
        self.group = Some(name);
    }

    /// A finished segment becomes a mailbox, unless it holds nothing (RFC 5322 4.4 allows empty list elements).
    fn take(&mut self, segment: Segment) {
        let tokens = &self.tokens[segment.tokens.clone()];
        if !has_words(tokens) {
            return;
        }
        let (mut mailbox, alternatives) = self.mailbox(&segment);
        mailbox.defects.append(&mut self.carried);
        self.list.mailboxes.push(mailbox);
        self.alternatives.extend(alternatives);
    }

    fn mailbox(&self, segment: &Segment) -> (Mailbox, Vec<Alternative>) {
        let tokens = &self.tokens[segment.tokens.clone()];
        let offset = segment.tokens.start;
        let mut defects = segment.defects.clone();
        let specs: Vec<Spec> = segment
            .angles
            .iter()
            .map(|inside| spec::read(self.value, &self.tokens[inside.clone()]))
            .collect();
        let chosen = specs
            .iter()
            .position(|spec| spec.is_whole())
            .or_else(|| specs.iter().position(|spec| !spec.range.is_empty()))
            .unwrap_or(0);
        let mut alternatives = Vec::new();
        let (spec, name_tokens) = match segment.angles.get(chosen) {
            Some(inside) => {
                let before = &self.tokens[offset..inside.start.saturating_sub(1).max(offset)];
                let after_start = (inside.end + usize::from(closes(&self.tokens, inside.end))).min(segment.tokens.end);
                let after = &self.tokens[after_start..segment.tokens.end];
                self.around_angle(before, after, &mut defects, &mut alternatives);
                for (i, other) in specs.iter().enumerate().filter(|(i, _)| *i != chosen) {
                    if other.is_whole() {
                        defects.push(AddressDefect::SeveralAngles);
                        alternatives.push(self.alternative(AlternativeKind::Angle, other));
                    } else if i < chosen {
                        defects.push(AddressDefect::EmptyAngle);
                    }
                }
                let words = if has_words(before) { before } else { after };
                let spec = specs.into_iter().nth(chosen).unwrap_or_default();
                if spec.range.is_empty() && !inside.is_empty() || inside.is_empty() {
                    defects.push(AddressDefect::EmptyAngle);
                }
                (spec, Cow::Borrowed(words))
            }
            None => {
                let (spec, names) = self.bare(tokens, &mut defects);
                (spec, Cow::Owned(names))
            }
        };
        self.assemble(segment, spec, &name_tokens, defects, alternatives)
    }

    /// What stands outside the angle brackets: a name, or addresses that another reader may take.
    fn around_angle(
        &self,
        before: &[Token],
        after: &[Token],
        defects: &mut Vec<AddressDefect>,
        alternatives: &mut Vec<Alternative>,
    ) {
        let sides = [
            (before, AddressDefect::AddressInPhrase, AlternativeKind::BeforeAngle),
            (after, AddressDefect::AddressAfterAngle, AlternativeKind::AfterAngle),
        ];
        for (tokens, defect, kind) in sides {
            let plain = outside_angles(tokens);
            if plain.clone().any(|token| token.kind == Kind::At) {
                let plain: Vec<Token> = plain.cloned().collect();
                defects.push(defect);
                let (found, _) = self.bare(&plain, &mut Vec::new());
                alternatives.extend(found.alternatives.iter().cloned());
                alternatives.push(self.alternative(kind, &found));
            } else if kind == AlternativeKind::AfterAngle && has_words(plain) {
                defects.push(AddressDefect::TextAfterAngle);
            }
        }
    }

    /// An address without angle brackets: the words that touch its `@`; earlier ones are a name, later ones stray text.
    fn bare(&self, tokens: &[Token], defects: &mut Vec<AddressDefect>) -> (Spec, Vec<Token>) {
        let Some(at) = tokens.iter().position(|token| token.kind == Kind::At) else {
            let words = tokens.iter().filter(|token| token.kind != Kind::Comment).count();
            let mut spec = spec::read(self.value, tokens);
            spec.defects.retain(|defect| *defect != AddressDefect::SpaceInAddress);
            // One word can be a local user; several are a name.
            let names = if words > 1 { tokens.to_vec() } else { Vec::new() };
            if words > 1 {
                spec.local.clear();
            }
            return (spec, names);
        };
        let mut start = at;
        while let Some(token) = start.checked_sub(1).and_then(|i| tokens.get(i)) {
            let follower = &tokens[start];
            let dotted = self.raw(token).ends_with('.') || self.raw(follower).starts_with('.');
            if follower.spaced && follower.kind != Kind::At && !dotted && token.kind != Kind::Comment {
                break;
            }
            if token.kind == Kind::Comment && follower.spaced {
                break;
            }
            start -= 1;
        }
        let mut spec = spec::read(self.value, &tokens[start..]);
        let name = tokens[..start].to_vec();
        let rest = &tokens[(start + spec.taken).min(tokens.len())..];
        if has_words(&name) {
            defects.push(AddressDefect::MissingAngle);
        }
        if has_words(rest) {
            defects.push(AddressDefect::TextAfterAddress);
        }
        let outside = tokens[..start].iter().chain(rest);
        let comments = outside.filter(|token| token.kind == Kind::Comment);
        spec.comments.extend(comments.map(|token| token.range.clone()));
        (spec, name)
    }

    fn alternative(&self, kind: AlternativeKind, spec: &Spec) -> Alternative {
        Alternative {
            kind,
            address: spec.address(),
            domain: spec.domain.clone(),
            span: self.value.span(spec.range.clone()),
        }
    }

    fn assemble(
        &self,
        segment: &Segment,
        mut spec: Spec,
        names: &[Token],
        mut defects: Vec<AddressDefect>,
        mut alternatives: Vec<Alternative>,
    ) -> (Mailbox, Vec<Alternative>) {
        let tokens = &self.tokens[segment.tokens.clone()];
        let mut comments = spec.comments.clone();
        let all = tokens.iter().filter(|token| token.kind == Kind::Comment);
        comments.extend(all.map(|token| token.range.clone()));
        comments.sort_by_key(|range| range.start);
        comments.dedup();
        let comments: Vec<String> = comments
            .into_iter()
            .filter_map(|range| self.value.text.get(range))
            .map(|raw| decode_encoded_words(&spec::uncomment(raw)))
            .collect();
        let name = self.phrase(names);
        let display_name = match name.is_empty() {
            false => Some(name),
            true => comments.iter().find(|comment| !comment.trim().is_empty()).cloned(),
        };
        defects.append(&mut spec.defects);
        defects.extend(display_name.iter().flat_map(|name| name_defects(name)));
        alternatives.append(&mut spec.alternatives);
        let first = tokens.first().map_or(0, |token| token.range.start);
        let last = tokens.last().map_or(first, |token| token.range.end);
        let mailbox = Mailbox {
            address: spec.address(),
            display_name,
            comments,
            group: self.group.clone(),
            span: self.value.span(first..last),
            address_span: (!spec.range.is_empty()).then(|| self.value.span(spec.range.clone())),
            defects,
            local: spec.local,
            domain: spec.domain,
        };
        (mailbox, alternatives)
    }

    /// A display name or group name: quoted strings unquoted, encoded-words decoded across the words that hold them.
    fn phrase(&self, tokens: &[Token]) -> String {
        let words: Vec<&Token> = tokens.iter().filter(|token| token.kind != Kind::Comment).collect();
        let mut name = String::new();
        let mut at = 0;
        while let Some(first) = words.get(at) {
            if first.spaced && !name.is_empty() {
                name.push(' ');
            }
            if first.kind == Kind::Quoted {
                name.push_str(&decode_encoded_words(&spec::unquote(self.raw(first))));
                at += 1;
                continue;
            }
            let mut run = String::new();
            while let Some(word) = words.get(at).filter(|word| word.kind != Kind::Quoted) {
                if word.spaced && !run.is_empty() {
                    run.push_str(&self.gap(word));
                }
                run.push_str(self.raw(word));
                at += 1;
            }
            name.push_str(&decode_encoded_words(&run));
        }
        name
    }

    /// The white space before a token as written: a name padded to push the address out of sight stays padded.
    fn gap(&self, token: &Token) -> String {
        let before = self.value.text.get(..token.range.start).unwrap_or_default();
        let trimmed = before.trim_end_matches([' ', '\t', '\r', '\n']);
        before.get(trimmed.len()..).unwrap_or(" ").to_owned()
    }
}

/// The tokens that stand in no angle brackets.
fn outside_angles(tokens: &[Token]) -> impl Iterator<Item = &Token> + Clone {
    let mut inside = false;
    tokens.iter().filter(move |token| match token.kind {
        Kind::Open => {
            inside = true;
            false
        }
        Kind::Close => {
            inside = false;
            false
        }
        _ => !inside,
    })
}

fn name_defects(name: &str) -> impl Iterator<Item = AddressDefect> {
    name.chars().filter_map(|c| match c {
        '\0' => Some(AddressDefect::NulInName),
        c if c.is_control() && c != '\t' => Some(AddressDefect::ControlInName),
        c if spec::is_bidi_control(c) => Some(AddressDefect::BidiInName),
        c if spec::is_invisible(c) => Some(AddressDefect::InvisibleInName),
        _ => None,
    })
}
