//! The messages of testdata, each as the receiver mx.corp.example stored it.

use spoofcheck::time::Timestamp;

use crate::sign::{Key, Signer};

/// Keys and the names that publish them.
pub(crate) struct Keys {
    /// Signs for every author, selector `s2026`.
    pub(crate) rsa: Key,
    /// The Ed25519 twin, selector `e2026`.
    pub(crate) ed25519: Key,
    /// Signs for lists, forwarders and bulk senders, selector `relay`.
    pub(crate) relay: Key,
}

/// What the border of mx.corp.example saw and wrote.
#[derive(Clone, Copy)]
struct Delivery<'a> {
    ip: &'a str,
    helo: &'a str,
    rdns: &'a str,
    /// Empty for the null sender.
    mail_from: &'a str,
    /// RFC 3339.
    at: &'a str,
    /// The results of its Authentication-Results; empty for none.
    results: &'a str,
}

impl Delivery<'_> {
    /// The stored message: trace and results above what came over the wire.
    fn of(&self, wire: &str) -> String {
        let &Self {
            ip,
            helo,
            rdns,
            mail_from,
            results,
            ..
        } = self;
        let date = date(self.at);
        let id = &format!("{:010X}", 0x4A_0000_0000u64 + u64::from(crate::checksum(wire)));
        let results = match results {
            "" => String::new(),
            results => format!(
                "Authentication-Results: mx.corp.example;\r\n\t{}\r\n",
                results.replace("; ", ";\r\n\t")
            ),
        };
        format!(
            "Return-Path: <{mail_from}>\r\n\
             Delivered-To: ruth@corp.example\r\n\
             Received: from mx.corp.example (mx.corp.example [192.0.2.10])\r\n\tby imap.corp.example (Dovecot) with LMTP id {id}\r\n\tfor <ruth@corp.example>; {date}\r\n\
             {results}\
             Received: from {helo} ({rdns} [{ip}])\r\n\tby mx.corp.example (Postfix) with ESMTPS id {id}\r\n\tfor <ruth@corp.example>; {date}\r\n\
             {wire}"
        )
    }
}

/// RFC 5322 date-time, in UTC.
pub(crate) fn date(rfc3339: &str) -> String {
    let at = seconds(rfc3339);
    let day = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        [usize::try_from(at.div_euclid(86_400).rem_euclid(7)).expect("a day")];
    let month = match &rfc3339[5..7] {
        "03" => "Mar",
        "10" => "Oct",
        other => unreachable!("no message of month {other}"),
    };
    format!(
        "{day}, {} {month} {} {} +0000",
        &rfc3339[8..10],
        &rfc3339[..4],
        &rfc3339[11..19]
    )
}

/// When a message was delivered: the date of its border hop.
pub(crate) fn delivered_at(message: &str) -> Option<Timestamp> {
    let year = if message.contains("Mar 2024") {
        "2024-03-11T09:00:05Z"
    } else {
        "2026-10-19T08:00:05Z"
    };
    Timestamp::parse_rfc3339(year)
}

pub(crate) fn seconds(rfc3339: &str) -> i64 {
    Timestamp::parse_rfc3339(rfc3339).expect("a time").0
}

/// A plain message: header fields of the author and a body of paragraphs.
fn letter(from: &str, to: &str, subject: &str, at: &str, id: &str, body: &str) -> String {
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {}\r\nMessage-ID: <{id}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n",
        date(at)
    )
}

const RUTH: &str = "Ruth Miller <ruth@corp.example>";
const BANK: &str = "Bank Example <service@bank.example>";
const STATEMENT: &str =
    "Dear Ruth,\r\n\r\nyour statement for September is ready. Log in as usual to read it.\r\n\r\nBank Example";
