//! Archives made here: what is in them is read, with its place; what is damaged, hidden or beyond measure is an error with a name.

use std::io::{Cursor, Read, Seek, Write};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{InputFormat, SourceError, Stored, walk};

const MESSAGE: &str = "From: a@b.example\r\nSubject: one\r\n\r\nx\r\n";
const MBOX: &str = "From a@b.example Mon Jan  1 00:00:00 2024\nFrom: a@b.example\n\none\n\n\
    From a@b.example Mon Jan  1 00:00:01 2024\nFrom: c@d.example\n\ntwo\n";

fn zip(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    filled(ZipWriter::new(Cursor::new(Vec::new())), entries, method).into_inner()
}

/// As a program writes that cannot go back: the lengths stand behind the entries.
fn streamed_zip(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    filled(ZipWriter::new_stream(Vec::new()), entries, method).into_inner()
}

fn filled<W: Write + Seek>(mut writer: ZipWriter<W>, entries: &[(&str, &[u8])], method: CompressionMethod) -> W {
    for (name, content) in entries {
        writer
            .start_file(*name, SimpleFileOptions::default().compression_method(method))
            .expect("an entry");
        writer.write_all(content).expect("its content");
    }
    writer.finish().expect("an archive")
}

fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *content).expect("an entry");
    }
    builder.into_inner().expect("an archive")
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).expect("content");
    encoder.finish().expect("a stream")
}

fn read(name: &str, bytes: &[u8]) -> Vec<Result<Stored, SourceError>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("a file");
    walk(&path, InputFormat::Auto).collect()
}

/// Container, format and index of each message; of an error its words, without the folder.
fn told(name: &str, bytes: &[u8]) -> Vec<String> {
    let tell = |result: Result<Stored, SourceError>| match result {
        Ok(stored) => {
            let origin = stored.origin;
            assert!(origin.path.ends_with(name), "{}", origin.path);
            format!(
                "{} {} {}",
                origin.container.unwrap_or_default(),
                origin.format,
                origin.index
            )
        }
        Err(error) => {
            let text = error.to_string();
            format!(
                "error: {}",
                text.rsplit_once(name).map_or(text.as_str(), |(_, behind)| behind)
            )
        }
    };
    read(name, bytes).into_iter().map(tell).collect()
}

const ENTRIES: &[(&str, &[u8])] = &[("mail/1.eml", MESSAGE.as_bytes()), ("mail/all.mbox", MBOX.as_bytes())];

#[test]
fn entries_are_read_as_what_they_are() {
    let expected = |kind: &str| {
        vec![
            format!("mail/1.eml in {kind} eml 0"),
            format!("mail/all.mbox in {kind} mbox 0"),
            format!("mail/all.mbox in {kind} mbox 1"),
        ]
    };
    for method in [
        CompressionMethod::Stored,
        CompressionMethod::Deflated,
        CompressionMethod::Bzip2,
        CompressionMethod::Zstd,
    ] {
        assert_eq!(told("export.zip", &zip(ENTRIES, method)), expected("zip"));
    }
    // By the content, whatever the name.
    assert_eq!(
        told("export.bin", &zip(ENTRIES, CompressionMethod::Deflated)),
        expected("zip")
    );
    assert_eq!(told("export.tar", &tar(ENTRIES)), expected("tar"));
    assert_eq!(told("export.tgz", &gzip(&tar(ENTRIES))), expected("tar in gzip"));
    let bytes = &read("export.zip", &zip(ENTRIES, CompressionMethod::Deflated))[0];
    assert_eq!(
        bytes.as_ref().map(|stored| &*stored.bytes).ok(),
        Some(MESSAGE.as_bytes())
    );
}

/// An archive of one entry, compressed by other means.
fn packed_zip(method: u16, packed: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut archive = zip(&[("1.eml", packed)], CompressionMethod::Stored);
    let mut sum = flate2::Crc::new();
    sum.update(plain);
    let length = u32::try_from(plain.len()).expect("a short text").to_le_bytes();
    let directory = memchr::memmem::find(&archive, b"PK\x01\x02").expect("a directory");
    for header in [8, directory + 10] {
        archive[header..header + 2].copy_from_slice(&method.to_le_bytes());
        archive[header + 6..header + 10].copy_from_slice(&sum.sum().to_le_bytes());
        archive[header + 14..header + 18].copy_from_slice(&length);
    }
    archive
}

