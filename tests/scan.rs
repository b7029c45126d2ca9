//! Scans: what is printed, what is summed up, and what decides the exit code.

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
};

use serde_json::Value;

#[allow(dead_code, reason = "shared with other tests")]
#[path = "common/scans.rs"]
mod scans;
use scans::{lines, mailbox, scan, testdata, text};

#[test]
fn filters_choose_what_is_printed() {
    let file = testdata("mailbox.mbox");
    let file = file.to_str().unwrap();
    let count = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.push(file);
        lines(&text(scan(&all).output().unwrap())).len()
    };
    assert_eq!(count(&[]), 4);
    assert_eq!(count(&["--verdict", "spoofed"]), 1);
    assert_eq!(count(&["--verdict", "spoofed,not-spoofed"]), 4);
    assert_eq!(count(&["--where", "from.domain=bank.example"]), 2);
    assert_eq!(
        count(&[
            "--where",
            "from.domain=bank.example",
            "--where",
            "client_ip=203.0.113.0/24"
        ]),
        1
    );
    assert_eq!(count(&["--where", "finding!=AU-440"]), 3);
    assert_eq!(count(&["--where", "dmarc=fail", "--where", "spf=fail"]), 1);
    assert_eq!(count(&["--where", "dkim=none"]), 2);
    assert_eq!(count(&["--where", "finding=AU-4*", "--where", "path=*.MBOX"]), 4);
    // A short record is chosen as a whole one.
    for condition in [
        "subject=*a*",
        "to.domain=corp.example",
        "arc=none",
        "because=*",
        "template=*",
        "delivered_at=2026-10-19*",
    ] {
        let wanted = ["--where", condition];
        assert_eq!(
            count(&wanted),
            count(&[&wanted[..], &["--brief"]].concat()),
            "{condition}"
        );
    }
    assert_eq!(count(&["--since", "2026-10-20"]), 0);
    assert_eq!(count(&["--since", "2026-10-19", "--until", "2026-10-20T00:00:00Z"]), 4);
    for wrong in [
        ["--where", "colour=red"],
        ["--since", "yesterday"],
        ["--verdict", "bad"],
    ] {
        let output = scan(&wrong).arg(file).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_summary_and_other_forms() {
    let file = testdata("mailbox.mbox");
    let file = file.to_str().unwrap();
    let summary = text(scan(&["--summary", "json", file]).output().unwrap());
    let [summary] = lines(&summary).try_into().unwrap();
    assert_eq!(
        (summary["schema"].as_str(), summary["messages"].as_u64()),
        (Some("spoofcheck/summary/1"), Some(4))
    );
    assert_eq!(summary["forged_domains"][0]["value"], "bank.example");
    let validator = jsonschema::validator_for(&spoofcheck::report::summary_schema()).unwrap();
    assert!(validator.is_valid(&summary), "{summary}");

    let csv = text(scan(&["-f", "csv", file, "/nonexistent/x.eml"]).output().unwrap());
    let rows: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(
        rows.len(),
        7,
        "headings, four messages, an error, the last line end: {csv}"
    );
    assert!(
        rows[5].starts_with("/nonexistent/x.eml,0,,") && rows[5].contains("No such file"),
        "{csv}"
    );
    assert!(rows[2].contains(",fail,none,fail,none,"), "{csv}");
    assert!(
        rows[0].starts_with("path,index,") && rows[2].contains(",spoofed,high,"),
        "{csv}"
    );

    let table = text(
        scan(&["-f", "human", "--width", "80", "--color", "never", file])
            .output()
            .unwrap(),
    );
    assert!(
        table.contains("SPOOFED") && table.contains("4 MESSAGES") && table.contains('█'),
        "{table}"
    );
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");

    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("reports/");
    let output = scan(&["-o", &format!("{}/", into.display()), file]).output().unwrap();
    assert!(output.stdout.is_empty());
    assert_eq!(fs::read_dir(&into).unwrap().count(), 4);
}

/// More authors than a campaign counts: which ones does not depend on who is done first.
#[test]
fn a_summary_is_the_same_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kit.mbox");
    let message = |number: usize| {
        format!(
            "From x Mon Nov  2 10:00:00 2026\n\
             Return-Path: <x@h.shady.test>\n\
             Received: from h.shady.test (h.shady.test [203.0.113.9]) by mx.corp.example; Mon, 2 Nov 2026 10:00:00 +0000\n\
             From: Service <a@d{}.bank.example>\nTo: ruth@corp.example\nSubject: number {number}\n\nhello\n\n",
            number % 90
        )
    };
    fs::write(&file, (0..400).map(message).collect::<String>()).unwrap();
    let summary = |jobs: &str| {
        let output = scan(&["--summary", "json", "-j", jobs, file.to_str().unwrap()])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let one = summary("1");
    assert!(one.contains("\"campaigns\":[{\"messages\":400"), "{one}");
    for _ in 0..4 {
        assert_eq!(summary("2"), one);
    }
    // The lists are cut; how many there are is told.
    let told: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(told["campaigns"][0]["author_domains"].as_array().unwrap().len(), 5);
    assert_eq!(told["campaigns"][0]["different_authors"], 32);
    assert_eq!(
        (&told["different"]["forged_domains"], &told["different"]["campaigns"]),
        (&90.into(), &1.into())
    );
    let human = scan(&["--summary", "human", file.to_str().unwrap()])
        .output()
        .unwrap()
        .stderr;
    let human = String::from_utf8(human).unwrap();
    assert!(
        human.contains("and 82 more\n") && human.contains("and 27 more, 2026"),
        "{human}"
    );
}

/// An unquoted comma makes a mailbox without an address of the beginning of a name; it is no author, and the reader sees it.
#[test]
fn a_name_with_a_comma_is_told_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("comma.eml");
    let message = "Return-Path: <x@h.shady.test>\n\
        Received: from h.shady.test (h.shady.test [203.0.113.9]) by mx.corp.example; Mon, 2 Nov 2026 10:00:00 +0000\n\
        From: Bank Service ,_<a@d1.bank.example>\nTo: ruth@corp.example\nSubject: x\n\nhello\n";
    fs::write(&file, message).unwrap();
    let file = file.to_str().unwrap();
    let told = |arguments: &[&str]| text(scan(&[arguments, &[file]].concat()).output().unwrap());
    let summary = &lines(&told(&["--summary", "json"]))[0];
    assert_eq!(summary["forged_domains"].as_array().unwrap().len(), 1);
    assert_eq!(summary["forged_domains"][0]["value"], "d1.bank.example");
    let csv = told(&["-f", "csv"]);
    assert!(csv.contains(",a@d1.bank.example,Bank Service,"), "{csv}");
    let table = told(&["-f", "human", "--summary", "never"]);
    assert!(table.contains(" a@d1.bank.example "), "{table}");
    // Cut in front, where it is long: the end says whose it is.
    let narrow = told(&["-f", "human", "--summary", "never", "--width", "60"]);
    assert!(narrow.contains(" …ank.example "), "{narrow}");
    let verdict = &lines(&told(&[]))[0]["verdict"];
    let said = verdict["summary"].as_str().unwrap();
    assert!(
        said.starts_with("The reader sees Bank Service, _ <a@d1.bank.example>. "),
        "{said}"
    );
}

