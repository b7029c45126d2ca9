//! Which messages of a scan are printed. All are analysed: a filter changes what is shown, and nothing else.

use std::net::IpAddr;

use crate::{
    domain,
    known::in_network,
    report::{Report, model::Address},
    time::Timestamp,
    verdict::Label,
};

/// Every condition must hold; of several verdicts one.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The verdicts that are wanted; empty: all.
    pub verdicts: Vec<Label>,
    /// Conditions on values; each must hold.
    pub wheres: Vec<Where>,
    /// Messages delivered (else dated) at or after this moment.
    pub since: Option<Timestamp>,
    /// ... and before this one.
    pub until: Option<Timestamp>,
}

impl Filter {
    /// Whether nothing is left out.
    pub fn is_open(&self) -> bool {
        self.verdicts.is_empty() && self.wheres.is_empty() && self.since.is_none() && self.until.is_none()
    }

    /// Whether a message is wanted. One whose time nobody tells is not, where a time is asked for.
    pub fn wants(&self, report: &Report) -> bool {
        let verdict = self.verdicts.is_empty() || self.verdicts.contains(&report.verdict.label);
        verdict && self.wheres.iter().all(|condition| condition.holds(report)) && self.in_time(report)
    }

    fn in_time(&self, report: &Report) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        let at = report.authentication.delivered_at.or(report.message.date);
        at.map(|moment| moment.timestamp())
            .is_some_and(|at| self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until))
    }
}

/// A value that a report may hold: its name on the command line, and where it stands.
struct Key {
    name: &'static str,
    values: fn(&Report) -> Vec<String>,
}

fn domains(addresses: &[Address]) -> Vec<String> {
    addresses.iter().map(|address| address.domain.clone()).collect()
}

fn written(addresses: &[Address]) -> Vec<String> {
    addresses.iter().filter_map(|address| address.address.clone()).collect()
}

/// The keys of `--where`, named as in the JSON report.
const KEYS: &[Key] = &[
    Key {
        name: "from.address",
        values: |report| written(&report.message.from),
    },
    Key {
        name: "from.domain",
        values: |report| domains(&report.message.from),
    },
    Key {
        name: "from.org_domain",
        values: |report| {
            report
                .message
                .from
                .iter()
                .filter_map(|address| address.org_domain.clone())
                .collect()
        },
    },
    Key {
        name: "reply_to.domain",
        values: |report| domains(&report.message.reply_to),
    },
    Key {
        name: "sender.domain",
        values: |report| domains(&report.message.sender),
    },
    Key {
        name: "to.domain",
        values: |report| domains(&report.message.to),
    },
    Key {
        name: "list_id",
        values: |report| report.message.list_id.iter().cloned().collect(),
    },
    Key {
        name: "message_id",
        values: |report| report.message.message_id.iter().cloned().collect(),
    },
    Key {
        name: "client_ip",
        values: |report| report.envelope.client_ip.value.iter().cloned().collect(),
    },
    Key {
        name: "helo",
        values: |report| report.envelope.helo.value.iter().cloned().collect(),
    },
    Key {
        name: "mail_from",
        values: |report| report.envelope.mail_from.value.iter().cloned().collect(),
    },
    Key {
        name: "mail_from.domain",
        values: |report| {
            let value = report.envelope.mail_from.value.iter();
            value
                .filter_map(|address| Some(address.rsplit_once('@')?.1.to_owned()))
                .collect()
        },
    },
    Key {
        name: "dkim.domain",
        values: |report| {
            report
                .authentication
                .dkim
                .iter()
                .filter_map(|check| check.domain.clone())
                .collect()
        },
    },
    Key {
        name: "finding",
        values: |report| {
            let findings = report.findings.iter();
            findings
                .flat_map(|finding| [finding.id.to_owned(), finding.name.to_owned()])
                .collect()
        },
    },
    Key {
        name: "flow",
        values: |report| {
            let flows = report.flows.iter();
            flows
                .flat_map(|flow| [flow.id.to_owned(), flow.name.to_owned()])
                .collect()
        },
    },
];

/// `KEY=VALUE` or `KEY!=VALUE`. A value `*.bank.example` is any name below, `192.0.2.0/24` any address in the network;
/// everything else is compared whole, letter case aside.
#[derive(Clone)]
pub struct Where {
    key: &'static str,
    values: fn(&Report) -> Vec<String>,
    wanted: String,
    negated: bool,
}

impl std::fmt::Debug for Where {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.negated { "!=" } else { "=" };
        write!(f, "{}{sign}{}", self.key, self.wanted)
    }
}

impl Where {
    /// Reads a condition.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (key, wanted) = text
            .split_once('=')
            .ok_or_else(|| "is no condition: KEY=VALUE or KEY!=VALUE is wanted".to_owned())?;
        let (key, negated) = match key.strip_suffix('!') {
            Some(key) => (key, true),
            None => (key, false),
        };
        let known = KEYS.iter().find(|known| known.name == key).ok_or_else(|| {
            let names: Vec<&str> = KEYS.iter().map(|known| known.name).collect();
            format!("names no key; there are {}", names.join(", "))
        })?;
        Ok(Self {
            key: known.name,
            values: known.values,
            wanted: wanted.to_lowercase(),
            negated,
        })
    }

    fn holds(&self, report: &Report) -> bool {
        let found = (self.values)(report).iter().any(|value| self.fits(value));
        found != self.negated
    }

    fn fits(&self, value: &str) -> bool {
        if let Some(parent) = self.wanted.strip_prefix("*.") {
            let name = domain::normalise(value);
            return name != parent && domain::is_within(&name, parent);
        }
        if let Some((network, prefix)) = self.wanted.split_once('/')
            && let (Ok(network), Ok(prefix), Ok(ip)) =
                (network.parse::<IpAddr>(), prefix.parse(), value.parse::<IpAddr>())
        {
            return in_network(ip, network, prefix);
        }
        value.to_lowercase() == self.wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(condition: &str, value: &str) -> bool {
        Where::parse(condition).is_ok_and(|condition| condition.fits(value))
    }

    #[test]
    fn values_names_and_networks() {
        assert!(fits("from.domain=Bank.Example", "bank.example"));
        assert!(!fits("from.domain=bank.example", "mail.bank.example"));
        assert!(fits("from.domain=*.bank.example", "mail.bank.example"));
        assert!(!fits("from.domain=*.bank.example", "bank.example"));
        assert!(!fits("from.domain=*.bank.example", "otherbank.example"));
        assert!(fits("client_ip=192.0.2.0/24", "192.0.2.77"));
        assert!(!fits("client_ip=192.0.2.0/24", "192.0.3.1"));
        assert!(!fits("client_ip=192.0.2.0/24", "2001:db8::1"));
        assert!(Where::parse("from.domain").is_err());
        assert!(Where::parse("colour=red").is_err_and(|why| why.contains("from.domain")));
    }
}
