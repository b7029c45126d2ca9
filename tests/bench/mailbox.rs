//! What a scan costs: `cargo bench --bench mailbox`, or one part of it, `-- signed`, `-- unsigned`, `-- live` or `-- memory`.
//!
//! The program itself, or another build of it that SPOOFCHECK_BENCH_PROGRAM names, scans generated mailboxes of messages of 5 KB,
//! records and keys in a snapshot, its output into nothing. CPU is that of the whole process; of signed mail beside one RSA-2048
//! verification (aws-lc, the key parsed once), measured just before and just after the scan: what else the machine does slows both.
//! The first two parts scan five times, and state the median, the lowest and the highest; the others scan once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    dead_code,
    reason = "a benchmark prints what it measured, and uses a part of the tests' signer and name server"
)]

#[path = "../common/name_server.rs"]
mod name_server;
mod parts;
#[path = "../make_testdata/sign.rs"]
mod sign;

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use aws_lc_rs::signature::ParsedPublicKey;
use name_server::NameServer;
use sign::{Key, Signer};

const MESSAGES: usize = 10_000;
/// Each domain has records of its own; the key is one.
const DOMAINS: usize = 500;
const DELIVERED: i64 = 1_793_530_800;
/// Runs of each scan of signed and of unsigned mail.
const RUNS: usize = 5;
/// What the mailbox of the memory part holds, in MiB; SPOOFCHECK_BENCH_MIB sets another size.
const MEMORY_MIB: u64 = 1_024;

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let wants = |part: &str| wanted.is_empty() || wanted.iter().any(|one| one == part);
    let folder = tempfile::tempdir().unwrap();
    let place = Place(folder.path());
    place.snapshot();
    if wants("signed") {
        signed(&place);
    }
    if wants("unsigned") {
        unsigned(&place);
    }
    if wants("live") {
        live(&place);
    }
    if wants("memory") {
        memory(&place);
    }
}

fn signed(place: &Place<'_>) {
    let mailbox = place.mailbox("signed.mbox", MESSAGES, true);
    let (key, signature) = parts::rsa_2048();
    let rsa_verification = || rsa_verification(&key, &signature);
    for (name, flags) in [("full", &[][..]), ("brief", &["--brief"])] {
        let (mut costs, mut ratios, mut gains) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let before = rsa_verification();
            let one = place.scan(&mailbox, &[flags, &["-j", "1"]].concat());
            let rsa = f64::midpoint(before, rsa_verification());
            let two = place.scan(&mailbox, &[flags, &["-j", "2"]].concat());
            let cost = one.cpu / MESSAGES as f64;
            costs.push(cost * 1e6);
            ratios.push(cost / rsa);
            gains.push(one.wall / two.wall);
        }
        println!(
            "signed, {name:5} {} µs CPU a message, {} × RSA; two threads {} times as fast as one",
            spread(costs),
            spread(ratios),
            spread(gains)
        );
    }
}

fn unsigned(place: &Place<'_>) {
    let mailbox = place.mailbox("unsigned.mbox", MESSAGES, false);
    let bytes = fs::metadata(&mailbox).unwrap().len() as f64;
    for (name, flags) in [("full", &[][..]), ("brief", &["--brief"])] {
        let runs: Vec<Run> = (0..RUNS)
            .map(|_| place.scan(&mailbox, &[flags, &["-j", "1"]].concat()))
            .collect();
        println!(
            "unsigned, {name:5} {} µs CPU a message, {} MB/s a core",
            spread(runs.iter().map(|run| run.cpu / MESSAGES as f64 * 1e6).collect()),
            spread(runs.iter().map(|run| bytes / run.cpu / 1e6).collect())
        );
    }
}

/// The same scan with answers at once and 50 ms late.
fn live(place: &Place<'_>) {
    let mailbox = place.mailbox("live.mbox", MESSAGES, true);
    let mut runs = Vec::new();
    for delay in [Duration::ZERO, Duration::from_millis(50)] {
        let server = NameServer::start_slow(&place.zone(), delay);
        let resolver = server.address().to_string();
        let flags = [
            "--dns",
            "live",
            "--resolver",
            &resolver,
            "--now",
            "2026-11-02T00:00:00Z",
        ];
        runs.push(place.run(&mailbox, &flags));
    }
    println!(
        "live, {DOMAINS} domains: {:.2} s ({:.2} s CPU), each answer 50 ms late {:.2} s ({:.2} s CPU), {:.2} times; {:.1} MiB at most",
        runs[0].wall,
        runs[0].cpu,
        runs[1].wall,
        runs[1].cpu,
        runs[1].wall / runs[0].wall,
        runs[1].peak
    );
}

