//! Mail that a machine wrote about other mail: FL-11.

use super::{FlowKind, Found, claim};
use crate::{case::Case, finding::Evidence};

pub(super) static DSN: FlowKind = FlowKind {
    id: "FL-11",
    name: "dsn",
    title: "A delivery report, read receipt or automatic reply",
    page: "Reports and automatic replies use the null sender (RFC 3464, RFC 8098, RFC 3834, RFC 5321 4.5.5), so SPF is \
           judged on HELO alone and DMARC seldom has an aligned identifier from it.\n\n\
           **Proof needed:** the null sender as the receiver recorded it, and a report part or Auto-Submitted.\n\n\
           **It does not excuse** the message that is returned inside: that one may be spoofed (backscatter).",
    explains: &["EN-305", "EN-306", "AU-415", "AU-422", "ID-602"],
    detect: dsn,
};

fn dsn(case: &Case<'_>) -> Found {
    let mut found = Found::default();
    if case.envelope.mail_from.value.as_deref() == Some("") {
        found
            .bound
            .push(Evidence::derivation("MAIL FROM is the null sender, as recorded"));
    }
    let reports = [
        "multipart/report",
        "message/delivery-status",
        "message/disposition-notification",
    ];
    for part in case
        .mime
        .parts
        .iter()
        .filter(|part| reports.contains(&part.content_type.as_str()))
    {
        found
            .claimed
            .push(Evidence::derivation(format!("a {} part", part.content_type)));
    }
    let automatic = case
        .message
        .field("Auto-Submitted")
        .filter(|field| !field.text().eq_ignore_ascii_case("no"));
    found.claimed.extend(automatic.map(Evidence::field));
    found.claimed.extend(claim(case, "X-Failed-Recipients"));
    if found.claimed.is_empty() {
        Found::default()
    } else {
        found
    }
}
