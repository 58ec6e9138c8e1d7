//! The one small expression language, of `expression` in `features.derive` and of `filter`.
//!
//! ```text
//! expression = or
//! or         = and ("or" and)*
//! and        = not ("and" not)*
//! not        = "not" not | comparison
//! comparison = sum [("==" | "!=" | "<" | "<=" | ">" | ">=") sum]
//! sum        = product (("+" | "-") product)*
//! product    = sign (("*" | "/" | "%") sign)*
//! sign       = "-" sign | power
//! power      = value ["^" sign]
//! value      = number | 'text' | "text" | true | false | null | column | `any column`
//!            | function "(" [expression ("," expression)*] ")" | "(" expression ")"
//! ```
//!
//! Null in, null out, except that `and` and `or` follow three-valued logic (`false and null` is false,
//! `true or null` is true), `coalesce` and `is_null` take nulls, and `if` looks only at the branch it
//! takes (a null condition gives null). A result that is not finite is null: `1 / 0`, `sqrt(-1)`,
//! `log(0)`. `%` has the sign of its divisor and `round` takes halves to the even number, as in Python.
//! True counts as 1 and false as 0 where a number is expected. Dates are seconds since 1970-01-01 UTC.
//! The value for a row never depends on another row.

mod ast;
mod checker;
mod evaluator;
mod functions;
mod lexer;
mod operand;
mod parser;
mod step;

pub use step::ENTRY;

use std::ops::Range;

use ast::Ast;
use checker::Type;
use operand::Operand;

use crate::data::{Column, Kind, Table};
use crate::error::{Error, Result, suggest};
use crate::transforms::columns::missing;
use crate::yaml::Located;

/// How a column is written in an expression.
pub fn column(name: &str) -> String {
    let plain = name.chars().next().is_some_and(|first| !first.is_ascii_digit())
        && name.chars().all(lexer::in_name)
        && !parser::KEYWORDS.contains(&name);
    if plain { name.to_owned() } else { format!("`{}`", name.replace('`', "``")) }
}

/// A parsed expression that remembers where it was written.
pub struct Expression {
    source: Located<String>,
    ast: Ast,
}

/// What is wrong with an expression, and where: bytes of its text.
#[derive(Debug)]
struct Fault {
    message: String,
    span: Range<usize>,
    hint: Option<String>,
}

impl Fault {
    fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { message: message.into(), span, hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The message above the expression with carets under the place.
    fn at(self, source: &Located<String>) -> Error {
        source.error(format!("{}\n{}", self.message, underline(source, &self.span))).maybe_hint(self.hint)
    }
}

/// The expression, or the part around the place, on one line with carets under the place.
fn underline(text: &str, span: &Range<usize>) -> String {
    const AROUND: usize = 50;
    let chars: Vec<char> = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let at = |byte: usize| text.char_indices().take_while(|(i, _)| *i < byte).count();
    let (start, end) = (at(span.start), at(span.end));
    let from = start.saturating_sub(AROUND);
    let to = (start + AROUND).min(chars.len());
    let shown: String = chars.iter().skip(from).take(to - from).collect();
    let (left, right) = (if from > 0 { "…" } else { "" }, if to < chars.len() { "…" } else { "" });
    let indent = start - from + left.chars().count();
    let carets = end.min(to).saturating_sub(start).max(1);
    format!("  {left}{shown}{right}\n  {}{}", " ".repeat(indent), "^".repeat(carets))
}

impl Expression {
    /// Parses an expression and checks the types of what does not depend on columns.
    ///
    /// # Errors
    /// Exit code 2 that shows the expression with carets under the place.
    pub fn parse(source: Located<String>) -> Result<Self> {
        let ast = parser::parse(&source)
            .and_then(|ast| match checker::type_of(&ast, &|_| Type::Unknown)? {
                Type::Null => Err(Fault::new(ast.span.clone(), "this is null in every row")),
                _ => Ok(ast),
            })
            .map_err(|fault| fault.at(&source))?;
        Ok(Self { source, ast })
    }

