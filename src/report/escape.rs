//! The one place through which text from a message leaves the program.
//!
//! Whoever writes a message writes text into the terminal of whoever examines it. [`visible`] leaves nothing in a
//! text that moves the cursor, turns the reading direction, breaks the line or shows no mark at all: each such
//! character becomes `\u{202E}`, readable and searchable. [`json`] does the same for JSON, in JSON's own escapes.

use std::{borrow::Cow, fmt::Write};

use unicode_width::UnicodeWidthChar;

use crate::eights::{self, EACH};

/// More marks than this on one letter are written out: piled up they paint over the lines above and below.
const MAX_MARKS: usize = 3;

/// The text on one line, with every character that has no visible form written out. Applying it twice changes nothing.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut marks = 0;
    for c in text.chars() {
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        if is_visible(c) && marks <= MAX_MARKS {
            out.push(c);
        } else {
            write_escape(&mut out, c);
        }
    }
    Cow::Owned(out)
}

/// The lines of a text, each made visible: line ends (CR LF, LF, CR) separate, everything else is written out.
pub fn visible_lines(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .flat_map(|line| line.split('\r'))
        .map(visible)
}

/// Writes out in JSON's own way what [`visible`] would write out: data stays data, and a terminal that shows it stays
/// safe. Outside of its strings JSON is plain ASCII, so one pass over the finished text is exact; its own line ends
/// are the only control characters in it.
pub fn json(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && memchr::memchr(0x7f, text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c == '\n' {
            out.push(c);
        } else {
            push_json(c, &mut out);
        }
    }
    Cow::Owned(out)
}

/// The inside of a JSON string: what [`json`] makes of it once it is written.
pub fn json_text(text: &str, out: &mut String) {
    let mut rest = text;
    loop {
        let (plain, other) = rest.split_at(plain_prefix(rest.as_bytes()));
        out.push_str(plain);
        let mut other = other.chars();
        match other.next() {
            None => return,
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\u{c}') => out.push_str("\\f"),
            Some(c) => push_json(c, out),
        }
        rest = other.as_str();
    }
}

/// Whether JSON shows all bytes as they are: visible ASCII without quotes and backslashes.
#[inline]
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    eights::none(bytes, special)
}

/// Bytes at the beginning that JSON shows as they are.
fn plain_prefix(bytes: &[u8]) -> usize {
    let (eights, _) = bytes.as_chunks::<8>();
    let whole = 8 * eights.iter().take_while(|eight| special(**eight) == 0).count();
    let rest = bytes.get(whole..).unwrap_or_default();
    whole + rest.iter().take_while(|byte| special([**byte; 8]) == 0).count()
}

/// Not zero where one of eight bytes is not visible ASCII, or is a quote or a backslash. All at once: in a byte below 128 each of
/// the sums sets the highest bit where it finds what it looks for, and only then touches the next byte.
fn special(eight: [u8; 8]) -> u64 {
    let eight = u64::from_ne_bytes(eight);
    let is = |byte: u8| (eight ^ (EACH * u64::from(byte))).wrapping_sub(EACH);
    let control = eight.wrapping_sub(EACH * 0x20);
    let delete = eight.wrapping_add(EACH);
    (eight | control | delete | is(b'"') | is(b'\\')) & (EACH * 0x80)
}

/// A character in a JSON string, none of those that JSON itself writes out.
fn push_json(c: char, out: &mut String) {
    if is_visible(c) || is_letter_mark(c) {
        out.push(c);
        return;
    }
    for unit in c.encode_utf16(&mut [0; 2]) {
        let _ = write!(out, "\\u{unit:04x}");
    }
}

/// Makes addresses unclickable: `http` becomes `hxxp`, and the dots of names and addresses `[.]`.
///
/// What counts as a name: letters, digits, hyphens and dots that end in a label with a letter in it, and IPv4 addresses. Numbers such as
/// the `5.3.5` of a section stay. Applying it twice changes nothing.
pub fn defang(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.find(|c| !is_name_char(c)).unwrap_or(rest.len());
        if run == 0 {
            let other = rest.find(is_name_char).unwrap_or(rest.len());
            let (separators, tail) = rest.split_at(other);
            out.push_str(separators);
            rest = tail;
            continue;
        }
        let (name, tail) = rest.split_at(run);
        if tail.starts_with("://") {
            out.push_str(&defang_scheme(name));
        } else if is_host(name) {
            // A full stop behind the name ends a sentence.
            let kept = name.trim_end_matches('.');
            out.push_str(&kept.replace('.', "[.]"));
            out.push_str(&name[kept.len()..]);
        } else {
            out.push_str(name);
        }
        rest = tail;
    }
    out
}

/// Makes a quotation unclickable: every dot, since a mark may cut a name in two.
pub fn defang_quotation(text: &str) -> String {
    text.replace("http", "hxxp").replace("HTTP", "HXXP").replace('.', "[.]")
}

fn defang_scheme(scheme: &str) -> String {
    match scheme.to_ascii_lowercase().as_str() {
        "http" => "hxxp".to_owned(),
        "https" => "hxxps".to_owned(),
        "ftp" => "fxp".to_owned(),
        _ => scheme.to_owned(),
    }
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_')
}

fn is_host(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return true;
    }
    let mut labels = name.rsplit('.');
    let last = labels.next().unwrap_or_default();
    let top_level = last.chars().count() >= 2 && last.chars().any(char::is_alphabetic);
    top_level && labels.next().is_some_and(|label| !label.is_empty())
}

fn write_escape(out: &mut String, c: char) {
    // Writing to a String cannot fail.
    let _ = match c {
        '\n' => write!(out, "\\n"),
        '\r' => write!(out, "\\r"),
        '\t' => write!(out, "\\t"),
        _ => write!(out, "\\u{{{:X}}}", u32::from(c)),
    };
}

