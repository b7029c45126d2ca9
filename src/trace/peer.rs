//! The `from` clause: what the client said (HELO), what the server saw (TCP-info) and what it looked up (reverse name).

use std::{net::IpAddr, ops::Range};

use super::{
    FromClause, NotAnAddress, RdnsStatus, address_class,
    annotation::{self, Annotation},
    clauses::Clause,
    profiles::{FirstWord, Product},
    tokens::{Token, TokenKind, tokenise},
};
use crate::message::Unfolded;

/// A comment (or bracket) of the `from` clause, read as TCP-info (RFC 5321 4.4).
#[derive(Default)]
struct TcpInfo {
    ip: Option<(IpAddr, Option<u16>, Range<usize>)>,
    name: Option<Range<usize>>,
    /// The server says that the name is `unknown`.
    nameless: bool,
    /// An address without brackets came first.
    bare_ip: bool,
    status: Option<RdnsStatus>,
    ident: Option<String>,
    /// An explicit HELO; the range is empty for `(HELO )`.
    helo: Option<Range<usize>>,
    helo_command: Option<&'static str>,
    verified: bool,
    /// Words that fit nowhere.
    strange: usize,
}

/// The greetings of RFC 5321 4.1.1.1 and RFC 2033 4.1.
const HELO_COMMANDS: [&str; 3] = ["HELO", "EHLO", "LHLO"];

/// What the clause yields.
pub(super) struct Peer {
    pub(super) from: FromClause,
    /// Annotations behind the TCP-info, in order. What stands in front of it may be HELO text of the client.
    pub(super) annotations: Vec<Annotation>,
    pub(super) residue: Vec<String>,
    /// So many words of the residue stand in front of the address: the client's.
    pub(super) said: usize,
}

