//! Findings to the files of a project: short YAML with a comment on every decision.

mod clean;
mod config;
mod features;
mod folder;
mod pipeline;
pub(super) mod text;
mod train;

use super::look::Findings;

/// The files of the project, but for the table itself: paths relative to its root, and bytes.
pub fn files_of(found: &Findings) -> Vec<(String, Vec<u8>)> {
    let algorithms = train::algorithms(found);
    let names: Vec<&str> = algorithms.iter().map(|(name, _)| *name).collect();
    let mut files = vec![
        ("configs/config.yaml", config::config(found)),
        ("configs/clean.yaml", clean::clean(found)),
        ("configs/features.yaml", features::features(found)),
        ("configs/explore.yaml", config::EXPLORE.to_owned()),
        ("configs/split.yaml", config::split(found)),
        ("configs/train.yaml", train::train(found, &algorithms)),
        ("configs/evaluate.yaml", train::evaluate(found)),
        ("configs/report.yaml", config::REPORT.to_owned()),
        ("configs/predict.yaml", config::PREDICT.to_owned()),
        ("configs/logging.yaml", config::LOGGING.to_owned()),
        ("dvc.yaml", pipeline::pipeline(found, &names)),
        ("Makefile", folder::MAKEFILE.to_owned()),
        (".gitignore", folder::GITIGNORE.to_owned()),
        (".dvcignore", folder::DVCIGNORE.to_owned()),
        (".dvc/config", folder::dvc_config(found.git)),
        (".dvc/.gitignore", folder::DVC_GITIGNORE.to_owned()),
        ("README.md", folder::readme(found)),
    ];
    files.extend(folder::FOLDERS.map(|name| (name, String::new())));
    files.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())).collect()
}

#[cfg(test)]
mod tests;
