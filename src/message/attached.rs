//! Messages inside a message: forwarded as attachment, returned by a delivery report, reported as abuse, journaled.

use std::borrow::Cow;

use super::{Message, Mime, Part, Span};

/// Attached messages that are read of one message.
const MAX_ATTACHED: usize = 20;
/// Bytes of encoded attachments that are decoded for one message.
const MAX_ENCODED: usize = 64 * 1024 * 1024;

/// A message inside another.
#[derive(Clone, Debug)]
pub struct AttachedMessage<'m> {
    /// Its bytes, with a transfer encoding undone.
    pub bytes: Cow<'m, [u8]>,
    /// Where it is stored in the outer message, as stored.
    pub span: Span,
    /// Why it is there.
    pub relation: Relation,
}

/// Why a message stands inside another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// Somebody attached it.
    Attached,
    /// A delivery report or a read receipt returns it (RFC 3462).
    Returned,
    /// An abuse report shows it (RFC 5965).
    Reported,
    /// A journal of Exchange or Microsoft 365 keeps it.
    Journaled,
}

impl Mime {
    /// The messages attached, outermost first, in order; what is attached to them is theirs to tell. Broken encodings are
    /// left out.
    pub fn attached<'m>(&self, message: &Message<'m>) -> Vec<AttachedMessage<'m>> {
        let relation = self.relation(message);
        let mut attached: Vec<AttachedMessage<'m>> = Vec::new();
        let mut room = MAX_ENCODED;
        for part in self.parts.iter().filter(|part| holds_message(part)) {
            let inside = attached.last().is_some_and(|outer| part.span.start < outer.span.end);
            if inside || attached.len() == MAX_ATTACHED {
                continue;
            }
            let limit = if part.is_identity_encoded() { usize::MAX } else { room };
            let Some(bytes) = part.decoded(message, limit) else {
                continue;
            };
            if !part.is_identity_encoded() {
                room = room.saturating_sub(part.content.end - part.content.start);
            }
            attached.push(AttachedMessage {
                bytes,
                span: part.content,
                relation,
            });
        }
        attached
    }

    /// Whether any part may be such a message.
    pub fn has_attached(&self) -> bool {
        self.parts.iter().any(holds_message)
    }

    fn relation(&self, message: &Message<'_>) -> Relation {
        let root = self
            .parts
            .first()
            .filter(|root| root.content_type == "multipart/report");
        match root
            .and_then(|root| root.parameter("report-type"))
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            Some("feedback-report") => Relation::Reported,
            Some(_) => Relation::Returned,
            None if message.field("X-MS-Journal-Report").is_some() => Relation::Journaled,
            None => Relation::Attached,
        }
    }
}

/// By its type, or by a file name that mail programs give to messages. The whole body may be the message.
fn holds_message(part: &Part) -> bool {
    let by_name = || {
        part.file_name()
            .is_some_and(|name| name.to_ascii_lowercase().ends_with(".eml"))
    };
    let is_empty = part.content.start >= part.content.end;
    !is_empty && (part.is_message || part.content_type == "application/octet-stream" && by_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attached(raw: &str) -> Vec<(String, Relation)> {
        let message = Message::read(raw.as_bytes());
        let found = Mime::read(&message).attached(&message).into_iter();
        found
            .map(|inner| (String::from_utf8_lossy(&inner.bytes).into_owned(), inner.relation))
            .collect()
    }

    #[test]
    fn by_type_by_name_and_through_an_encoding() {
        let raw = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nFrom: a@a.example\n\nx\n\
            --b\nContent-Type: application/octet-stream\nContent-Disposition: attachment;\n filename=\"mail.EML\"\n\
            Content-Transfer-Encoding: base64\n\nRnJvbTogYkBiLmV4YW1wbGUKCnkK\n\
            --b\nContent-Type: application/octet-stream; name=mail.txt\n\nFrom: no@message.example\n\
            --b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n!!\n--b--\n";
        let found = attached(raw);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].0.starts_with("From: a@a.example"));
        assert_eq!(found[1].0, "From: b@b.example\n\ny\n");
        assert_eq!(found[0].1, Relation::Attached);
    }

    #[test]
    fn the_body_itself() {
        let found = attached("Content-Type: message/rfc822\n\nFrom: a@a.example\n\nx\n");
        assert_eq!(found, [("From: a@a.example\n\nx\n".to_owned(), Relation::Attached)]);
        assert_eq!(attached("Content-Type: message/rfc822\n\n"), []);
        assert_eq!(attached("Content-Type: message/rfc822\n"), []);
    }

    #[test]
    fn the_report_says_why() {
        let part = "\n\n--b\nContent-Type: text/rfc822-headers\n\nFrom: a@a.example\n--b--\n";
        let report = |kind: &str| {
            let head = format!("Content-Type: multipart/report; report-type={kind}; boundary=b");
            attached(&(head + part))[0].1
        };
        assert_eq!(report("delivery-status"), Relation::Returned);
        assert_eq!(report("feedback-report"), Relation::Reported);
        let journal = format!("X-MS-Journal-Report:\nContent-Type: multipart/mixed; boundary=b{part}");
        assert_eq!(attached(&journal)[0].1, Relation::Journaled);
    }
}
