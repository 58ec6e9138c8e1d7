//! From raw target text to the label it stands for.

use super::schema::TargetSpec;
use super::typing::number;

/// Whether these classes have an order: all of them are numbers.
pub fn are_ordered(classes: &[String]) -> bool {
    classes.len() > 2 && classes.iter().all(|class| number(class).is_some())
}

impl TargetSpec {
    /// The label of raw target text by the map; the text itself without one; none where the map has no place for it.
    pub fn label(&self, text: &str) -> Option<String> {
        if self.map.is_empty() {
            return Some(text.to_owned());
        }
        if let Some((_, label)) = self.map.iter().find(|(from, _)| from == text) {
            return Some(label.clone());
        }
        let value = number(text)?;
        self.map.iter().find(|(from, _)| compares(from, value)).map(|(_, label)| label.clone())
    }
}

/// Whether `value` satisfies a key such as `>= 7`; a plain number is compared as one.
fn compares(key: &str, value: f64) -> bool {
    let bound = |operator: &str| key.strip_prefix(operator).and_then(|rest| number(rest.trim()));
    if let Some(bound) = bound("<=") {
        value <= bound
    } else if let Some(bound) = bound(">=") {
        value >= bound
    } else if let Some(bound) = bound("<") {
        value < bound
    } else if let Some(bound) = bound(">") {
        value > bound
    } else {
        number(key) == Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Task;

    #[test]
    fn numbers_are_in_an_order_and_names_are_not() {
        for (classes, ordered) in [(&["1", "2.5", "3"][..], true), (&["0", "1"], false), (&["1", "2", "many"], false)] {
            assert_eq!(are_ordered(&classes.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>()), ordered);
        }
    }

    #[test]
    fn labels_by_text_number_or_comparison() {
        let map = [("< 7", "average"), (">= 7", "good"), ("x", "odd")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let spec = TargetSpec { column: "q".into(), task: Task::Binary, classes: vec![], map: map.to_vec() };
        for (text, label) in [("6.5", Some("average")), ("7", Some("good")), ("x", Some("odd")), ("y", None)] {
            assert_eq!(spec.label(text).as_deref(), label, "{text}");
        }
    }
}
