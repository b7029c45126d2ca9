//! A case: all facts about one message, read-only for the rules.

use crate::{
    envelope::Envelope,
    flow::Flow,
    identity::Identities,
    known::Known,
    message::{AddressList, FromReading, Message, Mime},
    recorded::Recorded,
    source::Origin,
    trace::Trace,
    verify::{Clock, Verification},
};

/// Everything known about one message.
#[derive(Debug)]
pub struct Case<'m> {
    /// Where the message was found.
    pub origin: &'m Origin,
    /// The message.
    pub message: &'m Message<'m>,
    /// The mailboxes of every From field, top field first.
    pub authors: AddressList,
    /// What different readers take for the author.
    pub readings: Vec<FromReading>,
    /// The MIME tree.
    pub mime: Mime,
    /// The Received chain and the border.
    pub trace: Trace,
    /// What others recorded.
    pub recorded: Recorded,
    /// The envelope.
    pub envelope: Envelope,
    /// Every name in its role.
    pub identities: Identities,
    /// When things are judged.
    pub clock: Clock,
    /// What the user said.
    pub known: &'m Known,
    /// What was verified.
    pub verification: Verification,
    /// Legitimate flows, each with its evidence.
    pub flows: Vec<Flow>,
}

impl Case<'_> {
    /// The Author Domain: of the single author that every reader sees; `None` when there are none or several.
    pub fn author_domain(&self) -> Option<&str> {
        match self.authors.mailboxes.as_slice() {
            [author] if !author.domain.is_empty() => Some(&author.domain),
            _ => None,
        }
    }

    /// Whether a flow was found.
    pub fn has_flow(&self, id: &str) -> bool {
        self.flows.iter().any(|flow| flow.id == id)
    }
}