#[test]
fn xz_and_lzma_in_zip() {
    use liblzma::{
        read::XzEncoder,
        stream::{LzmaOptions, Stream},
    };
    let long = format!("{MESSAGE}{}", "text\r\n".repeat(10_000));
    let compressed = |mut encoder: XzEncoder<&[u8]>| {
        let mut packed = Vec::new();
        encoder.read_to_end(&mut packed).expect("a stream");
        packed
    };
    let xz = compressed(XzEncoder::new(long.as_bytes(), 6));
    let options = LzmaOptions::new_preset(6).expect("options");
    let lzma = compressed(XzEncoder::new_stream(
        long.as_bytes(),
        Stream::new_lzma_encoder(&options).expect("an encoder"),
    ));
    let lzma = [&[5, 8, 5, 0][..], &lzma[..5], &lzma[13..]].concat();
    for (method, packed) in [(95, xz), (14, lzma)] {
        let archive = packed_zip(method, &packed, long.as_bytes());
        let messages = read("export.zip", &archive);
        let bytes = messages[0].as_ref().map(|stored| &*stored.bytes).ok();
        assert_eq!((messages.len(), bytes), (1, Some(long.as_bytes())), "{method}");
        // Without the directory, too.
        let directory = memchr::memmem::find(&archive, b"PK\x01\x02").expect("a directory");
        let entries = told("export.zip", &archive[..directory]);
        assert_eq!(entries.last().map(String::as_str), Some("1.eml in zip eml 0"));
        let torn = packed_zip(method, &packed[..packed.len() / 2], long.as_bytes());
        assert!(told("torn.zip", &torn)[0].starts_with("error: "), "{method}");
    }
    assert!(told("no.zip", &packed_zip(14, b"PK", b"x"))[0].starts_with("error: "));
}

#[test]
fn archives_within_archives_have_an_end() {
    let inner = zip(&[("1.eml", MESSAGE.as_bytes())], CompressionMethod::Deflated);
    let outer = tar(&[("inner.zip", &inner), ("2.eml.gz", &gzip(MESSAGE.as_bytes()))]);
    assert_eq!(
        told("outer.tar", &outer),
        [
            "1.eml in zip in inner.zip in tar eml 0",
            "gzip in 2.eml.gz in tar eml 0"
        ]
    );
    let mut deep = MESSAGE.as_bytes().to_vec();
    for _ in 0..8 {
        deep = zip(&[("deeper.zip", &deep)], CompressionMethod::Stored);
    }
    let told = told("deep.zip", &deep);
    assert_eq!(told.len(), 1);
    let limit = format!("nested too deep (more than {} layers", super::compressed::MAX_LAYERS);
    assert!(told[0].contains(&limit), "{told:?}");
}

#[test]
fn names_are_text_and_links_are_not_followed() {
    let traversal = zip(&[("../../etc/passwd", MESSAGE.as_bytes())], CompressionMethod::Stored);
    assert_eq!(told("evil.zip", &traversal), ["../../etc/passwd in zip eml 0"]);
    let mut builder = tar::Builder::new(Vec::new());
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    builder
        .append_link(&mut link, "link.eml", "/etc/passwd")
        .expect("a link");
    let long = format!("{}/1.eml", "folder".repeat(40));
    let mut header = tar::Header::new_gnu();
    header.set_size(MESSAGE.len() as u64);
    builder
        .append_data(&mut header, &long, MESSAGE.as_bytes())
        .expect("a long name");
    let bytes = builder.into_inner().expect("an archive");
    assert_eq!(told("links.tar", &bytes), [format!("{long} in tar eml 0")]);
}

