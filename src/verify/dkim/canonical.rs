//! Canonicalization (RFC 6376 3.4) of header fields and bodies, whose line ends are first brought to CR LF.

use std::borrow::Cow;

/// The two algorithms of RFC 6376 3.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verify) enum Canonicalization {
    /// Nothing but trailing empty lines may change.
    Simple,
    /// White space may change.
    Relaxed,
}

impl Canonicalization {
    /// Reads a name; ABNF literals have no case.
    pub(in crate::verify) fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "simple" => Some(Self::Simple),
            "relaxed" => Some(Self::Relaxed),
            _ => None,
        }
    }
}

/// Ends every line in CR LF, as it was signed for transport (RFC 6376 5.3). A bare LF ends a line; a bare CR does so
/// only on demand, as it may as well be data.
pub(in crate::verify) fn with_crlf(bytes: &[u8], cr_ends_lines: bool) -> Cow<'_, [u8]> {
    let mut out = Vec::new();
    let mut copied = 0;
    for at in memchr::memchr2_iter(b'\r', b'\n', bytes) {
        let bare = match bytes.get(at) {
            Some(b'\n') => at == 0 || bytes.get(at - 1) != Some(&b'\r'),
            _ => cr_ends_lines && bytes.get(at + 1) != Some(&b'\n'),
        };
        if bare {
            out.extend_from_slice(bytes.get(copied..at).unwrap_or_default());
            out.extend_from_slice(b"\r\n");
            copied = at + 1;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(bytes);
    }
    out.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// A header field without its last line end. `head` is the name up to and with the colon, `value` what follows; both
/// with CR LF line ends.
pub(in crate::verify) fn header_field(head: &[u8], value: &[u8], canonicalization: Canonicalization) -> Vec<u8> {
    let mut out = Vec::with_capacity(head.len() + value.len());
    append_header_field(&mut out, head, value, canonicalization);
    out
}

/// The same, written to the end of `out`.
pub(in crate::verify) fn append_header_field(
    out: &mut Vec<u8>,
    head: &[u8],
    value: &[u8],
    canonicalization: Canonicalization,
) {
    match canonicalization {
        // RFC 6376 3.4.1
        Canonicalization::Simple => {
            out.extend_from_slice(head);
            out.extend_from_slice(value);
        }
        // RFC 6376 3.4.2: name in lower case, unfolded, runs of white space one space, none around the colon or at the end.
        Canonicalization::Relaxed => {
            let name = head.strip_suffix(b":").unwrap_or(head).trim_ascii_end();
            out.extend(name.iter().map(u8::to_ascii_lowercase));
            out.push(b':');
            let start = out.len();
            let mut space = false;
            let mut rest = value;
            while !rest.is_empty() {
                let mut run = rest
                    .iter()
                    .position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
                    .unwrap_or(rest.len());
                // A CR that begins no line end is data.
                if run == 0 && rest.starts_with(b"\r") && !rest.starts_with(b"\r\n") {
                    run = 1;
                }
                let (data, after) = rest.split_at(run);
                if !data.is_empty() {
                    if space && out.len() > start {
                        out.push(b' ');
                    }
                    space = false;
                    out.extend_from_slice(data);
                }
                let blank = matches!(after.first(), Some(b' ' | b'\t'));
                space |= blank;
                let skipped = blank || after.starts_with(b"\n") || after.starts_with(b"\r\n");
                rest = after.get(usize::from(skipped)..).unwrap_or_default();
            }
        }
    }
}

/// A body, given with CR LF line ends.
pub(in crate::verify) fn body(bytes: &[u8], canonicalization: Canonicalization) -> Cow<'_, [u8]> {
    match canonicalization {
        // RFC 6376 3.4.3: trailing empty lines are one CR LF, which also stands for an empty body.
        Canonicalization::Simple => with_one_line_end(bytes),
        // RFC 6376 3.4.4: no white space at line ends, other runs of it one space, then no trailing empty lines. A line of
        // white space only is empty by then (erratum 5839 leaves no doubt). An empty body stays empty.
        Canonicalization::Relaxed if is_relaxed(bytes) => match with_one_line_end(bytes) {
            ended if *ended == *b"\r\n" => Cow::Borrowed(b""),
            ended => ended,
        },
        Canonicalization::Relaxed => {
            let mut out = Vec::with_capacity(bytes.len() + 2);
            let lines = Lines {
                lf_is_text: true,
                ..Lines::default()
            };
            body_in_pieces(bytes, lines, canonicalization, |piece| out.extend_from_slice(piece));
            Cow::Owned(out)
        }
    }
}

