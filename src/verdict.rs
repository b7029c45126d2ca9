//! The verdict: named reasoning over findings, never a score.

use crate::trace::Confidence;

/// The five verdicts of attacks.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
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
