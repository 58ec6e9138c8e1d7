#!/usr/bin/env python3
"""Times `mlops tune` against Optuna with XGBoost: the same rows, folds, space and number of trials.

    MLOPS_TEST_DATA=<folder with adult.data.gz> python3 benches/tune.py [--trials 50]

UCI Adult, the official training file, 5 folds named by a column that both sides read. Both search `xgb` by a
tree-structured Parzen estimator for the best mean ROC AUC. Optuna runs with n_jobs=1 and XGBoost with nthread=2,
hist; it is given what a careful user would: imputing, scaling and one-hot encoding are fitted once a fold, not once a
trial. Both sides take the same steps, so that they search on the same numbers: unscaled, the zeros of a sparse matrix
would be missing values to XGBoost.
Times are of whole processes, imports and reading included. PYTHON and MLOPS as in bench.py. One run of each side; times mean something only on a machine that does nothing else.
"""

import argparse
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import BENCHES, adult, measure, mlops_binary, python_interpreter

FOLDS = 5

SPACE = {
    "n_estimators": {"int": [100, 600], "step": 50},
    "learning_rate": {"float": [0.01, 0.3], "log": True},
    "max_depth": {"int": [3, 10]},
    "min_child_weight": {"float": [1, 20], "log": True},
    "subsample": {"float": [0.5, 1]},
    "colsample_bytree": {"float": [0.5, 1]},
    "reg_lambda": {"float": [0.1, 10], "log": True},
}

OPTUNA = """
import json, sys
import numpy, optuna, pandas, xgboost
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

path, trials, space = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
optuna.logging.set_verbosity(optuna.logging.WARNING)
table = pandas.read_csv(path)
y = (table.pop("income") == ">50K").astype(int).to_numpy()
fold = table.pop("fold").to_numpy()
table = table.drop(columns=["row_id"])
numbers = list(table.select_dtypes("number"))
words = [name for name in table if name not in numbers]
encode = make_pipeline(SimpleImputer(strategy="constant", fill_value="missing"), OneHotEncoder(handle_unknown="ignore"))
folds = []
for at in sorted(set(fold)):
    scale = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    make = ColumnTransformer([("numbers", scale, numbers), ("words", encode, words)])
    train, test = fold != at, fold == at
    x = make.fit_transform(table[train])
    folds.append((xgboost.DMatrix(x, y[train], nthread=2), xgboost.DMatrix(make.transform(table[test]), nthread=2), y[test]))

def suggest(trial, name, about):
    if "int" in about:
        return trial.suggest_int(name, *about["int"], step=about.get("step", 1))
    return trial.suggest_float(name, *about["float"], log=about.get("log", False))

def objective(trial):
    params = {name: suggest(trial, name, about) for name, about in space.items()}
    rounds = params.pop("n_estimators")
    params |= {"objective": "binary:logistic", "tree_method": "hist", "nthread": 2, "seed": 42}
    scores = [roc_auc_score(y, xgboost.train(params, train, rounds).predict(test)) for train, test, y in folds]
    return float(numpy.mean(scores))

study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=42))
study.optimize(objective, n_trials=trials, n_jobs=1)
print(json.dumps({"best": study.best_value, "params": study.best_params}))
"""


def project(folder, data, binary):
    """The bench's own Adult project, all rows to learn from but a few, and a column that names the folds; its rows."""
    source = BENCHES / "adult" / "configs"
    (folder / "configs").mkdir(parents=True)
    for path in source.iterdir():
        text = path.read_text()
        if path.name == "config.yaml":
            text = text.replace("hours_per_week, native_country, income]", "hours_per_week, native_country, income, fold]")
        if path.name == "split.yaml":
            text = text.replace("test_size: 0.4", "test_size: 0.001")
        if path.name == "features.yaml":
            text = text.replace("strategy: most_frequent", "strategy: constant, value: missing")
        (folder / "configs" / path.name).write_text(text)
    (folder / "configs" / "train.yaml").write_text(
        "train:\n  folds: 5\n  validation: {method: predefined, column: fold}\n  algorithms: {xgb: {}}\n"
    )
    (folder / "data" / "external").mkdir(parents=True)
    draw = random.Random(1).randrange
    with gzip.open(data, "rt") as rows, (folder / "data" / "external" / "adult.data").open("w") as out:
        for row in rows:
            if row.strip():
                out.write(f"{row.rstrip()}, {draw(FOLDS)}\n")
    for stage in ["ingest", "clean", "features", "split"]:
        subprocess.run([binary, "-q", stage], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder / "data" / "processed" / "adult-train_processed_20240131.csv"


def compare(folder, data, binary, python, trials):
    """What `measure` tells of our search and theirs, the best scores and their parameters."""
    train = project(folder, data, binary)
    # JSON is YAML.
    space = {"trials": trials, "metric": "roc_auc", "algorithms": {"xgb": SPACE}}
    (folder / "configs" / "tune.yaml").write_text(json.dumps({"tune": space}))
    own = measure([binary, "-q", "--threads", "2", "tune"], folder, dict(os.environ))
    found = json.loads((folder / "reports" / "tuning" / "tuning_adult_v1.json").read_text())["best"]
    script = folder / "optuna_side.py"
    script.write_text(OPTUNA)
    out = folder / "optuna.json"
    shell = f'"{python}" "{script}" "{train}" {trials} "$SPACE" > "{out}"'
    other = measure(["sh", "-c", shell], folder, os.environ | {"SPACE": json.dumps(SPACE)})
    theirs = json.loads(out.read_text())
    return own, other, [found["mean"], theirs["best"]], [found["params"], theirs["params"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=50)
    options = parser.parse_args()
    data, binary, python = adult(), mlops_binary(), python_interpreter()
    with tempfile.TemporaryDirectory() as temporary:
        own, other, scores, params = compare(Path(temporary) / "tune", data, binary, python, options.trials)
    print(f"{options.trials} trials, {FOLDS} folds      mlops     Optuna + XGBoost   ratio")
    for at, what in enumerate(["wall, s", "CPU, s", "peak of a process, MiB"]):
        unit = 2**20 if at == 2 else 1
        print(f"{what:22} {own[at] / unit:7.1f}     {other[at] / unit:7.1f}            {own[at] / other[at]:.2f}")
    print(f"best mean ROC AUC      {scores[0]:.5f}     {scores[1]:.5f}            {scores[0] - scores[1]:+.5f}")
    print(f"mlops   {json.dumps(params[0])}\nOptuna  {json.dumps(params[1])}", file=sys.stderr)


if __name__ == "__main__":
    main()
