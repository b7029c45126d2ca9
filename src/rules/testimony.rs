//! Recorded results (RC), second part: whether those who recorded agree, and of whom they speak.

use std::net::IpAddr;

use super::rules;
use crate::{
    domain,
    finding::{Evidence, Finding, Severity},
    message::Message,
    recorded::{MethodResult, Party, Record, RecordKind, Standing, same_operator},
    trace::{AddressClass, Zone},
};

/// The results of each method (RFC 8601 2.7 and the IANA registry of email authentication parameters).
const REGISTERED: [(&str, &[&str]); 12] = [
    (
        "spf",
        &[
            "none",
            "pass",
            "fail",
            "softfail",
            "policy",
            "neutral",
            "temperror",
            "permerror",
        ],
    ),
    (
        "dkim",
        &["none", "pass", "fail", "policy", "neutral", "temperror", "permerror"],
    ),
    (
        "domainkeys",
        &["none", "pass", "fail", "policy", "neutral", "temperror", "permerror"],
    ),
    (
        "dkim-adsp",
        &[
            "none",
            "pass",
            "unknown",
            "fail",
            "discard",
            "nxdomain",
            "temperror",
            "permerror",
        ],
    ),
    ("dmarc", &["none", "pass", "fail", "temperror", "permerror"]),
    ("arc", &["none", "pass", "fail"]),
    ("iprev", &["pass", "fail", "temperror", "permerror"]),
    ("auth", &["none", "pass", "fail", "temperror", "permerror"]),
    (
        "sender-id",
        &[
            "none",
            "pass",
            "fail",
            "softfail",
            "policy",
            "neutral",
            "temperror",
            "permerror",
        ],
    ),
    (
        "smime",
        &["none", "pass", "fail", "policy", "neutral", "temperror", "permerror"],
    ),
    ("rrvs", &["none", "pass", "fail", "unknown", "temperror", "permerror"]),
    ("dnswl", &["none", "pass", "temperror", "permerror"]),
];

