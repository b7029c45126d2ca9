//! Who the reader sees, beside who the envelope and the signatures name.

use super::page::{Page, word};
use crate::{
    domain,
    report::{Report, model},
    verify::iprev::IprevResult,
    verify::{
        dmarc::Alignment,
        end_to_end::{MarkKind, SignerIs},
    },
};

pub(super) fn draw(page: &mut Page, report: &Report) {
    page.heading("WHO SAYS WHAT", "");
    let cells = page.safe_cells(rows(report));
    page.table(None, cells, Some(2));
}

fn rows(report: &Report) -> Vec<[String; 4]> {
    let mut rows = Vec::new();
    let message = &report.message;
    let authors = if message.from.is_empty() {
        vec![row("From", "(none)".to_owned(), String::new())]
    } else {
        people("From", &message.from)
    };
    rows.extend(lead("reader sees", authors));
    rows.extend(lead("", people("Sender", &message.sender)));
    rows.extend(lead("", people("Reply-To", &message.reply_to)));
    if message.from_readings.len() > 1 {
        let readings = message.from_readings.iter().map(|reading| {
            let shown = reading.address.clone().unwrap_or_else(|| "nobody".to_owned());
            row("reading", shown, reading.reader.clone())
        });
        rows.extend(lead("readers differ", readings.collect()));
    }
    rows.extend(lead("envelope", envelope(report)));
    rows.extend(lead("signatures", signatures(report)));
    rows.extend(lead("end to end", end_to_end(report)));
    rows
}

/// Puts the group's name in front of its first row.
fn lead(name: &str, rows: Vec<[String; 3]>) -> impl Iterator<Item = [String; 4]> {
    let name = name.to_owned();
    rows.into_iter().enumerate().map(move |(number, [role, who, what])| {
        [if number == 0 { name.clone() } else { String::new() }, role, who, what]
    })
}

fn row(role: &str, who: String, what: String) -> [String; 3] {
    [role.to_owned(), who, what]
}

fn people(role: &str, all: &[model::Address]) -> Vec<[String; 3]> {
    let shown = all.iter().take(4).map(|address| {
        let name = address
            .display_name
            .as_ref()
            .map(|name| format!("shown as {name}"))
            .unwrap_or_default();
        row(
            role,
            address.address.clone().unwrap_or_else(|| "(no address)".to_owned()),
            name,
        )
    });
    let mut rows: Vec<_> = shown.collect();
    if all.len() > 4 {
        rows.push(row("", format!("and {} more", all.len() - 4), String::new()));
    }
    rows
}

fn envelope(report: &Report) -> Vec<[String; 3]> {
    let envelope = &report.envelope;
    let spf = &report.authentication.spf.mail_from;
    let author = report
        .message
        .author()
        .map(|author| author.domain.clone())
        .unwrap_or_default();
    let result = spf.result.as_ref().map_or_else(|| reason(spf.reason.as_deref()), word);
    let relation = |name: Option<&str>| match name {
        Some(name) if !author.is_empty() && domain::same_organisation(name, &author) => ", the author's organisation",
        Some(_) if !author.is_empty() => ", not aligned",
        _ => "",
    };
    let mail_from = match envelope.mail_from.value.as_deref() {
        Some("") => "<> (the null sender)".to_owned(),
        Some(value) => value.to_owned(),
        None => "(not known)".to_owned(),
    };
    let helo = envelope.helo.value.clone().unwrap_or_else(|| "(not known)".to_owned());
    let helo_relation = relation(envelope.helo.value.as_deref())
        .trim_start_matches(", ")
        .to_owned();
    let server = report
        .trace
        .border
        .as_ref()
        .and_then(|border| report.trace.hops.get(border.hop))
        .and_then(|hop| hop.by.host.clone());
    let client = envelope
        .client_ip
        .value
        .clone()
        .unwrap_or_else(|| "(not known)".to_owned());
    let seen = match server {
        Some(server) if envelope.client_ip.value.is_some() => format!("seen by {server}"),
        _ => envelope
            .client_ip
            .origin
            .map(|origin| format!("from {}", word(&origin)))
            .unwrap_or_default(),
    };
    let mut rows = vec![
        row(
            "MAIL FROM",
            mail_from,
            format!("SPF {result}{}", relation(spf.domain.as_deref())),
        ),
        row("HELO", helo, helo_relation),
        row("client", client, seen),
    ];
    let iprev = &report.authentication.iprev;
    match (iprev.confirmed.first(), iprev.names.first(), iprev.result) {
        (Some(name), ..) => rows.push(row("PTR", name.clone(), "leads back to the client".to_owned())),
        (None, Some(name), Some(IprevResult::Fail)) => {
            rows.push(row("PTR", name.clone(), "does not lead back to the client".to_owned()));
        }
        _ => {}
    }
    rows.extend(
        envelope
            .rcpt_to
            .iter()
            .take(3)
            .filter_map(|to| Some(row("RCPT TO", to.value.clone()?, String::new()))),
    );
    rows
}

/// Whom S/MIME and OpenPGP signatures name.
fn end_to_end(report: &Report) -> Vec<[String; 3]> {
    let marks = report
        .authentication
        .end_to_end
        .iter()
        .filter(|mark| mark.kind.is_signature());
    let signers = marks.flat_map(|mark| mark.signers.iter().map(move |signer| (mark, signer)));
    let shown = signers.take(4).map(|(mark, signer)| {
        let role = match mark.kind {
            MarkKind::SmimeSigned => "S/MIME",
            _ => "OpenPGP",
        };
        let standing = match signer.signer_is {
            SignerIs::Author => "the author; ",
            SignerIs::Sender => "the Sender; ",
            SignerIs::SameOrganisation => "the author's organisation; ",
            SignerIs::Other => "not the author; ",
            SignerIs::Unnamed => "",
        };
        let who = match (signer.addresses.as_slice(), &signer.key) {
            ([], Some(key)) => format!("key {key}"),
            ([], None) => "(names nobody)".to_owned(),
            ([one], _) => one.clone(),
            ([first, rest @ ..], _) => format!("{first} and {} more", rest.len()),
        };
        row(role, who, format!("{standing}named, not verified"))
    });
    shown.collect()
}

fn signatures(report: &Report) -> Vec<[String; 3]> {
    if report.authentication.dkim.is_empty() {
        return vec![row("none", String::new(), String::new())];
    }
    let all = report.authentication.dkim.iter().take(8);
    all.map(|check| {
        let result = check
            .result
            .as_ref()
            .map_or_else(|| reason(check.reason.as_deref()), word);
        let aligned = match check.aligned {
            Some(Alignment::Strict | Alignment::Relaxed) => ", the author's organisation",
            Some(Alignment::None) => ", not aligned",
            None => "",
        };
        let who = format!(
            "{} ({})",
            check.domain.as_deref().unwrap_or("(no d=)"),
            check.selector.as_deref().unwrap_or("no s=")
        );
        row("DKIM", who, format!("{result}{aligned}"))
    })
    .collect()
}

/// Why there is no result, in words: five different sentences.
pub(super) fn reason(word: Option<&str>) -> String {
    match word {
        Some("not-asked") => "not checked: DNS was not asked",
        Some("no-client-ip") => "not checked: the client's address is not known",
        Some("key-gone") => "cannot be checked any more: the key is gone",
        Some("not-evaluable") => "cannot be evaluated",
        _ => "not checked",
    }
    .to_owned()
}
