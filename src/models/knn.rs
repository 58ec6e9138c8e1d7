//! `knn`: the nearest training rows vote, every one of them looked at.
//!
//! Our own, since the libraries have no sparse rows and take long: the five nearest of 20,000 rows of 40 numbers,
//! for 4000 rows, took smartcore 40 s (cover tree: 264 s), linfa-nn 23 s (k-d tree: 76 s) on a busy machine. Trees
//! of rows do not help beyond some ten features, so there is none.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lanes::{LANES, Lane, Lanes, Vectors};
use super::{Entry, Estimator, FitContext, FittedModel, Task, checks};
use crate::codec;
use crate::data::{Matrix, Scores, Target};
use crate::error::{Error, Result};
use crate::yaml;

/// More than this of training rows are not kept.
const MOST_BYTES: usize = 1 << 30;
/// More classes than this only a damaged file has.
const MOST_CLASSES: usize = 1 << 20;

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "knn",
    version: 1,
    summary: "the nearest training rows, as scikit-learn's KNeighborsClassifier and KNeighborsRegressor; the model holds \
              the training rows, 8 bytes a number and 9 to 13 a sparse value that is not 0, at most 1 GiB",
    tasks: &[Task::Binary, Task::Multiclass, Task::Regression],
    takes_weights: false,
    takes_missing: false,
    takes_sparse: true,
    schema: yaml::schema::<Knn>,
    build: |params| {
        let knn: Knn = params.to()?;
        let n_neighbors = (1..=10_000).contains(&knn.n_neighbors);
        checks::param(params, "n_neighbors", n_neighbors, "a number from 1 to 10000")?;
        Ok(Box::new(knn))
    },
    load,
};

#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Knn {
    /// How many of the nearest rows are asked; of equally near ones the earlier come first.
    #[schemars(range(min = 1, max = 10_000))]
    n_neighbors: usize,
    /// How much each of them counts.
    weights: Weights,
    /// What near means.
    metric: Metric,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Weights {
    /// All the same.
    #[default]
    Uniform,
    /// The inverse of the distance; where there are rows at distance 0, they alone count.
    Distance,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Metric {
    /// The root of the sum of the squared differences.
    #[default]
    Euclidean,
    /// The sum of the absolute differences.
    Manhattan,
    /// 1 less the cosine of the angle, which suits text.
    Cosine,
}

impl Default for Knn {
    fn default() -> Self {
        Self { n_neighbors: 5, weights: Weights::Uniform, metric: Metric::Euclidean }
    }
}

impl Estimator for Knn {
    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        weights: Option<&[f64]>,
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        checks::fit_features(x, y, weights)?;
        checks::no_weights("knn", weights)?;
        checks::all_finite("knn", x)?;
        if x.rows < self.n_neighbors {
            return Err(Error::usage(format!("`knn` is to ask {} rows, and has {}", self.n_neighbors, x.rows))
                .hint("lower `n_neighbors`"));
        }
        let bytes = Vectors::bytes(x);
        if bytes > MOST_BYTES {
            return Err(Error::usage(format!("`knn` would keep {:.1} GB of training rows", bytes as f64 / 1e9))
                .hint("at most 1.07 GB (1 GiB) are kept: use fewer rows or features, or another algorithm"));
        }
        (context.progress)(0, 1);
        let vectors = Vectors::new(x);
        (context.progress)(1, 1);
        Ok(Box::new(Neighbours { knn: *self, vectors, answers: Answers::of(y) }))
    }
}

/// What each training row says.
#[derive(Debug, Serialize, Deserialize)]
enum Answers {
    Classes { codes: Vec<u32>, classes: usize },
    Values(Vec<f64>),
}

impl Answers {
    fn of(y: &Target) -> Self {
        match y {
            Target::Classes { codes, classes } => Self::Classes { codes: codes.clone(), classes: *classes },
            Target::Values(values) => Self::Values(values.clone()),
        }
    }

    /// Numbers in a row of scores.
    fn width(&self) -> usize {
        match self {
            Self::Classes { classes, .. } => *classes,
            Self::Values(_) => 1,
        }
    }

    /// Whether there is one for each of the rows.
    fn fit(&self, rows: usize) -> bool {
        match self {
            Self::Classes { codes, classes } => {
                let known = codes.iter().all(|code| (*code as usize) < *classes);
                codes.len() == rows && known && (2..=MOST_CLASSES).contains(classes)
            }
            Self::Values(values) => values.len() == rows,
        }
    }

    /// Adds what a row says to `out`.
    fn add(&self, row: usize, weight: f64, out: &mut [f64]) {
        match self {
            Self::Classes { codes, .. } => out[codes[row] as usize] += weight,
            Self::Values(values) => out[0] += weight * values[row],
        }
    }
}

