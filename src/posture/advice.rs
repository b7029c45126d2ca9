//! The records that close the holes, as lines of a zone file.

use super::model::{Advice, DnsRecord, Published, SpfTerm, State};
use crate::verify::{
    dmarc::Policy,
    spf::{SpfResult, record::is_spf},
};

/// What its owner should publish, in the order to do it.
pub(super) fn advise(domain: &str, published: &Published) -> Vec<Advice> {
    let mut advice = Vec::new();
    let silent = sends_no_mail(published);
    spf(domain, published, silent, &mut advice);
    dmarc(domain, published, silent, &mut advice);
    for key in &published.dkim {
        if !key.weaknesses.is_empty() && !key.revoked {
            let name = key.fact.name.as_str();
            advice.push(Advice {
                record: Some(record(name, "v=DKIM1; p=")),
                text: "Sign with a new key of 2048 bits under another selector first; then revoke this one.".to_owned(),
            });
        }
    }
    advice
}

/// It takes no mail, and SPF lets nobody send any.
fn sends_no_mail(published: &Published) -> bool {
    let none = |state| matches!(state, State::Absent | State::NoSuchName);
    let takes_none = published.null_mx
        || [&published.mx, &published.a, &published.aaaa]
            .iter()
            .all(|fact| none(fact.state));
    takes_none && published.spf.unknowns.is_empty() && !published.spf.terms.iter().any(|term| term.passes)
}

fn spf(domain: &str, published: &Published, silent: bool, advice: &mut Vec<Advice>) {
    let spf = &published.spf;
    let mut add = |record, text: &str| {
        let text = text.to_owned();
        advice.push(Advice { record, text });
    };
    match (spf.fact.state, spf.fact.records.as_slice()) {
        (State::Absent | State::NoSuchName, _) if silent => add(
            Some(record(domain, "v=spf1 -all")),
            "The domain seems to send no mail: say so.",
        ),
        (State::Absent | State::NoSuchName, _) => add(
            Some(record(domain, "v=spf1 mx ~all")),
            "Put the servers and services that send for the domain in place of mx.",
        ),
        (State::Found, [one]) => {
            let everyone = spf
                .terms
                .iter()
                .any(|term| term.everyone && term.passes && term.depth == 0);
            let neutral = spf.otherwise == Some(SpfResult::Neutral);
            if everyone || neutral {
                add(
                    tightened(one, published).map(|text| record(domain, &text)),
                    "End the record with ~all, and name the senders instead of everyone.",
                );
            }
            let wide = |term: &SpfTerm| term.passes && term.breadth.is_some() && !term.everyone;
            if spf.terms.iter().any(wide) {
                add(
                    None,
                    "Name senders more narrowly than the terms that let many strangers pass.",
                );
            }
            if !spf.errors.is_empty() {
                add(
                    None,
                    "Repair the SPF record: with an error in it no mail passes reliably.",
                );
            }
        }
        (State::Found, _) => add(None, "Make one SPF record of the several: together they are an error."),
        _ => {}
    }
}

/// The own record without the terms that let everyone pass, ending in `~all`; `None` for a redirect, which stands elsewhere.
fn tightened(text: &str, published: &Published) -> Option<String> {
    let own = published.spf.terms.iter().filter(|term| term.depth == 0);
    let everyone: Vec<&str> = own
        .filter(|term| term.everyone)
        .map(|term| term.term.as_str())
        .collect();
    let is_all = |term: &str| {
        term.trim_start_matches(['+', '-', '~', '?'])
            .eq_ignore_ascii_case("all")
    };
    let is_redirect = |term: &str| term.to_ascii_lowercase().starts_with("redirect=");
    if !is_spf(text.as_bytes()) || text.split(' ').any(is_redirect) {
        return None;
    }
    let kept = text
        .split(' ')
        .filter(|term| !term.is_empty() && !is_all(term) && !everyone.contains(term));
    Some(kept.chain(["~all"]).collect::<Vec<_>>().join(" "))
}

