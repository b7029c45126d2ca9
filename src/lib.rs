//! spoofcheck: is this message from who it says it is, and how do we know?

pub mod dns;
pub mod domain;
pub mod envelope;
pub mod error;
pub mod known;
pub mod message;
pub mod recorded;
pub mod source;
pub mod time;
pub mod trace;
pub mod verify;