const URGENT: &str = "Dear customer,\r\n\r\nyour account is locked. Confirm your details today:\r\nhttps://login.shady.example/confirm\r\n\r\nBank Example";
/// Exim's submission line (its id holds the time), as an author's own server writes it.
const SUBMITTED: &str = "Received: from [10.1.2.3] (helo=desk)\r\n\tby mail.bank.example with esmtpsa (TLS1.3) tls TLS_AES_256_GCM_SHA384\r\n\t(Exim 4.98)\r\n\t(envelope-from <service@bank.example>)\r\n\tid 1xIiHp-000000001Ab-2XyZ\r\n\tfor ruth@corp.example;\r\n\tMon, 19 Oct 2026 08:00:01 +0000\r\n";

/// All messages by file name.
pub(crate) fn all(keys: &Keys) -> Vec<(&'static str, String)> {
    let sign = |domain: &'static str, at: &str, lifetime: Option<i64>, message: &str| {
        Signer {
            key: &keys.rsa,
            domain,
            selector: "s2026",
            at: seconds(at),
            lifetime,
            extra: String::new(),
            length: None,
            names: None,
        }
        .dkim(message)
    };
    let relay = |domain: &'static str, at: &str| Signer {
        key: &keys.relay,
        domain,
        selector: "relay",
        at: seconds(at),
        lifetime: None,
        extra: String::new(),
        length: None,
        names: None,
    };
    let noon = "2026-10-19T08:00:05Z";
    let sent = "2026-10-19T08:00:00Z";
    let shop = |subject: &str, id: &str| {
        letter(
            "Shop Example <offers@shop.example>",
            RUTH,
            subject,
            sent,
            id,
            "Hello Ruth,\r\n\r\nnew lamps have arrived, and yours is among them.\r\n\r\nShop Example",
        )
    };
    let from_bank = Delivery {
        ip: "198.51.100.10",
        helo: "mail.bank.example",
        rdns: "mail.bank.example",
        mail_from: "service@bank.example",
        at: noon,
        results: "spf=pass smtp.mailfrom=service@bank.example; dkim=pass header.d=bank.example header.s=s2026; dmarc=pass header.from=bank.example",
    };
    let from_shady = Delivery {
        ip: "203.0.113.66",
        helo: "host66.shady.example",
        rdns: "host66.shady.example",
        mail_from: "service@bank.example",
        at: noon,
        results: "spf=fail smtp.mailfrom=service@bank.example; dkim=none; dmarc=fail (p=reject) header.from=bank.example",
    };
    let statement = letter(BANK, RUTH, "Your statement", sent, "st-1@bank.example", STATEMENT);
    let signed = sign("bank.example", "2026-10-19T08:00:01Z", None, &statement);
    let twice = Signer {
        key: &keys.ed25519,
        domain: "bank.example",
        selector: "e2026",
        at: seconds(sent) + 1,
        lifetime: None,
        extra: String::new(),
        length: None,
        names: None,
    }
    .dkim(&signed);
    let urgent = letter(BANK, RUTH, "Your account is locked", sent, "x1@bank.example", URGENT);

    let mut all = vec![
        ("genuine-direct.eml", from_bank.of(&twice.replacen("From:", &format!("{SUBMITTED}From:"), 1))),
        ("spoof-reject.eml", from_shady.of(&urgent)),
        (
            "spoof-none.eml",
            Delivery {
                mail_from: "offers@shop.example",
                results: "spf=softfail smtp.mailfrom=offers@shop.example; dkim=none; dmarc=fail (p=none) header.from=shop.example",
                ..from_shady
            }
            .of(&shop("Last day: claim your voucher", "v77@shop.example")),
        ),
        (
            "forged-authentication-results.eml",
            Delivery { results: "", ..from_shady }.of(&format!(
                "Authentication-Results: mx.corp.example;\r\n\tspf=pass smtp.mailfrom=service@bank.example;\r\n\tdkim=pass header.d=bank.example;\r\n\tdmarc=pass header.from=bank.example\r\n{urgent}"
            )),
        ),
        ("forged-received.eml", from_shady.of(&format!(
            "Received: from mail.bank.example (mail.bank.example [198.51.100.10])\r\n\tby host66.shady.example (Postfix) with ESMTPS id 4j7SdH0hWKz9vG\r\n\tfor <ruth@corp.example>; Mon, 19 Oct 2026 08:00:03 +0000\r\n{SUBMITTED}{urgent}"
        ))),
        (
            "two-from.eml",
            Delivery {
                mail_from: "billing@shady.example",
                results: "spf=pass smtp.mailfrom=billing@shady.example; dkim=pass header.d=shady.example; dmarc=permerror",
                ..from_shady
            }
            .of(&format!("From: {BANK}\r\n{}", sign("shady.example", sent, None, &letter("Billing <billing@shady.example>", RUTH, "Invoice 4711", sent, "i4711@shady.example", URGENT)))),
        ),
        (
            "display-name-address.eml",
            Delivery {
                ip: "192.0.2.80",
                helo: "out.freemail.example",
                rdns: "out.freemail.example",
                mail_from: "kx4711@freemail.example",
                results: "spf=pass smtp.mailfrom=kx4711@freemail.example; dkim=pass header.d=freemail.example header.s=s2026; dmarc=pass header.from=freemail.example",
                ..from_shady
            }
            .of(&sign("freemail.example", sent, None, &format!(
                "Received: by 2002:a05:6512:3c91:b0:539:8b02:1c5d with SMTP id 2adb3069b0e04-53a0bcd1234mr1234567e87.12.1792396800123;\r\n        Mon, 19 Oct 2026 01:00:00 -0700 (PDT)\r\n{}",
                letter("\"service@bank.example\" <kx4711@freemail.example>", RUTH, "Your account is locked", sent, "CAF0x1@mail.freemail.example", URGENT)
            ))),
        ),
        (
            "expired-at-delivery.eml",
            Delivery {
                ip: "203.0.113.70",
                helo: "mta7.relayhost.example",
                rdns: "mta7.relayhost.example",
                mail_from: "bounce@relayhost.example",
                results: "spf=pass smtp.mailfrom=bounce@relayhost.example; dkim=policy (expired) header.d=shop.example; dmarc=fail (p=none) header.from=shop.example",
                ..from_shady
            }
            .of(&sign("shop.example", "2026-10-01T08:00:00Z", Some(3 * 86_400), &shop("New lamps", "n1@shop.example"))),
        ),
        (
            "expired-since.eml",
            Delivery {
                ip: "198.51.100.20",
                helo: "mail.shop.example",
                rdns: "mail.shop.example",
                mail_from: "offers@shop.example",
                results: "spf=pass smtp.mailfrom=offers@shop.example; dkim=pass header.d=shop.example header.s=s2026; dmarc=pass header.from=shop.example",
                ..from_shady
            }
            .of(&sign("shop.example", sent, Some(7 * 86_400), &shop("New lamps again", "n2@shop.example"))),
        ),
    ];
    all.extend(indirect(keys, &signed, &from_bank, &relay));
    all.extend(sealed(keys, &from_bank, &from_shady, &relay));
    all
}

