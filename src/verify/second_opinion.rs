//! mail-auth on the same snapshot: an independent verifier. The only file that names mail-auth.
//!
//! Its DNS caches answer every question from the snapshot, so that its resolver, which knows no name server, is never
//! reached and its futures are ready at the first poll: no socket, no runtime, no waiting. What the snapshot cannot
//! answer is noted by a [`Witness`] and ends as no opinion, never as a false one.

use std::{
    borrow::Borrow,
    cell::Cell,
    hash::{Hash, Hasher},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, Waker},
    time::Instant,
};

use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcResult, DnsError, DnssecStatus, Error, MX, MessageAuthenticator,
    Parameters, RecordSet, ResolverCache, SpfOutput, SpfResult, Txt,
    common::{cache::NoCache, parse::TxtRecordParser, verify::DomainKey},
    dkim::Atps,
    dmarc::{Dmarc, verify::DmarcParameters},
    hickory_resolver::{
        config::{ResolveHosts, ResolverConfig, ResolverOpts},
        proto::op::ResponseCode,
    },
    spf::{Spf, verify::SpfParameters},
};

use super::Clock;
use crate::{
    dns::{Answer, Data, Question, RecordType, Snapshot},
    message::Message,
    time::Timestamp,
};

/// The other verifier.
const VERIFIER: &str = "mail-auth 0.13.3";
/// Signatures (DKIM, ARC) and bytes of one of them that are handed over. It searches fields and h= in turn, so
/// a header of thousands of long signatures would keep it busy for minutes.
const MAX_SIGNATURES: usize = 50;
/// See [`MAX_SIGNATURES`].
const MAX_SIGNATURE_LENGTH: usize = 8 * 1024;
/// The text of a lookup error that stands for "nobody asked".
const NOT_ASKED: &str = "not asked";

/// What the other verifier says; each result is the RFC's word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecondOpinion {
    /// Its name and version.
    pub verifier: &'static str,
    /// SPF of MAIL FROM (or postmaster@HELO for the null sender).
    pub spf: Option<String>,
    /// Each signature that it tried: d=, s= and the result. One whose key nobody asked for is left out; one that it
    /// could not read has neither d= nor s=.
    pub dkim: Vec<(String, String, String)>,
    /// DMARC.
    pub dmarc: Option<String>,
    /// ARC.
    pub arc: Option<String>,
    /// Why it gives no opinion at all: `verifier failed`, `not a message`, `too many or too long signatures`.
    pub failure: Option<&'static str>,
}

/// What the other verifier is told.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The stored message.
    pub message: &'a [u8],
    /// Client address.
    pub ip: Option<IpAddr>,
    /// HELO.
    pub helo: Option<&'a str>,
    /// MAIL FROM; empty for the null sender.
    pub mail_from: Option<&'a str>,
    /// The receiving host.
    pub receiver: &'a str,
    /// When.
    pub clock: Clock,
}

/// Asks mail-auth. It opens no socket: its resolver is given no name server, its caches hold the snapshot.
pub fn ask(facts: &Facts<'_>, snapshot: &Snapshot) -> SecondOpinion {
    // The library indexes into hostile bytes; its panic is its failure, not this program's.
    let opinion = catch_unwind(AssertUnwindSafe(|| opinion(facts, snapshot)));
    opinion.unwrap_or(Err("verifier failed")).unwrap_or_else(|failure| SecondOpinion {
        verifier: VERIFIER,
        failure: Some(failure),
        ..SecondOpinion::default()
    })
}

