//! Early stopping: the training rows held out of a fit, and the loss on them.

use std::num::NonZeroUsize;

use super::FitContext;
use crate::data::{SplitMix64, Target};
use crate::error::{Error, Result};

/// Keeps the draw of the slice apart from others of the same seed.
const SALT: u64 = 0x3c6e_f372_fe94_f82b;

/// When boosting ends before its last round.
pub struct Stopping {
    /// Rounds without a lower loss.
    pub rounds: NonZeroUsize,
    /// Share of the rows that the loss is taken on.
    pub fraction: f64,
}

impl Stopping {
    /// The rows to learn from and those held out, either in rising order; of every class alike, by the seed. Copies of
    /// a row are on the same side. A class of one row is learned from.
    ///
    /// # Errors
    /// Exit code 3 where the slice would be empty.
    pub fn slice(&self, y: &Target, context: &FitContext) -> Result<(Vec<u32>, Vec<u32>)> {
        let mut random = SplitMix64::new(context.seed ^ SALT);
        let (mut learned, mut held_out) = (Vec::new(), Vec::new());
        let mut wanted = 0.0;
        for mut originals in originals(y, context.copies) {
            wanted += originals.len() as f64 * self.fraction;
            random.shuffle(&mut originals);
            let share = libm::round(originals.len() as f64 * self.fraction) as usize;
            let held = share.max(1).min(originals.len().saturating_sub(1));
            let kept = originals.split_off(held);
            learned.extend(kept.into_iter().flatten().map(|row| row as u32));
            held_out.extend(originals.into_iter().flatten().map(|row| row as u32));
        }
        if wanted < 1.0 || held_out.is_empty() {
            return Err(Error::data(format!(
                "{} training rows are too few for early stopping on a share of {} of them",
                y.len(),
                self.fraction
            ))
            .hint("raise `validation_fraction`, or leave out `early_stopping_rounds`"));
        }
        learned.sort_unstable();
        held_out.sort_unstable();
        Ok((learned, held_out))
    }
}

/// The rows of each class, or of all where there are none; each with its copies.
pub fn originals(y: &Target, copies: Option<&[usize]>) -> Vec<Vec<Vec<usize>>> {
    let (codes, classes) = match y {
        Target::Classes { codes, classes } => (Some(codes), *classes),
        Target::Values(_) => (None, 1),
    };
    let mut rows: Vec<usize> = (0..y.len()).collect();
    let original = |row: usize| copies.and_then(|copies| copies.get(row)).copied().unwrap_or(row);
    rows.sort_by_key(|row| (original(*row), *row));
    let mut of_class: Vec<Vec<Vec<usize>>> = vec![Vec::new(); classes];
    for same in rows.chunk_by(|a, b| original(*a) == original(*b)) {
        let class = codes.and_then(|codes| codes.get(same[0])).map_or(0, |code| *code as usize);
        if let Some(originals) = of_class.get_mut(class) {
            originals.push(same.to_vec());
        }
    }
    of_class
}

/// How long a better round is waited for.
pub struct Patience {
    rounds: usize,
    done: usize,
    best: usize,
    least: f64,
}

impl Patience {
    /// Waits for so many rounds.
    pub fn new(rounds: NonZeroUsize) -> Self {
        Self { rounds: rounds.get(), done: 0, best: 1, least: f64::INFINITY }
    }

    /// Hears the loss after one more round; whether it was the last.
    pub fn is_over(&mut self, loss: f64) -> bool {
        self.done += 1;
        if loss < self.least {
            (self.best, self.least) = (self.done, loss);
        }
        self.done - self.best >= self.rounds
    }

    /// The round of the least loss, the first being 1.
    pub fn best(&self) -> usize {
        self.best
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FitContext, FittedModel, REGISTRY};
    use super::*;
    use crate::data::{Block, Matrix};
    use crate::yaml::parse;

    const ROWS: usize = 600;

