//! The Received chain: clauses, hops, address classes, the border, continuity, delays.

mod address_class;
mod annotation;
mod border;
mod by_clause;
mod clauses;
mod continuity;
mod date_place;
mod hop;
mod hop_class;
mod peer;
mod profiles;
mod queue_id;
mod skew;
mod tls;
mod tokens;

use std::net::IpAddr;

use crate::{
    domain,
    known::Known,
    message::{DateTime, Message, Span},
    time::Timestamp,
};

pub use address_class::AddressClass;
pub use border::{Border, BorderReason, choose_border};
pub(crate) use clauses::{WORDS_IN_HELO, delimits_parts};
pub use hop::{read_hop, read_trace, read_traces};
pub use profiles::products;
pub use skew::Skew;

/// All hops, newest first, and where the receiving side met the outside.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The Received fields as hops, newest first.
    pub hops: Vec<Hop>,
    /// The border, when one can be named.
    pub border: Option<Border>,
    /// Why there is no border, in words; `None` when there is one.
    pub border_note: Option<String>,
    /// Clocks that are behind others, as the header shows.
    pub skews: Vec<Skew>,
}

impl Trace {
    /// The border hop.
    pub fn border_hop(&self) -> Option<&Hop> {
        self.border.as_ref().and_then(|border| self.hops.get(border.hop))
    }

    /// How many hops stand between a field and the border below it: so many transfers on the receiving side came first.
    pub fn transfers_before(&self, field_index: usize) -> usize {
        let border = self.border_hop().map_or(0, |hop| hop.field_index);
        let between = |hop: &&Hop| (field_index + 1..border).contains(&hop.field_index);
        self.hops.iter().filter(between).count()
    }

    /// The border and the hops behind it: what the receiving side wrote.
    pub fn receiving_hops(&self) -> impl Iterator<Item = &Hop> {
        let receiving = |hop: &&Hop| matches!(hop.zone, Zone::Trusted | Zone::Border);
        self.hops.iter().filter(receiving)
    }

    /// Whether a server of the organisation of `name` took the message at the border or behind it.
    pub fn received_by(&self, name: &str) -> bool {
        let mut hosts = self.receiving_hops().filter_map(|hop| hop.by.host.as_deref());
        hosts.any(|host| domain::same_organisation(host, name))
    }

    /// The hops that stand below the border, the sending side's own text; all where no border is known.
    pub fn below_border(&self) -> &[Hop] {
        let first = self.border.as_ref().map_or(0, |border| border.hop + 1);
        self.hops.get(first..).unwrap_or_default()
    }

    /// The border hop's date when the border has at least medium confidence: the time of delivery.
    pub fn delivered_at(&self) -> Option<Timestamp> {
        let border = self
            .border
            .as_ref()
            .filter(|border| border.confidence >= Confidence::Medium)?;
        self.hops.get(border.hop)?.date.as_ref().map(|date| date.at)
    }
}

/// How sure a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Nothing supports it but an untrusted claim.
    None,
    /// A trusted party says so, but for an unclear leg or by inference.
    Low,
    /// One trusted writer says so.
    Medium,
    /// Two independent writers, or the user.
    High,
}

impl Confidence {
    /// The word of report.md.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One Received field (RFC 5321 4.4), as far as it could be read.
#[derive(Clone, Debug)]
pub struct Hop {
    /// 0 is the newest.
    pub index: usize,
    /// The field in [`Message::fields`].
    pub field_index: usize,
    /// The whole field.
    pub span: Span,
    /// The `from` side.
    pub from: FromClause,
    /// The `by` side.
    pub by: ByClause,
    /// The protocol token as written.
    pub with: Option<String>,
    /// `via` token.
    pub via: Option<String>,
    /// TLS was used, as the hop tells: version and cipher as written; `None` when it says nothing of TLS.
    pub tls: Option<String>,
    /// The version of TLS (RFC 8314 4.3 or a comment) as written: `TLSv1.3`, `TLS1_2`.
    pub tls_version: Option<String>,
    /// The cipher suite as written.
    pub tls_cipher: Option<String>,
    /// The queue id.
    pub id: Option<QueueId>,
    /// `for` paths without angle brackets.
    pub for_: Vec<String>,
    /// The envelope sender that some products write; `Some("")` for a null sender.
    pub envelope_from: Option<String>,
    /// The date, when it can be read.
    pub date: Option<DateTime>,
    /// Seconds since the next lower dated hop; negative when time runs backwards.
    pub delay_seconds: Option<i64>,
    /// The same after the skew of clocks is taken out; `None` where no skew is known.
    pub corrected_delay_seconds: Option<i64>,
    /// What kind of hop it is.
    pub class: HopClass,
    /// On which side of the border.
    pub zone: Zone,
    /// What supports an untrusted hop.
    pub support: Support,
    /// Why, a sentence each.
    pub support_reasons: Vec<String>,
    /// How it connects to the next lower hop.
    pub continuity: Continuity,
    /// The product or provider whose shape it has.
    pub profile: Option<&'static str>,
    /// In what it departs from the profile of the provider that it names, or from the grammar.
    pub violations: Vec<String>,
    /// Comments, in order, without their outer parentheses.
    pub comments: Vec<String>,
    /// What could not be placed: words of unknown clauses.
    pub residue: Vec<String>,
}

/// What the receiving server wrote about its client.
#[derive(Clone, Debug, Default)]
pub struct FromClause {
    /// The first word as written: HELO, reverse name, address or account, as the product has it.
    pub host: Option<String>,
    /// The greeting that the server names: `HELO`, `EHLO` or `LHLO`.
    pub helo_command: Option<&'static str>,
    /// The HELO argument: the client's claim.
    pub helo: Option<String>,
    /// Where the HELO stands.
    pub helo_span: Option<Span>,
    /// The reverse name as the server looked it up.
    pub rdns: Option<String>,
    /// What the server says of the reverse name.
    pub rdns_status: RdnsStatus,
    /// The peer's address: the server saw it. IPv4-mapped addresses become IPv4.
    pub ip: Option<IpAddr>,
    /// Where the address stands.
    pub ip_span: Option<Span>,
    /// The peer's port.
    pub port: Option<u16>,
    /// What stands in the place of the peer's address and is none.
    pub not_an_address: Option<NotAnAddress>,
    /// RFC 1413 ident.
    pub ident: Option<String>,
    /// The authenticated user, from whichever clause or comment names it.
    pub auth_user: Option<String>,
    /// That the client authenticated, and how, as written: a protocol token, `LOGIN`, `authenticated`, ...
    pub auth_method: Option<String>,
}

/// What a hop holds where the server writes the address of its peer (TCP-info, RFC 5321 4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAnAddress {
    /// A date or a time.
    Date,
    /// Four numbers, of which one is above 255.
    ImpossibleAddress,
    /// Other words.
    Prose,
}