/// The nearest rows so far, nearest first.
struct Nearest {
    wanted: usize,
    found: Vec<(f64, usize)>,
}

impl Nearest {
    /// Takes a row in, and returns the distance that the next one must be below.
    fn offer(&mut self, distance: f64, row: usize) -> f64 {
        let at = self.found.partition_point(|(nearer, _)| *nearer <= distance);
        self.found.truncate(self.wanted - 1);
        self.found.insert(at, (distance, row));
        self.limit()
    }

    fn limit(&self) -> f64 {
        if self.found.len() < self.wanted {
            f64::INFINITY
        } else {
            self.found.last().map_or(f64::INFINITY, |(d, _)| *d)
        }
    }
}

/// The training rows and how they are asked.
#[derive(Debug, Serialize, Deserialize)]
struct Neighbours {
    knn: Knn,
    vectors: Vectors,
    answers: Answers,
}

impl Neighbours {
    /// The nearest training rows of some rows; fewer than wanted where distances are no numbers.
    fn nearest(&self, lanes: &Lanes) -> Vec<Nearest> {
        let vectors = &self.vectors;
        match self.knn.metric {
            Metric::Euclidean => self.scan(|row| vectors.squared_distances(row, lanes)),
            Metric::Manhattan => self.scan(|row| vectors.manhattan_distances(row, lanes)),
            Metric::Cosine => {
                let squares = lanes.squares();
                self.scan(|row| cosines(vectors.dots(row, lanes), &squares, vectors.square(row)))
            }
        }
    }

    fn scan(&self, distances: impl Fn(usize) -> Lane) -> Vec<Nearest> {
        let wanted = self.knn.n_neighbors;
        let mut nearest: Vec<Nearest> = (0..LANES).map(|_| Nearest { wanted, found: Vec::new() }).collect();
        let mut limits = [f64::INFINITY; LANES];
        for row in 0..self.vectors.rows() {
            let distances = distances(row);
            for ((nearest, limit), distance) in nearest.iter_mut().zip(&mut limits).zip(distances) {
                if distance < *limit {
                    *limit = nearest.offer(distance, row);
                }
            }
        }
        nearest
    }

    /// The weighted mean of what the nearest rows say.
    fn answer(&self, nearest: &[(f64, usize)], out: &mut [f64]) {
        if nearest.len() < self.knn.n_neighbors {
            return out.fill(f64::NAN);
        }
        let distance = |squared: f64| if self.knn.metric == Metric::Euclidean { squared.sqrt() } else { squared };
        let first = nearest.first().map_or(0.0, |(nearest, _)| distance(*nearest));
        let mut total = 0.0;
        for (found, row) in nearest {
            // 1 / distance, in units of the nearest, so that no distance is too small for it.
            let weight = match self.knn.weights {
                Weights::Uniform => 1.0,
                Weights::Distance if first == 0.0 => f64::from(u8::from(*found == 0.0)),
                Weights::Distance => first / distance(*found),
            };
            total += weight;
            self.answers.add(*row, weight, out);
        }
        out.iter_mut().for_each(|sum| *sum /= total);
    }
}

/// 1 less the cosines, of dot products and squared lengths; a row of zeros is at right angles to all.
fn cosines(dots: Lane, squares: &Lane, square: f64) -> Lane {
    std::array::from_fn(|at| {
        let lengths = (squares[at] * square).sqrt();
        if lengths > 0.0 { (1.0 - dots[at] / lengths).clamp(0.0, 2.0) } else { 1.0 }
    })
}

fn load(bytes: &[u8]) -> Result<Box<dyn FittedModel>> {
    let model: Neighbours = codec::decode(bytes)?;
    let rows = model.vectors.rows();
    if !model.vectors.is_sound() || !model.answers.fit(rows) || !(1..=rows).contains(&model.knn.n_neighbors) {
        return Err(Error::failure("the training rows of the model are damaged"));
    }
    Ok(Box::new(model))
}

impl FittedModel for Neighbours {
    /// A few rows at a time, which is all the memory it needs.
    fn predict(&self, x: &Matrix) -> Result<Scores> {
        self.vectors.check(x)?;
        checks::all_finite("knn", x)?;
        let width = self.answers.width();
        let mut values = vec![0.0; x.rows * width];
        values.par_chunks_mut(LANES * width).enumerate().for_each(|(chunk, out)| {
            let nearest = self.nearest(&Lanes::new(x, chunk * LANES));
            for (out, nearest) in out.chunks_exact_mut(width).zip(nearest) {
                self.answer(&nearest.found, out);
            }
        });
        checks::finite_scores(Scores { width, values })
    }

    fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(self)
    }
}
