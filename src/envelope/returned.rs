//! What reports say of the envelope of the message that they return or show: delivery reports (RFC 3464), abuse reports
//! (RFC 5965) and read receipts (RFC 8098).

use std::net::IpAddr;

use crate::{known::Testimony, message::Message};

/// More recipients than this are not read.
const MAX_RECIPIENTS: usize = 1_000;

/// Reads the machine-readable part of a report: groups of fields, parted by empty lines. `None` where it names nothing.
pub fn returned_envelope(part: &[u8]) -> Option<Testimony> {
    let mut found = Testimony::default();
    for group in groups(part) {
        let message = Message::read(group);
        for field in &message.fields {
            let value = field.text();
            match () {
                () if field.is("Reporting-MTA") || field.is("Reporting-UA") => found.by = typed(value),
                () if field.is("Original-Mail-From") => found.mail_from = Some(path(value)),
                () if field.is("X-Postfix-Sender") => found.mail_from = Some(path(&typed(value))),
                () if field.is("Source-IP") => found.client_ip = address(value),
                () if field.is("Original-Rcpt-To") => add(&mut found.rcpt_to, path(value)),
                () if field.is("Original-Recipient") || field.is("Final-Recipient") => {
                    add(&mut found.rcpt_to, path(&typed(value)));
                }
                () => {}
            }
        }
    }
    let names_something = found.mail_from.is_some() || found.client_ip.is_some() || !found.rcpt_to.is_empty();
    names_something.then_some(found)
}

/// The groups between empty lines.
fn groups(part: &[u8]) -> Vec<&[u8]> {
    let mut groups = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < part.len() {
        let end = memchr::memchr(b'\n', &part[at..]).map_or(part.len(), |found| at + found + 1);
        if part[at..end].trim_ascii().is_empty() {
            groups.push(&part[start..at]);
            start = end;
        }
        at = end;
    }
    groups.push(part.get(start..).unwrap_or_default());
    groups.retain(|group| !group.trim_ascii().is_empty());
    groups
}

/// `rfc822; a@b.example`, `dns; mx.example`: the value behind its type (RFC 3464 2.1.2).
fn typed(value: &str) -> String {
    value.rsplit_once(';').map_or(value, |(_, rest)| rest).trim().to_owned()
}

/// Without angle brackets; empty for the null sender.
fn path(value: &str) -> String {
    value.trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

fn address(value: &str) -> Option<IpAddr> {
    value.trim().trim_matches(['[', ']']).parse().ok()
}

fn add(recipients: &mut Vec<String>, recipient: String) {
    let known = recipients.iter().any(|known| known.eq_ignore_ascii_case(&recipient));
    if recipient.contains('@') && !known && recipients.len() < MAX_RECIPIENTS {
        recipients.push(recipient);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_report() {
        let part = b"Reporting-MTA: dns; mx.provider.example\r\nX-Postfix-Sender: rfc822; ann@corp.example\r\n\r\n\
            Final-Recipient: rfc822; bob@provider.example\r\nOriginal-Recipient: rfc822;bob@provider.example\r\nAction: failed\r\n";
        let found = returned_envelope(part).unwrap();
        assert_eq!(found.by, "mx.provider.example");
        assert_eq!(found.mail_from.as_deref(), Some("ann@corp.example"));
        assert_eq!(found.rcpt_to, ["bob@provider.example"]);
    }

    #[test]
    fn an_abuse_report() {
        let part =
            b"Feedback-Type: abuse\nOriginal-Mail-From: <>\nSource-IP: 203.0.113.9\nOriginal-Rcpt-To: <a@b.example>\n";
        let found = returned_envelope(part).unwrap();
        assert_eq!(found.mail_from.as_deref(), Some(""));
        assert_eq!(found.client_ip, "203.0.113.9".parse().ok());
        assert_eq!(found.rcpt_to, ["a@b.example"]);
    }

    #[test]
    fn a_report_that_names_nothing() {
        assert_eq!(returned_envelope(b"Feedback-Type: abuse\n\n\n"), None);
        assert_eq!(returned_envelope(b""), None);
    }
}