    /// Parses an expression that must be true or false.
    ///
    /// # Errors
    /// As [`Expression::parse`], and where the result is known to be a number or a text.
    pub fn parse_condition(source: Located<String>) -> Result<Self> {
        let this = Self::parse(source)?;
        this.require_bool(checker::type_of(&this.ast, &|_| Type::Unknown).map_err(|f| f.at(&this.source))?)?;
        Ok(this)
    }

    /// The expression as written.
    pub fn text(&self) -> &str {
        &self.source
    }

    /// Checks that every column it names exists.
    ///
    /// # Errors
    /// Exit code 2 with carets under the first that does not, and a did-you-mean.
    pub fn check(&self, columns: &[String]) -> Result<()> {
        let mut unknown = None;
        self.ast.for_each_column(&mut |name, span| {
            if unknown.is_none() && !columns.iter().any(|c| c == name) {
                unknown = Some(Fault {
                    hint: hint_for(name, columns),
                    ..Fault::new(span, format!("column `{name}` not found"))
                });
            }
        });
        unknown.map_or(Ok(()), |fault| Err(fault.at(&self.source)))
    }

    /// The values for the rows of a table as a column: true or false as bool, numbers as number, text
    /// as category.
    ///
    /// # Errors
    /// Exit code 3 for a column the table lacks, 2 for types that do not fit.
    pub fn evaluate(&self, table: &Table, name: &str) -> Result<Column> {
        let (kind, values) = self.run(table)?;
        Ok(match kind {
            Type::Text => Column::category(name, (0..table.rows()).map(|row| values.text(row))),
            Type::Bool => Column { kind: Kind::Bool, ..Column::number(name, values.into_numbers(table.rows())) },
            _ => Column::number(name, values.into_numbers(table.rows())),
        })
    }

    /// Which rows of a table it is true for; null counts as false.
    ///
    /// # Errors
    /// Exit code 3 for a column the table lacks, 2 for types that do not fit or a result that is no bool.
    pub fn evaluate_condition(&self, table: &Table) -> Result<Vec<bool>> {
        let (kind, values) = self.run(table)?;
        self.require_bool(kind)?;
        Ok(values.into_numbers(table.rows()).into_iter().map(|x| x == 1.0).collect())
    }

    fn run<'t>(&'t self, table: &'t Table) -> Result<(Type, Operand<'t>)> {
        let mut absent = None;
        self.ast.for_each_column(&mut |name, _| {
            if absent.is_none() && table.column(name).is_none() {
                absent = Some(missing(name, table).context(format!("cannot evaluate `{}`", self.text())));
            }
        });
        if let Some(error) = absent {
            return Err(error);
        }
        let kind_of = |name: &str| table.column(name).map_or(Type::Unknown, |c| Type::of(c.kind));
        let kind = checker::type_of(&self.ast, &kind_of).map_err(|fault| fault.at(&self.source))?;
        Ok((kind, evaluator::evaluate(&self.ast, table)))
    }

    fn require_bool(&self, found: Type) -> Result<()> {
        match found {
            Type::Bool | Type::Unknown => Ok(()),
            other => Err(Fault::new(self.ast.span.clone(), format!("expected true or false, found {}", other.name()))
                .hint("compare it with something, such as `x > 0`")
                .at(&self.source)),
        }
    }
}

/// A did-you-mean; `a-b` reads as a difference, so a column of that name gets its own hint.
fn hint_for(name: &str, columns: &[String]) -> Option<String> {
    let odd = columns
        .iter()
        .find(|c| c.strip_prefix(name).and_then(|rest| rest.chars().next()).is_some_and(|next| !lexer::in_name(next)));
    match odd {
        Some(odd) => Some(format!("names with other signs than letters, digits and _ stand in backticks: `{odd}`")),
        None => suggest(name, "columns", columns),
    }
}

#[cfg(test)]
mod tests;
