//! Content transfer encodings (RFC 2045 6.7, 6.8) in the ways in which mail software writes them.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::hasher::BodyHasher;
use crate::message::LENIENT_BASE64;

/// A way to write text for transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recoding {
    /// 7bit or 8bit: as it is.
    AsIs,
    /// Lines of base64; text lines ended in this way before.
    Base64 {
        octets_a_line: usize,
        line_end: &'static [u8],
    },
    QuotedPrintable(QuotedPrintable),
}

/// What quoted-printable leaves to the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct QuotedPrintable {
    /// Characters of a line before its soft line break; RFC 2045 allows 75.
    columns: usize,
    /// Characters of a line that needs no soft line break.
    last_columns: usize,
    /// Lines are broken behind a space where there is one.
    at_spaces: bool,
    /// What of the characters that may stand is encoded all the same, or the reverse.
    habit: Habit,
}

/// Characters that some writers encode without need, or leave against the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    /// By the book.
    None,
    /// A `.` alone and the F of `From ` at the start of a line: against SMTP and mbox.
    LineStarts,
    /// What EBCDIC lacks (RFC 2045 6.7).
    Ebcdic,
    /// Tabs.
    Tabs,
    /// White space at line ends is left as it is.
    OpenEnds,
}

impl Habit {
    /// The octets that stand for themselves within a line.
    const fn standing(self) -> [bool; 256] {
        let mut stands = [false; 256];
        let mut octet = 0;
        while octet < 256 {
            stands[octet] = match octet as u8 {
                b'=' => false,
                b' ' => true,
                b'\t' => !matches!(self, Self::Tabs),
                b'!' | b'"' | b'#' | b'$' | b'@' | b'[' | b'\\' | b']' | b'^' | b'`' | b'{' | b'|' | b'}' | b'~' => {
                    !matches!(self, Self::Ebcdic)
                }
                other => other.is_ascii_graphic(),
            };
            octet += 1;
        }
        stands
    }

    /// As [`Self::standing`], made once: a search looks up each octet of a body in each of its ways.
    fn table(self) -> &'static [bool; 256] {
        static USUAL: [bool; 256] = Habit::None.standing();
        static WITHOUT_TABS: [bool; 256] = Habit::Tabs.standing();
        static EBCDIC: [bool; 256] = Habit::Ebcdic.standing();
        match self {
            Self::None | Self::LineStarts | Self::OpenEnds => &USUAL,
            Self::Tabs => &WITHOUT_TABS,
            Self::Ebcdic => &EBCDIC,
        }
    }

    /// How many octets at the beginning of a line are encoded whatever they are, and how many at its end.
    fn encoded_ends(self, line: &[u8]) -> (usize, usize) {
        let first = self == Self::LineStarts && (line == b"." || line.starts_with(b"From "));
        let last = self != Self::OpenEnds && matches!(line, [.., b' ' | b'\t']);
        (usize::from(first), usize::from(last))
    }
}

/// Octets of a line of base64 at most: 76 characters (RFC 2045 6.8).
const MAX_OCTETS: usize = 57;

/// The ways to be tried, most usual first.
pub(super) const RECODINGS: [Recoding; 22] = [
    base64(57, b"\r\n"),
    base64(57, b"\n"),
    STANDARD_QUOTED_PRINTABLE,
    Recoding::AsIs,
    quoted_printable(75, 75, Habit::None),
    quoted_printable(75, 75, Habit::OpenEnds),
    quoted_printable(75, 76, Habit::OpenEnds),
    quoted_printable(75, 76, Habit::LineStarts),
    quoted_printable(75, 76, Habit::Tabs),
    quoted_printable(75, 76, Habit::Ebcdic),
    quoted_printable(74, 75, Habit::None),
    quoted_printable(73, 74, Habit::None),
    quoted_printable(73, 73, Habit::None),
    quoted_printable(72, 73, Habit::None),
    quoted_printable(72, 72, Habit::None),
    by_words(75),
    by_words(73),
    by_words(72),
    base64(54, b"\r\n"),
    base64(48, b"\r\n"),
    base64(45, b"\r\n"),
    base64(54, b"\n"),
];

/// Base64 and quoted-printable as nearly everybody writes them.
pub(super) const STANDARD_BASE64: Recoding = base64(57, b"\r\n");
pub(super) const STANDARD_QUOTED_PRINTABLE: Recoding = quoted_printable(75, 76, Habit::None);

const fn base64(octets_a_line: usize, line_end: &'static [u8]) -> Recoding {
    Recoding::Base64 {
        octets_a_line,
        line_end,
    }
}

const fn quoted_printable(columns: usize, last_columns: usize, habit: Habit) -> Recoding {
    Recoding::QuotedPrintable(QuotedPrintable {
        columns,
        last_columns,
        at_spaces: false,
        habit,
    })
}

