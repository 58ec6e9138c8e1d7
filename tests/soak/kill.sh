#!/usr/bin/env bash
# Kills `mlops run-all` with SIGKILL at random moments, N times (default 20). After each kill no artifact
# may be half-written (every one has the bytes of an undisturbed run, or is absent), and at the end one
# more run must finish with the same bytes and leave no temporary file.
set -euo pipefail
count=${1:-20}
root=$(cd "$(dirname "$0")/../.." && pwd)
mlops=${MLOPS:-${CARGO_TARGET_DIR:-$root/target}/release/mlops}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

project() {
  mkdir -p "$1" && cp -r "$root/configs" "$root/dvc.yaml" "$1/"
  cat >"$1/configs/train.yaml" <<'YAML'
train:
  folds: 3
  algorithms:
    baseline: {}
    lr: {}
    dt: {}
    rf: {n_estimators: 30}
    xgb: {n_estimators: 30}
YAML
}
sums() { (cd "$1" && find data models reports -type f ! -name '.*mlops-tmp*' -exec md5sum {} + 2>/dev/null | LC_ALL=C sort) || true; }

project "$work/good"
start=$(date +%s%N)
"$mlops" -C "$work/good" --quiet run-all
took=$((($(date +%s%N) - start) / 1000000))
sums "$work/good" >"$work/expected"

project "$work/killed"
for round in $(seq "$count"); do
  # From scratch now and then, else over what the last kill left.
  if ((round % 5 == 1)); then rm -rf "$work/killed/data" "$work/killed/models" "$work/killed/reports"; fi
  setsid "$mlops" -C "$work/killed" --quiet run-all >/dev/null 2>&1 &
  pid=$!
  sleep "$(awk -v s="$RANDOM" -v m="$took" 'BEGIN { printf "%.3f", s / 32767 * m / 1000 }')"
  kill -KILL -- "-$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  sums "$work/killed" >"$work/found"
  LC_ALL=C comm -23 "$work/found" "$work/expected" >"$work/odd"
  if [ -s "$work/odd" ]; then
    cat "$work/odd"
    echo "kill.sh: FAILED in round $round: a file that is not whole"
    exit 1
  fi
done
"$mlops" -C "$work/killed" --quiet run-all
sums "$work/killed" >"$work/found"
diff "$work/expected" "$work/found" || { echo "kill.sh: FAILED: other bytes after $count kills"; exit 1; }
if find "$work/killed" -name '*mlops-tmp*' | grep .; then echo "kill.sh: FAILED: temporary files left"; exit 1; fi
echo "kill.sh: $count kills, every file whole, same bytes after"
