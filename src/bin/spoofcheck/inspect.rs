//! `spoofcheck inspect`: one message, or a few, explained.

use spoofcheck::report::ErrorRecord;

use crate::{
    args::{Diagnose, Format, InspectArgs, Verdict},
    deciding::deciding,
    exit::{self, Exit, Tally},
    output::{self, Item, Sink},
    setup::{self, Extras, Session},
};

pub(crate) fn run(args: &InspectArgs) -> anyhow::Result<Exit> {
    let common = &args.common;
    let wanted = common.output.format.unwrap_or(Format::Human);
    let format = output::supported(wanted, &[Format::Human, Format::Json, Format::Jsonl])?;
    let mut session = Session::new(
        common,
        Extras {
            second_opinion: true,
            diagnose: Diagnose::Thorough,
        },
    )?;
    session.settings.explain_against = args.explain_against.map(Verdict::label);
    let mut sink = Sink::open(&common.output)?.telling(args.story);
    let mut tally = Tally::default();
    let mut document = Vec::new();
    let mut first = true;
    for path in &args.files {
        for message in setup::messages_of_file(path, common.input_format) {
            let item = match message {
                Ok(stored) => Item::Report(Box::new(session.examine(&stored))),
                Err(error) => {
                    exit::complain(&error.to_string());
                    tally.failed(&error.error);
                    Item::Error(ErrorRecord::from(error.error.as_ref()))
                }
            };
            if let Item::Report(report) = &item {
                tally.analysed(deciding(report, common.inner));
            }
            match (format, &item) {
                (Format::Json, _) => document.push(item),
                (Format::Jsonl, Item::Report(report)) => sink.line(report)?,
                (Format::Jsonl, Item::Error(record)) => sink.error_line(record)?,
                (_, Item::Report(report)) => {
                    sink.text(if first { "" } else { "\n\n" })?;
                    sink.human(report)?;
                    first = false;
                }
                (_, Item::Error(_)) => {}
            }
        }
    }
    if format == Format::Json && !document.is_empty() {
        sink.document(&document)?;
    }
    session.finish()?;
    sink.close()?;
    Ok(tally.exit(args.fail_on.label()))
}
