//! mail-auth on the same snapshot: an independent verifier. The only room that names mail-auth.
//!
//! Its DNS caches answer every question from the snapshot, so that its resolver, which knows no name server, is never
//! reached and its futures are ready at the first poll: no socket, no runtime, no waiting. What the snapshot cannot
//! answer is noted and ends as no opinion, never as a false one.

mod caches;
mod causes;
mod differences;
mod handover;
#[cfg(test)]
#[allow(clippy::expect_used, reason = "tests")]
mod tests;
mod words;

pub use causes::{KNOWN_CAUSES, KnownCause};
pub use differences::{Difference, differences};

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::OnceLock,
    task::{Context, Poll, Waker},
};

use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcResult, DnsError, Error, MX, MessageAuthenticator, Parameters,
    RecordSet, SpfOutput, SpfResult,
    common::cache::NoCache,
    dkim2::Envelope,
    dmarc::verify::DmarcParameters,
    hickory_resolver::config::{ResolveHosts, ResolverConfig, ResolverOpts},
    spf::verify::SpfParameters,
};

use super::Clock;
use crate::{
    dns::{RecordType, Snapshot},
    message::Message,
};
use caches::{Cache, NOT_ASKED, Pointers, View, Witness, addresses, dmarc_record, exchanges, key_record, spf_record};
use handover::{is_bearable, set_clock, wire_form};
use words::{dkim_cause, dkim_word, dkim2_word, dmarc_word, spf_word};

/// The other verifier.
const VERIFIER: &str = "mail-auth 0.13.3";

/// What the other verifier says; each result is the RFC's word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecondOpinion {
    /// Its name and version.
    pub verifier: &'static str,
    /// SPF of MAIL FROM (or postmaster@HELO for the null sender).
    pub spf: Option<String>,
    /// Each signature that it tried. One whose key nobody asked for is left out.
    pub dkim: Vec<SignatureOpinion>,
    /// DMARC.
    pub dmarc: Option<String>,
    /// ARC.
    pub arc: Option<String>,
    /// Why the chain does not pass, in its words.
    pub arc_cause: Option<String>,
    /// DKIM2 (draft-ietf-dkim-dkim2-spec), which this program does not evaluate itself; `none` without such fields.
    pub dkim2: Option<String>,
    /// Why it gives no opinion at all: `verifier failed`, `not a message`, `too many or too long signatures`.
    pub failure: Option<&'static str>,
}

/// What the other verifier says of a DKIM-Signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureOpinion {
    /// Which of the DKIM-Signature fields, 0 the top one; `None` for one that it could not read.
    pub ordinal: Option<usize>,
    /// d=; empty where it could not be read.
    pub domain: String,
    /// s=; empty where it could not be read.
    pub selector: String,
    /// The RFC's word.
    pub result: String,
    /// Why it is no pass, in its words.
    pub cause: Option<String>,
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
    /// Recipients, as far as they are known.
    pub rcpt_to: Vec<&'a str>,
    /// The receiving host.
    pub receiver: &'a str,
    /// When.
    pub clock: Clock,
}

