#!/usr/bin/env python3
"""Time and memory a row of every stage as Adult grows: 1, 10 and 100 times its 32,561 rows.

    MLOPS_TEST_DATA=<folder with adult.data.gz> python3 benches/growth.py [--times 1,10,100] [--svg growth.svg]

Each stage runs alone, as a process of its own; one run a size. The last column says how far the largest size is
from the smallest. MLOPS as in bench.py.
"""

import argparse
import gzip
import os
import shutil
import sys
import tempfile
from pathlib import Path

from bench import BENCHES, adult, measure, mlops_binary

STAGES = [
    ["ingest"], ["clean"], ["features"], ["split"],
    ["train", "--algorithm", "lr"], ["train", "--algorithm", "xgb"],
    ["evaluate"], ["predict"],
]  # fmt: skip
TRAIN = "train:\n  folds: 2\n  algorithms:\n    lr: {max_iterations: 30}\n    xgb: {n_estimators: 50, max_depth: 6}\n"


def project(folder, packed, times):
    shutil.copytree(BENCHES / "adult", folder)
    (folder / "configs" / "train.yaml").write_text(TRAIN)
    external = folder / "data" / "external"
    external.mkdir(parents=True)
    with gzip.open(packed) as file:
        rows = file.read().rstrip(b"\n") + b"\n"
    with (external / "adult.data").open("wb") as file:
        for _ in range(times):
            file.write(rows)
    return rows.count(b"\n") * times


def table(sizes, results, at, unit):
    print(f"\n{unit:<24}" + "".join(f"{rows:>14,}" for rows in sizes) + f"{'to the last':>12}")
    for stage in STAGES:
        name = " ".join(word for word in stage if not word.startswith("--"))
        values = [results[(rows, tuple(stage))][at] / rows for rows in sizes]
        step = f"{values[-1] / values[0] - 1:>+11.0%}" if len(values) > 1 else ""
        print(f"{name:<24}" + "".join(f"{value:>14.2f}" for value in values) + step)


def svg(path, sizes, results):
    """Microseconds a row against rows, both by their order on the page; one line a stage."""
    width, height, left = 640, 360, 60
    top = max(results[(rows, tuple(stage))][0] / rows for rows in sizes for stage in STAGES)
    x = lambda at: left + at * (width - left - 150) / max(1, len(sizes) - 1)
    y = lambda value: height - 40 - value / top * (height - 70)
    colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999"]
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">']
    parts.append(f'<text x="{left}" y="18">microseconds a row, by number of rows</text>')
    for value in (0, top / 2, top):
        parts.append(f'<text x="8" y="{y(value) + 4:.0f}">{value:.1f}</text>')
    for at, rows in enumerate(sizes):
        parts.append(f'<text x="{x(at) - 25:.0f}" y="{height - 15}">{rows:,}</text>')
    for stage, colour in zip(STAGES, colours):
        values = [results[(rows, tuple(stage))][0] / rows for rows in sizes]
        points = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in enumerate(values))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        row = STAGES.index(stage) * 18 + 40
        parts.append(f'<text x="{width - 120}" y="{row}" fill="{colour}">{" ".join(stage).replace("--algorithm ", "")}</text>')
    path.write_text("\n".join([*parts, "</svg>", ""]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", default="1,10,100", help="how often the table is repeated (default 1,10,100)")
    parser.add_argument("--svg", type=Path, help="draw the times a row")
    arguments = parser.parse_args()
    packed, binary = adult(), mlops_binary()
    sizes, results = [], {}
    for times in map(int, arguments.times.split(",")):
        with tempfile.TemporaryDirectory(prefix="mlops-growth-") as scratch:
            folder = Path(scratch) / "project"
            rows = project(folder, packed, times)
            sizes.append(rows)
            for stage in STAGES:
                os.sync()  # What the stage before wrote is not this one's time.
                seconds, cpu, peak, _ = measure([binary, "-C", folder, *stage], folder, dict(os.environ))
                results[(rows, tuple(stage))] = (seconds * 1e6, cpu * 1e6, peak)
                print(f"{rows:,} rows, {' '.join(stage)}: {seconds:.2f} s, CPU {cpu:.2f} s, {peak / 2**20:.0f} MiB", flush=True)
    table(sizes, results, 0, "microseconds a row")
    table(sizes, results, 1, "CPU microseconds a row")
    table(sizes, results, 2, "peak bytes a row")
    if arguments.svg:
        svg(arguments.svg, sizes, results)


if __name__ == "__main__":
    sys.exit(main())
