//! The posture of a domain for people: the verdict, the holes, what is published, and the records to publish.

use unicode_width::UnicodeWidthStr;

use super::{
    HumanOptions,
    page::{Page, Tone, cut, word},
};
use crate::{
    posture::{DkimKey, DnsRecord, Fact, Grade, Posture, Spf, Spoofable, State, StatedPolicy},
    words::counted,
};

/// SPF terms drawn before the rest is left to `-v`.
const MAX_TERMS: usize = 24;

/// Draws the posture of a domain; ends with a line end.
pub fn render_posture(posture: &Posture, options: &HumanOptions) -> String {
    let mut page = Page::new(*options);
    head(&mut page, posture);
    holes(&mut page, posture);
    published(&mut page, posture);
    terms(&mut page, &posture.published.spf);
    advice(&mut page, posture);
    page.blank();
    let dns = &posture.dns;
    page.wrapped(
        "",
        &format!(
            "DNS: {}, {} answered ({}).",
            counted(dns.asked, "question"),
            dns.answered,
            dns.mode
        ),
    );
    for limit in &posture.verdict.limits {
        page.wrapped("", limit);
    }
    page.finish()
}

fn head(page: &mut Page, posture: &Posture) {
    let (label, tone) = match posture.verdict.spoofable {
        Spoofable::Yes => ("CAN BE SPOOFED", Tone::Bad),
        Spoofable::Partly => ("CAN BE SPOOFED BY SOME", Tone::Doubtful),
        Spoofable::No => ("CANNOT BE SPOOFED", Tone::Good),
        Spoofable::Unknown => ("UNKNOWN", Tone::Doubtful),
    };
    let room = page.options.width.saturating_sub(label.len() + 2);
    let name = cut(&page.safe(&posture.domain), room.max(8));
    let gap = (room + 2).saturating_sub(name.width()).max(2);
    let line = format!(
        "{}{}{}",
        page.paint(label, tone),
        " ".repeat(gap),
        page.paint(&name, Tone::Faint)
    );
    page.line(&line);
    page.wrapped("", &posture.verdict.sentence);
}

fn holes(page: &mut Page, posture: &Posture) {
    page.blank();
    for hole in &posture.holes {
        let tone = match hole.grade {
            Grade::Opens => Tone::Bad,
            Grade::Weakens | Grade::Below => Tone::Doubtful,
            Grade::Remark => Tone::Plain,
        };
        let first = format!("  {:<8} {:<6} ", word(&hole.grade), word(&hole.about));
        page.hanging(&first, &" ".repeat(18), &hole.text, tone);
    }
    for unknown in &posture.verdict.unknowns {
        page.hanging("  unknown         ", &" ".repeat(18), unknown, Tone::Plain);
    }
}

fn published(page: &mut Page, posture: &Posture) {
    page.heading("PUBLISHED", "");
    let lines = |cell: Vec<String>| cell.iter().map(|line| page.safe(line)).collect::<Vec<_>>().join("\n");
    let cells: Vec<_> = rows(posture).into_iter().map(|row| row.map(lines)).collect();
    page.table(None, cells, None);
}

/// What, what was found, and what it means; each cell in lines.
fn rows(posture: &Posture) -> Vec<[Vec<String>; 3]> {
    let published = &posture.published;
    let exists = match published.exists {
        Some(true) => "exists",
        Some(false) => "does not exist",
        None => "not known whether it exists",
    };
    let addresses = [("A", &published.a), ("AAAA", &published.aaaa)];
    let addresses = addresses.map(|(what, fact)| format!("{what}: {}", told(fact).join(", ")));
    let takes = if published.null_mx {
        "takes no mail (RFC 7505)"
    } else {
        ""
    };
    let spf = &published.spf;
    let mut rows = vec![
        row("name", vec![exists.to_owned()], addresses.join("; ")),
        row("MX", told(&published.mx), takes.to_owned()),
        row("SPF", told(&spf.fact), cost(spf)),
    ];
    rows.extend(dmarc(posture));
    let keys = published.dkim.iter();
    rows.extend(keys.map(|key| row("DKIM", vec![key.selector.clone()], key_facts(key))));
    for (what, fact) in [
        ("MTA-STS", &published.mta_sts),
        ("TLS-RPT", &published.tls_rpt),
        ("BIMI", &published.bimi),
    ] {
        rows.push(row(what, told(fact), String::new()));
    }
    rows
}

