//! What is predicted: the task, the classes, the positive one.

use std::collections::BTreeMap;

use super::findings::Target;
use crate::data::{Strings, Task, number};
use crate::error::{Error, Result, suggest};

/// More distinct whole numbers than this are taken as a quantity, not as classes, as in `clean`.
const MOST_CLASSES_OF_NUMBERS: usize = 20;
/// More classes than this are no classes.
const MOST_CLASSES: usize = 200;
/// Labels that are the positive ones of their pair, in lower case.
const POSITIVE: [&str; 14] =
    ["yes", "true", "1", "y", "t", "positive", "pos", "churned", "churn", "default", "fraud", "spam", "bad", "sick"];

/// The user's word on it.
pub struct Wish<'a> {
    /// The column.
    pub column: &'a str,
    /// The task.
    pub task: Option<Task>,
    /// The positive class.
    pub positive: Option<&'a str>,
}

/// Decides task and classes from the labels of all rows; `train` of them come first.
///
/// # Errors
/// Exit code 2 where the user's word does not fit, 3 where there is nothing to predict.
pub fn decide(labels: &Strings, train: usize, wish: &Wish) -> Result<Target> {
    let column = wish.column.to_owned();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    labels.iter().take(train).flatten().for_each(|label| *counts.entry(label).or_default() += 1);
    let missing = labels.iter().filter(Option::is_none).count();
    if counts.is_empty() {
        return Err(Error::data(format!("target `{column}` has no value at all")).hint("is it the right column?"));
    }
    if counts.len() == 1 {
        let only = counts.keys().next().copied().unwrap_or_default();
        return Err(Error::data(format!("target `{column}` has the same value in every row, `{only}`"))
            .hint("there is nothing to predict; is it the right column?"));
    }
    let (task, why) = task_of(&counts, wish)?;
    let mut target = Target {
        column,
        task,
        why,
        classes: Vec::new(),
        positive: None,
        why_positive: String::new(),
        map: Vec::new(),
        nulls: Vec::new(),
        missing,
    };
    if task == Task::Regression {
        refuse_positive(wish, "a number has none")?;
        return Ok(target);
    }
    target.map = same_labels(&counts, labels.iter().skip(train).flatten());
    target.classes = counts.iter().map(|(label, rows)| ((*label).to_owned(), *rows)).collect();
    target.classes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    if task == Task::Binary {
        let (positive, why) = positive(&target.classes, wish)?;
        (target.positive, target.why_positive) = (Some(positive), why);
    } else {
        refuse_positive(wish, "only a target of two classes has one")?;
    }
    Ok(target)
}

/// Whether the labels are numbers that are a quantity, or are to be taken for one.
pub fn is_quantity(labels: &Strings, wish: &Wish) -> bool {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    labels.iter().flatten().for_each(|label| *counts.entry(label).or_default() += 1);
    let numeric = counts.keys().all(|label| number(label).is_some());
    numeric && task_of(&counts, wish).is_ok_and(|(task, _)| task == Task::Regression)
}

/// Makes a target of more classes one of the two that are left.
///
/// # Errors
/// Exit code 2 where the user's positive class is not among them.
pub fn as_binary(target: &mut Target, wish: &Wish) -> Result<()> {
    target.task = Task::Binary;
    target.why = "two classes have enough rows".to_owned();
    let (positive, why) = positive(&target.classes, wish)?;
    (target.positive, target.why_positive) = (Some(positive), why);
    Ok(())
}

