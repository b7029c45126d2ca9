//! What is asked, and what can come back.

use std::{borrow::Cow, sync::Arc};

use super::RecordType;
use crate::{domain, time::Timestamp};

/// A question. The name is in lower case without the trailing dot; labels may hold any character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// The name; shared by those who ask and those who tell of it.
    pub name: Arc<str>,
    /// The type.
    pub rtype: RecordType,
}

impl Question {
    /// A question for a name in any spelling.
    pub fn new(name: &str, rtype: RecordType) -> Self {
        let mut settled = domain::normal(name);
        // Mapping can bring forth what a second reading takes away (an ideographic full stop becomes a dot at the end):
        // the same name must be the same question however often it is written and read.
        if *settled != *name {
            for _ in 0..MAPPINGS {
                let again = domain::normal(&settled);
                if *again == *settled {
                    break;
                }
                settled = Cow::Owned(again.into_owned());
            }
        }
        Self {
            name: Arc::from(settled),
            rtype,
        }
    }
}

/// How often a name is mapped again before it counts as settled; two are the most that was ever seen to matter.
const MAPPINGS: usize = 4;

/// One record's data as text: TXT strings joined, MX as `10 mx.example.`, addresses and names plain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Data {
    /// Text.
    Text(String),
    /// A TXT record that is no UTF-8.
    Bytes(Vec<u8>),
}

impl Data {
    /// Text where the bytes are UTF-8, else the bytes.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Bytes(error.into_bytes()),
        }
    }

    /// The data as text; bytes that are no UTF-8 become U+FFFD.
    pub fn to_text(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Text(text) => text.into(),
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes),
        }
    }

    /// The data as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// One line of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredAnswer {
    /// What was asked.
    pub question: Question,
    /// `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `TIMEOUT`, `REFUSED` or another DNS name for it.
    pub rcode: String,
    /// The records, shared with each message that asks for them.
    pub data: Arc<[Data]>,
    /// Time to live in seconds.
    pub ttl: Option<u32>,
    /// When it was asked.
    pub asked_at: Option<Timestamp>,
    /// From when it is known to have been true.
    pub valid_from: Option<Timestamp>,
    /// Until when (exclusive).
    pub valid_to: Option<Timestamp>,
}

/// What a snapshot answers: five different things (report.md).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Records of the type, CNAMEs followed. Never empty.
    Records(Arc<[Data]>),
    /// The name exists, without a record of the type.
    NoData,
    /// The name does not exist.
    NxDomain,
    /// The server failed or refused: the rcode.
    Failed(String),
    /// No answer in time.
    TimedOut,
    /// Nobody asked.
    NotAsked,
}

/// Whether a name server said what there is, or that there is nothing, by the rcode of its answer.
pub fn is_answer(rcode: &str) -> bool {
    matches!(rcode, "NOERROR" | "NXDOMAIN")
}

impl Answer {
    /// The answer in one word as `dns.questions[].rcode` has it; `None` when nobody asked.
    pub fn rcode(&self) -> Option<&str> {
        match self {
            Self::Records(_) | Self::NoData => Some("NOERROR"),
            Self::NxDomain => Some("NXDOMAIN"),
            Self::Failed(rcode) => Some(rcode),
            Self::TimedOut => Some("TIMEOUT"),
            Self::NotAsked => None,
        }
    }

    /// The records; empty in every other case.
    pub fn records(&self) -> &[Data] {
        match self {
            Self::Records(records) => records,
            _ => &[],
        }
    }
}
