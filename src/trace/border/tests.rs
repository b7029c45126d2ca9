//! Tests of the border: one technique each.

use crate::{
    known::{Known, Relay},
    message::Message,
    trace::*,
};

const TAIL: &str = "; Mon, 1 Jan 2024 00:00:00 +0000\n";

/// Anchors by a simple scan: enough to test the choice, the room `recorded` does it properly.
fn anchors(message: &Message<'_>) -> Vec<Anchor> {
    message
        .fields
        .iter()
        .filter(|field| field.is("Authentication-Results"))
        .map(|field| Anchor {
            field_index: field.index,
            kind: "authentication-results",
            author: field.text().split(';').next().map(str::to_owned),
            client_ip: None,
        })
        .collect()
}

fn read(header: &str, known: &Known) -> Trace {
    let message = Message::read(header.as_bytes());
    trace(&message, &anchors(&message), known)
}

fn border_ip(header: &str) -> Option<String> {
    let trace = read(&format!("{header}\n"), &Known::default());
    trace.border_hop().and_then(|hop| hop.from.ip).map(|ip| ip.to_string())
}

#[test]
fn receiver_fields_and_organisation_agree() {
    let header = format!(
        "Authentication-Results: mx.corp.example; spf=pass\n\
         Received: from out.shop.example (out.shop.example [192.0.2.7]) by mx.corp.example (Postfix) with ESMTPS id 1{TAIL}\
         Authentication-Results: mx.corp.example; spf=pass\n\
         Received: from out.bank.example (out.bank.example [192.0.2.40]) by mx.corp.example (Postfix) with ESMTPS id 2{TAIL}\n"
    );
    let border = read(&header, &Known::default()).border.unwrap();
    assert_eq!(border.hop, 0);
    assert_eq!(border.confidence, Confidence::High);
}

#[test]
fn internal_hops_are_passed_by_the_servers_own_look_up_only() {
    let inside = format!(
        "Received: from mx.corp.example (mx.corp.example [192.0.2.5]) by store.corp.example (Postfix) with LMTP id 1{TAIL}\
         Received: from out.shop.example (out.shop.example [192.0.2.7]) by mx.corp.example (Postfix) with ESMTPS id 1{TAIL}"
    );
    assert_eq!(border_ip(&inside).as_deref(), Some("192.0.2.7"));
    let impostor = inside.replace("(mx.corp.example [192.0.2.5])", "(unknown [192.0.2.5])");
    assert_eq!(border_ip(&impostor).as_deref(), Some("192.0.2.5"));
    let foreign = inside.replace("(mx.corp.example [192.0.2.5])", "(host.vps.example [192.0.2.5])");
    assert_eq!(border_ip(&foreign).as_deref(), Some("192.0.2.5"));
}

#[test]
fn a_private_peer_of_another_organisation_is_a_border() {
    let header = format!(
        "Received: from out.shop.example (unknown [10.0.0.1]) by mx.corp.example (Postfix) with ESMTPS id 1{TAIL}\
         Received: from out.bank.example (out.bank.example [192.0.2.40]) by out.shop.example (Postfix) with ESMTPS id 2{TAIL}"
    );
    assert_eq!(border_ip(&header).as_deref(), Some("10.0.0.1"));
}

#[test]
fn user_facts_decide() {
    let header = format!(
        "Received: from gw.filter.example (gw.filter.example [192.0.2.70]) by mx.corp.example (Postfix) with ESMTPS id 1{TAIL}\
         Received: from out.shop.example (out.shop.example [192.0.2.7]) by gw.filter.example (Postfix) with ESMTPS id 2{TAIL}\
         Received: from a.b.example (a.b.example [192.0.2.8]) by out.shop.example (Postfix) with ESMTPS id 3{TAIL}\n"
    );
    assert_eq!(read(&header, &Known::default()).border.unwrap().hop, 0);
    let relay = Known {
        trusted_relays: vec![Relay::parse("filter.example").unwrap()],
        ..Known::default()
    };
    assert_eq!(read(&header, &relay).border.unwrap().hop, 1);
    let network = Known {
        trusted_relays: vec![Relay::parse("192.0.2.64/28").unwrap()],
        ..Known::default()
    };
    assert_eq!(read(&header, &network).border.unwrap().hop, 1);
    let client = Known {
        client_ip: "192.0.2.8".parse().ok(),
        ..Known::default()
    };
    let border = read(&header, &client).border.unwrap();
    assert_eq!((border.hop, border.confidence), (2, Confidence::High));
}

#[test]
fn no_border_has_a_reason() {
    let internal = format!(
        "Received: from ex1.corp.example (10.0.4.11) by ex2.corp.example (10.0.4.12) with Microsoft SMTP Server id 15.2.1544.11{TAIL}\
         Received: from ex1.corp.example ([fe80::1]) by ex1.corp.example ([fe80::1%4]) with mapi id 15.02.1544.011{TAIL}\n"
    );
    let trace = read(&internal, &Known::default());
    assert!(trace.border.is_none());
    assert!(trace.border_note.unwrap().contains("inside"));
    assert!(read("From: a@b.example\n\n", &Known::default()).border_note.is_some());
    let login = format!(
        "Received: from [192.0.2.9] (dsl.isp.example [192.0.2.9]) (Authenticated sender: ann) by mx.corp.example (Postfix) with ESMTPSA id 1{TAIL}\n"
    );
    assert!(
        read(&login, &Known::default())
            .border_note
            .unwrap()
            .contains("logged in")
    );
}

#[test]
fn address_in_the_helo_is_not_the_peer() {
    let header = format!(
        "Received: from out.bank.example ([192.0.2.40]) (unknown [203.0.113.64]) by mx.corp.example (Postfix) with ESMTPS id 1{TAIL}\n"
    );
    let trace = read(&header, &Known::default());
    let hop = trace.border_hop().unwrap();
    assert_eq!(hop.from.ip, "203.0.113.64".parse().ok());
    assert_eq!(hop.from.helo.as_deref(), Some("out.bank.example ([192.0.2.40])"));
    assert_eq!(hop.from.rdns_status, RdnsStatus::None);
}
