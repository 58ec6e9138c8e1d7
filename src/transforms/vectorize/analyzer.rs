//! From a text to its tokens: words, or pieces of characters. Every rule is scikit-learn's, and Python's of what a
//! word, white space and a small letter is.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::interner::Interner;

/// What a term is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Words: two or more letters, digits and underscores of any script in a row.
    #[default]
    Word,
    /// Characters, white space among them.
    Char,
    /// Characters of one word, with a space before and after it.
    CharWb,
}

/// How a text is taken apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analyzer {
    pub unit: Unit,
    pub lowercase: bool,
    /// Least and greatest number of words or characters in a term.
    pub range: (usize, usize),
}

/// Rows of texts as numbers of their distinct tokens.
#[derive(Default)]
pub struct Tokens {
    /// Distinct tokens.
    pub distinct: Interner,
    /// The token of each place.
    pub ids: Vec<u32>,
    /// `rows + 1` offsets into `ids`.
    pub starts: Vec<usize>,
}

impl Analyzer {
    /// How many tokens make a term: words make n-grams, pieces of characters are terms as they are.
    pub fn grams(&self) -> (usize, usize) {
        if self.unit == Unit::Word { self.range } else { (1, 1) }
    }

    /// The tokens of each text; a missing one has none.
    pub fn tokens(&self, texts: &[Option<&str>]) -> Tokens {
        let mut tokens = Tokens { starts: vec![0], ..Tokens::default() };
        let mut scratch = String::new();
        for text in texts {
            let Tokens { distinct, ids, starts } = &mut tokens;
            self.each(text.unwrap_or_default(), &mut scratch, &mut |token: &str| ids.push(distinct.intern(token)));
            starts.push(ids.len());
        }
        tokens
    }

    /// Tells each token of a text in order.
    pub fn each(&self, text: &str, scratch: &mut String, take: &mut impl FnMut(&str)) {
        let text = if self.lowercase { lower(text, scratch) } else { Cow::Borrowed(text) };
        match self.unit {
            Unit::Word => words(&text, take),
            Unit::Char => pieces(&single_spaced(&text), self.range, false, take),
            Unit::CharWb => {
                let mut padded = String::new();
                for word in text.split(is_space).filter(|word| !word.is_empty()) {
                    padded.clear();
                    padded.extend([" ", word, " "]);
                    pieces(&padded, self.range, true, take);
                }
            }
        }
    }
}

/// Small letters. `scratch` spares an allocation a text.
fn lower<'a>(text: &'a str, scratch: &'a mut String) -> Cow<'a, str> {
    if !text.is_ascii() {
        return Cow::Owned(text.to_lowercase());
    }
    if !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    scratch.clear();
    scratch.push_str(text);
    scratch.make_ascii_lowercase();
    Cow::Borrowed(scratch)
}

/// What `\w\w+` finds.
pub fn words(text: &str, take: &mut impl FnMut(&str)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let (start, mut characters) = (at, 0);
        while let Some(length) = word_character(text, at) {
            at += length;
            characters += 1;
        }
        if characters >= 2 {
            take(&text[start..at]);
        }
        // The character that ended the word.
        at += bytes.get(at).map_or(0, |byte| length(*byte));
    }
}

/// The length of the character at `at` where it is a letter, a digit or an underscore.
#[inline]
fn word_character(text: &str, at: usize) -> Option<usize> {
    let byte = *text.as_bytes().get(at)?;
    if byte.is_ascii() {
        return (byte.is_ascii_alphanumeric() || byte == b'_').then_some(1);
    }
    let character = text.get(at..)?.chars().next()?;
    let group = character.general_category_group();
    matches!(group, GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number).then(|| character.len_utf8())
}

/// Bytes of the character that begins with `first`.
fn length(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}

/// White space to Python, which counts four separators that Unicode does not.
pub fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// Two and more white spaces are one space; a single one stays what it is.
fn single_spaced(text: &str) -> Cow<'_, str> {
    let mut before = false;
    let runs = text.chars().any(|c| {
        let space = is_space(c);
        std::mem::replace(&mut before, space) && space
    });
    if !runs {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if is_space(character) && characters.peek().is_some_and(|next| is_space(*next)) {
            while characters.next_if(|next| is_space(*next)).is_some() {}
            out.push(' ');
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// All runs of `range` characters. Of a `word`, the first length that it does not exceed is the last one taken, as whole
/// as it is.
pub fn pieces(text: &str, range: (usize, usize), word: bool, take: &mut impl FnMut(&str)) {
    let bounds: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let characters = bounds.len() - 1;
    for length in range.0..=range.1 {
        if word && length >= characters {
            return take(text);
        }
        for first in 0..(characters + 1).saturating_sub(length) {
            take(&text[bounds[first]..bounds[first + length]]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(unit: Unit, range: (usize, usize), text: &str) -> Vec<String> {
        let tokens = Analyzer { unit, lowercase: true, range }.tokens(&[Some(text)]);
        tokens.ids.iter().map(|id| tokens.distinct.get(*id).to_owned()).collect()
    }

    #[test]
    fn words_are_what_python_finds() {
        for (text, expected) in [
            ("", ""),
            ("a I", ""),
            ("Don't stop_it 4 42 x1", "don stop_it 42 x1"),
            ("naïve café e\u{301}te\u{301}", "naïve café te"),
            ("日本語 テ 👍🏽ok Ⅷ²", "日本語 ok ⅷ²"),
            ("\u{0}nul\u{0}l\u{202e}rtl zero\u{200d}width", "nul rtl zero width"),
            ("हिन्दी हिंदी", ""),
            ("İstanbul straße ﬁne", "stanbul straße ﬁne"),
        ] {
            let expected: Vec<&str> = expected.split_whitespace().collect();
            let found = tokens(Unit::Word, (1, 1), text);
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn pieces_of_characters_are_those_of_scikit_learn() {
        assert_eq!(tokens(Unit::Char, (1, 2), "aB\t\n c"), ["a", "b", " ", "c", "ab", "b ", " c"]);
        assert_eq!(tokens(Unit::Char, (3, 4), "ab"), [""; 0]);
        assert_eq!(tokens(Unit::CharWb, (2, 3), "a bc"), [" a", "a ", " a ", " b", "bc", "c ", " bc", "bc "]);
        assert_eq!(tokens(Unit::CharWb, (4, 6), "a bcd"), [" a ", " bcd", "bcd ", " bcd "]);
    }
}
