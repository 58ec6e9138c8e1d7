#!/usr/bin/env python3
"""Requests a second of `mlops serve` beside Flask, FastAPI, MLflow and a server of constant answers, on UCI Adult.

    MLOPS_TEST_DATA=<folder with adult.data.gz and adult.test> python3 benches/serve.py [--seconds 10] [--rounds 3] [--only ours,flask]

One row a request, one processor for the server and another for the load (wrk, 64 connections that are kept), which is its
own limit beyond some 140,000 requests a second. The servers take turns; medians of the rounds are shown. All models are boosted trees, 300 of depth 6; Python's are a pipeline of
scikit-learn with one-hot columns and XGBoost, fed a data frame of one row. `constant` is the same HTTP libraries answering
every body with as many bytes (cargo bench). Then 10,000 rows in one request, the memory of the server, and how soon it is ready.
Times mean something only on a machine that does nothing else.

WRK      wrk; else it is looked for on the PATH
PYTHON   an interpreter with flask, gunicorn, fastapi, uvicorn, mlflow, scikit-learn and xgboost; else a venv is made in target/serve-venv
MLOPS    the binary to measure; else target/release/mlops
"""

import argparse
import csv
import http.client
import json
import math
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import BENCHES, TARGET, adult, mlops_binary, prepare, refuse, summed_memory

PACKAGES = ["flask==3.1.3", "gunicorn==26.2.0", "fastapi==0.165.0", "uvicorn==0.54.0", "mlflow==3.17.2", "scikit-learn", "xgboost-cpu==3.2.0", "pandas"]
CONNECTIONS = 64
BATCH = 10_000

FIT = """
import sys, joblib, mlflow.sklearn, pandas
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder
from xgboost import XGBClassifier
rows = pandas.read_csv(sys.argv[1])
y = rows.pop("income").str.contains(">50K").astype(int)
words = [name for name in rows if not pandas.api.types.is_numeric_dtype(rows[name])]
columns = ColumnTransformer([("words", OneHotEncoder(handle_unknown="ignore"), words)], remainder="passthrough")
model = Pipeline([("columns", columns), ("xgb", XGBClassifier(n_estimators=300, max_depth=6, learning_rate=0.1, n_jobs=1))])
model.fit(rows, y)
joblib.dump(model, sys.argv[2] + "/model.joblib")
mlflow.sklearn.save_model(model, sys.argv[2] + "/mlflow", pip_requirements=[], serialization_format="cloudpickle")
"""

FLASK = """
import joblib, pandas
from flask import Flask, jsonify, request
model = joblib.load("model.joblib")
app = Flask(__name__)
@app.post("/predict")
def predict():
    score = float(model.predict_proba(pandas.DataFrame([request.get_json()]))[0, 1])
    return jsonify(prediction=score >= 0.5, probability=score)
"""

FASTAPI = """
import joblib, pandas
from fastapi import FastAPI, Body
model = joblib.load("model.joblib")
app = FastAPI()
@app.post("/predict")
def predict(row: dict = Body()):
    score = float(model.predict_proba(pandas.DataFrame([row]))[0, 1])
    return {"prediction": score >= 0.5, "probability": score}
"""

LUA = """
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
local file = io.open("%s"); wrk.body = file:read("*a"); file:close()
done = function(summary, latency)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  print(string.format("RESULT %%f %%f %%f %%d", summary.requests / summary.duration * 1e6, latency:percentile(50), latency:percentile(99), bad))
end
"""


