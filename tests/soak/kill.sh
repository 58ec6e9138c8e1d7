#!/usr/bin/env bash
# Kills `mlops run-all` with SIGKILL at random moments, N times (default 20): the run and its stage together, the
# run alone, or the stage alone, in turn. After each kill no artifact may be half-written (every one has the bytes
# of an undisturbed run, or is absent), and no stage may outlive its run. Every fifth time the run starts from
# nothing, else over what the last kill left. At the end one more run must finish with the same bytes and leave no
# temporary file.
#
#   kill.sh 500        500 kills
#   kill.sh 200 dvc    200 kills while real `dvc status` runs beside, again and again; needs `dvc` on the PATH.
#                      It may find a path or the repository in use, and nothing else may ever be wrong for it.
set -euo pipefail
count=${1:-20}
beside=${2:-}
root=$(cd "$(dirname "$0")/../.." && pwd)
mlops=${MLOPS:-${CARGO_TARGET_DIR:-$root/target}/release/mlops}
if [ "$beside" = dvc ] && ! command -v dvc >/dev/null; then
  echo "kill.sh: NOT RUN: $count kills beside \`dvc status\`, since \`dvc\` is not on the PATH (make peers installs it)" >&2
  if [ "${CI:-}" = true ] || [ "${MLOPS_REQUIRE_PEERS:-}" = 1 ]; then exit 1; fi
  exit 0
fi
work=$(mktemp -d)
watcher=
trap '[ -z "$watcher" ] || kill "$watcher" 2>/dev/null || true; rm -rf "$work"' EXIT

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
# Up to so many milliseconds.
pause() { sleep "$(awk -v s="$RANDOM" -v m="$1" 'BEGIN { printf "%.3f", s / 32767 * m / 1000 }')"; }
# The stages at work: processes of the run's session that are no zombies, but for the run itself.
stages() { ps -o pid=,stat= -s "$1" | awk -v run="$1" '$1 != run && $2 !~ /^Z/ { print $1 }' || true; }

# Settings of this machine's user do not count, and DVC asks no server for news.
if [ "$beside" = dvc ]; then
  export DVC_NO_ANALYTICS=1 DVC_SITE_CACHE_DIR="$work/site" DVC_SYSTEM_CONFIG_DIR="$work" DVC_GLOBAL_CONFIG_DIR="$work"
  printf '[core]\n    check_update = false\n' >"$work/config"
fi
# `dvc status` over and over, until the file `stop` is there: what went wrong stands in `wrong`.
watch() {
  while [ ! -e "$work/stop" ]; do
    if [ ! -f "$1/.dvc/config" ]; then
      sleep 0.02
    elif (cd "$1" && dvc status >"$work/said" 2>&1); then
      echo looked >>"$work/looked"
    elif grep -qE 'is busy, it is being blocked by|Unable to acquire lock' "$work/said"; then
      echo busy >>"$work/busy"
    else
      cp "$work/said" "$work/wrong"
    fi
  done
}
# Each object is what its name says, and each out of a dvc.lock that is there has one.
# DVC takes an object of mode 0444 for whole without a look; none of another mode is left either.
objects() {
  local cache="$1/.dvc/cache/files/md5"
  if [ -d "$cache" ]; then
    (cd "$cache" && find . -type f -exec md5sum {} +) |
      awk '{ name = $2; sub(/\.dir$/, "", name); gsub(/[.\/]/, "", name); if (name != $1) print "damaged object:", $0 }'
    find "$cache" -type f ! -perm 0444 | sed 's/^/object of another mode: /'
  fi
  if [ -f "$1/dvc.lock" ]; then
    awk '/^    outs:/ { outs = 1; next } /^ ? ? ? ?[a-z]/ { outs = 0 } outs && /^      md5:/ { print $2 }' "$1/dvc.lock" |
      while read -r md5; do
        if [ ! -f "$cache/${md5:0:2}/${md5:2}" ]; then echo "dvc.lock names an object that is not there: $md5"; fi
      done
  fi
}

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
  if [ "$beside" = dvc ]; then
    rm -f "$work/stop"
    watch "$work/killed" &
    watcher=$!
    # A look takes longer than the run, most of it to load Python: the run meets any moment of it.
    pause 1000
  fi
  setsid "$mlops" -C "$work/killed" --quiet run-all "${force[@]}" >/dev/null 2>&1 &
  pid=$!
  pause "$took"
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
  objects "$work/killed" >"$work/odd"
  if [ -s "$work/odd" ]; then cat "$work/odd" && fail "a cache or dvc.lock that is not whole"; fi
  if [ "$beside" = dvc ]; then
    touch "$work/stop"
    wait "$watcher"
    watcher=
    if [ -f "$work/wrong" ]; then cat "$work/wrong" && fail "dvc status beside the run"; fi
    if [ -f "$work/killed/.dvc/config" ] && ! (cd "$work/killed" && dvc status >"$work/said" 2>&1); then
      cat "$work/said" && fail "dvc status after the kill"
    fi
    objects "$work/killed" >"$work/odd"
    if [ -s "$work/odd" ]; then cat "$work/odd" && fail "a cache that is not whole after dvc status"; fi
  fi
done
target=after
"$mlops" -C "$work/killed" --quiet run-all >/dev/null
sums "$work/killed" >"$work/found"
diff "$work/expected" "$work/found" || fail "other bytes after $count kills"
if find "$work/killed" -name '*mlops-tmp*' | grep .; then fail "temporary files left"; fi
watched=
if [ "$beside" = dvc ]; then
  said=$(cd "$work/killed" && dvc status 2>&1) || { echo "$said" && fail "dvc status at the end"; }
  if [ "$said" != "Data and pipelines are up to date." ]; then echo "$said" && fail "dvc status is not clean at the end"; fi
  lines() { if [ -f "$1" ]; then wc -l <"$1"; else echo 0; fi; }
  watched=" dvc status beside looked $(lines "$work/looked") times and found $(lines "$work/busy") times somebody at work,"
  watched+=" clean at the end;"
fi
echo "kill.sh: $count kills in $((SECONDS - began)) s, $hit of a running pipeline (one takes $took ms), $cut left it unfinished;$watched" \
  "every file whole, no stage outlived its run, same bytes after"
