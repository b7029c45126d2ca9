//! By how much the clocks of two hosts differ, where the header itself shows it (trace.md 3.9).
//!
//! A filter or a local delivery answers at once: if the host behind it is dated earlier, its clock is behind by that much at least.
//! A step forward shows nothing, as it may be a wait.

use std::collections::BTreeMap;

use super::{HopClass, Trace};
use crate::domain;

/// Clocks that are further apart are no skew, but something that wants explaining.
const LARGEST: i64 = 3_600;

/// One host's clock is behind another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skew {
    /// The host whose clock is behind.
    pub host: String,
    /// The host that it is compared with.
    pub relative_to: String,
    /// Seconds, at least; always negative.
    pub seconds: i64,
    /// The hop that shows it.
    pub hop: usize,
}

/// Finds the skews, and corrects the delays of all hops of those hosts.
pub(super) fn correct(trace: &mut Trace) {
    trace.skews = find(trace);
    if trace.skews.is_empty() {
        return;
    }
    // From the bottom, so that a host's own reference is known before it; the first finding of a host counts.
    let mut behind: BTreeMap<&str, i64> = BTreeMap::new();
    for skew in &trace.skews {
        let base = behind.get(skew.relative_to.as_str()).copied().unwrap_or_default();
        behind.entry(&skew.host).or_insert(base + skew.seconds);
    }
    let mut lower = None;
    for hop in trace.hops.iter_mut().rev() {
        let Some(at) = hop.date.as_ref().map(|date| date.at) else {
            continue;
        };
        let host = hop.by.host.as_deref().map(domain::normalise).unwrap_or_default();
        let true_seconds =
            at.0.saturating_sub(behind.get(host.as_str()).copied().unwrap_or_default());
        hop.corrected_delay_seconds = lower.map(|lower: i64| true_seconds.saturating_sub(lower));
        lower = Some(true_seconds);
    }
}

fn find(trace: &Trace) -> Vec<Skew> {
    let dated = || trace.hops.iter().rev().filter(|hop| hop.date.is_some());
    let pairs = dated().zip(dated().skip(1));
    pairs
        .filter_map(|(lower, upper)| {
            let at_once = matches!(upper.class, HopClass::FilterLoop | HopClass::LmtpDelivery);
            let host = domain::normalise(upper.by.host.as_deref()?);
            let relative_to = domain::normalise(lower.by.host.as_deref()?);
            let seconds = upper.delay_seconds?;
            let shows = at_once && host != relative_to && (-LARGEST..0).contains(&seconds);
            shows.then_some(Skew {
                host,
                relative_to,
                seconds,
                hop: upper.index,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::{known::Known, message::Message, trace::trace};

    #[test]
    fn a_store_whose_clock_is_behind_is_no_step_back() {
        let header = "Received: from mx.corp.example by store.corp.example with LMTP id abc; Mon, 1 Jan 2024 00:00:00 +0000\n\
            Received: from a.shop.example (a.shop.example [192.0.2.7]) by mx.corp.example (Postfix) with ESMTP id 1; Mon, 1 Jan 2024 00:10:00 +0000\n\n";
        let message = Message::read(header.as_bytes());
        let trace = trace(&message, &[], &Known::default());
        assert_eq!(trace.skews.len(), 1);
        assert_eq!(
            (trace.skews[0].host.as_str(), trace.skews[0].seconds),
            ("store.corp.example", -600)
        );
        assert_eq!(trace.hops[0].delay_seconds, Some(-600));
        assert_eq!(trace.hops[0].corrected_delay_seconds, Some(0));
    }

    #[test]
    fn a_transfer_may_wait_and_shows_nothing() {
        let header = "Received: from mx.corp.example (mx.corp.example [10.0.0.1]) by store.corp.example (Postfix) with ESMTP id 2; Mon, 1 Jan 2024 00:00:00 +0000\n\
            Received: from a.shop.example (a.shop.example [192.0.2.7]) by mx.corp.example (Postfix) with ESMTP id 1; Mon, 1 Jan 2024 00:10:00 +0000\n\n";
        let message = Message::read(header.as_bytes());
        let trace = trace(&message, &[], &Known::default());
        assert!(trace.skews.is_empty());
        assert_eq!(trace.hops[0].corrected_delay_seconds, None);
    }
}
