//! Markdown as GitHub and its like read it.

/// A table; what cells hold is Markdown already.
pub fn table(title: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.iter().map(|c| cell(c)).collect::<Vec<_>>().join(" | "));
    let title: Vec<String> = title.iter().map(|t| (*t).to_owned()).collect();
    let rule: Vec<String> = title.iter().map(|_| "---".to_owned()).collect();
    [line(&title), line(&rule)].into_iter().chain(rows.iter().map(|row| line(row))).collect()
}

/// A text that a reader sees as it is.
pub fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let blank = text.is_empty() || text.starts_with('`') || text.ends_with('`');
    if blank { format!("{fence} {text} {fence}") } else { format!("{fence}{text}{fence}") }
}

/// Somebody's Markdown without HTML, which not every reader of it takes out.
pub fn without_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// One cell: one line, and no bar of its own.
fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cannot_break_their_table() {
        let rows = vec![vec![code("a|b"), "two\nlines".to_owned()], vec![code("`x`"), code("")]];
        let expected = "| c | d |\n| --- | --- |\n| `a\\|b` | two lines |\n| `` `x` `` | ` ` |\n";
        assert_eq!(table(&["c", "d"], &rows), expected);
        assert_eq!(without_html("<img src=x> *a* & b"), "&lt;img src=x> *a* &amp; b");
    }
}
