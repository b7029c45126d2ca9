//! Received-SPF (RFC 7208 9.1), and what the comments of SPF results say in prose.

use std::net::IpAddr;

use super::{
    MethodResult, Party, Record, RecordKind, Standing,
    injection::{self, UNCLOSED, UNQUOTED},
    scanner::{MAX_TEXT, Scanner},
};
use crate::message::{Field, Message};

/// More key-value pairs than this are not kept.
const MAX_PAIRS: usize = 64;

/// Every Received-SPF field, top first.
pub(super) fn read(message: &Message<'_>) -> Vec<Record> {
    message.fields_named("Received-SPF").map(read_field).collect()
}

fn read_field(field: &Field<'_>) -> Record {
    let unfolded = field.unfolded();
    let mut scanner = Scanner::new(&unfolded.text);
    let mut defects = Vec::new();
    if field.raw_value().len() > MAX_TEXT {
        defects.push("longer than 16 KiB: the rest was not read".to_owned());
    }
    scanner.skip_cfws();
    let result = scanner.keyword().to_ascii_lowercase();
    if result.is_empty() {
        defects.push("no result".to_owned());
    }
    let properties = read_pairs(&mut scanner, &mut defects);
    let comments = scanner.take_comments();
    if scanner.unclosed_comment {
        defects.push(UNCLOSED.to_owned());
    }
    let reason = comments.first().cloned();
    let method = MethodResult {
        method: "spf".to_owned(),
        result,
        reason,
        properties,
        comments,
        span: Some(unfolded.full_span()),
    };
    Record {
        kind: RecordKind::ReceivedSpf,
        field_index: field.index,
        span: field.span,
        authserv_id: receiver(&method),
        instance: None,
        standing: Standing::default(),
        reason: String::new(),
        doubt: injection::doubt_of_result(&method),
        party: Party::default(),
        hop: None,
        methods: vec![method],
        defects,
    }
}

/// `key = value` pairs, separated by semicolons, by white space in old forms.
fn read_pairs(scanner: &mut Scanner<'_>, defects: &mut Vec<String>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    loop {
        scanner.skip_cfws();
        if scanner.at_end() || pairs.len() == MAX_PAIRS {
            return pairs;
        }
        if scanner.eat(';') {
            continue;
        }
        let start = scanner.at();
        let key = scanner.keyword().to_ascii_lowercase();
        scanner.skip_cfws();
        if !key.is_empty() && scanner.eat('=') {
            scanner.skip_cfws();
            let (value, spaced) = pair_value(scanner);
            if spaced && defects.is_empty() {
                defects.push(UNQUOTED.to_owned());
            }
            pairs.push((key, value));
            continue;
        }
        scanner.back_to(start);
        if scanner.value().range.is_empty()
            && let Some(c) = scanner.peek()
        {
            scanner.eat(c);
        }
        if defects.is_empty() {
            defects.push("text that is no key-value pair".to_owned());
        }
    }
}

/// A value, and whether it holds white space without quotation marks: a MAIL FROM of which the writer left out the quotes
/// (`envelope-from=a b@bank.example` of `<"a b"@bank.example>`) goes on up to the next pair or semicolon.
fn pair_value(scanner: &mut Scanner<'_>) -> (String, bool) {
    let mut value = scanner.value().text;
    let mut spaced = false;
    loop {
        let rest = scanner.rest();
        let gap = rest.len() - rest.trim_start().len();
        let next = &rest[gap..];
        if gap == 0 || next.is_empty() || next.starts_with([';', '(']) || begins_pair(next) {
            return (value, spaced);
        }
        spaced = true;
        scanner.back_to(scanner.at() + gap);
        value.push_str(&rest[..gap]);
        value.push_str(&scanner.value().text);
    }
}

/// Whether `key =` stands at the start of a text.
fn begins_pair(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    !scanner.keyword().is_empty() && scanner.rest().trim_start().starts_with('=')
}

/// `receiver=`, or without it the host in front of the comment's colon (`mx.corp.example: domain of ...`): those who write both
/// (Mail::SPF) have the domain that was checked there.
fn receiver(method: &MethodResult) -> Option<String> {
    let in_comment = || Some(method.comments.first()?.split_once(": ")?.0);
    let host = method.property("receiver").or_else(in_comment)?;
    is_host(host).then(|| host.to_owned())
}

/// Whether text is a host name; `<UNKNOWN>` and the like are none.
fn is_host(text: &str) -> bool {
    text.contains('.')
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

/// What the prose or the pairs of an SPF comment tell: `domain of x@y designates 192.0.2.1 as permitted sender`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SpfComment {
    /// MAIL FROM, or its domain alone.
    pub(super) sender: Option<String>,
    /// The client's address.
    pub(super) client_ip: Option<IpAddr>,
    /// The HELO.
    pub(super) helo: Option<String>,
}

/// Reads a comment. The sender's own text stands in it, so the writer's words are looked for at the ends.
pub(super) fn read_comment(comment: &str) -> SpfComment {
    if comment.contains("client-ip=") {
        return read_pairs_comment(comment);
    }
    let mut found = SpfComment::default();
    // "mx: 192.0.2.1 is neither permitted nor denied by domain of x@y"
    if let Some((before, after)) = comment.split_once(" is neither permitted nor denied by ") {
        found.client_ip = before.rsplit(' ').next().and_then(parse_ip);
        found.sender = Some(after.rsplit("domain of ").next().unwrap_or(after).to_owned());
    } else if let Some(before) = comment.strip_suffix(" as permitted sender") {
        found.client_ip = before.rsplit(' ').next().and_then(parse_ip);
        found.sender = before.split_once("domain of ").and_then(|(_, rest)| {
            let verbs = [" designates ", " does not designate ", " discourages use of "];
            let end = verbs.iter().filter_map(|verb| rest.rfind(verb)).max()?;
            Some(rest[..end].trim_start_matches("transitioning ").to_owned())
        });
    } else if let Some(before) = comment.strip_suffix(" does not designate permitted sender hosts") {
        found.sender = before.rsplit(' ').next().map(str::to_owned);
    } else if let Some(address) = strip_prefix_ignore_case(comment, "sender IP is ") {
        found.client_ip = parse_ip(address);
    }
    found.sender = found.sender.filter(|sender| !sender.is_empty());
    found
}

/// `client-ip=192.0.2.1; helo=mx.example; envelope-from=x@y; receiver=z`: a whole Received-SPF inside a comment.
fn read_pairs_comment(comment: &str) -> SpfComment {
    let pairs = read_pairs(&mut Scanner::new(comment), &mut Vec::new());
    let value = |key: &str| {
        pairs
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.clone())
    };
    SpfComment {
        sender: value("envelope-from"),
        client_ip: value("client-ip").as_deref().and_then(parse_ip),
        helo: value("helo"),
    }
}

/// An address as result fields write it: bare, in brackets, with `IPv6:` in front. IPv4-mapped ones become IPv4.
/// Placeholders (`255.255.255.255`, `::`) are none.
pub(super) fn parse_ip(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches(['[', ']', ',', '"']);
    let text = strip_prefix_ignore_case(text, "IPv6:").unwrap_or(text);
    let ip = text.parse::<IpAddr>().ok()?.to_canonical();
    let placeholder = ip.is_unspecified() || matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    (!placeholder).then_some(ip)
}

fn strip_prefix_ignore_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}
