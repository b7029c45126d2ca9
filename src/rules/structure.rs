//! The form of the message (ST).

use super::rules;
use crate::{
    case::Case,
    finding::{Evidence, Finding, Severity},
    message::{Defect, DefectKind, Unfolded, parse_addresses},
};

rules! {
    /// A field that may stand once stands several times: readers choose differently.
    ///
    /// # When this is innocent
    /// Broken lists and gateways, mostly for fields other than From and Subject.
    DUPLICATE_FIELD {
        id: "ST-701",
        name: "duplicate-singleton",
        title: "A header field stands twice that may stand once",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5322 3.6"],
        check: |rule, case| of_kinds(case, &[DefectKind::DuplicateField]).map(|defect| {
            let field = defect.field_index.and_then(|index| case.message.fields.get(index));
            let name = field.map(|field| field.name().into_owned()).unwrap_or_default();
            let critical = ["from", "subject"].contains(&name.to_lowercase().as_str());
            Finding::new(rule, format!("a further {name} field"), evidence(case, defect)).severity(if critical { Severity::Medium } else { Severity::Low })
        }).take(8).collect(),
    }

    /// Behind a line of a single dot stands an SMTP dialogue or a second message: a server that ends messages differently would deliver
    /// it as mail of its own, from whomever it names.
    ///
    /// # When this is innocent
    /// Mail that discusses SMTP quotes such lines; it seldom has a whole second header.
    SMUGGLED {
        id: "ST-716",
        name: "smuggled-message",
        title: "A second message is hidden in the body (SMTP smuggling)",
        severity: High,
        effect: Accuses,
        references: ["RFC 5321 4.1.1.4", "VU#302671"],
        check: |rule, case| of_kinds(case, &[DefectKind::SmuggledMessage, DefectKind::SmuggledTail]).map(|defect| {
            let tail = defect.kind == DefectKind::SmuggledTail;
            let what = if tail { "the end of an SMTP dialogue stands at the end of the body" } else { "an SMTP dialogue with a second message stands in the body" };
            Finding::new(rule, what, evidence(case, defect)).severity(if tail { Severity::Medium } else { Severity::High })
        }).take(2).collect(),
    }

    /// Line ends are mixed, or a bare CR stands in the header: servers and readers disagree on where a line ends.
    ///
    /// # When this is innocent
    /// Exports and editors convert line ends badly.
    LINE_ENDS {
        id: "ST-702",
        name: "line-endings",
        title: "Line ends that readers disagree on",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5322 2.3", "RFC 5321 2.3.8"],
        check: |rule, case| of_kinds(case, &[DefectKind::MixedLineEnds, DefectKind::BareCarriageReturn, DefectKind::WhitespaceLine, DefectKind::StrayLine]).take(1)
            .map(|defect| Finding::new(rule, "line ends of several kinds, or lines that belong to no field", evidence(case, defect))).collect(),
    }

    /// To some readers a second field begins inside this one: behind a bare CR, in a line of white space, or in a line that others take
    /// for a continuation.
    ///
    /// # When this is innocent
    /// Exports that damage line ends, where what begins there is no address of another organisation.
    HIDDEN_FIELD {
        id: "ST-717",
        name: "hidden-field",
        title: "A header field that only some readers see",
        severity: High,
        effect: Accuses,
        references: ["RFC 5322 2.2", "RFC 5322 4.5"],
        check: |rule, case| of_kinds(case, &[DefectKind::BareCarriageReturnField, DefectKind::WhitespaceLineThenField, DefectKind::ContinuationLooksLikeField])
            .filter_map(|defect| Some((defect, hidden_author(case, defect)?))).take(2)
            .map(|(defect, author)| Finding::new(rule, format!("some readers see a field of its own here, which names {author}"), evidence(case, defect))).collect(),
    }

    /// The message has no Date or no From, which every message must have.
    ///
    /// # When this is innocent
    /// Drafts, fragments and very old programs.
    MISSING_REQUIRED {
        id: "ST-703",
        name: "missing-required",
        title: "A required header field is missing",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5322 3.6"],
        check: |rule, case| of_kinds(case, &[DefectKind::MissingDate, DefectKind::MissingFrom]).map(|defect| {
            let name = if defect.kind == DefectKind::MissingDate { "Date" } else { "From" };
            Finding::new(rule, format!("the message has no {name} field"), Evidence::absence(format!("no {name} in the header")))
        }).collect(),
    }

    /// A field is written in a way that has been obsolete since 2001, or with characters that no field may hold. Programs disagree on
    /// whether it is that field at all.
    ///
    /// # When this is innocent
    /// Ancient programs, for fields that name nobody.
    OBSOLETE_SYNTAX {
        id: "ST-705",
        name: "obs-syntax",
        title: "A header field in obsolete or forbidden form",
        severity: Low,
        effect: Neutral,
        references: ["RFC 5322 4.5", "RFC 5322 4.1"],
        check: |rule, case| of_kinds(case, &[DefectKind::SpaceBeforeColon, DefectKind::FoldedName, DefectKind::NameCharacter, DefectKind::Nul, DefectKind::ControlCharacter, DefectKind::LeadingContinuation]).map(|defect| {
            let what = match defect.kind {
                DefectKind::SpaceBeforeColon => "white space before the colon",
                DefectKind::FoldedName => "a name that is folded away from its colon",
                DefectKind::Nul => "a NUL byte",
                DefectKind::ControlCharacter => "a control character",
                DefectKind::LeadingContinuation => "a continuation line with nothing to continue",
                _ => "a name with forbidden characters",
            };
            Finding::new(rule, what, evidence(case, defect)).severity(if names_identity(&case.message.quote(defect.span)) { Severity::Medium } else { Severity::Low })
        }).take(4).collect(),
    }

    /// The reader of this program stopped at a limit: the rest of the header was not looked at.
    ///
    /// # When this is innocent
    /// Hardly ever: such headers are made to break readers.
    LIMIT_HIT {
        id: "ST-715",
        name: "limits-hit",
        title: "The header is too large to be read whole",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 5321 4.5.3.1"],
        check: |rule, case| of_kinds(case, &[DefectKind::LimitHit]).take(1).map(|defect| Finding::new(rule, "a limit was reached; what follows was not read", evidence(case, defect))).collect(),
    }
}

