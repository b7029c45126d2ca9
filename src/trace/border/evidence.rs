//! What speaks for the hop that the walk found: results of the receiver, values, marks of providers (trace.md 3.7, 2 to 4).

use super::{Border, BorderReason, Walk};
use crate::trace::{Anchor, Confidence, Hop, RdnsStatus, profiles};

impl Walk<'_, '_> {
    /// Adds what anchors and markers say of the hop that was found, and counts the classes of evidence.
    pub(super) fn weigh(&self, found: usize, mut reasons: Vec<BorderReason>, by_user: bool) -> Border {
        let mut runner_up = None;
        let mut contradicted = false;
        if let Some(hop) = self.hops.get(found) {
            self.weigh_anchors(hop, &mut reasons, &mut runner_up, &mut contradicted);
            self.weigh_marker(hop, &mut reasons);
            let gateway = hop
                .from
                .rdns
                .as_deref()
                .and_then(profiles::provider_of)
                .filter(|provider| provider.is_gateway());
            if let Some(gateway) = gateway {
                let text = format!(
                    "the peer is a server of {}, a filtering gateway: a leg of its own, and the border stays above it",
                    gateway.name
                );
                reasons.push(BorderReason {
                    kind: "gateway",
                    text,
                    field_index: Some(hop.field_index),
                });
            }
        }
        let has = |kind: &str| reasons.iter().any(|reason| reason.kind == kind);
        let classes = ["position", "value", "provider", "organisation"]
            .into_iter()
            .filter(|kind| has(kind))
            .count();
        let confidence = match classes {
            _ if by_user => Confidence::High,
            _ if contradicted => Confidence::Low,
            0 => Confidence::Low,
            1 => Confidence::Medium,
            _ => Confidence::High,
        };
        const STRENGTH: [&str; 7] = [
            "user",
            "provider",
            "position",
            "value",
            "organisation",
            "gateway",
            "fallback",
        ];
        reasons.sort_by_key(|reason| STRENGTH.iter().position(|kind| *kind == reason.kind));
        Border {
            hop: found,
            confidence,
            reasons,
            runner_up,
        }
    }

    /// The border below a filtering gateway, where the gateway's own marks show that it received for this side and not that it
    /// sends for its customer: the server's look-up names it, the next hop has its form, and between its hops and the border stand the
    /// results that it recorded of its client. What the client sent stands below the gateway's hops, so it cannot write these.
    pub(super) fn through_gateway(&self, found: usize) -> Option<(usize, Vec<BorderReason>)> {
        let hop = self.hops.get(found)?;
        let looked_up = hop
            .from
            .rdns
            .as_deref()
            .filter(|_| hop.from.rdns_status == RdnsStatus::Ok)?;
        let gateway = profiles::provider_of(looked_up).filter(|provider| provider.is_gateway())?;
        let below = self.hops.get(found + 1)?;
        let is_gateways =
            |host: &str| profiles::provider_of(host).is_some_and(|provider| provider.name == gateway.name);
        if !below.by.host.as_deref().is_some_and(is_gateways) || profiles::provider_violation(below).is_some() {
            return None;
        }
        let (entry, mut reasons) = self.down(found + 1).ok()?;
        let entry_hop = self.hops.get(entry)?;
        if !entry_hop.by.host.as_deref().is_some_and(is_gateways) {
            return None;
        }
        let results = self.anchors.iter().find(|anchor| {
            let between = (hop.field_index..entry_hop.field_index).contains(&anchor.field_index);
            let receives = matches!(anchor.kind, "received-spf" | "authentication-results");
            let own = anchor.author.as_deref().is_some_and(is_gateways);
            between && receives && own && anchor.client_ip.is_some() && anchor.client_ip == entry_hop.from.ip
        })?;
        reasons.insert(
            0,
            BorderReason {
                kind: "gateway",
                text: format!(
                    "{looked_up}, of which hop {} received, is {}'s and recorded the results of its own client: the border lies below that gateway",
                    found + 1,
                    gateway.name
                ),
                field_index: Some(results.field_index),
            },
        );
        Some((entry, reasons))
    }

    /// Anchors by position: the next Received below a field of the receiver (RFC 7208 9.1, RFC 8601 4), or, for receivers whose
    /// filter runs later, the next above. Anchors by value: they name this hop's peer.
    fn weigh_anchors(
        &self,
        hop: &Hop,
        reasons: &mut Vec<BorderReason>,
        runner_up: &mut Option<usize>,
        contradicted: &mut bool,
    ) {
        let mut other = None;
        for anchor in self
            .anchors
            .iter()
            .filter(|anchor| self.author_is_ours(anchor, hop.index))
        {
            let below = self.hops.iter().find(|hop| hop.field_index > anchor.field_index);
            let above = self.hops.iter().rev().find(|hop| hop.field_index < anchor.field_index);
            let at = |neighbour: Option<&Hop>| neighbour.is_some_and(|neighbour| neighbour.index == hop.index);
            let positional = matches!(anchor.kind, "received-spf" | "authentication-results");
            let same_value = anchor.client_ip.is_some() && anchor.client_ip == hop.from.ip;
            // Below the border a field may be the sender's; it counts only with a value, which the sender cannot move anywhere.
            let above_border = anchor.field_index < hop.field_index;
            if positional
                && (at(below) || at(above) && same_value && anchor.author.is_some())
                && anchor.client_ip.is_none_or(|_| same_value)
            {
                push_once(
                    reasons,
                    "position",
                    anchor,
                    format!("the receiver's {} stands at it", anchor.kind),
                );
            } else if positional && above_border && anchor.client_ip.is_some() && !same_value {
                other = other.or(below.map(|hop| hop.index));
            }
            let provider_writes_below = anchor.kind.starts_with("x-") && hop.profile == Some("microsoft");
            if same_value && (above_border || at(above) || provider_writes_below) {
                push_once(
                    reasons,
                    "value",
                    anchor,
                    format!("{} names the same client address", anchor.kind),
                );
            }
        }
        if let Some(other) = other {
            let supported = reasons
                .iter()
                .any(|reason| matches!(reason.kind, "position" | "value" | "provider"));
            *runner_up = Some(other);
            *contradicted = !supported;
        }
    }

    /// Outlook.com writes X-IncomingTopHeaderMarker directly below its border hop (trace.md 0.11).
    fn weigh_marker(&self, hop: &Hop, reasons: &mut Vec<BorderReason>) {
        let lower = self.hops.get(hop.index + 1).map_or(usize::MAX, |hop| hop.field_index);
        let marker = self
            .message
            .fields_named("X-IncomingTopHeaderMarker")
            .find(|field| (hop.field_index..lower).contains(&field.index));
        if let Some(marker) = marker.filter(|_| hop.profile == Some("microsoft")) {
            reasons.push(BorderReason {
                kind: "provider",
                text: "X-IncomingTopHeaderMarker begins the sender's fields directly below it".into(),
                field_index: Some(marker.index),
            });
        }
    }
}

/// One sentence a kind is enough: five fields of one writer are one witness.
fn push_once(reasons: &mut Vec<BorderReason>, kind: &'static str, anchor: &Anchor, text: String) {
    if !reasons.iter().any(|reason| reason.kind == kind) {
        reasons.push(BorderReason {
            kind,
            text,
            field_index: Some(anchor.field_index),
        });
    }
}
