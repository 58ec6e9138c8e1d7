//! Rows by two codes, and what follows from them: chi-squared, Cramér's V, mutual information.

use super::coded::NULL;

/// Cells up to which counts stand in a full table; beyond, rows are sorted.
const CELLS: usize = 1 << 20;
/// Tables that rows are counted in by turns: where one pair of codes comes again and again, an addition need not wait
/// for the one before it.
const TURNS: usize = 4;
/// Cells up to which so many tables are less work than they save.
const FEW: usize = 1 << 12;

/// Rows by the codes of two columns; rows where either is null are left out.
pub struct Contingency {
    /// Rows of each pair of codes that has any, in order of the codes.
    pub cells: Vec<(u32, u32, u64)>,
    /// Rows of each code of the first column.
    pub first: Vec<u64>,
    /// Rows of each code of the second.
    pub second: Vec<u64>,
    /// All rows that have both.
    pub rows: u64,
}

impl Contingency {
    /// Counts the rows of two columns, each with the number of its codes.
    pub fn of<C: Copy + Into<u32>>((a, a_codes): (&[C], usize), (b, b_codes): (&[C], usize)) -> Self {
        let both = a.iter().map(|code| (*code).into()).zip(b.iter().map(|code| (*code).into()));
        let cells = match a_codes.checked_mul(b_codes) {
            Some(cells) if cells <= CELLS => dense((a, a_codes), (b, b_codes)),
            _ => sparse(both),
        };
        let mut table = Self { cells, first: vec![0; a_codes], second: vec![0; b_codes], rows: 0 };
        for (one, other, rows) in &table.cells {
            table.first[*one as usize] += rows;
            table.second[*other as usize] += rows;
            table.rows += rows;
        }
        table
    }

    /// Codes in use on both sides.
    fn size(&self) -> (f64, f64) {
        let used = |side: &[u64]| side.iter().filter(|rows| **rows > 0).count() as f64;
        (used(&self.first), used(&self.second))
    }

    /// Pearson's chi-squared, without a correction for continuity.
    pub fn chi_squared(&self) -> f64 {
        let rows = self.rows as f64;
        let share = |(one, other, cell): &(u32, u32, u64)| {
            let cell = *cell as f64;
            cell / self.first[*one as usize] as f64 * (cell / self.second[*other as usize] as f64)
        };
        (rows * (self.cells.iter().map(share).sum::<f64>() - 1.0)).max(0.0)
    }

    /// Cramér's V with the correction for bias of W. Bergsma, "A bias-correction for Cramér's V and Tschuprow's T"
    /// (2013); none where a side has one level.
    pub fn cramers_v(&self) -> Option<f64> {
        let (rows, (k, r)) = (self.rows as f64, self.size());
        if k < 2.0 || r < 2.0 {
            return None;
        }
        let phi = (self.chi_squared() / rows - (k - 1.0) * (r - 1.0) / (rows - 1.0)).max(0.0);
        let corrected = |levels: f64| levels - (levels - 1.0) * (levels - 1.0) / (rows - 1.0);
        let most = corrected(k).min(corrected(r)) - 1.0;
        (most > 0.0).then(|| (phi / most).sqrt().min(1.0))
    }

    /// Mutual information in nats, as scikit-learn's `mutual_info_score`; none without rows.
    pub fn mutual_information(&self) -> Option<f64> {
        if self.rows == 0 {
            return None;
        }
        let rows = self.rows as f64;
        let term = |(one, other, cell): &(u32, u32, u64)| {
            let cell = *cell as f64;
            let expected = self.first[*one as usize] as f64 * self.second[*other as usize] as f64 / rows;
            cell / rows * libm::log(cell / expected)
        };
        Some(self.cells.iter().map(term).sum::<f64>().max(0.0))
    }

    /// Mutual information by the mean of both entropies, as scikit-learn's `normalized_mutual_info_score`; none where
    /// neither side has two levels.
    pub fn normalized_mutual_information(&self) -> Option<f64> {
        let mean = (entropy(&self.first, self.rows) + entropy(&self.second, self.rows)) / 2.0;
        (mean > 0.0).then(|| self.mutual_information())?.map(|information| (information / mean).min(1.0))
    }

