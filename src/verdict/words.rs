//! The verdict in sentences.

use super::{
    Label,
    grounds::{Decision, Ground, unknown_handler},
};
use crate::{
    case::Case,
    dns::Answer,
    ip,
    trace::RdnsStatus,
    verify::{
        NotEvaluated,
        arc::ArcResult,
        dmarc::{DmarcResult, Policy},
        iprev,
    },
    words::counted,
};

/// Who the reader sees, where the message came in, and why that leads to the label.
pub(super) fn summary(case: &Case<'_>, decision: &Decision) -> String {
    ["The reader sees ", &author(case), ". ", &reason(case, decision)].concat()
}

/// Words before the author that are told with the name.
const MAX_WORDS: usize = 4;

/// The author as the reader sees him.
fn author(case: &Case<'_>) -> String {
    let Some(author) = case.author() else {
        return "no author".to_owned();
    };
    // An unquoted comma makes a mailbox of the beginning of a name (`Bank, Service <a@b.example>`).
    let mailboxes = case.authors.mailboxes.iter();
    let before = mailboxes.take_while(|mailbox| mailbox.domain.is_empty() && !author.domain.is_empty());
    let words = before.map(|mailbox| mailbox.name_or_local());
    let mut name: Vec<&str> = words.filter(|word| !word.is_empty()).take(MAX_WORDS).collect();
    name.extend(author.display_name.as_deref());
    let name = name.join(", ");
    match (name.as_str(), &author.address) {
        ("", Some(address)) => address.clone(),
        (name, Some(address)) => [name, " <", address, ">"].concat(),
        ("", None) => "an empty author".to_owned(),
        (name, None) => format!("{name}, without an address"),
    }
}

/// `203.0.113.66 (mail.evil.example)`: by the name that the server found for the address; else what the client called itself.
fn client(case: &Case<'_>) -> String {
    let Some(ip) = case.envelope.client_ip.value else {
        return "an unknown client".to_owned();
    };
    let border = case.trace.border_hop().filter(|hop| hop.from.ip == Some(ip));
    let found = border.filter(|hop| hop.from.rdns_status == RdnsStatus::Ok);
    let ip = ip::text(ip);
    match (
        found.and_then(|hop| hop.from.rdns.as_deref()),
        &case.envelope.helo.value,
    ) {
        (Some(name), _) => [&ip, " (", name, ")"].concat(),
        (None, Some(helo)) if !helo.is_empty() => [&ip, " (calling itself ", helo, ")"].concat(),
        _ => ip,
    }
}