/// Chains of ARC: a genuine one of two hops, the same broken afterwards, and one that a spoofer made up.
fn sealed<'k>(
    keys: &'k Keys,
    from_bank: &Delivery<'_>,
    from_shady: &Delivery<'_>,
    relay: &dyn Fn(&'static str, &str) -> Signer<'k>,
) -> Vec<(&'static str, String)> {
    let sent = "2026-10-19T08:00:00Z";
    let body = "Hello all,\r\n\r\nthe rates change on Friday.\r\n\r\nThe table is attached.\r\n\r\nTom";
    let text = letter(
        "Tom Hill <tom@bank.example>",
        "devs@lists.example",
        "New rates",
        sent,
        "nr1@bank.example",
        body,
    );
    let post = Signer {
        key: &keys.rsa,
        domain: "bank.example",
        selector: "s2026",
        at: seconds(sent),
        lifetime: None,
        extra: String::new(),
        length: None,
        names: None,
    }
    .dkim(&text);
    let at_list = "Received: from mail.bank.example (mail.bank.example [198.51.100.10])\r\n\tby lists.example (Postfix) with ESMTPS id 4j7SdG2wTjz3bC\r\n\tfor <devs@lists.example>; Mon, 19 Oct 2026 08:00:02 +0000\r\n";
    let at_alumni = "Received: from lists.example (lists.example [198.51.100.40])\r\n\tby mx.alumni.example (Postfix) with ESMTPS id 4j7SdH0hWKz9vG\r\n\tfor <ruth@alumni.example>; Mon, 19 Oct 2026 08:00:04 +0000\r\n";
    let list =
        "List-Id: Developers <devs.lists.example>\r\nList-Post: <mailto:devs@lists.example>\r\nPrecedence: list\r\n";
    // The list takes a paragraph out: no undoing brings the author's signature back.
    let scrubbed = format!("{list}{at_list}{post}").replace("The table is attached.\r\n\r\n", "");
    let first = relay("lists.example", "2026-10-19T08:00:03Z").arc(
        "lists.example; spf=pass smtp.mailfrom=tom@bank.example; dkim=pass header.d=bank.example; dmarc=pass header.from=bank.example",
        &scrubbed,
    );
    let second = relay("alumni.example", "2026-10-19T08:00:04Z").arc(
        "mx.alumni.example; spf=pass smtp.mailfrom=lists.example; dkim=fail header.d=bank.example; arc=pass; dmarc=fail header.from=bank.example",
        &format!("{at_alumni}{first}"),
    );
    let from_alumni = Delivery {
        ip: "198.51.100.50",
        helo: "mx.alumni.example",
        rdns: "mx.alumni.example",
        mail_from: "devs-bounces+ruth=alumni.example@lists.example",
        results: "spf=fail smtp.mailfrom=lists.example; dkim=fail (body hash did not verify) header.d=bank.example; arc=pass; dmarc=fail (p=reject) header.from=bank.example",
        ..*from_bank
    };
    let invented = relay("shady.example", sent).arc(
        "mx.shady.example; spf=pass smtp.mailfrom=service@bank.example smtp.remote-ip=203.0.113.66; dkim=pass header.d=bank.example; dmarc=pass header.from=bank.example",
        &letter(BANK, RUTH, "Your account is locked", sent, "x9@bank.example", URGENT),
    );
    vec![
        ("arc-two-hops.eml", from_alumni.of(&second)),
        (
            "arc-broken.eml",
            Delivery {
                results: "spf=fail smtp.mailfrom=lists.example; dkim=fail (body hash did not verify) header.d=bank.example; arc=fail; dmarc=fail (p=reject) header.from=bank.example",
                ..from_alumni
            }
            .of(&format!("{second}\r\n-- \r\nForwarded for you by the alumni office.\r\n")),
        ),
        (
            "arc-forged.eml",
            Delivery {
                results: "spf=fail smtp.mailfrom=service@bank.example; dkim=none; arc=pass; dmarc=fail (p=reject) header.from=bank.example",
                ..*from_shady
            }
            .of(&invented),
        ),
    ]
}

