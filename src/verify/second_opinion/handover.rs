//! What is done to a message before the library gets it.

use std::borrow::Cow;

use mail_auth::AuthenticatedMessage;

use crate::{message::Message, time::Timestamp};

/// Signatures (DKIM, ARC) and bytes of one of them that are handed over. It searches fields and h= in turn, so
/// a header of thousands of long signatures would keep it busy for minutes.
const MAX_SIGNATURES: usize = 50;
/// How old a DKIM2 signature may be, in seconds: two weeks, as the library has it.
const DKIM2_LIFETIME: u64 = 14 * 86_400;
/// See [`MAX_SIGNATURES`].
const MAX_SIGNATURE_LENGTH: usize = 8 * 1024;

/// Whether it may be handed over at all.
pub(super) fn is_bearable(message: &Message<'_>) -> bool {
    let names = [
        "DKIM-Signature",
        "ARC-Message-Signature",
        "ARC-Seal",
        "DKIM2-Signature",
        "Message-Instance",
    ];
    let mut signatures = message.fields_of(&names);
    let (mut count, mut longest) = (0, 0);
    for field in signatures.by_ref() {
        count += 1;
        longest = longest.max(field.raw().len());
    }
    count <= MAX_SIGNATURES && longest <= MAX_SIGNATURE_LENGTH
}

/// A sender that is recorded as a domain alone gets the local part that RFC 7208 4.3 names.
pub(super) fn full_sender(sender: &str) -> Cow<'_, str> {
    if sender.is_empty() || sender.contains('@') {
        Cow::Borrowed(sender)
    } else {
        Cow::Owned(format!("postmaster@{sender}"))
    }
}

/// The message as it went over the wire: without what a mailbox put in front, every line ended by CR LF.
pub(super) fn wire_form<'m>(message: &Message<'m>) -> Cow<'m, [u8]> {
    let start = message.fields.first().map_or(0, |field| field.span.start);
    let stored = message.bytes.get(start..).unwrap_or_default();
    if message.line_endings.crlf_only() {
        return Cow::Borrowed(stored);
    }
    let only_cr = message.line_endings.lf == 0 && message.line_endings.crlf == 0;
    let mut wire = Vec::with_capacity(stored.len() + stored.len() / 32);
    let mut before = 0;
    for &byte in stored {
        match byte {
            b'\n' if before != b'\r' => wire.extend_from_slice(b"\r\n"),
            b'\r' if only_cr => wire.extend_from_slice(b"\r\n"),
            other => wire.push(other),
        }
        before = byte;
    }
    Cow::Owned(wire)
}

/// The library compares x= with the system's clock. Here the clock is the delivery, so x= is replaced by what the
/// comparison must say: 0 for "no limit", 1 for "long ago". The signed bytes are the stored field, not these numbers.
pub(super) fn set_clock(message: &mut AuthenticatedMessage<'_>, at: Timestamp) {
    let now = u64::try_from(at.0).unwrap_or(0);
    let judged = |expires: u64, signed: u64| match expires {
        0 => 0,
        expires => u64::from(expires <= signed || expires <= now),
    };
    for header in &mut message.dkim_headers {
        header.header.x = judged(header.header.x, header.header.t);
    }
    for header in &mut message.ams_headers {
        header.header.x = judged(header.header.x, header.header.t);
    }
    // DKIM2 has no x=: its t= is compared.
    for header in &mut message.dkim2_signatures {
        let fresh = now.saturating_sub(header.header.t) <= DKIM2_LIFETIME;
        header.header.t = if fresh { u64::MAX } else { 0 };
    }
}
