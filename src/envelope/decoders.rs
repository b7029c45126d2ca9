//! Rewritten envelope senders and what they hide (envelope.md 4.5). Their check codes cannot be verified here.

use crate::{domain, time::Timestamp};

/// What a rewritten address says of the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// `srs0`, `srs1`, `exchange-srs`, `batv`, `verp`, `caf`, `ses`, `sendgrid`, ...
    pub form: &'static str,
    /// The address, or the domain alone, that it was made from.
    pub inner: Option<String>,
    /// The recipient that it encodes (VERP, caf).
    pub recipient: Option<String>,
    /// The customer's number at the service that sends, where the address names it.
    pub account: Option<String>,
    /// The day that it states.
    pub day: Option<StatedDay>,
}

/// A day inside a rewritten address: a count of days since 1970 that starts again every few years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatedDay {
    /// The number.
    pub number: i64,
    /// After how many days it starts again: 1024 (SRS) or 1000 (BATV).
    pub cycle: i64,
}

impl StatedDay {
    /// Days from the stated day to a moment, by the nearest of the days that it can mean; negative when it lies ahead.
    pub fn days_before(self, at: Timestamp) -> i64 {
        let days = (at.0.div_euclid(86_400) - self.number).rem_euclid(self.cycle);
        if days > self.cycle / 2 { days - self.cycle } else { days }
    }
}

/// Decodes a MAIL FROM; `None` for a plain address.
pub fn decode(address: &str) -> Option<Decoded> {
    let (local, host) = domain::cut_at_last_at(address)?;
    // Each form sets its parts apart with one of these, but for Google's, which begins with a digit.
    let parted = local.bytes().any(|byte| matches!(byte, b'=' | b'+' | b'-' | b'_'));
    if !parted && !local.starts_with('3') {
        return None;
    }
    let host = host.to_ascii_lowercase();
    srs(local)
        .or_else(|| batv(local, &host))
        .or_else(|| google(local, &host))
        .or_else(|| provider(local, &host))
        .or_else(|| verp(local, &host))
}

fn found(form: &'static str, inner: Option<String>, recipient: Option<String>) -> Option<Decoded> {
    Some(Decoded {
        form,
        inner,
        recipient,
        account: None,
        day: None,
    })
}

/// The two base 32 characters of an SRS stamp: the day modulo 1024.
fn srs_day(stamp: &str) -> Option<StatedDay> {
    let digit = |byte: u8| match byte.to_ascii_uppercase() {
        letter @ b'A'..=b'Z' => Some(i64::from(letter - b'A')),
        number @ b'2'..=b'7' => Some(i64::from(number - b'2') + 26),
        _ => None,
    };
    let [high, low] = stamp.as_bytes() else { return None };
    Some(StatedDay {
        number: digit(*high)? * 32 + digit(*low)?,
        cycle: 1024,
    })
}

/// A decoding with the day that stands behind the check code, `HHH=TT=...`.
fn stamped(form: &'static str, inner: Option<String>, tagged: &str) -> Option<Decoded> {
    let day = tagged.split('=').nth(1).and_then(srs_day);
    Some(Decoded {
        day,
        ..found(form, inner, None)?
    })
}

/// A decoding with the number of the service's customer.
fn of_account(form: &'static str, account: &str, recipient: Option<String>) -> Option<Decoded> {
    let account = Some(account.to_owned()).filter(|account| !account.is_empty());
    Some(Decoded {
        account,
        ..found(form, None, recipient)?
    })
}

/// `text` behind a prefix compared without case.
fn behind<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

/// `local=dom` as `local@dom`, when `dom` looks like a domain.
fn join_at_last_equals(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('=')?;
    (!local.is_empty() && is_domain(domain)).then(|| format!("{local}@{domain}"))
}

