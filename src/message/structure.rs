//! Defects of the form: what a header does that RFC 5322 does not allow (findings.md 2.7).

use super::{
    Field, Message, Span,
    field::MAX_FIELD,
    read::{Line, line_at, plain_name, split_name},
    survey::Survey,
};

/// Something wrong with the form, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// What it is.
    pub kind: DefectKind,
    /// The bytes that show it.
    pub span: Span,
    /// The field that it concerns, where it is one.
    pub field_index: Option<usize>,
}

/// The kinds of defect (findings.md 2.7). Of a kind that can stand on every line of a body only the first is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DefectKind {
    /// A field that may stand once stands again (RFC 5322 3.6); the span is the later one. ST-701.
    DuplicateField,
    /// A MIME field that may stand once stands again (RFC 2045): two readers may see two bodies. ST-707.
    DuplicateMimeField,
    /// Lines end in more than one way; the span is the first end of the rarer kind. ST-702.
    MixedLineEnds,
    /// A CR inside a field without its LF (RFC 5322 2.3). ST-702.
    BareCarriageReturn,
    /// A bare CR followed by what reads as a field of its own to a parser that ends lines at CR. ST-702.
    BareCarriageReturnField,
    /// CR CR LF: a conversion of line ends done twice; to a parser that ends lines at CR it is an empty line. ST-710.
    DoubledCarriageReturn,
    /// A header line that is neither field nor continuation, with fields below it: some parsers end the header there. ST-702.
    StrayLine,
    /// A header line of white space only (RFC 5322 4.2 forbids to write it): some parsers end the header there. ST-702.
    WhitespaceLine,
    /// The same with fields below it: two readers see two headers. ST-702.
    WhitespaceLineThenField,
    /// The header begins with a continuation line, which has nothing to continue. ST-705.
    LeadingContinuation,
    /// A continuation line that would be a field without its leading white space (` From: a@b`). ST-705.
    ContinuationLooksLikeField,
    /// White space between a field's name and its colon (RFC 5322 4.5). ST-705.
    SpaceBeforeColon,
    /// A field's name folded away from its colon. ST-705.
    FoldedName,
    /// A byte in a field's name that is neither letter, digit, hyphen nor other printable ASCII (RFC 5322 3.6.8). ST-705.
    NameCharacter,
    /// A control character other than NUL, CR, LF and HTAB in a field (RFC 5322 4.1). ST-705.
    ControlCharacter,
    /// A NUL in a field (RFC 5322 4.1). ST-705.
    Nul,
    /// No `Date` (RFC 5322 3.6). ST-703.
    MissingDate,
    /// No `From` (RFC 5322 3.6). ST-703.
    MissingFrom,
    /// A header line of more than 998 octets (RFC 5322 2.1.1). ST-704.
    LongLine,
    /// A body line of more than 998 octets (RFC 5322 2.1.1). ST-704.
    LongBodyLine,
    /// Raw UTF-8 in a field: allowed by RFC 6532 where the transport said SMTPUTF8. ST-706.
    RawUtf8,
    /// Raw 8-bit bytes in a field that are no UTF-8. ST-706.
    RawEightBit,
    /// A line of one dot followed by SMTP commands or a second header: residue of SMTP smuggling. ST-702.
    SmuggledMessage,
    /// A line of one dot followed by an SMTP command that starts no message (`QUIT`, `RSET`): the tail of a smuggled one. ST-702.
    SmuggledTail,
    /// `>From ` at the start of a body line: an mbox was written through this message. ST-709.
    QuotedFromLine,
    /// A UTF-8 byte order mark in front of the header: an editor or exporter wrote it. ST-710.
    ByteOrderMark,
    /// Empty lines in front of the header. ST-710.
    LeadingBlankLine,
    /// A cap of trace.md 3.1 was reached: 1,000 fields, 256 KiB of header, 16 KiB a field; the rest was not read. ST-715.
    LimitHit,
}

/// Fields that may stand once (RFC 5322 3.6).
const SINGLE: [&str; 11] = [
    "Date",
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Subject",
];
/// Fields of MIME that may stand once (RFC 2045).
const SINGLE_MIME: [&str; 4] = [
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
];
/// Octets of a line without its end (RFC 5322 2.1.1).
const MAX_LINE: usize = 998;

