//! SPF as evidence: the way to the matching term in a line or two, and the whole evaluation as a tree.

use unicode_width::UnicodeWidthStr;

use super::page::{Page, Tone, cut, word, wrap};
use crate::{
    report::model::{SpfCheck, SpfStep},
    words::counted,
};

/// Steps drawn unless everything is asked for.
const MAX_STEPS: usize = 80;
/// The narrowest column that text is wrapped into.
const MIN_ROOM: usize = 8;

/// How a pass came about, where the matching term stands in another record or says little.
pub(super) fn way(page: &mut Page, spf: &SpfCheck) {
    let (Some(result), Some(matched), Some(holder)) = (&spf.result, &spf.matched, spf.path.last()) else {
        return;
    };
    if spf.path.len() < 2 && spf.overbroad.is_none() {
        return;
    }
    let mut text = format!("SPF: {} by {matched} in {holder}", word(result));
    for (depth, above) in spf.path.iter().enumerate().rev().skip(1) {
        let verb = if leads_by_redirect(spf, depth, above) {
            "the redirect target of"
        } else {
            "included by"
        };
        text.push_str(&format!(", {verb} {above}"));
    }
    text.push_str(&format!(" ({})", counted(spf.lookups, "lookup")));
    if let Some(platform) = spf.shared_by {
        text.push_str(&format!("; every customer of {platform} sends from there"));
    }
    if let Some(overbroad) = &spf.overbroad {
        text.push_str(&format!("; {overbroad}"));
    }
    page.hanging("  ", "    ", &text, Tone::Plain);
}

/// Whether the record of `domain` led on by redirect: of the steps that led anywhere the last is the one on the way.
fn leads_by_redirect(spf: &SpfCheck, depth: usize, domain: &str) -> bool {
    let here = |step: &&SpfStep| usize::try_from(step.depth) == Ok(depth) && &*step.domain == domain;
    let led = spf.trace.iter().rev().filter(here).find(|step| step.record.is_some());
    led.is_some_and(|step| step.term.to_ascii_lowercase().starts_with("redirect="))
}

/// The evaluation as a tree: each term tried or not reached, in the records that the way led through.
pub(super) fn tree(page: &mut Page, identity: &str, spf: &SpfCheck, all: bool) {
    if spf.trace.is_empty() {
        return;
    }
    let domain = spf.domain.as_deref().unwrap_or_default();
    let client = spf.ip.map(|ip| format!(" for {ip}")).unwrap_or_default();
    let result = spf
        .result
        .as_ref()
        .map(word)
        .unwrap_or_else(|| "not evaluated".to_owned());
    page.wrapped(
        "  ",
        &format!(
            "SPF of {identity} {domain}{client}: {result}, {} of 10, {} void of 2",
            counted(spf.lookups, "lookup"),
            spf.voids
        ),
    );
    if let Some(record) = &spf.record {
        quoted(page, "  ", record);
    }
    let limit = if all { usize::MAX } else { MAX_STEPS };
    let rows = rows(page, &spf.trace, limit);
    let columns = Columns::of(page, &rows);
    for row in &rows {
        draw(page, row, &columns);
    }
    if spf.trace.len() > rows.len() {
        page.line(&format!(
            "  and {} more steps: -vv or JSON shows them",
            spf.trace.len() - rows.len()
        ));
    }
}

/// The strokes of a tree, each three columns wide.
struct Strokes {
    fork: &'static str,
    last: &'static str,
    bar: &'static str,
}

const LINES: Strokes = Strokes {
    fork: "├─ ",
    last: "└─ ",
    bar: "│  ",
};
const ASCII: Strokes = Strokes {
    fork: "|- ",
    last: "`- ",
    bar: "|  ",
};

/// One step, ready to be laid out.
struct Row<'s> {
    step: &'s SpfStep,
    /// What stands before the term.
    lead: String,
    /// What stands there on further lines.
    below: String,
    /// The term, safe to print.
    term: String,
}

/// Where the columns begin and how wide the last is.
struct Columns {
    outcome: usize,
    detail: usize,
    room: usize,
}

