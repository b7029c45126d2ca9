//! The mechanisms that no other record takes part in (RFC 7208 5): all, a, mx, ptr, ip4, ip6, exists.

use std::net::IpAddr;

use super::evaluate::{Evaluation, Halt, not_asked};
use super::macros::DomainSpec;
use super::names::{is_queryable, reverse_name};
use super::record::{DualCidr, Mechanism};
use crate::dns::{Answer, Data, RecordType};
use crate::known::in_network;
use crate::{domain, ip};

/// RFC 7208 4.6.4: address lookups for one `mx`.
const MAX_MX: usize = 10;
/// RFC 7208 4.6.4: names of the client that are looked at.
const MAX_PTR: usize = 10;
/// Addresses or names quoted in a detail.
const QUOTED: usize = 4;

/// A mechanism that was tried.
pub(super) struct Trial {
    pub(super) matches: bool,
    /// What was compared, in words.
    pub(super) detail: Option<String>,
}

impl Trial {
    fn no(detail: String) -> Self {
        Self {
            matches: false,
            detail: Some(detail),
        }
    }

    fn is(matches: bool, detail: String) -> Self {
        Self {
            matches,
            detail: Some(detail),
        }
    }
}

impl Evaluation<'_> {
    /// Tries one mechanism in the record of `domain`. An include is no business of this function and never matches.
    pub(super) fn try_mechanism(&mut self, mechanism: &Mechanism, domain: &str) -> Result<Trial, Halt> {
        match mechanism {
            Mechanism::All => Ok(Trial {
                matches: true,
                detail: None,
            }),
            Mechanism::Include(_) => Ok(Trial {
                matches: false,
                detail: None,
            }),
            Mechanism::Ip4(network, prefix) => Ok(self.network((*network).into(), *prefix)),
            Mechanism::Ip6(network, prefix) => Ok(self.network((*network).into(), *prefix)),
            Mechanism::A(target, cidr) => self.a(target.as_ref(), *cidr, domain),
            Mechanism::Mx(target, cidr) => self.mx(target.as_ref(), *cidr, domain),
            Mechanism::Ptr(target) => self.ptr(target.as_ref(), domain),
            Mechanism::Exists(target) => self.exists(target, domain),
        }
    }

    /// RFC 7208 5.6
    fn network(&self, network: IpAddr, prefix: u8) -> Trial {
        let ip = self.client.ip;
        let matches = in_network(ip, network, prefix);
        // A record lists dozens of networks.
        let mut words = String::with_capacity(48);
        ip::push(ip, &mut words);
        words.push_str(if matches { " is in " } else { " is not in " });
        ip::push(network, &mut words);
        words.push('/');
        words.push_str(itoa::Buffer::new().format(prefix));
        Trial::is(matches, words)
    }

    /// RFC 7208 5.3
    fn a(&mut self, target: Option<&DomainSpec>, cidr: DualCidr, domain: &str) -> Result<Trial, Halt> {
        let name = match self.lookup_target(target, domain)? {
            Ok(name) => name,
            Err(trial) => return Ok(trial),
        };
        match self.ask(&name, self.address_type())? {
            Answer::Records(records) => {
                let addresses = addresses(&records);
                let matches = addresses.iter().any(|address| self.is_near(*address, cidr));
                Ok(Trial::is(matches, format!("{name} has {}", quote(&addresses))))
            }
            answer => self.void(&name, self.address_type(), &answer),
        }
    }

    /// RFC 7208 5.4. Without MX records the domain's own address is not taken instead.
    fn mx(&mut self, target: Option<&DomainSpec>, cidr: DualCidr, domain: &str) -> Result<Trial, Halt> {
        let name = match self.lookup_target(target, domain)? {
            Ok(name) => name,
            Err(trial) => return Ok(trial),
        };
        let records = match self.ask(&name, RecordType::Mx)? {
            Answer::Records(records) => records,
            answer => return self.void(&name, RecordType::Mx, &answer),
        };
        if records.len() > MAX_MX {
            // RFC 7208 4.6.4. The order of records means nothing, so the whole set counts, not how far one got.
            return Err(Halt::Permerror(format!(
                "{name} has {} MX records, more than {MAX_MX}",
                records.len()
            )));
        }
        let rtype = self.address_type();
        let mut hosts = Vec::new();
        let mut missing = None;
        for host in records.iter().filter_map(exchange).filter(|host| is_queryable(host)) {
            // After a host nobody asked for, the others are only asked for, so that one round finds all of them.
            let answer = match self.ask_gently(&host, rtype) {
                Answer::NotAsked => {
                    missing.get_or_insert_with(|| not_asked(&host, rtype));
                    continue;
                }
                _ if missing.is_some() => continue,
                _ => self.ask(&host, rtype)?,
            };
            if let Answer::Records(records) = answer
                && addresses(&records).iter().any(|address| self.is_near(*address, cidr))
            {
                return Ok(Trial::is(true, format!("{name} has the MX host {host}")));
            }
            hosts.push(host);
        }
        match missing {
            Some(halt) => Err(halt),
            None => Ok(Trial::no(format!("{name} has the MX hosts {}", quote(&hosts)))),
        }
    }

    /// RFC 7208 5.5. DNS errors never count against the domain: its owner does not control the client's names.
    fn ptr(&mut self, target: Option<&DomainSpec>, domain: &str) -> Result<Trial, Halt> {
        let name = match self.lookup_target(target, domain)? {
            Ok(name) => name,
            Err(trial) => return Ok(trial),
        };
        let names = match self.client_names() {
            Answer::Records(records) => names(&records),
            Answer::NotAsked => return Err(not_asked(&reverse_name(self.client.ip), RecordType::Ptr)),
            Answer::Failed(_) | Answer::TimedOut => {
                return Ok(Trial::no(format!(
                    "the name of {} could not be looked up",
                    self.client.ip
                )));
            }
            answer => return self.void(&reverse_name(self.client.ip), RecordType::Ptr, &answer),
        };
        let ip = self.client.ip;
        let mut missing = None;
        let mut tried = Vec::new();
        for candidate in &names {
            if !domain::is_within(candidate, &name) {
                tried.push(format!("{candidate} is not within {name}"));
                continue;
            }
            match self.validates(candidate) {
                Ok(true) => {
                    tried.push(format!("{candidate} leads back and is within {name}"));
                    return Ok(Trial::is(true, format!("{ip} claims names: {}", tried.join("; "))));
                }
                Ok(false) => tried.push(format!("{candidate} does not lead back")),
                Err(halt) => {
                    missing.get_or_insert(halt);
                }
            }
        }
        match missing {
            Some(halt) => Err(halt),
            None if tried.is_empty() => Ok(Trial::no(format!("{ip} claims no valid name"))),
            None => Ok(Trial::no(format!("{ip} claims names: {}", tried.join("; ")))),
        }
    }

    /// RFC 7208 5.7: an A record, for IPv6 clients too.
    fn exists(&mut self, target: &DomainSpec, domain: &str) -> Result<Trial, Halt> {
        let name = match self.lookup_target(Some(target), domain)? {
            Ok(name) => name,
            Err(trial) => return Ok(trial),
        };
        match self.ask(&name, RecordType::A)? {
            Answer::Records(records) => Ok(Trial::is(
                true,
                format!("{name} has the A record {}", quote(&addresses(&records))),
            )),
            answer => self.void(&name, RecordType::A, &answer),
        }
    }

    /// The `p` macro (RFC 7208 7.3): the domain itself, else a name below it, else any validated name.
    pub(super) fn validated_name(&mut self, domain: &str) -> Result<String, Halt> {
        if let Some((for_domain, name)) = &self.validated_name
            && for_domain == domain
        {
            return Ok(name.clone());
        }
        let mut names = match self.client_names() {
            Answer::Records(records) => names(&records),
            Answer::NotAsked => return Err(not_asked(&reverse_name(self.client.ip), RecordType::Ptr)),
            _ => Vec::new(),
        };
        names.sort_by_key(|name| match name {
            name if name == domain => 0,
            name if domain::is_within(name, domain) => 1,
            _ => 2,
        });
        let mut found = "unknown".to_owned();
        for name in names {
            if self.validates(&name)? {
                found = name;
                break;
            }
        }
        self.validated_name = Some((domain.to_owned(), found.clone()));
        Ok(found)
    }

    /// Counts the term and expands its target; the inner error is the trial of a name that DNS cannot carry, for
    /// which RFC 7208 4.8 leaves the result open: no match.
    fn lookup_target(&mut self, target: Option<&DomainSpec>, domain: &str) -> Result<Result<String, Trial>, Halt> {
        self.count_lookup()?;
        let name = self.target(target, domain)?;
        Ok(if is_queryable(&name) {
            Ok(name)
        } else {
            Err(Trial::no(format!("`{name}` is no valid domain name")))
        })
    }

    fn void(&mut self, name: &str, rtype: RecordType, answer: &Answer) -> Result<Trial, Halt> {
        self.count_void()?;
        Ok(Trial::no(match answer {
            Answer::NxDomain => format!("{name} does not exist"),
            _ => format!("{name} has no {} record", rtype.name()),
        }))
    }

    fn address_type(&self) -> RecordType {
        if self.client.ip.is_ipv4() {
            RecordType::A
        } else {
            RecordType::Aaaa
        }
    }

    fn is_near(&self, address: IpAddr, cidr: DualCidr) -> bool {
        let prefix = if address.is_ipv4() { cidr.v4 } else { cidr.v6 };
        in_network(self.client.ip, address, prefix)
    }

    fn client_names(&mut self) -> Answer {
        self.ask_gently(&reverse_name(self.client.ip), RecordType::Ptr)
    }

    /// Whether a name that the client's address claims has that address (RFC 7208 5.5).
    fn validates(&mut self, name: &str) -> Result<bool, Halt> {
        let rtype = self.address_type();
        match self.ask_gently(name, rtype) {
            Answer::Records(records) => Ok(addresses(&records).contains(&self.client.ip)),
            Answer::NotAsked => Err(not_asked(name, rtype)),
            _ => Ok(false),
        }
    }
}

/// Addresses, IPv4-mapped ones as they are: an AAAA record is an IPv6 address.
fn addresses(records: &[Data]) -> Vec<IpAddr> {
    records
        .iter()
        .filter_map(|record| record.to_text().trim().parse().ok())
        .collect()
}

/// The names of the first PTR records, in normal form.
fn names(records: &[Data]) -> Vec<String> {
    let names = records
        .iter()
        .take(MAX_PTR)
        .map(|record| domain::normalise(&record.to_text()));
    names.filter(|name| is_queryable(name)).collect()
}

/// The host of an MX record; `None` for the null MX (RFC 7505).
fn exchange(record: &Data) -> Option<String> {
    let text = record.to_text();
    let (_, host) = text.trim().split_once(' ')?;
    Some(domain::normalise(host)).filter(|host| !host.is_empty())
}

/// The first few of a list, in words.
fn quote<T: ToString>(items: &[T]) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    let mut words = items
        .iter()
        .take(QUOTED)
        .map(T::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    if items.len() > QUOTED {
        words.push_str(&format!(" and {} more", items.len() - QUOTED));
    }
    words
}
