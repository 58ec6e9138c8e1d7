"""SageMaker's contract, point by point, as its platform would drive a container whose entrypoint is `mlops sagemaker`:

    sagemaker.py TABLE TARGET

`train` and `serve` with a folder in place of /opt/ml: hyperparameters that are texts, channels, the model and the failure
file; the start, GET /ping, POST /invocations as CSV, JSON Lines and JSON, SIGTERM with requests under way. `mlops` is on the PATH."""

import csv
import io
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from served import JSON, Server

# What SageMaker gives a container to answer the first ping, an invocation, and to end after SIGTERM.
PING, GRACE = 2, 30
UNDER_WAY = 24


def train(root, parameters):
    place = root / "input/config/hyperparameters.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    # All values are texts there, and its own stand among them.
    place.write_text(json.dumps({"sagemaker_region": "eu-west-1", **parameters}))
    return subprocess.run(["mlops", "sagemaker", "train", "--root", root], capture_output=True, text=True, cwd=root)


def failures(root, table, target):
    """Every way to fail leaves a text and a code; nothing that looks like a model is left."""
    channel = root / "input/data/training"
    cases = [("no channel", None, {"target": target}, "no channel `training`")]
    cases += [("no file", [], {"target": target}, "no file")]
    cases += [("two files", [table, table], {"target": target}, "several files")]
    cases += [("unknown hyperparameter", [table], {"targt": target}, "targt")]
    cases += [("no such column", [table], {"target": "no_such_column"}, "no_such_column")]
    cases += [("a value that cannot be", [table], {"target": target, "train.folds": "many"}, "folds")]
    for what, files, parameters, words in cases:
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        (root / "model").mkdir()
        if files is not None:
            channel.mkdir(parents=True)
        for at, file in enumerate(files or []):
            shutil.copy(file, channel / f"{at}.csv")
        told = train(root, parameters)
        assert told.returncode not in (0, None) and told.returncode > 0, f"{what}: exit code {told.returncode}"
        text = (root / "output/failure").read_text()
        assert words in text and len(text) <= 1024, f"{what}: {text!r}"
        assert not os.listdir(root / "model"), f"{what}: left {os.listdir(root / 'model')}"
    return len(cases)


def trained(root, table, target):
    """A job that ends well: the model, the metrics, no failure."""
    shutil.rmtree(root)
    (root / "input/data/training").mkdir(parents=True)
    (root / "model").mkdir()
    shutil.copy(table, root / "input/data/training/table.csv")
    algorithms = "{baseline: {}, lr: {}, dt: {max_depth: 3}}"
    told = train(root, {"target": target, "train.folds": "2", "train.algorithms": algorithms})
    assert told.returncode == 0, told.stderr
    [model] = (root / "model").iterdir()
    assert model.suffix == ".bin" and not (root / "output/failure").exists()
    assert list((root / "output/data").glob("*.json")), "no metrics in output/data"
    return model


def answered(server, body, kind):
    status, text = server.post("/invocations", body, kind)
    assert status == 200, text
    return json.loads(text)["predictions"]


def invocations(server, model, table):
    """CSV with and without a header, JSON Lines and JSON, all as `mlops predict`."""
    info = server.get("/model_info")
    kinds = {field["name"]: field["type"] for field in info["fields"]}
    names = [field["name"] for field in info["fields"] if field["required"]]
    with open(table, newline="") as file:
        rows = list(csv.DictReader(file))[:50]
    cell = lambda name, text: json.loads(text) if text and kinds[name] in ("number", "integer") else text or None
    records = [{name: cell(name, row[name]) for name in names} for row in rows]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([[row[name] for name in names] for row in rows])
    bare, headed = text.getvalue(), ",".join(names) + "\n" + text.getvalue()
    told = subprocess.run(["mlops", "--quiet", "predict", "--model", model, "--input", "-", "--format", "jsonl"],
                          input=headed, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    expected = [json.loads(line)["prediction"] for line in told.stdout.splitlines()]
    for what, body, kind in [
        ("CSV with a header", headed, "text/csv"), ("CSV without one", bare, "text/csv"),
        ("JSON Lines", "".join(json.dumps(record) + "\n" for record in records), "application/jsonlines"),
        ("JSON", json.dumps({"instances": records}), JSON),
    ]:
        assert answered(server, body, kind) == expected, f"{what} is not what `mlops predict` says"
    return json.dumps({"instances": records}), expected


def in_flight(server):
    [count] = [line for line in server.text("/metrics").splitlines() if line.startswith("mlops_requests_in_flight ")]
    return int(count.split()[1])


def ended(server, body, expected):
    """SIGTERM while requests are half sent: nothing new comes in, each of them is answered, and the code is 0."""
    head = f"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: {JSON}\r\ncontent-length: {len(body)}\r\n\r\n"
    half = len(body) // 2
    sockets = []
    for _ in range(UNDER_WAY):
        one = socket.create_connection((server.host, server.port), timeout=GRACE)
        one.sendall(head.encode() + body[:half].encode())
        sockets.append(one)
    until = time.monotonic() + 10
    # The one that asks is under way itself.
    while in_flight(server) < UNDER_WAY + 1:
        assert time.monotonic() < until, "the requests never arrive"
        time.sleep(0.02)
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    until = began + 10
    while True:
        try:
            socket.create_connection((server.host, server.port), timeout=1).close()
        except ConnectionRefusedError:
            break
        assert time.monotonic() < until, "it listens still, long after SIGTERM"
        time.sleep(0.02)
    assert server.process.poll() is None, "it ended before what it had accepted was sent"
    for one in sockets:
        one.sendall(body[half:].encode())
    for one in sockets:
        text = b""
        while part := one.recv(1 << 16):
            text += part
        head, _, answer = text.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        assert json.loads(answer) == {"predictions": expected}, answer
    code = server.process.wait(GRACE)
    assert code == 0, f"exit code {code} after SIGTERM"
    return time.monotonic() - began


def served(root, model, table):
    began = time.monotonic()
    server = Server(root, "--sagemaker", "--sagemaker-root", str(root), "--host", "127.0.0.1", command=("sagemaker", "serve"))
    connection = server.connect(PING)
    connection.request("GET", "/ping")
    assert connection.getresponse().status == 200, "ping"
    assert time.monotonic() - began < PING + 28, "no ping in time"
    status, text = server.post("/invocations", "<a/>", "application/xml")
    assert status == 415 and "error_code" in text, (status, text)
    body, expected = invocations(server, model, table)
    return ended(server, body, expected)


def main():
    table, target = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder, "ml")
        count = failures(root, table, target)
        model = trained(root, table, target)
        took = served(root, model, table)
        # Without a model there is nothing to serve.
        model.unlink()
        told = subprocess.run(["mlops", "sagemaker", "serve", "--sagemaker", "--sagemaker-root", root, "--host", "127.0.0.1", "--port", "0"],
                              capture_output=True, text=True, timeout=60)
        assert told.returncode > 0 and "no model file" in told.stderr, told.stderr
    print(f"serve peer: SageMaker: {count} failures left their text and a code; train, ping, CSV, JSON Lines and JSON as `mlops predict`; "
          f"{UNDER_WAY} requests under way at SIGTERM all answered, exit code 0 after {took:.1f} s")


main()
