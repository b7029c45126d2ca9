//! Why not another verdict: for each way that leads to it, what it needs, and what of that is there.

use super::{
    Label,
    bench::Bench,
    grounds::{MISLEADING, explaining_flows},
};
use crate::{
    case::Case,
    finding::{Effect, Finding, Severity},
    verify::{
        dkim::SignatureState,
        dmarc::{DmarcResult, Policy},
        spf::SpfResult,
    },
};

/// One way to a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// What it says, in a sentence.
    pub name: &'static str,
    /// What it needs, each with whether it is there.
    pub needs: Vec<(&'static str, bool)>,
}

impl Way {
    /// Everything is there: another, stronger way decided all the same, or this one did.
    pub fn holds(&self) -> bool {
        self.needs.iter().all(|(_, holds)| *holds)
    }
}

type Needs = &'static [(&'static str, fn(&Bench<'_, '_>) -> bool)];

/// The ways, by verdict: the grounds of the judgement, told as needs.
const WAYS: &[(Label, &str, Needs)] = &[
    (
        Label::Spoofed,
        "The owner of the author's domain asks that unproven mail be refused, and nothing proves or explains this one.",
        &[
            ("DMARC fails for the author", |bench| dmarc(bench, DmarcResult::Fail)),
            ("his policy asks for more than reports", |bench| {
                bench
                    .case
                    .verification
                    .dmarc
                    .policy
                    .is_some_and(|policy| policy > Policy::None)
            }),
            ("the envelope is known well enough to accuse", |bench| {
                bench.sure_of_envelope()
            }),
            ("the DNS answers are of the message's time", |bench| {
                !bench.case.verification.dmarc.stale
            }),
            ("no list, forwarder or gateway explains it", |bench| {
                !bench.case.is_handled()
            }),
        ],
    ),
    (
        Label::Spoofed,
        "From shows some readers an author whose own domain refuses the message.",
        &[
            ("readers see different authors", |bench| {
                bench.has("ID-620") || bench.has("ID-611")
            }),
            (
                "one of them is refused by his domain's policy, or planted beside the sender's own account",
                |bench| {
                    bench
                        .all(&["ID-620", "ID-611"])
                        .any(|finding| finding.severity == Severity::Critical)
                },
            ),
        ],
    ),
    (
        Label::LikelySpoofed,
        "Nothing proves the author, and what his domain publishes speaks against the client.",
        &[
            ("no signature or SPF of the author's organisation passes", |bench| {
                !bench.is_proven()
            }),
            ("DMARC fails, or SPF refuses the client", |bench| {
                dmarc(bench, DmarcResult::Fail)
                    || matches!(
                        bench.case.verification.spf_mail_from.result,
                        Ok(SpfResult::Fail | SpfResult::Softfail)
                    ) && bench.case.is_authors(&bench.case.verification.spf_mail_from.domain)
            }),
            ("the envelope is known well enough to accuse", |bench| {
                bench.sure_of_envelope()
            }),
            ("no list, forwarder or gateway explains it", |bench| {
                explaining_flows(bench.case).is_empty()
            }),
        ],
    ),
    (
        Label::LikelySpoofed,
        "A list passed on what nobody signed in the name of an author whose domain asks that such mail be refused.",
        &[
            (
                "DMARC fails for the author, and his policy asks for more than reports",
                |bench| bench.case.fails_enforcing(),
            ),
            (
                "a list passed it on, and nothing in it is signed by the author's organisation",
                |bench| bench.unsigned_through_list(),
            ),
        ],
    ),
    (
        Label::LikelySpoofed,
        "The receiver saw the author fail, and the check cannot be made again.",
        &[
            (
                "a trusted receiver recorded that DMARC or its composite check failed",
                |bench| bench.accuses("RC-516"),
            ),
            ("DMARC cannot be evaluated today", |bench| {
                bench.case.verification.dmarc.result.is_err() || bench.case.verification.dmarc.stale
            }),
        ],
    ),
    (
        Label::LikelySpoofed,
        "The author passes by the letter, through what others can use.",
        &[
            ("a check of the author's domain passes", |bench| bench.is_proven()),
            (
                "an earlier server saw him fail, a relay signed for a stranger, SPF lets everyone in, or another account sent it",
                |bench| {
                    ["AU-436", "AU-437", "AU-441", "ID-614"]
                        .iter()
                        .any(|id| bench.accuses(id))
                        || bench.all(&["AU-416"]).any(|finding| finding.severity >= Severity::High)
                },
            ),
        ],
    ),
    (
        Label::Deceptive,
        "The domain is proven, or the sender's own, and something misleads the reader.",
        &[
            ("the domain is proven, or a trusted receiver saw it pass", |bench| {
                bench.is_proven() || bench.witnessed_pass()
            }),
            ("a name, look-alike, replay or unsigned part misleads", |bench| {
                bench.findings.iter().any(|finding| {
                    MISLEADING.contains(&finding.id)
                        && finding.effect == Effect::Accuses
                        && finding.severity >= Severity::Medium
                })
            }),
        ],
    ),
    (
        Label::NotSpoofed,
        "A signature or SPF of the author's own organisation passes.",
        &[
            (
                "DMARC passes, or without a policy an aligned signature or SPF does",
                |bench| bench.is_proven(),
            ),
            ("nothing misleads the reader", |bench| {
                !bench.findings.iter().any(|finding| {
                    MISLEADING.contains(&finding.id)
                        && finding.effect == Effect::Accuses
                        && finding.severity >= Severity::Medium
                })
            }),
            ("the pass is the author's alone", |bench| {
                !["AU-436", "AU-437", "AU-439", "AU-441"].iter().any(|id| bench.has(id))
            }),
        ],
    ),
    (
        Label::NotSpoofed,
        "A trusted receiver saw the author pass, and the check cannot be made again.",
        &[
            ("a trusted receiver recorded that he passed", |bench| {
                bench.case.recorded_author_pass().is_some()
            }),
            ("a key, a record or an answer that was there then is missing", |bench| {
                bench.witnessed_pass()
            }),
        ],
    ),
    (
        Label::NotSpoofed,
        "A proven list or forwarder explains why the proof is broken, and what is left of it holds.",
        &[
            ("a list or forwarder is proven", |bench| {
                !explaining_flows(bench.case).is_empty()
            }),
            (
                "the author's signature still covers the header, or verifies once the edits are undone",
                |bench| {
                    bench.case.restored_signatures().next().is_some()
                        || bench
                            .case
                            .aligned_signatures()
                            .any(|check| check.signature == SignatureState::Valid)
                },
            ),
        ],
    ),
    (
        Label::Inconclusive,
        "Nothing proves the author and nothing refutes him.",
        &[
            ("no check of the author's domain passes", |bench| !bench.is_proven()),
            ("no trusted receiver saw him pass or fail", |bench| {
                bench.case.recorded_author_pass().is_none() && !bench.accuses("RC-516")
            }),
            ("DMARC does not fail with certainty", |bench| {
                !dmarc(bench, DmarcResult::Fail) || !bench.sure_of_envelope()
            }),
        ],
    ),
];

fn dmarc(bench: &Bench<'_, '_>, wanted: DmarcResult) -> bool {
    bench.case.verification.dmarc.result == Ok(wanted)
}

/// The ways to a verdict, and what of each is there in this case.
pub fn against(case: &Case<'_>, findings: &[Finding], label: Label) -> Vec<Way> {
    let bench = Bench { case, findings };
    let ways = WAYS.iter().filter(|(wanted, ..)| *wanted == label);
    ways.map(|(_, name, needs)| Way {
        name,
        needs: needs.iter().map(|(text, holds)| (*text, holds(&bench))).collect(),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_has_a_way() {
        for label in Label::ALL {
            assert!(
                WAYS.iter()
                    .any(|(known, _, needs)| *known == label && !needs.is_empty()),
                "{label:?}"
            );
        }
    }
}
