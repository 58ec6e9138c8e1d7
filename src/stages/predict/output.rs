//! Where answers may go: not over what they are made of, nor over what the project is made of.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::super::Context;
use super::super::check::wanted_plots;
use crate::config::Origin;
use crate::data::sources::pattern;
use crate::error::{Error, Result};
use crate::fs;

/// Folders of the project in which nothing is an answer.
const FOLDERS: [(&str, &str); 6] = [
    ("configs", "a config"),
    ("models", "the place of models"),
    ("data/external", "the place of sources"),
    (".dvc", "DVC's own"),
    (".git", "git's own"),
    (".mlops", "mlops' own"),
];
/// How a place in the folder of models is called.
const MODELS: &str = "in `models`";
/// Bytes that tell whether a file holds answers.
const LOOK: u64 = 1 << 16;

/// Refuses an output that would replace the rows themselves, the model, or another file of the project.
///
/// # Errors
/// Exit code 2.
pub fn check(ctx: &Context, output: &Path, input: Option<&Path>, model: &Path) -> Result<()> {
    let reads = [(input, "the rows to predict"), (Some(model), "the model")];
    let is_read = |other: &Option<&Path>| other.is_some_and(|other| real(other) == real(output));
    let read = reads.iter().find(|(other, _)| is_read(other)).map(|(_, what)| (*what).to_owned());
    match read.or_else(|| role(ctx, output)).or_else(|| no_answers(ctx, output)) {
        Some(what) => Err(Error::usage(refusal(ctx, output, &what)).hint(HINT)),
        None => Ok(()),
    }
}

/// Refuses a place for an export or an imported model that would replace what is read, a file of the project, or a file
/// of another kind than `ending` says.
///
/// # Errors
/// Exit code 2.
pub fn check_other(ctx: &Context, output: &Path, reads: &[(Option<&Path>, &str)], ending: &str) -> Result<()> {
    let is_read = |other: &Option<&Path>| other.is_some_and(|other| real(other) == real(output));
    let read = reads.iter().find(|(other, _)| is_read(other)).map(|(_, what)| (*what).to_owned());
    let role = || match is_artifact(ctx, output) {
        true => Some("what another stage writes".to_owned()),
        false => role(ctx, output).filter(|what| !what.starts_with(MODELS)),
    };
    let other_kind = || {
        let differs = output.extension().is_none_or(|found| found != ending);
        (differs && output.exists()).then(|| format!("a file that does not end in `.{ending}`"))
    };
    match read.or_else(role).or_else(other_kind) {
        Some(what) => Err(Error::usage(format!("`{}` is {what}, which would be replaced", super::shown(ctx, output)))
            .hint(format!("name another file, such as `exported.{ending}`"))),
        None => Ok(()),
    }
}

/// What is wrong with `predict.output` of the configs, before anything runs.
pub fn config_problem(ctx: &Context) -> Option<Error> {
    let output = ctx.config.predict.output.as_ref()?;
    let path = ctx.project.path(&output.value);
    role(ctx, &path).map(|what| output.error(refusal(ctx, &path, &what)).hint(HINT))
}

const HINT: &str = "name another file, such as `data/processed/answers.csv`; `--output -` writes to standard output";

fn refusal(ctx: &Context, output: &Path, what: &str) -> String {
    format!("`{}` is {what}, which predictions would replace", super::shown(ctx, output))
}

/// What a file is to the project; none for a place where answers may go.
fn role(ctx: &Context, output: &Path) -> Option<String> {
    let place = real(output);
    let root = real(ctx.project.root());
    // A link counts both as what it is and as what it points at.
    let absolute = std::path::absolute(output).unwrap_or_else(|_| output.to_path_buf());
    let named = [&place, &absolute].into_iter().find_map(|path| {
        let inside = path.strip_prefix(&root).or_else(|_| path.strip_prefix(ctx.project.root())).ok()?;
        by_name(inside)
    });
    let is_source = || sources(ctx).iter().any(|file| real(file) == place).then(|| "a source".to_owned());
    let artifact = || is_artifact(ctx, output).then(|| "what another stage writes".to_owned());
    named.or_else(is_source).or_else(artifact)
}

/// Whether another stage writes the file.
fn is_artifact(ctx: &Context, output: &Path) -> bool {
    let config = &ctx.config;
    let algorithms: Vec<&str> = config.train.algorithms.iter().filter_map(|a| a.name.as_str()).collect();
    let mut files = config.names().of_other_stages(&algorithms);
    files.extend(wanted_plots(ctx).into_iter().map(|(_, path)| path));
    files.iter().any(|file| real(&ctx.project.path(file)) == real(output))
}

/// What a path means by its name alone.
fn by_name(inside: &Path) -> Option<String> {
    let folder = FOLDERS.iter().find(|(folder, _)| inside.starts_with(folder) && inside != Path::new(folder));
    if let Some((folder, what)) = folder {
        return Some(if *folder == "configs" { (*what).to_owned() } else { format!("in `{folder}`, {what}") });
    }
    let name = inside.to_string_lossy();
    let is_dvc = name == "dvc.yaml" || name == "dvc.lock" || name.ends_with(".dvc");
    if is_dvc {
        return Some("a file of the pipeline".to_owned());
    }
    name.ends_with(".schema.json").then(|| "the schema of a dataset".to_owned())
}

/// All files of sources.
fn sources(ctx: &Context) -> Vec<PathBuf> {
    let files = ctx.config.main.sources.iter().flat_map(|source| match &source.origin {
        Origin::Builtin { .. } => Vec::new(),
        Origin::File { file, .. } | Origin::Url { file, .. } => {
            pattern::files(ctx.project.root(), file).unwrap_or_default()
        }
    });
    files.map(|file| ctx.project.path(file)).collect()
}

/// Whether a file of the project is there and holds something else than answers, such as a README.
fn no_answers(ctx: &Context, output: &Path) -> Option<String> {
    let place = real(output);
    let is_own = place == real(&ctx.project.path(ctx.config.names().predictions()));
    if is_own || !place.starts_with(real(ctx.project.root())) || !place.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    fs::open(&place).ok()?.take(LOOK).read_to_end(&mut bytes).ok()?;
    let first = String::from_utf8_lossy(bytes.split(|b| *b == b'\n').next().unwrap_or_default());
    let answers = bytes.is_empty() || (first.contains(super::ROW_ID) && first.contains("prediction"));
    (!answers).then(|| "a file that holds no predictions".to_owned())
}

/// Where a path leads, as far as it is there.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let above = || Some(absolute.parent()?.canonicalize().ok()?.join(absolute.file_name()?));
    path.canonicalize().ok().or_else(above).unwrap_or(absolute)
}
