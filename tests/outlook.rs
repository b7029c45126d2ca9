//! Outlook's .msg files, made here: what is rebuilt is said to be, and no signature fails for it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use std::{
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
};

use spoofcheck::{
    dns::Snapshot,
    examiner::{self, Settings},
    report::Report,
    source::{self, InputFormat, SourceError},
    time::Timestamp,
    verdict::Label,
};

/// An item with these texts as Unicode properties.
fn item(texts: &[(&str, &str)]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (id, text) in texts {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut stream = file.create_stream(format!("/__substg1.0_{id}001F")).unwrap();
        stream.write_all(&bytes).unwrap();
    }
    // Sent on 19 October 2026 at 08:00 UTC, as 100 ns since 1601.
    let mut fixed = vec![0; 32];
    let filetime: u64 = (1_792_396_800 + 11_644_473_600) * 10_000_000;
    fixed.extend([0x40, 0, 0x39, 0, 0, 0, 0, 0]);
    fixed.extend(filetime.to_le_bytes());
    file.create_stream("/__properties_version1.0")
        .unwrap()
        .write_all(&fixed)
        .unwrap();
    file.into_inner().into_inner()
}

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

fn header_of(name: &str) -> String {
    let message = std::fs::read_to_string(testdata(name)).unwrap();
    message.split_once("\r\n\r\n").unwrap().0.to_owned()
}

fn report(bytes: &[u8]) -> Result<Report, SourceError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("item.dat");
    std::fs::write(&path, bytes).unwrap();
    let stored = source::walk(&path, InputFormat::Auto).next().unwrap()?;
    assert_eq!(stored.origin.format, "msg");
    assert_eq!(stored.origin.byte_length, bytes.len() as u64);
    let snapshot = Snapshot::read(testdata("dns.jsonl")).unwrap();
    Ok(examiner::examine(
        &stored,
        &Settings::new(Timestamp(1_793_491_200)),
        &snapshot,
    ))
}

#[test]
fn the_header_is_judged_and_signatures_never_fail() {
    let header = header_of("genuine-direct.eml");
    let plain = report(&item(&[("001A", "IPM.Note"), ("007D", &header)])).unwrap();
    let noted = format!("Microsoft Mail Internet Headers Version 2.0\r\n{header}\r\n\r\n");
    let noted = report(&item(&[("001A", "IPM.Note"), ("007D", &noted)])).unwrap();
    let altered = header.replace("Subject: ", "Subject: Fwd ");
    let altered = report(&item(&[("001A", "IPM.Note.SMIME"), ("007D", &altered)])).unwrap();
    for report in [&plain, &noted, &altered] {
        assert!(
            report
                .source
                .export_notes
                .iter()
                .any(|note| note.contains("rebuilt from an Outlook item"))
        );
        assert!(report.findings.iter().any(|finding| finding.id == "ST-710"));
        assert!(
            report.verdict.label < Label::LikelySpoofed,
            "{:?}",
            report.verdict.summary
        );
        assert!(!report.authentication.dkim.is_empty());
        let json = serde_json::to_value(report).unwrap();
        for check in json["authentication"]["dkim"].as_array().unwrap() {
            assert_eq!(check["body_hash"], "not-evaluable");
            assert_ne!(check["signature"], "invalid");
            assert_eq!(
                (&check["result"], &check["reason"]),
                (&serde_json::Value::Null, &"not-evaluable".into())
            );
        }
    }
    // The envelope and SPF are told as of any message.
    assert_eq!(plain.envelope.client_ip.value.as_deref(), Some("198.51.100.10"));
}

#[test]
fn a_forged_one_is_still_forged() {
    let spoof = report(&item(&[("001A", "IPM.Note"), ("007D", &header_of("spoof-reject.eml"))])).unwrap();
    assert!(spoof.verdict.label >= Label::LikelySpoofed, "{}", spoof.verdict.summary);
}

