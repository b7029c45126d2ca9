//! The rules of the trace family: each with a message that it finds and one that it leaves alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use spoofcheck::{
    dns::Snapshot,
    finding::{Effect, Severity},
    time::Timestamp,
};

#[allow(dead_code, reason = "each test program uses a part")]
#[path = "common/messages.rs"]
mod messages;
use messages::{examined, settings_at};

const DATE: &str = "; Mon, 1 Jan 2024 00:00:00 +0000";

/// A border that nothing speaks against.
const BORDER: &str = "from out.shop.example (out.shop.example [198.51.100.7]) by mx.corp.example (Postfix) with ESMTPS id 284463055D for <bob@corp.example>";

/// What the family finds in a message with these Received fields, newest first, and further fields on top.
fn found(top: &str, hops: &[&str]) -> Vec<(&'static str, Severity, Effect)> {
    let mut message = top.to_owned();
    for hop in hops {
        let date = if hop.contains(';') { "" } else { DATE };
        message.push_str(&format!("Received: {hop}{date}\r\n"));
    }
    message.push_str("From: ann@bank.example\r\nTo: bob@corp.example\r\nSubject: x\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@bank.example>\r\n\r\nx\r\n");
    let settings = settings_at("2026-11-01T00:00:00Z");
    let report = examined(message, &settings, &Snapshot::new());
    report
        .findings
        .iter()
        .filter(|finding| finding.id.starts_with("TR-"))
        .map(|finding| (finding.id, finding.severity, finding.effect))
        .collect()
}

fn ids(top: &str, hops: &[&str]) -> Vec<&'static str> {
    found(top, hops).into_iter().map(|(id, ..)| id).collect()
}

/// A rule, the hops in which it finds something, and hops much like them that it leaves alone.
type Case<'t> = (&'static str, &'t [&'t str], &'t [&'t str]);