fn reason(case: &Case<'_>, decision: &Decision) -> String {
    let verification = &case.verification;
    let domain = case.author_domain().unwrap_or("the author's domain");
    let client = client(case);
    match decision.ground {
        Ground::ForgedDomain => {
            let asks = match verification.dmarc.policy {
                Some(Policy::Reject) => "reject",
                _ => "quarantine",
            };
            format!(
                "The message entered from {client}; neither that server nor a signature is authorised by {domain}, which asks receivers to {asks} such mail."
            )
        }
        Ground::AmbiguousAuthor => {
            let refused = |name: &str| case.refusal_of(name).is_some_and(|policy| policy > Policy::None);
            let one_refused = case.readings.iter().filter_map(|reading| reading.domain.as_deref()).any(refused);
            let why = if one_refused { "one of them is refused by his own domain's policy" } else { "the return path is the account of one of them: the other was put there to be shown" };
            format!("From is written so that different readers see different authors, and {why}.")
        }
        Ground::SiblingUnderStrictPolicy => format!(
            "It is authenticated for another name of the same organisation, while {domain} demands the exact name (strict alignment)."
        ),
        Ground::ExpiredSignature => format!(
            "The signature of {domain} is genuine and had expired before the message came in from {client}: a message captured earlier and sent again."
        ),
        Ground::AlteredAfterDelivery => format!(
            "The header is authentic: {domain} signed it and the receiver saw the signature verify. The stored body is not the one that was signed and delivered."
        ),
        Ground::AlteredOnTheWay => format!(
            "{domain} signed this header, but not this body, and no list or gateway is seen that could have changed it before it came in from {client}."
        ),
        Ground::HollowProof => format!(
            "{domain} passes its checks by the letter, and the pass proves nothing here: it came in from {client}, which others than its owner can use."
        ),
        Ground::SharedProof => format!("{domain} passes its checks by the letter, and what passes is not his alone: the term of SPF that lets the client in lets in strangers too, or the key is on trial."),
        Ground::Misleading => "What is checked and what is shown are not the same: the sender is who his servers say, and shows himself as somebody else.".to_owned(),
        Ground::TrustedSealer => format!("What proves {domain} was broken on the way; a sealer named as trusted recorded that it held when the message came in there, and the chain of seals holds."),
        Ground::Proven if case.proving_signatures().next().is_some() => ["A signature of ", domain, " verifies over what is shown."].concat(),
        Ground::Proven => format!("It entered from {client}, which {domain} authorises by SPF."),
        Ground::RecordedPass => format!(
            "The check cannot be repeated today; at delivery a trusted receiver recorded that {domain} passed."
        ),
        Ground::RecordedFail => format!("The check cannot be repeated with the answers at hand; at delivery a trusted receiver recorded that {domain} failed."),
        Ground::Restored => {
            let handler = if case.flows.is_empty() { String::new() } else { format!(" by {}", lower_first(&flows(case))) };
            format!("An author of {domain} wrote it, and it was changed on the way{handler}. The signature fails as it stands and verifies once {} undone: nothing else in the signed text was altered.", edits(case))
        }
        Ground::AddedByUnknown => format!("What {domain} signed is intact: the signature verifies once {} undone. Nobody is seen who could have added that text, so it counts as a stranger's.", edits(case)),
        Ground::AuthorIntactThroughFlow => format!("{domain} signed this header; on the way {} changed the rest, as such handling does.", lower_first(&flows(case))),
        Ground::RewrittenInFlow => format!("{domain} signed a message of this author; on the way its text was altered beyond what lists and gateways are known to do. {} passed it on and answers for the words that stand here now.", flows(case)),
        Ground::VouchedByFlow => format!("{} changed the message, so the signature of {domain} no longer verifies; the handler recorded that it did when it came in.", flows(case)),
        Ground::FlowWithoutProof => format!("{} explains why {domain} fails its checks, and nothing is left that would prove the author either.", flows(case)),
        Ground::UnsignedInFlow => format!("{} passed it on, and nothing in it is signed by {domain}, which asks receivers to refuse what nothing proves; lists break signatures and take none away.", flows(case)),
        Ground::TestimonyAgainst => format!("{} passed it on, and had it from a client for which {domain} does not vouch.", flows(case)),
        Ground::FailsWithoutPolicy => format!(
            "The message entered from {client}; nothing proves {domain}, whose policy asks for reports only."
        ),
        Ground::MissingDomain => format!("{domain} does not exist, so nobody can have authorised this message from {client}."),
        Ground::Unauthorised => format!("{domain} does not authorise {client}, from which the message entered; it publishes no DMARC policy."),
        Ground::NoDomain => "From names no domain, so nothing can be checked, while readers may complete it with their own.".to_owned(),
        Ground::Internal => format!("Only servers and clients of {domain} itself handled it, as its own servers recorded; nothing came from outside."),
        Ground::NoTrace => "The message carries no trace of a delivery, so nothing can be verified: a copy from a Sent folder looks so, and an invention too.".to_owned(),
        Ground::Undecidable => undecidable(case, domain),
    }
}

fn undecidable(case: &Case<'_>, domain: &str) -> String {
    let dmarc = &case.verification.dmarc;
    match dmarc.result {
        Err(NotEvaluated::NotAsked) => format!("The DNS answers that would prove or refute {domain} were not asked."),
        Err(NotEvaluated::KeyGone) => format!(
            "A signature names {domain} and a key that is not published, so it can be neither confirmed nor refuted."
        ),
        Err(NotEvaluated::NoClientIp) => {
            format!("The address from which it came in is not known, so SPF for {domain} cannot be judged.")
        }
        Err(NotEvaluated::NotEvaluable) if case.author_domain().is_none() => {
            "There is no single author whose domain could be checked.".to_owned()
        }
        Err(NotEvaluated::NotEvaluable) => format!("A check that could prove {domain} was not possible."),
        Ok(crate::verify::dmarc::DmarcResult::Temperror) => {
            format!("DNS failed for {domain}, so neither a pass nor a failure is known.")
        }
        Ok(crate::verify::dmarc::DmarcResult::Fail) => {
            format!("Nothing proves {domain}, and what speaks against it is not certain enough to refute it.")
        }
        _ => format!("Nothing proves {domain}, and its owner publishes nothing that would contradict."),
    }
}