/// What the receiving server wrote about itself.
#[derive(Clone, Debug, Default)]
pub struct ByClause {
    /// Its name.
    pub host: Option<String>,
    /// Where the name stands.
    pub host_span: Option<Span>,
    /// Its address.
    pub ip: Option<IpAddr>,
    /// Its port.
    pub port: Option<u16>,
    /// Product, from its comment or shape.
    pub product: Option<String>,
    /// Version as written.
    pub version: Option<String>,
}

/// What the server found for the reverse name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RdnsStatus {
    /// A name that points back.
    Ok,
    /// The address has no name.
    None,
    /// A name that does not point back ("may be forged", "unverified").
    Forged,
    /// The lookup failed.
    Failed,
    /// The hop does not say.
    #[default]
    Unknown,
}

/// A queue id and the time that it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueId {
    /// As written.
    pub value: String,
    /// Whose shape it has (`postfix-long`, `exim`, `gmail`, ...); `None` when unknown.
    pub kind: Option<&'static str>,
    /// The moment that it encodes (trace.md 3.4).
    pub time: Option<Timestamp>,
    /// Where it stands.
    pub span: Span,
}

/// What kind of step a hop is (trace.md 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words of trace.md 3.5")]
pub enum HopClass {
    SmtpExternal,
    SmtpInternal,
    SubmissionAuth,
    WebmailHttp,
    Api,
    Local,
    FilterLoop,
    LmtpDelivery,
    MapiStore,
    PopFetch,
    ListExpansion,
    Annotation,
    InternalNoip,
    Unparsed,
}

/// On which side of the border a hop stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Zone {
    /// Written by the receiving side, above the border.
    Trusted,
    /// The border hop itself.
    Border,
    /// Below the border, or no border known: anything may be invented.
    #[default]
    Untrusted,
}

/// What supports an untrusted hop (trace.md 3.10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Support {
    /// Independent evidence agrees.
    Corroborated,
    /// It fits its neighbours and its product.
    Plausible,
    /// Nothing speaks for it: the default for text that an attacker may have written.
    #[default]
    Unsupported,
    /// Evidence speaks against it.
    Contradicted,
}

/// How a hop connects to the next lower one (trace.md 3.8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words of trace.md 3.8")]
pub enum Continuity {
    ExactHost,
    ExactIp,
    SameHostStem,
    SameOrg,
    SameProvider,
    FilterLoop,
    NatPlausible,
    #[default]
    NoStatement,
    Break,
}

/// A field by which a receiver may have marked its border (trace.md 3.7, 2 and 3).
///
/// The room `recorded` makes them, so that the choice of the border does not parse results itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The field in [`Message::fields`].
    pub field_index: usize,
    /// `received-spf`, `authentication-results`, `x-sender-ip`, ...
    pub kind: &'static str,
    /// The host that says so: receiver= or authserv-id; `None` where the field omits it.
    pub author: Option<String>,
    /// The client address that it names.
    pub client_ip: Option<IpAddr>,
}

/// Reads the chain and draws the border: hops, zones, classes, continuity, delays, support.
pub fn trace(message: &Message<'_>, anchors: &[Anchor], known: &Known) -> Trace {
    connected(message, read_trace(message), anchors, known)
}

/// As [`trace`], of hops that were read already.
pub fn connected(message: &Message<'_>, hops: Vec<Hop>, anchors: &[Anchor], known: &Known) -> Trace {
    let mut trace = Trace {
        hops,
        ..Trace::default()
    };
    match border::decide(message, &trace.hops, anchors, known) {
        Ok(border) => trace.border = Some(border),
        Err(note) => trace.border_note = Some(note),
    }
    continuity::connect(&mut trace);
    skew::correct(&mut trace);
    trace
}
