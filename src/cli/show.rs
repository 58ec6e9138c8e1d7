//! `show`: what is in a model file, a dataset or the configs.

mod dataset;
mod model;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use super::failures::Failures;
use super::session::Session;
use crate::config::Config;
use crate::error::{Error, Result};

/// Finds out what is named and shows it.
pub fn run(session: &Session, what: &str, md: bool) -> Result<(), Failures> {
    if what == "configs" {
        return Ok(configs(session, md)?);
    }
    let path = session.resolve(Path::new(what));
    // A name as it stands in dvc.yaml serves from anywhere in the project.
    let path = if path.exists() { path } else { session.project.path(what) };
    if !path.is_file() {
        return Err(Error::usage(format!("`{what}` does not exist"))
            .hint("name a model file such as models/rf_wine_v1.bin, a dataset CSV, or `configs`")
            .into());
    }
    match path.extension().and_then(|e| e.to_str()) {
        Some("bin") => Ok(model::show(session, &path, what, md)?),
        Some("csv") => Ok(dataset::show(session, &relative(session, &path), md)?),
        _ => Err(Error::usage(format!("`{what}` is neither a model file nor a dataset CSV"))
            .hint("model files end in .bin, datasets in .csv")
            .into()),
    }
}

/// The path from the project folder on, where it lies in it.
fn relative(session: &Session, path: &Path) -> String {
    let absolute = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let root = std::fs::canonicalize(session.project.root()).unwrap_or_else(|_| PathBuf::from("."));
    absolute.strip_prefix(&root).unwrap_or(&absolute).to_string_lossy().into_owned()
}

/// All settings in force, defaults included.
fn configs(session: &Session, md: bool) -> Result<()> {
    let all = effective(&session.config)?;
    if session.printer.is_json() {
        let object: Map<String, Json> = all.into_iter().map(|(name, value, _)| (name.to_owned(), value)).collect();
        return session.printer.document(&Json::Object(object));
    }
    for (name, _, text) in all {
        if md {
            session.printer.line(&format!(
                "## {}\n\n```yaml\n{}\n```\n",
                crate::config::shown(name),
                text.trim_end()
            ))?;
            continue;
        }
        session.printer.line(&format!("# {}\n{}", crate::config::shown(name), text.trim_end()))?;
    }
    Ok(())
}

/// Name, JSON and YAML of each file.
fn effective(config: &Config) -> Result<Vec<(&'static str, Json, String)>> {
    fn one<T: serde::Serialize>(name: &'static str, value: &T) -> Result<(&'static str, Json, String)> {
        let cannot = || Error::failure(format!("cannot show `{name}`"));
        let json = serde_json::to_value(value).map_err(|e| cannot().because(e))?;
        let text = serde_yaml::to_string(&Root(name, value)).map_err(|e| cannot().because(e))?;
        Ok((name, json, text))
    }
    Ok(vec![
        one("config", &config.main)?,
        one("clean", &config.clean)?,
        one("features", &config.features)?,
        one("explore", &config.explore)?,
        one("split", &config.split)?,
        one("train", &config.train)?,
        one("tune", &config.tune)?,
        one("evaluate", &config.evaluate)?,
        one("report", &config.report)?,
        one("predict", &config.predict)?,
        one("serve", &config.serve)?,
        one("logging", &config.logging)?,
    ])
}

/// A value under its root key.
struct Root<'a, T>(&'static str, &'a T);

impl<T: serde::Serialize> serde::Serialize for Root<'_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map([(self.0, self.1)])
    }
}
