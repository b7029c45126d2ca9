//! spoofcheck: is this message from who it says it is, and how do we know?

pub mod case;
pub mod dns;
pub mod domain;
pub mod envelope;
pub mod error;
pub mod examiner;
pub mod finding;
pub mod flow;
pub mod identity;
pub mod known;
pub mod message;
pub mod recorded;
pub mod report;
pub mod rules;
pub mod source;
pub mod time;
pub mod trace;
pub mod verdict;
pub mod verify;