rules! {
    /// Two fields of the receiver tell of one SPF check, and differ in result, domain or client.
    ///
    /// # When this is innocent
    /// One tells of HELO and the other of MAIL FROM; the receiver checked on two servers.
    SPF_RECORDS_CONFLICT {
        id: "RC-505",
        name: "spf-record-conflict",
        title: "The receiver's own SPF results differ",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 7208 9.1", "RFC 8601 2.7.2"],
        check: |rule, case| {
            let of = |kind: RecordKind| case.recorded.trusted_spf_of_mail_from().filter(move |(record, _)| record.kind == kind);
            let pairs = of(RecordKind::ReceivedSpf).flat_map(|one| of(RecordKind::AuthenticationResults).map(move |other| (one, other)));
            let mut of_one_transfer = pairs.filter(|((one, _), (other, _))| one.hop == other.hop);
            of_one_transfer.find_map(|((one, first), (other, second))| {
                let domain_of = |result: &MethodResult| result.mail_from().map(|sender| domain::normalise(domain::of_address(&sender))).filter(|name| !name.is_empty());
                let how = if spf_word(&first.result) != spf_word(&second.result) { format!("{} and {}", first.result, second.result) }
                    else if let Some((a, b)) = domain_of(first).zip(domain_of(second)).filter(|(a, b)| a != b) { format!("for {a} and for {b}") }
                    else if let Some((a, b)) = first.client_ip().zip(second.client_ip()).filter(|(a, b)| a != b) { format!("of client {a} and of client {b}") }
                    else { return None };
                Some(Finding::new(rule, format!("one transfer, two results: {how}"), Evidence::field_at(case.message, one.field_index)).and(Evidence::field_at(case.message, other.field_index)))
            }).into_iter().collect()
        },
    }

    /// A Received-SPF field tells of another transfer than the one at the border: a forwarder's, or whoever wrote it there.
    ///
    /// # When this is innocent
    /// Forwarders check too, and their fields stay in the message.
    RECEIVED_SPF_FOREIGN {
        id: "RC-506",
        name: "received-spf-foreign",
        title: "A Received-SPF field of another server",
        severity: Info,
        effect: Neutral,
        references: ["RFC 7208 9.1"],
        check: |rule, case| case.recorded.records.iter().filter(|record| record.kind == RecordKind::ReceivedSpf && record.party == Party::Upstream).take(4).map(|record| {
            let transfer = record.hop.map_or_else(|| "a transfer of which no hop tells".to_owned(), |hop| format!("hop {}", hop + 1));
            let who = record.authserv_id.as_deref().unwrap_or("nobody");
            Finding::new(rule, format!("{who} wrote it, of {transfer}, not of the border"), Evidence::field_at(case.message, record.field_index))
        }).collect(),
    }

    /// The receiver's results speak of an author or a signer that this message does not have: they were made for another message,
    /// or the message was changed after they were made.
    ///
    /// # When this is innocent
    /// Lists and gateways that rewrite From or remove signatures behind the check; a stale copy from an earlier delivery.
    OTHER_MESSAGE {
        id: "RC-507",
        name: "results-other-message",
        title: "The receiver's results are of another message",
        severity: High,
        effect: Neutral,
        references: ["RFC 8601 2.7", "RFC 8601 4.1"],
        check: |rule, case| {
            let mut records = case.recorded.records.iter().filter(|record| record.standing == Standing::Trusted && record.kind == RecordKind::AuthenticationResults).peekable();
            if records.peek().is_none() { return Vec::new() }
            let authors: Vec<String> = case.authors.mailboxes.iter().map(|author| domain::normalise(&author.domain)).filter(|name| !name.is_empty()).collect();
            let signers: Vec<String> = case.verification.dkim.iter().filter_map(|check| check.domain.clone()).collect();
            let strangers = records.flat_map(|record| record.methods.iter().map(move |result| (record, result))).filter_map(|(record, result)| {
                let (property, known) = match result.method.as_str() { "dmarc" => ("header.from", &authors), "dkim" if result.result == "pass" => ("header.d", &signers), _ => return None };
                let named = domain::normalise(domain::of_address(result.property(property)?));
                let usable = named.contains('.') && !known.is_empty();
                let stranger = usable && !known.iter().any(|name| domain::same_organisation(name, &named));
                stranger.then_some((record, result, property, named))
            });
            strangers.take(2).map(|(record, result, property, named)| {
                let weight = if property == "header.from" && !case.is_handled() { Severity::High } else { Severity::Low };
                Finding::new(rule, format!("{}={} is for {property}={named}, which this message does not have", result.method, result.result), Evidence::field_at(case.message, record.field_index)).severity(weight)
            }).collect()
        },
    }

    /// The receiver uses methods or result words that no standard knows. They are kept as they stand, and count for nothing.
    ///
    /// # When this is innocent
    /// Always: compauth, bestguesspass and hardfail are words of providers.
    UNKNOWN_WORD {
        id: "RC-508",
        name: "unknown-method-or-result",
        title: "Methods or results that are not registered",
        severity: Info,
        effect: Neutral,
        references: ["RFC 8601 2.7.6", "RFC 8601 2.7.7"],
        check: |rule, case| case.recorded.records.iter().filter(|record| record.standing == Standing::Trusted && record.kind == RecordKind::AuthenticationResults).filter_map(|record| {
            let unknown: Vec<String> = record.methods.iter().filter(|result| !is_registered(result)).map(|result| format!("{}={}", result.method, result.result)).take(8).collect();
            (!unknown.is_empty()).then(|| Finding::new(rule, unknown.join(", "), Evidence::field_at(case.message, record.field_index)))
        }).take(4).collect(),
    }

    /// Two trusted fields give different results for one and the same identifier.
    ///
    /// # When this is innocent
    /// Receivers that check on two tiers, the second of which sees a message that the first has changed.
    TRUSTED_CONFLICT {
        id: "RC-509",
        name: "duplicate-trusted-conflict",
        title: "Trusted results contradict each other",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 8601 4.1"],
        check: |rule, case| {
            let records: Vec<&Record> = case.recorded.records.iter().filter(|record| record.standing == Standing::Trusted && record.kind == RecordKind::AuthenticationResults).collect();
            records.iter().enumerate().flat_map(|(at, one)| records.iter().skip(at + 1).map(move |other| (*one, *other)))
                .find_map(|(one, other)| conflict(one, other).map(|how| Finding::new(rule, how, Evidence::field_at(case.message, one.field_index)).and(Evidence::field_at(case.message, other.field_index)))).into_iter().collect()
        },
    }

    /// The receiver's own ARC set tells of other results than its Authentication-Results.
    ///
    /// # When this is innocent
    /// The set was made on another server, or after the message was changed.
    SET_DIFFERS {
        id: "RC-510",
        name: "aar-vs-ar",
        title: "The receiver's ARC set differs from its results",
        severity: Low,
        effect: Neutral,
        references: ["RFC 8617 4.1.1"],
        check: |rule, case| {
            let newest = case.recorded.records.iter().filter(|record| record.kind == RecordKind::ArcAuthenticationResults).max_by_key(|record| record.instance);
            let id = newest.and_then(|set| set.authserv_id.as_deref()).map(domain::normalise);
            let (Some(set), Some(id)) = (newest, id) else { return Vec::new() };
            let own = case.recorded.records.iter().filter(|record| record.standing == Standing::Trusted && record.kind == RecordKind::AuthenticationResults)
                .filter(|record| record.authserv_id.as_deref().is_some_and(|other| same_operator(&domain::normalise(other), &id)));
            own.filter_map(|record| conflict(record, set).map(|how| Finding::new(rule, how, Evidence::field_at(case.message, set.field_index)).and(Evidence::field_at(case.message, record.field_index)))).take(1).collect()
        },
    }

    /// The receiver recorded spf=pass for a client that is not the client of the border, nor of any of its own hops.
    ///
    /// # When this is innocent
    /// Receivers that skip a gateway on purpose and judge the client behind it.
    PASS_OF_OTHER_CLIENT {
        id: "RC-511",
        name: "spf-pass-other-ip",
        title: "The recorded SPF pass is for another client",
        severity: High,
        effect: Neutral,
        references: ["RFC 7208 9.1", "RFC 8601 2.7.2"],
        check: |rule, case| {
            let Some(border) = case.trace.border_hop().and_then(|hop| hop.from.ip) else { return Vec::new() };
            let own = |ip: IpAddr| case.trace.hops.iter().any(|hop| hop.zone != Zone::Untrusted && hop.from.ip == Some(ip));
            let below = |ip: IpAddr| case.trace.hops.iter().any(|hop| hop.zone == Zone::Untrusted && hop.from.ip == Some(ip));
            let passes = case.recorded.trusted("spf").filter(|(_, result)| result.result == "pass")
                .filter_map(|(record, result)| Some((record, result.client_ip().filter(|ip| !own(*ip) && !AddressClass::of(*ip).is_internal())?)));
            passes.take(1).map(|(record, ip)| {
                let weight = if below(ip) { Severity::Low } else { Severity::High };
                Finding::new(rule, format!("spf=pass is for {ip}, the border received from {border}"), Evidence::field_at(case.message, record.field_index)).severity(weight)
            }).collect()
        },
    }

    /// A copy of what an earlier server recorded, under another name. It is that server's testimony as the next one kept it, and
    /// decides nothing here.
    ///
    /// # When this is innocent
    /// Always: Google Groups, gateways, and Microsoft between two organisations keep such copies.
    ORIGINAL_RESULTS {
        id: "RC-512",
        name: "original-results",
        title: "Results that an earlier server recorded",
        severity: Info,
        effect: Neutral,
        references: ["RFC 8601 5"],
        check: |rule, case| case.recorded.records.iter().filter(|record| record.kind == RecordKind::AuthenticationResultsOriginal).take(4).map(|record| {
            let said: Vec<String> = record.methods.iter().take(6).map(|result| format!("{}={}", result.method, result.result)).collect();
            let who = record.authserv_id.as_deref().unwrap_or("a server that gives no name");
            Finding::new(rule, format!("{who} recorded {}", said.join(", ")), Evidence::field_at(case.message, record.field_index).written_by(who.to_owned()))
        }).collect(),
    }

    /// A message inside this one carries results. They are about that message; for this one they mean nothing.
    ///
    /// # When this is innocent
    /// Always: reports and forwarded attachments contain them.
    INNER_RESULTS {
        id: "RC-513",
        name: "inner-results",
        title: "Results of an attached message do not count here",
        severity: Info,
        effect: Neutral,
        references: ["RFC 8601 4.1"],
        check: |rule, case| {
            let inner = case.mime.attached(case.message);
            let with_results = inner.iter().filter(|inner| Message::read(&inner.bytes).field("Authentication-Results").is_some()).count();
            if with_results == 0 { return Vec::new() }
            vec![Finding::new(rule, format!("{with_results} attached message(s) carry Authentication-Results, which have a report of their own"), Evidence::derivation("read in the messages attached"))]
        },
    }

    /// The field states another version of the standard than 1, the only one there is.
    ///
    /// # When this is innocent
    /// Programs that misread the grammar.
    VERSION {
        id: "RC-515",
        name: "version",
        title: "Results of an unknown version",
        severity: Info,
        effect: Neutral,
        references: ["RFC 8601 2.2", "RFC 8601 5"],
        check: |rule, case| case.recorded.records.iter().filter_map(|record| {
            let defect = record.defects.iter().find(|defect| defect.starts_with("version "))?;
            Some(Finding::new(rule, format!("it states {defect}"), Evidence::field_at(case.message, record.field_index)))
        }).take(4).collect(),
    }
}