/// What was edited on the way, in words, with its verb.
fn edits(case: &Case<'_>) -> String {
    let found = case.restored_signatures().next();
    let mut kinds: Vec<&str> = found
        .iter()
        .flat_map(|(_, found)| &found.edits)
        .map(|edit| edit.kind.phrase())
        .collect();
    kinds.dedup();
    match kinds.split_last() {
        Some((last, [])) => format!("{last} is"),
        Some((last, rest)) => format!("{} and {last} are", rest.join(", ")),
        None => "an edit is".to_owned(),
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The flows by name, as the subject of a sentence.
fn flows(case: &Case<'_>) -> String {
    let names: Vec<String> = case
        .flows
        .iter()
        .map(|flow| match flow.id {
            "FL-1" | "FL-2" | "FL-3" => "a mailing list".to_owned(),
            "FL-4" | "FL-5" => "a forwarder".to_owned(),
            "FL-8" => "a person who sent it again".to_owned(),
            _ => flow.name.replace('-', " "),
        })
        .collect();
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    let text = distinct.join(" and ");
    let mut letters = text.chars();
    letters.next().map_or_else(
        || "A handler".to_owned(),
        |first| first.to_uppercase().chain(letters).collect(),
    )
}

/// What could not be known, each with the reason. Unknown, not asked, not found and failed are different sentences.
pub(super) fn unknowns(case: &Case<'_>, decision: &Decision) -> Vec<String> {
    let verification = &case.verification;
    let mut all = Vec::new();
    // The client's name is for information: its absence leaves nothing open.
    let asked = |wanted: fn(&Answer) -> bool| {
        let weighty = verification
            .asked
            .iter()
            .filter(|asked| asked.purpose != iprev::PURPOSE);
        weighty.filter(|asked| wanted(&asked.answer)).count()
    };
    let mut note = |number: usize, told: &str| {
        if number > 0 {
            all.push(format!("{} {told}", counted(number, "DNS question")));
        }
    };
    let not_asked = asked(|answer| *answer == Answer::NotAsked);
    let verb = if not_asked == 1 { "was" } else { "were" };
    note(not_asked, &format!("{verb} not asked"));
    let failed = asked(|answer| matches!(answer, Answer::Failed(_)));
    note(failed, "failed: the server gave no usable answer");
    note(asked(|answer| *answer == Answer::TimedOut), "timed out");
    let gone = verification
        .dkim
        .iter()
        .filter(|check| check.result == Err(NotEvaluated::KeyGone));
    all.extend(gone.map(|check| {
        format!(
            "whether the signature of {} was valid: its key is gone",
            check.domain.as_deref().unwrap_or("an unnamed domain")
        )
    }));
    if verification.asked.iter().any(|asked| asked.stale) {
        all.push("some DNS answers are more than 180 days younger than the message".to_owned());
    }
    if case.trace.border.is_none() && !case.trace.hops.is_empty() {
        all.push("where the message came in from outside".to_owned());
    }
    if case.envelope.mail_from.value.is_none() {
        all.push("the return path (MAIL FROM): no trusted field names it".to_owned());
    }
    if case.message.body.is_none() && !verification.dkim.is_empty() {
        all.push("the body: only the header was given".to_owned());
    }
    let unnamed = verification.arc.result == Ok(ArcResult::Pass) && case.known.trusted_sealers.is_empty();
    if unnamed && verification.dmarc.result != Ok(DmarcResult::Pass) {
        all.push(
            "whether the sealers of the ARC chain deserve trust: --trusted-sealer says so of those that you know"
                .to_owned(),
        );
    }
    if let Err(why) = verification.arc.result {
        let cause = verification.arc.cause.as_deref().unwrap_or(why.word());
        all.push(format!("whether the ARC chain holds: {cause}"));
    }
    if decision.label != Label::NotSpoofed && verification.dmarc.result == Ok(DmarcResult::Fail) {
        all.extend(unknown_handler(case).map(|(handler, client)| {
            let (handler, client) = (ip::text(handler), ip::text(client));
            format!("whether {handler} handles mail for the recipient, and had this from {client} as it says: --trusted-relay {handler} believes it")
        }));
    }
    all
}

/// What to do next, the most useful first.
pub(super) fn next_steps(case: &Case<'_>, decision: &Decision) -> Vec<String> {
    let mut all = Vec::new();
    match decision.label {
        Label::Spoofed => {
            all.push("treat as forged; keep the original file, its sha256 stands in this report".to_owned())
        }
        Label::LikelySpoofed => all.push("treat as forged until the author confirms by another way".to_owned()),
        Label::Deceptive => all.push("ask the person shown by a way that you already know".to_owned()),
        Label::Inconclusive | Label::NotSpoofed => {}
    }
    let lacking = case
        .verification
        .asked
        .iter()
        .any(|asked| matches!(asked.answer, Answer::NotAsked | Answer::TimedOut | Answer::Failed(_)));
    if lacking && decision.label != Label::Spoofed {
        all.push(
            "ask the missing DNS questions: `spoofcheck dns plan` lists them, `--dns record=FILE` keeps the answers"
                .to_owned(),
        );
    }
    let believed = !case.known.authserv_ids.is_empty();
    let unsure = case
        .trace
        .border
        .as_ref()
        .is_none_or(|border| border.confidence < crate::trace::Confidence::High);
    if !believed && unsure && !case.trace.hops.is_empty() && decision.label == Label::Inconclusive {
        all.push("name your own server with --authserv-id, or the client with --client-ip".to_owned());
    }
    if decision.label == Label::Inconclusive && case.trace.hops.is_empty() {
        all.push("get the message from the recipient's mailbox, with its full header".to_owned());
    }
    if decision.label == Label::NotSpoofed {
        all.push(
            "the author's domain is consistent; that says nothing of his intent or of a stolen account".to_owned(),
        );
    }
    all
}