#[test]
fn damage_costs_what_it_damages() {
    // A letter of the first entry's content: its checksum fails, the second is read.
    let mut bytes = zip(
        &[("1.eml", MESSAGE.as_bytes()), ("2.eml", MESSAGE.as_bytes())],
        CompressionMethod::Stored,
    );
    let at = memchr::memmem::find(&bytes, b"Subject").expect("the content");
    bytes[at] = b'T';
    let damaged = told("damaged.zip", &bytes);
    assert_eq!(damaged.len(), 2);
    assert!(
        damaged[0].starts_with("error: /1.eml") && damaged[0].contains("checksum"),
        "{damaged:?}"
    );
    assert_eq!(damaged[1], "2.eml in zip eml 0");
    let whole = tar(ENTRIES);
    let cut = told("cut.tar", &whole[..1600]);
    assert_eq!(cut[0], "mail/1.eml in tar eml 0");
    assert!(cut.len() == 2 && cut[1].starts_with("error"), "{cut:?}");
    // A damaged header costs its entry, not those behind it.
    let mut header = tar(&[ENTRIES[0], ENTRIES[0], ENTRIES[1]]);
    header[1024 + 3] ^= 1;
    let damaged = told("header.tar", &header);
    assert!(damaged[1].contains("header of the archive is damaged"), "{damaged:?}");
    assert_eq!(
        damaged[2..],
        ["mail/all.mbox in tar mbox 0", "mail/all.mbox in tar mbox 1"]
    );
    assert_eq!(
        told("header.tgz", &gzip(&whole[..1600]))[1],
        "error: /mail/all.mbox: cannot be read: the archive ends within this entry"
    );
}

#[test]
fn errors_tell_what_they_stand_in() {
    let inner = gzip(b"no mail");
    let places: Vec<_> = read("all.tgz", &gzip(&tar(&[("note.gz", &inner)])))
        .into_iter()
        .map(|result| result.expect_err("no message").container)
        .collect();
    assert_eq!(places, [Some("gzip in note.gz in tar in gzip".to_owned())]);
}

#[test]
fn entries_are_found_without_the_directory() {
    let found = [
        "mail/1.eml in zip eml 0",
        "mail/all.mbox in zip mbox 0",
        "mail/all.mbox in zip mbox 1",
    ];
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        for lengths_behind in [false, true] {
            let whole = match lengths_behind {
                false => zip(ENTRIES, method),
                true => streamed_zip(ENTRIES, method),
            };
            assert_eq!(told("whole.zip", &whole), found);
            let directory = memchr::memmem::find(&whole, b"PK\x01\x02").expect("the directory");
            let mut damaged = whole.clone();
            damaged[directory] ^= 1;
            for bytes in [&whole[..directory], &damaged] {
                let told = told("cut.zip", bytes);
                assert!(told[0].contains("its entries are looked for"), "{told:?}");
                assert_eq!(told[1..], found, "{method} {lengths_behind}");
            }
        }
    }
    // The first header tells a length that reaches beyond everything.
    let mut damaged = zip(ENTRIES, CompressionMethod::Stored);
    damaged.truncate(memchr::memmem::find(&damaged, b"PK\x01\x02").expect("the directory"));
    damaged[21] = 0x7f;
    assert_eq!(told("length.zip", &damaged)[1..], found);
    // Broken off within the second entry; within the first; before it.
    let whole = zip(ENTRIES, CompressionMethod::Stored);
    let second = memchr::memmem::rfind(&whole, b"PK\x03\x04").expect("the second entry");
    let cut = told("cut.zip", &whole[..second + 100]);
    assert_eq!(cut[1], found[0]);
    assert!(
        cut.len() == 3 && cut[2].contains("/mail/all.mbox: cannot be read: the archive ends"),
        "{cut:?}"
    );
    for length in [4, 20, 35] {
        let cut = told("cut.zip", &whole[..length]);
        assert!(cut.len() == 1 && cut[0].contains("damaged ZIP archive"), "{cut:?}");
    }
}

#[test]
fn marks_without_entries_come_to_an_end() {
    // A name with a NUL is none; the lengths reach beyond everything.
    let false_entry = [&b"PK\x03\x04"[..], &[0; 22], b"\x02\0\xff\xff\0a"].concat();
    let told = told("marks.zip", &[&whole_entry()[..], &false_entry.repeat(1100)].concat());
    assert_eq!(told[1], "1.eml in zip eml 0");
    assert!(told.len() == 3 && told[2].contains("not searched"), "{told:?}");
}

/// An archive without its directory.
fn whole_entry() -> Vec<u8> {
    let mut whole = zip(&[("1.eml", MESSAGE.as_bytes())], CompressionMethod::Stored);
    whole.truncate(memchr::memmem::find(&whole, b"PK\x01\x02").expect("the directory"));
    whole
}

