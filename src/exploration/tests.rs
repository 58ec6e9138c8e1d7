//! Leaky and honest columns of generated tables.

use super::*;
use crate::data::{Kind, SplitMix64, Table, Values};

const ROWS: usize = 2000;

/// A random number a row.
fn noise(seed: u64) -> Vec<f64> {
    let mut random = SplitMix64::new(seed);
    (0..ROWS).map(|_| random.unit_f64()).collect()
}

fn classes(classes: usize, code: impl Fn(usize) -> u32) -> Target {
    Target::Classes { codes: (0..ROWS).map(code).collect(), classes }
}

fn texts(name: &str, text: impl Fn(usize) -> Option<String>) -> Column {
    let texts: Vec<Option<String>> = (0..ROWS).map(text).collect();
    Column::category(name, texts.iter().map(Option::as_deref))
}

fn dates(name: &str, day: impl Fn(usize) -> Option<i64>) -> Column {
    let values = Values::Date((0..ROWS).map(|row| day(row).map(|d| d * 86_400)).collect());
    Column { name: name.into(), kind: Kind::Date, values }
}

/// The names of the columns flagged as leaks.
fn leaks(columns: Vec<Column>, target: &Target) -> Vec<String> {
    let columns = Table::new(columns);
    let flags = suspects(&columns.columns().iter().collect::<Vec<_>>(), target, 42);
    flags.into_iter().filter(|f| matches!(f.finding, Finding::Leak { .. })).map(|f| f.column).collect()
}

#[test]
fn a_column_that_knows_the_class_is_flagged_whatever_its_kind() {
    let x = noise(1);
    let positive = |row: usize| x[row] > 0.7;
    let target = classes(2, |row| u32::from(positive(row)));
    let other = noise(2);
    let numbers = |f: &dyn Fn(usize) -> f64| (0..ROWS).map(f).collect::<Vec<f64>>();
    let leaky = vec![
        texts("status", |row| Some(if positive(row) { "gone" } else { "here" }.into())),
        texts("spread over levels", |row| Some(format!("{}{}", u8::from(positive(row)), row % 40))),
        texts("only nulls say it", |row| (!positive(row)).then(|| format!("{}", row % 7))),
        Column { kind: Kind::Bool, ..Column::number("flag", numbers(&|row| f64::from(positive(row)))) },
        Column::number("monotonic", numbers(&|row| -x[row])),
        Column::number(
            "high and low",
            numbers(&|row| (x[row] - 0.7) * if row % 2 == 0 { 1.0 } else { -1.0 })
                .iter()
                .zip(&x)
                .map(|(d, x)| if *x > 0.7 { 5.0 * d.signum() + d } else { *d })
                .collect(),
        ),
        Column::number("refund", numbers(&|row| if positive(row) { 1.0 + other[row] } else { 0.0 })),
        Column::number("customer", numbers(&|row| ((row % 150) * 2 + usize::from(positive(row))) as f64 * 13.0)),
        dates("cancelled on", |row| positive(row).then_some(row as i64)),
        dates("last seen", |row| Some(if positive(row) { 20_000 } else { 21_000 } + row as i64 % 900)),
    ];
    let names: Vec<String> = leaky.iter().map(|c| c.name.clone()).collect();
    assert_eq!(leaks(leaky, &target), names);

    let honest = vec![
        Column::number("noise", other.clone()),
        Column::number("good", numbers(&|row| x[row] + 0.5 * other[row])),
        texts("one a row", |row| Some(format!("{row}"))),
        texts("guess", |row| Some(if positive(row) != (row % 9 == 0) { "a" } else { "b" }.into())),
        dates("any day", |row| Some((other[row] * 1000.0) as i64)),
        Column::number("nothing", vec![f64::NAN; ROWS]),
    ];
    assert_eq!(leaks(honest, &target), Vec::<String>::new());
}

#[test]
fn several_classes_are_scored_one_against_the_rest() {
    let x = noise(3);
    let class = |row: usize| (x[row] * 23.0) as u32;
    let target = classes(23, class);
    let columns = vec![
        texts("label", |row| Some(format!("c{}", class(row)))),
        Column::number("number", x.clone()),
        // Tells only whether it is the first class.
        texts("part", |row| Some(format!("{}", class(row) == 0))),
    ];
    assert_eq!(leaks(columns, &target), ["label", "number"]);
}

#[test]
fn a_numeric_target_is_scored_by_r2() {
    let x = noise(4);
    // Prices with a long tail, where the last rows hold most of the variance.
    let price: Vec<f64> = x.iter().map(|x| 100.0 / (1.002 - x)).collect();
    let target = Target::Values(price.clone());
    let level = |row: usize| (x[row] * 50.0).floor() / 50.0;
    let by_level = Target::Values((0..ROWS).map(|row| level(row) * 8.0 + 1.0).collect());
    let copies = vec![
        Column::number("in other units", price.iter().map(|p| 0.01 * p + 7.0).collect()),
        Column::number("logarithm", price.iter().map(|p| -p.ln()).collect()),
        Column::number("noise", noise(5)),
    ];
    assert_eq!(leaks(copies, &target), ["in other units", "logarithm"]);
    let columns = vec![
        texts("level", |row| Some(format!("l{}", level(row)))),
        Column::number("rough", (0..ROWS).map(|row| x[row] + 0.3 * noise(6)[0] * (row % 7) as f64).collect()),
        texts("noise", |row| Some(format!("{}", row % 50))),
    ];
    assert_eq!(leaks(columns, &by_level), ["level"]);
    let huge = Target::Values((0..ROWS).map(|row| if row % 2 == 0 { f64::MAX } else { f64::MIN }).collect());
    assert_eq!(leaks(vec![Column::number("x", x)], &huge), Vec::<String>::new());
}

#[test]
fn too_few_rows_say_nothing() {
    let target = Target::Classes { codes: vec![0, 0, 0, 1, 1, 1, 1, 1], classes: 2 };
    let column = Column::number("x", vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(suspects(&[&column], &target, 1), []);
    assert_eq!(
        suspects(&[&column.select(&[])], &Target::Values(vec![]), 1),
        [Flag { column: "x".into(), finding: Finding::Constant }]
    );
}

#[test]
fn findings_keep_the_order_of_the_columns_at_any_number_of_threads() {
    let x = noise(7);
    let target = classes(2, |row| u32::from(x[row] > 0.5));
    let mut columns = vec![
        Column { kind: Kind::Integer, ..Column::number("n", (0..ROWS).map(|row| row as f64).collect()) },
        Column::number("one", vec![1.0; ROWS]),
    ];
    columns
        .extend((0..20).map(|i| Column::number(format!("x{i}"), x.iter().map(|x| x + 0.01 * f64::from(i)).collect())));
    let columns: Vec<&Column> = columns.iter().collect();
    let found = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| suspects(&columns, &target, 42))
    };
    let one = found(1);
    assert_eq!(one.len(), 22);
    assert_eq!(one[0].finding, Finding::IdLike { distinct: 2000, rows: 2000 });
    assert_eq!(one[1].finding, Finding::Constant);
    assert_eq!(one, found(8));
    let json = serde_json::to_value(&one[2]).unwrap();
    assert_eq!((&json["column"], &json["finding"], &json["metric"]), (&"x0".into(), &"leak".into(), &"roc_auc".into()));
    assert_eq!(serde_json::from_value::<Flag>(json).unwrap(), one[2]);
}
