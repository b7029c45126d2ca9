//! A message of our own for every published technique, every variant and every legitimate look-alike of the domain's
//! catalogue, written as text in `techniques/*.txt` and made whole here: trace, signatures, seals.
//!
//! A case begins with `== KIND Title`; lines of `word value` follow, then `--`, then the message, up to the next case:
//! `verdict` and `also` say what the judgement must be, `client IP HELO [NAME]`, `mail-from`, `results` and `at` what the border saw,
//! `trace none` leaves every line of the receiver out, `ends lf` stores it with Unix line ends, `alter OLD => NEW` changes the stored message after signing. In the message
//! `\xNN` is a byte, `@std SUBJECT` the rest of an ordinary header, `@dkim`, `@arc` and `@hop` a signature, a seal and a Received field
//! over what follows.

use std::fmt::Write as _;

use crate::{
    checksum,
    messages::{date, seconds},
    sign::{Key, Signer},
};

/// One case.
pub(crate) struct Technique {
    /// `attack`, `variant` or `look-alike`.
    pub(crate) kind: String,
    /// As the catalogue names it.
    pub(crate) title: String,
    /// The verdict that must come out.
    pub(crate) verdict: String,
    /// Verdicts that are no fault either.
    pub(crate) also: Vec<String>,
    /// The file in `testdata/techniques`.
    pub(crate) file: String,
    /// The stored message.
    pub(crate) message: String,
}

const SOURCES: [&str; 4] = [
    include_str!("techniques/author_field.txt"),
    include_str!("techniques/sending.txt"),
    include_str!("techniques/variants.txt"),
    include_str!("techniques/look_alikes.txt"),
];

