#!/usr/bin/env bash
# The wine project under real DVC: `dvc repro` runs it to the end, a second one does nothing,
# `dvc metrics show` lines the models up. Needs `dvc` and `mlops` on the PATH.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DVC_NO_ANALYTICS=1 HOME="$work/home"
mkdir -p "$HOME"

# The files git knows, as a clone would have them.
git -C "$root" ls-files -z -- configs dvc.yaml .dvc .dvcignore .gitignore data models reports |
  tar -C "$root" --null -T - -cf - | (mkdir "$work/wine" && tar -C "$work/wine" -xf -)
cd "$work/wine"
git init -q . && git add -A && git -c user.name=t -c user.email=t@localhost commit -qm start

say() { printf 'dvc peer: %s\n' "$*"; }
fail() { say "FAILED: $*"; exit 1; }

dvc repro >"$work/first" 2>&1 || { cat "$work/first"; fail "dvc repro"; }
for file in data/processed/wine-predictions_processed_20251120.csv models/champion.json dvc.lock; do
  test -f "$file" || fail "no $file"
done
say "dvc repro ran $(grep -c '^Running stage' "$work/first") stages"
test "$(grep -c '^Running stage' "$work/first")" = 11 || fail "11 stages expected"
test -z "$(git status --porcelain | grep -v 'dvc.lock\|\.gitignore')" || { git status --porcelain; fail "the tree is not clean"; }

dvc repro >"$work/second" 2>&1 || { cat "$work/second"; fail "second dvc repro"; }
grep -q '^Running stage' "$work/second" && { cat "$work/second"; fail "the second dvc repro ran a stage"; }
say "the second dvc repro ran nothing"
dvc status >"$work/status" && grep -q 'up to date' "$work/status" || fail "dvc status is not clean"

dvc metrics show --md >"$work/metrics"
cat "$work/metrics"
for word in roc_auc log_loss threshold xgb_wine_v1.json baseline_wine_v1.json; do
  grep -q "$word" "$work/metrics" || fail "dvc metrics show has no $word"
done

# What DVC made and what run-all makes are the same bytes.
find data models reports -type f ! -name .gitignore ! -name .gitkeep -exec md5sum {} + | sort -k 2 >"$work/by-dvc"
find data models reports -type f ! -name .gitignore ! -name .gitkeep -delete
mlops --quiet run-all
find data models reports -type f ! -name .gitignore ! -name .gitkeep -exec md5sum {} + | sort -k 2 >"$work/by-run-all"
diff "$work/by-dvc" "$work/by-run-all" || fail "run-all made other bytes than dvc repro"
say "run-all made the same $(wc -l <"$work/by-dvc") files, byte for byte"
dvc status >"$work/status" && grep -q 'up to date' "$work/status" || fail "dvc status is not clean after run-all"
say "1 passed, 0 failed"
