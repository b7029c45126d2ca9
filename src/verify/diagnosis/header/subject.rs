//! What a Subject may have been: lists put their tag in front of it, gateways a warning.

use super::{Edit, EditKind, Guess};
use crate::message::{Field, decode_encoded_words};

/// Reply and forward marks, as they are translated.
const MARKS: [&str; 10] = ["re:", "fwd:", "fw:", "aw:", "wg:", "sv:", "vs:", "antw:", "rv:", "tr:"];
/// Leading marks and tags that are looked at.
const MAX_LEAD: usize = 6;

/// One word at the start of a subject.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead<'t> {
    /// `Re:`
    Mark(&'t str),
    /// `[list]`, `***SPAM***`
    Tag(&'t str),
}

pub(super) fn guesses(stored: Option<&Field<'_>>) -> Vec<Guess> {
    let Some(field) = stored else { return Vec::new() };
    let text = field.text();
    let (leads, rest) = leads(&text);
    let mut found = Vec::new();
    let mut add = |subject: &str, kind, what: &str| {
        found.push(Guess {
            value: Some(format!(" {}", subject.trim()).into_bytes()),
            edit: Edit {
                kind,
                place: format!("Subject, line {}", field.line),
                text: what.to_owned(),
                span: Some(field.value_span),
            },
        });
    };
    for rest in writings(rest) {
        if rest != writings(rest.as_str()).first().map_or("", String::as_str) || leads.is_empty() {
            let whole = [words(&leads).as_str(), &rest].join(" ");
            add(&whole, EditKind::EncodedWordChanged, "the subject was encoded anew");
        }
        for (at, lead) in leads.iter().enumerate() {
            let Lead::Tag(tag) = lead else { continue };
            let mut others = leads.clone();
            others.remove(at);
            add(&format!("{} {rest}", words(&others)), EditKind::SubjectTagAdded, tag);
            // Lists move their tag in front, and make one "Re:" out of several.
            let others: Vec<Lead<'_>> = others.into_iter().filter(|lead| matches!(lead, Lead::Tag(_))).collect();
            for before in orders(tag) {
                let without = !before.contains(tag);
                let kind = if without {
                    EditKind::SubjectTagAdded
                } else {
                    EditKind::SubjectTagMoved
                };
                add(&format!("{before} {} {rest}", words(&others)), kind, tag);
            }
        }
    }
    found
}

/// What may have stood in place of marks and a tag.
fn orders(tag: &str) -> Vec<String> {
    let mut found = vec![String::new(), tag.to_owned()];
    for mark in ["Re:", "RE:", "re:", "Fwd:", "FW:"] {
        found.extend([
            mark.to_owned(),
            format!("{mark} {tag}"),
            format!("{tag} {mark}"),
            format!("{mark} {tag} {mark}"),
            format!("{mark} {mark}"),
        ]);
    }
    found
}

fn words(leads: &[Lead<'_>]) -> String {
    let words: Vec<&str> = leads
        .iter()
        .map(|lead| match lead {
            Lead::Mark(text) | Lead::Tag(text) => *text,
        })
        .collect();
    words.join(" ")
}

/// The marks and tags at the start, and what follows them.
fn leads(text: &str) -> (Vec<Lead<'_>>, &str) {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while found.len() < MAX_LEAD {
        let mark = MARKS.iter().find_map(|mark| {
            let begin = rest.get(..mark.len())?;
            begin.eq_ignore_ascii_case(mark).then_some(begin)
        });
        let lead = match mark {
            Some(mark) => Lead::Mark(mark),
            None => match tag(rest) {
                Some(tag) => Lead::Tag(tag),
                None => break,
            },
        };
        let (Lead::Mark(taken) | Lead::Tag(taken)) = lead;
        rest = rest.get(taken.len()..).unwrap_or_default().trim_start();
        found.push(lead);
    }
    (found, rest)
}

/// A tag in brackets or stars at the start.
fn tag(text: &str) -> Option<&str> {
    let length = match text.chars().next()? {
        '[' => text.find(']')? + 1,
        '{' => text.find('}')? + 1,
        '(' => text.find(')')? + 1,
        '*' => {
            let stars = text.len() - text.trim_start_matches('*').len();
            let end = text.get(stars..)?.find('*')? + stars;
            end + text.get(end..)?.len() - text.get(end..)?.trim_start_matches('*').len()
        }
        _ => return None,
    };
    text.get(..length).filter(|tag| tag.len() <= 80)
}

/// The text as it stands, and where encoded-words are in it, as other software encodes the same words (RFC 2047).
pub(super) fn writings(text: &str) -> Vec<String> {
    let mut found = vec![text.to_owned()];
    if !text.contains("=?") {
        return found;
    }
    let decoded = decode_encoded_words(text);
    for charset in ["UTF-8", "utf-8"] {
        for encoding in ["B", "b"] {
            let data = base64(decoded.as_bytes());
            found.push(format!("=?{charset}?{encoding}?{data}?="));
        }
        for encoding in ["Q", "q"] {
            found.push(format!("=?{charset}?{encoding}?{}?=", q_encoded(&decoded)));
        }
    }
    found.push(decoded);
    found
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The Q encoding of RFC 2047 4.2.
fn q_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b' ' => "_".to_owned(),
            b'=' | b'?' | b'_' => format!("={byte:02X}"),
            _ if byte.is_ascii_graphic() => char::from(byte).to_string(),
            _ => format!("={byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    fn subjects(value: &str) -> Vec<String> {
        let text = format!("Subject: {value}\r\n\r\n");
        let message = Message::read(text.as_bytes());
        let found = guesses(message.fields.first());
        found
            .into_iter()
            .filter_map(|guess| String::from_utf8(guess.value?).ok())
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[test]
    fn tags_are_taken_away_and_moved() {
        let found = subjects("[List] Re: [PATCH] one");
        for wanted in [
            "Re: [PATCH] one",
            "Re: [List] Re: [PATCH] one",
            "[PATCH] one",
            "RE: [PATCH] one",
        ] {
            assert!(found.contains(&wanted.to_owned()), "{wanted}: {found:?}");
        }
        assert!(subjects("***SPAM*** hello").contains(&"hello".to_owned()));
        assert!(subjects("hello").is_empty());
    }

    #[test]
    fn encoded_words_are_written_anew() {
        assert!(subjects("[List] =?utf-8?q?caf=C3=A9?=").contains(&"=?UTF-8?B?Y2Fmw6k=?=".to_owned()));
    }
}
