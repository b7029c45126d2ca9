//! What a stretch of bytes is, as far as a message can be told from what is none.

use super::compressed::Compression;

/// Lines looked at for a first field; notes and damage may stand before it.
const MAX_LINES: usize = 64;

/// Passes what holds a header field; else says what it is instead.
pub(super) fn check(bytes: &[u8]) -> Result<(), &'static str> {
    if bytes.is_empty() {
        return Err("empty");
    }
    if let Some(what) = other_format(bytes) {
        return Err(what);
    }
    if has_field(bytes) {
        return Ok(());
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err("empty: white space only");
    }
    if memchr::memchr(0, bytes.get(..4096).unwrap_or(bytes)).is_some() {
        return Err("binary data");
    }
    Err(by_first_bytes(TEXTS, bytes).unwrap_or("no header field"))
}

/// What it is, and that [`super::compressed::MAX_LAYERS`] of others were opened around it.
macro_rules! nested {
    ($what:literal) => {
        concat!(
            $what,
            ", nested too deep (more than 4 layers of archives and compression)"
        )
    };
}

const WEB_PAGE: &str = "a web page; save the message itself (.eml, \"show original\")";

/// Texts without a header field, by their first bytes.
const TEXTS: &[(&[u8], &str)] = &[
    (
        b"<?xml",
        "an XML file, such as an archive of Outlook for Mac (.olm) holds; export its mail as .eml first",
    ),
    (b"<!DOCTYPE", WEB_PAGE),
    (b"<!doctype", WEB_PAGE),
    (b"<html", WEB_PAGE),
    (b"<HTML", WEB_PAGE),
];

/// What is no message as it stands, by its first bytes, and what to do with it where it may hold mail.
const KNOWN: &[(&[u8], &str)] = &[
    (b"\xff\xfe", "UTF-16 text; export it as plain bytes (.eml)"),
    (b"\xfe\xff", "UTF-16 text; export it as plain bytes (.eml)"),
    (b"PK\x03\x04", nested!("a ZIP archive")),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive; unpack it first"),
    (b"MSCF\0\0\0\0", "a cabinet archive; unpack it first"),
    (b"\x04\x22\x4d\x18", "lz4 data; unpack it first"),
    (b"070707", "a cpio archive; unpack it first"),
    (b"070701", "a cpio archive; unpack it first"),
    (b"PK\x07\x08", "a part of a ZIP archive in several; join them first"),
    (b"\x1f\x9d", "data of compress (.Z); unpack it first"),
    (
        b"\xcf\xad\x12\xfe",
        "a mailbox of Outlook Express (.dbx); convert it to mbox first",
    ),
    (
        b"\x1a\x00\x00\x04\x00\x00",
        "a database of Notes (.nsf); export its mail as .eml first",
    ),
    (
        b"BABYL OPTIONS:",
        "a mailbox of Rmail (Babyl); convert it to mbox first",
    ),
    (
        b"2 M1e C",
        "a file of Dovecot's dbox; export its mail with doveadm first",
    ),
    (b"*mbx*\r\n", "a mailbox of UW IMAP (.mbx); convert it to mbox first"),
    (b"\x78\x9f\x3e\x22", "an attachment of Outlook (winmail.dat)"),
    (
        b"// <!-- <mdb:mork",
        "an index of Thunderbird (.msf); the mail is in the file beside it",
    ),
    (b"SQLite format 3\0", "a database (SQLite)"),
    (b"%PDF-", "a PDF file"),
    (b"\x89PNG\r\n", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
];

fn by_first_bytes(table: &[(&[u8], &'static str)], bytes: &[u8]) -> Option<&'static str> {
    let found = table.iter().find(|(first, _)| bytes.starts_with(first));
    found.map(|(_, what)| *what)
}

fn nested_data(made: Compression) -> &'static str {
    match made {
        Compression::Gzip => nested!("gzip data"),
        Compression::Bzip2 => nested!("bzip2 data"),
        Compression::Xz => nested!("xz data"),
        Compression::Lzma => nested!("LZMA data"),
        Compression::Lzip => nested!("lzip data"),
        Compression::Zstd => nested!("zstd data"),
    }
}

/// Formats known by their first bytes that are no message as they stand.
pub(super) fn other_format(bytes: &[u8]) -> Option<&'static str> {
    let found = by_first_bytes(KNOWN, bytes).or_else(|| Compression::of(bytes).map(nested_data));
    if found.is_some() {
        return found;
    }
    // UTF-16 without a byte order mark: every other byte of ASCII text is NUL.
    let text = bytes.get(..32).unwrap_or(bytes);
    let halves = |first: usize| text.len() >= 8 && text.iter().skip(first).step_by(2).all(|byte| *byte == 0);
    let mixed = text.iter().any(|byte| *byte != 0);
    (mixed && (halves(0) || halves(1))).then_some("UTF-16 text; export it as plain bytes (.eml)")
}

/// Whether the first line that counts is a header field: empty lines, a `From ` line and indented ones may stand
/// before it, and one stray line, as long as a field follows at once. HTML, XML and JSON have colons, too, and are stray.
fn has_field(bytes: &[u8]) -> bool {
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for _ in 0..MAX_LINES {
        let (line, below) = first_line(rest);
        if is_field(line) && !matches!(line.first(), Some(b'<' | b'{' | b'[')) {
            return true;
        }
        let passed = line.is_empty() || line.starts_with(b"From ") || line.starts_with(b" ") || line.starts_with(b"\t");
        if !passed {
            let (next, _) = first_line(below);
            let folded_name = next.starts_with(b" ") && next.trim_ascii_start().starts_with(b":");
            return folded_name || is_field(next) && next.first().is_some_and(u8::is_ascii_alphanumeric);
        }
        if below.is_empty() {
            return false;
        }
        rest = below;
    }
    false
}

/// How the names of fields begin that nearly all mail has one of (RFC 5322, and what servers and programs add). Text that is no mail
/// has fields such as `date` and `status`, too.
const OF_MAIL: [&str; 26] = [
    "from",
    "to",
    "cc",
    "bcc",
    "sender",
    "reply-to",
    "subject",
    "message-id",
    "in-reply-to",
    "references",
    "received",
    "return-path",
    "delivered-to",
    "envelope-to",
    "apparently-to",
    "resent-",
    "mime-version",
    "content-",
    "dkim-",
    "domainkey-",
    "authentication-results",
    "arc-",
    "list-",
    "errors-to",
    "auto-submitted",
    "x-",
];
/// Bytes of a header that are looked at for them.
const HEADER: usize = 64 * 1024;

/// Whether a header, or what stands where one would, has a field that mail has.
pub(super) fn is_of_mail(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(..HEADER).unwrap_or(bytes).trim_ascii_start();
    while !rest.is_empty() {
        let (line, below) = first_line(rest);
        if line.is_empty() {
            return false;
        }
        let begins = |start: &&str| {
            let name = line.get(..start.len());
            name.is_some_and(|name| name.eq_ignore_ascii_case(start.as_bytes()))
        };
        if is_field(line) && OF_MAIL.iter().any(begins) || is_dated_from_line(line) {
            return true;
        }
        rest = below;
    }
    false
}

/// The first line and what stands behind its end, be that CR, LF or both.
fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr2(b'\r', b'\n', bytes).unwrap_or(bytes.len());
    let (line, behind) = bytes.split_at(end);
    let skip = if behind.starts_with(b"\r\n") { 2 } else { 1 };
    (line, behind.get(skip..).unwrap_or_default())
}

/// A field name and its colon (RFC 5322 2.2), white space between them allowed (4.5), or folded in between.
pub(super) fn is_field(line: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', line.get(..1024).unwrap_or(line)) else {
        return false;
    };
    let name = line[..colon].trim_ascii_end();
    let plain = |byte: &u8| byte.is_ascii_graphic() || *byte >= 0x80 || *byte == 0;
    !name.is_empty() && name.len() <= 256 && name.iter().all(plain)
}

