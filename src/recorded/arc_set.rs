//! ARC sets as written.

use super::ArcSet;
use crate::message::Message;

pub(super) fn read(_message: &Message<'_>) -> Vec<ArcSet> {
    Vec::new()
}
