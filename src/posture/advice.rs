//! Records that would close what is open. They are made from the records at hand, so that they can be published as they stand.

use super::model::{Advice, Posture};
use crate::verify::{dmarc::Policy, spf::SpfResult};

/// Everything worth publishing, the most urgent first.
pub(super) fn advise(posture: &Posture) -> Vec<Advice> {
    [dmarc(posture), spf(posture), null_mx(posture)]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether the domain sends and receives nothing, as far as its records say: no exchanger and no server that passes SPF.
fn is_parked(posture: &Posture) -> bool {
    let receives =
        posture.mail.exchanges.as_ref().is_none_or(|all| !all.is_empty()) && posture.mail.null_mx != Some(true);
    !receives && posture.spf.known && !posture.spf.terms.iter().any(|term| term.passes)
}

fn dmarc(posture: &Posture) -> Option<Advice> {
    let dmarc = &posture.dmarc;
    if !dmarc.known {
        return None;
    }
    let reports = format!("rua=mailto:dmarc-reports@{}", posture.domain);
    let own = dmarc.record_domain.as_deref() == Some(posture.domain.as_str());
    let record = dmarc.record.as_deref().filter(|_| own && dmarc.in_force.is_some());
    let weak_below = [&dmarc.subdomains, &dmarc.nonexistent]
        .into_iter()
        .flatten()
        .any(|stated| stated.in_force < Policy::Quarantine);
    let (data, why) = match (record, dmarc.in_force) {
        (None, None) if is_parked(posture) => (
            "v=DMARC1; p=reject; sp=reject; np=reject".to_owned(),
            "No server is named for the domain, so nothing honest can fail: ask for refusal at once.".to_owned(),
        ),
        (None, None) => (
            format!("v=DMARC1; p=none; {reports}"),
            "Begin with reports: they show who sends in the domain's name. Sign and authorise those that are your own, \
             then go on to p=quarantine and p=reject."
                .to_owned(),
        ),
        (Some(record), Some(policy)) => {
            let wanted = [
                (policy != Policy::Reject, "p", "reject"),
                (weak_below, "sp", "reject"),
                (weak_below, "np", "reject"),
            ];
            if !wanted.iter().any(|(needed, ..)| *needed) && !dmarc.testing && dmarc.reports {
                return None;
            }
            let mut data = without_tag(record, "t");
            for (_, tag, value) in wanted.into_iter().filter(|(needed, ..)| *needed) {
                data = with_tag(&data, tag, value);
            }
            if !dmarc.reports {
                data = format!("{}; {reports}", data.trim_end_matches([';', ' ']));
            }
            let why = match policy {
                Policy::None => "Only once the reports show that your own mail passes: until then p=none is right.",
                Policy::Quarantine => "Refusal tells an honest sender whose mail fails at once, and leaves people nothing to find.",
                Policy::Reject => "The policy of the domain itself is right; this closes what stands beside it.",
            };
            (data, why.to_owned())
        }
        _ => return None,
    };
    Some(Advice {
        name: format!("_dmarc.{}.", posture.domain),
        rtype: "TXT",
        data,
        why,
    })
}

/// The record with a tag set, in its place or at the end.
fn with_tag(record: &str, tag: &str, value: &str) -> String {
    let mut found = false;
    let mut tags: Vec<String> = record
        .split(';')
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| {
            let is_it = text
                .split('=')
                .next()
                .is_some_and(|name| name.trim().eq_ignore_ascii_case(tag));
            found |= is_it;
            if is_it {
                format!("{tag}={value}")
            } else {
                text.to_owned()
            }
        })
        .collect();
    if !found {
        tags.push(format!("{tag}={value}"));
    }
    tags.join("; ")
}

fn without_tag(record: &str, tag: &str) -> String {
    let other = |text: &&str| {
        !text
            .split('=')
            .next()
            .is_some_and(|name| name.trim().eq_ignore_ascii_case(tag))
    };
    let tags = record
        .split(';')
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .filter(other);
    tags.collect::<Vec<_>>().join("; ")
}

fn spf(posture: &Posture) -> Option<Advice> {
    let spf = &posture.spf;
    if !spf.known {
        return None;
    }
    let receives =
        posture.mail.exchanges.as_ref().is_some_and(|all| !all.is_empty()) && posture.mail.null_mx == Some(false);
    let (data, why) = match spf.records.as_slice() {
        [] if receives => (
            "v=spf1 mx -all".to_owned(),
            "The exchangers are taken for the senders: add whatever else sends in the domain's name before you publish it.",
        ),
        [] => (
            "v=spf1 -all".to_owned(),
            "No exchanger is published: say that no server sends in the domain's name.",
        ),
        [record] if matches!(spf.otherwise, Some(SpfResult::Pass | SpfResult::Neutral)) => {
            let kept = record
                .split(' ')
                .filter(|term| {
                    !term
                        .trim_start_matches(['+', '-', '~', '?'])
                        .eq_ignore_ascii_case("all")
                })
                .filter(|term| !term.is_empty());
            (
                format!("{} -all", kept.collect::<Vec<_>>().join(" ")),
                "Everything that is not named is not the domain's: the record must end by saying so.",
            )
        }
        _ => return None,
    };
    Some(Advice {
        name: format!("{}.", posture.domain),
        rtype: "TXT",
        data,
        why: why.to_owned(),
    })
}

/// A domain that neither sends nor receives says so (RFC 7505).
fn null_mx(posture: &Posture) -> Option<Advice> {
    let none = posture.mail.exchanges.as_ref().is_some_and(Vec::is_empty);
    (none && is_parked(posture) && posture.exists == Some(true)).then(|| Advice {
        name: format!("{}.", posture.domain),
        rtype: "MX",
        data: "0 .".to_owned(),
        why: "The domain receives no mail; a null MX says so, and bounces of forged mail end at once (RFC 7505)."
            .to_owned(),
    })
}
