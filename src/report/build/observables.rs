//! Section `observables`: each name and number once, with the first place that shows it.

use std::borrow::Cow;

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::present;
use crate::{
    case::Case,
    identity::Role,
    ip,
    message::Mailbox,
    report::model::{Observable, ObservableKind},
};

/// More than this are not listed: a header of a thousand recipients is no help to an enrichment service.
const MAX_OBSERVABLES: usize = 500;

/// Where something was found.
#[derive(Clone, Copy)]
enum Place {
    Named(&'static str),
    Hop(usize),
}

impl Place {
    fn text(self) -> Cow<'static, str> {
        match self {
            Self::Named(name) => Cow::Borrowed(name),
            Self::Hop(index) => Cow::Owned(format!("hop {index}")),
        }
    }
}

/// Each observable with its first place.
#[derive(Default)]
struct Collector {
    all: IndexMap<(ObservableKind, String), Cow<'static, str>, RandomState>,
}

impl Collector {
    fn add(&mut self, kind: ObservableKind, value: Option<String>, place: Place) {
        if let Some(value) = value.filter(|value| !value.is_empty())
            && self.all.len() < MAX_OBSERVABLES
        {
            self.all.entry((kind, value)).or_insert_with(|| place.text());
        }
    }

    fn mailboxes(&mut self, mailboxes: &[Mailbox], place: Place) {
        for mailbox in mailboxes {
            self.add(ObservableKind::Address, mailbox.address.clone(), place);
            self.add(ObservableKind::Domain, present(&mailbox.domain), place);
        }
    }
}

/// All of them: identities first, then the envelope, hops and signatures.
pub(super) fn build(case: &Case<'_>) -> Vec<Observable> {
    let mut found = Collector::default();
    found.mailboxes(&case.authors.mailboxes, Place::Named("from"));
    for name in ["sender", "reply-to", "resent-from", "to", "cc"] {
        for field in case.message.fields_named(name) {
            found.mailboxes(&field.addresses().mailboxes, Place::Named(name));
        }
    }
    for identity in &case.identities.all {
        let place = match identity.role {
            Role::MailFrom => Place::Named("mail from"),
            Role::Helo => Place::Named("helo"),
            _ => continue,
        };
        found.add(ObservableKind::Address, identity.address.clone(), place);
        found.add(ObservableKind::Domain, present(&identity.domain), place);
    }
    let client = case.envelope.client_ip.value.map(ip::text);
    found.add(ObservableKind::Ip, client, Place::Named("client"));
    for hop in &case.trace.hops {
        let place = Place::Hop(hop.index);
        found.add(ObservableKind::Ip, hop.from.ip.map(ip::text), place);
        found.add(ObservableKind::Domain, hop.from.rdns.as_deref().and_then(host), place);
        found.add(ObservableKind::Domain, hop.from.helo.as_deref().and_then(host), place);
        found.add(ObservableKind::Domain, hop.by.host.as_deref().and_then(host), place);
        found.add(ObservableKind::Ip, hop.by.ip.map(ip::text), place);
    }
    for check in &case.verification.dkim {
        found.add(ObservableKind::Domain, check.domain.clone(), Place::Named("dkim"));
    }
    for field in case.message.fields_named("Message-ID") {
        let id = field.text();
        let id = id.trim_matches(['<', '>', ' ']).to_owned();
        found.add(ObservableKind::MessageId, Some(id), Place::Named("message-id"));
    }
    found.add(
        ObservableKind::Sha256,
        Some(case.origin.sha256.clone()),
        Place::Named("message"),
    );
    let all = found.all.into_iter();
    all.map(|((kind, value), where_)| Observable { kind, value, where_ })
        .collect()
}

/// A host name in normal form; `None` for address literals and names of one label.
fn host(name: &str) -> Option<String> {
    let name = crate::domain::normalise(name);
    let plain = name.contains('.') && !name.contains(['[', ']', ' ', '@']);
    (plain && name.parse::<std::net::IpAddr>().is_err()).then_some(name)
}
