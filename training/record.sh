#!/bin/sh
# Records spoofcheck.profdata: how often each part of the program ran while it scanned the messages of testdata/. A release build
# that is given the record is laid out by it, see the README. To be recorded anew with another Rust, and now and then as the code
# changes: a function that is not as it was when recorded is built as without a record.
#
# Needs llvm-profdata of LLVM 19 or later, by that name or as LLVM_PROFDATA says (Debian: llvm-19; `rustup component add llvm-tools`
# has one below $(rustc --print sysroot)/lib/rustlib). Takes as long as a release build.
set -eu
cd "$(dirname "$0")/.."

profdata=${LLVM_PROFDATA:-llvm-profdata}
target=${CARGO_TARGET_DIR:-target}/training
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/counts"

RUSTFLAGS="-C profile-generate=$work/counts" cargo build --locked --release --target-dir "$target"
# Procedural macros and build scripts counted, too.
rm -f "$work/counts"/*

{
    cat testdata/dns.jsonl
    grep -hv spoofcheck_dns testdata/techniques/dns.jsonl testdata/journeys/dns.jsonl
} > "$work/dns.jsonl"
for message in testdata/*.eml testdata/journeys/*.eml testdata/techniques/*.eml; do
    printf 'From MAILER-DAEMON Sun Nov  1 11:00:00 2026\n'
    cat "$message"
    printf '\n'
done > "$work/once.mbox"
for _ in 1 2 3 4 5 6 7 8 9 10; do cat "$work/once.mbox"; done > "$work/mailbox.mbox"

for form in '--format jsonl' '--format jsonl --brief' '--format csv'; do
    # The words of the form are two or three arguments.
    # shellcheck disable=SC2086
    "$target/release/spoofcheck" scan --dns "replay=$work/dns.jsonl" --summary never $form "$work/mailbox.mbox" > "$work/out"
done
"$profdata" merge --sparse --output training/spoofcheck.profdata "$work/counts"
