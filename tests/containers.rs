//! Mailboxes of other projects' suites, where they are at hand.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test reports on its output and fails by panicking"
)]

use std::path::{Path, PathBuf};

use spoofcheck::{
    error::Error,
    message::Message,
    source::{InputFormat, Stored, open_eml, walk},
};

/// A path among the public suites; `None`, with a word about it, where they are not at hand.
fn suite(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("../shared/conformance/mail-formats").join(name);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn messages(path: &Path, format: InputFormat) -> (Vec<Stored>, usize) {
    let (read, failed): (Vec<_>, Vec<_>) = walk(path, format).partition(Result::is_ok);
    (read.into_iter().flatten().collect(), failed.len())
}

#[test]
fn go_mbox() {
    let Some(folder) = suite("go-mbox") else { return };
    for (name, expected) in [
        ("mboxWithThreeMessages.mbox", 3),
        ("mboxWithThreeMessagesMalformedButValid.mbox", 3),
        ("mboxWithStartingLF.txt", 3),
        ("mboxWithOneMessage.mbox", 1),
    ] {
        let path = folder.join(name);
        let (found, failed) = messages(&path, InputFormat::Mbox);
        assert_eq!((found.len(), failed), (expected, 0), "{name}");
        let file = std::fs::read(&path).unwrap();
        for stored in &found {
            let start = usize::try_from(stored.origin.byte_offset).unwrap();
            assert_eq!(*stored.bytes, file[start..start + stored.bytes.len()], "{name}");
            assert!(Message::read(&stored.bytes).mbox_line.is_some());
        }
        assert_eq!(messages(&path, InputFormat::Auto).0.len(), expected);
    }
    let missing = folder.join("mboxWithOneMessageMissingSeparator.mbox");
    assert_eq!(messages(&missing, InputFormat::Mbox).1, 1);
    assert_eq!(messages(&missing, InputFormat::Auto).0.len(), 1);
}

#[test]
fn sisimai() {
    let Some(folder) = suite("sisimai") else { return };
    for name in ["size-0.mbox", "size-1.mbox", "size-2.mbox"] {
        let error = open_eml(&folder.join(name)).unwrap_err();
        assert!(matches!(error, Error::NoMessage { .. }), "{name}: {error}");
    }
    let bytes = std::fs::read(folder.join("mbox-0.mbox")).unwrap();
    let from_lines = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| line.starts_with(b"From "));
    let (found, failed) = messages(&folder.join("mbox-0.mbox"), InputFormat::Auto);
    println!("sisimai mbox-0: {} messages", found.len());
    assert_eq!((found.len(), failed), (from_lines.count(), 0));
    for (dos, mac) in [("dos-newlines", "mac-newlines")] {
        let (dos, mac) = (
            messages(&folder.join(dos), InputFormat::Auto).0,
            messages(&folder.join(mac), InputFormat::Auto).0,
        );
        assert_eq!(dos.len(), 6);
        for (dos, mac) in dos.iter().zip(&mac) {
            let (dos, mac) = (Message::read(&dos.bytes), Message::read(&mac.bytes));
            let fields = |message: &Message<'_>| -> Vec<(String, String)> {
                message
                    .fields
                    .iter()
                    .map(|field| (field.name().into_owned(), field.text().to_owned()))
                    .collect()
            };
            assert_eq!(fields(&dos), fields(&mac));
            assert_eq!((dos.line_endings.name(), mac.line_endings.name()), ("crlf", "cr"));
        }
    }
}

#[test]
fn maildir() {
    let Some(folder) = suite("maildir") else { return };
    for format in [InputFormat::Auto, InputFormat::Maildir] {
        // The sample's files hold a letter each: six places found, in order, none of them a message.
        let found: Vec<_> = walk(&folder, format).filter_map(Result::err).collect();
        assert_eq!(found.len(), 6);
        assert!(found.iter().all(|error| error.format == "maildir"));
        let paths: Vec<&Path> = found.iter().map(|error| Path::new(&error.path)).collect();
        assert!(paths.is_sorted(), "{paths:?}");
    }
}

