//! Outlook's items: messages taken apart into properties ([MS-OXPROPS]), in a file of their own (.msg) or many in a data file (.pst).
//! What is given out is rebuilt: the header as the transport wrote it, where Outlook kept it, else what the properties say of it.
//! The body is not rebuilt, as no byte of it would be the one that was signed.

use std::fmt::Write as _;

use encoding_rs::{Encoding, WINDOWS_1252};

use crate::time::file_time;

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

/// Every property that is read.
pub(super) const READ: [u16; 12] = [
    MESSAGE_CLASS,
    SUBJECT,
    CLIENT_SUBMIT_TIME,
    TRANSPORT_HEADERS,
    SENDER_NAME,
    SENDER_ADDRESS,
    DISPLAY_CC,
    DISPLAY_TO,
    INTERNET_MESSAGE_ID,
    INTERNET_CODEPAGE,
    MESSAGE_CODEPAGE,
    SENDER_SMTP_ADDRESS,
];

/// The properties of an item.
pub(super) trait Item {
    /// A text, as Unicode or in the item's code page.
    fn text(&mut self, id: u16, encoding: &'static Encoding) -> Option<String>;
    /// A number; a time in 100 ns since 1601.
    fn number(&self, id: u16) -> Option<u64>;
}

/// Why there is no header.
pub(super) enum NoHeader {
    /// An item of this class: a contact, an appointment, a note.
    OtherItem(String),
    /// No property says anything.
    Empty,
}

impl NoHeader {
    /// In words.
    pub(super) fn what(self) -> String {
        match self {
            Self::OtherItem(class) if class.is_empty() => {
                "an Outlook file without a message class: no message".to_owned()
            }
            Self::OtherItem(class) => format!("an Outlook item of class {class}, no message"),
            Self::Empty => "an Outlook message without any field".to_owned(),
        }
    }
}

/// The header of an item, each line ended by CR LF.
pub(super) fn header(item: &mut dyn Item) -> Result<Vec<u8>, NoHeader> {
    let codepage = item.number(MESSAGE_CODEPAGE).or_else(|| item.number(INTERNET_CODEPAGE));
    let encoding = codepage.map_or(WINDOWS_1252, encoding_of);
    let submitted = item.number(CLIENT_SUBMIT_TIME);
    let mut text = |id: u16| {
        let text = item.text(id, encoding)?;
        let text = text.trim_end_matches('\0');
        Some(text.to_owned()).filter(|text| !text.trim().is_empty())
    };
    let class = text(MESSAGE_CLASS).unwrap_or_default();
    if !is_message_class(&class) {
        return Err(NoHeader::OtherItem(class));
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
    let submitted = submitted.and_then(|at| file_time((at >> 32) as i64, (at & 0xffff_ffff) as i64));
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
    match header.is_empty() {
        true => Err(NoHeader::Empty),
        false => Ok(header.into_bytes()),
    }
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
