//! The few ways to fail. A hostile message is never one of them: its damage is data.

use std::{fmt, io, path::PathBuf};

/// Why an input or a file of the user could not be used.
#[derive(Debug)]
pub enum Error {
    /// The input could not be opened or read.
    Read {
        /// Path, or `-` for standard input.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The result could not be written.
    Write {
        /// Path, or `-` for standard output.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The input holds no message: it is empty, or has no header field.
    NoMessage {
        /// Path, or `-` for standard input.
        path: PathBuf,
        /// In what way it is none: "empty", "no header field", "binary data".
        what: String,
    },
    /// The program has a fault that this message brings out.
    Fault {
        /// Path, or `-` for standard input.
        path: PathBuf,
    },
    /// A DNS snapshot has a line that cannot be read.
    Snapshot {
        /// The file.
        path: PathBuf,
        /// 1-based line.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// A setting cannot be used.
    Configuration {
        /// What is wrong, naming the setting.
        what: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, cause } => write!(f, "{}: cannot be read: {cause}", path.display()),
            Self::Write { path, cause } => {
                write!(f, "{}: cannot be written: {cause}", path.display())
            }
            Self::NoMessage { path, what } => {
                write!(f, "{}: holds no message: {what}", path.display())
            }
            Self::Fault { path } => write!(
                f,
                "{}: could not be analysed: the program has a fault, please report it",
                path.display()
            ),
            Self::Snapshot { path, line, what } => {
                write!(f, "{}: line {line}: {what}", path.display())
            }
            Self::Configuration { what } => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { cause, .. } | Self::Write { cause, .. } => Some(cause),
            _ => None,
        }
    }
}
