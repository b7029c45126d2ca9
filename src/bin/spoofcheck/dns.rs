//! `spoofcheck dns`: the questions of a message listed; asked, and kept with their history; imported; shown.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use comfy_table::{ContentArrangement, Table, presets};
use spoofcheck::{
    dns::{self, Answer, Data, IN_FLIGHT, Question, RecordType, Snapshot, StoredAnswer},
    examiner,
    pipeline::{self, Attempt, Inquiry},
    report::escape,
    source::SourceError,
    time::Timestamp,
    verdict::Label,
};

use crate::{
    answers::{self, Answers},
    args::{DnsArgs, DnsCommand, DnsMessageArgs, DnsRecordArgs, Format},
    exit::{self, Exit, Tally, UsageError},
    interruption::{Interruption, Stopped},
    item::{self, Message},
    output::{self, print},
    setup::{self, Session},
};

pub(crate) fn run(args: &DnsArgs) -> anyhow::Result<Exit> {
    match &args.command {
        DnsCommand::Plan(args) => plan(args),
        DnsCommand::Record(args) => record(args),
        DnsCommand::Import {
            files,
            origin,
            asked_at,
            output,
        } => import(files, origin.as_deref(), asked_at.as_deref(), output.as_deref()),
        DnsCommand::Show { files, name, format } => show(files, name.as_deref(), *format),
    }
}

/// Lists what would be asked first; answers may bring further questions.
fn plan(args: &DnsMessageArgs) -> anyhow::Result<Exit> {
    let mut modes = args.common.dns.modes.clone();
    // A plan asks nothing: only replayed answers count.
    modes.retain(|mode| mode.starts_with("replay="));
    if modes.is_empty() {
        modes.push("offline".to_owned());
    }
    let session = Session::asking(&args.common, Answers::with_modes(&args.common.dns, &modes, true)?)?;
    let mut tally = Tally::default();
    let mut questions = BTreeSet::new();
    for message in all(args) {
        if let Some(stored) = note(&mut tally, message) {
            let snapshot = session.answers.snapshot();
            questions.extend(examiner::missing(&stored, &session.settings, &snapshot));
        }
    }
    let lines: String = questions
        .iter()
        .map(|question| format!("{}. {}\n", escape::visible(&question.name), question.rtype.name()))
        .collect();
    print(&lines)?;
    Ok(tally.exit(None))
}

/// Asks everything that the messages need, and the names given, and writes the snapshot.
fn record(args: &DnsRecordArgs) -> anyhow::Result<Exit> {
    let DnsRecordArgs {
        messages,
        name,
        rtype,
        reuse,
    } = args;
    let common = &messages.common;
    let rtype = RecordType::parse(rtype).ok_or_else(|| UsageError(format!("--type {rtype}: no record type")))?;
    let mode = match &common.output.output {
        Some(path) => format!("record={}", path.display()),
        None => "live".to_owned(),
    };
    let session = Session::asking(common, Answers::with_modes(&common.dns, &[mode], *reuse)?)?;
    let questions: Vec<Question> = name.iter().map(|name| Question::new(name, rtype)).collect();
    session.answers.complete(|snapshot| {
        let open = |question: &&Question| snapshot.find(question, None).answer == Answer::NotAsked;
        questions.iter().filter(open).cloned().collect()
    });
    let mut tally = Tally::default();
    let interruption = Interruption::awaited()?;
    let recording = Recording {
        session: &session,
        interruption: &interruption,
    };
    let worked = pipeline::inquire(
        &recording,
        all(messages),
        setup::jobs(common.jobs),
        IN_FLIGHT,
        |asked| {
            note(&mut tally, asked);
            Ok(interruption.check()?)
        },
    );
    Stopped::forgiven(worked)?;
    if session.answers.records() {
        session.finish()?;
    } else {
        let mut snapshot = session.answers.snapshot().clone();
        snapshot.now = Some(session.answers.clock);
        write(&snapshot)?;
    }
    if interruption.has_come() {
        exit::complain("stopped; what was answered is written");
        return Ok(Exit::Unfinished);
    }
    if messages.files.is_empty() {
        return Ok(Exit::Analysed);
    }
    Ok(tally.exit(None))
}

