//! How hops connect, how long they took, on which side of the border they stand.

use std::borrow::Cow;

use super::{
    AddressClass, Continuity, Hop, HopClass, RdnsStatus, Support, Trace, Zone,
    hop_class::same_organisation_or_provider, profiles, queue_id,
};
use crate::domain;

/// Fills zone, class, continuity, delay and support of every hop.
pub(super) fn connect(trace: &mut Trace) {
    let border = trace.border.as_ref().map(|border| border.hop);
    // From the bottom, with the next lower date at hand.
    let mut lower_date = None;
    for at in (0..trace.hops.len()).rev() {
        let Some((hop, below)) = trace.hops.get_mut(at..).and_then(<[Hop]>::split_first_mut) else {
            continue;
        };
        hop.zone = match border {
            Some(border) if hop.index < border => Zone::Trusted,
            Some(border) if hop.index == border => Zone::Border,
            _ => Zone::Untrusted,
        };
        if hop.zone == Zone::Border && hop.class == HopClass::SmtpInternal {
            hop.class = HopClass::SmtpExternal;
        }
        let at = hop.date.as_ref().map(|date| date.at);
        if let (Some(at), Some(lower_date)) = (at, lower_date) {
            hop.delay_seconds = Some(at.since(lower_date));
        }
        lower_date = at.or(lower_date);
        if hop.class == HopClass::Annotation {
            continue;
        }
        // The next lower hop that speaks of a connection.
        let lower = below.iter().find(|hop| hop.class != HopClass::Annotation);
        hop.continuity = lower.map_or(Continuity::NoStatement, |lower| relation(hop, lower));
    }
    let mut upper: Option<&Hop> = None;
    let mut supports = Vec::with_capacity(trace.hops.len());
    for hop in &trace.hops {
        supports.push(support(hop, upper));
        if hop.class != HopClass::Annotation {
            upper = Some(hop);
        }
    }
    for (hop, (support, reasons)) in trace.hops.iter_mut().zip(supports) {
        hop.support = support;
        hop.support_reasons = reasons;
    }
}

/// Compares what the upper hop says of its client with what the lower one says of itself (trace.md 3.8).
fn relation(upper: &Hop, lower: &Hop) -> Continuity {
    let client: Vec<Cow<'_, str>> = [&upper.from.helo, &upper.from.rdns]
        .into_iter()
        .flatten()
        .map(|name| domain::normal(name))
        .collect();
    let Some(server) = lower.by.host.as_deref().map(domain::normal) else {
        return Continuity::NoStatement;
    };
    if client.is_empty() && upper.from.ip.is_none() {
        return Continuity::NoStatement;
    }
    if client.contains(&server) {
        return Continuity::ExactHost;
    }
    if upper.from.ip.is_some() && upper.from.ip == lower.by.ip {
        return Continuity::ExactIp;
    }
    let loopback = |ip: Option<std::net::IpAddr>| ip.is_some_and(|ip| AddressClass::of(ip) == AddressClass::Loopback);
    if loopback(upper.from.ip) || server == "localhost" || client.iter().any(|name| name == "localhost") {
        return Continuity::FilterLoop;
    }
    if client
        .iter()
        .any(|name| stem(name).is_some_and(|stem_of_client| stem(&server) == Some(stem_of_client)))
    {
        return Continuity::SameHostStem;
    }
    if client
        .iter()
        .any(|name| name.contains('.') && server.contains('.') && domain::same_organisation(name, &server))
    {
        return Continuity::SameOrg;
    }
    let owner = upper
        .from
        .ip
        .and_then(profiles::provider_of_address)
        .map(|provider| provider.name);
    let server_provider = profiles::provider_of(&server).map(|provider| provider.name);
    if client.iter().any(|name| same_organisation_or_provider(name, &server))
        || owner.is_some() && owner == server_provider
    {
        return Continuity::SameProvider;
    }
    let names = client.iter().chain([&server]);
    let single_label = names.clone().any(|name| !name.contains('.')) || client.iter().all(|name| name.starts_with('['));
    let private = |ip: Option<std::net::IpAddr>| ip.is_some_and(|ip| AddressClass::of(ip).is_internal());
    if private(lower.by.ip) && upper.from.ip.is_some() && !private(upper.from.ip) {
        return Continuity::NatPlausible;
    }
    if single_label {
        Continuity::NoStatement
    } else {
        Continuity::Break
    }
}

/// `mx-12.mail.example` as `mx-` and `mail.example`: a host and its number in the farm.
fn stem(name: &str) -> Option<(&str, &str)> {
    let (label, parent) = name.split_once('.')?;
    let stem = label.trim_end_matches(|c: char| c.is_ascii_digit());
    (parent.contains('.') && !stem.is_empty() && stem.len() < label.len()).then_some((stem, parent))
}

