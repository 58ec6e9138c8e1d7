//! Colours by what they are for, each in a light and a dark theme.

/// What a mark is coloured as.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ink {
    /// The ground that everything is drawn on.
    Background,
    /// Titles and values.
    Text,
    /// Labels of axes and ticks, and lines to compare with.
    Muted,
    /// Lines behind the marks.
    Grid,
    /// The nth of the things that a figure tells apart.
    Series(usize),
    /// A value between the lowest (0) and the highest (1) of a scale.
    Value(f64),
}

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// Colours of a theme.
struct Theme {
    background: Rgb,
    text: Rgb,
    muted: Rgb,
    grid: Rgb,
    series: [Rgb; SERIES],
}

/// Series of different colours; further ones differ by their dashes.
pub const SERIES: usize = 8;

/// Colours of series stand out from the ground by 3:1 and from each other with each kind of colour blindness: the first
/// two are of Okabe and Ito, each further one is as far as can be from those before it.
const LIGHT: Theme = Theme {
    background: [0xff, 0xff, 0xff],
    text: [0x1b, 0x1f, 0x24],
    muted: [0x57, 0x60, 0x6a],
    grid: [0xe1, 0xe4, 0xe8],
    series: [
        [0x00, 0x72, 0xb2],
        [0xd5, 0x5e, 0x00],
        [0x66, 0x21, 0x0f],
        [0x00, 0x33, 0x80],
        [0x99, 0x54, 0x62],
        [0xbd, 0x59, 0xff],
        [0x00, 0x00, 0xe6],
        [0x66, 0x55, 0x0f],
    ],
};

const DARK: Theme = Theme {
    background: [0x14, 0x17, 0x1c],
    text: [0xe6, 0xe8, 0xeb],
    muted: [0xa0, 0xa8, 0xb2],
    grid: [0x30, 0x36, 0x3d],
    series: [
        [0x56, 0xb4, 0xe9],
        [0xf0, 0x80, 0x3c],
        [0x6e, 0x50, 0xe6],
        [0xff, 0xde, 0x59],
        [0x99, 0x54, 0x54],
        [0x8c, 0xe8, 0xff],
        [0xcc, 0x00, 0xa3],
        [0x7e, 0x7e, 0xe6],
    ],
};

/// Lowest, middle and highest of a scale of values: on both grounds they can be seen.
const SCALE: [Rgb; 3] = [[0x21, 0x8f, 0xd6], [0x8c, 0x86, 0x92], [0xe0, 0x5a, 0x1e]];
/// Shades that values are rounded to, so that few styles serve many marks.
const SHADES: f64 = 24.0;

impl Ink {
    /// Its colour on light ground.
    pub fn light(self) -> Rgb {
        self.of(&LIGHT)
    }

    fn of(self, theme: &Theme) -> Rgb {
        match self {
            Self::Background => theme.background,
            Self::Text => theme.text,
            Self::Muted => theme.muted,
            Self::Grid => theme.grid,
            Self::Series(at) => theme.series[at % SERIES],
            Self::Value(value) => shade(value),
        }
    }

    /// Its CSS custom property, where themes differ in it.
    fn property(self) -> Option<String> {
        match self {
            Self::Background => Some("--figure-background".to_owned()),
            Self::Text => Some("--figure-text".to_owned()),
            Self::Muted => Some("--figure-muted".to_owned()),
            Self::Grid => Some("--figure-grid".to_owned()),
            Self::Series(at) => Some(format!("--figure-series-{}", at % SERIES + 1)),
            Self::Value(_) => None,
        }
    }

    /// As CSS: a property that falls back to the light colour.
    pub(super) fn css(self) -> String {
        let colour = hex(self.light());
        self.property().map_or_else(|| colour.clone(), |property| format!("var({property},{colour})"))
    }
}

/// Declarations of the custom properties of figures, for the style sheet of a page: in a light theme, and in a dark one.
pub fn properties() -> (String, String) {
    (declarations(&LIGHT), declarations(&DARK))
}

fn declarations(theme: &Theme) -> String {
    let inks = [Ink::Background, Ink::Text, Ink::Muted, Ink::Grid];
    let all = inks.into_iter().chain((0..SERIES).map(Ink::Series));
    all.filter_map(|ink| Some(format!("{}:{};", ink.property()?, hex(ink.of(theme))))).collect()
}

/// A colour as HTML writes it.
pub(super) fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn shade(value: f64) -> Rgb {
    let value = if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.5 };
    let value = (value * SHADES).round() / SHADES;
    let (low, high, share) =
        if value < 0.5 { (SCALE[0], SCALE[1], value * 2.0) } else { (SCALE[1], SCALE[2], value * 2.0 - 1.0) };
    std::array::from_fn(|at| (f64::from(low[at]) * (1.0 - share) + f64::from(high[at]) * share).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(colour: Rgb) -> [f64; 3] {
        colour.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn contrast(one: Rgb, other: Rgb) -> f64 {
        let luminance = |colour| {
            let [red, green, blue] = linear(colour);
            0.2126 * red + 0.7152 * green + 0.0722 * blue
        };
        let (one, other): (f64, f64) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// Oklab of a colour as seen through one of the matrices of Machado, Oliveira and Fernandes (2009).
    fn seen(colour: Rgb, through: &[[f64; 3]; 3]) -> [f64; 3] {
        let rgb = linear(colour);
        let [r, g, b] = through.map(|row| row.iter().zip(rgb).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0));
        let l = (0.412_221 * r + 0.536_333 * g + 0.051_446 * b).cbrt();
        let m = (0.211_903 * r + 0.680_700 * g + 0.107_397 * b).cbrt();
        let s = (0.088_302 * r + 0.281_719 * g + 0.629_979 * b).cbrt();
        [
            0.210_454 * l + 0.793_618 * m - 0.004_072 * s,
            1.977_998 * l - 2.428_592 * m + 0.450_594 * s,
            0.025_904 * l + 0.782_772 * m - 0.808_676 * s,
        ]
    }

    #[test]
    fn colours_stand_out_and_differ_for_the_colour_blind_too() {
        let views = [
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
            [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
            [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
        ];
        for theme in [&LIGHT, &DARK] {
            assert!(contrast(theme.text, theme.background) > 7.0 && contrast(theme.muted, theme.background) > 4.5);
            for colour in theme.series.iter().chain(&SCALE) {
                assert!(contrast(*colour, theme.background) > 3.0, "{}", hex(*colour));
            }
            for (at, one) in theme.series.iter().enumerate() {
                for other in &theme.series[..at] {
                    for view in &views {
                        let (one, other) = (seen(*one, view), seen(*other, view));
                        let apart = one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                        assert!(apart > 0.08, "{one:?} {other:?}");
                    }
                }
            }
        }
    }
}
