#!/usr/bin/env bash
# The wine project by `mlops run-all` and by `dvc repro`, each in a clone of its own without a cache in common: the same
# files and the same dvc.lock, byte for byte, and either goes on where the other ended. What run-all made goes through
# a remote, and every byte comes back in a fresh clone. Needs `dvc`, `git` and `mlops` on the PATH.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$root/tests/peers/twins.sh"

clone "$root" "$work/ours" configs dvc.yaml .dvc .dvcignore .gitignore data models reports
cp -r "$work/ours" "$work/theirs"
twins 11 "$work/ours" "$work/theirs"

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
say "1 passed, 0 failed"