/// Turns other stores of DNS data into a snapshot.
fn import(
    files: &[PathBuf],
    origin: Option<&str>,
    asked_at: Option<&str>,
    output: Option<&Path>,
) -> anyhow::Result<Exit> {
    let asked_at = asked_at
        .map(|text| answers::parse_time("--asked-at", text))
        .transpose()?;
    let mut snapshot = match output {
        Some(path) => answers::open_archive(path)?,
        None => Snapshot::new(),
    };
    for file in files {
        snapshot.merge(dns::import(file, origin, asked_at)?);
    }
    match output {
        Some(path) => answers::store(path, &snapshot)?,
        None => write(&snapshot)?,
    }
    Ok(Exit::Analysed)
}

/// Every message of the files given.
fn all(args: &DnsMessageArgs) -> impl Iterator<Item = Message> {
    let format = args.common.input_format;
    args.files.iter().flat_map(move |path| setup::messages(path, format))
}

/// Counts a message, and complains of what is none.
fn note<T>(tally: &mut Tally, message: Result<T, SourceError>) -> Option<T> {
    match message {
        Ok(value) => {
            tally.analysed(Label::NotSpoofed);
            Some(value)
        }
        Err(error) => {
            exit::complain(&error.to_string());
            tally.failed(&error.error);
            None
        }
    }
}

/// Asks what messages need, and does nothing else with them.
struct Recording<'s> {
    session: &'s Session,
    interruption: &'s Interruption,
}

impl Inquiry for Recording<'_> {
    type Item = Message;
    type Result = Result<(), SourceError>;
    type Question = Question;
    type Answer = Vec<StoredAnswer>;

    fn size(&self, message: &Message) -> usize {
        item::size(message)
    }

    fn weight(&self, _: &Self::Result) -> usize {
        0
    }

    fn attempt(&self, messages: Vec<Message>, insist: bool) -> Vec<Attempt<Message, Self::Result, Question>> {
        let session = self.session;
        let attempt = |message: Message| {
            let stored = match message {
                Ok(stored) => stored,
                Err(error) => return Attempt::Done(Err(error)),
            };
            let missing = || examiner::missing(&stored, &session.settings, &session.answers.snapshot());
            match item::unbroken(&stored, missing) {
                Ok(lacked) if insist || lacked.is_empty() => Attempt::Done(Ok(())),
                Ok(lacked) => Attempt::Lacks(Ok(stored), lacked),
                Err(fault) => Attempt::Done(Err(fault)),
            }
        };
        messages.into_iter().map(attempt).collect()
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

/// Writes a snapshot to standard output.
fn write(snapshot: &Snapshot) -> anyhow::Result<()> {
    let mut text = Vec::new();
    // Writing into memory cannot fail.
    snapshot.write(&mut text)?;
    print(&String::from_utf8_lossy(&text))
}

/// Shows snapshots, merged, as a table or as the lines of a snapshot. What changed over time stands on lines of its own.
fn show(files: &[PathBuf], name: Option<&str>, format: Format) -> anyhow::Result<Exit> {
    output::supported(format, &[Format::Human, Format::Jsonl])?;
    let mut snapshot = Snapshot::new();
    for file in files {
        snapshot.merge(Snapshot::read(file)?);
    }
    if let Some(name) = name {
        snapshot = snapshot.below(name);
    }
    if format == Format::Jsonl {
        write(&snapshot)?;
        return Ok(Exit::Analysed);
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(["name", "type", "answer", "asked"]);
    let mut before: Option<&Question> = None;
    for answer in snapshot.answers() {
        // A further answer to the same question is its history: the name is not told again.
        let again = before == Some(&answer.question);
        let told = |text: String| if again { String::new() } else { text };
        table.add_row([
            told(escape::visible(&answer.question.name).into_owned()),
            told(answer.question.rtype.name().into_owned()),
            words(answer),
            when(answer),
        ]);
        before = Some(&answer.question);
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    let clock = snapshot.now.map(|now| format!(", clock {now}")).unwrap_or_default();
    print(&format!("{} answers{clock}\n\n{}\n", snapshot.len(), lines.join("\n")))?;
    Ok(Exit::Analysed)
}

/// When an answer was recorded, or from when to when it is said to hold.
fn when(answer: &StoredAnswer) -> String {
    let text = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
    match (answer.valid_from, answer.valid_to) {
        (None, None) => text(answer.asked_at),
        (from, to) => format!("{} to {}", text(from), text(to)).trim().to_owned(),
    }
}

/// An answer in words: records, none of the type, no such name, failed, timed out.
fn words(answer: &StoredAnswer) -> String {
    match (answer.rcode.as_str(), &*answer.data) {
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
