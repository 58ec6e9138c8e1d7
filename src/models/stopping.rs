//! Early stopping: the training rows held out of a fit, and the loss on them.

use std::num::NonZeroUsize;

use super::{FitContext, HoldOut};
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
    /// The rows to learn from and those held out, either in rising order. A class that only the rows held out would
    /// have is learned from.
    ///
    /// # Errors
    /// Exit code 3 where the slice would be empty.
    pub fn slice(&self, y: &Target, context: &FitContext) -> Result<(Vec<u32>, Vec<u32>)> {
        let mut random = SplitMix64::new(context.seed ^ SALT);
        let held_out = match context.hold_out {
            HoldOut::Any => self.of_each_class(y, context.copies, &mut random),
            HoldOut::Groups(groups) => self.whole_groups(groups, &mut random),
            HoldOut::Latest(moments) => self.latest(moments),
        };
        let mut is_held = vec![false; y.len()];
        held_out.into_iter().for_each(|row| is_held[row] = true);
        learn_every_class(y, &mut is_held);
        let (held_out, learned): (Vec<u32>, Vec<u32>) = (0..y.len() as u32).partition(|row| is_held[*row as usize]);
        if held_out.is_empty() {
            let few = match context.hold_out {
                HoldOut::Groups(groups) if is_one(groups) => "of one group are too few for early stopping".to_owned(),
                HoldOut::Latest(moments) if is_one(moments) => {
                    "of one moment are too few for early stopping".to_owned()
                }
                _ => format!("are too few for early stopping on a share of {} of them", self.fraction),
            };
            return Err(Error::data(format!("{} training rows {few}", y.len()))
                .hint("raise `validation_fraction`, or leave out `early_stopping_rounds`"));
        }
        Ok((learned, held_out))
    }

    /// Of every class alike; copies of a row are on the same side.
    fn of_each_class(&self, y: &Target, copies: Option<&[usize]>, random: &mut SplitMix64) -> Vec<usize> {
        let (mut held_out, mut wanted) = (Vec::new(), 0.0);
        for mut originals in originals(y, copies) {
            wanted += originals.len() as f64 * self.fraction;
            random.shuffle(&mut originals);
            let share = libm::round(originals.len() as f64 * self.fraction) as usize;
            originals.truncate(share.max(1).min(originals.len().saturating_sub(1)));
            held_out.extend(originals.into_iter().flatten());
        }
        if wanted < 1.0 { Vec::new() } else { held_out }
    }

    /// Groups by chance, as long as they bring the rows closer to the share; at least one, and never all.
    fn whole_groups(&self, groups: &[usize], random: &mut SplitMix64) -> Vec<usize> {
        let mut of_group = vec![Vec::new(); groups.iter().max().map_or(0, |last| last + 1)];
        groups.iter().enumerate().for_each(|(row, group)| of_group[*group].push(row));
        of_group.retain(|rows| !rows.is_empty());
        let wanted = groups.len() as f64 * self.fraction;
        if wanted < 1.0 || of_group.len() < 2 {
            return Vec::new();
        }
        random.shuffle(&mut of_group);
        let (mut held_out, mut left) = (Vec::new(), of_group.len());
        for rows in &of_group {
            if left > 1 && held_out.len() as f64 + 0.5 * rows.len() as f64 <= wanted {
                held_out.extend_from_slice(rows);
                left -= 1;
            }
        }
        // Where each is larger than twice the share, the smallest.
        match of_group.into_iter().min_by_key(Vec::len) {
            Some(smallest) if held_out.is_empty() => smallest,
            _ => held_out,
        }
    }

    /// The rows behind all others in time. Where the share ends within a moment its rows are learned from, so that
    /// nothing is learned from a moment that is held out, unless that is the last moment.
    fn latest(&self, moments: &[usize]) -> Vec<usize> {
        let wanted = moments.len() as f64 * self.fraction;
        let mut order: Vec<usize> = (0..moments.len()).collect();
        order.sort_by_key(|row| moments[*row]);
        let Some(last) = order.last().map(|row| moments[*row]).filter(|_| wanted >= 1.0) else { return Vec::new() };
        let start = moments.len() - libm::floor(wanted) as usize;
        let border = moments[order[start]];
        let is_whole = border == last || start == 0 || moments[order[start - 1]] != border;
        let is_held = |row: &usize| moments[*row] > border || (is_whole && moments[*row] == border);
        let held_out: Vec<usize> = order.into_iter().filter(is_held).collect();
        if held_out.len() < moments.len() { held_out } else { Vec::new() }
    }
}

