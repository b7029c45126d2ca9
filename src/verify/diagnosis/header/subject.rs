//! What a Subject may have been: lists put their tag in front of it, gateways a warning.

use super::{Edit, EditKind, Guess};
use crate::message::{Field, decode_encoded_words};

/// Reply and forward marks, as they are translated.
const MARKS: [&str; 10] = ["re:", "fwd:", "fw:", "aw:", "wg:", "sv:", "vs:", "antw:", "rv:", "tr:"];
/// So many orders of marks and a tag are usual.
const USUAL: usize = 7;
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
    let (leads, rest) = leads(text);
    let mut found = Vec::new();
    let mut add = |subject: &str, kind, what: &str, rare: bool| {
        let subject: Vec<&str> = subject.split_whitespace().collect();
        let writings = writings(&subject.join(" ")).into_iter().enumerate();
        for (rank, writing) in writings.skip(usize::from(what.is_empty())) {
            let kind = if rank > 0 && what.is_empty() {
                EditKind::EncodedWordChanged
            } else {
                kind
            };
            found.push(Guess {
                value: Some(format!(" {writing}").into_bytes()),
                edit: Edit {
                    kind,
                    place: format!("Subject, line {}", field.line),
                    text: what.to_owned(),
                    span: Some(field.value_span),
                },
                rare,
            });
        }
    };
    add(text, EditKind::EncodedWordChanged, "", false);
    let mut tags = 0;
    for (at, lead) in leads.iter().enumerate() {
        let Lead::Tag(tag) = lead else { continue };
        tags += 1;
        // The list's own tag is the first one.
        let rare = tags > 1;
        let mut others = leads.clone();
        others.remove(at);
        add(
            &format!("{} {rest}", words(&others)),
            EditKind::SubjectTagAdded,
            tag,
            rare,
        );
        // Lists move their tag in front, and make one "Re:" out of several; software encodes the mark with the rest.
        let decoded = decode_encoded_words(rest);
        let (inner_marks, rest) = self::leads(&decoded);
        let inner_tags = inner_marks.iter().copied();
        let others: Vec<Lead<'_>> = others
            .into_iter()
            .chain(inner_tags)
            .filter(|lead| matches!(lead, Lead::Tag(_)))
            .collect();
        for (rank, before) in orders(tag).into_iter().enumerate() {
            let kind = if before.contains(tag) {
                EditKind::SubjectTagMoved
            } else {
                EditKind::SubjectTagAdded
            };
            add(
                &format!("{before} {} {rest}", words(&others)),
                kind,
                tag,
                rare || rank >= USUAL,
            );
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

/// The text as it stands, and where it needs encoded-words, as other software writes the same words (RFC 2047).
pub(super) fn writings(text: &str) -> Vec<String> {
    let mut found = vec![text.to_owned()];
    let decoded = decode_encoded_words(text);
    if text.is_ascii() && decoded == text {
        return found;
    }
    for charset in ["UTF-8", "utf-8"] {
        found.extend(["B", "b"].map(|encoding| format!("=?{charset}?{encoding}?{}?=", base64(decoded.as_bytes()))));
        found.extend(["Q", "q"].map(|encoding| format!("=?{charset}?{encoding}?{}?=", q_encoded(&decoded))));
        found.push(q_words(charset, &decoded));
    }
    if decoded != text {
        found.push(decoded);
    }
    found
}

/// Columns of a line with an encoded-word, and of the name in front of the first one.
const COLUMNS: usize = 75;
const NAME: usize = "Subject: ".len();

/// Several encoded-words, none of which makes its line longer than RFC 2047 section 2 allows.
fn q_words(charset: &str, text: &str) -> String {
    let frame = format!("=?{charset}?Q??=").len();
    let mut words = Vec::new();
    let mut word = String::new();
    let mut room = COLUMNS - NAME;
    for c in text.chars() {
        let encoded = q_encoded(c.encode_utf8(&mut [0; 4]));
        if frame + word.len() + encoded.len() > room {
            words.push(std::mem::take(&mut word));
            room = COLUMNS;
        }
        word.push_str(&encoded);
    }
    words.push(word);
    let words: Vec<String> = words.iter().map(|word| format!("=?{charset}?Q?{word}?=")).collect();
    words.join(" ")
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
