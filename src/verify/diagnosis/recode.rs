//! Content transfer encodings (RFC 2045 6.7, 6.8) in the ways in which mail software writes them.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::hasher::BodyHasher;

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
pub(super) struct Encoder<'a> {
    recoding: Recoding,
    hasher: BodyHasher<'a>,
    /// Octets that do not fill a line of base64 yet.
    pending: Vec<u8>,
}

impl<'a> Encoder<'a> {
    pub(super) fn new(recoding: Recoding, hasher: BodyHasher<'a>) -> Self {
        Self {
            recoding,
            hasher,
            pending: Vec::new(),
        }
    }

    /// Adds a line of text. True if the body may end here and then has the hash that was signed.
    pub(super) fn line(&mut self, line: &[u8], compare: bool) -> bool {
        match self.recoding {
            Recoding::AsIs => self.hasher.line(line),
            Recoding::QuotedPrintable(style) => style.encode(line, |encoded| self.hasher.line(encoded)),
            Recoding::Base64 {
                octets_a_line,
                line_end,
            } => {
                self.pending.extend_from_slice(line);
                self.flush(octets_a_line);
                // The last line of a text may lack its end.
                if compare && self.ended().matches() {
                    return true;
                }
                self.pending.extend_from_slice(line_end);
                self.flush(octets_a_line);
            }
        }
        compare && self.ended().matches()
    }

    /// The body hash as it would be if the text ended here.
    pub(super) fn ended(&self) -> Cow<'_, BodyHasher<'a>> {
        if self.pending.is_empty() {
            return Cow::Borrowed(&self.hasher);
        }
        let mut hasher = self.hasher.clone();
        hasher.line(STANDARD.encode(&self.pending).as_bytes());
        Cow::Owned(hasher)
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
    /// The encoded lines of one line of text, soft line breaks made.
    fn encode(self, line: &[u8], mut emit: impl FnMut(&[u8])) {
        let escaped = self.escaped(line);
        let mut rest = &*escaped;
        let mut out = Vec::with_capacity(self.columns + 1);
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
            emit(&out);
            rest = behind;
        }
        emit(rest);
    }

    /// The line with what may not stand as `=XX`.
    fn escaped(self, line: &[u8]) -> Vec<u8> {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        let digit = |nibble: u8| HEX.get(usize::from(nibble & 15)).copied().unwrap_or_default();
        let last = line.len().saturating_sub(1);
        let mut out = Vec::with_capacity(line.len());
        for (at, byte) in line.iter().enumerate() {
            let stands = match byte {
                b'=' => false,
                b' ' => at != last || self.habit == Habit::OpenEnds,
                b'\t' => (at != last || self.habit == Habit::OpenEnds) && self.habit != Habit::Tabs,
                b'.' if at == 0 && self.habit == Habit::LineStarts => line.len() > 1,
                b'F' if at == 0 && self.habit == Habit::LineStarts => !line.starts_with(b"From "),
                b'!' | b'"' | b'#' | b'$' | b'@' | b'[' | b'\\' | b']' | b'^' | b'`' | b'{' | b'|' | b'}' | b'~' => {
                    self.habit != Habit::Ebcdic
                }
                _ => byte.is_ascii_graphic(),
            };
            match stands {
                true => out.push(*byte),
                false => out.extend_from_slice(&[b'=', digit(byte >> 4), digit(*byte)]),
            }
        }
        out
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
            let decoder = base64::engine::GeneralPurpose::new(
                &base64::alphabet::STANDARD,
                base64::engine::GeneralPurposeConfig::new()
                    .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
                    .with_decode_allow_trailing_bits(true),
            );
            decoder.decode(compact.get(..end)?).ok()
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
        let mut lines = Vec::new();
        style.encode(line.as_bytes(), |line| {
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
