#!/bin/sh
# Builds the program for packages, laid out by a profile of its own work: target/HOST/release/spoofcheck. Needs cargo-pgo
# (`cargo install cargo-pgo`) and llvm-profdata (`rustup component add llvm-tools`, or one of LLVM 19 or later on the PATH).
#
# What never runs in training is made small, not fast, and takes twice as long. So there is work of every kind: the benchmarks
# (small, large and altered messages, records, a live scan), and the fixtures in each container and each form of output.
set -eu
cd "$(dirname "$0")/../.."
program="${CARGO_TARGET_DIR:-target}/$(rustc -vV | sed -n 's/^host: //p')/release/spoofcheck"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

SPOOFCHECK_BENCH_MIB=64 cargo pgo bench

mkdir "$folder/mail"
cp testdata/*.eml testdata/*.mbox testdata/*.gz "$folder/mail"
tar -C "$folder" -cf "$folder/mail.tar" mail
for packer in gzip bzip2 xz zstd; do
    "$packer" -c "$folder/mail.tar" >"$folder/mail.tar.$packer"
done
(cd "$folder" && zip -qr mail.zip mail)
for form in "--format jsonl" "--format jsonl --brief" "--format csv" "--format human" "--summary json" "--habits"; do
    for input in "$folder"/mail*; do
        # Exit codes tell what was found.
        # shellcheck disable=SC2086
        "$program" scan --dns replay=testdata/dns.jsonl $form "$input" >"$folder/out" || true
    done
done
for message in testdata/*.eml; do
    "$program" inspect --dns replay=testdata/dns.jsonl -v "$message" >"$folder/out" || true
done

cargo pgo optimize build