/// Each row of the table stands in its columns and tells a reason in words.
#[test]
fn the_table_tells_why() {
    let table = |arguments: &[&str]| {
        let options = [
            "-f",
            "human",
            "--width",
            "120",
            "--summary",
            "never",
            "--color",
            "never",
        ];
        text(scan(&[&options, arguments].concat()).output().unwrap())
    };
    let folder = testdata("");
    let told = table(&[folder.to_str().unwrap()]);
    let why = told.lines().next().unwrap().find("because").unwrap();
    for row in told.lines() {
        let reason: String = row.chars().skip(why).collect();
        assert!(
            row.chars().nth(why - 1) == Some(' ') && reason.split(' ').count() > 1 || row.starts_with("verdict"),
            "{row}"
        );
    }
}

#[test]
fn evidence_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = mailbox(folder.path(), 1);
    let name = file.to_str().unwrap();
    let before = fs::read(&file).unwrap();
    let input = testdata("spoof-reject.eml");
    // The input itself, and other mail that is named by mistake.
    for path in [name, input.to_str().unwrap()] {
        let refused = scan(&["-o", name, path]).output().unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains("holds mail"), "{said}");
        assert_eq!(fs::read(&file).unwrap(), before);
    }
    // Results are: whatever was written by an earlier run.
    let results = folder.path().join("results");
    let place = results.to_str().unwrap();
    for format in ["jsonl", "csv", "human"] {
        for _ in 0..2 {
            let written = scan(&["-f", format, "-o", place, name]).output().unwrap();
            assert_eq!(written.status.code(), Some(0), "{format}");
        }
    }
    let into = format!("{}/", folder.path().join("each").display());
    assert_eq!(scan(&["-o", &into, name]).output().unwrap().status.code(), Some(0));
    let again = scan(&["-o", &into, name]).output().unwrap();
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("records of an earlier run"));
}

