//! `sagemaker`: what SageMaker asks of a container, so that an image of this program alone is one.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use serde_json::{Map, Value as Json};

use super::args::{Arguments, Global};
use super::failures::Failures;
use super::printer::Printer;
use super::serve::{self, ServeArgs};
use crate::error::{Error, Result, suggest};
use crate::fs;

/// The words of a container's command.
#[derive(Debug, Subcommand)]
pub enum Sagemaker {
    /// Make a project of the table in the channel `training`, run its pipeline and leave the champion in /opt/ml/model
    Train(TrainArgs),
    /// As `mlops serve --sagemaker`
    Serve(Box<ServeArgs>),
}

/// Options of `sagemaker train`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// What stands in place of /opt/ml
    #[arg(long, value_name = "DIR", default_value = "/opt/ml")]
    pub root: PathBuf,
}

/// Hyperparameters that are options of `mlops init`; those with a dot are values of the configs.
const OPTIONS: [&str; 4] = ["target", "task", "positive", "name"];
/// The failure text that SageMaker keeps.
const FAILURE: usize = 1024;

/// Does what the container was told.
pub fn run(printer: &Printer, global: &Global, what: Sagemaker) -> Result<(), Failures> {
    match what {
        Sagemaker::Serve(args) => serve::run(printer, global, &ServeArgs { sagemaker: true, ..*args }),
        Sagemaker::Train(args) => train(printer, &args.root).inspect_err(|failures| {
            // That the failure cannot be told must not hide it.
            let place = args.root.join("output/failure");
            if let Err(error) = fs::atomic_write_bytes(&place, failure(failures).as_bytes()) {
                printer.warning(error.message());
            }
        }),
    }
}

fn failure(failures: &Failures) -> String {
    let mut text = String::new();
    for error in failures.errors() {
        text.push_str(&format!("{}\n", error.message()));
        text.extend(error.hint_text().map(|hint| format!("hint: {hint}\n")));
    }
    text.chars().take(FAILURE).collect()
}

fn train(printer: &Printer, root: &Path) -> Result<(), Failures> {
    let parameters = Parameters::read(&root.join("input/config/hyperparameters.json"))?;
    let data = only_file(&channel(root, &["training", "train"])?.ok_or_else(|| {
        Error::usage(format!("no channel `training` in `{}`", root.join("input/data").display()))
            .hint("give the job an input channel of that name, with one table in it")
    })?)?;
    let test = channel(root, &["test", "validation"])?.map(|folder| only_file(&folder)).transpose()?;
    let cannot = |e| Error::failure("cannot make a folder for temporary files").because(e).hint("name one by TMPDIR");
    let folder = tempfile::Builder::new().prefix("mlops-train-").tempdir().map_err(cannot)?;
    let project = folder.path().to_string_lossy().into_owned();
    let mut init = words(&["init", &project, "--data", &data.to_string_lossy()]);
    if let Some(test) = &test {
        init.extend(words(&["--test", &test.to_string_lossy()]));
    }
    for (name, value) in &parameters.options {
        init.extend(words(&[&format!("--{name}"), value]));
    }
    command(printer, init)?;
    if !parameters.values.is_empty() {
        let mut change = words(&["-C", &project]);
        for (key, value) in &parameters.values {
            change.extend(words(&["--set", &format!("{key}={value}")]));
        }
        // Other algorithms have other files, which dvc.yaml lists.
        change.extend(words(&["validate", "--fix"]));
        command(printer, change)?;
    }
    command(printer, words(&["-C", &project, "run-all"]))?;
    Ok(keep(printer, folder.path(), root)?)
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Runs a command of this program in this process.
fn command(printer: &Printer, words: Vec<String>) -> Result<(), Failures> {
    let all = std::iter::once("mlops".to_owned()).chain(words);
    let arguments = Arguments::try_parse_from(all).map_err(|error| {
        let text = error.render().to_string();
        Error::usage(text.lines().next().unwrap_or_default().trim_start_matches("error: ")).hint(
            "hyperparameters are `target`, `task`, `positive`, `name`, and values of the configs such as `train.folds`",
        )
    })?;
    super::run(printer, arguments)
}

/// Copies the champion and what was measured to where the job keeps it.
fn keep(printer: &Printer, project: &Path, root: &Path) -> Result<()> {
    let champion = fs::read(&project.join("models/champion.json"))?;
    let champion: Json = serde_json::from_slice(&champion)
        .map_err(|e| Error::failure("the champion's file is not valid JSON").because(e))?;
    let model = champion.get("model").and_then(Json::as_str).unwrap_or_default();
    let name = Path::new(model).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    fs::atomic_write_bytes(&root.join("model").join(&name), &fs::read(&project.join(model))?)?;
    let metrics = project.join("reports/metrics");
    for name in fs::names_in(&metrics)?.iter().filter(|name| name.ends_with(".json")) {
        fs::atomic_write_bytes(&root.join("output/data").join(name), &fs::read(&metrics.join(name))?)?;
    }
    printer.note(&format!("wrote {}", root.join("model").join(name).display()));
    Ok(())
}

/// The folder of the first of these channels that there is.
fn channel(root: &Path, names: &[&str]) -> Result<Option<PathBuf>> {
    let data = root.join("input/data");
    Ok(names.iter().map(|name| data.join(name)).find(|folder| folder.is_dir()))
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let mut names = fs::names_in(folder)?;
    // Such as Spark's `_SUCCESS`.
    names.retain(|name| !name.starts_with(['.', '_']) && folder.join(name).is_file());
    names.sort();
    match &names[..] {
        [name] => Ok(folder.join(name)),
        [] => Err(Error::data(format!("no file in `{}`", folder.display())).hint("a channel holds one table")),
        [first, second, ..] => {
            Err(Error::data(format!("several files in `{}`: `{first}`, `{second}`", folder.display()))
                .hint("a channel holds one table: CSV, JSON Lines, plain or compressed"))
        }
    }
}

/// The SDK writes texts as JSON.
fn decoded(text: &str) -> String {
    serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())
}

/// Hyperparameters, all of which are texts.
#[derive(Debug, Default, PartialEq)]
struct Parameters {
    options: Vec<(String, String)>,
    values: Vec<(String, String)>,
}

impl Parameters {
    fn read(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let shown = path.display();
        let entries: Map<String, Json> = serde_json::from_slice(&fs::read(path)?)
            .map_err(|e| Error::usage(format!("`{shown}` is no JSON object")).because(e))?;
        let mut parameters = Self::default();
        for (name, value) in entries {
            let value = value.as_str().map_or_else(|| value.to_string(), decoded);
            if OPTIONS.contains(&name.as_str()) {
                parameters.options.push((name, value));
            } else if name.contains('.') {
                parameters.values.push((name, value));
            } else if !(name.starts_with("sagemaker_") || name.starts_with('_')) {
                // Those are of SageMaker itself.
                return Err(Error::usage(format!("unknown hyperparameter `{name}` in `{shown}`")).maybe_hint(suggest(
                    &name,
                    "hyperparameters, beside values of the configs such as `train.folds`",
                    &OPTIONS,
                )));
            }
        }
        Ok(parameters)
    }
}
