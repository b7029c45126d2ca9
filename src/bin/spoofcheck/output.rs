//! Where results go, and in which form.

use std::{
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
};

use anstream::AutoStream;
use spoofcheck::{
    error::Error,
    posture::{self, Posture},
    report::{ErrorRecord, Report, human, json},
    source::{self, InputFormat},
};

use crate::{
    args::{Color, Format, Output},
    exit::{self, UsageError},
};

/// A place for results.
pub(crate) struct Sink {
    out: Box<dyn Write + Send>,
    options: human::HumanOptions,
    brief: bool,
}

/// What errors call it.
const STANDARD_OUTPUT: &str = "standard output";

/// A place for results whose errors name it; their kind stays, as a closed pipe is none.
struct Named<W> {
    out: W,
    name: PathBuf,
}

impl<W> Named<W> {
    fn failed(&self, cause: io::Error) -> io::Error {
        io::Error::new(cause.kind(), unwritable(&self.name, cause))
    }
}

impl<W: Write> Write for Named<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes).map_err(|cause| self.failed(cause))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush().map_err(|cause| self.failed(cause))
    }
}

/// The widest report that is comfortable to read.
const WIDEST: usize = 120;

impl Sink {
    /// Opens the place that the flags name.
    pub(crate) fn open(output: &Output) -> anyhow::Result<Self> {
        Ok(match &output.output {
            Some(path) => Self::onto(create(path)?, path, output),
            None => Self::onto(io::stdout(), Path::new(STANDARD_OUTPUT), output),
        })
    }

    /// Writes into what is open already, under a name for errors.
    pub(crate) fn onto(out: impl Write + Send + 'static, name: &Path, output: &Output) -> Self {
        let name = name.to_owned();
        Self {
            out: Box::new(BufWriter::new(Named { out, name })),
            options: human_options(output),
            brief: output.brief,
        }
    }

    /// Tells human reports as the story of the delivery.
    pub(crate) fn telling(mut self, story: bool) -> Self {
        self.options.story = story;
        self
    }

    /// One report for people.
    pub(crate) fn human(&mut self, report: &Report) -> anyhow::Result<()> {
        Ok(self.out.write_all(human::render(report, &self.options).as_bytes())?)
    }

    /// Text between reports.
    pub(crate) fn text(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// One JSON object on a line of its own.
    pub(crate) fn line(&mut self, report: &Report) -> anyhow::Result<()> {
        self.text(&line(report, self.brief))
    }

    /// An error record on a line of its own.
    pub(crate) fn error_line(&mut self, record: &ErrorRecord) -> anyhow::Result<()> {
        self.text(&error_line(record))
    }

    /// One JSON object for one item, an array for several.
    pub(crate) fn document(&mut self, items: &[Item]) -> anyhow::Result<()> {
        let texts: Vec<String> = items
            .iter()
            .map(|item| match item {
                Item::Report(report) => json::to_string(report, self.brief, true),
                Item::Error(record) => json::encode(record, true),
            })
            .collect();
        self.json(&texts)
    }

    /// One JSON text as it is, an array of several.
    fn json(&mut self, texts: &[String]) -> anyhow::Result<()> {
        match texts {
            [one] => self.text(one)?,
            several => self.text(&format!("[\n{}\n]", several.join(",\n")))?,
        }
        self.text("\n")
    }

    /// Postures in the form that is wanted; `--brief` leaves out what was found and asked.
    pub(crate) fn postures(&mut self, postures: &[Posture], format: Format) -> anyhow::Result<()> {
        let brief = self.brief;
        let encode = |posture: &Posture, pretty| match brief {
            true => json::encode(&posture::Brief::of(posture), pretty),
            false => json::encode(posture, pretty),
        };
        match format {
            Format::Json => {
                let texts: Vec<String> = postures.iter().map(|posture| encode(posture, true)).collect();
                self.json(&texts)
            }
            Format::Jsonl => {
                let lines = postures.iter().map(|posture| encode(posture, false) + "\n");
                self.text(&lines.collect::<String>())
            }
            _ => {
                let pages = postures
                    .iter()
                    .map(|posture| human::render_posture(posture, &self.options));
                self.text(&pages.collect::<Vec<_>>().join("\n\n"))
            }
        }
    }

    /// Hands everything over.
    pub(crate) fn close(mut self) -> anyhow::Result<()> {
        Ok(self.out.flush()?)
    }
}

/// How reports for people are drawn.
pub(crate) fn human_options(output: &Output) -> human::HumanOptions {
    human::HumanOptions {
        width: output.width.unwrap_or_else(terminal_width).clamp(40, 1_000),
        color: wants_color(output),
        verbose: output.verbose,
        defang: output.defang,
        ascii: !locale_has_lines(),
        story: false,
    }
}

/// Text on standard output.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let (out, name) = (io::stdout().lock(), STANDARD_OUTPUT.into());
    let mut out = Named { out, name };
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// A value as a line of JSON.
pub(crate) fn encoded<T: serde::Serialize>(value: &T) -> String {
    json::encode(value, false) + "\n"
}

/// A report as a line of JSON.
pub(crate) fn line(report: &Report, brief: bool) -> String {
    json::to_string(report, brief, false) + "\n"
}

/// An error record as a line of JSON.
pub(crate) fn error_line(record: &ErrorRecord) -> String {
    json::encode(record, false) + "\n"
}

/// A report, or why there is none.
pub(crate) enum Item {
    /// Boxed: it is large.
    Report(Box<Report>),
    /// The input could not be analysed.
    Error(ErrorRecord),
}

/// Refuses the forms that are only reserved.
pub(crate) fn supported(format: Format, known: &[Format]) -> anyhow::Result<Format> {
    if known.contains(&format) {
        return Ok(format);
    }
    Err(exit::not_yet(&format!("--format {}", name(format))))
}

fn name(format: Format) -> String {
    clap::ValueEnum::to_possible_value(&format)
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default()
}

/// Opens a file for results. One that holds mail is evidence, named by mistake, and stays as it is; none of the results' own forms
/// is taken for mail.
fn create(path: &Path) -> anyhow::Result<File> {
    let holds_mail = path.is_file() && source::walk(path, InputFormat::Auto).any(|message| message.is_ok());
    if holds_mail {
        return Err(UsageError(format!(
            "--output {}: it holds mail, which is not written over",
            path.display()
        ))
        .into());
    }
    Ok(File::create(path).map_err(|cause| unwritable(path, cause))?)
}

/// What is said of a place that cannot be written.
pub(crate) fn unwritable(path: &Path, cause: io::Error) -> Error {
    let path = path.to_owned();
    Error::Write { path, cause }
}

fn wants_color(output: &Output) -> bool {
    match output.color {
        Color::Always => true,
        Color::Never => false,
        // NO_COLOR, CLICOLOR_FORCE, TERM=dumb and pipes are anstream's business.
        Color::Auto => output.output.is_none() && AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
    }
}

/// Whether the locale's character set has the strokes of a tree. Where no locale is named at all, as in most containers,
/// the terminal decides, and terminals are UTF-8.
fn locale_has_lines() -> bool {
    let named = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| {
        let value = std::env::var(name).unwrap_or_default();
        (!value.is_empty()).then_some(value)
    });
    named.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

fn terminal_width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    if !io::stdout().is_terminal() && columns.is_none() {
        return 100;
    }
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    columns.or_else(terminal).unwrap_or(80).min(WIDEST)
}
