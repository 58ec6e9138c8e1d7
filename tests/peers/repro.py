#!/usr/bin/env python3
"""`mlops run-all` beside real `dvc repro`: the same project twice, and nothing may tell the two apart.

    PATH=<folder of mlops>:<folder of dvc>:$PATH python3 tests/peers/repro.py

The project is tests/peers/torture: foreach, matrix, parameters of every type and file format, folders, persist,
wdir, long commands, names that are not ASCII. Fails at the first difference, and says it.
"""

import difflib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TORTURE = Path(__file__).parent / "torture"
GIT = ["git", "-c", "user.name=peer", "-c", "user.email=peer@example.org"]


def run(folder, *command, code=0):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, "SHELL": "/bin/sh"})
    if done.returncode != code:
        sys.exit(f"repro.py: `{' '.join(map(str, command))}` in {folder}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def project(folder):
    shutil.copytree(TORTURE, folder)
    return begin(folder)


def begin(folder):
    """A git and DVC repository of what stands there."""
    run(folder, "git", "init", "-q", ".")
    run(folder, "dvc", "init", "-q")
    run(folder, "dvc", "config", "core.analytics", "false")
    run(folder, "git", "add", "-A")
    run(folder, *GIT, "commit", "-qm", "begin")
    return folder


def digest(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


def workspace(folder):
    """Every file but DVC's own and git's: its bytes and whether it can be executed."""
    files = (p for p in folder.rglob("*") if p.is_file() and not {".git", ".dvc", ".mlops"} & set(p.relative_to(folder).parts))
    return {str(p.relative_to(folder)): (digest(p), bool(p.stat().st_mode & 0o100)) for p in files}


def cache(folder):
    """Objects with their modes, and the run-cache's names."""
    top = folder / ".dvc" / "cache"
    objects = {str(p.relative_to(top)): (digest(p), oct(p.stat().st_mode & 0o777)) for p in (top / "files").rglob("*") if p.is_file()}
    runs = {str(p.relative_to(top)): p.read_text() for p in (top / "runs").rglob("*") if p.is_file()}
    return objects | runs


def same(what, ours, theirs):
    if ours == theirs:
        return
    lines = [f"repro.py: {what} differ"]
    if isinstance(ours, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            if ours.get(key) != theirs.get(key):
                lines.append(f"  {key}:\n    mlops {ours.get(key)}\n    dvc   {theirs.get(key)}")
    else:
        lines += difflib.unified_diff(str(ours).splitlines(), str(theirs).splitlines(), "mlops", "dvc", lineterm="")
    sys.exit("\n".join(lines))


def alike(what, ours, theirs):
    same(f"{what}: dvc.lock", (ours / "dvc.lock").read_text(), (theirs / "dvc.lock").read_text())
    same(f"{what}: files", workspace(ours), workspace(theirs))
    same(f"{what}: cache", cache(ours), cache(theirs))


def by_mlops(folder, *options):
    """Names of the stages that ran, and of those that were restored."""
    stages = json.loads(run(folder, "mlops", "--json", "run-all", *options))["stages"]
    named = lambda outcome: sorted(s["name"] for s in stages if s["outcome"] == outcome)
    return named("ran"), named("restored")


def by_dvc(folder, *options):
    lines = run(folder, "dvc", "repro", *options).splitlines()
    ran = sorted(line.split("'")[1] for line in lines if line.startswith("Running stage "))
    restored = sorted(line.split("'")[1] for line in lines if "is cached - skipping run" in line)
    return ran, restored


def stale_by_mlops(folder):
    stages = json.loads(run(folder, "mlops", "--json", "status"))["stages"]
    kinds = {}
    for stage in stages:
        names = {reason["kind"] for reason in stage["reasons"]} - {"upstream"}
        if names:
            kinds[stage["name"]] = sorted(names)
    return kinds


def stale_by_dvc(folder):
    kinds = {}
    for name, reasons in json.loads(run(folder, "dvc", "status", "--json")).items():
        names = set()
        for reason in reasons:
            if isinstance(reason, str):
                names.add("command" if reason == "changed command" else reason)
                continue
            for path, state in reason.get("changed deps", {}).items():
                # Parameters are deps whose state is a mapping.
                names.add("params" if isinstance(state, dict) else "deps")
            if "changed outs" in reason:
                names.add("outs")
        kinds[name] = sorted(names)
    return kinds


def replace(name, old, new):
    def change(folder):
        path = folder / name
        text = path.read_text()
        assert old in text, f"`{old}` not in {name}"
        path.write_text(text.replace(old, new, 1))

    return change


def write(name, text):
    return lambda folder: (folder / name).write_text(text)


def remove(name):
    def change(folder):
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return change


def drop(name, beginning):
    """Without the first line that begins so."""

    def change(folder):
        lines = (folder / name).read_text().splitlines(keepends=True)
        del lines[next(at for at, line in enumerate(lines) if line.startswith(beginning))]
        (folder / name).write_text("".join(lines))

    return change


def folder_of(name, file, text):
    def change(folder):
        (folder / name).mkdir()
        (folder / name / file).write_text(text)

    return change


# Everything a stage may depend on, touched in turn.
CHANGES = {
    "a dep": write("src/in.csv", "a,b\n1,2\n5,6\n"),
    "a dep whose name is not ASCII": write("größe.txt", "größer\n"),
    "a number in params.yaml": replace("params.yaml", "seed: 42", "seed: 43"),
    "a number that stays the same": replace("params.yaml", "seed: 43", "seed: 43.0"),
    "a nested value": replace("params.yaml", "x: 1.0", "x: 1.5"),
    "a value no stage reads": replace("extra.yaml", "unused: 1", "unused: 2"),
    "a variable that is also a parameter": replace("extra.yaml", "beta: two", "beta: three"),
    "a value in JSON": replace("config.json", '"c": "d"', '"c": "e"'),
    "a value in TOML": replace("more.toml", "ratio = 1e-7", "ratio = 2e-7"),
    "a variable in TOML": replace("more.toml", "port = 8080", "port = 8081"),
    "a new key of a whole file": replace("whole.yaml", "one: 1", "one: 1\nnew: 2"),
    "a lost key of a whole file": replace("whole.yaml", "one: 1\nnew: 2", "one: 1"),
    "a command": replace("dvc.yaml", "echo one > lines.txt", "echo uno > lines.txt"),
    "a command that does the same": replace("dvc.yaml", "echo uno >", "echo  uno >"),
    "a variable inside": replace("dvc.yaml", "deep: 1e-05", "deep: 2e-05"),
    "an item less": replace("dvc.yaml", "[rf, 0.5, true, 10]", "[rf, 0.5, true]"),
    "an item more": replace("dvc.yaml", "model: [cnn, xgb]", "model: [cnn, xgb, dt]"),
    "a dep less": replace("dvc.yaml", 'lines.txt, sub/result.txt, "grid/cnn-1.txt"]', "lines.txt, sub/result.txt]"),
    "an out that is gone": remove("options.txt"),
    "an out that is changed": write("out/alpha.txt", "changed\n"),
    "an out of git that is changed": write("metrics.json", "{}\n"),
    "a file of a folder": remove("data/dir/.hidden"),
    "a file more in a folder": write("data/dir/more.txt", "x"),
    "a folder that is gone": remove("data/dir"),
    "an out that persists": write("log.txt", "mine\n"),
}


def metamorphic(ours, theirs):
    for what, change in CHANGES.items():
        for folder in (ours, theirs):
            change(folder)
        mine, dvc = stale_by_mlops(ours), stale_by_dvc(theirs)
        # Of a stage that never ran, DVC says that each of its files is new.
        mine |= {name: dvc[name] for name, kinds in mine.items() if kinds == ["never run"] and name in dvc}
        same(f"{what}: reasons", mine, dvc)
        same(f"{what}: stages run and restored", by_mlops(ours), by_dvc(theirs))
        alike(what, ours, theirs)
    return len(CHANGES)


def push_and_pull(folder, scratch):
    """What `run-all` made goes through a remote, and every byte comes back in a fresh clone."""
    run(folder, "dvc", "remote", "add", "-d", "store", str(scratch / "store"))
    run(folder, "git", "add", "-A")
    run(folder, *GIT, "commit", "-qm", "run")
    run(folder, "dvc", "push", "-q", "--run-cache")
    # What a stage left that is no more, nobody pushes.
    (folder / "models" / "m-10.bin").unlink()
    before = workspace(folder)
    clone = scratch / "clone"
    run(scratch, "git", "clone", "-q", str(folder), str(clone))
    run(clone, "dvc", "pull", "-q", "--run-cache")
    same("files after dvc pull", workspace(clone), before)
    same("stages run after dvc pull", by_mlops(clone), ([], []))
    # And from the pulled cache alone.
    for name in ("data/dir", "grid/cnn-1.txt", "out/alpha.txt"):
        remove(name)(clone)
    run(clone, "mlops", "checkout")
    same("files after mlops checkout", workspace(clone), before)


def run_cache_both_ways(ours, theirs):
    """Back to an earlier parameter: what DVC made is restored by run-all, and the other way round."""
    for seed, first, second in ((7, by_mlops, by_dvc), (8, by_dvc, by_mlops)):
        forth = replace("params.yaml", "seed: 43.0", f"seed: {seed}")
        back = replace("params.yaml", f"seed: {seed}", "seed: 43.0")
        for folder in (ours, theirs):
            forth(folder)
            same("a new parameter", first(folder)[0], ["prepare"])
            back(folder)
            same("back to the old one", second(folder), ([], ["prepare"]))
            forth(folder)
            same("and forth again", second(folder), ([], ["prepare"]))
            back(folder)
            same("and back again", first(folder), ([], ["prepare"]))


def append(name, text):
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes() + text.encode())


def touch_mode(name, mode):
    return lambda folder: (folder / name).chmod(mode)


def both(*changes):
    return lambda folder: [change(folder) for change in changes]


ADDED = """stages:
  line:
    cmd: find raw/table.csv -type f -exec cat {} + > lines.txt
    deps: [raw/table.csv]
    outs: [lines.txt]
  tree:
    cmd: find pictures -type f | LC_ALL=C sort > tree.txt
    deps: [pictures]
    outs: [tree.txt]
  part:
    cmd: cat pictures/sub/b.txt > part.txt
    deps: [pictures/sub/b.txt]
    outs: [part.txt]
"""

# Data that `dvc add` has put into the cache, touched in turn.
ADDED_CHANGES = {
    "a file": append("raw/table.csv", "3,4\n"),
    "a file of the same size": write("raw/table.csv", "a,b\n1,9\n3,4\n"),
    "a file that was so before": write("raw/table.csv", "a,b\n1,2\n"),
    "a file that can be executed now": both(append("raw/table.csv", "5,6\n"), touch_mode("raw/table.csv", 0o755)),
    "a file that cannot any more": both(append("raw/table.csv", "7,8\n"), touch_mode("raw/table.csv", 0o644)),
    "an empty file": write("raw/table.csv", ""),
    "a file more in a folder": write("pictures/sub/ü.txt", "new\n"),
    "another file of a folder": append("pictures/sub/b.txt", "more\n"),
    "a file less in a folder": remove("pictures/a.txt"),
    "words around the data": both(
        replace("raw/table.csv.dvc", "outs:", "# whence\ndesc: from the shop  # by hand\nmeta:\n  size: 7\n  md5: x\nouts:"),
        append("raw/table.csv", "9,9\n"),
    ),
    "words at the data": both(
        replace("pictures.dvc", "  path: pictures", "  path: pictures\n  desc: all of them # why\n  labels: [a, b]\n  push: false"),
        append("pictures/sub/b.txt", "and more\n"),
    ),
    "no size there": both(drop("raw/table.csv.dvc", "  size: "), append("raw/table.csv", "1,1\n")),
    "no count there": both(drop("pictures.dvc", "  nfiles: "), append("pictures/sub/b.txt", "x\n")),
    "a folder in the place of a file": both(remove("raw/table.csv"), folder_of("raw/table.csv", "x.csv", "1\n")),
}


def added_data(scratch):
    """Data of `dvc add` as sources: what has changed is recorded in the `.dvc` files as by `dvc repro`."""
    folders = scratch / "added-ours", scratch / "added-theirs"
    for folder in folders:
        (folder / "raw").mkdir(parents=True)
        (folder / "pictures/sub").mkdir(parents=True)
        begin(folder)
        for name, text in (("dvc.yaml", ADDED), ("raw/table.csv", "a,b\n1,2\n"), ("pictures/a.txt", "a\n"), ("pictures/sub/b.txt", "b\n")):
            (folder / name).write_text(text)
        run(folder, "dvc", "add", "-q", "raw/table.csv", "pictures")
    ours, theirs = folders
    same("stages over added data", by_mlops(ours), by_dvc(theirs))
    alike("added data", ours, theirs)
    for what, change in ADDED_CHANGES.items():
        for folder in folders:
            change(folder)
        same(f"{what}: stages run and restored", by_mlops(ours), by_dvc(theirs))
        alike(f"added data, {what}", ours, theirs)
        # Either goes on from what the other has left.
        same(f"{what}: dvc status", run(ours, "dvc", "status").strip(), "Data and pipelines are up to date.")
        same(f"{what}: stages of DVC after mlops", by_dvc(ours), ([], []))
        same(f"{what}: stages of mlops after DVC", by_mlops(theirs), ([], []))
        alike(f"added data, {what}, twice", ours, theirs)
    for folder, command in ((ours, ("mlops", "run-all")), (theirs, ("dvc", "repro"))):
        shutil.rmtree(folder / "pictures")
        run(folder, *command, code=1 if folder == ours else 255)
    alike("added data that is gone", ours, theirs)
    run(ours, "mlops", "checkout")
    run(theirs, "dvc", "checkout", "-q")
    alike("added data from the cache", ours, theirs)
    return len(ADDED_CHANGES)


OPTIONS = """stages:
  options:
    cmd: echo ${o} > deep/options.txt
    deps: [raw.csv]
    outs: [deep/options.txt]
  next:
    cmd: cp deep/options.txt next.txt
    deps: [deep/options.txt]
    outs: [next.txt]
    metrics: [measure.json: {cache: false}]
"""


def settings(scratch):
    """`core.autostage` and `parsing` of `.dvc/config`, and a dvc.yaml where git looks away."""
    folders = scratch / "settings-ours", scratch / "settings-theirs"
    for folder in folders:
        (folder / "deep").mkdir(parents=True)
        (folder / "old").mkdir()
        (folder / "deep/.gitignore").write_text("")
        (folder / "dvc.yaml").write_text(OPTIONS.replace("cp deep", "echo '{}' > measure.json; cp deep"))
        (folder / "params.yaml").write_text("o: {flag: true, off: false, list: [1, x y], in: {one: 1e-05}}\n")
        (folder / "old/dvc.yaml").write_text("stages: {broken: {cmd: x, outs: [../next.txt]}}\n")
        (folder / ".gitignore").write_text("/old\n/.mlops\n")
        begin(folder)
        (folder / "raw.csv").write_text("1\n")
        run(folder, "dvc", "add", "-q", "raw.csv")
        for key, value in (("core.autostage", "true"), ("parsing.bool", "boolean_optional"), ("parsing.list", "append")):
            run(folder, "dvc", "config", key, value)
    ours, theirs = folders
    staged = lambda folder: run(folder, "git", "status", "--porcelain")
    for what, change in {"settings": lambda folder: None, "settings, new data": write("raw.csv", "2\n")}.items():
        for folder in folders:
            change(folder)
        same(f"{what}: stages run and restored", by_mlops(ours), by_dvc(theirs))
        alike(what, ours, theirs)
        same(f"{what}: staged in git", staged(ours), staged(theirs))
        for folder in folders:
            run(folder, *GIT, "commit", "-qm", what)


def without_git(scratch):
    """No git, no `dvc init`: run-all makes the little that is needed, and DVC goes on from there."""
    folder = scratch / "bare"
    shutil.copytree(TORTURE, folder)
    by_mlops(folder)
    same("DVC after run-all without git", by_dvc(folder), ([], []))


def main():
    with tempfile.TemporaryDirectory(prefix="mlops-repro-") as scratch:
        scratch = Path(scratch)
        ours, theirs = project(scratch / "ours"), project(scratch / "theirs")
        first, second = by_mlops(ours), by_dvc(theirs)
        same("stages of the first run", first, second)
        alike("first run", ours, theirs)
        for folder in (ours, theirs):
            same("stages of mlops over either", by_mlops(folder), ([], []))
            same("stages of DVC over either", by_dvc(folder), ([], []))
            same("dvc status", run(folder, "dvc", "status").strip(), "Data and pipelines are up to date.")
            run(folder, "mlops", "status", "--exit-code")
        alike("second run", ours, theirs)
        count = metamorphic(ours, theirs)
        run_cache_both_ways(ours, theirs)
        push_and_pull(ours, scratch)
        without_git(scratch)
        settings(scratch)
        count += added_data(scratch)
        print(f"repro.py: {len(first[0])} stages, {count} changes: dvc.lock, files, cache and run-cache are DVC's own, byte for byte")


if __name__ == "__main__":
    main()
