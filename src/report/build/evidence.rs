//! Sections `findings` and `flows`: quotations are cut from the message itself, so text and span always agree.

use std::{collections::HashMap, sync::LazyLock};

use foldhash::fast::RandomState;

use super::Detail;
use crate::{
    finding,
    flow::Flow,
    message::{Message, Span, lossy},
    report::model::{self, ContextLine, Evidence, EvidenceKind, Finding},
    rules,
};

/// Longer quotations are cut: a report of a megabyte of header helps nobody.
const MAX_QUOTE: usize = 4_096;
/// Stored lines shown around a quotation.
const MAX_CONTEXT_LINES: usize = 4;
/// Bytes shown of a line in front of a quotation, of its quoted part, and behind it.
const MAX_SIDE: usize = 200;

/// A finding with its evidence.
pub(super) fn finding(message: &Message<'_>, finding: finding::Finding, detail: Detail) -> Finding {
    Finding {
        id: finding.id,
        name: finding.name,
        title: finding.title,
        severity: finding.severity,
        confidence: finding.confidence,
        effect: finding.effect,
        message: finding.message,
        leg: finding.leg,
        evidence: pieces(message, finding.evidence, detail),
        explained_by: finding.explained_by,
        references: finding.references,
        innocent_when: INNOCENT_WHEN.get(finding.id).map(String::as_str),
    }
}

/// A flow with its evidence.
pub(super) fn flow(message: &Message<'_>, flow: Flow, detail: Detail) -> model::Flow {
    model::Flow {
        id: flow.id,
        name: flow.name,
        evidence: pieces(message, flow.evidence, detail),
        explains: flow.explains,
    }
}

fn pieces(message: &Message<'_>, pieces: Vec<finding::Evidence>, detail: Detail) -> Vec<Evidence> {
    detail.section(|| pieces.into_iter().map(|piece| evidence(message, piece)).collect())
}

fn evidence(message: &Message<'_>, evidence: finding::Evidence) -> Evidence {
    match evidence {
        finding::Evidence::Quote {
            span,
            field_index,
            origin,
        } => {
            let (span, omitted_bytes) = inside(message, span);
            let field = field_index.and_then(|index| message.fields.get(index));
            let line = message.line_of(span.start);
            Evidence {
                field: field.map(|field| field.name().into_owned()),
                field_index,
                line: Some(line),
                span: Some(span),
                origin,
                context: context(message, span, line),
                omitted_bytes,
                ..plain(EvidenceKind::Quote, message.quote(span))
            }
        }
        finding::Evidence::Record { question, text } => Evidence {
            question: Some(super::question(question)),
            ..plain(EvidenceKind::Record, text)
        },
        finding::Evidence::Absence { text } => plain(EvidenceKind::Absence, text),
        finding::Evidence::Derivation { text } => plain(EvidenceKind::Derivation, text),
    }
}

fn plain(kind: EvidenceKind, text: String) -> Evidence {
    Evidence {
        kind,
        text,
        field: None,
        field_index: None,
        line: None,
        span: None,
        origin: None,
        question: None,
        context: Vec::new(),
        omitted_bytes: 0,
    }
}

/// The span cut to the message and to [`MAX_QUOTE`], and how many bytes of it were left out.
fn inside(message: &Message<'_>, span: Span) -> (Span, usize) {
    let start = span.start.min(message.bytes.len());
    let end = span.end.clamp(start, message.bytes.len());
    let cut = end.min(start + MAX_QUOTE);
    (Span { start, end: cut }, end - cut)
}

