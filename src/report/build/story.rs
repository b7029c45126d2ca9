//! Section `story`: the SMTP dialogue (RFC 5321 3) that the message implies, each line with how it is known.

use crate::{
    case::Case,
    envelope::{Origin, Provenance},
    report::model::{Leg, Mark, Speaker, Story, StoryLeg, StoryLine},
    trace::{Hop, Zone},
};

/// More recipients than this are counted, not listed.
const MAX_RECIPIENTS: usize = 20;
/// More legs than this are not told.
const MAX_LEGS: usize = 20;

/// The dialogues of the legs, newest first.
pub(super) fn build(case: &Case<'_>, legs: &[Leg]) -> Story {
    let told = legs.iter().take(MAX_LEGS).filter_map(|leg| {
        let hop = case.trace.hops.get(leg.hop)?;
        Some(tell(case, hop, leg))
    });
    Story { legs: told.collect() }
}

fn tell(case: &Case<'_>, hop: &Hop, leg: &Leg) -> StoryLeg {
    let at_border = leg.zone == Zone::Border;
    // Below the border the whole line is the word of the sending side.
    let seen = if at_border { Mark::Recorded } else { Mark::Claimed };
    let mut story = StoryLeg {
        client: leg.client_ip.map(|ip| ip.to_string()).or_else(|| leg.helo.clone()),
        server: leg.server.clone(),
        lines: Vec::new(),
        hop: leg.hop,
    };
    let client = story.client.clone().unwrap_or_else(|| "somebody".to_owned());
    let server = story.server.clone().unwrap_or_else(|| "a server".to_owned());
    let mut say = |speaker, text: String, mark| story.lines.push(StoryLine { speaker, text, mark });

    say(Speaker::Note, format!("{client} connects to {server}"), seen);
    if let Some(tls) = &hop.tls {
        say(Speaker::Note, format!("the connection is encrypted: {tls}"), seen);
    }
    if let Some(helo) = &leg.helo {
        let verb = if hop.with.as_deref().is_some_and(says_helo) {
            "HELO"
        } else {
            "EHLO"
        };
        let mark = if at_border {
            known(&case.envelope.helo, seen)
        } else {
            seen
        };
        say(Speaker::Client, format!("{verb} {helo}"), mark);
    }
    if let Some(user) = &hop.from.auth_user {
        say(Speaker::Client, format!("AUTH as {user}"), seen);
    }
    match &leg.mail_from {
        Some(sender) => {
            let mark = if at_border {
                known(&case.envelope.mail_from, seen)
            } else {
                seen
            };
            say(Speaker::Client, format!("MAIL FROM:<{sender}>"), mark);
        }
        None => say(
            Speaker::Client,
            "MAIL FROM: an address that nothing recorded".to_owned(),
            Mark::Inferred,
        ),
    }
    let mark = match case.envelope.rcpt_to.first() {
        Some(first) if at_border => known(first, seen),
        _ => seen,
    };
    for recipient in leg.rcpt_to.iter().take(MAX_RECIPIENTS) {
        say(Speaker::Client, format!("RCPT TO:<{recipient}>"), mark);
    }
    match leg.rcpt_to.len() {
        0 => say(
            Speaker::Client,
            "RCPT TO: an address that nothing recorded".to_owned(),
            Mark::Inferred,
        ),
        many if many > MAX_RECIPIENTS => {
            say(
                Speaker::Note,
                format!("and {} more recipients", many - MAX_RECIPIENTS),
                mark,
            );
        }
        _ => {}
    }
    say(Speaker::Client, "DATA".to_owned(), Mark::Inferred);
    for field in case.message.fields_named("From").take(MAX_RECIPIENTS) {
        // What the header says is always the word of whoever wrote it.
        say(Speaker::Client, format!("From: {}", field.text()), Mark::Claimed);
    }
    let accepted = match &hop.id {
        Some(id) => (format!("250 accepted, queued as {}", id.value), seen),
        None => ("250 accepted".to_owned(), Mark::Inferred),
    };
    say(Speaker::Server, accepted.0, accepted.1);
    story
}

/// SMTP without E was begun with HELO (RFC 3848).
fn says_helo(with: &str) -> bool {
    with.eq_ignore_ascii_case("SMTP")
}

/// How a value at the border is known: by a trusted writer, by inference, or not at all.
fn known<T>(value: &Provenance<T>, otherwise: Mark) -> Mark {
    match value.origin {
        Some(Origin::Decoded | Origin::Arc) => Mark::Inferred,
        Some(_) if value.candidates.iter().any(|candidate| candidate.trusted) => Mark::Recorded,
        Some(Origin::User | Origin::BorderHop | Origin::Sidecar) => Mark::Recorded,
        Some(_) => Mark::Claimed,
        None => otherwise,
    }
}
