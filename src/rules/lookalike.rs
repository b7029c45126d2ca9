//! Domains that are made to be taken for others (ID-603, ID-604, ID-609).

use std::sync::LazyLock;

use super::{
    deception::{WORDS, identity_evidence},
    rules,
};
use crate::{
    case::Case,
    domain,
    finding::{Effect, Finding, Severity},
    identity::{Identity, Look, Resemblance, Role, is_mixed_script, is_well_known, resembles, well_known},
    memo::Memo,
};

rules! {
    /// The author's domain is made to be taken for one that the reader knows: his own, a protected one, or one that everybody knows.
    ///
    /// # When this is innocent
    /// Brands own look-alikes of themselves, and short names resemble each other by chance. The reader's own name under another suffix
    /// accuses nobody, nor does a well-known name under a country's: organisations own several.
    LOOKALIKE_DOMAIN {
        id: "ID-603",
        name: "lookalike-domain",
        title: "The author's domain imitates another one",
        severity: High,
        effect: Accuses,
        references: ["RFC 9989 11.4"],
        check: |rule, case| lookalike(case, Role::From).map(|(identity, message, own_suffix)| {
            let mut finding = Finding::new(rule, message, identity_evidence(case, identity));
            if own_suffix {
                finding = finding.severity(Severity::Low);
                finding.effect = Effect::Neutral;
            }
            finding
        }).into_iter().collect(),
    }

    /// The author's domain mixes writing systems inside one word, or is written with letters that look like others: the reader sees
    /// another name than the one that was checked.
    ///
    /// # When this is innocent
    /// Names in one script are how other languages are written, and raise nothing.
    CONFUSABLE_DOMAIN {
        id: "ID-604",
        name: "confusable-domain",
        title: "The author's domain mixes writing systems",
        severity: High,
        effect: Accuses,
        references: ["UTS 39 5.1", "RFC 5890 4.4"],
        check: |rule, case| case.identities.of(Role::From).filter(|identity| is_mixed_script(&identity.domain)).take(1).map(|identity| {
            Finding::new(rule, format!("{} is shown as {}", identity.domain, idna::domain_to_unicode(&identity.domain).0), identity_evidence(case, identity))
        }).collect(),
    }

    /// Answers go to a domain that imitates the author's.
    ///
    /// # When this is innocent
    /// An organisation with several similar domains of its own.
    REPLY_TO_LOOKALIKE {
        id: "ID-609",
        name: "replyto-lookalike",
        title: "Answers go to a look-alike of the author's domain",
        severity: Critical,
        effect: Accuses,
        references: ["RFC 9989 11.4"],
        check: |rule, case| case.identities.of(Role::ReplyTo).filter_map(|reply| {
            let author = case.author_domain()?;
            let resemblance = resemblance(&reply.domain, author)?;
            Some(Finding::new(rule, format!("{} {} {author}", reply.domain, resemblance.words()), identity_evidence(case, reply)))
        }).take(1).collect(),
    }
}

/// Which well-known name a domain imitates. The list is the same for every message.
static WELL_KNOWN_LIKE: LazyLock<Memo<Option<(String, Resemblance)>>> = LazyLock::new(Memo::new);
static WELL_KNOWN_LOOKS: LazyLock<Vec<Look>> = LazyLock::new(|| well_known().map(Look::of).collect());

/// How two domains resemble each other: a mailbox holds the same pairs again and again.
static RESEMBLANCES: LazyLock<Memo<Option<Resemblance>>> = LazyLock::new(Memo::new);

fn resemblance(candidate: &str, genuine: &str) -> Option<Resemblance> {
    // The length in front: no two pairs may be written the same.
    let pair = [&candidate.len().to_ne_bytes(), candidate.as_bytes(), genuine.as_bytes()].concat();
    RESEMBLANCES.of(&pair, || resembles(candidate, genuine))
}

fn like_well_known(name: &str) -> Option<(String, Resemblance)> {
    let look = Look::of(name);
    let mut found = WELL_KNOWN_LOOKS.iter().filter_map(|known| {
        look.resembles(known)
            .map(|resemblance| (known.name().to_owned(), resemblance))
    });
    found.find(|(known, resemblance)| *resemblance != Resemblance::Hyphenated || !WORDS.contains(&known.as_str()))
}

/// The first identity in a role that imitates a protected domain, a well-known one, or the recipient's; and whether it may be that
/// organisation's own name under another suffix: the recipient's under any, a well-known one under a country's.
fn lookalike<'c>(case: &'c Case<'_>, role: Role) -> Option<(&'c Identity, String, bool)> {
    let protected: Vec<&str> = case.known.protect.domains.iter().map(String::as_str).collect();
    let readers = case.identities.recipient_domains();
    // Others whom the message names, and those whose messages it answers: of so many, only what looks or reads alike counts.
    let answered = thread_domains(case);
    let recipients = case.identities.visible();
    let others = answered.iter().map(String::as_str);
    let others = others
        .chain(recipients.map(|identity| identity.domain.as_str()))
        .take(MAX_OTHERS);
    case.identities.of(role).find_map(|identity| {
        let own = |name: &str| domain::same_organisation(name, &identity.domain);
        if protected.iter().chain(&readers).any(|name| own(name))
            || others.clone().any(own)
            || is_well_known(&identity.domain)
        {
            return None;
        }
        let resembled =
            |name: &str| resemblance(&identity.domain, name).map(|resemblance| (name.to_owned(), resemblance));
        let of_country = identity.domain.rsplit('.').next().is_some_and(|top| top.len() == 2);
        let known = || WELL_KNOWN_LIKE.of(identity.domain.as_bytes(), || like_well_known(&identity.domain));
        let found = protected
            .iter()
            .find_map(|name| resembled(name))
            .map(|found| (found, false));
        let found = found.or_else(|| known().map(|found| (found, of_country)));
        let found = found.or_else(|| {
            readers
                .iter()
                .find_map(|name| resembled(name))
                .map(|found| (found, true))
        });
        let alike = |found: &(String, Resemblance)| {
            matches!(
                found.1,
                Resemblance::Confusable | Resemblance::AsciiConfusable | Resemblance::Typo
            )
        };
        let of_others = || {
            others
                .clone()
                .find_map(|name| resembled(name).filter(alike))
                .map(|found| (found, false))
        };
        let ((name, resemblance), may_be_own) = found.or_else(of_others)?;
        let own_suffix = may_be_own && resemblance == Resemblance::OtherSuffix;
        Some((
            identity,
            format!("{} {} {name}", identity.domain, resemblance.words()),
            own_suffix,
        ))
    })
}

/// Domains that the author is compared with at most.
const MAX_OTHERS: usize = 64;

/// The hosts in the Message-IDs that this message answers (RFC 5322 3.6.4), as organisations.
fn thread_domains(case: &Case<'_>) -> Vec<String> {
    let fields = ["In-Reply-To", "References"]
        .into_iter()
        .filter_map(|name| case.message.field(name));
    let mut found: Vec<String> = Vec::new();
    for field in fields {
        let text = field.text();
        for id in text.split_ascii_whitespace().take(MAX_OTHERS) {
            let host = domain::normalise(domain::of_address(id.trim_matches(['<', '>'])));
            let name = domain::organisational(&host);
            let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
            if plain && name.contains('.') && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}