#[test]
fn silence_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let output = scan(&[folder.path().to_str().unwrap()]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "spoofcheck: no message was found\n"
    );
}

/// A forged message that somebody sent in: it decides the exit code where that is asked for, in any form, and after a resumption.
#[test]
fn attached_messages_decide_where_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sent-in.eml");
    let mut message =
        b"From: kim@corp.example\r\nSubject: is this real?\r\nContent-Type: message/rfc822\r\n\r\n".to_vec();
    message.extend(fs::read(testdata("spoof-reject.eml")).unwrap());
    fs::write(&file, message).unwrap();
    let file = file.to_str().unwrap();
    let code = |arguments: &[&str]| {
        scan(&[&[file, "--fail-on", "spoofed"], arguments].concat())
            .output()
            .unwrap()
    };
    let outer = code(&[]);
    assert_eq!(outer.status.code(), Some(0));
    assert_eq!(lines(&text(outer))[0]["inner"][0]["verdict"]["label"], "spoofed");
    let kept = folder.path().join("kept.jsonl");
    let all = code(&["--inner", "all", "-o", kept.to_str().unwrap()]);
    assert_eq!(all.status.code(), Some(13));
    for form in [
        &["--brief"][..],
        &["-f", "csv"],
        &["-f", "human"],
        &["--summary", "json"],
        &["--resume", kept.to_str().unwrap()],
    ] {
        let arguments = [&["--inner", "all"], form].concat();
        assert_eq!(code(&arguments).status.code(), Some(13), "{form:?}");
    }
    let brief = |inner: &str| text(code(&["--brief", "--inner", inner]));
    let without_settings = |text: String| {
        let mut record = lines(&text).remove(0);
        record["settings"].take();
        record
    };
    assert_eq!(without_settings(brief("all")), without_settings(brief("auto")));
}

/// Ten messages of one sender in her usual way, one in another, and one under her name from elsewhere.
fn with_a_stranger(path: &Path) {
    let message = |day: usize, client: &str, program: &str, zone: &str| {
        format!(
            "From ann@bank.example Mon Oct {day} 08:00:00 2026\nReceived: from out.example (out.example [{client}]) by mx.shop.example \
             (Postfix) with ESMTPS id A{day:02}; {day} Oct 2026 08:00:00 +0000\nFrom: Ann Teller <ann@bank.example>\n\
             To: me@shop.example\nDate: {day} Oct 2026 08:00:00 {zone}\nMessage-ID: <{day}@bank.example>\nX-Mailer: {program}\n\
             Subject: day {day}\n\nhello\n\n"
        )
    };
    let mut all: String = (1..=9)
        .map(|day| message(day, "192.0.2.7", "Mutt 1.2", "+0100"))
        .collect();
    all += &message(12, "198.51.100.66", "PHPMailer 6", "-0500");
    all += &message(13, "192.0.2.9", "Mutt 1.3", "+0100");
    all += &message(14, "203.0.113.5", "Webmail 1", "+0100").replace("ann@bank.example", "ann.teller@mail.example");
    fs::write(path, all).unwrap();
}

