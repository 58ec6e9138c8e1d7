//! The best split of a group of rows.

use super::growth::Growth;
use super::layout::{ABOVE_ALL, Kind, Layout, Slot};
use super::statistic::{Statistic, Sums};

/// Which bins of the split's slot go left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// Those up to this one.
    UpTo(usize),
    /// All but this one.
    AllBut(usize),
    /// This one alone.
    Only(usize),
}

impl Test {
    /// Whether a row that does not miss the feature goes left by its bin.
    #[inline]
    pub fn is_left(self, bin: usize) -> bool {
        match self {
            Test::UpTo(last) => bin <= last,
            Test::AllBut(only) => bin != only,
            Test::Only(only) => bin == only,
        }
    }
}

/// A split of rows in two.
#[derive(Debug, Clone)]
pub struct Split<const K: usize> {
    /// The loss it takes away, twice.
    pub gain: f64,
    /// Where it looks.
    pub slot: usize,
    /// What it asks there.
    pub test: Test,
    /// The same of the matrix: rows go left whose value of this feature is below the threshold.
    pub feature: usize,
    /// The threshold.
    pub threshold: f32,
    /// Whether rows go left that miss the feature.
    pub default_left: bool,
    /// The sums of those that go left.
    pub left: Sums<K>,
}

/// Looks for the best split of rows with such sums.
pub struct Search<'a, S, const K: usize> {
    pub layout: &'a Layout,
    pub statistic: &'a S,
    pub growth: &'a Growth,
    /// Whether a feature may be looked at; all where there is none.
    pub allowed: Option<&'a [bool]>,
    pub sums: Sums<K>,
    parent: f64,
    best: Option<Split<K>>,
}

impl<'a, S: Statistic<K>, const K: usize> Search<'a, S, K> {
    pub fn new(
        layout: &'a Layout,
        statistic: &'a S,
        growth: &'a Growth,
        allowed: Option<&'a [bool]>,
        sums: Sums<K>,
    ) -> Self {
        Self { layout, statistic, growth, allowed, sums, parent: statistic.score(&sums), best: None }
    }

    /// The split that takes most loss away; of several the one of the earliest feature, and there the lowest.
    pub fn best(mut self, histogram: &[Sums<K>]) -> Option<Split<K>> {
        let layout = self.layout;
        for (at, slot) in layout.slots.iter().enumerate() {
            let bins = &histogram[slot.first..slot.first + slot.bins()];
            match &slot.kind {
                Kind::OneOf(values) => self.one_of(at, slot, values, bins),
                Kind::Thresholds(cuts) if self.allows(slot.feature) => {
                    let (missing, bins) = bins.split_last().unwrap_or((&[0.0; K], bins));
                    self.thresholds(at, slot, cuts, bins, *missing);
                }
                Kind::Stored(cuts) if self.allows(slot.feature) => {
                    let present = bins.iter().fold([0.0; K], |sum, bin| plus(&sum, bin));
                    self.thresholds(at, slot, cuts, bins, minus(&self.sums, &present));
                }
                _ => {}
            }
        }
        self.best
    }

    #[inline]
    fn allows(&self, feature: usize) -> bool {
        self.allowed.is_none_or(|allowed| allowed[feature])
    }

    fn one_of(&mut self, at: usize, slot: &Slot, values: &[f32], bins: &[Sums<K>]) {
        for (bin, value) in values.iter().enumerate() {
            if bins[bin] == [0.0; K] || !self.allows(slot.feature + bin) {
                continue;
            }
            // As the threshold of a single value is.
            let (threshold, present_left) = (value / 2.0, *value < 0.0);
            let (left, test) = if present_left {
                (bins[bin], Test::Only(bin))
            } else {
                (minus(&self.sums, &bins[bin]), Test::AllBut(bin))
            };
            if let Some(gain) = self.better(&left) {
                let feature = slot.feature + bin;
                self.best = Some(Split { gain, slot: at, test, feature, threshold, default_left: !present_left, left });
            }
        }
    }

    fn thresholds(&mut self, at: usize, slot: &Slot, cuts: &[f32], bins: &[Sums<K>], missing: Sums<K>) {
        let some_missing = missing != [0.0; K];
        let mut below = [0.0; K];
        for (bin, sums) in bins.iter().enumerate() {
            // With nothing in the bin, the split is the one before; before the first, missing values are on their own.
            if *sums == [0.0; K] && !(bin == 0 && some_missing) {
                continue;
            }
            below = plus(&below, sums);
            let candidates = [Some((below, false)), some_missing.then(|| (plus(&below, &missing), true))];
            for (left, default_left) in candidates.into_iter().flatten() {
                if let Some(gain) = self.better(&left) {
                    let right = minus(&self.sums, &left);
                    let heavier = self.statistic.weight(&left) >= self.statistic.weight(&right);
                    self.best = Some(Split {
                        gain,
                        slot: at,
                        test: Test::UpTo(bin),
                        feature: slot.feature,
                        threshold: cuts.get(bin).copied().unwrap_or(ABOVE_ALL),
                        // What no row has shown goes with the most rows.
                        default_left: if some_missing { default_left } else { heavier },
                        left,
                    });
                }
            }
        }
    }

    /// The gain, where it is the best so far.
    #[inline]
    fn better(&self, left: &Sums<K>) -> Option<f64> {
        let right = minus(&self.sums, left);
        let (of_left, of_right) = (self.statistic.weight(left), self.statistic.weight(&right));
        let least = self.growth.min_child_weight;
        if of_left < least || of_right < least || of_left <= 0.0 || of_right <= 0.0 {
            return None;
        }
        let gain = self.statistic.scores(left, &right) - self.parent;
        let most = self.best.as_ref().map_or(self.growth.least_gain, |best| best.gain);
        (gain > most && gain >= self.growth.gamma).then_some(gain)
    }
}

#[inline]
fn plus<const K: usize>(a: &Sums<K>, b: &Sums<K>) -> Sums<K> {
    std::array::from_fn(|at| a[at] + b[at])
}

/// The sums of rows without those of others.
#[inline]
pub fn minus<const K: usize>(a: &Sums<K>, b: &Sums<K>) -> Sums<K> {
    std::array::from_fn(|at| a[at] - b[at])
}
