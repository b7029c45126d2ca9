//! What a domain publishes, without a message: the policy for itself, and for names below it that publish nothing.

use super::{
    DmarcCheck, DmarcResult, Policy,
    record::{Place, Record},
    tree_walk::{End, Walk, names},
};
use crate::{dns::Lookups, domain};

/// What receivers find for a domain and below it (RFC 9989 4.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The evaluation for mail that nothing authenticates: record, policy, walk and defects.
    pub check: DmarcCheck,
    /// For a name below the domain that exists and has no record of its own; `None` without a policy, or where the
    /// walk is open.
    pub subdomains: Option<Stated>,
    /// For a name below the domain that does not exist.
    pub nonexistent: Option<Stated>,
    /// Whether the walk came to its end, so that an absent policy is known to be absent.
    pub complete: bool,
    /// rua= of the record that applies holds an address.
    pub has_report_address: bool,
    /// aspf=s.
    pub strict_spf: bool,
    /// adkim=s.
    pub strict_dkim: bool,
}

/// A policy, and what states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The domain whose record applies.
    pub record_domain: String,
    /// `p`, `sp` or `np`.
    pub tag: &'static str,
    /// As written.
    pub published: Policy,
    /// What t=y leaves of it.
    pub in_force: Policy,
}

impl Publication {
    /// Whether it is known what applies to the domain itself.
    pub fn is_known(&self) -> bool {
        !matches!(self.check.result, Err(_) | Ok(DmarcResult::Temperror))
    }
}

/// Reads what a domain in normal form publishes.
pub fn publication(name: &str, lookups: &Lookups<'_>) -> Publication {
    let name = domain::normalise(name);
    let check = super::evaluate(&name, &[], lookups);
    if !super::is_dns_name(&name) {
        return Publication::of(check, None);
    }
    let walk = Walk::from(&name, lookups);
    let applying = match walk.publishes_several() {
        true => None,
        false => walk.own().or_else(|| walk.inherited().map(|(_, record)| record)),
    };
    let mut publication = Publication::of(check, applying);
    publication.complete = walk.end == End::Complete;
    let below = walk_below(walk);
    let stated = |place| {
        let (holder, record) = below.inherited()?;
        let (published, tag) = record.policy(place);
        record.is_usable().then(|| Stated {
            record_domain: holder.to_owned(),
            tag,
            published,
            in_force: record.in_force(published),
        })
    };
    publication.subdomains = stated(Place::Below);
    publication.nonexistent = stated(Place::BelowAndNonexistent);
    publication
}

impl Publication {
    fn of(check: DmarcCheck, record: Option<&Record>) -> Self {
        Self {
            check,
            subdomains: None,
            nonexistent: None,
            complete: false,
            has_report_address: record.is_some_and(|record| record.has_report_address),
            strict_spf: record.is_some_and(|record| record.strict_spf),
            strict_dkim: record.is_some_and(|record| record.strict_dkim),
        }
    }
}

/// The walk of a name below, which publishes nothing, made from the walk of the domain: it finds the same records as
/// far as it asks for them.
fn walk_below(walk: Walk) -> Walk {
    let start = format!("x.{}", walk.start);
    let asked = names(&start);
    let found = walk.found.into_iter();
    let found = found.filter(|(name, _)| asked.contains(&name.as_str())).collect();
    Walk { found, start, ..walk }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;
    use crate::dns::Snapshot;

    fn read(name: &str, records: &[(&str, &str)]) -> Publication {
        let lines = records.iter().map(|(name, text)| {
            format!("{{\"name\":\"_dmarc.{name}\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"data\":[\"{text}\"]}}\n")
        });
        let text = format!(
            "{{\"spoofcheck_dns\":1,\"absent\":\"nxdomain\"}}\n{}",
            lines.collect::<String>()
        );
        let snapshot = Snapshot::parse(&text, "test").unwrap();
        publication(name, &Lookups::new(&snapshot, None))
    }

    fn policies(publication: &Publication) -> [Option<(Policy, &'static str)>; 2] {
        [&publication.subdomains, &publication.nonexistent]
            .map(|stated| stated.as_ref().map(|stated| (stated.in_force, stated.tag)))
    }

    #[test]
    fn names_below_are_covered_by_sp_and_np() {
        let found = read(
            "bank.example",
            &[("bank.example", "v=DMARC1; p=reject; sp=none; np=quarantine")],
        );
        assert_eq!(found.check.policy, Some(Policy::Reject));
        assert_eq!(
            policies(&found),
            [Some((Policy::None, "sp")), Some((Policy::Quarantine, "np"))]
        );
        let testing = read("bank.example", &[("bank.example", "v=DMARC1; p=reject; t=y")]);
        assert_eq!(policies(&testing), [Some((Policy::Quarantine, "p")); 2]);
    }

    #[test]
    fn names_below_a_subdomain_ask_the_organisation() {
        let records = [
            ("mail.bank.example", "v=DMARC1; p=reject"),
            ("bank.example", "v=DMARC1; p=reject; sp=none"),
        ];
        let found = read("mail.bank.example", &records);
        assert_eq!(found.check.policy, Some(Policy::Reject));
        let below = found.subdomains.unwrap();
        assert_eq!(
            (below.record_domain.as_str(), below.in_force),
            ("bank.example", Policy::None)
        );
    }

    #[test]
    fn nothing_published_and_nobody_asked_are_two_things() {
        let none = read("bank.example", &[]);
        assert!(none.is_known() && none.complete && none.subdomains.is_none());
        let snapshot = Snapshot::new();
        let open = publication("bank.example", &Lookups::new(&snapshot, None));
        assert!(!open.is_known() && !open.complete);
    }
}
