//! Column-wise evaluation of a checked tree: one pass over the rows for each part.

use std::borrow::Cow;

use super::ast::{Ast, Binary, Node, Unary};
use super::functions::Function;
use super::operand::Operand;
use crate::data::{Categories, Strings, Table};

/// The values of a tree for the rows of a table that has all its columns.
pub fn evaluate<'t>(ast: &'t Ast, table: &'t Table) -> Operand<'t> {
    let rows = table.rows();
    match &ast.node {
        Node::Null => Operand::One(f64::NAN),
        Node::Bool(b) => Operand::One(truth(*b)),
        Node::Number(x) => Operand::One(*x),
        Node::Text(text) => Operand::OneText(text),
        Node::Column(name) => table.column(name).map_or(Operand::One(f64::NAN), Operand::of),
        Node::Unary(operator, x) => {
            let x = evaluate(x, table);
            match operator {
                Unary::Negate => each(rows, &x, |x| -x),
                Unary::Not => each(rows, &x, |x| 1.0 - x),
            }
        }
        Node::Binary(operator, a, b) => binary(*operator, &evaluate(a, table), &evaluate(b, table), rows),
        Node::Call(function, arguments) => {
            let arguments: Vec<Operand> = arguments.iter().map(|x| evaluate(x, table)).collect();
            call(*function, &arguments, rows)
        }
    }
}

fn truth(b: bool) -> f64 {
    f64::from(u8::from(b))
}

fn finite(x: f64) -> f64 {
    if x.is_finite() { x } else { f64::NAN }
}

/// A function of one number; null stays null.
fn each<'t>(rows: usize, x: &Operand, f: impl Fn(f64) -> f64) -> Operand<'t> {
    let f = |x: f64| if x.is_nan() { x } else { finite(f(x)) };
    match x {
        Operand::One(x) => Operand::One(f(*x)),
        Operand::Numbers(numbers) => Operand::Numbers(numbers.iter().map(|x| f(*x)).collect()),
        _ => by_row(rows, |_| f64::NAN),
    }
}

fn by_row<'t>(rows: usize, f: impl Fn(usize) -> f64) -> Operand<'t> {
    Operand::Numbers((0..rows).map(f).collect())
}

/// A function of two numbers, which is given nulls as NaN.
fn both<'t>(rows: usize, a: &Operand, b: &Operand, f: impl Fn(f64, f64) -> f64) -> Operand<'t> {
    match (a, b) {
        (Operand::One(a), Operand::One(b)) => Operand::One(finite(f(*a, *b))),
        (Operand::Numbers(a), Operand::One(b)) => Operand::Numbers(a.iter().map(|a| finite(f(*a, *b))).collect()),
        (Operand::One(a), Operand::Numbers(b)) => Operand::Numbers(b.iter().map(|b| finite(f(*a, *b))).collect()),
        (Operand::Numbers(a), Operand::Numbers(b)) => {
            Operand::Numbers(a.iter().zip(b.iter()).map(|(a, b)| finite(f(*a, *b))).collect())
        }
        _ => by_row(rows, |row| finite(f(a.number(row), b.number(row)))),
    }
}

fn binary<'t>(operator: Binary, a: &Operand, b: &Operand, rows: usize) -> Operand<'t> {
    match operator {
        Binary::Add => both(rows, a, b, |a, b| a + b),
        Binary::Subtract => both(rows, a, b, |a, b| a - b),
        Binary::Multiply => both(rows, a, b, |a, b| a * b),
        Binary::Divide => both(rows, a, b, |a, b| a / b),
        Binary::Remainder => both(rows, a, b, remainder),
        Binary::Power => both(rows, a, b, power),
        Binary::And => both(rows, a, b, |a, b| if a == 0.0 || b == 0.0 { 0.0 } else { a * b }),
        Binary::Or => both(rows, a, b, |a, b| if a == 1.0 || b == 1.0 { 1.0 } else { a + b }),
        _ if a.is_text() || b.is_text() => compare_texts(operator, a, b, rows),
        _ => both(rows, a, b, |a, b| a.partial_cmp(&b).map_or(f64::NAN, |order| truth(holds(operator, order)))),
    }
}

fn compare_texts<'t>(operator: Binary, a: &Operand, b: &Operand, rows: usize) -> Operand<'t> {
    by_row(rows, |row| match (a.text(row), b.text(row)) {
        (Some(a), Some(b)) => truth(holds(operator, a.cmp(b))),
        _ => f64::NAN,
    })
}

