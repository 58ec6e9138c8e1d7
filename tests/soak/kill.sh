#!/usr/bin/env bash
# Kills `mlops run-all` with SIGKILL at random moments, N times (default 20): the run and its stage together, the
# run alone, or the stage alone, in turn. After each kill no artifact may be half-written (every one has the bytes
# of an undisturbed run, or is absent), and no stage may outlive its run. Every fifth time the run starts from
# nothing, else over what the last kill left. At the end one more run must finish with the same bytes and leave no
# temporary file.
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
  class_weight: null
  threshold: f1
  seed: null
  algorithms:
    baseline: {}
    lr: {}
    dt: {}
    rf: {n_estimators: 30}
    xgb: {n_estimators: 30}
YAML
}
sums() { (cd "$1" && find data models reports -type f ! -name '.*mlops-tmp*' -exec md5sum {} + 2>/dev/null | LC_ALL=C sort) || true; }
fail() {
  echo "kill.sh: FAILED in round $round ($target): $1"
  exit 1
}
# The stages at work: processes of the run's session that are no zombies, but for the run itself.
stages() { ps -o pid=,stat= -s "$1" | awk -v run="$1" '$1 != run && $2 !~ /^Z/ { print $1 }' || true; }

project "$work/good"
start=$(date +%s%N)
"$mlops" -C "$work/good" --quiet run-all >/dev/null
took=$((($(date +%s%N) - start) / 1000000))
sums "$work/good" >"$work/expected"

project "$work/killed"
began=$SECONDS
hit=0
cut=0
for round in $(seq "$count"); do
  # From nothing; or over what the last kill left, with outs and cache, but dvc.lock gone, so that all is decided anew.
  case $((round % 5)) in
    1) rm -rf "$work/killed/"{data,models,reports,.dvc,.mlops,dvc.lock} ;;
    3) rm -rf "$work/killed/"{models,.dvc/cache,dvc.lock} ;;
  esac
  # Half of the runs do all of it again, whatever the cache holds.
  force=()
  if ((round % 2 == 0)); then force=(--force); fi
  setsid "$mlops" -C "$work/killed" --quiet run-all "${force[@]}" >/dev/null 2>&1 &
  pid=$!
  sleep "$(awk -v s="$RANDOM" -v m="$took" 'BEGIN { printf "%.3f", s / 32767 * m / 1000 }')"
  if kill -0 "$pid" 2>/dev/null; then hit=$((hit + 1)); fi
  case $((round % 3)) in
    0) target="run and stage" && kill -KILL -- "-$pid" 2>/dev/null || true ;;
    1) target="run alone" && kill -KILL "$pid" 2>/dev/null || true ;;
    2) target="stage alone" && kill -KILL $(stages "$pid") 2>/dev/null || true ;;
  esac
  wait "$pid" 2>/dev/null || true
  for _ in $(seq 200); do
    left=$(stages "$pid")
    if [ -z "$left" ]; then break; fi
    sleep 0.01
  done
  if [ -n "$left" ]; then kill -KILL $left && fail "a stage outlives its run"; fi
  sums "$work/killed" >"$work/found"
  if ! cmp -s "$work/found" "$work/expected"; then cut=$((cut + 1)); fi
  LC_ALL=C comm -23 "$work/found" "$work/expected" >"$work/odd"
  if [ -s "$work/odd" ]; then cat "$work/odd" && fail "a file that is not whole"; fi
  # DVC takes an object of that mode for whole without a look.
  if [ -d "$work/killed/.dvc/cache/files/md5" ]; then
    (cd "$work/killed/.dvc/cache/files/md5" && find . -type f -perm 0444 ! -name '*.dir' -exec md5sum {} +) |
      awk '{ name = $2; gsub(/[.\/]/, "", name); if (name != $1) print }' >"$work/odd"
    if [ -s "$work/odd" ]; then cat "$work/odd" && fail "an object that is not what its name says"; fi
  fi
done
target=after
"$mlops" -C "$work/killed" --quiet run-all >/dev/null
sums "$work/killed" >"$work/found"
diff "$work/expected" "$work/found" || fail "other bytes after $count kills"
if find "$work/killed" -name '*mlops-tmp*' | grep .; then fail "temporary files left"; fi
echo "kill.sh: $count kills in $((SECONDS - began)) s, $hit of a running pipeline (one takes $took ms), $cut left it unfinished;" \
  "every file whole, no stage outlived its run, same bytes after"
