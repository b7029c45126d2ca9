//! Section `dns`.

use std::borrow::Cow;

use super::{Context, Detail, each, moment};
use crate::{
    dns::{Answer, Asked},
    report::model::{AnswerFrom, Dns, DnsQuestion},
};

/// Every question, in the order asked.
pub(super) fn build(asked: Vec<Asked>, context: &Context<'_>) -> Dns {
    Dns {
        mode: context.mode.to_owned(),
        snapshot_sha256: context.snapshot_sha256.clone(),
        questions: each(asked, |asked| question(context, asked)),
    }
}

fn question(context: &Context<'_>, asked: Asked) -> DnsQuestion {
    let from = match (&asked.answer, context.mode) {
        (Answer::NotAsked, _) => None,
        (_, "live" | "record") => Some(AnswerFrom::Live),
        _ => Some(AnswerFrom::Snapshot),
    };
    DnsQuestion {
        name: asked.question.name,
        rtype: asked.question.rtype,
        rcode: rcode(&asked.answer),
        data: match &asked.answer {
            Answer::Records(data) if context.detail == Detail::Full => {
                data.iter().map(|record| record.to_text().into_owned()).collect()
            }
            _ => Vec::new(),
        },
        ttl: asked.ttl,
        asked_at: moment(asked.asked_at),
        purpose: asked.purpose,
        from,
        later: asked.later,
    }
}

/// The DNS's own name for an answer; `None` where nobody asked.
fn rcode(answer: &Answer) -> Option<Cow<'static, str>> {
    let word = match answer {
        Answer::Records(_) | Answer::NoData => "NOERROR",
        Answer::NxDomain => "NXDOMAIN",
        Answer::Failed(rcode) => return Some(Cow::Owned(rcode.clone())),
        Answer::TimedOut => "TIMEOUT",
        Answer::NotAsked => return None,
    };
    Some(Cow::Borrowed(word))
}
