//! The catalogue: each rule declared once, whole, in the file of its family.
//!
//! A declaration holds the doc comment (the rule's page, with a section "When this is innocent"), id, name, title,
//! severity, effect, references and check. The report, JSON, `explain`, completions, `--only` and `--ignore` read it.

mod arc;
mod author;
mod border;
mod borrowed;
mod claims;
mod clocks;
mod deception;
mod dkim;
mod dkim2;
mod dmarc;
mod end_to_end;
mod envelope;
mod form;
mod habits;
mod history;
mod hops;
mod iprev;
mod lookalike;
mod recorded;
mod replay;
mod rewriting;
mod spf;
mod structure;
mod testimony;
mod time;
mod trace;
mod vendor;

use crate::{
    case::Case,
    finding::{Effect, Finding, Severity},
};

/// One rule of the catalogue.
#[derive(Debug)]
pub struct Rule {
    /// Stable id, never reused (`AU-420`).
    pub id: &'static str,
    /// Stable name in kebab case.
    pub name: &'static str,
    /// The heading of its findings.
    pub title: &'static str,
    /// Its page: the doc comment, in Markdown.
    pub page: &'static str,
    /// Its weight when no flow explains it.
    pub severity: Severity,
    /// In which direction it points.
    pub effect: Effect,
    /// Standards, with sections.
    pub references: &'static [&'static str],
    /// What it looks for. Pure: it sees the case and nothing else.
    pub check: fn(&Rule, &Case<'_>) -> Vec<Finding>,
}

impl Rule {
    /// A section of the page, by its heading, as one paragraph without line breaks.
    pub fn section(&self, heading: &str) -> Option<String> {
        let (_, rest) = self.page.split_once(&format!("# {heading}\n"))?;
        let body = rest.split("\n# ").next().unwrap_or(rest);
        Some(body.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// When the finding is innocent.
    pub fn innocent_when(&self) -> String {
        self.section("When this is innocent").unwrap_or_default()
    }

    /// The page's first paragraph.
    pub fn summary(&self) -> String {
        let first = self.page.split("\n\n").next().unwrap_or(self.page);
        first.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Declares the rules of a family: the doc comment is the page, and the one list of the family comes from the same block.
macro_rules! rules {
    ($(
        $(#[doc = $doc:literal])+
        $constant:ident {
            id: $id:literal,
            name: $name:literal,
            title: $title:literal,
            severity: $severity:ident,
            effect: $effect:ident,
            references: [$($reference:literal),+ $(,)?],
            check: $check:expr $(,)?
        }
    )+) => {
        $(
            $(#[doc = $doc])+
            pub(super) static $constant: $crate::rules::Rule = $crate::rules::Rule {
                id: $id,
                name: $name,
                title: $title,
                page: concat!($($doc, "\n"),+),
                severity: $crate::finding::Severity::$severity,
                effect: $crate::finding::Effect::$effect,
                references: &[$($reference),+],
                check: $check,
            };
        )+
        /// The rules of this family, in the order of their ids.
        pub(super) static RULES: &[&$crate::rules::Rule] = &[$(&$constant),+];
    };
}
use rules;

/// All rules, family by family.
pub fn catalogue() -> impl Iterator<Item = &'static Rule> {
    [
        trace::RULES,
        border::RULES,
        hops::RULES,
        time::RULES,
        clocks::RULES,
        envelope::RULES,
        rewriting::RULES,
        iprev::RULES,
        history::RULES,
        dkim::RULES,
        replay::RULES,
        dkim2::RULES,
        spf::RULES,
        borrowed::RULES,
        dmarc::RULES,
        arc::RULES,
        end_to_end::RULES,
        recorded::RULES,
        testimony::RULES,
        vendor::RULES,
        author::RULES,
        lookalike::RULES,
        deception::RULES,
        claims::RULES,
        habits::RULES,
        structure::RULES,
        form::RULES,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The rule with an id or name, in any case.
pub fn find(name: &str) -> Option<&'static Rule> {
    catalogue().find(|rule| rule.id.eq_ignore_ascii_case(name) || rule.name.eq_ignore_ascii_case(name))
}

/// Which rules run.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these ids; empty means all.
    pub only: Vec<&'static str>,
    /// Not these ids.
    pub ignore: Vec<&'static str>,
}

impl Selection {
    /// Whether a rule runs.
    pub fn includes(&self, rule: &Rule) -> bool {
        (self.only.is_empty() || self.only.contains(&rule.id)) && !self.ignore.contains(&rule.id)
    }

    /// The rules that run, in the order of the catalogue.
    fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        catalogue().filter(|rule| self.includes(rule))
    }
}

/// What a receiver may set aside where a sealer that it trusts saw the author pass (RFC 8617 7.2).
const SET_ASIDE: [&str; 7] = ["AU-404", "AU-405", "AU-414", "AU-420", "AU-421", "AU-422", "ID-601"];

/// Runs the rules on a case, and weighs what they found. Heaviest first.
pub fn run(case: &Case<'_>, selection: &Selection) -> Vec<Finding> {
    let found = selection.rules().flat_map(|rule| (rule.check)(rule, case));
    weighed(case, found.collect())
}

/// Runs each rule on all cases before the next one, which finds its code at hand for all but the first; the findings of each case
/// are those of [`run`].
pub fn run_all(cases: &[Case<'_>], selection: &Selection) -> Vec<Vec<Finding>> {
    let mut found: Vec<Vec<Finding>> = cases.iter().map(|_| Vec::with_capacity(16)).collect();
    for rule in selection.rules() {
        for (case, found) in cases.iter().zip(&mut found) {
            let new = (rule.check)(rule, case);
            // Most rules find nothing.
            if !new.is_empty() {
                found.extend(new);
            }
        }
    }
    let all = cases.iter().zip(found);
    all.map(|(case, found)| weighed(case, found)).collect()
}

/// Lets the flows of a case, and the testimony of trusted sealers, explain what they predict: an explained failure weighs one
/// step less and no longer accuses.
fn weighed(case: &Case<'_>, mut findings: Vec<Finding>) -> Vec<Finding> {
    let sealed = findings.iter().any(|finding| finding.id == arc::ARC_PASS_TRUSTED.id);
    for finding in &mut findings {
        if sealed && SET_ASIDE.contains(&finding.id) {
            finding.explained_by.push(arc::ARC_PASS_TRUSTED.id);
        }
        for flow in case.flows.iter().filter(|flow| flow.explains.contains(&finding.id)) {
            finding.explained_by.push(flow.id);
        }
        if !finding.explained_by.is_empty() && finding.effect == Effect::Accuses {
            finding.severity = finding.severity.one_less();
            finding.effect = Effect::Neutral;
        }
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

impl Severity {
    /// The next lighter one.
    pub fn one_less(self) -> Self {
        match self {
            Self::Critical => Self::High,
            Self::High => Self::Medium,
            Self::Medium => Self::Low,
            Self::Low | Self::Info => Self::Info,
        }
    }
}