fn opinion(facts: &Facts<'_>, snapshot: &Snapshot) -> Result<SecondOpinion, &'static str> {
    let read = Message::read(facts.message);
    if !is_bearable(&read) {
        return Err("too many or too long signatures");
    }
    let wire = wire_form(&read);
    let mut message = AuthenticatedMessage::parse(&wire).ok_or("not a message")?;
    set_clock(&mut message, facts.clock.delivery_or_now());
    let verifier = verifier().ok_or("verifier failed")?;
    let view = View { snapshot, at: facts.clock.delivered_at };

    let (spf, spf_open) = ask_spf(facts, view, verifier)?;
    let (dkim, arc) = if read.body.is_some() {
        (ask_dkim(&message, view, verifier)?, ask_arc(&message, view, verifier)?)
    } else {
        // A header without its body: every body hash would come out wrong.
        (Vec::new(), None)
    };
    let open = spf_open || read.body.is_none() || dkim.iter().any(is_not_asked);
    let dmarc = ask_dmarc(facts, &message, &dkim, &spf, open, view, verifier)?;
    Ok(SecondOpinion {
        verifier: VERIFIER,
        spf: (!spf_open).then(|| spf_word(spf.result()).to_owned()),
        dkim: dkim
            .iter()
            .filter(|output| !is_not_asked(output))
            .map(|output| {
                let (domain, selector) =
                    output.signature().map_or_else(Default::default, |signature| (signature.d.clone(), signature.s.clone()));
                (domain, selector, dkim_word(output.result()).to_owned())
            })
            .collect(),
        dmarc,
        arc,
        failure: None,
    })
}

/// SPF, and whether the result must not be believed: it lacks an address, a name or an answer.
fn ask_spf(facts: &Facts<'_>, view: View<'_>, verifier: &MessageAuthenticator) -> Result<(SpfOutput, bool), &'static str> {
    let (Some(ip), Some(mail_from)) = (facts.ip, facts.mail_from) else {
        return Ok((SpfOutput::default(), true));
    };
    let helo = facts.helo.unwrap_or_default();
    if mail_from.is_empty() && helo.is_empty() {
        return Ok((SpfOutput::default(), true));
    }
    let params = match mail_from {
        "" => SpfParameters::verify_ehlo(ip, helo, facts.receiver), // RFC 7208 2.4
        sender => SpfParameters::verify_mail_from(ip, helo, facts.receiver, sender),
    };
    let witness = Witness::default();
    let output = ready(verifier.verify_spf(Parameters {
        params,
        cache_txt: Some(&Cache { view, witness: &witness, rtype: RecordType::Txt, value: spf_record }),
        cache_mx: Some(&Cache { view, witness: &witness, rtype: RecordType::Mx, value: exchanges }),
        cache_ptr: Some(&Pointers { view, witness: &witness, ip }),
        cache_ipv4: Some(&Cache { view, witness: &witness, rtype: RecordType::A, value: addresses::<Ipv4Addr> }),
        cache_ipv6: Some(&Cache { view, witness: &witness, rtype: RecordType::Aaaa, value: addresses::<Ipv6Addr> }),
    }))?;
    // An address lookup that failed ends the evaluation (RFC 7208 5), which the caches have no value for.
    let output = if witness.failed.get() { output.with_result(SpfResult::TempError) } else { output };
    let misread = witness.has_exists.get() && witness.empty_address.get();
    Ok((output, witness.not_asked.get() || misread))
}

fn ask_dkim<'m>(
    message: &'m AuthenticatedMessage<'m>,
    view: View<'_>,
    verifier: &MessageAuthenticator,
) -> Result<Vec<DkimOutput<'m>>, &'static str> {
    let witness = Witness::default();
    let cache = Cache { view, witness: &witness, rtype: RecordType::Txt, value: key_record };
    // The lifetimes of message and caches are one in the library's signature: the output must not keep the cache.
    let outputs = ready(verifier.verify_dkim(Parameters::new(message).with_txt_cache(&cache)))?;
    Ok(outputs
        .into_iter()
        .map(|output| {
            let signature = output.signature().and_then(|signature| {
                message.dkim_headers.iter().map(|header| &header.header).find(|known| *known == signature)
            });
            let bare = match output.result().clone() {
                DkimResult::Pass => DkimOutput::pass(),
                DkimResult::Neutral(error) => DkimOutput::neutral(error),
                DkimResult::Fail(error) => DkimOutput::fail(error),
                DkimResult::PermError(error) => DkimOutput::perm_err(error),
                DkimResult::TempError(error) => DkimOutput::temp_err(error),
                DkimResult::None => DkimOutput::neutral(Error::ParseError),
            };
            match signature {
                Some(signature) => bare.with_signature(signature),
                None => bare,
            }
        })
        .collect())
}

