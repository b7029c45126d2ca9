//! `spoofcheck scan`: mailboxes and folders, a record each, in the order of the input.

use std::{
    io::{self, IsTerminal},
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::Context;
use spoofcheck::{
    batch::{self, Counts, Earlier, Facts, Filter},
    dns::{MAX_IN_FLIGHT, Question, StoredAnswer},
    error::Error,
    pipeline::{self, Attempt, Inquiry},
    report::{Detail, ErrorRecord, ErrorSource, Report, human},
    source::{self, SourceError, Stored},
    verdict::Label,
};

use crate::{
    args::{Diagnose, Format},
    exit::{self, Exit, Tally, UsageError},
    learning, output,
    progress::Progress,
    records::Records,
    scan_args::{ScanArgs, SummaryForm},
    setup::{self, Extras, Session},
};

/// An item of the input.
pub(crate) type Message = Result<Stored, SourceError>;

/// What became of an item of the input.
enum Outcome {
    /// Its record, empty where it is not wanted.
    Analysed {
        text: String,
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

/// Everything that turns an item into its record; shared by all threads.
struct Desk<'s> {
    session: &'s Session,
    form: Form,
    filter: &'s Filter,
    /// Somebody wants a summary.
    summed: bool,
    stop: &'s AtomicBool,
}

/// The form of a record.
#[derive(Clone, Copy)]
enum Form {
    Json {
        brief: bool,
    },
    Csv,
    Row(human::HumanOptions),
    /// Only the summary is printed.
    Silent,
}

pub(crate) fn run(args: &ScanArgs) -> anyhow::Result<Exit> {
    let common = &args.common;
    let format = output::supported(format(args), &[Format::Jsonl, Format::Csv, Format::Human])?;
    let mut session = Session::new(
        common,
        Extras {
            second_opinion: args.second_opinion,
            diagnose: Diagnose::Quick,
        },
    )?;
    session.settings.hash_snapshot = !session.answers.asks();
    let options = output::human_options(&common.output);
    let form = match (format, args.summary, &common.output.output) {
        (_, SummaryForm::Json, None) => Form::Silent,
        (Format::Csv, ..) => Form::Csv,
        (Format::Human, ..) => Form::Row(options),
        _ => Form::Json {
            brief: common.output.brief,
        },
    };
    if !matches!(form, Form::Json { brief: false }) {
        // Nobody would see the rest.
        session.settings.detail = Detail::Short;
        // Nor need anybody be asked for it, but that what is recorded answers for full reports, too.
        session.settings.inner &= session.answers.records();
    }
    let jobs = jobs(common.jobs);
    let stop = interruption()?;
    let stopped = || stop.load(Ordering::Relaxed);
    if args.habits {
        session.settings.habits = Some(learning::learn(args, &session, jobs, &stopped)?);
    }
    let mut progress = Progress::new(common, &args.paths);
    let mut messages = messages(args, &progress)?;
    let filter = filter(args);
    let mut tally = Tally::default();
    let mut records = match &args.resume {
        Some(file) => {
            if !matches!(form, Form::Json { .. }) {
                return Err(UsageError("--resume: goes on with JSON Lines, and with no other form".to_owned()).into());
            }
            let earlier = Earlier::read(file).with_context(|| format!("--resume {}", file.display()))?;
            let passed = earlier.pass_over(&mut messages, filter.is_open());
            passed.map_err(|what| UsageError(format!("--resume {}: {what}", file.display())))?;
            tally = Tally::going_on(&earlier);
            Records::after(&earlier, file, &common.output)?
        }
        None => Records::open(&common.output)?,
    };
    match form {
        Form::Csv => records.text(&batch::csv(&batch::HEADINGS))?,
        Form::Row(options) => records.text(&human::render_headings(&options))?,
        Form::Json { .. } | Form::Silent => {}
    }
    let summed = match args.summary {
        SummaryForm::Auto => matches!(form, Form::Row(_)),
        SummaryForm::Never => false,
        SummaryForm::Human | SummaryForm::Json => true,
    };
    let mut counts = Counts::default();
    let mut write = |outcome: Outcome| -> anyhow::Result<()> {
        match outcome {
            Outcome::Analysed { text, label, facts } => {
                tally.analysed(label);
                facts.into_iter().for_each(|facts| counts.add(*facts));
                progress.message();
                records.record(&text)?;
            }
            Outcome::Failed { text, complaint, error } => {
                progress.complain(&complaint);
                tally.failed(&error);
                counts.fail();
                records.record(&text)?;
            }
        }
        if stopped() { Err(Stopped.into()) } else { Ok(()) }
    };
    let desk = Desk {
        session: &session,
        form,
        filter: &filter,
        summed,
        stop: &stop,
    };
    let worked = if session.answers.asks() {
        pipeline::inquire(&desk, messages, jobs, MAX_IN_FLIGHT, &mut write)
    } else {
        pipeline::ordered(messages, jobs, size, |messages| desk.outcomes(messages), &mut write)
    };
    progress.finish();
    unless_stopped(worked)?;
    session.finish()?;
    let written = records.close()?;
    if summed {
        sum_up(args, form, &counts)?;
    }
    if stopped() {
        exit::complain(&format!(
            "stopped after {written} records; --resume goes on behind them where they are kept in a file"
        ));
        return Ok(Exit::Unfinished);
    }
    if tally.is_empty() {
        exit::complain("no message was found");
    }
    Ok(tally.exit(args.fail_on.label()))
}

/// The input, in its order.
fn messages<'a>(args: &'a ScanArgs, progress: &Progress) -> anyhow::Result<Box<dyn Iterator<Item = Message> + 'a>> {
    let counter = progress.counter();
    let format = args.common.input_format;
    match (&args.byte_range, args.paths.as_slice()) {
        (None, paths) => {
            Ok(Box::new(paths.iter().flat_map(move |path| {
                setup::messages(path, format).counting(Arc::clone(&counter))
            })))
        }
        (Some(range), [path]) if path.as_os_str() != "-" => Ok(Box::new(source::mbox_range(
            path,
            setup::input_format(format),
            range.0.clone(),
        )?)),
        (Some(_), _) => Err(UsageError("--byte-range: is of one file".to_owned()).into()),
    }
}

