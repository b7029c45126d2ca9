//! From clauses to the hop record of trace.md 3.3.

use super::Hop;
use crate::message::Message;

/// Every Received field as a hop, newest first.
pub fn read_trace(_message: &Message<'_>) -> Vec<Hop> {
    Vec::new()
}
