//! Columns of text, aligned.

/// Lines of a table: the first column to the left, the others to the right, two blanks between.
pub fn lines(rows: &[Vec<String>]) -> Vec<String> {
    aligned(rows, 1)
}

/// Lines of a table whose first `left` columns stand to the left.
pub fn aligned(rows: &[Vec<String>], left: usize) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate();
        let text: Vec<String> = cells
            .map(|(at, (cell, &width))| if at < left { format!("{cell:width$}") } else { format!("{cell:>width$}") })
            .collect();
        text.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// A whole number with its thousands apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut result = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            result.push(',');
        }
        result.push(digit);
    }
    result
}

/// `1 row`, `1,234 rows`
pub fn counted(rows: u64) -> String {
    format!("{} {}", grouped(rows), if rows == 1 { "row" } else { "rows" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_aligned_and_numbers_grouped() {
        let row = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
        assert_eq!(lines(&[row(&["a", "xx", "y"]), row(&["größe", "1", "22"])]), ["a      xx   y", "größe   1  22"]);
        assert_eq!([0, 999, 1599, 1_000_000].map(grouped), ["0", "999", "1,599", "1,000,000"]);
    }
}
