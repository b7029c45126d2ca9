//! What Content-Type and Content-Transfer-Encoding may have been: lists that touch a body write both anew.

use super::{Clues, Edit, EditKind, Guess};
use crate::message::Field;

/// So many guesses at a field are usual ones.
const USUAL: usize = 12;
/// What mailers write most.
const USUAL_TYPES: [&str; 10] = [
    "text/plain; charset=UTF-8",
    "text/plain; charset=\"UTF-8\"",
    "text/plain; charset=utf-8",
    "text/plain; charset=us-ascii",
    "text/plain; charset=UTF-8; format=flowed",
    "text/plain; charset=utf-8; format=flowed",
    "text/plain; charset=\"utf-8\"",
    "text/plain; charset=\"us-ascii\"",
    // As a large filter service writes them.
    "text/plain; charset=\"US-ASCII\"",
    "text/plain; charset=WINDOWS-1252; format=flowed",
];
/// Names of character sets as mailers write them.
const CHARSETS: [&str; 10] = [
    "UTF-8",
    "utf-8",
    "us-ascii",
    "US-ASCII",
    "iso-8859-1",
    "ISO-8859-1",
    "windows-1252",
    "Windows-1252",
    "iso-8859-15",
    "ISO-8859-15",
];
/// Parameters of RFC 3676, and the order in which a disposition of git stands beside them.
const FLOWED: [&str; 4] = [
    "",
    "; format=flowed",
    "; format=flowed; delsp=yes",
    "; delsp=yes; format=flowed",
];

pub(super) fn type_guesses(clues: &Clues<'_, '_>, stored: Option<&Field<'_>>) -> Vec<Guess> {
    let mut values = inner(clues, "Content-Type");
    values.extend(USUAL_TYPES.map(str::to_owned));
    for charset in CHARSETS {
        for charset in [charset.to_owned(), format!("\"{charset}\"")] {
            values.extend(FLOWED.map(|flowed| format!("text/plain; charset={charset}{flowed}")));
        }
    }
    values.push("text/plain".to_owned());
    guesses(values, "Content-Type", EditKind::ContentTypeChanged, stored)
}

pub(super) fn encoding_guesses(clues: &Clues<'_, '_>, stored: Option<&Field<'_>>) -> Vec<Guess> {
    let mut values = inner(clues, "Content-Transfer-Encoding");
    values.extend(
        [
            "8bit",
            "7bit",
            "quoted-printable",
            "base64",
            "8BIT",
            "7BIT",
            "QUOTED-PRINTABLE",
            "BASE64",
        ]
        .map(str::to_owned),
    );
    guesses(
        values,
        "Content-Transfer-Encoding",
        EditKind::TransferEncodingChanged,
        stored,
    )
}

/// What the first part says, where a list wrapped the message.
fn inner(clues: &Clues<'_, '_>, name: &str) -> Vec<String> {
    let field = clues.inner.as_ref().and_then(|part| part.field(name));
    field.map(|field| field.text().to_owned()).into_iter().collect()
}

fn guesses(values: Vec<String>, name: &str, kind: EditKind, stored: Option<&Field<'_>>) -> Vec<Guess> {
    let (place, span) = match stored {
        Some(field) => (format!("{name}, line {}", field.line), Some(field.value_span)),
        None => (format!("{name}, which is not there"), None),
    };
    let guess = |(rank, value): (usize, String)| Guess {
        rare: rank >= USUAL,
        value: Some(format!(" {value}").into_bytes()),
        edit: Edit {
            kind,
            place: place.clone(),
            text: value,
            span,
        },
    };
    values.into_iter().enumerate().map(guess).collect()
}
