//! A scan at a terminal: a line a message while it goes on, and at the end what was found in all.

use unicode_width::UnicodeWidthStr;

use super::{
    HumanOptions,
    head::{tone, words},
    page::{Page, Tone, cut, cut_before},
};
use crate::{
    flow,
    report::{
        Report,
        model::{Campaign, Moment, Named, Summary},
    },
    rules,
    verdict::Label,
    words::counted,
};

/// Columns of the verdict.
const VERDICT: usize = 15;
/// Columns of the client's address.
const CLIENT: usize = 16;
/// The longest bar.
const BAR: usize = 24;

/// The headings of [`render_row`].
pub fn render_headings(options: &HumanOptions) -> String {
    let mut page = Page::new(*options);
    let (from, why) = columns(options.width);
    let line = format!(
        "{:<VERDICT$}{:<from$}{:<CLIENT$}{:<why$}",
        "verdict", "author shown", "client", "because"
    );
    let painted = page.paint(line.trim_end(), Tone::Faint);
    page.line(&painted);
    page.finish()
}

/// A message as one line: the verdict, the author shown, the client, and the first reason.
pub fn render_row(report: &Report, options: &HumanOptions) -> String {
    let mut page = Page::new(*options);
    let (from, why) = columns(options.width);
    let author = report.message.author().map_or("", |author| {
        let name = || author.display_name.as_deref().unwrap_or(&author.local);
        author.address.as_deref().unwrap_or_else(name)
    });
    let client = report.envelope.client_ip.value.as_deref().unwrap_or("-");
    let said = reason(report);
    let label = words(report.verdict.label);
    // An author's own part of the address may be long, to hide whose it is.
    let cut_author = if author.contains('@') { cut_before } else { cut };
    let shown = cut_author(&page.safe(author), from - 1);
    let (client, said) = (cut(&page.safe(client), CLIENT - 1), cut(&page.safe(&said), why));
    let [author, client] = [(shown, from), (client, CLIENT)].map(|(text, columns)| {
        let gap = columns.saturating_sub(text.width());
        format!("{text}{}", " ".repeat(gap))
    });
    let line = format!(
        "{}{}{author}{client}{}",
        page.paint(label, tone(report.verdict.label)),
        " ".repeat(VERDICT.saturating_sub(label.len()).max(1)),
        said.trim_end()
    );
    page.line(&line);
    page.finish()
}

/// What decided, in a few words: the first finding or flow, else what is not known, else what the verdict says.
fn reason(report: &Report) -> String {
    let verdict = &report.verdict;
    let Some(id) = verdict.because.first() else {
        let unknown = verdict
            .unknowns
            .first()
            .filter(|_| verdict.label == Label::Inconclusive);
        return unknown.map_or(verdict.label.title(), String::as_str).to_owned();
    };
    let finding = report.findings.iter().find(|finding| finding.id == *id);
    format!(
        "{id} {}",
        finding.map_or_else(|| flow_title(id), |finding| &finding.message)
    )
}

fn flow_title(id: &str) -> &'static str {
    flow::catalogue()
        .find(|flow| flow.id == id)
        .map_or("", |flow| flow.title)
}

/// The columns of the author and of the reason.
fn columns(width: usize) -> (usize, usize) {
    let left = width.saturating_sub(VERDICT + CLIENT).max(20);
    let from = (left * 2 / 5).clamp(13, 40);
    (from, left - from)
}

