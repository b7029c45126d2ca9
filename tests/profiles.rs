//! Each product and provider profile of trace.md 3.4, on a line of its own: what is read from it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use spoofcheck::{
    known::Known,
    message::Message,
    recorded,
    trace::{Hop, HopClass, RdnsStatus, Trace, read_trace, trace},
};

fn hop(line: &str) -> Hop {
    let header = format!("Received: {line}\r\n\r\n");
    let message = Message::read(header.as_bytes());
    read_trace(&message).remove(0)
}

/// What a line must give: product, class, HELO, reverse name, address, kind of queue id, whether a time was read from the id.
struct Row {
    line: &'static str,
    product: &'static str,
    class: HopClass,
    helo: &'static str,
    rdns: &'static str,
    ip: &'static str,
    id: &'static str,
    timed: bool,
}

const fn row(
    line: &'static str,
    product: &'static str,
    class: HopClass,
    [helo, rdns, ip]: [&'static str; 3],
    id: &'static str,
    timed: bool,
) -> Row {
    Row {
        line,
        product,
        class,
        helo,
        rdns,
        ip,
        id,
        timed,
    }
}

use HopClass::{
    Annotation, Api, FilterLoop, LmtpDelivery, Local, MapiStore, PopFetch, SmtpExternal, SmtpInternal, SubmissionAuth,
    WebmailHttp,
};

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("from out.shop.example (mail.shop.example [198.51.100.7]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) (No client certificate requested) by mx.corp.example (Postfix) with ESMTPS id 4SnGyY4Lqhz5v9R for <bob@corp.example>; Wed, 8 Nov 2023 09:14:57 +0000 (UTC)",
        "postfix", SmtpExternal, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "postfix-long", true),
    row("from out.shop.example (unknown [198.51.100.7]) by mx.corp.example (Postfix) with ESMTP id 9A3F2C0041; Wed, 8 Nov 2023 09:14:57 +0000",
        "postfix", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "postfix-short", false),
    row("by web.shop.example (Postfix, from userid 33) id 9A3F2C0041; Wed, 8 Nov 2023 09:14:57 +0000",
        "postfix", Local, ["", "", ""], "postfix-short", false),
    row("from mx.corp.example ([127.0.0.1]) by localhost (mx.corp.example [127.0.0.1]) (amavisd-new, port 10024) with ESMTP id AbC-12; Wed, 8 Nov 2023 09:14:57 +0000",
        "amavis", FilterLoop, ["mx.corp.example", "", "127.0.0.1"], "", false),
    row("from mail.shop.example ([198.51.100.7]:41234 helo=out.shop.example) by mx.corp.example with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.96) (envelope-from <ann@shop.example>) id 1q8fjD-001aWO-0V for bob@corp.example; Mon, 12 Jun 2023 11:29:51 +0000",
        "exim", SmtpExternal, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "exim", true),
    row("from [198.51.100.7] (port=41234 helo=out.shop.example) by mx.corp.example with esmtp (Exim 4.96) (envelope-from <ann@shop.example>) id 1q8fjD-00000001aWO-0V2k for bob@corp.example; Mon, 12 Jun 2023 11:29:51 +0000",
        "exim", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "exim", true),
    row("from www-data by web.shop.example with local (Exim 4.96) (envelope-from <www-data@web.shop.example>) id 1q8fjD-001aWO-0V for bob@corp.example; Mon, 12 Jun 2023 11:29:51 +0000",
        "exim", Local, ["www-data", "", ""], "exim", true),
    row("from out.shop.example (mail.shop.example [198.51.100.7] (may be forged)) (authenticated bits=0) by mx.corp.example (8.17.1/8.17.1) with ESMTPSA id 3A89EvSC012345 for <bob@corp.example>; Wed, 8 Nov 2023 09:14:57 GMT",
        "sendmail", SubmissionAuth, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "sendmail", true),
    row("(from ann@localhost) by web.shop.example (8.17.1/8.17.1/Submit) id 3A89EvSC012345; Wed, 8 Nov 2023 09:14:57 GMT",
        "sendmail", Local, ["ann@localhost", "", ""], "sendmail", true),
    row("(qmail 12345 invoked from network); 8 Nov 2023 09:14:57 -0000",
        "qmail", Annotation, ["", "", ""], "", false),
    row("from mail.shop.example (HELO out.shop.example) (ann@198.51.100.7) by mx.corp.example with SMTP; 8 Nov 2023 09:14:57 -0000",
        "qmail", SmtpExternal, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "", false),
    row("from AM6EUR05FT012.eop-eur05.prod.protection.outlook.com (2603:10a6:208:a8::21) by AM0PR01CA0123.outlook.office365.com (2603:10a6:208:a8::20) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.6954.28 via Frontend Transport; Wed, 8 Nov 2023 09:14:57 +0000",
        "exchange", SmtpInternal, ["AM6EUR05FT012.eop-eur05.prod.protection.outlook.com", "", "2603:10a6:208:a8::21"], "exchange", false),
    row("from AM0PR01MB1234.eurprd01.prod.exchangelabs.com ([fe80::1]) by AM0PR01MB1234.eurprd01.prod.exchangelabs.com ([fe80::1%7]) with mapi id 15.20.6954.028; Wed, 8 Nov 2023 09:14:57 +0000",
        "exchange", MapiStore, ["AM0PR01MB1234.eurprd01.prod.exchangelabs.com", "", "fe80::1"], "exchange", false),
    row("from out.shop.example ([198.51.100.7] RDNS failed) by mx.corp.example with Microsoft SMTPSVC(6.0.3790.4675); Wed, 8 Nov 2006 09:14:57 +0000",
        "smtpsvc", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from mail pickup service by web.shop.example with Microsoft SMTPSVC; Wed, 8 Nov 2006 09:14:57 +0000",
        "smtpsvc", Local, ["", "", ""], "", false),
    row("from mail.shop.example (mail.shop.example. [198.51.100.7]) by mx.google.com with ESMTPS id 98e67ed59e1d1-33e100001si200a91.5.2023.11.08.01.14.57 for <bob@gmail.com> (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256); Wed, 08 Nov 2023 01:14:57 -0800 (PST)",
        "gmail", SmtpExternal, ["mail.shop.example", "mail.shop.example", "198.51.100.7"], "gmail", true),
    row("by 2002:a05:6402:1a4e:b0:5f1:d0a4:4f2a with SMTP id f14csp1234567edb; Wed, 8 Nov 2023 01:14:57 -0800 (PST)",
        "gmail", HopClass::InternalNoip, ["", "", ""], "gmail", false),
    row("from 123456789012 named unknown by gmailapi.google.com with HTTPREST; Wed, 8 Nov 2023 01:14:57 -0800",
        "gmail", Api, ["", "", ""], "", false),
    row("from 198.51.100.7 (EHLO out.shop.example) (198.51.100.7) by mta4123.mail.bf1.yahoo.com with SMTPS; Wed, 08 Nov 2023 09:14:57 +0000",
        "", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from YW5u (unknown) by geopod-ismtpd-5 (SG) with HTTP id AbCdEfGhIjKlMnOpQr Wed, 08 Nov 2023 09:14:57.123 +0000 (UTC)",
        "sendgrid", Api, ["", "", ""], "", false),
    row("from [198.51.100.7] ([198.51.100.7:41234] helo=out.shop.example) by momentum1.esp.example (envelope-from <ann@shop.example>) (ecelerity 4.4.0 r(Core:4.4.0)) with ESMTP id 12/34-56789-ABCDEF65; Wed, 08 Nov 2023 09:14:57 +0000",
        "ecelerity", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from out.shop.example (198.51.100.7) by kumo1.esp.example (KumoMTA 198.51.100.20) with ESMTPS id 0c9a; Wed, 08 Nov 2023 09:14:57 +0000",
        "kumomta", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from pps.filterd (mx.corp.example [127.0.0.1]) by mx.corp.example (8.17.1.22/8.17.1.22) with ESMTP id 3A89EvSC012345; Wed, 08 Nov 2023 09:14:57 +0000",
        "sendmail", FilterLoop, ["pps.filterd", "mx.corp.example", "127.0.0.1"], "sendmail", false),
    row("from out.shop.example (mail.shop.example [198.51.100.7]) by mx0a-00000000.pphosted.com (PPS) with ESMTPS id 3u7abc1234-1; Wed, 08 Nov 2023 09:14:57 +0000",
        "proofpoint", SmtpExternal, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "", false),
    row("from out.shop.example (mail.shop.example [198.51.100.7]) by relay.mimecast.com with ESMTP with STARTTLS (version=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384) id uk-mta-12-AbCdEfGhMnOp-1; Wed, 08 Nov 2023 09:14:57 +0000",
        "", SmtpExternal, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "", false),
    row("from out.shop.example ([198.51.100.7]) by barracuda.corp.example with ESMTP id AbCdEfGhIjKlMnOp (version=TLSv1.2 cipher=ECDHE-RSA-AES128-GCM-SHA256 bits=128 verify=NO) for <bob@corp.example>; Wed, 08 Nov 2023 09:14:57 +0000",
        "", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from out.shop.example ([198.51.100.7]) by esa1.corp.iphmx.com with ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384; 08 Nov 2023 09:14:57 +0000",
        "", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from mx.corp.example (LHLO mx.corp.example) (10.0.0.5) by store.corp.example with LMTP; Wed, 8 Nov 2023 09:14:57 +0000",
        "", LmtpDelivery, ["mx.corp.example", "mx.corp.example", "10.0.0.5"], "", false),
    row("from laptop [198.51.100.7] by mail.corp.example [198.51.100.20] (MDaemon PRO v22.0.4) with ESMTPA id md5001234567.msg; Wed, 08 Nov 2023 09:14:57 +0000",
        "mdaemon", SubmissionAuth, ["laptop", "", "198.51.100.7"], "mdaemon", false),
    row("from out.shop.example ([198.51.100.7]) by notes.corp.example (Lotus Domino Release 9.0.1) with ESMTP id 2023110809145700-1234567; Wed, 8 Nov 2023 09:14:57 +0000",
        "domino", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "domino", true),
    row("from out.shop.example (mail.shop.example [198.51.100.7]) by mx.corp.example (Haraka/3.0.2) with ESMTPSA id 0C9A1B2C-1D2E-4F30-8A4B-5C6D7E8F9A0B.1 envelope-from <ann@shop.example> (authenticated bits=0) (version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 verify=NO); Wed, 08 Nov 2023 09:14:57 +0000",
        "haraka", SubmissionAuth, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "", false),
    row("from out.shop.example (mail.shop.example [198.51.100.7]) by mx.corp.example (OpenSMTPD) with ESMTPS id 1a2b3c4d (TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO) auth=yes user=ann for <bob@corp.example>; Wed, 8 Nov 2023 09:14:57 +0000 (UTC)",
        "opensmtpd", SubmissionAuth, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "", false),
    row("from out.shop.example (mail.shop.example [198.51.100.7]) by mx.corp.example (Halon) with ESMTPS id a08a2c80-7e16-11ee-b962-0242ac120002; Wed, 08 Nov 2023 09:14:57 +0000",
        "halon", SmtpExternal, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "uuid-v1", true),
    row("from out.shop.example (mail.shop.example [198.51.100.7]) by mx.corp.example with SMTP; Wed, 08 Nov 2023 09:14:57 +0000 (courier 1.2.2) id 00000000000A1234.00000000654B51E1.00001234",
        "", SmtpExternal, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "courier", true),
    row("from mx.corp.example by store.corp.example with LMTP id AbCdEfGhIjKlMnOpQrStUv (envelope-from <ann@shop.example>) for <bob@corp.example>; Wed, 08 Nov 2023 09:14:57 +0000",
        "", LmtpDelivery, ["mx.corp.example", "", ""], "", false),
    row("from mx.corp.example ([unix socket]) by mx.corp.example (Cyrus 3.4.1) with LMTPA; Wed, 08 Nov 2023 09:14:57 +0000",
        "cyrus", LmtpDelivery, ["mx.corp.example", "", ""], "", false),
    row("from pop.isp.example [198.51.100.9] by localhost with POP3 (fetchmail-6.4.37) for <bob@localhost> (single-drop); Wed, 08 Nov 2023 09:14:57 +0000",
        "fetchmail", PopFetch, ["", "", "198.51.100.9"], "", false),
    row("from 192.0.2.9 (SquirrelMail authenticated user ann) by webmail.corp.example with HTTP; Wed, 8 Nov 2023 09:14:57 -0000 (UTC)",
        "", WebmailHttp, ["", "", "192.0.2.9"], "", false),
    row("from mail.shop.example (mail.shop.example [198.51.100.7]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384) by mailin034.protonmail.ch (Postfix) with ESMTPS id 4SnGyY4Lqhz5v9R for <bob@proton.me>; Wed, 8 Nov 2023 09:14:57 +0000 (UTC)",
        "postfix", SmtpExternal, ["mail.shop.example", "mail.shop.example", "198.51.100.7"], "postfix-long", true),
    row("from social.example (aB3dE5fG7h9) by www.social.example with Thrift id 1; Wed, 08 Nov 2023 09:14:57 +0000",
        "thrift", HopClass::InternalNoip, ["social.example", "", ""], "", false),
    row("from unknown (HELO out.shop.example) ([198.51.100.7]) (envelope-sender <ann@shop.example>) by 198.51.100.20 (qmail-ldap-1.03) with SMTP for <bob@corp.example>; 8 Nov 2023 09:14:57 -0000",
        "qmail-ldap", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from ann@shop.example by mx.corp.example by uid 502 with qmail-scanner-1.25 (clamdscan: 0.65. Clear:RC:0(198.51.100.7):. Processed in 0.2 secs); 08 Nov 2023 09:14:57 -0000",
        "qmail-scanner", Annotation, ["ann@shop.example", "", ""], "", false),
    row("from mail.shop.example (HELO out.shop.example) (198.51.100.7) by mx.corp.example (qpsmtpd/0.96) with ESMTP; Wed, 08 Nov 2023 09:14:57 +0000",
        "qpsmtpd", SmtpExternal, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "", false),
    row("(ofmipd 198.51.100.7); 8 Nov 2023 09:14:57 -0000",
        "ofmipd", Annotation, ["", "", ""], "", false),
    row("from out.shop.example (198.51.100.7) by mta1.esp.example (PowerMTA(TM) v5.0r8) id h0c9a1b2c3d4 for <bob@corp.example>; Wed, 8 Nov 2023 09:14:57 +0000 (envelope-from <ann@shop.example>)",
        "powermta", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from out.shop.example ([198.51.100.7] verified) by mx.corp.example (CommuniGate Pro SMTP 6.3.3) with ESMTPS id 875522 for bob@corp.example; Wed, 08 Nov 2023 09:14:57 +0000",
        "communigate", SmtpExternal, ["out.shop.example", "out.shop.example", "198.51.100.7"], "", false),
    row("from out.shop.example (mail.shop.example [198.51.100.7]) by mx.corp.example (courier-1.2.2) with ESMTP; Wed, 08 Nov 2023 09:14:57 +0000",
        "courier", SmtpExternal, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "", false),
    row("from 198.51.100.7 (EHLO out.shop.example) ([198.51.100.7]) by mx.corp.example (JAMES SMTP Server ) with ESMTP ID 1234567 for <bob@corp.example>; Wed, 08 Nov 2023 09:14:57 +0000 (UTC)",
        "james", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from [192.168.1.7] (mail.shop.example. [198.51.100.7]) by smtp.corp.example (ZoneMTA) with ESMTPSA id 18bad1f.000 for <bob@corp.example>; Wed, 08 Nov 2023 09:14:57 +0000",
        "zonemta", SubmissionAuth, ["[192.168.1.7]", "mail.shop.example", "198.51.100.7"], "", false),
    row("from out.shop.example (mail.shop.example [198.51.100.7]) (authenticated user ann@shop.example) by mx.corp.example (Kerio Connect 9.2.5) with ESMTPSA; Wed, 8 Nov 2023 09:14:57 +0000",
        "kerio", SubmissionAuth, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "", false),
    row("from out.shop.example (198.51.100.7) by mx.corp.example (Axigen) with ESMTPS id 123ABC; Wed, 8 Nov 2023 09:14:57 +0000",
        "axigen", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from mail.shop.example (EHLO out.shop.example) ([198.51.100.7]) by mx.corp.example (MOS 4.1.10-GA FastPath queued) with ESMTP id ABC12345; Wed, 08 Nov 2023 09:14:57 +0000 (GMT)",
        "mirapoint", SmtpExternal, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "", false),
    row("from out.shop.example ([198.51.100.7]) by mx.corp.example with ESMTP (masqmail 0.3.4) id 1r0eHx-ABC-00 for <bob@corp.example>; Wed, 08 Nov 2023 09:14:57 +0000",
        "masqmail", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from ann (uid 501) (envelope-from ann@shop.example) id 1a2b3 by out.shop.example (DragonFly Mail Agent v0.13 on out.shop.example); Wed, 08 Nov 2023 09:14:57 +0000",
        "dma", Local, ["", "", ""], "", false),
    row("(nullmailer pid 12641 invoked by uid 1000); Wed, 08 Nov 2023 09:14:57 -0000",
        "nullmailer", Annotation, ["", "", ""], "", false),
    row("by out.shop.example (sSMTP sendmail emulation); Wed, 08 Nov 2023 09:14:57 +0000",
        "ssmtp", HopClass::InternalNoip, ["", "", ""], "", false),
    row("from [198.51.100.7] (out.shop.example) by mx.corp.example (chasquid) with ESMTPS tls TLS_AES_128_GCM_SHA256 (over SMTP, TLS-1.3, envelope from \"ann@shop.example\") ; Wed, 08 Nov 2023 09:14:57 +0000",
        "chasquid", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    // What the client said holds brackets of its own.
    row("from [198.51.100.7] (x)(y[203.0.113.5]) by mx.corp.example (chasquid) with ESMTP (over SMTP, plain text!, envelope from \"ann@shop.example\") ; Wed, 08 Nov 2023 09:14:57 +0000",
        "chasquid", SmtpExternal, ["x", "", "198.51.100.7"], "", false),
    row("from laptop.shop.example by mx.corp.example (chasquid) with ESMTPSA tls TLS_AES_128_GCM_SHA256 (over submission, TLS-1.3, envelope from \"ann@shop.example\") ; Wed, 08 Nov 2023 09:14:57 +0000",
        "chasquid", SubmissionAuth, ["laptop.shop.example", "", ""], "", false),
    row("from out.shop.example (mail.shop.example. [198.51.100.7]) (using TLSv1.3 with cipher TLS13_AES_256_GCM_SHA384) by mx.corp.example (Stalwart SMTP) with ESMTPS id 41A2C80D73C; Wed, 08 Nov 2023 09:14:57 +0000",
        "stalwart", SmtpExternal, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "", false),
    row("from pop.isp.example (198.51.100.9) by mx.corp.example with POP3 (getmail6 v6.18) for <bob@corp.example>; Wed, 08 Nov 2023 09:14:57 +0000",
        "getmail", PopFetch, ["", "", "198.51.100.9"], "", false),
    row("from laptop ([198.51.100.7]) by mta07.isp.example (InterMail vM.8.04.03) with ESMTP id <20231108091457.GCFK2588.mta07.isp.example@laptop> for <bob@corp.example>; Wed, 8 Nov 2023 09:14:57 +0000",
        "intermail", SmtpExternal, ["laptop", "", "198.51.100.7"], "intermail", true),
    row("from LAPTOP (198.51.100.7) by mail.corp.example (Scalix SMTP Relay 11.4.6) via ESMTP; Wed, 08 Nov 2023 09:14:57 +0000",
        "scalix", SmtpExternal, ["LAPTOP", "", "198.51.100.7"], "", false),
    row("from out.shop.example (198.51.100.7:23198) by mx.corp.example with [XMail 1.27 ESMTP Server] id <S72E> for <bob@corp.example> from <ann@shop.example>; Wed, 8 Nov 2023 09:14:57 +0000",
        "xmail", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from out.shop.example ([198.51.100.7]) by mx.corp.example (IceWarp 13.0.1) with ESMTPS id 202311080914575678 for <bob@corp.example>; Wed, 08 Nov 2023 09:14:57 +0000",
        "merak", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from out.shop.example (198.51.100.7) by mx.corp.example (Mercury/32 v4.80) with ESMTP ID MG0072A1; 8 Nov 2023 09:14:57 +0000",
        "mercury", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from out.shop.example (mail.shop.example [198.51.100.7]) by mx.corp.example (Oracle Communications Messaging Server 7.0.5 (built Feb 1 2020)) with ESMTPS id <0J0E00K02L0G76@mx.corp.example> for bob@corp.example; Wed, 08 Nov 2023 09:14:57 +0000 (GMT)",
        "messaging-server", SmtpExternal, ["out.shop.example", "mail.shop.example", "198.51.100.7"], "", false),
    row("from MX02 (mx02.shop.example) by lists.corp.example (LSMTP for Windows NT v1.1b) with SMTP id <21.000575A0@lists.corp.example>; Wed, 8 Nov 2006 09:14:57 +0000",
        "listserv", HopClass::ListExpansion, ["MX02", "mx02.shop.example", ""], "", false),
    row("from GW1-MTA by gw.corp.example with Novell_GroupWise; Wed, 08 Nov 2006 09:14:57 +0000",
        "groupwise", HopClass::InternalNoip, ["GW1-MTA", "", ""], "", false),
    row("from out.shop.example (unverified) by sweep.corp.example (Clearswift SMTPRS 5.6.0) with ESMTP id <T78926b35f2c0a80003da8@sweep.corp.example> for <bob@corp.example>; Wed, 8 Nov 2006 09:14:57 +0000",
        "clearswift", HopClass::InternalNoip, ["out.shop.example", "", ""], "", false),
    row("from mail.shop.example(198.51.100.7) by mx.corp.example via smap (V2.1) id xma093673; Wed, 8 Nov 2006 09:14:57 +0000",
        "smap", SmtpExternal, ["mail.shop.example", "mail.shop.example", "198.51.100.7"], "", false),
    row("from out.shop.example ([198.51.100.7]) by mx.corp.example with MailEnable ESMTP; Wed, 08 Nov 2023 09:14:57 +0000",
        "mailenable", SmtpExternal, ["out.shop.example", "", "198.51.100.7"], "", false),
    row("from localhost by mx.corp.example with SpamAssassin (version 3.4.6); Wed, 08 Nov 2023 09:14:57 +0000",
        "spamassassin", FilterLoop, ["localhost", "", ""], "", false),
    row("from [217.146.183.184] by nm2.bullet.mail.ukl.yahoo.com with NNFMP; 08 Nov 2011 09:14:57 -0000",
        "nnfmp", SmtpInternal, ["[217.146.183.184]", "", "217.146.183.184"], "", false),
    row("from out.shop.example (198.51.100.7) by mx.corp.example (7.0.028) id 3CE36C79001A2B3C for bob@corp.example; Wed, 8 Nov 2006 09:14:57 +0000",
        "criticalpath", SmtpExternal, ["out.shop.example", "out.shop.example", "198.51.100.7"], "", false),
    row("from mail.shop.example(198.51.100.7) via SMTP by mx.corp.example, id smtpdEDUB8h; Wed Nov 8 09:14:57 2006",
        "obtuse-smtpd", SmtpExternal, ["", "mail.shop.example", "198.51.100.7"], "", false),
];

/// A program without a line of its own here is one that nobody has looked at.
#[test]
fn each_product_has_a_line() {
    for product in spoofcheck::trace::products() {
        assert!(ROWS.iter().any(|row| row.product == product), "no line of {product}");
    }
}

#[test]
fn each_shape_is_read() {
    let mut wrong = Vec::new();
    for row in ROWS {
        let hop = hop(row.line);
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let got = [
            text(hop.by.product.as_deref()),
            format!("{:?}", hop.class),
            text(hop.from.helo.as_deref()),
            text(hop.from.rdns.as_deref()),
            hop.from.ip.map(|ip| ip.to_string()).unwrap_or_default(),
            text(hop.id.as_ref().and_then(|id| id.kind)),
            hop.id.as_ref().is_some_and(|id| id.time.is_some()).to_string(),
        ];
        let want = [
            row.product.to_owned(),
            format!("{:?}", row.class),
            row.helo.to_owned(),
            row.rdns.to_owned(),
            row.ip.to_owned(),
            row.id.to_owned(),
            row.timed.to_string(),
        ];
        if got != want {
            wrong.push(format!("{}\n   got {got:?}\n  want {want:?}", row.line));
        }
        assert!(hop.date.is_some(), "no date: {}", row.line);
        let points_back = hop.from.rdns_status == RdnsStatus::Ok;
        assert!(hop.from.rdns.is_some() || !points_back, "of no name: {}", row.line);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn read(header: &str) -> Trace {
    let message = Message::read(header.as_bytes());
    let anchors = recorded::anchors(&message, &recorded::read(&message));
    trace(&message, &anchors, &Known::default())
}

/// Where each provider meets the outside, with its own hops above and a forged trace below.
#[test]
fn each_providers_border() {
    const FORGED: &str = "Received: from mail.bank.example (mail.bank.example [203.0.113.66]) by out.shop.example (Postfix) with ESMTPS id 9A3F2C0041; Wed, 8 Nov 2023 09:14:50 +0000\r\n";
    const DATE: &str = "; Wed, 8 Nov 2023 09:14:57 +0000";
    let cases: &[(&str, &[&str])] = &[
        (
            "Gmail",
            &[
                "by 2002:a05:6402:1a4e:b0:5f1:d0a4:4f2a with SMTP id f14csp1234567edb",
                "from out.shop.example (out.shop.example. [198.51.100.7]) by mx.google.com with ESMTPS id 98e67ed59e1d1-33e100001si200a91.5.2023.11.08.01.14.57 for <bob@gmail.com>",
            ],
        ),
        (
            "Microsoft 365",
            &[
                "from AM0PR01MB1234.eurprd01.prod.exchangelabs.com (2603:10a6:208:a8::20) by AM0PR01MB9999.eurprd01.prod.exchangelabs.com with HTTPS",
                "from AM6EUR05FT012.eop-eur05.prod.protection.outlook.com (2603:10a6:208:a8::21) by AM0PR01CA0123.outlook.office365.com (2603:10a6:208:a8::20) with Microsoft SMTP Server (version=TLS1_2, cipher=X) id 15.20.6954.28 via Frontend Transport",
                "from out.shop.example (198.51.100.7) by AM6EUR05FT012.mail.protection.outlook.com (10.233.241.55) with Microsoft SMTP Server (version=TLS1_2, cipher=X) id 15.20.6954.28 via Frontend Transport",
            ],
        ),
        (
            "Yahoo",
            &["from 198.51.100.7 (EHLO out.shop.example) (198.51.100.7) by mta4123.mail.bf1.yahoo.com with SMTPS"],
        ),
        (
            "Proton",
            &[
                "from out.shop.example (out.shop.example [198.51.100.7]) by mailin034.protonmail.ch (Postfix) with ESMTPS id 4SnGyY4Lqhz5v9R for <bob@proton.me>",
            ],
        ),
        (
            "iCloud",
            &[
                "from p00-icloudmta-smtpin-us-east-1a-100-percent-0 by p127-mailgateway-smtp-12.p127.prod.icloud.com (Postfix) with LMTP id 1234",
                "from out.shop.example (out.shop.example [198.51.100.7]) by p00-icloudmta-smtpin-us-east-1a-100-percent-0.me.com (Postfix) with ESMTPS id 9A3F2C0042",
            ],
        ),
        (
            "Fastmail",
            &[
                "from compute1.internal (compute1.nyi.internal [10.202.2.41]) by sloti22d1t07 (Cyrus 3.9.0) with LMTPA",
                "from mx1 ([10.202.2.200]) by compute1.internal (LMTPProxy)",
                "from mx1.messagingengine.com (localhost [127.0.0.1]) by mailmx.nyi.internal (Postfix) with ESMTP id 9A3F2C0043 for <bob@fastmail.com>",
                "from out.shop.example (out.shop.example [198.51.100.7]) by mx1.messagingengine.com (Postfix) with ESMTPS for <bob@fastmail.com>",
            ],
        ),
        (
            "Zoho",
            &[
                "from out.shop.example (out.shop.example [198.51.100.7]) by mx.zohomail.com with SMTPS id 1699434897123456.1",
            ],
        ),
        (
            "GMX",
            &[
                "from out.shop.example ([198.51.100.7]) by mx-ha.gmx.net (mxgmx114 [212.227.15.17]) with ESMTPS (Nemesis) id 1MeCpb-1234567-00bJzA for <bob@gmx.de>",
            ],
        ),
        (
            "Postfix, amavis, Dovecot",
            &[
                "from mx.corp.example by store.corp.example with LMTP id AbCdEf for <bob@corp.example>",
                "from localhost (localhost [127.0.0.1]) by mx.corp.example (Postfix) with ESMTP id 9A3F2C0044",
                "from mx.corp.example ([127.0.0.1]) by localhost (mx.corp.example [127.0.0.1]) (amavisd-new, port 10024) with ESMTP id AbC-12",
                "from out.shop.example (out.shop.example [198.51.100.7]) by mx.corp.example (Postfix) with ESMTPS id 9A3F2C0045 for <bob@corp.example>",
            ],
        ),
        (
            "Exim",
            &[
                "from out.shop.example ([198.51.100.7]:41234) by mx.corp.example with esmtps (TLS1.3) (Exim 4.96) (envelope-from <ann@shop.example>) id 1r0elx-001aWO-0V for bob@corp.example",
            ],
        ),
        (
            "Sendmail",
            &[
                "from out.shop.example (out.shop.example [198.51.100.7]) by mx.corp.example (8.17.1/8.17.1) with ESMTPS id 3A89EvSC012345 for <bob@corp.example>",
            ],
        ),
        (
            "Exchange on premises",
            &[
                "from edge.corp.example (10.0.0.5) by mbx1.corp.example (10.0.0.6) with Microsoft SMTP Server (version=TLS1_2, cipher=X) id 15.1.2507.6 via Mailbox Transport",
                "from out.shop.example (198.51.100.7) by edge.corp.example (10.0.0.5) with Microsoft SMTP Server (version=TLS1_2, cipher=X) id 15.1.2507.6 via Frontend Transport",
            ],
        ),
        (
            "Barracuda at the door",
            &[
                "from barracuda.corp.example (10.0.0.9) by mbx1.corp.example (10.0.0.6) with Microsoft SMTP Server id 15.1.2507.6",
                "from out.shop.example (out.shop.example [198.51.100.7]) by barracuda.corp.example with ESMTP id AbCdEfGhIjKlMnOp (version=TLSv1.2 cipher=X bits=128 verify=NO)",
            ],
        ),
    ];
    for (name, hops) in cases {
        let mut header: String = hops.iter().map(|hop| format!("Received: {hop}{DATE}\r\n")).collect();
        header.push_str(FORGED);
        header.push_str("From: ann@shop.example\r\n\r\n");
        let trace = read(&header);
        let client = trace.border_hop().and_then(|hop| hop.from.ip).map(|ip| ip.to_string());
        assert_eq!(
            client.as_deref(),
            Some("198.51.100.7"),
            "{name}: {:?} {:?}",
            trace.border,
            trace.border_note
        );
        assert_eq!(
            trace.border.as_ref().map(|border| border.hop),
            Some(hops.len() - 1),
            "{name}"
        );
    }
}

/// A gateway that receives for this side moves the border below itself by its own results; one that sends for its customer, and a
/// trace that merely looks like it, do not.
#[test]
fn a_gateway_moves_the_border_by_its_own_results() {
    let border = "Received: from us-smtp-delivery-1.mimecast.com (us-smtp-delivery-1.mimecast.com [207.211.30.1]) by mx.corp.example (Postfix) with ESMTPS id 9A3F2C0041; Wed, 8 Nov 2023 09:14:57 +0000\r\n";
    let results = "Authentication-Results: relay.mimecast.com; spf=pass (relay.mimecast.com: domain of ann@shop.example designates 198.51.100.7 as permitted sender) smtp.mailfrom=ann@shop.example\r\n";
    let gateway = "Received: from out.shop.example (out.shop.example [198.51.100.7]) by relay.mimecast.com with ESMTP with STARTTLS (version=TLSv1.3, cipher=X) id us-mta-12-AbCdEfGhMnOp-1; Wed, 8 Nov 2023 09:14:55 +0000\r\n";
    let rest = "From: ann@shop.example\r\n\r\n";
    let client = |header: &str| {
        read(header)
            .border_hop()
            .and_then(|hop| hop.from.ip)
            .map(|ip| ip.to_string())
    };
    let inbound = format!("{border}{results}{gateway}{rest}");
    assert_eq!(client(&inbound).as_deref(), Some("198.51.100.7"));
    let outbound = format!("{border}{gateway}{rest}");
    assert_eq!(client(&outbound).as_deref(), Some("207.211.30.1"));
    // What the client sends along stands below the gateway's hop.
    let planted = format!("{border}{gateway}{results}{rest}");
    assert_eq!(client(&planted).as_deref(), Some("207.211.30.1"));
    // A HELO is the client's word.
    let claimed = inbound.replace(
        "(us-smtp-delivery-1.mimecast.com [207.211.30.1])",
        "(unknown [192.0.2.66])",
    );
    assert_eq!(client(&claimed).as_deref(), Some("192.0.2.66"));
}
