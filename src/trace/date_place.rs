//! Where the date of a Received field stands: behind the last semicolon (RFC 5321 4.4), where products leave that out behind the last
//! clause.

use std::ops::Range;

use super::tokens::{Token, TokenKind};

/// Whether a date begins at this token: a day name, or a day or year in digits followed by more.
fn date_begins(text: &str, tokens: &[Token], at: usize) -> bool {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let word = |at: usize| {
        tokens
            .get(at)
            .filter(|token| token.kind == TokenKind::Word)
            .map(|token| token.inner(text))
    };
    let Some(first) = word(at) else { return false };
    let day_name = first
        .get(..3)
        .is_some_and(|head| DAYS.iter().any(|day| head.eq_ignore_ascii_case(day)));
    if day_name && first.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        let next = tokens.get(at + 1);
        let after_comma = usize::from(next.is_some_and(|token| token.kind == TokenKind::Comma));
        // `Sun Nov 13 14:50:12 2005` (asctime) has the month, the others a number, behind the day name.
        return word(at + 1 + after_comma)
            .is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit()) || is_month(next));
    }
    let iso = first.len() >= 10
        && first.bytes().enumerate().take(10).all(|(i, byte)| match i {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let day = first.len() <= 2 && first.bytes().all(|byte| byte.is_ascii_digit());
    iso || (day && word(at + 1).is_some_and(is_month))
}

fn is_month(word: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    word.get(..3)
        .is_some_and(|head| MONTHS.iter().any(|month| head.eq_ignore_ascii_case(month)))
}

/// Splits tokens into what stands before the date, the date's range, and what stands behind it.
pub(super) fn split_date<'t>(text: &str, tokens: &'t [Token]) -> (&'t [Token], Option<Range<usize>>, &'t [Token]) {
    let semicolons = || {
        (0..tokens.len())
            .rev()
            .filter(|at| tokens[*at].kind == TokenKind::Semicolon)
    };
    // RFC 5321 4.4: `;` before the date. Some products leave it out; then a date is looked for behind the last clause.
    let dated = semicolons().find(|at| date_begins(text, tokens, at + 1));
    let bare = || {
        (1..tokens.len())
            .rev()
            .find(|at| date_begins(text, tokens, *at) && begins_whole(text, tokens, *at))
    };
    let (body_end, start) = match dated {
        Some(at) => (at, at + 1),
        None => match bare() {
            Some(at) => (at, at),
            // `; 14:47:44 +0000`: no date that can be read, yet it is no clause either.
            None => match semicolons().next().filter(|at| follows_no_clause(text, tokens, *at)) {
                Some(at) => (at, at + 1),
                None => return (tokens, None, &[]),
            },
        },
    };
    let end = (start..tokens.len())
        .find(|at| ends_date(text, &tokens[*at]))
        .unwrap_or(tokens.len());
    let range = match (tokens.get(start), tokens.get(end.saturating_sub(1))) {
        (Some(first), Some(last)) if end > start => Some(first.range.start..last.range.end),
        _ => None,
    };
    (&tokens[..body_end], range, &tokens[end..])
}

/// A day number whose day name stands before it is not where the date begins.
fn begins_whole(text: &str, tokens: &[Token], at: usize) -> bool {
    let mut before = at;
    if before > 0 && tokens[before - 1].kind == TokenKind::Comma {
        before -= 1;
    }
    before == 0 || !date_begins(text, tokens, before - 1)
}

fn follows_no_clause(text: &str, tokens: &[Token], semicolon: usize) -> bool {
    tokens
        .get(semicolon + 1)
        .is_some_and(|token| token.kind == TokenKind::Word && token.keyword(text).is_none())
}

/// Whether a token behind a date belongs to a clause: `... +0200 for <x>`, `... (UTC) (envelope-from x)`.
fn ends_date(text: &str, token: &Token) -> bool {
    match token.kind {
        TokenKind::Word => token.keyword(text).is_some(),
        TokenKind::Comment => token.inner(text).contains("envelope-"),
        TokenKind::Semicolon | TokenKind::Angle => true,
        _ => false,
    }
}
