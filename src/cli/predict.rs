//! `predict`: new rows through a model.

use std::path::Path;
use std::time::Instant;

use super::args::{PredictArgs, RowFormat};
use super::failures::Failures;
use super::session::Session;
use super::table::counted;
use super::{account, stage};
use crate::stages::{self, Format, PredictOptions};

/// Checks everything, then predicts.
pub fn run(session: &Session, args: &PredictArgs) -> Result<(), Failures> {
    session.check()?;
    let start = Instant::now();
    let resolve = |path: &Option<std::path::PathBuf>| path.as_deref().map(|p: &Path| session.resolve(p));
    let options = PredictOptions {
        input: resolve(&args.input),
        output: resolve(&args.output),
        model: resolve(&args.model),
        format: args.format.map(|format| match format {
            RowFormat::Csv => Format::Csv,
            RowFormat::Jsonl => Format::JsonLines,
        }),
    };
    let report = stages::predict(&session.context(), &options)?;
    if report.outputs.is_empty() {
        // stdout holds the predictions, so the account goes beside it.
        let printer = session.printer;
        report.warnings.iter().for_each(|warning| printer.warning(warning));
        let rows = counted(report.rows_out.unwrap_or_default());
        printer.note(&format!("{rows} in {}", account::seconds(start.elapsed())));
        return Ok(());
    }
    Ok(stage::tell(session, &report, start)?)
}
