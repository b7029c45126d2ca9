//! A case: all facts about one message, read-only for the rules.

use crate::{
    clocks, domain,
    envelope::Envelope,
    flow::Flow,
    habits::Standing,
    identity::{Identities, Identity, Role},
    known::Known,
    message::{AddressList, DateTime, FromReading, Mailbox, Message, Mime},
    recorded::{MethodResult, Record, Recorded},
    source::Origin,
    trace::Trace,
    vendor::VendorField,
    verify::{
        Clock, Verification,
        diagnosis::Diagnosis,
        dkim::{DkimCheck, DkimResult},
        dmarc::{Alignment, DmarcCheck, DmarcResult, Policy},
        end_to_end::{self, Mark, Signer, SignerIs},
        spf::SpfResult,
    },
    words::AnyCase,
};

/// Everything known about one message.
#[derive(Debug)]
pub struct Case<'m> {
    /// Where the message was found.
    pub origin: &'m Origin,
    /// The message.
    pub message: &'m Message<'m>,
    /// The mailboxes of every From field, top field first.
    pub authors: AddressList,
    /// When the message was written, by its first Date field.
    pub written: Option<DateTime>,
    /// What different readers take for the author.
    pub readings: Vec<FromReading>,
    /// The MIME tree.
    pub mime: Mime,
    /// The Received chain and the border.
    pub trace: Trace,
    /// What others recorded.
    pub recorded: Recorded,
    /// The envelope.
    pub envelope: Envelope,
    /// Every name in its role.
    pub identities: Identities,
    /// Times that stand beside the dates.
    pub clocks: Vec<clocks::Clock>,
    /// What products wrote about the message.
    pub vendor: Vec<VendorField>,
    /// When things are judged.
    pub clock: Clock,
    /// What the user said.
    pub known: &'m Known,
    /// What was verified.
    pub verification: Box<Verification>,
    /// End-to-end signatures and encryption, by whom they name.
    pub end_to_end: Vec<Mark>,
    /// How the message stands to what is usual in its mailbox, where that was learned.
    pub habits: Standing,
    /// Legitimate flows, each with its evidence.
    pub flows: Vec<Flow>,
}

/// Flows in which the message passes through other hands than the author's and the receiver's.
const HANDLING: [&str; 10] = [
    "FL-1", "FL-2", "FL-3", "FL-4", "FL-5", "FL-6", "FL-7", "FL-8", "FL-12", "FL-20",
];

/// The Author Domain (RFC 9989 3.2.2): the one domain of all authors; `None` when there is none, or several. A bare word is no
/// author: it is what an unquoted comma leaves of a name.
pub fn author_domain(authors: &AddressList) -> Option<&str> {
    let mut named = authors
        .mailboxes
        .iter()
        .map(|author| author.domain.as_str())
        .filter(|domain| !domain.is_empty());
    let first = named.next()?;
    named.all(|domain| domain == first).then_some(first)
}

impl<'m> Case<'m> {
    /// The Author Domain; see [`author_domain`].
    pub fn author_domain(&self) -> Option<&str> {
        author_domain(&self.authors)
    }

    /// The first author's mailbox: the first with a domain, else the first.
    pub fn author(&self) -> Option<&Mailbox> {
        let mailboxes = &self.authors.mailboxes;
        mailboxes
            .iter()
            .find(|author| !author.domain.is_empty())
            .or(mailboxes.first())
    }

    /// The Author Domain's organisational domain: by the DNS tree walk where it was made, else by the list.
    pub fn author_org(&self) -> Option<String> {
        let author = self.author_domain()?;
        Some(
            self.verification
                .dmarc
                .org_domain
                .clone()
                .unwrap_or_else(|| domain::organisational(author)),
        )
    }

    /// Whether a domain belongs to the author's organisation.
    pub fn is_authors(&self, name: &str) -> bool {
        self.author_domain()
            .is_some_and(|author| domain::same_organisation(name, author))
    }

    /// How the signer of an end-to-end signature stands to the author shown.
    pub fn signer_is(&self, signer: &Signer) -> SignerIs {
        let authors = self
            .authors
            .mailboxes
            .iter()
            .filter_map(|author| author.address.as_deref());
        let sender = self
            .identities
            .of(Role::Sender)
            .find_map(|sender| sender.address.as_deref());
        end_to_end::signer_is(&signer.addresses, &authors.collect::<Vec<_>>(), sender)
    }

    /// Whether a flow was found.
    pub fn has_flow(&self, id: &str) -> bool {
        self.flows.iter().any(|flow| flow.id == id)
    }

    /// Whether a flow was found in which somebody handles the message on its way, and may change it or hand it over from elsewhere.
    pub fn is_handled(&self) -> bool {
        self.flows.iter().any(|flow| HANDLING.contains(&flow.id))
    }

    /// The signatures whose d= is aligned with the Author Domain, whatever their result.
    pub fn aligned_signatures(&self) -> impl Iterator<Item = &DkimCheck> {
        let verification = &self.verification;
        let pairs = verification.dkim.iter().zip(&verification.dkim_alignment);
        pairs
            .filter(|(_, alignment)| is_aligned(**alignment))
            .map(|(check, _)| check)
    }

