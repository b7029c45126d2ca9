//! From flags to what the library needs: settings, the snapshot, and the network where it is allowed.

use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use spoofcheck::{
    dns::{Live, Resolver, Snapshot, StoredAnswer},
    domain,
    error::Error,
    examiner::{self, Settings},
    known::{Known, Person, Protected, Relay},
    report::{Report, Setting},
    rules::{self, Selection},
    source::{self, SourceError, Stored},
    time::Timestamp,
    verify::diagnosis,
};

use crate::{
    args::{Common, Diagnose, Facts, Inner, InputFormat},
    exit::UsageError,
};

/// Everything that a run needs, ready to examine messages.
pub(crate) struct Session {
    pub(crate) settings: Settings,
    pub(crate) snapshot: Snapshot,
    live: Option<Live>,
    record: Option<PathBuf>,
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

/// Where answers come from.
#[derive(Debug, PartialEq, Eq)]
enum Dns {
    Live,
    Offline,
    Replay(PathBuf),
    Record(PathBuf),
}

impl Session {
    /// Reads every file that the flags name, before the first message.
    pub(crate) fn new(common: &Common, extras: Extras) -> anyhow::Result<Self> {
        Self::open(common, &common.dns, extras)
    }

    /// The same with other sources of DNS than the flags name.
    pub(crate) fn with_dns(common: &Common, dns: &[String]) -> anyhow::Result<Self> {
        Self::open(common, dns, Extras::NONE)
    }

    fn open(common: &Common, dns: &[String], extras: Extras) -> anyhow::Result<Self> {
        let modes = dns_modes(dns)?;
        let mut snapshot = Snapshot::new();
        let mut record = None;
        for mode in &modes {
            match mode {
                Dns::Replay(path) => snapshot.merge(Snapshot::read(path)?),
                Dns::Record(path) => {
                    if path.exists() {
                        snapshot.merge(Snapshot::read(path)?);
                    }
                    record = Some(path.clone());
                }
                Dns::Live | Dns::Offline => {}
            }
        }
        let asks = modes.iter().any(|mode| matches!(mode, Dns::Live | Dns::Record(_)));
        let replays = modes.iter().any(|mode| matches!(mode, Dns::Replay(_)));
        // Offline means that no socket is opened: the resolver is not even made.
        let live = asks
            .then(|| Live::new(&Resolver::parse(&common.resolver)?))
            .transpose()?;
        let now = common.now.as_deref().map(parse_time).transpose()?;
        let clock = now.or(snapshot.now.filter(|_| replays)).unwrap_or_else(system_clock);
        if record.is_some() {
            snapshot.now = Some(clock);
        }
        let mode = match (replays || record.is_some(), asks) {
            // What --dns record prints is what --dns replay will print.
            (true, _) => "replay",
            (false, true) => "live",
            (false, false) => "offline",
        };
        let settings = Settings {
            known: known(&common.facts)?,
            as_of: clock,
            selection: selection(common)?,
            second_opinion: extras.second_opinion,
            diagnosis_limit: match common.diagnose.unwrap_or(extras.diagnose) {
                Diagnose::Thorough => diagnosis::THOROUGH,
                Diagnose::Quick => diagnosis::QUICK,
                Diagnose::Off => 0,
            },
            inner: common.inner != Inner::Outer,
            dns_mode: mode,
            shown: shown(common, clock, record.is_some()),
        };
        Ok(Self {
            settings,
            snapshot,
            live,
            record,
        })
    }

    /// Examines a message, asking for what is missing where the network is allowed.
    pub(crate) fn examine(&mut self, stored: &Stored) -> Report {
        self.ask(stored);
        examiner::examine(stored, &self.settings, &self.snapshot)
    }

    /// Asks for what a message lacks.
    pub(crate) fn ask(&mut self, stored: &Stored) {
        let Some(live) = &self.live else { return };
        let now = self.settings.as_of;
        examiner::complete(stored, &self.settings, &mut self.snapshot, |questions| {
            live.ask_blocking(questions, now)
                .into_iter()
                .map(|answer| StoredAnswer {
                    asked_at: Some(now),
                    ..answer
                })
                .collect()
        });
    }

