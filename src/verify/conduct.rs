//! Runs every evaluator on one message, each once, over one view of the snapshot.

use super::{
    Clock, NotEvaluated, Verification, arc, comparison,
    diagnosis::Work,
    dkim::{self, DkimCheck, DkimResult, Signed},
    dmarc::{self, Alignment, DmarcCheck, PassedDomain},
    domainkeys, iprev, second_opinion,
    spf::{self, SpfCheck, SpfRequest, SpfResult},
};
use crate::{
    dns::{Lookups, Question, RecordType, Snapshot},
    domain,
    envelope::{Envelope, TrustClass, decode},
    message::Message,
    recorded::{Recorded, same_operator},
    trace::{AddressClass, Hop},
};

/// Return paths beside the chosen one for which SPF is asked.
const MAX_ALTERNATIVES: usize = 2;

/// What is verified.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The message.
    pub message: &'a Message<'a>,
    /// The envelope as reconstructed.
    pub envelope: &'a Envelope,
    /// What others recorded.
    pub recorded: &'a Recorded,
    /// The Author Domain (RFC 9989 3.2.2); `None` where there is none or where it is not one.
    pub author_domain: Option<&'a str>,
    /// Author domains that only some readers see.
    pub other_author_domains: &'a [String],
    /// The receiving host, for SPF's `r` macro.
    pub receiver: &'a str,
    /// The hops below the border, newest first; all where there is no border.
    pub below_border: &'a [Hop],
    /// When.
    pub clock: Clock,
    /// Whether mail-auth is asked too.
    pub second_opinion: bool,
    /// Bytes that may be hashed to find out why a signature fails; 0 looks for nothing.
    pub diagnosis_limit: u64,
}

/// Verifies a subject on a snapshot. What the snapshot lacks is in [`Verification::asked`] as not asked.
pub fn verify(subject: &Subject<'_>, snapshot: &Snapshot) -> Box<Verification> {
    let trial = Trial::new(subject, snapshot);
    let spf = Spf {
        mail_from: trial.mail_from(),
        helo: trial.helo(),
    };
    let dkim = signatures(std::slice::from_ref(&trial)).pop().unwrap_or_default();
    let dmarc = trial.dmarc(&spf, &dkim);
    trial.finish(snapshot, spf, dkim, dmarc)
}