    /// Aligned signatures that may have verified before somebody changed the message: those that never could (no key, another
    /// algorithm, tags missing) are permerror (RFC 6376 3.9).
    pub fn breakable_signatures(&self) -> impl Iterator<Item = &DkimCheck> {
        self.aligned_signatures()
            .filter(|check| check.result != Ok(DkimResult::Permerror))
    }

    /// Aligned signatures that verify.
    pub fn proving_signatures(&self) -> impl Iterator<Item = &DkimCheck> {
        self.aligned_signatures().filter(|check| check.passes())
    }

    /// Aligned signatures that fail as stored, and verify once the edits of the way are undone.
    pub fn restored_signatures(&self) -> impl Iterator<Item = (&DkimCheck, &Diagnosis)> {
        let restored = |check: &'_ DkimCheck| check.diagnosis.as_ref().is_some_and(Diagnosis::restores);
        let found = self.aligned_signatures().filter(move |check| restored(check));
        found.filter_map(|check| Some((check, check.diagnosis.as_ref()?)))
    }

    /// Whether SPF passes for a domain that is aligned with the Author Domain.
    pub fn spf_proves(&self) -> bool {
        self.verification.spf_mail_from.result == Ok(SpfResult::Pass) && is_aligned(self.verification.spf_alignment)
    }

    /// DMARC fails under a policy that asks for more than reports.
    pub fn fails_enforcing(&self) -> bool {
        let dmarc = &self.verification.dmarc;
        dmarc.result == Ok(DmarcResult::Fail) && dmarc.policy.is_some_and(|policy| policy != Policy::None)
    }

    /// The effective policy of a domain that some reader sees as the author's and that DMARC fails.
    pub fn refusal_of(&self, name: &str) -> Option<Policy> {
        let failing = |check: &&DmarcCheck| check.domain == name && check.result == Ok(DmarcResult::Fail);
        let all = std::iter::once(&self.verification.dmarc).chain(&self.verification.per_author);
        all.filter(failing).find_map(|check| check.policy)
    }

    /// A check of the author's own signatures was impossible (key gone, not asked, lookup failed, no body).
    pub fn signature_unknown(&self) -> bool {
        self.aligned_signatures()
            .any(|check| check.result.is_err() || check.result == Ok(DkimResult::Temperror))
    }

    /// A trusted receiver's word that the author passed: DMARC, or an aligned signature or SPF. `None` where it cannot be
    /// ([`Self::author_can_pass`]).
    pub fn recorded_author_pass(&self) -> Option<(&Record, &MethodResult)> {
        self.claimed_author_pass().filter(|_| self.author_can_pass())
    }

    /// Whether anything in the message and its envelope is of the author's organisation that could pass for it (RFC 9989 4.4): a
    /// signature, or the return path, or the HELO where that is null. What nobody knows may be.
    pub fn author_can_pass(&self) -> bool {
        let envelope = &self.envelope;
        let sender = match envelope.mail_from.value.as_deref() {
            Some("") => &envelope.helo,
            _ => &envelope.mail_from,
        };
        let trusted = sender.candidates.iter().filter(|candidate| candidate.trusted);
        let mut names = trusted.map(|candidate| domain::of_address(&candidate.value));
        let mut signers = self
            .verification
            .dkim
            .iter()
            .filter_map(|check| check.domain.as_deref());
        sender.value.is_none() || names.any(|name| self.is_authors(name)) || signers.any(|name| self.is_authors(name))
    }

    /// The same word, whether or not it can be.
    pub fn claimed_author_pass(&self) -> Option<(&Record, &MethodResult)> {
        let authors = |result: &MethodResult, property: &str| {
            result
                .property(property)
                .is_some_and(|value| self.is_authors(domain::of_address(value)))
        };
        let named = [
            ("dmarc", "header.from"),
            ("dkim", "header.d"),
            ("dkim", "header.i"),
            ("spf", "smtp.mailfrom"),
        ];
        named.into_iter().find_map(|(method, property)| {
            let mut passes = self
                .recorded
                .trusted(method)
                .filter(|(_, result)| result.result == "pass");
            passes.find(|(_, result)| authors(result, property))
        })
    }

    /// Where the author's address stands in the header.
    pub fn author_identity(&self) -> Option<&Identity> {
        self.identities.of(Role::From).next()
    }

    /// The envelope recipient stands in no To or Cc, and there is one of each.
    pub fn recipient_not_addressed(&self) -> bool {
        let Some(visible) = AnyCase::of(self.visible_recipients()) else {
            return false;
        };
        let mut recipients = self
            .identities
            .of(Role::Recipient)
            .filter_map(|identity| identity.address.as_deref())
            .peekable();
        recipients.peek().is_some() && recipients.all(|recipient| !visible.holds(recipient))
    }

    /// The addresses in To and Cc.
    pub fn visible_recipients(&self) -> impl Iterator<Item = &str> + Clone {
        let all = self.identities.visible();
        all.filter_map(|identity| identity.address.as_deref())
    }
}

/// Relaxed or strict.
pub fn is_aligned(alignment: Option<Alignment>) -> bool {
    matches!(alignment, Some(Alignment::Strict | Alignment::Relaxed))
}
