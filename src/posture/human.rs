//! The posture of a domain for people.

use comfy_table::{ContentArrangement, Table, presets};

use super::{
    judge::word,
    model::{Answer, Posture, Weight},
};
use crate::report::human::{
    HumanOptions,
    page::{Page, Tone},
};

/// Terms shown before the rest is left to -v and JSON.
const MAX_TERMS: usize = 12;

/// Draws a posture; ends with a line end.
pub fn render(posture: &Posture, options: &HumanOptions) -> String {
    let mut page = Page::new(*options);
    let (title, tone) = match posture.spoofable.exact {
        Answer::Yes => ("CAN BE SPOOFED", Tone::Bad),
        Answer::No => ("CANNOT BE SPOOFED", Tone::Good),
        Answer::Unknown => ("NOT KNOWN", Tone::Doubtful),
    };
    let name = page.safe(&posture.domain);
    let title = page.paint(title, tone);
    page.line(&format!("{title}  {name}"));
    page.wrapped("", &posture.spoofable.why);
    page.blank();
    table(&mut page, posture);
    problems(&mut page, posture);
    terms(&mut page, posture);
    advice(&mut page, posture);
    let asked = posture.questions.len();
    let answered = posture
        .questions
        .iter()
        .filter(|question| question.rcode.is_some())
        .count();
    page.blank();
    page.wrapped(
        "",
        &format!(
            "DNS: {asked} questions, {answered} answered. Judged as of {}.",
            posture.as_of
        ),
    );
    page.finish()
}

fn table(page: &mut Page, posture: &Posture) {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .force_no_tty()
        .set_width(u16::try_from(page.options.width.saturating_sub(2)).unwrap_or(u16::MAX));
    for row in rows(posture) {
        table.add_row(row.into_iter().map(|cell| page.safe(&cell)));
    }
    for line in table.lines() {
        page.line(&format!(" {line}"));
    }
}

fn rows(posture: &Posture) -> Vec<[String; 3]> {
    let row = |what: &str, state: String, detail: String| [what.to_owned(), state, detail];
    let below = |answer: Answer, stated: &Option<super::model::Stated>| match (answer, stated) {
        (Answer::Unknown, _) => "not known".to_owned(),
        (_, Some(stated)) => format!("{}={} at {}", stated.tag, word(stated.published), stated.record_domain),
        (_, None) => "no policy".to_owned(),
    };
    let (spf, dmarc, spoofable) = (&posture.spf, &posture.dmarc, &posture.spoofable);
    let policy = match (dmarc.known, dmarc.published, dmarc.in_force) {
        (false, ..) => "not known".to_owned(),
        (_, Some(published), Some(force)) if published != force => {
            format!("p={}, in force: {}", word(published), word(force))
        }
        (_, _, Some(force)) => format!("p={}", word(force)),
        _ => "none".to_owned(),
    };
    let mut rows = vec![
        row("DMARC", policy, dmarc.record.clone().unwrap_or_default()),
        row(
            "  names below",
            format!("spoofable: {}", spoofable.subdomains.word()),
            below(spoofable.subdomains, &dmarc.subdomains),
        ),
        row(
            "  invented names",
            format!("spoofable: {}", spoofable.nonexistent.word()),
            below(spoofable.nonexistent, &dmarc.nonexistent),
        ),
    ];
    let state = match (spf.known, spf.records.len(), spf.errors.is_empty()) {
        (false, ..) => "not known".to_owned(),
        (_, 0, _) => "none".to_owned(),
        (_, 1, true) => format!("{} of 10 lookups", spf.lookups),
        (_, 1, false) => format!("broken, {} lookups", spf.lookups),
        (_, several, _) => format!("{several} records"),
    };
    rows.push(row("SPF", state, spf.records.join("\n")));
    let mail = match (&posture.mail.exchanges, posture.mail.null_mx) {
        (None, _) => ("not known".to_owned(), String::new()),
        (_, Some(true)) => ("null MX".to_owned(), "receives no mail".to_owned()),
        (Some(all), _) if all.is_empty() => ("none".to_owned(), String::new()),
        (Some(all), _) => (format!("{}", all.len()), all.join("\n")),
    };
    rows.push(row("MX", mail.0, mail.1));
    for key in &posture.dkim {
        let kind = match (&key.algorithm, key.bits) {
            (Some(algorithm), Some(bits)) => format!("{algorithm}, {bits} bits"),
            _ => String::new(),
        };
        rows.push(row("DKIM", format!("{} {}", key.selector, key.state), kind));
    }
    if posture.dkim.is_empty() {
        rows.push(row(
            "DKIM",
            "not asked".to_owned(),
            "no selector is known; --selector names one, --common-selectors tries usual ones".to_owned(),
        ));
    }
    for fact in &posture.facts {
        rows.push(row(
            fact.what,
            fact.state.to_owned(),
            fact.record.clone().unwrap_or_default(),
        ));
    }
    rows
}

fn problems(page: &mut Page, posture: &Posture) {
    if posture.problems.is_empty() {
        return;
    }
    page.heading("WHAT IS OPEN", "");
    for problem in &posture.problems {
        let (lead, tone) = match problem.weight {
            Weight::High => ("high    ", Tone::Bad),
            Weight::Medium => ("medium  ", Tone::Doubtful),
            Weight::Low => ("low     ", Tone::Faint),
        };
        page.hanging(
            &format!("  {lead}"),
            "          ",
            &format!("{} ({})", problem.text, problem.reference),
            tone,
        );
    }
}

/// The record as a tree: each term with what it lets pass.
fn terms(page: &mut Page, posture: &Posture) {
    let terms = &posture.spf.terms;
    if terms.is_empty() {
        return;
    }
    let all = page.options.verbose > 0;
    let shown = if all { terms.len() } else { MAX_TERMS };
    page.heading(
        "WHO PASSES SPF",
        if terms.len() > shown { "-v shows all terms" } else { "" },
    );
    for term in terms.iter().take(shown) {
        let indent = "  ".repeat(1 + usize::try_from(term.depth).unwrap_or_default().min(8));
        let mut text = term.term.clone();
        for remark in [&term.overbroad, &term.remark].into_iter().flatten() {
            text = format!("{text}  {remark}");
        }
        if let Some(platform) = term.shared_by {
            text = format!("{text}  shared by all customers of {platform}");
        }
        let tone = match (term.everyone, &term.overbroad) {
            (true, _) => Tone::Bad,
            (_, Some(_)) => Tone::Doubtful,
            _ => Tone::Plain,
        };
        page.hanging(&indent, &format!("{indent}    "), &text, tone);
    }
}

fn advice(page: &mut Page, posture: &Posture) {
    if posture.advice.is_empty() {
        return;
    }
    page.heading("WHAT TO PUBLISH", "");
    for advice in &posture.advice {
        let data = match advice.rtype {
            "TXT" => format!("\"{}\"", advice.data),
            _ => advice.data.clone(),
        };
        page.hanging(
            "  ",
            "      ",
            &format!("{} {} {data}", advice.name, advice.rtype),
            Tone::Strong,
        );
        page.hanging("    ", "    ", &advice.why, Tone::Faint);
    }
}
