//! From clauses to the hop record of trace.md 3.3.

use super::{
    ByClause, Continuity, FromClause, Hop, HopClass, QueueId, Support, Zone, address_class,
    annotation::{self, Annotation},
    clauses::{Clause, ClauseKind, Scan, Token, TokenKind, scan, tokenise},
    hop_class::{classify, has_http_comment},
    peer::{self, Peer},
    profiles::{self, Product, Shape},
    queue_id, tls,
};
use crate::message::{Field, Message, Unfolded, parse_date};

/// More Received fields than this are not read: twice the loop threshold of RFC 5321 6.3.
const MAX_HOPS: usize = 200;

/// Every Received field as a hop, newest first.
pub fn read_trace(message: &Message<'_>) -> Vec<Hop> {
    message
        .fields_named("Received")
        .take(MAX_HOPS)
        .enumerate()
        .map(|(index, field)| read_hop(index, field))
        .collect()
}

/// Reads one field; `index` is its place among the Received fields. Never fails: what has no place ends in `residue`, what is wrong in `violations`.
pub fn read_hop(index: usize, field: &Field<'_>) -> Hop {
    let value = field.unfolded();
    let text = value.text.as_str();
    let scan = scan(text);
    let product = find_product(text, &scan);
    let with = scan
        .clause(ClauseKind::With)
        .map(|clause| phrase(text, clause))
        .filter(|with| !with.is_empty());
    let via = scan
        .clause(ClauseKind::Via)
        .map(|clause| phrase(text, clause))
        .filter(|via| !via.is_empty());
    let protocol = with
        .as_deref()
        .or(via.as_deref())
        .unwrap_or_default()
        .to_ascii_uppercase();
    let smtp = !["HTTP", "POP3", "IMAP"].iter().any(|other| protocol.contains(other)) && !has_http_comment(text, &scan);
    let from_clause = scan.clause(ClauseKind::From).filter(|clause| !is_sender(clause));
    let Peer {
        from,
        mut annotations,
        mut residue,
    } = match from_clause {
        Some(clause) => peer::read(value, clause, product.as_ref().map(|(product, _)| *product), smtp),
        None => Peer {
            from: FromClause::default(),
            annotations: Vec::new(),
            residue: Vec::new(),
        },
    };
    let elsewhere = scan.clauses.iter().filter(|clause| clause.kind != ClauseKind::From);
    annotations.extend(
        elsewhere
            .flat_map(|clause| &clause.tokens)
            .chain(&scan.head)
            .chain(&scan.tail)
            .filter(|token| token.kind == TokenKind::Comment)
            .map(|token| annotation::read(token.inner(text))),
    );
    let violations = scan.notes.iter().map(|note| (*note).to_owned()).collect();
    residue.extend(unplaced(text, &scan));
    let date = scan.date.clone().and_then(|range| parse_date(&value.slice(range)));
    let mut by = read_by(value, &scan);
    by.product = product.as_ref().map(|(product, _)| product.name.to_owned());
    by.version = product.as_ref().and_then(|(_, version)| version.clone());
    let id = scan.clause(ClauseKind::Id).and_then(Clause::value).map(|token| {
        let name = token.inner(text).trim_matches(['<', '>']);
        // Proofpoint's filter reuses the ids of messages that it held back (trace.md 3.4).
        let filter = from.helo.as_deref() == Some("pps.filterd");
        let decoded = queue_id::decode(name, by.product.as_deref(), date.as_ref());
        QueueId {
            value: name.to_owned(),
            kind: decoded.as_ref().map(|decoded| decoded.kind),
            time: decoded.and_then(|decoded| decoded.time).filter(|_| !filter),
            span: value.span(token.inner.clone()),
        }
    });
    let tls = tls::read(text, &scan, &annotations, with.as_deref());
    let mut hop = Hop {
        index,
        field_index: field.index,
        span: field.span,
        tls: tls.text,
        tls_version: tls.version,
        tls_cipher: tls.cipher,
        envelope_from: envelope_from(text, &scan, &annotations),
        for_: recipients(text, &scan),
        from,
        by,
        with,
        via,
        id,
        date,
        delay_seconds: None,
        corrected_delay_seconds: None,
        class: HopClass::Unparsed,
        zone: Zone::Untrusted,
        support: Support::Unsupported,
        support_reasons: Vec::new(),
        continuity: Continuity::NoStatement,
        profile: product.as_ref().map(|(product, _)| product.name),
        violations,
        comments: scan.comments().map(|token| token.inner(text).to_owned()).collect(),
        residue,
    };
    authenticate(&mut hop, &annotations);
    if let Some(provider) = hop.by.host.as_deref().and_then(profiles::provider_of) {
        hop.profile = Some(provider.name);
        hop.violations.extend(profiles::provider_violation(&hop));
    }
    hop.class = classify(&hop, text, &scan);
    if (hop.class == HopClass::Local || hop.by.product.as_deref() == Some("thrift")) && hop.from.ip.is_none() {
        // A login, `mail pickup service`, or a token: nobody looked a name up.
        hop.from.rdns = None;
        hop.from.helo = hop.from.helo.filter(|_| !text.starts_with("from mail pickup service"));
    }
    hop
}

