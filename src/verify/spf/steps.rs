//! How an evaluation is written down: each term with what it asked for, what its macros became and what it cost.

use std::sync::Arc;

use super::SpfStep;
use crate::{dns::Question, identity::platform_of_spf};

/// Steps kept: a record of 64 kB may list thousands of networks, and nobody reads them.
const MAX_STEPS: usize = 1000;

/// The steps so far, and the notes of the term that is being tried.
#[derive(Default)]
pub(super) struct Steps {
    steps: Vec<SpfStep>,
    open: Notes,
    /// The list has its remark that it is not whole.
    cut: bool,
}

/// What is noted of a term before its step is written.
#[derive(Default)]
struct Notes {
    questions: Vec<Question>,
    expanded: Option<String>,
}

/// A place in the trace: the depth of a record and its domain.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) depth: u32,
    pub(super) domain: &'a Arc<str>,
}

impl Steps {
    /// The term under way asks this.
    pub(super) fn asks(&mut self, question: &Question) {
        if !self.open.questions.contains(question) {
            self.open.questions.push(question.clone());
        }
    }

    /// The macros of the term under way expand to this name.
    pub(super) fn expands_to(&mut self, name: &str) {
        self.open.expanded = Some(name.to_owned());
    }

    /// Adds a step, with the notes of its term, and gives its place. Past the limit one remark stands for the terms that did
    /// not match or were not reached.
    pub(super) fn push(
        &mut self,
        place: Place<'_>,
        term: &Arc<str>,
        outcome: &'static str,
        detail: Option<String>,
    ) -> Option<usize> {
        let number = self.steps.len();
        let notes = std::mem::take(&mut self.open);
        let mut step = SpfStep {
            depth: place.depth,
            domain: Arc::clone(place.domain),
            term: Arc::clone(term),
            outcome,
            detail,
            expanded: notes.expanded,
            questions: notes.questions,
            lookups: 0,
            voids: 0,
            record: None,
            shared_by: None,
        };
        if ["no-match", "not-reached"].contains(&outcome) && number >= MAX_STEPS {
            if self.cut {
                return None;
            }
            self.cut = true;
            step.term = Arc::from("…");
            step.detail = Some("further terms that did not match or were not reached are not listed".to_owned());
        }
        self.steps.push(step);
        Some(number)
    }

    /// A step that was pushed before.
    pub(super) fn get_mut(&mut self, step: Option<usize>) -> Option<&mut SpfStep> {
        self.steps.get_mut(step?)
    }

    /// Gives the open notes to the include or redirect that they belong to; those of the first record go unwritten, as its
    /// question is the domain's own.
    pub(super) fn settle(&mut self, step: Option<usize>) {
        let notes = std::mem::take(&mut self.open);
        if let Some(step) = self.get_mut(step) {
            step.questions.extend(notes.questions);
            step.expanded = step.expanded.take().or(notes.expanded);
        }
    }

    /// Notes where an include or redirect led: into a platform's records, unless it came from there.
    pub(super) fn leads_to(&mut self, step: Option<usize>, target: &str) {
        if let Some(step) = self.get_mut(step) {
            let from = platform_of_spf(&step.domain);
            step.shared_by = platform_of_spf(target).filter(|platform| from != Some(*platform));
        }
    }

    /// All of them.
    pub(super) fn finish(self) -> Vec<SpfStep> {
        self.steps
    }
}
