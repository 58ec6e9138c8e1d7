#!/usr/bin/env python3
"""Times `mlops ingest` + `mlops clean` against pandas: read_csv, the same cleaning, to_csv.

    MLOPS_TEST_DATA=<folder with hotel_bookings.csv.gz> python3 benches/tables.py [-n 5]

Two tables: hotel bookings (119,390 x 32) and 400,000 x 30 numbers made here from a seed (122 MB). The cleaning:
missing markers, exact duplicates and two columns dropped. Both sides write the clean table; mlops writes the raw
one too, types, checks and syncs them. For pandas the time is told with and without the start of Python and the
imports; the ratios are against the time without. Peak memory beside the size of the source. PYTHON and MLOPS as
in bench.py.
"""

import argparse
import gzip
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import measure, mlops_binary, python_interpreter, refuse

HOTEL = {
    "target": "is_canceled",
    "missing": ["NULL", "NA"],
    "drop": ["reservation_status", "reservation_status_date"],
}
NUMBERS = {"target": "y", "missing": [], "drop": ["x28", "x29"]}

PANDAS = """
import sys, time
import pandas
start = time.perf_counter()
source, out, missing, drop = sys.argv[1], sys.argv[2], sys.argv[3].split(","), sys.argv[4].split(",")
table = pandas.read_csv(source, na_values=[m for m in missing if m])
table.drop_duplicates().drop(columns=drop).to_csv(out, index=False)
print(time.perf_counter() - start)
"""


def hotel(folder):
    data = os.environ.get("MLOPS_TEST_DATA") or refuse("MLOPS_TEST_DATA is not set")
    packed = Path(data) / "hotel_bookings.csv.gz"
    if not packed.is_file():
        refuse(f"`{packed}` does not exist")
    path = folder / "hotel.csv"
    with gzip.open(packed) as source, path.open("wb") as file:
        shutil.copyfileobj(source, file, 2**20)
    return path


def numbers(folder):
    path = folder / "numbers.csv"
    gauss = random.Random(1).gauss
    with path.open("w") as file:
        file.write(",".join(f"x{i}" for i in range(30)) + ",y\n")
        for _ in range(400_000):
            row = [gauss(0, 1) for _ in range(30)]
            label = int(row[0] + row[1] * row[2] > 0)
            file.write(",".join(f"{value:.7f}" for value in row) + f",{label}\n")
    return path


def project(folder, source, table):
    configs = folder / "configs"
    configs.mkdir(parents=True)
    target = f'{{column: "{table["target"]}"}}'
    (configs / "config.yaml").write_text(
        f'config:\n  dataset: bench\n  date: "20240131"\n  version: 1\n'
        f"  sources:\n    - file: {source.name}\n  target: {target}\n"
    )
    missing = "".join(f', "{marker}"' for marker in table["missing"])
    (configs / "clean.yaml").write_text(
        f'clean:\n  missing: [""{missing}]\n  steps:\n    - drop_duplicates: {{}}\n'
        f'    - drop_columns: {{columns: [{", ".join(table["drop"])}]}}\n'
    )
    shutil.move(source, folder / source.name)


def run_mlops(binary, folder):
    """Seconds of both stages, the larger peak of memory, and the seconds of ingest alone."""
    runs = [measure([binary, "-C", folder, stage], folder, dict(os.environ)) for stage in ("ingest", "clean")]
    return sum(run[0] for run in runs), max(run[2] for run in runs), runs[0][0]


def run_pandas(python, folder, source, table):
    """Seconds of the whole process, its peak of memory, and the seconds without start and imports."""
    out = folder / "pandas.csv"
    arguments = [source, out, ",".join(table["missing"]), ",".join(table["drop"])]
    script = folder / "side.py"
    script.write_text(PANDAS)
    seconds, _, peak, _ = measure([python, script, *arguments], folder, dict(os.environ))
    inside = subprocess.run([python, script, *arguments], check=True, capture_output=True, text=True)
    return seconds, peak, float(inside.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=5, help="runs of each side (default 5)")
    count = parser.parse_args().n
    binary, python = mlops_binary(), python_interpreter()
    with tempfile.TemporaryDirectory(prefix="mlops-tables-") as scratch:
        for name, make, table in (("hotel", hotel, HOTEL), ("numbers", numbers, NUMBERS)):
            folder = Path(scratch) / name
            made = make(Path(scratch))
            project(folder, made, table)
            source = folder / made.name
            size = source.stat().st_size
            ours, theirs = [], []
            for _ in range(count):
                ours.append(run_mlops(binary, folder))
                theirs.append(run_pandas(python, folder, source, table))
            mlops = [statistics.median(column) for column in zip(*ours)]
            pandas = [statistics.median(column) for column in zip(*theirs)]
            print(
                f"{name}: {size / 1e6:.0f} MB, medians of {count}\n"
                f"  mlops   {mlops[0]:6.2f} s (ingest {mlops[2]:.2f} s), peak {mlops[1] / size:.1f}x the file\n"
                f"  pandas  {pandas[2]:6.2f} s ({pandas[0]:.2f} s with start and imports), "
                f"peak {pandas[1] / size:.1f}x the file\n"
                f"  ratio   {mlops[0] / pandas[2]:6.2f}",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())
