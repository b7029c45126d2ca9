//! The `by` clause: the server that writes the field (RFC 5321 4.4).

use super::{
    ByClause, address_class,
    clauses::{ClauseKind, Scan},
    tokens::{Token, TokenKind, tokenise},
};
use crate::message::Unfolded;

pub(super) fn read(value: &Unfolded, scan: &Scan) -> ByClause {
    let text = value.text.as_str();
    let mut by = ByClause::default();
    let Some(clause) = scan.clause(ClauseKind::By) else {
        return by;
    };
    if let Some(token) = clause.value() {
        by.host = Some(token.inner(text).trim_end_matches('.').to_owned());
        by.host_span = Some(value.span(token.inner.clone()));
        by.ip = address_class::read_ip(token.inner(text)).map(|(ip, _)| ip);
    }
    for token in &clause.tokens {
        match token.kind {
            TokenKind::Bracket if by.ip.is_none() => {
                by.ip = address_class::read_ip(token.inner(text)).map(|(ip, _)| ip);
            }
            TokenKind::Comment => read_comment(value, token, &mut by),
            _ => {}
        }
    }
    by
}

/// `(192.0.2.1)`, `([192.0.2.1]:25)`, and behind `localhost` the true name: `(mx.example [127.0.0.1])` (amavis).
fn read_comment(value: &Unfolded, comment: &Token, by: &mut ByClause) {
    let text = value.text.as_str();
    let tokens = tokenise(value, comment.inner.clone(), &mut Vec::new());
    let first_ip = tokens
        .iter()
        .find_map(|token| address_class::read_ip(token.inner(text)));
    let Some((ip, port)) = first_ip.filter(|_| tokens.len() <= 3) else {
        return;
    };
    if by.ip.is_none() {
        let behind = tokens.last().and_then(|last| last.inner(text).strip_prefix(':'));
        by.ip = Some(ip);
        by.port = port.or_else(|| behind?.parse().ok());
    }
    if by.host.as_deref() == Some("localhost")
        && let Some(name) = tokens
            .first()
            .filter(|token| token.kind == TokenKind::Word && token.inner(text).contains('.'))
        && address_class::read_ip(name.inner(text)).is_none()
    {
        by.host = Some(name.inner(text).to_owned());
        by.host_span = Some(value.span(name.inner.clone()));
    }
}
