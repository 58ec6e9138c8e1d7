//! `nb`: naive Bayes, each feature on its own given the class.
//!
//! Not linfa-bayes: it takes no weights, copies a dense matrix for each class, and turns likelihoods into
//! probabilities without taking out the largest first, so that they are NaN from some hundred features on
//! (measured: every one, at 1000 features). smartcore's needs 20 s for the Gaussian one on Adult.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::likelihood::{Likelihood, NaiveBayes};
use super::{Entry, Estimator, FitContext, FittedModel, MUCH, Task, checks, likelihood};
use crate::data::{Block, Matrix, Target};
use crate::error::{Error, Result};
use crate::yaml::{self, Node};

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "nb",
    version: 1,
    summary: "naive Bayes, as scikit-learn's GaussianNB, BernoulliNB, MultinomialNB and ComplementNB",
    tasks: &[Task::Binary, Task::Multiclass],
    takes_weights: true,
    takes_missing: false,
    takes_sparse: true,
    schema: yaml::schema::<Bayes>,
    build: |params| {
        let bayes: Bayes = params.to()?;
        bayes.check(params)?;
        Ok(Box::new(bayes))
    },
    load: likelihood::load,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Bayes {
    /// How the values of a feature are distributed within a class.
    kind: Kind,
    /// Rows, or counts, that `bernoulli`, `multinomial` and `complement` add to what they have seen of each feature.
    #[schemars(extend("exclusiveMinimum" = 0))]
    alpha: f64,
    /// With `complement` alone: whether the weights of each class are divided by their sum.
    norm: bool,
    /// What `gaussian` adds to each variance: this share of the largest variance of a feature.
    #[schemars(extend("exclusiveMinimum" = 0))]
    var_smoothing: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// `gaussian` for numbers, `bernoulli` for what is there or not, such as one-hot encoded levels, `multinomial` for
    /// other sparse features, such as words with their weights.
    #[default]
    Auto,
    /// Normally.
    Gaussian,
    /// Above 0 or not, whatever the value.
    Bernoulli,
    /// As counts of what a row is made of, 0 or more, weighted or not.
    Multinomial,
    /// The same, each class told by the counts of all the others: for classes of unlike sizes (Rennie et al. 2003). The
    /// shares of the classes have no say.
    Complement,
}

impl Default for Bayes {
    fn default() -> Self {
        Self { kind: Kind::Auto, alpha: 1.0, norm: false, var_smoothing: 1e-9 }
    }
}

/// The rows of each class.
struct Classes<'a> {
    codes: &'a [u32],
    weights: Option<&'a [f64]>,
    /// Sum of the weights of each class.
    totals: Vec<f64>,
}

impl<'a> Classes<'a> {
    fn new(codes: &'a [u32], classes: usize, weights: Option<&'a [f64]>) -> Self {
        let mut of = Self { codes, weights, totals: Vec::new() };
        let mut totals = vec![0.0; classes];
        (0..codes.len()).for_each(|row| totals[of.code(row)] += of.weight(row));
        of.totals = totals;
        of
    }

    fn code(&self, row: usize) -> usize {
        self.codes[row] as usize
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[row])
    }

    /// For each feature of the block and each class, the sum of what `of` makes of a value, times its weight. What
    /// a sparse block leaves out adds nothing.
    fn sums(&self, block: &Block, of: impl Fn(usize, f64) -> f64) -> Vec<f64> {
        let classes = self.totals.len();
        let mut sums = vec![0.0; block.width() * classes];
        let mut add = |feature: usize, row: usize, value: f64| {
            let at = feature * classes + self.code(row);
            sums[at] += self.weight(row) * of(at, value);
        };
        match block {
            Block::Dense(columns) => {
                for (feature, column) in columns.iter().enumerate() {
                    column.iter().enumerate().for_each(|(row, value)| add(feature, row, *value));
                }
            }
            Block::Sparse(sparse) => {
                for row in 0..self.codes.len() {
                    sparse.row(row).for_each(|(feature, value)| add(feature, row, value));
                }
            }
        }
        sums
    }

    /// Mean and variance of each feature of the block in each class; no number in a class without rows.
    fn moments(&self, block: &Block) -> Vec<(f64, f64)> {
        let classes = self.totals.len();
        let mut means = self.sums(block, |_, value| value);
        means.iter_mut().enumerate().for_each(|(at, mean)| *mean /= self.totals[at % classes]);
        let mut squares = self.sums(block, |at, value| (value - means[at]) * (value - means[at]));
        if matches!(block, Block::Sparse(_)) {
            let stored = self.sums(block, |_, _| 1.0);
            for (at, square) in squares.iter_mut().enumerate() {
                *square += (self.totals[at % classes] - stored[at]).max(0.0) * means[at] * means[at];
            }
        }
        let variances = squares.into_iter().enumerate().map(|(at, square)| square / self.totals[at % classes]);
        means.iter().copied().zip(variances).collect()
    }
}

