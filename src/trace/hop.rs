//! From clauses to the hop record of trace.md 3.3.

use super::{
    ByClause, Continuity, FromClause, Hop, HopClass, QueueId, RdnsStatus, Support, Zone, address_class,
    annotation::{self, Annotation},
    by_clause,
    clauses::{Clause, ClauseKind, Scan, scan},
    hop_class::{classify, has_http_comment, is_of_user},
    peer::{self, Peer},
    profiles::{self, Product, Shape},
    queue_id, tls,
    tokens::{Token, TokenKind},
};
use crate::message::{Field, Message, Unfolded, parse_date};

/// More Received fields than this are not read: twice the loop threshold of RFC 5321 6.3.
const MAX_HOPS: usize = 200;

/// Every Received field as a hop, newest first.
pub fn read_trace(message: &Message<'_>) -> Vec<Hop> {
    read_traces(std::slice::from_ref(message)).pop().unwrap_or_default()
}

/// The hops of each message, as of [`read_trace`]. Each step goes over the fields of all messages before the next one begins, as
/// together they are more code than a processor keeps at hand.
pub fn read_traces(messages: &[Message<'_>]) -> Vec<Vec<Hop>> {
    let fields = |message| Message::fields_named(message, "Received").take(MAX_HOPS).enumerate();
    let mut drafts: Vec<Draft<'_>> = messages
        .iter()
        .flat_map(fields)
        .map(|(index, field)| Draft::new(index, field))
        .collect();
    write(&mut drafts);
    let mut hops = drafts.into_iter().map(|draft| draft.hop);
    let of_each = messages
        .iter()
        .map(|message| hops.by_ref().take(fields(message).count()).collect());
    of_each.collect()
}

/// Reads one field; `index` is its place among the Received fields. Never fails: what has no place ends in `residue`, what is wrong
/// in `violations`.
pub fn read_hop(index: usize, field: &Field<'_>) -> Hop {
    let mut drafts = [Draft::new(index, field)];
    write(&mut drafts);
    let [draft] = drafts;
    draft.hop
}

/// A hop in the making.
struct Draft<'f> {
    value: &'f Unfolded,
    scan: Scan,
    product: Option<(&'static Product, Option<String>)>,
    annotations: Vec<Annotation>,
    /// Words at the beginning of the residue that are the client's.
    said: usize,
    hop: Hop,
}

/// What is read of a field, step by step; each relies on those before it.
const STEPS: [fn(&mut Draft<'_>); 9] = [
    |draft| draft.scan = scan(draft.value),
    |draft| draft.product = find_product(&draft.value.text, &draft.scan),
    |draft| draft.read_protocol(),
    |draft| draft.read_peer(),
    |draft| draft.read_comments(),
    |draft| draft.read_date(),
    |draft| draft.read_receiver(),
    |draft| draft.read_rest(),
    |draft| draft.judge(),
];

fn write(drafts: &mut [Draft<'_>]) {
    for step in STEPS {
        drafts.iter_mut().for_each(step);
    }
}

impl<'f> Draft<'f> {
    fn new(index: usize, field: &'f Field<'_>) -> Self {
        Self {
            value: field.unfolded(),
            scan: Scan::default(),
            product: None,
            annotations: Vec::new(),
            said: 0,
            hop: Hop {
                index,
                field_index: field.index,
                span: field.span,
                from: FromClause::default(),
                by: ByClause::default(),
                with: None,
                via: None,
                tls: None,
                tls_version: None,
                tls_cipher: None,
                id: None,
                for_: Vec::new(),
                envelope_from: None,
                date: None,
                delay_seconds: None,
                corrected_delay_seconds: None,
                class: HopClass::Unparsed,
                zone: Zone::Untrusted,
                support: Support::Unsupported,
                support_reasons: Vec::new(),
                continuity: Continuity::NoStatement,
                profile: None,
                violations: Vec::new(),
                comments: Vec::new(),
                residue: Vec::new(),
            },
        }
    }

    fn read_protocol(&mut self) {
        let text = self.value.text.as_str();
        let of = |kind| {
            let phrase = self.scan.clause(kind).map(|clause| phrase(text, clause));
            phrase.filter(|phrase| !phrase.is_empty())
        };
        self.hop.with = of(ClauseKind::With);
        self.hop.via = of(ClauseKind::Via);
    }

    fn read_peer(&mut self) {
        let from_clause = self
            .scan
            .clause(ClauseKind::From)
            .filter(|clause| !is_sender(&self.scan, clause));
        let Some(clause) = from_clause else { return };
        let protocol = self.hop.with.as_deref().or(self.hop.via.as_deref()).unwrap_or_default();
        let protocol = protocol.to_ascii_uppercase();
        let smtp = !["HTTP", "POP3", "IMAP"].iter().any(|other| protocol.contains(other))
            && !has_http_comment(&self.value.text, &self.scan);
        let product = self.product.as_ref().map(|(product, _)| *product);
        let Peer {
            mut from,
            annotations,
            residue,
            said,
        } = peer::read(self.value, clause, product, smtp);
        if from.ip.is_none() && is_of_user(&self.value.text, &self.scan) {
            (from.helo, from.helo_span) = (None, None);
        }
        self.hop.from = from;
        self.hop.residue = residue;
        self.said = said;
        self.annotations = annotations;
    }

    fn read_comments(&mut self) {
        let (text, scan) = (self.value.text.as_str(), &self.scan);
        let elsewhere = scan.clauses.iter().filter(|clause| clause.kind != ClauseKind::From);
        self.annotations.extend(
            elsewhere
                .flat_map(|clause| &clause.tokens)
                .chain(&scan.head)
                .chain(&scan.tail)
                .filter(|token| token.kind == TokenKind::Comment)
                .map(|token| annotation::read(token.inner(text))),
        );
        self.hop.violations = scan.notes.iter().map(|note| (*note).to_owned()).collect();
        self.hop.comments = scan.comments().map(|token| token.inner(text).to_owned()).collect();
        self.hop.residue.extend(unplaced(text, scan));
    }

    fn read_date(&mut self) {
        let range = self.scan.date.clone();
        self.hop.date = range.and_then(|range| parse_date(&self.value.slice(range)));
    }

    /// Who wrote the field, and under which id.
    fn read_receiver(&mut self) {
        let (text, hop) = (self.value.text.as_str(), &mut self.hop);
        hop.by = by_clause::read(self.value, &self.scan);
        if let Some((product, version)) = &self.product {
            hop.by.product = Some(product.name.to_owned());
            hop.by.version.clone_from(version);
            hop.profile = Some(product.name);
        }
        hop.id = self.scan.clause(ClauseKind::Id).and_then(Clause::value).map(|token| {
            let name = token.inner(text).trim_matches(['<', '>']);
            // Proofpoint's filter reuses the ids of messages that it held back (trace.md 3.4).
            let filter = hop.from.helo.as_deref() == Some("pps.filterd");
            let decoded = queue_id::decode(name, hop.by.product.as_deref(), hop.date.as_ref());
            QueueId {
                value: name.to_owned(),
                kind: decoded.as_ref().map(|decoded| decoded.kind),
                time: decoded.and_then(|decoded| decoded.time).filter(|_| !filter),
                span: self.value.span(token.inner.clone()),
            }
        });
    }

    fn read_rest(&mut self) {
        let (text, scan, hop) = (self.value.text.as_str(), &self.scan, &mut self.hop);
        let tls = tls::read(text, scan, &self.annotations, hop.with.as_deref());
        hop.tls = tls.text;
        hop.tls_version = tls.version;
        hop.tls_cipher = tls.cipher;
        hop.envelope_from = envelope_from(text, scan, &self.annotations);
        hop.for_ = recipients(text, scan);
        authenticate(hop, &self.annotations, self.said);
    }

    /// What the whole says: whose profile it has to have, and what kind of hop it is.
    fn judge(&mut self) {
        let (text, hop) = (self.value.text.as_str(), &mut self.hop);
        if let Some(provider) = hop.by.host.as_deref().and_then(profiles::provider_of) {
            hop.profile = Some(provider.name);
            hop.violations.extend(profiles::provider_violation(hop));
        }
        hop.class = classify(hop, text, &self.scan);
        if (hop.class == HopClass::Local || hop.by.product.as_deref() == Some("thrift")) && hop.from.ip.is_none() {
            // A login, `mail pickup service`, or a token: nobody looked a name up.
            (hop.from.rdns, hop.from.rdns_status) = (None, RdnsStatus::Unknown);
            if text.starts_with("from mail pickup service") {
                hop.from.helo = None;
            }
        }
    }
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
fn is_sender(scan: &Scan, clause: &Clause) -> bool {
    // A client may call itself `<a>`: the clause that begins the field is about it.
    let begins = scan.clauses.first().is_some_and(|first| std::ptr::eq(first, clause));
    !begins && clause.value().is_some_and(|token| token.kind == TokenKind::Angle)
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
        .find(|clause| clause.kind == ClauseKind::From && is_sender(scan, clause));
    annotations
        .iter()
        .find_map(|annotation| annotation.envelope_from.clone())
        .or_else(|| {
            let token = clause.or(late_from)?.value()?;
            Some(token.inner(text).to_owned())
        })
}

/// Collects who authenticated, from comments, protocol token (RFC 4954, 3848) and OpenSMTPD's `auth=yes user=u`.
fn authenticate(hop: &mut Hop, annotations: &[Annotation], of_client: usize) {
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
    let words = hop.residue.get(of_client..).unwrap_or_default();
    // `from 192.0.2.1 ([192.0.2.1]) as user ann@mail.example by ... with HTTP` (IMP).
    if let Some([_, _, user]) = words.windows(3).find(|words| words[0] == "as" && words[1] == "user") {
        hop.from.auth_method = Some("as user".into());
        hop.from.auth_user = Some(user.clone());
    }
    if words.iter().any(|word| word == "auth=yes") {
        let user = words.iter().find_map(|word| word.strip_prefix("user="));
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
            _ if seen.contains(&clause.kind) && !is_sender(scan, clause) => 0,
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
