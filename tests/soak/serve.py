"""`mlops serve` under load with faults, on the loopback:

    serve.py [SECONDS]         600 by default

Two servers of the wine project answer at once; the file of the model is swapped every second between two models, and
now and then for one that is none. The first lives as long as the run, and its clients are: fast ones with single rows and
tables, slow ones that send a body in pieces, ones that send half a request and go, bodies that are too large, bytes that
are no HTTP, and ones that never read; the folder of its log of predictions is taken away and comes back. The second is
ended by SIGTERM or SIGKILL every few seconds and started anew.

Every answer must be what `mlops predict` says by one of the two models; nothing that the first server was asked in full
may be lost, nor what the second had accepted before SIGTERM; the first's resident memory stays flat; its /metrics
agree with what the clients saw, and the log with /metrics. `mlops` is on the PATH."""

import collections
import csv
import http.client
import json
import os
import pathlib
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/peers"))
from served import JSON, Server  # noqa: E402

TABLE = "text/csv"
MOST_BYTES = 1 << 20
RUDE = ("half", "silent", "huge", "chunked", "garbage", "deaf", "broken")
READ = 3  # seconds that a request may take to arrive
MODELS = ("lr", "xgb")
CONFIG = f"""serve:
  models: {{live: live/model.bin}}
  reload: 200ms
  lenient: true
  max_body: {MOST_BYTES}
  read_timeout: {READ}s
  access_log: access.jsonl
  predictions: {{path: logs/predictions.jsonl, max_bytes: 1073741824}}
"""


class Wrong(Exception):
    """What may never be."""


class Data:
    """Rows, and what each of the two models says of them."""

    def __init__(self, project):
        [raw] = (project / "data/raw").glob("*_raw_*.csv")
        with open(raw, newline="") as file:
            lines = list(csv.reader(file))
        # Without the row's id and its target.
        self.names = lines[0][1:-1]
        cells = [line[1:-1] for line in lines[1:]][:400]
        self.rows = [dict(zip(self.names, map(json.loads, line))) for line in cells]
        self.lines = [",".join(line) for line in cells]
        self.right = []
        for model in MODELS:
            told = subprocess.run(
                ["mlops", "-q", "predict", "--model", f"models/{model}_wine_v1.bin", "--input", "-", "--format", "jsonl"],
                cwd=project, input=self.table(range(len(cells))), capture_output=True, text=True, check=True)
            self.right.append([shares(json.loads(line)) for line in told.stdout.splitlines()])
        assert len(self.right[0]) == len(self.rows) and self.right[0] != self.right[1]

    def table(self, at):
        return "\n".join([",".join(self.names), *(self.lines[one] for one in at)]) + "\n"

    def check(self, at, answers):
        """Those rows are answered by one of the models, and all by the same."""
        found = [shares(answer) for answer in answers]
        if not any(found == [right[one] for one in at] for right in self.right):
            raise Wrong(f"rows {list(at)[:5]} answered as neither model does: {found[:2]}")

    def check_labels(self, at, labels):
        if not any(labels == [right[one][0] for one in at] for right in self.right):
            raise Wrong(f"rows {list(at)[:5]}: labels of neither model: {labels[:5]}")


def shares(answer):
    """Label and probabilities, of an answer of the server or a line of `predict`."""
    told = answer.get("probabilities") or {
        name.removeprefix("probability_"): one for name, one in answer.items() if name.startswith("probability_")}
    return answer["prediction"], tuple(sorted(told.items()))


class Run:
    """The run's end, what was seen, and what was wrong."""

    def __init__(self, seconds):
        self.until, self.seconds, self.seen, self.wrong = time.monotonic() + seconds, seconds, collections.Counter(), []
        self.lock = threading.Lock()

    def goes_on(self):
        return time.monotonic() < self.until and len(self.wrong) < 5

    def count(self, what, many=1):
        with self.lock:
            self.seen[what] += many

    def thread(self, task, *arguments):
        def kept():
            try:
                task(self, *arguments)
            except Exception as error:
                self.wrong.append(f"{task.__name__}: {type(error).__name__}: {error}")
        one = threading.Thread(target=kept, daemon=True)
        one.start()
        return one