fn is_one(values: &[usize]) -> bool {
    values.iter().all(|value| Some(value) == values.first())
}

/// Gives back the rows of classes that would not be learned otherwise.
fn learn_every_class(y: &Target, is_held: &mut [bool]) {
    let Target::Classes { codes, classes } = y else { return };
    let mut is_learned = vec![false; *classes];
    let learned = codes.iter().zip(&*is_held).filter(|(_, held)| !**held);
    learned.for_each(|(code, _)| is_learned[*code as usize] = true);
    codes.iter().zip(is_held).for_each(|(code, held)| *held &= is_learned[*code as usize]);
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
    use super::super::{FittedModel, REGISTRY};
    use super::*;
    use crate::data::{Block, Matrix};
    use crate::yaml::parse;

    const ROWS: usize = 600;

    fn context(threads: usize, copies: Option<&[usize]>) -> FitContext<'_> {
        FitContext { copies, ..FitContext::of(3, threads) }
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

    #[test]
    fn groups_are_held_out_whole_and_the_latest_rows_in_time() {
        let stopping = |fraction| Stopping { rounds: NonZeroUsize::MIN, fraction };
        let slice =
            |fraction, y: &Target, hold_out| stopping(fraction).slice(y, &FitContext { hold_out, ..context(1, None) });
        let y = classes(100, |row| u32::from(row % 10 == 0));
        let groups: Vec<usize> = (0..100).map(|row| row * 7 % 20).collect();
        let (learned, held_out) = slice(0.2, &y, HoldOut::Groups(&groups)).unwrap();
        assert_eq!((learned.len(), held_out.len()), (80, 20));
        assert!(held_out.iter().all(|a| learned.iter().all(|b| groups[*a as usize] != groups[*b as usize])));
        // Groups of 60 and 40 rows: the smaller, however small the share; never both.
        let two: Vec<usize> = (0..100).map(|row| usize::from(row < 40)).collect();
        for fraction in [0.05, 0.9] {
            let held_out = slice(fraction, &y, HoldOut::Groups(&two)).unwrap().1;
            assert!(held_out.len() == 40 || (fraction > 0.5 && held_out.len() == 60), "{}", held_out.len());
        }

        let backwards: Vec<usize> = (0..100).map(|row| (99 - row) / 3).collect();
        let (learned, held_out) = slice(0.2, &y, HoldOut::Latest(&backwards)).unwrap();
        // The twenty latest end within a moment of three rows.
        assert_eq!(held_out, (0..19).collect::<Vec<u32>>());
        assert_eq!(slice(0.19, &y, HoldOut::Latest(&backwards)).unwrap().1, held_out, "nineteen end with a moment");
        assert!(held_out.iter().all(|a| learned.iter().all(|b| backwards[*a as usize] > backwards[*b as usize])));
        let mostly_last: Vec<usize> = (0..100).map(|row| usize::from(row > 30)).collect();
        assert_eq!(slice(0.2, &y, HoldOut::Latest(&mostly_last)).unwrap().0, (0..=30).collect::<Vec<u32>>());

        // A class that comes late or in one group alone is learned all the same.
        let late = classes(100, |row| u32::from(row == 4) * 2 + u32::from(row % 9 == 5));
        let (learned, _) = slice(0.2, &late, HoldOut::Latest(&backwards)).unwrap();
        assert!(learned.contains(&4));

        let same = vec![3; 100];
        for (hold_out, what) in [(HoldOut::Groups(&same), "group"), (HoldOut::Latest(&same), "moment")] {
            let error = slice(0.2, &y, hold_out).unwrap_err();
            assert_eq!(error.message(), format!("100 training rows of one {what} are too few for early stopping"));
        }
        assert!(slice(0.009, &y, HoldOut::Latest(&backwards)).is_err());
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
        let x = Matrix { rows: ROWS, names: vec!["a".into(), "b".into()].into(), blocks: vec![Block::Dense(columns)] };
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
