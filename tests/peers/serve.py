"""Every test row over HTTP, held to the bit against `mlops predict`: one by one and in lists to POST /predict, and in every
layout of MLflow's protocol to POST /invocations. Then MLflow itself: what its own client and serializers send, and what
its own server makes of the same bytes.

    serve.py PROJECT...

A PROJECT is a folder whose pipeline has run. Test rows hold levels and numbers that training has not seen: --lenient answers
them all; without it a row is answered the same, or refused for that alone. Needs mlflow-skinny, pandas and `mlops` on the
PATH."""

import csv
import glob
import io
import json
import pathlib
import subprocess
import sys

import numpy
import pandas
from mlflow.deployments import PredictionsResponse
from mlflow.exceptions import MlflowException
from mlflow.models import convert_input_example_to_serving_input
from mlflow.pyfunc import scoring_server
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from mlflow.types import ColSpec, Schema

from served import JSON, Server

BATCH = 2000
LINES, TABLE = "application/jsonlines", "text/csv"
PROBABILITIES = {"predict_method": "predict_proba"}


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def written(rows, names):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def predicted(project, table, *options):
    """What `mlops predict` answers to a CSV, as lines of its output."""
    told = subprocess.run(["mlops", "--quiet", "predict", "--input", "-", *options], cwd=project, input=table,
                          capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    return told.stdout


class Project:
    """The test rows of a project as raw text, as JSON, and what `mlops predict` says of them."""

    def __init__(self, folder):
        self.folder, self.name = folder, pathlib.Path(folder).name
        [raw], [test] = glob.glob(f"{folder}/data/raw/*_raw_*.csv"), glob.glob(f"{folder}/data/processed/*-test_processed_*.csv")
        ids = {row["row_id"] for row in rows_of(test)}
        self.rows = [row for row in rows_of(raw) if row["row_id"] in ids]
        assert len(self.rows) == len(ids) > 0, f"{folder}: {len(self.rows)} raw rows of {len(ids)} test rows"
        self.server = Server(folder, "--lenient")
        self.fields = self.server.get("/model_info")["fields"]
        # As a client of the model would send them: its fields alone.
        self.names = [field["name"] for field in self.fields if field["required"]]
        self.table = written(self.rows, self.names)
        self.expected = list(csv.DictReader(io.StringIO(predicted(folder, self.table))))
        self.lines = [json.loads(line) for line in predicted(folder, self.table, "--format", "jsonl").splitlines()]
        assert len(self.expected) == len(self.lines) == len(self.rows)
        kinds = {field["name"]: field["type"] for field in self.fields}
        self.records = [{name: value(row[name], kinds[name]) for name in self.names} for row in self.rows]
        self.classes = [name.removeprefix("probability_") for name in self.expected[0] if name.startswith("probability_")]

    def labels(self):
        return [row["prediction"] if self.classes else float(row["prediction"]) for row in self.expected]

    def shares(self):
        return [[float(row[f"probability_{name}"]) for name in self.classes] for row in self.expected]


def value(text, kind):
    """A raw text as a client's JSON has it."""
    if kind in ("number", "integer"):
        try:
            return json.loads(text)
        except ValueError:
            return None
    if kind == "bool" and text in ("true", "false"):
        return text == "true"
    return text or None


def same(answer, text, line, what):
    """An answer of POST /predict is that of `mlops predict`, as CSV and as JSON."""
    found = {"prediction": answer["prediction"]}
    found |= {f"probability_{name}": share for name, share in answer.get("probabilities", {}).items()}
    told = {key: line[key] for key in line if key == "prediction" or key.startswith("probability_")}
    assert found == told, f"{what}: {found}, `mlops predict --format jsonl` says {told}"
    for name, one in found.items():
        expected = text[name] if isinstance(one, str) else float(text[name])
        assert one == expected, f"{what}: {name} {one}, `mlops predict` says {expected}"


def parity(project):
    """Every test row over HTTP."""
    server, count = project.server, len(project.rows)
    connection = server.connect()
    for at, record in enumerate(project.records):
        status, text = server.post("/predict", json.dumps(record), connection=connection)
        assert status == 200, f"{project.name} row {at}: {text}"
        same(json.loads(text), project.expected[at], project.lines[at], f"{project.name} row {at}")
    for start in range(0, count, BATCH):
        part = slice(start, start + BATCH)
        status, text = server.post("/predict", json.dumps(project.records[part]), connection=connection)
        answers = json.loads(text)["predictions"]
        assert status == 200 and len(answers) == len(project.rows[part])
        for at, answer in enumerate(answers, start):
            same(answer, project.expected[at], project.lines[at], f"{project.name} row {at} of a list")
    refused = strict(project)
    print(f"serve peer: {project.name}: {count} test rows over POST /predict, one by one and in lists, as `mlops predict` to the bit; "
          f"{refused} of them hold what training has not seen, which is refused without --lenient")


def strict(project):
    """Without --lenient: the same answers, or the refusal of a value that training has not seen. How many are refused."""
    server, refused = Server(project.folder), 0
    connection = server.connect()
    for at, record in enumerate(project.records):
        status, text = server.post("/predict", json.dumps(record), connection=connection)
        if status == 422:
            problems = {one["problem"] for one in json.loads(text)["error"]["fields"]}
            assert problems <= {"range", "level"}, f"{project.name} row {at}: {text}"
            refused += 1
        else:
            assert status == 200, f"{project.name} row {at}: {text}"
            same(json.loads(text), project.expected[at], project.lines[at], f"{project.name} row {at} without --lenient")
    server.stop()
    assert refused < len(project.rows) / 2, f"{project.name}: {refused} rows refused"
    return refused


def bodies(names, records, table):
    """One table in every layout: what it is called, media type and body."""
    values = [[record[name] for name in names] for record in records]
    columns = {name: [record[name] for record in records] for name in names}
    for key, rows in [("dataframe_split", {"columns": names, "data": values}), ("dataframe_records", records),
                      ("instances", records), ("instances", values), ("inputs", columns), ("inputs", values)]:
        kind = "columns" if rows is columns else "objects" if rows is records else "lists"
        yield f"{key} of {kind}", JSON, json.dumps({key: rows})
    yield "CSV", TABLE, table
    yield "CSV with a charset", TABLE + "; charset=utf-8", table
    yield "JSON Lines", LINES, "".join(json.dumps(record) + "\n" for record in records)


def layouts(project):
    """Every test row in every layout to POST /invocations."""
    labels, shares, shapes = project.labels(), project.shares(), 0
    for start in range(0, len(project.rows), BATCH):
        part = slice(start, start + BATCH)
        shapes = 0
        for what, kind, body in bodies(project.names, project.records[part], written(project.rows[part], project.names)):
            status, text = project.server.post("/invocations", body, kind)
            assert status == 200, f"{project.name}: {what}: {text}"
            assert json.loads(text) == {"predictions": labels[part]}, f"{project.name}: {what} differs from `mlops predict`"
            shapes += 1
        if project.classes:
            body = json.dumps({"dataframe_records": project.records[part], "params": PROBABILITIES})
            status, text = project.server.post("/invocations", body)
            assert status == 200 and json.loads(text) == {"predictions": shares[part]}, f"{project.name}: probabilities"
    print(f"serve peer: {project.name}: the same in {shapes} layouts over POST /invocations, probabilities too")


class Stub:
    """A model for MLflow's own server: `mlops predict` on the rows as that server has read them."""

    metadata = None

    def __init__(self, project):
        self.project = project

    def predict(self, data, params=None):
        frame = data if isinstance(data, pandas.DataFrame) else pandas.DataFrame(data)
        if list(frame.columns) == list(range(frame.shape[1])):
            frame.columns = self.project.names
        told = predicted(self.project.folder, frame.to_csv(index=False))
        rows = list(csv.DictReader(io.StringIO(told)))
        return [row["prediction"] if self.project.classes else float(row["prediction"]) for row in rows]


def client(project):
    """What MLflow's own client and serializers make of rows."""
    server, count = project.server, min(200, len(project.rows))
    labels, names = project.labels()[:count], project.names
    frame = pandas.DataFrame.from_records(project.records[:count], columns=names)
    mlflow = ScoringServerClient(server.host, server.port)
    mlflow.wait_server_ready(timeout=10, scoring_server_proc=server.process)
    assert mlflow.get_version() == server.text("/version")

    def right(told, what):
        assert isinstance(told, PredictionsResponse)
        found = told.get_predictions()
        assert isinstance(found, pandas.DataFrame) and found[0].tolist() == labels, f"{project.name}: {what}: {found}"
        assert told.get_predictions("ndarray").tolist() == labels, f"{project.name}: {what} as an array"

    records = [{name: None if gap(one) else one for name, one in row.items()} for row in project.records[:count]]
    right(mlflow.invoke(frame), "a data frame")
    right(mlflow.invoke(records), "a list of objects")
    right(mlflow.invoke([list(record.values()) for record in records]), "a list of lists")
    sent = 3
    is_numeric = all(isinstance(one, (int, float)) for record in records for one in record.values())
    examples = {"a data frame": frame, "a dictionary of arrays": {name: frame[name].to_numpy() for name in names}}
    if is_numeric:
        right(mlflow.invoke(frame.to_numpy()), "an array")
        examples["an array"] = frame.to_numpy()
        sent += 1
    for what, example in examples.items():
        right(mlflow.invoke(convert_input_example_to_serving_input(example)), f"the serving input of {what}")
        sent += 1
    if project.classes:
        told = mlflow.invoke(frame, params=PROBABILITIES).get_predictions("ndarray")
        assert numpy.array_equal(told, numpy.array(project.shares()[:count])), f"{project.name}: probabilities"
        sent += 1
    status, text = server.post("/invocations", frame.to_csv(index=False), scoring_server.CONTENT_TYPE_CSV)
    right(PredictionsResponse.from_json(text), "CSV of a data frame")
    print(f"serve peer: {project.name}: {sent + 1} requests of MLflow's own client and serializers, as `mlops predict`")


def gap(one):
    return isinstance(one, float) and one != one


def schema(project):
    """The signature that MLflow would have stored with the model."""
    kinds = {"number": "double", "integer": "double", "bool": "boolean"}
    types = {field["name"]: kinds.get(field["type"], "string") for field in project.fields}
    return Schema([ColSpec(types[name], name) for name in project.names])


def asked(project, body, kind):
    """Status and answer of MLflow's own server code."""
    try:
        told = scoring_server.invocations(body, kind, Stub(project), schema(project))
        return told.status, told.response
    except MlflowException as error:
        return error.get_http_status_code(), error.serialize_as_json()


def beside(project):
    """The same bytes to MLflow's own server code and to ours."""
    count = min(100, len(project.rows))
    table, count_same = written(project.rows[:count], project.names), 0
    for what, kind, body in bodies(project.names, project.records[:count], table):
        if kind == LINES:
            continue  # Of SageMaker; MLflow reads none.
        status, text = asked(project, body, kind)
        ours = project.server.post("/invocations", body, kind)
        if status == 400 and what.endswith("of lists"):
            # MLflow makes one array of lists, which cannot hold texts beside numbers; the rows are answered here all the same.
            assert "could not convert" in text and ours[0] == 200, (text, ours)
            continue
        assert (status, json.loads(text)) == (ours[0], json.loads(ours[1])), f"{project.name}: {what}: MLflow {status} {text[:300]}, ours {ours}"
        count_same += 1
    [example] = project.records[:1]
    for kind, body in [
        (JSON, "{"), (JSON, ""), (JSON, "[1]"), (JSON, "7"), (JSON, "{}"), (JSON, json.dumps({"rows": [example]})),
        (JSON, json.dumps({"inputs": [example], "instances": [example]})), (JSON, json.dumps({"dataframe_split": 7})),
        (JSON, json.dumps({"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}})), (TABLE, ""),
        ("application/xml", "<a/>"), ("text/plain", "a"),
    ]:
        status, text = asked(project, body, kind)
        ours = project.server.post("/invocations", body, kind)
        assert status == ours[0] and status >= 400, f"{kind} {body!r}: MLflow {status} {text[:200]}, ours {ours}"
        assert set(json.loads(ours[1])) == {"error_code", "message"}, ours
        count_same += 1
    print(f"serve peer: {project.name}: MLflow's own server code answers {count_same} bodies alike, those it refuses among them")


def main():
    for folder in sys.argv[1:]:
        project = Project(folder)
        parity(project)
        layouts(project)
        client(project)
        beside(project)
        project.server.stop()


main()