/// Refuses a test part on which nothing can be measured: every class has rows to learn from and rows to test on.
///
/// # Errors
/// Exit code 3 with the class that a part lacks.
pub fn check_test(target: &Target, labels: &Strings, train: usize, shown: &str) -> Result<()> {
    const HINT: &str = "every class must stand in both files; leave out `--test` to hold out rows of the training file";
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    labels.iter().skip(train).flatten().for_each(|label| *counts.entry(label).or_default() += 1);
    if counts.is_empty() {
        return Err(Error::data(format!("the test part `{shown}` has no value of the target `{}`", target.column))
            .hint("leave out `--test` to hold out rows of the training file; rows without an answer are for `mlops predict --input`"));
    }
    if target.task == Task::Regression {
        return Ok(());
    }
    let mapped = |label: &str| target.map.iter().find(|(from, _)| from == label).map(|(_, to)| to.clone());
    let found: BTreeMap<String, usize> =
        counts.iter().map(|(label, rows)| (mapped(label).unwrap_or((*label).to_owned()), *rows)).collect();
    if let Some((label, rows)) = found.iter().find(|(label, _)| target.classes.iter().all(|(class, _)| class != *label))
    {
        let rows = if *rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
        return Err(Error::data(format!(
            "the test part `{shown}` has the class `{label}` ({rows}), which the training file lacks"
        ))
        .hint(HINT));
    }
    match target.classes.iter().find(|(class, _)| !found.contains_key(class)) {
        Some((class, _)) => {
            Err(Error::data(format!("the test part `{shown}` has no row of the class `{class}`")).hint(HINT))
        }
        None => Ok(()),
    }
}

fn task_of(counts: &BTreeMap<&str, usize>, wish: &Wish) -> Result<(Task, String)> {
    let distinct = counts.len();
    let odd = counts.keys().find(|label| number(label).is_none());
    let whole = counts.keys().all(|label| number(label).is_some_and(|x| x.fract() == 0.0));
    let column = wish.column;
    let refuse = |what: String| Err(Error::usage(format!("target `{column}` {what}")).hint("leave out `--task`"));
    if let (Some(Task::Regression), Some(first)) = (wish.task, odd) {
        let odd = counts.keys().filter(|label| number(label).is_none()).count();
        let others = if odd > 1 { format!(", and {} such texts more", odd - 1) } else { String::new() };
        return Err(Error::usage(format!("target `{column}` holds `{first}`, which is no number{others}")).hint(
            "write plain numbers in the file, and nothing where there is none; or leave out `--task` if these are classes",
        ));
    }
    match (wish.task, odd) {
        (Some(Task::Binary), _) if distinct != 2 => return refuse(format!("has {distinct} values, not two")),
        (Some(Task::Multiclass), _) if distinct == 2 => return refuse("has two values, which is binary".to_owned()),
        (Some(task), _) if task == Task::Regression || distinct <= MOST_CLASSES => {
            return Ok((task, "as asked for".to_owned()));
        }
        _ => {}
    }
    let classes = |what: &str| {
        if distinct == 2 {
            (Task::Binary, format!("two {what}"))
        } else {
            (Task::Multiclass, format!("{distinct} {what}"))
        }
    };
    match odd {
        None if !whole => {
            Ok((Task::Regression, "numbers with fractions; `--task multiclass` if they are classes".to_owned()))
        }
        None if distinct > MOST_CLASSES_OF_NUMBERS => {
            Ok((Task::Regression, format!("{distinct} distinct whole numbers")))
        }
        None if distinct == 2 => Ok(classes("values")),
        None => Ok(classes("distinct whole numbers; `--task regression` if they are a quantity")),
        Some(_) if distinct > MOST_CLASSES => {
            Err(Error::data(format!("target `{column}` has {distinct} distinct texts, which are too many classes"))
                .hint("choose a column with fewer values, or group them into a new column first"))
        }
        Some(_) => Ok(classes("texts")),
    }
}

fn refuse_positive(wish: &Wish, why: &str) -> Result<()> {
    match wish.positive {
        None => Ok(()),
        Some(positive) => Err(Error::usage(format!("`--positive {positive}`: {why}")).hint("leave it out")),
    }
}

