//! The shapes of products and providers as data (trace.md 3.4): one row each. A new product is a new row.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::LazyLock,
};

use foldhash::fast::RandomState;

use super::Hop;
use crate::{domain, known::in_network};

/// A mail program by the words that it writes into its Received fields.
pub(super) struct Product {
    /// The name in [`super::ByClause::product`].
    pub(super) name: &'static str,
    /// How a comment behind `by` begins.
    by_comment: &'static [&'static str],
    /// What the `with` clause contains.
    with: &'static [&'static str],
    /// How a comment in front of all clauses begins.
    head: &'static [&'static str],
    /// What the first word of `from` is.
    pub(super) first_word: FirstWord,
}

/// What a program writes first behind `from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstWord {
    /// What the client said.
    Helo,
    /// The name that the server found; the client said the same, unless a HELO is printed beside it.
    Name,
    /// The name that the server found; what the client said stands only where it is marked as such.
    NameOnly,
    /// The name that the server found, or the address; what the client said stands behind the address as `helo=` and `ident=`.
    NameThenMarks,
    /// The address in brackets, and what the client said in the comment behind it; of one who logged in what he said, alone.
    Address,
}
use FirstWord::{Address, Helo, Name, NameOnly, NameThenMarks};

/// Rows are tried in order; words are compared without case.
#[rustfmt::skip]
const PRODUCTS: [Product; 50] = [
    row("postfix", &["Postfix"], &[], &[], Helo),
    row("exim", &["Exim"], &[], &[], NameThenMarks),
    row("exchange", &["Microsoft Exchange"], &["Microsoft SMTP Server", "mapi", "Microsoft Exchange"], &[], Helo),
    row("smtpsvc", &[], &["Microsoft SMTPSVC"], &[], Helo),
    row("haraka", &["Haraka"], &[], &[], Helo),
    row("opensmtpd", &["OpenSMTPD"], &[], &[], Helo),
    row("halon", &["Halon"], &[], &[], Helo),
    row("qmail-ldap", &["qmail-ldap"], &[], &[], Name),
    row("qmail-scanner", &[], &["qmail-scanner"], &[], Helo),
    row("qpsmtpd", &["qpsmtpd"], &[], &[], Name),
    row("qmail", &["qp "], &[], &["qmail "], Name),
    row("ofmipd", &[], &[], &["ofmipd"], Helo),
    row("amavis", &["amavis"], &[], &[], Helo),
    row("ecelerity", &["ecelerity"], &["ECSTREAM"], &[], NameOnly),
    row("kumomta", &["KumoMTA"], &[], &[], Helo),
    row("powermta", &["PowerMTA"], &[], &[], Helo),
    row("sendgrid", &["SG"], &[], &[], Helo),
    row("proofpoint", &["PPS"], &[], &[], Helo),
    row("communigate", &["CommuniGate"], &[], &[], Helo),
    row("courier", &["courier"], &[], &[], Helo),
    row("chasquid", &["chasquid"], &[], &[], Address),
    row("james", &["JAMES"], &[], &[], Name),
    row("zonemta", &["ZoneMTA"], &[], &[], Helo),
    row("kerio", &["Kerio"], &[], &[], Helo),
    row("axigen", &["Axigen"], &[], &[], Helo),
    row("mirapoint", &["MOS "], &[], &[], Name),
    row("masqmail", &["masqmail"], &["masqmail"], &[], Helo),
    row("dma", &["DragonFly Mail Agent"], &[], &[], Helo),
    row("nullmailer", &[], &[], &["nullmailer "], Helo),
    row("ssmtp", &["sSMTP"], &[], &[], Helo),
    row("stalwart", &["Stalwart"], &[], &[], Helo),
    row("fetchmail", &["fetchmail"], &["fetchmail"], &[], Helo),
    row("getmail", &["getmail"], &["getmail"], &[], Helo),
    row("mdaemon", &["MDaemon"], &[], &[], Helo),
    row("domino", &["Lotus Domino", "IBM Domino", "HCL Domino"], &[], &[], Helo),
    row("cyrus", &["Cyrus"], &[], &[], Helo),
    row("intermail", &["InterMail"], &[], &[], Helo),
    row("scalix", &["Scalix"], &[], &[], Helo),
    row("xmail", &[], &["XMail"], &[], Helo),
    row("merak", &["Merak", "IceWarp"], &[], &[], Helo),
    row("mercury", &["Mercury"], &[], &[], Helo),
    row("messaging-server", &["iPlanet Messaging", "Sun Java", "Oracle Communications", "PMDF"], &[], &[], Helo),
    row("listserv", &["LISTSERV", "LSMTP"], &[], &[], Helo),
    row("groupwise", &[], &["Novell_GroupWise"], &[], Helo),
    row("clearswift", &["Clearswift", "Content Technologies SMTPRS"], &[], &[], Helo),
    row("smap", &[], &["smap", "csmap"], &[], Name),
    row("mailenable", &[], &["MailEnable"], &[], Helo),
    row("thrift", &[], &["Thrift"], &[], Helo),
    row("spamassassin", &[], &["SpamAssassin"], &[], Helo),
    row("nnfmp", &[], &["NNFMP"], &[], Helo),
];