/// How the stored lines of a body are read.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::verify) struct Lines {
    /// A bare CR ends a line as well.
    pub(in crate::verify) cr_ends_lines: bool,
    /// A bare LF is text.
    pub(in crate::verify) lf_is_text: bool,
    /// `>From ` is unquoted: of one level alone, or of all by one.
    pub(in crate::verify) unquoted: Option<bool>,
}

/// The same as [`body`] of a body as it is stored, given out in pieces: for what is too large to be kept a second time.
pub(in crate::verify) fn body_in_pieces(
    stored: &[u8],
    lines: Lines,
    canonicalization: Canonicalization,
    mut piece: impl FnMut(&[u8]),
) {
    let (mut rest, mut relaxed, mut empty_lines, mut anything) = (stored, Vec::new(), 0_usize, false);
    while !rest.is_empty() {
        let (raw, behind) = first_line(rest, lines);
        rest = behind;
        let raw = match lines.unquoted {
            Some(all_levels) => Cow::Owned(without_from_quotes(raw, all_levels)),
            None => Cow::Borrowed(raw),
        };
        let line = match canonicalization {
            Canonicalization::Simple => &*raw,
            Canonicalization::Relaxed => {
                relaxed.clear();
                relax_line(&raw, &mut relaxed);
                &relaxed
            }
        };
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut empty_lines) {
            piece(b"\r\n");
        }
        piece(line);
        piece(b"\r\n");
        anything = true;
    }
    if !anything && canonicalization == Canonicalization::Simple {
        piece(b"\r\n");
    }
}

/// The first line without its end, and what stands behind that.
fn first_line(bytes: &[u8], lines: Lines) -> (&[u8], &[u8]) {
    for at in memchr::memchr2_iter(b'\r', b'\n', bytes) {
        let two = bytes.get(at..at + 2) == Some(b"\r\n");
        let ends = match bytes.get(at) {
            Some(b'\n') => !lines.lf_is_text,
            _ => two || lines.cr_ends_lines,
        };
        if ends {
            let (line, behind) = bytes.split_at(at);
            return (line, behind.get(if two { 2 } else { 1 }..).unwrap_or_default());
        }
    }
    (bytes, &[])
}

/// A body with exactly one line end at its end.
fn with_one_line_end(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut kept = bytes;
    while let Some(rest) = kept.strip_suffix(b"\r\n") {
        kept = rest;
    }
    match bytes.get(..kept.len() + 2) {
        Some(ended) => Cow::Borrowed(ended),
        None => Cow::Owned([kept, b"\r\n"].concat()),
    }
}

/// Whether there is no white space to relax, as in most bodies: seen much faster than rewritten.
fn is_relaxed(bytes: &[u8]) -> bool {
    memchr::memchr(b'\t', bytes).is_none()
        && !bytes.ends_with(b" ")
        && memchr::memmem::find(bytes, b"  ").is_none()
        && memchr::memmem::find(bytes, b" \r\n").is_none()
}

