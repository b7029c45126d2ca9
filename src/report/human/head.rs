//! The verdict, its reasons, what speaks against it, what is unknown, what to do.

use super::page::{Page, Tone, word};
use crate::{
    finding::Effect,
    report::{Report, model},
    verdict::Label,
};

/// Reasons shown before the rest is left to `-v`.
const MAX_REASONS: usize = 5;

pub(super) fn draw(page: &mut Page, report: &Report) {
    let verdict = &report.verdict;
    let label = words(verdict.label);
    let confidence = format!("{} confidence", word(&verdict.confidence));
    let name = page.safe(&file_name(&report.source));
    let used = label.len() + confidence.len() + 2;
    let room = page.options.width.saturating_sub(used + 2);
    let name = super::page::cut(&name, room.max(8));
    let gap = room.saturating_sub(unicode_width::UnicodeWidthStr::width(name.as_str())) + 2;
    let line = format!(
        "{}  {confidence}{}{}",
        page.paint(label, tone(verdict.label)),
        " ".repeat(gap),
        page.paint(&name, Tone::Faint)
    );
    page.line(&line);
    page.wrapped("", &verdict.summary);
    page.blank();
    reasons(page, "because", &verdict.because, report);
    reasons(page, "despite", &verdict.despite, report);
    sentences(
        page,
        "unknown",
        &verdict.unknowns,
        "nothing that could change this verdict",
    );
    sentences(page, "next", &verdict.next_steps, "");
}

/// A file, and where in it the message stands.
fn file_name(source: &model::Source) -> String {
    let name = source.path.rsplit('/').next().unwrap_or(&source.path);
    let name = if name == "-" { "standard input" } else { name };
    if source.index > 0 || source.format == "mbox" {
        format!("{name}, message {}", source.index + 1)
    } else {
        name.to_owned()
    }
}

fn reasons(page: &mut Page, lead: &str, ids: &[&str], report: &Report) {
    let mut lead = format!("  {lead:<9} ");
    for id in ids.iter().take(MAX_REASONS) {
        let first = format!("{lead}{id:<7} ");
        let (text, tone) = describe(id, report);
        page.hanging(&first, &" ".repeat(20), &text, tone);
        lead = " ".repeat(12);
    }
    if ids.len() > MAX_REASONS {
        page.line(&format!("{lead}and {}", ids[MAX_REASONS..].join(", ")));
    }
}

/// What an id says here: the finding's own sentence, or the flow's name.
fn describe(id: &str, report: &Report) -> (String, Tone) {
    if let Some(finding) = report.findings.iter().find(|finding| finding.id == id) {
        let tone = match finding.effect {
            Effect::Accuses => Tone::Bad,
            Effect::Clears => Tone::Good,
            Effect::Explains | Effect::Neutral => Tone::Plain,
        };
        let explained = if finding.explained_by.is_empty() {
            String::new()
        } else {
            format!(" (expected: {})", finding.explained_by.join(", "))
        };
        return (format!("{}{explained}", finding.message), tone);
    }
    let flow = crate::flow::catalogue().find(|flow| flow.id == id);
    (flow.map(|flow| flow.title.to_owned()).unwrap_or_default(), Tone::Plain)
}

fn sentences(page: &mut Page, lead: &str, all: &[String], none: &str) {
    let mut first = format!("  {lead:<9} ");
    let rest = " ".repeat(12);
    if all.is_empty() && !none.is_empty() {
        page.hanging(&first, &rest, none, Tone::Plain);
    }
    for text in all {
        page.hanging(&first, &rest, text, Tone::Plain);
        first.clone_from(&rest);
    }
}

/// The label as a reader says it.
pub(super) fn words(label: Label) -> &'static str {
    match label {
        Label::NotSpoofed => "NOT SPOOFED",
        Label::Inconclusive => "INCONCLUSIVE",
        Label::Deceptive => "DECEPTIVE",
        Label::LikelySpoofed => "LIKELY SPOOFED",
        Label::Spoofed => "SPOOFED",
    }
}

pub(super) fn tone(label: Label) -> Tone {
    match label {
        Label::NotSpoofed => Tone::Good,
        Label::Inconclusive => Tone::Doubtful,
        Label::Deceptive | Label::LikelySpoofed | Label::Spoofed => Tone::Bad,
    }
}
