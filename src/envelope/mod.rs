//! The SMTP envelope: client address, HELO, MAIL FROM, RCPT TO, each with its origin (envelope.md 4).

mod candidates;
mod decoders;
mod journal;
mod recipients;
mod returned;

use std::net::IpAddr;

use crate::{
    domain,
    known::Known,
    message::{Message, Span},
    recorded::Recorded,
    trace::{Confidence, Trace},
};

pub use decoders::{Decoded, StatedDay, decode};
pub use journal::journal_recipients;
pub use returned::returned_envelope;

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

/// How far a value may be believed (envelope.md 4). Only the first four feed SPF and DMARC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
pub enum TrustClass {
    /// Given by the user, or stored beside the message by the server that took it.
    T1,
    /// Written by the receiving side, of this very transfer.
    T2,
    /// Written by the receiving side or its store, perhaps of another transfer.
    T3,
    /// The word of a named party that is trusted: a gateway, a sealer, the system that reports.
    T4,
    /// Text that anybody may have written.
    T5,
}

impl Candidate {
    /// How many transfers on the receiving side lay between the border and its writer: over each a relay may have rewritten it.
    pub fn transfers(&self, trace: &Trace) -> usize {
        match (self.origin, self.field_index) {
            (_, Some(index)) => trace.transfers_before(index),
            // Whoever stored the message wrote it.
            (Origin::MboxLine, None) => trace.border.as_ref().map_or(0, |border| border.hop),
            (_, None) => 0,
        }
    }

    /// Whether it is an address under which lists take the failures of what they send.
    pub fn is_bounce_address(&self) -> bool {
        let local_part = domain::split_address(&self.value).0.to_ascii_lowercase();
        let suffixes = ["-owner", "-errors", "-admin"];
        let infixes = ["bounce", "-return-"];
        local_part.starts_with("owner-")
            || infixes.iter().any(|infix| local_part.contains(infix))
            || suffixes.iter().any(|suffix| local_part.ends_with(suffix))
    }

    /// How far it may be believed.
    pub fn trust_class(&self) -> TrustClass {
        match self.origin {
            _ if !self.trusted => TrustClass::T5,
            Origin::User | Origin::Sidecar => TrustClass::T1,
            Origin::ReceivedSpf | Origin::AuthenticationResults | Origin::BorderHop => TrustClass::T2,
            // The word of a report about the message, in no field of its own.
            Origin::Vendor if self.field_index.is_none() => TrustClass::T4,
            Origin::Decoded | Origin::Arc => TrustClass::T4,
            Origin::ReturnPath | Origin::Vendor => TrustClass::T2,
            Origin::MboxLine => TrustClass::T3,
        }
    }
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

/// Reconstructs the envelope of the last external leg: of each value every candidate is kept, the best trusted one wins
/// (envelope.md 4.1 to 4.4), and a second writer who agrees raises the confidence (4.6).
pub fn reconstruct(message: &Message<'_>, trace: &Trace, recorded: &Recorded, known: &Known) -> Envelope {
    let sources = candidates::Sources {
        message,
        trace,
        recorded,
        known,
    };
    Envelope {
        client_ip: choose(sources.client_ip(), |text| text.parse().ok(), |a, b| a == b),
        helo: choose(sources.helo(), |text| Some(text.to_owned()), candidates::same_name),
        mail_from: choose(
            sources.mail_from(),
            |text| Some(text.to_owned()),
            candidates::same_sender,
        ),
        rcpt_to: recipients::recipients(&sources),
    }
}

/// The first trusted candidate wins. Two writers who agree, or the user, make it `high`; one makes it `medium`.
fn choose<T>(
    mut candidates: Vec<Candidate>,
    read: impl Fn(&str) -> Option<T>,
    agree: impl Fn(&str, &str) -> bool,
) -> Provenance<T> {
    let found = candidates
        .iter()
        .enumerate()
        .find_map(|(at, candidate)| Some((at, read(&candidate.value).filter(|_| candidate.trusted)?)));
    let Some((winner, value)) = found else {
        return Provenance {
            candidates,
            ..Provenance::default()
        };
    };
    // The winner first: it is what the report quotes.
    candidates[..=winner].rotate_right(1);
    let best = candidates[0].clone();
    let writers = candidates
        .iter()
        .filter(|other| other.trusted && agree(&other.value, &best.value));
    let mut origins: Vec<(Origin, Option<usize>)> = writers.map(|other| (other.origin, other.field_index)).collect();
    origins.dedup();
    for other in candidates.iter_mut().skip(1).filter(|other| other.note.is_none()) {
        other.note = Some(match (other.trusted, agree(&other.value, &best.value)) {
            (_, true) => "agrees".to_owned(),
            (true, false) => "differs, and stands further from the border".to_owned(),
            (false, false) => "a claim of the sending side".to_owned(),
        });
    }
    let confidence = match best.origin {
        Origin::User | Origin::Sidecar => Confidence::High,
        // The word of a report about the message, in no field of its own.
        Origin::Vendor if best.field_index.is_none() => Confidence::Low,
        Origin::MboxLine | Origin::Arc => Confidence::Low,
        _ if origins.len() > 1 => Confidence::High,
        _ => Confidence::Medium,
    };
    Provenance {
        value: Some(value),
        origin: Some(best.origin),
        confidence,
        candidates,
    }
}
