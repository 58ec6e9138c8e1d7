//! What holds for every registered transform, whatever it does.

use std::collections::BTreeSet;

use super::{ColumnFix, Entry, Features, FitContext, Phase, REGISTRY, RowFilter, Step, columns, find};
use crate::data::{Block, Column, Kind, SplitMix64, Table, Target, Values};
use crate::yaml::{Node, Value, parse};
use serde_json::{Value as Json, json};

/// Parameters to try each transform with; every entry must have some.
const EXAMPLES: &[(&str, &str)] = &[
    ("drop_columns", "{columns: [free, note]}"),
    ("drop_duplicates", "{}"),
    ("drop_duplicates", "{columns: [plan, paid]}"),
    ("drop_missing", "{columns: [x, plan]}"),
    ("range", "{column: x, min: -1, max: 1}"),
    ("range", "{column: x, min: -1, on_violation: null}"),
    ("range", "{column: x, min: -1e9, on_violation: error}"),
    ("filter", "{where: \"x > 0 or plan == 'gold'\"}"),
    ("map_values", "{column: plan, values: {gold: silver}}"),
    ("map_values", "{column: plan, values: {gold: 1}, default: null}"),
    ("map_values", "{column: count, values: {1: one, 2: null}}"),
    ("map_values", "{column: note, values: {a b: c}, default: d}"),
    ("expression", "{name: e, value: \"if(x > 0 and paid, log(x) ^ 2, count / x)\"}"),
    ("expression", "{name: plan, value: \"coalesce(lower(plan), note, 'none')\"}"),
    ("bins", "{column: x, edges: [-1, 0, 1]}"),
    (
        "date_parts",
        "{column: day, parts: [year, quarter, month, day, weekday, hour, day_of_year, week, is_weekend, timestamp]}",
    ),
    ("text_length", "{column: note, unit: words}"),
    ("clean_text", "{columns: [note, plan]}"),
    ("clean_text", "{columns: [note], lowercase: false, max_repeats: null, whitespace: false}"),
    ("language", "{column: note, name: tongue, min_letters: 3}"),
    ("language", "{column: plan, min_letters: 1}"),
    ("interaction", "{columns: [x, count]}"),
    ("interaction", "{columns: [plan, note]}"),
    ("impute", "{indicator: true}"),
    ("impute", "{strategy: mean, columns: [x]}"),
    ("impute", "{strategy: most_frequent, indicator: true}"),
    ("impute", "{strategy: constant, value: none, columns: [plan, note]}"),
    ("clip_outliers", "{}"),
    ("clip_outliers", "{method: quantile, lower: 0.1, upper: 0.9}"),
    ("clip_outliers", "{method: quantile, lower: 0, upper: 1}"),
    ("drop_constant", "{}"),
    ("scale", "{}"),
    ("scale", "{method: minmax}"),
    ("scale", "{method: robust}"),
    ("encode", "{}"),
    ("encode", "{min_count: 20, columns: [plan, note, count]}"),
    ("encode", "{method: ordinal}"),
    ("encode", "{method: target, columns: [plan, count]}"),
    ("vectorize", "{columns: [note]}"),
    ("vectorize", "{columns: [plan, note], analyzer: char, ngram_range: [1, 3], method: count, max_features: 20}"),
    ("vectorize", "{columns: [note], analyzer: char_wb, ngram_range: [2, 3], norm: l1, sublinear_tf: true}"),
    ("vectorize", "{columns: [note], method: hashing, n_features: 64, ngram_range: [1, 2]}"),
    (
        "vectorize",
        "{columns: [note, plan], stop_words: english, stemmer: spanish, binary: true, norm: null, min_df: 0.01}",
    ),
];

const ROWS: usize = 200;

