//! Times metrics and the bootstrap, for `metrics.py`.
//!
//! `metrics FOLDER THREADS RUNS` reads `FOLDER/scores.f64` and `FOLDER/labels.u8`, probabilities of class 1 and classes as
//! raw bytes, and prints a JSON line with the seconds of each run and the values: of each metric alone, and of all three,
//! which sort the scores once. `metrics --bootstrap FOLDER THREADS RUNS RESAMPLES` reads `FOLDER/scores_N.f64` of several
//! models on the rows of `FOLDER/labels.u8`, and times all intervals and paired differences.

// Its files are its own, in no project.
#![allow(clippy::disallowed_methods)]

use std::error::Error;
use std::time::Instant;

use mlops::data::Scores;
use mlops::metrics::bootstrap::{self, Sample};
use mlops::metrics::{Classification, find};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const METRICS: [&str; 3] = ["roc_auc", "pr_auc", "log_loss"];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut out = String::new();
    match arguments.as_slice() {
        ["--bootstrap", folder, threads, runs, resamples] => {
            pool(threads)?;
            resampled(folder, runs.parse()?, resamples.parse()?, &mut out)?;
        }
        [folder, threads, runs] => {
            pool(threads)?;
            measured(folder, runs.parse()?, &mut out)?;
        }
        _ => return Err("usage: metrics [--bootstrap] FOLDER THREADS RUNS [RESAMPLES]".into()),
    }
    std::io::Write::write_all(&mut std::io::stdout(), out.as_bytes())?;
    Ok(())
}

fn pool(threads: &str) -> Result<()> {
    Ok(rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?)
}

fn scores(path: &str) -> Result<Scores> {
    let bytes = std::fs::read(path)?;
    let (chunks, _) = bytes.as_chunks::<8>();
    let values = chunks.iter().map(|chunk| f64::from_le_bytes(*chunk)).flat_map(|p| [1.0 - p, p]).collect();
    Ok(Scores { width: 2, values })
}

fn labels(folder: &str) -> Result<Vec<u32>> {
    Ok(std::fs::read(format!("{folder}/labels.u8"))?.into_iter().map(u32::from).collect())
}

fn decided(scores: &Scores) -> Vec<u32> {
    (0..scores.rows()).map(|row| u32::from(scores.row(row)[1] >= 0.5)).collect()
}

fn measured(folder: &str, runs: usize, out: &mut String) -> Result<()> {
    let (scores, actual) = (scores(&format!("{folder}/scores.f64"))?, labels(folder)?);
    let predicted = decided(&scores);
    for names in METRICS.iter().map(std::slice::from_ref).chain([&METRICS[..]]) {
        let (mut seconds, mut values) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            let start = Instant::now();
            let rows = Classification::new(&actual, &scores, &predicted).map_err(|e| e.to_string())?;
            values.clear();
            for name in names {
                values.push(find(name).map_err(|e| e.to_string())?.of_classes(&rows));
            }
            seconds.push(start.elapsed().as_secs_f64());
        }
        let line = serde_json::json!({"name": names.join(" "), "seconds": seconds, "values": values});
        out.push_str(&format!("{line}\n"));
    }
    Ok(())
}

fn resampled(folder: &str, runs: usize, resamples: usize, out: &mut String) -> Result<()> {
    let actual = labels(folder)?;
    let models: Vec<Scores> = (0..)
        .map(|at| format!("{folder}/scores_{at}.f64"))
        .take_while(|path| std::path::Path::new(path).exists())
        .map(|path| scores(&path))
        .collect::<Result<_>>()?;
    let mut seconds = Vec::new();
    let mut intervals = Vec::new();
    for _ in 0..runs {
        let start = Instant::now();
        let samples: Vec<Sample> = models
            .iter()
            .map(|scores| Sample::classes(&actual, scores, &decided(scores)).map_err(|e| e.to_string()))
            .collect::<std::result::Result<_, _>>()?;
        let found = bootstrap::bootstrap(&samples.iter().collect::<Vec<_>>(), actual.len(), resamples, 42);
        intervals =
            samples[0].metrics().iter().zip(&found[0]).map(|(m, v)| (m.name, bootstrap::interval(v, 0.95))).collect();
        for model in &found[1..] {
            model.iter().zip(&found[0]).for_each(|(v, best)| {
                let _ = std::hint::black_box(bootstrap::paired(best, v, 0.95));
            });
        }
        seconds.push(start.elapsed().as_secs_f64());
    }
    let intervals: Vec<_> = intervals.iter().map(|(name, i)| (name, i.map(|i| (i.low, i.high)))).collect();
    out.push_str(&format!("{}\n", serde_json::json!({"seconds": seconds, "intervals": intervals})));
    Ok(())
}
