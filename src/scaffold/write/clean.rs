//! configs/clean.yaml

use super::super::look::Findings;
use super::text::{grouped, line, remark, scalar, some};

/// Columns named behind a marker.
const NAMED: usize = 4;
/// Classes dropped in one step, since an expression has its limit.
const CLASSES: usize = 100;

/// configs/clean.yaml
pub fn clean(found: &Findings) -> String {
    let mut text =
        "# From raw text to a typed table. Nothing here learns from rows.\nclean:\n  trim: true\n".to_owned();
    if found.decimal_comma {
        text += &line("  decimal: \",\"", "numbers are written 1,5");
    }
    text += &remarks(found);
    text += &missing(found);
    text += &values(found);
    text += &types(found);
    text += &steps(found);
    text
}

/// What is to be decided here, but for columns that may be dropped, which stand in configs/features.yaml.
fn remarks(found: &Findings) -> String {
    let open = found.decide.iter().filter(|comment| comment.drop.is_empty());
    let lines = open.map(|comment| {
        let column = comment.column.as_ref().map(|name| format!("`{name}`: ")).unwrap_or_default();
        remark(2, &format!("To decide: {column}{}", comment.text))
    });
    lines.collect()
}

fn missing(found: &Findings) -> String {
    let mut text = line("  missing:", "texts that mean missing; the empty one always does");
    text += "    - \"\"\n";
    for marker in &found.markers {
        let mut columns = marker.columns.clone();
        columns.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        let columns: Vec<String> = columns.iter().map(|(name, rows)| format!("{name} {}", grouped(*rows))).collect();
        text += &line(&format!("    - \"{}\"", scalar(&marker.text).trim_matches('"')), &some(&columns, NAMED));
    }
    text
}

fn values(found: &Findings) -> String {
    let mut text = String::new();
    let target = [(&found.target.column, &found.target.nulls)];
    let columns = found.columns.iter().map(|column| (&column.name, &column.nulls)).chain(target);
    for (name, nulls) in columns.filter(|(_, nulls)| !nulls.is_empty()) {
        if text.is_empty() {
            text += &line("  values:", "column → {text found: its replacement}");
        }
        let nulls: Vec<String> = nulls.iter().map(|null| format!("{}: null", scalar(null))).collect();
        text += &line(
            &format!("    {}: {{{}}}", scalar(name), nulls.join(", ")),
            "all other values are numbers or dates, so missing; or give the right one",
        );
    }
    text
}

fn types(found: &Findings) -> String {
    let (mut types, mut formats) = (String::new(), String::new());
    for column in &found.columns {
        if let Some(format) = &column.format {
            formats += &line(&format!("    {}: {}", scalar(&column.name), scalar(format)), "");
        } else if let Some(why) = &column.pinned {
            types += &line(&format!("    {}: {}", scalar(&column.name), column.kind.name()), why);
        }
    }
    if !types.is_empty() {
        types = line("  types:", "the types of the other columns follow from all their values") + &types;
    }
    if !formats.is_empty() {
        formats = line("  date_formats:", "") + &formats;
    }
    types + &formats
}

fn steps(found: &Findings) -> String {
    let mut steps = String::new();
    let repeated = grouped(found.duplicates.rows);
    let note = format!("{repeated} rows repeat an earlier one; {}", found.duplicates.why);
    if found.duplicates.dropped {
        steps += &line("    - drop_duplicates: {}", &note);
    }
    if !found.split.dropped.is_empty() {
        let target = format!("`{}`", found.target.column.replace('`', "``"));
        let differs = |(label, _): &(String, usize)| format!("{target} != '{}'", label.replace('\'', "''"));
        let rows: usize = found.split.dropped.iter().map(|(_, rows)| rows).sum();
        steps += &remark(
            4,
            &format!(
                "classes with too few rows to learn from and to test on ({} rows); or merge them under `config.target.map`",
                grouped(rows)
            ),
        );
        for classes in found.split.dropped.chunks(CLASSES) {
            let condition = classes.iter().map(differs).collect::<Vec<_>>().join(" and ");
            steps += &line(&format!("    - filter: {{where: {}}}", scalar(&condition)), "");
        }
    }
    let offered = found.duplicates.rows > 0 && !found.duplicates.dropped;
    let mut text = if steps.is_empty() {
        // Without `[]` a line is part of the list as soon as its `#` is gone.
        line(if offered { "  steps:" } else { "  steps: []" }, "row filters and column fixes, in order")
    } else {
        line("  steps:", "in order") + &steps
    };
    if offered {
        text += &remark(4, &format!("- drop_duplicates: {{}}   # {note}"));
    }
    text
}
