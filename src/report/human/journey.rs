//! The Received chain, newest first, with the line below which anything may be invented.

use super::page::{Page, Tone, word};
use crate::{
    report::{Report, model},
    trace::{Continuity, RdnsStatus, Support, Zone},
};

/// Hops shown before the rest is left to `-v`.
const MAX_HOPS: usize = 12;

pub(super) fn draw(page: &mut Page, report: &Report) {
    page.heading("JOURNEY", "newest first, UTC");
    let trace = &report.trace;
    if trace.hops.is_empty() {
        page.wrapped("  ", "no Received field: how the message came in cannot be told");
        return;
    }
    let all = page.options.verbose > 0;
    let border = trace.border.as_ref().map(|border| border.hop);
    if border.is_none() {
        rule(page, "no border found: nothing below is known to be true");
    }
    for hop in trace.hops.iter().take(if all { usize::MAX } else { MAX_HOPS }) {
        draw_hop(page, hop);
        if border == Some(hop.index) {
            rule(page, "below this line anything may be invented");
            if hop.index + 1 == trace.hops.len() {
                page.line("     (no earlier hop claimed)");
            }
        }
    }
    if !all && trace.hops.len() > MAX_HOPS {
        page.line(&format!("     and {} more hops (-v)", trace.hops.len() - MAX_HOPS));
    }
    if let Some(border) = &trace.border {
        let reasons = border.reasons.join("; ");
        page.hanging(
            "  ",
            "  ",
            &format!(
                "border: hop {}, {} confidence: {reasons}",
                border.hop + 1,
                word(&border.confidence)
            ),
            Tone::Faint,
        );
    }
    if all {
        for event in &trace.timeline {
            let source = if event.trusted { "" } else { " (a claim)" };
            page.hanging(
                "    ",
                "      ",
                &format!("{}  {}{source}", word(&event.at), event.text),
                Tone::Faint,
            );
        }
    }
}

fn draw_hop(page: &mut Page, hop: &model::Hop) {
    let time = hop.date.as_ref().map_or_else(
        || "no readable date   ".to_owned(),
        |date| word(date).replace('T', " ").replace('Z', ""),
    );
    let by = hop.by.host.clone().unwrap_or_else(|| "(no server named)".to_owned());
    let mut about: Vec<String> = Vec::new();
    about.extend(hop.by.product.clone().or_else(|| hop.profile.map(str::to_owned)));
    about.extend(hop.tls.is_some().then(|| "TLS".to_owned()));
    about.extend(hop.from.auth_user.as_ref().map(|user| format!("logged in as {user}")));
    let about = if about.is_empty() {
        String::new()
    } else {
        format!("  {}", about.join(", "))
    };
    page.hanging(
        &format!("{:>3}  ", hop.index + 1),
        "       ",
        &format!("{time}  {by}{about}"),
        Tone::Plain,
    );
    let mut from: Vec<String> = Vec::new();
    from.extend(hop.from.ip.map(|ip| ip.to_string()));
    from.extend(hop.from.helo.clone());
    from.extend(match hop.from.rdns_status {
        RdnsStatus::Ok => hop.from.rdns.as_ref().map(|rdns| {
            if Some(rdns) == hop.from.helo.as_ref() {
                "rDNS agrees".to_owned()
            } else {
                format!("rDNS {rdns}")
            }
        }),
        RdnsStatus::None => Some("no rDNS".to_owned()),
        RdnsStatus::Forged => Some("rDNS may be forged".to_owned()),
        RdnsStatus::Failed => Some("rDNS lookup failed".to_owned()),
        RdnsStatus::Unknown => None,
    });
    let from = if from.is_empty() {
        "no peer named".to_owned()
    } else {
        format!("from {}", from.join("  "))
    };
    let mut notes: Vec<String> = Vec::new();
    notes.extend((hop.zone == Zone::Border).then(|| "BORDER".to_owned()));
    notes.extend(hop.delay_seconds.filter(|delay| delay.abs() >= 300).map(|delay| {
        if delay < 0 {
            format!("{} min BEFORE the hop below", -delay / 60)
        } else {
            format!("{} min after the hop below", delay / 60)
        }
    }));
    notes.extend((hop.continuity == Continuity::Break).then(|| "does not follow from the hop below".to_owned()));
    notes.extend(
        (hop.zone == Zone::Untrusted && hop.support == Support::Contradicted).then(|| "CONTRADICTED".to_owned()),
    );
    let notes = if notes.is_empty() {
        String::new()
    } else {
        format!("  {}", notes.join(", "))
    };
    page.hanging("       ", "         ", &format!("{from}{notes}"), Tone::Plain);
    if hop.zone == Zone::Untrusted && (hop.support == Support::Contradicted || page.options.verbose > 0) {
        let reasons = hop.support_reasons.join("; ");
        page.hanging(
            "       ",
            "         ",
            &format!("{}: {reasons}", word(&hop.support)),
            Tone::Faint,
        );
    }
    for violation in hop
        .violations
        .iter()
        .filter(|violation| !hop.support_reasons.contains(violation))
    {
        page.hanging("       ! ", "         ", violation, Tone::Doubtful);
    }
}

fn rule(page: &mut Page, text: &str) {
    let used = text.len() + 9;
    let dashes = page.options.width.saturating_sub(used + 2);
    let line = format!("  ---- {text} {}", "-".repeat(dashes));
    let painted = page.paint(&line, Tone::Bad);
    page.line(&painted);
}
