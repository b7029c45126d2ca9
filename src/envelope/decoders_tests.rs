//! Each form of rewritten sender: what its makers write, what comes back, and what is no such form.

use proptest::prelude::*;

use super::*;

/// Form, inner address and recipient.
fn decoded(address: &str) -> Option<(&'static str, Option<String>, Option<String>)> {
    decode(address).map(|found| (found.form, found.inner, found.recipient))
}

fn check(address: &str, form: &str, inner: Option<&str>, recipient: Option<&str>) {
    let found = decoded(address);
    let found = found
        .as_ref()
        .map(|(form, inner, to)| (*form, inner.as_deref(), to.as_deref()));
    assert_eq!(found, Some((form, inner, recipient)), "{address}");
}

#[test]
fn sender_rewriting() {
    let inner = Some("anna@bank.example");
    for address in [
        "SRS0=f5Xc=7K=bank.example=anna@fwd.example",
        "srs0+f5Xc=7K=bank.example=anna@fwd.example",
        "SRS0-f5Xc=7K=bank.example=anna@FWD.example",
    ] {
        check(address, "srs0", inner, None);
    }
    // A local part may hold the separator.
    check(
        "SRS0=h=tt=bank.example=a=b@fwd.example",
        "srs0",
        Some("a=b@bank.example"),
        None,
    );
    check(
        "SRS1=h2=first.example==f5Xc=7K=bank.example=anna@second.example",
        "srs1",
        inner,
        None,
    );
    check(
        "SRS1+h2=first.example=+f5Xc=7K=bank.example=anna@second.example",
        "srs1",
        inner,
        None,
    );
    check(
        "ben+SRS=f5Xc=7K=bank.example=anna@tenant.example",
        "exchange-srs",
        inner,
        None,
    );
    // Exchange's bounces hide the sender.
    check("bounces+SRS=f5Xc=7K@tenant.example", "exchange-srs", None, None);
}

#[test]
fn bounce_tags() {
    let inner = Some("anna@bank.example");
    check("prvs=1234abcdef=anna@bank.example", "batv", inner, None);
    check("prvs=anna=1234abcdef@Bank.example", "batv", inner, None);
    check("prvs=07414A0F3B8C12=anna@bank.example", "batv", inner, None);
    check("btv1==123abc==anna@bank.example", "batv", inner, None);
}

#[test]
fn addresses_that_encode_the_recipient() {
    let to = Some("ruth@corp.example");
    check(
        "list-bounces+ruth=corp.example@lists.example",
        "verp",
        Some("list-bounces@lists.example"),
        to,
    );
    check(
        "bounce-123-ruth=corp.example@lists.example",
        "verp",
        Some("bounce-123@lists.example"),
        to,
    );
    check(
        "anna+caf_=ruth=corp.example@gmail.example",
        "caf",
        Some("anna@gmail.example"),
        to,
    );
    check(
        "bounces+12345-ab12-ruth=corp.example@em.shop.example",
        "sendgrid",
        None,
        to,
    );
    check(
        "bounce-mc.us9_123.456-ruth=corp.example@mail1.example",
        "mailchimp",
        None,
        to,
    );
}

#[test]
fn addresses_of_services_that_encode_nothing_readable() {
    check(
        "0100018f00112233-01234567-89ab-cdef-0123-456789abcdef-000000@eu.amazonses.example",
        "ses",
        None,
        None,
    );
    check("3abcd@x.bounces.google.com", "google-verp", None, None);
    check(
        "devs+bncBCD12345678901234@groups.example",
        "google-groups",
        Some("devs@groups.example"),
        None,
    );
    check("msprvs1=abc@bounces.example", "sparkpost", None, None);
    check("bounce-md_1.2.v1-x@mandrill.example", "mandrill", None, None);
    check(
        "anna=bank.example__0-x@a.bnc.salesforce.com",
        "salesforce",
        Some("anna@bank.example"),
        None,
    );
}

#[test]
fn plain_and_broken_addresses_are_no_form() {
    for address in [
        "",
        "anna",
        "anna@bank.example",
        "anna+tag@bank.example",
        "SRS0=h=tt@fwd.example",
        "SRS0=h=tt=nodomain=anna@fwd.example",
        "SRS0=h=tt=bank.example=@fwd.example",
        "SRS0@fwd.example",
        "SRS1=h=first.example=f5Xc@fwd.example",
        "prvs=short=anna@bank.example",
        "prvs=anna@bank.example",
        "anna+SRS=one@tenant.example",
        "devs+bncshort@groups.example",
        "a-b=c@bank.example",
        "0100018f00112233-0123@amazonses.example",
    ] {
        assert_eq!(decoded(address), None, "{address}");
    }
}

const LOCAL: &str = "[a-z][a-z0-9.]{0,8}[a-z0-9]";
const DOMAIN: &str = "[a-z][a-z0-9]{0,8}\\.example";

proptest! {
    #[test]
    fn what_was_rewritten_comes_back(local in LOCAL, domain in DOMAIN, hash in "[A-Za-z0-9+/]{4}", day in "[A-Z2-7]{2}") {
        let whole = format!("{local}@{domain}");
        let srs0 = format!("SRS0={hash}={day}={domain}={local}");
        prop_assert_eq!(decoded(&format!("{srs0}@fwd.example")), Some(("srs0", Some(whole.clone()), None)));
        // SRS1 keeps what stood behind SRS0, its separator included.
        let guarded = srs0.trim_start_matches("SRS0");
        let srs1 = format!("SRS1={hash}=fwd.example={guarded}@again.example");
        prop_assert_eq!(decoded(&srs1), Some(("srs1", Some(whole.clone()), None)));
        let exchange = format!("ben+SRS={hash}={day}={domain}={local}@tenant.example");
        prop_assert_eq!(decoded(&exchange), Some(("exchange-srs", Some(whole.clone()), None)));
        let batv = format!("prvs=1234abcdef={whole}");
        prop_assert_eq!(decoded(&batv), Some(("batv", Some(whole.clone()), None)));
        let verp = format!("list-bounces+{local}={domain}@lists.example");
        let list = Some("list-bounces@lists.example".to_owned());
        prop_assert_eq!(decoded(&verp), Some(("verp", list, Some(whole))));
    }

    #[test]
    fn no_address_panics(
        mark in "(SRS[01][=+-]|prvs=|btv1==|bounces\\+|bounce-mc\\.us|.{0,6}\\+(caf_|SRS|bnc|srs)=?|3|01|)",
        rest in "[=+\\-_@.a-z0-9é\u{130}]{0,40}|\\PC{0,30}",
        host in "(@\\PC{0,12}|@x\\.bounces\\.google\\.com|@a\\.bnc\\.salesforce\\.com|)",
    ) {
        let address = format!("{mark}{rest}{host}");
        if let Some(found) = decode(&address) {
            // An address that is decoded is whole; nothing longer than what was given comes out of it.
            for part in found.inner.iter().chain(&found.recipient) {
                prop_assert!(part.contains('@') && part.len() <= address.to_lowercase().len().max(address.len()), "{address}: {part}");
            }
        }
    }
}