/// As [`verify`], of each subject: each check on all of them before the next one, which costs less (see the examiner).
pub fn verify_each(subjects: &[Subject<'_>], snapshot: &Snapshot) -> Vec<Box<Verification>> {
    let trials: Vec<Trial<'_>> = subjects.iter().map(|subject| Trial::new(subject, snapshot)).collect();
    let mail_from: Vec<SpfCheck> = trials.iter().map(Trial::mail_from).collect();
    let helo: Vec<SpfCheck> = trials.iter().map(Trial::helo).collect();
    let spf = mail_from.into_iter().zip(helo);
    let spf: Vec<Spf> = spf.map(|(mail_from, helo)| Spf { mail_from, helo }).collect();
    let dkim = signatures(&trials);
    let checks = trials.iter().zip(&spf).zip(&dkim);
    let dmarc: Vec<Dmarc> = checks.map(|((trial, spf), dkim)| trial.dmarc(spf, dkim)).collect();
    let results = trials.into_iter().zip(spf).zip(dkim).zip(dmarc);
    results
        .map(|(((trial, spf), dkim), dmarc)| trial.finish(snapshot, spf, dkim, dmarc))
        .collect()
}

/// The signatures of each trial.
fn signatures(trials: &[Trial<'_>]) -> Vec<Vec<DkimCheck>> {
    let mut all = dkim::verify_each(trials.iter().map(Trial::signed));
    for (trial, checks) in trials.iter().zip(&mut all) {
        trial.settle_missing_keys(checks);
    }
    all
}

/// An answer of two days around the delivery tells what stood then: who changes keys leaves the old ones longer (RFC 6376 3.1). Seconds.
const ABOUT_DELIVERY: i64 = 2 * 24 * 3600;

/// A subject under verification.
struct Trial<'a> {
    subject: &'a Subject<'a>,
    lookups: Lookups<'a>,
    /// What may be spent on finding out why signatures fail.
    work: Work,
}

/// SPF of the transfer.
struct Spf {
    mail_from: SpfCheck,
    helo: SpfCheck,
}

/// DMARC, and how the domains that were checked stand to the Author Domain.
struct Dmarc {
    check: DmarcCheck,
    per_author: Vec<DmarcCheck>,
    spf_alignment: Option<Alignment>,
    dkim_alignment: Vec<Option<Alignment>>,
}

impl<'a> Trial<'a> {
    fn new(subject: &'a Subject<'a>, snapshot: &'a Snapshot) -> Self {
        Self {
            subject,
            lookups: Lookups::new(snapshot, subject.clock.delivered_at),
            work: Work::new(subject.diagnosis_limit),
        }
    }

    /// The means to find out why a signature fails; `None` where nobody wants to know.
    fn wanted(&self) -> Option<&Work> {
        (self.subject.diagnosis_limit > 0).then_some(&self.work)
    }

    fn mail_from(&self) -> SpfCheck {
        spf_of_mail_from(self.subject, &self.lookups)
    }

    fn helo(&self) -> SpfCheck {
        spf_of_helo(self.subject, &self.lookups)
    }

    fn signed(&self) -> Signed<'_> {
        Signed {
            message: self.subject.message,
            clock: self.subject.clock,
            lookups: &self.lookups,
            work: self.wanted(),
        }
    }

    /// A key that was not there about the time of delivery is a failure of then (RFC 6376 6.1.2, "no key for signature") and no key
    /// that went since: anybody can name a selector that never was. A receiver who saw the signature pass knows better.
    fn settle_missing_keys(&self, checks: &mut [DkimCheck]) {
        let Some(delivered_at) = self.subject.clock.delivered_at else {
            return;
        };
        let missing = |check: &&mut DkimCheck| check.result == Err(NotEvaluated::KeyGone) && check.key.is_none();
        for check in checks.iter_mut().filter(missing) {
            let (Some(selector), Some(domain)) = (&check.selector, &check.domain) else {
                continue;
            };
            let question = Question::new(&dkim::key_name(selector, domain), RecordType::Txt);
            let asked_at = self.lookups.ask_full(&question, "dkim-key").asked_at;
            let about_then = asked_at.is_some_and(|at| at.since(delivered_at).abs() <= ABOUT_DELIVERY);
            let seen = self.subject.recorded.trusted("dkim").any(|(_, result)| {
                let signer = result.property("header.d").or_else(|| result.property("header.i"));
                result.result == "pass"
                    && signer.is_none_or(|signer| domain::is_same(domain::of_address(signer), domain))
            });
            if about_then && !seen {
                check.result = Ok(DkimResult::Permerror);
                check.cause = Some("no key for signature".to_owned());
            }
        }
    }

    fn dmarc(&self, spf: &Spf, dkim: &[DkimCheck]) -> Dmarc {
        let (subject, lookups) = (self.subject, &self.lookups);
        let passed = passed_domains(&spf.mail_from, dkim);
        let of = |author: &str| dmarc_of(author, &passed, &spf.mail_from, dkim, lookups);
        let aligned = |domain: Option<&str>| -> Option<Alignment> {
            let (domain, author) = (domain.filter(|domain| !domain.is_empty())?, subject.author_domain?);
            Some(dmarc::alignment(domain, author, lookups))
        };
        Dmarc {
            check: subject.author_domain.map_or_else(
                || DmarcCheck::not_evaluated("", NotEvaluated::NotEvaluable, "no single Author Domain"),
                of,
            ),
            per_author: subject.other_author_domains.iter().map(|author| of(author)).collect(),
            spf_alignment: aligned(Some(&spf.mail_from.domain)),
            dkim_alignment: dkim.iter().map(|check| aligned(check.domain.as_deref())).collect(),
        }
    }

    /// What stands beside the three checks, and everything together.
    fn finish(self, snapshot: &Snapshot, spf: Spf, dkim: Vec<DkimCheck>, dmarc: Dmarc) -> Box<Verification> {
        let (subject, lookups) = (self.subject, &self.lookups);
        let opinion = subject
            .second_opinion
            .then(|| second_opinion::ask(&facts(subject), snapshot));
        let mut verification = Box::new(Verification {
            spf_alternatives: spf_of_others(subject, &spf.mail_from, lookups),
            spf_before_forward: spf_before_forward(subject, lookups),
            spf_mail_from: spf.mail_from,
            spf_alignment: dmarc.spf_alignment,
            spf_helo: spf.helo,
            dkim,
            dkim_alignment: dmarc.dkim_alignment,
            domainkeys: domainkeys::verify_all(subject.message, lookups),
            dmarc: dmarc.check,
            per_author: dmarc.per_author,
            arc_first_leg: spf_of_first_leg(subject, lookups),
            arc: arc::verify(subject.message, subject.recorded, subject.clock, lookups, self.wanted()),
            iprev: iprev::check(subject.envelope.client_ip.value, lookups),
            second_opinion: opinion,
            disagreements: Vec::new(),
            comparison: Vec::new(),
            asked: Vec::new(),
        });
        verification.disagreements = second_opinion::differences(&verification, subject.message);
        verification.comparison = comparison::compare(subject.recorded, &verification);
        verification.asked = self.lookups.into_asked();
        verification
    }
}

