//! What can be made of the columns of a table.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::candidate::{Candidate, Family};
use super::sources::{Sources, counts, has_missing, present};
use crate::data::schema::RecipeStep;
use crate::data::{Column, quantile};
use crate::transforms::column_in_expression as quoted;

/// Parts of dates that are tried.
const PARTS: [&str; 9] = ["year", "quarter", "month", "week", "day", "day_of_year", "weekday", "is_weekend", "hour"];
/// Bins that a number is cut into, by rows alike.
const BINS: usize = 5;
/// Digits of the bounds of bins.
const DIGITS: usize = 3;
/// Levels of fewer rows are rare.
pub const RARE: usize = 20;
/// Levels from which on a category is encoded by the mean of the target.
pub const MANY_LEVELS: usize = 30;
/// Classes up to which it is.
pub const FEW_CLASSES: usize = 10;
/// Rows in a thousand that must miss a value, and must have one, for a column that says so.
const SOME: usize = 10;

/// How the learned steps of the project take new columns.
pub struct Handling {
    /// Missing results would reach a model that takes none.
    pub fill: bool,
    /// New categories are encoded.
    pub encoded: bool,
    /// Columns that some learned step names.
    pub named: BTreeSet<String>,
    /// Classes; 1 for a number.
    pub classes: usize,
    /// The model is a weighted sum, to which sums and differences of columns tell nothing new.
    pub linear: bool,
}

/// Candidates so far, and the names that are taken.
pub struct Proposal<'a> {
    pub handling: &'a Handling,
    taken: BTreeSet<String>,
    pub found: Vec<Candidate>,
}

impl<'a> Proposal<'a> {
    /// Nothing yet; no candidate is to have a name of `taken`.
    pub fn new(handling: &'a Handling, taken: BTreeSet<String>) -> Self {
        Self { handling, taken, found: Vec::new() }
    }

    /// What can be made of single columns.
    pub fn singles(&mut self, sources: &Sources) {
        for date in &sources.dates {
            for part in PARTS {
                let params = json!({"column": date.name, "parts": [part]});
                self.named(Family::DatePart, "date_parts", date, format!("{}_{part}", date.name), params);
            }
        }
        for text in &sources.texts {
            for unit in ["characters", "words"] {
                let params = json!({"column": text.name, "unit": unit});
                self.named(Family::Length, "text_length", text, format!("{}_{unit}", text.name), params);
            }
        }
        sources.numbers.iter().for_each(|column| self.of_number(column));
        sources.categories.iter().for_each(|column| self.of_category(column));
    }

    fn of_number(&mut self, column: &Column) {
        let mut values = present(column);
        values.sort_by(f64::total_cmp);
        let (Some(least), Some(_)) = (values.first().copied(), values.last()) else { return };
        let (name, x, rows) = (&column.name, quoted(&column.name), column.len());
        let missing = rows - values.len();
        if missing.min(rows - missing) * 1000 >= rows * SOME {
            self.expression(Family::Missing, &[column], &format!("{name}_is_missing"), format!("is_null({x})"), false);
        }
        let gaps = missing > 0;
        if least >= 0.0 {
            self.expression(Family::Logarithm, &[column], &format!("log_{name}"), format!("log1p({x})"), gaps);
        }
        self.expression(Family::Square, &[column], &format!("{name}_squared"), format!("{x} ^ 2"), gaps);
        let edges = edges(&values);
        if edges.len() > 1 {
            let name = self.free(format!("{name}_bin"));
            let params = json!({"column": column.name, "edges": edges, "name": name});
            self.category(Family::Bins, &[column], name, step("bins", params), BINS);
        }
    }

