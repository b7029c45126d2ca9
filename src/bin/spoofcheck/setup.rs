//! From flags to what the library needs: settings, the snapshot, and the network where it is allowed.

use std::path::Path;

use anyhow::Context;
use spoofcheck::{
    dns::Question,
    domain,
    error::Error,
    examiner::{self, Settings},
    known::{Known, Person, Protected, Relay},
    report::{Detail, Report, Setting},
    rules::{self, Selection},
    source::{self, SourceError, Stored},
    verify::diagnosis,
};

use crate::{
    answers::Answers,
    args::{Common, Diagnose, Facts, Inner, InputFormat},
    exit::UsageError,
};

/// Everything that a run needs, ready to examine messages.
pub(crate) struct Session {
    pub(crate) settings: Settings,
    pub(crate) answers: Answers,
}

/// What a command does beyond the checks, unless the user says otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Extras {
    pub(crate) second_opinion: bool,
    pub(crate) diagnose: Diagnose,
}

impl Extras {
    /// Nothing: where only the questions matter.
    const NONE: Self = Self {
        second_opinion: false,
        diagnose: Diagnose::Off,
    };
}

impl Session {
    /// Reads every file that the flags name, before the first message.
    pub(crate) fn new(common: &Common, extras: Extras) -> anyhow::Result<Self> {
        Self::with_answers(common, Answers::open(&common.dns)?, extras)
    }

    /// For commands that want the questions alone, with answers of their own choice.
    pub(crate) fn asking(common: &Common, answers: Answers) -> anyhow::Result<Self> {
        Self::with_answers(common, answers, Extras::NONE)
    }

    fn with_answers(common: &Common, answers: Answers, extras: Extras) -> anyhow::Result<Self> {
        let settings = Settings {
            known: known(&common.facts)?,
            as_of: answers.clock,
            selection: selection(common)?,
            second_opinion: extras.second_opinion,
            diagnosis_limit: match common.diagnose.unwrap_or(extras.diagnose) {
                Diagnose::Thorough => diagnosis::THOROUGH,
                Diagnose::Quick => diagnosis::QUICK,
                Diagnose::Off => 0,
            },
            inner: common.inner != Inner::Outer,
            explain_against: None,
            dns_mode: answers.mode,
            hash_snapshot: true,
            detail: Detail::Full,
            habits: None,
            shown: shown(common, &answers).into(),
        };
        Ok(Self { settings, answers })
    }

    /// Examines a message, asking for what is missing where the network is allowed.
    pub(crate) fn examine(&self, stored: &Stored) -> Report {
        let settings = &self.settings;
        self.answers
            .complete(|snapshot| examiner::missing(stored, settings, snapshot));
        examiner::examine(stored, settings, &self.answers.snapshot())
    }

    /// Examines messages side by side with the answers that are there.
    pub(crate) fn examine_together(&self, all: &[Stored]) -> Vec<Report> {
        examiner::examine_together(all, &self.settings, &self.answers.snapshot())
    }

    /// The same where the answers are there that a message takes, else its questions.
    pub(crate) fn examine_answered(&self, all: &[Stored]) -> Vec<Result<Report, Vec<Question>>> {
        examiner::examine_answered(all, &self.settings, &self.answers.snapshot())
    }

    /// Writes the snapshot that `--dns record` asked for.
    pub(crate) fn finish(&self) -> anyhow::Result<()> {
        self.answers.finish()
    }
}

fn known(facts: &Facts) -> anyhow::Result<Known> {
    let relays = facts.trusted_relay.iter().map(|text| {
        Relay::parse(text).ok_or_else(|| {
            UsageError(format!(
                "--trusted-relay {text}: expected a host name, an address or a network"
            ))
        })
    });
    Ok(Known {
        client_ip: facts.client_ip,
        helo: facts.helo.clone(),
        mail_from: facts
            .mail_from
            .as_deref()
            .map(|address| address.trim_matches(['<', '>']).to_owned()),
        rcpt_to: facts.rcpt.clone(),
        authserv_ids: facts.authserv_id.clone(),
        trusted_relays: relays.collect::<Result<_, _>>()?,
        trusted_sealers: facts
            .trusted_sealer
            .iter()
            .map(|name| domain::normalise(name))
            .collect(),
        protect: facts.protect.as_deref().map(protected).transpose()?.unwrap_or_default(),
        testimony: None,
    })
}

