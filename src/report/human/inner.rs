//! Attached messages: each has a report of its own, shown short, or whole with `-v`.

use super::{
    head,
    page::{Page, Tone},
    who,
};
use crate::report::Report;

pub(super) fn draw(page: &mut Page, report: &Report) {
    for inner in &report.inner {
        let place = page.safe(inner.source.container.as_deref().unwrap_or_default());
        page.heading("A MESSAGE INSIDE", &place);
        if let Some(attached) = &inner.source.attached {
            page.hanging("", "", attached.note, Tone::Doubtful);
        }
        if page.options.verbose > 0 {
            super::sections(page, inner);
        } else {
            head::draw(page, inner);
            who::draw(page, inner);
        }
        draw(page, inner);
    }
}