/// Files of Tika's suite that hold no message, or not one.
const TIKA: [(&str, usize, usize); 9] = [
    ("LICENSE-Apache-2.0", 0, 1),
    ("complex.mbox", 3, 0),
    // Mailboxes whose messages have no header.
    ("simple.mbox", 2, 0),
    ("quoted.mbox", 1, 0),
    ("headers.mbox", 1, 0),
    // Outlook items that are no mail.
    ("testMSG_Appointment.msg", 0, 1),
    ("testMSG_Contact.msg", 0, 1),
    ("testMSG_StickyNote.msg", 0, 1),
    ("testMSG_Task.msg", 0, 1),
];

#[test]
fn tika() {
    let Some(folder) = suite("tika") else { return };
    let mut files = 0;
    for entry in walkdir::WalkDir::new(&folder).into_iter().flatten() {
        if !entry.file_type().is_file() {
            continue;
        }
        files += 1;
        let name = entry.file_name().to_str().unwrap();
        let listed = TIKA.iter().find(|(listed, ..)| *listed == name);
        let expected = listed.map_or((1, 0), |(_, read, refused)| (*read, *refused));
        let (read, refused) = messages(entry.path(), InputFormat::Auto);
        assert_eq!((read.len(), refused), expected, "{name}");
    }
    println!("tika: {files} files");
}

#[test]
fn mail_parser() {
    let Some(folder) = suite("mail-parser") else { return };
    let (mut mails, mut others) = (0, 0);
    for entry in walkdir::WalkDir::new(&folder).into_iter().flatten() {
        if !entry.file_type().is_file() {
            continue;
        }
        let is_mail = entry.path().extension().is_some_and(|extension| extension == "eml");
        let (read, refused) = messages(entry.path(), InputFormat::Auto);
        let expected = if is_mail { (1, 0) } else { (0, 1) };
        assert_eq!((read.len(), refused), expected, "{}", entry.path().display());
        for stored in &read {
            assert!(!Message::read(&stored.bytes).fields.is_empty());
        }
        *(if is_mail { &mut mails } else { &mut others }) += 1;
    }
    println!("mail-parser: {mails} messages, {others} other files");
}

/// A copy of each sample, cut off and with bytes changed: reading ends, and each item is a message or an error.
#[test]
fn corrupted_copies_are_read_to_their_end() {
    let folder = tempfile::tempdir().unwrap();
    let (mut copies, mut read, mut refused) = (0, 0, 0);
    for name in ["go-mbox", "tika", "sisimai", "maildir", "mail-parser/thirdparty"] {
        let Some(samples) = suite(name) else { return };
        for sample in walkdir::WalkDir::new(&samples)
            .into_iter()
            .flatten()
            .filter(|entry| entry.file_type().is_file())
        {
            let whole = std::fs::read(sample.path()).unwrap();
            let mut changed = whole.clone();
            let step = whole.len() / 7 + 1;
            changed.iter_mut().step_by(step).for_each(|byte| *byte ^= 0x55);
            let mut zeroed = whole.clone();
            let third = whole.len() / 3;
            zeroed[third..(third + 600).min(whole.len())].fill(0);
            for (at, bytes) in [changed, zeroed, whole[..third].to_vec(), whole[third..].to_vec()]
                .iter()
                .enumerate()
            {
                let extension = sample
                    .path()
                    .extension()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                let path = folder.path().join(format!("copy{at}.{extension}"));
                std::fs::write(&path, bytes).unwrap();
                let (messages, failed) = messages(&path, InputFormat::Auto);
                assert!(
                    messages.len() + failed > 0,
                    "{} is passed over in silence",
                    sample.path().display()
                );
                copies += 1;
                read += messages.len();
                refused += failed;
            }
        }
    }
    println!("corrupted copies: {copies} files, {read} messages read, {refused} errors");
}
