//! Scans that end early and go on, and mailboxes that are scanned piece by piece.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

#[allow(dead_code, reason = "shared with other tests")]
#[path = "common/scans.rs"]
mod scans;
use scans::{lines, mailbox, scan, testdata, text};

/// Killed at any point, a run goes on where it stopped: what both printed is what one run prints.
#[test]
fn killed_runs_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = mailbox(folder.path(), 60);
    let file = file.to_str().unwrap();
    let uninterrupted = scan(&[file, "--fail-on", "inconclusive"]).output().unwrap();
    assert!(uninterrupted.status.code().is_some_and(|code| code >= 10));
    let whole = uninterrupted.stdout;
    assert_eq!(whole.split(|byte| *byte == b'\n').count(), 241);
    let mut cut_short = 0;
    for run in 0..10_u64 {
        let part = folder.path().join("part.jsonl");
        let name = part.to_str().unwrap();
        let mut child = scan(&["-o", name, file]).stdout(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(60 + run * 90));
        // SIGKILL: nothing is flushed.
        child.kill().unwrap();
        child.wait().unwrap();
        cut_short += usize::from(fs::metadata(&part).is_ok_and(|kept| kept.len() < whole.len() as u64));
        if !part.exists() {
            File::create(&part).unwrap();
        }
        let again: Vec<&str> = if run % 2 == 0 {
            vec!["--resume", name, "-o", name, file]
        } else {
            vec!["--resume", name, file]
        };
        let rest = scan(&again).output().unwrap();
        let mut joined = fs::read(&part).unwrap();
        joined.extend_from_slice(&rest.stdout);
        assert!(
            joined == whole,
            "run {run}: {} bytes joined, {} in one run",
            joined.len(),
            whole.len()
        );
    }
    println!("{cut_short} of 10 runs were cut short");
    assert!(cut_short > 0);
    // All was done before: the exit is that of the whole.
    let kept = folder.path().join("whole.jsonl");
    fs::write(&kept, &whole).unwrap();
    for (fail_on, code) in [("inconclusive", uninterrupted.status.code()), ("never", Some(0))] {
        let nothing = scan(&["--resume", kept.to_str().unwrap(), "--fail-on", fail_on, file])
            .output()
            .unwrap();
        assert_eq!((nothing.status.code(), nothing.stdout.len()), (code, 0), "{fail_on}");
    }
    let summed = scan(&["--resume", kept.to_str().unwrap(), "--summary", "human", file])
        .output()
        .unwrap();
    let summed = String::from_utf8(summed.stderr).unwrap();
    assert!(summed.contains("behind 240 records of an earlier run"), "{summed}");
    let other = testdata("spoof-reject.eml");
    let kept = folder.path().join("part.jsonl");
    let before = fs::read(&kept).unwrap();
    let refused = scan(&["--resume", kept.to_str().unwrap(), other.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(fs::read(&kept).unwrap(), before);
}

#[test]
fn an_interruption_prints_whole_records_and_says_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let file = mailbox(folder.path(), 400);
    let child = scan(&[file.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(400));
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(printed.is_empty() || printed.ends_with('\n'));
    let records = lines(&printed).len();
    assert!(
        records < 1600 && said.contains(&format!("stopped after {records} records")),
        "{said}"
    );
}

#[test]
fn a_full_disk_and_a_closed_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let file = mailbox(folder.path(), 10);
    let full = scan(&["-o", "/dev/full", file.to_str().unwrap()]).output().unwrap();
    assert_eq!(full.status.code(), Some(1));
    let told = String::from_utf8(full.stderr).unwrap();
    assert!(told.contains("/dev/full: cannot be written: No space left"), "{told}");
    let mut child = scan(&[file.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Messages as exports hold them: with either line end, raw octets, and `From ` in the text.
fn export(path: &Path, end: &str, sender: &str, messages: usize) {
    let mut all = Vec::new();
    for number in 0..messages {
        let lines = [
            format!("From {sender} Mon Oct 19 08:00:05 2026"),
            format!("From: Ann <ann{number}@bank.example>"),
            format!("Subject: {number}"),
            String::new(),
            "From here on it is text, and".to_owned(),
            String::new(),
            "From Monday on it is, too:".to_owned(),
            "x".repeat(number * 37 % 3000),
        ];
        for line in lines {
            all.extend_from_slice(line.as_bytes());
            all.extend_from_slice(end.as_bytes());
        }
        all.extend_from_slice(b"gr\xfc\xdfe \x00\xff");
        all.extend_from_slice(end.as_bytes());
        // Some writers forget the empty line.
        if number % 7 > 0 {
            all.extend_from_slice(end.as_bytes());
        }
    }
    fs::write(path, all).unwrap();
}

/// Numbers that differ, and are the same in each run.
fn random(seed: &mut u64) -> u64 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

/// The library's own reading of any split: places, and hashes of the bytes.
#[test]
fn the_union_of_any_split_is_the_whole() {
    use spoofcheck::source::{InputFormat, mbox_range, walk};
    let folder = tempfile::tempdir().unwrap();
    let mut seed = 20_261_127;
    let mut splits = 0;
    for (name, end, sender) in [
        ("lf", "\n", "a@b.example"),
        ("crlf", "\r\n", "a@b.example"),
        ("thunderbird", "\n", "-"),
    ] {
        let path = folder.path().join(format!("{name}.mbox"));
        export(&path, end, sender, 300);
        let length = fs::metadata(&path).unwrap().len();
        let whole: Vec<_> = walk(&path, InputFormat::Auto).map(Result::unwrap).collect();
        assert_eq!(whole.len(), 300);
        for _ in 0..64 {
            let mut cuts: Vec<u64> = (0..random(&mut seed) % 9).map(|_| random(&mut seed) % length).collect();
            cuts.extend([0, u64::MAX]);
            cuts.sort_unstable();
            let union: Vec<_> = cuts
                .windows(2)
                .flat_map(|pair| mbox_range(&path, InputFormat::Auto, pair[0]..pair[1]).unwrap())
                .map(Result::unwrap)
                .collect();
            assert!(union == whole, "{name} {cuts:?}");
            splits += 1;
        }
    }
    println!("{splits} splits of 3 mailboxes: the union is the whole");
}

#[test]
fn a_plan_is_scanned_piece_by_piece() {
    let folder = tempfile::tempdir().unwrap();
    let file = mailbox(folder.path(), 12);
    let file = file.to_str().unwrap();
    let mut split = Command::new(env!("CARGO_BIN_EXE_spoofcheck"));
    let plan = lines(&text(
        split
            .env_clear()
            .args(["split", "plan", file, "--target-size", "20K"])
            .output()
            .unwrap(),
    ));
    assert!(plan.len() > 2, "{plan:?}");
    let whole = scan(&[file]).output().unwrap().stdout;
    let union = plan.iter().flat_map(|piece| {
        let range = piece["byte_range"].as_str().unwrap();
        scan(&["--byte-range", range, file]).output().unwrap().stdout
    });
    assert!(union.collect::<Vec<u8>>() == whole);
    let messages: u64 = plan.iter().map(|piece| piece["messages"].as_u64().unwrap()).sum();
    assert_eq!((messages, plan[0]["begin"].as_u64()), (48, Some(0)));
    for wrong in [
        ["--byte-range", "9-3", file],
        ["--byte-range", "0-9", "-"],
        ["--byte-range", "x", file],
    ] {
        assert_eq!(scan(&wrong).output().unwrap().status.code(), Some(2), "{wrong:?}");
    }
}
