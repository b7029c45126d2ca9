//! The SMTP envelope, its legs, and the delivery told as a dialogue.

use std::net::IpAddr;

use serde::Serialize;

use crate::{
    envelope::Origin,
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
    /// Each transfer between two organisations, newest first.
    pub legs: Vec<Leg>,
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
    /// The field in the header.
    pub field_index: Option<usize>,
    /// Where the value stands.
    pub span: Option<Span>,
    /// Why it won or lost, in words.
    pub note: Option<String>,
}

/// One transfer, as a hop tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Leg {
    /// The hop that the server wrote.
    pub hop: usize,
    /// Address of the client.
    pub client_ip: Option<IpAddr>,
    /// Its HELO.
    pub helo: Option<String>,
    /// The server.
    pub server: Option<String>,
    /// MAIL FROM; the empty string is the null sender.
    pub mail_from: Option<String>,
    /// Recipients.
    pub rcpt_to: Vec<String>,
    /// On which side of the border.
    pub zone: Zone,
}

/// The delivery told as SMTP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Story {
    /// The legs, newest first.
    pub legs: Vec<StoryLeg>,
}

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct StoryLeg {
    /// Who connected, as far as it is known.
    pub client: Option<String>,
    /// Who answered.
    pub server: Option<String>,
    /// The lines in order.
    pub lines: Vec<StoryLine>,
    /// The hop.
    pub hop: usize,
}

/// One line of the dialogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct StoryLine {
    /// `client`, `server`, or `note` for what is no part of the dialogue.
    pub speaker: Speaker,
    /// What was said.
    pub text: String,
    /// How it is known.
    pub mark: Mark,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The sending side.
    Client,
    /// The receiving side.
    Server,
    /// Nobody: what happened.
    Note,
}

/// How a line is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// A trusted server wrote it down.
    Recorded,
    /// It follows from what was written down.
    Inferred,
    /// Text that the sending side may have invented.
    Claimed,
}
