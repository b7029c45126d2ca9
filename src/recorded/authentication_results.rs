//! Authentication-Results (RFC 8601), its copies under other names, and ARC-Authentication-Results (RFC 8617 4.1.1).
//!
//! A strict reader would lose most real evidence: the largest receiver writes no authserv-id (trace.md 0.7). What
//! departs from the grammar is read where its meaning is plain, and named in [`Record::defects`].

use super::{
    MethodResult, Party, Record, RecordKind, Standing,
    injection::{self, NO_RESULT, STANDS_APART, UNCLOSED, UNOPENED, UNQUOTED, UNQUOTED_DELIMITER},
    scanner::{MAX_TEXT, Scanner, Value},
};
use crate::message::{Field, Message, Unfolded};

/// More results of one field than this are not kept.
const MAX_RESULTS: usize = 256;
/// More properties of one result than this are not kept.
const MAX_PROPERTIES: usize = 64;
/// More defects of one field than this are not kept.
const MAX_DEFECTS: usize = 32;
/// The ptypes of RFC 8601 2.3 and the IANA registry.
const PTYPES: [&str; 5] = ["smtp", "header", "body", "policy", "dns"];

/// Every field that holds results in the form of RFC 8601, top first.
pub(super) fn read(message: &Message<'_>) -> Vec<Record> {
    message
        .fields
        .iter()
        .filter_map(|field| kind_of(field).map(|kind| read_field(field, kind)))
        .collect()
}

fn kind_of(field: &Field<'_>) -> Option<RecordKind> {
    const ORIGINAL: [&str; 5] = [
        "Authentication-Results-Original",
        "Original-Authentication-Results",
        "X-Original-Authentication-Results",
        "X-MS-Exchange-Authentication-Results",
        "X-TM-Authentication-Results",
    ];
    if field.is("Authentication-Results") {
        Some(RecordKind::AuthenticationResults)
    } else if field.is("ARC-Authentication-Results") {
        Some(RecordKind::ArcAuthenticationResults)
    } else if ORIGINAL.iter().any(|name| field.is(name)) {
        Some(RecordKind::AuthenticationResultsOriginal)
    } else {
        None
    }
}

fn read_field(field: &Field<'_>, kind: RecordKind) -> Record {
    let unfolded = field.unfolded();
    let mut reader = Reader {
        scanner: Scanner::new(&unfolded.text),
        place: unfolded,
        defects: Vec::new(),
    };
    if field.raw_value().len() > MAX_TEXT {
        reader.defect("longer than 16 KiB: the rest was not read");
    }
    let instance = match kind {
        RecordKind::ArcAuthenticationResults => reader.instance(),
        _ => None,
    };
    let authserv_id = reader.authserv_id();
    let methods = reader.results();
    if reader.scanner.unclosed_comment {
        reader.defect(UNCLOSED);
    }
    Record {
        kind,
        field_index: field.index,
        span: field.span,
        authserv_id,
        instance,
        standing: Standing::default(),
        reason: String::new(),
        doubt: injection::doubt(&methods, &reader.defects),
        party: Party::default(),
        hop: None,
        methods,
        defects: reader.defects,
    }
}

/// The grammar of one field.
struct Reader<'t> {
    scanner: Scanner<'t>,
    place: &'t Unfolded,
    defects: Vec<String>,
}

