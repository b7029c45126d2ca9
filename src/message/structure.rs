//! Defects of the form: what a header does that RFC 5322 does not allow.

use super::{Message, Span, read::Line};

/// Something wrong with the form, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// What it is.
    pub kind: DefectKind,
    /// The bytes that show it.
    pub span: Span,
    /// The field that it concerns, where it is one.
    pub field_index: Option<usize>,
}

/// The kinds of defect (findings.md 2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DefectKind {
    /// A cap of trace.md 3.1 was reached; the rest of the header was not read.
    LimitHit,
}

impl Defect {
    /// A cap was reached at `span`.
    pub(super) fn limit(span: Span) -> Self {
        Self {
            kind: DefectKind::LimitHit,
            span,
            field_index: None,
        }
    }
}

/// A header line that is neither field nor continuation: kept as a defect when fields follow (`true`), else the header ends here.
pub(super) fn stray_line(_message: &mut Message<'_>, _line: Line) -> bool {
    false
}

/// Adds the defects that only show on the whole header.
pub(super) fn inspect(_message: &mut Message<'_>) {}
