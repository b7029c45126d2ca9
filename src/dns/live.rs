//! The only network: hickory-resolver, asked for what the snapshot lacks.
//!
//! The pool of name servers is used below hickory's own resolver: no cache, no hosts file and no search list can come
//! between a question and its answer, and the response arrives whole, with its chain of CNAMEs and its code.

use std::{
    collections::HashMap,
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use hickory_resolver::{
    NameServerPool, PoolContext, TlsConfig,
    config::ResolverOpts,
    net::{
        DnsError, NetError,
        runtime::TokioRuntimeProvider,
        xfer::{DnsHandle, FirstAnswer},
    },
    proto::{
        op::{DnsRequest, DnsRequestOptions, Edns, Message, MessageType, OpCode, Query, ResponseCode},
        rr::{Name, RecordType as WireType},
    },
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, timeout, timeout_at},
};

use super::{
    Question, RecordType, Resolver, StoredAnswer,
    existing::Existing,
    wire::{is_nxname, line, rcode_name, read_response, to_wire},
};
use crate::{domain, error::Error, time::Timestamp};

/// How many questions should be under way at a time, with a socket each. The lower number is what the socket of a slow server is sure
/// to hold: on Linux 277 as it comes, and a quarter less once it was full. The higher one is for servers that answer late without
/// letting questions queue.
pub const IN_FLIGHT: RangeInclusive<usize> = 192..=512;

/// How many CNAMEs are followed for a server that leaves it to the asker.
const MAX_ALIASES: usize = 16;

/// After so many tries in a row without an answer a question is tried once, [`BRIEFLY`], until one is answered: a large mailbox
/// would wait for hours for a server that is out of reach. Where nothing at all was heard, one question with all its tries suffices.
const SILENCE: usize = 64;
const BRIEFLY: Duration = Duration::from_secs(1);

/// The flag Compact Answers OK beside DO in the EDNS header (RFC 9824 section 5.1).
const COMPACT_ANSWERS_OK: u16 = 0x4000;

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For the answer to one try.
    pub each: Duration,
    /// How often a question is tried that got no answer, or SERVFAIL.
    pub tries: u32,
    /// For everything that one call asks.
    pub overall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            each: Duration::from_secs(5),
            tries: 2,
            overall: Duration::from_secs(60),
        }
    }
}

/// A live resolver. A run that is offline makes none.
pub struct Live {
    client: Arc<Client>,
    limits: Limits,
    /// Taken only when it is dropped.
    runtime: Option<Runtime>,
}

/// What a task needs to ask.
struct Client {
    pool: NameServerPool<TokioRuntimeProvider>,
    limits: Limits,
    /// A permit for each socket that may be open.
    sockets: Semaphore,
    existing: Existing,
    /// Tries without an answer since the last one that had any.
    silence: AtomicUsize,
    /// Some try had an answer.
    heard: AtomicBool,
}

/// What came back.
enum Outcome {
    /// A response, with or without records, and what was asked for beside it.
    Response(Box<Message>, Extension),
    /// None, or one that is none: the code to be written.
    Failure(String),
}

/// The EDNS header of a question (RFC 6891).
#[derive(Clone, Copy, PartialEq)]
enum Extension {
    Without,
    Plain,
    /// With the proof that RFC 9824 has for a name that does not exist. Only who asks for DNSSEC is shown it.
    Proof,
}

impl Live {
    /// Opens a resolver with the default limits. Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] where the system has no resolver, or the one named cannot be found.
    pub fn new(resolver: &Resolver) -> Result<Self, Error> {
        Self::with_limits(resolver, Limits::default())
    }

