//! Names that mislead (ID-603 to ID-609, ID-619, ID-621 and their kin).

use std::{collections::HashMap, sync::LazyLock};

use super::rules;
use crate::{
    case::Case,
    domain,
    finding::{Evidence, Finding, Severity},
    identity::{Identity, Role, addresses_in, domains_in, hidden_characters, is_freemail, well_known},
    verify::dmarc::DmarcResult,
};

rules! {
    /// The display name, in From or where answers go, carries an address of another organisation than the one that sends: many readers
    /// see the name alone.
    ///
    /// # When this is innocent
    /// Lists and platforms that name the person for whom they send, openly and as `via`.
    DISPLAY_ADDRESS {
        id: "ID-605",
        name: "display-email-mismatch",
        title: "The display name shows somebody else's address",
        severity: High,
        effect: Accuses,
        references: ["RFC 9989 11.4", "RFC 5322 3.4"],
        check: |rule, case| case.identities.of(Role::From).filter_map(|identity| {
            // A quoted word in front of a comma is a mailbox of its own by the grammar, and a name to whoever reads it.
            let bare = identity.address.as_deref().filter(|_| identity.domain.is_empty());
            let shown = identity.display_name.as_deref().or(bare)?;
            let address = addresses_in(shown).into_iter().find(|address| !domain::same_organisation(domain::of_address(address), &identity.domain))?;
            let finding = Finding::new(rule, format!("the name shows {address}, the address is {}", identity.address.as_deref().unwrap_or("empty")), identity_evidence(case, identity));
            Some(if declares_itself(case, identity) || is_relay_address(identity, &address) { finding.severity(Severity::Low) } else { finding })
        }).chain(case.identities.of(Role::ReplyTo).filter_map(|identity| {
            let address = addresses_in(identity.display_name.as_deref()?).into_iter().next()?;
            let name = domain::of_address(&address);
            let foreign = !domain::same_organisation(name, &identity.domain) && !case.is_authors(name);
            let finding = || Finding::new(rule, format!("answers are said to go to {address}, and go to {}", identity.address.as_deref().unwrap_or("nobody")), identity_evidence(case, identity)).severity(Severity::Medium);
            (foreign && !is_relay_address(identity, &address)).then(finding)
        })).take(1).collect(),
    }

    /// The display name carries a domain of another organisation than the one that sends, or is the bare name of a protected or
    /// well-known one.
    ///
    /// # When this is innocent
    /// Partners and resellers who name the brand that they sell; a brand that sends through a domain of another name.
    DISPLAY_BRAND {
        id: "ID-606",
        name: "display-brand-mismatch",
        title: "The display name shows somebody else's domain",
        severity: High,
        effect: Accuses,
        references: ["RFC 9989 11.4"],
        check: |rule, case| case.identities.of(Role::From).filter_map(|identity| {
            let shown = identity.display_name.as_deref()?;
            if !addresses_in(shown).is_empty() || declares_itself(case, identity) { return None }
            // `boojin.kim <boojin.kim@corp.example>` is a person.
            let is_local = |name: &str| identity.address.as_deref().is_some_and(|address| domain::split_address(address).0.to_lowercase() == name);
            let name = domains_in(shown).into_iter().find(|name| !domain::same_organisation(name, &identity.domain) && !is_local(name));
            if let Some(name) = name {
                return Some(Finding::new(rule, format!("the name shows {name}, the address is of {}", identity.domain), identity_evidence(case, identity)));
            }
            let brand = brand_shown(case, identity, shown)?;
            Some(Finding::new(rule, format!("the name is that of {brand}, the address is of {}", identity.domain), identity_evidence(case, identity)).severity(Severity::Medium))
        }).take(1).collect(),
    }

    /// The display name is that of a protected person, and the address is none of his.
    ///
    /// # When this is innocent
    /// The person writes from a private mailbox that was not listed, or bears a common name.
    DISPLAY_PERSON {
        id: "ID-607",
        name: "display-vip",
        title: "The name of a protected person on a foreign address",
        severity: High,
        effect: Accuses,
        references: ["RFC 9989 11.4"],
        check: |rule, case| case.identities.of(Role::From).filter_map(|identity| {
            let shown = identity.display_name.as_deref()?;
            let person = case.known.protect.people.iter().find(|person| !person.name.is_empty() && shown.to_lowercase().contains(&person.name.to_lowercase()))?;
            let address = identity.address.as_deref().unwrap_or_default().to_lowercase();
            (!person.addresses.contains(&address)).then(|| Finding::new(rule, format!("{} does not write from {address}", person.name), identity_evidence(case, identity)))
        }).take(1).collect(),
    }

    /// Answers go to another organisation than the author's.
    ///
    /// # When this is innocent
    /// Lists, help desks, service providers, people who prefer their private mailbox.
    REPLY_TO_DIFFERS {
        id: "ID-608",
        name: "replyto-org-differs",
        title: "Answers go elsewhere",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5322 3.6.2"],
        check: |rule, case| case.identities.of(Role::ReplyTo).filter(|reply| case.author_domain().is_some() && !reply.domain.is_empty() && !case.is_authors(&reply.domain)).take(1).map(|reply| {
            let severity = if is_freemail(&reply.domain) { Severity::Medium } else { Severity::Low };
            Finding::new(rule, format!("answers go to {}", reply.address.as_deref().unwrap_or(&reply.domain)), identity_evidence(case, reply)).severity(severity)
        }).collect(),
    }

    /// The author claims to be of the receiver's own organisation, and the message came from outside without proof.
    ///
    /// # When this is innocent
    /// Services and machines that send in the organisation's name without being authorised.
    INTERNAL_FROM_OUTSIDE {
        id: "ID-619",
        name: "internal-domain-outside",
        title: "An internal author from outside",
        severity: Critical,
        effect: Accuses,
        references: ["RFC 9989 5.3.5"],
        check: |rule, case| {
            let Some(author) = case.author_domain() else { return Vec::new() };
            let internal = case.identities.of(Role::Recipient).any(|recipient| domain::same_organisation(&recipient.domain, author))
                || case.known.protect.domains.iter().any(|own| domain::same_organisation(own, author));
            let failed = case.verification.dmarc.result == Ok(DmarcResult::Fail);
            if !internal || !failed || is_freemail(author) || case.trace.border.is_none() { return Vec::new() }
            vec![Finding::new(rule, format!("{author} is the recipient's own domain, and the message came from outside"), case.author_identity().map_or_else(|| Evidence::absence("no author"), |identity| identity_evidence(case, identity)))]
        },
    }

    /// Characters that nobody sees, or that turn the order of others around, stand in the author's name.
    ///
    /// # When this is innocent
    /// Direction marks in names of right-to-left scripts; they are left out here.
    HIDDEN_CHARACTERS {
        id: "ID-631",
        name: "hidden-characters",
        title: "Hidden characters in the author's name",
        severity: High,
        effect: Accuses,
        references: ["UTR 36 3", "RFC 9839"],
        check: |rule, case| case.identities.of(Role::From).filter_map(|identity| {
            let shown = identity.display_name.as_deref()?;
            let hidden = hidden_characters(shown);
            let codes: Vec<String> = hidden.iter().map(|c| format!("U+{:04X}", u32::from(*c))).collect();
            (!codes.is_empty()).then(|| Finding::new(rule, format!("the name hides {}", codes.join(", ")), identity_evidence(case, identity)))
        }).take(1).collect(),
    }

    /// The display name is so long, or so padded, that the address is pushed out of sight.
    ///
    /// # When this is innocent
    /// Long names of departments stay well below the limit.
    DISPLAY_PADDING {
        id: "ID-621",
        name: "display-padding",
        title: "The display name pushes the address out of sight",
        severity: High,
        effect: Accuses,
        references: ["RFC 9989 11.4"],
        check: |rule, case| case.identities.of(Role::From).filter(|identity| identity.display_name.as_deref().is_some_and(is_padded)).take(1)
            .map(|identity| Finding::new(rule, "the name is padded or far longer than any reader shows", identity_evidence(case, identity))).collect(),
    }

    /// A field that only groups and lists write names another author, and no list handed the message over.
    ///
    /// # When this is innocent
    /// Groups services write it; then the list shows itself by its own evidence.
    ORIGINAL_FROM_CLAIMED {
        id: "ID-632",
        name: "original-from-unsupported",
        title: "Another author is claimed that no list vouches for",
        severity: High,
        effect: Accuses,
        references: ["RFC 7960 4.1.3.3"],
        check: |rule, case| {
            if case.has_flow("FL-1") || case.has_flow("FL-3") { return Vec::new() }
            // Gmail itself writes X-Google-Original-From where its user asked for a From that is not his, and signs as itself.
            let gmail = case.author_domain().is_some_and(|name| matches!(name, "gmail.com" | "googlemail.com")) && case.proving_signatures().next().is_some();
            ["X-Original-From", "X-Google-Original-From", "X-Original-Sender"].into_iter().filter(|name| !(gmail && name.starts_with("X-Google"))).filter_map(|name| {
                let field = case.message.field(name)?;
                let claimed = field.addresses().mailboxes.first()?;
                (!claimed.domain.is_empty() && case.author_domain().is_some() && !case.is_authors(&claimed.domain)).then(|| {
                    Finding::new(rule, format!("{name} names {}", claimed.address.as_ref().unwrap_or(&claimed.domain)), Evidence::field(field))
                })
            }).take(1).collect()
        },
    }

    /// A calendar part names an organizer of another organisation than the author: accepting answers, and the reader's calendar shows,
    /// somebody who did not send the invitation.
    ///
    /// # When this is innocent
    /// Calendar services that send for the organizer, and say so in Sender or Reply-To.
    FOREIGN_ORGANIZER {
        id: "ID-633",
        name: "calendar-organizer-differs",
        title: "The invitation names another organizer",
        severity: High,
        effect: Accuses,
        references: ["RFC 5546 2.1.3", "RFC 6047 3"],
        check: |rule, case| foreign_organizer(case).map(|(address, evidence)| {
            Finding::new(rule, format!("the calendar part is organised by {address}"), evidence)
        }).into_iter().collect(),
    }

    /// List fields stand in the message, and no list is seen to have handed it over.
    ///
    /// # When this is innocent
    /// Bulk mail uses List-Unsubscribe alone, which raises nothing here.
    LIST_CLAIM_UNSUPPORTED {
        id: "ID-624",
        name: "list-claim-unsupported",
        title: "A mailing list is claimed that nothing shows",
        severity: Low,
        effect: Neutral,
        references: ["RFC 2919 2"],
        check: |rule, case| {
            if case.has_flow("FL-1") || case.trace.border.is_none() { return Vec::new() }
            ["List-Id", "List-Post", "X-BeenThere"].into_iter().filter_map(|name| case.message.field(name)).take(1)
                .map(|field| Finding::new(rule, "the fields of a list stand here, the message did not come from its servers", Evidence::field(field))).collect()
        },
    }
}

