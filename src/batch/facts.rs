//! What a summary counts of one message: little, so that a report need not be kept until it is counted.

use super::campaigns::{Member, author_domains};
use crate::{
    report::{Report, model::Fate},
    verdict::Label,
    verify::NotEvaluated,
};

/// What a summary counts of one message.
#[derive(Clone, Debug)]
pub struct Facts {
    pub(super) bytes: u64,
    pub(super) doubtful_lines: u64,
    pub(super) verdict: Label,
    /// The domains that were shown and forged.
    pub(super) forged: Vec<String>,
    pub(super) client: Option<String>,
    /// Each rule once, though it may find several things.
    pub(super) findings: Vec<&'static str>,
    pub(super) flows: Vec<&'static str>,
    /// See [`UNCHECKED`].
    pub(super) unchecked: [bool; UNCHECKED.len()],
    /// Where something is wrong with the message.
    pub(super) member: Option<Member>,
}

impl Facts {
    /// Takes them from a report.
    pub fn of(report: &Report) -> Self {
        let label = report.verdict.label;
        let mut findings: Vec<&str> = report.findings.iter().map(|finding| finding.id).collect();
        findings.sort_unstable();
        findings.dedup();
        Self {
            bytes: report.source.byte_length,
            doubtful_lines: report.source.doubtful_lines,
            verdict: label,
            forged: match label {
                Label::Spoofed | Label::LikelySpoofed => author_domains(report).collect(),
                _ => Vec::new(),
            },
            client: report.envelope.client_ip.value.clone(),
            findings,
            flows: report.flows.iter().map(|flow| flow.id).collect(),
            unchecked: UNCHECKED.map(|(_, is_open)| is_open(report)),
            member: label.warns().then(|| Member::of(report)),
        }
    }
}

/// Whether a message leaves something open.
type IsOpen = fn(&Report) -> bool;

/// Whether this became of a question.
fn any_is(report: &Report, fate: Fate) -> bool {
    report.dns.questions.iter().any(|question| question.fate() == fate)
}

/// What a message may leave open: the words, and how it is told.
pub(super) const UNCHECKED: [(&str, IsOpen); 6] = [
    ("DNS questions were not asked", |report| any_is(report, Fate::NotAsked)),
    ("DNS questions were asked and not answered", |report| {
        any_is(report, Fate::Failed)
    }),
    ("a DKIM key is no longer published", |report| {
        let mut reasons = report
            .authentication
            .dkim
            .iter()
            .filter_map(|check| check.reason.as_deref());
        reasons.any(|reason| reason == NotEvaluated::KeyGone.word())
    }),
    ("the border is not known", |report| report.trace.border.is_none()),
    ("the client is not known", |report| {
        report.envelope.client_ip.value.is_none()
    }),
    ("the return path is not known", |report| {
        report.envelope.mail_from.value.is_none()
    }),
];
