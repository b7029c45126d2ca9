//! The border hop: where the receiving side first met the outside (trace.md 3.7).
//!
//! The walk begins at the top and goes down only while the receiving side itself says that the peer is its own. What an
//! attacker may have written (HELO, everything below the border) never moves it.

mod evidence;

use super::{
    AddressClass, Anchor, Confidence, Hop, HopClass,
    hop_class::{same_organisation_or_provider, same_side},
    profiles,
};
use crate::{ip, known::Known, message::Message};

/// The chosen border.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Border {
    /// Index of the hop.
    pub hop: usize,
    /// Two independent classes of evidence are `high`, one is `medium`, a mere fallback `low`.
    pub confidence: Confidence,
    /// Why, strongest first.
    pub reasons: Vec<BorderReason>,
    /// The next best hop, when another was considered.
    pub runner_up: Option<usize>,
}

/// One contribution to the choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BorderReason {
    /// `user`, `position`, `value`, `provider`, `organisation`, `gateway`, `fallback`; `fetch` and `note` tell what else matters.
    pub kind: &'static str,
    /// The sentence that a reader sees.
    pub text: String,
    /// The field that shows it.
    pub field_index: Option<usize>,
}

/// Chooses the border; `None` for a message without a hop that names a peer. Never the bottom hop as a guess.
pub fn choose_border(message: &Message<'_>, hops: &[Hop], anchors: &[Anchor], known: &Known) -> Option<Border> {
    decide(message, hops, anchors, known).ok()
}

/// The border, or why there is none.
pub(super) fn decide(message: &Message<'_>, hops: &[Hop], anchors: &[Anchor], known: &Known) -> Result<Border, String> {
    if hops.is_empty() {
        return Err(
            "the message has no Received field: it was never handed over by SMTP, or the trace was removed".into(),
        );
    }
    if let Some(ip) = known.client_ip
        && let Some(hop) = hops.iter().find(|hop| hop.from.ip == Some(ip))
    {
        return Ok(Border {
            hop: hop.index,
            confidence: Confidence::High,
            reasons: vec![BorderReason {
                kind: "user",
                text: format!("the user names {ip} as the client, and this is the uppermost hop that received from it"),
                field_index: Some(hop.field_index),
            }],
            runner_up: None,
        });
    }
    let walk = Walk {
        message,
        hops,
        anchors,
        known,
    };
    let (mut found, mut reasons) = walk.down(0)?;
    let mut by_user = false;
    // trace.md 3.7 (6): below a gateway only when the user trusts it. Each step goes down, so the loop ends.
    while let Some(hop) = hops.get(found).filter(|hop| covered_by_user(hop, known)) {
        let Ok((below, below_reasons)) = walk.down(found + 1) else {
            break;
        };
        by_user = true;
        reasons = below_reasons;
        reasons.insert(
            0,
            reason(
                "user",
                hop,
                "the user trusts the relay from which this hop received, so the border lies below it",
            ),
        );
        found = below;
    }
    // ... and below one whose own marks show that it receives for this side.
    if let Some((below, below_reasons)) = walk.through_gateway(found) {
        reasons = below_reasons;
        found = below;
    }
    let mut border = walk.weigh(found, reasons, by_user);
    border.reasons.extend(notes(hops, found, known));
    Ok(border)
}

/// What a reader should know of the choice beside its reasons.
fn notes(hops: &[Hop], found: usize, known: &Known) -> Vec<BorderReason> {
    let fetched = hops.iter().take(found).find(|hop| hop.class == HopClass::PopFetch);
    let fetched = fetched.map(|hop| {
        let text = format!(
            "hop {} fetched the message from a mailbox, so the border is looked for below it",
            hop.index + 1
        );
        reason("fetch", hop, &text)
    });
    // A hop with this address would have been the border.
    let unmatched = known.client_ip.map(|ip| BorderReason {
        kind: "note",
        text: format!("the user names {ip} as the client, and no hop received from it"),
        field_index: None,
    });
    fetched.into_iter().chain(unmatched).collect()
}

fn reason(kind: &'static str, hop: &Hop, text: &str) -> BorderReason {
    BorderReason {
        kind,
        text: text.to_owned(),
        field_index: Some(hop.field_index),
    }
}

