//! `spoofcheck domain`: whether domains can be spoofed, and what their owners should publish.

use anyhow::bail;
use spoofcheck::posture::{self, MAX_SELECTORS, Request};

use crate::{
    answers::Answers,
    args::{DomainArgs, Format},
    exit::{Exit, UsageError},
    output::{self, Sink},
};

pub(crate) fn run(args: &DomainArgs) -> anyhow::Result<Exit> {
    let wanted = args.output.format.unwrap_or(Format::Human);
    let format = output::supported(wanted, &[Format::Human, Format::Json, Format::Jsonl])?;
    if args.selector.len() > MAX_SELECTORS {
        bail!(UsageError(format!("--selector: at most {MAX_SELECTORS}")));
    }
    let domains = read_all(&args.names, posture::read_name)?;
    let selectors = read_all(&args.selector, posture::read_selector)?;
    let answers = Answers::open(&args.dns)?;
    let mut sink = Sink::open(&args.output)?;
    let mut postures = Vec::new();
    for domain in domains {
        let request = Request {
            domain,
            selectors: selectors.clone(),
            common_selectors: args.common_selectors,
            as_of: answers.clock,
            dns_mode: answers.mode,
        };
        answers.complete(|snapshot| posture::missing(&request, snapshot));
        postures.push(posture::examine(&request, &answers.snapshot()));
    }
    sink.postures(&postures, format)?;
    answers.finish()?;
    sink.close()?;
    let answered = postures.iter().any(|posture| posture.dns.answered > 0);
    Ok(if answered { Exit::Analysed } else { Exit::Unfinished })
}

/// Names as the user wrote them; the first bad one is a usage error.
fn read_all(texts: &[String], read: impl Fn(&str) -> Result<String, String>) -> anyhow::Result<Vec<String>> {
    let read = texts
        .iter()
        .map(|text| read(text).map_err(|why| UsageError(format!("{text:?}: {why}"))));
    Ok(read.collect::<Result<_, _>>()?)
}
