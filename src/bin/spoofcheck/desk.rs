//! What turns an item of a scan's input into its record; shared by all threads.

use spoofcheck::{
    batch::{self, Facts, Filter},
    dns::{Question, StoredAnswer},
    error::Error,
    pipeline::{self, Attempt, Inquiry},
    report::{ErrorRecord, ErrorSource, Report, human},
    source::{SourceError, Stored},
    verdict::Label,
};

use crate::{
    args::Inner,
    deciding::deciding,
    interruption::Interruption,
    item::{self, Message},
    output,
    setup::Session,
};

/// What became of an item of the input.
pub(crate) enum Outcome {
    /// Its record, empty where it is not wanted.
    Analysed {
        text: String,
        /// The verdict that counts for the exit code.
        label: Label,
        /// What a summary counts of it, where one is wanted.
        facts: Option<Box<Facts>>,
    },
    /// Its error record.
    Failed {
        text: String,
        complaint: String,
        error: Error,
    },
}

/// Everything that turns an item into its record.
pub(crate) struct Desk<'s> {
    pub(crate) session: &'s Session,
    pub(crate) form: Form,
    pub(crate) filter: &'s Filter,
    pub(crate) inner: Inner,
    /// Somebody wants a summary.
    pub(crate) summed: bool,
    pub(crate) interruption: &'s Interruption,
}

/// The form of a record.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Json {
        brief: bool,
    },
    Csv,
    Row(human::HumanOptions),
    /// Only the summary is printed.
    Silent,
}

impl Desk<'_> {
    /// The outcomes of messages that are examined side by side.
    pub(crate) fn outcomes(&self, messages: Vec<Message>) -> Vec<Outcome> {
        let examine = |some: &[Stored]| self.written(self.session.examine_together(some));
        let judged = pipeline::past_errors(messages, |readable| {
            item::unbroken_each(&readable, examine, |fault| self.failed(fault))
        });
        let told = |judged: Result<Outcome, SourceError>| judged.unwrap_or_else(|error| self.failed(error));
        judged.into_iter().map(told).collect()
    }

    fn failed(&self, error: SourceError) -> Outcome {
        let complaint = error.to_string();
        let source = ErrorSource {
            path: error.path.clone(),
            container: error.container.clone(),
            index: Some(error.index),
        };
        let record = ErrorRecord::new(source, complaint.clone());
        let text = match self.form {
            Form::Json { .. } => output::error_line(&record),
            Form::Csv => batch::csv(&batch::error_row(&record)),
            Form::Row(_) | Form::Silent => String::new(),
        };
        Outcome::Failed {
            text,
            complaint,
            error: *error.error,
        }
    }

    /// Reports as they stand in the output.
    fn written(&self, reports: Vec<Report>) -> Vec<Outcome> {
        let texts: Vec<String> = reports.iter().map(|report| self.text(report)).collect();
        let analysed = reports.iter().zip(texts).map(|(report, text)| Outcome::Analysed {
            text,
            label: deciding(report, self.inner),
            facts: self.summed.then(|| Box::new(Facts::of(report))),
        });
        analysed.collect()
    }

    fn text(&self, report: &Report) -> String {
        match self.form {
            _ if !self.filter.wants(report) => String::new(),
            Form::Json { brief } => output::line(report, brief),
            Form::Csv => batch::csv(&batch::row(report)),
            Form::Row(options) => human::render_row(report, &options),
            Form::Silent => String::new(),
        }
    }
}

/// A scan that asks the network: a message that lacks answers waits aside for them.
impl Inquiry for Desk<'_> {
    type Item = Message;
    type Result = Outcome;
    type Question = Question;
    type Answer = Vec<StoredAnswer>;

    fn size(&self, message: &Message) -> usize {
        item::size(message)
    }

    fn weight(&self, outcome: &Outcome) -> usize {
        match outcome {
            Outcome::Analysed { text, .. } | Outcome::Failed { text, .. } => text.len(),
        }
    }

    fn attempt(&self, messages: Vec<Message>, insist: bool) -> Vec<Attempt<Message, Outcome, Question>> {
        if insist {
            return self.outcomes(messages).into_iter().map(Attempt::Done).collect();
        }
        let examine = |some: &[Stored]| {
            let examined = self.session.examine_answered(some);
            pipeline::past_errors(examined, |reports| self.written(reports))
        };
        let tried = pipeline::past_errors(messages, |readable| {
            let judged = item::unbroken_each(&readable, examine, |fault| Ok(self.failed(fault)));
            let tried = readable.into_iter().zip(judged).map(|(stored, judged)| match judged {
                Ok(outcome) => Attempt::Done(outcome),
                Err(lacked) => Attempt::Lacks(Ok(stored), lacked),
            });
            tried.collect()
        });
        let unread = |error| Attempt::Done(self.failed(error));
        tried.into_iter().map(|tried| tried.unwrap_or_else(unread)).collect()
    }

    fn ask(&self, question: &Question, reply: impl FnOnce(Vec<StoredAnswer>) + Send + 'static) {
        self.session.answers.begin(question, reply);
    }

    fn learn(&self, answers: Vec<Vec<StoredAnswer>>) {
        self.session.answers.learn(answers.into_iter().flatten());
    }

    fn is_over(&self) -> bool {
        self.interruption.has_come()
    }
}
