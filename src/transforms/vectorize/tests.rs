use super::*;
use crate::data::{Table, Target};
use crate::yaml::parse;

fn step(params: &str) -> Result<Settings> {
    parse(params, "f.yaml")?.to::<Params>()?.settings()
}

pub fn features(texts: &[Option<&str>]) -> Features {
    Features::new(Table::new(vec![Column::text("t", texts.iter().copied().collect())]))
}

pub fn fit(params: &str, texts: &[Option<&str>]) -> Result<(Box<dyn FittedTransform>, Features)> {
    let target = Target::Values(vec![0.0; texts.len()]);
    step(params)?.fit(features(texts), &FitContext { target: &target, seed: 1, copies: None })
}

pub fn names(features: &Features) -> Vec<&str> {
    features.blocks.iter().flat_map(|(names, _)| names.iter().map(String::as_str)).collect()
}

const TEXTS: [Option<&str>; 5] =
    [Some("good tablet, very good"), Some("Bad tablet"), None, Some("!"), Some("not bad: a good, very good tablet")];

#[test]
fn a_text_becomes_a_feature_a_term() {
    for (params, expected) in [
        ("{columns: [t]}", "bad good not tablet very"),
        ("{columns: [t], lowercase: false}", "Bad bad good not tablet very"),
        ("{columns: [t], min_df: 2}", "bad good tablet very"),
        ("{columns: [t], max_df: 0.4}", "bad good not very"),
        ("{columns: [t], max_df: 1}", "not"),
        ("{columns: [t], max_features: 2}", "good tablet"),
        ("{columns: [t], max_features: 3}", "bad good tablet"),
        ("{columns: [t], max_features: 2, binary: true}", "bad tablet"),
        ("{columns: [t], stop_words: english}", "bad good not tablet"),
        ("{columns: [t], stop_words: [Good, tablet]}", "bad not very"),
        (
            "{columns: [t], ngram_range: [2, 3], stop_words: [very]}",
            "bad_good bad_good_good bad_tablet good_good good_good_tablet good_tablet good_tablet_good not_bad not_bad_good tablet_good",
        ),
        ("{columns: [t], ngram_range: [1, 2], min_df: 2}", "bad good good_tablet tablet very very_good"),
        ("{columns: [t], ngram_range: [3, 3], max_features: 1}", "bad_good_very"),
        ("{columns: [t], analyzer: char_wb, ngram_range: [4, 4], max_features: 2}", "_goo good"),
    ] {
        let (_, features) = fit(params, &TEXTS).unwrap();
        let found: Vec<String> = names(&features).iter().map(|name| name[2..].replace(' ', "_")).collect();
        assert_eq!(found.join(" "), expected, "{params}");
    }
}

#[test]
fn rows_are_the_same_alone_as_together_and_with_any_threads() {
    let texts: Vec<String> = (0..3000)
        .map(|i| (0..i % 40).map(|k| format!("word{} ", (i * 31 + k * k * 7) % 400)).collect::<String>())
        .collect();
    let texts: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
    for params in [
        "{columns: [t], ngram_range: [1, 3], max_features: 2000, min_df: 2, sublinear_tf: true}",
        "{columns: [t], analyzer: char_wb, ngram_range: [2, 4], max_features: 500, norm: l1}",
        "{columns: [t], method: hashing, n_features: 1000, ngram_range: [1, 2]}",
    ] {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit(params, &texts).unwrap())
        };
        let (fitted, trained) = with(1);
        let (again, trained_again) = with(3);
        let bytes = fitted.encode().unwrap();
        assert!(trained == trained_again && bytes == again.encode().unwrap(), "{params}");
        let loaded = Fitted::load(&bytes).unwrap();
        assert!(loaded.apply(features(&texts)).unwrap().blocks == trained.blocks, "{params}");
        let Block::Sparse(batch) = &trained.blocks[0].1 else { panic!() };
        for row in (0..3000).step_by(97) {
            let alone = loaded.apply(features(&texts[row..=row])).unwrap();
            assert!(alone.blocks[0].1 == Block::Sparse(batch.select(&[row])), "{params}: {row}");
        }
    }
}

#[test]
fn what_cannot_work_is_refused_in_its_place() {
    for (params, expected) in [
        ("{columns: []}", "f.yaml:1:11: `columns`: expected at least one column"),
        (
            "{columns: [t], ngram_range: [2, 1]}",
            "f.yaml:1:29: `ngram_range`: expected two whole numbers from 1 to 16, the smaller one first",
        ),
        (
            "{columns: [t], min_df: 0}",
            "f.yaml:1:24: `min_df`: expected a number of rows or a share of them, found the integer `0`",
        ),
        ("{columns: [t], n_features: 8}", "f.yaml:1:28: `n_features`: this goes with `method: hashing` only"),
        ("{columns: [t], method: count, use_idf: true}", "f.yaml:1:40: `use_idf`: this goes with `method: tfidf` only"),
        ("{columns: [t], method: hashing, min_df: 2}", "f.yaml:1:41: `min_df`: hashing has no vocabulary to limit"),
        (
            "{columns: [t], analyzer: char, stemmer: english}",
            "f.yaml:1:41: `stemmer`: this goes with `analyzer: word` only",
        ),
        ("{columns: [t], stop_words: french}", "f.yaml:1:28: `stop_words`: unknown value `french`"),
    ] {
        assert_eq!(step(params).err().unwrap().message(), expected, "{params}");
    }
    let error = fit("{columns: [t], min_df: 5}", &TEXTS).err().unwrap();
    assert_eq!(error.message(), "no term of the column `t` is within the limits");
}

#[test]
fn unknown_and_hostile_texts_give_rows() {
    let (fitted, _) = fit("{columns: [t], ngram_range: [1, 2]}", &TEXTS).unwrap();
    let long = "good ".repeat(200_000);
    let distinct: String = (0..300_000).map(|i| format!("w{i} ")).collect();
    let texts = [
        ("слово 日本語 कि", 0),
        ("\u{202e}\u{0}\u{fffd}", 0),
        ("unseen good unseen", 1),
        ("good\u{0}tablet", 3),
        (long.as_str(), 1),
        (distinct.as_str(), 0),
        ("", 0),
    ];
    let rows: Vec<Option<&str>> = texts.iter().map(|(text, _)| Some(*text)).collect();
    let features = fitted.apply(features(&rows)).unwrap();
    let Block::Sparse(block) = &features.blocks[0].1 else { panic!() };
    let found: Vec<usize> = block.starts.windows(2).map(|range| range[1] - range[0]).collect();
    assert_eq!(found, texts.map(|(_, terms)| terms));
    assert!(block.values.iter().all(|value| value.is_finite()));
}