/// What an item holds in memory, in bytes.
pub(crate) fn size(message: &Message) -> usize {
    message.as_ref().map_or(0, |stored| stored.bytes.len())
}

/// JSON Lines, at a terminal a table.
fn format(args: &ScanArgs) -> Format {
    let output = &args.common.output;
    let at_terminal = output.output.is_none() && io::stdout().is_terminal() && args.resume.is_none();
    let usual = if at_terminal { Format::Human } else { Format::Jsonl };
    output.format.unwrap_or(usual)
}

fn filter(args: &ScanArgs) -> Filter {
    let chosen = &args.chosen;
    Filter {
        verdicts: chosen.verdict.iter().map(|verdict| verdict.label()).collect(),
        wheres: chosen.wheres.clone(),
        since: chosen.since,
        until: chosen.until,
    }
}

/// As many threads as asked for, else and at most as there are cores: more would take memory, and get nothing done sooner.
pub(crate) fn jobs(asked: Option<usize>) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    asked.filter(|jobs| *jobs > 0).unwrap_or(cores).min(cores)
}

/// Set by the first interruption (Ctrl-C, or a polite kill); the second ends the program at once.
fn interruption() -> anyhow::Result<Arc<AtomicBool>> {
    use signal_hook::{
        consts::{SIGINT, SIGTERM},
        flag,
    };
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, i32::from(Exit::Unfinished.code()), Arc::clone(&stop))?;
        flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// The run was interrupted: what is finished in order is printed.
#[derive(Debug)]
pub(crate) struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Stopped {}

fn unless_stopped(outcome: anyhow::Result<()>) -> anyhow::Result<()> {
    outcome.or_else(|error| if error.is::<Stopped>() { Ok(()) } else { Err(error) })
}

