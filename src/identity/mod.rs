//! Every name that the message uses, in its role; look-alikes and confusables.

use crate::{envelope::Envelope, message::Message, message::Span};

/// Who the message names, and as what.
#[derive(Clone, Debug, Default)]
pub struct Identities {
    /// All of them: header fields in header order, then the envelope.
    pub all: Vec<Identity>,
}

/// One name in one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its role.
    pub role: Role,
    /// The full address, where there is one.
    pub address: Option<String>,
    /// Its domain in normal form.
    pub domain: String,
    /// The display name that goes with it.
    pub display_name: Option<String>,
    /// Where it stands in the header.
    pub field_index: Option<usize>,
    /// The bytes.
    pub span: Option<Span>,
}

/// Roles of RFC 5598, 5321, 5322.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the standards' own names")]
pub enum Role {
    From,
    Sender,
    ReplyTo,
    ResentFrom,
    MailFrom,
    Helo,
    Recipient,
}

impl Identities {
    /// The identities in a role.
    pub fn of(&self, role: Role) -> impl Iterator<Item = &Identity> {
        self.all.iter().filter(move |identity| identity.role == role)
    }

    /// Reads them all.
    pub fn read(_message: &Message<'_>, _envelope: &Envelope) -> Self {
        Self::default()
    }
}
