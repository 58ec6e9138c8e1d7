#!/usr/bin/env python3
"""Times the figures and the report of Adult's three models beside matplotlib and scikit-learn on the same predictions.

    python3 benches/figures.py [-n 5]

`mlops report` is a whole process: it reads the evaluation, the models and the test rows, explains rows of the two models
made of trees, draws and writes the 20 figures, the page and the model cards. Python's side draws the same 20 figures of
as many pixels from predictions that are in memory; its curves, matrices and bins are scikit-learn's, its imports are not
counted, and the SHAP values are given to it. The sides take turns on two threads; medians of n runs. Times mean something
only on a machine that does nothing else.

PYTHON            an interpreter that has benches/python/requirements.txt; else a venv is made in target/bench-venv
MLOPS_TEST_DATA   the folder with adult.data.gz and adult.test
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import ROOT, adult, mlops_binary, prepare, python_interpreter

THREADS = "2"
MODELS = ["lr", "rf", "xgb"]
BAR = 5

PEER = """
import json, sys, time
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn import metrics as m
from sklearn.calibration import calibration_curve

folder, models = sys.argv[1], sys.argv[2].split(",")
frames = {name: pd.read_csv(f"{folder}/{name}.csv") for name in models}
scores = {name: frame["probability_>50K"].to_numpy() for name, frame in frames.items()}
actual = pd.read_csv(f"{folder}/actual.csv")["income"].eq(">50K").to_numpy().astype(int)
evaluation = json.load(open(f"{folder}/evaluation.json"))["models"]
rng = np.random.default_rng(1)
columns = [f"feature {at}" for at in range(14)]
shap = {name: (rng.normal(size=(rows, 14)), rng.random((rows, 14))) for name, rows in [("rf", 106), ("xgb", 500)]}

def save(figure, name):
    figure.savefig(f"{folder}/{name}.png", dpi=200)
    plt.close(figure)

def single():
    return plt.subplots(figsize=(5.9, 6.5), layout="constrained")

def overlay(name, curve):
    figure, axes = single()
    for model in models:
        axes.plot(*curve(model), label=model)
    axes.plot([0, 1], [0, 1], "--", color="grey")
    axes.grid(alpha=0.3)
    axes.legend()
    save(figure, name)

def gains(model):
    order = np.argsort(-scores[model], kind="stable")
    hits = np.cumsum(actual[order])
    return np.arange(1, len(actual) + 1) / len(actual), hits / hits[-1]

def lift(model):
    share, gain = gains(model)
    return share, gain / share

def draw():
    overlay("roc", lambda model: m.roc_curve(actual, scores[model])[:2])
    overlay("precision-recall", lambda model: m.precision_recall_curve(actual, scores[model])[1::-1])
    overlay("calibration", lambda model: calibration_curve(actual, scores[model], n_bins=10)[::-1])
    overlay("gain", gains)
    overlay("lift", lift)
    figure, axes = plt.subplots(3, 2, figsize=(9, 5), layout="constrained")
    for axis, metric in zip(axes.flat, ["roc_auc", "pr_auc", "f1", "accuracy", "log_loss", "brier"]):
        values = [evaluation[model]["test"][metric] for model in models]
        ends = [evaluation[model]["intervals"][metric] for model in models]
        low = [max(v - e["low"], 0) for v, e in zip(values, ends)]
        high = [max(e["high"] - v, 0) for v, e in zip(values, ends)]
        axis.barh(models, values, xerr=[low, high], capsize=3)
        axis.set_title(metric)
    save(figure, "model-comparison")
    figure, axes = plt.subplots(2, 2, figsize=(10, 8), layout="constrained")
    for axis, model in zip(axes.flat, models):
        shown = evaluation[model]["importance"][:15][::-1]
        axis.barh([one["feature"] for one in shown], [one["importance"] for one in shown])
        axis.set_title(model)
    save(figure, "importance")
    for model in models:
        threshold = evaluation[model]["threshold"]
        matrix = m.confusion_matrix(actual, scores[model] >= threshold)
        figure, axis = plt.subplots(figsize=(5, 5), layout="constrained")
        m.ConfusionMatrixDisplay(matrix, display_labels=["<=50K", ">50K"]).plot(ax=axis, cmap="Blues")
        save(figure, f"confusion-matrix-{model}")
        figure, axis = plt.subplots(figsize=(7.5, 4.4), layout="constrained")
        precision, recall, at = m.precision_recall_curve(actual, scores[model])
        axis.plot(at, precision[:-1], label="precision")
        axis.plot(at, recall[:-1], label="recall")
        axis.plot(at, 2 * precision[:-1] * recall[:-1] / np.maximum(precision[:-1] + recall[:-1], 1e-12), label="F1")
        axis.axvline(threshold, color="black")
        axis.legend()
        save(figure, f"threshold-{model}")
        figure, axis = plt.subplots(figsize=(7.5, 4.4), layout="constrained")
        for label in [0, 1]:
            chosen = scores[model][actual == label]
            axis.hist(chosen, bins=np.linspace(0, 1, 21), weights=np.full(len(chosen), 1 / len(chosen)), alpha=0.4, label=str(label))
        axis.legend()
        save(figure, f"score-distribution-{model}")
    for model, (values, colours) in shap.items():
        figure, axis = plt.subplots(figsize=(7.5, 5.3), layout="constrained")
        for at in range(14):
            heights = at + rng.uniform(-0.3, 0.3, len(values))
            axis.scatter(values[:, at], heights, c=colours[:, at], cmap="coolwarm", s=6)
        axis.set_yticks(range(14), columns)
        save(figure, f"shap-summary-{model}")
        figure, axes = plt.subplots(3, 2, figsize=(9, 9.2), layout="constrained")
        for axis, at in zip(axes.flat, range(6)):
            axis.scatter(colours[:, at], values[:, at], s=6, alpha=0.6)
            axis.set_title(columns[at])
        save(figure, f"shap-dependence-{model}")