impl Defect {
    pub(super) fn at(kind: DefectKind, span: Span) -> Self {
        Self {
            kind,
            span,
            field_index: None,
        }
    }

    fn of(kind: DefectKind, span: Span, field: &Field<'_>) -> Self {
        Self {
            kind,
            span,
            field_index: Some(field.index),
        }
    }
}

/// Notes what is wrong with a continuation line before it joins the field above.
pub(super) fn continuation_line(message: &mut Message<'_>, line: Line, cr_only: bool) {
    let bytes = message.bytes;
    let text = line.text(bytes).trim_ascii_start();
    let kind = if text.is_empty() {
        let below = line_at(bytes, line.next, cr_only);
        match split_name(bytes, below) {
            Some((name, _)) if plain_name(&bytes[name.start..name.end]) => DefectKind::WhitespaceLineThenField,
            _ => DefectKind::WhitespaceLine,
        }
    } else {
        let trimmed = Line {
            start: line.end - text.len(),
            ..line
        };
        // Only names that a reader acts on, with a value: prose, clauses of trace fields and the lists of signed
        // fields (`h=Date:From:To`) have colons too.
        match split_name(bytes, trimmed) {
            Some((name, value_start)) if is_single(&bytes[name.start..name.end]) => {
                if !is_value(&bytes[value_start.min(line.end)..line.end]) {
                    return;
                }
                DefectKind::ContinuationLooksLikeField
            }
            _ => return,
        }
    };
    let field_index = message.fields.last().map(|field| field.index);
    message.defects.push(Defect {
        kind,
        span: line.span(),
        field_index,
    });
}

/// Whether what stands behind a colon reads as a field's value, not as more names of a list (`From: To: Date`) nor as
/// a key's value in quotes (`FROM:'a@b' RCPT:''` of greylisting).
fn is_value(text: &[u8]) -> bool {
    let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let spaced = text.first().is_some_and(u8::is_ascii_whitespace);
    let address = text.contains(&b'@') && !text.starts_with(b"'");
    (spaced || address) && words.any(|word| !word.ends_with(b":"))
}

fn is_single(name: &[u8]) -> bool {
    SINGLE.iter().any(|single| name.eq_ignore_ascii_case(single.as_bytes()))
}

/// Adds the defects that only show on the whole message, and puts all into the order of the bytes.
pub(super) fn inspect(message: &mut Message<'_>, survey: Survey) {
    let mut found = Vec::new();
    for field in &message.fields {
        inspect_field(field, message.line_endings.cr > 0, &mut found);
    }
    for name in SINGLE {
        let again = message.fields_named(name).skip(1);
        found.extend(again.map(|field| Defect::of(DefectKind::DuplicateField, field.span, field)));
    }
    for name in SINGLE_MIME {
        let again = message.fields_named(name).skip(1);
        found.extend(again.map(|field| Defect::of(DefectKind::DuplicateMimeField, field.span, field)));
    }
    if let (Some(first), Some(last)) = (message.fields.first(), message.fields.last()) {
        let header = Span {
            start: first.span.start,
            end: last.span.end,
        };
        for (name, kind) in [("Date", DefectKind::MissingDate), ("From", DefectKind::MissingFrom)] {
            if message.field(name).is_none() {
                found.push(Defect::at(kind, header));
            }
        }
    }
    found.extend(mixed_line_ends(message));
    if let Some(body) = message.body
        && may_hold_odd_line(&message.bytes[body.start..body.end], survey)
    {
        inspect_body(message, body, &mut found);
    }
    message.defects.append(&mut found);
    message.defects.sort_by_key(|defect| defect.span);
}