pub(super) fn identity_evidence(case: &Case<'_>, identity: &Identity) -> Evidence {
    match (
        identity.span,
        identity.field_index.and_then(|index| case.message.fields.get(index)),
    ) {
        (Some(span), Some(field)) => Evidence::quote(field, span).written_by("sender side"),
        (None, Some(field)) => Evidence::field(field),
        _ => Evidence::derivation("an envelope address"),
    }
}

/// Whether a name says openly that somebody is represented: `Person via Service`, in mail that the service signs as itself.
fn declares_itself(case: &Case<'_>, identity: &Identity) -> bool {
    let via = identity
        .display_name
        .as_deref()
        .is_some_and(|name| name.to_lowercase().contains(" via "));
    via && (case.has_flow("FL-1")
        || case.has_flow("FL-3")
        || case.proving_signatures().next().is_some() && case.message.field("List-Id").is_some())
}

/// A privacy relay's address, which holds the one that it stands for: `ann_at_bank.example_x1@relay.example`, `ann=bank.example@...`.
fn is_relay_address(identity: &Identity, shown: &str) -> bool {
    let letters = |text: &str| {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_lowercase()
    };
    let Some((local, _)) = identity.address.as_deref().and_then(|address| address.rsplit_once('@')) else {
        return false;
    };
    let (person, name) = domain::split_address(shown);
    let forms = [format!("{person}at{name}"), format!("{person}{name}")];
    forms.iter().any(|form| letters(local).starts_with(&letters(form)))
}