impl Reader<'_> {
    fn defect(&mut self, text: impl Into<String>) {
        let text = text.into();
        if self.defects.len() < MAX_DEFECTS && !self.defects.contains(&text) {
            self.defects.push(text);
        }
    }

    /// `i=` in front of an ARC-Authentication-Results (RFC 8617 4.1.1).
    fn instance(&mut self) -> Option<u32> {
        let start = self.scanner.at();
        self.scanner.skip_cfws();
        if self.scanner.keyword().eq_ignore_ascii_case("i") {
            self.scanner.skip_cfws();
            if self.scanner.eat('=') {
                self.scanner.skip_cfws();
                let number = self.scanner.value().text.parse().ok();
                self.scanner.skip_cfws();
                self.scanner.eat(';');
                return number;
            }
        }
        self.scanner.back_to(start);
        self.defect("ARC instance missing");
        None
    }

    /// `authserv-id [version]` (RFC 8601 2.2). A field that begins with a result has none.
    fn authserv_id(&mut self) -> Option<String> {
        let start = self.scanner.at();
        self.scanner.skip_cfws();
        if self.result_stands_here() {
            self.scanner.back_to(start);
            self.defect("authserv-id missing");
            return None;
        }
        let id = self.scanner.value().text;
        self.scanner.skip_cfws();
        if self.scanner.peek().is_some_and(|c| c.is_ascii_digit()) {
            let version = self.scanner.value().text;
            if version != "1" {
                self.defect(format!("version {version} instead of 1")); // RFC 8601 5
            }
            self.scanner.skip_cfws();
        }
        // The comments there belong to no result.
        self.scanner.take_comments();
        if self.scanner.at_end() {
            self.defect("no results");
        } else if !self.scanner.eat(';') {
            self.defect("no semicolon after the authserv-id");
        }
        (!id.is_empty()).then_some(id)
    }

    /// Whether `method [/ version] =` stands here, which no authserv-id can be.
    fn result_stands_here(&mut self) -> bool {
        let start = self.scanner.at();
        let found = self.method().is_some();
        self.scanner.take_comments();
        self.scanner.back_to(start);
        found
    }

    /// `method [/ version] =` (RFC 8601 2.2); where it is something else, the cursor stays.
    fn method(&mut self) -> Option<String> {
        let start = self.scanner.at();
        let name = self.scanner.keyword().to_ascii_lowercase();
        self.scanner.skip_cfws();
        if self.scanner.eat('/') {
            self.scanner.skip_cfws();
            let version = self.scanner.keyword();
            if version != "1" {
                self.defect("method version other than 1");
            }
            self.scanner.skip_cfws();
        }
        if !name.is_empty() && self.scanner.eat('=') {
            return Some(name);
        }
        self.scanner.back_to(start);
        None
    }

    /// All `resinfo`, or `none`.
    fn results(&mut self) -> Vec<MethodResult> {
        let mut results: Vec<MethodResult> = Vec::new();
        let (mut none_said, mut closed) = (false, true);
        loop {
            self.scanner.skip_cfws();
            self.scanner.take_comments();
            if self.scanner.at_end() {
                break;
            }
            if results.len() == MAX_RESULTS {
                self.defect("more than 256 results: the rest was not read");
                break;
            }
            let start = self.scanner.at();
            if let Some(method) = self.method() {
                let result = self.result(method, start);
                results.push(result);
            } else if let Some(property) = self.property() {
                // `; smtp.mailfrom=x`: the writer cut the result in two.
                self.defect(STANDS_APART);
                if let Some(last) = results.last_mut() {
                    keep(last, property);
                }
            } else {
                let word = self.scanner.value().text;
                none_said |= word.eq_ignore_ascii_case("none");
                if !word.eq_ignore_ascii_case("none") && !word.is_empty() {
                    self.defect(NO_RESULT);
                }
            }
            closed = self.skip_to_semicolon();
        }
        if closed && (none_said || !results.is_empty()) {
            self.defect("semicolon after the last result");
        }
        if results.is_empty() && !none_said {
            self.defect("no results");
        }
        results
    }

    /// Passes over what is left of a result; whether a semicolon ended it.
    fn skip_to_semicolon(&mut self) -> bool {
        loop {
            self.scanner.skip_cfws();
            if self.scanner.at_end() {
                return false;
            }
            if self.scanner.eat(';') {
                return true;
            }
            self.defect(NO_RESULT);
            self.step_over_word();
        }
    }

    /// Passes over one value; over one character where none stands, so that reading always goes on.
    fn step_over_word(&mut self) {
        let at = self.scanner.at();
        self.scanner.value();
        if self.scanner.at() == at
            && let Some(c) = self.scanner.peek()
        {
            self.scanner.eat(c);
        }
    }

    /// The result word, its reason and properties; the cursor stands behind `method=`.
    fn result(&mut self, method: String, start: usize) -> MethodResult {
        self.scanner.take_comments();
        self.scanner.skip_cfws();
        let before = self.scanner.at();
        let word = self.scanner.value();
        let mut found = MethodResult {
            method,
            ..MethodResult::default()
        };
        let mut end = word.range.end;
        if word.text.contains('=') || word.text.is_empty() {
            self.scanner.back_to(before);
            self.defect("a method without result");
        } else {
            found.result = word.text.to_ascii_lowercase();
        }
        self.scanner.skip_cfws();
        found.comments = self.scanner.take_comments();
        while !self.scanner.at_end() && self.scanner.peek() != Some(';') {
            match self.property() {
                Some(property) => keep(&mut found, property),
                None => {
                    let closes = self.scanner.peek() == Some(')');
                    self.defect(if closes { UNOPENED } else { "text that is no property" });
                    self.step_over_word();
                }
            }
            end = self.scanner.at();
            self.scanner.skip_cfws();
            found.comments.append(&mut self.scanner.take_comments());
        }
        found.reason = found.reason.or_else(|| found.comments.first().cloned());
        found.span = Some(self.place.span(start..end));
        found
    }

    /// `reason=value` or `ptype.property=value` (RFC 8601 2.2); a key without ptype is kept under its own name.
    fn property(&mut self) -> Option<(String, String)> {
        let start = self.scanner.at();
        let Some(name) = self.property_name() else {
            self.scanner.back_to(start);
            return None;
        };
        match name.split_once('.') {
            None if name == "reason" => {}
            None => self.defect(format!("property without ptype: {name}")),
            Some((ptype, _)) if !PTYPES.contains(&ptype) => self.defect(format!("unknown ptype: {ptype}")),
            Some(("smtp", "mail" | "mfrom")) => self.defect(format!("{name} instead of smtp.mailfrom")),
            Some(_) => {}
        }
        let after = self.scanner.at();
        self.scanner.skip_cfws();
        // An empty value must not take the next property for its own.
        let value_start = self.scanner.at();
        if value_start > after && self.property_name().is_some() {
            self.scanner.back_to(after);
            return Some((name, String::new()));
        }
        self.scanner.back_to(value_start);
        let value = self.scanner.value();
        if let Some(defect) = lack_of_quotes(&value) {
            self.defect(defect);
        }
        Some((name, value.text))
    }

    /// `[ptype .] property =` in lower case.
    fn property_name(&mut self) -> Option<String> {
        let mut name = String::new();
        loop {
            let part = self.scanner.keyword();
            if part.is_empty() {
                return None;
            }
            name.push_str(&part.to_ascii_lowercase());
            self.scanner.skip_cfws();
            if self.scanner.eat('=') {
                return Some(name);
            }
            if !self.scanner.eat('.') {
                return None;
            }
            name.push('.');
            self.scanner.skip_cfws();
        }
    }
}

/// What a value lacks that is neither quoted, nor a token, nor an address with such parts (RFC 8601 2.2, RFC 2045 5.1).
fn lack_of_quotes(value: &Value) -> Option<&'static str> {
    // `"a b"@c.example`: the quotes of a local part are its own.
    let local = value.text.strip_prefix('"').and_then(|rest| rest.split_once("\"@"));
    let rest = local.map_or(value.text.as_str(), |(_, domain)| domain);
    let lacks = |specials: &[char]| !value.quoted && rest.contains(specials);
    if lacks(&['(', ')', '<', '>', ',', '\\', '"']) {
        return Some(UNQUOTED_DELIMITER);
    }
    lacks(&[':', '/', '[', ']', '?', '=']).then_some(UNQUOTED)
}

/// Adds a property to its result.
fn keep(result: &mut MethodResult, (name, value): (String, String)) {
    if name == "reason" {
        result.reason.get_or_insert(value);
    } else if result.properties.len() < MAX_PROPERTIES {
        result.properties.push((name, value));
    }
}
