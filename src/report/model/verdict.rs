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
    /// Why it is not another verdict; null where nobody asked (`--explain-against`).
    pub against: Option<Against>,
}

/// The ways that lead to another verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Against {
    /// That verdict.
    pub label: Label,
    /// Each way to it.
    pub ways: Vec<Way>,
}

/// One way to a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Way {
    /// What it says.
    pub name: &'static str,
    /// Whether all that it needs is there.
    pub holds: bool,
    /// What it needs.
    pub needs: Vec<Need>,
}

/// Something that a way needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Need {
    /// What.
    pub text: &'static str,
    /// Whether it is there.
    pub holds: bool,
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
