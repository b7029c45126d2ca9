//! Text as other character sets write it: software that re-encodes a body often changes its character set too.

use encoding_rs::{Encoding, UTF_8};

use super::text::Media;

/// Character sets that are tried beside the declared one.
const USUAL: [&str; 4] = ["utf-8", "windows-1252", "iso-8859-15", "iso-8859-2"];

/// Other writings of a text, each with the name of its character set. Empty for plain ASCII.
pub(super) fn others(text: &[u8], media: &Media) -> Vec<(&'static str, Vec<u8>)> {
    if text.is_ascii() || !media.is("text/") {
        return Vec::new();
    }
    let declared = media
        .parameter("charset")
        .and_then(|label| Encoding::for_label(label.as_bytes()));
    let current = match std::str::from_utf8(text) {
        Ok(_) => UTF_8,
        Err(_) => declared.unwrap_or(encoding_rs::WINDOWS_1252),
    };
    let Some(decoded) = current.decode_without_bom_handling_and_without_replacement(text) else {
        return Vec::new();
    };
    let usual = USUAL.iter().filter_map(|label| Encoding::for_label(label.as_bytes()));
    let mut found = Vec::new();
    for wanted in declared.into_iter().chain(usual) {
        if wanted == current || found.iter().any(|(name, _)| *name == wanted.name()) {
            continue;
        }
        let (bytes, _, lossy) = wanted.encode(&decoded);
        if !lossy {
            found.push((wanted.name(), bytes.into_owned()));
        }
    }
    // UTF-8 that was read byte by byte, or as Windows-1252, and written as UTF-8 once more.
    if current == UTF_8 {
        let (windows, _, lossy) = encoding_rs::WINDOWS_1252.encode(&decoded);
        let bytes: Option<Vec<u8>> = decoded.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        for bytes in [bytes, (!lossy).then(|| windows.into_owned())].into_iter().flatten() {
            if std::str::from_utf8(&bytes).is_ok() && !found.iter().any(|(_, known)| *known == bytes) {
                found.push(("UTF-8, encoded twice", bytes));
            }
        }
    }
    found
}