impl Bayes {
    fn check(&self, params: &Node) -> Result<()> {
        let above_0 = |value: f64| value > 0.0 && value < 1e30;
        checks::param(params, "alpha", above_0(self.alpha), "a number above 0")?;
        let norm = !self.norm || self.kind == Kind::Complement;
        checks::param(params, "norm", norm, "`false` unless `kind` is `complement`")?;
        checks::param(params, "var_smoothing", above_0(self.var_smoothing), "a number above 0")
    }

    /// What a block is taken as.
    fn kind_of(&self, block: &Block) -> Kind {
        match (self.kind, block) {
            (Kind::Auto, Block::Dense(_)) => Kind::Gaussian,
            (Kind::Auto, Block::Sparse(sparse)) => {
                let all = |of: fn(f64) -> bool| sparse.values.iter().all(|value| of(*value));
                match () {
                    () if all(|value| value == 0.0 || value == 1.0) => Kind::Bernoulli,
                    () if all(|value| value >= 0.0) => Kind::Multinomial,
                    () => Kind::Gaussian,
                }
            }
            (kind, _) => kind,
        }
    }

    /// What [`Kind::Gaussian`] adds to variances, and the moments of all its features over all rows, each the same.
    fn smoothing(&self, x: &Matrix, kinds: &[Kind]) -> f64 {
        let (codes, mut largest) = (vec![0; x.rows], 0.0f64);
        let all = Classes::new(&codes, 1, None);
        for (block, _) in x.blocks.iter().zip(kinds).filter(|(_, kind)| **kind == Kind::Gaussian) {
            largest = all.moments(block).iter().fold(largest, |largest, (_, variance)| largest.max(*variance));
        }
        // Where every feature is constant, all classes are alike in all of them, whatever the variance.
        if largest > 0.0 { self.var_smoothing * largest } else { 1.0 }
    }

    fn bernoullis(&self, block: &Block, of: &Classes) -> Vec<Likelihood> {
        let classes = of.totals.len();
        let present = of.sums(block, |_, value| f64::from(u8::from(value > 0.0)));
        let log_share = |count: f64, total: f64| libm::log(count + self.alpha) - libm::log(total + 2.0 * self.alpha);
        let likelihood = |(at, count): (usize, f64)| {
            let total = of.totals[at % classes];
            let absent = log_share((total - count).max(0.0), total);
            Likelihood::Bernoulli { present: log_share(count, total), absent }
        };
        present.into_iter().enumerate().map(likelihood).collect()
    }

    /// Of each block that is taken as counts, for each feature and class how often it was seen.
    fn counts(&self, x: &Matrix, kinds: &[Kind], of: &Classes) -> Result<Vec<Vec<f64>>> {
        let (classes, mut first, mut counts) = (of.totals.len(), 0, Vec::new());
        for (block, kind) in x.blocks.iter().zip(kinds) {
            let mut of_block = Vec::new();
            if matches!(kind, Kind::Multinomial | Kind::Complement) {
                let negative = of.sums(block, |_, value| f64::from(u8::from(value < 0.0)));
                if let Some(at) = negative.iter().position(|weight| *weight > 0.0) {
                    let feature = x.names.get(first + at / classes).unwrap_or("?");
                    let kind = if *kind == Kind::Multinomial { "multinomial" } else { "complement" };
                    return Err(Error::usage(format!(
                        "`nb` with `kind: {kind}` takes counts, and the feature `{feature}` has negative values"
                    ))
                    .hint("use another `kind`, or leave out the `scale` step"));
                }
                of_block = of.sums(block, |_, value| value);
            }
            first += block.width();
            counts.push(of_block);
        }
        if self.kind == Kind::Complement {
            for of_feature in counts.iter_mut().flat_map(|counts| counts.chunks_exact_mut(classes)) {
                let all: f64 = of_feature.iter().sum();
                of_feature.iter_mut().for_each(|count| *count = (all - *count).max(0.0));
            }
        }
        counts.iter_mut().flatten().for_each(|count| *count += self.alpha);
        Ok(counts)
    }

