//! A dataset, from the schema beside it.

use super::super::printer::{FAINT, STRONG};
use super::super::session::Session;
use super::super::table::{counted, grouped, lines};
use crate::data::artifact;
use crate::error::{Error, Result};
use crate::visualization::Dictionary;
use crate::visualization::markdown::code;

/// The dataset and its data dictionary.
fn markdown(session: &Session, csv: &str) -> Result<String> {
    let (table, schema) = artifact::read(&session.project, csv)?;
    let phase = format!("{:?}", schema.phase).to_lowercase();
    let dictionary = Dictionary::of_dataset(&session.config, &table, &schema).markdown();
    let rows = counted(schema.rows);
    Ok(format!("# {}\n\n{rows}, {} columns, phase {phase}.\n\n{dictionary}", code(csv), schema.columns.len()))
}

/// Columns with their kinds, missing values and levels. `csv` is relative to the project.
pub fn show(session: &Session, csv: &str, md: bool) -> Result<()> {
    let printer = session.printer;
    if md {
        return printer.line(markdown(session, csv)?.trim_end());
    }
    let schema = artifact::read_schema(&session.project, csv)?;
    if printer.is_json() {
        let json = serde_json::to_value(&schema).map_err(|e| Error::failure("cannot show the schema").because(e))?;
        return printer.document(&json);
    }
    let phase = format!("{:?}", schema.phase).to_lowercase();
    let head = format!("{csv}: {}, {} columns, phase {phase}", counted(schema.rows), schema.columns.len());
    printer.line(&printer.styled(STRONG, &head))?;
    if let Some(target) = &schema.target {
        let classes =
            if target.classes.is_empty() { String::new() } else { format!(": {}", target.classes.join(", ")) };
        printer.line(&format!(
            "target `{}`, {}{classes}",
            target.column,
            format!("{:?}", target.task).to_lowercase()
        ))?;
    }
    let row = |c: &crate::data::schema::Field| {
        let levels = if c.levels.is_empty() { String::new() } else { c.levels.len().to_string() };
        vec![c.name.clone(), c.kind.name().to_owned(), grouped(c.missing), levels]
    };
    let title = ["column", "kind", "missing", "levels"].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(title).chain(schema.columns.iter().map(row)).collect();
    for (at, line) in lines(&rows).iter().enumerate() {
        printer.line(&if at == 0 { printer.styled(FAINT, line) } else { line.clone() })?;
    }
    Ok(())
}
