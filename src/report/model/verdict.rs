//! The judgement and what follows from it.

use serde::Serialize;

use crate::{
    trace::Confidence,
    verdict::{Audience, Axes, Label},
};

/// The judgement of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Verdict {
    /// The label.
    pub label: Label,
    /// How sure.
    pub confidence: Confidence,
    /// Two or three sentences.
    pub summary: String,
    /// Ids of the findings and flows that decided, strongest first.
    pub because: Vec<&'static str>,
    /// Ids of those that speak against it.
    pub despite: Vec<&'static str>,
    /// What could not be known, a sentence each.
    pub unknowns: Vec<String>,
    /// What to do next, a sentence each.
    pub next_steps: Vec<String>,
    /// The four axes.
    pub axes: Axes,
}

/// A piece of advice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Advice {
    /// To whom.
    #[serde(rename = "for")]
    pub for_: Audience,
    /// What to do.
    pub text: String,
    /// Why.
    pub why: String,
}
