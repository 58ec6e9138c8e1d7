//! All pairs of columns, by every measure that fits their kinds.

use rayon::prelude::*;

use super::association::NumberPair;
use super::coded::Coded;
use super::contingency::Contingency;
use super::summary::{Correlations, Matrix};
use crate::data::Kind;

/// Levels up to which a category is compared with others.
const LEVELS: u64 = 1_000;

/// A column that takes part.
pub struct Member<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its codes.
    pub coded: &'a Coded,
    /// Whether its values are numbers that add up.
    pub is_number: bool,
    /// Whether its values are levels.
    pub is_level: bool,
}

impl<'a> Member<'a> {
    /// A column that can be compared with others: not of text, not an id, with two values or more and not too many levels.
    pub fn of(name: &'a str, kind: Kind, coded: &'a Coded) -> Option<Self> {
        let distinct = coded.distinct();
        let few = distinct <= LEVELS && distinct * 2 <= coded.present().max(4);
        let fits = match kind {
            Kind::Category => few,
            Kind::Text | Kind::Id => false,
            Kind::Number | Kind::Integer | Kind::Bool | Kind::Date => true,
        };
        let member =
            Self { name, coded, is_number: kind.is_numeric(), is_level: matches!(kind, Kind::Category | Kind::Bool) };
        (fits && distinct >= 2).then_some(member)
    }
}

/// The measures of one pair.
#[derive(Clone, Copy, Default)]
struct Measures {
    pearson: Option<f64>,
    spearman: Option<f64>,
    cramers_v: Option<f64>,
    information: Option<f64>,
}

/// Compares all columns with one another, the pairs side by side.
pub fn correlations(members: &[Member], left_out: u64) -> Correlations {
    let binned: Vec<(Vec<u16>, usize)> = members.par_iter().map(|member| narrow(member.coded.binned())).collect();
    let pairs: Vec<(usize, usize)> =
        (0..members.len()).flat_map(|i| (i + 1..members.len()).map(move |j| (i, j))).collect();
    let measures: Vec<Measures> = pairs
        .par_iter()
        .map(|(i, j)| {
            let ((a, a_levels), (b, b_levels)) = (&binned[*i], &binned[*j]);
            let table = Contingency::of((a, *a_levels), (b, *b_levels));
            measures(&members[*i], &members[*j], &table)
        })
        .collect();
    let matrix = |takes_part: &dyn Fn(&Member) -> bool, of: &dyn Fn(&Measures) -> Option<f64>| {
        let kept: Vec<usize> = (0..members.len()).filter(|at| takes_part(&members[*at])).collect();
        let place: Vec<Option<usize>> = (0..members.len()).map(|at| kept.iter().position(|k| *k == at)).collect();
        let mut values = vec![vec![None; kept.len()]; kept.len()];
        (0..kept.len()).for_each(|at| values[at][at] = Some(1.0));
        for ((i, j), found) in pairs.iter().zip(&measures) {
            if let (Some(row), Some(column)) = (place[*i], place[*j]) {
                (values[row][column], values[column][row]) = (of(found), of(found));
            }
        }
        Matrix { columns: kept.iter().map(|at| members[*at].name.to_owned()).collect(), values }
    };
    Correlations {
        pearson: matrix(&|member| member.is_number, &|found| found.pearson),
        spearman: matrix(&|member| member.is_number, &|found| found.spearman),
        cramers_v: matrix(&|member| member.is_level, &|found| found.cramers_v),
        mutual_information: matrix(&|_| true, &|found| found.information),
        left_out,
    }
}

/// Codes of half the width: a member has few that any row has. They pass by once for every other member.
fn narrow((codes, levels): (Vec<u32>, usize)) -> (Vec<u16>, usize) {
    let mut places = vec![0u16; levels];
    codes.iter().for_each(|code| places[*code as usize] = 1);
    let mut next = 1;
    for place in places.iter_mut().skip(1).filter(|place| **place > 0) {
        *place = next;
        next += 1;
    }
    places.iter_mut().take(1).for_each(|null| *null = 0);
    (codes.iter().map(|code| places[*code as usize]).collect(), next as usize)
}

/// `table` holds both columns with their numbers in bins.
fn measures(a: &Member, b: &Member, table: &Contingency) -> Measures {
    let mut found = Measures { information: table.normalized_mutual_information(), ..Measures::default() };
    if a.is_number && b.is_number {
        let pair = NumberPair::of(a.coded, b.coded);
        (found.pearson, found.spearman) = (pair.pearson(), pair.spearman());
    }
    if a.is_level && b.is_level {
        // Levels are in no bins.
        found.cramers_v = table.cramers_v();
    }
    found
}
