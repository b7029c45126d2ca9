//! iprev (RFC 8601 3): whether the name of the client's address leads back to the address.

use std::net::IpAddr;

use super::{NotEvaluated, spf::reverse_name};
use crate::{
    dns::{Answer, Lookups, Question, RecordType},
    ip,
};

/// What the questions are asked for.
pub const PURPOSE: &str = "iprev";
/// Names of one address that are tried: its owner writes them, so their number must not cost others.
const MAX_NAMES: usize = 10;

/// The results of RFC 8601 2.7.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the RFC's words")]
pub enum IprevResult {
    Pass,
    Fail,
    Temperror,
    Permerror,
}

impl IprevResult {
    /// The RFC's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Temperror => "temperror",
            Self::Permerror => "permerror",
        }
    }
}

/// The client's address and its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IprevCheck {
    /// The result, or why there is none.
    pub result: Result<IprevResult, NotEvaluated>,
    /// The cause in words.
    pub cause: Option<String>,
    /// The address; `None` where no client is known.
    pub ip: Option<IpAddr>,
    /// Its names, as its owner publishes them.
    pub names: Vec<String>,
    /// Those of them that lead back to the address.
    pub confirmed: Vec<String>,
}

/// Checks the address of a client.
pub fn check(ip: Option<IpAddr>, lookups: &Lookups<'_>) -> IprevCheck {
    let mut check = IprevCheck {
        result: Err(NotEvaluated::NoClientIp),
        cause: None,
        ip,
        names: Vec::new(),
        confirmed: Vec::new(),
    };
    let Some(ip) = ip else { return check };
    let question = Question::new(&reverse_name(ip), RecordType::Ptr);
    let data = match lookups.ask(&question, PURPOSE) {
        Answer::Records(data) => data,
        Answer::NoData | Answer::NxDomain => {
            check.result = Ok(IprevResult::Permerror);
            check.cause = Some(ip::text(ip) + " has no name (PTR)");
            return check;
        }
        Answer::NotAsked => {
            check.result = Err(NotEvaluated::NotAsked);
            return check;
        }
        Answer::Failed(_) | Answer::TimedOut => {
            check.result = Ok(IprevResult::Temperror);
            check.cause = Some(format!("the lookup of the name of {ip} failed"));
            return check;
        }
    };
    check.names = data
        .iter()
        .take(MAX_NAMES)
        .map(|data| crate::domain::normalise(&data.to_text()))
        .collect();
    let rtype = if ip.is_ipv4() { RecordType::A } else { RecordType::Aaaa };
    let (mut failed, mut open) = (false, false);
    for name in &check.names {
        match lookups.ask(&Question::new(name, rtype), PURPOSE) {
            Answer::Records(data) => {
                let leads_back = data.iter().any(|data| data.to_text().parse() == Ok(ip));
                if leads_back {
                    check.confirmed.push(name.clone());
                }
            }
            Answer::NoData | Answer::NxDomain => {}
            Answer::NotAsked => open = true,
            Answer::Failed(_) | Answer::TimedOut => failed = true,
        }
    }
    (check.result, check.cause) = match (check.confirmed.is_empty(), open, failed) {
        (false, ..) => (Ok(IprevResult::Pass), None),
        (true, true, _) => (Err(NotEvaluated::NotAsked), None),
        (true, _, true) => (
            Ok(IprevResult::Temperror),
            Some("the lookup of an address failed".to_owned()),
        ),
        (true, false, false) => (
            Ok(IprevResult::Fail),
            Some(format!("none of its names leads back to {ip}")),
        ),
    };
    check
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;
    use crate::dns::Snapshot;

    fn word(lines: &[(&str, &str, &str, &str)], absent: &str) -> String {
        let mut text = format!("{{\"spoofcheck_dns\":1,\"absent\":\"{absent}\"}}\n");
        for (name, rtype, rcode, data) in lines {
            let data = if data.is_empty() {
                String::new()
            } else {
                format!("\"{data}\"")
            };
            text += &format!("{{\"name\":\"{name}\",\"type\":\"{rtype}\",\"rcode\":\"{rcode}\",\"data\":[{data}]}}\n");
        }
        let snapshot = Snapshot::parse(&text, "test").unwrap();
        let found = check("192.0.2.1".parse().ok(), &Lookups::new(&snapshot, None));
        found
            .result
            .map_or_else(|why| why.word().to_owned(), |result| result.word().to_owned())
    }

    #[test]
    fn results() {
        let ptr = ("1.2.0.192.in-addr.arpa", "PTR", "NOERROR", "mail.bank.example.");
        let address = |data| ("mail.bank.example", "A", "NOERROR", data);
        assert_eq!(word(&[ptr, address("192.0.2.1")], "nxdomain"), "pass");
        assert_eq!(word(&[ptr, address("192.0.2.2")], "nxdomain"), "fail");
        assert_eq!(word(&[ptr], "nxdomain"), "fail");
        assert_eq!(word(&[ptr], "not-asked"), "not-asked");
        assert_eq!(word(&[], "not-asked"), "not-asked");
        assert_eq!(word(&[], "nxdomain"), "permerror");
        assert_eq!(
            word(&[("1.2.0.192.in-addr.arpa", "PTR", "SERVFAIL", "")], "nxdomain"),
            "temperror"
        );
        assert_eq!(
            word(&[ptr, ("mail.bank.example", "A", "TIMEOUT", "")], "nxdomain"),
            "temperror"
        );
    }

    #[test]
    fn no_client() {
        let snapshot = Snapshot::new();
        assert_eq!(
            check(None, &Lookups::new(&snapshot, None)).result,
            Err(NotEvaluated::NoClientIp)
        );
    }
}
