//! How many rows are held out, and in how many folds the others are dealt, so that every class is everywhere it must be.

use super::findings::Split;
use crate::data::Task;
use crate::error::{Error, Result};

/// Shares of the rows that are held out, as far as the rarest class wants it.
const SIZES: [f64; 6] = [0.2, 0.25, 0.3, 0.34, 0.4, 0.5];
/// The usual number of folds.
const FOLDS: usize = 5;
/// Rows of a class below which it is rare.
const RARE: usize = 5;
/// Of so many rows one may go with the rare classes.
const SPARED: usize = 50;

/// Decides for the rows of each class; for a number there is one entry, its rows.
///
/// # Errors
/// Exit code 3 where there are too few rows to learn from and to test on.
pub fn decide(task: Task, classes: &[(String, usize)], rows: usize, test_rows: Option<usize>) -> Result<Split> {
    let split = match test_rows {
        Some(_) => given(task, classes, rows),
        None if task == Task::Regression => numbers(rows),
        None => by_class(classes),
    };
    split.ok_or_else(|| {
        let counts: Vec<String> = classes.iter().take(6).map(|(label, rows)| format!("{label} {rows}")).collect();
        let found =
            if counts.is_empty() { format!("{rows} rows") } else { format!("rows by class: {}", counts.join(", ")) };
        let hint = match task {
            Task::Regression => "two rows are needed to learn from and one to test on; use more data",
            _ => "two classes need two rows each at least, one to learn from and one to test on; use more data or merge classes",
        };
        Error::data(format!("too few rows to learn from and to test on ({found})")).hint(hint)
    })
}

fn numbers(rows: usize) -> Option<Split> {
    let size = if rows < 5 { 0.34 } else { 0.2 };
    let test = (rows as f64 * size).round() as usize;
    let train = rows.checked_sub(test).filter(|train| *train >= 2 && test >= 1)?;
    let folds = FOLDS.min(train / 2).max(2);
    let why = if folds < FOLDS { format!("{rows} rows are few") } else { String::new() };
    Some(Split { given: false, test_size: size, folds, why, dropped: Vec::new(), rows })
}

fn by_class(classes: &[(String, usize)]) -> Option<Split> {
    let total: usize = classes.iter().map(|(_, rows)| rows).sum();
    let rare: usize = classes.iter().filter(|(_, rows)| *rows < RARE).map(|(_, rows)| rows).sum();
    let enough = classes.iter().filter(|(_, rows)| *rows >= RARE).count();
    let least = if rare * SPARED <= total && enough >= 2 { RARE } else { 3 };
    stratified(classes, least).or_else(|| in_pairs(classes))
}

/// Without the classes of fewer than `least` rows: two rows of each to learn from and one to test on.
fn stratified(classes: &[(String, usize)], least: usize) -> Option<Split> {
    let (kept, dropped): (Vec<_>, Vec<_>) = classes.iter().cloned().partition(|(_, rows)| *rows >= least);
    let counts: Vec<usize> = kept.iter().map(|(_, rows)| *rows).collect();
    if counts.len() < 2 {
        return None;
    }
    let fits =
        |size: &f64| held_out(&counts, *size).iter().zip(&counts).all(|(test, rows)| *test >= 1 && rows - test >= 2);
    let size = SIZES.into_iter().find(fits)?;
    let rarest = held_out(&counts, size).iter().zip(&counts).map(|(test, rows)| rows - test).min()?;
    let folds = FOLDS.min(rarest).max(2);
    let usual = folds == FOLDS && size == SIZES[0];
    let why = if usual { String::new() } else { format!("the rarest class has {} rows", counts.iter().min()?) };
    Some(Split { given: false, test_size: size, folds, why, dropped, rows: counts.iter().sum() })
}

/// As few as two rows of a class: one to learn from, one to test on.
fn in_pairs(classes: &[(String, usize)]) -> Option<Split> {
    let (kept, dropped): (Vec<_>, Vec<_>) = classes.iter().cloned().partition(|(_, rows)| *rows >= 2);
    let counts: Vec<usize> = kept.iter().map(|(_, rows)| *rows).collect();
    let halves = held_out(&counts, 0.5).iter().zip(&counts).all(|(test, rows)| *test >= 1 && rows > test);
    if counts.len() < 2 || !halves {
        return None;
    }
    let why = "a class has two rows: one to learn from, one to test on; no score can mean much".to_owned();
    let rows = counts.iter().sum();
    Some(Split { given: false, test_size: 0.5, folds: FOLDS.min(rows / 2).clamp(2, 3), why, dropped, rows })
}

/// The sources are the two sides.
fn given(task: Task, classes: &[(String, usize)], rows: usize) -> Option<Split> {
    let rarest = if task == Task::Regression { rows } else { classes.iter().map(|(_, rows)| *rows).min()? };
    let folds = FOLDS.min(rarest).max(2);
    let why = if folds < FOLDS { format!("the rarest class has {rarest} rows") } else { String::new() };
    (rarest >= 2).then(|| Split { given: true, test_size: SIZES[0], folds, why, dropped: Vec::new(), rows })
}

/// The rows of each class that a stratified split holds out: its share rounded down, and what is left over to the
/// largest remainders, the first of equal ones. Classes stand in any order, so a tie may fall either way: the
/// least that a class may get is counted.
fn held_out(counts: &[usize], size: f64) -> Vec<usize> {
    let wanted: Vec<f64> = counts.iter().map(|rows| *rows as f64 * size).collect();
    let mut held_out: Vec<usize> = wanted.iter().map(|w| w.floor() as usize).collect();
    let total = (counts.iter().sum::<usize>() as f64 * size).round() as usize;
    let left = total.saturating_sub(held_out.iter().sum());
    for (at, count) in held_out.iter_mut().enumerate() {
        let ahead =
            wanted.iter().enumerate().filter(|(other, w)| *other != at && w.fract() >= wanted[at].fract()).count();
        let surely = ahead < left;
        let perhaps = wanted.iter().filter(|w| w.fract() > wanted[at].fract()).count() < left;
        // One row more or less matters both ways; what helps least is assumed.
        *count += usize::from(surely || (perhaps && *count >= 1));
    }
    held_out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(counts: &[usize]) -> Option<(f64, usize, usize)> {
        let classes: Vec<(String, usize)> =
            counts.iter().enumerate().map(|(at, rows)| (at.to_string(), *rows)).collect();
        let task = if counts.len() == 2 { Task::Binary } else { Task::Multiclass };
        let found = decide(task, &classes, counts.iter().sum(), None).ok()?;
        Some((found.test_size, found.folds, found.dropped.len()))
    }

    #[test]
    fn every_class_is_on_both_sides_and_rare_ones_go_where_they_are_few() {
        for (counts, expected) in [
            (&[75_000, 44_000][..], Some((0.2, 5, 0))),
            (&[500, 400, 3], Some((0.2, 5, 1))),
            (&[500, 400, 1], Some((0.2, 5, 1))),
            (&[20, 4], Some((0.2, 3, 0))),
            (&[6, 6], Some((0.2, 5, 0))),
            (&[2; 10], Some((0.5, 3, 0))),
            (&[3; 4], Some((0.3, 2, 0))),
            (&[2, 2], Some((0.5, 2, 0))),
            (&[2, 100], Some((0.5, 3, 0))),
            (&[100, 1], None),
        ] {
            assert_eq!(split(counts), expected, "{counts:?}");
        }
    }
}
