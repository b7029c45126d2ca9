//! The name of the client's address (AU-433).

use super::rules;
use crate::{
    dns::{Question, RecordType},
    finding::{Evidence, Finding},
    verify::iprev::IprevResult,
};

rules! {
    /// Whether the address that handed the message over has a name, and whether that name leads back to it. Receivers ask
    /// this of every client; it tells who runs the address, and says nothing of the author.
    ///
    /// # When this is innocent
    /// Always: addresses of cloud servers often have no name, and names are forgotten when servers move.
    ///
    /// # Check by hand
    /// `dig -x ADDRESS`, then `dig NAME A`.
    IPREV {
        id: "AU-433",
        name: "iprev",
        title: "The name of the client's address",
        severity: Info,
        effect: Neutral,
        references: ["RFC 8601 3", "RFC 8601 2.7.3"],
        check: |rule, case| {
            let check = &case.verification.iprev;
            let (Ok(result), Some(ip)) = (check.result, check.ip) else { return Vec::new() };
            let text = match (result, check.confirmed.first(), check.names.first()) {
                (IprevResult::Pass, Some(name), _) => format!("{ip} is {name}: its name leads back to it"),
                (_, _, Some(name)) => format!("{ip} calls itself {name}, and no such name leads back to it"),
                _ => check.cause.clone().unwrap_or_default(),
            };
            let question = case.verification.asked.iter().find(|asked| asked.purpose == "iprev" && asked.question.rtype == RecordType::Ptr);
            let evidence = match question {
                Some(asked) if !check.names.is_empty() =>
                    Evidence::record(Question::new(&asked.question.name, RecordType::Ptr), check.names.join(", ")),
                _ => Evidence::absence(text.clone()),
            };
            vec![Finding::new(rule, text, evidence)]
        },
    }
}
