//! What an archive keeps of answers that were asked for again and again.

use std::{collections::BTreeSet, sync::OnceLock};

use super::{RecordType, Snapshot, StoredAnswer, is_answer};

/// The most answers that are kept of one question, the newest: servers that answer otherwise each time must not fill a
/// disk. A key that is asked for daily and replaced monthly fills it in forty years.
const MAX_HISTORY: usize = 1_000;

impl Snapshot {
    /// Brings the history of each question to what it says, so that an archive that is asked every day does not grow
    /// without end. Of a run of equal answers the first and the last stay. That a lookup failed stays only where nothing
    /// better is known: it says something of the resolver and nothing of the name. Answers with a stated validity, or
    /// without a time, are left as they are.
    pub fn thin(&mut self) {
        for listed in self.names.values_mut() {
            let answers = listed.lines().filter(|line| is_answer(&line.rcode));
            let answered: BTreeSet<RecordType> = answers.map(|line| line.question.rtype).collect();
            listed.change(|rtype, lines| {
                if answered.contains(&rtype) || answered.contains(&RecordType::Cname) {
                    lines.retain(|line| is_answer(&line.rcode));
                }
                thin_question(lines);
            });
        }
        self.digest = OnceLock::new();
    }
}

fn thin_question(answers: &mut BTreeSet<StoredAnswer>) {
    let is_asked =
        |line: &&StoredAnswer| line.asked_at.is_some() && line.valid_from.is_none() && line.valid_to.is_none();
    let mut asked: Vec<StoredAnswer> = answers.iter().filter(is_asked).cloned().collect();
    asked.sort_by_key(|line| line.asked_at);
    let same = |a: &StoredAnswer, b: &StoredAnswer| a.rcode == b.rcode && a.data == b.data;
    for three in asked.windows(3) {
        if let [before, between, after] = three
            && same(before, between)
            && same(between, after)
        {
            answers.remove(between);
        }
    }
    asked.retain(|line| answers.contains(line));
    let surplus = asked.len().saturating_sub(MAX_HISTORY);
    for line in asked.iter().take(surplus) {
        answers.remove(line);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;
    use crate::{
        dns::{Answer, Data, Question},
        time::Timestamp,
    };

    const KEY: &str = "s1._domainkey.bank.example";

    /// Lines of name, type, response code, datum (or none) and day.
    fn snapshot(lines: &[(&str, RecordType, &str, &str, i64)]) -> Snapshot {
        let mut snapshot = Snapshot::new();
        for (name, rtype, rcode, datum, day) in lines {
            snapshot.insert(StoredAnswer {
                question: Question::new(name, *rtype),
                rcode: (*rcode).to_owned(),
                data: Some(*datum)
                    .filter(|text| !text.is_empty())
                    .map(|text| Data::Text(text.to_owned()))
                    .into_iter()
                    .collect(),
                ttl: None,
                asked_at: Some(Timestamp(*day)),
                valid_from: None,
                valid_to: None,
            });
        }
        snapshot
    }

    fn days(snapshot: &Snapshot) -> Vec<i64> {
        snapshot
            .answers()
            .iter()
            .filter_map(|line| Some(line.asked_at?.0))
            .collect()
    }

    #[test]
    fn equal_answers_in_between_are_thinned_out() {
        let line = |datum, day| (KEY, RecordType::Txt, "NOERROR", datum, day);
        let mut archive = snapshot(&[
            line("old", 1),
            line("old", 2),
            line("old", 3),
            line("new", 4),
            line("old", 5),
        ]);
        archive.thin();
        assert_eq!(days(&archive), [1, 3, 4, 5]);
        assert_eq!(archive.below("bank.example").len(), 4);
        assert_eq!(archive.below("other.example").len(), 0);
    }

    #[test]
    fn a_failed_lookup_hides_no_answer() {
        let line = |rcode, datum, day| (KEY, RecordType::Txt, rcode, datum, day);
        let mut archive = snapshot(&[
            line("TIMEOUT", "", 1),
            line("NOERROR", "key", 2),
            line("SERVFAIL", "", 3),
            line("NOERROR", "key", 4),
            line("TIMEOUT", "", 5),
            line("NOERROR", "key", 6),
        ]);
        archive.thin();
        assert_eq!(days(&archive), [2, 6]);
        let mut unknown = snapshot(&[line("TIMEOUT", "", 1), line("TIMEOUT", "", 2), line("TIMEOUT", "", 3)]);
        unknown.thin();
        assert_eq!(days(&unknown), [1, 3], "where nothing better is known");
        let mut aliased = snapshot(&[
            (KEY, RecordType::Cname, "NOERROR", "k.esp.example.", 1),
            ("k.esp.example", RecordType::Txt, "NOERROR", "key", 1),
            line("TIMEOUT", "", 2),
        ]);
        aliased.thin();
        let found = aliased.find(&Question::new(KEY, RecordType::Txt), None);
        assert_eq!(found.answer, Answer::Records([Data::Text("key".to_owned())].into()));
    }

    #[test]
    fn a_history_without_end_keeps_its_newest_part() {
        let texts: Vec<String> = (0..1_500).map(|day| day.to_string()).collect();
        let lines: Vec<_> = (0i64..)
            .zip(&texts)
            .map(|(day, text)| (KEY, RecordType::Txt, "NOERROR", text.as_str(), day))
            .collect();
        let mut archive = snapshot(&lines);
        archive.thin();
        assert_eq!((archive.len(), days(&archive)[0]), (MAX_HISTORY, 500));
    }

    /// A domain hands its key over to a service, and takes it back.
    #[test]
    fn an_alias_answers_for_its_own_time() {
        let archive = snapshot(&[
            (KEY, RecordType::Txt, "NOERROR", "own", 10),
            (KEY, RecordType::Cname, "NOERROR", "k.esp.example.", 20),
            ("k.esp.example", RecordType::Txt, "NOERROR", "service", 20),
            (KEY, RecordType::Txt, "NXDOMAIN", "", 30),
        ]);
        let at = |day| archive.find(&Question::new(KEY, RecordType::Txt), Some(Timestamp(day)));
        let text = |text: &str| Answer::Records([Data::Text(text.to_owned())].into());
        for (day, answer, later) in [
            (5, text("own"), true),
            (15, text("own"), false),
            (25, text("service"), false),
        ] {
            let found = at(day);
            assert_eq!(
                (found.answer, found.later, found.changed),
                (answer, later, true),
                "{day}"
            );
        }
        assert_eq!((at(35).answer, at(35).changed), (Answer::NxDomain, false));
        assert_eq!(
            archive.find(&Question::new(KEY, RecordType::Txt), None).answer,
            Answer::NxDomain
        );
    }

    #[test]
    fn part_of_a_closed_world_is_open() {
        let mut world = snapshot(&[(KEY, RecordType::Txt, "NOERROR", "key", 1)]);
        world.absent = crate::dns::Absent::NxDomain;
        let other = Question::new("other.example", RecordType::Txt);
        assert_eq!(world.find(&other, None).answer, Answer::NxDomain);
        assert_eq!(world.below("bank.example").find(&other, None).answer, Answer::NotAsked);
    }
}
