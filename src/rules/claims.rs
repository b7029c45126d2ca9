//! What a message claims of itself, and whether it fits (ID-615 to ID-634), with what the author's domain publishes (AU-403, AU-409,
//! AU-426).

use std::borrow::Cow;

use super::rules;
use crate::{
    case::Case,
    dns::RecordType,
    domain,
    finding::{Evidence, Finding, Severity},
    identity::{is_freemail, well_known},
    recorded::same_operator,
    trace::Zone,
};

/// Providers whose users' mail leaves through the provider's own servers, by one of their names.
const PROVIDERS: [&str; 4] = ["google.com", "outlook.com", "yahoo.com", "icloud.com"];

/// Mail programs by how X-Mailer or User-Agent begins, and how the boundaries that they write begin.
const PROGRAMS: [(&str, &[&str]); 5] = [
    ("Microsoft Outlook Express", &["----=_NextPart_"]),
    (
        "Microsoft Outlook",
        &[
            "----=_NextPart_",
            "_000_",
            "_001_",
            "_002_",
            "_003_",
            "_004_",
            "_005_",
            "_006_",
            "_007_",
            "_008_",
            "_009_",
            "_010_",
        ],
    ),
    ("Mozilla Thunderbird", &["------------"]),
    ("Apple Mail", &["Apple-Mail"]),
    ("iPhone Mail", &["Apple-Mail"]),
];

