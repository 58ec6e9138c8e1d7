//! Numbers as figures write them: short ones.

use crate::visualization::Lang;

/// Numbers from this on are written in thousands, millions and so on.
const LARGE: f64 = 1e4;
/// Numbers below the first or from the second on are written with an exponent.
const SMALL: f64 = 1e-3;
const HUGE: f64 = 1e15;

/// A number with about `digits` significant digits.
pub fn number(value: f64, digits: u32, lang: Lang) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(SMALL..HUGE).contains(&size) {
        return local(&format!("{value:.*e}", digits.saturating_sub(1) as usize), lang);
    }
    let (value, unit) = scaled(value, size);
    let before = libm::floor(libm::log10(value.abs())) as i64 + 1;
    let decimals = (i64::from(digits) - before).clamp(0, 6) as usize;
    let decimals = if value.fract() == 0.0 { 0 } else { decimals };
    local(&format!("{value:.decimals$}{unit}"), lang)
}

/// A share as per cent.
pub fn percent(share: f64, lang: Lang) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    let written = format!("{:.1}", share * 100.0);
    local(&format!("{} %", trimmed(&written)), lang)
}

/// A count with its thousands apart.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut written = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
            written.push('\u{202f}');
        }
        written.push(digit);
    }
    written
}

/// The label of a tick among ticks `step` apart, of which the largest is `most` in size.
pub(super) fn tick(value: f64, step: f64, most: f64, lang: Lang) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(SMALL..HUGE).contains(&most) {
        return local(&trimmed_exponent(&format!("{value:.2e}")), lang);
    }
    let (_, unit) = scaled(most, most);
    let (value, step) = (value / size_of(unit), step / size_of(unit));
    let decimals = (0..=9).find(|decimals| {
        let tenth = libm::pow(10.0, f64::from(*decimals));
        (step * tenth - libm::round(step * tenth)).abs() < 1e-6 * step * tenth
    });
    local(&format!("{value:.*}{unit}", decimals.unwrap_or(9) as usize), lang)
}

fn size_of(unit: &str) -> f64 {
    match unit {
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        _ => 1.0,
    }
}

/// A value in the unit that suits its size.
fn scaled(value: f64, size: f64) -> (f64, &'static str) {
    let unit = match size {
        _ if size < LARGE => "",
        _ if size < 1e6 => "k",
        _ if size < 1e9 => "M",
        _ if size < 1e12 => "G",
        _ => "T",
    };
    (value / size_of(unit), unit)
}

fn trimmed(written: &str) -> &str {
    if written.contains('.') { written.trim_end_matches('0').trim_end_matches('.') } else { written }
}

/// `1.50e-5` as `1.5e-5`.
fn trimmed_exponent(written: &str) -> String {
    let (digits, exponent) = written.split_once('e').unwrap_or((written, "0"));
    format!("{}e{exponent}", trimmed(digits))
}

/// With the sign of mathematics, which is as wide as a plus, and the decimal mark of the language.
fn local(written: &str, lang: Lang) -> String {
    written.replace('-', "−").replace('.', lang.pick(".", ","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_keep_their_digits() {
        let of_three = [
            (0.0, "0"),
            (0.93751, "0.938"),
            (-12.5, "−12.5"),
            (9876.0, "9876"),
            (15_060.0, "15.1k"),
            (3e-5, "3.00e−5"),
            (0.5, "0.500"),
            (2.5e9, "2.50G"),
            (f64::NAN, "–"),
        ];
        for (value, expected) in of_three {
            assert_eq!(number(value, 3, Lang::En), expected);
            assert_eq!(number(value, 3, Lang::Es), expected.replace('.', ","));
        }
        assert_eq!((percent(0.1234, Lang::En), percent(1.0, Lang::Es)), ("12.3 %".to_owned(), "100 %".to_owned()));
        assert_eq!((count(1234), count(1_234_567)), ("1234".to_owned(), "1\u{202f}234\u{202f}567".to_owned()));
    }

    #[test]
    fn ticks_have_the_decimals_of_their_step() {
        let cases = [
            (0.4, 0.2, 1.0, "0.4"),
            (0.25, 0.25, 1.0, "0.25"),
            (1.0, 0.25, 1.0, "1.00"),
            (20_000.0, 10_000.0, 50_000.0, "20k"),
            (-2500.0, 2500.0, 10_000.0, "−2.5k"),
            (2e-5, 1e-5, 4e-5, "2e−5"),
        ];
        for (value, step, most, expected) in cases {
            assert_eq!(tick(value, step, most, Lang::En), expected);
        }
    }
}