/// Random columns of every kind with nulls in each; `fresh` brings levels that others have not.
fn table(seed: u64, fresh: bool) -> Table {
    let mut random = SplitMix64::new(seed);
    let mut maybe = |value: f64| if random.below(6) == 0 { None } else { Some(value) };
    let mut numbers = SplitMix64::new(seed + 1);
    let x: Vec<f64> = (0..ROWS).map(|_| maybe(numbers.unit_f64() * 8.0 - 4.0).unwrap_or(f64::NAN)).collect();
    let count: Vec<f64> = (0..ROWS).map(|_| maybe(numbers.below(4) as f64).unwrap_or(f64::NAN)).collect();
    let paid: Vec<f64> = (0..ROWS).map(|_| maybe(numbers.below(2) as f64).unwrap_or(f64::NAN)).collect();
    let levels = if fresh { ["gold", "never", "seen", "free"] } else { ["gold", "free", "basic", "rare"] };
    let mut pick = |texts: [&'static str; 4]| -> Vec<Option<&'static str>> {
        (0..ROWS).map(|_| maybe(0.0).map(|_| texts[numbers.below(4)])).collect()
    };
    let (plan, note) = (pick(levels), pick(["a b", "", "çé x y", "long"]));
    let days = (0..ROWS).map(|row| (row % 7 != 0).then(|| row as i64 * 86_399_999 - 4_000_000_000)).collect();
    let ids = (0..ROWS).map(|row| Some(row.to_string())).collect();
    Table::new(vec![
        Column { kind: Kind::Id, ..Column::text(columns::ROW_ID, ids) },
        Column::number("x", x),
        Column { kind: Kind::Integer, ..Column::number("count", count) },
        Column { kind: Kind::Bool, ..Column::number("paid", paid) },
        Column::category("plan", plan),
        Column::text("note", note.into_iter().collect()),
        Column { name: "day".into(), kind: Kind::Date, values: Values::Date(days) },
        Column::number("free", vec![1.0; ROWS]),
    ])
}

fn features(seed: u64, fresh: bool) -> Features {
    let mut table = table(seed, fresh);
    table.remove(columns::ROW_ID);
    Features::new(table)
}

/// Everything a table says, to the bit and by text.
fn cells(table: &Table) -> Vec<(String, Kind, Vec<String>)> {
    let cell = |column: &Column, row: usize| match &column.values {
        Values::Number(v) if v[row].is_nan() => "null".to_owned(),
        Values::Number(v) => format!("{:x}", v[row].to_bits()),
        Values::Category(v) => format!("{:?}", v.get(row)),
        Values::Text(v) => format!("{:?}", v.get(row)),
        Values::Date(v) => format!("{:?}", v[row]),
    };
    let all = |c: &Column| (0..c.len()).map(|row| cell(c, row)).collect();
    table.columns().iter().map(|c| (c.name.clone(), c.kind, all(c))).collect()
}

fn assert_same(a: &Features, b: &Features, context: &str) {
    assert_eq!(cells(&a.table), cells(&b.table), "{context}");
    assert_eq!((a.rows, &a.blocks), (b.rows, &b.blocks), "{context}");
}

fn select(features: &Features, rows: &[usize]) -> Features {
    let block = |block: &Block| match block {
        Block::Dense(columns) => Block::Dense(columns.iter().map(|c| rows.iter().map(|r| c[*r]).collect()).collect()),
        Block::Sparse(sparse) => Block::Sparse(sparse.select(rows)),
    };
    Features {
        table: features.table.select_rows(rows),
        blocks: features.blocks.iter().map(|(names, b)| (names.clone(), block(b))).collect(),
        rows: rows.len(),
    }
}

fn entry(name: &str) -> &'static Entry {
    REGISTRY.iter().find(|e| e.name == name).unwrap()
}

/// Builds a step as a package does: from its parameters as JSON.
fn step(name: &str, params: &str) -> Step {
    let node = Node::from_json(&parse(params, "t.yaml").unwrap().to_json());
    (entry(name).build)(&node).unwrap_or_else(|e| panic!("{name} {params}: {e}"))
}

fn names(table: &Table) -> Vec<String> {
    table.names().into_iter().map(str::to_owned).collect()
}

