//! The form of the message (ST), second part: what damaged or old forms there are, and what stands inside.

use super::rules;
use crate::{
    case::Case,
    domain,
    finding::{Effect, Evidence, Finding, Severity},
    identity::addresses_in,
    message::{Defect, DefectKind, Message},
    trace::{HopClass, Zone},
};

rules! {
    /// A line is longer than any line of a message may be. Programs cut such lines at different places.
    ///
    /// # When this is innocent
    /// HTML that was written by programs, in one line; almost always.
    OVER_LENGTH {
        id: "ST-704",
        name: "over-length",
        title: "A line longer than the standard allows",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5322 2.1.1"],
        check: |rule, case| of_kinds(case, &[DefectKind::LongLine, DefectKind::LongBodyLine]).take(1).map(|defect| {
            let (place, weight) = if defect.kind == DefectKind::LongLine { ("header", Severity::Low) } else { ("body", Severity::Info) };
            Finding::new(rule, format!("a line of the {place} has more than 998 bytes"), evidence(case, defect)).severity(weight)
        }).collect(),
    }

    /// Raw letters beyond ASCII stand in the header, and no server says that it took the message as internationalised mail.
    ///
    /// # When this is innocent
    /// Programs that never encoded their headers: common in many countries.
    RAW_EIGHT_BIT {
        id: "ST-706",
        name: "raw-8bit",
        title: "Raw letters beyond ASCII in the header",
        severity: Info,
        effect: Neutral,
        references: ["RFC 6532 3", "RFC 6531 3.6"],
        check: |rule, case| {
            let declared = case.trace.hops.iter().filter(|hop| hop.zone != Zone::Untrusted).any(|hop| hop.with.as_deref().is_some_and(|with| with.to_ascii_uppercase().contains("UTF8")));
            if declared { return Vec::new() }
            of_kinds(case, &[DefectKind::RawUtf8, DefectKind::RawEightBit]).take(1).map(|defect| {
                let weight = if defect.kind == DefectKind::RawEightBit { Severity::Low } else { Severity::Info };
                Finding::new(rule, if weight == Severity::Low { "bytes that are no UTF-8" } else { "UTF-8, while no server speaks of SMTPUTF8" }, evidence(case, defect)).severity(weight)
            }).collect()
        },
    }

    /// A MIME field stands twice, or a boundary is stated twice: two readers see two bodies under one signature.
    ///
    /// # When this is innocent
    /// Gateways that add a second MIME-Version; two fields that say the same.
    MIME_AMBIGUITY {
        id: "ST-707",
        name: "mime-ambiguity",
        title: "The body can be read in two ways",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 2045 5", "RFC 2046 5.1.1"],
        check: |rule, case| of_kinds(case, &[DefectKind::DuplicateMimeField]).take(2).map(|defect| {
            let field = defect.field_index.and_then(|index| case.message.fields.get(index));
            let other = field.and_then(|field| case.message.fields_named(&field.name()).find(|other| other.index != field.index).map(|other| (other.text(), field.text())));
            let differ = other.is_some_and(|(a, b)| a.trim() != b.trim()) && field.is_some_and(|field| !field.is("MIME-Version"));
            let mut finding = Finding::new(rule, if differ { "a field of the body's form stands twice, with two meanings" } else { "a field of the body's form stands twice, and says the same" }, evidence(case, defect));
            if !differ {
                finding.effect = Effect::Neutral;
                finding = finding.severity(Severity::Low);
            }
            finding
        }).collect(),
    }

    /// The message has no Message-ID, or one that a relay added.
    ///
    /// # When this is innocent
    /// Scripts and old programs leave it to their server.
    MESSAGE_ID_ADDED {
        id: "ST-708",
        name: "message-id-missing-or-added",
        title: "The Message-ID is missing, or a relay's",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5322 3.6.4", "RFC 6409 8.3"],
        check: |rule, case| {
            let Some(field) = case.message.field("Message-ID") else { return vec![Finding::new(rule, "there is none", Evidence::absence("no Message-ID in the header"))] };
            let text = field.text();
            let host = text.rsplit_once('@').map(|(_, host)| domain::normalise(host.trim_matches(['<', '>', ' ']))).unwrap_or_default();
            let relay = case.trace.hops.iter().find(|hop| hop.zone != Zone::Untrusted && hop.by.host.as_deref().is_some_and(|by| domain::normal(by) == host));
            relay.filter(|_| !case.is_authors(&host)).map(|hop| Finding::new(rule, format!("it names {host}, the server of hop {}, and was added there", hop.index + 1), Evidence::field(field))).into_iter().collect()
        },
    }

    /// Lines of the body that began with `From ` bear a `>`: the message was kept in an mbox. Signatures are tried without it.
    ///
    /// # When this is innocent
    /// Always.
    MBOX_QUOTING {
        id: "ST-709",
        name: "mbox-quoting",
        title: "The body was quoted for an mbox",
        severity: Info,
        effect: Neutral,
        references: ["RFC 4155"],
        check: |rule, case| {
            let body = case.message.body_bytes().filter(|_| case.message.has_defect(DefectKind::QuotedFromLine)).unwrap_or_default();
            let at = memchr::memmem::find_iter(body, b"\n>From ").next();
            at.zip(case.message.body).map(|(at, span)| {
                let start = span.start + at + 1;
                Finding::new(rule, "a line begins with >From", Evidence::bytes(case.message, crate::message::Span { start, end: (start + 60).min(span.end) }))
            }).into_iter().collect()
        },
    }

    /// The copy is damaged: line ends were converted twice, only the header is here, or a program put it together anew. What cannot be judged for that is said to be not
    /// evaluable, and never failed.
    ///
    /// # When this is innocent
    /// Always: exports and mail programs do it.
    EXPORT_DAMAGE {
        id: "ST-710",
        name: "export-damage",
        title: "The copy was damaged when it was stored",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5322 2.1"],
        check: |rule, case| {
            let doubled = of_kinds(case, &[DefectKind::DoubledCarriageReturn]).take(1).map(|defect| Finding::new(rule, "line ends were converted twice (CR CR LF)", evidence(case, defect)));
            let headless = case.message.body.is_none().then(|| Finding::new(rule, "only the header was given: hashes of the body cannot be compared", Evidence::absence("no body")));
            let rebuilt = case.message.rebuilt.then(|| Finding::new(rule, "rebuilt from an Outlook item: signatures that do not verify cannot be judged", Evidence::derivation("Outlook takes a message apart and keeps no byte of it as it travelled")));
            doubled.chain(headless).chain(rebuilt).collect()
        },
    }

    /// A message stands inside this one. It has a report of its own; its fields say nothing of this one.
    ///
    /// # When this is innocent
    /// Always: reports of abuse, bounces, forwarded attachments.
    INNER_ORIGINAL {
        id: "ST-711",
        name: "inner-original",
        title: "A message is attached",
        severity: Info,
        effect: Neutral,
        references: ["RFC 2046 5.2.1"],
        check: |rule, case| {
            let attached = case.mime.attached(case.message);
            attached.first().map(|first| Finding::new(rule, format!("{} inside, judged by itself", attached.len()), Evidence::bytes(case.message, first.span))).into_iter().collect()
        },
    }

    /// A message of another author is all that there is to read: the reader sees that one, and what was checked is the cover around it.
    ///
    /// # When this is innocent
    /// Mail programs that forward as attachment without a word of their own.
    NESTED_AUTHOR {
        id: "ID-635",
        name: "nested-author",
        title: "The reader sees a message inside, of another author",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 2046 5.2.1", "RFC 8601 4.1"],
        check: |rule, case| nested_author(case).map(|(author, evidence)| Finding::new(rule, format!("the message inside shows {author}, whom nothing outside proves"), evidence)).into_iter().collect(),
    }

    /// Results of checks stand among the author's fields, where no server writes them.
    ///
    /// # When this is innocent
    /// Filters that append their results at the end of the header.
    HEADER_ORDER {
        id: "ST-712",
        name: "header-order-tamper",
        title: "Results stand among the author's fields",
        severity: Low,
        effect: Neutral,
        references: ["RFC 8601 4.1", "RFC 5322 3.6.7"],
        check: |rule, case| {
            let Some(from) = case.message.field("From") else { return Vec::new() };
            let lowest = case.trace.hops.last().map(|hop| hop.field_index);
            if lowest.is_none_or(|lowest| lowest > from.index) { return Vec::new() }
            case.message.fields_named("Authentication-Results").filter(|field| field.index > from.index).take(1).map(|field| Finding::new(rule, "Authentication-Results below From", Evidence::field(field))).collect()
        },
    }

    /// Somebody sent the message again, and a block of fields says who.
    ///
    /// # When this is innocent
    /// Always, as far as the resender is proven (FL-8).
    RESENT_BLOCK {
        id: "ST-713",
        name: "resent-block",
        title: "The message says that it was sent again",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5322 3.6.6"],
        check: |rule, case| case.message.field("Resent-From").map(|field| Finding::new(rule, "a block of Resent fields stands in the header", Evidence::field(field))).into_iter().collect(),
    }

    /// The body begins with a header block of its own, as programs write it above a forwarded text, and it names another author than the
    /// header does. Nothing vouches for what it says.
    ///
    /// # When this is innocent
    /// Forwarded text: nearly always.
    BODY_HEADER {
        id: "ST-714",
        name: "body-from-conflict",
        title: "The body shows a header of its own",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5322 2.1"],
        check: |rule, case| {
            let Some(span) = case.message.body else { return Vec::new() };
            let head = crate::message::Span { start: span.start, end: (span.start + 2_000).min(span.end) };
            let bytes = case.message.bytes.get(head.start..head.end).unwrap_or_default();
            // Most texts hold no such word, and show it at once.
            let names_an_author = |colon: usize| bytes[..colon].last_chunk().is_some_and(|name: &[u8; 4]| name.eq_ignore_ascii_case(b"From"));
            if !memchr::memchr_iter(b':', bytes).any(names_an_author) { return Vec::new() }
            let line = |name: &str| lines(bytes).map(unquoted).find(|line| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))).map(|line| String::from_utf8_lossy(line).trim_end_matches('\r').to_owned());
            let Some(from) = line("From:").filter(|_| line("Subject:").is_some() && line("To:").is_some()) else { return Vec::new() };
            let shown = addresses_in(&from).into_iter().next();
            shown.filter(|address| case.author_domain().is_some() && !case.is_authors(domain::of_address(address)))
                .map(|address| Finding::new(rule, format!("it names {address}"), Evidence::derivation(from))).into_iter().collect()
        },
    }
}

