//! Terms of texts: how far each speaks for a class, in a model and behind one answer.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::ModelPackage;
use super::evaluation::{ClassTerms, TermLeaning};
use crate::data::{Block, Matrix, Task};
use crate::models::Contributions;

/// A term that a row has.
#[derive(Debug, Clone, PartialEq)]
pub struct PresentTerm {
    /// Its feature, by place in the matrix.
    pub feature: usize,
    /// What it adds to each output.
    pub contributions: Vec<f64>,
}

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mark {
    /// Its first character, counted from 0.
    pub start: usize,
    /// The one behind its last.
    pub end: usize,
    /// What it adds: each term in equal parts wherever it stands, and there to its words.
    pub contribution: f64,
}

impl ModelPackage {
    /// The text column of each feature that is a term, with or without those of hashed ones; nothing where the model has
    /// no texts.
    pub(super) fn columns_of_terms(&self, hashed: bool) -> HashMap<String, String> {
        let steps = self.learned.iter().map(|(_, fitted)| fitted);
        let able = steps.filter(|fitted| fitted.makes_terms() && (hashed || !fitted.hashes_terms()));
        able.flat_map(|fitted| fitted.origins()).collect()
    }

    /// The terms that speak most for each class, the strongest first: by what the model learned of each class, or else by
    /// their importance in it. Of numbers those that move it most, up or down. Nothing where the model has no texts,
    /// or only hashed ones, or does not tell.
    pub fn strongest_terms(&self, most: usize) -> Vec<ClassTerms> {
        let columns = self.columns_of_terms(false);
        if columns.is_empty() {
            return Vec::new();
        }
        let named = |feature: &String, leaning: f64| {
            let column = columns.get(feature)?;
            Some(TermLeaning { column: column.clone(), term: term_of(feature, column).to_owned(), leaning })
        };
        let strongest = |class: Option<&String>, of: &dyn Fn(usize) -> f64, size: fn(f64) -> f64| {
            let mut order: Vec<(usize, f64)> = (0..self.info.features.len())
                .map(|at| (at, of(at)))
                .filter(|(_, leaning)| size(*leaning) > 0.0)
                .collect();
            order.retain(|(at, _)| columns.contains_key(&self.info.features[*at]));
            order.sort_by(|a, b| size(b.1).total_cmp(&size(a.1)).then(a.0.cmp(&b.0)));
            order.truncate(most);
            let terms = order.iter().filter_map(|(at, leaning)| named(&self.info.features[*at], *leaning)).collect();
            ClassTerms { class: class.cloned(), terms }
        };
        let Some(leanings) = self.model.leanings() else {
            let Some(importance) = self.model.importance() else { return Vec::new() };
            let of_all = strongest(None, &|at| importance.get(at).copied().unwrap_or_default(), |share| share);
            return if of_all.terms.is_empty() { Vec::new() } else { vec![of_all] };
        };
        let outputs = leanings.len() / self.info.features.len().max(1);
        let leaning = |at: usize, output: usize| leanings.get(at * outputs + output).copied().unwrap_or_default();
        let up: fn(f64) -> f64 = |leaning| leaning;
        match (self.info.task(), self.info.target.classes.as_slice()) {
            (Task::Binary, [negative, positive]) if outputs == 1 => vec![
                strongest(Some(negative), &|at| -leaning(at, 0), up),
                strongest(Some(positive), &|at| leaning(at, 0), up),
            ],
            (Task::Regression, _) => vec![strongest(None, &|at| leaning(at, 0), f64::abs)],
            (_, classes) => {
                let of_class = |(at, class)| strongest(Some(class), &|feature| leaning(feature, at), up);
                classes.iter().enumerate().take(outputs).map(of_class).collect()
            }
        }
    }

    /// The terms that each row of a matrix has, with what they add.
    pub(super) fn present_terms(&self, x: &Matrix, found: &Contributions) -> Vec<Vec<PresentTerm>> {
        let columns = self.columns_of_terms(true);
        if columns.is_empty() {
            return vec![Vec::new(); x.rows];
        }
        let is_term: Vec<bool> = self.info.features.iter().map(|feature| columns.contains_key(feature)).collect();
        let (outputs, width) = (found.expected.len(), x.width());
        let of_row = |row: usize| {
            let (mut first, mut terms) = (0, Vec::new());
            for block in &x.blocks {
                if let Block::Sparse(sparse) = block {
                    let features = sparse.row(row).map(|(at, _)| first + at);
                    terms.extend(features.filter(|at| is_term.get(*at) == Some(&true)).map(|feature| {
                        PresentTerm {
                            feature,
                            contributions: (0..outputs)
                                .map(|output| found.values[(row * outputs + output) * width + feature])
                                .collect(),
                        }
                    }));
                }
                first += block.width();
            }
            terms
        };
        (0..x.rows).map(of_row).collect()
    }

    /// The words of a text that terms which add something are made of, in their order. `adds` are features with what
    /// they add.
    pub(super) fn marks(&self, column: &str, text: &str, adds: &HashMap<&str, f64>) -> Vec<Mark> {
        let mut found: Vec<(String, Vec<std::ops::Range<usize>>)> =
            self.learned.iter().flat_map(|(_, fitted)| fitted.terms_in(column, text)).collect();
        found.retain(|(feature, places)| adds.contains_key(feature.as_str()) && !places.is_empty());
        let mut times: HashMap<&str, usize> = HashMap::new();
        found.iter().for_each(|(feature, _)| *times.entry(feature.as_str()).or_default() += 1);
        let mut words: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for (feature, places) in &found {
            let share = adds[feature.as_str()] / (times[feature.as_str()] * places.len()) as f64;
            places.iter().for_each(|place| *words.entry((place.start, place.end)).or_default() += share);
        }
        // Bytes to characters, both rising.
        let mut characters = text.char_indices().map(|(at, _)| at).chain([text.len()]).enumerate().peekable();
        let mut place = |byte: usize| {
            while characters.next_if(|(_, at)| *at < byte).is_some() {}
            characters.peek().map_or(0, |(place, _)| *place)
        };
        let mark = |((start, end), contribution)| Mark { start: place(start), end: place(end), contribution };
        words.into_iter().map(mark).collect()
    }
}

/// The term of a feature of a column.
pub fn term_of<'a>(feature: &'a str, column: &str) -> &'a str {
    feature.strip_prefix(column).and_then(|rest| rest.strip_prefix(':')).unwrap_or(feature)
}
