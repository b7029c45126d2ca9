//! From a case to the report: one file a section. Nothing is judged here; what is missing becomes null or [].

mod authentication;
mod dns;
mod end_to_end;
mod envelope;
mod evidence;
mod message;
mod observables;
mod overview;
mod recorded;
mod story;
mod timeline;
mod trace;
mod vendor;

pub use overview::{Judged, Overview};

use std::sync::Arc;

use super::{
    SCHEMA,
    model::{self, Moment, Report, Setting, Tool},
};
use crate::{
    case::Case,
    dns::{Question, Snapshot},
    finding::Finding,
    time::Timestamp,
    verdict::{self, Label, Verdict, Way},
};

/// How much of a report is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Every section.
    #[default]
    Full,
    /// What short records (`--brief`), tables, filters and summaries show. Settings, hops, clocks, legs, candidates, evidence, terms
    /// of SPF, data of DNS answers, records of others, vendors' fields, story, observables and advice are left empty, and the template
    /// of a message of which nothing is wrong.
    Short,
}

impl Detail {
    /// A section that short records leave empty.
    fn section<T: Default>(self, make: impl FnOnce() -> T) -> T {
        match self {
            Self::Full => make(),
            Self::Short => T::default(),
        }
    }
}

/// What the report tells of the run, and the answers that it quotes.
#[derive(Debug)]
pub struct Context<'a> {
    /// `live`, `offline`, `replay` or `record`.
    pub mode: &'a str,
    /// SHA-256 of the snapshot in hex, when there is one.
    pub snapshot_sha256: Option<String>,
    /// Each effective setting that can change a judgement.
    pub settings: Arc<[Setting]>,
    /// How much is made.
    pub detail: Detail,
    /// The answers used.
    pub snapshot: &'a Snapshot,
}

impl Report {
    /// The report of a case: its parts give their texts away, which are not copied. Reports of attached messages are the caller's to
    /// add to [`Report::inner`].
    pub fn build(
        case: Case<'_>,
        findings: Vec<Finding>,
        mut verdict: Verdict,
        overview: Overview,
        context: &Context<'_>,
    ) -> Self {
        let detail = context.detail;
        let Overview {
            source,
            message: description,
            legs,
            story,
            statement,
            timeline,
            observables,
            end_to_end,
        } = overview;
        let Case {
            message,
            clock,
            trace,
            envelope,
            recorded,
            vendor,
            flows,
            mut verification,
            ..
        } = case;
        let asked = std::mem::take(&mut verification.asked);
        let comparison = std::mem::take(&mut verification.comparison);
        let given = std::mem::take(&mut verdict.advice);
        Self {
            schema: SCHEMA,
            tool: Tool {
                name: "spoofcheck",
                version: env!("CARGO_PKG_VERSION"),
                commit: option_env!("SPOOFCHECK_COMMIT"),
            },
            settings: detail.section(|| Arc::clone(&context.settings)),
            source,
            message: description,
            verdict: judgement(verdict),
            findings: each(findings, |finding| evidence::finding(message, finding, detail)),
            flows: each(flows, |flow| evidence::flow(message, flow, detail)),
            trace: trace::build(message, trace, timeline, detail),
            envelope: envelope::build(envelope, legs, statement, clock, detail),
            authentication: Box::new(authentication::build(message, *verification, end_to_end, clock, detail)),
            recorded: detail.section(|| recorded::build(message, recorded.records)),
            vendor: detail.section(|| vendor::build(message, vendor)),
            comparison: detail.section(|| recorded::comparison(comparison)),
            dns: dns::build(asked, context),
            observables,
            story,
            advice: detail.section(|| each(given, advice)),
            inner: Vec::new(),
        }
    }
}

impl Report {
    /// Adds why it is not another verdict.
    pub(crate) fn explain_against(&mut self, label: Label, ways: &[Way]) {
        let way = |way: &Way| model::Way {
            name: way.name,
            holds: way.holds(),
            needs: way
                .needs
                .iter()
                .map(|(text, holds)| model::Need { text, holds: *holds })
                .collect(),
        };
        self.verdict.against = Some(model::Against {
            label,
            ways: ways.iter().map(way).collect(),
        });
    }
}

fn judgement(verdict: Verdict) -> model::Verdict {
    model::Verdict {
        label: verdict.label,
        confidence: verdict.confidence,
        summary: verdict.summary,
        because: verdict.because,
        despite: verdict.despite,
        unknowns: verdict.unknowns,
        next_steps: verdict.next_steps,
        axes: verdict.axes,
        against: None,
    }
}

fn advice(advice: verdict::Advice) -> model::Advice {
    model::Advice {
        for_: advice.to,
        text: advice.text,
        why: advice.why,
    }
}

/// Each part as the report writes it.
fn each<T, R>(all: Vec<T>, write: impl FnMut(T) -> R) -> Vec<R> {
    all.into_iter().map(write).collect()
}

/// A time as the report writes it.
fn moment(at: Option<Timestamp>) -> Option<Moment> {
    at.and_then(Moment::new)
}

fn question(question: Question) -> model::Question {
    model::Question {
        name: question.name,
        rtype: question.rtype,
    }
}

/// An enum's variant in kebab case, for the rooms whose defects are plain enums.
fn kebab(variant: impl std::fmt::Debug) -> String {
    let name = format!("{variant:?}");
    let mut out = String::with_capacity(name.len() + 4);
    for (i, c) in name.char_indices() {
        if c.is_ascii_uppercase() && i > 0 {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// A text that is there: `None` for an empty one.
fn present(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
