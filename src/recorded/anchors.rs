//! Which fields may mark the border (trace.md 3.7, 2 and 3).

use std::net::IpAddr;

use super::{RecordKind, Recorded, received_spf::parse_ip};
use crate::{
    message::{Field, Message},
    trace::Anchor,
};

/// Fields of products that name the client of the border. Fields in which a submission service names the author's
/// own device (X-Originating-IP and its like) are never among them.
const VENDOR_FIELDS: [(&str, &str); 9] = [
    ("X-Sender-IP", "x-sender-ip"),
    ("X-Forefront-Antispam-Report", "x-forefront-antispam-report"),
    ("X-IronPort-RemoteIP", "x-ironport-remoteip"),
    ("X-Barracuda-Connect", "x-barracuda-connect"),
    ("X-Remote-IP", "x-remote-ip"),
    ("X-SA-Exim-Connect-IP", "x-sa-exim-connect-ip"),
    ("X-Rspamd-IP", "x-rspamd-ip"),
    ("X-Mimecast-Spam-Source-IP", "x-mimecast-spam-source-ip"),
    (
        "X-MS-Exchange-CrossPremises-OriginalClientIPAddress",
        "x-ms-exchange-crosspremises-originalclientipaddress",
    ),
];

/// The anchors of a message, top first: Received-SPF, Authentication-Results, and vendor fields that name the client.
pub fn anchors(message: &Message<'_>, recorded: &Recorded) -> Vec<Anchor> {
    let from_records = recorded.records.iter().filter_map(|record| {
        let kind = match record.kind {
            RecordKind::ReceivedSpf => "received-spf",
            RecordKind::AuthenticationResults => "authentication-results",
            // Both tell of earlier hops as often as of the border.
            RecordKind::ArcAuthenticationResults | RecordKind::AuthenticationResultsOriginal => return None,
        };
        Some(Anchor {
            field_index: record.field_index,
            kind,
            author: record.authserv_id.clone(),
            client_ip: record.methods.iter().find_map(|result| result.client_ip()),
        })
    });
    let from_vendors = message.fields.iter().filter_map(|field| {
        let (kind, client_ip) = vendor_client(field)?;
        Some(Anchor {
            field_index: field.index,
            kind,
            author: None,
            client_ip: Some(client_ip),
        })
    });
    let mut anchors: Vec<Anchor> = from_records.chain(from_vendors).collect();
    anchors.sort_by_key(|anchor| anchor.field_index);
    anchors
}

/// The client address of a vendor's field.
fn vendor_client(field: &Field<'_>) -> Option<(&'static str, IpAddr)> {
    let (_, kind) = VENDOR_FIELDS.iter().find(|(name, _)| field.is(name))?;
    let text = field.text();
    let address = match *kind {
        // `CIP:192.0.2.1;CTRY:...`
        "x-forefront-antispam-report" => text.split(';').find_map(|part| part.trim().strip_prefix("CIP:"))?,
        // `host.example[192.0.2.1]`
        "x-barracuda-connect" => text.rsplit_once('[').map_or(text, |(_, address)| address),
        _ => text,
    };
    parse_ip(address)
        .filter(|ip| !is_encoded_internal(*ip))
        .map(|ip| (*kind, ip))
}

/// Google writes internal 10.x addresses as 2002:a05::/32 (envelope.md 4.4): never a client.
fn is_encoded_internal(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(v6) if v6.segments()[0] == 0x2002 && v6.segments()[1] == 0x0a05)
}
