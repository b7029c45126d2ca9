//! Items that lack answers, with answers that come late.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use super::*;
use std::{
    convert::Infallible,
    sync::{
        Mutex, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// An item lacks one answer after the other; an answer comes a little later.
struct Chains {
    /// The questions of an item.
    needs: fn(usize) -> [usize; 2],
    answers: RwLock<BTreeMap<usize, usize>>,
    asked: Mutex<Vec<usize>>,
    insisted: AtomicUsize,
    under_way: std::sync::Arc<AtomicUsize>,
    /// No answer is of use.
    deaf: bool,
    over: AtomicBool,
}

impl Default for Chains {
    /// The number of an item modulo 7, then that plus 100.
    fn default() -> Self {
        Self {
            needs: |item| [item % 7, item % 7 + 100],
            answers: RwLock::default(),
            asked: Mutex::default(),
            insisted: AtomicUsize::default(),
            under_way: std::sync::Arc::default(),
            deaf: false,
            over: AtomicBool::default(),
        }
    }
}

impl Inquiry for Chains {
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
            let needs = (self.needs)(item);
            match needs.into_iter().find(lacked) {
                Some(question) => Attempt::Lacks(item, vec![question]),
                None => Attempt::Done(item + answers[&needs[0]]),
            }
        };
        items.into_iter().map(attempt).collect()
    }

    fn ask(&self, question: &usize, reply: impl FnOnce((usize, usize)) + Send + 'static) {
        self.asked.lock().unwrap().push(*question);
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
        let inquiry = Chains::default();
        let mut seen = Vec::new();
        let ended: Result<(), Infallible> = inquire(&inquiry, 0..400, jobs, 1..=3, |result| {
            seen.push(result);
            Ok(())
        });
        assert!(ended.is_ok());
        assert_eq!(seen, (0..400).map(|item| item + item % 7 * 1000).collect::<Vec<_>>());
        assert_eq!(inquiry.asked.lock().unwrap().len(), 14);
        assert_eq!(inquiry.insisted.load(Ordering::SeqCst), 0);
    }
}

/// A later item came to the second question of the first one before it: it is asked in the first one's place all the same.
#[test]
fn the_questions_of_earlier_items_come_first() {
    let inquiry = Chains {
        needs: |item| match item {
            0 => [0, 100],
            5 => [100, 100],
            other => [other, other],
        },
        ..Chains::default()
    };
    assert!(inquire(&inquiry, 0..6, 1, 1..=1, |_| Ok::<(), Infallible>(())).is_ok());
    // While the first one is tried again the next question goes out; 100 would be the last one where 5 asked for it.
    assert_eq!(*inquiry.asked.lock().unwrap(), [0, 1, 100, 2, 3, 4]);
}

#[test]
fn what_no_answer_helps_is_insisted_on() {
    let inquiry = Chains {
        deaf: true,
        ..Chains::default()
    };
    let mut seen = Vec::new();
    let ended: Result<(), Infallible> = inquire(&inquiry, 0..10, 2, 3..=3, |result| {
        seen.push(result);
        Ok(())
    });
    assert!(ended.is_ok());
    assert_eq!(seen, (0..10).collect::<Vec<_>>());
    assert_eq!(inquiry.insisted.load(Ordering::SeqCst), 10);
    assert_eq!(inquiry.asked.lock().unwrap().len(), 7);
}

#[test]
fn ends_at_an_error_and_when_nobody_waits() {
    let inquiry = Chains::default();
    let ended = inquire(&inquiry, 0.., 2, 3..=3, |result| {
        if result == 5_005 { Err("enough") } else { Ok(()) }
    });
    assert_eq!(ended, Err("enough"));
    inquiry.over.store(true, Ordering::SeqCst);
    assert_eq!(inquire(&inquiry, 0.., 2, 3..=3, |_| Ok::<(), Infallible>(())), Ok(()));
}
