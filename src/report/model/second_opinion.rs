//! What an independent verifier says, and where and why it differs.

use serde::Serialize;

/// An independent verifier on the same answers. All null when it was not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SecondOpinion {
    /// Its name and version.
    pub verifier: Option<String>,
    /// SPF of MAIL FROM.
    pub spf: Option<String>,
    /// Each signature that it tried.
    pub dkim: Vec<SecondDkim>,
    /// DMARC.
    pub dmarc: Option<String>,
    /// ARC.
    pub arc: Option<String>,
    /// DKIM2, which this program does not evaluate itself; `none` without such fields.
    pub dkim2: Option<String>,
    /// Where it differs from ours.
    pub disagreements: Vec<Disagreement>,
    /// Why it gave no opinion at all.
    pub failure: Option<&'static str>,
}

/// One result on which the two verifiers differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Disagreement {
    /// `spf`, `dkim`, `dmarc` or `arc`.
    pub method: &'static str,
    /// What was checked: a domain, for DKIM with its selector.
    pub identifier: String,
    /// Our result.
    pub ours: String,
    /// The other's result.
    pub theirs: String,
    /// Why the other says so, in its words.
    pub their_reason: Option<String>,
    /// Why they differ, where that is known.
    pub cause: Option<DisagreementCause>,
}

/// A known cause of a disagreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DisagreementCause {
    /// Its name.
    pub id: &'static str,
    /// In words.
    pub text: &'static str,
    /// The section that decides.
    pub reference: &'static str,
}

/// The second opinion on one signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SecondDkim {
    /// d=.
    pub domain: String,
    /// s=.
    pub selector: String,
    /// The RFC's word.
    pub result: String,
    /// Why it is no pass, in its words.
    pub reason: Option<String>,
}