/// One line of a relaxed body, without its end.
pub(in crate::verify) fn relax_line(line: &[u8], out: &mut Vec<u8>) {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    // Most lines are so already. Looked at without an early end, for which processors have instructions.
    let pairs = line.iter().zip(line.get(1..).unwrap_or_default());
    let runs = pairs.fold(false, |found, (one, next)| found | (*one == b' ' && *next == b' '));
    let tabs = line.iter().fold(false, |found, byte| found | (*byte == b'\t'));
    if !runs && !tabs && !line.ends_with(b" ") {
        out.extend_from_slice(line);
        return;
    }
    let mut rest = line;
    while let Some(space) = memchr::memchr2(b' ', b'\t', rest) {
        let (word, behind) = rest.split_at(space);
        out.extend_from_slice(word);
        let Some(next) = behind.iter().position(|byte| !is_space(byte)) else {
            return;
        };
        out.push(b' ');
        rest = behind.get(next..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

/// Takes away the `>` that mbox writers put before a body line that begins with `From ` (mboxo); with `all_levels` also
/// one of several (mboxrd).
pub(in crate::verify) fn without_from_quotes(bytes: &[u8], all_levels: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let quotes = line.iter().take_while(|byte| **byte == b'>').count();
        let quoted = (quotes == 1 || (all_levels && quotes > 1))
            && line.get(quotes..).is_some_and(|rest| rest.starts_with(b"From "));
        out.extend_from_slice(line.get(usize::from(quoted)..).unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use Canonicalization::{Relaxed, Simple};

    /// The example of RFC 6376 3.4.5.
    #[test]
    fn example_of_the_rfc() {
        assert_eq!(header_field(b"A:", b" X", Relaxed), b"a:X");
        assert_eq!(header_field(b"B :", b" Y\t\r\n\tZ  ", Relaxed), b"b:Y Z");
        // A CR or LF alone: the one is data, the other ends a line.
        assert_eq!(header_field(b"B:", b" \r Y\rZ\n \r", Relaxed), b"b:\r Y\rZ \r");
        assert_eq!(header_field(b"B :", b" Y\t\r\n\tZ  ", Simple), b"B : Y\t\r\n\tZ  ");
        let stored = b" C \r\nD \t E\r\n\r\n\r\n";
        assert_eq!(&*body(stored, Relaxed), b" C\r\nD E\r\n");
        assert_eq!(&*body(stored, Simple), b" C \r\nD \t E\r\n");
    }

    #[test]
    fn ends_of_bodies() {
        assert_eq!(&*body(b"", Simple), b"\r\n");
        assert_eq!(&*body(b"", Relaxed), b"");
        assert_eq!(&*body(b"\r\n \r\n\t\r\n", Relaxed), b"");
        assert_eq!(&*body(b"a\r\n \r\n\t\r\n", Relaxed), b"a\r\n");
        assert_eq!(&*body(b"\r\n\r\na", Relaxed), b"\r\n\r\na\r\n");
        assert_eq!(&*body(b"a\r\n\r\nb \t", Relaxed), b"a\r\n\r\nb\r\n");
        assert_eq!(&*body(b"a\r\n \r\n", Simple), b"a\r\n \r\n");
        assert_eq!(&*body(b"a", Simple), b"a\r\n");
        assert_eq!(&*body(b"a b", Relaxed), b"a b\r\n");
        assert_eq!(&*body(b"a b\r\n\r\n", Relaxed), b"a b\r\n");
        assert_eq!(&*body(b"\r\n\r\n", Relaxed), b"");
    }

    #[test]
    fn line_ends() {
        assert_eq!(&*with_crlf(b"a\nb\r\nc\rd", false), b"a\r\nb\r\nc\rd");
        assert_eq!(&*with_crlf(b"a\nb\r\nc\rd\r", true), b"a\r\nb\r\nc\r\nd\r\n");
        assert!(matches!(with_crlf(b"a\r\nb", true), Cow::Borrowed(_)));
    }

    #[test]
    fn from_quotes() {
        let stored = b">From a\r\n>>From b\r\n> From c\r\n>Fromage\r\n";
        assert_eq!(
            without_from_quotes(stored, false),
            b"From a\r\n>>From b\r\n> From c\r\n>Fromage\r\n"
        );
        assert_eq!(
            without_from_quotes(stored, true),
            b"From a\r\n>From b\r\n> From c\r\n>Fromage\r\n"
        );
    }

    proptest::proptest! {
        /// A large body gives in pieces what a small one gives whole.
        #[test]
        fn pieces_are_the_whole(
            text in "[ab> \t\r\n]{0,40}|(>{0,2}From x|\r\n|\n|\r| |a){0,12}",
            reading in 0..5_usize,
            relaxed: bool,
        ) {
            let form = if relaxed { Canonicalization::Relaxed } else { Canonicalization::Simple };
            let lines = [
                Lines::default(),
                Lines { cr_ends_lines: true, ..Lines::default() },
                Lines { lf_is_text: true, ..Lines::default() },
                Lines { unquoted: Some(false), ..Lines::default() },
                Lines { unquoted: Some(true), ..Lines::default() },
            ][reading];
            let stored = match lines.lf_is_text {
                true => Cow::Borrowed(text.as_bytes()),
                false => with_crlf(text.as_bytes(), lines.cr_ends_lines),
            };
            let stored = match lines.unquoted {
                Some(all_levels) => without_from_quotes(&stored, all_levels),
                None => stored.into_owned(),
            };
            let mut pieces = Vec::new();
            body_in_pieces(text.as_bytes(), lines, form, |piece| pieces.extend_from_slice(piece));
            proptest::prop_assert_eq!(pieces, body(&stored, form).into_owned());
        }
    }
}