rules! {
    /// Nobody signed the message. It weighs more where the mailbox shows that the author's organisation signs (`scan --habits`).
    ///
    /// # When this is innocent
    /// Small servers, printers, bounces: by itself always.
    DKIM_NONE {
        id: "AU-403",
        name: "dkim-none",
        title: "The message is not signed",
        severity: Info,
        effect: Neutral,
        references: ["RFC 6376 6.1"],
        check: |rule, case| {
            if !case.verification.dkim.is_empty() { return Vec::new() }
            let unsigned = Finding::new(rule, "there is no DKIM-Signature", Evidence::absence("no DKIM-Signature in the header"));
            vec![match case.habits.usually_signed {
                Some((signed, all)) => unsigned.severity(Severity::Low).and(Evidence::derivation(format!("{signed} of {all} messages of the author's organisation in this mailbox are signed"))),
                None => unsigned,
            }]
        },
    }

    /// A signature verifies, and leaves fields unsigned that a reader relies on: they can be changed without breaking it.
    ///
    /// # When this is innocent
    /// Signers that sign the least: the fields are mostly genuine all the same.
    UNSIGNED_FIELDS {
        id: "AU-409",
        name: "dkim-unsigned-critical",
        title: "Fields that readers rely on are not signed",
        severity: Low,
        effect: Neutral,
        references: ["RFC 6376 5.4.1"],
        check: |rule, case| case.proving_signatures().take(2).filter_map(|check| {
            let signed = |name: &str| check.signed_fields.iter().any(|field| field.eq_ignore_ascii_case(name));
            let open: Vec<&str> = ["Subject", "To", "Date", "Reply-To", "Content-Type"].into_iter().filter(|name| case.message.field(name).is_some() && !signed(name)).collect();
            let weight = if open.contains(&"Subject") || open.contains(&"Reply-To") { Severity::Medium } else { Severity::Low };
            (!open.is_empty()).then(|| Finding::new(rule, format!("{} is not signed", open.join(", ")), Evidence::field_at(case.message, check.field_index)).severity(weight))
        }).collect(),
    }

    /// The author's domain does not exist, or states that it takes no mail.
    ///
    /// # When this is innocent
    /// Machines that write from internal names; domains that were given up since.
    AUTHOR_DOMAIN_DEAD {
        id: "AU-426",
        name: "author-domain-dead",
        title: "The author's domain takes no mail",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 7505 3", "RFC 5321 5.1"],
        check: |rule, case| {
            let Some(author) = case.author_domain() else { return Vec::new() };
            if case.verification.dmarc.domain_exists == Some(false) {
                return vec![Finding::new(rule, format!("{author} does not exist"), Evidence::derivation("no address, no mail server and no text record was found for it"))];
            }
            let null_mx = case.verification.asked.iter().find(|asked| asked.question.rtype == RecordType::Mx && asked.question.name.trim_end_matches('.') == author
                && asked.answer.records().iter().any(|data| data.to_text().trim_end_matches('.').trim() == "0"));
            null_mx.map(|asked| Finding::new(rule, format!("{author} publishes a null MX: it takes no mail"), Evidence::record(asked.question.clone(), "0 ."))).into_iter().collect()
        },
    }

    /// The author has a mailbox at a large provider, and the message did not come from that provider's servers, nor does it bear its
    /// signature.
    ///
    /// # When this is innocent
    /// Lists that leave From alone; old addresses that people use with another server.
    NOT_FROM_PROVIDER {
        id: "ID-615",
        name: "provider-user-not-from-provider",
        title: "A provider's user, and not the provider's server",
        severity: High,
        effect: Accuses,
        references: ["RFC 9989 5.3.5"],
        check: |rule, case| {
            let Some(author) = case.author_domain().filter(|name| is_freemail(name)) else { return Vec::new() };
            let Some(provider) = PROVIDERS.into_iter().find(|provider| same_operator(author, provider)) else { return Vec::new() };
            let Some(hop) = case.trace.border_hop() else { return Vec::new() };
            let client = hop.from.rdns.as_deref().or(hop.from.helo.as_deref()).map(domain::normalise).unwrap_or_default();
            let signed = case.aligned_signatures().next().is_some() || case.recorded_author_pass().is_some() || case.spf_proves();
            let through = case.trace.hops.iter().any(|hop| hop.by.host.as_deref().is_some_and(|by| same_operator(&domain::normalise(by), provider)) && hop.zone == Zone::Untrusted);
            if client.is_empty() || same_operator(&client, provider) || signed || case.is_handled() { return Vec::new() }
            let weight = if through { Severity::Medium } else { Severity::High };
            vec![Finding::new(rule, format!("{author} is {provider}'s, the message came from {client}"), Evidence::field_at(case.message, hop.field_index).written_by("receiver")).severity(weight)]
        },
    }

    /// The Message-ID names a host of none of those whom the message names.
    ///
    /// # When this is innocent
    /// Services and mail programs that use names of their own: three of four phishes and much honest mail.
    MESSAGE_ID_FOREIGN {
        id: "ID-616",
        name: "message-id-foreign",
        title: "The Message-ID is of another organisation",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5322 3.6.4"],
        check: |rule, case| {
            let Some((field, host)) = message_id_host(case) else { return Vec::new() };
            let signers = case.verification.dkim.iter().filter_map(|check| check.domain.as_deref());
            let known = case.identities.all.iter().map(|identity| identity.domain.as_str()).chain(signers).any(|name| domain::same_organisation(name, &host));
            if known || !host.contains('.') { return Vec::new() }
            vec![Finding::new(rule, format!("it names {host}"), Evidence::field(field))]
        },
    }

    /// The Message-ID has the form of a large provider's, and no hop, signature or client of that provider is seen.
    ///
    /// # When this is innocent
    /// Lists and forwarders that removed the trace; programs that keep the id of a draft.
    MESSAGE_ID_SHAPE {
        id: "ID-617",
        name: "message-id-shape",
        title: "The Message-ID claims a provider that is not in the trace",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 5322 3.6.4"],
        check: |rule, case| {
            let Some((field, host)) = message_id_host(case) else { return Vec::new() };
            let provider = [("mail.gmail.com", "google.com"), ("outlook.com", "outlook.com"), ("mail.yahoo.com", "yahoo.com"), ("amazonses.com", "amazonses.com")]
                .into_iter().find(|(suffix, _)| domain::is_within(&host, suffix)).map(|(_, provider)| provider);
            let Some(provider) = provider else { return Vec::new() };
            let of = |name: &str| same_operator(&domain::normalise(name), provider);
            let hops = case.trace.hops.iter().flat_map(|hop| [hop.by.host.as_deref(), hop.from.rdns.as_deref(), hop.from.helo.as_deref()]).flatten().any(of);
            let gmail_inside = case.trace.hops.iter().any(|hop| hop.by.product.as_deref() == Some("gmail"));
            let signed = case.verification.dkim.iter().filter_map(|check| check.domain.as_deref()).any(of);
            if hops || gmail_inside || signed || case.is_handled() || case.trace.hops.is_empty() || case.author_domain().is_some_and(of) { return Vec::new() }
            vec![Finding::new(rule, format!("{host} is {provider}'s, and nothing else of it is here"), Evidence::field(field))]
        },
    }

    /// The subject says that it is an answer, and nothing shows what it answers; or it answers a message of the recipient's organisation
    /// that a mailbox with all of its other answered mail does not hold (`scan --habits`).
    ///
    /// # When this is innocent
    /// Programs that forget the reference; subjects that people typed; messages that were deleted, or lie in another folder.
    FAKE_THREAD {
        id: "ID-618",
        name: "fake-thread",
        title: "An answer to nothing",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5322 3.6.4", "RFC 5322 3.6.5"],
        check: |rule, case| {
            let Some(field) = case.message.field("Subject") else { return Vec::new() };
            if let Some((id, held)) = &case.habits.answers_unknown {
                let reference = case.message.field("In-Reply-To").or_else(|| case.message.field("References")).unwrap_or(field);
                let text = format!("it answers <{id}>, which is not in this mailbox");
                return vec![Finding::new(rule, text, Evidence::field(reference)).severity(Severity::Medium)
                    .and(Evidence::derivation(format!("the mailbox holds {held} messages of that organisation that others answer, nearly all there are, and none that this one refers to")))];
            }
            let text = field.text().trim_start();
            let begins = |mark: &&str| text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
            let answer = ["re:", "aw:", "sv:", "antw:", "rif:"].iter().any(begins);
            let refers = case.message.field("In-Reply-To").is_some() || case.message.field("References").is_some();
            let automatic = case.message.field("Auto-Submitted").is_some() || case.has_flow("FL-11");
            if !answer || refers || automatic { return Vec::new() }
            let quotes = case.message.body_bytes().is_some_and(|body| body.starts_with(b">") || memchr::memmem::find(body, b"\n>").is_some());
            if quotes { return Vec::new() }
            vec![Finding::new(rule, "the subject begins like an answer's; there is no reference and no quoted text", Evidence::field(field))]
        },
    }

    /// The program that the message names does not write such boundaries: it was named to look ordinary.
    ///
    /// # When this is innocent
    /// Gateways that rewrite the parts of a message.
    PROGRAM_FORGED {
        id: "ID-622",
        name: "mua-forgery",
        title: "The mail program named did not write this",
        severity: Low,
        effect: Neutral,
        references: ["RFC 2046 5.1.1"],
        check: |rule, case| {
            let Some(field) = case.message.field("X-Mailer").or_else(|| case.message.field("User-Agent")) else { return Vec::new() };
            let text = field.text();
            let text = text.trim();
            let Some((name, forms)) = PROGRAMS.iter().find(|(name, _)| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))) else { return Vec::new() };
            let Some(boundary) = case.mime.parts.first().and_then(|root| root.parameter("boundary")) else { return Vec::new() };
            if forms.iter().any(|form| boundary.starts_with(form)) || case.is_handled() { return Vec::new() }
            vec![Finding::new(rule, format!("{name} does not write boundaries like {boundary}"), Evidence::field(field))]
        },
    }

    /// Receipts are asked for by somebody else than the author.
    ///
    /// # When this is innocent
    /// Systems that follow customers.
    RECEIPT_ELSEWHERE {
        id: "ID-623",
        name: "receipt-redirect",
        title: "Receipts go elsewhere",
        severity: Low,
        effect: Neutral,
        references: ["RFC 8098 2.1"],
        check: |rule, case| ["Disposition-Notification-To", "Return-Receipt-To", "X-Confirm-Reading-To"].into_iter().filter_map(|name| {
            let field = case.message.field(name)?;
            let to = field.addresses().mailboxes.first()?;
            let elsewhere = case.author_domain().is_some() && !to.domain.is_empty() && !case.is_authors(&to.domain);
            elsewhere.then(|| Finding::new(rule, format!("to {}", to.address.as_ref().unwrap_or(&to.domain)), Evidence::field(field)))
        }).take(1).collect(),
    }

    /// The author's domain stands below a name under which anybody gets one for nothing, or it publishes nothing about its mail.
    ///
    /// # When this is innocent
    /// Small sites: by itself always.
    FREE_INFRASTRUCTURE {
        id: "ID-625",
        name: "young-or-free-infra",
        title: "A domain that costs nothing, or publishes nothing",
        severity: Info,
        effect: Neutral,
        references: ["RFC 9989 3.2"],
        check: |rule, case| {
            let Some(author) = case.author_domain() else { return Vec::new() };
            const SHARED: [&str; 9] = ["onmicrosoft.com", "firebaseapp.com", "web.app", "github.io", "vercel.app", "netlify.app", "pages.dev", "herokuapp.com", "wixsite.com"];
            if let Some(parent) = SHARED.into_iter().find(|parent| author != *parent && domain::is_within(author, parent)) {
                return vec![Finding::new(rule, format!("{author} stands below {parent}, where anybody gets a name"), author_field(case))];
            }
            Vec::new()
        },
    }

    /// The local part of the author's address is the name of another organisation: in a narrow window only that is seen.
    ///
    /// # When this is innocent
    /// Services that put the customer's name in front of their own.
    LOCAL_PART_OF_OTHER {
        id: "ID-626",
        name: "local-part-of-other",
        title: "The address begins with another organisation's domain",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 9989 11.4"],
        check: |rule, case| {
            let Some(author) = case.author() else { return Vec::new() };
            let local = author.local.to_lowercase();
            let mut words = local.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'));
            let known = |word: &str| well_known().any(|name| name == word) || case.known.protect.domains.iter().any(|name| name == word);
            let found = words.find(|word| word.contains('.') && known(word) && !domain::same_organisation(word, &author.domain));
            found.filter(|_| !local.contains("_at_")).map(|name| Finding::new(rule, format!("{} begins with {name}", author.address.as_deref().unwrap_or_default()), author_field(case))).into_iter().collect()
        },
    }

    /// The message is addressed to nobody who is named.
    ///
    /// # When this is innocent
    /// Newsletters and blind copies: always.
    UNDISCLOSED {
        id: "ID-629",
        name: "undisclosed-recipients",
        title: "Nobody is named as recipient",
        severity: Info,
        effect: Neutral,
        references: ["RFC 5322 3.6.3", "RFC 5321 7.2"],
        check: |rule, case| {
            let named = case.identities.visible().any(|identity| !identity.domain.is_empty());
            if named { return Vec::new() }
            vec![Finding::new(rule, "To and Cc name no address", case.message.field("To").map_or_else(|| Evidence::absence("no To field"), |field| Evidence::field(field)))]
        },
    }

    /// An Author field names somebody else than From: a list keeps the author there when it puts itself into From.
    ///
    /// # When this is innocent
    /// It is what the field is for.
    AUTHOR_FIELD {
        id: "ID-630",
        name: "author-field",
        title: "An Author field names another author",
        severity: Info,
        effect: Neutral,
        references: ["RFC 9057 3"],
        check: |rule, case| case.message.field("Author").and_then(|field| {
            let named = field.addresses().mailboxes.iter().find_map(|mailbox| mailbox.address.as_deref())?;
            let same = case.author().and_then(|author| author.address.as_deref()).is_some_and(|author| author.eq_ignore_ascii_case(named));
            (!same).then(|| Finding::new(rule, format!("it names {named}"), Evidence::field(field)))
        }).into_iter().collect(),
    }

    /// The author's address ends in the number of a machine instead of a domain: nothing is published for it, so nothing can prove it.
    ///
    /// # When this is innocent
    /// Test systems.
    ADDRESS_LITERAL {
        id: "ID-634",
        name: "author-address-literal",
        title: "The author's address is a machine's number",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 5321 4.1.3", "RFC 9989 5.3.1"],
        check: |rule, case| case.author().filter(|author| author.domain.starts_with('[')).map(|author| Finding::new(rule, author.address.clone().unwrap_or_default(), author_field(case))).into_iter().collect(),
    }
}

/// The host behind the @ of the Message-ID.
fn message_id_host<'c>(case: &'c Case<'_>) -> Option<(&'c crate::message::Field<'c>, Cow<'c, str>)> {
    let field = case.message.field("Message-ID")?;
    let inner = field.text().trim().trim_matches(['<', '>']);
    let (_, host) = domain::split_address(inner);
    Some((field, domain::normal(host))).filter(|_| inner.contains('@'))
}

fn author_field(case: &Case<'_>) -> Evidence {
    case.message
        .field("From")
        .map_or_else(|| Evidence::absence("no From field"), |field| Evidence::field(field))
}
