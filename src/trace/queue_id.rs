//! Queue ids that carry the time of acceptance (trace.md 3.4): an independent clock that forgers forget.

use crate::{
    message::DateTime,
    time::{Timestamp, unix_seconds},
};

/// Whose shape an id has, and the moment that it encodes.
pub(super) struct Decoded {
    pub(super) kind: &'static str,
    pub(super) time: Option<Timestamp>,
}

/// Decoded times outside of 1990 to 2100 are chance hits.
const PLAUSIBLE: std::ops::Range<i64> = 631_152_000..4_102_444_800;

/// A decoder and the products whose ids it may read; an empty list stands for any product.
struct Decoder {
    kind: &'static str,
    products: &'static [&'static str],
    read: fn(&str, Option<&DateTime>) -> Reading,
}

/// What a decoder finds: another shape, the right shape without a time, or a time.
enum Reading {
    Other,
    Timeless,
    At(i64),
}

/// The decoders, the most specific shape first.
const DECODERS: [Decoder; 12] = [
    Decoder {
        kind: "gmail",
        products: &["gmail"],
        read: gmail,
    },
    Decoder {
        kind: "exim",
        products: &["exim", ""],
        read: exim,
    },
    Decoder {
        kind: "postfix-long",
        products: &["postfix", ""],
        read: postfix_long,
    },
    Decoder {
        kind: "postfix-short",
        products: &["postfix"],
        read: postfix_short,
    },
    Decoder {
        kind: "sendmail",
        products: &["sendmail"],
        read: sendmail,
    },
    Decoder {
        kind: "courier",
        products: &[],
        read: courier,
    },
    Decoder {
        kind: "umich",
        products: &[""],
        read: umich,
    },
    Decoder {
        kind: "intermail",
        products: &["intermail"],
        read: intermail,
    },
    Decoder {
        kind: "uuid-v1",
        products: &["halon", ""],
        read: uuid_v1,
    },
    Decoder {
        kind: "exchange",
        products: &["exchange", ""],
        read: exchange,
    },
    Decoder {
        kind: "domino",
        products: &["domino"],
        read: domino,
    },
    Decoder {
        kind: "mdaemon",
        products: &["mdaemon"],
        read: mdaemon,
    },
];

/// Reads an id. `product` is the hop's, as far as known; `date` is the hop's date, for the ids that hold local time.
pub(super) fn decode(id: &str, product: Option<&str>, date: Option<&DateTime>) -> Option<Decoded> {
    DECODERS
        .iter()
        .filter(|decoder| decoder.products.is_empty() || decoder.products.contains(&product.unwrap_or_default()))
        .find_map(|decoder| {
            let time = match (decoder.read)(id, date) {
                Reading::Other => return None,
                Reading::Timeless => None,
                Reading::At(seconds) => Some(Timestamp(Some(seconds).filter(|at| PLAUSIBLE.contains(at))?)),
            };
            Some(Decoded {
                kind: decoder.kind,
                time,
            })
        })
}

/// How many seconds a hop's date may lie away from the time in its queue id (TR-106). `None` for ids whose clock may excuse and never
/// accuses: local time, ids that filters reuse, products of which few are known.
pub(super) fn tolerance(kind: &str) -> Option<u64> {
    match kind {
        // Made with the queue file, dated when the message is complete.
        "postfix-long" | "gmail" => Some(60),
        // Made when the connection is accepted, dated when the message is complete: a slow sender makes minutes of it.
        "exim" => Some(300),
        _ => None,
    }
}

/// Digits of a number in another base; `None` for a foreign character or an overflow.
fn number(digits: &str, alphabet: &[u8]) -> Option<i64> {
    let base = i64::try_from(alphabet.len()).ok()?;
    digits.bytes().try_fold(0_i64, |sum, byte| {
        let digit = i64::try_from(alphabet.iter().position(|known| *known == byte)?).ok()?;
        sum.checked_mul(base)?.checked_add(digit)
    })
}

const BASE_62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Postfix leaves out the vowels, so that no id spells a word.
const BASE_52: &[u8] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
const HEX: &[u8] = b"0123456789ABCDEF";

/// Six characters of seconds, four of microseconds, `z`, the inode (Postfix `enable_long_queue_ids`).
fn postfix_long(id: &str, _: Option<&DateTime>) -> Reading {
    let (Some(seconds), Some(micros), Some("z"), Some(inode)) =
        (id.get(..6), id.get(6..10), id.get(10..11), id.get(11..))
    else {
        return Reading::Other;
    };
    let inode_fits = !inode.is_empty() && inode.len() <= 16 && inode.bytes().all(|byte| BASE_52.contains(&byte));
    match (number(seconds, BASE_52), number(micros, BASE_52)) {
        (Some(seconds), Some(0..1_000_000)) if inode_fits => Reading::At(seconds),
        _ => Reading::Other,
    }
}

/// Five characters of microseconds and the inode, in hexadecimal: no date in it.
fn postfix_short(id: &str, _: Option<&DateTime>) -> Reading {
    if (6..=20).contains(&id.len()) && id.bytes().all(|byte| HEX.contains(&byte)) {
        Reading::Timeless
    } else {
        Reading::Other
    }
}

