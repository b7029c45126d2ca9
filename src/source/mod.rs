//! Bytes in, one message at a time, in a stable order, each with its Origin.

/// Where a message was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Path as given, or `-` for standard input.
    pub path: String,
    /// `eml`, `mbox`, `maildir`, `headers`, `jsonl`.
    pub format: &'static str,
    /// Path inside a container, when there is one.
    pub container: Option<String>,
    /// Number of the message in its file, from 0.
    pub index: usize,
    /// First byte in the file.
    pub byte_offset: u64,
    /// Bytes stored.
    pub byte_length: u64,
    /// SHA-256 of the stored bytes, in hex.
    pub sha256: String,
}