const fn by_words(columns: usize) -> Recoding {
    Recoding::QuotedPrintable(QuotedPrintable {
        columns,
        last_columns: columns + 1,
        at_spaces: true,
        habit: Habit::None,
    })
}

impl Recoding {
    /// The name in Content-Transfer-Encoding.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AsIs => "8bit",
            Self::Base64 { .. } => "base64",
            Self::QuotedPrintable(_) => "quoted-printable",
        }
    }
}

/// Feeds text to a body hash, encoded on the way.
#[derive(Clone)]
pub(super) struct Encoder<'a> {
    recoding: Recoding,
    hasher: BodyHasher<'a>,
    /// Octets that do not fill a line of base64 yet.
    pending: Vec<u8>,
    /// Room for a line in quoted-printable, and for what stands between two soft line breaks of it.
    escaped: Vec<u8>,
    broken: Vec<u8>,
}

impl<'a> Encoder<'a> {
    pub(super) fn new(recoding: Recoding, hasher: BodyHasher<'a>) -> Self {
        Self {
            recoding,
            hasher,
            pending: Vec::new(),
            escaped: Vec::new(),
            broken: Vec::new(),
        }
    }

    /// Adds a line of text. True if the body may end here and then has the hash that was signed.
    pub(super) fn line(&mut self, line: &[u8], compare: bool) -> bool {
        match self.recoding {
            Recoding::AsIs => self.hasher.line(line),
            Recoding::QuotedPrintable(style) => {
                style.escape(line, &mut self.escaped);
                style.encode(&self.escaped, &mut self.broken, |encoded| self.hasher.line(encoded));
            }
            Recoding::Base64 {
                octets_a_line,
                line_end,
            } => {
                self.pending.extend_from_slice(line);
                self.flush(octets_a_line);
                // The last line of a text may lack its end.
                if compare && self.matches() {
                    return true;
                }
                self.pending.extend_from_slice(line_end);
                self.flush(octets_a_line);
            }
        }
        compare && self.matches()
    }

    /// Whether the body has the hash that was signed, if the text ends here.
    pub(super) fn matches(&mut self) -> bool {
        match self.pending.is_empty() {
            true => self.hasher.matches(),
            false => self.clone().ended().matches(),
        }
    }

    /// The hash behind the end of the text.
    pub(super) fn ended(mut self) -> BodyHasher<'a> {
        if !self.pending.is_empty() {
            self.hasher.line(STANDARD.encode(&self.pending).as_bytes());
        }
        self.hasher
    }

    fn flush(&mut self, octets_a_line: usize) {
        let whole = self.pending.len() - self.pending.len() % octets_a_line;
        let mut line = [0; 4 * MAX_OCTETS.div_ceil(3)];
        for chunk in self.pending.get(..whole).unwrap_or_default().chunks(octets_a_line) {
            let length = STANDARD.encode_slice(chunk, &mut line).unwrap_or_default();
            self.hasher.line(line.get(..length).unwrap_or_default());
        }
        self.pending.drain(..whole);
    }
}

impl QuotedPrintable {
    /// The lines of one escaped line of text, soft line breaks made; `out` is room for one.
    fn encode(self, escaped: &[u8], out: &mut Vec<u8>, mut emit: impl FnMut(&[u8])) {
        let mut rest = escaped;
        while rest.len() > self.last_columns {
            let (fitting, _) = rest.split_at(self.columns.min(rest.len()));
            // No escape is broken; all others than `=` stand for themselves.
            let whole = match fitting {
                [.., b'='] => fitting.len() - 1,
                [.., b'=', _] => fitting.len() - 2,
                _ => fitting.len(),
            };
            let space = fitting.get(..whole).and_then(|fit| memchr::memrchr(b' ', fit));
            let taken = space.filter(|_| self.at_spaces).map_or(whole, |space| space + 1);
            let (broken, behind) = rest.split_at(taken);
            out.clear();
            out.extend_from_slice(broken);
            out.push(b'=');
            emit(out);
            rest = behind;
        }
        emit(rest);
    }

    /// The line with what may not stand as `=XX`.
    fn escape(self, line: &[u8], out: &mut Vec<u8>) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        let digit = |nibble: u8| HEX.get(usize::from(nibble & 15)).copied().unwrap_or_default();
        let escape = |out: &mut Vec<u8>, octet: u8| out.extend_from_slice(&[b'=', digit(octet >> 4), digit(octet)]);
        let stands = self.habit.table();
        let (first, last) = self.habit.encoded_ends(line);
        let (begin, rest) = line.split_at(first);
        let (mut rest, end) = rest.split_at(rest.len().saturating_sub(last));
        out.clear();
        begin.iter().for_each(|octet| escape(out, *octet));
        loop {
            let run = rest.iter().take_while(|octet| stands[usize::from(**octet)]).count();
            let (plain, behind) = rest.split_at(run);
            out.extend_from_slice(plain);
            let Some((octet, more)) = behind.split_first() else {
                break;
            };
            escape(out, *octet);
            rest = more;
        }
        end.iter().for_each(|octet| escape(out, *octet));
    }
}

