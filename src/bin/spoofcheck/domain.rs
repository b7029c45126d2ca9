//! `spoofcheck domain`: what a domain publishes, and whether mail in its name can be forged.

use spoofcheck::{
    posture::{self, Subject},
    report::json,
};

use crate::{
    answers::Answers,
    args::{DomainArgs, Format},
    exit::{self, Exit, UsageError},
    output::{self, Sink},
};

pub(crate) fn run(args: &DomainArgs) -> anyhow::Result<Exit> {
    let format = args.output.format.unwrap_or(Format::Human);
    output::supported(format, &[Format::Human, Format::Json, Format::Jsonl])?;
    let subjects = subjects(args)?;
    let mut answers = Answers::open(&args.dns)?;
    let mut sink = Sink::open(&args.output)?;
    let mut exit = Exit::Analysed;
    for (number, subject) in subjects.iter().enumerate() {
        answers.complete(|snapshot| posture::missing(subject, snapshot));
        let found = posture::examine(subject, &answers.snapshot, answers.clock);
        if found.questions.iter().all(|question| question.rcode.is_none()) {
            exit::complain(&format!("nothing is known of {}: nobody was asked", subject.name()));
            exit = Exit::Unfinished;
        }
        let text = match format {
            Format::Json => json::encode(&found, true) + "\n",
            Format::Jsonl => json::encode(&found, false) + "\n",
            _ => format!(
                "{}{}",
                if number > 0 { "\n" } else { "" },
                posture::render(&found, &sink.options)
            ),
        };
        sink.text(&text)?;
    }
    answers.finish()?;
    sink.close()?;
    Ok(exit)
}

fn subjects(args: &DomainArgs) -> anyhow::Result<Vec<Subject>> {
    let subject = |name: &String| {
        let subject = Subject::new(name, &args.selector, args.common_selectors);
        subject.ok_or_else(|| UsageError(format!("{name}: no domain name")).into())
    };
    args.names.iter().map(subject).collect()
}
