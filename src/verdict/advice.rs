//! What each side should do, from the records at hand.

use super::{Advice, Audience, Label};
use crate::{
    case::Case,
    verify::dmarc::{DmarcResult, Policy},
};

pub(super) fn advice(case: &Case<'_>, label: Label) -> Vec<Advice> {
    let mut all = Vec::new();
    let mut add = |to: Audience, text: String, why: String| all.push(Advice { to, text, why });
    let dmarc = &case.verification.dmarc;
    let forged = matches!(label, Label::Spoofed | Label::LikelySpoofed);
    if forged {
        add(
            Audience::Reader,
            "Do not answer, pay, open or click; ask the person shown by a way that you already know.".to_owned(),
            "nothing proves that the author shown sent this".to_owned(),
        );
    }
    if label == Label::Deceptive {
        add(
            Audience::Reader,
            "Look at the address and the domain, not at the name; ask back by a way that you already know.".to_owned(),
            "the sender is real, and shows himself as somebody else".to_owned(),
        );
    }
    let domain = &dmarc.domain;
    if forged && !domain.is_empty() {
        match (dmarc.result, dmarc.policy) {
            (Ok(DmarcResult::None), _) if dmarc.domain_exists != Some(false) => add(
                Audience::DomainOwner,
                format!("Publish at _dmarc.{domain}: \"v=DMARC1; p=none; rua=mailto:…\", then move to p=reject."),
                format!("{domain} has no DMARC policy, so receivers have no ground to refuse this"),
            ),
            (Ok(DmarcResult::Fail), Some(Policy::None)) => add(
                Audience::DomainOwner,
                format!(
                    "Move the policy at _dmarc.{} to p=quarantine, then p=reject{}.",
                    dmarc.record_domain.as_deref().unwrap_or(domain),
                    if dmarc.testing { ", and drop t=y" } else { "" }
                ),
                "its policy asks for reports only".to_owned(),
            ),
            (Ok(DmarcResult::Fail), Some(policy)) => add(
                Audience::Receiver,
                format!(
                    "Enforce DMARC: this message should have been {}.",
                    if policy == Policy::Reject {
                        "rejected"
                    } else {
                        "quarantined"
                    }
                ),
                format!("{domain} asks for it, and the message was delivered all the same"),
            ),
            _ => {}
        }
    }
    if let Some(overbroad) = &case.verification.spf_mail_from.overbroad {
        let domain = &case.verification.spf_mail_from.domain;
        add(
            Audience::DomainOwner,
            format!("Narrow the SPF record of {domain}."),
            format!("it lets in {overbroad}"),
        );
    }
    if case.proving_signatures().any(|check| check.unsigned_bytes > 0) {
        add(
            Audience::DomainOwner,
            "Sign without l=.".to_owned(),
            "text can be appended to signed mail".to_owned(),
        );
    }
    all
}