#[test]
fn each_finds_its_own_and_nothing_else() {
    const BELOW: &str =
        "from pc.shop.example (pc.shop.example [198.51.100.9]) by out.shop.example (Postfix) with ESMTPS id 384463055D";
    let cases: &[Case<'_>] = &[
        ("TR-101", &[], &[BORDER]),
        ("TR-102", &[BORDER, "(some appliance)"], &[BORDER, BELOW]),
        (
            "TR-103",
            &[
                BORDER,
                "from a.third.example (a.third.example [198.51.100.8]) by b.fourth.example (Postfix) with ESMTP id 484463055D",
            ],
            &[BORDER, BELOW],
        ),
        (
            "TR-106",
            &[
                BORDER,
                "from x.bank.example (x.bank.example [198.51.100.9]) by out.shop.example with esmtp (Exim 4.96) id 1q8fjD-001aWO-0V",
            ],
            &[
                BORDER,
                "from x.bank.example (x.bank.example [198.51.100.9]) by out.shop.example with esmtp (Exim 4.96) id 1q8fjD-001aWO-0V; Mon, 12 Jun 2023 11:29:50 +0000",
            ],
        ),
        (
            "TR-107",
            &[
                BORDER,
                "from a.b.example ([Mon, 01 Jan 2024 01:02:03 +0200]) by out.shop.example with ESMTP",
            ],
            &[BORDER, BELOW],
        ),
        (
            "TR-108",
            &["from a.b.example (a.b.example [300.1.2.3]) by mx.corp.example (Postfix) with ESMTP id 1"],
            &["from a.b.example (a.b.example [8.8.8.8]) by mx.corp.example (Postfix) with ESMTP id 1"],
        ),
        (
            "TR-109",
            &["from out.shop.example (out.shop.example [10.0.0.1]) by mx.corp.example (Postfix) with ESMTP id 1"],
            &[BORDER],
        ),
        (
            "TR-110",
            &["from [8.8.8.8] (out.shop.example [198.51.100.7]) by mx.corp.example (Postfix) with ESMTP id 1"],
            &["from [198.51.100.9] (out.shop.example [198.51.100.7]) by mx.corp.example (Postfix) with ESMTP id 1"],
        ),
        (
            "TR-131",
            &[
                "from a by mx2.corp.example with LMTP (pc.shop.example [198.51.100.9]) by mx.corp.example (Postfix) with ESMTP id 284463055D",
            ],
            &[BORDER],
        ),
        (
            "TR-131",
            &[
                "from pc.shop.example ([198.51.100.9] helo=out.bank.example[192.0.2.25]) by mx.corp.example with esmtp (Exim 4.96) id 1r0eHx-0001aW-1a",
            ],
            &[
                "from pc.shop.example ([198.51.100.9] helo=[192.168.1.2]) by mx.corp.example with esmtp (Exim 4.96) id 1r0eHx-0001aW-1a",
            ],
        ),
        (
            "TR-111",
            &["from mx.corp.example (unknown [198.51.100.7]) by mx.corp.example (Postfix) with ESMTP id 1"],
            &[BORDER],
        ),
        (
            "TR-112",
            &["from printer (out.shop.example [198.51.100.7]) by mx.corp.example (Postfix) with ESMTP id 1"],
            &[BORDER],
        ),
        (
            "TR-113",
            &["from out.shop.example (unknown [198.51.100.7]) by mx.corp.example (Postfix) with ESMTP id 1"],
            // Exchange looks no name up: that says nothing.
            &[
                "from out.shop.example (198.51.100.7) by mx.corp.example (10.0.0.1) with Microsoft SMTP Server id 15.2.1.1",
            ],
        ),
        (
            "TR-114",
            &[
                "from a.b.example (p198-51-100-7.dsl.isp.example [198.51.100.7]) by mx.corp.example (Postfix) with ESMTP id 1",
            ],
            &[
                "from a.b.example (198-51-100-7.static.isp.example [198.51.100.7]) by mx.corp.example (Postfix) with ESMTP id 1",
            ],
        ),
        (
            "TR-115",
            &[BORDER, "from [198.51.100.9] by out.shop.example with NNFMP"],
            &[BORDER, BELOW],
        ),
        (
            "TR-116",
            &[
                BORDER,
                "from a.b.example (a.b.example [198.51.100.9]) by out.shop.example (8.17.1/8.17.1) with ESMTPS id 1",
            ],
            &[
                BORDER,
                "from a.b.example (a.b.example [198.51.100.9]) by out.shop.example (8.17.1/8.17.1) with ESMTPS id 1 (version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384)",
            ],
        ),
        ("TR-117", &[BORDER, BELOW, BELOW], &[BORDER, BELOW]),
        ("TR-118", &[BORDER, BORDER, BORDER], &[BORDER, BORDER]),
        (
            "TR-121",
            &[
                "from mx.corp.example (mx.corp.example [198.51.100.1]) by store.corp.example (Postfix) with LMTP id 1 for <rob@corp.example>",
                BORDER,
            ],
            &[BORDER],
        ),
        (
            "TR-123",
            &[BORDER, "from [198.51.100.9] by out.shop.example with HTTP"],
            &[BORDER, BELOW],
        ),
        (
            "TR-126",
            &[
                "from mx.corp.example [198.51.100.1] by localhost with POP3 (fetchmail-6.4) for bob@localhost (single-drop)",
                BORDER,
            ],
            &[BORDER],
        ),
        (
            "TR-127",
            &[
                BORDER,
                "from pc (pc.isp.example [198.51.100.9]) (Authenticated sender: ann) by out.shop.example (Postfix) with ESMTPSA id 384463055D",
            ],
            &[BORDER, BELOW],
        ),
        (
            "TR-128",
            &[
                BORDER,
                "from a.b.example (a.b.example [198.51.100.9]) by out.shop.example (Postfix) with esmtp id 384463055D",
            ],
            &[BORDER, BELOW],
        ),
        (
            "TR-129",
            &[
                BORDER,
                "from ex1.corp.example (10.0.0.1) by ex2.corp.example (10.0.0.2) with Microsoft SMTP Server id 15.2.1.1",
            ],
            &[BORDER, BELOW],
        ),
    ];
    let mut wrong = Vec::new();
    for (rule, hit, miss) in cases {
        let documentation = |ids: &[(&'static str, Severity, Effect)]| {
            ids.iter()
                .any(|(id, severity, _)| id == rule && (*rule != "TR-108" || *severity > Severity::Info))
        };
        if !documentation(&found("", hit)) {
            wrong.push(format!("{rule} misses {hit:?}"));
        }
        if documentation(&found("", miss)) {
            wrong.push(format!("{rule} finds {miss:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn places_of_fields() {
    let late = "Received: from a.b.example (a.b.example [198.51.100.9]) by out.shop.example (Postfix) with ESMTP id 3; Mon, 1 Jan 2024 00:00:00 +0000\r\n";
    assert!(ids(&format!("Subject: y\r\n{late}"), &[BORDER]).contains(&"TR-119"));
    assert!(!ids("", &[BORDER]).contains(&"TR-119"));
    let other = BORDER.replace("bob@corp", "eve@corp");
    assert!(ids("", &[&other]).contains(&"TR-120"));
    assert!(!ids("", &[BORDER]).contains(&"TR-120"));
    assert!(!ids("Delivered-To: eve@corp.example\r\n", &[&other]).contains(&"TR-120"));
    let x_received =
        |date: &str| format!("X-Received: by 2002:a05:6000:1 with SMTP id m16mr345129qck.28.1704067200000; {date}\r\n");
    assert!(!ids(&x_received("Mon, 01 Jan 2024 00:00:00 +0000"), &[BORDER]).contains(&"TR-124"));
    assert!(ids(&x_received("Sun, 31 Dec 2023 00:00:00 +0000"), &[BORDER]).contains(&"TR-124"));
}

/// TLS is missed at a provider's border only where the provider's own hops show it.
#[test]
fn missing_encryption() {
    let inner = "from a.mail.protection.outlook.com (2603:10a6:150::1) by b.eurprd10.prod.outlook.com (2603:10a6:150::2) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.1.1";
    let border = "from out.shop.example (198.51.100.7) by a.mail.protection.outlook.com (10.0.0.1) with Microsoft SMTP Server id 15.20.1.1 via Frontend Transport";
    let encrypted = border.replace(
        " id ",
        " (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id ",
    );
    assert!(ids("", &[inner, border]).contains(&"TR-130"));
    assert!(!ids("", &[inner, &encrypted]).contains(&"TR-130"));
}

/// None of these strings that merely differ accuses anybody.
#[test]
fn differences_do_not_accuse() {
    let all = found(
        "",
        &[
            "from printer (p198-51-100-7.dsl.isp.example [10.0.0.7]) by mx.corp.example (Postfix) with esmtp id 1 for <eve@corp.example>",
        ],
    );
    assert!(all.len() >= 3, "{all:?}");
    assert!(
        all.iter()
            .all(|(_, severity, effect)| *effect == Effect::Neutral && *severity <= Severity::Medium),
        "{all:?}"
    );
}

/// A forged line whose id is of another time than its date, for each id that carries a time; and the same id on its own time.
#[test]
fn forged_queue_ids_are_caught() {
    let lines = [
        "from mail.bank.example (mail.bank.example. [198.51.100.9]) by mx.google.com with ESMTPS id b4sm345129qck.28.2019.06.15.07.42.02",
        "from mail.bank.example (mail.bank.example [198.51.100.9]) by out.shop.example (Postfix) with ESMTPS id 4SnGyY4Lqhz5v9R",
        "from mail.bank.example (mail.bank.example [198.51.100.9]) by out.shop.example with esmtp (Exim 4.96) id 1q8fjD-001aWO-0V",
    ];
    for line in lines {
        let forged = found("", &[BORDER, line]);
        assert!(forged.iter().any(|(id, ..)| *id == "TR-106"), "{line}: {forged:?}");
    }
    // What the ids themselves say.
    for line in lines {
        let header = format!("Received: {line}{DATE}\r\n\r\n");
        let message = spoofcheck::message::Message::read(header.as_bytes());
        let at = spoofcheck::trace::read_trace(&message)[0]
            .id
            .as_ref()
            .unwrap()
            .time
            .unwrap();
        let genuine = format!("{line}; {}", rfc_5322(at));
        let innocent = found("", &[BORDER, &genuine]);
        assert!(
            !innocent.iter().any(|(id, ..)| *id == "TR-106"),
            "{genuine}: {innocent:?}"
        );
    }
}

/// A moment as a date in UTC.
fn rfc_5322(at: Timestamp) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let text = at.to_string();
    let month: usize = text[5..7].parse().unwrap();
    format!(
        "{} {} {} {} +0000",
        &text[8..10],
        MONTHS[month - 1],
        &text[..4],
        &text[11..19]
    )
}
