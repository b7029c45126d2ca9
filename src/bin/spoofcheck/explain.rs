//! `spoofcheck explain`: the page of a rule, verdict or flow, from the one declaration of each.

use serde_json::json;
use spoofcheck::{
    flow::{self, FlowKind},
    report::json,
    rules::{self, Rule},
    verdict::Label,
};

use crate::{
    args::{ExplainArgs, Format},
    exit::{Exit, UsageError},
    output,
};

/// Something that can be explained.
enum Topic {
    Rule(&'static Rule),
    Flow(&'static FlowKind),
    Verdict(Label),
}

pub(crate) fn run(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let format = output::supported(args.format, &[Format::Human, Format::Json, Format::Markdown])?;
    let text = match &args.name {
        Some(name) if !args.list => page(&find(name)?, format),
        _ => list(format),
    };
    output::print(&text)?;
    Ok(Exit::Analysed)
}

fn find(name: &str) -> anyhow::Result<Topic> {
    let same = |known: &str| known.eq_ignore_ascii_case(name);
    let flow = || {
        flow::catalogue()
            .find(|flow| same(flow.id) || same(flow.name))
            .map(Topic::Flow)
    };
    let verdict = || {
        Label::ALL
            .into_iter()
            .find(|label| same(label.word()))
            .map(Topic::Verdict)
    };
    let topic = rules::find(name).map(Topic::Rule).or_else(flow).or_else(verdict);
    topic.ok_or_else(|| {
        UsageError(format!(
            "{name}: no rule, flow or verdict of this name; see `spoofcheck explain --list`"
        ))
        .into()
    })
}

fn topics() -> impl Iterator<Item = Topic> {
    let verdicts = Label::ALL.into_iter().rev().map(Topic::Verdict);
    rules::catalogue()
        .map(Topic::Rule)
        .chain(flow::catalogue().map(Topic::Flow))
        .chain(verdicts)
}

impl Topic {
    fn id(&self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.id,
            Self::Flow(flow) => flow.id,
            Self::Verdict(label) => label.word(),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.name,
            Self::Flow(flow) => flow.name,
            Self::Verdict(label) => label.word(),
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.title,
            Self::Flow(flow) => flow.title,
            Self::Verdict(label) => label.title(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Rule(_) => "rule",
            Self::Flow(_) => "flow",
            Self::Verdict(_) => "verdict",
        }
    }

    fn page(&self) -> String {
        match self {
            // Doc comments begin each line with a space.
            Self::Rule(rule) => rule
                .page
                .lines()
                .map(|line| line.strip_prefix(' ').unwrap_or(line))
                .collect::<Vec<_>>()
                .join("\n"),
            Self::Flow(flow) => format!("{}\n\n**Explains:** {}", flow.page, flow.explains.join(", ")),
            Self::Verdict(label) => label.page().to_owned(),
        }
    }
}

fn list(format: Format) -> String {
    if format == Format::Json {
        let all: Vec<_> = topics().map(|topic| as_json(&topic)).collect();
        return format!("{}\n", json::encode(&all, true));
    }
    if format == Format::Markdown {
        let rows: String = topics()
            .map(|topic| format!("| {} | {} | {} |\n", topic.id(), topic.name(), topic.title()))
            .collect();
        return format!("| id | name | meaning |\n|---|---|---|\n{rows}");
    }
    topics()
        .map(|topic| format!("{:<15} {:<32} {}\n", topic.id(), topic.name(), topic.title()))
        .collect()
}

fn page(topic: &Topic, format: Format) -> String {
    match format {
        Format::Json => format!("{}\n", json::encode(&as_json(topic), true)),
        Format::Markdown => format!(
            "# {} {}\n\n{}\n\n{}\n",
            topic.id(),
            topic.name(),
            topic.title(),
            topic.page().trim()
        ),
        _ => {
            let mut text = format!(
                "{}  {}\n{}\n\n{}\n",
                topic.id(),
                topic.name(),
                topic.title(),
                topic.page().trim()
            );
            if let Topic::Rule(rule) = topic {
                let (severity, effect) = (word(&rule.severity), word(&rule.effect));
                text.push_str(&format!(
                    "\nSeverity {severity}, effect: {effect}. {}\n",
                    rule.references.join(", ")
                ));
            }
            text.replace("# ", "").replace("**", "")
        }
    }
}

fn as_json(topic: &Topic) -> serde_json::Value {
    let mut object = json!({
        "kind": topic.kind(),
        "id": topic.id(),
        "name": topic.name(),
        "title": topic.title(),
        "page": topic.page(),
    });
    if let Topic::Rule(rule) = topic {
        object["severity"] = json!(rule.severity);
        object["effect"] = json!(rule.effect);
        object["references"] = json!(rule.references);
        object["innocent_when"] = json!(rule.innocent_when());
    }
    if let Topic::Flow(flow) = topic {
        object["explains"] = json!(flow.explains);
    }
    object
}

fn word<T: serde::Serialize>(value: &T) -> String {
    json!(value).as_str().unwrap_or_default().to_owned()
}
