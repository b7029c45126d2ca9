//! Legitimate flows that predict a failing check (findings.md 2.9). Each needs two independent pieces of evidence.

use crate::finding::Evidence;

/// A flow that the message shows.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Stable id (`FL-1`).
    pub id: &'static str,
    /// Stable name (`mailing-list`).
    pub name: &'static str,
    /// At least two independent pieces.
    pub evidence: Vec<Evidence>,
    /// Rule ids that it explains.
    pub explains: &'static [&'static str],
}
