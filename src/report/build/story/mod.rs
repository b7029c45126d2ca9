//! Section `story`: the SMTP dialogue (RFC 5321 3) that the message implies, each line with how it is known, what it
//! means, and where the lie was told.

mod remarks;

use super::moment;
use crate::{
    case::Case,
    finding::Finding,
    ip,
    journey::{Leg, LegKind, Mark, Told},
    recorded::Standing,
    report::model::{Speaker, Story, StoryLeg, StoryLine},
    trace::{HopClass, Support, Zone},
    verdict::Verdict,
};
use remarks::Lie;

/// More recipients than this are counted, not listed.
const MAX_RECIPIENTS: usize = 5;
/// More legs than this are not told.
const MAX_LEGS: usize = 20;
/// More fields of one kind than this are not told.
const MAX_FIELDS: usize = 6;
/// Longer field values are cut.
const MAX_VALUE: usize = 240;

/// The dialogues of the legs, newest first.
pub(super) fn build(case: &Case<'_>, legs: &[Leg], verdict: &Verdict, findings: &[Finding]) -> Story {
    let lie = remarks::lie(verdict, findings);
    let told = legs
        .iter()
        .take(MAX_LEGS)
        .map(|leg| Teller::new(case, leg).tell(lie.as_ref()));
    Story { legs: told.collect() }
}

/// Tells one leg.
struct Teller<'a, 'm> {
    case: &'a Case<'m>,
    leg: &'a Leg,
    lines: Vec<StoryLine>,
}

impl<'a, 'm> Teller<'a, 'm> {
    fn new(case: &'a Case<'m>, leg: &'a Leg) -> Self {
        Self {
            case,
            leg,
            lines: Vec::with_capacity(12),
        }
    }

    fn tell(mut self, lie: Option<&Lie>) -> StoryLeg {
        match self.leg.kind {
            LegKind::Internal => self.inside(),
            LegKind::Collection => self.collection(),
            LegKind::Submission if self.is_http() => self.without_smtp(),
            _ => self.dialogue(lie),
        }
        self.contradictions();
        StoryLeg {
            title: title(self.leg),
            kind: self.leg.kind,
            client: self
                .leg
                .client_ip
                .map(ip::text)
                .or_else(|| self.leg.client_name.clone()),
            server: self.leg.server.clone(),
            at: moment(self.leg.at),
            zone: self.leg.zone,
            hop: self.leg.hops.last().copied(),
            lines: self.lines,
        }
    }

    /// How the leg's own Received field is known.
    fn seen(&self) -> Mark {
        match (self.leg.zone, self.leg.hops.is_empty()) {
            (_, true) => Mark::Inferred,
            (Zone::Untrusted, _) => Mark::Claimed,
            (Zone::Trusted | Zone::Border, _) => Mark::Recorded,
        }
    }

    fn say(&mut self, speaker: Speaker, text: String, mark: Mark) -> &mut StoryLine {
        let field_index = self.leg.hop(self.case).map(|hop| hop.field_index);
        self.push(speaker, text, mark, field_index.filter(|_| mark != Mark::Inferred))
    }

    fn push(&mut self, speaker: Speaker, text: String, mark: Mark, field_index: Option<usize>) -> &mut StoryLine {
        let line = field_index.and_then(|index| Some(self.case.message.fields.get(index)?.line));
        self.lines.push(StoryLine {
            speaker,
            text,
            mark,
            remark: None,
            lie: false,
            source: None,
            field_index,
            line,
        });
        let last = self.lines.len() - 1;
        &mut self.lines[last]
    }

    /// A command with a value that somebody tells of.
    fn command(&mut self, text: String, told: &Told) -> &mut StoryLine {
        let line = self.push(Speaker::Client, text, told.mark, told.field_index);
        line.source.clone_from(&told.source);
        line
    }

    fn is_http(&self) -> bool {
        let class = self.leg.hop(self.case).map(|hop| hop.class);
        matches!(class, Some(HopClass::Api | HopClass::WebmailHttp))
    }

    fn inside(&mut self) {
        let seen = self.seen();
        let hosts: Vec<String> = self
            .leg
            .hops
            .iter()
            .rev()
            .filter_map(|index| self.case.trace.hops.get(*index)?.by.host.clone())
            .collect();
        let text = match hosts.as_slice() {
            [] => "a step inside one party".to_owned(),
            [one] => format!("{one} takes it over"),
            [first, .., last] => format!("{} servers pass it on, from {first} to {last}", hosts.len()),
        };
        self.say(Speaker::Note, text, seen);
        self.checks();
    }

