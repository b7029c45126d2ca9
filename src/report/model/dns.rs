//! DNS questions and observables.

use std::{borrow::Cow, sync::Arc};

use serde::Serialize;

use super::Moment;
use crate::dns::{self, RecordType};

/// What was asked of DNS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Dns {
    /// `live`, `offline`, `replay` or `record`.
    pub mode: String,
    /// SHA-256 of the snapshot in hex, when there is one.
    pub snapshot_sha256: Option<String>,
    /// Every question, in the order asked.
    pub questions: Vec<DnsQuestion>,
}

/// One question and what came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DnsQuestion {
    /// The name, without trailing dot.
    pub name: Arc<str>,
    /// The type.
    #[serde(rename = "type")]
    pub rtype: RecordType,
    /// `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `TIMEOUT`, `REFUSED`, ...; null when nobody asked.
    pub rcode: Option<Cow<'static, str>>,
    /// The records as text.
    pub data: Vec<String>,
    /// Time to live in seconds.
    pub ttl: Option<u32>,
    /// When it was asked.
    pub asked_at: Option<Moment>,
    /// What for.
    pub purpose: &'static str,
    /// Who answered; null when nobody was asked.
    pub from: Option<AnswerFrom>,
    /// The answer was first recorded after delivery.
    pub later: bool,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The server said what there is, or that there is nothing.
    Answered,
    /// It was asked, and failed, refused or did not answer in time.
    Failed,
    /// Nobody asked.
    NotAsked,
}

impl DnsQuestion {
    /// What became of it.
    pub fn fate(&self) -> Fate {
        match self.rcode.as_deref() {
            Some(rcode) if dns::is_answer(rcode) => Fate::Answered,
            Some(_) => Fate::Failed,
            None => Fate::NotAsked,
        }
    }
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AnswerFrom {
    /// The network, in this run.
    Live,
    /// A snapshot file.
    Snapshot,
}

/// A name or number for enrichment elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
pub struct Observable {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ObservableKind,
    /// The value in normal form.
    pub value: String,
    /// Where it was first found: `from`, `hop 0`, `dkim`, ...
    #[serde(rename = "where")]
    pub where_: Cow<'static, str>,
}

/// Kinds of observable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words of the contract")]
pub enum ObservableKind {
    Ip,
    Domain,
    Address,
    MessageId,
    Sha256,
}
