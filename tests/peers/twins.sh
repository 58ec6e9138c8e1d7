# Sourced by the scripts beside it: one project by `mlops run-all` and by `dvc repro`, held against one another.
# They set `work`, a folder that goes away with them.

export DVC_NO_ANALYTICS=1 HOME="$work/home"
# No cache, setting or site folder of this machine may make the two alike.
export XDG_CONFIG_HOME="$HOME/.config" XDG_CACHE_HOME="$HOME/.cache" DVC_SITE_CACHE_DIR="$work/site"
mkdir -p "$HOME"
peer=$(basename "$0" .sh)

say() { printf '%s peer: %s\n' "$peer" "$*"; }
fail() { say "FAILED: $*"; exit 1; }

# clone FROM TO PATH…: the files of those paths that git knows, as a clone would have them, in a repository of their own.
clone() {
  local from=$1 to=$2
  shift 2
  mkdir "$to"
  git -C "$from" ls-files -z -- "$@" | tar -C "$from" --null -T - -cf - | tar -C "$to" -xf -
  git -C "$to" init -q
  keep "$to" start
}

# keep FOLDER MESSAGE: all that git does not ignore, as a commit.
keep() { git -C "$1" add -A && git -C "$1" -c user.name=t -c user.email=t@localhost commit -qm "$2"; }

# Every file of a project but those of git, DVC and mlops themselves: its MD5 and its mode.
files() {
  (cd "$1" && find . \( -name .git -o -path ./.dvc -o -path ./.mlops \) -prune -o -type f -print0 | sort -z |
    while IFS= read -r -d '' file; do printf '%s %s\n' "$(md5sum "$file")" "$(stat -c %a "$file")"; done)
}

# The objects and the run-cache of a project.
cached() { (cd "$1/.dvc/cache" && find files runs -type f -exec md5sum {} + | sort -k 2); }

# same WHAT FILE FILE
same() { diff "$2" "$3" >"$work/diff" || { head -40 "$work/diff"; fail "$1 differ: < run-all, > dvc repro"; }; }

# Nothing is left to do, says either program.
at_rest() {
  (cd "$1"
  mlops --json run-all >"$work/again"
  python3 - "$work/again" <<'PYTHON' || fail "$1: run-all ran a stage again"
import json, sys
sys.exit(any(stage["outcome"] != "up to date" for stage in json.load(open(sys.argv[1]))["stages"]))
PYTHON
  mlops status --exit-code >/dev/null || fail "$1: mlops status is not clean"
  dvc status >"$work/status" && grep -q 'up to date' "$work/status" || { cat "$work/status"; fail "$1: dvc status is not clean"; }
  dvc repro >"$work/again" 2>&1 || { cat "$work/again"; fail "$1: dvc repro again"; }
  ! grep -q '^Running stage' "$work/again" || { cat "$work/again"; fail "$1: dvc repro ran a stage again"; })
}

# twins STAGES OURS THEIRS: run-all in one, dvc repro in the other.
twins() {
  local stages=$1 ours=$2 theirs=$3
  (cd "$ours" && mlops --json run-all >"$work/ran") || fail "run-all"
  (cd "$theirs" && dvc repro >"$work/repro" 2>&1) || { cat "$work/repro"; fail "dvc repro"; }
  local ran repro
  ran=$(grep -o '"outcome": *"ran"' "$work/ran" | wc -l)
  repro=$(grep -c '^Running stage' "$work/repro")
  test "$ran $repro" = "$stages $stages" || fail "run-all ran $ran stages, dvc repro $repro; expected $stages"
  for what in files cached; do
    "$what" "$ours" >"$work/$what-ours"
    "$what" "$theirs" >"$work/$what-theirs"
    same "$what" "$work/$what-ours" "$work/$what-theirs"
  done
  same dvc.lock "$ours/dvc.lock" "$theirs/dvc.lock"
  at_rest "$ours"
  at_rest "$theirs"
  same "files after nothing was to be done" "$work/files-ours" <(files "$ours")
  say "run-all and dvc repro ran $stages stages each and left the same $(wc -l <"$work/files-ours") files, dvc.lock among" \
    "them, and the same $(wc -l <"$work/cached-ours") files in the cache; then neither ran anything in either"
}

# there_and_back FROM STORE FRESH: push to a folder, clone, pull; every byte is there again, and nothing is to be done.
there_and_back() {
  local from=$1 store=$2 fresh=$3
  (cd "$from" && dvc remote add -q -d store "$store" && keep . run && dvc push -q) || fail "dvc push"
  files "$from" >"$work/before"
  git clone -q "$from" "$fresh"
  (cd "$fresh" && dvc pull -q) || fail "dvc pull"
  diff "$work/before" <(files "$fresh") || fail "the files after dvc pull in a fresh clone differ: > there"
  at_rest "$fresh"
  say "dvc push and dvc pull in a fresh clone brought every byte; nothing was to be done there"
}
