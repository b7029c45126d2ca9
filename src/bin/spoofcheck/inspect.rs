//! `spoofcheck inspect`: one message, or a few, explained.

use spoofcheck::{report::ErrorRecord, verdict::Label};

use crate::{
    args::{Diagnose, FailOn, Format, InspectArgs, Verdict},
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
                tally.analysed(exit::deciding(report, common.inner));
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

impl Verdict {
    /// The library's label.
    pub(crate) fn label(self) -> Label {
        match self {
            Self::NotSpoofed => Label::NotSpoofed,
            Self::Inconclusive => Label::Inconclusive,
            Self::Deceptive => Label::Deceptive,
            Self::LikelySpoofed => Label::LikelySpoofed,
            Self::Spoofed => Label::Spoofed,
        }
    }
}

impl FailOn {
    /// The mildest label that fails; `None` for never.
    pub(crate) fn label(self) -> Option<Label> {
        match self {
            Self::Never => None,
            Self::Inconclusive => Some(Label::Inconclusive),
            Self::Deceptive => Some(Label::Deceptive),
            Self::LikelySpoofed => Some(Label::LikelySpoofed),
            Self::Spoofed => Some(Label::Spoofed),
        }
    }
}
