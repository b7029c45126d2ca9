//! Work on all cores with the order of the input: what goes in first comes out first, however long each takes.

mod inquiry;
mod waiting;
mod window;

pub use inquiry::{Attempt, Inquiry, inquire};

use std::{collections::BTreeMap, sync::mpsc, thread};

use waiting::Waiting;

/// Threads at most. Each takes a megabyte, and the one that reads, hashes and writes for all of them, which takes it a twentieth of
/// what they do, can feed no more.
const MAX_JOBS: usize = 32;
/// Portions on the way: enough that no thread waits while one works on a large item, and two for each of many threads.
const WINDOW: usize = 16;
/// Items of a portion at most: few enough that what is known of all of them stays near the processor.
const MAX_PORTION: usize = 16;
/// Items on the way at most, so that many threads hold little more than few do: their portions are smaller.
const MAX_ITEMS: usize = 256;
/// A portion with so many bytes is large enough.
const PORTION_BYTES: usize = 256 * 1024;
/// While so many bytes are on the way no item is drawn: a very large one goes alone.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Does `work` on every item with `jobs` threads, and hands the results to `consume` in the order of the items. A thread works on
/// a few items at a time, so that it can do each step on all of them; it gives one result for each, in their order. Items are
/// drawn on the calling thread, and only as fast as results are consumed; it is one of the threads, and works where it would wait: one
/// more than there are cores would take their time from them at each portion. The first error of `consume` ends it. What is held at
/// once does not grow with `jobs` beyond some hundred small items and some dozen threads.
pub fn ordered<T: Send, R: Send, E>(
    items: impl Iterator<Item = T>,
    jobs: usize,
    size: impl Fn(&T) -> usize,
    work: impl Fn(Vec<T>) -> Vec<R> + Sync,
    mut consume: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    if jobs <= 1 {
        let mut results = portions(items, window(1), size).flat_map(|(portion, _)| work(portion));
        return results.try_for_each(consume);
    }
    let jobs = jobs.min(MAX_JOBS);
    let window = window(jobs);
    let waiting = Waiting::<(usize, Vec<T>)>::new();
    let (done, finished) = mpsc::channel::<(usize, Vec<R>)>();
    thread::scope(|scope| {
        for rank in 0..jobs - 1 {
            let (waiting, work, done) = (&waiting, &work, done.clone());
            scope.spawn(move || waiting.serve(rank, &done, |(at, portion)| (at, work(portion))));
        }
        drop(done);
        let mut queue = Queue {
            waiting: BTreeMap::new(),
            next: 0,
            sizes: BTreeMap::new(),
            bytes: 0,
        };
        let mut portions = portions(items, window, size).enumerate();
        // Ends the threads when it is dropped, also on an early return.
        let giver = waiting.giver();
        loop {
            while queue.sizes.len() < window
                && queue.bytes < MAX_BYTES
                && let Some((at, (portion, bytes))) = portions.next()
            {
                queue.sizes.insert(at, bytes);
                queue.bytes += bytes;
                giver.give((at, portion), bytes);
            }
            if queue.sizes.is_empty() {
                return Ok(());
            }
            // As the last in rank it takes no large item: the others would have nothing to do meanwhile.
            let own = || waiting.take(jobs - 1).map(|(at, portion)| (at, work(portion)));
            let Some((at, results)) = finished.try_recv().ok().or_else(own).or_else(|| finished.recv().ok()) else {
                return Ok(());
            };
            queue.waiting.insert(at, results);
            while let Some(results) = queue.pop() {
                results.into_iter().try_for_each(&mut consume)?;
            }
        }
    })
}

/// Does `work` on the items that are there, side by side, and hands back its results, one for each, and the errors, in the order of
/// the items.
pub fn past_errors<T, E, R>(
    items: impl IntoIterator<Item = Result<T, E>>,
    work: impl FnOnce(Vec<T>) -> Vec<R>,
) -> Vec<Result<R, E>> {
    let mut good = Vec::new();
    let places = items.into_iter().map(|item| item.map(|value| good.push(value)));
    let places: Vec<Result<(), E>> = places.collect();
    let mut results = work(good).into_iter();
    let all = places.into_iter().map(|place| match place {
        Ok(()) => results.next().map(Ok),
        Err(error) => Some(Err(error)),
    });
    all.flatten().collect()
}