/// The `--protect` file: `domains = ["bank.example"]`, and `[[people]]` with `name` and `addresses`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ProtectFile {
    #[serde(default)]
    domains: Vec<String>,
    #[serde(default)]
    people: Vec<ProtectedPerson>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ProtectedPerson {
    name: String,
    #[serde(default)]
    addresses: Vec<String>,
}

fn protected(path: &Path) -> anyhow::Result<Protected> {
    let text =
        std::fs::read_to_string(path).map_err(|cause| UsageError(format!("--protect {}: {cause}", path.display())))?;
    let file: ProtectFile = toml::from_str(&text)
        .map_err(|error| UsageError(format!("--protect {}: {}", path.display(), error.message())))?;
    Ok(Protected {
        domains: file.domains.iter().map(|name| domain::normalise(name)).collect(),
        people: file
            .people
            .into_iter()
            .map(|person| Person {
                name: person.name,
                addresses: person.addresses.iter().map(|address| address.to_lowercase()).collect(),
            })
            .collect(),
    })
}

fn selection(common: &Common) -> anyhow::Result<Selection> {
    let ids = |names: &[String]| -> anyhow::Result<Vec<&'static str>> {
        names
            .iter()
            .map(|name| {
                rules::find(name)
                    .map(|rule| rule.id)
                    .with_context(|| UsageError(format!("unknown rule {name}")))
            })
            .collect()
    };
    Ok(Selection {
        only: ids(&common.only)?,
        ignore: ids(&common.ignore)?,
    })
}

/// The settings as the report lists them. A recording run lists what its replay would: both print the same bytes.
fn shown(common: &Common, answers: &Answers) -> Vec<Setting> {
    let mut all: Vec<Setting> = common
        .origins
        .iter()
        .filter(|(name, _, _)| !["modes", "resolver", "now"].contains(&name.as_str()))
        .map(|(name, value, origin)| Setting {
            name: name.clone(),
            value: value.clone(),
            origin: (*origin).to_owned(),
        })
        .collect();
    let dns = common.origins.iter().find(|(name, _, _)| name == "modes");
    let (value, origin) = dns.map_or(("live".to_owned(), "default"), |(_, value, origin)| {
        (value.clone(), *origin)
    });
    all.push(Setting {
        name: "dns".to_owned(),
        value: value.replace("record=", "replay="),
        origin: origin.to_owned(),
    });
    let origin = match (&common.dns.now, answers.records()) {
        (Some(_), false) => "flag",
        _ => "default",
    };
    all.push(Setting {
        name: "now".to_owned(),
        value: answers.clock.to_string(),
        origin: origin.to_owned(),
    });
    all
}

/// All messages of an input: a file, a mailbox, a folder, or standard input.
pub(crate) fn messages(path: &Path, format: InputFormat) -> source::Walk {
    let format = input_format(format);
    if path == Path::new("-") {
        source::stdin(format)
    } else {
        source::walk(path, format)
    }
}

/// The library's word for what the input is said to be.
pub(crate) fn input_format(format: InputFormat) -> source::InputFormat {
    match format {
        InputFormat::Auto => source::InputFormat::Auto,
        InputFormat::Eml => source::InputFormat::Eml,
        InputFormat::Mbox => source::InputFormat::Mbox,
        InputFormat::Maildir => source::InputFormat::Maildir,
        InputFormat::Msg => source::InputFormat::Msg,
        InputFormat::Emlx => source::InputFormat::Emlx,
        InputFormat::Headers => source::InputFormat::Headers,
        InputFormat::Jsonl => source::InputFormat::Jsonl,
    }
}

/// The messages of a file that `inspect` and `dns` were given; a folder is for `scan`.
pub(crate) fn messages_of_file(
    path: &Path,
    format: InputFormat,
) -> Box<dyn Iterator<Item = Result<Stored, SourceError>>> {
    if path.is_dir() {
        let cause = std::io::Error::new(
            std::io::ErrorKind::IsADirectory,
            "it is a folder; `spoofcheck scan` reads folders",
        );
        return Box::new(std::iter::once(Err(SourceError::whole(
            &path.display().to_string(),
            "eml",
            Error::Read {
                path: path.to_owned(),
                cause,
            },
        ))));
    }
    Box::new(messages(path, format))
}

/// As many threads as asked for, else and at most as there are cores: more would take memory, and get nothing done sooner.
pub(crate) fn jobs(asked: Option<usize>) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    asked.filter(|jobs| *jobs > 0).unwrap_or(cores).min(cores)
}