/// `bare_returns`: somewhere in the message stands a CR without its LF.
fn inspect_field(field: &Field<'_>, bare_returns: bool, found: &mut Vec<Defect>) {
    let raw = field.raw();
    let mut add = |kind, start: usize, end: usize| {
        let span = Span {
            start: field.span.start + start,
            end: field.span.start + end.min(raw.len()),
        };
        found.push(Defect::of(kind, span, field));
    };
    if raw.len() > MAX_FIELD {
        add(DefectKind::LimitHit, MAX_FIELD, raw.len());
    }
    let name_len = field.name_span.end - field.name_span.start;
    let before_value = field.value_span.start - field.span.start;
    if before_value > name_len + 1 {
        let between = &raw[name_len..before_value];
        let folded = between.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
        let kind = if folded {
            DefectKind::FoldedName
        } else {
            DefectKind::SpaceBeforeColon
        };
        add(kind, 0, before_value);
    }
    if raw[..name_len].iter().any(|byte| !(0x21..=0x7e).contains(byte)) {
        add(DefectKind::NameCharacter, 0, name_len);
    }
    // No early end: all bytes at once are faster than one after the other.
    let plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    if !raw.iter().fold(true, |all, byte| all & plain(byte)) {
        inspect_bytes(raw, &mut add);
    }
    if bare_returns || raw.len() > MAX_LINE {
        inspect_lines(field, &mut add);
    }
}

/// The bytes of a field that are not plain text.
fn inspect_bytes(raw: &[u8], add: &mut impl FnMut(DefectKind, usize, usize)) {
    if let Some(at) = memchr::memchr(0, raw) {
        add(DefectKind::Nul, at, at + 1);
    }
    let control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, 0 | b'\t' | b'\r' | b'\n');
    if let Some(at) = raw.iter().position(control) {
        add(DefectKind::ControlCharacter, at, at + 1);
    }
    if let Some(at) = raw.iter().position(|byte| !byte.is_ascii()) {
        let kind = if std::str::from_utf8(raw).is_ok() {
            DefectKind::RawUtf8
        } else {
            DefectKind::RawEightBit
        };
        add(kind, at, at + 1);
    }
}

/// The line ends and line lengths within a field.
fn inspect_lines(field: &Field<'_>, add: &mut impl FnMut(DefectKind, usize, usize)) {
    let raw = field.raw();
    let mut start = 0;
    let mut long = false;
    while start < raw.len() && !long {
        let line = line_at(raw, start, field.cr_only);
        long = line.end - line.start > MAX_LINE;
        if long {
            add(DefectKind::LongLine, line.start, line.end);
        }
        start = line.next;
    }
    if field.cr_only {
        return;
    }
    let (mut bare, mut injected) = (false, false);
    for at in memchr::memchr_iter(b'\r', raw) {
        match raw.get(at + 1) {
            Some(b'\n') | None => {}
            Some(b'\r') if raw.get(at + 2) == Some(&b'\n') => add(DefectKind::DoubledCarriageReturn, at, at + 3),
            Some(_) => {
                if !injected && bare_return_field(raw, at).is_some() {
                    injected = true;
                    add(DefectKind::BareCarriageReturnField, at, raw.len());
                } else if !bare {
                    bare = true;
                    add(DefectKind::BareCarriageReturn, at, at + 1);
                }
            }
        }
    }
}

/// What stands behind the bare CR at `at`, when it reads as a field: the range of that would-be line within `raw`.
pub(super) fn bare_return_field(raw: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
    let rest = raw.get(at + 1..)?;
    let length = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
    let line = Line {
        start: at + 1,
        end: at + 1 + length,
        next: at + 1 + length,
    };
    let (name, _) = split_name(raw, line)?;
    plain_name(&raw[name.start..name.end]).then_some(line.start..line.end)
}

/// The first line end that is not of the most frequent kind, when lines end in more than one way.
fn mixed_line_ends(message: &Message<'_>) -> Option<Defect> {
    let (bytes, ends) = (message.bytes, message.line_endings);
    if ends.name() != "mixed" {
        return None;
    }
    let usual: &[u8] = match ends.crlf.max(ends.lf).max(ends.cr) {
        most if most == ends.crlf => b"\r\n",
        most if most == ends.lf => b"\n",
        _ => b"\r",
    };
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'\r', b'\n', bytes.get(at..)?) {
        let start = at + found;
        let end = start + 1 + usize::from(bytes[start..].starts_with(b"\r\n"));
        if &bytes[start..end] != usual {
            return Some(Defect::at(DefectKind::MixedLineEnds, Span { start, end }));
        }
        at = end;
    }
    None
}

