//! Tokens to a tree, by precedence climbing, bounded in depth and size.

use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

use super::Fault;
use super::ast::{Ast, Binary, Node, Unary};
use super::functions::Function;
use super::lexer::{Token, tokens};
use crate::error::suggest;

/// Bounds against input that would exhaust the stack: of the text, of the tree, and of what is open at once.
const MAX_BYTES: usize = 20_000;
const MAX_NODES: usize = 500;
const MAX_DEPTH: usize = 100;

/// Names that are no columns where they stand outside backticks.
pub const KEYWORDS: [&str; 6] = ["and", "or", "not", "true", "false", "null"];

/// How tightly `not` and a minus bind what follows them.
const NOT: u8 = 3;
const NEGATE: u8 = 7;

/// Parses a whole text.
pub fn parse(text: &str) -> Result<Ast, Fault> {
    if text.len() > MAX_BYTES {
        return Err(Fault::new(0..0, format!("the expression is longer than {MAX_BYTES} bytes")).hint(SPLIT));
    }
    let mut parser = Parser { tokens: tokens(text)?.into_iter().peekable(), end: text.len(), nodes: 0, depth: 0 };
    let ast = parser.expression(0)?;
    match parser.tokens.next() {
        None => Ok(ast),
        Some((Token::Close, span)) => Err(Fault::new(span, "this parenthesis was never opened")),
        Some((token, span)) => Err(unexpected(&token, span, "expected an operator or the end")),
    }
}

fn unexpected(token: &Token, span: Range<usize>, message: &str) -> Fault {
    let fault = Fault::new(span, message);
    match token {
        Token::Name(name) if ["and", "or"].contains(&name.to_lowercase().as_str()) => {
            fault.hint(format!("write `{}`", name.to_lowercase()))
        }
        _ => fault,
    }
}

const SPLIT: &str = "split it into several columns";

struct Parser {
    tokens: Peekable<IntoIter<(Token, Range<usize>)>>,
    /// Where a missing token would stand.
    end: usize,
    nodes: usize,
    depth: usize,
}

impl Parser {
    /// An expression whose operators all bind tighter than `floor`.
    fn expression(&mut self, floor: u8) -> Result<Ast, Fault> {
        self.depth += 1;
        let mut left = self.operand(floor)?;
        while let Some((operator, _)) = self.peek_operator() {
            let level = level(operator);
            if level <= floor {
                break;
            }
            self.tokens.next();
            // A power is taken from right to left, and a sign may follow it: 2 ^ -1.
            let right = self.expression(if operator == Binary::Power { NEGATE - 1 } else { level })?;
            if let (true, Some((next, span))) = (operator.is_comparison(), self.peek_operator())
                && next.is_comparison()
            {
                return Err(Fault::new(span, "comparisons cannot be chained").hint("write `a < b and b < c`"));
            }
            let span = left.span.start..right.span.end;
            left = self.node(Node::Binary(operator, Box::new(left), Box::new(right)), span)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn peek_operator(&mut self) -> Option<(Binary, Range<usize>)> {
        let (token, span) = self.tokens.peek()?;
        let operator = match token {
            Token::Operator(operator) => *operator,
            Token::Name(name) if name == "and" => Binary::And,
            Token::Name(name) if name == "or" => Binary::Or,
            _ => return None,
        };
        Some((operator, span.clone()))
    }

    fn operand(&mut self, floor: u8) -> Result<Ast, Fault> {
        let Some((token, span)) = self.tokens.next() else {
            return Err(Fault::new(self.end..self.end, "the expression ends where a value should stand"));
        };
        if self.depth > MAX_DEPTH {
            return Err(Fault::new(span, format!("the expression is nested more than {MAX_DEPTH} deep")).hint(SPLIT));
        }
        match token {
            Token::Number(x) => self.node(Node::Number(x), span),
            Token::Text(text) => self.node(Node::Text(text), span),
            Token::Quoted(name) => self.node(Node::Column(name), span),
            Token::Operator(Binary::Subtract) => self.unary(Unary::Negate, NEGATE, span),
            Token::Open => {
                let inner = self.expression(0)?;
                let close = self.close(span.clone())?;
                Ok(Ast { span: span.start..close.end, ..inner })
            }
            Token::Name(name) => self.name(name, span, floor),
            Token::Operator(_) | Token::Close | Token::Comma => Err(Fault::new(span, "expected a value")),
        }
    }

    fn unary(&mut self, operator: Unary, level: u8, span: Range<usize>) -> Result<Ast, Fault> {
        let x = self.expression(level - 1)?;
        let span = span.start..x.span.end;
        self.node(Node::Unary(operator, Box::new(x)), span)
    }

    fn name(&mut self, name: String, span: Range<usize>, floor: u8) -> Result<Ast, Fault> {
        match name.as_str() {
            "true" => return self.node(Node::Bool(true), span),
            "false" => return self.node(Node::Bool(false), span),
            "null" => return self.node(Node::Null, span),
            "not" if floor >= NOT => return Err(Fault::new(span, "put `not` and what follows it in parentheses")),
            "not" => return self.unary(Unary::Not, NOT, span),
            "and" | "or" => return Err(Fault::new(span, "expected a value")),
            _ => {}
        }
        if self.tokens.next_if(|(token, _)| *token == Token::Open).is_none() {
            return self.node(Node::Column(name), span);
        }
        let Some(function) = Function::find(&name) else {
            let names: Vec<&str> = Function::ALL.iter().map(|f| f.name()).collect();
            let column = "a column whose name has blanks or signs stands between backticks: `like (this)`";
            let hint = suggest(&name, "functions", &names).map(|close| format!("{close}; {column}"));
            return Err(Fault { hint, ..Fault::new(span, format!("unknown function `{name}`")) });
        };
        let mut arguments = Vec::new();
        if !matches!(self.tokens.peek(), Some((Token::Close, _))) {
            arguments.push(self.expression(0)?);
            while self.tokens.next_if(|(token, _)| *token == Token::Comma).is_some() {
                arguments.push(self.expression(0)?);
            }
        }
        let close = self.close(span.clone())?;
        let span = span.start..close.end;
        if !function.arity().contains(&arguments.len()) {
            return Err(Fault::new(span, format!("expected `{}`", function.usage())));
        }
        self.node(Node::Call(function, arguments), span)
    }

    fn close(&mut self, open: Range<usize>) -> Result<Range<usize>, Fault> {
        match self.tokens.next() {
            Some((Token::Close, span)) => Ok(span),
            Some((token, span)) => {
                Err(unexpected(&token, span, "expected an operator, a comma or a closing parenthesis"))
            }
            None => Err(Fault::new(open, "the closing parenthesis is missing")),
        }
    }

    fn node(&mut self, node: Node, span: Range<usize>) -> Result<Ast, Fault> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Fault::new(span, format!("the expression has more than {MAX_NODES} parts")).hint(SPLIT));
        }
        Ok(Ast { node, span })
    }
}

/// How tightly an operator binds.
fn level(operator: Binary) -> u8 {
    match operator {
        Binary::Or => 1,
        Binary::And => 2,
        Binary::Add | Binary::Subtract => 5,
        Binary::Multiply | Binary::Divide | Binary::Remainder => 6,
        Binary::Power => 8,
        _ => 4,
    }
}
