//! `plots` at the top of dvc.yaml: the curves of all models, drawn over one another.

use super::super::Context;
use super::pipeline::{Difference, Repair};
use super::repair::written;
use crate::config::Plot;
use crate::engine::{FILE, OutKind, Pipeline};
use crate::error::Error;
use crate::yaml::{Node, edit};

/// Where the curves lie.
const FOLDER: &str = "reports/plots/";
/// What stands above the list.
const HEAD: &str = "# What `dvc plots show` draws: the models over one another.";

/// Curves that no plot shows, and such that are shown and not written.
pub fn differences(ctx: &Context, pipeline: &Pipeline) -> Vec<Difference> {
    let wanted = wanted(ctx);
    let of_stages = pipeline.stages.iter().flat_map(|stage| &stage.outs).filter(|out| out.kind == OutKind::Plot);
    let mut shown: Vec<String> = pipeline.plots.iter().flat_map(files).map(|(file, _)| file).collect();
    shown.extend(of_stages.map(|out| out.path.clone()));
    let missing = wanted.iter().filter(|(_, path)| !shown.contains(path)).map(|(plot, path)| Difference {
        error: Error::usage(format!("{FILE}: `{path}` is in no plot"))
            .hint("`dvc plots show` is to draw it; `mlops validate --fix` adds it to the plots"),
        repair: Some(Repair::Show { plot: *plot, path: path.clone() }),
    });
    let is_stray = |path: &&String| path.starts_with(FOLDER) && !wanted.iter().any(|(_, wanted)| wanted == *path);
    let stray = shown.iter().filter(is_stray).map(|path| Difference {
        error: Error::usage(format!("{FILE}: `mlops evaluate` does not write `{path}`, which a plot shows"))
            .hint("`mlops validate --fix` takes it out of the plots"),
        repair: Some(Repair::Hide { path: path.clone() }),
    });
    missing.chain(stray).collect()
}

/// Each plot of each model.
pub fn wanted(ctx: &Context) -> Vec<(Plot, String)> {
    let names = ctx.config.names();
    let algorithms: Vec<&str> = ctx.config.train.algorithms.iter().filter_map(|a| a.name.as_str()).collect();
    let plots = ctx.config.evaluate.plots.value.iter();
    plots.flat_map(|plot| algorithms.iter().map(|a| (*plot, names.plot(plot.name(), a))).collect::<Vec<_>>()).collect()
}

/// The files that an item shows, with the place of each under `y`; without one where the item is the file itself.
fn files(item: &Node) -> Vec<(String, Option<usize>)> {
    let own = |node: &Node| node.as_str().map(|name| (name.to_owned(), None));
    let Some([(id, properties)]) = item.as_mapping() else { return own(item).into_iter().collect() };
    match properties.get("y").and_then(Node::as_mapping) {
        Some(entries) => {
            let file = |(at, (file, _)): (usize, &(Node, Node))| Some((file.as_str()?.to_owned(), Some(at)));
            entries.iter().enumerate().filter_map(file).collect()
        }
        None => own(id).into_iter().collect(),
    }
}

/// The text with a curve in its plot, which is made where there is none.
pub fn show(ctx: &Context, text: &str, root: &Node, pipeline: &Pipeline, plot: Plot, path: &str) -> Option<String> {
    let path = written(ctx, text, path);
    let Some(items) = root.get("plots").and_then(Node::as_sequence).filter(|items| !items.is_empty()) else {
        let plots = root.get("plots").is_none().then(|| plot.definition(&[path]))?;
        let end = if text.ends_with('\n') { "" } else { "\n" };
        return Some(format!("{text}{end}\n{HEAD}\nplots:\n  - {plots}\n"));
    };
    let folder = format!("{FOLDER}{}/", plot.name());
    let is_of = |item: &Node| files(item).iter().any(|(file, at)| at.is_some() && file.starts_with(&folder));
    match pipeline.plots.iter().position(is_of).and_then(|at| y(items.get(at)?)) {
        Some(y) => edit::set_entries(text, y, &[(&path, Some(plot.axes().1.to_owned()))]),
        None => edit::insert_item(text, items.last()?, &plot.definition(&[path])),
    }
}

/// The text without a curve that no stage writes.
pub fn hide(text: &str, root: &Node, pipeline: &Pipeline, path: &str) -> Option<String> {
    let items = root.get("plots").and_then(Node::as_sequence)?;
    let (item, place) = pipeline.plots.iter().zip(items).find_map(|(resolved, item)| {
        files(resolved).into_iter().find(|(file, _)| file == path).map(|(_, place)| (item, place))
    })?;
    let y = place.and_then(|place| Some((y(item)?, place)));
    match y.and_then(|(y, place)| Some((y, y.as_mapping()?.get(place)?.0.as_str()?, y.as_mapping()?.len()))) {
        Some((y, written, count)) if count > 1 => edit::set_entries(text, y, &[(written, None)]),
        // An empty list is none that DVC takes.
        _ if items.len() > 1 => edit::remove_item(text, item),
        _ => None,
    }
}

fn y(item: &Node) -> Option<&Node> {
    let [(_, properties)] = item.as_mapping()? else { return None };
    properties.get("y").filter(|y| y.as_mapping().is_some())
}
