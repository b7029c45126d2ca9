//! Ctrl-C, or a polite kill: a run ends with what is finished, in order.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

use crate::exit::Exit;

/// Whether the run is to end.
pub(crate) struct Interruption(Arc<AtomicBool>);

impl Interruption {
    /// Listens from now on. The first signal is noted; the second ends the program at once.
    pub(crate) fn awaited() -> anyhow::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_shutdown(signal, i32::from(Exit::Unfinished.code()), Arc::clone(&stop))?;
            flag::register(signal, Arc::clone(&stop))?;
        }
        Ok(Self(stop))
    }

    /// It came.
    pub(crate) fn has_come(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error where it came, which ends what is going on.
    pub(crate) fn check(&self) -> Result<(), Stopped> {
        if self.has_come() { Err(Stopped) } else { Ok(()) }
    }
}

/// The run was interrupted: what is finished in order is printed.
#[derive(Debug)]
pub(crate) struct Stopped;

impl Stopped {
    /// Work that was interrupted has ended as well as any.
    pub(crate) fn forgiven(outcome: anyhow::Result<()>) -> anyhow::Result<()> {
        outcome.or_else(|error| if error.is::<Self>() { Ok(()) } else { Err(error) })
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Stopped {}
