//! Values of a report as text: what `--where` asks for and what a row of a table tells.

use crate::report::{
    Report,
    model::{Address, Moment, SpfCheck},
};

/// A value of a report.
pub(super) struct Value {
    /// Named as in the JSON report where it stands there alone.
    pub(super) name: &'static str,
    /// None, one, or several where several can be.
    pub(super) of: fn(&Report) -> Vec<String>,
}

/// All values that have a name.
pub(super) const VALUES: &[Value] = &[
    // Where the message stands.
    value("path", |report| vec![report.source.path.clone()]),
    value("container", |report| optional(&report.source.container)),
    value("index", |report| vec![report.source.index.to_string()]),
    value("byte_offset", |report| vec![report.source.byte_offset.to_string()]),
    value("sha256", |report| vec![report.source.sha256.clone()]),
    // What is thought of it.
    value("verdict", |report| vec![report.verdict.label.word().to_owned()]),
    value("confidence", |report| vec![report.verdict.confidence.word().to_owned()]),
    value("because", |report| owned(&report.verdict.because)),
    value("finding", |report| {
        let findings = report.findings.iter();
        findings
            .flat_map(|finding| [finding.id, finding.name])
            .map(str::to_owned)
            .collect()
    }),
    value("finding.id", |report| {
        let mut ids: Vec<&str> = Vec::new();
        for finding in &report.findings {
            if !ids.contains(&finding.id) {
                ids.push(finding.id);
            }
        }
        owned(&ids)
    }),
    value("flow", |report| {
        let flows = report.flows.iter();
        flows.flat_map(|flow| [flow.id, flow.name]).map(str::to_owned).collect()
    }),
    value("flow.id", |report| {
        report.flows.iter().map(|flow| flow.id.to_owned()).collect()
    }),
    // Whom it names.
    value("author.address", |report| {
        optional(&report.message.author().and_then(|author| author.address.clone()))
    }),
    value("author.display_name", |report| {
        // An unquoted comma makes a mailbox of a name; it is what the reader sees all the same.
        let mut names = known(&report.message.from, |from| &from.display_name);
        names.truncate(1);
        names
    }),
    value("from.address", |report| written(&report.message.from)),
    value("from.domain", |report| domains(&report.message.from)),
    value("from.display_name", |report| {
        known(&report.message.from, |from| &from.display_name)
    }),
    value("from.org_domain", |report| {
        known(&report.message.from, |from| &from.org_domain)
    }),
    value("sender.address", |report| written(&report.message.sender)),
    value("sender.domain", |report| domains(&report.message.sender)),
    value("reply_to.address", |report| written(&report.message.reply_to)),
    value("reply_to.domain", |report| domains(&report.message.reply_to)),
    value("to.address", |report| written(&report.message.to)),
    value("to.domain", |report| domains(&report.message.to)),
    value("cc.address", |report| written(&report.message.cc)),
    value("cc.domain", |report| domains(&report.message.cc)),
    value("subject", |report| optional(&report.message.subject)),
    value("date", |report| time(report.message.date)),
    value("message_id", |report| optional(&report.message.message_id)),
    value("list_id", |report| optional(&report.message.list_id)),
    value("template", |report| vec![report.message.template.clone()]),
    // How it came.
    value("delivered_at", |report| time(report.authentication.delivered_at)),
    value("client_ip", |report| optional(&report.envelope.client_ip.value)),
    value("helo", |report| optional(&report.envelope.helo.value)),
    value("mail_from", |report| optional(&report.envelope.mail_from.value)),
    value("mail_from.domain", |report| {
        let address = report.envelope.mail_from.value.as_deref();
        let domain = address.and_then(|address| Some(address.rsplit_once('@')?.1));
        domain.into_iter().map(str::to_owned).collect()
    }),
    // What was checked: results, else why there is none.
    value("spf", |report| spf(&report.authentication.spf.mail_from)),
    value("spf.helo", |report| spf(&report.authentication.spf.helo)),
    value("dkim", |report| {
        let checks = &report.authentication.dkim;
        if checks.is_empty() {
            return vec!["none".to_owned()];
        }
        let results = checks
            .iter()
            .flat_map(|check| result(check.result.map(|result| result.word()), &check.reason));
        results.collect()
    }),
    value("dkim.domain", |report| {
        known(&report.authentication.dkim, |check| &check.domain)
    }),
    value("dkim.selector", |report| {
        known(&report.authentication.dkim, |check| &check.selector)
    }),
    value("dmarc", |report| {
        let check = &report.authentication.dmarc.check;
        result(check.result.map(|result| result.word()), &check.reason)
    }),
    value("arc", |report| {
        let check = &report.authentication.arc;
        result(check.result.map(|result| result.word()), &check.reason)
    }),
    value("arc.sealer", |report| {
        known(&report.authentication.arc.sets, |set| &set.sealer)
    }),
];

const fn value(name: &'static str, of: fn(&Report) -> Vec<String>) -> Value {
    Value { name, of }
}

/// The value of a name.
pub(super) fn named(name: &str) -> Option<&'static Value> {
    VALUES.iter().find(|value| value.name == name)
}

fn domains(addresses: &[Address]) -> Vec<String> {
    addresses.iter().map(|address| address.domain.clone()).collect()
}

fn written(addresses: &[Address]) -> Vec<String> {
    known(addresses, |address| &address.address)
}

/// What is known of each.
fn known<T>(all: &[T], of: fn(&T) -> &Option<String>) -> Vec<String> {
    all.iter().filter_map(|one| of(one).clone()).collect()
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn optional(text: &Option<String>) -> Vec<String> {
    text.iter().cloned().collect()
}

fn time(moment: Option<Moment>) -> Vec<String> {
    moment.iter().map(|moment| moment.timestamp().to_string()).collect()
}

fn spf(check: &SpfCheck) -> Vec<String> {
    result(check.result.map(|result| result.word()), &check.reason)
}

fn result(word: Option<&'static str>, reason: &Option<String>) -> Vec<String> {
    word.map_or_else(|| optional(reason), |word| vec![word.to_owned()])
}