const fn row(
    name: &'static str,
    by_comment: &'static [&'static str],
    with: &'static [&'static str],
    head: &'static [&'static str],
    first_word: FirstWord,
) -> Product {
    Product {
        name,
        by_comment,
        with,
        head,
        first_word,
    }
}

/// Programs that are known by the form of a version alone.
const SENDMAIL: Product = row("sendmail", &[], &[], &[], Helo);
const CRITICAL_PATH: Product = row("criticalpath", &[], &[], &[], Name);
const QMAIL: Product = row("qmail", &[], &[], &[], Name);
/// Obtuse smtpd: `from name(192.0.2.1) via SMTP by host, id smtpdAAAa12345`.
const OBTUSE: Product = row("obtuse-smtpd", &[], &[], &[], NameOnly);
const GMAIL: Product = row("gmail", &[], &[], &[], Helo);

/// The names of all programs that are known.
pub fn products() -> impl Iterator<Item = &'static str> {
    let by_form = [&SENDMAIL, &CRITICAL_PATH, &QMAIL, &OBTUSE, &GMAIL];
    let all = PRODUCTS.iter().chain(by_form);
    all.map(|product| product.name)
}

/// What a field shows of the program that wrote it.
pub(super) struct Shape<'t> {
    pub(super) by_host: &'t str,
    pub(super) by_comments: Vec<&'t str>,
    /// The `with` and `via` clauses, comments included.
    pub(super) with: &'t str,
    pub(super) head: Option<&'t str>,
    /// The queue id; empty where there is none.
    pub(super) id: &'t str,
    pub(super) date: &'t str,
}

/// Whether a comment begins with the word of a program; a short word stands alone.
fn begins(comment: &str, prefix: &str) -> bool {
    comment
        .get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
        && !comment[prefix.len()..].starts_with(|c: char| c.is_ascii_lowercase() && prefix.len() < 4)
}

/// Whether some comment of the text is of a program that marks what the client said.
pub(super) fn marks_helo(text: &str) -> bool {
    let marking = || PRODUCTS.iter().filter(|product| product.first_word == NameThenMarks);
    let is_of = |comment: &str| {
        let mut prefixes = marking().flat_map(|product| product.by_comment);
        prefixes.any(|prefix| begins(comment, prefix))
    };
    text.split('(').skip(1).any(is_of)
}

