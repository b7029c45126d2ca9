//! The published keys, each on a line, for a reader who wants all facts.

use super::page::{Page, Tone};
use crate::{
    report::model::{Dkim, DkimKey},
    verify::dkim::key_name,
};

/// Keys drawn.
const MAX_KEYS: usize = 8;

pub(super) fn draw(page: &mut Page, signatures: &[Dkim]) {
    for signature in signatures.iter().take(MAX_KEYS) {
        let (Some(selector), Some(domain), Some(key)) = (&signature.selector, &signature.domain, &signature.key) else {
            continue;
        };
        let text = format!("key {}: {}", key_name(selector, domain), facts(key).join(", "));
        let tone = if key.weaknesses.is_empty() {
            Tone::Faint
        } else {
            Tone::Doubtful
        };
        page.hanging("  ", "    ", &text, tone);
    }
}

fn facts(key: &DkimKey) -> Vec<String> {
    let mut facts = vec![key.algorithm.clone()];
    facts.extend(key.bits.map(|bits| format!("{bits} bits")));
    facts.extend(key.exponent.map(|exponent| format!("exponent {exponent}")));
    facts.extend(key.weaknesses.iter().map(|weakness| weakness.text.clone()));
    facts.extend(key.remarks.iter().map(|remark| (*remark).to_owned()));
    let flags = [
        (key.revoked, "revoked (p= is empty)"),
        (key.testing, "on trial (t=y)"),
        (key.strict, "for i= exactly d= (t=s)"),
        (key.stale, "recorded long after delivery"),
    ];
    facts.extend(
        flags
            .iter()
            .filter(|(holds, _)| *holds)
            .map(|(_, words)| (*words).to_owned()),
    );
    let lists = [("hashes h=", &key.hashes), ("services s=", &key.services)];
    for (name, list) in lists {
        facts.extend(list.as_ref().map(|items| format!("{name}{}", items.join(":"))));
    }
    facts.extend(
        key.granularity
            .as_ref()
            .map(|value| format!("g={value}, which RFC 6376 dropped")),
    );
    facts.extend(key.notes.as_ref().map(|notes| format!("note: {notes}")));
    if key.records > 1 {
        facts.push(format!("{} records at its name", key.records));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::KeyWeakness;

    #[test]
    fn facts_in_words() {
        let key = DkimKey {
            bits: Some(512),
            record: String::new(),
            testing: true,
            algorithm: "rsa".to_owned(),
            revoked: false,
            stale: false,
            exponent: Some(3),
            strict: true,
            hashes: Some(vec!["sha256".to_owned()]),
            services: None,
            granularity: None,
            notes: Some("old".to_owned()),
            records: 2,
            weaknesses: vec![KeyWeakness {
                kind: "short",
                text: "a key of 512 bits".to_owned(),
                open_to_all: true,
            }],
            remarks: vec!["a remark"],
        };
        assert_eq!(
            facts(&key).join(", "),
            "rsa, 512 bits, exponent 3, a key of 512 bits, a remark, on trial (t=y), for i= exactly d= (t=s), \
             hashes h=sha256, note: old, 2 records at its name"
        );
    }
}
