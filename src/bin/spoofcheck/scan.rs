//! `spoofcheck scan`: mailboxes and folders, one JSON object a line, in the order of the input.

use spoofcheck::report::{ErrorRecord, ErrorSource};

use crate::{
    args::{Diagnose, Format, ScanArgs},
    exit::{self, Exit, Tally},
    output::{self, Sink},
    setup::{self, Extras, Session},
};

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
    for path in &args.paths {
        for message in setup::messages(path, common.input_format) {
            match message {
                Ok(stored) => {
                    let report = session.examine(&stored);
                    tally.analysed(report.verdict.label);
                    sink.line(&report)?;
                }
                Err(error) => {
                    exit::complain(&error.to_string());
                    tally.failed(&error.error);
                    let source = ErrorSource {
                        path: error.path.clone(),
                        container: None,
                        index: Some(error.index),
                    };
                    sink.error_line(&ErrorRecord::new(source, error.to_string()))?;
                }
            }
        }
    }
    session.finish()?;
    sink.close()?;
    Ok(tally.exit(args.fail_on.label()))
}