fn ask_arc(
    message: &AuthenticatedMessage<'_>,
    view: View<'_>,
    verifier: &MessageAuthenticator,
) -> Result<Option<String>, &'static str> {
    let witness = Witness::default();
    let cache = Cache { view, witness: &witness, rtype: RecordType::Txt, value: key_record };
    let output = ready(verifier.verify_arc(Parameters::new(message).with_txt_cache(&cache)))?;
    Ok((!witness.not_asked.get()).then(|| dkim_word(output.result()).to_owned()))
}

/// DMARC; `open` says that a check under it was not made, so that only a pass is certain.
fn ask_dmarc(
    facts: &Facts<'_>,
    message: &AuthenticatedMessage<'_>,
    dkim: &[DkimOutput<'_>],
    spf: &SpfOutput,
    open: bool,
    view: View<'_>,
    verifier: &MessageAuthenticator,
) -> Result<Option<String>, &'static str> {
    let mail_from = facts.mail_from.unwrap_or_default();
    let domain = mail_from.rsplit_once('@').map_or(facts.helo.unwrap_or_default(), |(_, domain)| domain);
    // Whether the author's domain exists moves its policy alone, which is not asked for here.
    let (witness, ignored) = (Witness::default(), Witness::default());
    let output = ready(verifier.verify_dmarc(Parameters {
        params: DmarcParameters {
            message,
            dkim_output: dkim,
            dkim2_output: None,
            rfc5321_mail_from_domain: domain,
            spf_output: spf,
        },
        cache_txt: Some(&Cache { view, witness: &witness, rtype: RecordType::Txt, value: dmarc_record }),
        cache_mx: None::<&NoCache<Box<str>, RecordSet<MX>>>,
        cache_ptr: None::<&NoCache<IpAddr, RecordSet<Box<str>>>>,
        cache_ipv4: Some(&Cache { view, witness: &ignored, rtype: RecordType::A, value: addresses::<Ipv4Addr> }),
        cache_ipv6: None::<&NoCache<Box<str>, RecordSet<Ipv6Addr>>>,
    }))?;
    let result = output.result();
    let certain = match result {
        DmarcResult::Pass => true,
        DmarcResult::None => !witness.not_asked.get(),
        _ => !open && !witness.not_asked.get(),
    };
    Ok(certain.then(|| dmarc_word(&result).to_owned()))
}

/// Runs a future that has nothing to wait for.
fn ready<T>(future: impl Future<Output = T>) -> Result<T, &'static str> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err("verifier failed"),
    }
}

/// The library with a resolver that knows no name server and no hosts file.
fn verifier() -> Option<&'static MessageAuthenticator> {
    static VERIFIER: OnceLock<Option<MessageAuthenticator>> = OnceLock::new();
    VERIFIER
        .get_or_init(|| {
            let mut options = ResolverOpts::default();
            options.use_hosts_file = ResolveHosts::Never;
            options.cache_size = 0;
            MessageAuthenticator::new(ResolverConfig::from_parts(None, Vec::new(), Vec::new()), options).ok()
        })
        .as_ref()
}

fn is_bearable(message: &Message<'_>) -> bool {
    let names = ["DKIM-Signature", "ARC-Message-Signature", "ARC-Seal", "DKIM2-Signature", "Message-Instance"];
    let mut signatures = message.fields.iter().filter(|field| names.iter().any(|name| field.is(name)));
    let (mut count, mut longest) = (0, 0);
    for field in signatures.by_ref() {
        count += 1;
        longest = longest.max(field.raw().len());
    }
    count <= MAX_SIGNATURES && longest <= MAX_SIGNATURE_LENGTH
}