/// SPF of MAIL FROM; the null sender is checked as postmaster@HELO (RFC 7208 2.4).
fn spf_of_mail_from(subject: &Subject<'_>, lookups: &Lookups<'_>) -> SpfCheck {
    let envelope = subject.envelope;
    let helo = envelope.helo.value.as_deref().unwrap_or_default();
    let Some(mail_from) = envelope.mail_from.value.as_deref() else {
        return SpfCheck::not_evaluated("", NotEvaluated::NotEvaluable).because("MAIL FROM is not known");
    };
    let sender = if mail_from.is_empty() {
        format!("postmaster@{helo}")
    } else {
        mail_from.to_owned()
    };
    let domain = domain::normalise(domain::of_address(&sender));
    check(subject, sender, domain, lookups)
}

/// SPF of each other return path that a trusted writer names for this transfer (envelope.md 4.6), by domain.
fn spf_of_others(subject: &Subject<'_>, chosen: &SpfCheck, lookups: &Lookups<'_>) -> Vec<SpfCheck> {
    let mut others: Vec<SpfCheck> = Vec::new();
    for candidate in &subject.envelope.mail_from.candidates {
        let domain = domain::normalise(domain::of_address(&candidate.value));
        let known = domain == chosen.domain || others.iter().any(|other| other.domain == domain);
        if candidate.trust_class() > TrustClass::T2 || domain.is_empty() || known || chosen.domain.is_empty() {
            continue;
        }
        if others.len() == MAX_ALTERNATIVES {
            break;
        }
        others.push(check(subject, candidate.value.clone(), domain, lookups));
    }
    others
}

/// SPF of the leg that ended at a forwarder, where his rewritten return path tells the one before and it is the author's: of the client
/// that the forwarder's own server says it received from. It stands below the border, so a pass proves nothing; but nobody writes a
/// line against himself.
fn spf_before_forward(subject: &Subject<'_>, lookups: &Lookups<'_>) -> Option<SpfCheck> {
    let mail_from = subject.envelope.mail_from.value.as_deref()?;
    let decoded = decode(mail_from)?;
    let author = subject.author_domain?;
    // Gmail's mark names the mailbox that forwards, and nothing of the leg before: there the author stands for it.
    let sender = match decoded.form {
        "caf" => format!("postmaster@{author}"),
        _ => decoded.inner?,
    };
    let domain = domain::normalise(domain::of_address(&sender));
    let forwarder = domain::normalise(domain::of_address(mail_from));
    let hop = subject.below_border.iter().find(|hop| {
        let own = |name: &Option<String>| {
            name.as_deref()
                .is_some_and(|name| same_operator(&domain::normalise(name), &forwarder))
        };
        own(&hop.by.host)
            && !own(&hop.from.rdns)
            && !own(&hop.from.helo)
            && hop.from.ip.is_some_and(|ip| !AddressClass::of(ip).is_internal())
    })?;
    let request = SpfRequest {
        ip: hop.from.ip?,
        helo: hop.from.helo.clone().unwrap_or_default(),
        sender,
        domain: domain.clone(),
        receiver: hop.by.host.clone().unwrap_or_default(),
        time: subject.clock.delivery_or_now().0,
    };
    domain::same_organisation(&domain, author).then(|| spf::check_host(&request, lookups))
}

/// SPF of HELO (RFC 7208 2.3).
fn spf_of_helo(subject: &Subject<'_>, lookups: &Lookups<'_>) -> SpfCheck {
    match subject.envelope.helo.value.as_deref().filter(|helo| !helo.is_empty()) {
        Some(helo) => check(
            subject,
            ["postmaster@", helo].concat(),
            domain::normalise(helo),
            lookups,
        ),
        None => SpfCheck::not_evaluated("", NotEvaluated::NotEvaluable).because("HELO is not known"),
    }
}

