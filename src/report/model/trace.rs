//! The Received chain, the border and the timeline.

use std::net::IpAddr;

use serde::Serialize;

use super::Moment;
use crate::{
    message::Span,
    trace::{AddressClass, Confidence, Continuity, HopClass, RdnsStatus, Support, Zone},
};

/// The chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Trace {
    /// The Received fields, newest first.
    pub hops: Vec<Hop>,
    /// Where the receiving side met the outside; null when no hop can be named.
    pub border: Option<Border>,
    /// Everything in the message that states a time, earliest first.
    pub timeline: Vec<Event>,
    /// Clocks that are behind others, as filters and local deliveries show.
    pub skew: Vec<Skew>,
}

/// One host's clock is behind another's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Skew {
    /// The host whose clock is behind.
    pub host: String,
    /// The host that it is compared with.
    pub relative_to: String,
    /// Seconds, at least; negative.
    pub seconds: i64,
    /// The hop that shows it.
    pub hop: usize,
}

/// One Received field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Hop {
    /// 0 is the newest.
    pub index: usize,
    /// The client side.
    pub from: HopFrom,
    /// The server side.
    pub by: HopBy,
    /// The protocol token as written.
    pub with: Option<String>,
    /// TLS version and cipher as written; null where the hop says nothing of TLS.
    pub tls: Option<String>,
    /// The version of TLS as written.
    pub tls_version: Option<String>,
    /// The cipher suite as written.
    pub tls_cipher: Option<String>,
    /// The queue id.
    pub id: Option<QueueId>,
    /// Recipients.
    #[serde(rename = "for")]
    pub for_: Vec<String>,
    /// The envelope sender that some products write; empty for the null sender.
    pub envelope_from: Option<String>,
    /// The date.
    pub date: Option<Moment>,
    /// The date as written.
    pub date_text: Option<String>,
    /// Seconds since the next lower dated hop; negative when time runs backwards.
    pub delay_seconds: Option<i64>,
    /// The same after the skew of clocks is taken out; null where no skew is known.
    pub corrected_delay_seconds: Option<i64>,
    /// What kind of hop it is.
    pub class: HopClass,
    /// On which side of the border.
    pub zone: Zone,
    /// What supports it.
    pub support: Support,
    /// Why, a sentence each.
    pub support_reasons: Vec<String>,
    /// How it connects to the next lower hop.
    pub continuity: Continuity,
    /// The product or provider whose shape it has.
    pub profile: Option<&'static str>,
    /// Departures from that shape or from the grammar.
    pub violations: Vec<String>,
    /// The whole field.
    pub span: Span,
    /// The field in the header.
    pub field_index: usize,
    /// 1-based stored line.
    pub line: usize,
    /// `via` token.
    pub via: Option<String>,
}

/// What the server wrote about its client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct HopFrom {
    /// The first word behind `from` as written: HELO, reverse name, address or account, as the product has it.
    pub host: Option<String>,
    /// The greeting that the server names: `HELO`, `EHLO` or `LHLO`.
    pub helo_command: Option<&'static str>,
    /// The HELO argument: the client's claim.
    pub helo: Option<String>,
    /// The reverse name as the server looked it up.
    pub rdns: Option<String>,
    /// What the server says of that name.
    pub rdns_status: RdnsStatus,
    /// The peer's address.
    pub ip: Option<IpAddr>,
    /// The peer's port.
    pub port: Option<u16>,
    /// RFC 1413 ident.
    pub ident: Option<String>,
    /// The authenticated user.
    pub auth_user: Option<String>,
    /// That the client authenticated, and how, as written.
    pub auth_method: Option<String>,
    /// What kind of address `ip` is.
    pub ip_class: Option<AddressClass>,
}

/// What the server wrote about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct HopBy {
    /// Its name.
    pub host: Option<String>,
    /// Its address.
    pub ip: Option<IpAddr>,
    /// Its port.
    pub port: Option<u16>,
    /// Product.
    pub product: Option<String>,
    /// Version as written.
    pub version: Option<String>,
}

/// A queue id and the time that it carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct QueueId {
    /// As written.
    pub value: String,
    /// Whose shape it has; null when unknown.
    pub kind: Option<&'static str>,
    /// The moment that it encodes.
    pub time: Option<Moment>,
}

/// The border hop and why it is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Border {
    /// Index of the hop.
    pub hop: usize,
    /// How sure.
    pub confidence: Confidence,
    /// Why, strongest first, a sentence each.
    pub reasons: Vec<String>,
    /// The next best hop.
    pub runner_up: Option<usize>,
    /// For each reason its kind: `user`, `position`, `value`, `provider`, ...
    pub reason_kinds: Vec<&'static str>,
}

/// Something in the message that states a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Event {
    /// When.
    pub at: Moment,
    /// What states it.
    pub source: EventSource,
    /// What happened, in words.
    pub text: String,
    /// Whether the receiving side wrote it.
    pub trusted: bool,
    /// The hop.
    pub hop: Option<usize>,
    /// The field in the header.
    pub field_index: Option<usize>,
}

/// What states a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventSource {
    /// The Date field.
    Date,
    /// A Resent-Date field.
    ResentDate,
    /// A hop's date.
    Hop,
    /// A hop's queue id.
    QueueId,
    /// t= of a DKIM signature.
    DkimSigned,
    /// x= of a DKIM signature.
    DkimExpires,
    /// t= of an ARC seal.
    ArcSealed,
    /// A time inside the Message-ID.
    MessageId,
    /// A time inside a MIME boundary.
    Boundary,
    /// The root of the Thread-Index.
    ThreadIndex,
    /// An arrival time of Exchange.
    ExchangeArrival,
    /// The time at which a Barracuda gateway began to receive.
    BarracudaStart,
    /// The date of an X-Received field of Google.
    XReceived,
    /// The date in the mbox line.
    MboxLine,
    /// t= of an ARC message signature.
    ArcSigned,
}