/// Whether a character shows itself, stays on its line and leaves its neighbours where they are.
fn is_visible(c: char) -> bool {
    match c {
        ' '..='~' => true,
        // Letters and symbols by category that draw nothing: fillers, the blank Braille cell, variation selectors.
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' => false,
        '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}' => false,
        _ => is_printable(c),
    }
}

/// Marks that belong to a script or an emoji and draw nothing by themselves: harmless in JSON, where they are data.
fn is_letter_mark(c: char) -> bool {
    matches!(c, '\u{fe0f}' | '\u{a0}' | '\u{3000}')
}

/// Not a control, format, private-use, unassigned or separating character, by the tables of the standard library.
///
/// The tables are not public; `str::escape_debug` reads them. It writes out a combining mark only at the start of a
/// string, so the character is asked about in second place.
fn is_printable(c: char) -> bool {
    let mut buffer = [b'a'; 5];
    let length = match buffer.get_mut(1..) {
        Some(rest) if c.len_utf8() <= rest.len() => c.encode_utf8(rest).len(),
        _ => return false,
    };
    let pair = buffer.get(..=length).and_then(|bytes| std::str::from_utf8(bytes).ok());
    pair.is_some_and(|pair| pair.escape_debug().nth(1) == Some(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What no output may hold: listed by hand, not by the code under test.
    fn is_dangerous(c: char) -> bool {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}')
            || matches!(u32::from(c), 0xe0000..=0xe0fff | 0xf0000..=0x10ffff)
    }

    #[test]
    fn writes_out_what_cannot_be_seen() {
        assert_eq!(visible("a\u{200b}b"), "a\\u{200B}b");
        assert_eq!(visible("\u{1b}[31mred"), "\\u{1B}[31mred");
        assert_eq!(visible("gepj.\u{202e}exe"), "gepj.\\u{202E}exe");
        assert_eq!(visible("one\r\ntwo\tthree"), "one\\r\\ntwo\\tthree");
        assert_eq!(
            visible("\u{9b}31m \u{85} \u{7f} \u{a0}"),
            "\\u{9B}31m \\u{85} \\u{7F} \\u{A0}"
        );
        assert_eq!(visible("\u{378}\u{e001}\u{e0041}"), "\\u{378}\\u{E001}\\u{E0041}");
    }

    #[test]
    fn leaves_the_scripts_of_the_world() {
        for text in [
            "Jürgen Groß",
            "Пётр",
            "東京",
            "مرحبا",
            "Tiếng Việt",
            "e\u{301}",
            "हिन्दी",
            "😀 \\ \"quoted\" 'x'",
        ] {
            assert_eq!(visible(text), text);
        }
        assert_eq!(
            visible("e\u{301}\u{301}\u{301}\u{301}"),
            "e\u{301}\u{301}\u{301}\\u{301}"
        );
    }

    #[test]
    fn splits_lines_before_escaping() {
        let lines: Vec<_> = visible_lines("a\r\nb\u{1b}\nc\rd").collect();
        assert_eq!(lines, ["a", "b\\u{1B}", "c", "d"]);
    }

    #[test]
    fn json_keeps_the_data() {
        let text = serde_json::to_string("a\u{202e}b\u{7f}\u{e0041}\u{9b}ü\n").unwrap();
        let safe = json(&text);
        assert_eq!(safe, "\"a\\u202eb\\u007f\\udb40\\udc41\\u009bü\\n\"");
        assert_eq!(
            serde_json::from_str::<String>(&safe).unwrap(),
            "a\u{202e}b\u{7f}\u{e0041}\u{9b}ü\n"
        );
    }

    #[test]
    fn each_byte_is_found_at_each_place() {
        let marked = |byte: u8| !matches!(byte, b' '..=b'~') || byte == b'"' || byte == b'\\';
        for length in 1..=17 {
            for (place, byte) in (0..length).flat_map(|place| (0..=255).map(move |byte| (place, byte))) {
                let mut bytes = vec![b'~'; length];
                bytes[place] = byte;
                assert_eq!(is_plain(&bytes), !marked(byte), "{bytes:?}");
                assert_eq!(
                    plain_prefix(&bytes),
                    if marked(byte) { place } else { length },
                    "{bytes:?}"
                );
            }
        }
    }

    #[test]
    fn defangs_names_and_leaves_prose() {
        assert_eq!(
            defang("see https://evil.example/a.html."),
            "see hxxps://evil[.]example/a[.]html."
        );
        assert_eq!(
            defang("From a.b@bank.example via 203.0.113.66, RFC 9989 5.3.5."),
            "From a.b@bank[.]example via 203[.]0[.]113[.]66, RFC 9989 5.3.5."
        );
        let once = defang("x.example 192.0.2.1");
        assert_eq!(defang(&once), once);
        assert_eq!(defang_quotation("http://a.example"), "hxxp://a[.]example");
    }

    proptest! {
        #[test]
        fn never_lets_a_dangerous_character_out(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(is_dangerous));
            let once = visible(&text).into_owned();
            prop_assert_eq!(visible(&once), once.as_str());
            let encoded = serde_json::to_string(&text).unwrap();
            let safe = json(&encoded);
            prop_assert!(!safe.chars().any(is_dangerous));
            prop_assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        }

        #[test]
        fn every_single_character_is_safe(c in any::<char>()) {
            let text = c.to_string();
            prop_assert!(!visible(&text).chars().any(is_dangerous));
        }

        #[test]
        fn defang_never_fails(text in any::<String>()) {
            let once = defang(&text);
            prop_assert!(!once.contains("http://"));
        }
    }
}
