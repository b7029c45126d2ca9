//! Maildir: a folder with `cur` and `new`, a message a file in them; and what mail stores keep beside the mail.

use std::{ffi::OsStr, path::Path};

/// What servers keep beside the mail of a Maildir, by the beginning of its name: indexes, flags, quotas, subscriptions.
const NOTES: [&[u8]; 4] = [b"dovecot", b"courier", b"maildir", b"subscriptions"];
/// What MH and Cyrus keep in a folder of files of a message each, which nothing but such names tells.
const NOTES_OF_FOLDERS: [&[u8]; 6] = [
    b".mh_sequences",
    b"cyrus.annotations",
    b"cyrus.cache",
    b"cyrus.header",
    b"cyrus.index",
    b"cyrus.squat",
];

/// The Maildir folder that a message file stands in: its own folder is `cur` or `new` of one.
pub(super) fn folder_of(path: &Path) -> Option<&Path> {
    let folder = path.parent()?;
    let name = folder.file_name()?;
    let named = name == OsStr::new("cur") || name == OsStr::new("new");
    folder.parent().filter(|parent| named && is_maildir(parent))
}

fn is_maildir(folder: &Path) -> bool {
    folder.join("cur").is_dir() && folder.join("new").is_dir()
}

/// Whether a file or folder in a folder of mail is no mail of it: mail that is still being delivered, and what programs keep.
pub(super) fn stands_aside(path: &Path, is_folder: bool) -> bool {
    let name = path.file_name().map_or(&b""[..], OsStr::as_encoded_bytes);
    if !is_folder && NOTES_OF_FOLDERS.contains(&name) {
        return true;
    }
    let aside = match is_folder {
        true => name == b"tmp",
        false => NOTES.iter().any(|note| name.starts_with(note)),
    };
    aside && path.parent().is_some_and(is_maildir)
}