    /// Opens a resolver.
    ///
    /// # Errors
    ///
    /// As [`Live::new`].
    pub fn with_limits(resolver: &Resolver, limits: Limits) -> Result<Self, Error> {
        let broken = |what: String| Error::Configuration {
            what: format!("--resolver: {what}"),
        };
        let mut options = ResolverOpts::default();
        options.timeout = limits.each;
        // Several threads may share one connection.
        options.max_active_requests = 2 * IN_FLIGHT.end();
        let tls = TlsConfig::new().map_err(|error| broken(format!("TLS cannot be set up: {error}")))?;
        let context = Arc::new(PoolContext::new(options, tls));
        let servers = resolver.name_servers()?;
        let pool = NameServerPool::from_config(servers, context, TokioRuntimeProvider::default());
        // One thread beside the caller's: it goes on while nobody waits.
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| broken(format!("no runtime: {error}")))?;
        Ok(Self {
            client: Arc::new(Client {
                pool,
                limits,
                sockets: Semaphore::new(most_sockets()),
                existing: Existing::default(),
                silence: AtomicUsize::default(),
                heard: AtomicBool::default(),
            }),
            limits,
            runtime: Some(runtime),
        })
    }

    /// Asks questions at the same time; the answers stand in the order of the questions, CNAMEs as lines of their own.
    /// To be awaited within a tokio runtime with I/O and time, always the same one.
    ///
    /// What goes wrong is an answer too: `TIMEOUT` without one in time, `UNREACHABLE` where no server could be spoken
    /// to, `FORMERR` for a name that cannot go on the wire and for a response that cannot be read, `NOTAUTH` from a
    /// server that only refers to others.
    pub async fn ask(&self, questions: &[Question], now: Timestamp) -> Vec<StoredAnswer> {
        let deadline = Instant::now() + self.limits.overall;
        let mut waiting = questions.iter().enumerate();
        let mut answers: HashMap<usize, Vec<StoredAnswer>> = HashMap::new();
        let mut tasks = JoinSet::new();
        loop {
            while tasks.len() < *IN_FLIGHT.start()
                && let Some((index, question)) = waiting.next()
            {
                let (client, question) = (self.client.clone(), question.clone());
                tasks.spawn(async move { (index, client.ask_within(deadline, question, now).await) });
            }
            match tasks.join_next().await {
                Some(Ok((index, lines))) => _ = answers.insert(index, lines),
                // A task that broke leaves its question unanswered.
                Some(Err(_)) => {}
                None => break,
            }
        }
        questions
            .iter()
            .enumerate()
            .flat_map(|(index, question)| answers.remove(&index).unwrap_or_else(|| unanswered(question, now)))
            .collect()
    }

    /// Begins to ask one question like [`Live::ask`], and comes back at once; `then` gets the lines that answer it, on the
    /// resolver's thread, where it must not wait. How many are under way is in the caller's hand, see [`IN_FLIGHT`].
    pub fn begin(&self, question: &Question, now: Timestamp, then: impl FnOnce(Vec<StoredAnswer>) + Send + 'static) {
        let Some(runtime) = &self.runtime else { return };
        let (client, asked, overall) = (self.client.clone(), question.clone(), self.limits.overall);
        let answer = runtime.spawn(async move { client.ask_within(Instant::now() + overall, asked, now).await });
        let question = question.clone();
        runtime.spawn(async move { then(answer.await.unwrap_or_else(|_| unanswered(&question, now))) });
    }

    /// Asks like [`Live::ask`] and waits for the answers, from any number of threads. Not to be called within a tokio
    /// runtime.
    pub fn ask_blocking(&self, questions: &[Question], now: Timestamp) -> Vec<StoredAnswer> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(self.ask(questions, now)),
            None => Vec::new(),
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // Without waiting, which would be a panic where it is dropped within another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// The lines that answer one question, before a deadline.
    async fn ask_within(&self, deadline: Instant, question: Question, now: Timestamp) -> Vec<StoredAnswer> {
        let answer = timeout_at(deadline, self.ask(&question, now)).await;
        answer.unwrap_or_else(|_| vec![line(question, "TIMEOUT", Vec::new(), None, now)])
    }

    /// The lines that answer one question, to the end of its CNAMEs.
    async fn ask(&self, question: &Question, now: Timestamp) -> Vec<StoredAnswer> {
        let mut lines = Vec::new();
        let mut current = question.clone();
        for _ in 0..=MAX_ALIASES {
            let failed = |rcode: &str| line(current.clone(), rcode, Vec::new(), None, now);
            let Some(name) = to_wire(&current.name) else {
                lines.push(failed("FORMERR"));
                return lines;
            };
            let asking = self.existing.asking(&current.name);
            let (message, extension) = match self.exchange(&name, current.rtype.code(), extension_of(&current)).await {
                Outcome::Response(message, extension) => (message, extension),
                Outcome::Failure(rcode) => {
                    lines.push(failed(&rcode));
                    return lines;
                }
            };
            let mut reading = read_response(&current, &message, now);
            self.existing.note(&reading.lines);
            drop(asking);
            if let Some(last) = reading.lines.last_mut()
                && last.rcode == "NOERROR"
                && last.data.is_empty()
                && self.is_denied(&last.question, &message, extension).await
            {
                last.rcode = "NXDOMAIN".to_owned();
            }
            lines.append(&mut reading.lines);
            match reading.unfollowed {
                Some(target) if !lines.iter().any(|line| *line.question.name == *target) => {
                    current = Question {
                        name: target.into(),
                        rtype: question.rtype,
                    };
                }
                _ => return lines,
            }
        }
        lines
    }

    /// Whether an empty answer is the compact form of NXDOMAIN (RFC 9824). Where it came without the proof, and nothing shows that the
    /// name exists, that is asked for.
    async fn is_denied(&self, question: &Question, empty: &Message, extension: Extension) -> bool {
        let Some(name) = to_wire(&question.name) else {
            return false;
        };
        if extension == Extension::Proof {
            return denies(&name, empty);
        }
        if self.existing.has(&question.name).await {
            return false;
        }
        let answer = self.send(&name, question.rtype.code(), Extension::Proof).await;
        answer.is_ok_and(|message| denies(&name, &message))
    }

    /// How long to wait, and how often, with what is known of the server.
    fn patience(&self) -> Limits {
        match self.silence.load(Ordering::Relaxed) >= SILENCE {
            true => Limits {
                each: BRIEFLY.min(self.limits.each),
                tries: 1,
                ..self.limits
            },
            false => self.limits,
        }
    }

    /// One question, tried as often as the limits allow.
    async fn exchange(&self, name: &Name, rtype: u16, mut extension: Extension) -> Outcome {
        let mut rcode = "TIMEOUT".to_owned();
        let mut tried = 0;
        while tried < self.patience().tries.max(1) {
            tried += 1;
            match self.send(name, rtype, extension).await {
                Ok(message) => return Outcome::Response(Box::new(message), extension),
                Err(NetError::Timeout) => rcode = "TIMEOUT".to_owned(),
                Err(NetError::Dns(DnsError::ResponseCode(code))) => {
                    rcode = rcode_name(code);
                    match code {
                        ResponseCode::ServFail => {}
                        // Old servers know no EDNS (RFC 6891 section 7).
                        ResponseCode::FormErr | ResponseCode::NotImp | ResponseCode::BADSIG
                            if extension != Extension::Without =>
                        {
                            extension = Extension::Without;
                        }
                        _ => return Outcome::Failure(rcode),
                    }
                }
                Err(NetError::Proto(_)) => rcode = "FORMERR".to_owned(),
                Err(_) => rcode = "UNREACHABLE".to_owned(),
            }
            // What is on the way may lose a longer answer.
            if extension == Extension::Proof {
                extension = Extension::Plain;
            }
        }
        if !self.heard.load(Ordering::Relaxed) {
            self.silence.fetch_max(SILENCE, Ordering::Relaxed);
        }
        Outcome::Failure(rcode)
    }

    /// One try: UDP, then TCP where the answer is truncated.
    async fn send(&self, name: &Name, rtype: u16, extension: Extension) -> Result<Message, NetError> {
        let mut query = Query::query(name.clone(), WireType::from(rtype));
        query.name.set_fqdn(true);
        let mut message = Message::query();
        message.queries.push(query);
        message.metadata.recursion_desired = true;
        message.edns = edns(extension);
        let mut options = DnsRequestOptions::default();
        options.use_edns = message.edns.is_some();
        let request = DnsRequest::new(message, options);
        // Without one the system would refuse the socket, and the server would seem out of reach. It is never closed.
        let _socket = self.sockets.acquire().await;
        let answer = timeout(self.patience().each, self.pool.send(request).first_answer()).await;
        let answer = answer.unwrap_or(Err(NetError::Timeout));
        match answer {
            Err(NetError::Timeout) => _ = self.silence.fetch_add(1, Ordering::Relaxed),
            _ => {
                self.silence.store(0, Ordering::Relaxed);
                self.heard.store(true, Ordering::Relaxed);
            }
        }
        match answer {
            Ok(response) => Ok(response.into_message()),
            // hickory makes an error of a response without records; here it is as good an answer as any.
            Err(NetError::Dns(DnsError::NoRecordsFound(none))) => {
                let mut message = Message::new(0, MessageType::Response, OpCode::Query);
                message.metadata.response_code = none.response_code;
                message.authorities = none.authorities.map(|records| records.to_vec()).unwrap_or_default();
                Ok(message)
            }
            Err(error) => Err(error),
        }
    }
}

