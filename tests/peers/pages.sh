#!/usr/bin/env bash
# The pages of wine, and where MLOPS_TEST_DATA is of Adult and hotel, in headless Chromium: pages.py says what is looked
# at. Wine is opened in Spanish too, with a comparison and the page of its run. Needs `mlops`, `chromium` and a Python
# with playwright (PYTHON) on the PATH. The pages of `mlops serve` are driven too (serve_pages.py); screenshots go to SCREENSHOTS where that is set.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { printf 'pages peer: %s\n' "$*"; }
fail() { say "FAILED: $*"; exit 1; }

# project NAME FROM PATH…: those files of a project that git knows, and its pipeline run.
project() {
  local name=$1 from=$2
  shift 2
  mkdir "$work/$name"
  git -C "$from" ls-files -z -- "$@" | tar -C "$from" --null -T - -cf - | tar -C "$work/$name" -xf -
}
run() { (cd "$work/$1" && mlops --quiet run-all >/dev/null) || fail "$1: run-all"; }

project wine "$root" configs dvc.yaml
run wine
(cd "$work/wine"
mlops --quiet compare lr xgb --html reports/compare.html >/dev/null
mlops --quiet runs show latest --html reports/run.html)
cp -r "$work/wine" "$work/vino"
sed -i 's/^  seed: 42$/  seed: 42\n  lang: es/' "$work/vino/configs/config.yaml"
run vino
grep -q '<html lang="es">' "$work/vino/reports/report.html" || fail "no Spanish page"
projects=("$work/wine" "$work/vino")

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

# Names that would like to be markup, three classes, many levels, dates, texts, gaps: a form of every kind of field.
"${PYTHON:-python3}" - "$work/odd.csv" <<'TABLE'
import csv, random, sys
random.seed(7)
evil = "</script><img src=x onerror=alert(1)>"
with open(sys.argv[1], "w", newline="") as file:
    out = csv.writer(file)
    out.writerow(["amount", evil, "a \"quoted\" 'name'", "when", "member", "city", "note", "kind"])
    for at in range(600):
        x, level = random.gauss(50, 20), random.choice([evil, "plain & simple", "=1+1", "ñandú"])
        kind = [evil + "1", "b\"2'", "c"][min(2, max(0, int((x + (20 if level == evil else 0)) / 30)))]
        words = " ".join(random.choice("the a good bad room view noise bed lovely terrible".split()) for _ in range(random.randint(4, 14)))
        out.writerow([f"{x:.2f}", level, "" if at % 9 == 0 else random.randint(1, 9), f"2024-{at % 12 + 1:02}-{at % 28 + 1:02}",
                      random.choice(["true", "false"]), f"city {at % 60}", words, kind])
TABLE
(cd "$work" && mlops --quiet init odd --data odd.csv --target kind >/dev/null && cd odd && mlops --quiet run-all >/dev/null) || fail "odd"
served=("$work/wine" "$work/odd")
[ ! -d "$work/hotel" ] || served+=("$work/adult" "$work/hotel")
"${PYTHON:-python3}" "$root/tests/peers/serve_pages.py" "${served[@]}" ${SCREENSHOTS:+--screenshots "$SCREENSHOTS"}

"${PYTHON:-python3}" "$root/tests/peers/pages.py" "${projects[@]}" ${SCREENSHOTS:+--screenshots "$SCREENSHOTS"}
