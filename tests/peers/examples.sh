#!/usr/bin/env bash
# The projects of examples/ by `mlops run-all` and by `dvc repro`, with the datasets of MLOPS_TEST_DATA: the same files
# and the same dvc.lock, byte for byte, and either goes on where the other ended. Needs `dvc`, `git` and `mlops` on the
# PATH.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$root/tests/peers/twins.sh"

data=${MLOPS_TEST_DATA:-}
if [ ! -f "$data/adult.data.gz" ] || [ ! -f "$data/hotel_bookings.csv.gz" ] ||
  [ ! -f "$data/reviews.csv.gz" ]; then
  say "SKIPPED: MLOPS_TEST_DATA names no folder with adult.data.gz, adult.test, hotel_bookings.csv.gz and reviews.csv.gz"
  test -z "${MLOPS_REQUIRE_PEERS:-}" || fail "skipped where it must not be"
  exit 0
fi
gzip -dc "$data/adult.data.gz" >"$work/adult.data"
gzip -dc "$data/hotel_bookings.csv.gz" >"$work/hotel_bookings.csv"
gzip -dc "$data/reviews.csv.gz" >"$work/reviews.csv"

passed=0
for project in adult hotel reviews; do
  ours=$work/ours-$project theirs=$work/theirs-$project
  clone "$root/examples/$project" "$ours" .
  case $project in
    adult) stages=11 && cp "$work/adult.data" "$data/adult.test" "$ours/data/external/" ;;
    hotel) stages=12 && cp "$work/hotel_bookings.csv" "$ours/data/external/" ;;
    reviews) stages=13 && cp "$work/reviews.csv" "$ours/data/external/" ;;
  esac
  cp -r "$ours" "$theirs"
  twins "$stages" "$ours" "$theirs"
  test -f "$ours/data/processed/$project-predictions_processed_20260101.csv" || fail "$project: no predictions"
  (cd "$ours" && dvc metrics show --md) >"$work/metrics" && grep -q "xgb_${project}_v1.json" "$work/metrics" ||
    fail "$project: dvc metrics show has no xgb"
  passed=$((passed + 1))
done
# The other configs of Adult stand in its pipeline, as its README says.
for configs in ensemble holdout; do
  cp -r "$root/examples/adult" "$work/$configs" && cd "$work/$configs"
  cp $configs/*.yaml configs/ && mlops validate --fix >"$work/fixed" 2>&1 && mlops status >"$work/status" 2>&1 ||
    fail "adult with $configs: $(cat "$work/fixed" "$work/status")"
done
say "$passed passed, 0 failed"
