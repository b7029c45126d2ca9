//! Where the records of a scan go: a stream, a file, or a folder with a file each.

use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
};

use spoofcheck::batch::Earlier;

use crate::{
    args::{Format, Output},
    exit::UsageError,
    output::{Sink, unwritable},
};

/// The records, and how many there are.
pub(crate) struct Records {
    place: Place,
    written: u64,
}

enum Place {
    Stream(Sink),
    Folder { path: PathBuf, ending: &'static str },
}

impl Records {
    /// Opens the place that the flags name. A folder that is there, or a name that ends in `/`, gets a file a record; records of an
    /// earlier run that stay among them would be taken for theirs.
    pub(crate) fn open(output: &Output) -> anyhow::Result<Self> {
        let folder = output
            .output
            .as_deref()
            .filter(|path| path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/"));
        let place = match folder {
            Some(path) => {
                fs::create_dir_all(path).map_err(|cause| unwritable(path, cause))?;
                let ending = if output.format == Some(Format::Csv) {
                    "csv"
                } else {
                    "json"
                };
                if file_of(path, 1, ending).exists() {
                    let told = format!("--output {}: it holds the records of an earlier run", path.display());
                    return Err(UsageError(told).into());
                }
                Place::Folder {
                    path: path.to_owned(),
                    ending,
                }
            }
            None => Place::Stream(Sink::open(output)?),
        };
        Ok(Self { place, written: 0 })
    }

    /// Goes on behind the whole records of an earlier run. What was torn off by its end is cut away; where `--output` names
    /// the same file, the new records follow in it.
    pub(crate) fn after(earlier: &Earlier, file: &Path, output: &Output) -> anyhow::Result<Self> {
        let failed = |cause| unwritable(file, cause);
        let kept = OpenOptions::new().append(true).open(file).map_err(failed)?;
        if kept.metadata().map_err(failed)?.len() > earlier.bytes {
            kept.set_len(earlier.bytes).map_err(failed)?;
        }
        let same = |path: &Path| {
            fs::canonicalize(path)
                .ok()
                .zip(fs::canonicalize(file).ok())
                .is_some_and(|(a, b)| a == b)
        };
        if output.output.as_deref().is_some_and(same) {
            return Ok(Self {
                place: Place::Stream(Sink::onto(kept, file, output)),
                written: 0,
            });
        }
        Self::open(output)
    }

    /// Text that is no record.
    pub(crate) fn text(&mut self, text: &str) -> anyhow::Result<()> {
        match &mut self.place {
            Place::Stream(sink) => sink.text(text),
            Place::Folder { .. } => Ok(()),
        }
    }

    /// A record; an empty text is none.
    pub(crate) fn record(&mut self, text: &str) -> anyhow::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.written += 1;
        match &mut self.place {
            Place::Stream(sink) => sink.text(text),
            Place::Folder { path, ending } => {
                let file = file_of(path, self.written, ending);
                Ok(fs::write(&file, text).map_err(|cause| unwritable(&file, cause))?)
            }
        }
    }

    /// Hands everything over; how many records there were.
    pub(crate) fn close(self) -> anyhow::Result<u64> {
        if let Place::Stream(sink) = self.place {
            sink.close()?;
        }
        Ok(self.written)
    }
}

/// The file of a record, by its number from 1.
fn file_of(folder: &Path, number: u64, ending: &str) -> PathBuf {
    folder.join(format!("{number:08}.{ending}"))
}
