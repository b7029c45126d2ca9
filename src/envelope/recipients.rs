//! To whom the message was sent: every field that names a recipient of the envelope (envelope.md 4.2).

use super::{
    Candidate, Origin, Provenance,
    candidates::{Sources, bare_path, of_field, testified, user},
};
use crate::{recorded::Standing, trace::Confidence};

/// More recipients than this are a crowd: the rest adds nothing to any check.
const MAX_RECIPIENTS: usize = 50;

/// Fields in which the last delivery names its recipient.
const RECIPIENT_FIELDS: &[&str] = &[
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Delivered-To",
    "X-Rcpt-To",
    "X-Real-To",
    "X-SA-Exim-Rcpt-To",
    "Envelope-Recipients",
    "Apparently-To",
    "X-MS-Exchange-Organization-OriginalEnvelopeRecipients",
];

/// Everyone to whom the last leg was addressed (envelope.md 4.2). To and Cc never count.
pub(super) fn recipients(sources: &Sources<'_>) -> Vec<Provenance<String>> {
    let mut all: Vec<Candidate> = sources.known.rcpt_to.iter().cloned().map(user).collect();
    if let Some(testimony) = &sources.known.testimony {
        all.extend(
            testimony
                .rcpt_to
                .iter()
                .map(|path| testified(path.clone(), &testimony.by)),
        );
    }
    if sources.known.rcpt_to.is_empty() {
        let hops = sources
            .trace
            .receiving_hops()
            .flat_map(|hop| hop.for_.iter().map(move |path| (hop, path)));
        all.extend(hops.map(|(hop, path)| of_field(path.clone(), Origin::BorderHop, true, hop.field_index, None)));
        // Which recipient the receiver checked (RFC 8601 2.7.7, `smtp.rcptto`).
        let checked = sources
            .recorded
            .records
            .iter()
            .filter(|record| record.standing == Standing::Trusted);
        all.extend(
            checked
                .flat_map(|record| record.methods.iter().map(move |result| (record, result)))
                .filter_map(|(record, result)| {
                    let path = bare_path(result.property("smtp.rcptto")?);
                    Some(of_field(
                        path,
                        Origin::AuthenticationResults,
                        true,
                        record.field_index,
                        result.span,
                    ))
                }),
        );
        let named = sources.message.fields_of(RECIPIENT_FIELDS);
        let named = named.filter(|field| sources.stands_above_border(field) || sources.trace.border.is_none());
        all.extend(named.flat_map(|field| {
            let mailboxes = field.addresses().mailboxes.iter();
            let addresses: Vec<String> = mailboxes.filter_map(|mailbox| mailbox.address.clone()).collect();
            addresses
                .into_iter()
                .map(|address| of_field(address, Origin::Vendor, true, field.index, Some(field.value_span)))
        }));
    }
    let mut grouped: Vec<Provenance<String>> = Vec::new();
    for candidate in all.into_iter().take(MAX_RECIPIENTS) {
        let same = grouped.iter_mut().find(|known| {
            known
                .value
                .as_deref()
                .is_some_and(|value| value.eq_ignore_ascii_case(&candidate.value))
        });
        match same {
            Some(known) => {
                known.confidence = Confidence::High;
                known.candidates.push(candidate);
            }
            None => grouped.push(Provenance {
                value: Some(candidate.value.clone()),
                origin: Some(candidate.origin),
                confidence: if candidate.origin == Origin::User {
                    Confidence::High
                } else {
                    Confidence::Medium
                },
                candidates: vec![candidate],
            }),
        }
    }
    grouped
}
