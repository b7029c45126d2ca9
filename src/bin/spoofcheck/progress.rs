//! How far a scan is, on standard error: a bar at a terminal, or a JSON object a second for programs.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use spoofcheck::source;

use crate::{
    args::{self, Common},
    exit,
    scan_args::ByteRange,
};

/// Between two lines for programs.
const INTERVAL: Duration = Duration::from_secs(1);

/// The progress of a scan.
pub(crate) struct Progress {
    form: Form,
    /// Bytes read of the input, as its files hold them.
    read: Arc<AtomicU64>,
    /// Of them those that an earlier run dealt with.
    passed: u64,
    total: Option<u64>,
    started: Instant,
    messages: u64,
    errors: u64,
    told: Instant,
}

enum Form {
    Silent,
    Bar(ProgressBar),
    Lines,
}

/// One line for programs.
#[derive(Serialize)]
struct Line {
    /// The version of this form.
    spoofcheck_progress: u32,
    messages: u64,
    errors: u64,
    /// Bytes read of the input.
    bytes: u64,
    /// Bytes of the whole input; null where that is not known.
    total_bytes: Option<u64>,
    seconds: f64,
    bytes_per_second: f64,
    /// Seconds left at this rate; null where the total is not known.
    seconds_left: Option<f64>,
    done: bool,
}

impl Progress {
    /// What the flags ask for. A table at the terminal shows by itself how far it is.
    pub(crate) fn new(common: &Common, paths: &[PathBuf], range: Option<&ByteRange>) -> Self {
        let stdin = paths.iter().any(|path| path.as_os_str() == "-");
        let at_terminal = io::stderr().is_terminal() && (common.output.output.is_some() || !io::stdout().is_terminal());
        let wanted = match common.output.progress {
            args::Progress::Never => false,
            args::Progress::Auto => at_terminal && !common.quiet,
            args::Progress::Json => true,
        };
        let total = (wanted && !stdin).then(|| {
            let stored = paths.iter().map(|path| source::stored_bytes(path)).sum();
            range.map_or(stored, |range| range.0.end.min(stored))
        });
        let form = match common.output.progress {
            _ if !wanted => Form::Silent,
            args::Progress::Json => Form::Lines,
            _ => Form::Bar(bar(total)),
        };
        let now = Instant::now();
        Self {
            form,
            read: Arc::default(),
            passed: 0,
            total,
            started: now,
            messages: 0,
            errors: 0,
            told: now,
        }
    }

    /// The counter that the reader of the input adds to.
    pub(crate) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    /// All that was read so far was dealt with before: the rate is that of what comes now.
    pub(crate) fn passed_over(&mut self) {
        self.passed = self.read.load(Ordering::Relaxed);
        self.started = Instant::now();
        if let Form::Bar(bar) = &self.form {
            bar.set_position(self.passed);
            bar.reset_eta();
        }
    }

    /// A message was analysed.
    pub(crate) fn message(&mut self) {
        self.messages += 1;
        self.show(false);
    }

    /// An input was not; the complaint stands above the bar.
    pub(crate) fn complain(&mut self, text: &str) {
        match &self.form {
            Form::Bar(bar) => bar.suspend(|| exit::complain(text)),
            Form::Silent | Form::Lines => exit::complain(text),
        }
        self.errors += 1;
        self.show(false);
    }

    /// The end, or the place where it was stopped.
    pub(crate) fn finish(&mut self) {
        self.show(true);
        if let Form::Bar(bar) = &self.form {
            bar.finish_and_clear();
        }
    }

    fn show(&mut self, done: bool) {
        match &self.form {
            Form::Silent => {}
            Form::Bar(bar) => {
                bar.set_position(self.read.load(Ordering::Relaxed));
                bar.set_message(format!("{} messages", self.messages));
            }
            Form::Lines => {
                if !done && self.told.elapsed() < INTERVAL {
                    return;
                }
                self.told = Instant::now();
                // A line of numbers has nothing to escape, and always encodes.
                exit::tell(&format!(
                    "{}\n",
                    serde_json::to_string(&self.line(done)).unwrap_or_default()
                ));
            }
        }
    }

    fn line(&self, done: bool) -> Line {
        let bytes = self.read.load(Ordering::Relaxed);
        let seconds = self.started.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = bytes.saturating_sub(self.passed) as f64 / seconds.max(1e-9);
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let left = self
            .total
            .map(|total| total.saturating_sub(bytes) as f64 / rate.max(1.0));
        let hundredths = |value: f64| (value * 100.0).round() / 100.0;
        Line {
            spoofcheck_progress: 1,
            messages: self.messages,
            errors: self.errors,
            bytes,
            total_bytes: self.total,
            seconds: hundredths(seconds),
            bytes_per_second: rate.round(),
            seconds_left: left.map(hundredths),
            done,
        }
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} left, {msg}",
        None => "{spinner} {bytes} {bytes_per_sec} {elapsed}, {msg}",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(5)).with_style(style)
}
