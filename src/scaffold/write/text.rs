//! YAML as it is written by hand: values quoted where they must be, comments behind them.

pub use crate::yaml::edit::scalar;

/// The column where comments begin.
const COMMENTS: usize = 28;

/// A list in one line.
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    let items: Vec<String> = items.iter().map(|item| scalar(item.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

/// A line with a comment behind it, where there is one.
pub fn line(text: &str, comment: &str) -> String {
    if comment.is_empty() {
        return format!("{text}\n");
    }
    let width = text.chars().count().max(COMMENTS - 2);
    format!("{text:width$}  # {}\n", one_line(comment))
}

/// A line that is a comment.
pub fn remark(indent: usize, text: &str) -> String {
    format!("{:indent$}# {}\n", "", one_line(text))
}

/// A text without line ends and control characters, which would end a comment.
pub fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c as u32, 0x2028 | 0x2029 | 0xfeff | 0xfffe | 0xffff) { ' ' } else { c })
        .collect()
}

/// A whole number with its thousands apart.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|g| std::str::from_utf8(g).ok()).collect();
    groups.join(",")
}

/// `a, b and 3 more`
pub fn some(items: &[String], most: usize) -> String {
    let shown: Vec<&str> = items.iter().take(most).map(String::as_str).collect();
    match items.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn any_text_reads_back_as_text_and_comments_end_with_their_line() {
        for text in [
            "yes",
            "No",
            "null",
            "1e3",
            "~",
            "a: b",
            "a #b",
            "\"",
            "'",
            "größe in cm",
            "\u{85}x",
            "\u{feff}",
            "a\nb",
            "-",
            "%d",
            "[x]",
            "",
            "0x1F",
            "<<",
            "1_000",
            "\u{7f}",
            "a\u{2028}b",
            "💡",
            "=",
        ] {
            let written = line(&format!("k: {{{}: 1}}", scalar(text)), text);
            assert_eq!(written.lines().count(), 1, "{written}");
            let node = parse(&written, "t").unwrap();
            assert_eq!(node.get("k").and_then(|k| k.get(text)).map(|n| n.to_json()), Some(1.into()), "{written}");
        }
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(some(&["a".to_owned(), "b".to_owned(), "c".to_owned()], 2), "a, b and 1 more");
    }
}
