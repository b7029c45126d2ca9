//! The story and the journey of real messages. Nothing of them stands in the snapshots: names, addresses and ids are
//! replaced by numbered words, so that what is held is the structure and every word of the program's own. Each was read
//! against its raw header; look at a changed snapshot before accepting it. Data: ../shared/conformance.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test fails by panicking, and says what it skipped"
)]

mod common;

use std::{net::IpAddr, path::Path};

use assert_cmd::Command;
use common::{shared, unpacked};

#[test]
fn list_mail() {
    let Some(archive) = shared("legit-lists/mail.tar.gz") else {
        return;
    };
    let folder = unpacked(&archive);
    for (name, file) in [
        (
            "list-from-rewritten",
            "linux-f2fs-devel.lists.sourceforge.net/2026-01-12-a0a3aa291495",
        ),
        ("list-sealed", "kasan-dev.googlegroups.com/2023-12-13-d3c086cf23ee"),
        (
            "list-from-a-gateway",
            "linux-i2c.vger.kernel.org/2019-07-01-9315b5edbafc",
        ),
        (
            "list-collected-over-lmtp",
            "linaro-mm-sig.lists.linaro.org/2026-07-02-f4824b34babc",
        ),
    ] {
        hold(name, &folder.path().join(format!("mail/{file}.eml")));
    }
}

#[test]
fn phishing() {
    let Some(archive) = shared("phishing-pot/phish.tar.gz") else {
        return;
    };
    let folder = unpacked(&archive);
    for (name, sample) in [
        ("forward-of-outlook-mail-by-gmail", 1241),
        ("forward-of-api-mail-by-gmail", 4432),
        ("service-provider-over-http", 1470),
        ("service-provider-with-a-brand-as-name", 1343),
        ("straight-to-outlook", 2527),
    ] {
        hold(name, &folder.path().join(format!("phish/sample-{sample}.eml")));
    }
}

#[test]
fn reports_and_others() {
    for (name, file) in [
        (
            "delivery-report",
            "mail-formats/sisimai/dos-newlines/lhost-amazonses-01.eml",
        ),
        ("abuse-report", "mail-formats/sisimai/dos-newlines/arf-01.eml"),
        (
            "service-provider-to-fastmail",
            "dkim-thunderbird-addon/messages/original/Fastmail from Amazon - Verify your new Amazon account.eml",
        ),
    ] {
        let Some(file) = shared(file) else { return };
        hold(name, &file);
    }
}

fn hold(name: &str, file: &Path) {
    let story = section(&report(file, &["--story"]), "HOW IT WAS SENT");
    let journey = section(&report(file, &[]), "JOURNEY");
    insta::assert_snapshot!(name, Mask::default().text(&format!("{story}\n{journey}")));
}

fn report(file: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spoofcheck"));
    command.env_clear().env("HOME", "/nonexistent");
    command.args(["inspect", "--dns", "offline", "--width", "100"]);
    String::from_utf8(command.args(arguments).arg(file).output().unwrap().stdout).unwrap()
}

/// From a heading to what the program did.
fn section(report: &str, heading: &str) -> String {
    let lines = report.lines().skip_while(|line| !line.starts_with(heading));
    let lines: Vec<&str> = lines.take_while(|line| !line.starts_with("DNS:")).collect();
    assert!(lines.len() > 3, "no section {heading}: {report}");
    lines.join("\n") + "\n"
}

/// Numbered words for what came from outside, the same for the same.
#[derive(Default)]
struct Mask {
    known: Vec<(&'static str, String)>,
}

impl Mask {
    fn text(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        // What stands between the name of a field and its address is a person's or a company's name.
        while let Some(at) = ["| From: ", "| from: ", "| Sender: ", "| Reply-To: "]
            .iter()
            .filter_map(|field| Some(rest.find(field)? + field.len()))
            .min()
        {
            out.push_str(&self.words(&rest[..at]));
            rest = &rest[at..];
            let line = rest
                .find("\n          ")
                .unwrap_or(rest.len())
                .max(rest.find('\n').unwrap_or(rest.len()));
            if let Some(angle) = rest.find('<').filter(|angle| *angle < line) {
                if angle > 0 {
                    out.push_str("name ");
                }
                rest = &rest[angle..];
            }
        }
        out + &self.words(rest)
    }

    fn words(&mut self, text: &str) -> String {
        let inside = |c: char| c.is_ascii_alphanumeric() || ".-_:+=@/$!~%*'".contains(c);
        let mut out = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (gap, from) = rest.split_at(rest.find(inside).unwrap_or(rest.len()));
            let (run, after) = from.split_at(from.find(|c| !inside(c)).unwrap_or(from.len()));
            let word = run.trim_end_matches(['.', ':', '\'']);
            out.push_str(gap);
            out.push_str(&self.word(word));
            out.push_str(&run[word.len()..]);
            rest = after;
        }
        out
    }

    fn word(&mut self, word: &str) -> String {
        let labels: Vec<&str> = word.split('.').collect();
        let letters = |label: &&str| label.len() > 1 && label.bytes().all(|byte| byte.is_ascii_alphabetic());
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        // Times and the program's own words stay.
        let kind = match word {
            _ if word.parse::<IpAddr>().is_ok() => "ip",
            _ if word.contains('@') => "address",
            _ if labels.len() > 1
                && labels.last().is_some_and(letters)
                && labels.iter().all(|label| !label.is_empty()) =>
            {
                "host"
            }
            _ if digits > 1 && word.len() > 5 && !word.contains(':') && !is_date(word) => "id",
            _ => return word.to_owned(),
        };
        let at = self
            .known
            .iter()
            .position(|(known, value)| *known == kind && value.eq_ignore_ascii_case(word));
        let at = at.unwrap_or_else(|| {
            self.known.push((kind, word.to_owned()));
            self.known.len() - 1
        });
        let number = self.known[..=at].iter().filter(|(known, _)| *known == kind).count();
        format!("{kind}-{number}")
    }
}

fn is_date(word: &str) -> bool {
    word.len() == 10
        && word.bytes().enumerate().all(|(at, byte)| {
            if at == 4 || at == 7 {
                byte == b'-'
            } else {
                byte.is_ascii_digit()
            }
        })
}
