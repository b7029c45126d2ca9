//! What a diagnosis says to its reader.

use super::{Edit, EditKind, Failure};
use crate::verify::dkim::{BodyHash, SignatureState};

/// What the searches gave.
pub(super) struct Outcome<'a, 'm> {
    pub(super) failure: Failure<'a, 'm>,
    pub(super) body: Option<&'a [Edit]>,
    pub(super) header: Option<&'a [Edit]>,
    pub(super) foreign: bool,
    pub(super) limited: bool,
}

/// One or two sentences: what must be undone for the signature to verify, and what that leaves open.
pub(super) fn statement(outcome: &Outcome<'_, '_>) -> String {
    let body_failed = outcome.failure.body_hash == BodyHash::Mismatch;
    let state = outcome.failure.state;
    let header_failed = state == SignatureState::Invalid;
    let none = if outcome.limited {
        "; the search ended at its limit"
    } else {
        ""
    };
    let undone = |edits: &[Edit]| join(edits.iter().map(undo).collect());
    let body = match (body_failed, outcome.body) {
        (false, _) => None,
        (true, Some(edits)) => Some(format!("the body is the one that was signed when {}", undone(edits))),
        (true, None) => Some(format!(
            "no edit that lists and gateways make explains the body: its text was altered, or lost more than can be restored{none}"
        )),
    };
    let header = match (header_failed, outcome.header) {
        (false, _) => None,
        (true, Some(edits)) => Some(format!("the signature over the header verifies when {}", undone(edits))),
        (true, None) if outcome.foreign => Some(
            "the signature was not made with the key that is published: the key was changed since, or the signature itself was"
                .to_owned(),
        ),
        (true, None) => Some(format!(
            "a signed field was changed in a way that was not found, so the header is not proven{none}"
        )),
    };
    match (body, header) {
        (Some(body), Some(header)) => format!("{body}; {header}"),
        (Some(body), None) if outcome.body.is_some() => match state {
            SignatureState::Valid => format!("{body}: the signature then verifies, nothing else was altered"),
            _ => format!(
                "{body}; the signature over the header could not be checked, so this shows what was changed, not who wrote it"
            ),
        },
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => String::new(),
    }
}

/// What has to be done to get back what was signed, as a clause.
fn undo(edit: &Edit) -> String {
    let place = &edit.place;
    match edit.kind {
        EditKind::FooterAppended | EditKind::TextAppended | EditKind::BannerPrepended | EditKind::TextPrepended => {
            if place.starts_with("inside") {
                "text added inside a part is taken away".to_owned()
            } else {
                format!("the {place} are taken away")
            }
        }
        EditKind::HtmlFooter => "what stands before </body> is taken away".to_owned(),
        EditKind::HtmlBanner => "what stands behind <body> is taken away".to_owned(),
        EditKind::PartAdded => format!("the {place} is taken away"),
        EditKind::WrappedInMultipart => "the multipart around it, with the part added, is taken away".to_owned(),
        EditKind::TransferEncodingChanged if place == "body" => format!("its encoding is restored ({})", edit.text),
        EditKind::CharsetChanged => format!("its character set is restored ({})", edit.text),
        EditKind::FromQuoting => "the > before From is taken away".to_owned(),
        EditKind::DotStuffing => "the doubled dots are made single".to_owned(),
        EditKind::TrailingWhiteSpace => format!("white space is restored ({})", edit.text),
        EditKind::LineEndings => format!("its line ends are made single ({})", edit.text),
        EditKind::EmptyLines => "the empty lines at its start are taken away".to_owned(),
        EditKind::SubjectTagAdded => format!("the tag {} is taken from the Subject", edit.text),
        EditKind::SubjectTagMoved => format!("the tag {} stands where it stood in the Subject", edit.text),
        EditKind::EncodedWordChanged => "the Subject is encoded as it was".to_owned(),
        EditKind::FromRewritten => format!("From is {} again", edit.text),
        EditKind::RecipientsReordered => format!("the addresses of {} stand in their order", field(place)),
        EditKind::RecipientRemoved => format!("{} gets back {}", field(place), edit.text),
        EditKind::RecipientAdded => format!("{} is taken from {}", edit.text, field(place)),
        EditKind::AddressRequoted => format!("the addresses of {} are written as they were", field(place)),
        EditKind::FieldsReordered => format!("the fields {} stand in their order", field(place)),
        EditKind::FieldAdded => format!("the added {} is taken away", field(place)),
        EditKind::FieldRefolded => format!("{} is folded as it was", field(place)),
        EditKind::ContentTypeChanged | EditKind::TransferEncodingChanged => {
            format!("{} is {} again", field(place), edit.text)
        }
    }
}

/// The field's name in a place.
fn field(place: &str) -> &str {
    place.split(',').next().unwrap_or(place)
}

fn join(mut clauses: Vec<String>) -> String {
    clauses.dedup();
    match clauses.pop() {
        Some(last) if !clauses.is_empty() => format!("{} and {last}", clauses.join(", ")),
        Some(only) => only,
        None => "nothing is changed".to_owned(),
    }
}
