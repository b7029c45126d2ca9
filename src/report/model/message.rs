//! What the message says of itself.

use serde::Serialize;

use super::Moment;
use crate::message::Span;

/// The header as its author means it. Lists are empty where the field is absent or names nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Message {
    /// The authors: mailboxes of every From field, top field first.
    pub from: Vec<Address>,
    /// Whom different readers take for the author.
    pub from_readings: Vec<FromReading>,
    /// Sender (RFC 5322 3.6.2).
    pub sender: Vec<Address>,
    /// Reply-To.
    pub reply_to: Vec<Address>,
    /// To.
    pub to: Vec<Address>,
    /// Cc.
    pub cc: Vec<Address>,
    /// Subject, encoded-words decoded.
    pub subject: Option<String>,
    /// Date.
    pub date: Option<Moment>,
    /// Date as written.
    pub date_text: Option<String>,
    /// Message-ID as written.
    pub message_id: Option<String>,
    /// A fingerprint of the program or kit that made the message: field names in order, mail program, types of the parts, shapes of
    /// Message-ID and boundary; 16 hexadecimal digits.
    pub template: String,
    /// List-Id as written (RFC 2919).
    pub list_id: Option<String>,
    /// Blocks of Resent fields, newest first (RFC 5322 3.6.6).
    pub resent: Vec<Resent>,
    /// Messages attached as message/rfc822 or text/rfc822-headers.
    pub attached: Vec<Attached>,
    /// Departures of the form from RFC 5322, in the order of the bytes.
    pub defects: Vec<FormDefect>,
}

impl Message {
    /// The first author: the first mailbox of From that has a domain, else the first of all.
    pub fn author(&self) -> Option<&Address> {
        let mut with_domain = self.from.iter().filter(|author| !author.domain.is_empty());
        with_domain.next().or_else(|| self.from.first())
    }
}

/// One mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Address {
    /// `local@domain`; null for text that is no address.
    pub address: Option<String>,
    /// The local part.
    pub local: String,
    /// The domain in normal form; empty when there is none.
    pub domain: String,
    /// The display name, decoded.
    pub display_name: Option<String>,
    /// The registrable domain; null without a domain.
    pub org_domain: Option<String>,
    /// Where the mailbox stands.
    pub span: Span,
    /// The group that it stands in (RFC 6854).
    pub group: Option<String>,
    /// What is wrong with it.
    pub defects: Vec<String>,
}

/// What one kind of reader takes for the author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct FromReading {
    /// Stable name of the way of reading.
    pub reading: String,
    /// The address that it finds.
    pub address: Option<String>,
    /// The display name that it shows.
    pub display_name: Option<String>,
    /// Who reads so, in words.
    pub reader: String,
    /// The address's domain.
    pub domain: Option<String>,
    /// Where the address stands.
    pub span: Option<Span>,
}

/// One block of Resent fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Resent {
    /// Resent-From.
    pub from: Vec<Address>,
    /// Resent-Sender.
    pub sender: Vec<Address>,
    /// Resent-To, Resent-Cc and Resent-Bcc.
    pub to: Vec<Address>,
    /// Resent-Date.
    pub date: Option<Moment>,
    /// Resent-Date as written.
    pub date_text: Option<String>,
    /// Resent-Message-ID as written.
    pub message_id: Option<String>,
}

/// A message inside this message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Attached {
    /// `message/rfc822`, `text/rfc822-headers`, ...
    pub content_type: String,
    /// The inner message as stored.
    pub span: Span,
}

/// A departure of the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct FormDefect {
    /// Stable name in kebab case.
    pub kind: String,
    /// The bytes that show it.
    pub span: Span,
    /// The field that it concerns.
    pub field_index: Option<usize>,
}