/// The summary goes where the records are read, unless other programs read them there.
fn sum_up(args: &ScanArgs, form: Form, counts: &Counts) -> anyhow::Result<()> {
    let summary = counts.summary();
    let options = output::human_options(&args.common.output);
    let aside = args.common.output.output.is_some();
    match (args.summary, form) {
        (SummaryForm::Json, _) => output::print(&output::encoded(&summary)),
        (_, Form::Row(_)) => output::print(&format!("\n{}", human::render_summary(&summary, &options))),
        _ if aside => output::print(&human::render_summary(&summary, &options)),
        _ => {
            exit::tell(&human::render_summary(&summary, &options));
            Ok(())
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
        size(message)
    }

    fn weight(&self, outcome: &Outcome) -> usize {
        match outcome {
            Outcome::Analysed { text, .. } | Outcome::Failed { text, .. } => text.len(),
        }
    }

    fn attempt(&self, message: Message, insist: bool) -> Attempt<Message, Outcome, Question> {
        let stored = match &message {
            Ok(stored) if !insist => stored,
            _ => return Attempt::Done(self.outcome(message)),
        };
        match unbroken(stored, || self.session.examine_answered(stored)) {
            Ok(Ok(report)) => Attempt::Done(self.told(Ok(report))),
            Ok(Err(lacked)) => Attempt::Lacks(message, lacked),
            Err(fault) => Attempt::Done(self.failed(fault)),
        }
    }

    fn ask(&self, question: &Question, reply: impl FnOnce(Vec<StoredAnswer>) + Send + 'static) {
        self.session.answers.begin(question, reply);
    }

    fn learn(&self, answers: Vec<Vec<StoredAnswer>>) {
        self.session.answers.learn(answers.into_iter().flatten());
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Work on a message; a fault of the program costs this message, not the run.
pub(crate) fn unbroken<R>(stored: &Stored, work: impl FnOnce() -> R) -> Result<R, SourceError> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| SourceError {
        path: stored.origin.path.clone(),
        container: None,
        format: stored.origin.format,
        index: stored.origin.index,
        byte_offset: stored.origin.byte_offset,
        error: Box::new(Error::Fault {
            path: PathBuf::from(&stored.origin.path),
        }),
    })
}

impl Desk<'_> {
    /// A message, or why there is none, as it stands in the output.
    fn outcome(&self, message: Message) -> Outcome {
        self.told(message.and_then(|stored| self.alone(&stored)))
    }

    /// The outcomes of messages that are examined side by side.
    fn outcomes(&self, messages: Vec<Message>) -> Vec<Outcome> {
        let mut readable = Vec::with_capacity(messages.len());
        let places = messages
            .into_iter()
            .map(|message| message.map(|stored| readable.push(stored)));
        let places: Vec<Result<(), SourceError>> = places.collect();
        let together = panic::catch_unwind(AssertUnwindSafe(|| {
            self.session.examine_together(&readable, |report| self.written(report))
        }));
        let judged: Vec<Outcome> = match together {
            Ok(written) => written,
            // Alone, the message that shows the fault costs itself, and not its neighbours.
            Err(_) => readable.iter().map(|stored| self.told(self.alone(stored))).collect(),
        };
        let mut judged = judged.into_iter();
        let all = places.into_iter().filter_map(|place| match place {
            Ok(()) => judged.next(),
            Err(error) => Some(self.failed(error)),
        });
        all.collect()
    }

    fn alone(&self, stored: &Stored) -> Result<Report, SourceError> {
        unbroken(stored, || self.session.examine_as_is(stored))
    }

    fn told(&self, judged: Result<Report, SourceError>) -> Outcome {
        match judged {
            Ok(report) => self.written(report),
            Err(error) => self.failed(error),
        }
    }

    fn failed(&self, error: SourceError) -> Outcome {
        let complaint = error.to_string();
        let source = ErrorSource {
            path: error.path.clone(),
            container: error.container.clone(),
            index: Some(error.index),
        };
        let text = match self.form {
            Form::Json { .. } => output::error_line(&ErrorRecord::new(source, complaint.clone())),
            Form::Csv | Form::Row(_) | Form::Silent => String::new(),
        };
        Outcome::Failed {
            text,
            complaint,
            error: *error.error,
        }
    }

    /// A report as it stands in the output.
    fn written(&self, report: Report) -> Outcome {
        let text = match self.form {
            _ if !self.filter.wants(&report) => String::new(),
            Form::Json { brief } => output::line(&report, brief),
            Form::Csv => batch::csv(&batch::row(&report)),
            Form::Row(options) => human::render_row(&report, &options),
            Form::Silent => String::new(),
        };
        Outcome::Analysed {
            text,
            label: report.verdict.label,
            facts: self.summed.then(|| Box::new(Facts::of(&report))),
        }
    }
}