    /// Writes the snapshot that `--dns record` asked for.
    pub(crate) fn finish(&self) -> anyhow::Result<()> {
        let Some(path) = &self.record else { return Ok(()) };
        let mut file = Vec::new();
        self.snapshot.write(&mut file)?;
        std::fs::write(path, file).map_err(|cause| Error::Write {
            path: path.clone(),
            cause,
        })?;
        Ok(())
    }
}

fn dns_modes(given: &[String]) -> anyhow::Result<Vec<Dns>> {
    if given.is_empty() {
        return Ok(vec![Dns::Live]);
    }
    let modes: Vec<Dns> = given
        .iter()
        .map(|text| match text.split_once('=') {
            None if text == "live" => Ok(Dns::Live),
            None if text == "offline" => Ok(Dns::Offline),
            Some(("replay", path)) if !path.is_empty() => Ok(Dns::Replay(path.into())),
            Some(("record", path)) if !path.is_empty() => Ok(Dns::Record(path.into())),
            _ => Err(UsageError(format!(
                "--dns {text}: expected live, offline, replay=FILE or record=FILE"
            ))),
        })
        .collect::<Result<_, _>>()?;
    if modes.len() > 1 && modes.contains(&Dns::Offline) {
        return Err(UsageError("--dns offline stands alone: it answers nothing and asks nothing".to_owned()).into());
    }
    Ok(modes)
}

fn parse_time(text: &str) -> anyhow::Result<Timestamp> {
    let time = Timestamp::parse_rfc3339(text);
    time.ok_or_else(|| UsageError(format!("--now {text}: expected a time like 2026-11-01T00:00:00Z")).into())
}

fn system_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_secs()).unwrap_or_default())
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
fn shown(common: &Common, clock: Timestamp, records: bool) -> Vec<Setting> {
    let mut all: Vec<Setting> = common
        .origins
        .iter()
        .filter(|(name, _, _)| !["dns", "resolver", "now"].contains(&name.as_str()))
        .map(|(name, value, origin)| Setting {
            name: name.clone(),
            value: value.clone(),
            origin: (*origin).to_owned(),
        })
        .collect();
    let dns = common.origins.iter().find(|(name, _, _)| name == "dns");
    let (value, origin) = dns.map_or(("live".to_owned(), "default"), |(_, value, origin)| {
        (value.clone(), *origin)
    });
    all.push(Setting {
        name: "dns".to_owned(),
        value: value.replace("record=", "replay="),
        origin: origin.to_owned(),
    });
    let origin = match (&common.now, records) {
        (Some(_), false) => "flag",
        _ => "default",
    };
    all.push(Setting {
        name: "now".to_owned(),
        value: clock.to_string(),
        origin: origin.to_owned(),
    });
    all
}

/// All messages of an input: a file, a mailbox, a folder, or standard input.
pub(crate) fn messages(path: &Path, format: InputFormat) -> source::Walk {
    let format = match format {
        InputFormat::Auto => source::InputFormat::Auto,
        InputFormat::Eml => source::InputFormat::Eml,
        InputFormat::Mbox => source::InputFormat::Mbox,
        InputFormat::Maildir => source::InputFormat::Maildir,
        InputFormat::Msg => source::InputFormat::Msg,
        InputFormat::Emlx => source::InputFormat::Emlx,
        InputFormat::Headers => source::InputFormat::Headers,
        InputFormat::Jsonl => source::InputFormat::Jsonl,
    };
    if path == Path::new("-") {
        source::stdin(format)
    } else {
        source::walk(path, format)
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
        return Box::new(std::iter::once(Err(SourceError {
            path: path.display().to_string(),
            format: "eml",
            index: 0,
            byte_offset: 0,
            error: Error::Read {
                path: path.to_owned(),
                cause,
            },
        })));
    }
    Box::new(messages(path, format))
}