fn row(what: &str, found: Vec<String>, means: String) -> [Vec<String>; 3] {
    [vec![what.to_owned()], found, vec![means]]
}

fn dmarc(posture: &Posture) -> Vec<[Vec<String>; 3]> {
    let dmarc = &posture.published.dmarc;
    let found = match &dmarc.record {
        Some(record) => record.clone(),
        None if dmarc.known => State::Absent.words().to_owned(),
        None => dmarc.cause.clone().unwrap_or_default(),
    };
    let walked: Vec<&str> = dmarc.tree_walk.iter().map(|step| step.name.as_str()).collect();
    let means = match &dmarc.policy {
        Some(stated) => policy(stated),
        None => format!("looked for at {}", walked.join(", ")),
    };
    let mut rows = vec![row("DMARC", vec![found], means)];
    for (who, stated) in [
        ("for names below that exist", &dmarc.subdomains),
        ("for names below that do not", &dmarc.nonexistent),
    ] {
        if let Some(stated) = stated {
            rows.push(row("", vec![who.to_owned()], policy(stated)));
        }
    }
    rows
}

fn policy(stated: &StatedPolicy) -> String {
    let (published, in_force) = (word(&stated.published), word(&stated.in_force));
    let left = match published == in_force {
        true => String::new(),
        false => format!(", in force: {in_force}"),
    };
    format!("{}={published} of {}{left}", stated.tag, stated.record_domain)
}

/// The records, or why there is none to show.
fn told(fact: &Fact) -> Vec<String> {
    match (fact.state, &fact.rcode) {
        (State::Found, _) => fact.records.clone(),
        (state, Some(rcode)) => vec![format!("{} ({rcode})", state.words())],
        (state, None) => vec![state.words().to_owned()],
    }
}

fn cost(spf: &Spf) -> String {
    if !spf.fact.state.is_known() || spf.fact.records.is_empty() {
        return String::new();
    }
    let least = if spf.unknowns.is_empty() && !spf.limited {
        ""
    } else {
        "at least "
    };
    let otherwise = spf.otherwise.map_or("unknown", |result| result.word());
    format!(
        "{least}{} of {} lookups, {} of {} void, {} octets; otherwise {otherwise}",
        spf.lookups, spf.max_lookups, spf.voids, spf.max_voids, spf.answer_octets
    )
}

fn key_facts(key: &DkimKey) -> String {
    let Some(algorithm) = &key.algorithm else {
        return key.problem.clone().unwrap_or_else(|| told(&key.fact).join(", "));
    };
    let mut facts = vec![algorithm.clone()];
    facts.extend(key.bits.map(|bits| format!("{bits} bits")));
    // The size stands there already.
    let weaknesses = key.weaknesses.iter().filter(|weakness| weakness.kind != "short");
    facts.extend(weaknesses.map(|weakness| weakness.text.clone()));
    let flags = [(key.revoked, "revoked"), (key.testing, "on trial (t=y)")];
    facts.extend(
        flags
            .iter()
            .filter(|(holds, _)| *holds)
            .map(|(_, words)| (*words).to_owned()),
    );
    facts.join(", ")
}

