//! What breaks with what is usual in the mailbox (ID-627, ID-628); only where the mailbox was read for it before.

use super::rules;
use crate::{
    case::Case,
    finding::{Evidence, Finding},
};

rules! {
    /// The name that is shown is known in this mailbox, from somebody of another organisation; of this organisation nobody wrote before.
    ///
    /// # When this is innocent
    /// People who write from a private address, or change their employer; names that two people share.
    FIRST_CONTACT {
        id: "ID-627",
        name: "first-contact",
        title: "A known name, from where nobody wrote before",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 5322 3.6.2"],
        check: |rule, case| case.habits.first_contact.iter().map(|known| {
            let text = format!("{} is known here as {}, in {} messages", known.name, known.known_as, known.messages);
            Finding::new(rule, text, author_field(case)).and(Evidence::derivation("learned from the dates and From fields of all messages of the mailbox"))
        }).collect(),
    }

    /// The sender is known in this mailbox, and all that can be compared is new at once: the client's network with signing domain, mail
    /// program or time zone.
    ///
    /// # When this is innocent
    /// A sender who moves to another provider: then all of his later mail comes the new way.
    HABIT_BREAK {
        id: "ID-628",
        name: "sender-habit-break",
        title: "A known sender's mail comes in a new way",
        severity: High,
        effect: Accuses,
        references: ["RFC 5598 5"],
        check: |rule, case| case.habits.broken.iter().map(|broken| {
            let changes = broken.changes.iter().map(|(kind, here, usual)| format!("{} {here}, before {usual}", kind.word()));
            let text = format!("{}: {}", broken.address, changes.collect::<Vec<_>>().join("; "));
            Finding::new(rule, text, author_field(case)).and(Evidence::derivation("learned from the border, signatures, programs and dates of all messages of the mailbox"))
        }).collect(),
    }
}

fn author_field(case: &Case<'_>) -> Evidence {
    let field = case.message.field("From");
    field.map_or_else(|| Evidence::absence("no From field"), |field| Evidence::field(field))
}
