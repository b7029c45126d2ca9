//! The SMTP envelope, its legs, and the delivery told as a dialogue.

use std::{borrow::Cow, net::IpAddr};

use serde::Serialize;

use super::Moment;
pub use crate::journey::{LegKind, Mark};
use crate::{
    envelope::{Origin, TrustClass},
    journey::Basis,
    message::Span,
    trace::{Confidence, Zone},
};

/// The envelope at the border.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Envelope {
    /// Address of the SMTP client.
    pub client_ip: EnvelopeValue,
    /// Its HELO.
    pub helo: EnvelopeValue,
    /// MAIL FROM; the empty string is the null sender.
    pub mail_from: EnvelopeValue,
    /// Recipients.
    pub rcpt_to: Vec<EnvelopeValue>,
    /// Each transfer between two parties, and the steps inside each, newest first.
    pub legs: Vec<Leg>,
    /// Of whom SPF was asked, and which fields say so, in a sentence; null where it could not be asked.
    pub statement: Option<String>,
}

/// A value with its provenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct EnvelopeValue {
    /// The value; null when nothing trustworthy names one.
    pub value: Option<String>,
    /// Where it comes from.
    pub origin: Option<Origin>,
    /// How sure.
    pub confidence: Confidence,
    /// Every value found, best first.
    pub candidates: Vec<Candidate>,
}

/// One value that some field names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Candidate {
    /// The value.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether it may feed SPF and DMARC.
    pub trusted: bool,
    /// How far it may be believed.
    pub trust: TrustClass,
    /// What a rewritten address hides; null for a plain one.
    pub decoded: Option<DecodedAddress>,
    /// The field in the header.
    pub field_index: Option<usize>,
    /// Where the value stands.
    pub span: Option<Span>,
    /// Why it won or lost, in words.
    pub note: Option<String>,
}

/// What a rewritten address says of the one before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DecodedAddress {
    /// `srs0`, `srs1`, `exchange-srs`, `batv`, `verp`, `caf`, `ses`, `sendgrid`, ...
    pub form: &'static str,
    /// The address, or the domain alone, that it was made from.
    pub inner: Option<String>,
    /// The recipient that it encodes.
    pub recipient: Option<String>,
    /// The customer's number at the service that sends.
    pub account: Option<String>,
    /// Days from the day that it states to delivery; negative when that day lies ahead, as the end of a BATV tag does.
    pub stated_days_before_delivery: Option<i64>,
}

/// One transfer between two parties, or all the steps inside one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Leg {
    /// What it is for.
    pub kind: LegKind,
    /// Why it was taken for that.
    pub reasons: Vec<String>,
    /// The Received field that tells most of it; null where only later testimony tells of the leg.
    pub hop: Option<usize>,
    /// All its Received fields, newest first.
    pub hops: Vec<usize>,
    /// Address of the client.
    pub client_ip: Option<IpAddr>,
    /// The client by its looked-up name, else by its HELO.
    pub client: Option<String>,
    /// Its HELO.
    pub helo: Option<String>,
    /// The server.
    pub server: Option<String>,
    /// MAIL FROM; the empty string is the null sender.
    pub mail_from: Option<String>,
    /// Recipients.
    pub rcpt_to: Vec<String>,
    /// When the server had the message.
    pub at: Option<Moment>,
    /// TLS as the server wrote it.
    pub tls: Option<String>,
    /// As whom the client logged in.
    pub auth_user: Option<String>,
    /// On which side of the border.
    pub zone: Zone,
    /// What was checked on this leg, and by whom.
    pub results: Vec<LegResult>,
}

/// A check that was made on a leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct LegResult {
    /// The method (RFC 8601 2.7).
    pub method: Cow<'static, str>,
    /// The result word, or the reason why there is none.
    pub result: Cow<'static, str>,
    /// The domain or address concerned.
    pub identifier: Option<String>,
    /// Whose result it is.
    pub basis: Basis,
    /// Who recorded it.
    pub by: Option<String>,
    /// The field that records it.
    pub field_index: Option<usize>,
}

/// The delivery told as SMTP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Story {
    /// The legs, newest first.
    pub legs: Vec<StoryLeg>,
}

/// One connection, or what happened inside one party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct StoryLeg {
    /// What happened, in a sentence.
    pub title: String,
    /// What the leg is for.
    pub kind: LegKind,
    /// Who connected, as far as it is known.
    pub client: Option<String>,
    /// Who answered.
    pub server: Option<String>,
    /// When.
    pub at: Option<Moment>,
    /// On which side of the border it was written down.
    pub zone: Zone,
    /// The lines in order.
    pub lines: Vec<StoryLine>,
    /// The Received field that tells most of it.
    pub hop: Option<usize>,
}

/// One line of the dialogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct StoryLine {
    /// Who speaks.
    pub speaker: Speaker,
    /// What was said.
    pub text: String,
    /// How it is known.
    pub mark: Mark,
    /// What it means, and whether anything stands behind it.
    pub remark: Option<String>,
    /// Here the reader, or the receiver, was told something that is not true.
    pub lie: bool,
    /// Who tells of the line, where it is no field of the message.
    pub source: Option<String>,
    /// The field that tells of the line.
    pub field_index: Option<usize>,
    /// 1-based stored line of that field.
    pub line: Option<usize>,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The sending side.
    Client,
    /// The receiving side.
    Server,
    /// The message itself, which the client sends after DATA.
    Message,
    /// Nobody: what happened.
    Note,
}