/// Older words for the results of RFC 7208 (RFC 4408, and what providers write).
fn spf_word(word: &str) -> &str {
    match word {
        "hardfail" => "fail",
        "error" | "timeout" => "temperror",
        "unknown" => "permerror",
        other => other,
    }
}

fn is_registered(result: &MethodResult) -> bool {
    let row = REGISTERED.iter().find(|(method, _)| *method == result.method);
    row.is_some_and(|(_, words)| words.contains(&result.result.as_str()))
}

/// What two records say differently of one identifier. `none` and errors are no contradiction: another server, another look-up.
fn conflict(one: &Record, other: &Record) -> Option<String> {
    const DECIDED: [&str; 4] = ["pass", "fail", "softfail", "neutral"];
    let decided = |result: &&MethodResult| DECIDED.contains(&spf_word(&result.result));
    if one.hop != other.hop && other.kind != RecordKind::ArcAuthenticationResults {
        return None;
    }
    one.methods.iter().filter(decided).find_map(|first| {
        let same = |second: &&MethodResult| {
            second.method == first.method && identifier(second).is_some() && identifier(second) == identifier(first)
        };
        // Of several results for one name (two signatures of one domain) any may be the counterpart.
        let mut counterparts = other.methods.iter().filter(decided).filter(same).peekable();
        let second = *counterparts.peek()?;
        let agrees = counterparts.any(|second| spf_word(&second.result) == spf_word(&first.result));
        (!agrees).then(|| {
            format!(
                "{} for {}: {} here, {} there",
                first.method,
                identifier(first).unwrap_or_default(),
                first.result,
                second.result
            )
        })
    })
}

/// What a result is about, with the selector where one is named.
fn identifier(result: &MethodResult) -> Option<String> {
    let name = match result.method.as_str() {
        "spf" => result.mail_from(),
        "dkim" => {
            let domain = result.property("header.d").or_else(|| result.property("header.i"))?;
            let detail = result
                .property("header.s")
                .or_else(|| result.property("header.b"))
                .unwrap_or_default();
            Some(format!("{domain}/{detail}"))
        }
        "dmarc" => result.property("header.from").map(str::to_owned),
        _ => None,
    }?;
    Some(domain::normalise(domain::of_address(&name)))
}
