//! (to be written)

use super::Record;
use crate::message::Message;

pub(super) fn read(_message: &Message<'_>) -> Vec<Record> {
    Vec::new()
}
