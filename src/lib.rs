//! spoofcheck: is this message from who it says it is, and how do we know?
//!
//! A message becomes a [`case::Case`]: facts, each with the bytes it came from. Rules are pure functions from a case to
//! findings; the verdict is reasoned from them. Everything from outside (DNS answers, the time of judgement, what the user
//! knows) enters through [`examiner::Settings`] and a [`dns::Snapshot`]: the same bytes and the same snapshot always give the
//! same report. Begin to read at [`examiner`].
//!
//! ```
//! use spoofcheck::{dns::Snapshot, examiner::{self, Settings}, source, time::Timestamp, verdict::Label};
//!
//! let stored = source::open_eml("testdata/spoof-reject.eml".as_ref())?;
//! let snapshot = Snapshot::read("testdata/dns.jsonl")?;
//! let settings = Settings::new(Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").unwrap());
//! let report = examiner::examine(&stored, &settings, &snapshot);
//! assert_eq!(report.verdict.label, Label::Spoofed);
//! # Ok::<(), spoofcheck::error::Error>(())
//! ```

pub mod batch;
pub mod case;
pub mod clocks;
pub mod dns;
pub mod domain;
mod eights;
pub mod envelope;
pub mod error;
pub mod examiner;
pub mod finding;
pub mod flow;
pub mod habits;
pub mod identity;
mod inner;
mod ip;
pub mod journey;
pub mod known;
mod memo;
pub mod message;
pub mod pipeline;
pub mod posture;
pub mod recorded;
pub mod report;
mod room;
pub mod rules;
pub mod source;
pub mod time;
pub mod trace;
pub mod vendor;
pub mod verdict;
pub mod verify;
mod words;
