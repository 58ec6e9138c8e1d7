//! export and import: trees to XGBoost's JSON model and back, and the matrix they see as CSV.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::predict::{input, output};
use super::{Context, Report, rows};
use crate::data::{Column, Kind, ROW_ID, Strings, Table, artifact};
use crate::error::{Error, Result};
use crate::fs;
use crate::models;
use crate::package::ModelPackage;

/// Rows written at a time, at the most.
const ROWS: usize = 4096;
/// Cells written at a time: 32 MB as they are taken, and as much again as columns.
const CELLS: usize = 1 << 22;
/// Bytes of a file that is imported, at the most.
const LARGEST: u64 = 1 << 30;

/// What `export` is asked for.
#[derive(Debug, Clone)]
pub struct ExportOptions {
    /// The model file.
    pub model: PathBuf,
    /// Where the trees go, `-` for standard output; none where only the matrix is wanted.
    pub output: Option<PathBuf>,
    /// Rows, and where their matrix goes.
    pub matrix: Option<(PathBuf, PathBuf)>,
}

/// Writes a model's trees as XGBoost's JSON model, and rows as the matrix that the trees see.
///
/// # Errors
/// Exit code 2 for a model that is not made of trees; as of `predict` for rows that cannot be read.
pub fn export(ctx: &Context, options: &ExportOptions) -> Result<Report> {
    let shown = |path: &Path| super::predict::shown(ctx, path);
    let mut report = Report { stage: "export".into(), ..Report::default() };
    let rows = options.matrix.as_ref().map(|(rows, _)| rows.as_path());
    let reads = [(Some(options.model.as_path()), "the model"), (rows, "the rows")];
    for (place, ending) in [(options.output.as_ref(), "json"), (options.matrix.as_ref().map(|m| &m.1), "csv")] {
        if let Some(place) = place.filter(|place| place.as_os_str() != "-") {
            output::check_other(ctx, place, &reads, ending)?;
        }
    }
    let package = ModelPackage::load(&options.model, &shown(&options.model))?;
    if let Some(place) = &options.output {
        let json = package.xgboost_json()?;
        write(place, &mut |w| w.write_all(json.as_bytes()).map_err(|e| fs::write_error(place, e)))?;
        report.outputs.extend((place.as_os_str() != "-").then(|| shown(place)));
    }
    if let Some((rows, place)) = &options.matrix {
        let (texts, _) = input::read(ctx, rows, &package)?;
        report.rows_in = Some(texts.rows() as u64);
        write(place, &mut |w| write_matrix(w, place, &package, &texts))?;
        report.rows_out = report.rows_in;
        report.outputs.extend((place.as_os_str() != "-").then(|| shown(place)));
    }
    Ok(report)
}

/// Writes a file whole or not at all, or, by the name `-`, to standard output.
pub(super) fn write(place: &Path, render: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<()> {
    if place.as_os_str() != "-" {
        return fs::atomic_write(place, |w| render(w));
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    render(&mut out)?;
    out.flush().map_err(|e| fs::write_error(Path::new("standard output"), e))
}

/// Row id and features, as the single precision that trees compare; missing and absent values are empty.
fn write_matrix(writer: &mut dyn Write, place: &Path, package: &ModelPackage, texts: &Table) -> Result<()> {
    let features = package.features(texts, &rows::namer(texts))?;
    let ids = rows::ids(texts).cloned().unwrap_or_else(|| (1..=texts.rows()).map(|id| Some(id.to_string())).collect());
    let names = package.xgboost_names();
    let at_once = (CELLS / names.len().max(1)).clamp(1, ROWS);
    for from in (0..texts.rows().max(1)).step_by(at_once) {
        let chunk: Vec<usize> = (from..texts.rows().min(from + at_once)).collect();
        let name = |row: usize| rows::namer(texts)(from + row);
        let matrix = package.matrix(&features.select_rows(&chunk), &name)?;
        let values = matrix.to_row_major(f64::NAN);
        let of_chunk: Strings = chunk.iter().map(|row| ids.get(*row)).collect();
        let mut columns = vec![Column { kind: Kind::Id, ..Column::text(ROW_ID, of_chunk) }];
        columns.extend(names.iter().enumerate().map(|(at, name)| {
            let column = values.iter().skip(at).step_by(names.len());
            Column::number(name.as_str(), column.map(|value| f64::from(models::narrow(*value))).collect())
        }));
        let table = Table::new(columns);
        match from {
            0 => artifact::write_csv(writer, place, &table)?,
            _ => artifact::write_csv_rows(writer, place, &table)?,
        }
    }
    Ok(())
}

/// What `import` is asked for.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// XGBoost's JSON model.
    pub file: PathBuf,
    /// The model file whose transforms it was trained behind.
    pub like: PathBuf,
    /// The model file to be written.
    pub output: PathBuf,
}

/// Writes a model file of another's transforms and of trees that XGBoost grew.
///
/// # Errors
/// Exit code 3 for a file that is damaged, or does not fit the transforms and the target.
pub fn import(ctx: &Context, options: &ImportOptions) -> Result<Report> {
    let shown = |path: &Path| super::predict::shown(ctx, path);
    let reads = [(Some(options.file.as_path()), "the file to import"), (Some(options.like.as_path()), "the model")];
    output::check_other(ctx, &options.output, &reads, "bin")?;
    let like = ModelPackage::load(&options.like, &shown(&options.like))?;
    let name = shown(&options.file);
    if !options.file.exists() {
        return Err(Error::data(format!("`{name}` does not exist")));
    }
    let size = fs::size(&options.file)?;
    if size > LARGEST {
        return Err(Error::data(format!("`{name}` has {size} bytes, and at most {LARGEST} are read"))
            .hint("train with fewer or shallower trees"));
    }
    let text = String::from_utf8(fs::read(&options.file)?).map_err(|_| {
        Error::data(format!("`{name}` is not text, and so no JSON"))
            .hint("write it with XGBoost's own `save_model(\"model.json\")`; the ending `.json` counts")
    })?;
    let (package, notes) = like.with_xgboost_json(&text).map_err(|e| e.context(format!("`{name}`")))?;
    package.save(&options.output)?;
    Ok(Report { stage: "import".into(), notes, outputs: vec![shown(&options.output)], ..Report::default() })
}
