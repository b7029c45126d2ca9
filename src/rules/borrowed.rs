//! Proof that others than the domain's owner can borrow: a relay that signs for whoever hands it mail, an SPF record that strangers
//! maintain, a forwarder that launders (AU-437 to AU-441).

use super::{rules, trace::hop_field};
use crate::{
    case::Case,
    dns::RecordType,
    domain,
    finding::{Evidence, Finding},
    trace::{AddressClass, Hop, HopClass, RdnsStatus, Zone},
    verify::spf::{SpfCheck, SpfResult},
};

/// A shared network holds at least this many addresses.
const SHARED: u32 = 16;

rules! {
    /// The author's signature was added by a relay, above the line in which another organisation's server took the message from a
    /// stranger who did not log in. The relay signs what that organisation hands it, whoever wrote it.
    ///
    /// # When this is innocent
    /// A server of the author's own that hands mail to his tenant under a name of its own, known to the tenant by its address.
    ///
    /// # Check by hand
    /// Ask the author's administrators for the message by its queue ids: only they can tell whose machine the first client is.
    SIGNED_BY_RELAY {
        id: "AU-437",
        name: "signed-by-relay",
        title: "A relay signed for a stranger",
        severity: High,
        effect: Accuses,
        references: ["RFC 6376 8.6", "RFC 6409 3.3"],
        check: |rule, case| relayed_stranger(case).map(|(hop, signature)| {
            let client = hop.from.rdns.as_deref().or(hop.from.helo.as_deref()).unwrap_or("an unnamed client");
            Finding::new(rule, format!("{} took it from {client}, who did not log in; the signature stands above that line", hop.by.host.as_deref().unwrap_or_default()), hop_field(case, hop))
                .and(Evidence::field_at(case.message, signature))
        }).into_iter().collect(),
    }

    /// SPF alone proves the author, and what lets the client in is not his: the record is an alias of another organisation's name, or an
    /// include leads to an organisation to which the client does not belong either. Names that lapsed are bought for this.
    ///
    /// # When this is innocent
    /// Services with several domain names that sign nothing.
    SPF_BY_STRANGER {
        id: "AU-438",
        name: "spf-by-stranger",
        title: "Somebody else's record lets the client in",
        severity: Medium,
        effect: Accuses,
        references: ["RFC 7208 11.4", "RFC 7208 5.2"],
        check: |rule, case| {
            let Some(spf) = proven_by_spf_alone(case) else { return Vec::new() };
            let alias = case.verification.asked.iter().filter(|asked| asked.purpose == "spf" && asked.question.rtype == RecordType::Txt)
                .find_map(|asked| asked.aliases.last().filter(|target| !domain::same_organisation(target, &spf.domain)).map(|target| (asked.question.clone(), target.clone())));
            if let Some((question, target)) = alias {
                let text = format!("alias of {target}");
                return vec![Finding::new(rule, format!("the record of {} is that of {target}", question.name), Evidence::record(question, text))];
            }
            let Some((client, foreign)) = client_name(case).and_then(|client| Some((client, foreign_include(spf)?))) else { return Vec::new() };
            if domain::same_organisation(foreign, client) || case.is_authors(client) { return Vec::new() }
            vec![Finding::new(rule, format!("{} includes {foreign}, which lets in {client}, a host of neither", spf.domain), Evidence::derivation(format!("matched {}", spf.matched.as_deref().unwrap_or_default())))]
        },
    }

    /// A forwarder took the message from a client whom the author's SPF record refuses, and sent it on under a return path of his own.
    /// What passes for the forwarder afterwards says nothing of the author.
    ///
    /// # When this is innocent
    /// A forwarder before this one; an author whose record forgets one of his own servers.
    REFUSED_BEFORE_FORWARD {
        id: "AU-441",
        name: "refused-before-forward",
        title: "The forwarder took it from a client that the author refuses",
        severity: High,
        effect: Accuses,
        references: ["RFC 7208 2.6", "RFC 7960 3.2.1"],
        check: |rule, case| {
            let Some(spf) = case.verification.spf_before_forward.as_ref().filter(|spf| matches!(spf.result, Ok(SpfResult::Fail | SpfResult::Softfail))) else { return Vec::new() };
            if case.aligned_signatures().next().is_some() { return Vec::new() }
            let hop = case.trace.hops.iter().find(|hop| hop.zone == Zone::Untrusted && hop.from.ip == spf.ip);
            let evidence = hop.map_or_else(|| Evidence::derivation("the leg before the forwarder"), |hop| hop_field(case, hop));
            vec![Finding::new(rule, format!("{} refuses {} by SPF, from which the forwarder says he received", spf.domain, spf.ip.map(|ip| ip.to_string()).unwrap_or_default()), evidence)]
        },
    }

    /// SPF alone proves the author, through a network that a hosting company shares out, and the client bears the name of a rented machine:
    /// every customer there passes for the author.
    ///
    /// # When this is innocent
    /// Often: small senders rent such machines and sign nothing. It says that the pass cannot tell them from their neighbours.
    SPF_SHARED_NETWORK {
        id: "AU-439",
        name: "spf-shared-network",
        title: "The whole of a hosting network may send for the author",
        severity: Medium,
        effect: Neutral,
        references: ["RFC 7208 11.4"],
        check: |rule, case| {
            let Some(spf) = proven_by_spf_alone(case).filter(|spf| foreign_include(spf).is_some()) else { return Vec::new() };
            let wide = spf.matched.as_deref().is_some_and(|term| addresses(term) >= SHARED);
            let rented = || client_name(case).is_none_or(|name| is_rented(name) && !case.is_authors(name));
            if !wide || !rented() { return Vec::new() }
            vec![Finding::new(rule, format!("{} lets in the whole of {}", spf.domain, spf.matched.as_deref().unwrap_or_default()), Evidence::derivation(format!("through {}", spf.path.join(", then "))))]
        },
    }
}

