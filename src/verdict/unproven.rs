//! The grounds where nothing proves the author: his domain's own records, the receiver's word, the organisation's own servers.

use super::{
    Label,
    bench::Bench,
    grounds::{Decision, Ground},
};
use crate::{
    case::author_domain,
    domain,
    finding::Severity,
    identity::addresses_in,
    message::Mailbox,
    trace::{AddressClass, Confidence, Hop, RdnsStatus},
    verify::{
        dmarc::{DmarcResult, Policy},
        spf::SpfResult,
    },
};

/// Nothing proves the author and his domain does not ask for refusal.
pub(super) fn failing_without_policy(bench: &Bench<'_, '_>) -> Option<Decision> {
    let case = bench.case;
    let dmarc = &case.verification.dmarc;
    let extra = [
        "RC-502", "ID-619", "ID-610", "AU-421", "AU-423", "ID-602", "AU-414", "TR-111", "TR-131", "TR-104", "EN-317",
        "AU-416", "ID-608", "TR-105",
    ];
    let because: Vec<&str> = extra.to_vec();
    if case.author_domain().is_none() {
        let bare_word = case
            .authors
            .mailboxes
            .iter()
            .any(|author| author.domain.is_empty() && (!author.local.is_empty() || shows_address(author)));
        let from_outside = bench.case.trace.border.is_some() && author_domain(&case.authors).is_none();
        // Readers that decode first find an author all the same, and his domain refuses the message.
        let refused = case
            .readings
            .iter()
            .filter(|reading| reading.reading.starts_with("decoded"))
            .any(|reading| {
                let name = reading.domain.as_deref().unwrap_or_default();
                case.refusal_of(name).is_some_and(|policy| policy > Policy::None)
            });
        if refused && from_outside {
            return Some(bench.decision(
                Label::Spoofed,
                Confidence::Medium,
                Ground::AmbiguousAuthor,
                &["ID-620", "ID-612", "AU-424"],
            ));
        }
        return (bare_word && from_outside).then(|| {
            bench.decision(
                Label::LikelySpoofed,
                Confidence::Medium,
                Ground::NoDomain,
                &["ID-612", "AU-424"],
            )
        });
    }
    if !bench.sure_of_envelope() || dmarc.stale || bench.is_proven() {
        return None;
    }
    // An address literal is nobody's domain.
    if case.author_domain().is_some_and(|name| name.starts_with('[')) && case.trace.border.is_some() {
        return Some(bench.decision(
            Label::LikelySpoofed,
            Confidence::Medium,
            Ground::NoDomain,
            &["ID-634", "ID-602", "AU-422", "AU-424"],
        ));
    }
    match dmarc.result {
        Ok(DmarcResult::Fail)
            if bench
                .all(&["RC-502"])
                .any(|finding| finding.severity == Severity::Critical) =>
        {
            Some(bench.decision(Label::Spoofed, Confidence::Medium, Ground::FailsWithoutPolicy, &because))
        }
        Ok(DmarcResult::Fail) => Some(bench.decision(
            Label::LikelySpoofed,
            Confidence::Medium,
            Ground::FailsWithoutPolicy,
            &because,
        )),
        Ok(DmarcResult::None) if dmarc.domain_exists == Some(false) => Some(bench.decision(
            Label::LikelySpoofed,
            Confidence::Medium,
            Ground::MissingDomain,
            &because,
        )),
        Ok(DmarcResult::None) => {
            let spf = &case.verification.spf_mail_from;
            let refused =
                matches!(spf.result, Ok(SpfResult::Fail | SpfResult::Softfail)) && case.is_authors(&spf.domain);
            // A signature whose key is gone may have proven him; an answer that is too young accuses nobody.
            let open = case.signature_unknown()
                || case
                    .verification
                    .asked
                    .iter()
                    .any(|asked| asked.purpose == "spf" && asked.stale);
            let refused = refused && !open;
            refused.then(|| bench.decision(Label::LikelySpoofed, Confidence::Medium, Ground::Unauthorised, &because))
        }
        _ => None,
    }
}

/// The display name alone shows the address.
fn shows_address(author: &Mailbox) -> bool {
    author
        .display_name
        .as_deref()
        .is_some_and(|shown| !addresses_in(shown).is_empty())
}

/// The check cannot be made again, and a trusted receiver saw the author fail.
pub(super) fn recorded_fail(bench: &Bench<'_, '_>) -> Option<Decision> {
    (bench.accuses("RC-516") && bench.lacks_answers()).then(|| {
        bench.decision(
            Label::LikelySpoofed,
            Confidence::Medium,
            Ground::RecordedFail,
            &["RC-516", "RC-502", "AU-414"],
        )
    })
}

/// No outside peer at all: the organisation's own servers say that the author logged in, or every client bears a name of the author's
/// organisation by the server's own look-up.
pub(super) fn internal(bench: &Bench<'_, '_>) -> Option<Decision> {
    let case = bench.case;
    if case.trace.border.is_some() || case.trace.hops.is_empty() {
        return None;
    }
    let author = case.author_domain()?;
    let own = |name: Option<&str>| name.is_some_and(|name| domain::same_organisation(name, author));
    let stamped = case
        .message
        .fields
        .iter()
        .any(|field| field.is("X-MS-Exchange-Organization-AuthAs") && field.text() == "Internal");
    let one_own = case.trace.hops.iter().any(|hop| own(hop.by.host.as_deref()));
    let looked_up = |hop: &Hop| {
        let internal = hop.from.ip.is_none_or(|ip| AddressClass::of(ip).is_internal());
        own(hop.by.host.as_deref())
            && (internal || hop.from.rdns_status == RdnsStatus::Ok && own(hop.from.rdns.as_deref()))
    };
    let all_own = case.trace.hops.iter().all(looked_up) && case.trace.hops.iter().any(|hop| hop.from.ip.is_some());
    (stamped && one_own || all_own)
        .then(|| bench.decision(Label::NotSpoofed, Confidence::Low, Ground::Internal, &["TR-101"]))
}