    fn context(threads: usize, copies: Option<&[usize]>) -> FitContext<'_> {
        FitContext { seed: 3, threads, progress: &|_, _| {}, copies }
    }

    fn classes(count: usize, code: impl Fn(usize) -> u32) -> Target {
        let codes: Vec<u32> = (0..count).map(code).collect();
        let classes = codes.iter().max().map_or(1, |code| *code as usize + 1);
        Target::Classes { codes, classes }
    }

    #[test]
    fn the_slice_is_of_every_class_alike_and_holds_copies_together() {
        let stopping = Stopping { rounds: NonZeroUsize::MIN, fraction: 0.2 };
        let y = classes(100, |row| u32::from(row % 10 == 0));
        let (learned, held_out) = stopping.slice(&y, &context(1, None)).unwrap();
        let mut all = [learned.clone(), held_out.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<u32>>());
        assert_eq!((held_out.len(), held_out.iter().filter(|row| *row % 10 == 0).count()), (20, 2));

        let copies: Vec<usize> = (0..100).map(|row| if row % 10 == 0 { row % 30 } else { row }).collect();
        let (learned, held_out) = stopping.slice(&y, &context(1, Some(&copies))).unwrap();
        assert_eq!(learned.len() + held_out.len(), 100);
        assert!(held_out.iter().any(|row| row % 10 == 0), "the rare class has none");
        assert!(held_out.iter().all(|a| learned.iter().all(|b| copies[*a as usize] != copies[*b as usize])));

        let error = stopping.slice(&Target::Values(vec![1.0; 4]), &context(1, None)).unwrap_err();
        assert_eq!(error.message(), "4 training rows are too few for early stopping on a share of 0.2 of them");
        assert!(stopping.slice(&Target::Values(vec![1.0; 5]), &context(1, None)).is_ok());
    }

    fn fit(params: &str, (x, y, w): (&Matrix, &Target, &[f64]), threads: usize) -> Box<dyn FittedModel> {
        let entry = REGISTRY.iter().find(|e| e.name == "xgb").unwrap();
        let estimator = (entry.build)(&parse(params, "").unwrap()).unwrap();
        estimator.fit(x, y, Some(w), &context(threads, None)).unwrap()
    }

    /// The task's loss by its definition, in probabilities and values.
    fn loss(model: &dyn FittedModel, x: &Matrix, y: &Target, w: &[f64]) -> f64 {
        let scores = model.predict(x).unwrap();
        let of_row = |row: usize| match y {
            Target::Classes { codes, .. } => -scores.row(row)[codes[row] as usize].ln(),
            Target::Values(values) => (values[row] - scores.row(row)[0]).powi(2),
        };
        (0..x.rows).map(|row| w[row] * of_row(row)).sum::<f64>() / w.iter().sum::<f64>()
    }

    #[test]
    fn only_the_best_round_and_those_before_it_are_kept_and_none_saw_the_slice() {
        let mut random = SplitMix64::new(1);
        let noise = |random: &mut SplitMix64| (0..ROWS).map(|_| random.unit_f64() - 0.5).collect::<Vec<f64>>();
        let columns = vec![noise(&mut random), noise(&mut random)];
        let value: Vec<f64> =
            noise(&mut random).iter().zip(&columns[0]).map(|(noise, a)| 100.0 + 2.0 * a + 3.0 * noise).collect();
        let w: Vec<f64> = (0..ROWS).map(|row| 1.0 + (row % 3) as f64).collect();
        let x = Matrix { rows: ROWS, names: vec!["a".into(), "b".into()], blocks: vec![Block::Dense(columns)] };
        let binary = classes(ROWS, |row| u32::from(value[row] > 100.2));
        let three = classes(ROWS, |row| u32::from(value[row] > 99.7) + u32::from(value[row] > 100.5));
        for y in [binary, three, Target::Values(value.clone())] {
            let stopped = "{n_estimators: 200, max_depth: 3, early_stopping_rounds: 10, validation_fraction: 0.25}";
            let model = fit(stopped, (&x, &y, &w), 1);
            let bytes = model.encode().unwrap();
            for threads in [2, 8] {
                assert!(fit(stopped, (&x, &y, &w), threads).encode().unwrap() == bytes, "{threads} threads");
            }
            let facts = model.facts().join("");
            let best: usize = facts["best iteration ".len()..].split(' ').next().unwrap().parse().unwrap();
            assert!(facts.ends_with("of 200") && best > 1 && best < 150, "{facts}");
            let stopping = Stopping { rounds: NonZeroUsize::MIN, fraction: 0.25 };
            let (learned, held_out) = stopping.slice(&y, &context(1, None)).unwrap();
            let [learned, held_out] =
                [learned, held_out].map(|rows| rows.iter().map(|row| *row as usize).collect::<Vec<_>>());
            let of = |rows: &[usize]| rows.iter().map(|row| w[*row]).collect::<Vec<f64>>();
            let rounds = |count: usize| {
                let params = format!("{{n_estimators: {count}, max_depth: 3}}");
                fit(&params, (&x.select(&learned), &y.select(&learned), &of(&learned)), 1)
            };
            assert!(
                rounds(best).encode().unwrap() == bytes,
                "another fit than that of {best} rounds without the slice"
            );
            let loss = |count| loss(rounds(count).as_ref(), &x.select(&held_out), &y.select(&held_out), &of(&held_out));
            let least = loss(best);
            for other in [best - 1, best + 1, best + 5, best + 9] {
                assert!(loss(other) >= least - 1e-7, "{other} rounds: {} below {least}", loss(other));
            }
        }
    }
}
