//! Mail sent for somebody by a service: FL-9.

use super::{FlowKind, Found, claim};
use crate::{case::Case, finding::Evidence, verify::spf::SpfResult};

pub(super) static ESP_BULK: FlowKind = FlowKind {
    id: "FL-9",
    name: "esp-bulk",
    title: "An e-mail service provider sent the message for its customer",
    page: "A service sends for its customer, with its own return path and often a second signature of its own. Then \
           MAIL FROM, Sender and Message-ID name the service.\n\n\
           **Proof needed:** a mark of the service (Feedback-ID, X-SES-Outgoing, List-Unsubscribe-Post, ...) and a \
           verified signature or passing SPF of the service.\n\n\
           **It does not excuse** a From that no aligned signature or SPF covers: anyone can be the customer of a service.",
    explains: &["EN-304", "ID-613", "ID-616", "AU-402", "RC-514"],
    detect: esp_bulk,
};

/// Fields that services write.
const MARKS: &[&str] = &[
    "Feedback-ID",
    "X-SES-Outgoing",
    "X-SG-EID",
    "X-SG-ID",
    "X-Mailgun-Sid",
    "X-Mailgun-Sending-Ip",
    "X-MC-User",
    "X-Mandrill-User",
    "X-SFMC-Stack",
    "X-CSA-Complaints",
    "CFBL-Address",
    "X-Mailer-Account-Id",
    "X-Campaign-ID",
    "List-Unsubscribe-Post",
    "X-PM-Message-Id",
    "X-Mailjet-Campaign",
];

fn esp_bulk(case: &Case<'_>) -> Found {
    let mut found = Found::default();
    found.claimed.extend(MARKS.iter().filter_map(|name| claim(case, name)));
    if found.claimed.is_empty() {
        return found;
    }
    let spf = &case.verification.spf_mail_from;
    if spf.result == Ok(SpfResult::Pass) && !case.is_authors(&spf.domain) {
        found.bound.push(Evidence::derivation(format!(
            "SPF passes for the service's return path, {}",
            spf.domain
        )));
    }
    for check in case.verification.dkim.iter().filter(|check| check.passes()) {
        if check.domain.as_deref().is_some_and(|domain| !case.is_authors(domain)) {
            found.bound.push(Evidence::field_at(case.message, check.field_index));
        }
    }
    found
}