/// Whether a relay that the user trusts is this hop's peer. A name counts only as the server looked it up, unless the
/// server prints none: the HELO alone is the client's word.
fn covered_by_user(hop: &Hop, known: &Known) -> bool {
    let name = hop.from.rdns.as_deref().or(hop.from.helo.as_deref());
    let names: Vec<&str> = name.into_iter().collect();
    known
        .trusted_relays
        .iter()
        .any(|relay| relay.covers(hop.from.ip, &names))
}

/// What the walk sees at a hop.
enum Step {
    /// The receiving side's own business; go on below.
    Inside,
    /// Here it met the outside.
    Outside(BorderReason),
    /// The mail began here, on the receiving side: there is no border.
    Origin(String),
}

struct Walk<'a, 'm> {
    message: &'a Message<'m>,
    hops: &'a [Hop],
    anchors: &'a [Anchor],
    known: &'a Known,
}

impl Walk<'_, '_> {
    /// Walks down from a hop to the first that met the outside, or tells why there is none.
    fn down(&self, start: usize) -> Result<(usize, Vec<BorderReason>), String> {
        for hop in self.hops.get(start..).unwrap_or_default() {
            match self.step(hop) {
                Step::Inside => {}
                Step::Outside(reason) => return Ok((hop.index, vec![reason])),
                Step::Origin(note) => return Err(note),
            }
        }
        let named = self.hops.iter().any(|hop| hop.from.ip.is_some());
        Err(if named {
            "every hop stays inside the receiving organisation: the message met no outside server".into()
        } else {
            "no Received field names the address of a peer".into()
        })
    }

    fn step(&self, hop: &Hop) -> Step {
        if let Some(provider) = profiles::border_marker(hop)
            && hop.from.ip.is_some_and(|ip| !AddressClass::of(ip).is_internal())
        {
            let text = format!(
                "it is the uppermost hop with the mark of {}'s border servers",
                provider.name
            );
            return Step::Outside(BorderReason {
                kind: "provider",
                text,
                field_index: Some(hop.field_index),
            });
        }
        match hop.class {
            HopClass::Annotation | HopClass::Unparsed | HopClass::Local | HopClass::ListExpansion => {
                return Step::Inside;
            }
            // A fetched message came in where the fetched mailbox got it (TR-126).
            HopClass::PopFetch | HopClass::MapiStore => return Step::Inside,
            _ => {}
        }
        let Some(ip) = hop.from.ip else {
            return self.without_address(hop);
        };
        let class = AddressClass::of(ip);
        if hop.class == HopClass::FilterLoop || class == AddressClass::Loopback || same_side(hop) {
            return Step::Inside;
        }
        if self.is_submission(hop) {
            return Step::Origin(
                "the sender logged in at the receiving side's own server: the mail came from no other server".into(),
            );
        }
        if self.is_internal_exchange(hop) {
            return Step::Inside;
        }
        // Nobody speaks LMTP to the outside (RFC 2033 5).
        if hop.class == HopClass::LmtpDelivery && class.is_internal() {
            return Step::Inside;
        }
        if (class.is_internal() || class == AddressClass::SixToFour && profiles::provider_of_address(ip).is_some())
            && self.private_peer_is_own(hop)
        {
            return Step::Inside;
        }
        Step::Outside(self.why_outside(hop))
    }

    /// A hop that names no address: the top of a store, an internal hand-over, or a product that prints none.
    fn without_address(&self, hop: &Hop) -> Step {
        let claimed = hop.from.helo.as_deref().or(hop.from.rdns.as_deref());
        let foreign = match (claimed, hop.by.host.as_deref()) {
            (Some(from), Some(by)) => {
                from.contains('.') && by.contains('.') && !same_organisation_or_provider(from, by)
            }
            _ => false,
        };
        let delivery = matches!(
            hop.class,
            HopClass::LmtpDelivery | HopClass::Api | HopClass::WebmailHttp | HopClass::FilterLoop
        );
        if foreign && !delivery {
            Step::Outside(reason(
                "fallback",
                hop,
                "it received from a foreign name and prints no address of it",
            ))
        } else {
            Step::Inside
        }
    }

    /// Authentication counts where the hop's own protocol token or a comment behind the address says so.
    fn is_submission(&self, hop: &Hop) -> bool {
        hop.from.auth_method.is_some() && matches!(hop.class, HopClass::SubmissionAuth | HopClass::WebmailHttp)
    }

