//! Whom different parsers take for the author when a `From` is not plain (Composition Kills, USENIX Security 2020).
//!
//! The readings of a quoted name are not among them: every reader honours quotes around a display name, so an
//! address there misleads people, not parsers.

#[cfg(test)]
mod tests;

use super::{
    AddressList, DefectKind, Field, Mailbox, Message, Span, Unfolded,
    address::{AddressReading, AlternativeKind},
    encoded_word::{decode_encoded_words, has_encoded_word},
    field::without,
    read::MAX_HEADER,
    structure::bare_return_field,
};
use crate::domain;

/// One reading of the author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromReading {
    /// Stable name of the way of reading: `rfc5322`, `last-field`, `last-angle`, ...
    pub reading: &'static str,
    /// The address that it finds, domain in normal form.
    pub address: Option<String>,
    /// Its domain in normal form.
    pub domain: Option<String>,
    /// The display name that it shows.
    pub display_name: Option<String>,
    /// Who reads so, in words.
    pub reader: &'static str,
    /// Where the address stands.
    pub span: Option<Span>,
}

/// What kind of author a message states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthorForm {
    /// No `From` that any reader finds.
    Absent,
    /// All readers find one and the same author, or none where there is none (`<>`, an empty group).
    One,
    /// Several authors in valid grammar, with the `Sender` that RFC 5322 3.6.2 asks for.
    Several,
    /// Several authors in valid grammar without that `Sender`: readers and DMARC each choose one.
    SeveralWithoutSender,
    /// Readers find different authors.
    Ambiguous,
}

/// Tells several authors from readers that differ. `readings` are those of the same message.
pub fn author_form(message: &Message<'_>, readings: &[FromReading]) -> AuthorForm {
    let others = readings.get(1..).unwrap_or_default();
    if readings.is_empty() {
        return AuthorForm::Absent;
    }
    if others.iter().any(|other| other.reading != LAST_MAILBOX) {
        return AuthorForm::Ambiguous;
    }
    let list = message.field("From").map(Field::addresses);
    let plain = list.is_some_and(has_plain_grammar);
    let mailboxes = list.iter().flat_map(|list| &list.mailboxes);
    let authors = mailboxes.filter(|mailbox| mailbox.address.is_some()).count();
    match others.is_empty() {
        false if plain => AuthorForm::SeveralWithoutSender,
        false => AuthorForm::Ambiguous,
        true if authors > 1 => AuthorForm::Several,
        true => AuthorForm::One,
    }
}

const LAST_MAILBOX: &str = "last-mailbox";
/// More readings than this say no more.
const MAX_READINGS: usize = 32;

/// All distinct readings, the standard's own first. Exactly one for a plain `From`; empty without any `From`.
pub fn from_readings(message: &Message<'_>) -> Vec<FromReading> {
    let mut readings = Readings::default();
    let fields: Vec<&Field<'_>> = message.fields_named("From").collect();
    let first = fields.first();
    let standard = first.and_then(|field| field.address_reading().author());
    readings.add_mailbox("rfc5322", "the first From field, as most mail clients", standard);

    if let Some(field) = first {
        let value = field.address_reading();
        within_value(&mut readings, field.unfolded(), value);
        let alone = message.field("Sender").is_none();
        if let Some(last) = value.list.mailboxes.iter().rfind(|mailbox| mailbox.address.is_some())
            && alone
        {
            readings.add_mailbox(LAST_MAILBOX, "the last author of the list", Some(last));
        }
        if standard.is_none_or(|mailbox| mailbox.address.is_none()) && !has_plain_grammar(&value.list) {
            fallback(&mut readings, message);
        }
    }
    other_fields(&mut readings, &fields);
    hidden_fields(&mut readings, message);
    header_ends(&mut readings, message, &fields);
    mail_parser_reading(&mut readings, message, &fields);
    let nothing = fields.is_empty() && readings.0.len() == 1;
    if nothing { Vec::new() } else { readings.0 }
}

