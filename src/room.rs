//! Memory for what is kept of many messages: a number of bytes that does not grow with a mailbox, whoever wrote it.

/// Bytes that one collection may take.
const MAX_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of a text that is kept: no honest address, domain, program or subject needs more.
pub(crate) const MAX_TEXT: usize = 320;

/// The bytes that a collection may still take.
#[derive(Clone, Debug)]
pub(crate) struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(MAX_BYTES)
    }
}

impl Room {
    /// Takes room for a `T` with so many bytes of text; `false` where that much is not left, and then takes none.
    pub(crate) fn take<T>(&mut self, text: usize) -> bool {
        let left = self.0.checked_sub(size_of::<T>() + text);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

/// The beginning of a text that is kept.
pub(crate) fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_until_none_is_left() {
        let mut room = Room::default();
        assert!(!room.take::<u64>(MAX_BYTES));
        assert!(room.take::<u64>(MAX_BYTES - 8));
        assert!(!room.take::<u8>(0));
        assert_eq!(shortened(&"ü".repeat(400)).len(), MAX_TEXT);
        assert_eq!(shortened("abc"), "abc");
    }
}
