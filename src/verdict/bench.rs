//! What the grounds ask of a case: is the author proven, was he seen to pass, is the envelope sure enough to accuse.

use super::{
    Label,
    grounds::{Decision, Ground, explaining_flows},
};
use crate::{
    case::Case,
    domain,
    finding::{Effect, Finding},
    recorded::{MethodResult, Record, RecordKind, Standing},
    trace::Confidence,
    verify::{NotEvaluated, arc::ArcResult, dmarc::DmarcResult},
};

/// The case with its findings, as the grounds see it.
pub(super) struct Bench<'c, 'm> {
    pub(super) case: &'c Case<'m>,
    pub(super) findings: &'c [Finding],
}

impl Bench<'_, '_> {
    pub(super) fn has(&self, id: &str) -> bool {
        self.findings.iter().any(|finding| finding.id == id)
    }

    pub(super) fn accuses(&self, id: &str) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.id == id && finding.effect == Effect::Accuses)
    }

    pub(super) fn all<'a>(&'a self, ids: &'a [&'a str]) -> impl Iterator<Item = &'a Finding> {
        self.findings
            .iter()
            .filter(move |finding| ids.contains(&finding.id) && finding.effect == Effect::Accuses)
    }

    /// A decision that rests on those of the named findings that are there, in the order named.
    pub(super) fn decision(&self, label: Label, confidence: Confidence, ground: Ground, because: &[&str]) -> Decision {
        let mut ids: Vec<&'static str> = Vec::new();
        for wanted in because {
            let present = self.findings.iter().find(|finding| finding.id == *wanted);
            // What only counts as a fact decides nothing under an accusing label, unless it is the ground itself.
            ids.extend(present.map(|finding| finding.id).filter(|id| !ids.contains(id)));
        }
        Decision {
            label,
            confidence,
            ground,
            because: ids,
        }
    }

    /// Recomputed: DMARC passes, or without a record an aligned signature or SPF does.
    pub(super) fn is_proven(&self) -> bool {
        let case = self.case;
        match case.verification.dmarc.result {
            Ok(DmarcResult::Pass) => true,
            Ok(DmarcResult::Fail) => false,
            _ => case.author_domain().is_some() && (case.proving_signatures().next().is_some() || case.spf_proves()),
        }
    }

    /// DMARC cannot be decided as it was at delivery: an answer was not asked, did not come, or is of another time.
    pub(super) fn lacks_answers(&self) -> bool {
        let dmarc = &self.case.verification.dmarc;
        dmarc.result.is_err() || dmarc.result == Ok(DmarcResult::Temperror) || dmarc.stale
    }

    /// What a trusted receiver recorded is the better witness: the recomputation lacks an answer that was there at delivery.
    pub(super) fn witnessed_pass(&self) -> bool {
        let verification = &self.case.verification;
        let lacking = self.lacks_answers()
            || (self.case.signature_unknown() && verification.dmarc.result != Ok(DmarcResult::Pass));
        let unevaluable = !matches!(verification.dmarc.result, Err(NotEvaluated::NotEvaluable))
            || self.case.author_domain().is_some();
        // A pass of one method counts for nothing where the same receiver saw the author fail on the whole.
        let counts = |result: &MethodResult| result.method == "dmarc" || !self.accuses("RC-516");
        let seen = self
            .case
            .recorded_author_pass()
            .is_some_and(|(_, result)| counts(result));
        lacking && unevaluable && seen
    }

    /// The envelope is known well enough to accuse. An unaligned MAIL FROM fails from any address.
    pub(super) fn sure_of_envelope(&self) -> bool {
        let envelope = &self.case.envelope;
        let spf_could_align = self.case.is_authors(&self.case.verification.spf_mail_from.domain);
        let address = if spf_could_align {
            envelope.client_ip.confidence
        } else {
            Confidence::High
        };
        envelope.mail_from.value.is_some() && address.min(envelope.mail_from.confidence) >= Confidence::Medium
    }

    /// The adverse testimony names the author whom the reader sees.
    pub(super) fn testimony_is_of_the_author(&self) -> bool {
        let records = self
            .case
            .recorded
            .records
            .iter()
            .filter(|record| record.standing == Standing::Untrusted);
        let mut failing = records
            .flat_map(|record| &record.methods)
            .filter(|result| result.method == "dmarc" && result.result == "fail");
        failing.any(|result| {
            result
                .property("header.from")
                .is_none_or(|from| self.case.is_authors(domain::of_address(from)))
        })
    }

    /// A handler recorded in its ARC set that the author passed. A chain that fails counts as none (RFC 8617 5.2).
    pub(super) fn handler_saw_pass(&self) -> bool {
        if self.case.verification.arc.result == Ok(ArcResult::Fail) {
            return false;
        }
        let records = self
            .case
            .recorded
            .records
            .iter()
            .filter(|record| record.kind == RecordKind::ArcAuthenticationResults);
        records.flat_map(Record::believable).any(|result| {
            let named = result
                .property("header.from")
                .or_else(|| result.property("header.d"))
                .or_else(|| result.property("header.i"));
            ["dmarc", "dkim"].contains(&result.method.as_str())
                && result.result == "pass"
                && named.is_some_and(|named| self.case.is_authors(domain::of_address(named)))
        })
    }

    /// A list brought what nobody signed in the author's name, though his domain asks that unproven mail be refused. Who asks that signs
    /// what he writes, and a list breaks signatures and takes none away; a forger who calls himself a list has none to show.
    pub(super) fn unsigned_through_list(&self) -> bool {
        let mut flows = explaining_flows(self.case).into_iter();
        let through_list = flows.any(|id| ["FL-1", "FL-2", "FL-3"].contains(&id));
        let refused = self.case.fails_enforcing() || self.lacks_answers() && self.recorded_refusal();
        refused && through_list && self.case.breakable_signatures().next().is_none()
    }

    /// A trusted receiver recorded that DMARC failed, with a policy that asks for more than reports: `dmarc=fail (p=REJECT dis=NONE)`,
    /// Microsoft's `dmarc=fail action=oreject`.
    pub(super) fn recorded_refusal(&self) -> bool {
        let asks = |comment: &String| {
            let comment = comment.to_ascii_lowercase();
            ["p=reject", "p=quarantine"]
                .iter()
                .any(|policy| comment.starts_with(policy))
        };
        let acts = |action: &str| ["reject", "oreject", "quarantine"].contains(&action);
        let refuses =
            |result: &MethodResult| result.comments.iter().any(asks) || result.property("action").is_some_and(acts);
        let mut results = self.case.recorded.trusted("dmarc");
        results.any(|(_, result)| result.result == "fail" && refuses(result))
    }

    /// Nothing decides.
    pub(super) fn undecidable(&self) -> Decision {
        let ground = if self.case.trace.hops.is_empty() {
            Ground::NoTrace
        } else {
            Ground::Undecidable
        };
        let because = [
            "TR-101", "AU-406", "ID-602", "AU-422", "AU-424", "AU-417", "TR-125", "AU-415", "ID-612", "AU-403",
        ];
        self.decision(Label::Inconclusive, Confidence::Medium, ground, &because)
    }
}