fn memory(place: &Place<'_>) {
    let mib = std::env::var("SPOOFCHECK_BENCH_MIB")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(MEMORY_MIB);
    let messages = usize::try_from(mib * 1024 * 1024 / 5_000).unwrap();
    let measure = |sizes: &str, mailbox: PathBuf| {
        for jobs in ["1", "2", "64"] {
            let run = place.scan(&mailbox, &["-j", jobs]);
            println!(
                "{mib} MiB in messages of {sizes}, -j {jobs}: {:.1} MiB at most, {:.0} s",
                run.peak, run.wall
            );
        }
        fs::remove_file(&mailbox).unwrap();
    };
    measure("5 KB", place.mailbox("large.mbox", messages, false));
    measure("10 KB to 10 MB", place.mailbox_of_large("mixed.mbox", mib));
    let single = place.0.join("single.eml");
    let mut file = BufWriter::new(File::create(&single).unwrap());
    let head = parts::message(1, &domain(1)).replace("text/plain; charset=utf-8", "application/octet-stream");
    file.write_all(head.as_bytes()).unwrap();
    for line in 0..300 * 1024 * 1024 / 78 {
        writeln!(file, "{line:076}\r").unwrap();
    }
    drop(file);
    let run = place.scan(&single, &["--brief"]);
    println!("one message of 300 MiB: {:.1} MiB at most, {:.1} s", run.peak, run.wall);
}

/// Seconds: of twenty short spans the one in the middle, as a scan meets quiet spans and busy ones.
fn rsa_verification(key: &ParsedPublicKey, signature: &[u8]) -> f64 {
    let mut spans: Vec<f64> = (0..20)
        .map(|_| {
            let started = Instant::now();
            for _ in 0..250 {
                assert!(key.verify_sig(&[0x5a; 400], signature).is_ok());
            }
            started.elapsed().as_secs_f64() / 250.0
        })
        .collect();
    parts::median(&mut spans)
}

/// The one in the middle, the lowest and the highest.
fn spread(mut values: Vec<f64>) -> String {
    let middle = parts::median(&mut values);
    let (lowest, highest) = (values[0], values[values.len() - 1]);
    match middle {
        100.0.. => format!("{middle:.0} ({lowest:.0} to {highest:.0})"),
        10.0.. => format!("{middle:.1} ({lowest:.1} to {highest:.1})"),
        _ => format!("{middle:.2} ({lowest:.2} to {highest:.2})"),
    }
}

fn domain(number: usize) -> String {
    format!("sender{}.example", number % DOMAINS)
}

/// A message of an mbox, without the empty line behind it.
fn stored(number: usize, key: Option<&Key>) -> String {
    let domain = domain(number * 7);
    let mut text = parts::message(number, &domain);
    if let Some(key) = key {
        let signer = Signer {
            key,
            domain: &domain,
            selector: "s1",
            at: DELIVERED - 60,
            lifetime: None,
            extra: String::new(),
            length: None,
            names: None,
        };
        text = signer.dkim(&text);
    }
    format!(
        "From service@{domain} Sun Nov  1 11:00:00 2026\r\nReturn-Path: <service@{domain}>\r\n\
         Received: from mail.{domain} (mail.{domain} [192.0.2.25])\r\n\tby mx.corp.example (Postfix) with ESMTPS id 4D2sTn4Xyz1234\r\n\
         \tfor <kim@corp.example>; Sun, 01 Nov 2026 11:00:00 +0000\r\n{text}"
    )
}

/// The folder of the run.
struct Place<'f>(&'f Path);

/// What a scan took.
#[derive(Clone, Copy)]
struct Run {
    /// Seconds from start to end.
    wall: f64,
    /// Seconds of all cores.
    cpu: f64,
    /// Most memory in MiB.
    peak: f64,
}

