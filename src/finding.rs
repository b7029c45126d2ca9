//! What a rule says: a finding, which cannot exist without evidence.

use std::borrow::Cow;

use crate::{
    dns::Question,
    message::{Field, Message, Span},
    trace::Confidence,
};

/// How much a finding weighs against the author shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the words of report.md")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// In which direction a finding points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Speaks for a forgery or a deception.
    Accuses,
    /// Speaks for the author shown.
    Clears,
    /// Tells why something fails innocently.
    Explains,
    /// A fact.
    Neutral,
}

/// What a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Bytes of the message.
    Quote {
        /// Where it stands; the report cuts the text from the message itself.
        span: Span,
        /// The field in the header; `None` for the body or the prologue.
        field_index: Option<usize>,
        /// Who wrote it: `receiver`, `sender side`, `unknown`.
        origin: Option<Cow<'static, str>>,
    },
    /// A DNS answer.
    Record {
        /// The question.
        question: Question,
        /// The record's text, or which of the negative answers came.
        text: String,
    },
    /// Something that is not there.
    Absence {
        /// What is missing and where it was looked for.
        text: String,
    },
    /// A conclusion from other facts, which it names.
    Derivation {
        /// The conclusion.
        text: String,
    },
}

impl Evidence {
    /// Quotes a span of a field.
    pub fn quote(field: &Field<'_>, span: Span) -> Self {
        Self::Quote {
            span,
            field_index: Some(field.index),
            origin: None,
        }
    }

    /// Quotes a whole field.
    pub fn field(field: &Field<'_>) -> Self {
        Self::quote(field, field.span)
    }

    /// Quotes a whole field by its place in the header; says that it is absent if there is none.
    pub fn field_at(message: &Message<'_>, index: usize) -> Self {
        match message.fields.get(index) {
            Some(field) => Self::field(field),
            None => Self::absence(format!("no header field {index}")),
        }
    }

    /// Quotes bytes outside the header, or wherever no field is known.
    pub fn bytes(message: &Message<'_>, span: Span) -> Self {
        let field = message
            .fields
            .iter()
            .find(|field| field.span.start <= span.start && span.end <= field.span.end);
        Self::Quote {
            span,
            field_index: field.map(|field| field.index),
            origin: None,
        }
    }

    /// Names a DNS answer.
    pub fn record(question: Question, text: impl Into<String>) -> Self {
        Self::Record {
            question,
            text: text.into(),
        }
    }

    /// Names what is missing.
    pub fn absence(text: impl Into<String>) -> Self {
        Self::Absence { text: text.into() }
    }

    /// States a conclusion.
    pub fn derivation(text: impl Into<String>) -> Self {
        Self::Derivation { text: text.into() }
    }

    /// Says who wrote a quotation.
    #[must_use]
    pub fn written_by(mut self, who: impl Into<Cow<'static, str>>) -> Self {
        if let Self::Quote { origin, .. } = &mut self {
            *origin = Some(who.into());
        }
        self
    }
}

/// What a rule found in a message.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Stable id (`AU-420`).
    pub id: &'static str,
    /// Stable name (`dmarc-fail-enforcing`).
    pub name: &'static str,
    /// The heading.
    pub title: &'static str,
    /// Its weight here: the rule's own, unless a flow explains it.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// In which direction it points.
    pub effect: Effect,
    /// What was found, with the names at hand.
    pub message: String,
    /// The leg that it concerns, when one is known.
    pub leg: Option<String>,
    /// At least one: [`Finding::new`] makes no other.
    pub(crate) evidence: Vec<Evidence>,
    /// Flows that explain it innocently, or the finding of a trusted seal.
    pub explained_by: Vec<&'static str>,
    /// Standards.
    pub references: &'static [&'static str],
}

impl Finding {
    /// A finding of a rule; there is none without a first piece of evidence.
    pub fn new(rule: &crate::rules::Rule, message: impl Into<String>, evidence: Evidence) -> Self {
        Self {
            id: rule.id,
            name: rule.name,
            title: rule.title,
            severity: rule.severity,
            confidence: Confidence::High,
            effect: rule.effect,
            message: message.into(),
            leg: None,
            evidence: vec![evidence],
            explained_by: Vec::new(),
            references: rule.references,
        }
    }

    /// Adds evidence.
    #[must_use]
    pub fn and(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// Sets how sure it is.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Sets another severity than the rule's own.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}
