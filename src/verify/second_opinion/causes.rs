//! Why the two verifiers differ: every kind of difference that was looked into, declared once.

use super::words::{BODY_HASH, EXPIRED};
use crate::{
    message::Message,
    verify::{
        Verification,
        dkim::{BodyHash, DkimCheck, KeyWeakness},
        dmarc::TreeStep,
    },
};

/// A kind of difference that was looked into. `tests/differential.rs` shows each one on a message.
#[derive(Debug)]
pub struct KnownCause {
    /// Its name.
    pub id: &'static str,
    /// Why the verifiers differ, in words.
    pub text: &'static str,
    /// The section that decides.
    pub reference: &'static str,
    pub(super) applies: fn(&Seen<'_>) -> bool,
}

/// A difference with what we know of it.
pub(super) struct Seen<'a> {
    pub(super) method: &'static str,
    pub(super) ours: &'a str,
    pub(super) our_cause: &'a str,
    pub(super) theirs: &'a str,
    pub(super) their_cause: &'a str,
    pub(super) dkim: Option<&'a DkimCheck>,
    pub(super) verification: &'a Verification,
    pub(super) message: &'a Message<'a>,
    /// What was said of the mechanisms under DMARC differs, too.
    pub(super) below: bool,
}

impl Seen<'_> {
    fn dkim(&self, theirs: &str, ours: &str) -> Option<&DkimCheck> {
        (self.method == "dkim" && self.theirs == theirs && self.ours == ours)
            .then_some(self.dkim)
            .flatten()
    }

    /// It finds another body hash, and stops there.
    fn dkim_body(&self) -> Option<&DkimCheck> {
        let stops = self.method == "dkim" && self.theirs == "neutral" && self.their_cause == BODY_HASH;
        stops.then_some(self.dkim).flatten()
    }

    fn spf(&self, ours: &str) -> bool {
        self.method == "spf" && self.ours == ours
    }

    /// Every record that our evaluation read.
    fn spf_records(&self) -> impl Iterator<Item = &str> {
        let below = self
            .verification
            .spf_mail_from
            .trace
            .iter()
            .filter_map(|step| step.record.as_deref());
        self.verification
            .spf_mail_from
            .record
            .as_deref()
            .into_iter()
            .chain(below)
    }

    /// The header holds a CR alone, or white space between a field's name and its colon.
    fn header_is_odd(&self) -> bool {
        self.message.fields.iter().any(|field| {
            let raw = field.raw();
            let lone = |at: usize| raw.get(at + 1) != Some(&b'\n');
            let between = self.message.bytes.get(field.name_span.end..field.value_span.start);
            memchr::memchr_iter(b'\r', raw).any(lone) || between.is_some_and(|between| between != b":")
        })
    }

    fn spf_has_term(&self, name: &str) -> bool {
        self.verification.spf_mail_from.trace.iter().any(|step| {
            let term = step.term.trim_start_matches(['+', '-', '~', '?']).to_ascii_lowercase();
            term.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        })
    }
}

