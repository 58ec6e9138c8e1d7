//! Which kind a column is, from all its values.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;

use xxhash_rust::xxh3::xxh3_64;

use super::memo::Memo;
use super::tidy::Tidy;
use super::{EXACT, shorten};
use crate::data::column::Kind;
use crate::data::dates;
use crate::data::digest::AsIs;

/// What is known of the values of a column so far. Blocks of rows are counted apart and joined.
pub struct Tally {
    present: usize,
    numbers: usize,
    integers: usize,
    bools: usize,
    dates: usize,
    /// The first value that is no number.
    odd: Option<String>,
    /// The first value that is no date.
    odd_date: Option<String>,
    texts: Option<Texts>,
    /// What short texts were seen to be; none for one that is missing.
    memo: Memo<Option<Seen>>,
}

/// What a text is.
#[derive(Debug, Clone, Copy)]
struct Seen {
    is_number: bool,
    is_integer: bool,
    is_bool: bool,
    is_date: bool,
    /// Where texts are told apart.
    characters: usize,
    words: usize,
}

/// What tells texts, levels and ids apart; counted where a value is no number.
#[derive(Default)]
struct Texts {
    /// Values counted here.
    present: usize,
    /// Hashes of the distinct values.
    distinct: HashSet<u64, BuildHasherDefault<AsIs>>,
    characters: usize,
    words: usize,
}

impl Tally {
    /// No value yet. `texts` counts what tells texts apart from the first value on.
    pub fn new(texts: bool) -> Self {
        let texts = texts.then(Texts::default);
        Self {
            present: 0,
            numbers: 0,
            integers: 0,
            bools: 0,
            dates: 0,
            odd: None,
            odd_date: None,
            texts,
            memo: Memo::default(),
        }
    }

    /// Counts a value as found.
    pub fn see(&mut self, tidy: &Tidy, text: Option<&str>) {
        let Some(text) = text else { return };
        let key = self.memo.key(text);
        let known = key.and_then(|key| self.memo.get(key));
        let seen = known.unwrap_or_else(|| tidy.value(text).map(|text| self.look(tidy, text)));
        if let (Some(key), None) = (key, known) {
            self.memo.put(key, seen);
        }
        if let Some(seen) = seen {
            self.count(seen);
        }
    }

    /// Looks at a text, perhaps not for the first time.
    fn look(&mut self, tidy: &Tidy, text: &str) -> Seen {
        let number = tidy.number(text).filter(|_| !has_leading_zero(text));
        let is_number = number.is_some();
        let written_whole = || !text.bytes().any(|b| matches!(b, b'.' | b'e' | b'E' | b','));
        let is_integer = number.is_some_and(|v| v.fract() == 0.0 && v.abs() <= EXACT && written_whole());
        let is_bool = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
        let is_date = !is_number && dates::parse_iso(text).is_some();
        if !is_date && self.odd_date.is_none() {
            self.odd_date = Some(shorten(text));
        }
        if !is_number && self.odd.is_none() {
            self.odd = Some(shorten(text));
        }
        if !is_number && self.texts.is_none() {
            // What is known of earlier texts does not tell their words.
            self.memo.clear();
            self.texts = Some(Texts::default());
        }
        let Some(texts) = &mut self.texts else {
            return Seen { is_number, is_integer, is_bool, is_date, characters: 0, words: 0 };
        };
        texts.distinct.insert(xxh3_64(text.as_bytes()));
        let (characters, words) = (text.chars().count(), text.split_whitespace().count());
        Seen { is_number, is_integer, is_bool, is_date, characters, words }
    }

    fn count(&mut self, seen: Seen) {
        self.present += 1;
        self.numbers += usize::from(seen.is_number);
        self.integers += usize::from(seen.is_integer);
        self.bools += usize::from(seen.is_bool);
        self.dates += usize::from(seen.is_date);
        if let Some(texts) = &mut self.texts {
            texts.present += 1;
            texts.characters += seen.characters;
            texts.words += seen.words;
        }
    }

    /// Adds what was counted in later rows.
    pub fn join(&mut self, later: Tally) {
        self.present += later.present;
        self.numbers += later.numbers;
        self.integers += later.integers;
        self.bools += later.bools;
        self.dates += later.dates;
        self.odd = self.odd.take().or(later.odd);
        self.odd_date = self.odd_date.take().or(later.odd_date);
        if let Some(more) = later.texts {
            let texts = self.texts.get_or_insert_default();
            texts.present += more.present;
            texts.distinct.extend(more.distinct);
            texts.characters += more.characters;
            texts.words += more.words;
        }
    }

    /// Whether all values are alike, so that what tells texts apart does not matter, or it is known of all.
    pub fn is_enough(&self) -> bool {
        self.simple().is_some() || self.texts.as_ref().is_some_and(|t| t.present == self.present)
    }

    /// The kind, and a warning where the values look like something else.
    pub fn decide(&self, name: &str) -> (Kind, Option<String>) {
        if self.present == 0 {
            return (Kind::Category, Some(format!("column `{name}` has no value at all")));
        }
        if let Some(kind) = self.simple() {
            return (kind, None);
        }
        let almost = [("number", self.numbers, &self.odd), ("date", self.dates, &self.odd_date)];
        let almost = almost.into_iter().find(|(_, fitting, _)| fitting * 10 >= self.present * 9);
        let warning = almost.map(|(what, fitting, odd)| {
            let odd = odd.as_deref().unwrap_or_default();
            format!(
                "column `{name}` is a {what} in all but {} of {} values (such as `{odd}`), so it is taken as text levels; \
                 add those texts to `clean.missing` or set `clean.types`",
                self.present - fitting,
                self.present
            )
        });
        (self.texts.as_ref().map_or(Kind::Category, Texts::decide), warning)
    }

    /// The kind where every value is of the same.
    fn simple(&self) -> Option<Kind> {
        match self.present {
            0 => Some(Kind::Category),
            n if self.integers == n => Some(Kind::Integer),
            n if self.numbers == n => Some(Kind::Number),
            n if self.bools == n => Some(Kind::Bool),
            n if self.dates == n => Some(Kind::Date),
            _ => None,
        }
    }
}

impl Texts {
    fn decide(&self) -> Kind {
        let (distinct, present) = (self.distinct.len(), self.present);
        let mostly_distinct = distinct * 2 > present;
        if mostly_distinct && (self.characters >= 40 * present || self.words >= 4 * present) {
            Kind::Text
        } else if present >= 50 && distinct * 10 > present * 9 && self.words < 2 * present {
            Kind::Id
        } else {
            Kind::Category
        }
    }
}

/// A leading zero marks a code such as a postal code, not a number.
fn has_leading_zero(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']).as_bytes();
    digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit()
}
