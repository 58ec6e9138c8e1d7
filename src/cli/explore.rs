//! `explore`: a look at the rows of the project, or at any table.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};

use super::args::Global;
use super::failures::Failures;
use super::printer::{ERROR, FAINT, Printer, STRONG, WARNING};
use super::session::{self, Session};
use super::table::{aligned, counted};
use super::{bump, progress, stage};
use crate::data::dates;
use crate::data::{Kind, Task};
use crate::error::{Error, Result};
use crate::exploration::summary::{ColumnSummary, Relation};
use crate::exploration::{self, Exploration, ExploreOptions, Insight, Severity};
use crate::fs;
use crate::scaffold::{self, Request};
use crate::stages;
use crate::visualization::Lang;
use crate::visualization::explore::{self as drawn, PageOptions};

const EXAMPLES: &str = "\
Examples:
  mlops explore                              the stage: the clean rows of the project
  mlops explore churn.csv                    any table, outside of a project too
  mlops explore churn.csv --target churned --html churn.html";

/// Options of `explore`; all of them go with FILE.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExploreArgs {
    /// A table to look at in place of the project's rows: CSV of any kind, JSON or Parquet, plain or compressed
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The column that is to be predicted
    #[arg(long, short, value_name = "COLUMN", requires = "file")]
    pub target: Option<String>,
    /// Where a page of it goes
    #[arg(long, value_name = "FILE", requires = "file")]
    pub html: Option<PathBuf>,
    /// The language of the page
    #[arg(long, value_name = "LANG", requires = "file")]
    pub lang: Option<LangArg>,
}

/// Languages of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LangArg {
    /// English
    En,
    /// Spanish
    Es,
}

/// Findings and columns shown on a terminal; all of them with `--json`.
const SHOWN_FINDINGS: usize = 15;
const SHOWN_COLUMNS: usize = 60;
/// Characters of a cell.
const WIDEST: usize = 32;
/// What a table of any file is looked at with.
const OPTIONS: ExploreOptions = ExploreOptions { bins: 30, top_levels: 10, correlated: 30, seed: 42 };
/// Columns that have a card on its page.
const CARDS: usize = 100;

/// Runs the stage.
pub fn run(session: &Session) -> Result<(), Failures> {
    session.check()?;
    let printer = session.printer;
    let start = Instant::now();
    let (report, found) = stages::explore(&session.context())?;
    if printer.is_child() {
        return Ok(stage::tell(session, &report, start)?);
    }
    if printer.is_json() {
        return Ok(document(printer, &found)?);
    }
    tell(printer, &found)?;
    for output in &report.outputs {
        printer.note(&format!("wrote {output}"));
    }
    Ok(())
}

/// Looks at a file.
pub fn file(printer: &Printer, global: &Global, options: &ExploreArgs, file: &Path) -> Result<(), Failures> {
    if !global.set.is_empty() {
        return Err(Error::usage("`--set` changes the configs of a project, which a FILE is not part of").into());
    }
    session::threads(global)?;
    let resolve = |path: &Path| global.directory.as_ref().map_or(path.to_path_buf(), |folder| folder.join(path));
    let request =
        Request { data: resolve(file), target: options.target.clone(), date: bump::today(), ..Request::default() };
    let observer = progress::observer(printer);
    let typed = scaffold::read_typed(&request, observer.as_ref())?;
    let found = exploration::explore(&typed.table, typed.target.as_ref(), &OPTIONS);
    if let Some(html) = &options.html {
        let lang = if options.lang == Some(LangArg::Es) { Lang::Es } else { Lang::En };
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
        let page = drawn::page(&found, &PageOptions { name: &name, lang, cards: CARDS, notes: None });
        fs::atomic_write_bytes(&resolve(html), page.as_bytes())?;
    }
    if printer.is_json() {
        return Ok(document(printer, &found)?);
    }
    tell(printer, &found)?;
    if let Some(html) = &options.html {
        printer.note(&format!("wrote {}", html.display()));
    }
    Ok(())
}

fn document(printer: &Printer, found: &Exploration) -> Result<()> {
    let document = serde_json::to_value(found).map_err(|e| Error::failure("cannot show it").because(e))?;
    printer.document(&document)
}

/// Findings first, then a line a column.
fn tell(printer: &Printer, found: &Exploration) -> Result<()> {
    let share = |part: u64, all: u64| Lang::En.percent(part as f64 / all.max(1) as f64);
    let cells = found.rows * (found.columns.len() as u64 + u64::from(found.target.is_some()));
    printer
        .line(&printer.styled(STRONG, &format!("{}, {} columns", counted(found.rows), cells / found.rows.max(1))))?;
    printer.line(&printer.styled(
        FAINT,
        &format!(
            "  {} of the values missing, {} of the rows complete, {} of the rows repeat another",
            share(found.missing_cells, cells),
            share(found.complete_rows, found.rows),
            share(found.duplicate_rows, found.rows)
        ),
    ))?;
    target(printer, found)?;
    findings(printer, found)?;
    columns(printer, found)
}