fn is_domain(text: &str) -> bool {
    text.contains('.')
        && !text.starts_with('.')
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

/// The Sender Rewriting Scheme: `SRS0=HHH=TT=domain=local`, `SRS1=HHH=host==HHH=TT=domain=local`, Exchange's
/// `user+SRS=HHH=TT=domain=local` and `bounces+SRS=HHH=TT`, which hides the address.
fn srs(local: &str) -> Option<Decoded> {
    /// `HHH=TT=domain=local`
    fn original(text: &str) -> Option<String> {
        let mut parts = text.splitn(4, '=').skip(2);
        let (domain, local) = (parts.next()?, parts.next()?);
        (is_domain(domain) && !local.is_empty()).then(|| format!("{local}@{domain}"))
    }
    const SEPARATORS: [char; 3] = ['=', '+', '-'];
    if let Some(rest) = behind(local, "SRS0").and_then(|rest| rest.strip_prefix(SEPARATORS)) {
        let inner = original(rest)?;
        return stamped("srs0", Some(inner), rest);
    }
    if let Some(rest) = behind(local, "SRS1").and_then(|rest| rest.strip_prefix(SEPARATORS)) {
        let guarded = rest.splitn(3, '=').nth(2)?.strip_prefix(SEPARATORS)?;
        let inner = original(guarded)?;
        return stamped("srs1", Some(inner), guarded);
    }
    let at = local.to_ascii_lowercase().find("+srs=")?;
    let rest = &local[at + "+srs=".len()..];
    (rest.split('=').count() >= 2).then_some(())?;
    stamped("exchange-srs", original(rest), rest)
}

/// Bounce Address Tag Validation: `prvs=KDDDSSSSSS=local`, the swapped `prvs=local=KDDDSSSSSS`, Barracuda's `btv1==tag==local`.
fn batv(local: &str, host: &str) -> Option<Decoded> {
    if let Some(rest) = behind(local, "prvs=") {
        let (first, _) = rest.split_once('=')?;
        let (original, tag) = if is_batv_tag(first) {
            (&rest[first.len() + 1..], first)
        } else {
            let (original, tag) = rest.rsplit_once('=')?;
            (is_batv_tag(tag).then_some(original)?, tag)
        };
        // The digit of the key, then the day on which the tag ends.
        let number = tag.get(1..4).and_then(|day| day.parse().ok());
        return Some(Decoded {
            day: number.map(|number| StatedDay { number, cycle: 1000 }),
            ..found("batv", Some(format!("{original}@{host}")), None)?
        });
    }
    let (_, original) = behind(local, "btv1==")?.split_once("==")?;
    found("batv", Some(format!("{original}@{host}")), None)
}

/// Key digit, three digits of the day, the signature in hex; longer signatures are in use.
fn is_batv_tag(text: &str) -> bool {
    text.len() >= 10
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().take(4).all(|byte| byte.is_ascii_digit())
}

/// Gmail's forwarding mark, Google Groups, and the bounce addresses of Google's services.
fn google(local: &str, host: &str) -> Option<Decoded> {
    if let Some((user, rest)) = local.split_once("+caf_=") {
        return found("caf", Some(format!("{user}@{host}")), join_at_last_equals(rest));
    }
    if let Some((group, tag)) = local.split_once("+bnc")
        && tag.len() >= 16
        && tag
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    {
        return found("google-groups", Some(format!("{group}@{host}")), None);
    }
    let service = host.ends_with(".bounces.google.com") && local.starts_with('3');
    service.then_some(())?;
    found("google-verp", None, None)
}

/// The bounce addresses of mail services.
fn provider(local: &str, host: &str) -> Option<Decoded> {
    if is_ses(local) {
        return found("ses", None, None);
    }
    if behind(local, "msprvs1=").is_some() {
        return found("sparkpost", None, None);
    }
    // `bounces+account-hash-user=dom`
    if let Some((account, rest)) = behind(local, "bounces+").and_then(|rest| rest.split_once('-'))
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && let Some((_, user)) = rest.split_once('-')
    {
        return of_account("sendgrid", account, join_at_last_equals(user));
    }
    // `bounce-mc.us1_12345678.99-user=dom`: data centre, account, campaign.
    if let Some(rest) = behind(local, "bounce-mc.") {
        let account = rest.split(['.', '-']).next().unwrap_or_default();
        let recipient = rest.split_once('-').and_then(|(_, user)| join_at_last_equals(user));
        return of_account("mailchimp", account, recipient);
    }
    if let Some(rest) = behind(local, "bounce-md_") {
        return of_account("mandrill", rest.split('.').next().unwrap_or_default(), None);
    }
    // `local=dom__token`
    let (user, _) = local
        .split_once("__")
        .filter(|_| host.ends_with(".bnc.salesforce.com"))?;
    found("salesforce", join_at_last_equals(user), None)
}

/// `0100018f...-8-4-4-4-12-000000`: the message id of Amazon SES.
fn is_ses(local: &str) -> bool {
    let widths = [16, 8, 4, 4, 4, 12, 6];
    local.starts_with("01")
        && local.split('-').count() == widths.len()
        && local
            .split('-')
            .zip(widths)
            .all(|(part, width)| part.len() == width && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Variable envelope return path: `list-bounces+user=dom`, `bounce-123-user=dom`.
fn verp(local: &str, host: &str) -> Option<Decoded> {
    let lower = local.to_ascii_lowercase();
    let marked = ["-bounces+", "-bounce+", "-owner+", "-return+", "-errors+"]
        .iter()
        .find_map(|mark| lower.find(mark).map(|at| at + mark.len() - 1));
    let at = marked.or_else(|| local.find('+')).or_else(|| {
        let equals = local.rfind('=')?;
        local[..equals].rfind('-')
    })?;
    let recipient = join_at_last_equals(local.get(at + 1..)?)?;
    found("verp", Some(format!("{}@{host}", local.get(..at)?)), Some(recipient))
}

#[cfg(test)]
#[path = "decoders_tests.rs"]
mod tests;
