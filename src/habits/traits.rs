//! What one message shows of how its author's mail usually comes.

use std::net::IpAddr;

use super::id_of;
use crate::{
    domain,
    envelope::Envelope,
    message::{AddressList, Message},
    room::shortened,
    time::Timestamp,
    trace::Trace,
    verify::dkim,
};

/// References beyond these are not looked at.
const MAX_REFERENCES: usize = 32;

/// What one message shows: facts that need no DNS.
#[derive(Clone, Debug)]
pub struct Traits {
    /// When it was delivered, else dated.
    pub(super) at: Option<Timestamp>,
    /// The author's address in lower case.
    pub(super) address: String,
    /// The author's organisational domain.
    pub(super) org: String,
    /// The author's display name in lower case, where it has several words: one word is nobody's.
    pub(super) name: Option<String>,
    /// How the message came, a value for each [`Trait`].
    pub(super) values: [Vec<String>; Trait::ALL.len()],
    /// The Message-ID, as a number.
    pub(super) id: Option<u64>,
    /// What it says it answers: each id with the organisational domain of its host.
    pub(super) references: Vec<(String, String)>,
    /// Organisational domains of To and Cc.
    pub(super) recipients: Vec<String>,
}

/// Something that tends to stay the same in one author's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trait {
    /// The network of the client at the border.
    Network,
    /// Who signs (d=).
    Signer,
    /// The mail program.
    Program,
    /// The time zone of Date.
    Zone,
}

impl Trait {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Network, Self::Signer, Self::Program, Self::Zone];

    /// What it is called in a sentence.
    pub fn word(self) -> &'static str {
        match self {
            Self::Network => "client network",
            Self::Signer => "signing domain",
            Self::Program => "mail program",
            Self::Zone => "time zone",
        }
    }
}

impl Traits {
    /// Whether it goes to another organisation than the author's.
    pub(super) fn is_to(&self, org: &str) -> bool {
        *org != *self.org && self.recipients.iter().any(|recipient| recipient == org)
    }

    /// Reads them; `None` where no author has an address.
    pub fn read(message: &Message<'_>, authors: &AddressList, trace: &Trace, envelope: &Envelope) -> Option<Self> {
        let author = authors.mailboxes.iter().find(|author| !author.domain.is_empty())?;
        let date = message.written();
        let name = author.display_name.as_deref().map(|name| name.trim().to_lowercase());
        let values = Trait::ALL.map(|kind| match kind {
            Trait::Network => envelope.client_ip.value.map(network).into_iter().collect(),
            Trait::Signer => dkim::signing_domains(message)
                .iter()
                .map(|domain| shortened(domain).to_owned())
                .collect(),
            Trait::Program => program(message).into_iter().collect(),
            Trait::Zone => date
                .as_ref()
                .and_then(|date| date.offset_minutes)
                .map(zone)
                .into_iter()
                .collect(),
        });
        Some(Self {
            at: trace.delivered_at().or(date.map(|date| date.at)),
            address: shortened(&author.address.as_deref()?.to_lowercase()).to_owned(),
            org: domain::organisational(&author.domain),
            name: name.filter(|name| name.split_whitespace().nth(1).is_some() && !name.contains('@')),
            values,
            id: message
                .field("Message-ID")
                .and_then(|field| ids(field.text()).next())
                .map(id_of),
            references: references(message),
            recipients: recipients(message),
        })
    }
}

/// The network of a client: /24, of IPv6 /48.
pub fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

fn zone(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// The program's name without its version.
fn program(message: &Message<'_>) -> Option<String> {
    let field = message.field("X-Mailer").or_else(|| message.field("User-Agent"))?;
    let name = field
        .text()
        .split(|c: char| c.is_ascii_digit() || "/(".contains(c))
        .next()?;
    Some(shortened(&name.trim().to_lowercase()).to_owned()).filter(|name| !name.is_empty())
}

fn references(message: &Message<'_>) -> Vec<(String, String)> {
    let fields = ["In-Reply-To", "References"]
        .into_iter()
        .filter_map(|name| message.field(name));
    let named = fields.flat_map(|field| ids(field.text()));
    let hosts = named.filter_map(|id| Some((id.to_owned(), domain::organisational(id.rsplit_once('@')?.1))));
    hosts.take(MAX_REFERENCES).collect()
}

/// What stands in angle brackets (RFC 5322 3.6.4).
fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.split('<')
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('>')?.0.trim()))
}

fn recipients(message: &Message<'_>) -> Vec<String> {
    let fields = ["To", "Cc"].into_iter().filter_map(|name| message.field(name));
    let mailboxes = fields.flat_map(|field| &field.addresses().mailboxes);
    let mut orgs: Vec<String> = mailboxes
        .filter(|mailbox| !mailbox.domain.is_empty())
        .map(|mailbox| domain::organisational(&mailbox.domain))
        .collect();
    orgs.sort_unstable();
    orgs.dedup();
    orgs
}