/// Reads the clause. `smtp` is false where the protocol knows no HELO (HTTP, POP3).
pub(super) fn read(value: &Unfolded, clause: &Clause, product: Option<&Product>, smtp: bool) -> Peer {
    let text = value.text.as_str();
    let tokens: Vec<&Token> = clause.tokens.iter().filter(|token| token.is_value()).collect();
    let readings: Vec<(TcpInfo, Annotation)> = tokens.iter().map(|token| read_token(value, token)).collect();
    let first_word = product.map_or(FirstWord::Helo, |product| product.first_word);
    let address_first =
        first_word == FirstWord::Address && tokens.first().is_some_and(|token| token.kind == TokenKind::Bracket);
    let in_first_place = || {
        let first = tokens.first()?;
        let plain = matches!(first.kind, TokenKind::Bracket | TokenKind::Word);
        (plain && readings[0].0.ip.is_some()).then_some(0)
    };
    // HELO and ident stand behind the address, in the comment that begins with it, or in the one behind it.
    let address_with_marks = || {
        let said = |token: &&Token| ["helo=", "ident="].iter().any(|key| token.inner(text).starts_with(key));
        let begins = |at: &usize| match tokens[*at].kind {
            TokenKind::Comment => tokens[*at].inner(text).starts_with('['),
            kind => *at == 0 && kind == TokenKind::Bracket && tokens.get(1).is_some_and(said),
        };
        (0..tokens.len()).find(|at| begins(at) && readings[*at].0.ip.is_some())
    };
    let first_address = match first_word {
        FirstWord::NameThenMarks => address_with_marks(),
        _ => None,
    };
    // Others write TCP-info behind the HELO, so the last address is their own: a HELO may hold brackets and parentheses.
    let last_address = || {
        (0..tokens.len()).rev().find(|at| {
            let (info, annotation) = &readings[*at];
            let place = *at > 0 || tokens[*at].kind == TokenKind::Comment;
            place
                && info.ip.is_some()
                && (!annotation.recognised || annotation.auth_method.as_deref() == Some("account"))
        })
    };
    let tcp = match address_first {
        true => in_first_place(),
        false => first_address.or_else(last_address).or_else(in_first_place),
    };
    let mut peer = Peer {
        from: FromClause::default(),
        annotations: Vec::new(),
        residue: Vec::new(),
        said: 0,
    };
    // `name (HELO said) (192.0.2.1)`, qmail: who begins with the HELO, or writes a name beside the address, writes no such comment
    // in front of it.
    let begins_with_helo = product.is_some_and(|product| product.first_word == FirstWord::Helo);
    let with_name = |at: usize| readings[at].0.name.is_some() || readings[at].0.nameless;
    let helo_from = tcp.filter(|at| begins_with_helo || with_name(*at)).unwrap_or_default();
    let explicit_helo = readings[helo_from..]
        .iter()
        .rev()
        .find_map(|(info, _)| info.helo.clone())
        .or_else(|| claim(text, &tokens, tcp?))
        .or_else(|| match (first_word, readings.as_slice()) {
            // `from name (helo) [192.0.2.1]`: Exim 3.
            (FirstWord::Name | FirstWord::NameThenMarks, [_, (between, annotation), ..])
                if tcp == Some(2) && !annotation.recognised =>
            {
                between.name.clone()
            }
            (FirstWord::Address, _) if address_first => tokens
                .get(1)
                .filter(|token| token.kind == TokenKind::Comment)
                .map(|token| token.inner.clone()),
            _ => None,
        });
    let helo_command = readings.iter().rev().find_map(|(info, _)| info.helo_command);
    let mut from = FromClause {
        host: tokens
            .first()
            .filter(|token| token.kind != TokenKind::Comment && &text[token.range.clone()] != "<unknown>")
            .map(|token| token.inner(text).to_owned()),
        helo_command,
        ..FromClause::default()
    };
    let mut nameless = false;
    if let Some((info, _)) = tcp.and_then(|at| readings.get(at))
        && let Some((ip, port, range)) = &info.ip
    {
        from.ip = Some(*ip);
        from.port = port.or_else(|| port_behind(text, &tokens, tcp));
        from.ip_span = Some(value.span(range.clone()));
    }
    let verified = tcp
        .and_then(|at| readings.get(at))
        .is_some_and(|(info, _)| info.verified);
    for (at, (info, annotation)) in readings.into_iter().enumerate() {
        let token = tokens[at];
        let behind = tcp.is_none_or(|tcp| match first_address {
            Some(_) => at == tcp.max(1),
            None => at >= tcp,
        });
        if token.kind == TokenKind::Comment && behind {
            nameless |= info.nameless;
            if tcp.is_none_or(|tcp| at == tcp) && from.rdns.is_none() {
                from.rdns = info.name.and_then(|range| text.get(range)).map(trim_dot);
            }
            from.ident = from.ident.or(info.ident);
            if let Some(status) = info.status {
                from.rdns_status = status;
            }
            let tcp_info = !annotation.recognised && annotation.auth_method.is_none() && info.helo.is_none();
            if let Some(what) = not_an_address(text, token).filter(|_| tcp_info && info.ip.is_none()) {
                from.not_an_address = from.not_an_address.or(Some(what));
            } else if info.strange >= 2 && info.ip.is_none() && tcp_info {
                from.not_an_address = from.not_an_address.or(Some(NotAnAddress::Prose));
            }
            peer.annotations.push(annotation);
        } else if at > 0 && token.kind == TokenKind::Word {
            peer.residue.push(token.inner(text).to_owned());
            peer.said += usize::from(first_address.is_some() || tcp.is_none_or(|tcp| at < tcp));
        }
    }
    let host = tokens
        .first()
        .filter(|token| token.kind != TokenKind::Comment && tcp != Some(0));
    place_names(
        value,
        host,
        &tokens,
        tcp,
        explicit_helo,
        first_word,
        verified,
        smtp,
        nameless,
        &mut from,
    );
    peer.from = from;
    peer
}

