//! Which verdict decides the exit code.

use spoofcheck::{batch::Earlier, report::Report, verdict::Label};

use crate::args::{FailOn, Inner, Verdict};

/// The verdict that counts: the outer message's, or with `--inner all` the worst of all.
pub(crate) fn deciding(report: &Report, inner: Inner) -> Label {
    let outer = report.verdict.label;
    if inner != Inner::All {
        return outer;
    }
    report
        .inner
        .iter()
        .map(|report| deciding(report, inner))
        .fold(outer, Label::max)
}

/// The same of all reports of an earlier run.
pub(crate) fn worst_before(earlier: &Earlier, inner: Inner) -> Option<Label> {
    match inner {
        Inner::All => earlier.worst_of_all,
        Inner::Auto | Inner::Outer => earlier.worst,
    }
}

impl Verdict {
    /// The library's label.
    pub(crate) fn label(self) -> Label {
        match self {
            Self::NotSpoofed => Label::NotSpoofed,
            Self::Inconclusive => Label::Inconclusive,
            Self::Deceptive => Label::Deceptive,
            Self::LikelySpoofed => Label::LikelySpoofed,
            Self::Spoofed => Label::Spoofed,
        }
    }
}

impl FailOn {
    /// The mildest label that fails; `None` for never.
    pub(crate) fn label(self) -> Option<Label> {
        match self {
            Self::Never => None,
            Self::Inconclusive => Some(Label::Inconclusive),
            Self::Deceptive => Some(Label::Deceptive),
            Self::LikelySpoofed => Some(Label::LikelySpoofed),
            Self::Spoofed => Some(Label::Spoofed),
        }
    }
}
