//! Findings, flows and what they rest on.

use std::borrow::Cow;

use serde::Serialize;

use crate::{
    dns::RecordType,
    finding::{Effect, Severity},
    message::Span,
    trace::Confidence,
};

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Finding {
    /// Stable id (`AU-420`).
    pub id: &'static str,
    /// Stable name.
    pub name: &'static str,
    /// The heading.
    pub title: &'static str,
    /// How much it weighs here.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// In which direction it points.
    pub effect: Effect,
    /// What was found, with the names at hand.
    pub message: String,
    /// The leg of the delivery that it concerns.
    pub leg: Option<String>,
    /// At least one.
    pub evidence: Vec<Evidence>,
    /// Ids of the flows that explain it innocently.
    pub explained_by: Vec<&'static str>,
    /// Standards, with sections.
    pub references: &'static [&'static str],
    /// When such a finding is innocent; the first sentence of that section of the rule's page.
    pub innocent_when: Option<&'static str>,
}

/// A legitimate flow that the message shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Flow {
    /// Stable id (`FL-1`).
    pub id: &'static str,
    /// Stable name.
    pub name: &'static str,
    /// At least two independent pieces.
    pub evidence: Vec<Evidence>,
    /// Rule ids that it explains.
    pub explains: Vec<&'static str>,
}

/// What a finding rests on. Each kind fills its own fields; the others are null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Evidence {
    /// What kind it is.
    pub kind: EvidenceKind,
    /// The bytes of `span` as text, the record, or the sentence.
    pub text: String,
    /// Name of the quoted field as written; null for the body.
    pub field: Option<String>,
    /// The quoted field in the header, 0 on top.
    pub field_index: Option<usize>,
    /// 1-based stored line of the first quoted byte.
    pub line: Option<usize>,
    /// The quoted bytes.
    pub span: Option<Span>,
    /// Who wrote the quotation.
    pub origin: Option<Cow<'static, str>>,
    /// The DNS question that a record answers.
    pub question: Option<Question>,
    /// The stored lines around a quotation, for showing it in its place; the first few.
    pub context: Vec<ContextLine>,
    /// Bytes of the quotation that `span` and `text` leave out because it is very long.
    pub omitted_bytes: usize,
}

/// Kinds of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EvidenceKind {
    /// Bytes of the message.
    Quote,
    /// A DNS answer.
    Record,
    /// Something that is not there.
    Absence,
    /// A conclusion from other facts.
    Derivation,
}

/// A DNS question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Question {
    /// The name, without trailing dot.
    pub name: std::sync::Arc<str>,
    /// The type.
    #[serde(rename = "type")]
    pub rtype: RecordType,
}

/// One stored line with the part that is quoted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ContextLine {
    /// 1-based number of the stored line.
    pub line: usize,
    /// What stands before the quoted part on the line; its end, where it is long.
    pub before: String,
    /// The quoted part.
    pub quoted: String,
    /// What follows on the line; its beginning, where it is long.
    pub after: String,
}