fn find_product(text: &str, scan: &Scan) -> Option<(&'static Product, Option<String>)> {
    let comments_of = |kind| {
        let tokens = scan
            .clause(kind)
            .map(|clause: &Clause| clause.tokens.as_slice())
            .unwrap_or_default();
        tokens
            .iter()
            .filter(|token| token.kind == TokenKind::Comment)
            .map(|token| token.inner(text).trim())
    };
    let whole = |kind| {
        let tokens = scan
            .clause(kind)
            .map(|clause: &Clause| clause.tokens.as_slice())
            .unwrap_or_default();
        match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => text.get(first.range.start..last.range.end).unwrap_or_default(),
            _ => "",
        }
    };
    let with = [whole(ClauseKind::With), whole(ClauseKind::Via)].join(" ");
    let shape = Shape {
        by_host: scan
            .clause(ClauseKind::By)
            .and_then(Clause::value)
            .map(|token| token.inner(text))
            .unwrap_or_default(),
        by_comments: comments_of(ClauseKind::By)
            .chain(comments_of(ClauseKind::With))
            .chain(comments_of(ClauseKind::Tls))
            .chain(comments_of(ClauseKind::For))
            .collect(),
        with: &with,
        head: scan
            .head
            .first()
            .filter(|token| token.kind == TokenKind::Comment)
            .map(|token| token.inner(text)),
        id: scan
            .clause(ClauseKind::Id)
            .and_then(Clause::value)
            .map(|token| token.inner(text))
            .unwrap_or_default(),
        date: scan.date.clone().and_then(|range| text.get(range)).unwrap_or_default(),
    };
    profiles::product(&shape)
}

/// The words of a clause up to its first comment: `Microsoft SMTP Server`, `XMail 1.20 ESMTP Server`.
pub(super) fn phrase(text: &str, clause: &Clause) -> String {
    // qmail writes `with (cipher encrypted) SMTP`: a comment in front of the first word does not end the phrase.
    let words = clause
        .tokens
        .iter()
        .skip_while(|token| token.kind == TokenKind::Comment);
    let words: Vec<&str> = words
        .take_while(|token| matches!(token.kind, TokenKind::Word | TokenKind::Bracket | TokenKind::Quoted))
        .map(|token| token.inner(text))
        .collect();
    words.join(" ")
}

/// XMail writes `from <sender>` behind `for`: an angle there is the envelope sender, no host.
fn is_sender(clause: &Clause) -> bool {
    clause.value().is_some_and(|token| token.kind == TokenKind::Angle)
}

fn read_by(value: &Unfolded, scan: &Scan) -> ByClause {
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
            TokenKind::Comment => read_by_comment(value, token, &mut by),
            _ => {}
        }
    }
    by
}

