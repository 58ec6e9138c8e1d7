//! `export` and `import`: models to other programs and back.

use std::path::PathBuf;
use std::time::Instant;

use super::args::{ExportArgs, ImportArgs, ModelFormat};
use super::failures::Failures;
use super::session::Session;
use super::stage;
use crate::error::Error;
use crate::stages::{self, ExportOptions, ImportOptions};

/// Writes the trees, the matrix, or both.
pub fn export(session: &Session, args: &ExportArgs) -> Result<(), Failures> {
    let start = Instant::now();
    // The only one so far.
    let ModelFormat::XgboostJson = args.format;
    let matrix = args.input.as_deref().zip(args.matrix.as_deref());
    // A matrix alone needs no trees; whoever names no place at all gets the trees on stdout.
    let trees = args.output.clone().or_else(|| args.matrix.is_none().then(|| PathBuf::from("-")));
    let options = ExportOptions {
        model: session.resolve(&args.model),
        output: trees.map(|place| session.resolve(&place)),
        matrix: matrix.map(|(rows, place)| (session.resolve(rows), session.resolve(place))),
    };
    let on_stdout = |place: &Option<PathBuf>| place.as_ref().is_some_and(|place| place.as_os_str() == "-");
    let places = [on_stdout(&options.output), on_stdout(&args.matrix)];
    if places == [true, true] {
        return Err(Error::usage("trees and matrix cannot both go to stdout")
            .hint("name a file for one of them")
            .into());
    }
    let report = stages::export(&session.context(), &options)?;
    if places.contains(&true) {
        return Ok(());
    }
    Ok(stage::tell(session, &report, start)?)
}

/// Writes a model file.
pub fn import(session: &Session, args: &ImportArgs) -> Result<(), Failures> {
    let start = Instant::now();
    let options = ImportOptions {
        file: session.resolve(&args.file),
        like: session.resolve(&args.like),
        output: session.resolve(&args.output),
    };
    let report = stages::import(&session.context(), &options)?;
    Ok(stage::tell(session, &report, start)?)
}