/// `6-6-2`, since Exim 4.97 `6-11-4`: the first group is seconds in base 62.
fn exim(id: &str, _: Option<&DateTime>) -> Reading {
    let mut groups = id.split('-');
    let (Some(seconds), Some(process), Some(fraction), None) =
        (groups.next(), groups.next(), groups.next(), groups.next())
    else {
        return Reading::Other;
    };
    let shape = matches!((seconds.len(), process.len(), fraction.len()), (6, 6, 2) | (6, 11, 4));
    let letters = id.bytes().all(|byte| byte == b'-' || BASE_62.contains(&byte));
    match number(seconds, BASE_62) {
        Some(seconds) if shape && letters => Reading::At(seconds),
        _ => Reading::Other,
    }
}

/// Ends in `.YYYY.MM.DD.hh.mm.ss` in the zone of the date field, or, on X-Received, in `.N.` and Unix milliseconds.
fn gmail(id: &str, date: Option<&DateTime>) -> Reading {
    let parts: Vec<&str> = id.rsplitn(8, '.').collect();
    if let [millis, _, _, ..] = parts.as_slice()
        && millis.len() == 13
        && let Ok(millis) = millis.parse::<i64>()
    {
        return Reading::At(millis / 1_000);
    }
    let [second, minute, hour, day, month, year, _, ..] = parts.as_slice() else {
        return Reading::Timeless;
    };
    let field = |digits: &str, width: usize| (digits.len() == width).then(|| digits.parse().ok()).flatten();
    let local = (|| {
        unix_seconds(
            field(year, 4)?,
            field(month, 2)?,
            field(day, 2)?,
            field(hour, 2)?,
            field(minute, 2)?,
            field(second, 2)?,
        )
    })();
    match (local, date.and_then(|date| date.offset_minutes)) {
        (Some(local), Some(offset)) => Reading::At(local - i64::from(offset) * 60),
        _ => Reading::Timeless,
    }
}