/// Content as it was before its transfer encoding; `None` where the encoding is unknown or the content is none of it.
pub(super) fn decode(content: Vec<u8>, encoding: &str) -> Option<Vec<u8>> {
    match encoding {
        "" | "7bit" | "8bit" | "binary" => Some(content),
        "base64" => {
            let mut compact = content;
            compact.retain(|byte| !byte.is_ascii_whitespace());
            // Lists append their footer behind the padding: what comes after it is no base64 any more.
            let padding = memchr::memchr(b'=', &compact).unwrap_or(compact.len());
            let padded = compact.get(padding..).unwrap_or_default();
            let end = padding + padded.iter().take_while(|byte| **byte == b'=').count();
            LENIENT_BASE64.decode(compact.get(..end)?).ok()
        }
        "quoted-printable" => Some(decode_quoted_printable(&content)),
        _ => None,
    }
}

/// RFC 2045 6.7, forgiving: what is no escape stands for itself.
fn decode_quoted_printable(content: &[u8]) -> Vec<u8> {
    let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut out = Vec::with_capacity(content.len());
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let end = line
            .strip_suffix(b"\n")
            .map_or(line, |text| text.strip_suffix(b"\r").unwrap_or(text));
        let text = end.trim_ascii_end();
        let soft = text.ends_with(b"=");
        let mut bytes = if soft {
            text.get(..text.len() - 1).unwrap_or_default()
        } else {
            text
        };
        while let [first, rest @ ..] = bytes {
            let escaped = match rest {
                [high, low, ..] if *first == b'=' => hex(*high).zip(hex(*low)),
                _ => None,
            };
            match escaped {
                Some((high, low)) => {
                    out.push(high << 4 | low);
                    bytes = rest.get(2..).unwrap_or_default();
                }
                None => {
                    out.push(*first);
                    bytes = rest;
                }
            }
        }
        if !soft && end.len() < line.len() {
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(style: Recoding, line: &str) -> Vec<String> {
        let Recoding::QuotedPrintable(style) = style else {
            return Vec::new();
        };
        let (mut escaped, mut lines) = (Vec::new(), Vec::new());
        style.escape(line.as_bytes(), &mut escaped);
        style.encode(&escaped, &mut Vec::new(), |line| {
            lines.push(String::from_utf8_lossy(line).into_owned())
        });
        lines
    }

    #[test]
    fn soft_line_breaks() {
        let usual = STANDARD_QUOTED_PRINTABLE;
        assert_eq!(encoded(usual, &"x".repeat(76)), ["x".repeat(76)]);
        assert_eq!(
            encoded(usual, &"x".repeat(77)),
            [format!("{}=", "x".repeat(75)), "xx".to_owned()]
        );
        assert_eq!(encoded(usual, "a=b "), ["a=3Db=20"]);
        assert_eq!(encoded(by_words(10), "one two three"), ["one two =", "three"]);
        assert_eq!(
            encoded(quoted_printable(75, 76, Habit::LineStarts), "From me"),
            ["=46rom me"]
        );
        assert_eq!(encoded(usual, ""), [""]);
        for (habit, line, written) in [
            (Habit::None, " \t.\u{e4}!\t", " \t.=C3=A4!=09"),
            (Habit::OpenEnds, "a \t ", "a \t "),
            (Habit::Tabs, "a\tb", "a=09b"),
            (Habit::Ebcdic, "a[b", "a=5Bb"),
            (Habit::LineStarts, ".", "=2E"),
            (Habit::LineStarts, "..", ".."),
            (Habit::LineStarts, "Fromage", "Fromage"),
            (Habit::None, " ", "=20"),
        ] {
            assert_eq!(encoded(quoted_printable(75, 76, habit), line), [written], "{habit:?}");
        }
    }

    /// Anyone can write a line of megabytes: to break it must cost its length, not the square of it.
    #[test]
    fn one_long_line() {
        let line = "a=b ".repeat(500_000);
        for style in [STANDARD_QUOTED_PRINTABLE, by_words(72)] {
            let lines = encoded(style, &line);
            assert!(lines.iter().all(|line| line.len() <= 76));
            let joined: String = lines
                .iter()
                .map(|line| line.strip_suffix('=').unwrap_or(line))
                .collect();
            assert_eq!(joined.len(), line.len() + 2 * 500_000 + 2);
        }
    }

    #[test]
    fn decoding_forgives() {
        assert_eq!(
            decode(b"a=3Db=\r\nc =\r\nd=zz\r\n".to_vec(), "quoted-printable").as_deref(),
            Some(&b"a=bc d=zz\r\n"[..])
        );
        assert_eq!(
            decode(b"QQ==\r\n___\r\nlist\r\n".to_vec(), "base64").as_deref(),
            Some(&b"A"[..])
        );
        assert_eq!(decode(b"x".to_vec(), "x-uuencode"), None);
    }
}
