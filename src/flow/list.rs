//! Mailing lists: FL-1 and the rewritten From, FL-3.

use super::{FlowKind, Found, bound_to, claim};
use crate::{
    case::Case,
    domain,
    finding::Evidence,
    identity::{Role, addresses_in},
    verify::arc::ArcResult,
};

pub(super) static MAILING_LIST: FlowKind = FlowKind {
    id: "FL-1",
    name: "mailing-list",
    title: "A mailing list passed the message on",
    page: "A list server received the author's message and sent it again to its subscribers, often with a tag in the \
           subject or a footer. Then the author's signature fails and SPF names the list.\n\n\
           **Proof needed:** list fields (RFC 2919, RFC 2369) and, from somebody else than the header's writer, that \
           the list's own organisation handed the message over; of a list of the receiver's own, that the message was \
           sent on from the list's bounce address behind the border.\n\n\
           **It does not excuse** an author whom the list itself could not authenticate: lists can be used to launder \
           forged mail. A list behind the border came after SPF was judged, and breaks no signature that is not there.",
    explains: &[
        "AU-404", "AU-405", "AU-410", "AU-414", "AU-415", "AU-420", "AU-421", "AU-434", "EN-304", "ID-602", "ID-608",
        "ID-613", "TM-203", "RC-504", "RC-514", "RC-516",
    ],
    detect: mailing_list,
};

pub(super) static FROM_MUNGING: FlowKind = FlowKind {
    id: "FL-3",
    name: "from-munging",
    title: "A list put its own address into From",
    page: "To survive DMARC a list rewrites From to its own address, often as `Name via List`, and keeps the author in \
           Reply-To, Cc or X-Original-From (RFC 7960 4.1.3.3, RFC 9989 7.4).\n\n\
           **Proof needed:** a list (FL-1), and From in the list's own organisation beside another author's address.\n\n\
           **It does not excuse** the author whom the display name shows: only the list is authenticated.",
    explains: &["AU-434", "ID-605", "ID-606", "ID-608", "EN-304"],
    detect: from_munging,
};

/// The list's domain: the last part of List-Id (RFC 2919 3), or the domain of List-Post, X-BeenThere or Mailing-List.
fn list_domain(case: &Case<'_>) -> Option<String> {
    let angle = |text: &str| {
        text.rsplit_once('<')
            .map(|(_, rest)| rest.split('>').next().unwrap_or(rest).to_owned())
    };
    let from_id = case.message.field("List-Id").map(|field| {
        let text = field.text();
        angle(text).unwrap_or_else(|| text.to_owned())
    });
    let from_address = ["List-Post", "X-BeenThere", "Mailing-List", "List-Unsubscribe"]
        .into_iter()
        .find_map(|name| {
            let text = case.message.field(name)?.text();
            let (_, domain) = text.split_once('@')?;
            Some(
                domain
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
                    .collect(),
            )
        });
    let name: String = from_id.filter(|id| id.contains('.')).or(from_address)?;
    let name = domain::normalise(name.trim());
    (!name.contains(char::is_whitespace) && name.contains('.')).then_some(name)
}

fn mailing_list(case: &Case<'_>) -> Found {
    let mut found = Found::default();
    let claims = [
        "List-Id",
        "List-Post",
        "Mailing-List",
        "X-BeenThere",
        "X-Mailman-Version",
    ];
    found
        .claimed
        .extend(claims.into_iter().filter_map(|name| claim(case, name)));
    // List-Unsubscribe alone is bulk mail, not a list.
    let Some(list) = list_domain(case).filter(|_| !found.claimed.is_empty()) else {
        return Found::default();
    };
    // The list's own author is no list leg.
    found.bound = bound_to(case, &list);
    found.bound.extend(seal_of(case, &list));
    found.handler = Some(list.clone());
    found.bound.extend(sent_on_inside(case, &list));
    let bounces = case
        .identities
        .of(Role::MailFrom)
        .find(|identity| domain::same_organisation(&identity.domain, &list));
    if let Some(identity) = bounces {
        found.claimed.push(Evidence::derivation(format!(
            "the return path {} is the list's",
            identity.address.as_deref().unwrap_or_default()
        )));
    }
    found
}

/// A list of the receiver's own, which took the message at the border or behind it and sent it on from an address of its own. That the
/// receiver's organisation has the name of the list shows nothing: the sender knows it too.
fn sent_on_inside(case: &Case<'_>, list: &str) -> Option<Evidence> {
    let belongs = |address: &str| domain::same_organisation(domain::of_address(address), list);
    let border = case.trace.border_hop()?;
    let taken = case.trace.received_by(list) || border.for_.iter().any(|path| belongs(path));
    let rewritten = case.envelope.mail_from.candidates.iter().find(|candidate| {
        candidate.transfers(&case.trace) > 0 && belongs(&candidate.value) && candidate.is_bounce_address()
    });
    let field = rewritten.filter(|_| taken)?.field_index?;
    Some(Evidence::field_at(case.message, field).written_by("receiver"))
}

/// The list's own ARC seal over the message as it is here (RFC 8617 5.2), also where others passed it on after the list.
pub(super) fn seal_of(case: &Case<'_>, list: &str) -> Option<Evidence> {
    let arc = &case.verification.arc;
    if arc.result != Ok(ArcResult::Pass) {
        return None;
    }
    let set = arc.sets.iter().find(|set| {
        let signature = set.message_signature.as_ref();
        signature.is_some_and(|signature| {
            signature.passes()
                && signature
                    .domain
                    .as_deref()
                    .is_some_and(|domain| domain::same_organisation(domain, list))
        })
    })?;
    let field = set.message_signature.as_ref()?.field_index;
    Some(Evidence::field_at(case.message, field).written_by("the list, by its seal"))
}

/// Where lists keep the author whom they take out of From (RFC 7960 4.1.3.3).
const KEEPING_AUTHOR: [&str; 4] = ["Reply-To", "Cc", "X-Original-From", "X-Original-Sender"];

fn keeps_author(case: &Case<'_>, address: &str) -> bool {
    let mut fields = case.message.fields_of(&KEEPING_AUTHOR);
    fields.any(|field| field.text().to_lowercase().contains(address))
}

fn from_munging(case: &Case<'_>) -> Found {
    let list = mailing_list(case);
    let (Some(name), Some(author)) = (list_domain(case), case.author_identity()) else {
        return Found::default();
    };
    let own = domain::same_organisation(&author.domain, &name);
    let elsewhere: Vec<Evidence> = case
        .message
        .fields_of(&KEEPING_AUTHOR)
        .filter(|field| {
            let text = field.text();
            text.split('@').skip(1).any(|rest| {
                let domain: String = rest
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
                    .collect();
                !domain::same_organisation(&domain, &name)
            })
        })
        .map(Evidence::field)
        .collect();
    let via = author
        .display_name
        .as_deref()
        .is_some_and(|shown| shown.to_lowercase().contains(" via "));
    // An address in the name is the author's that the list took out of From.
    let shown = addresses_in(author.display_name.as_deref().unwrap_or_default());
    let invented = !shown.iter().all(|address| keeps_author(case, address));
    if !own || list.bound.is_empty() || (!via && elsewhere.is_empty()) || invented {
        return Found::default();
    }
    Found {
        claimed: elsewhere,
        bound: list.bound,
        handler: Some(name),
    }
}
