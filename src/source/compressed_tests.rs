#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]

use std::{
    fs,
    io::{Cursor, Read, Write},
};

use liblzma::stream::{LzmaOptions, Stream};

use super::{InputFormat, Stored, walk};

const BOX: &str = "From a@b.example Sun Nov  1 10:00:00 2026\nFrom: a@b.example\n\none\n\nFrom a@b.example Sun Nov  1 10:00:00 2026\nFrom: c@d.example\n\ntwo\n";

fn forms(bytes: &[u8]) -> [(&'static str, Vec<u8>); 6] {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(bytes).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    bzip2.write_all(bytes).unwrap();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 6);
    xz.write_all(bytes).unwrap();
    let options = LzmaOptions::new_preset(6).unwrap();
    let mut lzma = liblzma::write::XzEncoder::new_stream(Vec::new(), Stream::new_lzma_encoder(&options).unwrap());
    lzma.write_all(bytes).unwrap();
    let lzma = lzma.finish().unwrap();
    let zstd = zstd::encode_all(Cursor::new(bytes), 3).unwrap();
    [
        ("gzip", gzip.finish().unwrap()),
        ("bzip2", bzip2.finish().unwrap()),
        ("xz", xz.finish().unwrap()),
        ("lzip", lzip(&lzma, bytes)),
        ("lzma", lzma),
        ("zstd", zstd),
    ]
}

/// The same data as LZMA's file form holds behind its header of 13 bytes, in that of lzip: a dictionary of 8 MiB (1 << 23), and at the
/// end checksum, length and whole length.
fn lzip(lzma: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    let mut file = [b"LZIP\x01\x17", &lzma[13..], &sum.sum().to_le_bytes()].concat();
    file.extend((bytes.len() as u64).to_le_bytes());
    file.extend((file.len() as u64 + 8).to_le_bytes());
    file
}

/// What is read of a file with these bytes: the messages, and how many errors.
fn read(name: &str, bytes: &[u8]) -> (Vec<Stored>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let (read, failed): (Vec<_>, Vec<_>) = walk(&path, InputFormat::Auto).partition(Result::is_ok);
    let errors = failed.into_iter().map(|error| error.unwrap_err().to_string());
    (read.into_iter().flatten().collect(), errors.collect())
}

#[test]
fn each_compressor_is_read_through() {
    for (name, bytes) in forms(BOX.as_bytes()) {
        let (messages, errors) = read("box", &bytes);
        assert_eq!((messages.len(), errors.len()), (2, 0), "{name}: {errors:?}");
        assert!(messages[1].bytes.ends_with(b"two\n"));
        assert!(messages[1].origin.container.as_deref().unwrap().ends_with(name));
    }
    // Two layers.
    let (_, inner) = forms(BOX.as_bytes()).into_iter().next().unwrap();
    let (name, outer) = forms(&inner).into_iter().last().unwrap();
    let (messages, _) = read("box", &outer);
    assert_eq!(messages.len(), 2, "gzip in {name}");
    assert!(
        messages[0]
            .origin
            .container
            .as_deref()
            .unwrap()
            .ends_with("gzip in zstd")
    );
}

#[test]
fn damage_is_an_error_and_never_silence() {
    for (name, bytes) in forms(BOX.repeat(50).as_bytes()) {
        let cut = &bytes[..bytes.len() * 2 / 3];
        let (_, errors) = read("box", cut);
        assert!(!errors.is_empty(), "{name}");
    }
}

#[test]
fn streams_behind_each_other_are_one() {
    for (name, bytes) in forms(BOX.as_bytes()) {
        let (messages, errors) = read("box", &bytes.repeat(3));
        assert_eq!((messages.len(), errors.len()), (6, 0), "{name}: {errors:?}");
        // A tape or a block device fills up with zeros.
        let padded = [&bytes[..], &[0; 20_000], &bytes, &[0; 512]].concat();
        let (messages, errors) = read("box", &padded);
        assert_eq!((messages.len(), errors.len()), (4, 0), "{name}: {errors:?}");
        let (messages, errors) = read("box", &[&bytes[..], b"something else"].concat());
        assert_eq!((messages.len(), errors.len()), (2, 1), "{name}: {errors:?}");
        assert!(errors[0].contains("behind the compressed data"), "{errors:?}");
    }
    // pzstd writes a frame that says how long the next one is.
    let (_, frame) = forms(BOX.as_bytes()).into_iter().last().unwrap();
    let (messages, errors) = read("box", &[b"\x50\x2a\x4d\x18\x04\0\0\0abcd", &frame[..]].concat());
    assert_eq!((messages.len(), errors.len()), (2, 0), "{errors:?}");
}

/// As Dovecot stores it where it is told to compress.
#[test]
fn the_messages_of_a_maildir_one_by_one() {
    let message = b"From: a@b.example\n\nx\n";
    let root = tempfile::tempdir().unwrap();
    for folder in ["cur", "new"] {
        fs::create_dir(root.path().join(folder)).unwrap();
    }
    fs::write(root.path().join("cur/plain:2,S"), message).unwrap();
    for (name, bytes) in forms(message) {
        fs::write(root.path().join(format!("cur/{name}:2,S")), bytes).unwrap();
    }
    let read: Vec<Stored> = walk(root.path(), InputFormat::Auto).map(Result::unwrap).collect();
    assert_eq!(read.len(), 7);
    for stored in &read {
        let origin = &stored.origin;
        let compressed = !origin.path.ends_with("plain:2,S");
        assert_eq!(&*stored.bytes, message);
        assert_eq!((origin.format, origin.byte_offset), ("maildir", 0));
        assert_eq!(origin.container.as_deref().unwrap().contains(" in "), compressed);
    }
    assert_eq!(walk(root.path(), InputFormat::Maildir).flatten().count(), 7);
}

#[test]
fn memory_is_bounded_as_well() {
    let mut options = LzmaOptions::new_preset(6).unwrap();
    options.dict_size(512 << 20);
    let lzma = liblzma::write::XzEncoder::new_stream(Vec::new(), Stream::new_lzma_encoder(&options).unwrap());
    let (messages, errors) = read("box", &lzma.finish().unwrap());
    assert!(
        messages.is_empty() && errors[0].contains("128 MiB of memory"),
        "{errors:?}"
    );
}

#[test]
fn what_expands_beyond_measure_is_refused() {
    let bomb = zstd::encode_all(std::io::repeat(b'a').take(200 * 1024 * 1024), 3).unwrap();
    let (messages, errors) = read("box", &bomb);
    assert!(messages.is_empty() && errors[0].contains("200 times"), "{errors:?}");
}

#[test]
fn apple_mail() {
    let message = "From: a@b.example\nSubject: x\n\nhello\n";
    let file = |length: usize| format!("{length}\n{message}<?xml version=\"1.0\"?><plist/>\n");
    let (messages, errors) = read("1.emlx", file(message.len()).as_bytes());
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(*messages[0].bytes, *message.as_bytes());
    assert_eq!((messages[0].origin.format, messages[0].origin.byte_offset), ("emlx", 3));
    let (_, errors) = read("1.emlx", file(10_000).as_bytes());
    assert!(errors[0].contains("ends before"), "{errors:?}");
}
