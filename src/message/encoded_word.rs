//! Encoded-words (RFC 2047), with what mailers make of them: spaces inside, split characters, missing padding.

use base64::Engine;

/// Beyond this many in one text the rest is left as written: each start costs a look ahead.
const MAX_WORDS: usize = 1_000;

/// Base64 (RFC 4648 4) as mail holds it: padding is often lost or doubled; trailing bits are often not zero.
pub(crate) static LENIENT_BASE64: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// One encoded-word and its length in the text.
struct Word<'t> {
    charset: &'t str,
    bytes: Vec<u8>,
    length: usize,
}

/// Decodes all encoded-words of a text; white space between two of them vanishes (RFC 2047 6.2). Adjacent words of
/// one character set are joined before decoding, since mailers cut within characters.
pub fn decode_encoded_words(text: &str) -> String {
    // Most texts show at once that they hold none.
    if memchr::memchr(b'=', text.as_bytes()).is_none() {
        return text.to_owned();
    }
    let mut decoded = String::with_capacity(text.len());
    // Bytes of adjacent words that wait for the end of their run.
    let mut run: Option<(&str, Vec<u8>)> = None;
    let (mut at, mut starts) = (0, 0);
    while let Some(found) = text[at..].find("=?").filter(|_| starts < MAX_WORDS) {
        starts += 1;
        let between = &text[at..at + found];
        let Some(word) = word_at(&text[at + found..]) else {
            flush(&mut run, &mut decoded);
            decoded.push_str(between);
            decoded.push_str("=?");
            at += found + 2;
            continue;
        };
        let adjacent = run.is_some() && between.trim_matches([' ', '\t']).is_empty();
        if !adjacent {
            flush(&mut run, &mut decoded);
            decoded.push_str(between);
        }
        match &mut run {
            Some((charset, bytes)) if charset.eq_ignore_ascii_case(word.charset) => bytes.extend(&word.bytes),
            _ => {
                flush(&mut run, &mut decoded);
                run = Some((word.charset, word.bytes));
            }
        }
        at += found + word.length;
    }
    flush(&mut run, &mut decoded);
    decoded.push_str(&text[at..]);
    decoded
}

fn flush(run: &mut Option<(&str, Vec<u8>)>, decoded: &mut String) {
    let Some((charset, bytes)) = run.take() else { return };
    match mail_parser::decoders::charsets::map::charset_decoder(charset.as_bytes()) {
        Some(decoder) => decoded.push_str(&decoder(&bytes)),
        None => decoded.push_str(&String::from_utf8_lossy(&bytes)),
    }
}

/// The encoded-word at the start of a text: `=?charset*language?encoding?data?=` (RFC 2047 2, RFC 2231 5).
fn word_at(text: &str) -> Option<Word<'_>> {
    let rest = text.strip_prefix("=?")?;
    let (charset, rest) = rest.split_once('?')?;
    let charset = charset.split('*').next().unwrap_or(charset);
    if charset.is_empty() || charset.len() > 40 || charset.contains([' ', '=', '<', '>', '"']) {
        return None;
    }
    let mut parts = rest.splitn(2, '?');
    let (encoding, data) = (parts.next()?, parts.next()?);
    let data = &data[..data.find("?=")?];
    if data.contains("=?") {
        return None;
    }
    let bytes = match encoding {
        "q" | "Q" => decode_q(data),
        "b" | "B" => {
            let kept: Vec<u8> = data.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
            LENIENT_BASE64.decode(kept).ok()?
        }
        _ => return None,
    };
    let length = (data.as_ptr() as usize - text.as_ptr() as usize) + data.len() + 2;
    Some(Word { charset, bytes, length })
}

/// The Q encoding (RFC 2047 4.2); an `=` that is no escape stands for itself.
fn decode_q(data: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(data.len());
    let mut rest = data.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'_', _) => bytes.push(b' '),
            (b'=', [high, low, behind @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high * 16 + low);
                    rest = behind;
                }
                _ => bytes.push(b'='),
            },
            (byte, _) => bytes.push(*byte),
        }
    }
    bytes
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// Whether a text holds something that reads as an encoded-word.
pub(super) fn has_encoded_word(text: &str) -> bool {
    memchr::memchr(b'=', text.as_bytes()).is_some()
        && text
            .match_indices("=?")
            .take(MAX_WORDS)
            .any(|(at, _)| text.get(at..).and_then(word_at).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_joins_and_leaves_alone() {
        for (text, expected) in [
            ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
            ("a =?ISO-8859-1*EN?Q?Andr=E9?= b", "a Andr\u{e9} b"),
            ("=?utf-8?B?ww==?= =?utf-8?B?qQ==?= x", "\u{e9} x"),
            ("=?utf-8?q?=C3?= =?UTF-8?q?=A9?=", "\u{e9}"),
            ("=?utf-8?q?a_b c?=", "a b c"),
            ("=? =?x", "=? =?x"),
            ("=?utf-8?B?YQ?=", "a"),
            ("100 =?= 50", "100 =?= 50"),
        ] {
            assert_eq!(decode_encoded_words(text), expected, "{text}");
        }
    }

    #[test]
    fn a_flood_of_starts_ends_soon() {
        let flood = "=?a?q?".repeat(100_000);
        assert!(decode_encoded_words(&flood) == flood);
    }
}
