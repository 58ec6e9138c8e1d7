//! The model file: whatever its bytes say, it is refused or it answers. An input is a file without its
//! checksum, so that a change gets past it.

use mlops::data::{Column, Kind, Table, Values};
use mlops::error::Result;
use mlops::package::ModelPackage;
use xxhash_rust::xxh3::xxh3_64;

const SHOWN: &str = "m.bin";

/// Read, asked for two rows, written and read again: the bytes are the same from then on.
pub fn model(data: &[u8]) {
    ModelPackage::inspect(data, SHOWN).ok();
    let mut bytes = data.to_vec();
    bytes.extend(xxh3_64(data).to_le_bytes());
    let Ok(package) = ModelPackage::from_bytes(&bytes, SHOWN) else { return };
    package.importance();
    package.notes();
    answer(&package).ok();
    let Ok(written) = package.to_bytes() else { return };
    match ModelPackage::from_bytes(&written, SHOWN).and_then(|again| again.to_bytes()) {
        Ok(again) => assert_eq!(written, again),
        Err(e) => panic!("what was written cannot be read: {e}"),
    }
}

/// Raw rows to classes, the whole way; one row alone scores the same.
fn answer(package: &ModelPackage) -> Result<()> {
    let columns = package.info.recipe.typing.columns.iter().map(|typed| {
        let texts = match typed.kind {
            Kind::Number | Kind::Integer | Kind::Bool => ["1", ""],
            Kind::Date => ["2024-01-31", ""],
            Kind::Category | Kind::Text | Kind::Id => ["red", "new"],
        };
        Column::text(typed.name.clone(), texts.map(Some).into_iter().collect())
    });
    let texts = Table::new(columns.collect());
    let row_name = |row: usize| format!("row {row}");
    let features = package.features(&texts, &row_name)?;
    assert_eq!(features.rows(), texts.rows());
    package.unknown_levels(&features);
    let scores = package.scores(std::borrow::Cow::Borrowed(&features), &row_name)?;
    assert_eq!(package.info.decision.classes(&scores).len(), scores.rows());
    if scores.rows() == 2 {
        let second = package.scores(std::borrow::Cow::Owned(features.select_rows(&[1])), &row_name)?;
        let bits = |row: &[f64]| row.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(scores.row(1)), bits(second.row(0)));
    }
    assert!(features.columns().iter().all(|c| !matches!(&c.values, Values::Text(t) if t.len() != features.rows())));
    Ok(())
}