    /// The share of the entropy of the second column that the first tells, less what as many levels would tell by
    /// chance alone (G. Miller, "Note on the bias of information estimates", 1955); none where the second has one level.
    pub fn explained(&self) -> Option<f64> {
        let (k, r) = self.size();
        let chance = (k - 1.0) * (r - 1.0) / (2.0 * self.rows as f64);
        let all = entropy(&self.second, self.rows);
        (all > 0.0).then(|| self.mutual_information())?.map(|found| ((found - chance) / all).clamp(0.0, 1.0))
    }
}

/// Entropy in nats.
fn entropy(side: &[u64], rows: u64) -> f64 {
    let share = |count: &u64| *count as f64 / rows as f64;
    -side.iter().filter(|count| **count > 0).map(share).map(|p| p * libm::log(p)).sum::<f64>()
}

fn dense<C: Copy + Into<u32>>((a, a_codes): (&[C], usize), (b, b_codes): (&[C], usize)) -> Vec<(u32, u32, u64)> {
    let cells = a_codes * b_codes;
    let counts = few(a, b, b_codes, cells).unwrap_or_else(|| counts(a, b, b_codes, cells));
    let rows = counts.chunks(b_codes.max(1)).enumerate().skip(1);
    let cells = rows.flat_map(|(one, row)| {
        let row = row.iter().enumerate().skip(1).filter(|(_, rows)| **rows > 0);
        row.map(move |(other, rows)| (one as u32, other as u32, u64::from(*rows)))
    });
    cells.collect()
}

/// Rows of each cell.
fn counts<C: Copy + Into<u32>>(a: &[C], b: &[C], b_codes: usize, cells: usize) -> Vec<u32> {
    let mut counts = vec![0u32; cells];
    let place = |one: C, other: C| one.into() as usize * b_codes + other.into() as usize;
    a.iter().zip(b).for_each(|(one, other)| counts[place(*one, *other)] += 1);
    counts
}

/// [`counts`] in a table of fixed size, where there are so few cells; its places need no check.
fn few<C: Copy + Into<u32>>(a: &[C], b: &[C], b_codes: usize, cells: usize) -> Option<Vec<u32>> {
    if cells > FEW {
        return None;
    }
    let mut counts = Box::new([[0u32; TURNS]; FEW]);
    let place = |one: C, other: C| (one.into() as usize * b_codes + other.into() as usize) % FEW;
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<TURNS>(), b.as_chunks::<TURNS>());
    a_rest.iter().zip(b_rest).for_each(|(one, other)| counts[place(*one, *other)][0] += 1);
    for (a, b) in a.iter().zip(b) {
        for turn in 0..TURNS {
            counts[place(a[turn], b[turn])][turn] += 1;
        }
    }
    Some(counts.iter().take(cells).map(|turns| turns.iter().sum()).collect())
}

fn sparse(both: impl Iterator<Item = (u32, u32)>) -> Vec<(u32, u32, u64)> {
    let both = both.filter(|(one, other)| *one != NULL && *other != NULL);
    let mut packed: Vec<u64> = both.map(|(one, other)| u64::from(one) << 32 | u64::from(other)).collect();
    packed.sort_unstable();
    let cell = |group: &[u64]| {
        let pair = group.first().copied().unwrap_or_default();
        ((pair >> 32) as u32, pair as u32, group.len() as u64)
    };
    packed.chunk_by(|a, b| a == b).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_and_sorted_counts_are_the_same_and_nulls_stay_out() {
        let a = [1, 2, 0, 2, 1, 3, 3];
        let b = [1, 1, 1, 0, 1, 2, 2];
        let both = || a.iter().copied().zip(b.iter().copied());
        assert_eq!(dense((&a, 4), (&b, 3)), sparse(both()));
        let table = Contingency::of::<u32>((&a, 4), (&b, 3));
        assert_eq!(table.cells, [(1, 1, 2), (2, 1, 1), (3, 2, 2)]);
        assert_eq!((table.first, table.second, table.rows), (vec![0, 2, 1, 2], vec![0, 3, 2], 5));
    }

    #[test]
    fn one_level_or_no_row_tells_nothing() {
        for (a, b) in [(vec![1, 1], vec![1, 2]), (vec![0, 0], vec![1, 2]), (vec![], vec![])] {
            let table = Contingency::of::<u32>((&a, 3), (&b, 3));
            assert_eq!(table.cramers_v(), None);
            assert_eq!(table.explained().unwrap_or(0.0), 0.0);
        }
        let same = Contingency::of::<u32>((&[1, 2, 1, 2, 1, 2], 3), (&[2, 1, 2, 1, 2, 1], 3));
        assert_eq!(same.normalized_mutual_information(), Some(1.0));
    }
}