    /// Other ways to encode a category that no learned step names.
    fn of_category(&mut self, column: &Column) {
        if self.handling.named.contains(&column.name) {
            return;
        }
        let (counts, name) = (counts(column), &column.name);
        let rare = counts.iter().filter(|count| **count < RARE).count();
        if rare > 1 && rare < counts.len() {
            let params = json!({"columns": [name], "method": "onehot", "min_count": RARE});
            self.encoded(Family::RareLevels, name, params);
        }
        if counts.len() > MANY_LEVELS && self.handling.classes <= FEW_CLASSES {
            self.encoded(Family::TargetMean, name, json!({"columns": [name], "method": "target"}));
        }
    }

    fn encoded(&mut self, family: Family, name: &str, params: Json) {
        let learned = Some(step("encode", params));
        let sources = vec![name.to_owned()];
        self.found.push(Candidate { name: name.to_owned(), sources, family, derive: None, learned });
    }

    /// A number by a step that chooses the name itself; nothing where that is taken.
    fn named(&mut self, family: Family, transform: &str, column: &Column, name: String, params: Json) {
        // What the step leaves missing nothing could fill.
        let fits = !(self.handling.fill && has_missing(column));
        if fits && self.taken.insert(name.clone()) {
            self.push(family, &[column], name, step(transform, params), None);
        }
    }

    /// A number by an expression; 0 where it has no result and `may_miss` says that this can be, if models need one.
    pub fn expression(&mut self, family: Family, sources: &[&Column], name: &str, value: String, may_miss: bool) {
        let value = if may_miss && self.handling.fill { format!("coalesce({value}, 0)") } else { value };
        let name = self.free(name.to_owned());
        let derive = step("expression", json!({"name": name, "value": value}));
        self.push(family, sources, name, derive, None);
    }

    /// A number by a step whose name is free.
    pub fn number(&mut self, family: Family, sources: &[&Column], name: String, derive: RecipeStep) {
        self.push(family, sources, name, derive, None);
    }

    /// A category of so many levels, with the step that encodes it where the project's do not.
    pub fn category(&mut self, family: Family, sources: &[&Column], name: String, derive: RecipeStep, levels: usize) {
        let many = levels > MANY_LEVELS;
        let params = match (many && self.handling.classes <= FEW_CLASSES, many) {
            (true, _) => Some(json!({"columns": [name], "method": "target"})),
            (_, true) => Some(json!({"columns": [name], "method": "onehot", "min_count": RARE})),
            _ if self.handling.encoded => None,
            _ => Some(json!({"columns": [name], "method": "onehot"})),
        };
        self.push(family, sources, name, derive, params.map(|params| step("encode", params)));
    }

    fn push(
        &mut self,
        family: Family,
        sources: &[&Column],
        name: String,
        derive: RecipeStep,
        learned: Option<RecipeStep>,
    ) {
        let sources = sources.iter().map(|column| column.name.clone()).collect();
        self.found.push(Candidate { name, sources, family, derive: Some(derive), learned });
    }

    /// The name, or one like it that nothing has yet.
    pub fn free(&mut self, name: String) -> String {
        let mut free = name.clone();
        let mut number = 1;
        while !self.taken.insert(free.clone()) {
            number += 1;
            free = format!("{name}_{number}");
        }
        free
    }
}

/// A step of a transform.
pub fn step(name: &str, params: Json) -> RecipeStep {
    RecipeStep { name: name.to_owned(), params }
}

/// The inner bounds of bins of the same number of rows, in few digits; none where the values are few.
fn edges(sorted: &[f64]) -> Vec<Json> {
    let mut distinct = sorted.to_vec();
    distinct.dedup();
    if distinct.len() <= 2 * BINS {
        return Vec::new();
    }
    let rounded = |value: f64| format!("{value:.*e}", DIGITS - 1).parse::<f64>().unwrap_or(value);
    let mut edges: Vec<f64> = (1..BINS).map(|at| rounded(quantile(sorted, at as f64 / BINS as f64))).collect();
    edges.retain(|edge| edge.is_finite());
    edges.dedup();
    let whole = |edge: f64| edge.fract() == 0.0 && edge.abs() < 1e15;
    edges.into_iter().map(|edge| if whole(edge) { json!(edge as i64) } else { json!(edge) }).collect()
}
