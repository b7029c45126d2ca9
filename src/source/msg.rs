//! Outlook's .msg ([MS-OXMSG]): a message taken apart into properties, in a compound file. What is given out is rebuilt: the header
//! as the transport wrote it, where Outlook kept it, else what the properties say of it. The body is not rebuilt, as no byte
//! of it would be the one that was signed.

use std::{
    fmt::Write as _,
    io::{Cursor, Read},
};

use cfb::CompoundFile;
use encoding_rs::{Encoding, UTF_16LE, WINDOWS_1252};

use crate::time::file_time;

type Item<'b> = CompoundFile<Cursor<&'b [u8]>>;

/// The first bytes of a compound file.
pub(super) const MARK: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

// Property ids ([MS-OXPROPS]).
const MESSAGE_CLASS: u16 = 0x001a;
const SUBJECT: u16 = 0x0037;
const CLIENT_SUBMIT_TIME: u16 = 0x0039;
const TRANSPORT_HEADERS: u16 = 0x007d;
const SENDER_NAME: u16 = 0x0c1a;
const SENDER_ADDRESS: u16 = 0x0c1f;
const DISPLAY_CC: u16 = 0x0e03;
const DISPLAY_TO: u16 = 0x0e04;
const INTERNET_MESSAGE_ID: u16 = 0x1035;
const INTERNET_CODEPAGE: u16 = 0x3fde;
const MESSAGE_CODEPAGE: u16 = 0x3ffd;
const SENDER_SMTP_ADDRESS: u16 = 0x5d01;

/// A property is no longer than this; headers of a megabyte were never delivered.
const MAX_PROPERTY: u64 = 16 * 1024 * 1024;

/// The header of a .msg file, each line ended by CR LF.
///
/// Fails, in words, where it is no compound file, or holds an item of Outlook that is no message.
pub(super) fn rebuild(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut item = Item::open(Cursor::new(bytes)).map_err(|error| format!("a damaged Outlook file: {error}"))?;
    let fixed = fixed_properties(&mut item);
    let number = |id: u16| fixed.iter().find(|(found, _)| *found == id).map(|(_, value)| *value);
    let codepage = number(MESSAGE_CODEPAGE).or_else(|| number(INTERNET_CODEPAGE));
    let encoding = codepage.map_or(WINDOWS_1252, encoding_of);
    let mut text = |id: u16| property(&mut item, id, encoding);
    let class = text(MESSAGE_CLASS).unwrap_or_default();
    if !is_message_class(&class) {
        return Err(match class.as_str() {
            "" => "an Outlook file without a message class: no message".to_owned(),
            class => format!("an Outlook item of class {class}, no message"),
        });
    }
    if let Some(headers) = text(TRANSPORT_HEADERS).filter(|headers| headers.contains(':')) {
        return Ok(as_header(&headers));
    }
    let mut header = String::new();
    let address = text(SENDER_SMTP_ADDRESS).or_else(|| text(SENDER_ADDRESS).filter(|address| address.contains('@')));
    let from = match (text(SENDER_NAME), address) {
        (Some(name), Some(address)) => Some(format!("\"{}\" <{address}>", name.replace(['"', '\\'], "'"))),
        (name, address) => address.or(name),
    };
    let submitted = number(CLIENT_SUBMIT_TIME).and_then(|at| file_time((at >> 32) as i64, (at & 0xffff_ffff) as i64));
    let date = submitted.map(|at| mail_parser::DateTime::from_timestamp(at).to_rfc822());
    let fields = [
        ("From", from),
        ("To", text(DISPLAY_TO)),
        ("Cc", text(DISPLAY_CC)),
        ("Subject", text(SUBJECT)),
        ("Date", date),
        ("Message-ID", text(INTERNET_MESSAGE_ID)),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            let value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let _ = writeln!(header, "{name}: {}\r", value.trim());
        }
    }
    if header.is_empty() {
        return Err("an Outlook message without any field".to_owned());
    }
    Ok(header.into_bytes())
}

/// Notes, reports, requests and posts have an author; contacts, tasks and sticky notes have none.
fn is_message_class(class: &str) -> bool {
    let class = class.to_ascii_uppercase();
    let begins = |prefix: &str| {
        class
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    [
        "IPM.NOTE",
        "IPM.POST",
        "IPM.SCHEDULE.MEETING",
        "REPORT",
        "IPM.OUTLOOK.RECALL",
    ]
    .into_iter()
    .any(begins)
}

/// The transport's header as lines: without the note that Outlook writes on top, and without the empty line at the end.
fn as_header(text: &str) -> Vec<u8> {
    let mut header = Vec::new();
    let lines = text.lines().map(|line| line.trim_end_matches(['\r', '\0']));
    let noted = |line: &str| line.starts_with("Microsoft Mail Internet Headers");
    for line in lines
        .skip_while(|line| line.is_empty() || noted(line))
        .take_while(|line| !line.is_empty())
    {
        header.extend_from_slice(line.as_bytes());
        header.extend_from_slice(b"\r\n");
    }
    header
}

/// A text, as Unicode or in the item's code page.
fn property(item: &mut Item<'_>, id: u16, encoding: &'static Encoding) -> Option<String> {
    for (kind, encoding) in [("001F", UTF_16LE), ("001E", encoding)] {
        if let Some(bytes) = stream(item, &format!("/__substg1.0_{id:04X}{kind}")) {
            let (text, _) = encoding.decode_without_bom_handling(&bytes);
            let text = text.trim_end_matches('\0');
            return Some(text.to_owned()).filter(|text| !text.trim().is_empty());
        }
    }
    None
}

fn stream(item: &mut Item<'_>, path: &str) -> Option<Vec<u8>> {
    let stream = item.open_stream(path).ok()?;
    let mut bytes = Vec::new();
    stream.take(MAX_PROPERTY).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Numbers and times of the item: id and value. The stream has a head of 32 bytes and entries of 16 ([MS-OXMSG] 2.4).
fn fixed_properties(item: &mut Item<'_>) -> Vec<(u16, u64)> {
    let bytes = stream(item, "/__properties_version1.0").unwrap_or_default();
    let entries = bytes.get(32..).unwrap_or_default().chunks_exact(16);
    let read = |entry: &[u8]| {
        let id = u16::from_le_bytes(entry.get(2..4)?.try_into().ok()?);
        let value = u64::from_le_bytes(entry.get(8..16)?.try_into().ok()?);
        // A number of 32 bits leaves the upper half to chance.
        let is_long = u16::from_le_bytes(entry.get(..2)?.try_into().ok()?) == 0x0003;
        Some((id, if is_long { value & 0xffff_ffff } else { value }))
    };
    entries.filter_map(read).collect()
}

/// The encoding of a Windows code page.
fn encoding_of(codepage: u64) -> &'static Encoding {
    let label = match codepage {
        65001 => "utf-8".to_owned(),
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        20866 => "koi8-r".to_owned(),
        28591..=28605 => format!("iso-8859-{}", codepage - 28590),
        other => format!("windows-{other}"),
    };
    Encoding::for_label(label.as_bytes()).unwrap_or(WINDOWS_1252)
}