    fn collection(&mut self) {
        let seen = self.seen();
        let by = self.leg.server.clone().unwrap_or_else(|| "a program".to_owned());
        let from = self.leg.client_name.clone().unwrap_or_else(|| "a mailbox".to_owned());
        let line = self.say(Speaker::Note, format!("{by} fetches the message from {from}"), seen);
        line.remark = Some("a mailbox was emptied here; how the message came into it stands in the legs before".into());
    }

    fn dialogue(&mut self, lie: Option<&Lie>) {
        let leg = self.leg;
        let seen = self.seen();
        let server = leg.server.clone().unwrap_or_else(|| "a server".to_owned());
        let client = match (leg.client_ip, &leg.client_name) {
            (Some(ip), _) => ip::text(ip),
            (None, Some(name)) => name.clone(),
            (None, None) => "somebody".to_owned(),
        };
        let connect = remarks::connection(self.case, leg);
        self.say(Speaker::Note, [&client, " connects to ", &server].concat(), seen)
            .remark = connect;
        if leg.tls.is_some() {
            self.say(Speaker::Note, "the connection is encrypted (TLS)".to_owned(), seen);
        }
        if let Some(helo) = &leg.helo {
            let plain = leg
                .hop(self.case)
                .and_then(|hop| hop.with.as_deref())
                .is_some_and(says_helo);
            let verb = if plain { "HELO" } else { "EHLO" };
            let remark = remarks::helo(self.case, leg);
            self.command([verb, " ", &helo.value].concat(), helo).remark = remark;
        }
        if let Some(user) = &leg.auth_user {
            self.say(Speaker::Client, format!("AUTH as {user}"), seen).remark =
                Some("the client proved to the server that this account is his".into());
        }
        if leg.mail_from.is_none() && leg.rcpt_to.is_empty() {
            self.say(Speaker::Client, "MAIL FROM, RCPT TO".to_owned(), Mark::Inferred)
                .remark = Some("were said, and nothing recorded them".into());
        } else {
            self.sender();
            self.recipients();
        }
        self.say(Speaker::Client, "DATA".to_owned(), Mark::Inferred);
        if leg.zone == Zone::Border {
            self.message(lie);
        }
        let (text, mark) = match leg.hop(self.case).and_then(|hop| hop.id.as_ref()) {
            Some(id) => (["250 accepted, as ", &id.value].concat(), seen),
            None => ("250 accepted".to_owned(), Mark::Inferred),
        };
        self.say(Speaker::Server, text, mark);
        self.checks();
    }

    fn sender(&mut self) {
        match &self.leg.mail_from {
            Some(sender) => {
                let remark = remarks::mail_from(self.case, self.leg, sender);
                // Some receivers record the domain alone.
                let shown = match sender.value.is_empty() || sender.value.contains('@') {
                    true => sender.value.clone(),
                    false => ["...@", &sender.value].concat(),
                };
                self.command(["MAIL FROM:<", &shown, ">"].concat(), sender).remark = remark;
            }
            None => {
                self.say(Speaker::Client, "MAIL FROM:<...>".to_owned(), Mark::Inferred)
                    .remark = Some("was said, and nothing recorded it".into());
            }
        }
    }

    /// Handed over by HTTP, or on the same machine: there was no SMTP dialogue.
    fn without_smtp(&mut self) {
        let seen = self.seen();
        let server = self.leg.server.clone().unwrap_or_else(|| "a server".to_owned());
        let from = self.leg.client_ip.map(|ip| format!(" from {ip}")).unwrap_or_default();
        self.say(
            Speaker::Note,
            format!("{server} takes it{from} by HTTP, from a web page or a program"),
            seen,
        );
    }

    fn recipients(&mut self) {
        let leg = self.leg;
        if leg.rcpt_to.is_empty() {
            self.say(Speaker::Client, "RCPT TO:<...>".to_owned(), Mark::Inferred)
                .remark = Some("was said, and nothing recorded it".into());
        }
        for recipient in leg.rcpt_to.iter().take(MAX_RECIPIENTS) {
            let remark = remarks::recipient(self.case, leg);
            self.command(["RCPT TO:<", &recipient.value, ">"].concat(), recipient)
                .remark = remark;
        }
        if leg.rcpt_to.len() > MAX_RECIPIENTS {
            let more = leg.rcpt_to.len() - MAX_RECIPIENTS;
            self.say(Speaker::Note, format!("and {more} more recipients"), Mark::Inferred);
        }
    }

