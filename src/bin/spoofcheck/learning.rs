//! `scan --habits`: the whole mailbox is read once for what is usual in it, before the first message is judged.

use std::sync::Arc;

use spoofcheck::{examiner, habits::Habits, pipeline, source::Stored};

use crate::{
    exit::UsageError,
    interruption::Interruption,
    item::{size, unbroken},
    scan_args::ScanArgs,
    setup::{self, Session},
};

/// Learns from every message of the paths, also from those outside of a byte range, so that any split of a mailbox judges alike.
pub(crate) fn learn(
    args: &ScanArgs,
    session: &Session,
    jobs: usize,
    interruption: &Interruption,
) -> anyhow::Result<Arc<Habits>> {
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(
            UsageError("--habits: reads its input twice, and standard input can be read once".to_owned()).into(),
        );
    }
    let format = args.common.input_format;
    let messages = args.paths.iter().flat_map(|path| setup::messages(path, format));
    let mut habits = Habits::default();
    pipeline::ordered(
        messages,
        jobs,
        size,
        |messages| {
            // What cannot be read, or breaks the program, is told of when it is judged.
            let readable = messages.into_iter().map(Result::ok);
            let traits = |stored: Stored| unbroken(&stored, || examiner::traits(&stored, &session.settings)).ok()?;
            readable.map(|stored| traits(stored?)).collect()
        },
        |traits| {
            traits.into_iter().for_each(|traits| habits.learn(traits));
            interruption.check()
        },
    )?;
    Ok(Arc::new(habits.settled()))
}