/// The program that has this shape, with its version.
pub(super) fn product(shape: &Shape<'_>) -> Option<(&'static Product, Option<String>)> {
    let with = shape.with.to_ascii_lowercase();
    for product in &PRODUCTS {
        for comment in &shape.by_comments {
            if let Some(prefix) = product.by_comment.iter().find(|prefix| begins(comment, prefix)) {
                return Some((product, version(&comment[prefix.len()..])));
            }
        }
        let in_with = product
            .with
            .iter()
            .any(|part| with.contains(&part.to_ascii_lowercase()));
        let in_head = shape
            .head
            .is_some_and(|head| product.head.iter().any(|prefix| begins(head, prefix)));
        if in_with || in_head {
            return Some((product, None));
        }
    }
    if shape.id.starts_with("smtpd") && with.trim() == "smtp" {
        return Some((&OBTUSE, None));
    }
    if is_google(shape.by_host) {
        return Some((&GMAIL, None));
    }
    for comment in &shape.by_comments {
        // `8.17.1/8.17.1`: program and configuration. `7.0.028` has no second part.
        let first = comment.split(['/', ' ']).next().unwrap_or_default();
        if comment.starts_with("8.") && comment.contains('/') {
            return Some((&SENDMAIL, Some(first.to_owned())));
        }
        if matches!(first.split('.').collect::<Vec<_>>().as_slice(), [major, minor, build, ..]
            if [major, minor, build].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())) && build.len() == 3)
        {
            return Some((&CRITICAL_PATH, Some(first.to_owned())));
        }
    }
    // qmail writes neither name nor id, and its date has no day name and the zone `-0000`.
    let zone = shape.date.trim_end().ends_with("-0000") && shape.date.starts_with(|c: char| c.is_ascii_digit());
    (zone && shape.id.is_empty() && shape.by_comments.is_empty()).then_some((&QMAIL, None))
}

/// The version behind a product's name: the first word that begins with a digit and is no address.
fn version(rest: &str) -> Option<String> {
    rest.split([' ', '/', '-', '(', ')', ','])
        .map(|word| word.trim_start_matches('v'))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .find(|word| word.parse::<IpAddr>().is_err())
        .map(str::to_owned)
}

/// A mail provider: the names and networks that are all its own.
pub(super) struct Provider {
    pub(super) name: &'static str,
    /// Its domains; compared on label boundaries.
    pub(super) domains: &'static [&'static str],
    /// Networks that only its own machines use among themselves: global, and yet inside (trace.md 0.2).
    networks: &'static [(IpAddr, u8)],
    /// How the host that meets the outside is named, where that is certain.
    border: Option<Border>,
    /// Which products its hosts show; empty where anything goes.
    products: &'static [&'static str],
}

/// How a provider's border hop is known.
struct Border {
    /// The by-host: a name, or with a leading dot everything below it.
    by: &'static str,
    /// How the by-host's first label begins.
    label: &'static str,
    /// What the `via` clause contains.
    via: &'static str,
}

/// Microsoft's mail servers among themselves: inside a region (2603:1080::/25) and, as the network lists that Microsoft publishes for
/// Exchange Online name them, its front doors in the regions. Tenants' mail comes from there too, and then enters at a border
/// server, whose mark is looked for first. The rest of 2603:1000::/24 is Azure, where anybody rents machines.
const MICROSOFT_MAIL: [(IpAddr, u8); 11] = [
    network6([0x2603, 0x1080, 0], 25),
    network6([0x2603, 0x1006, 0], 40),
    network6([0x2603, 0x1016, 0], 36),
    network6([0x2603, 0x1026, 0], 36),
    network6([0x2603, 0x1036, 0], 36),
    network6([0x2603, 0x1046, 0], 36),
    network6([0x2603, 0x1056, 0], 36),
    network6([0x2620, 0x1ec, 0x4], 48),
    network6([0x2620, 0x1ec, 0x8f0], 46),
    network6([0x2a01, 0x111, 0xf400], 46),
    network6([0x2a01, 0x111, 0xf403], 48),
];

/// An encoded 10/8 address in a 6to4 shape, no route (trace.md 3.6).
const GOOGLE_INTERNAL: [(IpAddr, u8); 1] = [network6([0x2002, 0xa00, 0], 24)];

/// A network by the first groups of its address.
const fn network6([a, b, c]: [u16; 3], prefix: u8) -> (IpAddr, u8) {
    (IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)), prefix)
}

