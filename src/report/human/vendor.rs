//! What products wrote about the message, for a reader who wants all facts: documented values with their meaning, others as they
//! stand.

use super::page::{Page, Tone};
use crate::report::{Report, model::VendorFact};

/// Fields drawn.
const MAX_FIELDS: usize = 24;
/// Facts of one field drawn.
const MAX_FACTS: usize = 12;

pub(super) fn draw(page: &mut Page, report: &Report) {
    if page.options.verbose == 0 || report.vendor.iter().all(|field| field.facts.is_empty()) {
        return;
    }
    page.heading("WHAT PRODUCTS WROTE", "by line; their own judgement, no proof");
    let told = report.vendor.iter().filter(|field| !field.facts.is_empty());
    for field in told.take(MAX_FIELDS) {
        let facts: Vec<String> = field
            .facts
            .iter()
            .take(MAX_FACTS)
            .map(|one| fact(one, &field.name))
            .collect();
        let whose = if field.by_receiver { "" } else { " (claimed)" };
        let text = format!("{:>4}  {}{whose}: {}", field.line, field.name, facts.join("; "));
        let tone = if field.by_receiver { Tone::Plain } else { Tone::Faint };
        page.hanging("  ", "        ", &text, tone);
    }
}

fn fact(fact: &VendorFact, name: &str) -> String {
    let stated = if fact.key == name {
        fact.value.clone()
    } else {
        format!("{}={}", fact.key, fact.value)
    };
    match fact.meaning {
        Some(meaning) => format!("{stated} ({meaning})"),
        None => stated,
    }
}
