//! A scan that asks the network: the waits for answers overlap with each other, and with the work on what is answered.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    convert::Infallible,
    panic::{self, AssertUnwindSafe},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use spoofcheck::{dns::Snapshot, examiner, pipeline, source::Stored};

use crate::{
    scan::{Message, size},
    setup::Session,
};

/// Asks for what a batch of messages lacks while `work` is busy with the batch before it, until `stopped` says that nobody waits
/// for the rest, or `work` fails.
pub(crate) fn ahead(
    session: &Session,
    messages: impl Iterator<Item = Message>,
    jobs: usize,
    stopped: &(impl Fn() -> bool + Sync),
    work: impl FnMut(Vec<Message>) -> anyhow::Result<()> + Send,
) -> anyhow::Result<()> {
    // Nothing waits in between: one batch is worked on, one is asked for.
    let (give, take) = mpsc::sync_channel::<Vec<Message>>(0);
    let failed = AtomicBool::new(false);
    let over = || stopped() || failed.load(Ordering::Relaxed);
    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let worked = take.into_iter().try_for_each(work);
            failed.store(worked.is_err(), Ordering::Relaxed);
            worked
        });
        for batch in pipeline::batches(messages, size) {
            ask(session, &batch, jobs, &over);
            if over() || give.send(batch).is_err() {
                break;
            }
        }
        drop(give);
        worker.join().unwrap_or_else(|fault| panic::resume_unwind(fault))
    })
}

/// Asks for what a batch lacks: every question once, as many at a time as may be.
fn ask(session: &Session, batch: &[Message], jobs: usize, over: &impl Fn() -> bool) {
    let open = RefCell::new(batch.iter().flatten().collect::<Vec<&Stored>>());
    let missing = |snapshot: &Snapshot| {
        let (mut questions, mut lacking) = (BTreeSet::new(), Vec::new());
        let missing_of = |stored| {
            // A message that breaks the program is told of when its turn comes.
            let lacks = panic::catch_unwind(AssertUnwindSafe(|| {
                examiner::missing(stored, &session.settings, snapshot)
            }));
            (stored, lacks.unwrap_or_default())
        };
        let looked: Result<(), Infallible> = pipeline::ordered(
            open.take().into_iter(),
            jobs,
            |_| 0,
            missing_of,
            |(stored, lacks)| {
                if !lacks.is_empty() {
                    lacking.push(stored);
                    questions.extend(lacks);
                }
                Ok(())
            },
        );
        let Ok(()) = looked;
        open.replace(lacking);
        questions.into_iter().collect()
    };
    session.answers.complete_unless(missing, over);
}
