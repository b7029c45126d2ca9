//! Items that lack answers, with answers that come late.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use super::*;
use std::{
    convert::Infallible,
    sync::{
        RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// An item lacks the answers to its number modulo 7, then to that plus 100; an answer comes a little later.
#[derive(Default)]
struct Remainders {
    answers: RwLock<BTreeMap<usize, usize>>,
    asked: AtomicUsize,
    insisted: AtomicUsize,
    under_way: std::sync::Arc<AtomicUsize>,
    /// No answer is of use.
    deaf: bool,
    over: AtomicBool,
}

impl Inquiry for Remainders {
    type Item = usize;
    type Result = usize;
    type Question = usize;
    type Answer = (usize, usize);

    fn size(&self, _: &usize) -> usize {
        MAX_HELD / 20
    }

    fn weight(&self, _: &usize) -> usize {
        MAX_KEPT / 20
    }

    fn attempt(&self, items: Vec<usize>, insist: bool) -> Vec<Attempt<usize, usize, usize>> {
        let answers = self.answers.read().unwrap();
        let lacked = |question: &usize| !answers.contains_key(question);
        let attempt = |item| {
            if insist {
                self.insisted.fetch_add(1, Ordering::SeqCst);
                return Attempt::Done(item);
            }
            match [item % 7, item % 7 + 100].into_iter().find(lacked) {
                Some(question) => Attempt::Lacks(item, vec![question]),
                None => Attempt::Done(item + answers[&(item % 7)]),
            }
        };
        items.into_iter().map(attempt).collect()
    }

    fn ask(&self, question: &usize, reply: impl FnOnce((usize, usize)) + Send + 'static) {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let under_way = std::sync::Arc::clone(&self.under_way);
        assert!(under_way.fetch_add(1, Ordering::SeqCst) < 3);
        let question = *question;
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(3));
            under_way.fetch_sub(1, Ordering::SeqCst);
            reply((question, question * 1000));
        });
    }

    fn learn(&self, answers: Vec<(usize, usize)>) {
        if !self.deaf {
            self.answers.write().unwrap().extend(answers);
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

#[test]
fn keeps_the_order_and_asks_once() {
    for jobs in [1, 2, 5] {
        let inquiry = Remainders::default();
        let mut seen = Vec::new();
        let ended: Result<(), Infallible> = inquire(&inquiry, 0..400, jobs, 1..=3, |result| {
            seen.push(result);
            Ok(())
        });
        assert!(ended.is_ok());
        assert_eq!(seen, (0..400).map(|item| item + item % 7 * 1000).collect::<Vec<_>>());
        assert_eq!(inquiry.asked.load(Ordering::SeqCst), 14);
        assert_eq!(inquiry.insisted.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn what_no_answer_helps_is_insisted_on() {
    let inquiry = Remainders {
        deaf: true,
        ..Remainders::default()
    };
    let mut seen = Vec::new();
    let ended: Result<(), Infallible> = inquire(&inquiry, 0..10, 2, 3..=3, |result| {
        seen.push(result);
        Ok(())
    });
    assert!(ended.is_ok());
    assert_eq!(seen, (0..10).collect::<Vec<_>>());
    assert_eq!(inquiry.insisted.load(Ordering::SeqCst), 10);
    assert_eq!(inquiry.asked.load(Ordering::SeqCst), 7);
}

#[test]
fn ends_at_an_error_and_when_nobody_waits() {
    let inquiry = Remainders::default();
    let ended = inquire(&inquiry, 0.., 2, 3..=3, |result| {
        if result == 5_005 { Err("enough") } else { Ok(()) }
    });
    assert_eq!(ended, Err("enough"));
    inquiry.over.store(true, Ordering::SeqCst);
    assert_eq!(inquire(&inquiry, 0.., 2, 3..=3, |_| Ok::<(), Infallible>(())), Ok(()));
}
