//! What comes back from the desk of a scan: written out and counted, in the order of the input.

use anyhow::Context;
use spoofcheck::{
    batch::{self, Counts, Earlier, Filter},
    report::human,
};

use crate::{
    deciding::worst_before,
    desk::{Form, Outcome},
    exit::{self, Exit, Tally, UsageError},
    item::Message,
    output,
    progress::Progress,
    records::Records,
    scan_args::{ScanArgs, SummaryForm},
};

/// The records of a scan and what is counted of them.
pub(crate) struct Ledger {
    records: Records,
    tally: Tally,
    counts: Counts,
    progress: Progress,
}

impl Ledger {
    /// Opens the place of the records, behind those of an earlier run where one is named: what it dealt with is taken from
    /// `messages`.
    pub(crate) fn open(
        args: &ScanArgs,
        form: Form,
        filter: &Filter,
        messages: &mut impl Iterator<Item = Message>,
        mut progress: Progress,
    ) -> anyhow::Result<Self> {
        let output = &args.common.output;
        let mut counts = Counts::default();
        let (mut records, tally) = match &args.resume {
            None => (Records::open(output)?, Tally::default()),
            Some(file) => {
                if !matches!(form, Form::Json { .. }) {
                    return Err(
                        UsageError("--resume: goes on with JSON Lines, and with no other form".to_owned()).into(),
                    );
                }
                let earlier = Earlier::read(file).with_context(|| format!("--resume {}", file.display()))?;
                let passed = earlier.pass_over(messages, filter.is_open());
                passed.map_err(|what| UsageError(format!("--resume {}: {what}", file.display())))?;
                progress.passed_over();
                counts.stand_behind(earlier.records);
                let tally = Tally::going_on(&earlier, worst_before(&earlier, args.common.inner));
                (Records::after(&earlier, file, output)?, tally)
            }
        };
        match form {
            Form::Csv => records.text(&batch::csv(&batch::headings()))?,
            Form::Row(options) => records.text(&human::render_headings(&options))?,
            Form::Json { .. } | Form::Silent => {}
        }
        Ok(Self {
            records,
            tally,
            counts,
            progress,
        })
    }

    /// Enters the next outcome.
    pub(crate) fn enter(&mut self, outcome: Outcome) -> anyhow::Result<()> {
        match outcome {
            Outcome::Analysed { text, label, facts } => {
                self.tally.analysed(label);
                facts.into_iter().for_each(|facts| self.counts.add(*facts));
                self.progress.message();
                self.records.record(&text)
            }
            Outcome::Failed { text, complaint, error } => {
                self.progress.complain(&complaint);
                self.tally.failed(&error);
                self.counts.fail();
                self.records.record(&text)
            }
        }
    }

    /// Nothing more will come.
    pub(crate) fn ended(&mut self) {
        self.progress.finish();
    }

    /// Hands everything over, and sums up; how the run ends, given whether it was interrupted.
    pub(crate) fn close(self, args: &ScanArgs, form: Form, interrupted: bool) -> anyhow::Result<Exit> {
        let written = self.records.close()?;
        if is_summed(args, form) {
            sum_up(args, form, &self.counts)?;
        }
        if interrupted {
            exit::complain(&format!(
                "stopped after {written} records; --resume goes on behind them where they are kept in a file"
            ));
            return Ok(Exit::Unfinished);
        }
        if self.tally.is_empty() {
            exit::complain("no message was found");
        }
        Ok(self.tally.exit(args.fail_on.label()))
    }
}

/// Whether somebody wants a summary.
pub(crate) fn is_summed(args: &ScanArgs, form: Form) -> bool {
    match args.summary {
        SummaryForm::Auto => matches!(form, Form::Row(_)),
        SummaryForm::Never => false,
        SummaryForm::Human | SummaryForm::Json => true,
    }
}

/// The summary goes where the records are read, unless other programs read them there.
fn sum_up(args: &ScanArgs, form: Form, counts: &Counts) -> anyhow::Result<()> {
    let summary = counts.summary();
    let options = output::human_options(&args.common.output);
    let aside = args.common.output.output.is_some();
    match (args.summary, form) {
        (SummaryForm::Json, _) => output::print(&output::encoded(&summary)),
        (_, Form::Row(_)) => output::print(&format!("\n{}", human::render_summary(&summary, &options))),
        _ if aside => output::print(&human::render_summary(&summary, &options)),
        _ => {
            exit::tell(&human::render_summary(&summary, &options));
            Ok(())
        }
    }
}
