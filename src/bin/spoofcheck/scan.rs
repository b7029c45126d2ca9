//! `spoofcheck scan`: mailboxes and folders, a record each, in the order of the input.

use std::{
    io::{self, IsTerminal},
    sync::Arc,
};

use spoofcheck::{batch::Filter, dns::IN_FLIGHT, pipeline, report::Detail, source};

use crate::{
    args::{Diagnose, FailOn, Format, Inner},
    desk::{Desk, Form},
    exit::{Exit, UsageError},
    interruption::{Interruption, Stopped},
    item::{self, Message},
    learning,
    ledger::{self, Ledger},
    output,
    progress::Progress,
    scan_args::{ScanArgs, SummaryForm},
    setup::{self, Extras, Session},
};

pub(crate) fn run(args: &ScanArgs) -> anyhow::Result<Exit> {
    let form = form(args)?;
    let mut session = session(args, form)?;
    let jobs = setup::jobs(args.common.jobs);
    let interruption = Interruption::awaited()?;
    if args.habits {
        session.settings.habits = Some(learning::learn(args, &session, jobs, &interruption)?);
    }
    let progress = Progress::new(&args.common, &args.paths, args.byte_range.as_ref());
    let mut messages = messages(args, &progress)?;
    let filter = filter(args);
    let mut ledger = Ledger::open(args, form, &filter, &mut messages, progress)?;
    let desk = Desk {
        session: &session,
        form,
        filter: &filter,
        inner: args.common.inner,
        summed: ledger::is_summed(args, form),
        interruption: &interruption,
    };
    let mut enter = |outcome| {
        ledger.enter(outcome)?;
        Ok(interruption.check()?)
    };
    let worked = if session.answers.asks() {
        pipeline::inquire(&desk, messages, jobs, IN_FLIGHT, &mut enter)
    } else {
        pipeline::ordered(
            messages,
            jobs,
            item::size,
            |messages| desk.outcomes(messages),
            &mut enter,
        )
    };
    ledger.ended();
    Stopped::forgiven(worked)?;
    session.finish()?;
    ledger.close(args, form, interruption.has_come())
}

/// The form of the records: JSON Lines, at a terminal a table.
fn form(args: &ScanArgs) -> anyhow::Result<Form> {
    let output = &args.common.output;
    let at_terminal = output.output.is_none() && io::stdout().is_terminal() && args.resume.is_none();
    let usual = if at_terminal { Format::Human } else { Format::Jsonl };
    let known = [Format::Jsonl, Format::Csv, Format::Human];
    let format = output::supported(output.format.unwrap_or(usual), &known)?;
    Ok(match (format, args.summary, &output.output) {
        (_, SummaryForm::Json, None) => Form::Silent,
        (Format::Csv, ..) => Form::Csv,
        (Format::Human, ..) => Form::Row(output::human_options(output)),
        _ => Form::Json { brief: output.brief },
    })
}

fn session(args: &ScanArgs, form: Form) -> anyhow::Result<Session> {
    let mut session = Session::new(
        &args.common,
        Extras {
            second_opinion: args.second_opinion,
            diagnose: Diagnose::Quick,
        },
    )?;
    let settings = &mut session.settings;
    settings.hash_snapshot = !session.answers.asks();
    let inner_decides = args.common.inner == Inner::All && args.fail_on != FailOn::Never;
    if !inner_decides && !matches!(form, Form::Json { brief: false }) {
        // Nobody would see the rest.
        settings.detail = Detail::Short;
        // Nor need anybody be asked for it, but that what is recorded answers for full reports, too.
        settings.inner &= session.answers.records();
    }
    Ok(session)
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
        (Some(range), [path]) if path.as_os_str() != "-" => {
            let piece = source::mbox_range(path, setup::input_format(format), range.0.clone())?;
            Ok(Box::new(piece.counting(counter)))
        }
        (Some(_), _) => Err(UsageError("--byte-range: is of one file".to_owned()).into()),
    }
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