impl Columns {
    /// Terms get what the longest needs, but never more than two fifths of the page.
    fn of(page: &Page, rows: &[Row<'_>]) -> Self {
        let width = page.options.width;
        let terms = rows
            .iter()
            .map(|row| row.lead.width() + row.term.width())
            .max()
            .unwrap_or(0);
        let outcomes = rows.iter().map(|row| row.step.outcome.width()).max().unwrap_or(0);
        let outcome = terms.min(width * 2 / 5) + 2;
        let detail = outcome + outcomes + 2;
        Self {
            outcome,
            detail,
            room: width.saturating_sub(detail).max(MIN_ROOM),
        }
    }
}

fn rows<'s>(page: &Page, trace: &'s [SpfStep], limit: usize) -> Vec<Row<'s>> {
    let strokes = if page.options.ascii { &ASCII } else { &LINES };
    let more = has_later_sibling(trace);
    let mut bars: Vec<bool> = Vec::new();
    let mut rows = Vec::new();
    for (step, more) in trace.iter().zip(more).take(limit) {
        bars.truncate(usize::try_from(step.depth).unwrap_or(usize::MAX));
        let above: String = bars.iter().map(|bar| if *bar { strokes.bar } else { "   " }).collect();
        rows.push(Row {
            step,
            lead: format!("  {above}{}", if more { strokes.fork } else { strokes.last }),
            below: format!("  {above}{}", if more { strokes.bar } else { "   " }),
            term: page.safe(&step.term),
        });
        bars.push(more);
    }
    rows
}

/// For each step whether another follows in the same record. The depth of a trace is bounded by the lookup limit.
fn has_later_sibling(trace: &[SpfStep]) -> Vec<bool> {
    let mut open: Vec<bool> = Vec::new();
    let mut more: Vec<bool> = trace
        .iter()
        .rev()
        .map(|step| {
            let depth = usize::try_from(step.depth).unwrap_or(0);
            open.resize(depth + 1, false);
            std::mem::replace(&mut open[depth], true)
        })
        .collect();
    more.reverse();
    more
}

fn draw(page: &mut Page, row: &Row<'_>, columns: &Columns) {
    let step = row.step;
    let details = page.safe(&details(step));
    let mut details = if details.is_empty() {
        Vec::new()
    } else {
        wrap(&details, columns.room)
    }
    .into_iter();
    // A term that is wider than its column has a line for itself.
    let term = cut(
        &row.term,
        page.options.width.saturating_sub(row.lead.width()).max(MIN_ROOM),
    );
    let mut head = format!("{}{term}", row.lead);
    if head.width() + 2 > columns.outcome {
        page.line(&head);
        head.clone_from(&row.below);
    }
    let outcome = page.paint(step.outcome, tone(step.outcome));
    let line = [
        head.as_str(),
        &" ".repeat(columns.outcome.saturating_sub(head.width())),
        &outcome,
        &" ".repeat((columns.detail - columns.outcome).saturating_sub(step.outcome.width())),
        &details.next().unwrap_or_default(),
    ]
    .concat();
    page.line(&line);
    for detail in details {
        let gap = " ".repeat(columns.detail.saturating_sub(row.below.width()));
        page.line(&format!("{}{gap}{detail}", row.below));
    }
    if let Some(record) = &step.record {
        quoted(page, &row.below, record);
    }
}

/// A record as published.
fn quoted(page: &mut Page, lead: &str, record: &str) {
    for record in record.lines() {
        page.hanging(lead, &format!("{lead} "), &format!("\"{record}\""), Tone::Faint);
    }
}

/// What was compared, what the macros became, who else is there, and what it cost.
fn details(step: &SpfStep) -> String {
    let mut parts = Vec::new();
    let told = |name: &str| step.detail.as_ref().is_some_and(|detail| detail.contains(name));
    let expanded = step.expanded.as_ref().filter(|name| !told(name));
    parts.extend(expanded.map(|name| format!("asks for {name}")));
    parts.extend(step.detail.clone());
    parts.extend(
        step.shared_by
            .map(|platform| format!("shared by every customer of {platform}")),
    );
    if step.lookups > 0 {
        parts.push(counted(step.lookups, "lookup"));
    }
    if step.voids > 0 {
        parts.push(format!("{} void", step.voids));
    }
    parts.join("; ")
}

