//! A part's content with its transfer encoding undone (RFC 2045 6).

use std::borrow::Cow;

use mail_parser::decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode};

use super::{Message, Part};

impl Part {
    /// The content as bytes; `None` where it is longer than `limit` octets as stored, or its encoding is unknown or broken.
    pub fn decoded<'m>(&self, message: &Message<'m>, limit: usize) -> Option<Cow<'m, [u8]>> {
        let stored = message.bytes.get(self.content.start..self.content.end)?;
        if stored.len() > limit {
            return None;
        }
        match self.encoding.as_str() {
            "base64" => base64_decode(stored).map(Cow::Owned),
            "quoted-printable" => quoted_printable_decode(stored).map(Cow::Owned),
            _ if self.is_identity_encoded() => Some(Cow::Borrowed(stored)),
            _ => None,
        }
    }
}
