//! End-to-end signatures: whom they name (AU-434).

use super::rules;
use crate::{
    case::Case,
    finding::{Effect, Evidence, Finding, Severity},
    verify::end_to_end::{Mark, MarkKind, Signer, SignerIs},
};

rules! {
    /// An S/MIME or OpenPGP signature names somebody: the author shown, or somebody else. Mail programs show a badge for such
    /// a signature, and few show whose it is. RFC 8550 asks receivers to compare the certificate's addresses with From and
    /// Sender.
    ///
    /// The signature itself is **not verified** here: this says whom it names, not that he signed.
    ///
    /// # When this is innocent
    /// Shared mailboxes, assistants, gateways that sign for a whole house, lists that rewrite From, old addresses in a certificate,
    /// private keys used for work. An OpenPGP key has several names, and the signature tells one of them.
    ///
    /// # Check by hand
    /// `openssl cms -verify -in message.eml -purpose any`, or `gpg --verify`, with the author's own certificate or key.
    END_TO_END_SIGNER {
        id: "AU-434",
        name: "smime-pgp-signer",
        title: "An end-to-end signature names a signer",
        severity: Info,
        effect: Neutral,
        references: ["RFC 8550 3", "RFC 3156 5", "RFC 9580 5.2"],
        check: |rule, case| {
            let signatures = case.end_to_end.iter().filter(|mark| mark.kind.is_signature());
            signatures.flat_map(|mark| mark.signers.iter().map(move |signer| (mark, signer))).map(|(mark, signer)| {
                let standing = case.signer_is(signer);
                let finding = Finding::new(rule, sentence(mark, signer, standing), Evidence::bytes(case.message, mark.span))
                    .and(author(case));
                match (standing, mark.kind) {
                    (SignerIs::Other, MarkKind::SmimeSigned) => accusing(finding, Severity::High),
                    (SignerIs::Other, _) => finding.severity(Severity::Medium),
                    _ => finding,
                }
            }).collect()
        },
    }
}

fn accusing(finding: Finding, severity: Severity) -> Finding {
    let mut finding = finding.severity(severity);
    finding.effect = Effect::Accuses;
    finding
}

fn sentence(mark: &Mark, signer: &Signer, standing: SignerIs) -> String {
    let names = if signer.addresses.is_empty() {
        let key = signer
            .key
            .as_ref()
            .map(|key| format!(" (key {key})"))
            .unwrap_or_default();
        format!("no address{key}")
    } else {
        signer.addresses.join(", ")
    };
    let standing = match standing {
        SignerIs::Author => ", the author shown",
        SignerIs::Sender => ", the Sender of the message",
        SignerIs::SameOrganisation => ", in the author's organisation, who is not the author shown",
        SignerIs::Other => ", who is not the author shown",
        SignerIs::Unnamed => "",
    };
    format!(
        "the {} names {names}{standing}; the signature itself is not verified",
        mark.kind.words()
    )
}

fn author(case: &Case<'_>) -> Evidence {
    match case.message.field("From") {
        Some(field) => Evidence::field(field),
        None => Evidence::absence("no From field"),
    }
}
