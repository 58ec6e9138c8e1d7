//! Numbers as people read them in either language.

use super::Lang;

/// Stands between groups of three digits and before a percent sign; lines do not break there.
const BLANK: char = '\u{a0}';

impl Lang {
    /// The sign before decimals.
    pub fn decimal_mark(self) -> char {
        match self {
            Self::En => '.',
            Self::Es => ',',
        }
    }

    /// A number with that many decimals, its thousands apart; an en dash for what is no number.
    pub fn decimals(self, number: f64, digits: usize) -> String {
        if !number.is_finite() {
            return "–".to_owned();
        }
        let text = format!("{number:.digits$}");
        let (sign, text) = match text.strip_prefix('-') {
            // What is rounded away has no sign.
            Some(rest) if rest.bytes().all(|b| matches!(b, b'0' | b'.')) => ("", rest),
            Some(rest) => ("−", rest),
            None => ("", text.as_str()),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let mut shown = format!("{sign}{}", self.grouped(whole));
        if !fraction.is_empty() {
            shown.push(self.decimal_mark());
            shown.push_str(fraction);
        }
        shown
    }

    /// A measured value: four decimals of small ones, fewer of large ones, and powers of ten of the rest.
    pub fn value(self, number: f64) -> String {
        match number.abs() {
            size if size == 0.0 || !size.is_finite() => self.decimals(number, 0),
            size if !(0.000_1..1e12).contains(&size) => {
                let text = format!("{number:.1e}").replace('-', "−");
                text.replace('.', &self.decimal_mark().to_string())
            }
            size if size < 100.0 => self.decimals(number, 4),
            size if size < 10_000.0 => self.decimals(number, 2),
            _ => self.decimals(number, 0),
        }
    }

    /// A value that says by its sign which way it goes.
    pub fn signed(self, number: f64) -> String {
        let text = self.value(number);
        if number > 0.0 { format!("+{text}") } else { text }
    }

    /// A number as it was found, to six significant digits.
    pub fn plain(self, number: f64) -> String {
        if number.fract() == 0.0 && number.abs() < 1e15 {
            return self.decimals(number, 0);
        }
        significant(number).replace('-', "−").replace('.', &self.decimal_mark().to_string())
    }

    /// A number of things.
    pub fn count(self, number: u64) -> String {
        self.grouped(&number.to_string())
    }

    /// A share as a percentage.
    pub fn percent(self, share: f64) -> String {
        let percent = share * 100.0;
        let text = if percent > 0.0 && percent < 0.1 {
            format!("<{BLANK}{}", self.decimals(0.1, 1))
        } else {
            self.decimals(percent, 1)
        };
        format!("{text}{BLANK}%")
    }

    /// Digits in groups of three. Spanish sets four digits without a gap, as the Academy has it.
    fn grouped(self, digits: &str) -> String {
        let (mark, least) = match self {
            Self::En => (',', 4),
            Self::Es => (BLANK, 5),
        };
        if digits.len() < least {
            return digits.to_owned();
        }
        let mut shown = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                shown.push(mark);
            }
            shown.push(digit);
        }
        shown
    }
}

/// A number to six significant digits, without idle noughts.
pub fn significant(number: f64) -> String {
    let short = format!("{number:.5e}").parse().unwrap_or(number);
    match f64::abs(short) {
        size if size != 0.0 && !(1e-6..1e15).contains(&size) => format!("{short:e}"),
        _ => short.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_each_language_does() {
        for (number, english, spanish) in [
            (0.0, "0", "0"),
            (-0.00001, "−1.0e−5", "−1,0e−5"),
            (0.89354, "0.8935", "0,8935"),
            (-2.5, "−2.5000", "−2,5000"),
            (1234.567, "1,234.57", "1234,57"),
            (48842.0, "48,842", "48\u{a0}842"),
            (f64::NAN, "–", "–"),
            (1e300, "1.0e300", "1,0e300"),
        ] {
            assert_eq!((Lang::En.value(number).as_str(), Lang::Es.value(number).as_str()), (english, spanish));
        }
        assert_eq!((Lang::En.decimals(-0.001, 2), Lang::Es.percent(0.12345)), ("0.00".into(), "12,3\u{a0}%".into()));
        assert_eq!((Lang::En.signed(0.5), Lang::En.plain(3.0)), ("+0.5000".into(), "3".into()));
        for (number, expected) in
            [(9.7, "9.7"), (0.022_727_272_727, "0.0227273"), (-1e-9, "-1e-9"), (1_234.567_89, "1234.57")]
        {
            assert_eq!(significant(number), expected);
        }
        assert_eq!(Lang::Es.plain(-9.75), "−9,75");
        assert_eq!(Lang::En.percent(0.0001), "<\u{a0}0.1\u{a0}%");
    }
}