/// A `From ` line with the date that mbox writers put there: `From a@b.example Thu Jan  1 00:00:01 2015`, or as ISO 8601 has it.
pub(super) fn is_dated_from_line(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    let Ok(text) = std::str::from_utf8(rest.get(..1024).unwrap_or(rest)) else {
        return false;
    };
    let words: Vec<&str> = text.split_ascii_whitespace().rev().take(8).collect();
    let any = |is: fn(&str) -> bool| words.iter().any(|word| is(word));
    let as_iso = |word: &&str| match word.split_once('T') {
        Some((date, clock)) => is_iso_date(date) && is_clock(clock),
        None => is_iso_date(word) && any(is_clock),
    };
    any(is_clock) && any(is_year) && any(is_month) || words.iter().any(as_iso)
}

/// A `From ` line of known form without a date: `From -` (Mozilla), `From a@b.example`, `From MAILER-DAEMON`, `From ???@???`.
pub(super) fn is_bare_from_line(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    let mut words = rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let Some(first) = words.next() else { return false };
    let sender = first == b"-" || first == b"MAILER-DAEMON" || memchr::memchr(b'@', first).is_some();
    sender && words.next().is_none()
}

/// A `From ` line that says nothing.
pub(super) fn is_empty_from_line(line: &[u8]) -> bool {
    line.strip_prefix(b"From ")
        .is_some_and(|rest| rest.trim_ascii().is_empty())
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_month(word: &str) -> bool {
    [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    .iter()
    .any(|month| word.eq_ignore_ascii_case(month))
}

/// `2015-01-01`
fn is_iso_date(word: &str) -> bool {
    let digits_or_dashes = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    word.len() == 10 && word.bytes().enumerate().all(digits_or_dashes)
}

fn is_clock(word: &str) -> bool {
    let mut parts = word.split(':');
    let number = |part: Option<&str>| {
        part.is_some_and(|part| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    number(parts.next()) && number(parts.next())
}