    /// Over all blocks of counts, since the shares of all their features add up to 1.
    fn multinomials(&self, counts: Vec<Vec<f64>>, classes: usize) -> Vec<Vec<Likelihood>> {
        let by_class = |values: &[Vec<f64>]| {
            let mut totals = vec![0.0; classes];
            for of_feature in values.iter().flat_map(|values| values.chunks_exact(classes)) {
                totals.iter_mut().zip(of_feature).for_each(|(total, value)| *total += value);
            }
            totals
        };
        let totals = by_class(&counts);
        let log_share = |(at, count): (usize, f64)| libm::log(count) - libm::log(totals[at % classes]);
        let of_block = |counts: Vec<f64>| counts.into_iter().enumerate().map(log_share).collect::<Vec<f64>>();
        let mut shares: Vec<Vec<f64>> = counts.into_iter().map(of_block).collect();
        if self.kind == Kind::Complement {
            // What the others seldom have speaks for a class.
            let totals = if self.norm { by_class(&shares) } else { vec![-1.0; classes] };
            let weigh = |(at, share): (usize, &mut f64)| *share /= totals[at % classes];
            shares.iter_mut().for_each(|shares| shares.iter_mut().enumerate().for_each(weigh));
        }
        let likelihood = |log_share: &f64| Likelihood::Multinomial { log_share: *log_share };
        shares.iter().map(|shares| shares.iter().map(likelihood).collect()).collect()
    }

    /// For each feature, how likely its values are in each class.
    fn likelihoods(&self, x: &Matrix, of: &Classes) -> Result<Vec<Likelihood>> {
        let kinds: Vec<Kind> = x.blocks.iter().map(|block| self.kind_of(block)).collect();
        let smoothing = self.smoothing(x, &kinds);
        let counted = self.multinomials(self.counts(x, &kinds, of)?, of.totals.len());
        let mut likelihoods = Vec::with_capacity(x.width() * of.totals.len());
        for ((block, kind), mut counted) in x.blocks.iter().zip(kinds).zip(counted) {
            match kind {
                Kind::Gaussian => {
                    // A class without rows has no moments, and never wins: any will do.
                    let classes = of.totals.len();
                    let seen = |(at, moments)| if of.totals[at % classes] > 0.0 { moments } else { (0.0, 1.0) };
                    let moments = of.moments(block).into_iter().enumerate().map(seen);
                    let gaussian = |(mean, variance)| Likelihood::gaussian(mean, variance + smoothing);
                    likelihoods.extend(moments.map(gaussian));
                }
                Kind::Bernoulli => likelihoods.append(&mut self.bernoullis(block, of)),
                _ => likelihoods.append(&mut counted),
            }
        }
        Ok(likelihoods)
    }
}

impl Estimator for Bayes {
    fn is_parallel(&self, bytes: usize, _: &Target) -> bool {
        // To make counts of texts is nearly all of the work, and shared among threads.
        matches!(self.kind, Kind::Multinomial | Kind::Complement) && bytes >= MUCH
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        weights: Option<&[f64]>,
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        checks::fit_features(x, y, weights)?;
        let Target::Classes { codes, classes } = y else { return Err(checks::wrong_task("nb")) };
        checks::all_finite("nb", x)?;
        (context.progress)(0, 1);
        let of = Classes::new(codes, *classes, weights);
        let total: f64 = of.totals.iter().sum();
        // A class without rows never wins.
        let log_prior = |class: &f64| match self.kind {
            Kind::Complement if *class > 0.0 => 0.0,
            _ => libm::log(class / total),
        };
        let log_priors = of.totals.iter().map(log_prior).collect();
        let likelihoods = self.likelihoods(x, &of)?;
        if let Some(at) = likelihoods.iter().position(|likelihood| !likelihood.is_finite()) {
            let feature = x.names.get(at / classes).unwrap_or("?");
            return Err(Error::data(format!("`nb` cannot be fitted: the feature `{feature}` holds too large values"))
                .hint("add a `scale` step to `features.learned`"));
        }
        (context.progress)(1, 1);
        Ok(Box::new(NaiveBayes { log_priors, likelihoods }))
    }
}
