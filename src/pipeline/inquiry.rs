//! Work that may lack answers from elsewhere: an item that lacks some waits aside while others are worked on.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    hash::Hash,
    ops::RangeInclusive,
    sync::mpsc::{self, Sender},
    thread,
    time::{Duration, Instant},
};

use super::{
    MAX_JOBS, MAX_PORTION, portion,
    waiting::{Giver, Waiting},
    window::{MOMENT, Window},
};

/// Bytes of items that are not finished at most, waiting ones included; a single larger item goes alone.
const MAX_HELD: usize = 16 * 1024 * 1024;
/// Such items at most: they have many times the questions that are asked at once, and each is tried again as its answers come.
const MAX_WAITING: usize = 768;
/// Bytes of such items and of the results that wait for an earlier one, together: the more, the more is done while answers are awaited.
const MAX_KEPT: usize = 44 * 1024 * 1024;
/// Portions on the way for each thread.
const WINDOW: usize = 2;
/// Attempts at an item: the last one makes do with the answers that are there.
const MAX_ATTEMPTS: usize = 40;
/// How often an idle run looks whether it is over.
const PULSE: Duration = Duration::from_millis(50);

/// Work on items in which questions come up.
pub trait Inquiry: Sync {
    /// What goes in.
    type Item: Send + 'static;
    /// What comes out.
    type Result: Send + 'static;
    /// What an item may lack the answer to.
    type Question: Clone + Eq + Hash + Ord + Send + 'static;
    /// What is answered.
    type Answer: Send + 'static;

    /// Bytes that an item holds.
    fn size(&self, item: &Self::Item) -> usize;

    /// Bytes that a result holds.
    fn weight(&self, result: &Self::Result) -> usize;

    /// Works on items with the answers that are there, and says for each what came of it, in their order. `insist` means that no
    /// others will come.
    fn attempt(&self, items: Vec<Self::Item>, insist: bool) -> Vec<Attempt<Self::Item, Self::Result, Self::Question>>;

    /// Begins to ask, without waiting for the answer; `reply` may be called on any thread.
    fn ask(&self, question: &Self::Question, reply: impl FnOnce(Self::Answer) + Send + 'static);

    /// Takes in answers, before the items that lacked them are tried again.
    fn learn(&self, answers: Vec<Self::Answer>);

    /// Whether nobody waits for results any more.
    fn is_over(&self) -> bool;
}

/// What came of an attempt at an item.
#[derive(Debug)]
pub enum Attempt<T, R, Q> {
    /// The result.
    Done(R),
    /// The item as it was, and what it lacks the answers to.
    Lacks(T, Vec<Q>),
}

/// Works on every item with `jobs` threads and hands the results to `consume` in the order of the items, as
/// [`ordered`](super::ordered) does. Each question is asked once in the whole run, those of earlier items first, `at_once` at a
/// time: the lower number in any case, up to the higher one while that makes no answer later.
///
/// # Errors
///
/// The first error of `consume` ends it.
pub fn inquire<I: Inquiry, E>(
    inquiry: &I,
    items: impl Iterator<Item = I::Item>,
    jobs: usize,
    at_once: RangeInclusive<usize>,
    mut consume: impl FnMut(I::Result) -> Result<(), E>,
) -> Result<(), E> {
    let jobs = jobs.clamp(1, MAX_JOBS);
    let waiting = Waiting::<Vec<Task<I::Item>>>::new();
    let (tell, told) = mpsc::channel::<Told<I>>();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|rank| {
                let (waiting, tell) = (&waiting, tell.clone());
                scope.spawn(move || waiting.serve(rank, &tell, |portion| Event::Tried(attempt(inquiry, portion))))
            })
            .collect();
        // Ends the threads when it is dropped, also on an early return.
        let mut desk = Desk {
            inquiry,
            items: items.fuse(),
            jobs,
            giver: waiting.giver(),
            on_the_way: 0,
            held: 0,
            unfinished: 0,
            drawn: 0,
            ready: BTreeMap::new(),
            parked: HashMap::new(),
            inquiries: Inquiries {
                tell,
                window: Window::new(at_once),
                under_way: 0,
                begun: HashSet::new(),
                open: BTreeSet::new(),
                lacked_by: HashMap::new(),
            },
            done: BTreeMap::new(),
            done_bytes: 0,
            next: 0,
        };
        loop {
            desk.hand_out();
            desk.inquiries.begin(inquiry);
            if desk.is_idle() {
                return Ok(());
            }
            match told.recv_timeout(desk.inquiries.pause()) {
                Ok(event) => desk.hear(std::iter::once(event).chain(told.try_iter())),
                // A thread that broke is told of when the scope ends.
                Err(_) if workers.iter().any(|worker| worker.is_finished()) => return Ok(()),
                Err(_) => {}
            }
            while let Some(result) = desk.pop() {
                consume(result)?;
            }
            if inquiry.is_over() {
                return Ok(());
            }
        }
    })
}