class Server:
    """A server on the first processor."""

    def __init__(self, command, folder, port):
        self.start = time.perf_counter()
        self.process = subprocess.Popen(["taskset", "-c", "0", *command], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.port = port
        while True:
            try:
                http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
                break
            except OSError:
                if self.process.poll() is not None or time.perf_counter() > self.start + 120:
                    refuse(f"it does not start: {' '.join(command)}")
                time.sleep(0.001)
        self.ready = time.perf_counter() - self.start

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


def load(wrk, port, path, body, seconds, folder):
    """Requests a second, and the median and 99th percentile in microseconds."""
    (folder / "body.json").write_text(body)
    (folder / "load.lua").write_text(LUA % (folder / "body.json"))
    command = ["taskset", "-c", "1", wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", str(folder / "load.lua"), f"http://127.0.0.1:{port}{path}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"RESULT (\S+) (\S+) (\S+) (\d+)", told)
    if not found or int(found[4]):
        refuse(f"the load failed:\n{told}")
    return tuple(float(found[at]) for at in (1, 2, 3))


def batch(port, path, body):
    """Seconds of the best of twenty requests."""
    best = None
    for _ in range(20):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        start = time.perf_counter()
        connection.request("POST", path, body, {"content-type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        took = time.perf_counter() - start
        if answer.status != 200 or len(json.loads(text)["predictions"]) != BATCH:
            refuse(f"{path}: {answer.status} {text[:300]}")
        best = min(took, best or took)
    return best


def tell(name, measured):
    rate, middle, most, memory, took = measured
    took = "" if math.isnan(took) else f"{took:.4f} s"
    print(f"{name:10}{rate:12.0f}{middle:10.0f}{most:10.0f}{memory:8.1f}{took:>14}", flush=True)


def interpreter():
    if python := os.environ.get("PYTHON"):
        return python
    venv = TARGET / "serve-venv"
    if not (venv / "bin/gunicorn").exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin/pip", "install", "--quiet", *PACKAGES], check=True)
    return str(venv / "bin/python")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="constant,ours,flask,fastapi,mlflow")
    options = parser.parse_args()
    wanted = options.only.split(",")
    wrk = os.environ.get("WRK") or shutil.which("wrk") or refuse("wrk not found: install it, or name it by WRK")
    mlops = mlops_binary()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        project = folder / "adult"
        prepare(BENCHES / "adult", project, adult())
        train = project / "configs/train.yaml"
        train.write_text("train:\n  folds: 3\n  algorithms:\n    xgb: {n_estimators: 300, max_depth: 6, learning_rate: 0.1}\n")
        for stage in ["ingest", "clean", "features", "split", "train"]:
            subprocess.run([mlops, "-q", "-C", project, stage], check=True, stdout=subprocess.DEVNULL)
        model = next((project / "models").glob("xgb_*.bin"))
        raw = next((project / "data/raw").glob("*.csv"))
        ours = [str(mlops), "-q", "--threads", "1", "serve", "--lenient", "--model", str(model)]
        python = interpreter()
        tools = Path(python).parent
        if {"flask", "fastapi", "mlflow"} & set(wanted):
            (folder / "flask_app.py").write_text(FLASK)
            (folder / "fastapi_app.py").write_text(FASTAPI)
            with open(raw) as rows, open(folder / "rows.csv", "w", newline="") as out:
                reader = csv.DictReader(rows)
                names = [name for name in reader.fieldnames if name not in ("row_id", "part")]
                writer = csv.DictWriter(out, names, extrasaction="ignore")
                writer.writeheader()
                writer.writerows(reader)
            subprocess.run([python, "-c", FIT, folder / "rows.csv", folder], check=True, stdout=subprocess.DEVNULL)
        first = Server([*ours, "--port", "9100"], folder, 9100)
        connection = http.client.HTTPConnection("127.0.0.1", 9100)
        connection.request("GET", "/example_request")
        example = json.loads(connection.getresponse().read())
        connection.request("POST", "/predict", json.dumps(example), {"content-type": "application/json"})
        size = len(connection.getresponse().read())
        connection.close()
        print(f"ready in {first.ready * 1000:.0f} ms with {summed_memory(first.process.pid) / 1e6:.1f} MB, before any load")
        first.stop()
        one = json.dumps(example)
        split = {"columns": list(example), "data": [list(example.values())] * BATCH}
        many = json.dumps({"dataframe_split": split})
        invocation = json.dumps({"dataframe_split": {**split, "data": split["data"][:1]}})
        constant = max((path for path in (TARGET / "release/deps").glob("constant-*") if not path.suffix), key=os.path.getmtime, default=None)
        servers = {
            "constant": ([str(constant), "9101", str(size)], "/predict", one),
            "ours": ([*ours, "--port", "9102"], "/predict", one),
            "flask": ([str(tools / "gunicorn"), "-w1", "-b127.0.0.1:9103", "flask_app:app"], "/predict", one),
            "fastapi": ([str(tools / "uvicorn"), "--port", "9104", "--log-level", "warning", "--no-access-log", "fastapi_app:app"], "/predict", one),
            "mlflow": ([str(tools / "mlflow"), "models", "serve", "-m", str(folder / "mlflow"), "--env-manager", "local", "--port", "9105", "-w", "1"], "/invocations", invocation),
        }
        os.environ["PATH"] = f"{tools}:{os.environ['PATH']}"
        rounds = {name: [] for name in servers if name in wanted}
        print(f"{'':10}{'requests/s':>12}{'p50 us':>10}{'p99 us':>10}{'MB':>8}{f'{BATCH} rows':>14}")
        for _ in range(max(1, options.rounds)):
            for name, measured in rounds.items():
                command, path, body = servers[name]
                server = Server(command, folder, 9101 + list(servers).index(name))
                load(wrk, server.port, path, body, 2, folder)
                rate, middle, most = load(wrk, server.port, path, body, options.seconds, folder)
                memory = summed_memory(server.process.pid) / 1e6
                took = batch(server.port, "/invocations", many) if name in ("ours", "mlflow") else math.nan
                measured.append((rate, middle, most, memory, took))
                tell(name, measured[-1])
                server.stop()
        print("medians")
        for name, measured in rounds.items():
            tell(name, map(statistics.median, zip(*measured)))


if __name__ == "__main__":
    main()
