#!/usr/bin/env bash
# The projects of examples/ under real DVC, with the datasets of MLOPS_TEST_DATA: `dvc repro` runs each to the
# end, a second one does nothing. Needs `dvc` and `mlops` on the PATH.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
say() { printf 'examples peer: %s\n' "$*"; }
fail() { say "FAILED: $*"; exit 1; }

data=${MLOPS_TEST_DATA:-}
if [ ! -f "$data/adult.data.gz" ] || [ ! -f "$data/hotel_bookings.csv.gz" ]; then
  say "SKIPPED: MLOPS_TEST_DATA names no folder with adult.data.gz, adult.test and hotel_bookings.csv.gz"
  test -z "${MLOPS_REQUIRE_PEERS:-}" || fail "skipped where it must not be"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DVC_NO_ANALYTICS=1 HOME="$work/home"
mkdir -p "$HOME"

# The files git knows, as a clone would have them.
git -C "$root" ls-files -z -- examples | tar -C "$root" --null -T - -cf - | tar -C "$work" -xf -
gzip -dc "$data/adult.data.gz" >"$work/examples/adult/data/external/adult.data"
cp "$data/adult.test" "$work/examples/adult/data/external/"
gzip -dc "$data/hotel_bookings.csv.gz" >"$work/examples/hotel/data/external/hotel_bookings.csv"

passed=0
for project in adult hotel; do
  cd "$work/examples/$project"
  git init -q . && git add -A && git -c user.name=t -c user.email=t@localhost commit -qm start
  dvc repro >"$work/first" 2>&1 || { cat "$work/first"; fail "$project: dvc repro"; }
  test -f "data/processed/$project-predictions_processed_20260101.csv" || fail "$project: no predictions"
  test -z "$(git status --porcelain | grep -v 'dvc.lock\|\.gitignore')" ||
    { git status --porcelain; fail "$project: the tree is not clean"; }
  dvc repro >"$work/second" 2>&1 || { cat "$work/second"; fail "$project: second dvc repro"; }
  grep -q '^Running stage' "$work/second" && { cat "$work/second"; fail "$project: the second dvc repro ran a stage"; }
  dvc status >"$work/status" && grep -q 'up to date' "$work/status" || fail "$project: dvc status is not clean"
  dvc metrics show --md >"$work/metrics" && grep -q "xgb_${project}_v1.json" "$work/metrics" || fail "$project: dvc metrics show has no xgb"
  say "$project: dvc repro ran $(grep -c '^Running stage' "$work/first") stages, a second one none"
  passed=$((passed + 1))
done
say "$passed passed, 0 failed"
