//! Text to tokens.

use std::ops::Range;

use super::Fault;
use super::ast::Binary;

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    Number(f64),
    Text(String),
    /// A column in backticks.
    Quoted(String),
    /// A keyword, a function or a column.
    Name(String),
    /// Any operator but `and`, `or` and `not`, which are names; a minus is always [`Binary::Subtract`].
    Operator(Binary),
    Open,
    Close,
    Comma,
}

/// Whether a character may stand in a name outside backticks.
pub fn in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The tokens with their places: bytes of the text.
pub fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, Fault> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(c) = text[start..].chars().next() {
        if c.is_whitespace() {
            start += c.len_utf8();
            continue;
        }
        let rest = &text[start..];
        let (token, length) = match c {
            '\'' | '"' | '`' => quoted(rest, c, start)?,
            '0'..='9' | '.' => number(rest, start)?,
            _ if in_name(c) => {
                let length = rest.find(|c| !in_name(c)).unwrap_or(rest.len());
                (Token::Name(rest[..length].to_owned()), length)
            }
            _ => sign(rest, c, start)?,
        };
        found.push((token, start..start + length));
        start += length;
    }
    Ok(found)
}

/// A text or a column in quotes; the quote itself is written twice.
fn quoted(rest: &str, quote: char, start: usize) -> Result<(Token, usize), Fault> {
    let mut content = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            content.push(c);
        } else if chars.next_if(|(_, next)| *next == quote).is_some() {
            content.push(quote);
        } else {
            let token = if quote == '`' { Token::Quoted(content) } else { Token::Text(content) };
            return Ok((token, at + 1));
        }
    }
    Err(Fault::new(start..start + rest.len(), format!("the closing {quote} is missing")))
}

fn number(rest: &str, start: usize) -> Result<(Token, usize), Fault> {
    let digits = |from: usize| from + rest[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(0);
    if rest[length..].starts_with('.') {
        length = digits(length + 1);
    }
    if rest[length..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[length + 1..].starts_with(['+', '-']));
        let exponent = digits(length + 1 + sign);
        if exponent > length + 1 + sign {
            length = exponent;
        }
    }
    // `2x` is neither a number nor a name, so show the whole of it.
    let whole = length + rest[length..].find(|c| !in_name(c) && c != '.').unwrap_or(rest.len() - length);
    match rest[..whole].parse::<f64>() {
        Ok(x) if x.is_finite() && whole == length => Ok((Token::Number(x), length)),
        _ => {
            let fault = Fault::new(start..start + whole, format!("`{}` is no number", &rest[..whole]));
            Err(fault.hint("a column whose name starts with a digit stands in backticks"))
        }
    }
}

fn sign(rest: &str, c: char, start: usize) -> Result<(Token, usize), Fault> {
    let two = rest.get(..2).unwrap_or_default();
    let instead = match (two, c) {
        ("==" | "!=" | "<=" | ">=", _) => None,
        ("&&", _) => Some(("&&", "and")),
        ("||", _) => Some(("||", "or")),
        ("**", _) => Some(("**", "^")),
        ("<>", _) => Some(("<>", "!=")),
        (_, '&') => Some(("&", "and")),
        (_, '|') => Some(("|", "or")),
        (_, '=') => Some(("=", "==")),
        (_, '!') => Some(("!", "not")),
        _ => None,
    };
    if let Some((wrong, right)) = instead {
        let fault = Fault::new(start..start + wrong.len(), format!("`{wrong}` is no operator here"));
        return Err(fault.hint(format!("write `{right}`")));
    }
    let token = match (two, c) {
        ("==", _) => Token::Operator(Binary::Equal),
        ("!=", _) => Token::Operator(Binary::NotEqual),
        ("<=", _) => Token::Operator(Binary::LessEqual),
        (">=", _) => Token::Operator(Binary::GreaterEqual),
        (_, '<') => Token::Operator(Binary::Less),
        (_, '>') => Token::Operator(Binary::Greater),
        (_, '+') => Token::Operator(Binary::Add),
        (_, '-') => Token::Operator(Binary::Subtract),
        (_, '*') => Token::Operator(Binary::Multiply),
        (_, '/') => Token::Operator(Binary::Divide),
        (_, '%') => Token::Operator(Binary::Remainder),
        (_, '^') => Token::Operator(Binary::Power),
        (_, '(') => Token::Open,
        (_, ')') => Token::Close,
        (_, ',') => Token::Comma,
        _ => return Err(Fault::new(start..start + c.len_utf8(), format!("`{c}` means nothing in an expression"))),
    };
    let length = if matches!(two, "==" | "!=" | "<=" | ">=") { 2 } else { 1 };
    Ok((token, length))
}
