//! Messages that stand in a test itself, as the program reads and examines them.
//!
//! Use it with `#[path = "common/messages.rs"] mod messages;`.

use spoofcheck::{
    dns::Snapshot,
    examiner::{self, Settings},
    report::Report,
    source::{self, Stored},
    time::Timestamp,
};

/// Settings of the program at a time like `2024-01-02T00:00:00Z`.
pub(crate) fn settings_at(now: &str) -> Settings {
    Settings::new(Timestamp::parse_rfc3339(now).expect("a time"))
}

/// The message as if it lay in a file.
pub(crate) fn stored(message: impl AsRef<[u8]>) -> Stored {
    let file = tempfile::Builder::new().suffix(".eml").tempfile().expect("a file");
    std::fs::write(file.path(), message).expect("it is written");
    source::open_eml(file.path()).expect("a message")
}

pub(crate) fn examined(message: impl AsRef<[u8]>, settings: &Settings, snapshot: &Snapshot) -> Report {
    examiner::examine(&stored(message), settings, snapshot)
}
