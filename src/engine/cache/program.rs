//! What a pattern with wildcards becomes: steps that are taken side by side, so that none costs more than its
//! length times that of the path.

/// One step.
#[derive(Debug, Clone)]
pub enum Step {
    /// This character.
    Char(char),
    /// Any character.
    Any,
    /// Any character but a slash.
    NotSlash,
    /// A character of a set, or none of it.
    Class {
        /// Whether those outside the set are meant.
        negated: bool,
        /// Whether a slash counts like any other character.
        slash: bool,
        /// First and last characters.
        ranges: Vec<(char, char)>,
    },
    /// Goes on at both places.
    Fork(usize, usize),
    /// Goes on only where the path ends.
    End,
    /// Matches, whatever follows.
    Match,
}

/// The steps of a pattern, from the beginning of a path.
#[derive(Debug, Clone, Default)]
pub struct Program(Vec<Step>);

impl Program {
    /// Adds a step.
    pub fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    fn fork(&mut self, length: usize) {
        let next = self.0.len() + 1;
        self.push(Step::Fork(next, next + length));
    }

    /// `**/` at the beginning.
    pub fn any_folders_before(&mut self) {
        self.fork(3);
        let start = self.0.len();
        self.push(Step::Any);
        self.push(Step::Fork(start, start + 2));
        self.push(Step::Char('/'));
    }

    /// `/**` in the middle.
    pub fn any_folders_between(&mut self) {
        self.fork(3);
        let start = self.0.len() + 1;
        self.push(Step::Char('/'));
        self.push(Step::Any);
        self.push(Step::Fork(start, start + 2));
    }

    /// `*` among other characters.
    pub fn any_of_a_name(&mut self) {
        let start = self.0.len();
        self.push(Step::Fork(start + 1, start + 3));
        self.push(Step::NotSlash);
        self.push(Step::Fork(start, start));
    }

    /// `*` alone.
    pub fn some_of_a_name(&mut self) {
        let start = self.0.len();
        self.push(Step::NotSlash);
        self.push(Step::Fork(start, start + 2));
    }

    /// Matches whatever follows.
    pub fn skip_rest(&mut self) {
        self.push(Step::Match);
    }

    /// Matches at the end of the path.
    pub fn end(&mut self) {
        self.push(Step::End);
        self.push(Step::Match);
    }

    /// Matches at the end of a path, or of one of its parts.
    pub fn end_or_slash(&mut self) {
        self.fork(2);
        self.push(Step::Char('/'));
        self.push(Step::Match);
        self.end();
    }

    /// Whether a path matches.
    pub fn matches(&self, path: impl Iterator<Item = char>) -> bool {
        let mut path = path.peekable();
        let mut current = Threads::new(self.0.len());
        let mut next = Threads::new(self.0.len());
        current.add(&self.0, 0, path.peek().is_none());
        while let Some(c) = path.next() {
            if current.matched || current.list.is_empty() {
                break;
            }
            next.clear();
            let at_end = path.peek().is_none();
            for &at in &current.list {
                if accepts(&self.0[at], c) {
                    next.add(&self.0, at + 1, at_end);
                }
            }
            std::mem::swap(&mut current, &mut next);
        }
        current.matched
    }
}

fn accepts(step: &Step, c: char) -> bool {
    match step {
        Step::Char(expected) => c == *expected,
        Step::Any => true,
        Step::NotSlash => c != '/',
        Step::Class { negated, slash, ranges } => {
            (*slash || c != '/') && ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
        }
        Step::Fork(..) | Step::End | Step::Match => false,
    }
}

/// The places at which the next character is awaited.
struct Threads {
    list: Vec<usize>,
    seen: Vec<bool>,
    matched: bool,
}

impl Threads {
    fn new(length: usize) -> Self {
        Self { list: Vec::new(), seen: vec![false; length], matched: false }
    }

    fn clear(&mut self) {
        self.list.clear();
        self.seen.fill(false);
        self.matched = false;
    }

    fn add(&mut self, steps: &[Step], at: usize, at_end: bool) {
        let mut pending = vec![at];
        while let Some(at) = pending.pop() {
            if at >= steps.len() || std::mem::replace(&mut self.seen[at], true) {
                continue;
            }
            match &steps[at] {
                Step::Fork(a, b) => pending.extend([*b, *a]),
                Step::End if at_end => pending.push(at + 1),
                Step::End => {}
                Step::Match => self.matched = true,
                _ => self.list.push(at),
            }
        }
    }
}