/// Lines without their LF.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]);
    ends.scan(0, |start, end| Some(&bytes[std::mem::replace(start, end + 1)..end]))
}

/// A line of text behind the marks of quotation and emphasis in front of it.
fn unquoted(line: &[u8]) -> &[u8] {
    let marks = line
        .iter()
        .take_while(|byte| matches!(byte, b'>' | b' ' | b'*'))
        .count();
    &line[marks..]
}

fn of_kinds<'c>(case: &'c Case<'_>, kinds: &'c [DefectKind]) -> impl Iterator<Item = &'c Defect> {
    case.message
        .defects
        .iter()
        .filter(move |defect| kinds.contains(&defect.kind))
}

fn evidence(case: &Case<'_>, defect: &Defect) -> Evidence {
    match defect.field_index.and_then(|index| case.message.fields.get(index)) {
        Some(field) => Evidence::quote(field, defect.span),
        None => Evidence::bytes(case.message, defect.span),
    }
}

/// Words beside the attached message that make it an attachment rather than the message.
const COVER: usize = 8;

fn nested_author(case: &Case<'_>) -> Option<(String, Evidence)> {
    let author = case.author_domain()?;
    let delivered = case.trace.hops.iter().any(|hop| hop.class == HopClass::SmtpExternal);
    let parts = &case.mime.parts;
    let report = parts
        .first()
        .is_some_and(|root| root.content_type == "multipart/report");
    if report || !delivered || case.is_handled() || !case.mime.has_attached() {
        return None;
    }
    let words = parts
        .iter()
        .filter(|part| part.content_type.starts_with("text/") && !inside_attached(case, part.span.start));
    let letters = words.flat_map(|part| {
        let stored = case
            .message
            .bytes
            .get(part.content.start..part.content.end)
            .unwrap_or_default();
        let valid = stored.utf8_chunks().map(|chunk| chunk.valid());
        valid.flat_map(str::chars).filter(|c| c.is_alphanumeric())
    });
    if letters.take(COVER).count() >= COVER {
        return None;
    }
    case.mime.attached(case.message).into_iter().find_map(|inner| {
        let message = Message::read(&inner.bytes);
        let shown = message.field("From")?.addresses().mailboxes.first()?;
        let foreign = !shown.domain.is_empty() && !domain::same_organisation(&shown.domain, author);
        foreign.then(|| {
            (
                shown.address.clone().unwrap_or_else(|| shown.domain.clone()),
                Evidence::bytes(case.message, inner.span),
            )
        })
    })
}

fn inside_attached(case: &Case<'_>, at: usize) -> bool {
    case.mime
        .parts
        .iter()
        .any(|part| part.is_message && (part.content.start..part.content.end).contains(&at))
}
