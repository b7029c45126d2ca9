//! `spoofcheck scan`: mailboxes and folders, one JSON object a line, in the order of the input.

use spoofcheck::{
    error::Error,
    pipeline,
    report::{ErrorRecord, ErrorSource},
    source::{SourceError, Stored},
    verdict::Label,
};

use crate::{
    args::{Diagnose, Format, ScanArgs},
    exit::{self, Exit, Tally},
    output::{self, Sink},
    setup::{self, Extras, Session},
};

/// A line of the output, and what the run must know of it.
enum Line {
    Report {
        text: String,
        label: Label,
    },
    Error {
        text: String,
        complaint: String,
        error: Error,
    },
}

pub(crate) fn run(args: &ScanArgs) -> anyhow::Result<Exit> {
    let common = &args.common;
    output::supported(common.output.format.unwrap_or(Format::Jsonl), &[Format::Jsonl])?;
    let mut session = Session::new(
        common,
        Extras {
            second_opinion: args.second_opinion,
            diagnose: Diagnose::Quick,
        },
    )?;
    let mut sink = Sink::open(&common.output)?;
    let mut tally = Tally::default();
    let brief = common.output.brief;
    let messages = args
        .paths
        .iter()
        .flat_map(|path| setup::messages(path, common.input_format));
    let mut write = |line: Line| -> anyhow::Result<()> {
        match line {
            Line::Report { text, label } => {
                tally.analysed(label);
                sink.text(&text)
            }
            Line::Error { text, complaint, error } => {
                exit::complain(&complaint);
                tally.failed(&error);
                sink.text(&text)
            }
        }
    };
    if session.answers.asks() {
        // What one message asks, the next ones find answered: one after the other.
        for message in messages {
            if let Ok(stored) = &message {
                session.ask(stored);
            }
            write(line(&session, message, brief))?;
        }
    } else {
        let size = |message: &Result<Stored, SourceError>| message.as_ref().map_or(0, |stored| stored.bytes.len());
        pipeline::ordered(
            messages,
            jobs(common.jobs),
            size,
            |message| line(&session, message, brief),
            &mut write,
        )?;
    }
    session.finish()?;
    sink.close()?;
    Ok(tally.exit(args.fail_on.label()))
}

/// As many threads as asked for, else as there are cores.
fn jobs(asked: Option<usize>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    asked.filter(|jobs| *jobs > 0).unwrap_or_else(cores)
}

/// A message, or why there is none, as it stands in the output.
fn line(session: &Session, message: Result<Stored, SourceError>, brief: bool) -> Line {
    match message {
        Ok(stored) => {
            let report = session.examine_answered(&stored);
            Line::Report {
                text: output::line(&report, brief),
                label: report.verdict.label,
            }
        }
        Err(error) => {
            let complaint = error.to_string();
            let source = ErrorSource {
                path: error.path.clone(),
                container: None,
                index: Some(error.index),
            };
            Line::Error {
                text: output::error_line(&ErrorRecord::new(source, complaint.clone())),
                complaint,
                error: error.error,
            }
        }
    }
}