#[rustfmt::skip]
static PROVIDERS: [Provider; 18] = [
    Provider { name: "microsoft", domains: &["outlook.com", "office365.com", "hotmail.com", "exchangelabs.com", "microsoft.com", "live.com", "office365.us"], networks: &MICROSOFT_MAIL,
        border: Some(Border { by: ".mail.protection.outlook.com", label: "", via: "Frontend Transport" }), products: &["exchange", "smtpsvc"] },
    Provider { name: "google", domains: &["google.com", "gmail.com", "googlemail.com", "1e100.net"], networks: &GOOGLE_INTERNAL,
        border: Some(Border { by: "mx.google.com", label: "", via: "" }), products: &["gmail"] },
    Provider { name: "yahoo", domains: &["yahoo.com", "yahoodns.net", "aol.com", "yahoo.co.jp"], networks: &[],
        border: Some(Border { by: ".yahoo.com", label: "mta", via: "" }), products: &[] },
    Provider { name: "proton", domains: &["protonmail.ch", "proton.me", "protonmail.com", "proton.ch"], networks: &[],
        border: Some(Border { by: ".protonmail.ch", label: "mail", via: "" }), products: &["postfix"] },
    Provider { name: "apple", domains: &["icloud.com", "apple.com", "me.com", "mac.com"], networks: &[], border: None, products: &[] },
    Provider { name: "amazon-ses", domains: &["amazonses.com", "amazonaws.com", "amazon.com"], networks: &[], border: None, products: &[] },
    Provider { name: "sendgrid", domains: &["sendgrid.net", "sendgrid.com"], networks: &[], border: None, products: &["sendgrid", "postfix", "haraka"] },
    Provider { name: "mailgun", domains: &["mailgun.net", "mailgun.org"], networks: &[], border: None, products: &[] },
    Provider { name: "fastmail", domains: &["messagingengine.com", "fastmail.com"], networks: &[],
        border: Some(Border { by: ".messagingengine.com", label: "mx", via: "" }), products: &[] },
    Provider { name: "zoho", domains: &["zoho.com", "zohomail.com", "zoho.eu"], networks: &[], border: Some(Border { by: "mx.zohomail.com", label: "", via: "" }), products: &[] },
    Provider { name: "gmx", domains: &["gmx.net", "gmx.com", "web.de", "kundenserver.de", "1and1.com"], networks: &[], border: Some(Border { by: ".gmx.net", label: "mx-ha", via: "" }), products: &[] },
    Provider { name: "proofpoint", domains: &["pphosted.com", "ppe-hosted.com", "ppops.net", "proofpoint.com"], networks: &[], border: None, products: &[] },
    Provider { name: "mimecast", domains: &["mimecast.com", "mimecast.co.za"], networks: &[], border: None, products: &[] },
    Provider { name: "barracuda", domains: &["barracudanetworks.com", "barracuda.com"], networks: &[], border: None, products: &[] },
    Provider { name: "ironport", domains: &["iphmx.com", "ironport.com"], networks: &[], border: None, products: &[] },
    Provider { name: "messagelabs", domains: &["messagelabs.com", "symanteccloud.com"], networks: &[], border: None, products: &[] },
    Provider { name: "trendmicro", domains: &["trendmicro.com", "trendmicro.eu"], networks: &[], border: None, products: &[] },
    Provider { name: "hornet", domains: &["hornetsecurity.com", "antispameurope.com"], networks: &[], border: None, products: &[] },
];

/// Providers whose business is to stand in front of, or behind, other people's servers.
const GATEWAYS: [&str; 7] = [
    "proofpoint",
    "mimecast",
    "barracuda",
    "ironport",
    "messagelabs",
    "trendmicro",
    "hornet",
];

impl Provider {
    /// Whether it is a filtering gateway.
    pub(super) fn is_gateway(&self) -> bool {
        GATEWAYS.contains(&self.name)
    }

    /// Whether only its own machines use this address.
    pub(super) fn owns(&self, ip: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|(address, prefix)| in_network(ip, *address, *prefix))
    }
}