/// Whether the list keeps to the grammar of RFC 5322 3.4 as far as addresses go.
fn has_plain_grammar(list: &AddressList) -> bool {
    let defects = list.mailboxes.iter().flat_map(|mailbox| &mailbox.defects);
    !list.mailboxes.is_empty() && defects.clone().all(|defect| defect.in_name_only())
        || list.mailboxes.is_empty() && !list.groups.is_empty()
}

#[derive(Default)]
struct Readings(Vec<FromReading>);

impl Readings {
    /// Adds a reading unless one with this address is there.
    fn add(&mut self, reading: FromReading) {
        if self.has_room_for(reading.address.as_deref()) {
            self.0.push(reading);
        }
    }

    /// Whether no reading with this address, or with none, is there yet.
    fn has_room_for(&self, address: Option<&str>) -> bool {
        let mut all = self.0.iter();
        let known = all.any(|known| match (&known.address, address) {
            (Some(known), Some(new)) => known.eq_ignore_ascii_case(new),
            (None, None) => true,
            _ => false,
        });
        !known && self.0.len() < MAX_READINGS
    }

    fn add_mailbox(&mut self, reading: &'static str, reader: &'static str, mailbox: Option<&Mailbox>) {
        if !self.has_room_for(mailbox.and_then(|mailbox| mailbox.address.as_deref())) {
            return;
        }
        self.0.push(FromReading {
            reading,
            reader,
            address: mailbox.and_then(|mailbox| mailbox.address.clone()),
            domain: mailbox
                .map(|mailbox| mailbox.domain.clone())
                .filter(|domain| !domain.is_empty()),
            display_name: mailbox.and_then(|mailbox| mailbox.display_name.clone()),
            span: mailbox.and_then(|mailbox| mailbox.address_span),
        });
    }

    /// Adds the author of a value, if it has an address.
    fn add_value(&mut self, reading: &'static str, reader: &'static str, value: &Unfolded) {
        if let Some(author) = AddressReading::of(value)
            .author()
            .filter(|author| author.address.is_some())
        {
            self.add_mailbox(reading, reader, Some(author));
        }
    }

    /// As [`Self::add_value`] for text that stands nowhere in the message in this form.
    fn add_text(&mut self, reading: &'static str, reader: &'static str, text: &str) {
        let value = Unfolded::new(text.as_bytes(), 0);
        if let Some(author) = AddressReading::of(&value)
            .author()
            .filter(|author| author.address.is_some())
        {
            let placeless = Mailbox {
                address_span: None,
                ..author.clone()
            };
            self.add_mailbox(reading, reader, Some(&placeless));
        }
    }
}

/// What other readers find in the one value.
fn within_value(readings: &mut Readings, text: &Unfolded, value: &AddressReading) {
    for alternative in &value.alternatives {
        let (reading, reader) = match alternative.kind {
            AlternativeKind::Angle => ("last-angle", "another angle address than the first, as the last one"),
            AlternativeKind::BeforeAngle => ("before-angle", "an address before the angle bracket"),
            AlternativeKind::AfterAngle => ("after-angle", "an address after the angle bracket"),
            AlternativeKind::Route => ("source-route", "the first domain of a source route"),
            AlternativeKind::FirstAt => ("first-at", "a parser that divides at the first @"),
            AlternativeKind::Unmapped => (
                "unmapped",
                "a parser that compares domains as written, not mapped by UTS 46",
            ),
            AlternativeKind::GroupName => ("group-name", "a parser that knows no groups"),
            AlternativeKind::CommentKept => ("comment-kept", "a parser that knows no comments in a domain"),
            AlternativeKind::InsideQuotes => ("inside-quotes", "a parser that knows no quotes around a local part"),
        };
        if alternative.address.is_some() {
            readings.add(FromReading {
                reading,
                reader,
                address: alternative.address.clone(),
                domain: (!alternative.domain.is_empty()).then(|| alternative.domain.clone()),
                display_name: None,
                span: Some(alternative.span),
            });
        }
    }
    if let Some(at) = memchr::memchr(0, text.text.as_bytes()) {
        readings.add_value("nul-cut", "a parser in which text ends at NUL", &text.slice(0..at));
    }
    if let Some(at) = memchr::memchr(b'\r', text.text.as_bytes()) {
        readings.add_value(
            "bare-cr",
            "a parser that treats a bare CR as a line end",
            &text.slice(0..at),
        );
    }
    if has_encoded_word(&text.text) {
        let decoded = decode_encoded_words(&text.text);
        readings.add_text(
            "decoded-first",
            "a parser that decodes encoded-words before it looks for the address",
            &decoded,
        );
        if let Some((before, _)) = decoded.split_once('\0') {
            readings.add_text(
                "decoded-nul-cut",
                "a parser that decodes encoded-words and in which text ends at NUL",
                before,
            );
        }
    }
}

