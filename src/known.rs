//! What the user knows and says: facts that beat every inference, and whom to trust.

use std::net::IpAddr;

/// Facts and trust given on the command line, in a sidecar or by the caller of the library. Empty means: infer everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Address of the SMTP client at the border.
    pub client_ip: Option<IpAddr>,
    /// Its HELO or EHLO argument.
    pub helo: Option<String>,
    /// RFC5321.MailFrom without angle brackets; the empty string is the null sender.
    pub mail_from: Option<String>,
    /// RFC5321.RcptTo.
    pub rcpt_to: Vec<String>,
    /// authserv-ids (RFC 8601 2.5) whose results are trusted where they stand at or above the border.
    pub authserv_ids: Vec<String>,
    /// Hosts and networks that relay for the receiver: the border lies below them.
    pub trusted_relays: Vec<Relay>,
    /// Domains whose ARC seals are believed (RFC 8617).
    pub trusted_sealers: Vec<String>,
    /// Own and protected names, for look-alike checks.
    pub protect: Protected,
    /// What the system that handed the message in says of its envelope; for messages inside others.
    pub testimony: Option<Testimony>,
}

/// What a named system says of the envelope of a message that it returned, reported or journaled: its word, and no more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Testimony {
    /// Who says so.
    pub by: String,
    /// MAIL FROM; the empty string is the null sender.
    pub mail_from: Option<String>,
    /// RCPT TO.
    pub rcpt_to: Vec<String>,
    /// The client's address.
    pub client_ip: Option<IpAddr>,
}

/// A relay that the user trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relay {
    /// A host name; it stands for itself and every name below it.
    Host(String),
    /// A network in CIDR notation; a single address has the full prefix length.
    Network {
        /// First address, as given.
        address: IpAddr,
        /// Prefix length in bits.
        prefix: u8,
    },
}

/// Names that an impostor would imitate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protected {
    /// Domains, in normal form.
    pub domains: Vec<String>,
    /// People: display name and the addresses that are truly theirs.
    pub people: Vec<Person>,
}

/// A person whose name an impostor might use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name as readers see it.
    pub name: String,
    /// Addresses that belong to this person, in lower case.
    pub addresses: Vec<String>,
}

impl Relay {
    /// Reads `HOST`, `IP` or `CIDR`; `None` when the prefix length does not fit the address.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            return (prefix.is_none() && !text.is_empty()).then(|| Self::Host(crate::domain::normalise(text)));
        };
        let full = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(digits) => digits.parse().ok().filter(|bits| *bits <= full)?,
            None => full,
        };
        Some(Self::Network { address, prefix })
    }

    /// Whether this relay covers a peer with the given address and names.
    pub fn covers(&self, ip: Option<IpAddr>, names: &[&str]) -> bool {
        match self {
            Self::Host(host) => names
                .iter()
                .any(|name| crate::domain::is_within(&crate::domain::normalise(name), host)),
            Self::Network { address, prefix } => ip.is_some_and(|ip| in_network(ip, *address, *prefix)),
        }
    }
}

/// Whether `ip` lies in the network `address/prefix`. Addresses of different families never match.
pub fn in_network(ip: IpAddr, address: IpAddr, prefix: u8) -> bool {
    let same_bits =
        |a: u128, b: u128, width: u8| prefix <= width && (prefix == 0 || (a ^ b) >> (width - prefix.min(width)) == 0);
    match (ip, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same_bits(u32::from(a).into(), u32::from(b).into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same_bits(a.into(), b.into(), 128),
        _ => false,
    }
}
