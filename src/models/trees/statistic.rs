//! What histograms sum, and how good a group of rows is by these sums.
//!
//! Rows add multiples of a power of two that are small enough for every sum to be exact, so sums are the same in any
//! order: on any number of threads, and for what is left of a parent without one child.

/// Bits that a sum may have: f64 holds one more.
const BITS: i32 = 52;

/// Rounds numbers up to a greatest one to multiples of a power of two.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    /// Adding it leaves no room for what is finer than the grid.
    coarse: f64,
}

impl Grid {
    /// The grid for `rows` numbers up to `most` in size: as fine as leaves their sums exact in f64, so that a few large
    /// numbers leave the small ones nearly as they are.
    pub fn of(most: f64, rows: usize) -> Self {
        let whole = |number: f64| if number > 0.0 && number.is_finite() { libm::ceil(libm::log2(number)) } else { 0.0 };
        // There must be room to round the greatest number itself.
        let of_rows = whole(rows as f64).max(1.0);
        Self { coarse: 1.5 * libm::exp2(whole(most) + of_rows - f64::from(BITS) + 52.0) }
    }

    /// The nearest number of the grid; f32 holds it, since it has 24 bits at most or is what it was.
    #[inline]
    pub fn round(self, value: f32) -> f32 {
        (f64::from(value) + self.coarse - self.coarse) as f32
    }
}

/// `K` sums of a group of rows.
pub type Sums<const K: usize> = [f64; K];

/// What rows add to the sums, and what these say.
pub trait Statistic<const K: usize>: Sync {
    /// What a row adds.
    type Row: Copy;
    /// What this row adds.
    fn row(&self, row: usize) -> Self::Row;
    /// Adds a row.
    fn add(sums: &mut Sums<K>, row: Self::Row);
    /// Takes a row out.
    fn take(sums: &mut Sums<K>, row: Self::Row);
    /// The sum of second derivatives, or of weights.
    fn weight(&self, sums: &Sums<K>) -> f64;
    /// How much loss a leaf of such rows takes away, twice.
    fn score(&self, sums: &Sums<K>) -> f64;
    /// The scores of two groups together.
    fn scores(&self, left: &Sums<K>, right: &Sums<K>) -> f64 {
        self.score(left) + self.score(right)
    }
    /// The values of a leaf.
    fn leaf(&self, sums: &Sums<K>, out: &mut Vec<f32>);
}

/// First and second derivatives of a loss (Chen and Guestrin, "XGBoost", 2016, equations 5 to 7, with an L1 penalty).
pub struct Derivatives<'a> {
    /// Of each row those of every output, on a grid.
    pub rows: &'a [[f32; 2]],
    /// Number of outputs.
    pub outputs: usize,
    /// The one that is learned.
    pub output: usize,
    /// L2 penalty.
    pub lambda: f64,
    /// L1 penalty.
    pub alpha: f64,
    /// What leaves are multiplied by.
    pub eta: f64,
}

impl Derivatives<'_> {
    #[inline]
    fn shrunk(&self, gradient: f64) -> f64 {
        if self.alpha == 0.0 { gradient } else { (gradient.abs() - self.alpha).max(0.0).copysign(gradient) }
    }
}

impl Statistic<2> for Derivatives<'_> {
    type Row = [f64; 2];

    #[inline]
    fn row(&self, row: usize) -> [f64; 2] {
        self.rows[row * self.outputs + self.output].map(f64::from)
    }

    #[inline]
    fn add(sums: &mut Sums<2>, row: [f64; 2]) {
        sums[0] += row[0];
        sums[1] += row[1];
    }

    #[inline]
    fn take(sums: &mut Sums<2>, row: [f64; 2]) {
        sums[0] -= row[0];
        sums[1] -= row[1];
    }

    #[inline]
    fn weight(&self, sums: &Sums<2>) -> f64 {
        sums[1]
    }

    #[inline]
    fn score(&self, sums: &Sums<2>) -> f64 {
        let [gradient, hessian] = *sums;
        let gradient = self.shrunk(gradient);
        gradient * gradient / (hessian + self.lambda)
    }

    /// Over one denominator: a division is dearer than all the rest.
    #[inline]
    fn scores(&self, left: &Sums<2>, right: &Sums<2>) -> f64 {
        let ([gl, hl], [gr, hr]) = (*left, *right);
        let (gl, gr, hl, hr) = (self.shrunk(gl), self.shrunk(gr), hl + self.lambda, hr + self.lambda);
        (gl * gl * hr + gr * gr * hl) / (hl * hr)
    }

    fn leaf(&self, sums: &Sums<2>, out: &mut Vec<f32>) {
        let [gradient, hessian] = *sums;
        let value = -self.shrunk(gradient) / (hessian + self.lambda) * self.eta;
        // No row, or only such as count for nothing: nothing to learn.
        out.push(if value.is_finite() { value as f32 } else { 0.0 });
    }
}

/// The weight of each of several classes; a split takes away Gini impurity (Breiman et al., "CART", 1984).
pub struct Classes<'a, const K: usize> {
    /// Class of each row, below `K`.
    pub codes: &'a [u32],
    /// Weight of each row, on a grid.
    pub weights: &'a [f32],
    /// Number of classes, at most `K`.
    pub classes: usize,
}

impl<const K: usize> Statistic<K> for Classes<'_, K> {
    type Row = (usize, f64);

    #[inline]
    fn row(&self, row: usize) -> (usize, f64) {
        (self.codes[row] as usize, f64::from(self.weights[row]))
    }

    #[inline]
    fn add(sums: &mut Sums<K>, (class, weight): (usize, f64)) {
        sums[class] += weight;
    }

    #[inline]
    fn take(sums: &mut Sums<K>, (class, weight): (usize, f64)) {
        sums[class] -= weight;
    }

    fn weight(&self, sums: &Sums<K>) -> f64 {
        sums.iter().sum()
    }

    fn score(&self, sums: &Sums<K>) -> f64 {
        sums.iter().map(|sum| sum * sum).sum::<f64>() / sums.iter().sum::<f64>()
    }

    fn leaf(&self, sums: &Sums<K>, out: &mut Vec<f32>) {
        let total: f64 = sums.iter().sum();
        out.extend(sums[..self.classes].iter().map(|sum| (sum / total) as f32));
    }
}