/// The provider to which a host belongs.
pub(super) fn provider_of(host: &str) -> Option<&'static Provider> {
    let host = domain::normal(host);
    let under = BY_DOMAIN.get(domain::last_two_labels(&host))?;
    let its = under.iter().filter(|(domain, _)| domain::is_within(&host, domain));
    its.max_by_key(|(domain, _)| domain.len())
        .map(|(_, provider)| *provider)
}

/// A domain of hosts, and whose it is.
type Owned = (&'static str, &'static Provider);

/// The providers and the domains of their hosts, by the last two labels of those.
static BY_DOMAIN: LazyLock<HashMap<&str, Vec<Owned>, RandomState>> = LazyLock::new(|| {
    let mut under: HashMap<_, Vec<Owned>, _> = HashMap::default();
    for provider in &PROVIDERS {
        for domain in provider.domains {
            under
                .entry(domain::last_two_labels(domain))
                .or_default()
                .push((*domain, provider));
        }
    }
    under
});

/// The provider whose machines alone use this address.
pub(super) fn provider_of_address(ip: IpAddr) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.owns(ip))
}

fn is_google(host: &str) -> bool {
    let internal = host.parse().is_ok_and(|ip| {
        GOOGLE_INTERNAL
            .iter()
            .any(|(address, prefix)| in_network(ip, *address, *prefix))
    });
    internal || provider_of(host).is_some_and(|provider| provider.name == "google")
}

/// The provider whose border this hop is by its own marks.
pub(super) fn border_marker(hop: &Hop) -> Option<&'static Provider> {
    let host = domain::normal(hop.by.host.as_deref()?);
    let provider = provider_of(&host)?;
    let border = provider.border.as_ref()?;
    let named = match border.by.strip_prefix('.') {
        Some(parent) => host != parent && domain::is_within(&host, parent),
        None => host == border.by,
    };
    let marked = named && host.starts_with(border.label) && hop.via.as_deref().unwrap_or_default().contains(border.via);
    (marked && provider_violation(hop).is_none()).then_some(provider)
}

/// In what a hop that claims a provider's host departs from what that provider writes (TR-105).
pub(super) fn provider_violation(hop: &Hop) -> Option<String> {
    let host = hop.by.host.as_deref()?;
    let provider = provider_of(host)?;
    let product = hop.by.product.as_deref();
    if let Some(product) = product
        && !provider.products.is_empty()
        && !provider.products.contains(&product)
    {
        return Some(format!("profile: hosts of {} do not run {product}", provider.name));
    }
    let id = hop.id.as_ref();
    match provider.name {
        "google" if id.is_some_and(|id| !google_id(&id.value)) => {
            Some("profile: Google's ids are lower-case letters and digits with dots and hyphens".into())
        }
        "microsoft" if hop.with.is_none() => Some("profile: Microsoft always names the protocol".into()),
        "proton"
            if id.is_none_or(|id| id.kind != Some("postfix-long"))
                && domain::is_within(&domain::normalise(host), "protonmail.ch") =>
        {
            Some("profile: Proton's border writes long Postfix queue ids".into())
        }
        _ => None,
    }
}

/// `db18csp304783rdb`, `m16sm345129qck.28.2011.06.15.07.42.02`.
fn google_id(id: &str) -> bool {
    id.len() >= 8
        && id.bytes().any(|byte| byte.is_ascii_lowercase())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
}

/// The protocol names registered for the `with` clause (IANA mail parameters: RFC 3848, 4954, 6531, 8314).
#[rustfmt::skip]
const REGISTERED_WITH: [&str; 19] = [
    "SMTP", "ESMTP", "ESMTPA", "ESMTPS", "ESMTPSA", "LMTP", "LMTPA", "LMTPS", "LMTPSA", "MMS", "UTF8SMTP", "UTF8SMTPA",
    "UTF8SMTPS", "UTF8SMTPSA", "UTF8LMTP", "UTF8LMTPA", "UTF8LMTPS", "UTF8LMTPSA", "HTTP",
];

/// Whether a protocol token is registered.
pub(super) fn is_registered_with(token: &str) -> bool {
    REGISTERED_WITH.iter().any(|known| known.eq_ignore_ascii_case(token))
}
