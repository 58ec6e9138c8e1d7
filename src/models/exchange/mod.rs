//! Trees to and from XGBoost's JSON model.

mod export;
mod forest;
mod import;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

pub use export::export;
pub use import::{Imported, import};

/// The names of features as XGBoost bears them: without `[`, `]` and `<`, and each still unlike the others.
pub fn names(features: &[String]) -> Vec<String> {
    let mut taken: HashSet<String> = features.iter().cloned().collect();
    features
        .iter()
        .map(|name| {
            let plain = name.replace('[', "(").replace(']', ")").replace('<', "lt ");
            if plain == *name {
                return plain;
            }
            let mut unlike = plain.clone();
            let mut number = 2;
            while !taken.insert(unlike.clone()) {
                unlike = format!("{plain} {number}");
                number += 1;
            }
            unlike
        })
        .collect()
}