impl Place<'_> {
    fn replay(&self) -> [&'static str; 4] {
        ["--dns", "replay=dns.jsonl", "--now", "2026-11-02T00:00:00Z"]
    }

    fn mailbox(&self, name: &str, messages: usize, signed: bool) -> PathBuf {
        let path = self.0.join(name);
        let mut file = BufWriter::new(File::create(&path).unwrap());
        let key = signed.then(|| Key::read("rsa-author"));
        for number in 0..messages {
            file.write_all(stored(number, key.as_ref()).as_bytes()).unwrap();
            file.write_all(b"\r\n").unwrap();
        }
        file.flush().unwrap();
        path
    }

    /// Messages of 10 KB to 10 MB, so much in all. To each more was added after it was signed than any search can undo.
    fn mailbox_of_large(&self, name: &str, mib: u64) -> PathBuf {
        let path = self.0.join(name);
        let mut file = BufWriter::new(File::create(&path).unwrap());
        let key = Key::read("rsa-author");
        let (mut written, mut number) = (0, 0);
        while written < mib << 20 {
            let text = stored(number, Some(&key));
            file.write_all(text.as_bytes()).unwrap();
            // Twelve sizes, each some two times the one before, and not in their order.
            let lines = 64_usize << (number * 5 % 12);
            for line in 0..lines {
                write!(file, "{line:076}\r\n").unwrap();
            }
            file.write_all(b"\r\n").unwrap();
            written += (text.len() + 78 * lines) as u64;
            number += 1;
        }
        file.flush().unwrap();
        path
    }

    fn zone(&self) -> String {
        let key = Key::read("rsa-author").record;
        let mut zone = String::new();
        for number in 0..DOMAINS {
            let domain = domain(number);
            // Character-strings of 255 octets at most (RFC 1035 3.3).
            let (head, tail) = key.split_at(200);
            write!(
                zone,
                "s1._domainkey.{domain} TXT \"{head}\" \"{tail}\"\n{domain} TXT \"v=spf1 include:_spf.{domain} -all\"\n\
                 _spf.{domain} TXT \"v=spf1 ip4:198.51.100.0/24 ip4:192.0.2.0/24 ~all\"\n\
                 _dmarc.{domain} TXT \"v=DMARC1; p=reject\"\nmail.{domain} A 192.0.2.25\n"
            )
            .unwrap();
        }
        zone
    }

    /// The same as a snapshot.
    fn snapshot(&self) {
        let mut text = "{\"spoofcheck_dns\": 1, \"absent\": \"nxdomain\", \"now\": null}\n".to_owned();
        for line in self.zone().lines() {
            let mut parts = line.splitn(3, ' ');
            let (name, kind, data) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
            let data = data.replace("\" \"", "");
            let data = data.trim_matches('"');
            writeln!(
                text,
                "{{\"name\": \"{name}.\", \"type\": \"{kind}\", \"rcode\": \"NOERROR\", \"data\": [\"{data}\"]}}"
            )
            .unwrap();
        }
        fs::write(self.0.join("dns.jsonl"), text).unwrap();
    }

    /// A scan that answers from the snapshot.
    fn scan(&self, mailbox: &Path, flags: &[&str]) -> Run {
        self.run(mailbox, &[&self.replay()[..], flags].concat())
    }

    fn run(&self, mailbox: &Path, flags: &[&str]) -> Run {
        let program = std::env::var_os("SPOOFCHECK_BENCH_PROGRAM").map_or_else(
            || PathBuf::from(env!("CARGO_BIN_EXE_spoofcheck")),
            |named| fs::canonicalize(named).expect("the program that SPOOFCHECK_BENCH_PROGRAM names"),
        );
        let before = children_cpu();
        let started = Instant::now();
        let mut child = Command::new(program)
            .current_dir(self.0)
            .args(["scan", "--summary", "never"])
            .args(flags)
            .arg(mailbox)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut peak = 0.0_f64;
        let status = loop {
            peak = peak.max(peak_of(child.id()));
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None => thread::sleep(Duration::from_millis(5)),
            }
        };
        assert!(status.success(), "{flags:?}");
        Run {
            wall: started.elapsed().as_secs_f64(),
            cpu: children_cpu() - before,
            peak,
        }
    }
}

/// CPU of all ended children in seconds: fields 16 and 17 of /proc/self/stat, in ticks of 10 ms (proc(5)).
fn children_cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = fields[13].parse::<f64>().unwrap() + fields[14].parse::<f64>().unwrap();
    ticks / 100.0
}

/// VmHWM of a process in MiB (proc(5)); 0 once it is gone.
fn peak_of(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}