for line in sys.stdin:
    start = time.perf_counter()
    draw()
    print(time.perf_counter() - start, flush=True)
"""


def test_rows(folder):
    """The raw rows of the test part, and the scores that each model gives them."""
    [raw] = (folder / "data/raw").glob("*.csv")
    lines = raw.read_text().splitlines(keepends=True)
    at = lines[0].rstrip().split(",").index("part")
    test = folder / "test.csv"
    test.write_text(lines[0] + "".join(line for line in lines[1:] if line.split(",")[at] == "test"))
    return test


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=5, help="runs of each side (default 5)")
    arguments = parser.parse_args()
    binary, python = mlops_binary(), python_interpreter()
    os.environ.update(OMP_NUM_THREADS=THREADS, MPLBACKEND="Agg")
    with tempfile.TemporaryDirectory(prefix="mlops-bench-") as name:
        folder = Path(name) / "adult"
        data = adult()
        prepare(ROOT / "examples" / "adult", folder, data)
        shutil.copy(data.parent / "adult.test", folder / "data" / "external")
        run = lambda *command: subprocess.run([binary, "--quiet", *command], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        run("run-all")
        out = folder / "python"
        out.mkdir()
        test = test_rows(folder)
        for model in MODELS:
            run("predict", "--model", f"models/{model}_adult_v1.bin", "--input", test, "--output", out / f"{model}.csv")
        rows = json.loads((folder / "reports/metrics/evaluation_adult_v1.json").read_text())
        (out / "evaluation.json").write_text(json.dumps(rows))
        [labelled] = (folder / "data/processed").glob("adult-test_processed_*.csv")
        (out / "actual.csv").write_bytes(labelled.read_bytes())
        peer = subprocess.Popen([python, "-c", PEER, out, ",".join(MODELS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ours, theirs = [], []
        for _ in range(arguments.n):
            start = time.perf_counter()
            run("--threads", THREADS, "report")
            ours.append(time.perf_counter() - start)
            peer.stdin.write("\n")
            peer.stdin.flush()
            theirs.append(float(peer.stdout.readline() or sys.exit("error: Python's side failed")))
        peer.stdin.close()
        # Those of `explore` lie in the same folder.
        drawn = {path.name.split("_")[0] for path in (folder / "reports/figures").glob("*.png")}
        drawn -= {"distribution", "correlation", "missing", "target"}
        others = {path.stem for path in out.glob("*.png")}
        if drawn != others:
            sys.exit(f"error: only one side drew {', '.join(sorted(drawn ^ others))}")
        fast, slow = statistics.median(ours), statistics.median(theirs)
        print(f"{len(drawn)} figures of {len(MODELS)} models on {rows['rows']:,} test rows, medians of {arguments.n}, {THREADS} threads")
        print(f"{'mlops report, with page and cards':<36}{fast:>8.2f}s")
        print(f"{'matplotlib + scikit-learn, figures':<36}{slow:>8.2f}s{slow / fast:>7.1f}x")
        if slow < BAR * fast:
            sys.exit(f"error: the bar is missed: {BAR} times faster")


main()
