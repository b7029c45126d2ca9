//! The border hop: where the receiving side first met the outside (trace.md 3.7).

use super::{Anchor, Confidence, Hop};
use crate::{known::Known, message::Message};

/// The chosen border.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Border {
    /// Index of the hop.
    pub hop: usize,
    /// Two independent classes of evidence are `high`, one is `medium`, a mere fallback `low`.
    pub confidence: Confidence,
    /// Why, strongest first.
    pub reasons: Vec<BorderReason>,
    /// The next best hop, when another was considered.
    pub runner_up: Option<usize>,
}

/// One contribution to the choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BorderReason {
    /// `user`, `position`, `value`, `provider`, `organisation`, `gateway`, `fallback`.
    pub kind: &'static str,
    /// The sentence that a reader sees.
    pub text: String,
    /// The field that shows it.
    pub field_index: Option<usize>,
}

/// Chooses the border; `None` for a message without a hop that names a peer. Never the bottom hop as a guess.
pub fn choose_border(message: &Message<'_>, hops: &[Hop], anchors: &[Anchor], known: &Known) -> Option<Border> {
    decide(message, hops, anchors, known).ok()
}

/// The border, or why there is none.
pub(super) fn decide(_message: &Message<'_>, _hops: &[Hop], _anchors: &[Anchor], _known: &Known) -> Result<Border, String> {
    Err(String::new())
}
