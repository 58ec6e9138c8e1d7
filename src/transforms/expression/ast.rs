//! What an expression is made of.

use std::ops::Range;

use super::functions::Function;

/// A node of the tree with its place: bytes of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Ast {
    pub node: Node,
    pub span: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    Column(String),
    Unary(Unary, Box<Ast>),
    Binary(Binary, Box<Ast>, Box<Ast>),
    Call(Function, Vec<Ast>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    Negate,
    Not,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
}

impl Binary {
    /// As written.
    pub fn sign(self) -> &'static str {
        match self {
            Binary::Or => "or",
            Binary::And => "and",
            Binary::Equal => "==",
            Binary::NotEqual => "!=",
            Binary::Less => "<",
            Binary::LessEqual => "<=",
            Binary::Greater => ">",
            Binary::GreaterEqual => ">=",
            Binary::Add => "+",
            Binary::Subtract => "-",
            Binary::Multiply => "*",
            Binary::Divide => "/",
            Binary::Remainder => "%",
            Binary::Power => "^",
        }
    }

    pub fn is_logic(self) -> bool {
        matches!(self, Binary::Or | Binary::And)
    }

    pub fn is_comparison(self) -> bool {
        use Binary::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        matches!(self, Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual)
    }
}

impl Ast {
    /// Visits the columns in the order they are written.
    pub fn for_each_column(&self, visit: &mut dyn FnMut(&str, Range<usize>)) {
        match &self.node {
            Node::Column(name) => visit(name, self.span.clone()),
            Node::Unary(_, x) => x.for_each_column(visit),
            Node::Binary(_, a, b) => {
                a.for_each_column(visit);
                b.for_each_column(visit);
            }
            Node::Call(_, arguments) => arguments.iter().for_each(|x| x.for_each_column(visit)),
            Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) => {}
        }
    }
}