/// The positive one of two classes, the rarer one standing last.
fn positive(classes: &[(String, usize)], wish: &Wish) -> Result<(String, String)> {
    let labels: Vec<&str> = classes.iter().map(|(label, _)| label.as_str()).collect();
    if let Some(wanted) = wish.positive {
        return match labels.iter().find(|label| **label == wanted) {
            Some(label) => Ok(((*label).to_owned(), "as asked for".to_owned())),
            None => Err(Error::usage(format!("`--positive {wanted}`: no row of `{}` has this value", wish.column))
                .maybe_hint(suggest(wanted, "values", &labels))),
        };
    }
    let known: Vec<&&str> = labels.iter().filter(|label| POSITIVE.contains(&label.to_lowercase().as_str())).collect();
    if let [label] = known[..] {
        return Ok(((*label).to_owned(), "by its name".to_owned()));
    }
    let rarer = labels.last().copied().unwrap_or_default().to_owned();
    let equal = classes.first().map(|c| c.1) == classes.last().map(|c| c.1);
    Ok((rarer, if equal { "the last of two equally frequent ones" } else { "the rarer one" }.to_owned()))
}

/// The map that makes labels of a test part those of the training part, where they differ by a final full stop
/// or in their case alone.
fn same_labels<'a>(train: &BTreeMap<&str, usize>, test: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let plain = |label: &str| label.trim_end_matches('.').to_lowercase();
    let mut map: BTreeMap<String, String> = BTreeMap::new();
    for label in test.filter(|label| !train.contains_key(label)) {
        let Some(same) = train.keys().find(|known| plain(known) == plain(label)) else { return Vec::new() };
        map.insert(label.to_owned(), (*same).to_owned());
    }
    if !map.is_empty() {
        map.extend(train.keys().map(|label| ((*label).to_owned(), (*label).to_owned())));
    }
    map.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(labels: &[&str], wish: (Option<Task>, Option<&str>)) -> Result<Target> {
        let labels: Strings = labels.iter().map(|l| (!l.is_empty()).then_some(*l)).collect();
        decide(&labels, labels.len(), &Wish { column: "y", task: wish.0, positive: wish.1 })
    }

    #[test]
    fn tasks_and_positive_classes_are_inferred() {
        let many: Vec<String> = (0..30).map(|i| i.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        for (labels, task, positive) in [
            (&["no", "yes", "", "no"][..], Task::Binary, Some("yes")),
            (&["0", "1", "1"], Task::Binary, Some("1")),
            (&["a", "b", "b"], Task::Binary, Some("a")),
            (&["a", "b"], Task::Binary, Some("b")),
            (&["1", "2", "3"], Task::Multiclass, None),
            (&["1.5", "2.5"], Task::Regression, None),
            (&many, Task::Regression, None),
        ] {
            let target = decided(labels, (None, None)).unwrap();
            assert_eq!((target.task, target.positive.as_deref()), (task, positive), "{labels:?}");
        }
        assert_eq!(decided(&["a", "b"], (None, Some("a"))).unwrap().positive.as_deref(), Some("a"));
    }

    #[test]
    fn what_cannot_be_predicted_is_refused() {
        for (labels, wish, expected) in [
            (&["", ""][..], (None, None), "has no value at all"),
            (&["a", "a"], (None, None), "the same value in every row, `a`"),
            (&["a", "1"], (Some(Task::Regression), None), "holds `a`, which is no number"),
            (&["a", "b", "c"], (Some(Task::Binary), None), "has 3 values, not two"),
            (&["a", "b"], (None, Some("c")), "`--positive c`: no row of `y`"),
            (&["a", "b", "c"], (None, Some("c")), "only a target of two classes"),
        ] {
            let message = decided(labels, wish).unwrap_err().message().to_owned();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn labels_of_a_test_part_are_mapped_to_those_of_training() {
        let labels: Strings = ["<=50K", ">50K", "<=50K.", ">50K."].iter().map(|l| Some(*l)).collect();
        let target = decide(&labels, 2, &Wish { column: "y", task: None, positive: None }).unwrap();
        assert_eq!(target.map.len(), 4);
        assert_eq!((target.map[1].0.as_str(), target.map[1].1.as_str()), ("<=50K.", "<=50K"));
    }
}