/// A `From` without a usable address: some readers show another field's instead (espoofer a12, a13).
fn fallback(readings: &mut Readings, message: &Message<'_>) {
    for (name, reading, reader) in [
        ("Sender", "sender", "a reader that falls back to Sender"),
        ("Resent-From", "resent-from", "a reader that falls back to Resent-From"),
    ] {
        if let Some(field) = message.field(name) {
            readings.add_value(reading, reader, field.unfolded());
        }
    }
}

/// Further `From` fields, and readers that refuse white space before the colon.
fn other_fields(readings: &mut Readings, fields: &[&Field<'_>]) {
    if let Some((last, between)) = fields.get(1..).and_then(<[_]>::split_last) {
        readings.add_value("last-field", "the last From field", last.unfolded());
        for field in between {
            readings.add_value(
                "other-field",
                "a From field between the first and the last",
                field.unfolded(),
            );
        }
    }
    let tight = |field: &&&Field<'_>| field.value_span.start == field.name_span.end + 1;
    if fields.iter().any(|field| !tight(&field)) {
        let author = fields
            .iter()
            .find(tight)
            .and_then(|field| field.address_reading().author());
        readings.add_mailbox(
            "strict-name",
            "a parser that wants no white space before the colon",
            author,
        );
    }
}

/// `From` fields that only some parsers see as fields.
fn hidden_fields(readings: &mut Readings, message: &Message<'_>) {
    for defect in &message.defects {
        let bytes = message
            .bytes
            .get(defect.span.start..defect.span.end)
            .unwrap_or_default();
        match defect.kind {
            DefectKind::ContinuationLooksLikeField | DefectKind::LeadingContinuation => {
                if let Some(value) = from_value(bytes, defect.span.start) {
                    readings.add_value("continuation", "a parser that trims white space off lines", &value);
                }
            }
            DefectKind::BareCarriageReturnField => {
                for at in memchr::memchr_iter(b'\r', bytes) {
                    let line = bare_return_field(bytes, at);
                    let value = line.and_then(|line| {
                        let start = defect.span.start + line.start;
                        from_value(bytes.get(line)?, start)
                    });
                    if let Some(value) = value {
                        readings.add_value("bare-cr", "a parser that treats a bare CR as a line end", &value);
                    }
                }
            }
            DefectKind::NameCharacter => {
                let field = defect.field_index.and_then(|index| message.fields.get(index));
                let named = field.filter(|field| {
                    let name = field.name();
                    let letters: String = name.chars().filter(char::is_ascii_graphic).collect();
                    letters.eq_ignore_ascii_case("from")
                });
                if let Some(field) = named {
                    readings.add_value(
                        "mended-name",
                        "a parser that drops control characters from field names",
                        field.unfolded(),
                    );
                }
            }
            _ => {}
        }
    }
}

/// The value of a line that is a `From` field but for the white space before it.
fn from_value(line: &[u8], start: usize) -> Option<Unfolded> {
    let text = line.trim_ascii_start();
    let colon = memchr::memchr(b':', text)?;
    let name = text.get(..colon)?.trim_ascii_end();
    let value = text.get(colon + 1..)?;
    name.eq_ignore_ascii_case(b"From")
        .then(|| Unfolded::new(value, start + line.len() - value.len()))
}

/// Parsers that end the header before ours does, at a line of white space or at one that is no field.
fn header_ends(readings: &mut Readings, message: &Message<'_>, fields: &[&Field<'_>]) {
    let early = message.defects.iter().find(|defect| {
        matches!(
            defect.kind,
            DefectKind::WhitespaceLineThenField | DefectKind::StrayLine | DefectKind::DoubledCarriageReturn
        )
    });
    if let Some(end) = early.map(|defect| defect.span.start) {
        let author = fields
            .iter()
            .find(|field| field.span.start < end)
            .and_then(|field| field.address_reading().author());
        readings.add_mailbox(
            "early-end",
            "a parser that ends the header at a line of white space or at one that is no field",
            author,
        );
    }
}

