//! Text as other character sets write it: software that re-encodes a body often changes its character set too.

use encoding_rs::{Encoding, UTF_8};

use super::text::Media;

/// Character sets that are tried beside the declared one.
const USUAL: [&str; 4] = ["utf-8", "windows-1252", "iso-8859-15", "iso-8859-2"];

/// Other writings of a text, each with the name of its character set, made one by one. None for plain ASCII, nor for what is no
/// text.
pub(super) fn others<'t>(text: &'t [u8], media: &Media) -> impl Iterator<Item = (&'static str, Vec<u8>)> + use<'t> {
    let declared = media
        .parameter("charset")
        .and_then(|label| Encoding::for_label(label.as_bytes()));
    let current = match std::str::from_utf8(text) {
        Ok(_) => UTF_8,
        Err(_) => declared.unwrap_or(encoding_rs::WINDOWS_1252),
    };
    let decoded = (!text.is_ascii() && media.is("text/"))
        .then(|| current.decode_without_bom_handling_and_without_replacement(text))
        .flatten();
    decoded.into_iter().flat_map(move |decoded| {
        let usual = USUAL.iter().filter_map(|label| Encoding::for_label(label.as_bytes()));
        let mut wanted: Vec<&Encoding> = Vec::new();
        for encoding in declared.into_iter().chain(usual) {
            if encoding != current && !wanted.contains(&encoding) {
                wanted.push(encoding);
            }
        }
        // UTF-8 that was read byte by byte and written as UTF-8 once more. Read as Windows-1252 it is among the others, and is the
        // same but for control characters.
        let bytes = (current == UTF_8).then(|| bytes_of(&decoded)).flatten();
        let twice = bytes.filter(|bytes| bytes.iter().any(|byte| (0x80..0xa0).contains(byte)));
        let others = wanted.into_iter().filter_map(move |encoding| {
            let (bytes, _, lossy) = encoding.encode(&decoded);
            (!lossy).then(|| (encoding.name(), bytes.into_owned()))
        });
        others.chain(twice.map(|bytes| ("UTF-8, encoded twice", bytes)))
    })
}

/// Each character as the byte of its number, where that makes UTF-8.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect::<Option<_>>()?;
    std::str::from_utf8(&bytes).is_ok().then_some(bytes)
}