fn check_filter(filter: &dyn RowFilter, context: &str) {
    let table = table(1, false);
    filter.check(&names(&table)).unwrap();
    let kept = filter.keep(&table).unwrap();
    assert_eq!(kept.keep.len(), ROWS, "{context}");
    assert!(!kept.reason.is_empty() && kept.keep.iter().any(|k| *k), "{context}");
    assert!(filter.keep(&table.select_rows(&[])).unwrap().keep.is_empty(), "{context}");
}

fn check_fix(fix: &dyn ColumnFix, context: &str) {
    let raw = table(1, false);
    let mut expected_names = names(&raw);
    fix.check(&mut expected_names).unwrap();
    let mut batch = raw.clone();
    fix.apply(&mut batch).unwrap();
    assert_eq!(batch.rows(), ROWS, "{context}");
    assert_eq!(names(&batch), expected_names, "{context}: `check` foresees the columns");
    for row in 0..ROWS {
        let mut one = raw.select_rows(&[row]);
        fix.apply(&mut one).unwrap();
        assert_eq!(cells(&one), cells(&batch.select_rows(&[row])), "{context}: row {row}");
    }
    fix.apply(&mut raw.select_rows(&[])).unwrap();
}

fn check_learned(entry: &Entry, build: &dyn Fn() -> Step, target: &Target, context: &str) {
    let Step::Learned(transform) = build() else { panic!("{context}") };
    let learn = || transform.fit(features(1, false), &FitContext { target, seed: 5, copies: None }).unwrap();
    let (fitted, trained) = learn();
    assert_eq!((trained.rows, trained.table.rows()), (ROWS, ROWS), "{context}");
    let (again, trained_again) = learn();
    let bytes = fitted.encode().unwrap();
    assert_eq!(bytes, again.encode().unwrap(), "{context}: fit is deterministic");
    assert_same(&trained, &trained_again, context);

    let loaded = entry.load.unwrap()(&bytes).unwrap();
    assert_eq!(loaded.encode().unwrap(), bytes, "{context}");
    assert!(entry.load.unwrap()(&bytes[..bytes.len() - 1]).is_err(), "{context}: truncated state is refused");
    let new = features(2, true);
    let batch = fitted.apply(new.clone()).unwrap();
    assert_eq!(batch.rows, ROWS);
    assert_same(&batch, &loaded.apply(new.clone()).unwrap(), context);
    for row in 0..ROWS {
        let one = loaded.apply(select(&new, &[row])).unwrap();
        assert_same(&one, &select(&batch, &[row]), context);
    }
    loaded.apply(select(&new, &[])).unwrap();
}

#[test]
fn every_transform_keeps_the_promises_of_its_phase() {
    let targets = [
        Target::Classes { codes: (0..ROWS as u32).map(|r| r * r % 7 % 2).collect(), classes: 2 },
        Target::Classes { codes: (0..ROWS as u32).map(|r| r * r % 7 % 3).collect(), classes: 3 },
        Target::Values((0..ROWS).map(|r| (r as f64).sqrt()).collect()),
    ];
    for (name, params) in EXAMPLES {
        let context = format!("{name} {params}");
        let phase = match step(name, params) {
            Step::RowFilter(filter) => {
                check_filter(filter.as_ref(), &context);
                Phase::RowFilter
            }
            Step::ColumnFix(fix) => {
                check_fix(fix.as_ref(), &context);
                Phase::ColumnFix
            }
            Step::Learned(_) => {
                targets.iter().for_each(|t| check_learned(entry(name), &|| step(name, params), t, &context));
                Phase::Learned
            }
        };
        assert!(entry(name).phases.contains(&phase), "{context}");
    }
    for entry in REGISTRY {
        assert!(EXAMPLES.iter().any(|(name, _)| *name == entry.name), "`{}` has no example", entry.name);
        assert_eq!(entry.load.is_some(), entry.phases.contains(&Phase::Learned), "{}", entry.name);
    }
}

