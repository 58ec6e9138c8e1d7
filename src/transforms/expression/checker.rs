//! Types of expressions, found before any value is looked at.

use super::Fault;
use super::ast::{Ast, Binary, Node, Unary};
use super::functions::Function;
use crate::data::Kind;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Number,
    Bool,
    Text,
    /// The literal `null`, which fits everywhere.
    Null,
    /// A column whose kind is not known yet, which fits everywhere.
    Unknown,
}

impl Type {
    /// The type of a column's values.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Number | Kind::Integer | Kind::Date => Type::Number,
            Kind::Bool => Type::Bool,
            Kind::Category | Kind::Text | Kind::Id => Type::Text,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Type::Number => "a number",
            Type::Bool => "true or false",
            Type::Text => "a text",
            Type::Null => "null",
            Type::Unknown => "a column",
        }
    }

    /// The one type both fit, true and false counting as numbers beside numbers.
    fn join(self, other: Type) -> Option<Type> {
        match (self, other) {
            (a, b) if a == b => Some(a),
            // An unknown type could still turn out to be anything.
            (Type::Null, b) => Some(b),
            (a, Type::Null) => Some(a),
            (Type::Unknown, _) | (_, Type::Unknown) => Some(Type::Unknown),
            (Type::Number, Type::Bool) | (Type::Bool, Type::Number) => Some(Type::Number),
            _ => None,
        }
    }
}

/// The type of a tree; `columns` gives that of a column.
pub fn type_of(ast: &Ast, columns: &dyn Fn(&str) -> Type) -> Result<Type, Fault> {
    match &ast.node {
        Node::Null => Ok(Type::Null),
        Node::Bool(_) => Ok(Type::Bool),
        Node::Number(_) => Ok(Type::Number),
        Node::Text(_) => Ok(Type::Text),
        Node::Column(name) => Ok(columns(name)),
        Node::Unary(Unary::Negate, x) => number(x, columns).map(|()| Type::Number),
        Node::Unary(Unary::Not, x) => bool(x, columns).map(|()| Type::Bool),
        Node::Binary(operator, a, b) if operator.is_logic() => {
            bool(a, columns)?;
            bool(b, columns)?;
            Ok(Type::Bool)
        }
        Node::Binary(operator, a, b) if operator.is_comparison() => comparison(*operator, a, b, columns),
        Node::Binary(_, a, b) => {
            number(a, columns)?;
            number(b, columns)?;
            Ok(Type::Number)
        }
        Node::Call(function, arguments) => call(*function, arguments, columns),
    }
}

fn comparison(operator: Binary, a: &Ast, b: &Ast, columns: &dyn Fn(&str) -> Type) -> Result<Type, Fault> {
    let (left, right) = (type_of(a, columns)?, type_of(b, columns)?);
    for (side, found) in [(a, left), (b, right)] {
        if found == Type::Null {
            let fault = Fault::new(side.span.clone(), "a comparison with null is always null");
            return Err(fault.hint("write `is_null(x)` or `not is_null(x)`"));
        }
    }
    match left.join(right) {
        Some(_) => Ok(Type::Bool),
        None => Err(Fault::new(
            a.span.start..b.span.end,
            format!("`{}` cannot compare {} with {}", operator.sign(), left.name(), right.name()),
        )),
    }
}

fn call(function: Function, arguments: &[Ast], columns: &dyn Fn(&str) -> Type) -> Result<Type, Fault> {
    match function {
        Function::If => {
            if let [condition, branches @ ..] = arguments {
                bool(condition, columns)?;
                return join_all(branches, columns);
            }
            Ok(Type::Unknown)
        }
        Function::Coalesce => join_all(arguments, columns),
        Function::IsNull => {
            arguments.iter().try_for_each(|x| type_of(x, columns).map(|_| ()))?;
            Ok(Type::Bool)
        }
        Function::Length | Function::Lower | Function::Contains => {
            arguments.iter().try_for_each(|x| expect(x, Type::Text, type_of(x, columns)?))?;
            Ok(match function {
                Function::Length => Type::Number,
                Function::Lower => Type::Text,
                _ => Type::Bool,
            })
        }
        _ => {
            arguments.iter().try_for_each(|x| number(x, columns))?;
            Ok(Type::Number)
        }
    }
}

fn join_all(arguments: &[Ast], columns: &dyn Fn(&str) -> Type) -> Result<Type, Fault> {
    let mut joined = Type::Null;
    for x in arguments {
        let found = type_of(x, columns)?;
        joined = joined.join(found).ok_or_else(|| {
            Fault::new(x.span.clone(), format!("expected {} as before, found {}", joined.name(), found.name()))
        })?;
    }
    Ok(joined)
}

fn number(x: &Ast, columns: &dyn Fn(&str) -> Type) -> Result<(), Fault> {
    match type_of(x, columns)? {
        Type::Bool => Ok(()),
        found => expect(x, Type::Number, found),
    }
}

fn bool(x: &Ast, columns: &dyn Fn(&str) -> Type) -> Result<(), Fault> {
    expect(x, Type::Bool, type_of(x, columns)?)
}

fn expect(x: &Ast, expected: Type, found: Type) -> Result<(), Fault> {
    if found == expected || matches!(found, Type::Null | Type::Unknown) {
        return Ok(());
    }
    let fault = Fault::new(x.span.clone(), format!("expected {}, found {}", expected.name(), found.name()));
    Err(match (expected, found) {
        (Type::Bool, Type::Number) => fault.hint("write a comparison, such as `x != 0`"),
        (Type::Bool, Type::Text) => fault.hint("write a comparison, such as `x == 'yes'`"),
        _ => fault,
    })
}
