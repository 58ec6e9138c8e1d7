//! The font in the program: how wide its texts are, and their outlines.

use std::sync::LazyLock;

use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// DejaVu Sans: European letters, and the signs of mathematics. None if the font in the program were damaged.
static FACE: LazyLock<Option<Face<'static>>> = LazyLock::new(|| Face::parse(dejavu::sans::regular(), 0).ok());

/// Share of its height that a letter takes, which the font does not have: that of the widest scripts.
const UNKNOWN: f64 = 1.0;
/// What stands for the end of a text that was cut.
const ELLIPSIS: char = '…';

/// How wide a text of some height is.
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// The text, or its beginning with an ellipsis if it is wider than `most`.
pub fn shortened(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let mut room = most / size - advance(ELLIPSIS);
    let fits = |letter: &char| {
        room -= advance(*letter);
        room >= 0.0
    };
    let mut short: String = text.chars().take_while(fits).collect();
    short.truncate(short.trim_end().len());
    short.push(ELLIPSIS);
    short
}

/// Width of a letter of height 1.
fn advance(letter: char) -> f64 {
    let Some(face) = FACE.as_ref() else { return UNKNOWN };
    let advance = face.glyph_index(letter).and_then(|glyph| face.glyph_hor_advance(glyph));
    advance.map_or(UNKNOWN, |units| f64::from(units) / f64::from(face.units_per_em()))
}

/// Tells the outlines of a text of height 1, that begins at (0, 0) and runs to the right, y growing upwards, to
/// `builder`, which is told before each letter where that begins.
pub(super) fn outline<B: OutlineBuilder>(text: &str, builder: &mut B, begin: impl Fn(&mut B, f64, f64)) {
    let Some(face) = FACE.as_ref() else { return };
    let unit = 1.0 / f64::from(face.units_per_em());
    let mut at = 0.0;
    for letter in text.chars() {
        begin(builder, at, unit);
        face.outline_glyph(face.glyph_index(letter).unwrap_or(GlyphId(0)), builder);
        at += advance(letter);
    }
}