#[test]
fn every_parameter_is_documented_and_every_documented_one_exists() {
    for entry in REGISTRY {
        let schema = (entry.schema)().to_value();
        let params = schema["properties"].as_object().unwrap();
        assert!(!entry.summary.is_empty() && params.values().all(|p| p["description"].is_string()), "{}", entry.name);
        let wrong =
            Node::new(Value::Mapping(vec![(Node::new(Value::String("zzzzzz".into())), Node::new(Value::Null))]));
        let error = (entry.build)(&wrong).err().unwrap();
        let keys = error.hint_text().unwrap().strip_prefix("keys: ").unwrap().split(';').next().unwrap();
        let documented: BTreeSet<&str> = params.keys().map(String::as_str).collect();
        match keys.split_once(", … (") {
            None => assert_eq!(keys.split(", ").collect::<BTreeSet<_>>(), documented, "{}", entry.name),
            // A long list is cut, and tells how long it is.
            Some((some, all)) => {
                assert!(some.split(", ").all(|key| documented.contains(key)), "{}: {keys}", entry.name);
                assert_eq!(all, format!("{} in all)", documented.len()), "{}", entry.name);
            }
        }
    }
    let distinct: BTreeSet<&str> = REGISTRY.iter().map(|e| e.name).collect();
    assert_eq!(distinct.len(), REGISTRY.len());
}

#[test]
fn the_schema_says_what_is_accepted() {
    for entry in REGISTRY {
        let schema = (entry.schema)().to_value();
        let examples: Vec<Json> = EXAMPLES
            .iter()
            .filter(|(name, _)| *name == entry.name)
            .map(|(_, params)| parse(params, "").unwrap().to_json())
            .collect();
        // How many of the examples are accepted with this value in place.
        let builds = |name: &str, value: &Json| {
            let with = |example: &Json| {
                let mut params = example.clone();
                params[name] = value.clone();
                Node::from_json(&params)
            };
            examples.iter().filter(|example| (entry.build)(&with(example)).is_ok()).count()
        };
        for (name, param) in schema["properties"].as_object().unwrap() {
            if let Some(default) = param.get("default") {
                assert!(builds(name, default) > 0, "{} {name}: {default}", entry.name);
            }
            for (bound, step) in [("minimum", -1), ("maximum", 1)] {
                let Some(at) = param.get(bound).and_then(Json::as_f64) else { continue };
                let value =
                    |x: f64| if param["type"].to_string().contains("integer") { json!(x as i64) } else { json!(x) };
                assert!(builds(name, &value(at)) > 0, "{} {name}: {at}", entry.name);
                assert_eq!(builds(name, &value(at + f64::from(step))), 0, "{} {name}: {at} {step}", entry.name);
            }
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            assert_eq!(builds(name, &Json::Null), 0, "{} {name} is not required", entry.name);
        }
    }
}

#[test]
fn a_missing_column_is_a_data_error_and_an_unknown_one_a_located_suggestion() {
    let Step::ColumnFix(fix) = step("range", "{column: x, min: 0, on_violation: error}") else { panic!() };
    let error = fix.apply(&mut Table::new(vec![Column::number("y", vec![1.0])])).unwrap_err();
    assert_eq!((error.code(), error.message()), (crate::error::Code::Data, "column `x` not found"));

    let node = parse("{columns: [free, pla]}", "clean.yaml").unwrap();
    let Step::ColumnFix(fix) = (entry("drop_columns").build)(&node).unwrap() else { panic!() };
    let error = fix.check(&mut names(&table(1, false))).unwrap_err();
    assert_eq!(error.message(), "clean.yaml:1:18: `columns[1]`: column `pla` not found");
    assert!(error.hint_text().unwrap().starts_with("did you mean `plan`?"));
}

#[test]
fn a_transform_in_the_wrong_place_is_refused_with_a_hint() {
    let name = |text: &str| parse(text, "clean.yaml").unwrap();
    let here = [Phase::RowFilter, Phase::ColumnFix];
    assert_eq!(find(&name("range"), &here).unwrap().name, "range");
    let error = find(&name("scale"), &here).err().unwrap();
    assert_eq!(error.hint_text(), Some("it learns from rows, so it belongs under `features.learned`"));
    let error = find(&name("drop_colums"), &here).err().unwrap();
    assert!(error.hint_text().unwrap().starts_with("did you mean `drop_columns`?"));
}
