//! What a scan found in all.

use serde::Serialize;

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
    /// What could not be checked, and in how many messages.
    pub unchecked: Vec<Unchecked>,
    /// Lines of mailboxes in doubt: those that look like the beginning of a message and were not taken for one, and beginnings without
    /// an empty line before them.
    pub doubtful_lines: u64,
    /// Values beyond those that are counted one by one; 0 says that the lists are exact.
    pub uncounted: u64,
}

/// A value and how often it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Named {
    /// The value.
    pub value: String,
    /// In so many messages.
    pub count: u64,
}

/// What was left open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Unchecked {
    /// In words.
    pub what: &'static str,
    /// In so many messages.
    pub count: u64,
}
