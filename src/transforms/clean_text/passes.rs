//! Passes over single characters. Each appends to `out` and says whether it did; where not, the text stays as it is.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Unicode's form NFKC.
pub fn normalize(text: &str, out: &mut String) -> bool {
    if text.is_ascii() || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        return false;
    }
    out.extend(text.nfkc());
    true
}

/// What a character is without the invisible.
fn visible(character: char) -> Option<char> {
    if character.is_whitespace() {
        return Some(character);
    }
    if character.is_control() || character == char::REPLACEMENT_CHARACTER {
        return Some(' ');
    }
    // Joiners make other letters of letters, and one face of several.
    let joins = matches!(character, '\u{200c}' | '\u{200d}');
    let hidden = !character.is_ascii() && !joins && character.general_category() == GeneralCategory::Format;
    (!hidden).then_some(character)
}

/// White space for control and replacement characters, nothing for invisible ones.
pub fn without_control(text: &str, out: &mut String) -> bool {
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    if text.bytes().all(plain) {
        return false;
    }
    out.extend(text.chars().filter_map(visible));
    true
}

/// Small letters.
pub fn lower(text: &str, out: &mut String) -> bool {
    if text.is_ascii() {
        if !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return false;
        }
        out.push_str(text);
        out.make_ascii_lowercase();
    } else {
        out.push_str(&text.to_lowercase());
    }
    true
}

/// Letters at most `most` times in a row.
pub fn without_repeats(text: &str, most: usize, out: &mut String) -> bool {
    let repeated = |window: &[u8]| window.iter().all(|byte| *byte == window[0]);
    if text.is_ascii() && !text.as_bytes().windows(most.saturating_add(1)).any(repeated) {
        return false;
    }
    let (mut last, mut times) = ('\0', 0usize);
    for character in text.chars() {
        times = if character == last { times + 1 } else { 1 };
        last = character;
        if times <= most || !character.is_alphabetic() {
            out.push(character);
        }
    }
    true
}

/// One space for each run of white space between words.
pub fn single_spaced(text: &str, out: &mut String) -> bool {
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    true
}