/// The stored lines that hold the span, which begins in the line of that number.
fn context(message: &Message<'_>, span: Span, mut number: usize) -> Vec<ContextLine> {
    let bytes = message.bytes;
    let mut lines = Vec::new();
    let mut start = bytes
        .get(..span.start)
        .and_then(|before| memchr::memrchr(b'\n', before))
        .map_or(0, |at| at + 1);
    while lines.len() < MAX_CONTEXT_LINES && start < bytes.len() && (start < span.end || lines.is_empty()) {
        let rest = bytes.get(start..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let stored = rest.get(..length).unwrap_or_default();
        let line = stored.strip_suffix(b"\r").unwrap_or(stored);
        let from = span.start.clamp(start, start + line.len()) - start;
        let to = span.end.clamp(start + from, start + line.len()) - start;
        lines.push(ContextLine {
            line: number,
            before: text(line, from.saturating_sub(MAX_SIDE), from),
            quoted: text(line, from, to.min(from + 2 * MAX_SIDE)),
            after: text(line, to, line.len().min(to + MAX_SIDE)),
        });
        start += length + 1;
        number += 1;
    }
    lines
}

/// A part of a line as text; where it was cut short, the cut falls between characters.
fn text(line: &[u8], from: usize, to: usize) -> String {
    let is_continuation = |at: usize| line.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let from = (from..to).find(|at| !is_continuation(*at)).unwrap_or(to);
    lossy(line.get(from..to).unwrap_or_default()).into_owned()
}

/// When the findings of each rule are innocent, in a sentence.
static INNOCENT_WHEN: LazyLock<HashMap<&'static str, String, RandomState>> = LazyLock::new(|| {
    rules::catalogue()
        .filter_map(|rule| Some((rule.id, innocent_when(rule.page)?)))
        .collect()
});

/// The first sentence of a rule page's section "When this is innocent".
fn innocent_when(page: &str) -> Option<String> {
    let heading = page.lines().position(is_innocent_heading)?;
    let paragraph: Vec<&str> = page
        .lines()
        .skip(heading + 1)
        .map(str::trim)
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let text = paragraph.join(" ");
    let text = text.trim_start_matches(['-', '*', ' ']);
    let sentence = match text.find(". ") {
        Some(end) => text.get(..end)?,
        None => text.trim_end_matches('.'),
    };
    (!sentence.is_empty()).then(|| sentence.to_owned())
}

fn is_innocent_heading(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('#')
        && line
            .trim_start_matches(['#', ' '])
            .to_ascii_lowercase()
            .starts_with("when this is innocent")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_innocent_sentence() {
        let page = "What it is.\n\n# When this is innocent\n\nA list or forwarder broke the\nsignature. See also X.\n\n# More\n";
        assert_eq!(
            innocent_when(page).as_deref(),
            Some("A list or forwarder broke the signature")
        );
        assert_eq!(innocent_when("# When this is innocent\n\n"), None);
        assert_eq!(innocent_when("nothing here"), None);
    }

    #[test]
    fn quotes_lie_inside_the_message() {
        let message = Message::read(b"From: a@bank.example\r\n b\r\n\r\nbody");
        let (span, omitted) = inside(&message, Span { start: 6, end: 9_999 });
        assert_eq!((span.end, omitted), (message.bytes.len(), 0));
        let lines = context(&message, Span { start: 6, end: 24 }, 1);
        let shown: Vec<_> = lines
            .iter()
            .map(|line| (line.line, &*line.before, &*line.quoted, &*line.after))
            .collect();
        assert_eq!(shown, [(1, "From: ", "a@bank.example", ""), (2, "", " b", "")]);
        let (beyond, _) = inside(&message, Span { start: 999, end: 9_999 });
        assert!(context(&message, beyond, 4).len() <= 1);
    }

    #[test]
    fn long_lines_are_cut_between_characters() {
        let mut bytes = b"Subject: ".to_vec();
        bytes.extend("ü".repeat(10_000).as_bytes());
        let message = Message::read(&bytes);
        let lines = context(
            &message,
            Span {
                start: 2_001,
                end: 2_003,
            },
            1,
        );
        let total: usize = lines
            .iter()
            .map(|line| line.before.len() + line.quoted.len() + line.after.len())
            .sum();
        assert!(total < 1_000);
        assert!(!lines.iter().any(|line| line.before.starts_with('\u{fffd}')));
    }
}