fn check(subject: &Subject<'_>, sender: String, domain: String, lookups: &Lookups<'_>) -> SpfCheck {
    let Some(ip) = subject.envelope.client_ip.value else {
        return SpfCheck::not_evaluated(&domain, NotEvaluated::NoClientIp);
    };
    let request = SpfRequest {
        ip,
        helo: subject.envelope.helo.value.clone().unwrap_or_default(),
        sender,
        domain,
        receiver: subject.receiver.to_owned(),
        time: subject.clock.delivery_or_now().0,
    };
    spf::check_host(&request, lookups)
}

/// SPF of the leg that the oldest ARC set says it received with spf=pass of the author: what it saw, checked again.
fn spf_of_first_leg(subject: &Subject<'_>, lookups: &Lookups<'_>) -> Option<SpfCheck> {
    let author = subject.author_domain?;
    let first = subject.recorded.arc_sets.first()?.results.first()?;
    let record = subject
        .recorded
        .records
        .iter()
        .find(|record| record.field_index == *first)?;
    let claim = record
        .believable()
        .find(|result| result.method == "spf" && result.result == "pass")?;
    let (ip, sender) = (claim.client_ip()?, claim.mail_from()?);
    let domain = domain::normalise(domain::of_address(&sender));
    domain::same_organisation(&domain, author).then(|| {
        let request = SpfRequest {
            ip,
            helo: claim.helo().unwrap_or_default(),
            sender,
            domain,
            receiver: record.authserv_id.clone().unwrap_or_default(),
            time: subject.clock.delivery_or_now().0,
        };
        spf::check_host(&request, lookups)
    })
}

/// The domains that DMARC may align: of MAIL FROM where SPF passed, and of each passing signature.
fn passed_domains(spf: &SpfCheck, dkim: &[DkimCheck]) -> Vec<PassedDomain> {
    let spf = (spf.result == Ok(SpfResult::Pass)).then(|| PassedDomain {
        domain: spf.domain.clone(),
        mechanism: "spf",
    });
    let dkim = dkim
        .iter()
        .filter(|check| check.passes())
        .filter_map(|check| check.domain.clone());
    spf.into_iter()
        .chain(dkim.map(|domain| PassedDomain {
            domain,
            mechanism: "dkim",
        }))
        .collect()
}

/// DMARC of one author. A fail is only a fail when what could have aligned was evaluated (RFC 9989 5.3.6:
/// an error means neither pass nor fail).
fn dmarc_of(
    author: &str,
    passed: &[PassedDomain],
    spf: &SpfCheck,
    dkim: &[DkimCheck],
    lookups: &Lookups<'_>,
) -> DmarcCheck {
    let mut check = dmarc::evaluate(author, passed, lookups);
    if check.result != Ok(dmarc::DmarcResult::Fail) {
        return check;
    }
    let could_align = |domain: &str| !domain.is_empty() && dmarc::alignment(domain, author, lookups) != Alignment::None;
    let open_spf = match spf.result {
        // Without a known MAIL FROM or client address, an aligned pass cannot be excluded.
        Err(why) => (spf.domain.is_empty() || could_align(&spf.domain)).then_some(why),
        Ok(SpfResult::Temperror) => could_align(&spf.domain).then_some(NotEvaluated::NotEvaluable),
        Ok(_) => None,
    };
    let open_dkim = dkim.iter().find_map(|check| {
        let why = match check.result {
            Err(why) => why,
            Ok(dkim::DkimResult::Temperror) => NotEvaluated::NotEvaluable,
            Ok(_) => return None,
        };
        could_align(check.domain.as_deref().unwrap_or_default()).then_some(why)
    });
    if let Some(why) = open_dkim.or(open_spf) {
        check.result = Err(why);
        check.cause = Some("a check that could have aligned was not possible".to_owned());
    }
    check
}

fn facts<'a>(subject: &Subject<'a>) -> second_opinion::Facts<'a> {
    second_opinion::Facts {
        message: subject.message.bytes,
        ip: subject.envelope.client_ip.value,
        helo: subject.envelope.helo.value.as_deref(),
        mail_from: subject.envelope.mail_from.value.as_deref(),
        rcpt_to: subject
            .envelope
            .rcpt_to
            .iter()
            .filter_map(|known| known.value.as_deref())
            .collect(),
        receiver: subject.receiver,
        clock: subject.clock,
    }
}
