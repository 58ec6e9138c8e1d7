#!/usr/bin/env bash
# Makes the model files that fuzzing starts from, anew after a change of their format: fuzz/model_seeds.sh
# MLOPS names the program; else target/release/mlops.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
mlops=$(realpath "${MLOPS:-$root/target/release/mlops}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
# Sixty rows: a number, a word, and a number that is missing in every ninth row.
awk 'BEGIN {
  for (i = 0; i < 60; i++) {
    a = (i * 37 % 61) / 10 - 3; b = substr("uvw", i % 3 + 1, 1); c = i % 9 ? (i * 17 % 53) / 5 : ""
    y = a + (b == "u") + c / 5 + (i * 29 % 31) / 20
    printf("%s,%s,%s,%s,%s,%s\n", a, b, c, (y > 1.5 ? "yes" : "no"), (y < 0.5 ? "low" : (y < 2 ? "middle" : "high")), y)
  }
}' >rows
make() { # make TARGET COLUMN ALGORITHM=PARAMETERS...
    local target=$1 column=$2 algorithm
    shift 2
    { echo a,b,c,y; cut -d, -f"1-3,$column" rows; } >"$target.csv"
    "$mlops" -q init "$target" --data "$target.csv" --target y >init.log 2>&1
    { echo "train:"; echo "  folds: 3"; echo "  algorithms:"; printf '    %s\n' "${@/=/: }"; } >"$target/configs/train.yaml"
    for stage in ingest clean features split train; do "$mlops" -q -C "$target" "$stage" >stage.log 2>&1 || { cat stage.log; exit 1; }; done
    for file in "$target"/models/*.bin; do
        algorithm=$(basename "$file")
        cp "$file" "$root/fuzz/seeds/model/${algorithm%%_*}_$target"
    done
}
trees="n_estimators: 3, max_depth: 2"
make two 4 'baseline={}' 'lr={}' 'nb={}' 'knn={}' 'svm={}' 'dt={max_depth: 2}' "rf={$trees}" "xgb={$trees}"
make three 5 'lr={}' 'svm={}' "xgb={$trees}" "rf={$trees}"
make num 6 'dt={max_depth: 2}' 'lasso={}' 'elasticnet={}'
