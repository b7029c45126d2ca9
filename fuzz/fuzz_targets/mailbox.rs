//! Any file: read as whatever it is taken for, each message examined, each report drawn in every form. No control
//! character reaches the terminal, and the JSON is on one line.

#![no_main]

use std::{io::Write, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use spoofcheck::{
    dns::Snapshot,
    examiner::{self, Settings},
    report::{
        human::{self, HumanOptions},
        json,
    },
    source::{self, InputFormat},
    time::Timestamp,
};

static SNAPSHOT: LazyLock<Snapshot> = LazyLock::new(|| {
    let text = include_str!("../../testdata/dns.jsonl");
    Snapshot::parse(text, "dns.jsonl").expect("the snapshot of the fixtures")
});

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("to write");
    let settings = Settings {
        diagnosis_limit: 1 << 20,
        ..Settings::new(Timestamp(1_790_000_000))
    };
    for stored in source::walk(file.path(), InputFormat::Auto).flatten() {
        let report = examiner::examine(&stored, &settings, &SNAPSHOT);
        let line = json::to_string(&report, false, false);
        assert!(!line.trim_end().contains(['\n', '\r', '\u{1b}']), "{line}");
        json::to_string(&report, true, false);
        for (width, story) in [(40, false), (120, true)] {
            let options = HumanOptions {
                width,
                color: false,
                verbose: 2,
                defang: story,
                ascii: story,
                story,
            };
            let text = human::render(&report, &options);
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
        }
    }
});