/// A name of this length or with this gap leaves no room for the address in any reader.
fn is_padded(name: &str) -> bool {
    name.chars().count() > 150 || name.contains("        ") || name.contains('\n')
}

/// Words that a brand's departments add to its name.
const DEPARTMENTS: [&str; 34] = [
    "account",
    "accounts",
    "alert",
    "alerts",
    "billing",
    "care",
    "center",
    "centre",
    "com",
    "customer",
    "de",
    "delivery",
    "express",
    "gmbh",
    "help",
    "helpdesk",
    "inc",
    "info",
    "llc",
    "mail",
    "member",
    "notification",
    "notifications",
    "online",
    "payment",
    "payments",
    "security",
    "service",
    "services",
    "shipping",
    "support",
    "team",
    "update",
    "updates",
];

/// The protected or well-known domain whose bare name the display name is: its first label, alone or with a department.
fn brand_shown(case: &Case<'_>, identity: &Identity, shown: &str) -> Option<String> {
    let text = crate::identity::shown(shown).to_lowercase();
    let mut words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let first = words.next()?;
    if identity.domain.is_empty() || !words.all(|word| DEPARTMENTS.contains(&word)) {
        return None;
    }
    let mut protected = case.known.protect.domains.iter().map(String::as_str);
    let protected = protected.find(|name| first_label(name) == first);
    let brand = protected.or_else(|| BRANDS.get(first).copied())?;
    // A domain that holds the brand's name is a look-alike or the brand's own: not this rule's business.
    let its_own = first_label(&domain::organisational(&identity.domain)).contains(first);
    (!its_own).then(|| brand.to_owned())
}

