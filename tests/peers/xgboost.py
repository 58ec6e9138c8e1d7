#!/usr/bin/env python3
"""Models to the real XGBoost and back: the same raw scores there, the same probabilities here.

    PATH=<folder of mlops>:$PATH python tests/peers/xgboost.py

Needs xgboost and numpy. For two classes, three classes and numbers, on rows with missing values: `xgb`, `rf` and `dt`
trained by mlops are exported and loaded by XGBoost; models that XGBoost trained on the exported matrix are imported and
answer as XGBoost does. What each
feature adds to a score by `mlops explain` is what XGBoost's `pred_contribs` says of the exported trees. Fails at the
first difference beyond 1e-5 (of contributions 1e-4), and says it.
"""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

# The script's own folder holds this very file, which is not the library.
sys.path.pop(0)
import numpy as np  # noqa: E402
import xgboost  # noqa: E402

ROWS = 1500
CLOSE = 1e-5
CLOSE_CONTRIBUTIONS = 1e-4
LEVELS = ["red", "green", "[blue]", "<5", 'odd, "quoted"']


def run(folder, *command, code=0):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != code:
        sys.exit(f"xgboost peer: `{' '.join(map(str, command))}`: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def table(path):
    """Rows with missing values, and a target of each kind."""
    random = np.random.default_rng(7)
    a, b = random.normal(size=ROWS), random.normal(size=ROWS)
    level, count = random.integers(0, len(LEVELS), ROWS), random.integers(0, 50, ROWS)
    gone = random.random((2, ROWS)) < 0.1
    value = np.where(gone[0], 0.8, a) * b + 0.7 * level + np.where(gone[1], 1, 0) + random.normal(size=ROWS) * 0.5
    targets = {
        "binary": np.where(value > 1.5, "yes", "no"),
        "multiclass": np.array(["low", "mid", "high"])[(value > 0.8).astype(int) + (value > 2)],
        "regression": [f"{100 + 7 * v:.6f}" for v in value],
    }
    for task, target in targets.items():
        with open(path / f"{task}.csv", "w", newline="") as file:
            out = csv.writer(file)
            out.writerow(["a", "b", "color", "count", "y"])
            for row in range(ROWS):
                number = "" if gone[0][row] else f"{a[row]:.7f}"
                color = "" if gone[1][row] else LEVELS[level[row]]
                out.writerow([number, f"{b[row]:.3f}", color, count[row], target[row]])
    return targets


def project(folder, task):
    """A project whose missing values reach the trees."""
    run(folder, "mlops", "init", task, "--data", f"{task}.csv", "--target", "y", "--task", task, "--name", "t")
    home = folder / task
    learned = "features:\n  learned:\n    - encode: {columns: categorical, method: onehot}\n"
    (home / "configs/features.yaml").write_text(learned)
    algorithms = "    xgb: {n_estimators: 60, max_depth: 5}\n    rf: {n_estimators: 40}\n    dt: {}\n"
    rest = "  class_weight: null\n  threshold: null\n  seed: null\n"
    (home / "configs/train.yaml").write_text(f"train:\n  folds: 3\n{rest}  algorithms:\n{algorithms}")
    for command in [["validate", "--fix"], ["ingest"], ["clean"], ["features"], ["split"], ["train"]]:
        run(home, "mlops", *command)
    return home


def matrix(path):
    with open(path, newline="") as file:
        header, *rows = csv.reader(file)
    return header[1:], np.array([[float(v) if v else np.nan for v in row[1:]] for row in rows], dtype=np.float32)


def answers(home, task, model):
    """The classes and their probabilities, or the values."""
    run(home, "mlops", "predict", "--input", f"../{task}.csv", "--model", model, "--output", "answers.csv")
    with open(home / "answers.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    if task == "regression":
        return [], np.array([[float(row["prediction"])] for row in rows])
    names = [name for name in rows[0] if name.startswith("probability_")]
    return [name.removeprefix("probability_") for name in names], np.array([[float(row[n]) for n in names] for row in rows])


def contributions(home, task, model, columns):
    """By row, output and column what `mlops explain` tells, and at last the expected score."""
    run(home, "mlops", "explain", model, "--input", f"../{task}.csv", "--output", "why.json")
    rows = json.loads((home / "why.json").read_text())["rows"]

    def of(output):
        told = {c["feature"]: c["contribution"] for c in output["contributions"]}
        assert sorted(told) == columns, told
        return [told[column] for column in columns] + [output["expected"]]

    return np.array([[of(output) for output in row["outputs"]] for row in rows])


def close(what, found, expected, within=CLOSE):
    off = np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected)))
    if not off < within:
        sys.exit(f"xgboost peer: FAILED: {what}: off by {off:.3g}")
    print(f"xgboost peer: {what}: off by {off:.1e} at the most")