fn of_kinds<'c>(case: &'c Case<'_>, kinds: &'c [DefectKind]) -> impl Iterator<Item = &'c Defect> {
    case.message
        .defects
        .iter()
        .filter(move |defect| kinds.contains(&defect.kind))
}

fn evidence(case: &Case<'_>, defect: &Defect) -> Evidence {
    match defect.field_index.and_then(|index| case.message.fields.get(index)) {
        Some(field) => Evidence::quote(field, defect.span),
        None => Evidence::bytes(case.message, defect.span),
    }
}

/// The address that a hidden From, Sender or Reply-To names, where it is of another organisation than the author. Logs of
/// greylisting and the like write `FROM:'a@b'` into their own fields: that is no field of a message.
fn hidden_author(case: &Case<'_>, defect: &Defect) -> Option<String> {
    let bytes = case.message.bytes.get(defect.span.start..defect.span.end)?;
    let value = Unfolded::new(bytes, defect.span.start);
    let text = value.text.trim_start_matches(['\r', '\n', ' ', '\t']);
    let (name, _) = text.split_once(':')?;
    let known = ["from", "sender", "reply-to"].contains(&name.trim_end().to_lowercase().as_str());
    let behind = value.text.len() - text.len() + name.len() + 1;
    let mailbox = parse_addresses(&value.slice(behind..value.text.len()))
        .mailboxes
        .into_iter()
        .next()?;
    let plain = !mailbox.local.contains('\'')
        && mailbox
            .domain
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    (known && plain && !mailbox.domain.is_empty() && !case.is_authors(&mailbox.domain))
        .then_some(mailbox.address)
        .flatten()
}

/// Whether a stretch of header names an author or where answers go.
fn names_identity(text: &str) -> bool {
    let text = text.to_lowercase();
    ["from", "sender", "reply-to", "subject"]
        .iter()
        .any(|name| text.contains(name))
}
