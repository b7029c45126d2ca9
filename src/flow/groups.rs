//! Google Groups: FL-2.

use super::{FlowKind, Found, bound_to, claim, list::seal_of};
use crate::{case::Case, domain, envelope::decode, finding::Evidence};

pub(super) static GOOGLE_GROUP: FlowKind = FlowKind {
    id: "FL-2",
    name: "google-group",
    title: "A Google Group passed the message on",
    page: "A group receives the author's message and sends it to its members, with its own return path \
           (`group+bncBASE64@domain`) and often with itself in From. It keeps the author in X-Original-Sender and what it \
           checked in X-Original-Authentication-Results.\n\n\
           **Proof needed:** fields of a group, and that the group's domain or Google handed the message over.\n\n\
           **It does not excuse** an author whom the group itself could not authenticate.",
    explains: &[
        "AU-404", "AU-405", "AU-414", "AU-415", "AU-420", "AU-421", "EN-304", "EN-307", "ID-602", "ID-605", "ID-608",
        "ID-613", "ID-632", "RC-507", "RC-512", "RC-514",
    ],
    detect: google_group,
};

fn google_group(case: &Case<'_>) -> Found {
    let names = [
        "X-Google-Group-Id",
        "X-Original-Sender",
        "X-Original-Authentication-Results",
    ];
    let mut claimed: Vec<Evidence> = names.into_iter().filter_map(|name| claim(case, name)).collect();
    let mut return_path = case
        .envelope
        .mail_from
        .candidates
        .iter()
        .map(|candidate| candidate.value.as_str());
    let rewritten = return_path.find(|value| decode(value).is_some_and(|decoded| decoded.form == "google-groups"));
    if claimed.is_empty() || case.message.field("X-Google-Group-Id").is_none() && rewritten.is_none() {
        return Found::default();
    }
    claimed.extend(rewritten.map(|value| Evidence::derivation(format!("the return path {value} is a group's"))));
    let group = rewritten
        .map(|value| domain::normalise(domain::of_address(value)))
        .or_else(|| {
            case.envelope
                .mail_from
                .value
                .as_deref()
                .map(|value| domain::normalise(domain::of_address(value)))
        });
    let mut bound = bound_to(case, "google.com");
    let of_group = group.map(|group| bound_to(case, &group)).unwrap_or_default();
    // Anybody can call his own domain a group; only Google keeps groups of Google.
    if !of_group.is_empty() {
        let others = ["googlegroups.com", "gappssmtp.com"].into_iter();
        bound.extend(others.flat_map(|google| bound_to(case, google)));
        bound.extend(seal_of(case, "google.com"));
        if !bound.is_empty() {
            bound.splice(0..0, of_group);
            bound.dedup();
        }
    }
    Found {
        claimed,
        bound,
        ..Found::default()
    }
}
