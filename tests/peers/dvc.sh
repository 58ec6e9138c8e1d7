#!/usr/bin/env bash
# The wine project by `mlops run-all` and by `dvc repro`, each in a clone of its own without a cache in common: the same
# files and the same dvc.lock, byte for byte, and either goes on where the other ended. What run-all made goes through
# a remote, and every byte comes back in a fresh clone. `dvc metrics show`, `dvc metrics diff` and `dvc plots show` tell of
# the result what it holds. Needs `dvc`, `git` and `mlops` on the PATH.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$root/tests/peers/twins.sh"

clone "$root" "$work/ours" configs dvc.yaml .dvc .dvcignore .gitignore data models reports
cp -r "$work/ours" "$work/theirs"
twins 13 "$work/ours" "$work/theirs"

cd "$work/ours"
for file in data/processed/wine-predictions_processed_20251120.csv models/champion.json dvc.lock; do
  test -f "$file" || fail "no $file"
done
dvc metrics show --md >"$work/metrics"
cat "$work/metrics"
for word in roc_auc log_loss threshold xgb_wine_v1.json baseline_wine_v1.json; do
  grep -q "$word" "$work/metrics" || fail "dvc metrics show has no $word"
done
there_and_back "$work/ours" "$work/store" "$work/fresh"

# What DVC shows of the result: the curves of all models over one another, each file once, and no error.
dvc plots show --json >"$work/plots"
python3 - "$work/plots" <<'PYTHON' || fail "dvc plots show --json"
import json, sys
told = json.load(open(sys.argv[1]))
assert not told.get("errors"), told["errors"]
wanted = {"roc": ("false_positive_rate", "true_positive_rate"), "precision_recall": ("recall", "precision"),
          "calibration": ("predicted", "observed"), "confusion": ("actual", "predicted")}
assert sorted(told["data"]) == sorted(wanted), sorted(told["data"])
for plot, columns in wanted.items():
    [drawn] = told["data"][plot]
    rows = drawn["content"]["data"]["values"]
    models = {row["filename"].split("_")[0] for row in rows}
    assert models == {"baseline", "lr", "dt", "rf", "xgb"}, (plot, models)
    assert all(column in row for row in rows for column in columns), plot
    assert all(sum(row["filename"].startswith(model) for row in rows) <= 501 for model in models), plot
print("roc, precision_recall, calibration and confusion of 5 models")
PYTHON
dvc plots show -q --out "$work/html" && grep -q 'vega' "$work/html/index.html" || fail "dvc plots show drew no page"

# And of a change: the same numbers as `mlops metrics diff`.
mlops -q --set train.folds=3 run-all 2>/dev/null
dvc metrics diff --json >"$work/theirs.json"
mlops --json metrics diff >"$work/ours.json"
python3 - "$work/theirs.json" "$work/ours.json" <<'PYTHON' || fail "dvc metrics diff"
import json, sys
theirs, ours = (json.load(open(path)) for path in sys.argv[1:])
xgb = theirs["reports/metrics/xgb_wine_v1.json"]
assert set(xgb["threshold"]) == {"old", "new", "diff"}, xgb
text = json.dumps(ours)
for file, changes in theirs.items():
    assert file in text, file
    for key, change in changes.items():
        assert json.dumps(change["new"]) in text, (file, key, change)
print(f"{sum(map(len, theirs.values()))} metrics that another number of folds moves")
PYTHON
dvc status | grep -q 'up to date' || fail "dvc status after a change and run-all"
say "1 passed, 0 failed"