class Place:
    """A folder that is served from, and the server of the moment."""

    def __init__(self, project, folder):
        shutil.copytree(project, folder)
        self.folder = folder
        (folder / "configs/serve.yaml").write_text(CONFIG)
        (folder / "live").mkdir()
        self.put(0)
        # Whether it is being ended or started, how often it was, and how often by SIGKILL.
        self.ending, self.ends, self.kills = False, 0, 0
        self.server = Server(folder)

    def put(self, turn, cut=False):
        """Another file in the place of the model; one that is cut is none."""
        source = self.folder / f"models/{MODELS[turn % 2]}_wine_v1.bin"
        content = source.read_bytes()
        if cut:
            content = content[: len(content) // 2]
        (self.folder / "live/new").write_bytes(content)
        os.replace(self.folder / "live/new", self.folder / "live/model.bin")


def head(length, path="/predict", more=""):
    return f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {JSON}\r\ncontent-length: {length}\r\nconnection: close\r\n{more}\r\n".encode()


def read(one):
    """Status and body of an answer after which the connection ends."""
    text = b""
    while part := one.recv(1 << 16):
        text += part
    top, _, body = text.partition(b"\r\n\r\n")
    if not top.startswith(b"HTTP/1.1 "):
        raise ConnectionError(f"no answer: {text[:80]!r}")
    return int(top.split(b" ", 2)[1]), body


def ask(run, data, server, connection, chance):
    """One request of one of the kinds, and its answer held against `mlops predict`."""
    kind, at = chance.randrange(4), [chance.randrange(len(data.rows))]
    if kind:
        at = chance.sample(range(len(data.rows)), chance.choice([2, 5, 40]))
    rows = [data.rows[one] for one in at]
    path = "/predict" if kind < 2 else "/invocations"
    body, media = [(json.dumps(rows[0]), JSON), (json.dumps(rows), JSON),
                   (json.dumps({"dataframe_records": rows}), JSON), (data.table(at), TABLE)][kind]
    status, text = server.post(path, body, media, connection)
    if status != 200:
        raise Wrong(f"{path}: {status} {text[:200]}")
    answer = json.loads(text)
    if kind == 0:
        data.check(at, [answer])
    elif kind == 1:
        data.check(at, answer["predictions"])
    else:
        data.check_labels(at, answer["predictions"])
    return path, len(at)


def fast(run, data, place, seed):
    """Asks the first server without end; every answer comes, and is right."""
    chance, connection, used = random.Random(seed), None, 0
    while run.goes_on():
        # One that was idle for the read timeout is closed by the server.
        if connection is None or time.monotonic() - used > READ / 3 or chance.random() < 0.02:
            if connection:
                connection.close()
            connection = place.server.connect()
        path, rows = ask(run, data, place.server, connection, chance)
        used = time.monotonic()
        run.count(f"answered {path}")
        run.count("rows", rows)
        # Ten minutes of it shall not fill the disk with the log.
        time.sleep(0.02)


def unlucky(run, data, place, seed):
    """Asks the second server; a request may fail only while that is being ended, or over the connection of one that was."""
    chance = random.Random(seed)
    while run.goes_on():
        ends, server = place.ends, place.server
        connection = server.connect(20)
        try:
            for _ in range(20):
                ask(run, data, server, connection, chance)
                run.count("answered beside restarts")
                time.sleep(0.002)
        except (OSError, http.client.HTTPException) as error:
            if not place.ending and place.ends == ends:
                raise Wrong(f"lost while nobody ended the server: {error!r}") from error
            run.count("cut by restarts")
            time.sleep(0.05)
        finally:
            connection.close()


def slow(run, data, place, seed, which):
    """Sends a body in pieces. What was accepted before SIGTERM is answered all the same; SIGKILL alone may cut it."""
    chance = random.Random(seed)
    while run.goes_on():
        at, ends, kills, server = chance.randrange(len(data.rows)), place.ends, place.kills, place.server
        body = json.dumps(data.rows[at]).encode()
        accepted = False
        step = len(body) // 8 + 1
        try:
            with socket.create_connection((server.host, server.port), timeout=30) as one:
                one.sendall(head(len(body)) + body[:step])
                time.sleep(0.3)
                # By now it is, unless the end came meanwhile.
                accepted = not place.ending and place.ends == ends
                for start in range(step, len(body), step):
                    one.sendall(body[start:start + step])
                    time.sleep(0.05)
                status, text = read(one)
        except OSError as error:
            if accepted and place.kills == kills:
                raise Wrong(f"an accepted request to the {which} server is lost: {error!r}") from error
            run.count("slow ones cut by restarts")
            time.sleep(0.05)
            continue
        if status != 200:
            raise Wrong(f"a slow request: {status} {text[:200]}")
        data.check([at], [json.loads(text)])
        run.count(f"answered slow {which}")


def rude(run, data, place, seed):
    """Everything that is no good request, to the first server: refused or closed, and never answered with 5xx."""
    chance = random.Random(seed)
    good = json.dumps(data.rows[0]).encode()
    while run.goes_on():
        what = chance.choice(RUDE)
        with socket.create_connection((place.server.host, place.server.port), timeout=30) as one:
            try:
                if what == "half":
                    one.sendall((head(len(good)) + good)[: chance.randrange(1, 120)])
                elif what == "silent":
                    # Longer than a request may take: it is told so, or the connection ends.
                    one.sendall(head(len(good)) + good[:9])
                    status, _ = read(one)
                    if status != 408:
                        raise Wrong(f"half a body, then silence: {status}")
                elif what == "huge":
                    one.sendall(head(MOST_BYTES + 1) + b" " * (1 << 16))
                    if read(one)[0] != 413:
                        raise Wrong("a body that is too large is taken")
                elif what == "chunked":
                    one.sendall(b"POST /predict HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n")
                    for _ in range(MOST_BYTES // 65536 + 2):
                        one.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")
                    if read(one)[0] != 413:
                        raise Wrong("chunks that are too much are taken")
                elif what == "garbage":
                    one.sendall(chance.randbytes(200) + b"\r\n\r\n")
                    if (status := read(one)[0]) != 400:
                        raise Wrong(f"no HTTP at all: {status}")
                elif what == "broken":
                    bad = chance.choice([b"{", b"[1]", b'{"alcohol": 9, "alcohol": 9}', b"\xff\xfe", b"[" * 5000])
                    one.sendall(head(len(bad)) + bad)
                    if (status := read(one)[0]) not in (400, 422):
                        raise Wrong(f"{bad[:20]!r}: {status}")
                else:
                    rows = [data.rows[i % len(data.rows)] for i in range(1000)]
                    body = json.dumps(rows).encode()
                    one.sendall(head(len(body)) + body)
                    time.sleep(0.5)
                    run.count("rows nobody read", len(rows))
            except ConnectionError:
                # It may be closed in the midst of what nobody wants to read.
                run.count("closed on rude ones")
        run.count(f"rude: {what}")
        time.sleep(0.05)


def swap(run, first, second):
    turn = 0
    while run.goes_on():
        time.sleep(1)
        turn += 1
        first.put(turn, turn % 7 == 6)
        # Where it starts from no model it would not start at all.
        second.put(turn)
        run.count("swaps")
        run.count("swaps for no model", turn % 7 == 6)


def lost_disk(run, place):
    """The folder of the log is away for a second, every five."""
    logs, away = place.folder / "logs", place.folder / "away"
    while run.goes_on():
        time.sleep(4)
        logs.rename(away)
        time.sleep(1)
        away.rename(logs)
        run.count("log folder gone")


def restart(run, place):
    """Ends the second server, by turns well and badly, and starts it anew."""
    while run.goes_on():
        time.sleep(3)
        how = "kill" if place.ends % 3 == 2 else "term"
        place.ending = True
        if how == "kill":
            place.kills += 1
            place.server.kill()
        else:
            place.server.stop()
        place.server = Server(place.folder)
        place.ends += 1
        place.ending = False
        run.count(f"restarts after {how}")


def metrics(server):
    found = {}
    for line in server.text("/metrics").splitlines():
        if not line.startswith("#"):
            name, number = line.rsplit(" ", 1)
            found[name] = float(number)
    return found


def total(found, name, *labels):
    return sum(number for key, number in found.items() if key.split("{")[0] == name and all(one in key for one in labels))


def quiet(server):
    """Waits until nothing goes on but the question itself."""
    for _ in range(200):
        found = metrics(server)
        done = total(found, "mlops_predictions_logged_total") + total(found, "mlops_predictions_dropped_total")
        if found["mlops_requests_in_flight"] == 1 and found["mlops_connections"] == 1 and done == total(found, "mlops_rows_total"):
            return found
        time.sleep(0.1)
    raise Wrong(f"never quiet: {found['mlops_requests_in_flight']} in flight, {found['mlops_connections']} connections, "
                f"{total(found, 'mlops_rows_total')} rows answered, {done} logged or dropped")


def consistent(run, data, place):
    """What /metrics, the log and the clients say is one story."""
    found, seen = quiet(place.server), run.seen
    for path in ("/predict", "/invocations"):
        answered = total(found, "mlops_requests_total", f'endpoint="{path}"', 'status="200"')
        known = seen[f"answered {path}"] + (seen["answered slow first"] if path == "/predict" else 0)
        room = seen["rude: deaf"] if path == "/predict" else 0
        expect(known <= answered <= known + room, f"{path}: {answered} answered, clients know of {known} and {room} unread")
        requests = total(found, "mlops_requests_total", f'endpoint="{path}"')
        expect(requests == total(found, "mlops_request_duration_seconds_count", f'endpoint="{path}"'), f"{path}: the histogram lacks some")
    known = seen["rows"] + seen["answered slow first"]
    rows = total(found, "mlops_rows_total")
    expect(known <= rows <= known + seen["rows nobody read"], f"{rows} rows, clients know of {known}")
    expect(rows == total(found, "mlops_predictions_total"), "rows by class are others")
    failures = total(found, "mlops_requests_total", 'status="5')
    expect(failures == 0, f"{failures} answers with 5xx")
    refused = sum(total(found, "mlops_requests_total", f'status="{status}"') for status in (400, 404, 408, 413, 415, 422))
    expect(refused == total(found, "mlops_rejections_total"), "refusals by reason are others")
    swaps, none = seen["swaps"], seen["swaps for no model"]
    reloads, failed = total(found, "mlops_reloads_total"), total(found, "mlops_reload_failures_total")
    expect(swaps / 2 <= reloads <= swaps, f"{reloads} reloads of {swaps} swaps")
    expect(failed <= none and (none == 0 or failed > 0), f"{failed} refused of {none} files that are no model")
    logged, dropped = total(found, "mlops_predictions_logged_total"), total(found, "mlops_predictions_dropped_total")
    lines = check_log(data, place.folder / "logs")
    expect(lines == logged, f"{lines} lines in the log, {logged} counted")
    expect(dropped > 0 and logged > dropped, f"{logged} logged, {dropped} dropped: the folder was away one second of five")
    return f"{int(rows)} rows, {int(logged)} of them in the log, {int(reloads)} reloads, {int(failed)} files refused"


def check_log(data, folder):
    """Every line is whole, once, and right. How many there are."""
    places, seen = {tuple(row.values()): at for at, row in enumerate(data.rows)}, collections.Counter()
    for path in folder.iterdir():
        with open(path) as file:
            for text in file:
                line = json.loads(text)
                # The rows of a request, as bits.
                bit = 1 << line["row"]
                expect(not seen[line["id"]] & bit, f"row {line['row']} of {line['id']} stands twice in the log")
                seen[line["id"]] |= bit
                data.check([places[tuple(line["fields"][name] for name in data.names)]], [line])
    return sum(rows.bit_count() for rows in seen.values())


def load(run, data, first, second):
    """Both servers under load to the end: what was seen, and the first's resident memory after the start and at the end."""
    threads = [run.thread(fast, data, first, seed) for seed in range(3)]
    threads += [run.thread(unlucky, data, second, seed) for seed in range(10, 12)]
    threads += [run.thread(slow, data, first, 20, "first"), run.thread(slow, data, second, 21, "second"), run.thread(slow, data, second, 22, "second")]
    threads += [run.thread(rude, data, first, seed) for seed in range(30, 32)]
    threads += [run.thread(swap, first, second), run.thread(lost_disk, first), run.thread(restart, second)]
    samples, began = [], time.monotonic()
    while run.goes_on():
        time.sleep(0.2)
        samples.append(((time.monotonic() - began) / run.seconds, first.server.resident()))
    for one in threads:
        one.join(90)
        expect(not one.is_alive(), "a client never ends")
    expect(not run.wrong, "; ".join(run.wrong[:5]))
    # All that was asked for has happened.
    wanted = ["answered /predict", "answered /invocations", "answered slow first", "answered slow second", "answered beside restarts",
              "log folder gone", "restarts after term", "restarts after kill"]
    wanted += [f"rude: {what}" for what in RUDE]
    expect(all(run.seen[what] > 0 for what in wanted), f"never: {[what for what in wanted if not run.seen[what]]}")
    early, late = (statistics.median(size for at, size in samples if a <= at < b) for a, b in ((0.25, 0.45), (0.8, 1.1)))
    expect(late < early * 1.1 + 4e6, f"resident memory grows: {early / 1e6:.1f} MB, then {late / 1e6:.1f} MB")
    told = consistent(run, data, first)
    for place in (first, second):
        place.server.stop()
    print(json.dumps(dict(sorted(run.seen.items()))))
    return told, (early, late)


def expect(is_so, what):
    if not is_so:
        raise Wrong(what)


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600
    with tempfile.TemporaryDirectory() as folder:
        project = pathlib.Path(folder, "wine")
        shutil.copytree(ROOT / "configs", project / "configs")
        shutil.copy(ROOT / "dvc.yaml", project)
        subprocess.run(["mlops", "-q", "run-all"], cwd=project, check=True, stdout=subprocess.DEVNULL)
        data = Data(project)
        first, second = Place(project, pathlib.Path(folder, "first")), Place(project, pathlib.Path(folder, "second"))
        told, resident = load(Run(seconds), data, first, second)
    early, late = resident
    print(f"serve.py: {seconds:.0f} s: {told}; resident memory {early / 1e6:.1f} MB after the start, {late / 1e6:.1f} MB at the end")


main()