/// An item on its way to a thread.
struct Task<T> {
    at: usize,
    item: T,
    /// Attempts before this one.
    attempts: usize,
}

/// What came of a task.
struct Tried<T, R, Q> {
    at: usize,
    /// Bytes of the item.
    size: usize,
    /// Attempts so far.
    attempts: usize,
    outcome: Attempt<T, R, Q>,
}

/// An item that waits for answers.
struct Parked<T> {
    task: Task<T>,
    /// Questions that are not answered yet.
    open: usize,
}

enum Event<T, R, Q, A> {
    Tried(Vec<Tried<T, R, Q>>),
    /// Behind it how long the answer took.
    Answered(Q, A, Duration),
}

type Told<I> = Event<<I as Inquiry>::Item, <I as Inquiry>::Result, <I as Inquiry>::Question, <I as Inquiry>::Answer>;

/// Tries a portion: those side by side that may lack answers yet, and those that make do with what is there.
fn attempt<I: Inquiry>(inquiry: &I, portion: Vec<Task<I::Item>>) -> Vec<Tried<I::Item, I::Result, I::Question>> {
    let (last, early): (Vec<_>, Vec<_>) = portion.into_iter().partition(|task| task.attempts >= MAX_ATTEMPTS);
    let tried = [(early, false), (last, true)].into_iter().flat_map(|(tasks, insist)| {
        let (places, items): (Vec<_>, Vec<_>) = tasks
            .into_iter()
            .map(|task| ((task.at, inquiry.size(&task.item), task.attempts + 1), task.item))
            .unzip();
        let outcomes = inquiry.attempt(items, insist);
        places
            .into_iter()
            .zip(outcomes)
            .map(|((at, size, attempts), outcome)| Tried {
                at,
                size,
                attempts,
                outcome,
            })
    });
    tried.collect()
}

/// Where items, questions and results are kept in order.
struct Desk<'i, I: Inquiry, D> {
    inquiry: &'i I,
    items: D,
    jobs: usize,
    giver: Giver<'i, Vec<Task<I::Item>>>,
    /// Portions that the threads have.
    on_the_way: usize,
    /// Bytes of items that are drawn and not done.
    held: usize,
    /// How many those are.
    unfinished: usize,
    /// Items drawn so far.
    drawn: usize,
    /// Answered items, to be tried again.
    ready: BTreeMap<usize, Task<I::Item>>,
    parked: HashMap<usize, Parked<I::Item>>,
    inquiries: Inquiries<I>,
    /// Results that wait for earlier ones, and their bytes.
    done: BTreeMap<usize, I::Result>,
    done_bytes: usize,
    /// The item whose result is due.
    next: usize,
}

/// The questions of a run.
struct Inquiries<I: Inquiry> {
    tell: Sender<Told<I>>,
    window: Window,
    under_way: usize,
    /// Whatever was asked, or is to be.
    begun: HashSet<I::Question>,
    /// Not asked yet, by the item that lacked the answer first.
    open: BTreeSet<(usize, I::Question)>,
    /// The items that wait for each answer that is not there.
    lacked_by: HashMap<I::Question, BTreeSet<usize>>,
}

