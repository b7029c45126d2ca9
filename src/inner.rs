//! Messages inside a message: what is known of them from outside, and whose word their header is.

use crate::{
    case::Case,
    envelope,
    known::{Known, Testimony},
    message::{AttachedMessage, Message, Mime, Relation, parse_addresses},
    report::model::AttachedAs,
};

/// More of a journal's part than this is not read.
const MAX_JOURNAL: usize = 1024 * 1024;

/// What holds for the inner message: the names that are protected everywhere, and the testimony of the system that put it
/// there. What the user said of the outer message's way does not.
pub(crate) fn known_of(inner: &AttachedMessage<'_>, outer: &Message<'_>, mime: &Mime, known: &Known) -> Known {
    Known {
        protect: known.protect.clone(),
        testimony: testimony(inner.relation, outer, mime),
        ..Known::default()
    }
}

/// The journal's envelope part.
fn testimony(relation: Relation, outer: &Message<'_>, mime: &Mime) -> Option<Testimony> {
    if relation != Relation::Journaled {
        return None;
    }
    let part = mime
        .parts
        .iter()
        .find(|part| part.depth > 0 && part.content_type == "text/plain")?;
    let text = part.decoded(outer, MAX_JOURNAL)?;
    let recipients = envelope::journal_recipients(&String::from_utf8_lossy(&text));
    let by = author(outer).unwrap_or_else(|| "the journal".to_owned());
    (!recipients.is_empty()).then(|| Testimony {
        by: format!("the journal of {by}"),
        rcpt_to: recipients,
        ..Testimony::default()
    })
}

fn author(message: &Message<'_>) -> Option<String> {
    let field = message.field("From")?;
    parse_addresses(&field.unfolded())
        .mailboxes
        .into_iter()
        .find_map(|mailbox| mailbox.address)
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
