#!/usr/bin/env bash
# Scans a tree of files beside GNU find, which is what one would use instead.
#
#   ./benches/scan.sh [FILES [ROUNDS]]     1000000 files, 5 rounds
#
# It makes the tree if it is not there (in RETAIND_BENCH_DIR, or a folder of its
# own under TMPDIR, which stays for the next run), checks that both select the
# same files, then runs them in turn and prints the medians: wall clock,
# processor time, and how many times faster the scan is. The job is the same for
# both: size, time and path of each file last modified before 2020.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C TZ=UTC

files=${1:-1000000}
rounds=${2:-5}
threads=${THREADS:-2}
before=1577836800 # 2020-01-01
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/retaind/target}"
folder=${RETAIND_BENCH_DIR:-${TMPDIR:-/tmp}/retaind-bench}
tree=$folder/tree-$files

cargo build --quiet --release -p retaind-connectors --examples
scan_stats=$CARGO_TARGET_DIR/release/examples/scan_stats

if [ ! -e "$tree" ]; then
    echo "making $files files in $tree" >&2
    mkdir -p "$folder"
    rm -rf "$tree.part"
    "$CARGO_TARGET_DIR/release/examples/mktree" "$tree.part" "$files"
    mv "$tree.part" "$tree"
fi

scan() { "$scan_stats" filesystem "root = '$tree'
threads = $threads" . --before "$before"; }
gnu_find() { find "$tree" -type f ! -newermt "@$before" -printf "$1"; }

ours=$(scan 2>/dev/null | sort | cksum)
theirs=$(gnu_find '%s %Ts %P\n' | sort | cksum)
if [ "$ours" != "$theirs" ]; then
    echo "the scan and find do not select the same files: $ours, $theirs" >&2
    exit 1
fi

times=$(mktemp)
trap 'rm -f "$times"' EXIT
TIMEFORMAT='%R %U %S'
timed() { # NAME COMMAND...
    local name=$1 spent
    shift
    spent=$({ time "$@" >/dev/null 2>&1; } 2>&1)
    echo "$name $spent" >>"$times"
}
for _ in $(seq "$rounds"); do
    timed scan scan
    timed find gnu_find '%s %T@ %p\n'
done

median() { # NAME EXPRESSION
    awk -v name="$1" '$1 == name { print '"$2"' }' "$times" | sort -n |
        awk '{ all[NR] = $1 } END { print (all[int((NR + 1) / 2)] + all[int(NR / 2) + 1]) / 2 }'
}
awk -v files="$files" -v threads="$threads" -v rounds="$rounds" \
    -v sw="$(median scan '$2')" -v fw="$(median find '$2')" \
    -v sc="$(median scan '$3 + $4')" -v fc="$(median find '$3 + $4')" 'BEGIN {
        printf "%d files, %d rounds, the same files selected\n", files, rounds
        printf "find            %.3f s wall, %.3f s processor\n", fw, fc
        printf "scan, %d threads %.3f s wall, %.3f s processor\n", threads, sw, sc
        printf "scan / find     %.2fx wall, %.2fx processor\n", fw / sw, fc / sc
    }'
"$scan_stats" filesystem "root = '$tree'
threads = $threads" .