/// Every term, those of included records further in.
fn terms(page: &mut Page, spf: &Spf) {
    if spf.terms.is_empty() {
        return;
    }
    page.heading("SPF, TERM BY TERM", "");
    let shown = if page.options.verbose > 0 {
        spf.terms.len()
    } else {
        MAX_TERMS
    };
    for term in spf.terms.iter().take(shown) {
        // A deep chain of includes must not run out of the page.
        let indent = "  ".repeat(usize::try_from(term.depth).unwrap_or_default().min(8) + 1);
        let mut text = term.term.clone();
        let notes = [
            term.shared_by
                .map(|platform| format!("shared by all customers of {platform}")),
            term.breadth.clone(),
            term.remark.clone(),
            term.void.then(|| "void lookup".to_owned()),
        ];
        let notes: Vec<String> = notes.into_iter().flatten().collect();
        if !notes.is_empty() {
            text.push_str(&format!("   ({})", notes.join("; ")));
        }
        let tone = match term.breadth {
            Some(_) => Tone::Doubtful,
            None => Tone::Plain,
        };
        page.hanging(&indent, &format!("{indent}    "), &text, tone);
    }
    if spf.terms.len() > shown {
        page.line(&format!("  and {} more; -v shows all", spf.terms.len() - shown));
    }
}

fn advice(page: &mut Page, posture: &Posture) {
    if posture.advice.is_empty() {
        return;
    }
    page.heading("TO PUBLISH", "");
    for (number, advice) in posture.advice.iter().enumerate() {
        let first = format!("  {}. ", number + 1);
        page.hanging(&first, "     ", &advice.text, Tone::Plain);
        if let Some(record) = &advice.record {
            zone_line(page, record);
        }
    }
}

/// A line of a zone file. One that does not fit is broken as zone files allow (RFC 1035 5.1): between parentheses, the text
/// in pieces whose sum is the text.
fn zone_line(page: &mut Page, record: &DnsRecord) {
    let line = page.safe(&record.line);
    let indent = "     ";
    if indent.len() + line.width() <= page.options.width {
        return page.line(&format!("{indent}{line}"));
    }
    let name = page.safe(&record.name);
    page.line(&format!("{indent}{name} IN TXT ("));
    let quoted = record
        .line
        .split_once(" IN TXT ")
        .map(|(_, quoted)| quoted)
        .unwrap_or_default();
    let room = page.options.width.saturating_sub(indent.len() + 4).max(16);
    for piece in pieces(quoted, room) {
        let piece = page.safe(&piece);
        page.line(&format!("{indent}  \"{piece}\""));
    }
    page.line(&format!("{indent})"));
}

/// The insides of quoted strings in pieces of at most `room` columns, cut behind a space where there is one, never inside
/// an escape.
fn pieces(quoted: &str, room: usize) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut inside = false;
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => inside = !inside,
            '\\' => {
                let mut unit = String::from(c);
                let next = chars.next();
                unit.extend(next);
                if next.is_some_and(|next| next.is_ascii_digit()) {
                    unit.extend(chars.by_ref().take(2));
                }
                units.push(unit);
            }
            c if inside => units.push(c.to_string()),
            _ => {}
        }
    }
    let mut all = Vec::new();
    let (mut piece, mut word) = (String::new(), String::new());
    for unit in units {
        while piece.len() + word.len() + unit.len() > room && !(piece.is_empty() && word.is_empty()) {
            if piece.is_empty() {
                std::mem::swap(&mut piece, &mut word);
            }
            all.push(std::mem::take(&mut piece));
        }
        word.push_str(&unit);
        if unit == " " {
            piece.push_str(&std::mem::take(&mut word));
        }
    }
    piece.push_str(&word);
    if !piece.is_empty() {
        all.push(piece);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_add_up_to_the_text() {
        assert_eq!(
            pieces(r#""v=DMARC1; p=reject; rua=mailto:a@b.example""#, 20),
            ["v=DMARC1; p=reject; ", "rua=mailto:a@b.examp", "le"]
        );
        let escaped = pieces(r#""aaaa\"bbbb\195\169cc" "dd""#, 6);
        assert_eq!(escaped.concat(), r#"aaaa\"bbbb\195\169ccdd"#);
        assert!(escaped.iter().all(|piece| piece.len() <= 6), "{escaped:?}");
    }
}
