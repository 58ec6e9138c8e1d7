//! One line of a .dvcignore or .gitignore.

use super::program::{Program, Step};

/// Whose rules a line is read by. They differ in what lies below a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// .dvcignore: a pattern that matches a folder matches all paths below it too, when it takes back another as
    /// well, and one of `folder/**` matches the folder.
    Dvc,
    /// .gitignore: a pattern matches an entry by itself, byte by byte.
    Git,
}

/// What is ignored, or, negated, what is not ignored after all.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// Whether it takes back what an earlier one ignores.
    pub negated: bool,
    /// Whether it matches folders only.
    pub folders_only: bool,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    /// Can match nothing.
    Never,
    /// A name without wildcards, at any depth: by far the most frequent, and much faster.
    Name(String),
    Program(Program),
}

/// A line that DVC stops at.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl Pattern {
    /// Reads a line; none where it says nothing.
    pub fn parse(line: &str, dialect: Dialect) -> Result<Option<Self>, Malformed> {
        let line = if line.ends_with("\\ ") { line } else { line.trim_end() };
        if line.is_empty() || line.starts_with('#') || line == "/" {
            return Ok(None);
        }
        let (negated, rest) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let folders_only = rest.ends_with('/');
        let matcher = match matcher(rest, folders_only, dialect) {
            Ok(matcher) => matcher,
            Err(Refusal::Discarded) => return Ok(None),
            Err(Refusal::Malformed(_)) if dialect == Dialect::Git => return Ok(None),
            Err(Refusal::Malformed(why)) => return Err(Malformed(why)),
        };
        Ok(Some(Self { negated, folders_only, matcher }))
    }

    /// Whether it matches a path relative to where it stands, `/` between its parts and none at its end.
    pub fn matches(&self, path: &str, folder: bool, dialect: Dialect) -> bool {
        if self.folders_only && !folder {
            return false;
        }
        match (&self.matcher, dialect) {
            (Matcher::Never, _) => false,
            (Matcher::Name(name), Dialect::Dvc) => path.split('/').any(|part| part == name),
            (Matcher::Name(name), Dialect::Git) => path.rsplit('/').next() == Some(name),
            (Matcher::Program(program), Dialect::Dvc) if folder => {
                program.matches(path.chars()) || program.matches(path.chars().chain(['/']))
            }
            (Matcher::Program(program), Dialect::Dvc) => program.matches(path.chars()),
            (Matcher::Program(program), Dialect::Git) => program.matches(path.bytes().map(char::from)),
        }
    }
}

/// Why a pattern is none.
enum Refusal {
    /// Git ignores such a line, and so does DVC.
    Discarded,
    /// DVC stops at it.
    Malformed(&'static str),
}

fn matcher(pattern: &str, folders_only: bool, dialect: Dialect) -> Result<Matcher, Refusal> {
    let mut parts: Vec<&str> = pattern.split('/').collect();
    if folders_only && dialect == Dialect::Git {
        parts.pop();
    }
    let anchored = parts.len() > 1 && !(parts.len() == 2 && parts[1].is_empty());
    match parts.first() {
        Some(&"") => drop(parts.remove(0)),
        Some(&"**") => {}
        _ if !anchored => {
            if is_literal(parts[0]) {
                return Ok(Matcher::Name(parts[0].to_owned()));
            }
            parts.insert(0, "**");
        }
        _ => {}
    }
    if parts.is_empty() || (dialect == Dialect::Git && parts == [""]) {
        return match dialect {
            Dialect::Dvc => Err(Refusal::Malformed("nothing is left of the pattern")),
            Dialect::Git => Ok(Matcher::Never),
        };
    }
    if let Some(last) = parts.last_mut().filter(|last| last.is_empty()) {
        *last = "**";
    }
    parts.dedup_by(|a, b| *a == "**" && *b == "**");
    compile(&parts, folders_only, dialect)
}

fn is_literal(name: &str) -> bool {
    !name.is_empty() && !name.contains(['*', '?', '[', '\\'])
}

fn compile(parts: &[&str], folders_only: bool, dialect: Dialect) -> Result<Matcher, Refusal> {
    // `*/` and `**/` come out of DVC's translation as something that no path matches.
    let nothing_but_folders = matches!(parts, ["**"] if folders_only) || parts == ["**", "*", "**"];
    if nothing_but_folders && dialect == Dialect::Dvc {
        return Ok(Matcher::Never);
    }
    let mut program = Program::default();
    if matches!(parts, ["**"] | ["**", "*"]) {
        program.push(Step::Any);
        program.skip_rest();
        return Ok(Matcher::Program(program));
    }
    let last = parts.len() - 1;
    for (at, part) in parts.iter().enumerate() {
        match (*part, at) {
            ("**", 0) => program.any_folders_before(),
            ("**", _) if at == last => program.push(Step::Char('/')),
            ("**", _) => program.any_folders_between(),
            (part, _) => {
                if at > 0 && !(at == 1 && parts[0] == "**") {
                    program.push(Step::Char('/'));
                }
                segment(part, dialect, &mut program)?;
            }
        }
    }
    match (parts[last] == "**", dialect) {
        (true, Dialect::Dvc) => program.push(Step::Match),
        (true, Dialect::Git) => {
            program.push(Step::Any);
            program.skip_rest();
        }
        (false, Dialect::Dvc) => program.end_or_slash(),
        (false, Dialect::Git) => program.end(),
    }
    Ok(Matcher::Program(program))
}

/// One part of a path.
fn segment(part: &str, dialect: Dialect, program: &mut Program) -> Result<(), Refusal> {
    if part == "*" {
        program.some_of_a_name();
        return Ok(());
    }
    let bytes: String;
    let mut chars = match dialect {
        Dialect::Dvc => part.chars(),
        Dialect::Git => {
            bytes = part.bytes().map(char::from).collect();
            bytes.chars()
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '\\' => program.push(Step::Char(chars.next().ok_or(Refusal::Malformed("a `\\` stands before nothing"))?)),
            '*' => program.any_of_a_name(),
            '?' => program.push(Step::NotSlash),
            '[' => program.push(class(&mut chars, dialect)?),
            c => program.push(Step::Char(c)),
        }
    }
    Ok(())
}

/// A set of characters, from behind its `[`.
fn class(chars: &mut std::str::Chars, dialect: Dialect) -> Result<Step, Refusal> {
    let rest = chars.as_str();
    let negated = rest.starts_with(['!', '^']);
    let start = usize::from(negated);
    // A `]` at the beginning is one of the set.
    let from = start + usize::from(rest[start..].starts_with(']'));
    let length = rest[from..].find(']').ok_or(Refusal::Discarded)?;
    let mut members = rest[start..from + length].chars().peekable();
    *chars = rest[from + length + 1..].chars();
    let mut ranges = Vec::new();
    while let Some(mut low) = members.next() {
        if low == '\\' && dialect == Dialect::Git {
            low = members.next().unwrap_or(low);
        }
        let mut ahead = members.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(high)) => {
                if high < low {
                    return Err(Refusal::Malformed("a range in `[…]` runs backwards"));
                }
                ranges.push((low, high));
                members = ahead;
            }
            _ => ranges.push((low, low)),
        }
    }
    // What is not in a set may be a slash for DVC.
    Ok(Step::Class { negated, slash: dialect == Dialect::Dvc, ranges })
}