fn holds(operator: Binary, order: std::cmp::Ordering) -> bool {
    match operator {
        Binary::Equal => order.is_eq(),
        Binary::NotEqual => order.is_ne(),
        Binary::Less => order.is_lt(),
        Binary::LessEqual => order.is_le(),
        Binary::Greater => order.is_gt(),
        Binary::GreaterEqual => order.is_ge(),
        _ => false,
    }
}

/// The remainder with the sign of the divisor, as Python's `%`.
fn remainder(a: f64, b: f64) -> f64 {
    let rest = libm::fmod(a, b);
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
}

/// The C library makes 1 of `null ^ 0` and `1 ^ null`.
fn power(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { libm::pow(a, b) }
}

fn call<'t>(function: Function, arguments: &[Operand<'t>], rows: usize) -> Operand<'t> {
    match (function, arguments) {
        (Function::Abs, [x]) => each(rows, x, f64::abs),
        (Function::Sqrt, [x]) => each(rows, x, f64::sqrt),
        (Function::Log, [x]) => each(rows, x, libm::log),
        (Function::Log1p, [x]) => each(rows, x, libm::log1p),
        (Function::Exp, [x]) => each(rows, x, libm::exp),
        (Function::Floor, [x]) => each(rows, x, f64::floor),
        (Function::Ceil, [x]) => each(rows, x, f64::ceil),
        (Function::Round, [x]) => each(rows, x, f64::round_ties_even),
        (Function::Min, [first, rest @ ..]) => fold(rows, first, rest, |a, b| if b < a { b } else { a }),
        (Function::Max, [first, rest @ ..]) => fold(rows, first, rest, |a, b| if b > a { b } else { a }),
        (Function::IsNull, [x]) => by_row(rows, |row| truth(x.is_null(row))),
        (Function::If, [condition, a, b]) => choose(rows, &[a, b], |row| match condition.number(row) {
            x if x.is_nan() => None,
            x => Some(usize::from(x == 0.0)),
        }),
        (Function::Coalesce, values) => {
            let values: Vec<&Operand> = values.iter().collect();
            choose(rows, &values, |row| values.iter().position(|x| !x.is_null(row)))
        }
        (Function::Length, [x]) => by_row(rows, |row| x.text(row).map_or(f64::NAN, |t| t.chars().count() as f64)),
        (Function::Contains, [x, part]) => by_row(rows, |row| match (x.text(row), part.text(row)) {
            (Some(text), Some(part)) => truth(text.contains(part)),
            _ => f64::NAN,
        }),
        (Function::Lower, [x]) => lower(x, rows),
        _ => Operand::One(f64::NAN),
    }
}

/// A function of two numbers over any number of them; null where one is null.
fn fold<'t>(rows: usize, first: &Operand, rest: &[Operand], f: impl Fn(f64, f64) -> f64) -> Operand<'t> {
    let f = |a: f64, b: f64| if a.is_nan() || b.is_nan() { f64::NAN } else { f(a, b) };
    rest.iter().fold(each(rows, first, |x| x), |a, b| both(rows, &a, b, f))
}

/// The value of the choice that `which` makes for each row.
fn choose<'t>(rows: usize, choices: &[&Operand], which: impl Fn(usize) -> Option<usize>) -> Operand<'t> {
    let chosen = |row: usize| which(row).and_then(|at| choices.get(at));
    if choices.iter().any(|x| x.is_text()) {
        let texts: Strings = (0..rows).map(|row| chosen(row).and_then(|x| x.text(row))).collect();
        return Operand::Texts(Cow::Owned(texts));
    }
    by_row(rows, |row| chosen(row).map_or(f64::NAN, |x| x.number(row)))
}

fn lower<'t>(x: &Operand, rows: usize) -> Operand<'t> {
    match x {
        Operand::Levels(levels) => {
            let lowered: Vec<String> = levels.levels.iter().map(|l| l.to_lowercase()).collect();
            let texts = levels.codes.iter().map(|code| lowered.get(*code as usize).map(String::as_str));
            Operand::Levels(Cow::Owned(texts.collect::<Categories>()))
        }
        _ => Operand::Texts(Cow::Owned((0..rows).map(|row| x.text(row).map(str::to_lowercase)).collect())),
    }
}