#[test]
fn entries_with_one_name_are_all_read() {
    let mut bytes = zip(
        &[("1.eml", MESSAGE.as_bytes()), ("2.eml", MESSAGE.as_bytes())],
        CompressionMethod::Deflated,
    );
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, b"2.eml").collect();
    for at in places {
        bytes[at] = b'1';
    }
    assert_eq!(told("twice.zip", &bytes), ["1.eml in zip eml 0"; 2]);
}

#[test]
fn entries_that_overlap_are_refused() {
    let names: Vec<String> = (0..9).map(|number| format!("{number}.eml")).collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), MESSAGE.as_bytes())).collect();
    let mut bytes = zip(&entries, CompressionMethod::Stored);
    // All of the directory's entries name the place of the first, and twice its length (APPNOTE 4.3.12).
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").collect();
    for at in places {
        bytes[at + 20..at + 28].copy_from_slice(&[(MESSAGE.len() * 4) as u8, 0, 0, 0].repeat(2));
        bytes[at + 42..at + 46].fill(0);
    }
    let told = told("overlap.zip", &bytes);
    let last = told.last().expect("an error");
    assert!(told.len() < 9 && last.contains("entries overlap"), "{told:?}");
}

#[test]
fn tar_of_old_writers_and_of_large_files() {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_old();
    header.set_path("1.eml").expect("a name");
    header.set_size(MESSAGE.len() as u64);
    header.set_cksum();
    builder.append(&header, MESSAGE.as_bytes()).expect("an entry");
    // The length as an extended header tells it (POSIX pax), the plain one is wrong.
    builder
        .append_pax_extensions([("size", MESSAGE.len().to_string().as_bytes())])
        .expect("an extension");
    let mut large = tar::Header::new_ustar();
    large.set_path("2.eml").expect("a name");
    large.set_size(0);
    large.set_cksum();
    builder.append(&large, MESSAGE.as_bytes()).expect("an entry");
    let bytes = builder.into_inner().expect("an archive");
    assert_eq!(told("old.tar", &bytes), ["1.eml in tar eml 0", "2.eml in tar eml 0"]);
}

#[test]
fn what_is_locked_or_grows_beyond_measure_is_said() {
    let mut locked = zip(&[("1.eml", MESSAGE.as_bytes())], CompressionMethod::Stored);
    // The flag of encryption, in the entry and in the directory (APPNOTE 4.4.4).
    let directory = memchr::memmem::find(&locked, b"PK\x01\x02").expect("the directory");
    locked[6] |= 1;
    locked[directory + 8] |= 1;
    let told_of = told("locked.zip", &locked);
    assert!(told_of.len() == 1 && told_of[0].contains("encrypted"), "{told_of:?}");
    let bomb = vec![b' '; 80 * 1024 * 1024];
    let bytes = zip(
        &[("bomb.eml", &bomb), ("2.eml", MESSAGE.as_bytes())],
        CompressionMethod::Deflated,
    );
    let told_of = told("bomb.zip", &bytes);
    assert!(told_of[0].contains("expands to more than"), "{told_of:?}");
    assert_eq!(told_of[1], "2.eml in zip eml 0");
    let office = zip(
        &[("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")],
        CompressionMethod::Stored,
    );
    let told_of = told("letter.docx", &office);
    assert!(
        told_of.len() == 1 && told_of[0].contains("office document"),
        "{told_of:?}"
    );
}

mod any_bytes {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        /// Whatever is flipped or cut, reading comes to an end, and all that is left is a message or an error.
        #[test]
        fn of_an_archive_end(kind in 0..5usize, flips in prop::collection::vec((0..4096usize, any::<u8>()), 0..8), cut in 0..4096usize) {
            let mut bytes = match kind {
                0 => zip(ENTRIES, CompressionMethod::Deflated),
                1 => tar(ENTRIES),
                2 => streamed_zip(ENTRIES, CompressionMethod::Deflated),
                3 => {
                    let mut whole = streamed_zip(ENTRIES, CompressionMethod::Stored);
                    whole.truncate(whole.len() - 30);
                    whole
                }
                _ => gzip(&tar(ENTRIES)),
            };
            for (at, value) in flips {
                let length = bytes.len();
                bytes[at % length] = value;
            }
            bytes.truncate(bytes.len() - cut % bytes.len() / 4);
            prop_assert!(read("any.bin", &bytes).len() <= 16);
        }
    }
}