/// Whether some line of a body may be one that [`inspect_body`] tells of. Of most bodies all at once shows that none is.
fn may_hold_odd_line(body: &[u8], survey: Survey) -> bool {
    survey.marked || survey.endings.cr > 0 || matches!(body.first(), Some(b'>' | b'.')) || may_hold_long_line(body)
}

/// By steps as wide as a line may be, each back to the last line end that it passed.
fn may_hold_long_line(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some((step, _)) = rest.split_at_checked(MAX_LINE) {
        let Some(end) = memchr::memrchr(b'\n', step) else {
            return true;
        };
        rest = &rest[end + 1..];
    }
    false
}

/// One pass over the lines of the body.
fn inspect_body(message: &Message<'_>, body: Span, found: &mut Vec<Defect>) {
    let (bytes, cr_only) = (message.bytes, message.cr_only());
    let (mut long, mut quoted, mut smuggled, mut dots) = (false, false, false, 0);
    let mut at = body.start;
    let ends = memchr::memchr_iter(if cr_only { b'\r' } else { b'\n' }, &bytes[body.start..body.end]);
    let beginnings = ends.map(|end| body.start + end + 1);
    for next in beginnings.chain([body.end]) {
        let start = std::mem::replace(&mut at, next);
        // Of most lines length and first byte show that there is nothing to see in them.
        let plain = next - start <= MAX_LINE && !matches!(bytes.get(start), Some(b'>' | b'.' | b'\r') | None);
        if plain || start == next {
            continue;
        }
        let line = line_at(bytes, start, cr_only);
        let text = line.text(bytes);
        if !long && text.len() > MAX_LINE {
            long = true;
            found.push(Defect::at(DefectKind::LongBodyLine, line.span()));
        }
        if !quoted && text.starts_with(b">") && is_quoted_from(text) {
            quoted = true;
            found.push(Defect::at(DefectKind::QuotedFromLine, line.span()));
        }
        if !smuggled && is_lone_dot(text) && dots < MAX_DOTS {
            dots += 1;
            if let Some((kind, end)) = smuggling_residue(bytes, line.next, cr_only) {
                smuggled = true;
                found.push(Defect::at(kind, Span { start: line.start, end }));
            }
        }
    }
}

/// More lone dots than this are not looked behind.
const MAX_DOTS: usize = 1_000;

/// mboxo writes `>From `, mboxrd one more `>` for each level (RFC 4155 appendix A names the practice).
fn is_quoted_from(text: &[u8]) -> bool {
    let behind = text.iter().position(|byte| *byte != b'>').unwrap_or(text.len());
    text[behind..].starts_with(b"From ")
}

/// A line that some server takes for the end of DATA: a dot alone, with whatever bare CRs (SMTP smuggling, VU#302671).
fn is_lone_dot(text: &[u8]) -> bool {
    text.len() <= 8
        && text.contains(&b'.')
        && text.iter().all(|byte| matches!(byte, b'.' | b'\r'))
        && text.iter().filter(|byte| **byte == b'.').count() == 1
}

/// What follows a lone dot: commands that begin a message, or a header; and where that evidence ends.
fn smuggling_residue(bytes: &[u8], from: usize, cr_only: bool) -> Option<(DefectKind, usize)> {
    let mut at = from;
    let mut fields = 0;
    let mut tail = None;
    for _ in 0..8 {
        let line = line_at(bytes, at, cr_only);
        let text = line.text(bytes).trim_ascii();
        let command = text[..text.len().min(10)].to_ascii_uppercase();
        if command.starts_with(b"MAIL FROM:") || command.starts_with(b"RCPT TO:") {
            return Some((DefectKind::SmuggledMessage, line.end));
        }
        if matches!(&*command, b"QUIT" | b"RSET" | b"NOOP" | b"DATA") {
            tail = tail.or(Some((DefectKind::SmuggledTail, line.end)));
        } else if split_name(bytes, line).is_some_and(|(name, _)| is_single(&bytes[name.start..name.end])) {
            fields += 1;
            if fields == 2 {
                return Some((DefectKind::SmuggledMessage, line.end));
            }
        } else if !(text.is_empty() || command.starts_with(b"EHLO ") || command.starts_with(b"HELO ")) {
            break;
        }
        if line.next >= bytes.len() {
            break;
        }
        at = line.next;
    }
    tail
}