    /// The lines of the message that decide whom the reader believes.
    fn message(&mut self, lie: Option<&Lie>) {
        let case = self.case;
        for record in case
            .recorded
            .records
            .iter()
            .filter(|record| record.standing == Standing::Forged)
            .take(MAX_FIELDS)
        {
            let line = self.field(record.field_index);
            line.remark = Some(format!(
                "a slip in the receiver's name, brought along by the sender: {}",
                record.reason
            ));
            line.lie = true;
        }
        for check in case.verification.dkim.iter().take(MAX_FIELDS) {
            let name = check.domain.as_deref().unwrap_or("nobody");
            let selector = check.selector.as_deref().unwrap_or_default();
            let text = ["DKIM-Signature: d=", name, "; s=", selector].concat();
            let remark = remarks::signature(check);
            self.push(Speaker::Message, text, Mark::Recorded, Some(check.field_index))
                .remark = Some(remark);
        }
        let lie_in = |name: &str| lie.filter(|lie| lie.field == name);
        for field in case.message.fields_named("From").take(MAX_FIELDS) {
            let why = lie_in("From").and_then(|lie| lie.why.as_deref());
            let remark = remarks::author(case);
            let line = self.field(field.index);
            line.mark = Mark::Claimed;
            line.remark = Some(why.map_or_else(|| remark.clone(), |why| format!("{why}; {remark}")));
            line.lie = lie_in("From").is_some();
        }
        for name in ["Sender", "Reply-To"] {
            for field in case.message.fields_named(name).take(1) {
                let line = self.field(field.index);
                line.mark = Mark::Claimed;
                line.remark = Some(match name {
                    "Sender" => "who sent it for the author, by the message's own word".into(),
                    _ => "an answer would go here".into(),
                });
                line.lie = lie_in(name).is_some();
            }
        }
    }

    /// A line of the message as it stands, on one line and cut.
    fn field(&mut self, index: usize) -> &mut StoryLine {
        let text = self.case.message.fields.get(index).map_or_else(String::new, |field| {
            let value = field.text();
            let end = value.floor_char_boundary(MAX_VALUE.min(value.len()));
            let mark = if end < value.len() { " …" } else { "" };
            [&*field.name(), ": ", &value[..end], mark].concat()
        });
        self.push(Speaker::Message, text, Mark::Claimed, Some(index))
    }

    /// What the server says that it checked.
    fn checks(&mut self) {
        for (text, mark, field_index) in remarks::checks(self.leg) {
            self.push(Speaker::Note, text, mark, field_index);
        }
    }

    /// Hops of the sending side that cannot be true.
    fn contradictions(&mut self) {
        for index in &self.leg.hops {
            let Some(hop) = self.case.trace.hops.get(*index) else {
                continue;
            };
            if hop.zone == Zone::Untrusted && hop.support == Support::Contradicted {
                let why = hop.support_reasons.join("; ");
                let line = self.push(
                    Speaker::Note,
                    format!("the line that tells of this cannot be genuine: {why}"),
                    Mark::Inferred,
                    Some(hop.field_index),
                );
                line.lie = true;
            }
        }
    }
}

/// What happens on a leg, in a sentence.
fn title(leg: &Leg) -> String {
    let server = leg.server.clone().unwrap_or_else(|| "a server".to_owned());
    let client = leg
        .client_name
        .clone()
        .or_else(|| leg.client_ip.map(ip::text))
        .unwrap_or_else(|| "somebody".to_owned());
    match leg.kind {
        LegKind::Submission => format!("The message is written, and handed to {server}"),
        LegKind::Author if leg.zone == Zone::Untrusted => {
            format!("The author's side, it is said, hands it to {server}")
        }
        LegKind::List => format!("The mailing list's server {client} hands it to {server}"),
        LegKind::Forward => format!("The forwarder {client} hands it to {server}"),
        LegKind::Gateway => format!("The filtering gateway {client} hands it to {server}"),
        LegKind::Author | LegKind::Relay => [&client, " hands it to ", &server].concat(),
        LegKind::Internal => inside(leg),
        LegKind::Collection => format!("{server} collects it"),
    }
}

/// An address for a name says nothing of whose server it is (Gmail's `by 2002:a05:...`).
fn inside(leg: &Leg) -> String {
    let named = leg
        .server
        .as_deref()
        .filter(|name| name.parse::<std::net::IpAddr>().is_err());
    match named {
        Some(name) => format!(
            "Inside {}",
            crate::domain::organisational(&crate::domain::normalise(name))
        ),
        None if leg.zone == Zone::Untrusted => "Inside the sending side".to_owned(),
        None => "Inside the receiving side".to_owned(),
    }
}

/// SMTP without E was begun with HELO (RFC 3848).
fn says_helo(with: &str) -> bool {
    with.eq_ignore_ascii_case("SMTP")
}