/// The message as it went over the wire: without what a mailbox put in front, every line ended by CR LF.
fn wire_form(message: &Message<'_>) -> Vec<u8> {
    let start = message.fields.first().map_or(0, |field| field.span.start);
    let stored = message.bytes.get(start..).unwrap_or_default();
    if message.line_endings.lf == 0 && message.line_endings.cr == 0 {
        return stored.to_vec();
    }
    let only_cr = message.line_endings.lf == 0 && message.line_endings.crlf == 0;
    let mut wire = Vec::with_capacity(stored.len() + stored.len() / 32);
    let mut before = 0;
    for &byte in stored {
        match byte {
            b'\n' if before != b'\r' => wire.extend_from_slice(b"\r\n"),
            b'\r' if only_cr => wire.extend_from_slice(b"\r\n"),
            other => wire.push(other),
        }
        before = byte;
    }
    wire
}

/// The library compares x= with the system's clock. Here the clock is the delivery, so x= is replaced by what the
/// comparison must say: 0 for "no limit", 1 for "long ago". The signed bytes are the stored field, not these numbers.
fn set_clock(message: &mut AuthenticatedMessage<'_>, at: Timestamp) {
    let now = u64::try_from(at.0).unwrap_or(0);
    let judged = |expires: u64, signed: u64| match expires {
        0 => 0,
        expires => u64::from(expires <= signed || expires <= now),
    };
    for header in &mut message.dkim_headers {
        header.header.x = judged(header.header.x, header.header.t);
    }
    for header in &mut message.ams_headers {
        header.header.x = judged(header.header.x, header.header.t);
    }
}

/// The snapshot as of the delivery.
#[derive(Clone, Copy)]
struct View<'s> {
    snapshot: &'s Snapshot,
    at: Option<Timestamp>,
}

/// What a check ran into that the library's caches cannot express.
#[derive(Debug, Default)]
struct Witness {
    /// A name that nobody asked for.
    not_asked: Cell<bool>,
    /// A lookup of addresses or exchanges that failed.
    failed: Cell<bool>,
    /// An SPF record with `exists:` was read ...
    has_exists: Cell<bool>,
    /// ... and a name without addresses: the library takes any cached answer for existence.
    empty_address: Cell<bool>,
}

/// A cache that holds the whole snapshot.
struct Cache<'s, V> {
    view: View<'s>,
    witness: &'s Witness,
    rtype: RecordType,
    /// Turns an answer into the library's form.
    value: fn(&str, Answer, &Witness) -> V,
}

impl<V> ResolverCache<Box<str>, V> for Cache<'_, V> {
    fn get<Q>(&self, name: &Q) -> Option<V>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let name = KeyReader::read(name);
        let found = self.view.snapshot.find(&Question::new(&name, self.rtype), self.view.at);
        if found.answer == Answer::NotAsked {
            self.witness.not_asked.set(true);
        }
        Some((self.value)(&name, found.answer, self.witness))
    }

    fn remove<Q>(&self, _: &Q) -> Option<V>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: V, _: Instant) {}
}

/// Reads a cache key by hashing it: the trait promises of a key no more than that it can be hashed.
#[derive(Default)]
struct KeyReader(Vec<u8>);

impl KeyReader {
    fn read<Q: Hash + ?Sized>(key: &Q) -> String {
        let mut reader = Self::default();
        key.hash(&mut reader);
        String::from_utf8(reader.0).unwrap_or_default()
    }
}

impl Hasher for KeyReader {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The mark behind a string.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        0
    }
}

/// The reverse names of the one address that SPF asks for.
struct Pointers<'s> {
    view: View<'s>,
    witness: &'s Witness,
    ip: IpAddr,
}

impl ResolverCache<IpAddr, RecordSet<Box<str>>> for Pointers<'_> {
    fn get<Q>(&self, _: &Q) -> Option<RecordSet<Box<str>>>
    where
        IpAddr: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let question = Question::new(&reverse_name(self.ip), RecordType::Ptr);
        let found = self.view.snapshot.find(&question, self.view.at);
        if found.answer == Answer::NotAsked {
            self.witness.not_asked.set(true);
        }
        Some(record_set(found.answer, |data| Some(absolute(&data.to_text()))))
    }

    fn remove<Q>(&self, _: &Q) -> Option<RecordSet<Box<str>>>
    where
        IpAddr: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: IpAddr, _: RecordSet<Box<str>>, _: Instant) {}
}