/// Asks mail-auth. It opens no socket: its resolver is given no name server, its caches hold the snapshot.
pub fn ask(facts: &Facts<'_>, snapshot: &Snapshot) -> SecondOpinion {
    // The library indexes into hostile bytes; its panic is its failure, not this program's.
    let opinion = catch_unwind(AssertUnwindSafe(|| opinion(facts, snapshot)));
    opinion
        .unwrap_or(Err("verifier failed"))
        .unwrap_or_else(|failure| SecondOpinion {
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
    let view = View {
        snapshot,
        at: facts.clock.delivered_at,
    };

    let (spf, spf_open) = ask_spf(facts, view, verifier)?;
    let (dkim, arc) = if read.body.is_some() {
        (ask_dkim(&message, view, verifier)?, ask_arc(&message, view, verifier)?)
    } else {
        // A header without its body: every body hash would come out wrong.
        (Vec::new(), None)
    };
    let open = spf_open || read.body.is_none() || dkim.iter().any(is_not_asked);
    let dmarc = ask_dmarc(facts, &message, &dkim, &spf, open, view, verifier)?;
    let dkim2 = ask_dkim2(facts, &message, view, verifier)?;
    Ok(SecondOpinion {
        verifier: VERIFIER,
        spf: (!spf_open).then(|| spf_word(spf.result()).to_owned()),
        dkim: outputs_of(&message, &dkim),
        dmarc,
        arc_cause: arc.as_ref().and_then(|(_, cause)| cause.clone()),
        arc: arc.map(|(word, _)| word),
        dkim2,
        failure: None,
    })
}

/// SPF, and whether the result must not be believed: it lacks an address, a name or an answer.
fn ask_spf(
    facts: &Facts<'_>,
    view: View<'_>,
    verifier: &MessageAuthenticator,
) -> Result<(SpfOutput, bool), &'static str> {
    let (Some(ip), Some(mail_from)) = (facts.ip, facts.mail_from.map(handover::full_sender)) else {
        return Ok((SpfOutput::default(), true));
    };
    let helo = facts.helo.unwrap_or_default();
    if mail_from.is_empty() && helo.is_empty() {
        return Ok((SpfOutput::default(), true));
    }
    let params = match &*mail_from {
        "" => SpfParameters::verify_ehlo(ip, helo, facts.receiver), // RFC 7208 2.4
        sender => SpfParameters::verify_mail_from(ip, helo, facts.receiver, sender),
    };
    let witness = Witness::default();
    let output = ready(verifier.verify_spf(Parameters {
        params,
        cache_txt: Some(&Cache {
            view,
            witness: &witness,
            rtype: RecordType::Txt,
            value: spf_record,
        }),
        cache_mx: Some(&Cache {
            view,
            witness: &witness,
            rtype: RecordType::Mx,
            value: exchanges,
        }),
        cache_ptr: Some(&Pointers {
            view,
            witness: &witness,
            ip,
        }),
        cache_ipv4: Some(&Cache {
            view,
            witness: &witness,
            rtype: RecordType::A,
            value: addresses::<Ipv4Addr>,
        }),
        cache_ipv6: Some(&Cache {
            view,
            witness: &witness,
            rtype: RecordType::Aaaa,
            value: addresses::<Ipv6Addr>,
        }),
    }))?;
    // An address lookup that failed ends the evaluation (RFC 7208 5), which the caches have no value for.
    let output = if witness.failed.get() {
        output.with_result(SpfResult::TempError)
    } else {
        output
    };
    let misread = witness.has_exists.get() && witness.empty_address.get();
    Ok((output, witness.not_asked.get() || misread))
}

fn ask_dkim<'m>(
    message: &'m AuthenticatedMessage<'m>,
    view: View<'_>,
    verifier: &MessageAuthenticator,
) -> Result<Vec<DkimOutput<'m>>, &'static str> {
    let witness = Witness::default();
    let cache = Cache {
        view,
        witness: &witness,
        rtype: RecordType::Txt,
        value: key_record,
    };
    // The lifetimes of message and caches are one in the library's signature: the output must not keep the cache.
    let outputs = ready(verifier.verify_dkim(Parameters::new(message).with_txt_cache(&cache)))?;
    Ok(outputs
        .into_iter()
        .map(|output| {
            let signature = output.signature().and_then(|signature| {
                message
                    .dkim_headers
                    .iter()
                    .map(|header| &header.header)
                    .find(|known| *known == signature)
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

/// What it says of each signature, and of which field.
fn outputs_of(message: &AuthenticatedMessage<'_>, outputs: &[DkimOutput<'_>]) -> Vec<SignatureOpinion> {
    let fields: Vec<&[u8]> = message
        .headers
        .iter()
        .filter(|(name, _)| name.trim_ascii().eq_ignore_ascii_case(b"DKIM-Signature"))
        .map(|(_, value)| *value)
        .collect();
    // It puts what it could not read first, then the others in the order of the header.
    let mut read = message.dkim_headers.iter();
    outputs
        .iter()
        .filter(|output| !is_not_asked(output))
        .map(|output| {
            let signature = output.signature();
            let header = signature.and_then(|signature| read.find(|known| known.header == *signature));
            SignatureOpinion {
                ordinal: header.and_then(|header| {
                    let place = |value: &[u8]| std::ptr::eq(value.as_ptr(), header.value.as_ptr());
                    fields.iter().position(|value| place(value))
                }),
                domain: signature.map(|signature| signature.d.clone()).unwrap_or_default(),
                selector: signature.map(|signature| signature.s.clone()).unwrap_or_default(),
                result: dkim_word(output.result()).to_owned(),
                cause: dkim_cause(output.result()),
            }
        })
        .collect()
}

/// The word for the chain and the cause of a failure; `None` where a key was not asked for.
fn ask_arc(
    message: &AuthenticatedMessage<'_>,
    view: View<'_>,
    verifier: &MessageAuthenticator,
) -> Result<Option<(String, Option<String>)>, &'static str> {
    let witness = Witness::default();
    let cache = Cache {
        view,
        witness: &witness,
        rtype: RecordType::Txt,
        value: key_record,
    };
    let output = ready(verifier.verify_arc(Parameters::new(message).with_txt_cache(&cache)))?;
    let (word, cause) = (dkim_word(output.result()).to_owned(), dkim_cause(output.result()));
    Ok((!witness.not_asked.get()).then_some((word, cause)))
}

/// DKIM2, which binds the envelope; `None` where that or a key is not known.
fn ask_dkim2(
    facts: &Facts<'_>,
    message: &AuthenticatedMessage<'_>,
    view: View<'_>,
    verifier: &MessageAuthenticator,
) -> Result<Option<String>, &'static str> {
    if message.dkim2_signatures.is_empty() && !message.has_dkim2_errors {
        return Ok(Some("none".to_owned()));
    }
    let Some(mail_from) = facts.mail_from else {
        return Ok(None);
    };
    let witness = Witness::default();
    let cache = Cache {
        view,
        witness: &witness,
        rtype: RecordType::Txt,
        value: key_record,
    };
    let envelope = Envelope {
        mail_from,
        rcpt_to: facts.rcpt_to.iter().copied(),
    };
    let parameters = Parameters::new(message).with_txt_cache(&cache);
    let output = ready(verifier.verify_dkim2(parameters, envelope))?;
    Ok((!witness.not_asked.get()).then(|| dkim2_word(output.result()).to_owned()))
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
    let mail_from = handover::full_sender(facts.mail_from.unwrap_or_default());
    let domain = mail_from
        .rsplit_once('@')
        .map_or(facts.helo.unwrap_or_default(), |(_, domain)| domain);
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
        cache_txt: Some(&Cache {
            view,
            witness: &witness,
            rtype: RecordType::Txt,
            value: dmarc_record,
        }),
        cache_mx: None::<&NoCache<Box<str>, RecordSet<MX>>>,
        cache_ptr: None::<&NoCache<IpAddr, RecordSet<Box<str>>>>,
        cache_ipv4: Some(&Cache {
            view,
            witness: &ignored,
            rtype: RecordType::A,
            value: addresses::<Ipv4Addr>,
        }),
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

fn is_not_asked(output: &DkimOutput<'_>) -> bool {
    matches!(output.result(), DkimResult::TempError(Error::Dns(DnsError::Resolver(cause))) if cause == NOT_ASKED)
}
