//! Times what `text.py` asks of texts within one process: the vectorizer, and `lr` on what it gives.
//!
//! `text FILE THREADS RUNS [VECTORIZE] [NAME=PARAMETERS]` reads the columns `text` and `rating` of a CSV file. It prints
//! JSON: the seconds of each fit and transform of the vectorizer, its features and values, and where an algorithm is
//! named, the seconds of each of its fits and, with classes, its loss: c times the log loss plus half the squared
//! weights, c being 1.

// Its files are its own, in no project.
#![allow(clippy::disallowed_methods)]

use std::error::Error;
use std::time::Instant;

use mlops::data::{Block, Column, Matrix, SparseBlock, Strings, Table, Target};
use mlops::models::{self, FittedModel};
use mlops::transforms::{self, Features, Step};
use mlops::yaml;
use serde_json::json;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// As `text.py` asks it of scikit-learn.
const VECTORIZE: &str = "{columns: [text], ngram_range: [1, 2], max_features: 50000}";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [file, threads, runs, more @ ..] = arguments.as_slice() else {
        return Err("usage: text FILE THREADS RUNS [VECTORIZE] [NAME=PARAMETERS]".into());
    };
    rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
    let (texts, y) = rows(file)?;
    let runs: usize = runs.parse()?;
    let (seconds, x) = vectorized(&texts, &y, runs, more.first().map_or(VECTORIZE, String::as_str))?;
    let values: usize =
        x.blocks.iter().map(|block| if let Block::Sparse(b) = block { b.values.len() } else { 0 }).sum();
    let mut out = json!({"seconds": seconds, "features": x.width(), "values": values});
    if let Some(fit) = more.get(1) {
        out["fit"] = fitted(&x, &y, threads.parse()?, runs, fit)?;
    }
    std::io::Write::write_all(&mut std::io::stdout(), format!("{out}\n").as_bytes())?;
    Ok(())
}

fn rows(file: &str) -> Result<(Strings, Target)> {
    let mut reader = csv::Reader::from_path(file)?;
    let header = reader.headers()?.clone();
    let at = |name: &str| header.iter().position(|column| column == name).ok_or(format!("no column {name}"));
    let (text, rating) = (at("text")?, at("rating")?);
    let (mut texts, mut codes) = (Strings::default(), Vec::new());
    for record in reader.records() {
        let record = record?;
        // Of rows without stars the text is taken all the same.
        texts.push(record.get(text).filter(|text| !text.is_empty()));
        codes.push(record.get(rating).and_then(|stars| stars.parse::<u32>().ok()).map_or(4, |stars| stars - 1));
    }
    Ok((texts, Target::Classes { codes, classes: 5 }))
}

fn vectorized(texts: &Strings, y: &Target, runs: usize, params: &str) -> Result<(Vec<f64>, Matrix)> {
    let entry = transforms::REGISTRY.iter().find(|entry| entry.name == "vectorize").ok_or("no such transform")?;
    let params = yaml::parse(params, "").map_err(|e| e.to_string())?;
    let Step::Learned(step) = (entry.build)(&params).map_err(|e| e.to_string())? else { return Err("no step".into()) };
    let (mut seconds, mut last) = (Vec::new(), None);
    for _ in 0..runs.max(1) {
        let features = Features::new(Table::new(vec![Column::text("text", texts.clone())]));
        drop(last.take());
        let start = Instant::now();
        let context = transforms::FitContext { target: y, seed: 42, copies: None };
        let (_, features) = step.fit(features, &context).map_err(|e| e.to_string())?;
        seconds.push(start.elapsed().as_secs_f64());
        last = Some(features);
    }
    let matrix = last.ok_or("no run")?.into_matrix().map_err(|e| e.to_string())?;
    Ok((seconds, matrix))
}

fn fitted(x: &Matrix, y: &Target, threads: usize, runs: usize, fit: &str) -> Result<serde_json::Value> {
    let (name, params) = fit.split_once('=').ok_or("NAME=PARAMETERS")?;
    let entry = models::REGISTRY.iter().find(|entry| entry.name == name).ok_or("no such algorithm")?;
    let params = yaml::parse(params, "").map_err(|e| e.to_string())?;
    let estimator = (entry.build)(&params).map_err(|e| e.to_string())?;
    let context = models::FitContext::of(42, threads);
    let (mut seconds, mut last) = (Vec::new(), None);
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        last = Some(estimator.fit(x, y, None, &context).map_err(|e| e.to_string())?);
        seconds.push(start.elapsed().as_secs_f64());
    }
    let model = last.ok_or("no run")?;
    Ok(json!({"seconds": seconds, "loss": loss(model.as_ref(), x, y)?}))
}

/// The log loss of the rows and half the squared weights, which scores of a row of nothing and of one for each feature
/// tell: of a penalised model, the weights of a feature add up to 0.
fn loss(model: &dyn FittedModel, x: &Matrix, y: &Target) -> Result<f64> {
    let Target::Classes { codes, classes } = y else { return Err("classes alone have a loss".into()) };
    let scores = model.predict(x).map_err(|e| e.to_string())?;
    let of_rows: f64 =
        scores.values.chunks(*classes).zip(codes).map(|(row, code)| -row[*code as usize].max(1e-300).ln()).sum();
    let width = x.width();
    let mut units = SparseBlock { width, starts: vec![0, 0], ..SparseBlock::default() };
    for feature in 0..width {
        units.indices.push(feature as u32);
        units.values.push(1.0);
        units.starts.push(feature + 1);
    }
    let units = Matrix { rows: width + 1, names: x.names.clone(), blocks: vec![Block::Sparse(units)] };
    let scores = model.predict(&units).map_err(|e| e.to_string())?;
    let centred = |row: &[f64]| {
        let logs: Vec<f64> = row.iter().map(|p| p.max(1e-300).ln()).collect();
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        logs.into_iter().map(|log| log - mean).collect::<Vec<f64>>()
    };
    let mut rows = scores.values.chunks(*classes).map(centred);
    let nothing = rows.next().ok_or("no scores")?;
    let squares: f64 = rows.map(|row| row.iter().zip(&nothing).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()).sum();
    Ok(of_rows + 0.5 * squares)
}
