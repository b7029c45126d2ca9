//! `spoofcheck dns`: the questions of a message listed, asked once, or shown from a snapshot.

use std::path::PathBuf;

use comfy_table::{ContentArrangement, Table, presets};
use spoofcheck::{
    dns::{Data, Snapshot, StoredAnswer},
    error::Error,
    examiner,
    report::escape,
};

use crate::{
    args::{DnsArgs, DnsCommand, DnsMessageArgs, Format},
    exit::{self, Exit, Tally},
    explain::print,
    output,
    setup::{self, Session},
};

pub(crate) fn run(args: &DnsArgs) -> anyhow::Result<Exit> {
    match &args.command {
        DnsCommand::Plan(args) => plan(args),
        DnsCommand::Record(args) => record(args),
        DnsCommand::Show { files, format } => show(files, *format),
    }
}

/// Lists what would be asked first; answers may bring further questions.
fn plan(args: &DnsMessageArgs) -> anyhow::Result<Exit> {
    let mut common_dns = args.common.dns.clone();
    // A plan asks nothing: only replayed answers count.
    common_dns.retain(|mode| mode.starts_with("replay="));
    if common_dns.is_empty() {
        common_dns.push("offline".to_owned());
    }
    let session = Session::with_dns(&args.common, &common_dns)?;
    let mut tally = Tally::default();
    let mut questions = Vec::new();
    for_each(args, &mut tally, |stored| {
        questions.extend(examiner::missing(&stored, &session.settings, &session.snapshot))
    });
    questions.sort();
    questions.dedup();
    let lines: String = questions
        .iter()
        .map(|question| format!("{}. {}\n", escape::visible(&question.name), question.rtype.name()))
        .collect();
    print(&lines)?;
    Ok(tally.exit(None))
}

/// Asks everything that the messages need and writes the snapshot.
fn record(args: &DnsMessageArgs) -> anyhow::Result<Exit> {
    let mut session = match &args.common.output.output {
        Some(path) => Session::with_dns(&args.common, &[format!("record={}", path.display())])?,
        None => Session::with_dns(&args.common, &["live".to_owned()])?,
    };
    let mut tally = Tally::default();
    for_each(args, &mut tally, |stored| session.ask(&stored));
    if args.common.output.output.is_some() {
        session.finish()?;
    } else {
        session.snapshot.now = Some(session.settings.as_of);
        let mut text = Vec::new();
        session.snapshot.write(&mut text)?;
        print(&String::from_utf8_lossy(&text))?;
    }
    Ok(tally.exit(None))
}

fn for_each(args: &DnsMessageArgs, tally: &mut Tally, mut visit: impl FnMut(spoofcheck::source::Stored)) {
    for path in &args.files {
        for message in setup::messages(path, args.common.input_format) {
            match message {
                Ok(stored) => {
                    tally.analysed(spoofcheck::verdict::Label::NotSpoofed);
                    visit(stored);
                }
                Err(error) => {
                    exit::complain(&error.to_string());
                    tally.failed(&error.error);
                }
            }
        }
    }
}

/// Shows snapshots, merged, as a table or as the lines of a snapshot.
fn show(files: &[PathBuf], format: Format) -> anyhow::Result<Exit> {
    output::supported(format, &[Format::Human, Format::Jsonl])?;
    let mut snapshot = Snapshot::new();
    for file in files {
        snapshot.merge(Snapshot::read(file)?);
    }
    if format == Format::Jsonl {
        let mut text = Vec::new();
        snapshot.write(&mut text).map_err(|cause| Error::Write {
            path: "-".into(),
            cause,
        })?;
        print(&String::from_utf8_lossy(&text))?;
        return Ok(Exit::Analysed);
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(["name", "type", "answer", "asked"]);
    for answer in snapshot.answers() {
        let name = escape::visible(&answer.question.name).into_owned();
        let asked = answer.asked_at.map(|time| time.to_string()).unwrap_or_default();
        table.add_row([name, answer.question.rtype.name().into_owned(), words(answer), asked]);
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    let clock = snapshot.now.map(|now| format!(", clock {now}")).unwrap_or_default();
    print(&format!("{} answers{clock}\n\n{}\n", snapshot.len(), lines.join("\n")))?;
    Ok(Exit::Analysed)
}

/// An answer in words: records, none of the type, no such name, failed, timed out.
fn words(answer: &StoredAnswer) -> String {
    match (answer.rcode.as_str(), answer.data.as_slice()) {
        ("NOERROR", []) => "no record of this type".to_owned(),
        ("NOERROR", data) => data
            .iter()
            .map(Data::to_text)
            .map(|text| escape::visible(&text).into_owned())
            .collect::<Vec<_>>()
            .join("\n"),
        ("NXDOMAIN", _) => "no such name".to_owned(),
        ("TIMEOUT", _) => "no answer in time".to_owned(),
        (rcode, _) => format!("failed: {}", escape::visible(rcode)),
    }
}