fn tone(outcome: &str) -> Tone {
    match outcome {
        "match" | "pass" => Tone::Strong,
        "error" | "permerror" | "temperror" | "not-asked" => Tone::Doubtful,
        _ => Tone::Faint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{report::human::HumanOptions, verify::spf::SpfResult};

    fn step(depth: u32, term: &str, outcome: &'static str, detail: &str) -> SpfStep {
        SpfStep {
            depth,
            domain: if depth == 0 { "bank.example" } else { "_spf.esp.example" }.into(),
            term: term.into(),
            outcome,
            detail: Some(detail.to_owned()).filter(|detail| !detail.is_empty()),
            expanded: None,
            questions: Vec::new(),
            lookups: 0,
            voids: 0,
            record: None,
            shared_by: None,
        }
    }

    fn check() -> SpfCheck {
        let mut include = step(0, "include:_spf.esp.example", "pass", "");
        include.record = Some("v=spf1 ip4:198.51.100.0/24 ~all".to_owned());
        include.lookups = 1;
        SpfCheck {
            result: Some(SpfResult::Pass),
            reason: None,
            domain: Some("bank.example".to_owned()),
            ip: "198.51.100.7".parse().ok(),
            matched: Some("ip4:198.51.100.0/24".to_owned()),
            path: vec!["bank.example".into(), "_spf.esp.example".into()],
            trace: vec![
                step(0, "ip4:192.0.2.1", "no-match", "198.51.100.7 is not in 192.0.2.1/32"),
                include,
                step(1, "ip4:198.51.100.0/24", "match", "198.51.100.7 is in 198.51.100.0/24"),
                step(1, "~all", "not-reached", ""),
                step(0, "-all", "not-reached", ""),
            ],
            lookups: 1,
            voids: 0,
            record: Some("v=spf1 ip4:192.0.2.1 include:_spf.esp.example -all".to_owned()),
            explanation: None,
            cause: None,
            overbroad: None,
            shared_by: None,
        }
    }

    fn drawn(width: usize, ascii: bool, draw: impl Fn(&mut Page)) -> String {
        let mut page = Page::new(HumanOptions {
            width,
            color: false,
            verbose: 1,
            defang: false,
            ascii,
            story: false,
        });
        draw(&mut page);
        page.finish()
    }

    #[test]
    fn the_way_names_every_record() {
        let mut spf = check();
        let text = drawn(120, false, |page| way(page, &spf));
        assert_eq!(
            text,
            "  SPF: pass by ip4:198.51.100.0/24 in _spf.esp.example, included by bank.example (1 lookup)\n"
        );
        spf.shared_by = Some("Some Platform");
        spf.trace[1].term = "redirect=_spf.esp.example".into();
        let text = drawn(200, false, |page| way(page, &spf));
        assert!(text.contains("the redirect target of bank.example"), "{text}");
        assert!(
            text.contains("every customer of Some Platform sends from there"),
            "{text}"
        );
        spf.path.truncate(1);
        assert_eq!(drawn(120, false, |page| way(page, &spf)), "");
    }

    #[test]
    fn the_tree_is_aligned_and_keeps_the_width() {
        let expected = "  \
            SPF of MAIL FROM bank.example for 198.51.100.7: pass, 1 lookup of 10, 0 void of 2
  \"v=spf1 ip4:192.0.2.1 include:_spf.esp.example -all\"
  ├─ ip4:192.0.2.1             no-match     198.51.100.7 is not in 192.0.2.1/32
  ├─ include:_spf.esp.example  pass         1 lookup
  │  \"v=spf1 ip4:198.51.100.0/24 ~all\"
  │  ├─ ip4:198.51.100.0/24    match        198.51.100.7 is in 198.51.100.0/24
  │  └─ ~all                   not-reached
  └─ -all                      not-reached
";
        let spf = check();
        assert_eq!(drawn(120, false, |page| tree(page, "MAIL FROM", &spf, false)), expected);
        let ascii = expected
            .replace('├', "|")
            .replace('└', "`")
            .replace('─', "-")
            .replace('│', "|");
        assert_eq!(drawn(120, true, |page| tree(page, "MAIL FROM", &spf, false)), ascii);
        for width in [40, 80] {
            let narrow = drawn(width, false, |page| tree(page, "MAIL FROM", &spf, true));
            assert!(narrow.lines().all(|line| line.width() <= width), "{narrow}");
        }
    }
}
