//! The legs of the journey: who handed the message to whom, what was said while it was, and what was checked
//! (envelope.md 4, RFC 5598 2.2). One leg is one transfer between two parties, or all the steps inside one.
//!
//! `steps` cuts the chain into legs, `kind` says what each is for, `testimony` gathers what is known of it.

mod kind;
mod steps;
mod testimony;

use std::{borrow::Cow, net::IpAddr};

use crate::{
    case::Case,
    time::Timestamp,
    trace::{Hop, Zone},
};

/// One leg.
#[derive(Clone, Debug)]
pub struct Leg {
    /// What it is for.
    pub kind: LegKind,
    /// Why it was taken for that, a sentence each.
    pub reasons: Vec<String>,
    /// Its Received fields, newest first; several only inside one party. Empty where the trace was removed and only
    /// later testimony tells of the leg.
    pub hops: Vec<usize>,
    /// On which side of the border it was written down.
    pub zone: Zone,
    /// Address of the client that the server saw.
    pub client_ip: Option<IpAddr>,
    /// The client by its looked-up name, else by its HELO.
    pub client_name: Option<String>,
    /// The server.
    pub server: Option<String>,
    /// When the server had it.
    pub at: Option<Timestamp>,
    /// What the client called itself.
    pub helo: Option<Told>,
    /// MAIL FROM; the empty string is the null sender.
    pub mail_from: Option<Told>,
    /// RCPT TO.
    pub rcpt_to: Vec<Told>,
    /// TLS as the server wrote it.
    pub tls: Option<String>,
    /// As whom the client logged in.
    pub auth_user: Option<String>,
    /// What was checked on this leg, by whom.
    pub results: Vec<LegResult>,
}

impl Leg {
    /// The hop that tells most of it: where the leg began.
    pub fn hop<'c>(&self, case: &'c Case<'_>) -> Option<&'c Hop> {
        case.trace.hops.get(*self.hops.last()?)
    }
}

/// What a leg is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LegKind {
    /// The author's program handed the message to a server that let him log in (RFC 6409), or wrote it there.
    Submission,
    /// The author's side handed it on.
    Author,
    /// A mailing list handed it to its subscribers.
    List,
    /// A forwarder or an alias handed it on.
    Forward,
    /// A filtering gateway handed it to those for whom it filters.
    Gateway,
    /// A party that is none of these handed it on.
    Relay,
    /// Steps inside one party.
    Internal,
    /// A program fetched it from a mailbox (POP3, IMAP).
    Collection,
}

/// How a thing is known (report.md, `story`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// A trusted server wrote it down.
    Recorded,
    /// It follows from what was written down.
    Inferred,
    /// Text that the sending side may have invented.
    Claimed,
}

/// A value of the dialogue, and who tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The value as written.
    pub value: String,
    /// How it is known.
    pub mark: Mark,
    /// The field that tells it.
    pub field_index: Option<usize>,
    /// Who tells it, or how it was found, where no field does.
    pub source: Option<String>,
}

/// A check that was made on a leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegResult {
    /// `spf`, `dkim`, `dmarc`, ... (RFC 8601 2.7).
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

/// Whose result it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// This program's own.
    Recomputed,
    /// A trusted receiver's.
    Recorded,
    /// The word of a sealer whose ARC seal verifies (RFC 8617).
    Sealed,
    /// The sending side's.
    Claimed,
}

/// The legs of a case, newest first. At most one leg a hop, and one that only testimony tells of.
pub fn legs(case: &Case<'_>) -> Vec<Leg> {
    let mut legs = steps::cut(case);
    kind::name(case, &mut legs);
    testimony::gather(case, &mut legs);
    legs
}