/// Sockets open at a time at most: half of the files that the process may have open.
fn most_sockets() -> usize {
    #[cfg(unix)]
    if let Some(files) = rustix::process::getrlimit(rustix::process::Resource::Nofile).current {
        let files = usize::try_from(files / 2).unwrap_or(usize::MAX);
        return files.clamp(1, *IN_FLIGHT.end());
    }
    *IN_FLIGHT.end()
}

/// What is said of a question whose task broke.
fn unanswered(question: &Question, now: Timestamp) -> Vec<StoredAnswer> {
    vec![line(question.clone(), "SERVFAIL", Vec::new(), None, now)]
}

/// Hosts below the name of an organisation seldom have texts: where theirs are asked for, the proof that they do not exist is
/// spared a question of its own. Others mostly are answered, and would be with signatures that nobody needs.
fn extension_of(question: &Question) -> Extension {
    let name = &*question.name;
    let is_host = || !name.split('.').any(|label| label.starts_with('_')) && domain::organisational(name) != *name;
    match question.rtype == RecordType::Txt && is_host() {
        true => Extension::Proof,
        false => Extension::Plain,
    }
}

/// Whether a response with the proof says that a name does not exist: outright, or in compact form (RFC 9824).
fn denies(name: &Name, message: &Message) -> bool {
    match message.metadata.response_code {
        ResponseCode::NXDomain => true,
        ResponseCode::NoError => is_nxname(name, &message.authorities),
        _ => false,
    }
}

/// The header's fields, with a size that is not fragmented (RFC 9715).
fn edns(extension: Extension) -> Option<Edns> {
    let mut edns = Edns::new();
    edns.set_max_payload(hickory_resolver::proto::op::DEFAULT_MAX_PAYLOAD_LEN);
    match extension {
        Extension::Without => return None,
        Extension::Plain => {}
        Extension::Proof => {
            edns.set_dnssec_ok(true);
            edns.flags_mut().z |= COMPACT_ANSWERS_OK;
        }
    }
    Some(edns)
}
