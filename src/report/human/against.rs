//! Why it is not another verdict, for who asked.

use super::page::{Page, Tone, word};
use crate::report::{Report, model::Way};

pub(super) fn draw(page: &mut Page, report: &Report) {
    let Some(against) = &report.verdict.against else {
        return;
    };
    let asked = word(&against.label).to_uppercase();
    let title = if against.label == report.verdict.label {
        format!("WHY {asked}")
    } else {
        format!("WHY NOT {asked}")
    };
    page.heading(&title, "what each way to it needs");
    for way in &against.ways {
        draw_way(page, way);
    }
}

fn draw_way(page: &mut Page, way: &Way) {
    let (state, tone) = if way.holds {
        ("holds", Tone::Strong)
    } else {
        ("fails", Tone::Plain)
    };
    page.hanging(&format!("  {state}  "), "         ", way.name, tone);
    for need in &way.needs {
        let (mark, tone) = if need.holds {
            ("yes", Tone::Plain)
        } else {
            ("NO ", Tone::Doubtful)
        };
        page.hanging(&format!("         {mark}  "), "              ", need.text, tone);
    }
}
