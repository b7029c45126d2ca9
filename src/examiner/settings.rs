//! What governs an examination.

use std::sync::Arc;

use crate::{
    habits::Habits,
    known::Known,
    report::{Detail, Setting},
    rules::Selection,
    time::Timestamp,
    verdict,
    verify::diagnosis,
};

/// What governs an examination. The same bytes, snapshot and settings always give the same report.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the user knows and whom he trusts.
    pub known: Known,
    /// The time of judgement.
    pub as_of: Timestamp,
    /// Which rules run.
    pub selection: Selection,
    /// Whether mail-auth is asked too.
    pub second_opinion: bool,
    /// Bytes that may be hashed for one message to find out why a signature fails; 0 looks for nothing.
    pub diagnosis_limit: u64,
    /// Whether messages attached as message/rfc822 get reports of their own.
    pub inner: bool,
    /// A verdict of which the report tells why it is not that one.
    pub explain_against: Option<verdict::Label>,
    /// How DNS is used: `live`, `offline`, `replay` or `record`; only shown.
    pub dns_mode: &'static str,
    /// Whether the report tells the snapshot's hash: not while answers to the questions of other messages still come in.
    pub hash_snapshot: bool,
    /// How much of a report is made.
    pub detail: Detail,
    /// What is usual in the mailbox, where it was learned; see [`super::traits`].
    pub habits: Option<Arc<Habits>>,
    /// What the report lists as settings.
    pub shown: Arc<[Setting]>,
}

impl Settings {
    /// Nothing known, every rule, the second opinion and attached messages included, judged at `as_of`.
    pub fn new(as_of: Timestamp) -> Self {
        Self {
            known: Known::default(),
            as_of,
            selection: Selection::default(),
            second_opinion: true,
            diagnosis_limit: diagnosis::THOROUGH,
            inner: true,
            explain_against: None,
            dns_mode: "replay",
            hash_snapshot: true,
            detail: Detail::Full,
            habits: None,
            shown: Arc::default(),
        }
    }
}