/// The keys by file name.
pub(crate) struct Ring(Vec<(&'static str, Key)>);

impl Ring {
    pub(crate) fn read() -> Self {
        Self(
            ["rsa-author", "rsa-relay", "rsa-short", "ed25519-author"]
                .map(|name| (name, Key::read(name)))
                .into(),
        )
    }

    fn key(&self, name: &str) -> &Key {
        let found = self.0.iter().find(|(known, _)| *known == name);
        &found.unwrap_or_else(|| unreachable!("no key {name}")).1
    }
}

/// All cases, in the order of the sources.
pub(crate) fn all(ring: &Ring) -> Vec<Technique> {
    SOURCES
        .iter()
        .flat_map(|source| source.split("\n== ").skip(1))
        .map(|text| read(text, ring))
        .collect()
}

/// The one snapshot of all cases; what is not listed does not exist.
pub(crate) fn dns(ring: &Ring) -> String {
    let mut records: Vec<(String, String, Vec<String>)> = Vec::new();
    for line in include_str!("techniques/dns.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let mut words = line.splitn(3, ' ');
        let (Some(name), Some(rtype), Some(data)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let data = match data.strip_prefix('@') {
            Some(key) => {
                let (key, flags) = key.split_once(' ').unwrap_or((key, ""));
                let flags = if flags.is_empty() {
                    String::new()
                } else {
                    format!("; {flags}")
                };
                format!("{}{flags}", ring.key(key).record)
            }
            None => data.to_owned(),
        };
        match records
            .iter_mut()
            .find(|(known, kind, _)| known == name && kind == rtype)
        {
            Some((_, _, all)) => all.push(data),
            None => records.push((name.to_owned(), rtype.to_owned(), vec![data])),
        }
    }
    let mut lines: Vec<String> = records
        .into_iter()
        .map(|(name, rtype, data)| {
            let rcode = data.first().and_then(|data| data.strip_prefix('!')).map(str::to_owned);
            let data = if rcode.is_some() { Vec::new() } else { data };
            let (rcode, data) = (rcode.unwrap_or_else(|| "NOERROR".to_owned()), serde_json::to_string(&data).expect("strings"));
            format!("{{\"name\": \"{name}.\", \"type\": \"{rtype}\", \"rcode\": \"{rcode}\", \"ttl\": 3600, \"data\": {data}, \"asked_at\": \"2026-10-01T00:00:00Z\"}}")
        })
        .collect();
    lines.sort();
    format!(
        "{{\"spoofcheck_dns\": 1, \"absent\": \"nxdomain\", \"now\": \"2026-11-01T00:00:00Z\"}}\n{}\n",
        lines.join("\n")
    )
}

/// What stands between the title and the message.
struct Head {
    verdict: String,
    also: Vec<String>,
    client: Vec<String>,
    mail_from: String,
    rcpt: String,
    results: String,
    at: String,
    traced: bool,
    lf: bool,
    alterations: Vec<(String, String)>,
}

fn read(text: &str, ring: &Ring) -> Technique {
    let (head, message) = text
        .split_once("\n--\n")
        .unwrap_or_else(|| unreachable!("no message: {text}"));
    let (title, settings) = head.split_once('\n').unwrap_or((head, ""));
    let (kind, title) = title.split_once(' ').expect("kind and title");
    let mut head = Head {
        verdict: String::new(),
        also: Vec::new(),
        client: ["203.0.113.66", "host66.shady.example"].map(str::to_owned).into(),
        mail_from: "info@shady.example".to_owned(),
        rcpt: "ruth@corp.example".to_owned(),
        results: String::new(),
        at: "2026-10-19T08:00:05Z".to_owned(),
        traced: true,
        lf: false,
        alterations: Vec::new(),
    };
    for line in settings.lines() {
        let (word, value) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "verdict" => head.verdict = value.to_owned(),
            "also" => head.also = value.split(' ').map(str::to_owned).collect(),
            "client" => head.client = value.split(' ').map(str::to_owned).collect(),
            "mail-from" => head.mail_from = value.to_owned(),
            "rcpt" => head.rcpt = value.to_owned(),
            "results" => head.results = value.to_owned(),
            "at" => head.at = value.to_owned(),
            "ends" => head.lf = value == "lf",
            "trace" => head.traced = value != "none",
            "alter" => {
                let (old, new) = value.split_once(" => ").expect("old and new text");
                head.alterations.push((unescape(old), unescape(new)));
            }
            other => unreachable!("no setting {other} in {title}"),
        }
    }
    let wire = wire(&head, message, ring);
    let mut stored = if head.traced {
        format!("{}{wire}", border(&head, &wire))
    } else {
        wire
    };
    for (old, new) in &head.alterations {
        assert!(stored.contains(old.as_str()), "{title}: nothing to alter: {old}");
        stored = stored.replacen(old.as_str(), new, 1);
    }
    if head.lf {
        stored = stored.replace("\r\n", "\n");
    }
    Technique {
        kind: kind.to_owned(),
        title: title.to_owned(),
        verdict: head.verdict,
        also: head.also,
        file: format!("{}.eml", slug(title)),
        message: stored,
    }
}

/// The lines of mx.corp.example, a Postfix.
fn border(head: &Head, wire: &str) -> String {
    let (ip, helo) = (&head.client[0], &head.client[1]);
    let name = head.client.get(2).unwrap_or(helo);
    let date = date(&head.at);
    let id = format!("{:010X}", 0x4A_0000_0000_u64 + u64::from(checksum(wire)));
    let results = match head.results.as_str() {
        "" => String::new(),
        results => format!(
            "Authentication-Results: mx.corp.example;\r\n\t{}\r\n",
            results.replace("; ", ";\r\n\t")
        ),
    };
    format!(
        "Return-Path: <{}>\r\nDelivered-To: {}\r\n{results}Received: from {helo} ({name} [{ip}])\r\n\tby mx.corp.example (Postfix) with ESMTPS id {id}\r\n\tfor <{}>; {date}\r\n",
        head.mail_from, head.rcpt, head.rcpt
    )
}

/// The message as it came over the wire, made from the bottom up, because a signature covers what stands below it.
fn wire(head: &Head, text: &str, ring: &Ring) -> String {
    let (fields, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let body = unescape(body.trim_end_matches('\n')).replace('\n', "\r\n");
    let mut message = format!("\r\n{body}\r\n");
    for line in fields.lines().rev() {
        message = match line.split_once(' ') {
            Some(("@std", subject)) => format!("{}{message}", ordinary(head, subject)),
            Some(("@hop", words)) => format!("{}{message}", hop(head, words)),
            Some(("@dkim", words)) => signer(head, words, ring).dkim(&message),
            Some(("@arc", words)) => {
                let (words, results) = words.split_once(" : ").expect("results");
                signer(head, words, ring).arc(results, &message)
            }
            _ => format!("{}\r\n{message}", unescape(line)),
        };
    }
    message
}

/// `@std Subject`: the rest of an ordinary header, to the recipient, a few seconds before delivery.
fn ordinary(head: &Head, subject: &str) -> String {
    let written = format!("{}00Z", &head.at[..17]);
    format!(
        "To: Ruth Miller <ruth@corp.example>\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{:08x}@mail.invalid>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n",
        unescape(subject),
        date(&written),
        checksum(subject)
    )
}

/// `@hop HELO IP BY [SECONDS before delivery]`: a Postfix that received.
fn hop(head: &Head, words: &str) -> String {
    let words: Vec<&str> = words.split(' ').collect();
    let earlier: i64 = words.get(3).map_or(3, |seconds| seconds.parse().expect("seconds"));
    let at = spoofcheck::time::Timestamp(seconds(&head.at) - earlier).to_string();
    format!(
        "Received: from {helo} ({helo} [{ip}])\r\n\tby {by} (Postfix) with ESMTPS id {id:010X};\r\n\t{date}\r\n",
        helo = words[0],
        ip = words[1],
        by = words[2],
        id = 0x3B_0000_0000_u64 + u64::from(checksum(words[0])),
        date = date(&at)
    )
}

/// `d=… s=… k=… at=… life=… l=… i=… h=…`, each with a default.
fn signer<'k>(head: &Head, words: &'k str, ring: &'k Ring) -> Signer<'k> {
    let value = |name: &str| {
        words
            .split(' ')
            .find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    };
    let key = value("k").unwrap_or("rsa-author");
    let mut extra = String::new();
    for tag in ["l", "i"] {
        if let Some(value) = value(tag) {
            write!(extra, " {tag}={value};").expect("a string");
        }
    }
    Signer {
        key: ring.key(key),
        domain: value("d").expect("d="),
        selector: value("s").unwrap_or(if key == "rsa-relay" { "relay" } else { "s2026" }),
        at: seconds(value("at").unwrap_or(&head.at)) - 3,
        lifetime: value("life").map(|seconds| seconds.parse().expect("seconds")),
        extra,
        length: value("l").map(|length| length.parse().expect("a length")),
        names: value("h").map(|names| names.split(':').collect()),
    }
}

/// `\xNN` as that character.
fn unescape(text: &str) -> String {
    let mut parts = text.split("\\x");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = u8::from_str_radix(&part[..2], 16).expect("two hexadecimal digits");
        plain.push(char::from(code));
        plain.push_str(&part[2..]);
    }
    plain
}

/// A title as a file name.
fn slug(title: &str) -> String {
    let words: String = title
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                ' '
            }
        })
        .collect();
    let words: Vec<&str> = words.split_whitespace().collect();
    let mut name = words.join("-");
    name.truncate(72);
    name.trim_end_matches('-').to_owned()
}
