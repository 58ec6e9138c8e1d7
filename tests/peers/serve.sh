#!/usr/bin/env bash
# `mlops serve` and what asks it: every test row of wine, and where MLOPS_TEST_DATA is of Adult and hotel, over HTTP, and
# MLflow's own client and server code (serve.py); SageMaker's contract (sagemaker.py); Schemathesis against the
# server's own OpenAPI document. Needs `mlops`, and a Python (PYTHON) with mlflow-skinny, pandas and schemathesis.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
python=${PYTHON:-python3}
export MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=1
say() { printf 'serve peer: %s\n' "$*"; }
fail() { say "FAILED: $*"; exit 1; }

# project NAME FROM PATH…: those files of a project that git knows.
project() {
  local name=$1 from=$2
  shift 2
  mkdir "$work/$name"
  git -C "$from" ls-files -z -- "$@" | tar -C "$from" --null -T - -cf - | tar -C "$work/$name" -xf -
}
run() { (cd "$work/$1" && mlops --quiet run-all >/dev/null 2>"$work/said") || { cat "$work/said"; fail "$1: run-all"; }; }

project wine "$root" configs dvc.yaml
run wine
projects=("$work/wine")
data=${MLOPS_TEST_DATA:-}
if [ -f "$data/adult.data.gz" ] && [ -f "$data/hotel_bookings.csv.gz" ]; then
  project adult "$root/examples/adult" .
  gzip -dc "$data/adult.data.gz" >"$work/adult/data/external/adult.data"
  cp "$data/adult.test" "$work/adult/data/external/"
  project hotel "$root/examples/hotel" .
  gzip -dc "$data/hotel_bookings.csv.gz" >"$work/hotel/data/external/hotel_bookings.csv"
  run adult
  run hotel
  projects+=("$work/adult" "$work/hotel")
else
  say "SKIPPED Adult and hotel: MLOPS_TEST_DATA names no folder with their data"
  test -z "${MLOPS_REQUIRE_PEERS:-}" || fail "skipped where it must not be"
fi

"$python" "$root/tests/peers/serve.py" "${projects[@]}"
# As a table of a user has it, without the ids of rows.
cut -d, -f2- "$work"/wine/data/raw/wine_raw_*.csv >"$work/table.csv"
"$python" "$root/tests/peers/sagemaker.py" "$work/table.csv" quality

# start PROJECT OPTION…: a server, its address in `address`.
start() {
  local name=$1
  shift
  : >"$work/address"
  (cd "$work/$name" && exec mlops --quiet serve --port 0 "$@") >"$work/address" 2>"$work/said" &
  server=$!
  for _ in $(seq 200); do
    address=$(head -1 "$work/address")
    [ -z "$address" ] || return 0
    sleep 0.05
  done
  cat "$work/said"
  fail "$name: no server"
}
stop() {
  kill "$server" && wait "$server" || fail "the server did not end well"
  server=
}

# conforms WHAT OPTION…: requests made of the document, good and bad, of a fixed seed; every answer is one that it tells of.
conforms() {
  local what=$1
  shift
  # The database of former failures and the reports of this machine do not count.
  (cd "$work" && timeout 300 "$(dirname "$("$python" -c 'import sys; print(sys.executable)')")/schemathesis" run \
    "$address/openapi.json" --no-color --seed 7 --max-examples "${EXAMPLES:-100}" --phases examples,coverage,fuzzing \
    --generation-database none --suppress-health-check all --continue-on-failure "$@") >"$work/told" 2>&1 ||
    { cat "$work/told"; fail "Schemathesis: $what"; }
  say "Schemathesis: $what: $(grep -E '^ +[0-9]+ generated' "$work/told" | sed 's/^ *//'), nothing else found"
}
for name in wine hotel; do
  [ -d "$work/$name" ] || continue
  start "$name"
  conforms "$name" --checks all --exclude-path /invocations
  # A CSV is any text to the document, and no table to the server.
  conforms "$name, /invocations" --checks all --exclude-checks positive_data_acceptance --include-path /invocations
  stop
done
export MLOPS_ADMIN_TOKEN_PEER=0123456789abcdef0123456789abcdef
start wine
conforms "wine with a token" --checks all --exclude-path /invocations -H "Authorization: Bearer $MLOPS_ADMIN_TOKEN_PEER"
stop
say "passed"