fn first_label(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

/// The well-known domains by their first labels, where those are no words of the language; of several the first.
static BRANDS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let mut brands = HashMap::new();
    for name in well_known().filter(|name| !WORDS.contains(name) && first_label(name).len() >= MIN_BRAND) {
        brands.entry(first_label(name)).or_insert(name);
    }
    brands
});

/// Brands of fewer letters are also other things.
const MIN_BRAND: usize = 5;

/// Well-known names that are words of the language: with another word beside them they are nobody's.
pub(super) const WORDS: [&str; 4] = ["booking.com", "chase.com", "office.com", "stripe.com"];

/// The organizer of a calendar part, where he is of another organisation than everyone in From, Sender and Reply-To.
fn foreign_organizer(case: &Case<'_>) -> Option<(String, Evidence)> {
    let author = case.author_domain()?;
    let part = case
        .mime
        .parts
        .iter()
        .find(|part| part.content_type == "text/calendar")?;
    let content = case.message.quote(part.content);
    let at = content.find("ORGANIZER")?;
    let line_end = content[at..].find(['\r', '\n']).map_or(content.len(), |end| at + end);
    let line = &content[at..line_end];
    let address = line
        .to_lowercase()
        .split_once("mailto:")
        .map(|(_, address)| address.trim().to_owned())?;
    let organizer = domain::normalise(domain::of_address(&address));
    let agents = case
        .identities
        .of(Role::Sender)
        .chain(case.identities.of(Role::ReplyTo));
    let declared = agents
        .map(|identity| identity.domain.as_str())
        .any(|name| domain::same_organisation(name, &organizer));
    if organizer.is_empty() || domain::same_organisation(&organizer, author) || declared {
        return None;
    }
    // Lossy text keeps its offsets only where the part is valid UTF-8; otherwise the whole part is quoted.
    let exact = content.len() == part.content.end - part.content.start;
    let span = if exact {
        crate::message::Span {
            start: part.content.start + at,
            end: part.content.start + line_end,
        }
    } else {
        part.content
    };
    Some((address, Evidence::bytes(case.message, span)))
}
