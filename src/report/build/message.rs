//! Sections `source` and `message`.

use super::{kebab, moment, present};
use crate::{
    case::Case,
    domain,
    message::{Field, Mailbox, Message, decode_encoded_words, parse_date, template},
    report::model::{self, Address, Attached, FormDefect, Resent, Source},
    words::counted,
};

/// Where the message was found.
pub(super) fn source(case: &Case<'_>) -> Source {
    let origin = case.origin;
    Source {
        path: origin.path.clone(),
        format: origin.format.to_string(),
        container: origin.container.clone(),
        index: origin.index,
        byte_offset: origin.byte_offset,
        byte_length: origin.byte_length,
        sha256: origin.sha256.clone(),
        doubtful_lines: origin.doubtful_lines,
        line_endings: case.message.line_endings.name().to_owned(),
        export_notes: export_notes(case),
        attached: None,
    }
}

fn export_notes(case: &Case<'_>) -> Vec<String> {
    let message = case.message;
    let mut notes = Vec::new();
    let doubtful = case.origin.doubtful_lines;
    if doubtful > 0 {
        notes.push(format!(
            "the mailbox may be cut wrongly here: it is in doubt at {} whether a message begins",
            counted(doubtful, "line")
        ));
    }
    if let Some(span) = message.mbox_line {
        let line = message.quote(span);
        notes.push(["an mbox line stands in front of the header: ", &line].concat());
    }
    if message.rebuilt {
        notes.push(
            "rebuilt from an Outlook item, which keeps no message as it travelled: signatures that do not verify cannot be judged"
                .to_owned(),
        );
    }
    if message.body.is_none() {
        notes.push("only the header is stored: what the body would show cannot be checked".to_owned());
    }
    match message.line_endings.name() {
        "lf" => notes.push("lines end in LF; they are read as CR LF, as they were sent".to_owned()),
        "cr" => notes.push("lines end in CR; they are read as CR LF, as they were sent".to_owned()),
        "mixed" => notes.push("lines end in more than one way".to_owned()),
        _ => {}
    }
    notes
}

/// What the message says of itself; `compared`: whether its template will be looked at.
pub(super) fn build(case: &Case<'_>, compared: bool) -> model::Message {
    let message = case.message;
    let date = message.field("Date");
    model::Message {
        from: case.authors.mailboxes.iter().map(address).collect(),
        from_readings: case.readings.iter().map(reading).collect(),
        sender: addresses(message, "Sender"),
        reply_to: addresses(message, "Reply-To"),
        to: addresses(message, "To"),
        cc: addresses(message, "Cc"),
        subject: message.field("Subject").map(|field| decode_encoded_words(field.text())),
        date: moment(case.written.as_ref().map(|date| date.at)),
        date_text: date.map(text),
        message_id: message.field("Message-ID").map(text),
        template: match compared {
            true => template(message, &case.mime),
            false => String::new(),
        },
        list_id: message.field("List-Id").map(text),
        resent: resent(message),
        attached: attached(case),
        defects: message
            .defects
            .iter()
            .map(|defect| FormDefect {
                kind: kebab(defect.kind),
                span: defect.span,
                field_index: defect.field_index,
            })
            .collect(),
    }
}

fn addresses(message: &Message<'_>, name: &str) -> Vec<Address> {
    let mut all = Vec::new();
    for field in message.fields_named(name) {
        all.extend(field.addresses().mailboxes.iter().map(address));
    }
    all
}

fn address(mailbox: &Mailbox) -> Address {
    Address {
        address: mailbox.address.clone(),
        local: mailbox.local.clone(),
        domain: mailbox.domain.clone(),
        display_name: mailbox.display_name.clone(),
        org_domain: present(&mailbox.domain).map(|name| domain::organisational(&name)),
        span: mailbox.span,
        group: mailbox.group.clone(),
        defects: mailbox.defects.iter().map(kebab).collect(),
    }
}

fn reading(reading: &crate::message::FromReading) -> model::FromReading {
    model::FromReading {
        reading: reading.reading.to_owned(),
        address: reading.address.clone(),
        display_name: reading.display_name.clone(),
        reader: reading.reader.to_owned(),
        domain: reading.domain.clone(),
        span: reading.span,
    }
}

const RESENT: &str = "Resent-";

/// Blocks of Resent fields: fields that stand together, and a name that returns begins the next block (RFC 5322 3.6.6).
fn resent(message: &Message<'_>) -> Vec<Resent> {
    let mut blocks: Vec<Resent> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let mut last_index = None;
    for field in message.fields.iter().filter(|field| field.begins(RESENT)) {
        let kind = field.name()[RESENT.len()..].to_ascii_lowercase();
        let adjacent = last_index.is_some_and(|last: usize| last + 1 == field.index);
        if !adjacent || seen.contains(&kind) {
            blocks.push(Resent::default());
            seen.clear();
        }
        last_index = Some(field.index);
        if let Some(block) = blocks.last_mut() {
            fill(block, &kind, field);
        }
        seen.push(kind);
    }
    blocks
}

fn fill(block: &mut Resent, kind: &str, field: &Field<'_>) {
    let list = || field.addresses().mailboxes.iter().map(address);
    match kind {
        "from" => block.from.extend(list()),
        "sender" => block.sender.extend(list()),
        "to" | "cc" | "bcc" => block.to.extend(list()),
        "date" => {
            block.date = moment(parse_date(field.unfolded()).map(|date| date.at));
            block.date_text = Some(text(field));
        }
        "message-id" => block.message_id = Some(text(field)),
        _ => {}
    }
}

fn attached(case: &Case<'_>) -> Vec<Attached> {
    let inner = case.mime.parts.iter().filter(|part| part.is_message);
    inner
        .map(|part| Attached {
            content_type: part.content_type.clone(),
            span: part.content,
        })
        .collect()
}

/// The value of a field on one line.
fn text(field: &Field<'_>) -> String {
    field.text().to_owned()
}