/// The hop where another organisation than the author's and the border client's took the message from a stranger, and the author's
/// signature above it.
fn relayed_stranger<'c>(case: &'c Case<'_>) -> Option<(&'c Hop, usize)> {
    let border = case.trace.border_hop()?;
    let relay = border.from.rdns.as_deref().or(border.from.helo.as_deref())?;
    let below = || {
        case.trace
            .hops
            .iter()
            .filter(|hop| hop.zone == Zone::Untrusted && hop.class != HopClass::Annotation)
    };
    let logged_in = below().any(|hop| {
        hop.from.auth_method.is_some()
            || matches!(
                hop.class,
                HopClass::MapiStore | HopClass::WebmailHttp | HopClass::Api | HopClass::Local
            )
    });
    let origin = below().next_back().filter(|_| !logged_in && !case.is_handled())?;
    let server = origin.by.host.as_deref().filter(|host| host.contains('.'))?;
    let client = origin.from.rdns.as_deref().or(origin.from.helo.as_deref())?;
    let outside = origin.from.ip.is_some_and(|ip| !AddressClass::of(ip).is_internal());
    let foreign = !case.is_authors(server) && !domain::same_organisation(server, relay);
    let stranger = client.contains('.')
        && !case.is_authors(client)
        && !domain::same_organisation(client, server)
        && !domain::same_organisation(client, relay);
    // A signature that was there already is the author's own, however the message travelled.
    let signatures: Vec<usize> = case.proving_signatures().map(|check| check.field_index).collect();
    let afterwards = !signatures.is_empty() && signatures.iter().all(|index| *index < origin.field_index);
    (outside && foreign && stranger && afterwards).then(|| (origin, signatures[0]))
}

fn proven_by_spf_alone<'c>(case: &'c Case<'_>) -> Option<&'c SpfCheck> {
    let alone =
        case.spf_proves() && case.proving_signatures().next().is_none() && case.aligned_signatures().next().is_none();
    Some(&case.verification.spf_mail_from).filter(|spf| alone && spf.shared_by.is_none())
}

/// The include of another organisation through which the client passed.
fn foreign_include(spf: &SpfCheck) -> Option<&str> {
    let last = spf.path.last().map(|name| &**name);
    last.filter(|name| !domain::same_organisation(name, &spf.domain))
}

/// The client's name as the receiver looked it up.
fn client_name<'c>(case: &'c Case<'_>) -> Option<&'c str> {
    let from = &case.trace.border_hop()?.from;
    from.rdns.as_deref().filter(|_| from.rdns_status == RdnsStatus::Ok)
}

/// How many addresses an `ip4:` or `ip6:` term covers, as far as a number of 32 bits can say.
fn addresses(term: &str) -> u32 {
    let term = term.trim_start_matches(['+', '?', '~', '-']).to_ascii_lowercase();
    let (whole, prefix) = match (term.strip_prefix("ip4:"), term.strip_prefix("ip6:")) {
        (Some(network), _) => (32, network.rsplit_once('/')),
        (_, Some(network)) => (128, network.rsplit_once('/')),
        _ => return 1,
    };
    let prefix: u32 = prefix.and_then(|(_, prefix)| prefix.parse().ok()).unwrap_or(whole);
    1_u32.checked_shl(whole.saturating_sub(prefix)).unwrap_or(u32::MAX)
}

/// `vm150`, `v1427`, `ec2-3-4`, `host66`: a machine by its number.
fn is_rented(name: &str) -> bool {
    const WORDS: [&str; 16] = [
        "vm", "vps", "v", "h", "host", "node", "srv", "server", "ip", "ec2", "i", "cloud", "static", "instance",
        "droplet", "client",
    ];
    let label = name.split('.').next().unwrap_or_default();
    let word = label.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    label.len() > word.len() && WORDS.contains(&word.to_lowercase().as_str())
        || label
            .split('-')
            .next()
            .is_some_and(|first| WORDS.contains(&first) && label.contains('-'))
}
