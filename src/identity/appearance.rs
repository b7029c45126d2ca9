//! What a reader sees of a text: hidden characters, scripts, addresses and domains inside a display name.

use unicode_security::MixedScript;

/// Characters that a reader does not see, or that turn the order of others around (UTS 36, RFC 9839's problematic ones).
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The hidden characters of a text, each once, in order. Joiners (ZWJ, ZWNJ) and plain direction marks beside letters of
/// a right-to-left script are how such a name is spelled, not a trick.
pub fn hidden_characters(text: &str) -> Vec<char> {
    let spells_rtl = text.chars().any(is_right_to_left);
    let natural = |c: char| matches!(c, '\u{200c}'..='\u{200f}') && (spells_rtl || !text.is_ascii());
    let mut found = Vec::new();
    for c in text.chars() {
        let joins_emoji = c == '\u{200d}';
        let override_or_hidden = is_hidden(c) && !(natural(c) || joins_emoji && !text.is_ascii());
        if override_or_hidden && !found.contains(&c) {
            found.push(c);
        }
    }
    // Isolates and embeddings are legitimate around right-to-left text when they are closed; an override never is.
    if spells_rtl && balanced_isolates(text) {
        found.retain(|c| !matches!(c, '\u{2066}'..='\u{2069}' | '\u{202a}' | '\u{202b}' | '\u{202c}'));
    }
    found
}

fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

fn balanced_isolates(text: &str) -> bool {
    let opened = text
        .chars()
        .filter(|c| matches!(c, '\u{2066}'..='\u{2068}' | '\u{202a}' | '\u{202b}'))
        .count();
    let closed = text.chars().filter(|c| matches!(c, '\u{2069}' | '\u{202c}')).count();
    opened == closed
}

/// The text as a reader sees it: hidden characters gone, full-width forms folded to ASCII.
pub fn shown(text: &str) -> String {
    text.chars().filter(|c| !is_hidden(*c)).map(fold_width).collect()
}

fn fold_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{fe6b}' => '@',
        '\u{3002}' | '\u{ff61}' => '.',
        _ => c,
    }
}

/// Whether one label of a domain mixes scripts that no language mixes (UTS 39 5.1).
pub fn is_mixed_script(domain: &str) -> bool {
    if domain.is_ascii() && !domain.contains("xn--") {
        return false;
    }
    let (unicode, _) = idna::domain_to_unicode(domain);
    unicode.split('.').any(|label| !label.is_single_script())
}

/// The addresses that a reader sees in a display name, in lower case.
pub fn addresses_in(text: &str) -> Vec<String> {
    if text.is_ascii() && !text.contains('@') {
        return Vec::new();
    }
    let text = shown(text).to_lowercase();
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        let local: String = text[..at]
            .chars()
            .rev()
            .take_while(|c| is_atom(*c) || *c == '.')
            .collect();
        let local: String = local.chars().rev().collect();
        let rest = text[at + 1..].trim_start();
        let domain: String = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
            .collect();
        let domain = domain.trim_matches(['.', '-']);
        if !local.is_empty() && domain.contains('.') {
            found.push(format!("{}@{domain}", local.trim_matches('.')));
        }
    }
    found.dedup();
    found
}

/// The domain names that a reader sees in a display name, those of addresses included, in normal form. A word counts
/// when its last label is a public suffix that exists, or a reserved name of RFC 2606.
pub fn domains_in(text: &str) -> Vec<String> {
    if text.is_ascii() && !text.contains('.') {
        return Vec::new();
    }
    let text = shown(text).to_lowercase();
    let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')));
    let mut found: Vec<String> = Vec::new();
    for word in words.map(|word| word.trim_matches(['.', '-'])) {
        let name = crate::domain::normalise(word);
        if word.contains('.') && has_known_suffix(&name) && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

fn has_known_suffix(name: &str) -> bool {
    let reserved = ["example", "test", "invalid", "localhost"];
    let known = psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known());
    let top = name.rsplit('.').next().unwrap_or_default();
    name.split('.').all(|label| !label.is_empty()) && (known || reserved.contains(&top)) && !psl_only(name)
}

/// A bare public suffix ("co.uk") names nobody.
fn psl_only(name: &str) -> bool {
    crate::domain::is_public_suffix(name)
}

fn is_atom(c: char) -> bool {
    c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_reader_sees() {
        assert_eq!(addresses_in("alerts@bank\u{200b}.example"), ["alerts@bank.example"]);
        assert_eq!(addresses_in("\"Sam (sam＠bank.example)\""), ["sam@bank.example"]);
        assert_eq!(domains_in("Security bank.example"), ["bank.example"]);
        assert!(domains_in("v2.0 e.g. Dr.Who").is_empty());
        assert!(addresses_in("Team @ Work").is_empty());
    }

    #[test]
    fn right_to_left_names_are_no_trick() {
        assert!(hidden_characters("\u{5d3}\u{5e0}\u{5d4} \u{200f}\u{5db}\u{5d4}\u{5df}").is_empty());
        assert_eq!(hidden_characters("abc\u{202e}def"), ['\u{202e}']);
        assert_eq!(hidden_characters("bank\u{ad}.example"), ['\u{ad}']);
    }
}
