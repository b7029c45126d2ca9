//! Where threads fetch their work: large items go to few of them, so that what a run holds does not grow with its threads.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc::Sender},
};

/// Bytes of work that the second thread takes at a time at most, the third half of it, the fourth a third; the first takes
/// whatever comes. Work on a message takes several times its bytes, and a thread keeps some of that for its next one.
const REACH: usize = 3 * 512 * 1024;

/// Work that waits for a thread, in its order, with its bytes.
pub(super) struct Waiting<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    work: VecDeque<(usize, T)>,
    /// Nothing more will come.
    over: bool,
}

impl<T> Waiting<T> {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                work: VecDeque::new(),
                over: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// Who gives the work; the threads end with what waits then, once it is dropped.
    pub(super) fn giver(&self) -> Giver<'_, T> {
        Giver(self)
    }

    /// A thread's part: does what it finds, until nobody gives or nobody takes any more. Threads are ranked from 0.
    pub(super) fn serve<R>(&self, rank: usize, done: &Sender<R>, work: impl Fn(T) -> R) {
        while let Some(found) = self.fetch(reach(rank)) {
            if done.send(work(found)).is_err() {
                return;
            }
        }
    }

    /// The first work that there is for a thread of this rank.
    pub(super) fn take(&self, rank: usize) -> Option<T> {
        self.lock().take(reach(rank))
    }

    /// The first work of no more than so many bytes; `None` when none will come.
    fn fetch(&self, reach: usize) -> Option<T> {
        let mut state = self.lock();
        loop {
            match state.take(reach) {
                Some(work) => return Some(work),
                None if state.over => return None,
                None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// A thread that panicked held no lock while it worked.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn take(&mut self, reach: usize) -> Option<T> {
        let at = self.work.iter().position(|(bytes, _)| *bytes <= reach)?;
        self.work.remove(at).map(|(_, work)| work)
    }
}

/// The bytes of work that a thread of this rank takes at most.
fn reach(rank: usize) -> usize {
    REACH.checked_div(rank).unwrap_or(usize::MAX)
}

/// Gives work to threads.
pub(super) struct Giver<'w, T>(&'w Waiting<T>);

impl<T> Giver<'_, T> {
    /// Adds work of so many bytes.
    pub(super) fn give(&self, work: T, bytes: usize) {
        self.0.lock().work.push_back((bytes, work));
        // Not every thread may take it.
        self.0.changed.notify_all();
    }
}

impl<T> Drop for Giver<'_, T> {
    fn drop(&mut self) {
        self.0.lock().over = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc, thread};

    #[test]
    fn the_larger_the_work_the_fewer_threads_take_it() {
        let waiting = Waiting::new();
        let (done, told) = mpsc::channel();
        thread::scope(|scope| {
            for rank in 0..4 {
                let (waiting, done) = (&waiting, done.clone());
                scope.spawn(move || waiting.serve(rank, &done, |bytes: usize| (rank, bytes)));
            }
            let giver = waiting.giver();
            for bytes in [REACH + 1, REACH, REACH / 2, REACH / 3, 1].repeat(50) {
                giver.give(bytes, bytes);
            }
        });
        drop(done);
        let taken: Vec<(usize, usize)> = told.iter().collect();
        assert_eq!(taken.len(), 250);
        assert!(taken.iter().all(|(rank, bytes)| *rank == 0 || bytes * rank <= REACH));
    }
}
