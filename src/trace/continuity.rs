//! How hops connect, how long they took, on which side of the border they stand.

use super::Trace;

/// Fills zone, class, continuity, delay and support of every hop.
pub(super) fn connect(_trace: &mut Trace) {}
