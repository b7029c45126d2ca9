//! The SMTP envelope: client address, HELO, MAIL FROM, RCPT TO, each with its origin (envelope.md 4).

mod candidates;
mod decoders;

use std::net::IpAddr;

use crate::{
    known::Known,
    message::{Message, Span},
    recorded::Recorded,
    trace::{Confidence, Trace},
};

pub use decoders::{Decoded, decode};

/// The envelope as the border saw it.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// Address of the client at the border.
    pub client_ip: Provenance<IpAddr>,
    /// Its HELO.
    pub helo: Provenance<String>,
    /// MAIL FROM; the empty string is the null sender.
    pub mail_from: Provenance<String>,
    /// Recipients.
    pub rcpt_to: Vec<Provenance<String>>,
}

/// A value with its provenance.
#[derive(Clone, Debug)]
pub struct Provenance<T> {
    /// The value that won; `None` when nothing trustworthy names one.
    pub value: Option<T>,
    /// Where it comes from.
    pub origin: Option<Origin>,
    /// How sure.
    pub confidence: Confidence,
    /// Every value found, best first, the winner included.
    pub candidates: Vec<Candidate>,
}

impl<T> Default for Provenance<T> {
    fn default() -> Self {
        Self {
            value: None,
            origin: None,
            confidence: Confidence::None,
            candidates: Vec::new(),
        }
    }
}

/// One value that some field names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The value as text.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether it may feed SPF and DMARC (T1 to T4 of envelope.md 4), or is a mere claim (T5).
    pub trusted: bool,
    /// The field.
    pub field_index: Option<usize>,
    /// Where the value stands.
    pub span: Option<Span>,
    /// Why it won or lost, in words.
    pub note: Option<String>,
}

/// Where an envelope value comes from (report.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words of report.md")]
pub enum Origin {
    User,
    ReceivedSpf,
    AuthenticationResults,
    BorderHop,
    ReturnPath,
    Vendor,
    Arc,
    MboxLine,
    Decoded,
    Sidecar,
}

/// Reconstructs the envelope of the last external leg.
pub fn reconstruct(_message: &Message<'_>, _trace: &Trace, _recorded: &Recorded, _known: &Known) -> Envelope {
    Envelope::default()
}
