#!/usr/bin/env python3
"""Times `mlops explore FILE --target … --html PAGE` beside ydata-profiling's minimal mode on the hotel bookings.

    MLOPS_TEST_DATA=<folder with hotel_bookings.csv.gz> python3 benches/explore.py [-n 3]

119,390 rows of 32 columns, from the CSV file to the HTML page on both sides; the sides take turns. mlops computes all
correlations, relations to the target, duplicates and leaks besides, which the minimal mode leaves out. Both
sides are whole processes, from the command to the page; the ratio against ydata-profiling without the start of Python and
its imports is told beside.
Medians, and the size of both pages. The bar: 20 times as fast, and a page under 3 MB.

PROFILING_PYTHON   an interpreter that has benches/python/explore-requirements.txt; else a venv is made in
                   target/explore-venv
MLOPS              as in bench.py
"""

import argparse
import gzip
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import BENCHES, TARGET, mlops_binary, refuse

BAR = 20
MOST_BYTES = 3_000_000

PEER = """
import sys, time
import pandas
from ydata_profiling import ProfileReport
start = time.perf_counter()
table = pandas.read_csv(sys.argv[1])
ProfileReport(table, minimal=True, progress_bar=False).to_file(sys.argv[2], silent=True)
print(time.perf_counter() - start)
"""


def interpreter():
    if os.environ.get("PROFILING_PYTHON"):
        found = shutil.which(os.environ["PROFILING_PYTHON"])
        return Path(found).absolute() if found else refuse("PROFILING_PYTHON names no interpreter")
    venv, requirements = TARGET / "explore-venv", BENCHES / "python" / "explore-requirements.txt"
    stamp = venv / "requirements.txt"
    if not stamp.is_file() or stamp.read_bytes() != requirements.read_bytes():
        print(f"making {venv}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([venv / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        stamp.write_bytes(requirements.read_bytes())
    return (venv / "bin" / "python").absolute()


def timed(command):
    start = time.perf_counter()
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - start, ran.stdout


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("-n", type=int, default=3, help="runs of each side")
    runs = arguments.parse_args().n
    packed = Path(os.environ.get("MLOPS_TEST_DATA") or refuse("MLOPS_TEST_DATA is not set")) / "hotel_bookings.csv.gz"
    if not packed.is_file():
        refuse(f"`{packed}` does not exist")
    python, mlops = interpreter(), mlops_binary()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        table, ours, theirs = folder / "hotel.csv", folder / "mlops.html", folder / "ydata.html"
        with gzip.open(packed) as source, table.open("wb") as file:
            shutil.copyfileobj(source, file, 2**20)
        own, peer, inner = [], [], []
        for _ in range(runs):
            own.append(timed([mlops, "--quiet", "explore", table, "--target", "is_canceled", "--html", ours])[0])
            seconds, told = timed([python, "-W", "ignore", "-c", PEER, table, theirs])
            peer.append(seconds)
            inner.append(float(told.strip().splitlines()[-1]))
        own, peer, inner = (statistics.median(seconds) for seconds in (own, peer, inner))
        size = ours.stat().st_size
        print(f"{'':34}{'seconds':>10}{'page, MB':>10}")
        print(f"{'mlops explore':34}{own:10.3f}{size / 1e6:10.2f}")
        print(f"{'ydata-profiling minimal':34}{inner:10.3f}{theirs.stat().st_size / 1e6:10.2f}")
        print(f"{'  with the start of Python':34}{peer:10.3f}")
        ratio = peer / own
        print(f"\n{ratio:.1f} times as fast (bar: {BAR}), {inner / own:.1f} without the start of Python; page of {size:,} bytes (bar: {MOST_BYTES:,})")
        sys.exit(0 if ratio >= BAR and size < MOST_BYTES else 1)


if __name__ == "__main__":
    main()
