#!/usr/bin/env python3
"""Times `mlops run-all` against the same protocol as seven `dvc repro` stages in Python, on UCI Adult.

    MLOPS_TEST_DATA=<folder with adult.data.gz> python3 benches/bench.py [-n 3] [--only mlops|python]

Each run starts from a fresh copy of its project, so nothing is up to date and no cache exists. The two
sides take turns. Measured are the wall time, the CPU time of all processes, the peak memory of the largest
process, and the peak of the memory of all processes together (sampled every 50 ms; of pages that processes
share, each counts its part). Wall times mean something only on a machine that does nothing else.

PYTHON   an interpreter that has benches/python/requirements.txt; else a venv is made in target/bench-venv
MLOPS    the binary to measure; else target/release/mlops
Needs Linux and Python 3.11 or later; nothing beyond the standard library runs this script itself.
"""

import argparse
import csv
import gzip
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

BENCHES = Path(__file__).resolve().parent
ROOT = BENCHES.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
ADULT_SHA256 = "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d"
SAMPLE_SECONDS = 0.05


def refuse(message):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(2)


def adult():
    folder = os.environ.get("MLOPS_TEST_DATA")
    if not folder:
        refuse("MLOPS_TEST_DATA is not set\nhint: point it at a folder that holds adult.data.gz (UCI Adult)")
    path = Path(folder) / "adult.data.gz"
    if not path.is_file():
        refuse(f"`{path}` does not exist\nhint: it is adult.data of UCI Adult, compressed with gzip")
    digest = hashlib.sha256()
    with gzip.open(path) as file:
        for block in iter(lambda: file.read(2**16), b""):
            digest.update(block)
    if digest.hexdigest() != ADULT_SHA256:
        print(f"warning: `{path}` is not the original file; its numbers cannot be compared", file=sys.stderr)
    return path


def mlops_binary():
    path = Path(os.environ.get("MLOPS", TARGET / "release" / "mlops")).resolve()
    if not path.is_file():
        refuse(f"`{path}` does not exist\nhint: run `cargo build --release` or set MLOPS")
    return path


def python_interpreter():
    if os.environ.get("PYTHON"):
        found = shutil.which(os.environ["PYTHON"])
        return Path(found).absolute() if found else refuse("PYTHON names no interpreter")
    venv = TARGET / "bench-venv"
    python = venv / "bin" / "python"
    wanted = (BENCHES / "python" / "requirements.txt").read_bytes()
    stamp = venv / "requirements.txt"
    if not stamp.is_file() or stamp.read_bytes() != wanted:
        print(f"making {venv}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        requirements = BENCHES / "python" / "requirements.txt"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        stamp.write_bytes(wanted)
    return python.absolute()


def prepare(source, folder, data):
    """A fresh copy of a project with the data in its place."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    external = folder / "data" / "external"
    external.mkdir(parents=True, exist_ok=True)
    # In blocks: a child's peak memory starts at what this process holds.
    with gzip.open(data) as packed, (external / "adult.data").open("wb") as file:
        shutil.copyfileobj(packed, file, 2**16)


def summed_memory(pid):
    """Resident bytes of a process and all below it; a page that several processes have counts by shares (PSS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        kib = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        children = [c for thread in threads for c in (thread / "children").read_text().split()]
    except (OSError, IndexError, StopIteration):
        return 0
    return kib * 1024 + sum(summed_memory(child) for child in children)


class SummedMemory(threading.Thread):
    """Samples the memory of a process and all below it."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.done = pid, 0, threading.Event()
        self.start()

    def run(self):
        while not self.done.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, summed_memory(self.pid))


def measure(command, folder, env):
    """Wall seconds, CPU seconds, peak bytes of the largest process, peak bytes of all together."""
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=subprocess.STDOUT)
        memory = SummedMemory(process.pid)
        # Of this child and every descendant it has waited for, ru_maxrss is the largest, in KiB.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        memory.done.set()
        memory.join()
        if process.returncode != 0:
            log.seek(0)
            sys.stderr.buffer.write(log.read())
            sys.exit(f"error: `{' '.join(map(str, command))}` failed with exit code {process.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, memory.peak


def run_mlops(binary, folder, data):
    prepare(BENCHES / "adult", folder, data)
    return measure([binary, "-C", folder, "run-all"], folder, dict(os.environ))


def run_python(python, folder, data):
    prepare(BENCHES / "python", folder, data)
    env = dict(os.environ)
    env.update(PATH=f"{python.parent}{os.pathsep}{env.get('PATH', '')}", DVC_NO_ANALYTICS="1")
    # Compiled modules beside the scripts would otherwise be made anew in each copy.
    env.update(PYTHONPYCACHEPREFIX=str(folder.parent / "pycache"))
    dvc = [python, "-m", "dvc"]
    subprocess.run([*dvc, "init", "--quiet", "--no-scm"], cwd=folder, env=env, check=True)
    return measure([*dvc, "repro"], folder, env)


def leaderboards(folder):
    for path in sorted(folder.glob("reports/**/*leaderboard*.csv")):
        print(f"\n{folder.name}: {path.relative_to(folder)}")
        with path.open() as file:
            rows = list(csv.reader(file))
        for row in rows:
            print("  " + "  ".join(f"{shorten(value):>18}" for value in row))


def shorten(value):
    try:
        return f"{float(value):.4f}"
    except ValueError:
        return value


def table(results):
    medians = {side: [statistics.median(column) for column in zip(*runs)] for side, runs in results.items()}
    rows = [
        ("wall time, s", 0, 1),
        ("CPU time, s", 1, 1),
        ("largest process, MiB", 2, 2**20),
        ("all processes, MiB", 3, 2**20),
    ]
    print(f"\n{'median':<22}" + "".join(f"{side:>12}" for side in medians) + f"{'ratio':>10}")
    for name, at, unit in rows:
        values = [median[at] / unit for median in medians.values()]
        ratio = f"{values[1] / values[0]:>9.1f}x" if len(values) == 2 and values[0] else ""
        print(f"{name:<22}" + "".join(f"{value:>12.2f}" for value in values) + ratio)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=3, help="runs of each side (default 3)")
    parser.add_argument("--only", choices=["mlops", "python"], help="measure one side")
    arguments = parser.parse_args()
    if arguments.n < 1:
        refuse("-n must be at least 1")
    data = adult()
    sides = {}
    if arguments.only != "python":
        binary = mlops_binary()
        sides["mlops"] = lambda folder: run_mlops(binary, folder, data)
    if arguments.only != "mlops":
        python = python_interpreter()
        sides["python"] = lambda folder: run_python(python, folder, data)
    results = {side: [] for side in sides}
    with tempfile.TemporaryDirectory(prefix="mlops-bench-") as scratch:
        for at in range(arguments.n):
            for side, run in sides.items():
                folder = Path(scratch) / side
                shutil.rmtree(folder, ignore_errors=True)
                seconds, cpu, largest, together = run(folder)
                results[side].append((seconds, cpu, largest, together))
                sizes = f"{largest / 2**20:.0f} MiB, all {together / 2**20:.0f} MiB"
                print(f"run {at + 1} of {side}: {seconds:.2f} s, CPU {cpu:.2f} s, largest process {sizes}", flush=True)
        table(results)
        for side in sides:
            leaderboards(Path(scratch) / side)


if __name__ == "__main__":
    main()
