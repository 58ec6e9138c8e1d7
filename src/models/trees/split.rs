//! The best split of a group of rows.

use super::growth::Growth;
use super::layout::{ABOVE_ALL, Kind, Layout, Slot};
use super::statistic::{Statistic, Sums};

/// A gain below this share of the scores it is a difference of is noise of the arithmetic.
const NOISE: f64 = 1e-12;

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
        for (at, slot) in self.layout.slots.iter().enumerate() {
            let bins = &histogram[slot.first..slot.first + slot.bins()];
            let (last, values) = bins.split_last().unwrap_or((&[0.0; K], bins));
            match slot.kind {
                Kind::Stored(_) => self.slot(at, slot, filled(bins), None),
                _ => self.slot(at, slot, filled(values), Some(*last)),
            }
        }
        self.best
    }

    /// The same, of those bins alone that have rows in them.
    pub fn best_of_few(mut self, mut filled: &[(usize, Sums<K>)]) -> Option<Split<K>> {
        let layout = self.layout;
        while let Some((bin, _)) = filled.first() {
            let at = layout.slots.partition_point(|slot| slot.first <= *bin) - 1;
            let slot = &layout.slots[at];
            let (bins, rest) = filled.split_at(filled.partition_point(|(bin, _)| *bin < slot.first + slot.bins()));
            filled = rest;
            let (last, values) = match (bins.split_last(), &slot.kind) {
                (_, Kind::Stored(_)) => (None, bins),
                (Some(((bin, sums), values)), _) if *bin == slot.first + slot.bins() - 1 => (Some(*sums), values),
                _ => (Some([0.0; K]), bins),
            };
            self.slot(at, slot, values.iter().map(|(bin, sums)| (bin - slot.first, *sums)), last);
        }
        self.best
    }

    /// Looks at the bins of a slot that have rows in them, the last apart where it stands for none of the others.
    #[inline]
    fn slot(
        &mut self,
        at: usize,
        slot: &Slot,
        filled: impl Iterator<Item = (usize, Sums<K>)> + Clone,
        last: Option<Sums<K>>,
    ) {
        match &slot.kind {
            Kind::OneOf(values) => self.one_of(at, slot, values, filled),
            Kind::Thresholds(cuts) | Kind::Stored(cuts) if self.allows(slot.feature) => {
                let present = || filled.clone().fold([0.0; K], |sum, (_, sums)| plus(&sum, &sums));
                let missing = last.unwrap_or_else(|| minus(&self.sums, &present()));
                self.thresholds(at, slot, cuts, filled, missing);
            }
            _ => {}
        }
    }

    #[inline]
    fn allows(&self, feature: usize) -> bool {
        self.allowed.is_none_or(|allowed| allowed[feature])
    }

    #[inline]
    fn one_of(&mut self, at: usize, slot: &Slot, values: &[f32], filled: impl Iterator<Item = (usize, Sums<K>)>) {
        for (bin, sums) in filled {
            if !self.allows(slot.feature + bin) {
                continue;
            }
            // As the threshold of a single value is.
            let (threshold, present_left) = (values[bin] / 2.0, values[bin] < 0.0);
            let (left, test) =
                if present_left { (sums, Test::Only(bin)) } else { (minus(&self.sums, &sums), Test::AllBut(bin)) };
            if let Some(gain) = self.better(&left) {
                let feature = slot.feature + bin;
                self.best = Some(Split { gain, slot: at, test, feature, threshold, default_left: !present_left, left });
            }
        }
    }

    #[inline]
    fn thresholds(
        &mut self,
        at: usize,
        slot: &Slot,
        cuts: &[f32],
        filled: impl Iterator<Item = (usize, Sums<K>)>,
        missing: Sums<K>,
    ) {
        let some_missing = missing != [0.0; K];
        let mut below = [0.0; K];
        for (at_first, (bin, sums)) in filled.enumerate() {
            // Before the first, missing values are on their own.
            if at_first == 0 && bin > 0 && some_missing {
                self.threshold(at, slot, cuts, 0, missing, Some(true));
            }
            below = plus(&below, &sums);
            self.threshold(at, slot, cuts, bin, below, some_missing.then_some(false));
            if some_missing {
                self.threshold(at, slot, cuts, bin, plus(&below, &missing), Some(true));
            }
        }
    }

    /// Looks at one threshold: what is left of it, and where missing values go if there are any.
    #[inline]
    fn threshold(
        &mut self,
        at: usize,
        slot: &Slot,
        cuts: &[f32],
        bin: usize,
        left: Sums<K>,
        missing_left: Option<bool>,
    ) {
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
                default_left: missing_left.unwrap_or(heavier),
                left,
            });
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
        let scores = self.statistic.scores(left, &right);
        let gain = scores - self.parent;
        let most = self.best.as_ref().map_or(NOISE * scores, |best| best.gain);
        (gain > most && gain >= self.growth.gamma).then_some(gain)
    }
}

/// The bins that have rows in them, by their number.
#[inline]
fn filled<const K: usize>(bins: &[Sums<K>]) -> impl Iterator<Item = (usize, Sums<K>)> + Clone {
    bins.iter().copied().enumerate().filter(|(_, sums)| *sums != [0.0; K])
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