/// `(192.0.2.1)`, `([192.0.2.1]:25)`, and behind `localhost` the true name: `(mx.example [127.0.0.1])` (amavis).
fn read_by_comment(value: &Unfolded, comment: &Token, by: &mut ByClause) {
    let text = value.text.as_str();
    let tokens = tokenise(text, comment.inner.clone(), &mut Vec::new());
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

fn recipients(text: &str, scan: &Scan) -> Vec<String> {
    // RFC 5321 4.4 allows one path; more are kept as written.
    scan.clauses
        .iter()
        .filter(|clause| clause.kind == ClauseKind::For)
        .flat_map(|clause| &clause.tokens)
        .filter(|token| matches!(token.kind, TokenKind::Angle | TokenKind::Word))
        .map(|token| token.inner(text).trim_matches(['<', '>']))
        .filter(|path| path.contains('@') || !path.is_empty() && !path.contains(['(', '=']))
        .map(str::to_owned)
        .collect()
}

fn envelope_from(text: &str, scan: &Scan, annotations: &[Annotation]) -> Option<String> {
    let clause = scan.clause(ClauseKind::EnvelopeFrom);
    let late_from = scan
        .clauses
        .iter()
        .find(|clause| clause.kind == ClauseKind::From && is_sender(clause));
    annotations
        .iter()
        .find_map(|annotation| annotation.envelope_from.clone())
        .or_else(|| {
            let token = clause.or(late_from)?.value()?;
            Some(token.inner(text).to_owned())
        })
}

/// Collects who authenticated, from comments, protocol token (RFC 4954, 3848) and OpenSMTPD's `auth=yes user=u`.
fn authenticate(hop: &mut Hop, annotations: &[Annotation]) {
    let said = annotations.iter().find(|annotation| annotation.auth_method.is_some());
    hop.from.auth_method = said.and_then(|annotation| annotation.auth_method.clone());
    hop.from.auth_user = said.and_then(|annotation| annotation.auth_user.clone());
    let token = hop
        .with
        .as_deref()
        .and_then(|with| with.split([' ', '/']).next())
        .unwrap_or_default();
    let upper = token.to_ascii_uppercase();
    if hop.from.auth_method.is_none()
        && matches!(
            upper.as_str(),
            "ASMTP" | "ESMTPA" | "ESMTPSA" | "UTF8SMTPA" | "UTF8SMTPSA"
        )
    {
        hop.from.auth_method = Some(token.to_owned());
    }
    // `from 192.0.2.1 ([192.0.2.1]) as user ann@mail.example by ... with HTTP` (IMP).
    if let Some([_, _, user]) = hop
        .residue
        .windows(3)
        .find(|words| words[0] == "as" && words[1] == "user")
    {
        hop.from.auth_method = Some("as user".into());
        hop.from.auth_user = Some(user.clone());
    }
    if hop.residue.iter().any(|word| word == "auth=yes") {
        let user = hop.residue.iter().find_map(|word| word.strip_prefix("user="));
        hop.from.auth_method = Some("auth".into());
        hop.from.auth_user = user.map(str::to_owned);
    }
}

/// Words that belong to no clause: those in front, repeated clauses, and what follows a value.
fn unplaced(text: &str, scan: &Scan) -> Vec<String> {
    let mut seen: Vec<ClauseKind> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let is_word = |token: &&Token| token.is_value() && token.kind != TokenKind::Comment;
    words.extend(
        scan.head
            .iter()
            .filter(is_word)
            .map(|token| token.inner(text).to_owned()),
    );
    for clause in &scan.clauses {
        let kept = match clause.kind {
            _ if seen.contains(&clause.kind) && !is_sender(clause) => 0,
            ClauseKind::By | ClauseKind::Id | ClauseKind::EnvelopeFrom | ClauseKind::State | ClauseKind::Priority => 1,
            _ => usize::MAX,
        };
        seen.push(clause.kind);
        words.extend(
            clause
                .tokens
                .iter()
                .filter(is_word)
                .skip(kept)
                .map(|token| token.inner(text).to_owned()),
        );
    }
    words
}

impl Hop {
    /// The registered protocol name (IANA mail parameters; RFC 3848, 6531) in the `with` clause: `SMTP` of `Microsoft SMTP Server`.
    /// `None` where the clause holds none.
    pub fn protocol(&self) -> Option<&str> {
        let mut words = self.with.as_deref()?.split(|c: char| !c.is_ascii_alphanumeric());
        words.find(|word| profiles::is_registered_with(word))
    }

    /// Whether the hop has the marks of a provider's border servers, peer included.
    pub fn is_provider_border(&self) -> bool {
        profiles::border_marker(self).is_some()
    }

    /// Whether the by-host bears a name of a profiled provider.
    pub fn is_provider_host(&self) -> bool {
        self.by.host.as_deref().and_then(profiles::provider_of).is_some()
    }

    /// The HELO as an address: a literal in brackets, or bare.
    pub fn helo_address(&self) -> Option<std::net::IpAddr> {
        let helo = self.from.helo.as_deref()?.trim_matches(['[', ']']);
        address_class::read_ip(helo).map(|(ip, _)| ip)
    }
}
