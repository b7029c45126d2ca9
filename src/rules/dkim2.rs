//! DKIM2: what is in the header, and not verified (AU-432).

use super::rules;
use crate::finding::{Evidence, Finding};

rules! {
    /// The message carries signatures of DKIM2, the successor of DKIM that is still a draft. This program does not verify them: they are
    /// unknown, neither good nor bad.
    ///
    /// # When this is innocent
    /// Always: senders that try the new protocol sign with DKIM as well.
    ///
    /// # Check by hand
    /// Ask the receiving system, if it takes part: only the envelope of the hop shows whether such a signature holds.
    DKIM2_PRESENT {
        id: "AU-432",
        name: "dkim2-present",
        title: "DKIM2 fields are present, and not verified",
        severity: Info,
        effect: Neutral,
        references: ["draft-ietf-dkim-dkim2-spec"],
        check: |rule, case| {
            let mut fields = case.message.fields_of(&["DKIM2-Signature", "Message-Instance"]);
            let Some(first) = fields.next() else { return Vec::new() };
            vec![Finding::new(rule, format!("{} fields of DKIM2: unsupported, so nothing follows from them", fields.count() + 1), Evidence::field(first))]
        },
    }
}