    /// A private peer is the receiver's own unless it names another organisation and the next hop is not the receiver's:
    /// behind a proxy every client looks private, and below it all is the client's text.
    fn private_peer_is_own(&self, hop: &Hop) -> bool {
        let by = hop.by.host.as_deref().unwrap_or_default();
        let name = hop
            .from
            .rdns
            .as_deref()
            .or(hop.from.helo.as_deref())
            .unwrap_or_default();
        let unnamed = !name.contains('.') || name.starts_with('[') || super::address_class::read_ip(name).is_some();
        let own = same_organisation_or_provider(name, by) || unnamed && !self.is_marked(hop);
        let below = self.hops.get(hop.index + 1).and_then(|below| below.by.host.as_deref());
        own || below.is_some_and(|below| same_organisation_or_provider(below, by)) && !self.is_marked(hop)
    }

    /// A receiver's result field stands on this hop and names its peer.
    fn is_marked(&self, hop: &Hop) -> bool {
        self.anchors.iter().any(|anchor| {
            anchor.client_ip.is_some()
                && anchor.client_ip == hop.from.ip
                && anchor.field_index < hop.field_index
                && self.author_is_ours(anchor, hop.index)
        })
    }

    /// `X-MS-Exchange-Organization-AuthAs: Internal` between this hop and its neighbours. Exchange removes these fields from
    /// outside mail (its header firewall), so they speak where the hop is Exchange's and the peer bears the name of their source.
    fn is_internal_exchange(&self, hop: &Hop) -> bool {
        let exchange = hop.id.as_ref().is_some_and(|id| id.kind == Some("exchange"));
        let upper = hop
            .index
            .checked_sub(1)
            .and_then(|at| self.hops.get(at))
            .map_or(0, |hop| hop.field_index);
        let lower = self.hops.get(hop.index + 1).map_or(usize::MAX, |hop| hop.field_index);
        let value = |name: &str| {
            let mut fields = self.message.fields_named(name);
            fields
                .find(|field| (upper..lower).contains(&field.index))
                .map(|field| field.text())
        };
        let internal =
            value("X-MS-Exchange-Organization-AuthAs").is_some_and(|value| value.eq_ignore_ascii_case("Internal"));
        let source = value("X-MS-Exchange-Organization-AuthSource").unwrap_or_default();
        let peer = hop
            .from
            .rdns
            .as_deref()
            .or(hop.from.helo.as_deref())
            .unwrap_or_default();
        exchange && internal && same_organisation_or_provider(source, peer)
    }

    fn why_outside(&self, hop: &Hop) -> BorderReason {
        let by = hop.by.host.as_deref().unwrap_or_default();
        let peer = hop
            .from
            .rdns
            .as_deref()
            .or(hop.from.helo.as_deref())
            .unwrap_or_default();
        let ip = hop.from.ip.map(ip::text).unwrap_or_default();
        let (kind, text) = if !by.contains('.') {
            (
                "fallback",
                format!("it is the uppermost hop with a peer outside, {ip}; the receiving host has no full name"),
            )
        } else if same_organisation_or_provider(peer, by) {
            (
                "fallback",
                format!(
                    "its peer {ip} claims a name of the receiving organisation, and no look-up of the server confirms it"
                ),
            )
        } else {
            (
                "organisation",
                [
                    "every hop above stays inside; here ",
                    by,
                    " received from ",
                    &ip,
                    ", which is not of its organisation",
                ]
                .concat(),
            )
        };
        BorderReason {
            kind,
            text,
            field_index: Some(hop.field_index),
        }
    }

    /// Whether the author of a field is of the receiving side: named by the user, nameless, or of a trusted hop's organisation.
    fn author_is_ours(&self, anchor: &Anchor, border: usize) -> bool {
        let Some(author) = anchor.author.as_deref().filter(|author| author.contains('.')) else {
            return true;
        };
        let by_user = || self.known.authserv_ids.iter().any(|id| id.eq_ignore_ascii_case(author));
        let hosts = self
            .hops
            .iter()
            .take(border + 1)
            .filter_map(|hop| hop.by.host.as_deref());
        by_user()
            || hosts
                .into_iter()
                .any(|host| same_organisation_or_provider(author, host))
    }
}

#[cfg(test)]
mod tests;
