#!/usr/bin/env python3
"""Times metrics beside scikit-learn's on the same scores, and the bootstrap of three models beside the same in Python.

    python3 benches/metrics.py [-n 5] [--rows 10000000] [--resamples 1000]

ROC AUC, average precision and log loss of generated scores of two classes, without ties and in memory on both sides;
`all three` is what `mlops evaluate` does, which sorts the scores once. The bootstrap is of eleven metrics of three models
on as many rows as Adult's official test part has, with paired differences; Python's side draws a fiftieth of the
resamples and its time is told fiftyfold. Each line prints medians of n runs on two threads; the sides take turns. Every
value must agree to 1e-9. Times mean something only on a machine that does nothing else.

PYTHON   an interpreter that has benches/python/requirements.txt; else a venv is made in target/bench-venv
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import ROOT, python_interpreter

THREADS = 2
ADULT_ROWS = 16_281
# What the Python side does of the resamples.
PART = 50
BAR = 5

PREPARE = """
import sys
import numpy as np

folder, rows, adult = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(1)
p = rng.beta(0.7, 2.0, rows)
p.tofile(f"{folder}/scores.f64")
(rng.random(rows) < p).astype(np.uint8).tofile(f"{folder}/labels.u8")
import os
os.makedirs(f"{folder}/adult")
truth = rng.beta(0.7, 2.0, adult)
(rng.random(adult) < truth).astype(np.uint8).tofile(f"{folder}/adult/labels.u8")
for at, noise in enumerate([0.05, 0.1, 0.2]):
    np.clip(truth + rng.normal(0, noise, adult), 0.001, 0.999).tofile(f"{folder}/adult/scores_{at}.f64")
"""

PEER = """
import json, sys, time
import numpy as np
import sklearn.metrics as m

folder, runs = sys.argv[1], int(sys.argv[2])
p, y = np.fromfile(f"{folder}/scores.f64"), np.fromfile(f"{folder}/labels.u8", dtype=np.uint8)
metrics = {"roc_auc": m.roc_auc_score, "pr_auc": m.average_precision_score, "log_loss": m.log_loss}
for names in [["roc_auc"], ["pr_auc"], ["log_loss"], list(metrics)]:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        values = [float(metrics[name](y, p)) for name in names]
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"name": " ".join(names), "seconds": seconds, "values": values}))
"""

BOOTSTRAP_PEER = """
import json, sys, time
import numpy as np
import sklearn.metrics as m

folder, resamples = sys.argv[1], int(sys.argv[2])
y = np.fromfile(f"{folder}/labels.u8", dtype=np.uint8)
models = [np.fromfile(f"{folder}/scores_{at}.f64") for at in range(3)]
of_scores = [m.roc_auc_score, m.average_precision_score, m.log_loss, m.brier_score_loss]
of_classes = [m.f1_score, lambda y, c: m.f1_score(y, c, average="macro"), m.precision_score, m.recall_score, m.accuracy_score, m.balanced_accuracy_score, m.matthews_corrcoef]
rng = np.random.default_rng(1)
start = time.perf_counter()
for _ in range(resamples):
    drawn = rng.integers(0, len(y), len(y))
    for p in models:
        truth, scores = y[drawn], p[drawn]
        [metric(truth, scores) for metric in of_scores]
        [metric(truth, scores >= 0.5) for metric in of_classes]
print(json.dumps(time.perf_counter() - start))
"""


def harness():
    """The program that times our metrics."""
    command = ["cargo", "build", "--release", "--locked", "--bench", "metrics", "--message-format=json-render-diagnostics"]
    built = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    [found] = [made for made in map(json.loads, built.splitlines()) if made.get("target", {}).get("kind") == ["bench"]]
    return found["executable"]


def lines(command):
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        sys.exit(f"error: {' '.join(map(str, command))}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=5, help="runs of each side (default 5)")
    parser.add_argument("--rows", type=int, default=10_000_000, help="scores (default 10,000,000)")
    parser.add_argument("--resamples", type=int, default=1000, help="of the bootstrap (default 1000)")
    arguments = parser.parse_args()
    python = python_interpreter()
    bench = [harness()]
    with tempfile.TemporaryDirectory(prefix="mlops-bench-") as name:
        folder = Path(name)
        subprocess.run([python, "-c", PREPARE, folder, str(arguments.rows), str(ADULT_ROWS)], check=True)
        ours, theirs = {}, {}
        for _ in range(arguments.n):
            for side, found in [(ours, lines([*bench, folder, str(THREADS), "1"])), (theirs, lines([python, "-c", PEER, folder, "1"]))]:
                for line in found:
                    told = side.setdefault(line["name"], {"seconds": [], "values": line["values"]})
                    told["seconds"] += line["seconds"]
        print(f"{arguments.rows:,} scores, medians of {arguments.n}, {THREADS} threads")
        print(f"{'':<24}{'mlops':>10}{'scikit-learn':>14}{'ratio':>8}")
        missed = []
        for name, told in ours.items():
            peer = theirs[name]
            off = max(abs(a - b) for a, b in zip(told["values"], peer["values"]))
            if off > 1e-9:
                sys.exit(f"error: {name} is {told['values']}, scikit-learn says {peer['values']}")
            fast, slow = statistics.median(told["seconds"]), statistics.median(peer["seconds"])
            several = len(told["values"]) > 1
            print(f"{'all three' if several else name:<24}{fast:>9.3f}s{slow:>13.2f}s{slow / fast:>7.1f}x")
            if several and slow < BAR * fast:
                missed.append(name)
        resamples = str(arguments.resamples)
        of_bootstrap = [lines([*bench, "--bootstrap", folder / "adult", str(THREADS), "1", resamples])[0]["seconds"][0] for _ in range(arguments.n)]
        [peer] = lines([python, "-c", BOOTSTRAP_PEER, folder / "adult", str(max(arguments.resamples // PART, 1))])
        fast = statistics.median(of_bootstrap)
        print(f"{'bootstrap, ' + resamples + ' resamples':<24}{fast:>9.3f}s{peer * PART:>13.1f}s{peer * PART / fast:>7.0f}x")
        if missed or fast > 1:
            sys.exit("error: a bar is missed: 5 times faster, and a bootstrap within a second")


main()
