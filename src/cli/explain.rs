//! `explain`: what each feature adds to the scores of rows.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use serde_json::Value as Json;

use super::failures::Failures;
use super::printer::{FAINT, Printer, STRONG};
use super::session::Session;
use super::table::{aligned, counted};
use crate::error::{Error, Result};
use crate::models::RawScore;
use crate::package::{Explained, ExplainedOutput, ExplainedRow, TermContribution};
use crate::stages::{self, ExplainOptions};

const EXAMPLES: &str = "\
Examples:
  mlops explain --row 17                       why the champion answers so for the test row of row_id 17
  mlops explain models/xgb_wine_v1.bin --input new.csv --top 5
  mlops explain --input new.csv --output why.csv";

/// Options of `explain`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// The model file: of `lr`, `linear`, `ridge`, `lasso`, `elasticnet`, `dt`, `rf` or `xgb`; by default the champion
    #[arg(value_name = "MODEL")]
    pub model: Option<PathBuf>,
    /// A test row by its row_id; may be given several times
    #[arg(long, short, value_name = "ID", required_unless_present = "input", conflicts_with = "input")]
    pub row: Vec<String>,
    /// Rows as CSV or JSON Lines, `-` for stdin, as `predict` takes them
    #[arg(long, short, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Features told of each row, those that add most; by default all, and 10 on the terminal
    #[arg(long, value_name = "K", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    pub top: Option<usize>,
    /// Where explanations go, for all classes: a file that ends in .csv or .json, `-` for CSV on stdout
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Features shown where no number is asked for.
const TOP: usize = 10;
/// Signs of the longest bar.
const BAR: f64 = 20.0;

/// Explains rows as a table, as JSON, or into a file.
pub fn run(session: &Session, args: &ExplainArgs) -> Result<(), Failures> {
    session.check()?;
    let printer = session.printer;
    let is_shown = args.output.is_none() && !printer.is_json();
    let options = ExplainOptions {
        model: args.model.as_deref().map(|path| session.resolve(path)),
        rows: args.row.clone(),
        input: args.input.as_deref().map(|path| session.resolve(path)),
        top: args.top.or(is_shown.then_some(TOP)),
        output: args.output.as_deref().map(|path| session.resolve(path)),
    };
    let explained = stages::explain(&session.context(), &options)?;
    if let Some(place) = &args.output {
        printer.note(&format!("{} explained, by {}", counted(explained.rows.len() as u64), explained.model));
        printer.note(&format!("wrote {}", place.display()));
        return Ok(());
    }
    if printer.is_json() {
        let document = serde_json::to_value(&explained).map_err(|e| Error::failure("cannot show it").because(e))?;
        return Ok(printer.document(&document)?);
    }
    Ok(tables(printer, &explained)?)
}

fn tables(printer: &Printer, explained: &Explained) -> Result<()> {
    printer.note(&format!("model {}", explained.model));
    for row in &explained.rows {
        let Some(output) = shown_output(row) else { continue };
        printer.line("")?;
        printer.line(&printer.styled(STRONG, &head(row, output)))?;
        printer.line(&printer.styled(FAINT, &format!("  {}", sum(explained, output))))?;
        aligned(&lines(output), 2).iter().try_for_each(|line| printer.line(line))?;
    }
    Ok(())
}

/// That of the predicted class of several, else the only one.
fn shown_output(row: &ExplainedRow) -> Option<&ExplainedOutput> {
    let predicted = |output: &&ExplainedOutput| output.class.as_deref() == row.prediction.as_str();
    row.outputs.iter().find(predicted).or(row.outputs.first())
}

fn head(row: &ExplainedRow, output: &ExplainedOutput) -> String {
    let probability = match (&output.class, output.probability) {
        (Some(class), Some(probability)) => format!(", probability of {class} {probability:.4}"),
        _ => String::new(),
    };
    format!("row {}: {}{probability}", row.row_id, text(&row.prediction))
}

/// What the numbers below add up to.
fn sum(explained: &Explained, output: &ExplainedOutput) -> String {
    let of_class = output.class.as_ref().map_or_else(String::new, |class| format!(" of {class}"));
    let what = match explained.raw_score {
        RawScore::LogOdds => format!("log odds{of_class}"),
        RawScore::Probability => format!("probability{of_class}"),
        RawScore::Value => "value".to_owned(),
    };
    let calibrated = if explained.calibrated { ", before calibration" } else { "" };
    let moved = output.score - output.expected;
    format!("{what}{calibrated}: {:.4} = {:.4} for any row {moved:+.4} for this one", output.score, output.expected)
}

/// Feature, value, contribution and a bar, below a text its terms, and what the others add.
fn lines(output: &ExplainedOutput) -> Vec<Vec<String>> {
    let most = output.contributions.iter().map(|c| c.contribution.abs()).fold(0.0, f64::max);
    let mut lines: Vec<Vec<String>> =
        vec![["  feature", "value", "contribution"].iter().map(|cell| (*cell).to_owned()).collect()];
    let line = |name: String, value: String, adds: f64| {
        let sign = if adds < 0.0 { "-" } else { "+" };
        let length = if most > 0.0 { (adds.abs() / most * BAR).round().min(BAR) as usize } else { 0 };
        let bar = format!("{:width$}", sign.repeat(length), width = BAR as usize);
        vec![name, value, format!("{adds:+.4}"), bar]
    };
    for c in &output.contributions {
        lines.push(line(format!("  {}", c.feature), text(&c.value), c.contribution));
        let Some(terms) = &c.terms else { continue };
        let of_term =
            |one: &TermContribution| line("    term".to_owned(), text(&one.term.as_str().into()), one.contribution);
        lines.extend(terms.strongest.iter().map(of_term));
        let (count, sum) = terms.others;
        if count > 0 {
            lines.push(line(format!("    {}", others(count)), String::new(), sum));
        }
        if terms.absent != 0.0 {
            lines.push(line("    terms it has not".to_owned(), String::new(), terms.absent));
        }
    }
    let (count, sum) = output.others;
    if count > 0 {
        lines.push(vec![format!("  {}", others(count)), String::new(), format!("{sum:+.4}")]);
    }
    lines
}

fn others(count: usize) -> String {
    if count == 1 { "1 other".to_owned() } else { format!("{count} others") }
}

/// A value as people read it, cut where it is long.
fn text(value: &Json) -> String {
    const SHOWN: usize = 40;
    let text = match value {
        Json::Null => "(missing)".to_owned(),
        Json::String(text) => text.escape_debug().to_string(),
        Json::Number(number) => match number.as_f64() {
            Some(number) => format!("{}", (number * 1e6).round() / 1e6),
            None => number.to_string(),
        },
        other => other.to_string(),
    };
    if text.chars().count() > SHOWN { text.chars().take(SHOWN - 1).chain(['…']).collect() } else { text }
}
