//! Section `authentication.end_to_end`.

use super::moment;
use crate::{
    case::Case,
    report::model::{Certificate, EndToEnd, Signer},
    verify::end_to_end,
};

/// Every mark.
pub(super) fn build(case: &Case<'_>) -> Vec<EndToEnd> {
    let marks = case.end_to_end.iter();
    marks
        .map(|mark| EndToEnd {
            kind: mark.kind,
            covers_body: mark.covers_body,
            span: mark.span,
            field_index: mark.field_index,
            signers: mark.signers.iter().map(|found| signer(case, found)).collect(),
            defect: mark.defect,
            verified: false,
        })
        .collect()
}

fn signer(case: &Case<'_>, signer: &end_to_end::Signer) -> Signer {
    Signer {
        addresses: signer.addresses.clone(),
        signer_is: case.signer_is(signer),
        key: signer.key.clone(),
        user_id: signer.user_id.clone(),
        signed_at: moment(signer.signed_at),
        certificate: signer.certificate.as_ref().map(|certificate| Certificate {
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            not_before: moment(Some(certificate.not_before)),
            not_after: moment(Some(certificate.not_after)),
            self_issued: certificate.self_issued,
        }),
    }
}
