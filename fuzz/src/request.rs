//! Bodies of requests: whatever their bytes are, they are refused or answered. The first byte chooses how they are read.

use std::sync::LazyLock;

use mlops::data::Values;
use mlops::package::ModelPackage;
use mlops::serving::contract::{Contract, Policy, Rows, read_csv, read_envelope, read_lines, read_records};

static MODEL: LazyLock<(ModelPackage, Contract)> = LazyLock::new(|| {
    let package = ModelPackage::from_bytes(include_bytes!("../seeds/model/dt_two"), "seed").unwrap();
    let contract = Contract::of(&package);
    (package, contract)
});

/// Most rows of a request.
const MOST: usize = 100;

/// Read, and asked for an answer: every row has one, and none comes from a field that was refused.
pub fn request(data: &[u8]) {
    let Some((how, body)) = data.split_first() else { return };
    let (package, contract) = &*MODEL;
    let policy = [Policy::Strict, Policy::Lenient, Policy::Mlflow][usize::from(how / 4 % 3)];
    let mut rows = Rows::new(contract, policy, MOST);
    let read = match how % 4 {
        0 => read_records(body, &mut rows).map(|_| ()),
        1 => read_envelope(body, &mut rows).map(|_| ()),
        2 => read_lines(body, &mut rows),
        _ => read_csv(body, &mut rows),
    };
    if read.is_err() {
        return;
    }
    assert!(rows.len() <= MOST);
    if !rows.refused.is_empty() {
        assert!(rows.refused.len() >= rows.refused.listed.len());
        return;
    }
    assert!(policy != Policy::Strict || rows.warnings.is_empty());
    let count = rows.len();
    let Ok((typed, _)) = rows.fitting() else { panic!("a row that was taken cannot be typed") };
    let row_name = |row: usize| format!("row {row}");
    let Ok(features) = package.fixed(typed) else { panic!("a row that was taken cannot be fixed") };
    assert!(features.columns().iter().all(|column| column.len() == count));
    let Ok(scores) = package.scores(std::borrow::Cow::Borrowed(&features), &row_name) else { return };
    assert_eq!(scores.rows(), count);
    for row in 0..count {
        package.info.answer(scores.row(row));
    }
    // What is strictly taken is in range.
    if policy == Policy::Strict {
        for column in features.columns().iter().filter(|column| column.name == "a") {
            let Values::Number(values) = &column.values else { continue };
            assert!(values.iter().all(|a| (-3.0..=3.0).contains(a)));
        }
    }
}
