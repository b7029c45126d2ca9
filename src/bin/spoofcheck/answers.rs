//! Where DNS answers come from in a run: the network, snapshots, and the archive that they are written to.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock, RwLockReadGuard},
    time::{SystemTime, UNIX_EPOCH},
};

use spoofcheck::{
    dns::{Absent, Live, Question, Resolver, Snapshot, StoredAnswer},
    error::Error,
    time::Timestamp,
};

use crate::{args::DnsFlags, exit::UsageError, output::unwritable};

/// The answers of a run, and how to get further ones.
pub(crate) struct Answers {
    snapshot: RwLock<Snapshot>,
    /// The time of judgement.
    pub(crate) clock: Timestamp,
    /// `live`, `offline` or `replay`, as the report shows it.
    pub(crate) mode: &'static str,
    live: Option<Live>,
    record: Option<PathBuf>,
    /// What the recorded file held, where it is not to answer but only to be added to.
    archive: Snapshot,
}

/// A source of answers.
#[derive(Debug, PartialEq, Eq)]
enum Dns {
    Live,
    Offline,
    Replay(PathBuf),
    Record(PathBuf),
}

impl Answers {
    /// Reads every file that the flags name.
    pub(crate) fn open(flags: &DnsFlags) -> anyhow::Result<Self> {
        Self::with_modes(flags, &flags.modes, true)
    }

    /// The same with other sources than the flags name; `reuse` lets the answers of a recorded file answer.
    pub(crate) fn with_modes(flags: &DnsFlags, modes: &[String], reuse: bool) -> anyhow::Result<Self> {
        let modes = dns_modes(modes)?;
        let (mut snapshot, mut archive) = (Snapshot::new(), Snapshot::new());
        let mut record = None;
        for mode in &modes {
            match mode {
                Dns::Replay(path) => snapshot.merge(Snapshot::read(path)?),
                Dns::Record(path) => {
                    if !reuse {
                        archive = open_archive(path)?;
                    } else if path.exists() {
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
            .then(|| Live::new(&Resolver::parse(&flags.resolver)?))
            .transpose()?;
        let now = flags.now.as_deref().map(|text| parse_time("--now", text)).transpose()?;
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
        Ok(Self {
            snapshot: RwLock::new(snapshot),
            clock,
            mode,
            live,
            record,
            archive,
        })
    }

    /// What is answered so far.
    pub(crate) fn snapshot(&self) -> RwLockReadGuard<'_, Snapshot> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the answers are written to a file.
    pub(crate) fn records(&self) -> bool {
        self.record.is_some()
    }

    /// Whether the network is asked.
    pub(crate) fn asks(&self) -> bool {
        self.live.is_some()
    }

    /// Asks until nothing is missing, where the network is allowed.
    pub(crate) fn complete(&self, missing: impl Fn(&Snapshot) -> Vec<Question>) {
        let Some(live) = &self.live else { return };
        Snapshot::complete_shared(&self.snapshot, missing, |questions| {
            live.ask_blocking(questions, self.clock)
        });
    }

    /// Begins to ask, where the network is allowed; `then` gets the lines that answer the question.
    pub(crate) fn begin(&self, question: &Question, then: impl FnOnce(Vec<StoredAnswer>) + Send + 'static) {
        match &self.live {
            Some(live) => live.begin(question, self.clock, then),
            None => then(Vec::new()),
        }
    }

    /// Takes in answers.
    pub(crate) fn learn(&self, answers: impl Iterator<Item = StoredAnswer>) {
        let mut snapshot = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        answers.for_each(|answer| snapshot.insert(answer));
    }

    /// Writes the file that was asked for: what it held, and what is new.
    pub(crate) fn finish(&self) -> anyhow::Result<()> {
        let Some(path) = &self.record else { return Ok(()) };
        if self.archive.is_empty() {
            // What answered is what is written: a replay must print the same.
            return store(path, &self.snapshot());
        }
        let mut all = self.archive.clone();
        all.merge(self.snapshot().clone());
        all.thin();
        store(path, &all)
    }
}

/// What a file holds that answers are to be added to; nothing where there is none yet.
///
/// A file that says of everything it does not list that it does not exist cannot take in answers: it would have to take
/// that back, and would say something else from then on.
pub(crate) fn open_archive(path: &Path) -> Result<Snapshot, Error> {
    if !path.exists() {
        return Ok(Snapshot::new());
    }
    let archive = Snapshot::read(path)?;
    match archive.absent {
        Absent::NotAsked => Ok(archive),
        Absent::NxDomain => Err(Error::Configuration {
            what: format!(
                "{}: says that what it does not list does not exist (\"absent\": \"nxdomain\"), so nothing can be added",
                path.display()
            ),
        }),
    }
}

/// Replaces a snapshot file in one step: whoever reads it, also after a crash, finds the old one or the new one whole. A
/// link goes on leading to it, and its permissions stay.
pub(crate) fn store(path: &Path, snapshot: &Snapshot) -> anyhow::Result<()> {
    let failed = |cause| unwritable(path, cause);
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut beside = target.clone().into_os_string();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    // Never one that is there already: it could be somebody's link to another file.
    let file = File::options()
        .write(true)
        .create_new(true)
        .open(&beside)
        .map_err(failed)?;
    let written = replace(file, &beside, &target, snapshot);
    if written.is_err() {
        // What is left of the attempt is of no use; that it cannot be removed either changes nothing.
        let _ = fs::remove_file(&beside);
    }
    Ok(written.map_err(failed)?)
}

fn replace(mut file: File, beside: &Path, target: &Path, snapshot: &Snapshot) -> io::Result<()> {
    if let Ok(old) = fs::metadata(target) {
        file.set_permissions(old.permissions())?;
    }
    let mut text = Vec::new();
    snapshot.write(&mut text)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(beside, target)
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

/// A time of a flag.
pub(crate) fn parse_time(flag: &str, text: &str) -> anyhow::Result<Timestamp> {
    let time = Timestamp::parse_rfc3339(text);
    time.ok_or_else(|| UsageError(format!("{flag} {text}: expected a time like 2026-11-01T00:00:00Z")).into())
}

fn system_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_secs()).unwrap_or_default())
}
