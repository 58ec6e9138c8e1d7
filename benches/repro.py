#!/usr/bin/env python3
"""Times the engine beside real DVC on the same projects: both sides in one run, taking turns.

    MLOPS_TEST_DATA=<folder with adult.data.gz, adult.test> PATH=<folder of dvc>:$PATH python3 benches/repro.py
        [-n 11] [--only wine,adult,shell,hash,foreach,folder]

Times are wall times of whole processes, medians of n pairs, after one run of each side that does not count; what is
slow is run less often, and the table says how often. Each case is in git, with `core.analytics` and
`core.check_update` off. Wall times mean something only on a machine that does nothing else. Where a bar is set
it stands beside the figure, and a miss ends in exit code 1.

wine     this repository's own project: run-all and status with nothing to do
adult    examples/adult, run once by mlops: the same, and going back to an earlier config, which comes out of the cache
shell    seven stages in a row, each of which copies one small file
hash     files of 1 GB that no side has seen before, against hashlib.md5 on one core; four in parallel
foreach  2,000 stages: planned when none has run and when all are up to date (status is run by DVC once a state)
folder   an out of 100,000 small files: its first commit, and unchanged after

DVC      the dvc to measure; else the one on the PATH
MLOPS    the mlops to measure; else target/release/mlops
Needs git, Python 3.11 or later and 3 GB in the folder for temporary files.
"""

import argparse
import gzip
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import ROOT, adult, mlops_binary, refuse

GIGABYTE = 10**9
HASHLIB = """
import hashlib, sys, time
start = time.perf_counter()
with open(sys.argv[1], "rb") as file:
    hashlib.file_digest(file, "md5")
print(time.perf_counter() - start)
"""


