//! Times the fits of algorithms on a model matrix, for `models.py`.
//!
//! `fit FOLDER THREADS RUNS NAME=PARAMETERS...` reads `FOLDER/train.csv` and `FOLDER/test.csv`, matrices as
//! `mlops export --matrix` writes them, and `FOLDER/labels.csv`, the classes of the training rows. For each algorithm it
//! prints a JSON line with the seconds of each fit, the bytes of the model file's state and the seconds of scoring the
//! test rows, and writes the scores of class 1 to `FOLDER/scores_N.csv`.
//!
//! `fit --generated ROWS COLUMNS THREADS NAME=PARAMETERS` fits on numbers it makes up, and prints what the fit adds to
//! the peak memory of the process.

// Its files are its own, in no project.
#![allow(clippy::disallowed_methods)]

use std::error::Error;
use std::time::Instant;

use mlops::data::{Block, Matrix, SparseBlock, SplitMix64, Target};
use mlops::models::{Estimator, FitContext, FittedModel, REGISTRY};
use mlops::yaml;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let mut out = String::new();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--generated", rows, columns, threads, fit] => {
            generated(rows.parse()?, columns.parse()?, threads.parse()?, fit, &mut out)?
        }
        [folder, threads, runs, fits @ ..] => measured(folder, threads.parse()?, runs.parse()?, fits, &mut out)?,
        _ => return Err("usage: fit FOLDER THREADS RUNS NAME=PARAMETERS...".into()),
    }
    std::io::Write::write_all(&mut std::io::stdout(), out.as_bytes())?;
    Ok(())
}

fn build(fit: &str) -> Result<(&str, Box<dyn Estimator>)> {
    let (name, params) = fit.split_once('=').ok_or("NAME=PARAMETERS")?;
    let entry = REGISTRY.iter().find(|entry| entry.name == name).ok_or("no such algorithm")?;
    let params = yaml::parse(params, "").map_err(|e| e.to_string())?;
    Ok((name, (entry.build)(&params).map_err(|e| e.to_string())?))
}

fn timed(estimator: &dyn Estimator, x: &Matrix, y: &Target, threads: usize) -> Result<(f64, Box<dyn FittedModel>)> {
    let context = FitContext::of(42, threads);
    let start = Instant::now();
    let model = estimator.fit(x, y, None, &context).map_err(|e| e.to_string())?;
    Ok((start.elapsed().as_secs_f64(), model))
}

fn measured(folder: &str, threads: usize, runs: usize, fits: &[&str], out: &mut String) -> Result<()> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    let (x, test) = (matrix(&format!("{folder}/train.csv"))?, matrix(&format!("{folder}/test.csv"))?);
    let labels = std::fs::read_to_string(format!("{folder}/labels.csv"))?;
    let codes: Vec<u32> = labels.lines().map(|line| line.trim().parse()).collect::<std::result::Result<_, _>>()?;
    let y = Target::Classes { classes: codes.iter().max().map_or(0, |most| *most as usize + 1), codes };
    for (at, fit) in fits.iter().enumerate() {
        let (name, estimator) = build(fit)?;
        let (mut seconds, mut last) = (Vec::new(), None);
        for _ in 0..runs.max(1) {
            let (of_run, model) = timed(estimator.as_ref(), &x, &y, threads)?;
            seconds.push(of_run);
            last = Some(model);
        }
        let model = last.ok_or("no run")?;
        let start = Instant::now();
        let scores = model.predict(&test).map_err(|e| e.to_string())?;
        let predict = start.elapsed().as_secs_f64();
        let bytes = model.encode().map_err(|e| e.to_string())?.len();
        let of_class: Vec<String> = scores.column(1).iter().map(f64::to_string).collect();
        std::fs::write(format!("{folder}/scores_{at}.csv"), of_class.join("\n"))?;
        out.push_str(&format!(
            "{{\"algorithm\": \"{name}\", \"seconds\": {seconds:?}, \"predict\": {predict}, \"bytes\": {bytes}}}\n"
        ));
    }
    Ok(())
}

/// A matrix as the learned transforms give it: neighbouring columns of ones and gaps are a sparse block.
fn matrix(path: &str) -> Result<Matrix> {
    let mut reader = csv::Reader::from_path(path)?;
    let names: Vec<String> = reader.headers()?.iter().skip(1).map(str::to_owned).collect();
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    for record in reader.records() {
        for (column, text) in columns.iter_mut().zip(record?.iter().skip(1)) {
            column.push(if text.is_empty() { f64::NAN } else { text.parse()? });
        }
    }
    let rows = columns.first().map_or(0, Vec::len);
    let is_flag = |column: &Vec<f64>| names.len() > 1 && column.iter().all(|value| value.is_nan() || *value == 1.0);
    let mut blocks = Vec::new();
    for run in columns.chunk_by(|a, b| is_flag(a) == is_flag(b)) {
        if !run.first().is_some_and(is_flag) {
            blocks.push(Block::Dense(run.to_vec()));
            continue;
        }
        let mut block = SparseBlock { width: run.len(), starts: vec![0], ..SparseBlock::default() };
        for row in 0..rows {
            block.indices.extend((0..run.len()).filter(|at| !run[*at][row].is_nan()).map(|at| at as u32));
            block.starts.push(block.indices.len());
        }
        block.values = vec![1.0; block.indices.len()];
        blocks.push(Block::Sparse(block));
    }
    Ok(Matrix { rows, names: names.into(), blocks })
}

fn generated(rows: usize, columns: usize, threads: usize, fit: &str, out: &mut String) -> Result<()> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    let (name, estimator) = build(fit)?;
    let mut random = SplitMix64::new(1);
    let values: Vec<Vec<f64>> = (0..columns).map(|_| (0..rows).map(|_| random.unit_f64()).collect()).collect();
    let codes =
        (0..rows).map(|row| u32::from(values[0][row] + values[1][row] * values[2][row] + random.unit_f64() > 1.25));
    let y = Target::Classes { codes: codes.collect(), classes: 2 };
    let x =
        Matrix { rows, names: (0..columns).map(|at| format!("x{at}")).collect(), blocks: vec![Block::Dense(values)] };
    let before = peak()?;
    let (seconds, _) = timed(estimator.as_ref(), &x, &y, threads)?;
    let added = peak()? - before;
    out.push_str(&format!(
        "{{\"algorithm\": \"{name}\", \"seconds\": {seconds}, \"table_bytes\": {}, \"added_bytes\": {added}}}\n",
        rows * columns * 8
    ));
    Ok(())
}

/// The most memory the process has held, in bytes.
fn peak() -> Result<usize> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("no VmHWM")?;
    let number = line.split_whitespace().nth(1).ok_or("no number")?;
    Ok(number.parse::<usize>()? * 1024)
}