/// Decides whether the first word is the HELO or the reverse name (trace.md 3.4).
#[allow(
    clippy::too_many_arguments,
    reason = "the facts of one decision, all of them local to the clause"
)]
fn place_names(
    value: &Unfolded,
    host: Option<&&Token>,
    tokens: &[&Token],
    tcp: Option<usize>,
    explicit_helo: Option<Range<usize>>,
    first_word: FirstWord,
    verified: bool,
    smtp: bool,
    nameless: bool,
    from: &mut FromClause,
) {
    let text = value.text.as_str();
    let set_helo = |from: &mut FromClause, range: Range<usize>| {
        from.helo = text
            .get(range.clone())
            .map(str::to_owned)
            .filter(|helo| !helo.is_empty());
        from.helo_span = from.helo.is_some().then(|| value.span(range));
    };
    let host_name = host
        .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::Quoted))
        .map(|token| token.inner(text))
        .filter(|name| address_class::read_ip(name).is_none());
    let first_is_rdns =
        explicit_helo.is_some() || verified || !matches!(first_word, FirstWord::Helo | FirstWord::Address);
    if let Some(range) = explicit_helo.clone() {
        set_helo(from, range);
    } else if let Some(token) = host.filter(|_| smtp && first_word != FirstWord::NameOnly) {
        // `out.bank.example ([192.0.2.40]) (unknown [203.0.113.64])`: addresses and words of the field itself in front of the
        // TCP-info are HELO text.
        let is_said = |token: &&Token| token.keyword(text).is_some() || read_token(value, token).0.ip.is_some();
        let end = match tcp {
            Some(tcp) if tokens[1..tcp].iter().any(is_said) => tokens[tcp - 1].range.end,
            _ => token.range.end,
        };
        let start = if token.kind == TokenKind::Quoted && end == token.range.end {
            token.inner.clone()
        } else {
            token.range.start..end
        };
        set_helo(from, start);
    } else if host.is_none()
        && smtp
        && tcp == Some(0)
        && tokens.first().is_some_and(|token| token.kind == TokenKind::Bracket)
        && first_word == FirstWord::Helo
    {
        // A lone literal is what the client said as well as where it is.
        set_helo(from, tokens[0].range.clone());
    }
    if let Some(name) = host_name.filter(|_| first_is_rdns && from.rdns.is_none()) {
        if name.eq_ignore_ascii_case("unknown") {
            from.rdns_status = RdnsStatus::None;
            if explicit_helo.is_none() {
                from.helo = None;
                from.helo_span = None;
            }
        } else {
            from.rdns = Some(trim_dot(name));
        }
    }
    // Yahoo writes the address where the client has no name.
    let address_for_name = first_is_rdns && host.is_some() && host_name.is_none();
    if from.rdns_status == RdnsStatus::Unknown {
        if from.rdns.is_some() {
            from.rdns_status = RdnsStatus::Ok;
        } else if nameless || address_for_name {
            from.rdns_status = RdnsStatus::None;
        }
    }
}

