//! The report's types, exactly as the JSON contract names them: every name always present, `null` or `[]` where
//! nothing is known. Version 1 may gain fields; it never changes or loses one.

mod authentication;
mod dns;
mod end_to_end;
mod envelope;
mod finding;
mod message;
mod moment;
mod recorded;
mod second_opinion;
mod summary;
mod trace;
mod vendor;
mod verdict;

use serde::Serialize;

pub use authentication::*;
pub use dns::*;
pub use end_to_end::*;
pub use envelope::*;
pub use finding::*;
pub use message::*;
pub use moment::Moment;
pub use recorded::*;
pub use second_opinion::*;
pub use summary::*;
pub use trace::*;
pub use vendor::*;
pub use verdict::*;

use crate::error::Error;
pub use crate::message::Relation;

/// Everything known and concluded about one message.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Report {
    /// `spoofcheck/report/1`.
    pub schema: &'static str,
    /// The program.
    pub tool: Tool,
    /// Each effective setting that can change a judgement.
    pub settings: std::sync::Arc<[Setting]>,
    /// Where the message was found.
    pub source: Source,
    /// What the message says of itself.
    pub message: Message,
    /// The judgement.
    pub verdict: Verdict,
    /// What the rules found.
    pub findings: Vec<Finding>,
    /// Legitimate flows that explain failing checks.
    pub flows: Vec<Flow>,
    /// The Received chain.
    pub trace: Trace,
    /// The SMTP envelope, as far as it is known.
    pub envelope: Envelope,
    /// What was verified now.
    pub authentication: Box<Authentication>,
    /// What others recorded.
    pub recorded: Vec<Record>,
    /// Fields in which products tell how they judged the message.
    pub vendor: Vec<VendorField>,
    /// Recorded beside recomputed.
    pub comparison: Vec<Comparison>,
    /// Every DNS question and its answer.
    pub dns: Dns,
    /// Names and numbers for enrichment elsewhere.
    pub observables: Vec<Observable>,
    /// The delivery told as the SMTP dialogue that the message implies.
    pub story: Story,
    /// What each side should do.
    pub advice: Vec<Advice>,
    /// Reports of messages attached as message/rfc822.
    pub inner: Vec<Report>,
}

/// The program that made the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Tool {
    /// `spoofcheck`.
    pub name: &'static str,
    /// Version (SemVer).
    pub version: &'static str,
    /// The commit it was built from, when the build knew it.
    pub commit: Option<&'static str>,
}

/// One effective setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Setting {
    /// The flag's name without hyphens (`dns`, `now`).
    pub name: String,
    /// Its value as text.
    pub value: String,
    /// `flag`, `env`, `config` or `default`.
    pub origin: String,
}

/// Where the message was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Source {
    /// Path as given; `-` for standard input.
    pub path: String,
    /// `eml`, `mbox`, `maildir`, `headers`, `jsonl`, ...
    pub format: String,
    /// Path inside a container.
    pub container: Option<String>,
    /// Number of the message in its file, from 0.
    pub index: usize,
    /// First byte in the file.
    pub byte_offset: u64,
    /// Bytes stored.
    pub byte_length: u64,
    /// SHA-256 of the stored bytes, in hex.
    pub sha256: String,
    /// Lines of an mbox where it may be cut wrongly: those in the message that look like the beginning of another, and its own where
    /// no empty line stands before it.
    pub doubtful_lines: u64,
    /// `crlf`, `lf`, `cr`, `mixed` or `none`.
    pub line_endings: String,
    /// What the way of storing did to the message, a sentence each.
    pub export_notes: Vec<String>,
    /// For a message inside another: why it is there, and whose word its header is; null for others.
    pub attached: Option<AttachedAs>,
}

/// How a message stands inside another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct AttachedAs {
    /// Why it is there.
    pub relation: Relation,
    /// Who put it there: the author of the outer message, as it names him.
    pub by: Option<String>,
    /// What that means for its evidence.
    pub note: &'static str,
}

/// An input that could not be analysed, in the place of its report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ErrorRecord {
    /// `spoofcheck/error/1`.
    pub schema: &'static str,
    /// Where the input was found.
    pub source: ErrorSource,
    /// What went wrong, in words.
    pub error: String,
}

/// Where an input was found that could not be analysed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ErrorSource {
    /// Path as given; `-` for standard input.
    pub path: String,
    /// Path inside a container.
    pub container: Option<String>,
    /// Number of the message in its file, where one was counted.
    pub index: Option<usize>,
}

impl ErrorRecord {
    /// A record for an input.
    pub fn new(source: ErrorSource, error: impl Into<String>) -> Self {
        Self {
            schema: super::ERROR_SCHEMA,
            source,
            error: error.into(),
        }
    }
}

impl From<&Error> for ErrorRecord {
    fn from(error: &Error) -> Self {
        let path = match error {
            Error::Read { path, .. }
            | Error::Write { path, .. }
            | Error::NoMessage { path, .. }
            | Error::Fault { path }
            | Error::Snapshot { path, .. } => path.display().to_string(),
            Error::Configuration { .. } => String::new(),
        };
        let source = ErrorSource {
            path,
            ..ErrorSource::default()
        };
        Self::new(source, error.to_string())
    }
}
