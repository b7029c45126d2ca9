//! What a scan found in all.

use serde::Serialize;

use super::Moment;

/// What a scan found in all. Lists name the most frequent values, at most 20.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Summary {
    /// `spoofcheck/summary/1`.
    pub schema: &'static str,
    /// Messages analysed.
    pub messages: u64,
    /// Inputs that could not be.
    pub errors: u64,
    /// Bytes of the messages.
    pub bytes: u64,
    /// Each verdict with its count, mildest first.
    pub verdicts: Vec<Named>,
    /// Author domains of messages that are spoofed or likely so.
    pub forged_domains: Vec<Named>,
    /// Who handed the messages over.
    pub client_ips: Vec<Named>,
    /// Rule ids.
    pub findings: Vec<Named>,
    /// Flow ids.
    pub flows: Vec<Named>,
    /// Deceptive and spoofed messages that belong together, the largest campaigns first.
    pub campaigns: Vec<Campaign>,
    /// How many different values the lists above are taken from.
    pub different: Different,
    /// What could not be checked, and in how many messages.
    pub unchecked: Vec<Unchecked>,
    /// Lines of mailboxes in doubt: those that look like the beginning of a message and were not taken for one, and beginnings without
    /// an empty line before them.
    pub doubtful_lines: u64,
    /// Values beyond those that are counted one by one; 0 says that the lists are exact.
    pub uncounted: u64,
    /// Records of an earlier run that this one goes on behind (`--resume`); nothing of them is counted here.
    pub behind: u64,
}

/// How many different values there are, without those uncounted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Different {
    /// Of `forged_domains`.
    pub forged_domains: u64,
    /// Of `client_ips`.
    pub client_ips: u64,
    /// Of `findings`.
    pub findings: u64,
    /// Of `flows`.
    pub flows: u64,
    /// Of `campaigns`.
    pub campaigns: u64,
}

/// A value and how often it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Named {
    /// The value.
    pub value: String,
    /// In so many messages.
    pub count: u64,
}

/// Messages with one network, one signature and one template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Campaign {
    /// How many; at least two.
    pub messages: u64,
    /// The network that handed them over: /24, of IPv6 /48; null where it is not known.
    pub network: Option<String>,
    /// The first signature, as `d=... s=...`; null where they are not signed.
    pub signature: Option<String>,
    /// See `message.template`.
    pub template: String,
    /// The domains that they show as authors, the most frequent first, at most 5.
    pub author_domains: Vec<Named>,
    /// How many of them there are; 32 also stands for more.
    pub different_authors: u64,
    /// Subject of the earliest.
    pub first_subject: Option<String>,
    /// When the earliest came.
    pub first: Option<Moment>,
    /// When the latest came.
    pub last: Option<Moment>,
}

/// What was left open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Unchecked {
    /// In words.
    pub what: &'static str,
    /// In so many messages.
    pub count: u64,
}
