//! Which messages of a scan are printed. All are analysed: a filter changes what is shown, and nothing else.

use std::net::IpAddr;

use super::values::{self, VALUES, Value};
use crate::{domain, known::in_network, report::Report, time::Timestamp, verdict::Label};

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

/// `KEY=VALUE` or `KEY!=VALUE`. A value `*.bank.example` is any name below, `192.0.2.0/24` any address in the network, and `*`
/// elsewhere any text; everything else is compared whole, letter case aside.
#[derive(Clone)]
pub struct Where {
    key: &'static Value,
    wanted: String,
    negated: bool,
}

impl std::fmt::Debug for Where {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.negated { "!=" } else { "=" };
        write!(f, "{}{sign}{}", self.key.name, self.wanted)
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
        let key = values::named(key).ok_or_else(|| format!("names no key; there are {}", Self::keys()))?;
        Ok(Self {
            key,
            wanted: wanted.to_lowercase(),
            negated,
        })
    }

    /// The keys that there are.
    pub fn keys() -> String {
        let names: Vec<&str> = VALUES.iter().map(|known| known.name).collect();
        names.join(", ")
    }

    fn holds(&self, report: &Report) -> bool {
        let found = (self.key.of)(report).iter().any(|value| self.fits(value));
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
        fits_pattern(&value.to_lowercase(), &self.wanted)
    }
}

/// Whether a text is the pattern, in which `*` stands for any text.
fn fits_pattern(text: &str, pattern: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('*') else {
        return text == pattern;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut open) = text.strip_prefix(begin).and_then(|text| text.strip_suffix(end)) else {
        return false;
    };
    middle.split('*').all(|part| {
        let found = open.split_once(part);
        open = found.map_or("", |(_, behind)| behind);
        found.is_some()
    })
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
        assert!(fits("subject=*Invoice*", "Your invoice 7"));
        assert!(!fits("subject=*invoice", "Your invoice 7"));
        assert!(fits("subject=a*b*c*d", "a b b c c d") && !fits("subject=a*b*c*d", "a c b d"));
        assert!(!fits("subject=ab*ba", "aba") && fits("subject=ab*ba", "abba") && fits("subject=*", ""));
        assert!(fits("finding=au-4*", "AU-420"));
        assert!(Where::parse("from.domain").is_err());
        assert!(Where::parse("colour=red").is_err_and(|why| why.contains("from.domain")));
    }
}