/// The address of `a@b.example`, `Some Words <a@b.example>` or `"Some Words" <a@b.example>`, in letters, digits, dots, hyphens and
/// underscores alone.
fn plain_address(text: &str) -> Option<&str> {
    let text = text.trim_ascii();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let address = match text.strip_suffix('>').and_then(|text| text.split_once('<')) {
        Some((name, address)) => {
            let name = name.strip_suffix(' ')?;
            let inner = name
                .strip_prefix('"')
                .and_then(|name| name.strip_suffix('"'))
                .unwrap_or(name);
            let plain = !inner.is_empty()
                && inner
                    .split(' ')
                    .all(|word| !word.is_empty() && word.bytes().all(is_word));
            plain.then_some(address)?
        }
        None => text,
    };
    let (local, host) = address.split_once('@')?;
    let is_dotted = |name: &str| {
        name.split('.')
            .all(|label| !label.is_empty() && label.bytes().all(is_word))
    };
    (is_dotted(local) && is_dotted(host)).then_some(address)
}

/// What mail-parser finds: of a plain message its one field is shown to it, else the whole header. Where that field is one in whose
/// address no reader can see another, it finds the same.
fn mail_parser_reading(readings: &mut Readings, message: &Message<'_>, fields: &[&Field<'_>]) {
    let damaged = readings.0.len() > 1 || fields.len() != 1;
    if let ([only], [reading]) = (fields, &readings.0[..])
        && let Some(address) = plain_address(&only.unfolded().text)
        && reading
            .address
            .as_deref()
            .is_some_and(|known| known.eq_ignore_ascii_case(address))
    {
        return;
    }
    let (start, end) = match (message.fields.first(), message.fields.last(), fields.first()) {
        (_, _, Some(only)) if !damaged => (only.span.start, only.span.end),
        (Some(first), Some(last), _) => (first.span.start, last.span.end.min(first.span.start + MAX_HEADER)),
        _ => return,
    };
    let header = [message.bytes.get(start..end).unwrap_or_default(), b"\n\n"].concat();
    let parsed = mail_parser::MessageParser::new()
        .header_address(mail_parser::HeaderName::From)
        .default_header_ignore()
        .parse_headers(&header);
    let Some(found) = parsed.as_ref().and_then(|parsed| parsed.from()?.first()) else {
        return;
    };
    let address = found.address().unwrap_or_default();
    let unquoted = address.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some((local, host)) = unquoted.unwrap_or(address).rsplit_once('@') else {
        return;
    };
    // It keeps white space and quotes as they stand.
    let plain = without(local, char::is_whitespace);
    let domain = domain::normalise(&without(host, char::is_whitespace));
    let same = |known: &FromReading| {
        let known = known.address.as_deref().and_then(|address| address.rsplit_once('@'));
        known.is_some_and(|(known, host)| {
            let bare = without(known, char::is_whitespace);
            host == domain && bare.trim_matches('"').eq_ignore_ascii_case(plain.trim_matches('"'))
        })
    };
    if local.is_empty() || domain.is_empty() || readings.0.iter().any(same) {
        return;
    }
    readings.add(FromReading {
        reading: "mail-parser",
        reader: "mail-parser (Rust)",
        address: Some(format!("{local}@{domain}")),
        domain: Some(domain),
        display_name: found.name().map(str::to_owned),
        span: None,
    });
}