/// `in-addr.arpa` or `ip6.arpa` (RFC 1035 3.5, RFC 3596 2.5).
fn reverse_name(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(ip) => {
            let nibbles = format!("{:032x}", u128::from(ip));
            let reversed: Vec<String> = nibbles.chars().rev().map(String::from).collect();
            format!("{}.ip6.arpa", reversed.join("."))
        }
    }
}

fn spf_record(_: &str, answer: Answer, witness: &Witness) -> Txt {
    if let Answer::Records(records) = &answer
        && records.iter().any(|data| data.to_text().to_ascii_lowercase().contains("exists:"))
    {
        witness.has_exists.set(true);
    }
    text_record::<Spf>(answer)
}

fn key_record(name: &str, answer: Answer, _: &Witness) -> Txt {
    match name.contains("._atps.") {
        true => text_record::<Atps>(answer),
        false => text_record::<DomainKey>(answer),
    }
}

fn dmarc_record(_: &str, answer: Answer, _: &Witness) -> Txt {
    text_record::<Dmarc>(answer)
}

/// The first record that can be read, as the library's own lookup takes it.
fn text_record<T: TxtRecordParser + Into<Txt>>(answer: Answer) -> Txt {
    let error = match answer {
        Answer::Records(records) => {
            let parsed = records.iter().find_map(|data| T::parse(data.as_bytes()).ok());
            return parsed.map_or_else(|| Txt::Error(Error::Dns(DnsError::InvalidRecordType)), Into::into);
        }
        Answer::NoData => DnsError::RecordNotFound(ResponseCode::NoError),
        Answer::NxDomain => DnsError::RecordNotFound(ResponseCode::NXDomain),
        Answer::Failed(rcode) => DnsError::Resolver(rcode),
        Answer::TimedOut => DnsError::Resolver("timed out".to_owned()),
        Answer::NotAsked => DnsError::Resolver(NOT_ASKED.to_owned()),
    };
    Txt::Error(Error::Dns(error))
}

fn addresses<T: std::str::FromStr>(_: &str, answer: Answer, witness: &Witness) -> RecordSet<T> {
    note_failure(&answer, witness);
    let set = record_set(answer, |data| data.to_text().parse().ok());
    if set.rrset.is_empty() {
        witness.empty_address.set(true);
    }
    set
}

fn exchanges(_: &str, answer: Answer, witness: &Witness) -> RecordSet<MX> {
    note_failure(&answer, witness);
    record_set(answer, |data| {
        let text = data.to_text();
        let (preference, exchange) = text.trim().split_once(' ')?;
        Some(MX {
            exchanges: [absolute(exchange.trim())].into(),
            preference: preference.parse().ok()?,
        })
    })
}

fn note_failure(answer: &Answer, witness: &Witness) {
    if matches!(answer, Answer::Failed(_) | Answer::TimedOut) {
        witness.failed.set(true);
    }
}

/// The records in the library's form; an empty set where there are none.
fn record_set<T>(answer: Answer, read: impl Fn(&Data) -> Option<T>) -> RecordSet<T> {
    let records = match answer {
        Answer::Records(records) => records,
        _ => Vec::new(),
    };
    RecordSet {
        rrset: records.iter().filter_map(read).collect::<Arc<[T]>>(),
        dnssec_status: DnssecStatus::Indeterminate,
    }
}

/// A name in lower case with its trailing dot.
fn absolute(name: &str) -> Box<str> {
    format!("{}.", name.trim_end_matches('.').to_ascii_lowercase()).into()
}

fn is_not_asked(output: &DkimOutput<'_>) -> bool {
    matches!(output.result(), DkimResult::TempError(Error::Dns(DnsError::Resolver(cause))) if cause == NOT_ASKED)
}