/// A date or an impossible address in the place of TCP-info.
fn not_an_address(text: &str, comment: &Token) -> Option<NotAnAddress> {
    let inner = comment.inner(text).replace(['[', ']', ','], " ");
    let words: Vec<&str> = inner.split_whitespace().collect();
    let clock = |word: &&str| {
        let parts: Vec<&str> = word.split(':').collect();
        (2..=3).contains(&parts.len())
            && parts
                .iter()
                .all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let beyond = |word: &&str| {
        let octets: Vec<Option<u16>> = word.split('.').map(|octet| octet.parse().ok()).collect();
        octets.len() == 4 && octets.iter().all(Option::is_some) && octets.iter().flatten().any(|octet| *octet > 255)
    };
    if words.len() >= 3 && words.iter().any(clock) {
        Some(NotAnAddress::Date)
    } else if words.iter().any(beyond) {
        Some(NotAnAddress::ImpossibleAddress)
    } else {
        None
    }
}

/// Reads a token of the clause as TCP-info and as annotation.
fn read_token(value: &Unfolded, token: &Token) -> (TcpInfo, Annotation) {
    let text = value.text.as_str();
    match token.kind {
        TokenKind::Comment => {
            let annotation = annotation::read(token.inner(text));
            let info = if annotation.recognised {
                TcpInfo::default()
            } else {
                read_comment(value, token.inner.clone())
            };
            (info, annotation)
        }
        TokenKind::Bracket | TokenKind::Word => {
            let inner = token.inner(text).trim_matches(['(', ')']);
            let ip = address_class::read_ip(inner).map(|(ip, port)| (ip, port, token.inner.clone()));
            (
                TcpInfo {
                    ip,
                    ..TcpInfo::default()
                },
                Annotation::default(),
            )
        }
        _ => (TcpInfo::default(), Annotation::default()),
    }
}

/// Reads the inside of a comment word by word.
fn read_comment(value: &Unfolded, range: Range<usize>) -> TcpInfo {
    let text = value.text.as_str();
    let mut info = TcpInfo::default();
    let tokens = tokenise(value, range, &mut Vec::new());
    let mut at = 0;
    // Behind `helo=` and `ident=` stands what the client said.
    let mut said = false;
    while let Some(token) = tokens.get(at) {
        let inner = token.inner(text);
        let next = tokens.get(at + 1);
        let touching = next.filter(|next| next.range.start == token.range.end && next.kind == TokenKind::Bracket);
        at += 1;
        match token.kind {
            TokenKind::Bracket if said => {}
            TokenKind::Bracket => {
                // `192.0.2.1 [192.0.2.1]`: the first stands where the name would.
                info.nameless |= info.bare_ip;
                info.set_ip(inner, token.inner.clone());
            }
            TokenKind::Comment => {
                let inner = inner.to_ascii_lowercase();
                if inner.contains("forged") {
                    info.status = Some(RdnsStatus::Forged);
                }
            }
            TokenKind::Angle if inner.eq_ignore_ascii_case("unknown.domain") => info.nameless = true,
            TokenKind::Word => {
                let lower = inner.to_ascii_lowercase();
                if let Some(command) = HELO_COMMANDS
                    .iter()
                    .find(|command| command.eq_ignore_ascii_case(&lower))
                {
                    info.helo_command = Some(command);
                    // All that follows is the client's word.
                    let end = tokens.last().map_or(token.range.end, |last| last.range.end);
                    let start = next.map_or(end, |next| next.range.start);
                    info.helo = Some(start..end);
                    return info;
                } else if lower == "account" {
                    at += 1;
                } else if let Some((key, argument)) = lower.split_once('=') {
                    let start = token.range.start + key.len() + 1;
                    let more = match key {
                        // Exim writes `ident=` behind it.
                        "helo" => tokens[at..]
                            .iter()
                            .take_while(|token| !token.inner(text).starts_with("ident="))
                            .count(),
                        _ => usize::from(argument.is_empty() && touching.is_some()),
                    };
                    at += more;
                    let end = tokens[at - 1].range.end;
                    match key {
                        "helo" => info.helo = Some(start..end),
                        "ident" => {
                            info.ident = text
                                .get(start..end)
                                .map(|ident| ident.trim_matches(['[', ']']).to_owned())
                        }
                        _ => {}
                    }
                    said |= matches!(key, "helo" | "ident");
                } else if said {
                    info.strange += 1;
                } else {
                    info.read_word(inner, &lower, token.inner.clone());
                }
            }
            _ => {}
        }
    }
    info
}

impl TcpInfo {
    fn set_ip(&mut self, text: &str, range: Range<usize>) {
        if let Some((ip, port)) = address_class::read_ip(text) {
            self.ip = Some((ip, port, range));
        }
    }

    fn read_word(&mut self, word: &str, lower: &str, range: Range<usize>) {
        match lower {
            "unknown" => self.nameless = true,
            "unverified" => self.status = Some(RdnsStatus::Forged),
            "softdnserr" | "failed" => self.status = Some(RdnsStatus::Failed),
            "verified" => self.verified = true,
            "rdns" | "port" | "mail" => {}
            _ => {
                // `IDENT:user@host`, `user@192.0.2.1`, `user@[192.0.2.1]`: the last `@` divides.
                let (ident, host) = match word.rsplit_once('@') {
                    Some((ident, host)) => (Some(ident), host),
                    None => (None, word),
                };
                if let Some(ident) = ident {
                    let ident = ident.strip_prefix("IDENT:").unwrap_or(ident);
                    self.ident = Some(ident.to_owned());
                }
                let host_range = range.end - host.len()..range.end;
                if address_class::read_ip(host).is_some() {
                    self.bare_ip = self.ip.is_none();
                    self.set_ip(host, host_range);
                } else if host.starts_with(':') && self.ip.is_some() {
                    if let (Some((_, port, _)), Ok(number)) = (&mut self.ip, host[1..].parse()) {
                        *port = Some(number);
                    }
                } else if !host.is_empty() && self.name.is_none() && self.ip.is_none() {
                    self.name = Some(host_range);
                } else if !host.is_empty() {
                    self.strange += 1;
                }
            }
        }
    }
}

/// `, claiming to be "host"` behind the address (smap).
fn claim(text: &str, tokens: &[&Token], tcp: usize) -> Option<Range<usize>> {
    let behind = tokens.get(tcp + 1..)?;
    let is = |at: usize, word: &str| {
        behind
            .get(at)
            .is_some_and(|token| token.inner(text).eq_ignore_ascii_case(word))
    };
    let claims = is(0, "claiming") && is(1, "to") && is(2, "be");
    Some(behind.get(3).filter(|_| claims)?.inner.clone())
}

/// `[192.0.2.1]:25`: a port behind the token.
fn port_behind(text: &str, tokens: &[&Token], tcp: Option<usize>) -> Option<u16> {
    tokens.get(tcp? + 1)?.inner(text).strip_prefix(':')?.parse().ok()
}

fn trim_dot(name: &str) -> String {
    name.trim_end_matches('.').to_owned()
}