/// Portions on the way at most.
fn window(jobs: usize) -> usize {
    WINDOW.max(2 * jobs)
}

/// Items for one thread at a time, with their bytes: a portion ends with the item that brings it to [`PORTION_BYTES`]. The first
/// ones are of one item, so that few items keep all threads busy.
fn portions<T>(
    items: impl Iterator<Item = T>,
    window: usize,
    size: impl Fn(&T) -> usize,
) -> impl Iterator<Item = (Vec<T>, usize)> {
    let mut items = items.fuse();
    let mut drawn = 0;
    let largest = (MAX_ITEMS / window).clamp(1, MAX_PORTION);
    std::iter::from_fn(move || {
        let most = (drawn / window + 1).min(largest);
        let (portion, bytes) = portion(most, || items.next(), &size)?;
        drawn += portion.len();
        Some((portion, bytes))
    })
}

/// The next items for one thread, `most` at most, with their bytes; none where none is drawn.
fn portion<T>(most: usize, mut draw: impl FnMut() -> Option<T>, size: impl Fn(&T) -> usize) -> Option<(Vec<T>, usize)> {
    let (mut portion, mut bytes) = (Vec::new(), 0);
    while portion.len() < most
        && bytes < PORTION_BYTES
        && let Some(item) = draw()
    {
        bytes += size(&item);
        portion.push(item);
    }
    Some((portion, bytes)).filter(|(portion, _)| !portion.is_empty())
}

/// What is on the way: results that wait for earlier ones, and the sizes of all that is not consumed, by portions.
struct Queue<R> {
    waiting: BTreeMap<usize, Vec<R>>,
    next: usize,
    sizes: BTreeMap<usize, usize>,
    bytes: usize,
}

impl<R> Queue<R> {
    /// The next results in order, when they are there.
    fn pop(&mut self) -> Option<Vec<R>> {
        let results = self.waiting.remove(&self.next)?;
        self.bytes -= self.sizes.remove(&self.next).unwrap_or_default();
        self.next += 1;
        Some(results)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn keeps_the_order_whatever_takes_long() {
        for jobs in [1, 2, 7] {
            let mut seen = Vec::new();
            let slow = |number: u64| {
                thread::sleep(std::time::Duration::from_micros(number % 3 * 300));
                number * 2
            };
            let result: Result<(), Infallible> = ordered(
                0..200,
                jobs,
                |_| 1,
                |numbers| numbers.into_iter().map(slow).collect(),
                |doubled| {
                    seen.push(doubled);
                    Ok(())
                },
            );
            assert!(result.is_ok());
            assert_eq!(seen, (0..200).map(|number| number * 2).collect::<Vec<u64>>());
        }
    }

    #[test]
    fn errors_keep_their_places() {
        let items = [Err("a"), Ok(1), Ok(2), Err("b"), Ok(3)];
        let doubled = past_errors(items, |numbers: Vec<i32>| {
            numbers.iter().map(|number| number * 2).collect()
        });
        assert_eq!(doubled, [Err("a"), Ok(2), Ok(4), Err("b"), Ok(6)]);
    }

    #[test]
    fn draws_no_more_than_it_may_hold() {
        let drawn = std::sync::atomic::AtomicUsize::new(0);
        let mut consumed = 0;
        let items = (0..100).inspect(|_| {
            drawn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        });
        let result: Result<(), &str> = ordered(
            items,
            2,
            |_| MAX_BYTES,
            |numbers| numbers,
            |_| {
                consumed += 1;
                assert!(drawn.load(std::sync::atomic::Ordering::Relaxed) <= consumed + 1);
                if consumed == 10 { Err("enough") } else { Ok(()) }
            },
        );
        assert_eq!(result, Err("enough"));
    }
}
