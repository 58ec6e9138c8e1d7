//! reports/report.html, and a model card beside each model.

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::super::{Context, by_rank};
use super::Drawn;
use super::plan::Subject;
use crate::config::{Topic, shown};
use crate::data::artifact;
use crate::error::Result;
use crate::fs;
use crate::metrics;
use crate::package::ModelPackage;
use crate::package::evaluation::Evaluation;
use crate::project::Side;
use crate::visualization::report::{Content, Dataset, Facts, Model, Place, Placed, model_card, page};

/// Configs that models and report are made of.
const CONFIGS: [&str; 7] = ["config", "clean", "features", "split", "train", "evaluate", "report"];
/// Bytes of figures on the page; those of the champion and of all models are there whatever they take.
const ROOM: usize = 1_500_000;
/// Units from which on a figure takes the whole width of the page.
const WIDE: f64 = 800.0;

/// Writes the page and the cards, and tells their paths.
///
/// # Errors
/// Exit code 3 for models or datasets that are missing or damaged, 1 where a file cannot be written.
pub fn write(ctx: &Context, evaluation: &Evaluation, drawn: &[Drawn]) -> Result<Vec<String>> {
    let (models, mut contents) = models(ctx, evaluation)?;
    let datasets = datasets(ctx)?;
    contents.extend(datasets.iter().map(|d| Content { file: d.file.clone(), hash: d.schema.checksum.clone() }));
    contents.extend(configs(ctx));
    let mut paths = Vec::new();
    for model in &models {
        let path = ctx.config.names().model_card(&model.info.algorithm);
        let card = model_card(ctx.config, model, Some(evaluation));
        fs::atomic_write_bytes(&ctx.project.path(&path), card.as_bytes())?;
        paths.push(path);
    }
    let figures = placed(evaluation, &models, drawn);
    let facts = Facts {
        config: ctx.config,
        evaluation,
        models: &models,
        datasets: &datasets,
        contents: &contents,
        figures: &figures,
    };
    let path = ctx.config.names().report();
    fs::atomic_write_bytes(&ctx.project.path(&path), page(&facts)?.as_bytes())?;
    paths.push(path);
    Ok(paths)
}

/// The models in order of rank, and their contents in order of the config.
fn models(ctx: &Context, evaluation: &Evaluation) -> Result<(Vec<Model>, Vec<Content>)> {
    let names = ctx.config.names();
    let algorithms: Vec<&str> = ctx.config.train.algorithms.iter().filter_map(|a| a.name.as_str()).collect();
    let read = |algorithm: &&str| {
        let file = names.model(algorithm);
        let path = ctx.project.path(&file);
        let package = ModelPackage::load(&path, &file)?;
        let content = Content { hash: hash(&fs::read(&path)?), file: file.clone() };
        Ok((Model::of(&package, &file), content))
    };
    let all: Vec<(Model, Content)> = algorithms.par_iter().map(read).collect::<Result<_>>()?;
    let (mut models, contents): (Vec<Model>, Vec<Content>) = all.into_iter().unzip();
    let select = metrics::find(&evaluation.select)?;
    by_rank(&mut models, select, |model| model.info.out_of_fold.mean.get(select.name).copied());
    Ok((models, contents))
}

fn datasets(ctx: &Context) -> Result<Vec<Dataset>> {
    let names = ctx.config.names();
    let files = [
        ("ingest", names.raw()),
        ("clean", names.clean()),
        ("features", names.features()),
        ("split", names.split(Side::Train)),
        ("split", names.split(Side::Test)),
    ];
    let read = |(stage, file): (&'static str, String)| {
        let schema = artifact::read_schema(ctx.project, &file)?;
        Ok(Dataset { stage, file, schema })
    };
    files.into_iter().map(read).collect()
}

/// Configs by their values.
fn configs(ctx: &Context) -> Vec<Content> {
    let content = |(name, node): &(&str, crate::yaml::Node)| Content {
        file: shown(name),
        hash: hash(node.to_json().to_string().as_bytes()),
    };
    ctx.config.nodes().iter().filter(|(name, _)| CONFIGS.contains(name)).map(content).collect()
}

fn hash(bytes: &[u8]) -> String {
    format!("{:016x}", xxh3_64(bytes))
}

/// The figures of all models and of the champion, then those of the others by rank, as long as there is room.
fn placed(evaluation: &Evaluation, models: &[Model], drawn: &[Drawn]) -> Vec<Placed> {
    let rank = |subject: &Subject| match subject {
        Subject::Model(_, algorithm) if *algorithm != evaluation.champion => {
            1 + models.iter().position(|model| model.info.algorithm == *algorithm).unwrap_or(models.len())
        }
        _ => 0,
    };
    let mut order: Vec<(usize, &Drawn)> = drawn.iter().map(|drawn| (rank(&drawn.planned.subject), drawn)).collect();
    order.sort_by_key(|(rank, _)| *rank);
    let mut room = ROOM;
    let mut all = Vec::new();
    for (rank, Drawn { planned, figure }) in order {
        let svg = figure.inline(&format!("figure-{}", planned.name));
        if rank > 0 && svg.len() > room {
            continue;
        }
        room = room.saturating_sub(svg.len());
        let of = match &planned.subject {
            Subject::Model(_, algorithm) if rank > 0 => Some(algorithm.clone()),
            _ => None,
        };
        let is_wide = figure.scene.width > WIDE;
        all.push(Placed { place: place(&planned.subject), of, svg, caption: figure.description.clone(), is_wide });
    }
    all
}

fn place(subject: &Subject) -> Place {
    match subject {
        Subject::Model(Topic::Threshold, _) => Place::Threshold,
        Subject::Models(Topic::Importance | Topic::Terms) | Subject::PermutationImportance => Place::Explanation,
        Subject::Model(topic, _) if topic.explains() => Place::Explanation,
        _ => Place::Quality,
    }
}
