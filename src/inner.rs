//! Messages inside a message: what is known of them from outside, and whose word their header is.

use crate::{
    case::Case,
    envelope,
    known::{Known, Testimony},
    message::{AttachedMessage, Message, Mime, Relation},
    report::model::AttachedAs,
};

/// More of a report's part than this is not read.
const MAX_PART: usize = 1024 * 1024;
/// The machine-readable parts of reports.
const REPORT_PARTS: [&str; 3] = [
    "message/delivery-status",
    "message/feedback-report",
    "message/disposition-notification",
];

/// What holds for the inner message: the names that are protected everywhere, and the testimony of the system that put it
/// there. What the user said of the outer message's way does not.
pub(crate) fn known_of(inner: &AttachedMessage<'_>, outer: &Message<'_>, mime: &Mime, known: &Known) -> Known {
    Known {
        protect: known.protect.clone(),
        testimony: testimony(inner.relation, outer, mime),
        ..Known::default()
    }
}

/// What the report or the journal around it says of its envelope.
fn testimony(relation: Relation, outer: &Message<'_>, mime: &Mime) -> Option<Testimony> {
    let part = |types: &[&str]| {
        let mut parts = mime.parts.iter().filter(|part| part.depth > 0);
        let part = parts.find(|part| types.contains(&part.content_type.as_str()))?;
        part.decoded(outer, MAX_PART)
    };
    let author = || author(outer).unwrap_or_else(|| "an unnamed author".to_owned());
    match relation {
        Relation::Attached => None,
        Relation::Returned | Relation::Reported => {
            let mut found = envelope::returned_envelope(&part(&REPORT_PARTS)?)?;
            found.by = match found.by.is_empty() {
                true => format!("the report of {}", author()),
                false => format!("the report of {}", found.by),
            };
            Some(found)
        }
        Relation::Journaled => {
            let text = part(&["text/plain"])?;
            let recipients = envelope::journal_recipients(&String::from_utf8_lossy(&text));
            (!recipients.is_empty()).then(|| Testimony {
                by: format!("the journal of {}", author()),
                rcpt_to: recipients,
                ..Testimony::default()
            })
        }
    }
}

fn author(message: &Message<'_>) -> Option<String> {
    let field = message.field("From")?;
    let mut mailboxes = field.addresses().mailboxes.iter();
    mailboxes.find_map(|mailbox| mailbox.address.clone())
}

/// Why the message is there, who put it there, and what that means.
pub(crate) fn attached_as(inner: &AttachedMessage<'_>, case: &Case<'_>) -> AttachedAs {
    AttachedAs {
        relation: inner.relation,
        by: case.author().and_then(|author| author.address.clone()),
        note: match inner.relation {
            Relation::Attached => {
                "Whoever attached it could have written all of it: its trace and its recorded results are his word. \
                 Signatures that verify speak for themselves."
            }
            Relation::Returned => {
                "A delivery report brings it back: its header is that server's word, often cut. It may be a forgery that \
                 the outer author never sent (backscatter)."
            }
            Relation::Reported => {
                "An abuse report shows it: its header is the reporter's word, who often blanks parts of it. Signatures \
                 that verify speak for themselves."
            }
            Relation::Journaled => {
                "A journal keeps it, and names its recipients: the word of that system, as far as the outer message is \
                 its own."
            }
        },
    }
}