/// `2023110809145712-1234567`: year, month, day, hour, minute, second and hundredths in the server's own zone, then a counter.
fn domino(id: &str, date: Option<&DateTime>) -> Reading {
    let Some((stamp, counter)) = id.split_once('-') else {
        return Reading::Other;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !(stamp.len() == 14 || stamp.len() == 16) || !digits(stamp) || !digits(counter) {
        return Reading::Other;
    }
    let field = |range: std::ops::Range<usize>| stamp.get(range).and_then(|text| text.parse::<i64>().ok());
    let local = (|| {
        unix_seconds(
            field(0..4)?,
            field(4..6)?,
            field(6..8)?,
            field(8..10)?,
            field(10..12)?,
            field(12..14)?,
        )
    })();
    match (local, date.and_then(|date| date.offset_minutes)) {
        (Some(local), Some(offset)) => Reading::At(local - i64::from(offset) * 60),
        _ => Reading::Timeless,
    }
}

/// Year mod 60, month, day, hour, minute, second in base 60, then sequence and process (Sendmail 8.10 and later).
/// Local time or UTC, whichever is nearer to the hop's date: a comparison that may excuse, never accuse.
fn sendmail(id: &str, date: Option<&DateTime>) -> Reading {
    let shape = (13..=16).contains(&id.len()) && id.is_ascii() && id.bytes().skip(8).all(|byte| byte.is_ascii_digit());
    let digit = |at: usize| id.get(at..at + 1).and_then(|digit| number(digit, &BASE_62[..60]));
    let Some(date) = date.filter(|_| shape) else {
        return if shape { Reading::Timeless } else { Reading::Other };
    };
    let offset = i64::from(date.offset_minutes.unwrap_or_default()) * 60;
    let nearest = (|| {
        let fields = [digit(0)?, digit(1)?, digit(2)?, digit(3)?, digit(4)?, digit(5)?];
        let [year, month, day, hour, minute, second] = fields;
        [1960, 2020, 2080]
            .into_iter()
            .filter_map(|epoch| unix_seconds(epoch + year, month + 1, day, hour, minute, second))
            .flat_map(|time| [time, time - offset])
            .min_by_key(|time| time.abs_diff(date.at.0))
    })();
    nearest.map_or(Reading::Other, Reading::At)
}

/// `16.16.8` or `8.8.8` hexadecimal digits; the middle group is Unix seconds (Courier).
fn courier(id: &str, _: Option<&DateTime>) -> Reading {
    let groups: Vec<&str> = id.splitn(4, '.').collect();
    let [inode, seconds, process] = groups.as_slice() else {
        return Reading::Other;
    };
    let shape = matches!((inode.len(), seconds.len(), process.len()), (16, 16, 8) | (8, 8, 8));
    match number(seconds, HEX) {
        Some(seconds) if shape && number(process, HEX).is_some() => Reading::At(seconds),
        _ => Reading::Other,
    }
}

/// `8.5.5` hexadecimal digits; the first group is Unix seconds (University of Michigan's simta).
fn umich(id: &str, _: Option<&DateTime>) -> Reading {
    let groups: Vec<&str> = id.splitn(4, '.').collect();
    match groups.as_slice() {
        [seconds, a, b] if seconds.len() == 8 && number(a, HEX).is_some() && number(b, HEX).is_some() => {
            number(seconds, HEX).map_or(Reading::Other, Reading::At)
        }
        _ => Reading::Other,
    }
}

/// `YYYYMMDDhhmmss.` in UTC (InterMail).
fn intermail(id: &str, _: Option<&DateTime>) -> Reading {
    let field = |range: std::ops::Range<usize>| id.get(range).and_then(|digits| digits.parse::<i64>().ok());
    let time = (|| {
        (id.get(14..15)? == ".").then_some(())?;
        unix_seconds(
            field(0..4)?,
            field(4..6)?,
            field(6..8)?,
            field(8..10)?,
            field(10..12)?,
            field(12..14)?,
        )
    })();
    time.map_or(Reading::Other, Reading::At)
}

/// RFC 9562 5.1: 60 bits of 100 ns since 1582-10-15, lowest part first.
fn uuid_v1(id: &str, _: Option<&DateTime>) -> Reading {
    const UNIX_EPOCH: i64 = 0x01b2_1dd2_1381_4000;
    let id = id.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let groups: Vec<&str> = id.splitn(6, '-').collect();
    let [low, mid, high, clock, node] = groups.as_slice() else {
        return Reading::Other;
    };
    if (low.len(), mid.len(), high.len(), clock.len(), node.len()) != (8, 4, 4, 4, 12) || number(node, HEX).is_none() {
        return Reading::Other;
    }
    match (number(low, HEX), number(mid, HEX), number(high, HEX)) {
        (Some(low), Some(mid), Some(high)) if high >> 12 == 1 => {
            Reading::At((((high & 0xfff) << 48 | mid << 32 | low) - UNIX_EPOCH) / 10_000_000)
        }
        _ => Reading::Other,
    }
}

/// The numbers of a build since Exchange 2007, no queue id (`15.20.6631.45`).
fn exchange(id: &str, _: Option<&DateTime>) -> Reading {
    let mut count = 0;
    if !["8.", "14.", "15."].iter().any(|major| id.starts_with(major)) {
        return Reading::Other;
    }
    let digits = id.split('.').all(|part| {
        count += 1;
        !part.is_empty() && part.len() <= 5 && part.bytes().all(|byte| byte.is_ascii_digit())
    });
    if digits && (3..=4).contains(&count) {
        Reading::Timeless
    } else {
        Reading::Other
    }
}

/// `mdNNN.msg` (MDaemon).
fn mdaemon(id: &str, _: Option<&DateTime>) -> Reading {
    if id.starts_with("md") && id.ends_with(".msg") {
        Reading::Timeless
    } else {
        Reading::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Span;

    fn date(at: i64, offset: i32) -> DateTime {
        DateTime {
            at: Timestamp(at),
            offset_minutes: Some(offset),
            zone_comment: None,
            text: String::new(),
            span: Span { start: 0, end: 0 },
            defects: Vec::new(),
        }
    }

    fn time(id: &str, product: Option<&str>, date: Option<&DateTime>) -> Option<String> {
        decode(id, product, date)?.time.map(|time| time.to_string())
    }

    #[test]
    fn clocks() {
        assert_eq!(
            time("4QfqFq1K7Cz7QQ5f", Some("postfix"), None).as_deref(),
            Some("2023-06-12T11:29:03Z")
        );
        assert_eq!(
            time("1q8fjD-001aWO-0V", Some("exim"), None).as_deref(),
            Some("2023-06-12T11:28:55Z")
        );
        assert_eq!(
            time("00000000005DC0D6.0000000064EC6711.00003756", None, None).as_deref(),
            Some("2023-08-28T09:21:21Z")
        );
        assert_eq!(
            time("434B508E.174A6.13932", None, None).as_deref(),
            Some("2005-10-11T05:41:34Z")
        );
        assert_eq!(
            time(
                "m16sm345129qck.28.2011.06.15.07.42.02",
                Some("gmail"),
                Some(&date(0, -420))
            )
            .as_deref(),
            Some("2011-06-15T14:42:02Z")
        );
        assert_eq!(
            time("r1-20020a544881mr5610604oic.50.1686158318526", Some("gmail"), None).as_deref(),
            Some("2023-06-07T17:18:38Z")
        );
        let september_2004 = date(1_095_277_111, 120);
        assert_eq!(
            time("i8FJcSRZ007847", Some("sendmail"), Some(&september_2004)).as_deref(),
            Some("2004-09-15T19:38:28Z")
        );
    }

    #[test]
    fn other_shapes_have_no_time() {
        for id in [
            "284463055D",
            "15.20.6631.45",
            "q",
            "",
            "é-é-é",
            "4Qfq\u{e9}q1K7Cz7QQ5f",
            "zzzzzz-zzzzzz-zz",
        ] {
            assert_eq!(time(id, Some("postfix"), None), None, "{id}");
        }
        assert!(decode("284463055D", Some("postfix"), None).is_some_and(|id| id.kind == "postfix-short"));
    }
}