/// What supports a hop that an attacker may have written, and why (trace.md 3.10).
fn support(hop: &Hop, upper: Option<&Hop>) -> (Support, Vec<String>) {
    if hop.zone != Zone::Untrusted {
        return (Support::Corroborated, vec!["the receiving side wrote it".to_owned()]);
    }
    let drift = id_drift(hop);
    let mut against: Vec<String> = hop
        .violations
        .iter()
        .filter(|violation| violation.starts_with("profile:"))
        .cloned()
        .collect();
    if hop.id_contradicts() {
        let seconds = drift.unwrap_or_default();
        against.push(format!(
            "its queue id was made {seconds} seconds away from its own date"
        ));
    }
    if !against.is_empty() {
        return (Support::Contradicted, against);
    }
    let connected = upper.map(|upper| upper.continuity);
    let exact = matches!(connected, Some(Continuity::ExactHost | Continuity::ExactIp));
    // The border's own look-up of its peer is the one independent witness about the hop directly below it.
    let looked_up = upper.is_some_and(|upper| {
        upper.zone == Zone::Border
            && upper.from.rdns_status == RdnsStatus::Ok
            && upper
                .from
                .rdns
                .as_deref()
                .zip(hop.by.host.as_deref())
                .is_some_and(|(rdns, by)| same_organisation_or_provider(rdns, by))
    });
    let on_time = drift.is_some_and(|drift| drift <= 60);
    let mut reasons = Vec::new();
    if looked_up {
        reasons.push("the border looked its client up, and found a name of this server's organisation".to_owned());
    }
    if on_time {
        reasons.push("the time in its queue id is that of its date".to_owned());
    }
    if exact {
        reasons.push("the hop above names it as its client".to_owned());
    }
    if let Some(profile) = hop.profile {
        reasons.push(format!("it has the form of {profile}"));
    }
    let support = if looked_up && on_time {
        Support::Corroborated
    } else if looked_up || on_time || exact && hop.profile.is_some() {
        Support::Plausible
    } else {
        reasons.push("nothing else than the sending side's word speaks for it".to_owned());
        Support::Unsupported
    };
    (support, reasons)
}

/// Seconds between the time in the queue id and the hop's own date.
fn id_drift(hop: &Hop) -> Option<u64> {
    let encoded = hop.id.as_ref()?.time?;
    Some(encoded.0.abs_diff(hop.date.as_ref()?.at.0))
}

impl Hop {
    /// Seconds between the time in the queue id and the hop's own date (TR-106); `None` where either is missing.
    pub fn id_drift_seconds(&self) -> Option<u64> {
        id_drift(self)
    }

    /// Whether the queue id tells another time than the hop, beyond what its product leaves between them (TR-106).
    pub fn id_contradicts(&self) -> bool {
        let limit = self.id.as_ref().and_then(|id| id.kind).and_then(queue_id::tolerance);
        self.id_drift_seconds()
            .zip(limit)
            .is_some_and(|(drift, limit)| drift > limit)
    }
}

#[cfg(test)]
mod tests {
    use crate::{known::Known, message::Message, trace::*};

    fn read(header: &str) -> Trace {
        trace(&Message::read(header.as_bytes()), &[], &Known::default())
    }

    const CHAIN: &str = "Received: from out.shop.example (out.shop.example [192.0.2.7]) by mx.corp.example (Postfix) with ESMTPS id 284463055D; Mon, 1 Jan 2024 00:00:10 +0000\n\
        Received: (qmail 1 invoked by uid 89); 1 Jan 2024 00:00:05 -0000\n\
        Received: from laptop (unknown [10.0.0.9]) by out.shop.example (Postfix) with ESMTPSA id 384463055D; Mon, 1 Jan 2024 00:00:00 +0000\n\
        Received: from a.other.example (a.other.example [192.0.2.8]) by b.third.example (Postfix) with ESMTP id 1; Mon, 1 Jan 2024 00:01:00 +0000\n\n";

    #[test]
    fn zones_edges_and_delays() {
        let trace = read(CHAIN);
        let zones: Vec<Zone> = trace.hops.iter().map(|hop| hop.zone).collect();
        assert_eq!(zones, [Zone::Border, Zone::Untrusted, Zone::Untrusted, Zone::Untrusted]);
        assert_eq!(trace.hops[0].continuity, Continuity::ExactHost);
        assert_eq!(trace.hops[0].delay_seconds, Some(5));
        assert_eq!(trace.hops[2].delay_seconds, Some(-60));
        assert_eq!(trace.hops[1].class, HopClass::Annotation);
        assert_eq!(trace.hops[2].class, HopClass::SubmissionAuth);
        assert_eq!(trace.hops[2].support, Support::Plausible);
        assert_eq!(trace.hops[3].support, Support::Unsupported);
    }

    #[test]
    fn an_id_of_another_time_contradicts() {
        let trace = read(
            "Received: from a.shop.example (a.shop.example [192.0.2.7]) by mx.corp.example (Postfix) with ESMTP id 1; Mon, 1 Jan 2024 00:00:10 +0000\n\
             Received: from x.bank.example (x.bank.example [192.0.2.9]) by a.shop.example with esmtp (Exim 4.96) id 1q8fjD-001aWO-0V; Mon, 1 Jan 2024 00:00:00 +0000\n\n",
        );
        assert_eq!(trace.hops[1].support, Support::Contradicted);
        assert!(trace.hops[1].id_drift_seconds().is_some_and(|drift| drift > 86_400));
    }
}
