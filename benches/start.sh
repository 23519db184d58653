#!/usr/bin/env bash
# How long the daemon takes from its start until it is ready, as it tells systemd,
# how much memory it then keeps, and how long /metrics takes: with a catalogue
# that is empty, and with one in which a million lines are due.
#
#   ./benches/start.sh [--profile PROFILE] [--lines LINES] [--rounds ROUNDS]
#
# Without options: the release profile, 1000000 lines, 5 rounds; medians are
# printed. It fails where a release build is ready later than after a second with
# nothing, or three with the lines, or keeps more than 60 MiB. It builds into CARGO_TARGET_DIR, or a folder of its own under
# RETAIND_BENCH_DIR or TMPDIR, which stays for the next run. The lines are copies
# of what is due in the demo's share, put into its SQLite catalogue by SQL.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

profile=release lines=1000000 rounds=5
while [ "$#" -gt 0 ]; do
    case $1 in
        --profile) profile=$2 ;;
        --lines) lines=$2 ;;
        --rounds) rounds=$2 ;;
        *) echo "start.sh: $1 is not an option: see the top of this file" >&2; exit 2 ;;
    esac
    shift 2
done

folder=${RETAIND_BENCH_DIR:-${TMPDIR:-/tmp}/retaind-bench}
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$folder/target}"
cargo build --quiet --locked --profile "$profile" -p retaind
built=$profile
[ "$profile" != dev ] || built=debug
retaind=$CARGO_TARGET_DIR/$built/retaind

scratch=$(mktemp -d "${TMPDIR:-/tmp}/retaind-start.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

mkdir "$scratch/empty"
cat >"$scratch/empty/retaind.toml" <<'TOML'
state_directory = 'state'

[organisation]
name = 'Trentside County Council'
TOML
"$retaind" demo "$scratch/full" >/dev/null

echo "profile $profile, $(nproc) cores, load $(cut -d ' ' -f 1 /proc/loadavg)"
python3 - "$retaind" "$scratch" "$lines" "$rounds" "$profile" <<'PYTHON'
import os, pathlib, signal, socket, sqlite3, statistics, subprocess, sys, time, urllib.request

retaind, scratch, lines, rounds = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
profile = sys.argv[5]
IDLE_SECONDS = 5  # After it is ready, until its memory is read.
MOST_KEPT = 60 << 20


def fill(catalogue):
    """Makes so many due lines out of those that are there."""
    db = sqlite3.connect(catalogue)
    columns = [row[1] for row in db.execute("pragma table_info(item)")]
    other = {"id": "randomblob(16)", "locator": "item.locator || '/' || n"}
    values = ", ".join(other.get(column, f"item.{column}") for column in columns)
    there = db.execute("select count(*) from item where outcome = 'due'").fetchone()[0]
    assert 0 < there <= lines, there
    db.execute(
        f"""with recursive series(n) as (select 1 union all select n + 1 from series where n < ?)
            insert into item ({", ".join(columns)}) select {values} from series, item
            where item.outcome = 'due' limit ?""",
        (lines // there + 1, lines - there),
    )
    db.commit()
    return db.execute("select count(*) from item where outcome = 'due'").fetchone()[0]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def start(config, port):
    """Seconds until ready, bytes kept when idle, seconds that /metrics takes."""
    told = str(scratch / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(told)
        notify.settimeout(120)
        began = time.monotonic()
        daemon = subprocess.Popen(
            [retaind, "--config", config, "serve"],
            env={**os.environ, "NOTIFY_SOCKET": told},
            stderr=subprocess.DEVNULL,
        )
        try:
            while b"READY=1" not in notify.recv(4096):
                pass
            ready = time.monotonic() - began
            time.sleep(IDLE_SECONDS)
            status = pathlib.Path(f"/proc/{daemon.pid}/status").read_text()
            kept = int(status.split("VmRSS:")[1].split()[0]) * 1024
            began = time.monotonic()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                assert b"retaind_audit_head_seq" in answer.read()
            return ready, kept, time.monotonic() - began
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait()
            os.unlink(told)


def measure(name, config, at_most):
    """Prints the medians, and gives what is above what is allowed."""
    port = free_port()
    text = config.read_text().split("[http]")[0]
    config.write_text(f"{text}\n[http]\nlisten = '127.0.0.1:{port}'\n")
    start(config, port)  # Makes the catalogue where there is none, and warms what is read.
    measured = list(zip(*(start(config, port) for _ in range(rounds))))
    ready, kept, told = (statistics.median(one) for one in measured)
    print(f"{name}: ready after {ready * 1000:.0f} ms, {kept / 2**20:.1f} MiB kept when idle, "
          f"/metrics in {told * 1000:.0f} ms")
    too_much = []
    if ready > at_most:
        too_much.append(f"{name}: ready after {ready:.2f} s, where {at_most} s are allowed")
    if kept > MOST_KEPT:
        too_much.append(f"{name}: {kept / 2**20:.1f} MiB kept, where {MOST_KEPT >> 20} MiB are allowed")
    return too_much


too_much = measure("empty catalogue", scratch / "empty/retaind.toml", 1)
full = scratch / "full"
due = fill(full / "state/catalogue.db")
too_much += measure(f"{due} lines due", full / "retaind.toml", 3)
if profile == "release" and too_much:
    sys.exit("\n".join(too_much))
PYTHON