#[test]
fn habits_are_learned_before_anything_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let mbox = folder.path().join("box.mbox");
    with_a_stranger(&mbox);
    let mbox = mbox.to_str().unwrap();
    let found = |arguments: &[&str]| -> Vec<(usize, String)> {
        let records = lines(&text(scan(arguments).arg(mbox).output().unwrap()));
        let of = |(at, record): (usize, &Value)| -> Vec<(usize, String)> {
            let ids = record["findings"].as_array().unwrap().iter();
            let ids = ids.map(|finding| finding["id"].as_str().unwrap());
            ids.filter(|id| ["ID-627", "ID-628"].contains(id))
                .map(|id| (at, id.to_owned()))
                .collect()
        };
        records.iter().enumerate().flat_map(of).collect()
    };
    assert_eq!(
        found(&["--habits"]),
        [(9, "ID-628".to_owned()), (11, "ID-627".to_owned())]
    );
    assert_eq!(found(&[]), []);
    // Any split of the mailbox judges alike, and any number of threads prints the same.
    let whole = text(scan(&["--habits", "-j1", mbox]).output().unwrap());
    assert_eq!(text(scan(&["--habits", "-j3", mbox]).output().unwrap()), whole);
    let halves =
        ["0-1500", "1500-"].map(|range| text(scan(&["--habits", "--byte-range", range, mbox]).output().unwrap()));
    assert_eq!(halves.concat(), whole);
    let stdin = scan(&["--habits", "-"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(stdin.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&stdin.stderr).contains("read once"));
}

#[test]
fn campaigns_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = mailbox(folder.path(), 3);
    let summary = text(scan(&["--summary", "json"]).arg(&path).output().unwrap());
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let campaigns = summary["campaigns"].as_array().unwrap();
    assert_eq!(campaigns.len(), 1, "{campaigns:?}");
    assert_eq!(campaigns[0]["messages"], 3);
    assert_eq!(campaigns[0]["author_domains"][0]["count"], 3);
    assert!(campaigns[0]["network"].as_str().unwrap().ends_with(".0/24"));
    let human = text(
        scan(&["--format", "human", "--color", "never"])
            .arg(&path)
            .output()
            .unwrap(),
    );
    assert!(human.contains("CAMPAIGNS"), "{human}");
    assert!(human.contains("3 messages as "), "{human}");
}

#[test]
fn progress_is_told_to_programs() {
    let folder = tempfile::tempdir().unwrap();
    let path = mailbox(folder.path(), 3);
    let output = scan(&["--progress", "json", path.to_str().unwrap(), "/nonexistent/x.eml"])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<Value> = told
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let last = lines.last().unwrap();
    assert_eq!(last["done"], true);
    assert_eq!((&last["messages"], &last["errors"]), (&12.into(), &1.into()));
    let size = fs::metadata(&path).unwrap().len();
    assert_eq!((&last["bytes"], &last["total_bytes"]), (&size.into(), &size.into()));
    let told_last = |mut command: Command| -> Value {
        let told = String::from_utf8(command.output().unwrap().stderr).unwrap();
        serde_json::from_str(told.lines().last().unwrap()).unwrap()
    };
    let half = format!("0-{}", size / 2);
    let piece = told_last(scan(&[
        "--progress",
        "json",
        "--byte-range",
        &half,
        path.to_str().unwrap(),
    ]));
    assert_eq!(
        (&piece["messages"], &piece["total_bytes"]),
        (&7.into(), &(size / 2).into())
    );
    assert!(piece["bytes"].as_u64().unwrap() >= size / 2, "{piece}");
    let mut stream = scan(&["--progress", "json", "-"]);
    stream.stdin(File::open(&path).unwrap());
    let stream = told_last(stream);
    assert_eq!((&stream["bytes"], &stream["total_bytes"]), (&size.into(), &Value::Null));
    assert!(lines[..lines.len() - 1].iter().all(|line| line["done"] == false));
    // Not at a terminal: nothing but errors.
    for arguments in [&["--progress", "auto"], &["--progress", "never"]] {
        let output = scan(arguments).arg(&path).output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}