/// Everything known, the first that applies is the cause.
pub static KNOWN_CAUSES: &[KnownCause] = &[
    KnownCause {
        id: "body-hash-is-neutral",
        text: "It calls a body that does not hash to bh= neutral; the standard's word is fail.",
        reference: "RFC 6376 3.9, RFC 8601 2.7.1",
        applies: |seen| {
            seen.dkim_body()
                .is_some_and(|check| seen.ours == "fail" && check.body_hash == BodyHash::Mismatch)
        },
    },
    KnownCause {
        id: "body-hash-first",
        text: "It compares the body hash before it looks at the rest, and stops there; this program tells first what makes \
            the signature unusable.",
        reference: "RFC 6376 6.1",
        applies: |seen| {
            seen.dkim_body().is_some_and(|check| {
                ["permerror", "temperror"].contains(&seen.ours) && check.body_hash == BodyHash::Mismatch
            })
        },
    },
    KnownCause {
        id: "mailbox-changes-undone",
        text: "The body hash matches once what a mailbox did to the message (>From, line ends) is undone, which it does not \
            try.",
        reference: "RFC 6376 5.3, RFC 4155",
        applies: |seen| {
            seen.dkim_body().is_some_and(|check| {
                let undone = |note: &String| note.starts_with(">From") || note.starts_with("bare CR");
                check.body_hash == BodyHash::Match && check.normalised.iter().any(undone)
            })
        },
    },
    KnownCause {
        id: "blank-lines-at-the-end",
        text: "It keeps lines of white space only at the end of a relaxed body; they are empty once relaxed, and do not count.",
        reference: "RFC 6376 3.4.4, erratum 5839",
        applies: |seen| {
            seen.dkim_body()
                .is_some_and(|check| check.body_hash == BodyHash::Match && check.canonicalization.ends_with("/relaxed"))
        },
    },
    KnownCause {
        id: "expired-is-not-tried",
        text: "It does not try a signature past its x= and calls it neutral; this program tries it and says beside it that \
            it had expired.",
        reference: "RFC 6376 3.5",
        applies: |seen| seen.method == "dkim" && seen.theirs == "neutral" && seen.their_cause == EXPIRED,
    },
    KnownCause {
        id: "weak-signature-counts",
        text: "It counts a signature that others than the domain's owner could have made; this program says policy.",
        reference: "RFC 8301 3, RFC 8601 2.7.1",
        applies: |seen| seen.dkim("pass", "policy").is_some(),
    },
    KnownCause {
        id: "short-key-is-not-tried",
        text: "Its arithmetic refuses keys under 1024 bits and calls the signature wrong; this program verifies it and calls \
            the key too weak.",
        reference: "RFC 8301 3.2",
        applies: |seen| {
            let short = |weakness: &KeyWeakness| matches!(weakness, KeyWeakness::Short(_));
            seen.dkim("fail", "policy")
                .and_then(|check| check.key.as_ref())
                .is_some_and(|key| key.weaknesses.iter().any(short))
        },
    },
    KnownCause {
        id: "from-is-not-signed",
        text: "It lets a signature pass that does not cover From.",
        reference: "RFC 6376 5.4, 6.1.1",
        applies: |seen| seen.dkim("pass", "permerror").is_some() && seen.our_cause == "From is not signed",
    },
    KnownCause {
        id: "version-is-missing",
        text: "It does not ask for v=, without which the field is no DKIM-Signature.",
        reference: "RFC 6376 3.5, 6.1.1",
        applies: |seen| seen.method == "dkim" && seen.our_cause == "v= is missing",
    },
    KnownCause {
        id: "key-restrictions",
        text: "It does not obey what the key record allows: h= for hashes, s= for services.",
        reference: "RFC 6376 3.6.1",
        applies: |seen| {
            (seen.dkim("pass", "permerror").is_some() || seen.dkim("fail", "permerror").is_some())
                && (seen.our_cause.starts_with("the key's h=") || seen.our_cause.starts_with("the key's s="))
        },
    },
    KnownCause {
        id: "unusable-key-is-fail",
        text: "It says fail where the key is not one for this signature; the standard's word is permerror.",
        reference: "RFC 6376 6.1.2",
        applies: |seen| {
            seen.dkim("fail", "permerror").is_some()
                && ["the key's t=s", "the key is of kind", "the key record", "p= "]
                    .iter()
                    .any(|start| seen.our_cause.starts_with(start))
        },
    },
    KnownCause {
        id: "signature-grammar",
        text: "It reads tags that the grammar forbids.",
        reference: "RFC 6376 3.2, 3.5",
        applies: |seen| {
            let tags = ["d= ", "s= ", "i= ", "t=", "x=", "l=", "c=", "q=", "a=", "the tag-list "];
            seen.method == "dkim" && seen.ours == "permerror" && tags.iter().any(|tag| seen.our_cause.starts_with(tag))
        },
    },
    KnownCause {
        id: "arc-grammar",
        text: "It lets a chain pass whose fields the standard forbids (an unknown or missing tag, rsa-sha1, ARC-Seal under \
            the message signature).",
        reference: "RFC 8617 4.1",
        applies: |seen| {
            let faults = [
                "the tag-list",
                "is missing",
                "rsa-sha1",
                "signs ARC-Seal",
                "signs an ARC",
            ];
            seen.method == "arc"
                && (seen.theirs, seen.ours) == ("pass", "fail")
                && faults.iter().any(|fault| seen.our_cause.contains(fault))
        },
    },
    KnownCause {
        id: "arc-words",
        text: "It has further words for a chain that does not hold; the standard knows none, fail and pass.",
        reference: "RFC 8617 4.4",
        applies: |seen| {
            seen.method == "arc" && seen.ours == "fail" && ["neutral", "permerror", "none"].contains(&seen.theirs)
        },
    },
    KnownCause {
        id: "arc-signs-no-field",
        text: "It refuses a message signature whose h= is empty; the standard asks for the tag, not for a name in it.",
        reference: "RFC 8617 4.1.2, RFC 6376 3.5",
        applies: |seen| {
            let empty = |fields: &[String]| fields.iter().all(String::is_empty);
            seen.method == "arc"
                && (seen.theirs, seen.ours) == ("neutral", "pass")
                && seen
                    .verification
                    .arc
                    .sets
                    .iter()
                    .filter_map(|set| set.message_signature.as_ref())
                    .any(|it| empty(&it.signed_fields))
        },
    },
    KnownCause {
        id: "spf-several-records",
        text: "It takes the first of several SPF records; the standard asks for permerror.",
        reference: "RFC 7208 4.5",
        applies: |seen| seen.spf("permerror") && seen.our_cause.contains("SPF records"),
    },
    KnownCause {
        id: "spf-void-lookups",
        text: "It does not count lookups without an answer, of which two are allowed.",
        reference: "RFC 7208 4.6.4",
        applies: |seen| seen.spf("permerror") && seen.our_cause.contains("lookups without an answer"),
    },
    KnownCause {
        id: "spf-syntax-is-none",
        text: "A record that it cannot read is none to it; the standard asks for permerror.",
        reference: "RFC 7208 4.6",
        applies: |seen| seen.spf("permerror") && seen.theirs == "none" && seen.our_cause.starts_with("syntax error"),
    },
    KnownCause {
        id: "spf-grammar",
        text: "It reads terms that the grammar forbids, or evaluates what stands before them.",
        reference: "RFC 7208 4.6, 7.1, 12",
        applies: |seen| seen.spf("permerror") && seen.our_cause.starts_with("syntax error"),
    },
    KnownCause {
        id: "spf-valid-term-refused",
        text: "It cannot read a valid record: a modifier name with a dot, or a domain with a colon or slash.",
        reference: "RFC 7208 7.1, 12",
        applies: |seen| {
            let rare = |term: &str| match term.split_once('=') {
                Some((name, _)) => name.contains(['.', '-', '_']),
                None => term.split_once(':').is_some_and(|(mechanism, domain)| {
                    !mechanism.trim_start_matches(['+', '-', '~', '?']).starts_with("ip")
                        && (domain.contains(':') || domain.matches('/').count() > 0)
                }),
            };
            seen.method == "spf"
                && ["none", "permerror"].contains(&seen.theirs)
                && seen.spf_records().any(|record| record.split(' ').any(rare))
        },
    },
    KnownCause {
        id: "spf-ipv6-prefix-zero",
        text: "A prefix of zero bits of IPv6 matches IPv4 clients, too; by the standard no IPv6 network matches them.",
        reference: "RFC 7208 5, 5.6",
        applies: |seen| {
            seen.method == "spf"
                && seen.theirs == "pass"
                && seen.verification.spf_mail_from.ip.is_some_and(|ip| ip.is_ipv4())
                && seen
                    .spf_records()
                    .any(|record| record.contains("//0") || record.contains("/0"))
        },
    },
    KnownCause {
        id: "spf-ptr",
        text: "It compares a reverse name with its final dot and the domain without, and takes a failed lookup below ptr for \
            an error; by the standard the one matches and the other does not.",
        reference: "RFC 7208 5.5",
        applies: |seen| seen.method == "spf" && seen.spf_has_term("ptr"),
    },
    KnownCause {
        id: "header-read-otherwise",
        text: "The header holds what the grammar forbids (a CR alone, or white space before a colon), and it divides it into \
            other fields.",
        reference: "RFC 5322 2.2, 2.3",
        applies: |seen| seen.header_is_odd(),
    },
    KnownCause {
        id: "author-read-otherwise",
        text: "From can be read in several ways, and it takes another domain for the author's.",
        reference: "RFC 9989 5.3.1, RFC 5322 3.6.2",
        applies: |seen| seen.method == "dmarc" && !seen.verification.per_author.is_empty(),
    },
    KnownCause {
        id: "dmarc-several-records",
        text: "It takes the first of several DMARC records at a name; by the standard none of them counts.",
        reference: "RFC 9989 4.10",
        applies: |seen| {
            let several = |step: &TreeStep| step.outcome == "several-records";
            seen.method == "dmarc" && seen.verification.dmarc.tree_walk.iter().any(several)
        },
    },
    KnownCause {
        id: "mechanisms-differ",
        text: "It judges SPF or a signature otherwise, and DMARC follows from them.",
        reference: "RFC 9989 4.4",
        applies: |seen| seen.method == "dmarc" && seen.below,
    },
];
