//! What DNS said at the time of the message, and says no more (AU-431).

use super::rules;
use crate::finding::{Evidence, Finding};

/// Records told of.
const MOST: usize = 6;

rules! {
    /// A record that the message was judged by has changed since: the snapshot holds an answer of its time, and a later one that
    /// is another. What counts is the answer of the time.
    ///
    /// # When this is innocent
    /// Always: keys are rotated and servers move. It only says that a check against today's DNS would come out otherwise.
    RECORD_CHANGED_SINCE {
        id: "AU-431",
        name: "record-changed-since",
        title: "A record has changed since the message was delivered",
        severity: Info,
        effect: Neutral,
        references: ["RFC 6376 3.6", "RFC 7208 4.4"],
        check: |rule, case| {
            let changed = case.verification.asked.iter().filter(|asked| asked.changed).take(MOST);
            changed.map(|asked| {
                let then = asked.answer.records().iter().map(|data| data.to_text().into_owned()).collect::<Vec<_>>().join(", ");
                let then = if then.is_empty() { "no record".to_owned() } else { then };
                Finding::new(rule, format!("{} {} is another one today", asked.question.name, asked.question.rtype.name()),
                    Evidence::record(asked.question.clone(), then))
            }).collect()
        },
    }
}
