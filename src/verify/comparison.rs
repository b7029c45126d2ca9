//! Recorded results beside recomputed ones, with the cause of a difference.

/// One line of the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// `spf`, `dkim`, `dmarc`, `arc`.
    pub method: String,
    /// What was checked: a domain, for DKIM `domain/selector`.
    pub identifier: Option<String>,
    /// What a trusted receiver recorded.
    pub recorded: Option<String>,
    /// What comes out now.
    pub recomputed: Option<String>,
    /// How they relate.
    pub relation: Relation,
    /// Why, in words.
    pub cause: Option<String>,
}

/// How a recorded result relates to the recomputed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The same.
    Agree,
    /// Different, because a key, a record or the stored body changed since.
    ChangedSince,
    /// Different without such a cause.
    Contradicted,
    /// No trusted record.
    NotRecorded,
    /// Recorded, and could not be recomputed.
    NotChecked,
}
