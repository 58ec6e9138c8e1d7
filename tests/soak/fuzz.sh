#!/usr/bin/env bash
# Fuzzes each target for SECONDS (default 60): `fuzz.sh SECONDS [target…]`; targets: expression yaml model csv request text.
# `fuzz.sh build` only builds.
#
# Needs a nightly toolchain and a C++ compiler, not cargo-fuzz, whose flags and layout these are. Corpora grow in
# fuzz/corpus from fuzz/seeds. What breaks an invariant stops its target, is kept in fuzz/artifacts, and fails the run:
#   target/fuzz-none/<host>/release/<target> fuzz/artifacts/<target>/crash-…      runs it again
# FUZZ_SEED makes the inputs those of the last run with it, so that a change is judged by itself and not by luck.
# FUZZ_JOBS targets run side by side (2). FUZZ_SANITIZER=address looks for memory errors too, in a build of its own.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:-60}
shift || true
targets=("$@")
if ((${#targets[@]} == 0)); then targets=(expression yaml model csv request text); fi
sanitizer=${FUZZ_SANITIZER:-none}
jobs=${FUZZ_JOBS:-2}
cd "$root/fuzz"

if ! rustc +nightly --version >/dev/null 2>&1; then
  echo "fuzz.sh: NO NIGHTLY TOOLCHAIN, NOTHING WAS FUZZED; \`cargo test --release fuzz::\` runs the same bodies on mutated seeds" >&2
  exit 77
fi
host=$(rustc +nightly -vV | sed -n 's/^host: //p')
flags="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
flags+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
flags+=" -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0"
if [ "$sanitizer" != none ]; then flags+=" -Zsanitizer=$sanitizer"; fi
built=$root/target/fuzz-$sanitizer
# The program's own versions; libFuzzer is added to them.
cp "$root/Cargo.lock" Cargo.lock
# The host is named as a target, so that build scripts and macros are not instrumented.
RUSTFLAGS=$flags CARGO_TARGET_DIR=$built CARGO_INCREMENTAL=0 \
  nice -n 10 cargo +nightly build --quiet --release --target "$host" -j "$jobs"
if [ "$seconds" = build ]; then exit 0; fi

fuzz() {
  local target=$1 log=$built/$1.log length=4096
  if [ "$target" = model ]; then length=8192; fi
  local extra=()
  if [ -n "${FUZZ_SEED:-}" ]; then extra+=(-seed="$FUZZ_SEED"); fi
  if [ -f "dictionaries/$target.dict" ]; then extra+=(-dict="dictionaries/$target.dict"); fi
  mkdir -p "corpus/$target" "artifacts/$target"
  # A gigabyte at once is too much, whatever an input claims to hold. The time is that of the clock, and the
  # machine may have much else to do.
  if ! "$built/$host/release/$target" -max_total_time="$seconds" -max_len="$length" -timeout=120 -rss_limit_mb=2048 \
    -malloc_limit_mb=1024 -use_value_profile=1 -print_final_stats=1 -artifact_prefix="artifacts/$target/" "${extra[@]}" \
    "corpus/$target" "seeds/$target" >"$log" 2>&1; then
    tail -n 60 "$log"
    echo "fuzz.sh: FAILED: $target; the input is in fuzz/artifacts/$target"
    return 1
  fi
  echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs," \
    "$(find "corpus/$target" -type f | wc -l) in the corpus, peak $(sed -n 's/^stat::peak_rss_mb: *//p' "$log") MB"
}

failed=0
for target in "${targets[@]}"; do
  while (($(jobs -rp | wc -l) >= jobs)); do wait -n || failed=1; done
  fuzz "$target" &
done
while (($(jobs -p | wc -l) > 0)); do wait -n || failed=1; done
exit $failed