/// What was found in all, with bars.
pub fn render_summary(summary: &Summary, options: &HumanOptions) -> String {
    let mut page = Page::new(*options);
    let errors = match summary.errors {
        0 => String::new(),
        errors => format!(", {} could not be analysed", counted(errors, "input")),
    };
    let messages = counted(summary.messages, "message").to_uppercase();
    page.heading(&format!("{messages}{errors}"), "");
    if summary.behind > 0 {
        let text = format!(
            "  behind {} of an earlier run, not counted here",
            counted(summary.behind, "record")
        );
        page.line(&text);
    }
    let verdicts: Vec<(String, u64, Tone)> = summary
        .verdicts
        .iter()
        .zip(Label::ALL)
        .map(|(named, label)| (words(label).to_lowercase(), named.count, tone(label)))
        .rev()
        .collect();
    bars(&mut page, &verdicts, summary.messages);
    let (of, different) = (summary.messages, &summary.different);
    let itself: fn(&str) -> String = str::to_owned;
    list(
        &mut page,
        "FORGED DOMAINS",
        (&summary.forged_domains, different.forged_domains),
        of,
        itself,
    );
    list(
        &mut page,
        "CLIENTS",
        (&summary.client_ips, different.client_ips),
        of,
        itself,
    );
    list(
        &mut page,
        "FINDINGS",
        (&summary.findings, different.findings),
        of,
        |id| format!("{id} {}", rules::find(id).map_or("", |rule| rule.title)),
    );
    list(&mut page, "FLOWS", (&summary.flows, different.flows), of, |id| {
        format!("{id} {}", flow_title(id))
    });
    campaigns(&mut page, &summary.campaigns, different.campaigns);
    if !summary.unchecked.is_empty() {
        page.heading("COULD NOT BE CHECKED", "");
        let rows: Vec<(String, u64, Tone)> = summary
            .unchecked
            .iter()
            .map(|open| (open.what.to_owned(), open.count, Tone::Plain))
            .collect();
        bars(&mut page, &rows, summary.messages);
    }
    if summary.doubtful_lines > 0 {
        page.blank();
        let text = format!(
            "Lines in doubt: {}. They look like the beginning of a message in a mailbox and were not taken for one, or begin one without \
             an empty line before it; source.doubtful_lines of a record tells of them.",
            summary.doubtful_lines
        );
        page.wrapped("", &text);
    }
    if summary.uncounted > 0 {
        page.blank();
        let text = format!(
            "There were too many different values: {} more are not in these lists.",
            summary.uncounted
        );
        page.wrapped("", &text);
    }
    page.finish()
}

/// Campaigns, two lines each: whom they show and when, then what they have in common.
fn campaigns(page: &mut Page, campaigns: &[Campaign], different: u64) {
    if campaigns.is_empty() {
        return;
    }
    page.heading("CAMPAIGNS", "messages of one network, signature and template");
    for campaign in campaigns.iter().take(SHOWN) {
        let authors: Vec<&str> = campaign
            .author_domains
            .iter()
            .map(|author| author.value.as_str())
            .collect();
        let day = |moment: &Option<Moment>| {
            moment.map_or_else(|| "?".to_owned(), |at| at.timestamp().to_string()[..10].to_owned())
        };
        let (first, last) = (day(&campaign.first), day(&campaign.last));
        let when = if first == last {
            first
        } else {
            format!("{first} to {last}")
        };
        let authors = match campaign.different_authors.saturating_sub(authors.len() as u64) {
            _ if authors.is_empty() => "nobody".to_owned(),
            0 => authors.join(", "),
            more => format!("{} and {more} more", authors.join(", ")),
        };
        let head = format!("{} messages as {authors}, {when}", campaign.messages);
        page.wrapped("  ", &head);
        let network = campaign.network.as_deref().unwrap_or("no known network");
        let signature = campaign.signature.as_deref().unwrap_or("not signed");
        let subject = campaign
            .first_subject
            .as_deref()
            .map_or_else(String::new, |subject| format!("; first \"{subject}\""));
        page.wrapped(
            "    ",
            &format!("{network}; {signature}; template {}{subject}", campaign.template),
        );
    }
    rest(page, different);
}

/// Values shown of each list.
const SHOWN: usize = 8;

/// The first of the values, and how many different ones there are besides.
fn list(page: &mut Page, title: &str, (named, different): (&[Named], u64), of: u64, tell: fn(&str) -> String) {
    if named.is_empty() {
        return;
    }
    page.heading(title, "");
    let rows: Vec<(String, u64, Tone)> = named
        .iter()
        .take(SHOWN)
        .map(|one| (tell(&one.value), one.count, Tone::Plain))
        .collect();
    bars(page, &rows, of);
    rest(page, different);
}

/// What is not shown of so many different values.
fn rest(page: &mut Page, different: u64) {
    let rest = different.saturating_sub(SHOWN as u64);
    if rest > 0 {
        page.line(&format!("  and {rest} more"));
    }
}

/// A line a value: its words, its count, and a bar as long as its share.
fn bars(page: &mut Page, rows: &[(String, u64, Tone)], of: u64) {
    let room = page.options.width.saturating_sub(BAR + 14).max(16);
    let rows: Vec<(String, u64, Tone)> = rows
        .iter()
        .map(|(words, count, tone)| (cut(&page.safe(words), room), *count, *tone))
        .collect();
    let widest = rows.iter().map(|(words, ..)| words.width()).max().unwrap_or_default();
    let stroke = if page.options.ascii { "#" } else { "█" };
    for (words, count, tone) in rows {
        let share = usize::try_from(count * BAR as u64 / of.max(1)).unwrap_or(BAR).min(BAR);
        let strokes = stroke.repeat(share.max(usize::from(count > 0)));
        let line = format!(
            "  {words}{}  {count:>8}  {}",
            " ".repeat(widest - words.width()),
            page.paint(&strokes, tone)
        );
        page.line(&line);
    }
}
