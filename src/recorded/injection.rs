//! Results that may be text of the sender: MAIL FROM, HELO and the names of a signature are his, and not every receiver puts
//! quotation marks around what needs them (RFC 8601 2.2). A result that he wrote reads like the receiver's.

use super::{MethodResult, SpfIdentity};
use crate::domain;

/// A value that is neither quoted nor could do without.
pub(super) const UNQUOTED: &str = "a value that needs quotation marks has none";
/// The same, with characters in it that begin or end a comment, a quoted string or a path.
pub(super) const UNQUOTED_DELIMITER: &str =
    "a value without quotation marks holds brackets or quotation marks of its own";
/// Words between semicolons that are no result.
pub(super) const NO_RESULT: &str = "text that is no result";
/// A property behind a semicolon.
pub(super) const STANDS_APART: &str = "a property stands apart from its result";
/// A bracket without its end.
pub(super) const UNCLOSED: &str = "a comment is not closed";
/// A bracket that ends nothing.
pub(super) const UNOPENED: &str = "a comment ends that did not begin";

/// Why results of an Authentication-Results field, of whatever kind, may be text of the sender, in the order in which they speak for it; `None` where nothing does.
///
/// Of the 1,000 such fields in the corpora that are believed two give cause: a spoofing case with a bracket in MAIL FROM, and one in
/// whose comment the address was replaced before it was published.
pub(super) fn doubt(methods: &[MethodResult], defects: &[String]) -> Option<String> {
    let results = |method: &'static str| methods.iter().filter(move |result| result.method == method);
    let of_one_author = |one: &MethodResult, other: &MethodResult| {
        one.property("header.from") == other.property("header.from") && one.result != other.result
    };
    if results("dmarc").any(|one| results("dmarc").any(|other| of_one_author(one, other))) {
        return Some("it gives two results of DMARC for one author".to_owned());
    }
    if results("dkim").any(|one| one.result == "none") && results("dkim").any(|one| one.result != "none") {
        return Some("it finds no signature, and gives results of one".to_owned());
    }
    let senders: Vec<String> = results("spf").filter_map(checked_sender).collect();
    if senders.windows(2).any(|pair| !of_one_domain(&pair[0], &pair[1])) {
        return Some("it gives results of SPF for two senders".to_owned());
    }
    let mut failing = results("dmarc")
        .filter(|result| result.result == "fail")
        .filter_map(|result| result.property("header.from"));
    if failing.any(|author| methods.iter().any(|result| passes_for(result, author))) {
        return Some("it gives a pass for an author for whom DMARC fails".to_owned());
    }
    if let Some(doubt) = methods.iter().find_map(doubt_of_result) {
        return Some(doubt);
    }
    let telling = [UNQUOTED_DELIMITER, NO_RESULT, STANDS_APART, UNCLOSED, UNOPENED];
    let mut found = defects.iter();
    found.find(|defect| telling.contains(&defect.as_str())).cloned()
}

/// The same for one result alone, as a Received-SPF field has it.
pub(super) fn doubt_of_result(result: &MethodResult) -> Option<String> {
    let doubts = [
        (
            says_two_things as fn(&MethodResult) -> bool,
            "it names two values for one property",
        ),
        (names_two_senders, "its comment is of another sender"),
        (is_cut, "a comment ends inside quotation marks"),
    ];
    let found = doubts.into_iter().find(|(holds, _)| holds(result));
    found.map(|(_, doubt)| doubt.to_owned())
}

/// The MAIL FROM that an SPF result is about.
fn checked_sender(result: &MethodResult) -> Option<String> {
    let sender = result.mail_from();
    sender.filter(|_| result.spf_identity() == SpfIdentity::MailFrom)
}

/// Whether two return paths, each perhaps its domain alone, have one domain.
fn of_one_domain(one: &str, other: &str) -> bool {
    domain::of_address(one).eq_ignore_ascii_case(domain::of_address(other))
}

/// Whether SPF or DKIM passes for the author's very domain, which is aligned in any mode (RFC 9989 4.4).
fn passes_for(result: &MethodResult, author: &str) -> bool {
    let domain = match result.method.as_str() {
        "spf" => checked_sender(result).map(|sender| domain::of_address(&sender).to_owned()),
        "dkim" => result.property("header.d").map(str::to_owned),
        _ => None,
    };
    result.result == "pass" && domain.is_some_and(|domain| domain.eq_ignore_ascii_case(author))
}

/// Whether a property of a result stands again with another value.
fn says_two_things(result: &MethodResult) -> bool {
    let differs = |(name, value): &(String, String)| {
        result
            .property(name)
            .is_some_and(|first| !first.eq_ignore_ascii_case(value))
    };
    result.properties.iter().any(differs)
}

/// Whether the comment of an SPF result tells of another MAIL FROM than its properties do.
fn names_two_senders(result: &MethodResult) -> bool {
    let said = || {
        result
            .spf_comments()
            .find_map(|comment| comment.sender)
            .filter(|sender| !sender.is_empty())
    };
    let named = checked_sender(result).filter(|sender| !sender.is_empty());
    named
        .zip(said())
        .is_some_and(|(named, said)| !of_one_domain(&named, &said))
}

fn is_cut(result: &MethodResult) -> bool {
    result.comments.iter().any(|comment| ends_inside_quotation(comment))
}

/// `domain of "a` of `domain of "a) b"@c.example`: the sender's own bracket ended the comment.
fn ends_inside_quotation(comment: &str) -> bool {
    let mut escaped = false;
    let marks = comment.bytes().filter(|byte| {
        let counts = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        counts
    });
    marks.count() % 2 == 1
}
