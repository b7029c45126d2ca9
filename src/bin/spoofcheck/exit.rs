//! Exit codes (report.md), as a type; and the one place that speaks on standard error when all is over.

use std::{fmt, io};

use spoofcheck::{batch::Earlier, error::Error, report::escape, verdict::Label};

/// How the program ends. Several may hold; the first in this order wins: 2, 1, 3, 13, 12, 11, 10, 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0
    Analysed,
    /// 1
    Unfinished,
    /// 2
    Usage,
    /// 3
    NoMessage,
    /// 4
    SomeUnread,
    /// 10 to 13
    Verdict(Label),
}

impl Exit {
    /// The code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Analysed | Self::Verdict(Label::NotSpoofed) => 0,
            Self::Unfinished => 1,
            Self::Usage => 2,
            Self::NoMessage => 3,
            Self::SomeUnread => 4,
            Self::Verdict(Label::Inconclusive) => 10,
            Self::Verdict(Label::Deceptive) => 11,
            Self::Verdict(Label::LikelySpoofed) => 12,
            Self::Verdict(Label::Spoofed) => 13,
        }
    }
}

/// What happened to the inputs of a run, and what follows from it.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    analysed: usize,
    empty: usize,
    unreadable: usize,
    worst: Option<Label>,
}

impl Tally {
    /// As if the inputs of an earlier run, and the worst verdict that counts of it, belonged to this one.
    pub(crate) fn going_on(earlier: &Earlier, worst: Option<Label>) -> Self {
        let count = |records: u64| usize::try_from(records).unwrap_or(usize::MAX);
        Self {
            analysed: count(earlier.reports),
            empty: count(earlier.records - earlier.reports),
            unreadable: 0,
            worst,
        }
    }

    /// Nothing was found, and no error told why.
    pub(crate) fn is_empty(&self) -> bool {
        self.analysed + self.empty + self.unreadable == 0
    }

    /// A message was analysed.
    pub(crate) fn analysed(&mut self, label: Label) {
        self.analysed += 1;
        self.worst = self.worst.max(Some(label));
    }

    /// An input was not.
    pub(crate) fn failed(&mut self, error: &Error) {
        match error {
            Error::NoMessage { .. } => self.empty += 1,
            _ => self.unreadable += 1,
        }
    }

    /// The exit, given the mildest verdict that fails the run.
    pub(crate) fn exit(&self, fail_on: Option<Label>) -> Exit {
        let failing = self.worst.filter(|worst| fail_on.is_some_and(|least| *worst >= least));
        match failing {
            _ if self.analysed == 0 && self.unreadable > 0 => Exit::Unfinished,
            _ if self.analysed == 0 => Exit::NoMessage,
            Some(label) => Exit::Verdict(label),
            None if self.empty + self.unreadable > 0 => Exit::SomeUnread,
            None => Exit::Analysed,
        }
    }
}

/// A wrong use of the program.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// A name that is reserved and does nothing yet.
pub(crate) fn not_yet(what: &str) -> anyhow::Error {
    UsageError(format!("{what}: reserved, and not in this version")).into()
}

/// One line on standard error that names the thing; hostile names are escaped.
pub(crate) fn complain(text: &str) {
    anstream::eprintln!("spoofcheck: {}", escape::visible(text));
}

/// Finished text on standard error, which was made safe when it was drawn.
pub(crate) fn tell(safe: &str) {
    anstream::eprint!("{safe}");
}

/// An error with its causes. Most errors of the library tell their cause themselves.
fn told(error: &anyhow::Error) -> String {
    error
        .chain()
        .fold(String::new(), |told, cause| match cause.to_string() {
            first if told.is_empty() => first,
            known if told.ends_with(&known) => told,
            cause => format!("{told}: {cause}"),
        })
}

/// Speaks on standard error where that is due, and gives the code. A closed pipe ends quietly.
pub(crate) fn report(outcome: anyhow::Result<Exit>) -> u8 {
    let error = match outcome {
        Ok(exit) => return exit.code(),
        Err(error) => error,
    };
    let closed = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(closed) {
        return Exit::Analysed.code();
    }
    complain(&told(&error));
    let configuration = matches!(
        error.downcast_ref::<Error>(),
        Some(Error::Configuration { .. } | Error::Snapshot { .. })
    );
    let exit = if configuration || error.is::<UsageError>() {
        Exit::Usage
    } else {
        Exit::Unfinished
    };
    exit.code()
}
