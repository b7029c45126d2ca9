//! The findings, each with its evidence quoted and the case in which it is innocent.

use unicode_width::UnicodeWidthStr;

use super::page::{Page, Tone, cut, word};
use crate::{
    finding::{Effect, Severity},
    report::{Report, model},
};

/// Quoted lines of one piece of evidence, and pieces of one finding, before the rest is left to JSON.
const MAX_LINES: usize = 4;
const MAX_PIECES: usize = 3;

pub(super) fn draw(page: &mut Page, report: &Report) {
    let all = page.options.verbose > 0;
    let named = |finding: &model::Finding| {
        report.verdict.because.contains(&finding.id) || report.verdict.despite.contains(&finding.id)
    };
    let weighty = |finding: &model::Finding| finding.effect != Effect::Neutral && finding.severity >= Severity::Low;
    let shown: Vec<&model::Finding> = report
        .findings
        .iter()
        .filter(|finding| all || named(finding) || weighty(finding))
        .collect();
    if shown.is_empty() {
        return;
    }
    page.heading("EVIDENCE", "");
    for (number, finding) in shown.iter().enumerate() {
        if number > 0 {
            page.blank();
        }
        draw_finding(page, finding);
    }
    for flow in &report.flows {
        page.blank();
        page.line(&format!("flow  {} {}", flow.id, flow.name));
        for piece in flow.evidence.iter().take(MAX_PIECES) {
            draw_piece(page, piece);
        }
    }
}

fn draw_finding(page: &mut Page, finding: &model::Finding) {
    let severity = word(&finding.severity);
    let tone = match (finding.effect, finding.severity) {
        (Effect::Accuses, Severity::High | Severity::Critical) => Tone::Bad,
        (Effect::Accuses, _) => Tone::Doubtful,
        (Effect::Clears, _) => Tone::Good,
        _ => Tone::Plain,
    };
    let head = match finding.effect {
        Effect::Clears => "clears",
        _ => severity.as_str(),
    };
    let line = format!(
        "{}  {} {}",
        page.paint(head, tone),
        page.paint(finding.id, Tone::Strong),
        finding.name
    );
    page.line(&line);
    page.wrapped("    ", &finding.message);
    for piece in finding.evidence.iter().take(MAX_PIECES) {
        draw_piece(page, piece);
    }
    if finding.evidence.len() > MAX_PIECES {
        page.line(&format!(
            "    and {} more pieces of evidence",
            finding.evidence.len() - MAX_PIECES
        ));
    }
    let mut close = finding.references.join(", ");
    if !finding.explained_by.is_empty() {
        close.push_str(&format!(" · expected: {} explains it", finding.explained_by.join(", ")));
    } else if let Some(innocent) = finding.innocent_when.as_ref().filter(|text| !text.is_empty()) {
        close.push_str(&format!(" · when innocent: {innocent}"));
    }
    page.hanging("    ", "    ", &close, Tone::Faint);
}

fn draw_piece(page: &mut Page, piece: &model::Evidence) {
    match piece.kind {
        model::EvidenceKind::Quote => quote(page, piece),
        model::EvidenceKind::Record => {
            let question = piece
                .question
                .as_ref()
                .map(|question| format!("{} {}", question.name, word(&question.rtype)))
                .unwrap_or_default();
            // A key is as good as its first letters to a reader; -v and JSON have the whole.
            let whole = page.options.verbose > 0 || piece.text.width() <= MAX_RECORD;
            let text = if whole {
                piece.text.clone()
            } else {
                cut(&piece.text, MAX_RECORD)
            };
            page.hanging(
                "    DNS  ",
                "         ",
                &format!("{question}  \"{text}\""),
                Tone::Plain,
            );
        }
        model::EvidenceKind::Absence => page.hanging("    not there: ", "      ", &piece.text, Tone::Plain),
        model::EvidenceKind::Derivation => page.hanging("    ", "      ", &piece.text, Tone::Plain),
    }
}

/// Lines of the header with carets under the bytes that count. Each part is escaped before columns are counted.
fn quote(page: &mut Page, piece: &model::Evidence) {
    let numbers = piece
        .context
        .iter()
        .map(|line| line.line.to_string().len())
        .max()
        .unwrap_or(1);
    let room = page.options.width.saturating_sub(numbers + 7).max(20);
    let lines = piece.context.iter().filter(|line| {
        !(line.before.trim().is_empty() && line.quoted.trim().is_empty() && line.after.trim().is_empty())
    });
    let shown: Vec<&model::ContextLine> = lines.take(MAX_LINES).collect();
    for line in &shown {
        let before = page.safe_quotation(&flat(&line.before));
        let quoted = page.safe_quotation(&flat(&line.quoted));
        let after = page.safe_quotation(&flat(&line.after));
        // The bytes that count must be on the page: what stands before them gives way first.
        let before = if before.width() + quoted.width() > room {
            lead_cut(&before, room / 3)
        } else {
            before
        };
        let quoted = cut(&quoted, room.saturating_sub(before.width()).max(8));
        let after = cut(&after, room.saturating_sub(before.width() + quoted.width()));
        let after = if room > before.width() + quoted.width() {
            after
        } else {
            String::new()
        };
        page.line(&format!("  {:>numbers$} | {before}{quoted}{after}", line.line));
        let whole = before.trim().is_empty() && after.trim().is_empty();
        if !quoted.trim().is_empty() && !whole {
            let carets = page.paint(&"^".repeat(quoted.trim_end().width().max(1)), Tone::Doubtful);
            let line = format!("  {:>numbers$} | {}{carets}", "", " ".repeat(before.width()));
            page.line(&line);
        }
    }
    let left = piece.context.len().saturating_sub(shown.len());
    if left > 0 || piece.omitted_bytes > 0 {
        page.line(&format!("  {:>numbers$} | …", ""));
    }
    if let Some(origin) = &piece.origin {
        // A part in the delivery, or the name of a host.
        let article = if origin.contains('.') || origin.starts_with("the ") {
            ""
        } else {
            "the "
        };
        let indent = " ".repeat(numbers + 5);
        page.hanging(&indent, &indent, &format!("written by {article}{origin}"), Tone::Faint);
    }
}

/// Columns of a DNS record that are shown without `-v`.
const MAX_RECORD: usize = 120;

/// Tabs as one space: folded fields begin with them, and their width is the terminal's.
fn flat(text: &str) -> String {
    text.replace('\t', " ")
}

/// The end of a text, with a mark where its beginning is missing.
fn lead_cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut start = text.len();
    for (at, _) in text.char_indices().rev() {
        if text[at..].width() + 1 > room {
            break;
        }
        start = at;
    }
    format!("…{}", &text[start..])
}