/// Lists, forwarders, bulk senders and automatic mail.
fn indirect<'k>(
    keys: &'k Keys,
    signed: &str,
    from_bank: &Delivery<'_>,
    relay: &dyn Fn(&'static str, &str) -> Signer<'k>,
) -> Vec<(&'static str, String)> {
    let (sent, noon) = ("2026-10-19T08:00:00Z", from_bank.at);
    let author = |domain: &'static str, at: &str, message: &str| {
        Signer {
            key: &keys.rsa,
            domain,
            selector: "s2026",
            at: seconds(at),
            lifetime: None,
            extra: String::new(),
            length: None,
            names: None,
        }
        .dkim(message)
    };
    let list = "Sender: devs-bounces@lists.example\r\nList-Id: Developers <devs.lists.example>\r\nList-Post: <mailto:devs@lists.example>\r\nList-Unsubscribe: <mailto:devs-leave@lists.example>\r\nPrecedence: list\r\nX-Mailman-Version: 3.3.9\r\n";
    let footer =
        "\r\n_______________________________________________\r\nDevelopers mailing list -- devs@lists.example\r\n";
    let post = author(
        "univ.example",
        sent,
        &letter(
            "Ann Lee <ann@univ.example>",
            "devs@lists.example",
            "Release plan",
            sent,
            "rp1@univ.example",
            "Hello all,\r\n\r\nthe branch is cut on Friday.\r\n\r\nAnn",
        ),
    );
    let at_list = "Received: from mail.univ.example (mail.univ.example [198.51.100.30])\r\n\tby lists.example (Postfix) with ESMTPS id 4j7SdG2wTjz3bC\r\n\tfor <devs@lists.example>; Mon, 19 Oct 2026 08:00:02 +0000\r\n";
    let changed = format!("{list}{at_list}{post}{footer}").replacen("Subject: ", "Subject: [Devs] ", 1);
    let sealed = relay("lists.example", "2026-10-19T08:00:03Z").arc(
        "lists.example; spf=pass smtp.mailfrom=ann@univ.example; dkim=pass header.d=univ.example; dmarc=pass header.from=univ.example",
        &changed,
    );
    let from_list = Delivery {
        ip: "198.51.100.40",
        helo: "lists.example",
        rdns: "lists.example",
        mail_from: "devs-bounces+ruth=corp.example@lists.example",
        at: noon,
        results: "spf=pass smtp.mailfrom=lists.example; dkim=fail (body hash did not verify) header.d=univ.example; dkim=pass header.d=lists.example; arc=pass; dmarc=fail (p=none) header.from=univ.example",
    };
    let munged = letter(
        "Ann Lee via Devs <devs@lists.example>",
        "devs@lists.example",
        "[Devs] Release plan",
        sent,
        "rp2@univ.example",
        "Hello all,\r\n\r\nthe branch is cut on Friday.\r\n\r\nAnn",
    )
    .replacen("To: ", "Reply-To: Ann Lee <ann@univ.example>\r\nTo: ", 1);
    let forwarded = format!(
        "Received: from mail.bank.example (mail.bank.example [198.51.100.10])\r\n\tby mx.alumni.example with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384\r\n\t(Exim 4.98)\r\n\t(envelope-from <service@bank.example>)\r\n\tid 1xIiHr-000000004Gh-0AbC\r\n\tfor ruth@alumni.example;\r\n\tMon, 19 Oct 2026 08:00:03 +0000\r\n{signed}"
    );
    let forwarder = Delivery {
        ip: "198.51.100.50",
        helo: "mx.alumni.example",
        rdns: "mx.alumni.example",
        mail_from: "service@bank.example",
        at: noon,
        results: "spf=fail smtp.mailfrom=service@bank.example; dkim=pass header.d=bank.example header.s=s2026; dmarc=pass header.from=bank.example",
    };
    let esp = Delivery {
        ip: "192.0.2.90",
        helo: "o1.esp.example",
        rdns: "o1.esp.example",
        mail_from: "bounces+211-ruth=corp.example@esp.example",
        at: noon,
        results: "",
    };
    let news = |from: &str, id: &str| {
        let text = letter(
            from,
            RUTH,
            "The October letter",
            sent,
            id,
            "Hello Ruth,\r\n\r\nhere is what happened this month.",
        );
        format!(
            "Feedback-ID: 211:oct:esp\r\nList-Unsubscribe: <https://u.esp.example/211>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n{text}"
        )
    };
    let to_esp = |message: String| relay("esp.example", sent).dkim(&message);
    let report = "From: Mail Delivery System <mailer-daemon@univ.example>\r\nTo: ruth@corp.example\r\nSubject: Undelivered Mail Returned to Sender\r\nDate: Mon, 19 Oct 2026 08:00:00 +0000\r\nMessage-ID: <b1@mail.univ.example>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"=_b1\"\r\n\r\n--=_b1\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nYour message to anne@univ.example could not be delivered.\r\n\r\n--=_b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.univ.example\r\n\r\nFinal-Recipient: rfc822; anne@univ.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--=_b1\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: Ruth Miller <ruth@corp.example>\r\nTo: anne@univ.example\r\nSubject: Hello\r\nMessage-ID: <h1@corp.example>\r\n\r\n--=_b1--\r\n";
    let from_univ = Delivery {
        ip: "198.51.100.30",
        helo: "mail.univ.example",
        rdns: "mail.univ.example",
        mail_from: "",
        at: noon,
        results: "spf=pass smtp.helo=mail.univ.example; dkim=none; dmarc=pass header.from=univ.example",
    };
    let away = letter(
        "Ann Lee <ann@univ.example>",
        RUTH,
        "Automatic reply: Hello",
        sent,
        "ar1@univ.example",
        "I am away until Monday.\r\n\r\nAnn",
    )
    .replacen("MIME-Version", "Auto-Submitted: auto-replied\r\nMIME-Version", 1);
    let exchange = "Received: from EX01.univ.example (2001:db8:5::11) by\r\n EX02.univ.example (2001:db8:5::12) with Microsoft SMTP Server\r\n (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.2.1748.10; Mon, 19 Oct\r\n 2026 08:00:01 +0000\r\n";
    let old = "2024-03-11T09:00:05Z";
    let rotated = Signer {
        key: &keys.relay,
        domain: "bank.example",
        selector: "s2023",
        at: seconds(old) - 4,
        lifetime: None,
        extra: String::new(),
        length: None,
        names: None,
    }
    .dkim(&letter(
        BANK,
        RUTH,
        "Your statement",
        "2024-03-11T09:00:00Z",
        "st-0@bank.example",
        STATEMENT,
    ));
    vec![
        ("list-footer.eml", from_list.of(&relay("lists.example", "2026-10-19T08:00:03Z").dkim(&sealed))),
        ("list-munged-from.eml", Delivery { results: "spf=pass smtp.mailfrom=lists.example; dkim=pass header.d=lists.example; dmarc=pass header.from=lists.example", ..from_list }
            .of(&relay("lists.example", "2026-10-19T08:00:03Z").dkim(&format!("{list}{at_list}{munged}")))),
        ("forward-plain.eml", forwarder.of(&forwarded)),
        ("forward-srs.eml", Delivery { mail_from: "SRS0=hX3k=IJ=bank.example=service@alumni.example", results: "spf=pass smtp.mailfrom=alumni.example; dkim=pass header.d=bank.example header.s=s2026; dmarc=pass header.from=bank.example", ..forwarder }.of(&forwarded)),
        ("esp-aligned.eml", Delivery { results: "spf=pass smtp.mailfrom=esp.example; dkim=pass header.d=shop.example; dkim=pass header.d=esp.example; dmarc=pass header.from=shop.example", ..esp }
            .of(&to_esp(author("shop.example", sent, &news("Shop Example <news@shop.example>", "oct1@shop.example"))))),
        ("esp-unaligned.eml", Delivery { results: "spf=pass smtp.mailfrom=esp.example; dkim=pass header.d=esp.example; dmarc=none header.from=club.example", ..esp }
            .of(&to_esp(news("Chess Club <news@club.example>", "oct2@club.example")))),
        ("dsn.eml", from_univ.of(&format!("{exchange}{report}"))),
        ("null-sender.eml", Delivery { results: "spf=pass smtp.helo=mail.univ.example; dkim=pass header.d=univ.example header.s=s2026; dmarc=pass header.from=univ.example", ..from_univ }
            .of(&author("univ.example", sent, &format!("{exchange}{away}")))),
        ("rotated-key.eml", Delivery { ip: "198.51.100.90", helo: "out1.bank.example", rdns: "out1.bank.example", at: old, results: "spf=pass smtp.mailfrom=service@bank.example; dkim=pass header.d=bank.example header.s=s2023; dmarc=pass header.from=bank.example", ..*from_bank }.of(&rotated)),
    ]
}
