//! What a hop is for (trace.md 3.5), and whether its two ends are of one side.

use super::{AddressClass, Hop, HopClass, RdnsStatus, clauses::Scan, profiles};
use crate::domain;

/// What kind of step the hop is, as far as it tells by itself; [`super::continuity`] refines it with the border.
pub(super) fn classify(hop: &Hop, text: &str, scan: &Scan) -> HopClass {
    let with = hop.with.as_deref().unwrap_or_default().to_ascii_uppercase();
    let via = hop.via.as_deref().unwrap_or_default().to_ascii_uppercase();
    let product = hop.by.product.as_deref().unwrap_or_default();
    let nothing_from = hop.from.ip.is_none() && hop.from.helo.is_none() && hop.from.rdns.is_none();
    // A client with an address of the outside is no user of the host, whatever its HELO says.
    let outside = hop.from.ip.is_some_and(|ip| !AddressClass::of(ip).is_internal());
    let mut comments = scan.comments().map(|comment| comment.inner(text));
    let local_client = !outside
        && (is_of_user(text, scan)
            || comments.any(|comment| comment.contains("from userid") || comment.ends_with("/Submit")));
    let is_localhost = |name: &Option<String>| {
        name.as_deref()
            .is_some_and(|name| name.eq_ignore_ascii_case("localhost"))
    };
    if matches!(product, "qmail" | "ofmipd" | "nullmailer") && nothing_from && hop.by.host.is_none()
        || product == "qmail-scanner"
    {
        HopClass::Annotation
    } else if hop.by.host.is_none() && nothing_from {
        HopClass::Unparsed
    } else if matches!(product, "fetchmail" | "getmail") || with.starts_with("POP3") || with.starts_with("IMAP") {
        HopClass::PopFetch
    } else if with.starts_with("HTTPREST") || product == "sendgrid" && with.starts_with("HTTP") {
        HopClass::Api
    } else if with.contains("MAPI") || with == "HTTPS" && hop.profile == Some("microsoft") {
        HopClass::MapiStore
    } else if with.starts_with("HTTP") || via.starts_with("HTTP") || has_http_comment(text, scan) {
        HopClass::WebmailHttp
    } else if with.starts_with("LMTP") {
        HopClass::LmtpDelivery
    } else if product == "listserv" || with.starts_with("ECARTIS") {
        HopClass::ListExpansion
    } else if with.starts_with("LOCAL")
        || local_client
        || via.contains("STDIN")
        || text.starts_with("from mail pickup service")
        || product == "mercury" && text.get(..12).is_some_and(|head| head.eq_ignore_ascii_case("from spooler"))
        // Exim names its own protocol where a local filter hands a message back: `from mail by h with spam-scanned (Exim 4.51)`.
        || product == "exim" && hop.from.ip.is_none() && hop.protocol().is_none()
    {
        HopClass::Local
    } else if hop
        .from
        .ip
        .is_some_and(|ip| AddressClass::of(ip) == AddressClass::Loopback)
        || is_localhost(&hop.by.host)
        || matches!(product, "amavis" | "spamassassin")
    {
        HopClass::FilterLoop
    } else if hop.from.auth_method.is_some() {
        HopClass::SubmissionAuth
    } else if let Some(ip) = hop.from.ip {
        let inside = AddressClass::of(ip).is_internal() || same_side(hop);
        if inside {
            HopClass::SmtpInternal
        } else {
            HopClass::SmtpExternal
        }
    } else {
        HopClass::InternalNoip
    }
}

/// The server's own look-up places the peer in its organisation, or only the server's provider uses the address or the protocol:
/// Yahoo's machines speak NNFMP among themselves, and print addresses alone.
pub(super) fn same_side(hop: &Hop) -> bool {
    let Some(by) = hop.by.host.as_deref() else {
        return false;
    };
    let named = hop.from.rdns_status == RdnsStatus::Ok
        && hop
            .from
            .rdns
            .as_deref()
            .is_some_and(|name| same_organisation_or_provider(name, by));
    let owned = hop.from.ip.and_then(profiles::provider_of_address);
    let among_themselves = hop.by.product.as_deref() == Some("nnfmp") && hop.profile == Some("yahoo");
    named
        || among_themselves
        || owned.is_some_and(|owner| profiles::provider_of(by).is_some_and(|provider| provider.name == owner.name))
}

/// One registrable domain, or two names of one provider. Names without a dot belong to nobody.
pub(super) fn same_organisation_or_provider(a: &str, b: &str) -> bool {
    if !a.contains('.') || !b.contains('.') {
        return false;
    }
    let same_provider = || {
        let provider = profiles::provider_of(a);
        provider.is_some_and(|a| profiles::provider_of(b).is_some_and(|b| a.name == b.name))
    };
    domain::same_organisation(a, b) || same_provider()
}

/// `from ann (uid 501)`: a user of the host itself.
pub(super) fn is_of_user(text: &str, scan: &Scan) -> bool {
    scan.comments().any(|comment| comment.inner(text).starts_with("uid "))
}

/// `by host (via HTTP)`.
pub(super) fn has_http_comment(text: &str, scan: &Scan) -> bool {
    scan.comments()
        .any(|comment| comment.inner(text).eq_ignore_ascii_case("via http"))
}
