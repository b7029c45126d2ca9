//! Who an OpenPGP signature names: key and user id in its signature packet (RFC 9580 5.2), behind ASCII armor (6.2).

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use memchr::memmem::Finder;

use super::Signer;
use crate::{identity::addresses_in, time::Timestamp};

/// Packets looked at.
const MAX_PACKETS: usize = 16;
/// Signatures taken.
const MAX_SIGNERS: usize = 8;
/// Armored text of a signature beyond this is not read: honest ones have a few kilobytes.
const MAX_ARMOR: usize = 256 * 1024;
/// The signature packet.
const SIGNATURE: u8 = 2;

/// The blocks of ASCII armor that a message may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// The cleartext signature framework (RFC 9580 7).
    SignedMessage,
    /// An encrypted (or signed and not readable) message.
    Message,
}

/// The first block that begins on a line of its own.
pub(super) fn inline_block(text: &[u8]) -> Option<(Block, usize)> {
    let kinds: [(&[u8], Block); 2] = [
        (b"SIGNED MESSAGE-----", Block::SignedMessage),
        (b"MESSAGE-----", Block::Message),
    ];
    armored(text).find_map(|(at, kind)| {
        let (_, block) = kinds.iter().find(|(mark, _)| kind.starts_with(mark))?;
        Some((*block, at))
    })
}

/// How every armored block begins (RFC 9580 6.2).
static BEGIN_PGP: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(b"-----BEGIN PGP "));

/// The armored blocks that begin on a line of their own: where, and the text from the word for their kind on.
fn armored(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let begins_line = |at: usize| {
        at.checked_sub(1)
            .is_none_or(|before| matches!(text.get(before), Some(b'\n' | b'\r')))
    };
    let blocks = BEGIN_PGP.find_iter(text).filter(move |at| begins_line(*at));
    blocks.filter_map(|at| Some((at, text.get(at + BEGIN_PGP.needle().len()..)?)))
}

/// The signers of the first armored signature in a text; `None` when there is none that can be read.
pub(super) fn signers(text: &[u8]) -> Option<Vec<Signer>> {
    let armor = armored(text).find_map(|(_, block)| block.strip_prefix(b"SIGNATURE-----"))?;
    let lines = armor
        .get(..armor.len().min(MAX_ARMOR))?
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii);
    let is_header = |line: &&[u8]| line.is_empty() || memchr::memmem::find(line, b": ").is_some();
    // Armor headers (`Version: ...`) end at an empty line; some writers leave both out. A checksum begins with `=`.
    let base64 = lines
        .skip_while(is_header)
        .take_while(|line| !line.starts_with(b"=") && !line.starts_with(b"-"));
    let base64: Vec<u8> = base64.flatten().copied().collect();
    let signers = signers_of_packets(&STANDARD.decode(base64).ok()?);
    (!signers.is_empty()).then_some(signers)
}

fn signers_of_packets(mut bytes: &[u8]) -> Vec<Signer> {
    let mut signers = Vec::new();
    for _ in 0..MAX_PACKETS {
        let Some((tag, body, rest)) = packet(bytes) else { break };
        if tag == SIGNATURE && signers.len() < MAX_SIGNERS {
            signers.extend(signer(body));
        }
        bytes = rest;
    }
    signers
}

/// RFC 9580 4.2: packet type, body, and what follows. Partial lengths are for data, which is not looked at.
fn packet(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first & 0x80 == 0 {
        return None;
    }
    let (tag, length, rest) = if first & 0x40 != 0 {
        let (length, rest) = new_length(rest)?;
        (first & 0x3F, length, rest)
    } else {
        let octets = match first & 3 {
            0 => 1,
            1 => 2,
            2 => 4,
            // RFC 9580 4.2.2: of indeterminate length.
            _ => return None,
        };
        let (digits, rest) = rest.split_at_checked(octets)?;
        (first >> 2 & 0x0F, number(digits), rest)
    };
    let (body, rest) = rest.split_at_checked(length)?;
    Some((tag, body, rest))
}

/// RFC 9580 4.2.1 and 5.2.3.7: one, two or five octets.
fn new_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    match first {
        0..=191 => Some((usize::from(first), rest)),
        192..=223 => {
            let (&second, rest) = rest.split_first()?;
            Some(((usize::from(first) - 192) * 256 + usize::from(second) + 192, rest))
        }
        255 => {
            let (digits, rest) = rest.split_at_checked(4)?;
            Some((number(digits), rest))
        }
        _ => None,
    }
}

fn number(digits: &[u8]) -> usize {
    digits.iter().fold(0, |value, digit| value << 8 | usize::from(*digit))
}

/// A signature packet of version 3 to 6.
fn signer(body: &[u8]) -> Option<Signer> {
    let (&version, rest) = body.split_first()?;
    let mut signer = Signer::default();
    if version == 3 {
        // RFC 9580 5.2.2: 5, type, time, key id.
        let (head, rest) = rest.split_at_checked(6)?;
        signer.signed_at = head.get(2..).map(timestamp);
        signer.key = rest.get(..8).map(hex);
        return Some(signer);
    }
    if !(4..=6).contains(&version) {
        return None;
    }
    // Type, public-key and hash algorithm; then the hashed and the unhashed subpackets, each with its length.
    let mut rest = rest.get(3..)?;
    for _ in 0..2 {
        let (digits, after) = rest.split_at_checked(if version == 6 { 4 } else { 2 })?;
        let (area, after) = after.split_at_checked(number(digits))?;
        subpackets(area, &mut signer);
        rest = after;
    }
    Some(signer)
}

/// RFC 9580 5.2.3.7. What is signed comes first and is not replaced by what is not.
fn subpackets(mut area: &[u8], signer: &mut Signer) {
    const CREATED: u8 = 2;
    const ISSUER_KEY_ID: u8 = 16;
    const USER_ID: u8 = 28;
    const ISSUER_FINGERPRINT: u8 = 33;
    while let Some((length, rest)) = new_length(area) {
        let Some((subpacket, after)) = rest.split_at_checked(length) else {
            return;
        };
        area = after;
        let Some((&kind, value)) = subpacket.split_first() else {
            continue;
        };
        match kind & 0x7F {
            CREATED if value.len() == 4 => {
                signer.signed_at.get_or_insert_with(|| timestamp(value));
            }
            // The first octet is the version of the key; the fingerprint says more than the key id.
            ISSUER_FINGERPRINT if value.len() > 16 => signer.key = value.get(1..).map(hex),
            ISSUER_KEY_ID => {
                signer.key.get_or_insert_with(|| hex(value));
            }
            USER_ID if signer.user_id.is_none() => {
                let text = String::from_utf8_lossy(value).into_owned();
                signer.addresses = addresses_in(&text);
                signer.user_id = Some(text);
            }
            _ => {}
        }
    }
}

fn timestamp(digits: &[u8]) -> Timestamp {
    Timestamp(i64::try_from(number(digits)).unwrap_or(i64::MAX))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
