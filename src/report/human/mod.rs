//! The report for people: the verdict and its reasons first, then who says what, what was checked again, the evidence
//! quoted, the journey, and what is not known. Every text of the message passes through [`escape`](super::escape).

mod against;
mod arc;
mod batch;
mod checks;
mod evidence;
mod head;
mod inner;
mod journey;
mod keys;
mod page;
mod posture;
mod spf;
mod story;
mod vendor;
mod who;

use super::{
    Report,
    model::{AnswerFrom, Dns, Fate},
};
use crate::words::counted;
pub use batch::{render_headings, render_row, render_summary};
use page::Page;
pub use posture::render_posture;

/// So many names that all do not exist are no accident.
const FEW: usize = 4;

/// How the report is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HumanOptions {
    /// Columns; no line is longer, save for one unbreakable word.
    pub width: usize,
    /// Colour; every meaning stands in words too.
    pub color: bool,
    /// 1 shows all facts, 2 every step of each check.
    pub verbose: u8,
    /// Break links and addresses.
    pub defang: bool,
    /// Draw trees with ASCII characters alone.
    pub ascii: bool,
    /// Tell the delivery as the SMTP dialogue instead of the checks, the evidence and the journey.
    pub story: bool,
}

/// Draws a report; ends with a line end.
pub fn render(report: &Report, options: &HumanOptions) -> String {
    let mut page = Page::new(*options);
    sections(&mut page, report);
    close(&mut page, report);
    inner::draw(&mut page, report);
    page.finish()
}

fn sections(page: &mut Page, report: &Report) {
    head::draw(page, report);
    against::draw(page, report);
    if page.options.story {
        story::draw(page, report);
        return;
    }
    who::draw(page, report);
    checks::draw(page, report);
    evidence::draw(page, report);
    journey::draw(page, report);
    vendor::draw(page, report);
}

/// What the program did, and where more is to be had.
fn close(page: &mut Page, report: &Report) {
    page.blank();
    page.wrapped("", &dns_line(&report.dns));
    let second = &report.authentication.second_opinion;
    if let Some(verifier) = &second.verifier {
        let opinion = match second.failure {
            Some(why) => format!("Second opinion ({verifier}): none ({why})."),
            None if second.disagreements.is_empty() => {
                format!("Second opinion ({verifier}): nothing that it could judge differs.")
            }
            None => format!("Second opinion ({verifier}) differs:"),
        };
        page.wrapped("", &opinion);
        for one in &second.disagreements {
            let text = format!(
                "{} {}: it says {}, this program {}. {}",
                one.method.to_uppercase(),
                one.identifier,
                one.theirs,
                one.ours,
                one.cause.as_ref().map_or("Why is not known.", |cause| cause.text),
            );
            page.hanging("  ", "    ", &text, page::Tone::Faint);
        }
    }
    page.wrapped("", &format!("sha256 {}", report.source.sha256));
    let first = report.verdict.because.first().copied().unwrap_or("not-spoofed");
    let facts = report.findings.len();
    page.wrapped(
        "",
        &format!("spoofcheck explain {first} tells what it means · -v shows all {facts} findings"),
    );
}

/// What became of the questions, and a word where the answers look like those of a resolver that is cut off.
fn dns_line(dns: &Dns) -> String {
    let (all, mode) = (dns.questions.len(), &dns.mode);
    let count = |fate: Fate| dns.questions.iter().filter(|question| question.fate() == fate).count();
    if all == 0 {
        return "DNS: no question was needed.".to_owned();
    }
    let fates = match [Fate::Answered, Fate::Failed, Fate::NotAsked].map(count) {
        [answered, ..] if answered == all => "all answered".to_owned(),
        [answered, failed, not_asked] => {
            let others = [(failed, "failed"), (not_asked, "not asked")].into_iter();
            let others = others.filter(|(count, _)| *count > 0);
            let others: String = others.map(|(count, what)| format!(", {count} {what}")).collect();
            format!("{answered} answered{others}")
        }
    };
    let line = format!("DNS: {}, {fates} ({mode}).", counted(all, "question"));
    let asked_now = || dns.questions.iter().filter(|one| one.from == Some(AnswerFrom::Live));
    let unreachable = asked_now().count() >= FEW && asked_now().all(|one| one.rcode.as_deref() == Some("NXDOMAIN"));
    match unreachable {
        true => format!("{line} Not one of the names asked for exists: is the resolver cut off from the Internet?"),
        false => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dns::RecordType, report::model::DnsQuestion};

    fn dns(rcodes: &[&str]) -> Dns {
        let question = |rcode: &&str| DnsQuestion {
            name: "bank.example".into(),
            rtype: RecordType::A,
            rcode: Some((*rcode).to_owned().into()),
            data: Vec::new(),
            ttl: None,
            asked_at: None,
            purpose: "spf",
            from: Some(AnswerFrom::Live),
            later: false,
        };
        Dns {
            mode: "live".to_owned(),
            snapshot_sha256: None,
            questions: rcodes.iter().map(question).collect(),
        }
    }

    #[test]
    fn a_question_that_failed_is_not_answered() {
        assert_eq!(dns_line(&dns(&["NOERROR"])), "DNS: 1 question, all answered (live).");
        let mut some = dns(&["NOERROR", "TIMEOUT", "SERVFAIL", "NXDOMAIN", "NOERROR"]);
        some.questions[4].rcode = None;
        assert_eq!(
            dns_line(&some),
            "DNS: 5 questions, 2 answered, 2 failed, 1 not asked (live)."
        );
    }

    #[test]
    fn a_resolver_to_which_nothing_exists_is_doubted() {
        assert!(dns_line(&dns(&["NXDOMAIN"; 4])).ends_with("is the resolver cut off from the Internet?"));
        for usual in [&["NXDOMAIN"; 3][..], &["NXDOMAIN", "NXDOMAIN", "NXDOMAIN", "NOERROR"]] {
            assert!(dns_line(&dns(usual)).ends_with("all answered (live)."), "{usual:?}");
        }
    }
}