def exported(home, task):
    """Every algorithm's trees give XGBoost the raw scores that they give mlops."""
    for algorithm in ["xgb", "rf", "dt"]:
        model = next((home / "models").glob(f"{algorithm}_*.bin"))
        run(home, "mlops", "export", model, "--output", "trees.json", "--input", f"../{task}.csv", "--matrix", "matrix.csv")
        names, x = matrix(home / "matrix.csv")
        assert np.isnan(x).any() and x.shape[0] == ROWS
        booster = xgboost.Booster(model_file=str(home / "trees.json"))
        raw = booster.predict(xgboost.DMatrix(x, feature_names=names), output_margin=True).reshape(ROWS, -1)
        p = answers(home, task, model)[1]
        if task == "binary":
            p = p[:, 1:]
        if algorithm == "xgb" and task == "binary":
            p = np.log(p / (1 - p))
        if algorithm == "xgb" and task == "multiclass":
            # Probabilities tell margins up to a common number.
            p, raw = (m - m.mean(axis=1, keepdims=True) for m in (np.log(p), raw))
        close(f"{task}, {algorithm} to XGBoost", raw, p)
        # Levels of a column are told together: theirs are summed likewise, with the bias as the last one.
        theirs = booster.predict(xgboost.DMatrix(x, feature_names=names), pred_contribs=True)
        theirs = theirs.reshape(ROWS, -1, len(names) + 1).astype(float)
        columns = ["a", "b", "color", "count"]
        of = np.array([[name == column or name.startswith(f"{column}=") for name in names] for column in columns])
        assert (of.sum(axis=0) == 1).all()
        theirs = np.concatenate([theirs[:, :, :-1] @ of.T, theirs[:, :, -1:]], axis=2)
        close(f"{task}, contributions in {algorithm}", contributions(home, task, model, columns), theirs, CLOSE_CONTRIBUTIONS)


def imported(home, task, target):
    """What XGBoost trains on the matrix answers through mlops as it does itself."""
    names, x = matrix(home / "matrix.csv")
    like = next((home / "models").glob("rf_*.bin"))
    classes = answers(home, task, like)[0]
    y = np.array([classes.index(t) for t in target]) if classes else np.array(target, dtype=float)
    rows = xgboost.DMatrix(x, label=y, feature_names=names)
    objectives = {"binary": "binary:logistic", "multiclass": "multi:softprob", "regression": "reg:squarederror"}
    usual = {"objective": objectives[task], "max_depth": 5, "seed": 1} | ({"num_class": 3} if task == "multiclass" else {})

    def bring(booster, code=0):
        booster.save_model(home / "theirs.json")
        return run(home, "mlops", "import", "theirs.json", "--like", like, "--output", "theirs.bin", code=code)

    for method in ["hist", "exact", "lossguide"]:
        how = {"grow_policy": "lossguide", "max_leaves": 20} if method == "lossguide" else {"tree_method": method}
        booster = xgboost.train(usual | how, rows, 30)
        bring(booster)
        found = answers(home, task, "theirs.bin")[1]
        expected = booster.predict(rows).reshape(ROWS, -1)
        close(f"{task}, XGBoost ({method}) to mlops", found[:, 1:] if task == "binary" else found, expected)
    known, held_out = rows.slice(range(1000)), rows.slice(range(1000, ROWS))
    watch = {"evals": [(held_out, "slice")], "early_stopping_rounds": 3, "verbose_eval": False}
    booster = xgboost.train(usual | {"eta": 1.0}, known, 60, **watch)
    assert booster.best_iteration + 1 < booster.num_boosted_rounds()
    forest = xgboost.train(usual | {"num_parallel_tree": 4, "subsample": 0.7}, rows, 5)
    bring(forest)
    found, expected = answers(home, task, "theirs.bin")[1], forest.predict(rows).reshape(ROWS, -1)
    close(f"{task}, XGBoost (a forest a round) to mlops", found[:, 1:] if task == "binary" else found, expected)
    told = bring(booster)
    found = answers(home, task, "theirs.bin")[1]
    expected = booster.predict(rows, iteration_range=(0, booster.best_iteration + 1)).reshape(ROWS, -1)
    close(f"{task}, XGBoost (stopped early) to mlops", found[:, 1:] if task == "binary" else found, expected)
    assert f"{booster.best_iteration + 1} boosting rounds" in told, told

    categorical = xgboost.DMatrix(
        np.nan_to_num(x[:, :3]).astype(int) % 3, label=y, feature_types=["c"] * 3, enable_categorical=True
    )
    narrow = xgboost.train(usual, categorical, 3)
    flat = {key: value for key, value in usual.items() if key != "max_depth"}
    linear = xgboost.train(flat | {"booster": "gblinear"}, rows, 3)
    dart = xgboost.train(usual | {"booster": "dart", "rate_drop": 0.5}, rows, 5)
    other = xgboost.train({"objective": "count:poisson"}, xgboost.DMatrix(x, label=np.arange(ROWS) % 3, feature_names=names), 2)
    full = np.column_stack([np.nan_to_num(x[:, 0]).astype(int) % 4, x[:, 1:]])
    kinds = xgboost.DMatrix(full, label=y, feature_names=names, feature_types=["c"] + ["q"] * (len(names) - 1), enable_categorical=True)
    categories = xgboost.train(usual | {"max_cat_to_onehot": 1}, kinds, 20)
    refused = [(narrow, "features"), (linear, "`gblinear`"), (dart, "`dart`"), (other, "`count:poisson`"), (categories, "categories")]
    for theirs, word in refused:
        told = bring(theirs, code=3)
        assert word in told and "hint: " in told, told
    print(f"xgboost peer: {task}: {len(refused)} models that cannot be imported are refused by name")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        targets = table(folder)
        for task, target in targets.items():
            home = project(folder, task)
            exported(home, task)
            imported(home, task, target)
    print(f"xgboost peer: 3 passed, 0 failed (xgboost {xgboost.__version__})")


main()