impl<I: Inquiry, D: Iterator<Item = I::Item>> Desk<'_, I, D> {
    /// Gives the threads what they can take: what is answered first, then what is new.
    fn hand_out(&mut self) {
        while self.on_the_way < self.jobs * WINDOW {
            // The first portions are of one item, so that few items keep all threads busy.
            let most = (self.drawn / (self.jobs * MAX_PORTION) + 1).min(MAX_PORTION);
            let inquiry = self.inquiry;
            let Some((portion, bytes)) = portion(most, || self.draw(), |task| inquiry.size(&task.item)) else {
                return;
            };
            self.giver.give(portion, bytes);
            self.on_the_way += 1;
        }
    }

    fn draw(&mut self) -> Option<Task<I::Item>> {
        let due = self.ready.first_key_value().map_or(self.drawn, |(at, _)| *at) == self.next;
        if self.held + self.done_bytes >= MAX_KEPT && !due {
            return None;
        }
        if let Some((_, task)) = self.ready.pop_first() {
            return Some(task);
        }
        if self.held >= MAX_HELD || self.unfinished >= MAX_WAITING {
            return None;
        }
        let item = self.items.next()?;
        let at = self.drawn;
        self.drawn += 1;
        self.unfinished += 1;
        self.held += self.inquiry.size(&item);
        Some(Task { at, item, attempts: 0 })
    }

    /// Whether nothing is left to be waited for.
    fn is_idle(&self) -> bool {
        self.on_the_way == 0 && self.inquiries.under_way == 0
    }

    fn hear(&mut self, events: impl Iterator<Item = Told<I>>) {
        let (mut answered, mut answers) = (Vec::new(), Vec::new());
        for event in events {
            match event {
                Event::Tried(portion) => {
                    self.on_the_way -= 1;
                    portion.into_iter().for_each(|tried| self.tried(tried));
                }
                Event::Answered(question, answer, took) => {
                    self.inquiries.window.answered(took);
                    answered.push(question);
                    answers.push(answer);
                }
            }
        }
        if !answers.is_empty() {
            self.inquiry.learn(answers);
        }
        for question in answered {
            for at in self.inquiries.answered(&question) {
                self.one_answer_less(at);
            }
        }
    }

    fn one_answer_less(&mut self, at: usize) {
        let Some(parked) = self.parked.get_mut(&at) else { return };
        parked.open -= 1;
        if parked.open == 0
            && let Some(parked) = self.parked.remove(&at)
        {
            self.ready.insert(at, parked.task);
        }
    }

    fn tried(&mut self, tried: Tried<I::Item, I::Result, I::Question>) {
        let Tried {
            at,
            size,
            attempts,
            outcome,
        } = tried;
        match outcome {
            Attempt::Done(result) => {
                self.held -= size;
                self.unfinished -= 1;
                self.done_bytes += self.inquiry.weight(&result);
                self.done.insert(at, result);
            }
            Attempt::Lacks(item, questions) => {
                let task = Task { at, item, attempts };
                let open = self.inquiries.lack(at, questions);
                if open == 0 {
                    self.ready.insert(at, task);
                } else {
                    self.parked.insert(at, Parked { task, open });
                }
            }
        }
    }

    /// The result that is due, when it is there.
    fn pop(&mut self) -> Option<I::Result> {
        let result = self.done.remove(&self.next)?;
        self.done_bytes -= self.inquiry.weight(&result);
        self.next += 1;
        Some(result)
    }
}

impl<I: Inquiry> Inquiries<I> {
    /// Notes what an item lacks. Says how many answers it has to wait for: some may have come in meanwhile.
    fn lack(&mut self, at: usize, questions: Vec<I::Question>) -> usize {
        let mut open = 0;
        for question in questions {
            if self.begun.insert(question.clone()) {
                self.open.insert((at, question.clone()));
                self.lacked_by.insert(question.clone(), BTreeSet::new());
            }
            if let Some(items) = self.lacked_by.get_mut(&question) {
                // A later item may have come to it first: it is asked in the place of the earliest one.
                let earliest = items.first().copied().unwrap_or(at);
                if at < earliest && self.open.remove(&(earliest, question.clone())) {
                    self.open.insert((at, question));
                }
                items.insert(at);
                open += 1;
            }
        }
        open
    }

    /// How long nothing needs to happen: where there is room for more questions, they wait for the next moment.
    fn pause(&self) -> Duration {
        match self.open.is_empty() || !self.window.has_room(self.under_way) {
            true => PULSE,
            false => MOMENT,
        }
    }

    /// Asks as much as may be under way.
    fn begin(&mut self, inquiry: &I) {
        let now = Instant::now();
        while self.window.has_room(self.under_way)
            && !self.open.is_empty()
            && self.window.begins(now)
            && let Some((_, question)) = self.open.pop_first()
        {
            self.under_way += 1;
            let (tell, asked, begun) = (self.tell.clone(), question.clone(), Instant::now());
            inquiry.ask(&question, move |answer| {
                // Nobody listens any more where the run has ended.
                let _ = tell.send(Event::Answered(asked, answer, begun.elapsed()));
            });
        }
    }

    /// The items that waited for an answer.
    fn answered(&mut self, question: &I::Question) -> BTreeSet<usize> {
        self.under_way -= 1;
        self.lacked_by.remove(question).unwrap_or_default()
    }
}

#[cfg(test)]
#[path = "inquiry_tests.rs"]
mod tests;