#[test]
fn without_a_header_the_properties_speak() {
    let texts = [
        ("001A", "IPM.Note"),
        ("0C1A", "Ann \"the boss\""),
        ("5D01", "ann@corp.example"),
        ("0E04", "Bob"),
        ("0037", "Über\r\nX-Injected: 1"),
    ];
    let report = report(&item(&texts)).unwrap();
    assert_eq!(report.message.from[0].address.as_deref(), Some("ann@corp.example"));
    assert_eq!(
        report.message.date.map(|date| date.to_string()).as_deref(),
        Some("2026-10-19T08:00:00Z")
    );
    assert_eq!(report.message.subject.as_deref(), Some("Über  X-Injected: 1"));
    assert_eq!(report.verdict.label, Label::Inconclusive);
}

#[test]
fn what_is_no_message_is_named() {
    let refused = |bytes: &[u8]| report(bytes).unwrap_err().to_string();
    assert!(refused(&item(&[("001A", "IPM.Contact"), ("3001", "Ann")])).contains("IPM.Contact"));
    assert!(refused(&item(&[])).contains("without a message class"));
    let whole = item(&[("001A", "IPM.Note"), ("007D", &header_of("genuine-direct.eml"))]);
    for cut in (0..whole.len()).step_by(509) {
        // Whatever is left: an item, or an error.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.msg");
        std::fs::write(&path, &whole[..cut]).unwrap();
        assert_eq!(source::walk(&path, InputFormat::Auto).count(), 1);
    }
}

/// A data file of Outlook with three messages of testdata in two folders, compressed.
#[test]
fn data_files_are_read_folder_by_folder() {
    let path = testdata("outlook.pst.gz");
    let read: Vec<_> = source::walk(&path, InputFormat::Auto).map(Result::unwrap).collect();
    let folders: Vec<&str> = read
        .iter()
        .map(|stored| stored.origin.container.as_deref().unwrap())
        .collect();
    assert_eq!(
        folders,
        [
            "Inbox in pst in gzip",
            "Inbox in pst in gzip",
            "Inbox/Projects in pst in gzip"
        ]
    );
    for (at, stored) in read.iter().enumerate() {
        assert_eq!((stored.origin.format, stored.origin.index), ("pst", at));
        let report = examiner::examine(
            stored,
            &Settings::new(Timestamp(1_793_491_200)),
            &Snapshot::read(testdata("dns.jsonl")).unwrap(),
        );
        assert!(report.source.export_notes[0].starts_with("rebuilt from an Outlook item"));
        let dkim = &report.authentication.dkim;
        assert!(
            dkim.iter()
                .all(|check| check.reason.as_deref() == Some("not-evaluable"))
        );
    }
    let header = String::from_utf8_lossy(&read[2].bytes);
    assert!(header.contains("<ann@univ.example>\r\n"), "{header}");
}

/// Data files that are damaged cost themselves, and say what to do.
#[test]
fn damaged_data_files_are_errors() {
    let mut whole = Vec::new();
    let packed = std::fs::read(testdata("outlook.pst.gz")).unwrap();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed[..]), &mut whole).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("box");
    let errors = |bytes: &[u8]| -> Vec<String> {
        std::fs::write(&path, bytes).unwrap();
        let errors = source::walk(&path, InputFormat::Auto).filter_map(Result::err);
        errors.map(|error| error.to_string()).collect()
    };
    assert_eq!(errors(&whole), [""; 0]);
    for cut in [4, 11, 500, 20_000] {
        let errors = errors(&whole[..cut]);
        assert!(errors[0].contains("readpst"), "{errors:?}");
    }
    for step in [61, 997, 4099] {
        for start in [600, 1000, 5000] {
            let mut changed = whole.clone();
            changed
                .iter_mut()
                .skip(start)
                .step_by(step)
                .for_each(|byte| *byte ^= 0x11);
            assert!(!errors(&changed).is_empty(), "every {step} from {start}");
        }
    }
}
