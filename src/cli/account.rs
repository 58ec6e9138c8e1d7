//! The account of a stage, for people.

use std::time::Duration;

use super::printer::{FAINT, Printer, STRONG};
use super::table::{counted, grouped, lines};
use crate::error::Result;
use crate::stages::{Leaderboard, Report};

/// `stage  0.02 s  1,599 → 1,359 rows` and its notes below; warnings on stderr.
///
/// # Errors
/// Exit code 1 where stdout cannot be written.
pub fn stage(printer: &Printer, name: &str, took: Duration, report: &Report) -> Result<()> {
    if !printer.is_quiet() {
        let head = format!("{}  {:>8}  {}", printer.styled(STRONG, &format!("{name:16}")), seconds(took), rows(report));
        printer.line(head.trim_end())?;
        for note in &report.notes {
            printer.line(&printer.styled(FAINT, &format!("    {note}")))?;
        }
    }
    for warning in &report.warnings {
        printer.warning(&format!("{name}: {warning}"));
    }
    Ok(())
}

/// A time as people read it.
pub fn seconds(took: Duration) -> String {
    let seconds = took.as_secs_f64();
    if seconds < 60.0 {
        return format!("{seconds:.2} s");
    }
    format!("{} min {:02} s", took.as_secs() / 60, took.as_secs() % 60)
}

fn rows(report: &Report) -> String {
    match (report.rows_in, report.rows_out) {
        (Some(rows_in), Some(rows_out)) if rows_in != rows_out => {
            format!("{} → {}", grouped(rows_in), counted(rows_out))
        }
        (_, Some(rows)) | (Some(rows), None) => counted(rows),
        (None, None) => String::new(),
    }
}

/// All models beside one another, the champion marked.
///
/// # Errors
/// Exit code 1 where stdout cannot be written.
pub fn leaderboard(printer: &Printer, leaderboard: &Leaderboard) -> Result<()> {
    printer.line("")?;
    printer.line(&printer.styled(STRONG, &format!("Leaderboard by {}, out of fold", leaderboard.select)))?;
    for (at, line) in lines(&leaderboard_rows(leaderboard)).iter().enumerate() {
        let style = if line.starts_with('*') || at == 0 { STRONG } else { clap::builder::styling::Style::new() };
        printer.line(&printer.styled(style, line))?;
    }
    Ok(())
}

fn leaderboard_rows(leaderboard: &Leaderboard) -> Vec<Vec<String>> {
    let mut rows = vec![std::iter::once("  algorithm".to_owned()).chain(leaderboard.columns.iter().cloned()).collect()];
    for row in &leaderboard.rows {
        let mark = if row.algorithm == leaderboard.champion { '*' } else { ' ' };
        let value = |value: &Option<f64>| value.map_or_else(|| "-".to_owned(), number);
        rows.push(std::iter::once(format!("{mark} {}", row.algorithm)).chain(row.values.iter().map(value)).collect());
    }
    rows
}

/// Four decimals, or four digits for what is large.
fn number(value: f64) -> String {
    if value.abs() < 1000.0 { format!("{value:.4}") } else { format!("{value:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::LeaderboardRow;

    #[test]
    fn rows_and_times_are_short() {
        let report = |rows_in, rows_out| Report { rows_in, rows_out, ..Report::default() };
        assert_eq!(rows(&report(Some(1599), Some(1359))), "1,599 → 1,359 rows");
        assert_eq!(rows(&report(Some(5), Some(5))), "5 rows");
        assert_eq!(rows(&report(Some(5), None)), "5 rows");
        assert_eq!(rows(&report(None, None)), "");
        assert_eq!(seconds(Duration::from_millis(1234)), "1.23 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn the_champion_is_marked_and_the_baseline_is_there() {
        let row = |name: &str, values: [Option<f64>; 2]| LeaderboardRow {
            algorithm: name.into(),
            values: values.to_vec(),
            model: String::new(),
        };
        let board = Leaderboard {
            select: "roc_auc".into(),
            columns: vec!["oof_roc_auc".into(), "f1".into()],
            rows: vec![row("rf", [Some(0.91234), Some(0.6)]), row("baseline", [Some(0.5), None])],
            champion: "rf".into(),
        };
        assert_eq!(
            lines(&leaderboard_rows(&board)),
            [
                "  algorithm  oof_roc_auc      f1",
                "* rf              0.9123  0.6000",
                "  baseline        0.5000       -"
            ]
        );
    }
}
