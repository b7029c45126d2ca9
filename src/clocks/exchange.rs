//! The clocks of Outlook and Exchange, and of boundaries: FILETIME counts 100 ns since 1601.

use base64::Engine;

use crate::{
    message::{Field, LENIENT_BASE64, parse_date},
    time::file_time,
};

/// The root of a conversation index: a byte 1 and the five highest bytes of a FILETIME (MS-OXOMSG 2.2.1.3), or, as Outlook
/// itself writes, its six highest bytes, the first of which is 1 until 2056. `None` where it is no index at all;
/// `Some(None)` where it is one of the right length whose time cannot be.
pub(super) fn thread_index(text: &str) -> Option<Option<i64>> {
    let compact: String = text.split_whitespace().collect();
    let bytes = LENIENT_BASE64.decode(compact).ok()?;
    // 22 bytes, and five more for each answer.
    if bytes.len() < 22 || (bytes.len() - 22) % 5 != 0 {
        return None;
    }
    let number = |bytes: &[u8]| bytes.iter().fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
    let ticks = match bytes.as_slice() {
        [1, 1, ..] => number(&bytes[1..6]) << 24,
        [1, ..] => number(&bytes[..6]) << 16,
        _ => return Some(None),
    };
    Some(file_time(ticks >> 32, ticks & 0xffff_ffff))
}

/// `X-OriginalArrivalTime: 07 Jun 2026 19:33:22.0001 (UTC) FILETIME=[01DCF6B4:61000000]`, and the cross-tenant field without it.
pub(super) fn arrival(field: &Field<'_>) -> Option<i64> {
    const NAMES: [&str; 2] = ["X-OriginalArrivalTime", "X-MS-Exchange-CrossTenant-OriginalArrivalTime"];
    NAMES.iter().any(|name| field.is(name)).then_some(())?;
    let halves = field
        .text()
        .split_once("FILETIME=[")
        .and_then(|(_, rest)| rest.split_once(']'));
    if let Some((high, low)) = halves.and_then(|(halves, _)| halves.split_once(':')) {
        let half = |text: &str| i64::from_str_radix(text, 16).ok().filter(|_| text.len() == 8);
        return file_time(half(high)?, half(low)?);
    }
    parse_date(field.unfolded()).map(|date| date.at.0)
}

/// `----=_NextPart_000_0006_01DCF6B4.61000000` (Outlook) and `----=_Part_12_34.1699185600000` (JavaMail).
pub(super) fn boundary(text: &str) -> Option<(&'static str, i64)> {
    let name = text.trim_start_matches('-');
    if let Some(rest) = name.strip_prefix("=_NextPart_") {
        let mut parts = rest.splitn(3, '_');
        let counters = parts.next()?.len() == 3 && parts.next()?.len() == 4;
        let (high, low) = parts.next()?.split_once('.')?;
        let half = |text: &str| i64::from_str_radix(text, 16).ok().filter(|_| text.len() == 8);
        counters.then_some(())?;
        return Some(("Outlook", file_time(half(high)?, half(low)?)?));
    }
    let (_, millis) = name.strip_prefix("=_Part_")?.rsplit_once('.')?;
    (millis.len() == 13).then_some(())?;
    Some(("JavaMail", millis.parse::<i64>().ok()? / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_the_index() {
        // As Exchange writes it, and as Outlook does.
        assert_eq!(
            thread_index("AQHc9rRhSPXw4ZdTQtuvnkZG9OrQIgAABz+v"),
            Some(Some(1_780_860_749))
        );
        let outlook = base64::engine::general_purpose::STANDARD.encode([
            1, 0xdc, 0xf6, 0xb4, 0x61, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
        ]);
        assert_eq!(thread_index(&outlook), Some(Some(1_780_860_749)));
        assert_eq!(thread_index("mQHc9rRhSPXw4ZdTQtuvnkZG9OrQIgAABz+v"), Some(None));
        assert_eq!(thread_index("no index"), None);
        assert_eq!(thread_index(""), None);
    }

    #[test]
    fn boundaries() {
        assert_eq!(
            boundary("----=_NextPart_000_0006_01DCF6B4.61000000"),
            Some(("Outlook", 1_780_860_749))
        );
        assert_eq!(
            boundary("----=_Part_12_34.1699185600000"),
            Some(("JavaMail", 1_699_185_600))
        );
        for other in [
            "",
            "b1_abc",
            "----=_NextPart_000_0006_FFFFFFFFF.1",
            "=_Part_.é",
            "----=_NextPart_é",
        ] {
            assert_eq!(boundary(other), None, "{other}");
        }
    }
}
