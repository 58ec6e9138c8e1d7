//! The functions of the language.

use std::ops::RangeInclusive;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Abs,
    Sqrt,
    Log,
    Log1p,
    Exp,
    Floor,
    Ceil,
    Round,
    Min,
    Max,
    If,
    IsNull,
    Coalesce,
    Length,
    Lower,
    Contains,
}

impl Function {
    pub const ALL: [Function; 16] = [
        Function::Abs,
        Function::Sqrt,
        Function::Log,
        Function::Log1p,
        Function::Exp,
        Function::Floor,
        Function::Ceil,
        Function::Round,
        Function::Min,
        Function::Max,
        Function::If,
        Function::IsNull,
        Function::Coalesce,
        Function::Length,
        Function::Lower,
        Function::Contains,
    ];

    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }

    pub fn name(self) -> &'static str {
        let usage = self.usage();
        usage.split_once('(').map_or(usage, |(name, _)| name)
    }

    /// How it is called.
    pub fn usage(self) -> &'static str {
        match self {
            Function::Abs => "abs(number)",
            Function::Sqrt => "sqrt(number)",
            Function::Log => "log(number)",
            Function::Log1p => "log1p(number)",
            Function::Exp => "exp(number)",
            Function::Floor => "floor(number)",
            Function::Ceil => "ceil(number)",
            Function::Round => "round(number)",
            Function::Min => "min(number, number, …)",
            Function::Max => "max(number, number, …)",
            Function::If => "if(condition, then, else)",
            Function::IsNull => "is_null(value)",
            Function::Coalesce => "coalesce(value, value, …)",
            Function::Length => "length(text)",
            Function::Lower => "lower(text)",
            Function::Contains => "contains(text, part)",
        }
    }

    /// How many arguments it takes.
    pub fn arity(self) -> RangeInclusive<usize> {
        match self {
            Function::Min | Function::Max | Function::Coalesce => 2..=usize::MAX,
            Function::If => 3..=3,
            Function::Contains => 2..=2,
            _ => 1..=1,
        }
    }
}
