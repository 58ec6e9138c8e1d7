//! How a text is written: plain, in single or in double quotes, and where it folds.

use super::emitter::{Emitter, Place, WIDTH};
use crate::yaml::{Kind, kind};

/// What ends a line in YAML.
const BREAKS: [char; 4] = ['\n', '\u{85}', '\u{2028}', '\u{2029}'];

/// What may stand before a comment and behind a colon.
const BLANKS: [char; 8] = ['\0', ' ', '\t', '\r', '\n', '\u{85}', '\u{2028}', '\u{2029}'];

/// Whether the text holds a break.
pub(super) fn is_multiline(text: &str) -> bool {
    text.contains(BREAKS)
}

/// Writes a scalar; what is no text stands as it is.
pub(super) fn write(emitter: &mut Emitter, text: &str, is_text: bool, place: Place) {
    let chars: Vec<char> = text.chars().collect();
    let forms = Forms::of(&chars);
    let key = place == Place::Key;
    let split = !key;
    if !is_text || (kind(text) == Kind::Text && forms.plain) {
        plain(emitter, &chars, split);
    } else if text.contains(['\'', '\n']) || !forms.single || (key && is_multiline(text)) {
        double_quoted(emitter, &chars, split);
    } else {
        single_quoted(emitter, &chars, split);
    }
}

/// How a text can be written; double quotes take anything.
struct Forms {
    plain: bool,
    single: bool,
}

impl Forms {
    fn of(text: &[char]) -> Self {
        let (Some(first), Some(last)) = (text.first(), text.last()) else {
            return Self { plain: true, single: true };
        };
        let pairs = || text.windows(2).map(|pair| (pair[0], pair[1]));
        let is_break = |c: &char| BREAKS.contains(c);
        let special = text.iter().any(|c| !is_printable(*c));
        let break_space = pairs().any(|(a, b)| is_break(&a) && b == ' ');
        let space_break = pairs().any(|(a, b)| a == ' ' && is_break(&b));
        let single = !special && !break_space && !space_break;
        let blank_ends = *first == ' ' || *last == ' ';
        let plain = single && !blank_ends && !text.iter().any(is_break) && !has_indicator(text);
        Self { plain, single }
    }
}

/// Whether something in it would be taken for YAML's own sign.
fn has_indicator(text: &[char]) -> bool {
    let blank = |at: usize| text.get(at).is_none_or(|c| BLANKS.contains(c));
    let marker = text.starts_with(&['-'; 3]) || text.starts_with(&['.'; 3]);
    let first = match text.first() {
        Some('#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`') => true,
        Some('?' | ':' | '-') => blank(1),
        _ => false,
    };
    let inner = text.iter().enumerate().skip(1).any(|(at, c)| match c {
        ':' => blank(at + 1),
        '#' => blank(at - 1),
        _ => false,
    });
    marker || first || inner
}

/// Whether a text with it needs no escapes.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        && c != '\u{feff}'
}

fn plain(emitter: &mut Emitter, text: &[char], split: bool) {
    if text.is_empty() {
        return;
    }
    emitter.separate();
    let mut gap = 0;
    for run in text.chunk_by(|a, b| (*a == ' ') == (*b == ' ')) {
        if run.first() == Some(&' ') {
            gap = run.len();
            if gap == 1 && split && emitter.column >= WIDTH {
                emitter.write_indent();
                emitter.inside();
                continue;
            }
        } else if split && gap <= 1 && run.len() + emitter.column > WIDTH && emitter.column > emitter.indent {
            // A word longer than the line gets a line of its own. ruamel.yaml does that to keys as well, and
            // where several blanks are before it, which would be read as one.
            emitter.write_indent();
        }
        emitter.put_all(run);
    }
}

/// A text without `'` and line feeds; those are for double quotes.
fn single_quoted(emitter: &mut Emitter, text: &[char], split: bool) {
    #[derive(PartialEq)]
    enum Run {
        Spaces,
        Breaks,
        Word,
    }
    let class = |c: &char| match c {
        ' ' => Run::Spaces,
        c if BREAKS.contains(c) => Run::Breaks,
        _ => Run::Word,
    };
    emitter.indicator("'", true, false);
    let mut start = 0;
    for run in text.chunk_by(|a, b| class(a) == class(b)) {
        let end = start + run.len();
        match run.first().map(class) {
            Some(Run::Spaces)
                if run.len() == 1 && split && emitter.column > WIDTH && start != 0 && end != text.len() =>
            {
                emitter.write_indent();
            }
            Some(Run::Breaks) => {
                for line_break in run {
                    emitter.break_with(*line_break);
                }
                emitter.write_indent();
            }
            _ => emitter.put_all(run),
        }
        start = end;
    }
    emitter.indicator("'", false, false);
}

fn double_quoted(emitter: &mut Emitter, text: &[char], split: bool) {
    emitter.indicator("\"", true, false);
    // Characters before `start` are written; those up to `end` need no escape.
    let mut start = 0;
    for end in 0..=text.len() {
        let next = text.get(end).copied();
        if next.is_none_or(needs_escape) {
            emitter.put_all(text.get(start..end).unwrap_or_default());
            start = end;
            if let Some(c) = next {
                emitter.put(&escape(c));
                start = end + 1;
            }
        }
        let pending = end.saturating_sub(start);
        let escaped = usize::from(start > end);
        let inner = 0 < end && end + 1 < text.len();
        if inner && split && (next == Some(' ') || start >= end) && emitter.column + pending > WIDTH + escaped {
            start = fold(emitter, text, start, end);
        }
    }
    emitter.indicator("\"", false, false);
}

/// Goes on on the next line, with a backslash where the break would be read as a blank too many. Returns
/// where the rest of the text starts.
fn fold(emitter: &mut Emitter, text: &[char], start: usize, end: usize) -> usize {
    // Where no blank is, ruamel.yaml may leave the backslash out as well, and reads a blank more than it wrote.
    let blank = text.get(start.max(end)) == Some(&' ');
    let silent = blank && start != end && break_is_blank(text, end);
    emitter.put_all(text.get(start..end).unwrap_or_default());
    if !silent {
        emitter.put("\\");
    }
    let start = start.max(end);
    emitter.write_indent();
    emitter.inside();
    match text.get(start) {
        Some(' ') if silent => start + 1,
        Some(' ') => {
            emitter.put("\\");
            start
        }
        _ => start,
    }
}

/// Whether a break at `end` can stand for the blank that is there: ruamel.yaml looks as far as the next blank.
fn break_is_blank(text: &[char], end: usize) -> bool {
    let find = |c: char, from: usize, to: usize| text.get(from..to)?.iter().position(|x| *x == c).map(|at| from + at);
    let Some(space) = find(' ', end, text.len()) else { return false };
    let at = find('\n', end, space).unwrap_or(space);
    let Some(behind) = text.get(at + 1) else { return false };
    let quotes = text.get(end..at).is_some_and(|word| word.contains(&'"') || word.contains(&'\''));
    let second = end > 0 && text.get(end - 1..=end) == Some(&[' ', ' ']);
    let feed = at < space;
    !(feed || quotes || second || matches!(behind, ' ' | '\n'))
}

fn needs_escape(c: char) -> bool {
    matches!(c, '"' | '\\' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\n') || !is_printable(c)
}

fn escape(c: char) -> String {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = u32::from(c);
            return match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}
