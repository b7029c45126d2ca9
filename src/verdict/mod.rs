//! The verdict: named reasoning over findings, never a score.
//!
//! The grounds stand in one list (`grounds`), strongest first; the first that holds decides. Each says which findings
//! it rests on, so that a reader can follow and attack every step.

mod advice;
mod against;
mod axes;
mod bench;
mod grounds;
mod unproven;
mod words;

use crate::{
    case::Case,
    finding::{Effect, Finding, Severity},
    trace::Confidence,
};

pub use against::{Way, against};

/// Judges a case by its findings.
pub fn judge(case: &Case<'_>, findings: &[Finding]) -> Verdict {
    let decision = grounds::decide(case, findings);
    let despite = despite(decision.label, &decision.because, findings);
    Verdict {
        summary: words::summary(case, &decision),
        unknowns: words::unknowns(case, &decision),
        next_steps: words::next_steps(case, &decision),
        axes: axes::axes(case, findings),
        advice: advice::advice(case, decision.label),
        label: decision.label,
        confidence: decision.confidence,
        because: decision.because,
        despite,
    }
}

/// What speaks against the label: what clears, under an accusing one; what accuses or would accuse without its flow,
/// under a clearing one.
fn despite(label: Label, because: &[&'static str], findings: &[Finding]) -> Vec<&'static str> {
    let against = |finding: &&Finding| match label {
        Label::NotSpoofed => {
            finding.effect == Effect::Accuses || (!finding.explained_by.is_empty() && finding.severity >= Severity::Low)
        }
        _ => finding.effect == Effect::Clears || ["RC-514", "AU-402"].contains(&finding.id),
    };
    let mut ids: Vec<&'static str> = Vec::new();
    for finding in findings.iter().filter(against) {
        if !because.contains(&finding.id) && !ids.contains(&finding.id) {
            ids.push(finding.id);
        }
    }
    ids
}

/// The five verdicts of attacks.md.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// The identity is consistent. Says nothing about intent.
    NotSpoofed,
    /// The evidence cannot decide.
    Inconclusive,
    /// The domain authenticates, or is the sender's own, but something misleads.
    Deceptive,
    /// As `spoofed`, without an enforcing policy or proof.
    LikelySpoofed,
    /// The author identity shown was forged.
    Spoofed,
}

impl Label {
    /// All labels, mildest first.
    pub const ALL: [Self; 5] = [
        Self::NotSpoofed,
        Self::Inconclusive,
        Self::Deceptive,
        Self::LikelySpoofed,
        Self::Spoofed,
    ];

    /// Whether something is wrong with the message.
    pub fn warns(self) -> bool {
        self >= Self::Deceptive
    }

    /// What it says, in one sentence.
    pub fn title(self) -> &'static str {
        match self {
            Self::NotSpoofed => "The identity shown is consistent with what could be verified",
            Self::Inconclusive => "The evidence cannot decide",
            Self::Deceptive => "The domain is proven or the sender's own, and something misleads",
            Self::LikelySpoofed => "The author shown was probably forged",
            Self::Spoofed => "The author shown was forged",
        }
    }

    /// Its page: what it means, what it does not, what to do by hand. Markdown.
    pub fn page(self) -> &'static str {
        match self {
            Self::NotSpoofed => {
                "A signature or SPF of the author's own domain stands behind the message, or a trusted receiver recorded \
                 that it did, or a proven list or forwarder explains why it no longer shows.\n\n\
                 # When this is wrong\nIt says nothing about intent: a stolen account, a service that sends anyone's text and \
                 a freshly registered domain are not spoofed.\n\n# Check by hand\nRead the domain in From letter by letter, \
                 and compare it with one that you already know."
            }
            Self::Inconclusive => {
                "No records, no trace, keys gone, or DNS not asked or down without a trusted receiver's word.\n\n\
                 # What would decide\nThe report's unknowns name it: DNS answers, your own server's name \
                 (`--authserv-id`), the client's address (`--client-ip`), or the message with its full header."
            }
            Self::Deceptive => {
                "The sender is who his servers say, and the reader sees somebody else: a name that carries another address, a \
                 look-alike domain, a genuine message sent on or appended to.\n\n# When this is innocent\nPeople and \
                 services that represent others openly; the finding says which sign is missing.\n\n# Check by hand\n\
                 Compare the address, not the name, with what you know of the person."
            }
            Self::LikelySpoofed => {
                "The same direction as spoofed, with less behind it: the domain's owner does not ask for refusal, or the \
                 domain passes by the letter through a relay that others can use.\n\n# When this is innocent\nSmall \
                 senders with half-made records, forwarders that left no trace.\n\n# Check by hand\nAsk the author by a \
                 way that you already know."
            }
            Self::Spoofed => {
                "Positive evidence: the owner of the domain asks that unproven mail be refused, nothing proves this one, and no \
                 innocent path shows itself; or the author field is written so that readers see an author who did not \
                 send it.\n\n# When this is innocent\nA service that sends for the domain without being authorised, a \
                 forwarder that left no trace.\n\n# Check by hand\n`dig TXT _dmarc.DOMAIN`, then compare the domains for \
                 which SPF and DKIM pass with the one in From."
            }
        }
    }

    /// The word of report.md.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotSpoofed => "not-spoofed",
            Self::Inconclusive => "inconclusive",
            Self::Deceptive => "deceptive",
            Self::LikelySpoofed => "likely-spoofed",
            Self::Spoofed => "spoofed",
        }
    }
}

/// The judgement of one message.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The label.
    pub label: Label,
    /// How sure.
    pub confidence: Confidence,
    /// Two or three sentences that a judge understands.
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
    /// What each side should do, from the records at hand.
    pub advice: Vec<Advice>,
}

/// A piece of advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// To whom.
    pub to: Audience,
    /// What to do.
    pub text: String,
    /// Why.
    pub why: String,
}

/// Who is advised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Who runs the domain shown.
    DomainOwner,
    /// Who runs the receiving server.
    Receiver,
    /// Who reads the message.
    Reader,
}

/// The four axes of report.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Axes {
    /// Whether the Author Domain is proven.
    pub author_domain: AuthorDomainAxis,
    /// Whether the names shown mislead.
    pub identity: IdentityAxis,
    /// Whether the trace holds together.
    pub trace: TraceAxis,
    /// Whether what was recorded agrees with what comes out now.
    pub records: RecordsAxis,
}

macro_rules! axis {
    ($(#[$doc:meta])* $name:ident { $($word:ident),* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        #[allow(missing_docs, reason = "the words of report.md")]
        pub enum $name { $($word),* }
    };
}

axis!(
    /// Whether the Author Domain is proven.
    AuthorDomainAxis { Authenticated, Unauthenticated, Forged, Unknown }
);
axis!(
    /// Whether the names shown mislead.
    IdentityAxis { Plain, Deceptive, Ambiguous }
);
axis!(
    /// Whether the trace holds together.
    TraceAxis { Consistent, Contradicted, Absent, Unknown }
);
axis!(
    /// Whether what was recorded agrees with what comes out now.
    RecordsAxis { Agree, Changed, Contradicted, Absent, Unknown }
);
