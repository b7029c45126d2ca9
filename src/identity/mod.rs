//! Every name that the message uses, in its role; look-alikes and confusables.

mod appearance;
mod lookalike;
mod platforms;
mod providers;

use crate::{
    domain,
    envelope::Envelope,
    message::{AddressDefect, Field, Mailbox, Message, Span},
};

pub use appearance::{addresses_in, domains_in, hidden_characters, is_mixed_script, shown};
pub use lookalike::{Look, Resemblance, resembles};
pub use platforms::{Platform, platform_of_spf};
pub use providers::{is_freemail, is_well_known, well_known};

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
    To,
    Cc,
    MailFrom,
    Helo,
    Recipient,
}

/// The header fields that name somebody, and the role that each gives.
const HEADER_ROLES: [(&str, Role); 6] = [
    ("From", Role::From),
    ("Sender", Role::Sender),
    ("Reply-To", Role::ReplyTo),
    ("Resent-From", Role::ResentFrom),
    ("To", Role::To),
    ("Cc", Role::Cc),
];

/// A field with more mailboxes than this names a crowd, not an identity.
const MAX_MAILBOXES: usize = 200;

impl Identities {
    /// The identities in a role.
    pub fn of(&self, role: Role) -> impl Iterator<Item = &Identity> + Clone {
        self.all.iter().filter(move |identity| identity.role == role)
    }

    /// Parses the fields that [`Self::read`] takes; each keeps what was found.
    pub fn parse(message: &Message<'_>) {
        let named = |field: &&Field<'_>| HEADER_ROLES.iter().any(|(name, _)| field.is(name));
        message
            .fields
            .iter()
            .filter(named)
            .for_each(|field| _ = field.addresses());
    }

    /// Reads them all.
    pub fn read(message: &Message<'_>, envelope: &Envelope) -> Self {
        let mut all = Vec::with_capacity(16);
        for field in &message.fields {
            if let Some((_, role)) = HEADER_ROLES.iter().find(|(name, _)| field.is(name)) {
                let mailboxes = field.addresses().mailboxes.iter().take(MAX_MAILBOXES);
                match role {
                    Role::From => push_authors(&mut all, field, mailboxes),
                    _ => all.extend(mailboxes.map(|mailbox| of_mailbox(*role, field, mailbox))),
                }
            }
        }
        if let Some(mail_from) = envelope
            .mail_from
            .value
            .as_deref()
            .filter(|address| !address.is_empty())
        {
            all.push(of_envelope(Role::MailFrom, mail_from));
        }
        if let Some(helo) = envelope.helo.value.as_deref() {
            all.push(Identity {
                address: None,
                domain: domain::normalise(helo),
                ..of_envelope(Role::Helo, helo)
            });
        }
        let recipients = envelope
            .rcpt_to
            .iter()
            .filter_map(|recipient| recipient.value.as_deref());
        all.extend(recipients.map(|address| of_envelope(Role::Recipient, address)));
        Self { all }
    }

    /// The recipients that the header names: To, then Cc.
    pub fn visible(&self) -> impl Iterator<Item = &Identity> + Clone {
        self.of(Role::To).chain(self.of(Role::Cc))
    }

    /// Domains of those to whom the message was sent: envelope recipients, or To and Cc where no envelope is known.
    pub fn recipient_domains(&self) -> Vec<&str> {
        let envelope: Vec<&str> = self
            .of(Role::Recipient)
            .map(|identity| identity.domain.as_str())
            .collect();
        if envelope.is_empty() {
            self.visible().map(|identity| identity.domain.as_str()).collect()
        } else {
            envelope
        }
    }
}

/// The authors of a From field. What an unquoted comma makes a mailbox of, without an address, is the beginning of the next one's
/// name: readers show `Bank, Service <a@b.example>` whole.
fn push_authors<'m>(all: &mut Vec<Identity>, field: &Field<'_>, mailboxes: impl Iterator<Item = &'m Mailbox>) {
    let mut words: Vec<&Mailbox> = Vec::new();
    for mailbox in mailboxes {
        if mailbox.domain.is_empty() && mailbox.defects.contains(&AddressDefect::Incomplete) {
            words.push(mailbox);
            continue;
        }
        let mut author = of_mailbox(Role::From, field, mailbox);
        if let Some(first) = words.first() {
            author.span = Some(Span {
                start: first.span.start,
                end: mailbox.span.end,
            });
            let words = words.iter().map(|word| word.name_or_local());
            let mut name: Vec<&str> = words.chain(mailbox.display_name.as_deref()).collect();
            // Said twice it is the same name.
            name.dedup();
            author.display_name = Some(name.join(", "));
        }
        words.clear();
        all.push(author);
    }
    all.extend(words.iter().map(|word| of_mailbox(Role::From, field, word)));
}

fn of_mailbox(role: Role, field: &Field<'_>, mailbox: &Mailbox) -> Identity {
    Identity {
        role,
        address: mailbox.address.clone(),
        domain: mailbox.domain.clone(),
        display_name: mailbox.display_name.clone(),
        field_index: Some(field.index),
        span: Some(mailbox.span),
    }
}

fn of_envelope(role: Role, address: &str) -> Identity {
    Identity {
        role,
        address: Some(address.to_owned()),
        domain: domain::normalise(domain::of_address(address)),
        display_name: None,
        field_index: None,
        span: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cut_by_commas_is_one_name() {
        let authors = |from: &str| -> Vec<(String, Option<String>)> {
            let text = format!("From: {from}\r\n\r\n");
            let identities = Identities::read(&Message::read(text.as_bytes()), &Envelope::default());
            let of = identities.of(Role::From);
            of.map(|identity| (identity.domain.clone(), identity.display_name.clone()))
                .collect()
        };
        let one = |domain: &str, name: &str| vec![(domain.to_owned(), Some(name.to_owned()))];
        assert_eq!(
            authors("Bank account team ,_<a@b.example>"),
            one("b.example", "Bank account team, _")
        );
        assert_eq!(authors("Bank, Bank <a@b.example>"), one("b.example", "Bank"));
        assert_eq!(authors("Facebook, <a@b.example>"), one("b.example", "Facebook"));
        assert_eq!(authors("Ann <a@b.example>, Bob <b@c.example>").len(), 2);
        assert_eq!(
            authors("Ann <a@b.example>, Bob"),
            [one("b.example", "Ann"), vec![(String::new(), None)]].concat()
        );
    }
}
