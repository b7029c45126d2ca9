#!/bin/sh
# Serves testdata/nsd/test.zone with NSD on loopback and runs the live path against it.
# Installs Debian's nsd where it is missing. Another port than 5399: NSD_PORT.
set -eu
cd "$(dirname "$0")/.."

if ! PATH="$PATH:/usr/sbin:/sbin" command -v nsd >/dev/null; then
    sudo=""
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    # The package would start a server of its own on port 53, which nobody wants here.
    $sudo apt-get update -qq
    $sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends nsd
fi
PATH="$PATH:/usr/sbin:/sbin"

port="${NSD_PORT:-5399}"
folder="$(mktemp -d)"
server=""
clean_up() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        # It writes its state while it ends, into the folder that is about to go.
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder" || true
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

cat >"$folder/nsd.conf" <<CONF
server:
    ip-address: 127.0.0.1@$port
    username: ""
    chroot: ""
    zonesdir: "$folder"
    pidfile: "$folder/nsd.pid"
    xfrdfile: "$folder/xfrd.state"
    zonelistfile: "$folder/zone.list"
    logfile: "$folder/nsd.log"
    server-count: 1
    rrl-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: bank.example
    zonefile: test.zone
CONF
cp testdata/nsd/test.zone "$folder/test.zone"

nsd-checkconf "$folder/nsd.conf"
# In the foreground, so that the process is ours to stop.
nsd -d -c "$folder/nsd.conf" &
server=$!
sleep 1
kill -0 "$server" || { cat "$folder/nsd.log" >&2; exit 1; }

NSD_ADDRESS="127.0.0.1:$port" cargo test --test live_dns -- --ignored nsd