fn target(printer: &Printer, found: &Exploration) -> Result<()> {
    const SHOWN: usize = 6;
    let Some(target) = &found.target else { return Ok(()) };
    let labelled = (found.rows - target.missing).max(1) as f64;
    let class = |class: &exploration::summary::Level| {
        format!("{} {}", visible(&class.level), Lang::En.percent(class.rows as f64 / labelled))
    };
    let mut told: Vec<String> = target.classes.iter().take(SHOWN).map(class).collect();
    if target.distinct > told.len() as u64 && target.task != Task::Regression {
        told.push(format!("and {} classes more", target.distinct - told.len() as u64));
    }
    if let Some(numbers) = &target.numbers {
        told.push(format!(
            "{} to {}, median {}",
            number(numbers.min),
            number(numbers.max),
            number(numbers.quantiles[3])
        ));
    }
    printer.line(&printer.styled(FAINT, &format!("  target {}: {}", visible(&target.column), told.join(", "))))
}

fn findings(printer: &Printer, found: &Exploration) -> Result<()> {
    if found.findings.is_empty() {
        return Ok(());
    }
    printer.line("")?;
    printer.line(&printer.styled(STRONG, "Findings, the gravest first"))?;
    for insight in found.findings.iter().take(SHOWN_FINDINGS) {
        printer.line(&finding(printer, insight))?;
    }
    let more = found.findings.len().saturating_sub(SHOWN_FINDINGS);
    if more > 0 {
        printer.line(&printer.styled(FAINT, &format!("  and {more} more: `--json` has them all")))?;
    }
    Ok(())
}

fn finding(printer: &Printer, insight: &Insight) -> String {
    let word = format!("{:6}", drawn::severity(insight.severity, Lang::En));
    let word = match insight.severity {
        Severity::High => printer.styled(ERROR, &word),
        Severity::Medium => printer.styled(WARNING, &word),
        Severity::Low => printer.styled(FAINT, &word),
    };
    format!("  {word}  {}", printable(&drawn::sentence(insight, Lang::En)))
}

fn columns(printer: &Printer, found: &Exploration) -> Result<()> {
    if found.columns.is_empty() {
        return Ok(());
    }
    let mut lines = vec![["  column", "kind", "missing", "distinct", "values", ""].map(str::to_owned).to_vec()];
    let says = found.target.is_some();
    if says {
        lines[0][5] = "says of the target".to_owned();
    }
    lines.extend(found.columns.iter().take(SHOWN_COLUMNS).map(|column| {
        vec![
            format!("  {}", visible(&column.name)),
            column.kind.name().to_owned(),
            if column.missing == 0 { "-".to_owned() } else { Lang::En.percent(column.missing_share) },
            Lang::En.count(column.distinct),
            values(column),
            column.relation.as_ref().map(relation).unwrap_or_default(),
        ]
    }));
    printer.line("")?;
    for (at, line) in aligned(&lines, 2).iter().enumerate() {
        printer.line(&if at == 0 { printer.styled(STRONG, line) } else { line.clone() })?;
    }
    let more = found.columns.len().saturating_sub(SHOWN_COLUMNS);
    if more > 0 {
        printer.line(&printer.styled(FAINT, &format!("  and {more} columns more: `--json` has them all")))?;
    }
    Ok(())
}

/// The range with the median, or the most frequent levels.
fn values(column: &ColumnSummary) -> String {
    if let Some(levels) = &column.levels {
        let names: Vec<String> = levels.top.iter().take(3).map(|level| visible(&level.level)).collect();
        return visible(&names.join(", "));
    }
    if let Some(texts) = &column.texts {
        return format!("{} words a text", number(texts.words.quantiles[3]));
    }
    let Some(numbers) = &column.numbers else { return String::new() };
    let [low, middle, high] = [numbers.min, numbers.quantiles[3], numbers.max];
    match column.kind {
        Kind::Date => format!("{} to {}", dates::format_iso(low as i64), dates::format_iso(high as i64)),
        _ => format!("{} · {} · {}", number(low), number(middle), number(high)),
    }
}

/// The measure that its kinds have, and the share of the target's entropy that it tells.
fn relation(relation: &Relation) -> String {
    let measures =
        [("AUC", relation.roc_auc), ("η²", relation.eta_squared), ("V", relation.cramers_v), ("ρ", relation.spearman)];
    let measure = measures.into_iter().find_map(|(name, value)| Some(format!("{name} {:.3}", value?)));
    let explained = relation.explained.map(|share| Lang::En.percent(share));
    [measure, explained].into_iter().flatten().collect::<Vec<_>>().join("  ")
}

fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1e9 || (size > 0.0 && size < 1e-3) => format!("{value:.2e}"),
        _ => format!("{}", (value * 1e3).round() / 1e3),
    }
}

/// A name or value of a table on one line, cut where it is long.
fn visible(text: &str) -> String {
    let text = printable(text);
    if text.chars().count() > WIDEST { text.chars().take(WIDEST - 1).chain(['…']).collect() } else { text }
}

/// What a table brings along moves no cursor.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
