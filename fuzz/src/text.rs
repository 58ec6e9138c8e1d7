//! `clean_text`, `language` and `vectorize` on any text.

use mlops::data::{Block, Column, Strings, Table, Target};
use mlops::transforms::{Entry, Features, FitContext, REGISTRY, Step, apply_fix};
use mlops::yaml::Node;
use serde_json::{Value as Json, json};

/// What each text stands beside, so that there is something to learn from.
const OTHERS: [Option<&str>; 3] = [Some("good tablet, very good"), None, Some("not bad: 日本語 naïve")];

/// The text of the input, damaged bytes replaced: cleaned ones hold nothing that should be gone, a row is the same alone
/// as among others, and a vocabulary reads back as it was written.
pub fn text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let rows: Vec<Option<&str>> = OTHERS.into_iter().chain([Some(text.as_ref())]).collect();
    let cleaned = fixed("clean_text", json!({"columns": ["t"]}), &rows);
    for text in cleaned.iter().flatten() {
        let hidden = |c: char| (c.is_control() || c == char::REPLACEMENT_CHARACTER) || (c.is_whitespace() && c != ' ');
        assert!(!text.is_empty() && text.trim() == text && !text.contains("  ") && !text.contains(hidden), "{text:?}");
    }
    fixed("language", json!({"column": "t", "name": "t2", "min_letters": 1}), &rows);
    for params in [
        json!({"columns": ["t"], "ngram_range": [1, 3], "sublinear_tf": true}),
        json!({"columns": ["t"], "stemmer": "english", "stop_words": "spanish", "max_features": 5}),
        json!({"columns": ["t"], "stemmer": "spanish", "lowercase": false, "method": "count"}),
        json!({"columns": ["t"], "analyzer": "char", "ngram_range": [1, 2], "norm": "l1"}),
        json!({"columns": ["t"], "analyzer": "char_wb", "ngram_range": [2, 5], "min_df": 2}),
        json!({"columns": ["t"], "method": "hashing", "n_features": 16, "ngram_range": [1, 2]}),
    ] {
        vectorized(params, &rows);
    }
}

fn entry(name: &str) -> &'static Entry {
    REGISTRY.iter().find(|entry| entry.name == name).unwrap()
}

fn table(rows: &[Option<&str>]) -> Table {
    Table::new(vec![Column::text("t", rows.iter().copied().collect::<Strings>())])
}

/// The texts after a fix, which are the same for a row alone.
fn fixed(name: &str, params: Json, rows: &[Option<&str>]) -> Vec<Option<String>> {
    let Ok(Step::ColumnFix(fix)) = (entry(name).build)(&Node::from_json(&params)) else { panic!("{name}") };
    let apply = |rows: &[Option<&str>]| {
        let mut table = table(rows);
        apply_fix(fix.as_ref(), &mut table).unwrap();
        let last = table.columns().len() - 1;
        (0..rows.len()).map(|row| table.columns()[last].to_json(row).as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let all = apply(rows);
    rows.iter().zip(&all).for_each(|(row, expected)| assert_eq!(apply(&[*row]), std::slice::from_ref(expected)));
    all
}

fn vectorized(params: Json, rows: &[Option<&str>]) {
    let entry = entry("vectorize");
    let Ok(Step::Learned(step)) = (entry.build)(&Node::from_json(&params)) else { panic!("{params}") };
    let target = Target::Values(vec![0.0; rows.len()]);
    let context = FitContext { target: &target, seed: 1, copies: None };
    let (fitted, trained) = match step.fit(Features::new(table(rows)), &context) {
        Ok(learned) => learned,
        Err(e) => return assert!(e.message().contains("no term")),
    };
    let bytes = fitted.encode().unwrap();
    let loaded = entry.load.unwrap()(&bytes).unwrap();
    assert_eq!(loaded.encode().unwrap(), bytes);
    let Block::Sparse(all) = &trained.blocks[0].1 else { panic!("{params}") };
    assert!(all.values.iter().all(|value| value.is_finite()));
    assert_eq!(all.width, trained.blocks[0].0.len());
    for row in 0..rows.len() {
        let alone = loaded.apply(Features::new(table(&rows[row..=row]))).unwrap();
        assert!(alone.blocks[0].1 == Block::Sparse(all.select(&[row])), "{params}: {row}");
    }
}
