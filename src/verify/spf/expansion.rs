//! What macros stand for in an evaluation (RFC 7208 7.2), and the names and texts that they make.

use super::evaluate::{Evaluation, Halt};
use super::macros::{DomainSpec, Letter, MacroString, Place};
use super::names::{dotted, is_queryable};
use crate::dns::{Answer, RecordType};
use crate::domain;

impl Evaluation<'_> {
    /// RFC 7208 6.2: any fault of the explanation is as if there were none.
    pub(super) fn explanation(&mut self, target: &DomainSpec, domain: &str) -> Option<String> {
        let name = self.target(Some(target), domain).ok()?;
        if !is_queryable(&name) {
            return None;
        }
        let Ok(Answer::Records(records)) = self.ask(&name, RecordType::Txt) else {
            return None;
        };
        let [record] = &*records else { return None };
        let text = std::str::from_utf8(record.as_bytes()).ok()?;
        let text = MacroString::parse(text, Place::Explanation).ok()?;
        text.expand_text(&mut |letter| self.value(letter, domain))
            .ok()
            .flatten()
    }

    /// The value of a macro (RFC 7208 7.2) in the record of `domain`.
    fn value(&mut self, letter: Letter, domain: &str) -> Result<String, Halt> {
        let client = &self.client;
        Ok(match letter {
            Letter::Sender => format!("{}@{}", client.local_part, client.sender_domain),
            Letter::LocalPart => client.local_part.to_owned(),
            Letter::SenderDomain => client.sender_domain.to_owned(),
            Letter::Domain => domain.to_owned(),
            Letter::Ip => dotted(client.ip),
            Letter::ReverseZone => if client.ip.is_ipv4() { "in-addr" } else { "ip6" }.to_owned(),
            Letter::Helo => client.helo.to_owned(),
            Letter::ReadableIp => client.ip.to_string(),
            Letter::Receiver => client.receiver.to_owned(),
            Letter::Time => client.time.to_string(),
            Letter::ValidatedName => self.validated_name(domain)?,
        })
    }

    /// The target-name of a term (RFC 7208 4.8) in normal form: the expanded domain-spec, else the current domain.
    pub(super) fn target(&mut self, spec: Option<&DomainSpec>, domain: &str) -> Result<String, Halt> {
        match spec {
            None => Ok(domain.to_owned()),
            Some(spec) => {
                let name = spec.expand(|letter| self.value(letter, domain))?;
                if !spec.macros().is_literal() {
                    self.steps.expands_to(&name);
                }
                // Two dots at the end are an empty label, which the normal form would hide.
                if name.ends_with('.') {
                    Ok(name)
                } else {
                    Ok(domain::normalise(&name))
                }
            }
        }
    }
}
