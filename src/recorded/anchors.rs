//! Which fields may mark the border.

use super::Recorded;
use crate::{message::Message, trace::Anchor};

/// The anchors of a message, top first: Received-SPF, Authentication-Results, and vendor fields that name the client.
pub fn anchors(_message: &Message<'_>, _recorded: &Recorded) -> Vec<Anchor> {
    Vec::new()
}
