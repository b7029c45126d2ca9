//! Any file of DNS answers: read or refused with a line, and what was read can be written and read again.

#![no_main]

use std::io::Write;

use libfuzzer_sys::fuzz_target;
use spoofcheck::dns::{self, Snapshot};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Snapshot::parse(text, "fuzz");
    }
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("to write");
    let Ok(imported) = dns::import(file.path(), Some("bank.example"), None) else {
        return;
    };
    let mut written = Vec::new();
    imported.write(&mut written).expect("to write into memory");
    let text = String::from_utf8(written).expect("UTF-8");
    let again = Snapshot::parse(&text, "again").expect("what was written can be read");
    assert_eq!(again.len(), imported.len());
});
