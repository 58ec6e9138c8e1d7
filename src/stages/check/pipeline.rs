//! dvc.yaml against the configs: every stage is there, and its files are those the stage reads and writes.

use std::collections::BTreeSet;

use super::super::{Context, explore, report};
use super::params;
use super::plots;
use super::repair::base;
use crate::config::{ExploreData, Origin, Plot, Source};
use crate::data::sources::pattern;
use crate::engine::{FILE, Pipeline, Stage};
use crate::error::{Error, suggest};
use crate::fs;
use crate::project::{Names, Side, schema_of};

/// What sets dvc.yaml right.
pub(super) const FIX: &str = "`mlops validate --fix` lists it in dvc.yaml";

/// What one stage command reads and writes.
struct Expected {
    command: String,
    deps: Vec<String>,
    outs: Vec<String>,
}

/// What is wrong in dvc.yaml, and which line would set it right, where one does.
pub(super) struct Difference {
    pub error: Error,
    pub repair: Option<Repair>,
}

/// A line of dvc.yaml; stages go by the names they have there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Repair {
    /// A path is to be added to a list.
    Add { stage: String, list: &'static str, path: String },
    /// A path is to go.
    Remove { stage: String, path: String },
    /// A key of a config is to be watched.
    Watch { stage: String, file: &'static str, key: String },
    /// A curve is to be drawn.
    Show { plot: Plot, path: String },
    /// A curve is to be drawn no more.
    Hide { path: String },
}

impl From<Error> for Difference {
    fn from(error: Error) -> Self {
        Self { error, repair: None }
    }
}

/// All differences between dvc.yaml and what the stages do under these configs.
pub fn pipeline(ctx: &Context, pipeline: &Pipeline) -> Vec<Error> {
    differences(ctx, pipeline).into_iter().map(|difference| difference.error).collect()
}

/// [`pipeline`], with what would set each right.
pub(super) fn differences(ctx: &Context, pipeline: &Pipeline) -> Vec<Difference> {
    let mut problems = Vec::new();
    let expected = expected(ctx, pipeline);
    for want in &expected {
        match pipeline.stages.iter().find(|stage| runs(stage, &want.command)) {
            Some(stage) => compare(ctx, stage, want, &mut problems),
            None => problems.push(missing_stage(pipeline, &want.command).into()),
        }
    }
    for stage in &pipeline.stages {
        let strays = stage
            .commands
            .iter()
            .filter(|c| c.starts_with("mlops train") && !expected.iter().any(|w| w.command == **c));
        for command in strays {
            problems.push(
                Error::usage(format!("{}: `{command}` trains what configs/train.yaml does not name", stage.location))
                    .hint("write it under `train.algorithms`, or remove the stage")
                    .into(),
            );
        }
    }
    problems.extend(dead_deps(ctx, pipeline));
    problems.extend(params::missing(ctx, pipeline));
    problems.extend(plots::differences(ctx, pipeline));
    // The stages of one `foreach` are all wrong in the same place.
    let mut told = BTreeSet::new();
    problems.retain(|one| told.insert((one.error.message().to_owned(), one.error.hint_text().map(str::to_owned))));
    problems
}

/// Deps that no stage writes and that are not there: DVC would stop at them.
fn dead_deps(ctx: &Context, pipeline: &Pipeline) -> Vec<Difference> {
    let outs: Vec<&str> = pipeline.stages.iter().flat_map(|s| &s.outs).map(|o| o.path.as_str()).collect();
    // What ingest reads may still be on its way; it says so itself.
    let sources = source_files(ctx);
    let mut problems = Vec::new();
    for (stage, dep) in pipeline.stages.iter().flat_map(|s| s.deps.iter().map(move |dep| (s, dep))) {
        let made = outs.contains(&dep.path.as_str()) || sources.contains(&dep.path);
        if !made && !ctx.project.path(&dep.path).exists() {
            let error =
                Error::usage(format!("{}: `{}` is written by no stage and does not exist", dep.location, dep.path))
                    .hint("remove it from the deps, or correct its name");
            // What commands of the user read, only the user knows.
            let is_own = stage.commands.iter().all(|command| command.starts_with("mlops "));
            let repair = || Repair::Remove { stage: base(&stage.name).to_owned(), path: dep.path.clone() };
            problems.push(Difference { error, repair: is_own.then(repair) });
        }
    }
    problems
}

fn runs(stage: &Stage, command: &str) -> bool {
    stage.commands.iter().any(|line| line.split_whitespace().eq(command.split_whitespace()))
}

fn missing_stage(pipeline: &Pipeline, command: &str) -> Error {
    let commands: Vec<&String> = pipeline.stages.iter().flat_map(|s| &s.commands).collect();
    let close = suggest(command, "commands", &commands);
    Error::usage(format!("{FILE}: no stage runs `{command}`")).maybe_hint(close)
}

fn compare(ctx: &Context, stage: &Stage, want: &Expected, problems: &mut Vec<Difference>) {
    let command = &want.command;
    let deps: Vec<&str> = stage.deps.iter().map(|d| d.path.as_str()).collect();
    let outs: Vec<&str> = stage.outs.iter().map(|o| o.path.as_str()).collect();
    for (list, have, wanted, verb) in [("deps", &deps, &want.deps, "reads"), ("outs", &outs, &want.outs, "writes")] {
        for path in wanted.iter().filter(|path| !have.contains(&path.as_str())) {
            problems.push(absent_source(ctx, stage, path).map_or_else(
                || {
                    Difference {
                        error: Error::usage(format!("{}: `{path}` is not among the {list}", stage.location))
                            .hint(format!("`{command}` {verb} it; {FIX}")),
                        repair: Some(Repair::Add { stage: base(&stage.name).to_owned(), list, path: path.clone() }),
                    }
                },
                Difference::from,
            ));
        }
    }
    // Another command of the same stage may write files of its own.
    if stage.commands.len() > 1 {
        return;
    }
    for out in stage.outs.iter().filter(|out| !want.outs.contains(&out.path)) {
        let error = Error::usage(format!("{}: `{command}` does not write `{}`", out.location, out.path))
            .maybe_hint(suggest(&out.path, "it writes", &want.outs));
        let repair = Repair::Remove { stage: base(&stage.name).to_owned(), path: out.path.clone() };
        problems.push(Difference { error, repair: Some(repair) });
    }
}

/// A source that is neither there nor known to dvc.yaml has a wrong name.
fn absent_source(ctx: &Context, stage: &Stage, path: &str) -> Option<Error> {
    let named = ctx.config.main.sources.iter().find_map(|source| match &source.origin {
        Origin::File { file, .. } if file.value == path => Some(file),
        _ => None,
    })?;
    if ctx.project.path(path).exists() {
        return None;
    }
    let folder = path.rfind('/').map_or("", |at| &path[..=at]);
    let beside = fs::names_in(&ctx.project.path(folder)).unwrap_or_default().into_iter();
    let mut files: Vec<String> = beside.map(|name| format!("{folder}{name}")).collect();
    files.extend(stage.deps.iter().map(|dep| dep.path.clone()));
    files.sort();
    files.dedup();
    Some(named.error(format!("no such file `{path}`")).maybe_hint(suggest(path, "files", &files)))
}

fn dataset(csv: String) -> [String; 2] {
    let schema = schema_of(&csv);
    [csv, schema]
}

fn expected(ctx: &Context, pipeline: &Pipeline) -> Vec<Expected> {
    let names = ctx.config.names();
    let stage = |command: &str, deps: Vec<[String; 2]>, outs: Vec<[String; 2]>| Expected {
        command: format!("mlops {command}"),
        deps: deps.into_iter().flatten().collect(),
        outs: outs.into_iter().flatten().collect(),
    };
    let (train, test) = (dataset(names.split(Side::Train)), dataset(names.split(Side::Test)));
    let mut all = vec![
        Expected { deps: source_files(ctx), ..stage("ingest", vec![], vec![dataset(names.raw())]) },
        stage("clean", vec![dataset(names.raw())], vec![dataset(names.clean())]),
        stage("features", vec![dataset(names.clean())], vec![dataset(names.features())]),
        stage("split", vec![dataset(names.features())], vec![train.clone(), test.clone()]),
    ];
    let algorithms = algorithms(ctx);
    let models: Vec<String> = algorithms.iter().map(|a| names.model(a)).collect();
    // One stage may train all, or one stage each algorithm.
    if pipeline.stages.iter().any(|s| runs(s, "mlops train")) {
        all.push(Expected { outs: models.clone(), ..stage("train", vec![train.clone()], vec![]) });
    } else {
        all.extend(algorithms.iter().zip(&models).map(|(algorithm, model)| Expected {
            outs: vec![model.clone()],
            ..stage(&format!("train --algorithm {algorithm}"), vec![train.clone()], vec![])
        }));
    }
    all.extend(tunings(pipeline, &names, &train));
    all.extend(exploring(ctx, pipeline));
    all.push(evaluate(ctx, &algorithms, &models, &test));
    all.extend(reports(ctx, pipeline, &models, [&train, &test]));
    all.push(predict(ctx, &names, &models, [train, test]));
    all
}

/// The stages that search parameters, which need not be there; their options change no file name.
fn tunings(pipeline: &Pipeline, names: &Names, train: &[String]) -> Vec<Expected> {
    let commands = pipeline.stages.iter().flat_map(|stage| &stage.commands);
    let tunes = commands.filter(|command| command.split_whitespace().take(2).eq(["mlops", "tune"]));
    let of = |command: &String| Expected { command: command.clone(), deps: train.to_vec(), outs: vec![names.tuning()] };
    tunes.map(of).collect()
}

/// The stage that looks at the rows, which need not be there.
fn exploring(ctx: &Context, pipeline: &Pipeline) -> Option<Expected> {
    let command = "mlops explore".to_owned();
    let names = ctx.config.names();
    let rows = match ctx.config.explore.data {
        ExploreData::Clean => names.clean(),
        ExploreData::Features => names.features(),
    };
    let is_there = pipeline.stages.iter().any(|stage| runs(stage, &command));
    is_there.then(|| Expected { command, deps: dataset(rows).to_vec(), outs: explore::outputs(ctx.config) })
}

/// The stage that draws figures, which need not be there.
fn reports(
    ctx: &Context,
    pipeline: &Pipeline,
    models: &[String],
    [train, test]: [&[String; 2]; 2],
) -> Option<Expected> {
    let command = "mlops report";
    pipeline.stages.iter().find(|stage| runs(stage, command))?;
    let names = ctx.config.names();
    let schemas = [names.raw(), names.clean(), names.features(), names.split(Side::Train)].map(|csv| schema_of(&csv));
    let mut deps = [&test[..], models, &schemas, &[names.evaluation()]].concat();
    if ctx.config.report.learning_curve.is_some() {
        deps.extend(train.iter().filter(|file| !schemas.contains(file)).cloned());
    }
    let outs = report::outs(ctx);
    Some(Expected { command: command.to_owned(), deps, outs })
}

/// The files that ingest reads.
pub(super) fn source_files(ctx: &Context) -> Vec<String> {
    let files = |source: &Source| match &source.origin {
        // Where nothing matches yet, ingest says so.
        Origin::File { file, .. } => pattern::files(ctx.project.root(), file).unwrap_or_default(),
        // What a URL gives is fetched by ingest itself; address and checksum are among its params.
        Origin::Url { .. } | Origin::Builtin { .. } => Vec::new(),
    };
    ctx.config.main.sources.iter().flat_map(files).collect()
}

fn algorithms<'a>(ctx: &'a Context) -> Vec<&'a str> {
    ctx.config.train.algorithms.iter().filter_map(|a| a.name.as_str()).collect()
}

fn evaluate(ctx: &Context, algorithms: &[&str], models: &[String], test: &[String]) -> Expected {
    let names = ctx.config.names();
    let mut outs: Vec<String> = algorithms.iter().map(|a| names.metrics(a)).collect();
    outs.extend(plots::wanted(ctx).into_iter().map(|(_, path)| path));
    outs.extend([names.evaluation(), names.leaderboard(), names.test_predictions(), names.champion()]);
    Expected { command: "mlops evaluate".to_owned(), deps: [test, models].concat(), outs }
}

fn predict(ctx: &Context, names: &Names, models: &[String], sides: [[String; 2]; 2]) -> Expected {
    let config = &ctx.config.predict;
    let deps = match &config.input {
        Some(input) => vec![input.value.clone()],
        None => [&dataset(names.raw())[..], &sides.concat()].concat(),
    };
    let model = match &config.model {
        Some(model) => vec![model.value.clone()],
        None => [&[names.champion()], models].concat(),
    };
    let output = config.output.as_ref().map_or_else(|| names.predictions(), |o| o.value.clone());
    Expected { command: "mlops predict".to_owned(), deps: [deps, model].concat(), outs: vec![output] }
}