fn spf_word(result: SpfResult) -> &'static str {
    match result {
        SpfResult::Pass => "pass",
        SpfResult::Fail => "fail",
        SpfResult::SoftFail => "softfail",
        SpfResult::Neutral => "neutral",
        SpfResult::TempError => "temperror",
        SpfResult::PermError => "permerror",
        SpfResult::None => "none",
    }
}

fn dkim_word(result: &DkimResult) -> &'static str {
    match result {
        DkimResult::Pass => "pass",
        DkimResult::Neutral(_) => "neutral",
        DkimResult::Fail(_) => "fail",
        DkimResult::PermError(_) => "permerror",
        DkimResult::TempError(_) => "temperror",
        DkimResult::None => "none",
    }
}

fn dmarc_word(result: &DmarcResult) -> &'static str {
    match result {
        DmarcResult::Pass => "pass",
        DmarcResult::Fail(_) => "fail",
        DmarcResult::TempError(_) => "temperror",
        DmarcResult::PermError(_) => "permerror",
        DmarcResult::None => "none",
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::dns::{Absent, StoredAnswer};
    use mail_auth::{common::{crypto::Ed25519Key, headers::HeaderWriter}, dkim::DkimSigner};

    const NOW: Timestamp = Timestamp(4_000_000_000);
    const TEXT: &str = "From: Bank <service@bank.example>\r\nSubject: Statement\r\n\r\nReady.\r\n";

    /// A message signed for bank.example, and the key record.
    fn signed(lifetime: u64) -> (String, String) {
        let pair = Ed25519Key::generate_pkcs8().expect("a key");
        let key = Ed25519Key::from_pkcs8_der(&pair).expect("a key");
        let record = format!("v=DKIM1; k=ed25519; p={}", base64(&key.public_key()));
        let signer = DkimSigner::from_key(key).domain("bank.example").selector("s").headers(["From", "Subject"]);
        let signature = signer.expiration(lifetime).sign(TEXT.as_bytes()).expect("a signature");
        (format!("{}{TEXT}", signature.to_header()), record)
    }

    fn base64(bytes: &[u8]) -> String {
        use ::base64::{Engine, engine::general_purpose::STANDARD};
        STANDARD.encode(bytes)
    }

    fn snapshot(absent: Absent, lines: &[(&str, RecordType, &str)]) -> Snapshot {
        let mut snapshot = Snapshot::new();
        snapshot.absent = absent;
        for (name, rtype, data) in lines {
            snapshot.insert(StoredAnswer {
                question: Question::new(name, *rtype),
                rcode: "NOERROR".to_owned(),
                data: vec![Data::Text((*data).to_owned())],
                ttl: None,
                asked_at: None,
                valid_from: None,
                valid_to: None,
            });
        }
        snapshot
    }

    fn facts(message: &str) -> Facts<'_> {
        Facts {
            message: message.as_bytes(),
            ip: Some(IpAddr::from([192, 0, 2, 1])),
            helo: Some("mail.bank.example"),
            mail_from: Some("service@bank.example"),
            receiver: "mx.corp.example",
            clock: Clock { delivered_at: Some(NOW), as_of: NOW },
        }
    }

    #[test]
    fn agrees_on_a_genuine_message() {
        let (message, record) = signed(0);
        let lines = [
            ("s._domainkey.bank.example", RecordType::Txt, record.as_str()),
            ("bank.example", RecordType::Txt, "v=spf1 mx -all"),
            ("bank.example", RecordType::Mx, "10 mail.bank.example."),
            ("mail.bank.example", RecordType::A, "192.0.2.1"),
            ("_dmarc.bank.example", RecordType::Txt, "v=DMARC1; p=reject"),
        ];
        let snapshot = snapshot(Absent::NxDomain, &lines);
        let as_lf = format!("From MAILER-DAEMON Mon Oct 19 08:00:06 2026\n{}", message.replace("\r\n", "\n"));
        for message in [message.as_str(), as_lf.as_str()] {
            let opinion = ask(&facts(message), &snapshot);
            assert_eq!(opinion.failure, None);
            assert_eq!(opinion.spf.as_deref(), Some("pass"));
            assert_eq!(opinion.dkim, [("bank.example".to_owned(), "s".to_owned(), "pass".to_owned())]);
            assert_eq!(opinion.dmarc.as_deref(), Some("pass"));
            assert_eq!(opinion.arc.as_deref(), Some("none"));
        }
        let changed = message.replace("Ready.", "Read.");
        let opinion = ask(&facts(&changed), &snapshot);
        assert_eq!(opinion.dkim.first().map(|(_, _, word)| word.as_str()), Some("neutral"));
    }

    #[test]
    fn spoof_fails() {
        let lines = [("bank.example", RecordType::Txt, "v=spf1 -all"), ("_dmarc.bank.example", RecordType::Txt, "v=DMARC1; p=reject")];
        let opinion = ask(&facts(TEXT), &snapshot(Absent::NxDomain, &lines));
        assert_eq!((opinion.spf.as_deref(), opinion.dmarc.as_deref()), (Some("fail"), Some("fail")));
        assert!(opinion.dkim.is_empty());
    }

    #[test]
    fn what_was_not_asked_gives_no_opinion() {
        let (message, _) = signed(0);
        let opinion = ask(&facts(&message), &Snapshot::new());
        assert_eq!(opinion, SecondOpinion { verifier: VERIFIER, arc: Some("none".to_owned()), ..SecondOpinion::default() });
        let partly = snapshot(Absent::NotAsked, &[("bank.example", RecordType::Txt, "v=spf1 a:mail.bank.example -all")]);
        assert_eq!(ask(&facts(TEXT), &partly).spf, None);
    }

    #[test]
    fn exists_is_not_guessed() {
        let lines = [("bank.example", RecordType::Txt, "v=spf1 exists:%{i}.ok.bank.example -all")];
        assert_eq!(ask(&facts(TEXT), &snapshot(Absent::NxDomain, &lines)).spf, None);
        let listed = [lines[0], ("192.0.2.1.ok.bank.example", RecordType::A, "127.0.0.2")];
        assert_eq!(ask(&facts(TEXT), &snapshot(Absent::NxDomain, &listed)).spf.as_deref(), Some("pass"));
    }

    #[test]
    fn the_clock_is_the_delivery() {
        let (message, record) = signed(3600);
        let lines = [("s._domainkey.bank.example", RecordType::Txt, record.as_str())];
        let snapshot = snapshot(Absent::NxDomain, &lines);
        let word = |at| {
            let clock = Clock { delivered_at: Some(at), as_of: NOW };
            let opinion = ask(&Facts { clock, ..facts(&message) }, &snapshot);
            opinion.dkim.into_iter().next().map(|(_, _, word)| word)
        };
        assert_eq!(word(Timestamp(1_000_000_000)).as_deref(), Some("pass"));
        assert_eq!(word(NOW).as_deref(), Some("neutral"));
    }

    #[test]
    fn hostile_bytes_are_survived() {
        let flood = format!("{}{TEXT}", "DKIM-Signature: v=1; a=rsa-sha256; b=; bh=; d=a; s=b; h=from\r\n".repeat(60));
        assert!(ask(&facts(&flood), &Snapshot::new()).failure.is_some());
        for text in ["", "\r\n", ":", "From", "\0\0", "From: \r\n", "DKIM-Signature:\r\n\r\n", "ARC-Seal: i=1\r\nFrom: <\r\n\r\n"] {
            let opinion = ask(&facts(text), &Snapshot::new());
            assert_eq!(opinion.verifier, VERIFIER, "{text:?}");
        }
    }

    #[test]
    fn keys_are_read_whole() {
        assert_eq!(KeyReader::read("a.example."), "a.example.");
        assert_eq!(reverse_name(IpAddr::from([192, 0, 2, 1])), "1.2.0.192.in-addr.arpa");
    }
}