fn dmarc(domain: &str, published: &Published, silent: bool, advice: &mut Vec<Advice>) {
    let dmarc = &published.dmarc;
    if !dmarc.known {
        return;
    }
    let mut add = |name: &str, value: &str, text: &str| {
        advice.push(Advice {
            record: Some(record(&format!("_dmarc.{name}"), value)),
            text: text.to_owned(),
        });
    };
    let reports_first = "First learn from reports who sends for the domain; any mailbox of yours will do for them.";
    let then_refuse = "Refuse what fails, once the reports show that all of the domain's own mail passes.";
    let refuse_all = "Refuse mail with this domain in From: it sends none.";
    let own = dmarc.policy.as_ref().filter(|policy| policy.record_domain == domain);
    if let Some((policy, text)) = own.zip(dmarc.record.as_deref()) {
        let weaker = [&dmarc.subdomains, &dmarc.nonexistent].into_iter().flatten();
        let weaker = weaker.filter(|below| below.in_force < policy.in_force).count() > 0;
        if policy.in_force == Policy::Reject && !weaker && dmarc.reports {
            return;
        }
        if policy.in_force == Policy::None && !dmarc.reports && !silent {
            add(domain, &rewritten(text, domain, "none"), reports_first);
        }
        let why = match policy.in_force {
            Policy::Reject => "Have one policy for the domain and every name below it, and get reports.",
            _ if silent => refuse_all,
            _ => then_refuse,
        };
        return add(domain, &rewritten(text, domain, "reject"), why);
    }
    if dmarc
        .policy
        .as_ref()
        .is_some_and(|policy| policy.in_force == Policy::Reject)
    {
        return;
    }
    if silent {
        return add(domain, "v=DMARC1; p=reject", refuse_all);
    }
    let reports = report_address(domain);
    add(domain, &format!("v=DMARC1; p=none; {reports}"), reports_first);
    add(domain, &format!("v=DMARC1; p=reject; {reports}"), then_refuse);
    if let Some(policy) = &dmarc.policy {
        let holder = &policy.record_domain;
        advice.push(Advice {
            record: None,
            text: format!(
                "Or leave it to {holder}: {}= in its record decides for every name below it.",
                policy.tag
            ),
        });
    }
    if dmarc.tree_walk.iter().any(|step| step.outcome == "several-records") {
        advice.push(Advice {
            record: None,
            text: "Take every other DMARC record at the same name away: of several none counts.".to_owned(),
        });
    }
}

/// A record with another policy for everything below too, no trial, reports, and nothing historic; the rest as it is.
fn rewritten(text: &str, holder: &str, policy: &str) -> String {
    let mut tags = vec!["v=DMARC1".to_owned(), format!("p={policy}")];
    let mut reports = false;
    for part in text.split(';').skip(1).map(str::trim) {
        let name = part.split('=').next().unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "" | "p" | "sp" | "np" | "t" | "pct" | "rf" | "ri" => continue,
            // One that cannot be read is no address.
            "rua" if reports || !part.contains(':') => continue,
            "rua" => reports = true,
            _ if !part.contains('=') => continue,
            _ => {}
        }
        tags.push(part.to_owned());
    }
    if !reports {
        tags.push(report_address(holder));
    }
    tags.join("; ")
}

fn report_address(domain: &str) -> String {
    format!("rua=mailto:dmarc-reports@{domain}")
}

fn record(name: &str, text: &str) -> DnsRecord {
    DnsRecord {
        name: format!("{name}."),
        text: text.to_owned(),
        line: format!("{name}. IN TXT {}", character_strings(text)),
    }
}

/// RFC 1035 5.1: quoted strings of at most 255 octets; quotes and backslashes escaped, what is not printable as `\DDD`.
fn character_strings(text: &str) -> String {
    let strings = text.as_bytes().chunks(255).map(|chunk| {
        let escaped = chunk.iter().map(|byte| match byte {
            b'"' | b'\\' => format!("\\{}", char::from(*byte)),
            b' '..=b'~' => char::from(*byte).to_string(),
            _ => format!("\\{byte:03}"),
        });
        format!("\"{}\"", escaped.collect::<String>())
    });
    strings.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_zone_file() {
        assert_eq!(
            record("a.example", "x \"y\" \\ \u{e9}").line,
            r#"a.example. IN TXT "x \"y\" \\ \195\169""#
        );
        let long = record("a.example", &"x".repeat(300)).line;
        assert_eq!(
            long,
            format!("a.example. IN TXT \"{}\" \"{}\"", "x".repeat(255), "x".repeat(45))
        );
    }

    #[test]
    fn a_record_keeps_what_is_good_in_it() {
        assert_eq!(
            rewritten(
                "v=DMARC1; p=none; sp=none; pct=50; t=y; aspf=s; nonsense; rua=mailto:a@b.example",
                "b.example",
                "reject"
            ),
            "v=DMARC1; p=reject; aspf=s; rua=mailto:a@b.example"
        );
        assert_eq!(
            rewritten("v=DMARC1; p=none; rua=nobody", "b.example", "none"),
            "v=DMARC1; p=none; rua=mailto:dmarc-reports@b.example"
        );
    }
}