class Bench:
    """Both programs, and the table of what they took."""

    def __init__(self, pairs, scratch):
        self.mlops, self.dvc = mlops_binary(), dvc_program()
        self.pairs, self.scratch, self.missed = pairs, scratch, []
        self.home = scratch / "home"
        self.home.mkdir()
        path = os.pathsep.join([str(self.mlops.parent), str(self.dvc.parent), os.environ.get("PATH", "")])
        self.env = {**os.environ, "PATH": path, "HOME": str(self.home), "SHELL": "/bin/sh"}
        self.env.update(DVC_NO_ANALYTICS="1", DVC_SITE_CACHE_DIR=str(scratch / "site"))

    def run(self, folder, *command):
        """What a command prints; it must go well."""
        done = subprocess.run(command, cwd=folder, env=self.env, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"error: `{' '.join(map(str, command))}` in {folder}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def seconds(self, folder, *command):
        start = time.perf_counter()
        self.run(folder, *command)
        return time.perf_counter() - start

    def project(self, name):
        folder = self.scratch / name
        folder.mkdir()
        return folder

    def begin(self, folder):
        """A git repository and a DVC project of a folder."""
        self.run(folder, "git", "init", "-q", ".")
        if not (folder / ".dvc").exists():
            self.run(folder, self.dvc, "init", "-q")
            self.run(folder, self.dvc, "config", "core.check_update", "false")
            self.run(folder, self.dvc, "config", "core.analytics", "false")
        self.run(folder, "git", "add", "-A")
        self.run(folder, "git", "-c", "user.name=bench", "-c", "user.email=bench@example.org", "commit", "-qm", "begin")

    def idle(self, folder):
        """Fails unless both sides find nothing to do."""
        if "up to date" not in self.run(folder, self.dvc, "status"):
            sys.exit(f"error: `dvc status` finds changes in {folder}")
        self.run(folder, self.mlops, "status", "--exit-code")

    def paired(self, name, ours, theirs, bar, pairs=None):
        """Medians of two functions that give seconds, taking turns; the ratio must reach the bar."""
        pairs = pairs or self.pairs
        ours(), theirs()
        runs = [(ours(), theirs()) for _ in range(pairs)]
        left, right = (statistics.median(column) for column in zip(*runs))
        self.tell(name, left, right, pairs, right / left >= bar if bar else None, f"{bar}x" if bar else "")

    def tell(self, name, ours, theirs, pairs, good, bar):
        ratio = f"{theirs / ours:9.1f}x" if theirs else f"{'':>10}"
        right = shown(theirs) if theirs else ""
        verdict = {None: "", True: "reached", False: "MISSED"}[good]
        print(f"{name:<44}{shown(ours):>11}{right:>11}{ratio}{pairs:>7}  {bar:<10}{verdict}", flush=True)
        if good is False:
            self.missed.append(name)

    def idle_pairs(self, name, folder):
        command = lambda program, verb: lambda: self.seconds(folder, program, verb)
        self.paired(f"{name}: run-all, dvc repro", command(self.mlops, "run-all"), command(self.dvc, "repro"), 50)
        self.paired(f"{name}: status, dvc status", command(self.mlops, "status"), command(self.dvc, "status"), 40)


def dvc_program():
    named = os.environ.get("DVC", "dvc")
    found = shutil.which(named)
    if not found:
        refuse(f"`{named}` is not on the PATH\nhint: install tests/peers/requirements.txt into a venv, or set DVC")
    return Path(found).absolute()


def shown(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def tracked(source, folder, *paths):
    """The files of a folder that git tracks, as they are now."""
    command = ["git", "ls-files", "-z", "--", *paths]
    listed = subprocess.run(command, cwd=source, check=True, capture_output=True, text=True).stdout
    for name in listed.split("\0"):
        if name and (source / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, folder / name)


def wine(bench):
    folder = bench.project("wine")
    # Without the dvc.yaml files of tests and examples, which DVC would look at too.
    tracked(ROOT, folder, "configs", "data", "models", "reports", "dvc.yaml", ".dvc", ".dvcignore", ".gitignore")
    bench.begin(folder)
    bench.run(folder, bench.mlops, "run-all")
    bench.idle(folder)
    bench.idle_pairs("wine, nothing to do", folder)


def adult_project(bench, name):
    folder = bench.project(name)
    tracked(ROOT / "examples" / "adult", folder)
    external = folder / "data" / "external"
    external.mkdir(parents=True, exist_ok=True)
    with gzip.open(adult()) as packed, (external / "adult.data").open("wb") as file:
        shutil.copyfileobj(packed, file)
    test = Path(os.environ["MLOPS_TEST_DATA"]) / "adult.test"
    shutil.copy2(test, external) if test.is_file() else refuse(f"`{test}` does not exist")
    bench.begin(folder)
    return folder


def adult_cases(bench):
    folder = adult_project(bench, "adult")
    bench.run(folder, bench.mlops, "run-all")
    bench.idle(folder)
    bench.idle_pairs("Adult, nothing to do", folder)
    go_back(bench, folder)


def go_back(bench, folder):
    """Two seeds in turn: splits, models, evaluation and predictions of each are in the cache."""
    config = folder / "configs" / "config.yaml"
    texts = [config.read_text(), config.read_text().replace("seed: 42", "seed: 43")]
    at = 0

    def back(program, verb, word):
        nonlocal at
        at = 1 - at
        config.write_text(texts[at])
        start = time.perf_counter()
        said = bench.run(folder, program, verb)
        seconds = time.perf_counter() - start
        if word not in said:
            sys.exit(f"error: going back was no restore:\n{said}")
        return seconds

    config.write_text(texts[1])
    at = 1
    bench.run(folder, bench.mlops, "run-all")
    ours = lambda: back(bench.mlops, "run-all", "6 restored")
    theirs = lambda: back(bench.dvc, "repro", "is cached - skipping run")
    ours(), theirs()
    pairs = min(bench.pairs, 5)
    runs = [(ours(), theirs()) for _ in range(pairs)]
    left, right = (statistics.median(column) for column in zip(*runs))
    bench.tell("Adult, back to another seed: 6 stages", left, right, pairs, left < 0.2, "0.2 s")


def shell(bench):
    lines = ["stages:"]
    for at in range(7):
        lines += [f"  s{at}:", f"    cmd: cp f{at} f{at + 1}", f"    deps: [f{at}]", f"    outs: [f{at + 1}]"]
    sides = {}
    for side in ("mlops", "dvc"):
        folder = sides[side] = bench.project(f"shell-{side}")
        (folder / "dvc.yaml").write_text("\n".join(lines) + "\n")
        (folder / "f0").write_text("0\n")
        bench.begin(folder)
    counter = iter(range(1, 10**6))

    def fresh(side, *command):
        (sides[side] / "f0").write_text(f"{next(counter)}\n")
        return bench.seconds(sides[side], *command)

    bench.paired(
        "7 stages `cp`, all run: run-all, dvc repro",
        lambda: fresh("mlops", bench.mlops, "run-all"),
        lambda: fresh("dvc", bench.dvc, "repro"),
        10,
    )


def hashing(bench):
    folder = bench.project("hash")
    block = os.urandom(10**6)
    sizes = {"one": [GIGABYTE], "four": [GIGABYTE // 4] * 4}
    for name, parts in sizes.items():
        inner = folder / name
        inner.mkdir()
        deps = [f"d{at}" for at in range(len(parts))]
        (inner / "dvc.yaml").write_text(f"stages:\n  s:\n    cmd: 'true'\n    deps: [{', '.join(deps)}]\n    outs: [o]\n")
        for dep, size in zip(deps, parts):
            with (inner / dep).open("wb") as file:
                for at in range(size // len(block)):
                    file.write(at.to_bytes(8, "little") + block[8:])
    time.sleep(0.1)

    def ours(name):
        shutil.rmtree(folder / name / ".mlops", ignore_errors=True)
        return bench.seconds(folder / name, bench.mlops, "status")

    theirs = lambda: float(bench.run(folder, sys.executable, "-c", HASHLIB, folder / "one" / "d0"))
    ours("one"), ours("four"), theirs()
    pairs = min(bench.pairs, 5)
    runs = [(ours("one"), ours("four"), theirs()) for _ in range(pairs)]
    one, four, python = (statistics.median(column) for column in zip(*runs))
    speed = lambda seconds: f"{GIGABYTE / seconds / 1e9:.2f} GB/s"
    bench.tell(f"1 GB in one file ({speed(one)}), hashlib ({speed(python)})", one, python, pairs, one <= python * 1.1, "as hashlib")
    bench.tell(f"1 GB in four files ({speed(four)}), hashlib", four, python, pairs, four < one, "faster")


def foreach(bench):
    folder = bench.project("foreach")
    numbers = "\n".join(f"      - n{at}" for at in range(2000))
    (folder / "dvc.yaml").write_text(
        f"stages:\n  s:\n    foreach:\n{numbers}\n    do:\n      cmd: cp in o/${{item}}\n      deps: [in]\n"
        "      params: [p]\n      outs: ['o/${item}']\n"
    )
    (folder / "in").write_text("in\n")
    (folder / "params.yaml").write_text("p: 1\n")
    (folder / "o").mkdir()
    bench.begin(folder)
    plan(bench, folder, "none run")
    bench.tell("2,000 stages: run them all", bench.seconds(folder, bench.mlops, "run-all"), None, 1, None, "")
    bench.idle(folder)
    plan(bench, folder, "all up to date")


def plan(bench, folder, state):
    pairs = min(bench.pairs, 5)
    once = bench.seconds(folder, bench.dvc, "status")
    for command in (["status"], ["run-all", "--dry-run"]):
        bench.seconds(folder, bench.mlops, *command)
        took = statistics.median(bench.seconds(folder, bench.mlops, *command) for _ in range(pairs))
        bench.tell(f"2,000 stages, {state}: {' '.join(command)}", took, once, pairs, took < 1, "1 s")


def folder_case(bench):
    sides = {}
    for side in ("mlops", "dvc"):
        folder = sides[side] = bench.project(f"folder-{side}")
        # `persist`: the files are there already, so that what is timed is the commit.
        text = "stages:\n  s:\n    cmd: 'true'\n    deps: [in]\n    outs:\n      - many: {persist: true}\n"
        (folder / "dvc.yaml").write_text(text)
        (folder / "in").write_text("in\n")
        (folder / ".gitignore").write_text("/many\n")
        bench.begin(folder)
        for at in range(100_000):
            path = folder / "many" / f"{at % 100:02}" / f"{at:06}.txt"
            if at < 100:
                path.parent.mkdir(parents=True)
            path.write_text(f"{at}\n")
    os.sync()
    ours = bench.seconds(sides["mlops"], bench.mlops, "run-all")
    theirs = bench.seconds(sides["dvc"], bench.dvc, "repro")
    bench.tell("100,000 files: first commit, dvc repro", ours, theirs, 1, ours < 30, "seconds")
    bench.paired(
        "100,000 files: unchanged, dvc repro",
        lambda: bench.seconds(sides["mlops"], bench.mlops, "run-all"),
        lambda: bench.seconds(sides["dvc"], bench.dvc, "repro"),
        None,
        pairs=3,
    )


CASES = {"wine": wine, "adult": adult_cases, "shell": shell, "hash": hashing, "foreach": foreach, "folder": folder_case}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=11, help="pairs of each case (default 11; slow ones have fewer)")
    parser.add_argument("--only", default=",".join(CASES), help="cases, by commas (default all)")
    arguments = parser.parse_args()
    names = arguments.only.split(",")
    if arguments.n < 1 or not set(names) <= set(CASES):
        refuse(f"-n must be at least 1, and --only names some of {', '.join(CASES)}")
    with tempfile.TemporaryDirectory(prefix="mlops-repro-") as scratch:
        bench = Bench(arguments.n, Path(scratch))
        versions = [bench.run(scratch, program, "--version").split()[-1] for program in (bench.mlops, bench.dvc)]
        load = os.getloadavg()[0]
        print(
            f"mlops {versions[0]}, dvc {versions[1]}, Python {platform.python_version()}, {os.cpu_count()} cores, "
            f"load {load:.1f}, {arguments.n} pairs\n\n"
            f"{'medians':<44}{'mlops':>11}{'other':>11}{'ratio':>10}{'runs':>7}  {'bar':<10}",
            flush=True,
        )
        for name in names:
            CASES[name](bench)
        if bench.missed:
            sys.exit(f"missed: {'; '.join(bench.missed)}")


if __name__ == "__main__":
    main()
