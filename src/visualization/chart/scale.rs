//! Axes: from values to places, and the ticks between.

use super::number;
use crate::visualization::Lang;

/// What an axis measures.
#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    /// Numbers from the first to the second.
    Linear(f64, f64),
    /// Numbers above 0 from the first to the second, each factor as long as another.
    Log(f64, f64),
    /// Names; the nth stands at n, from left to right, or from top to bottom.
    Categories(Vec<String>),
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What it is called; may be empty.
    pub label: String,
    /// What it measures.
    pub scale: Scale,
    /// Whether its numbers are shares, to be written as per cent.
    pub percent: bool,
    /// Whether ticks stand at whole numbers alone.
    pub whole: bool,
    /// Whether its ticks have lines behind the marks.
    pub grid: bool,
}

/// A place on an axis with its label.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub at: f64,
    pub label: String,
}

/// The largest number that is drawn as what it is.
const LARGEST: f64 = 1e150;
/// The share of the range that stays free beside the outermost values.
const PADDING: f64 = 0.04;

impl Axis {
    /// Numbers between two.
    pub fn linear(label: &str, low: f64, high: f64) -> Self {
        let (low, high) = wide(low, high);
        Self { label: label.to_owned(), scale: Scale::Linear(low, high), percent: false, whole: false, grid: true }
    }

    /// From 0 to 1.
    pub fn share(label: &str) -> Self {
        Self::linear(label, 0.0, 1.0)
    }

    /// Numbers that all of `values` fit in; what is not finite does not count.
    pub fn fitted(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = range(values);
        let padding = (high - low) * PADDING;
        Self::linear(label, low - padding, high + padding)
    }

    /// The same with 0 at an end, where all values are on one side of it.
    pub fn from_zero(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = range(values.into_iter().chain([0.0]));
        let padding = (high - low) * PADDING;
        let padded = |end: f64, padded: f64| if end == 0.0 { 0.0 } else { padded };
        Self::linear(label, padded(low, low - padding), padded(high, high + padding))
    }

    /// Numbers above 0 by their factors.
    pub fn log(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = range(values.into_iter().filter(|value| *value > 0.0));
        let (low, high) = if low > 0.0 { (low, high) } else { (0.1, 1.0) };
        let (low, high) = if high > low { (low, high) } else { (low / 2.0, high * 2.0) };
        Self { label: label.to_owned(), scale: Scale::Log(low, high), percent: false, whole: false, grid: true }
    }

    /// Names.
    pub fn categories(label: &str, names: Vec<String>) -> Self {
        Self { label: label.to_owned(), scale: Scale::Categories(names), percent: false, whole: false, grid: false }
    }

    /// Its numbers as per cent.
    pub fn percent(self) -> Self {
        Self { percent: true, ..self }
    }

    /// With ticks at whole numbers alone.
    pub fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// No lines behind the marks.
    pub fn plain(self) -> Self {
        Self { grid: false, ..self }
    }

    /// Where a value stands between the ends, 0 and 1; none if it is not a number or outside.
    pub(super) fn position(&self, value: f64) -> Option<f64> {
        let position = self.unclamped(value);
        (-1e-9..=1.0 + 1e-9).contains(&position).then_some(position)
    }

    /// The same, at the nearer end for what is outside.
    pub(super) fn clamped(&self, value: f64) -> Option<f64> {
        let position = self.unclamped(value);
        (!position.is_nan()).then(|| position.clamp(0.0, 1.0))
    }

    fn unclamped(&self, value: f64) -> f64 {
        match &self.scale {
            Scale::Linear(low, high) => (value - low) / (high - low),
            Scale::Log(low, high) if value > 0.0 => libm::log(value / low) / libm::log(high / low),
            Scale::Log(..) => f64::NAN,
            Scale::Categories(names) => (value + 0.5) / names.len().max(1) as f64,
        }
    }

    /// At most about `most` ticks.
    pub(super) fn ticks(&self, most: usize, lang: Lang) -> Vec<Tick> {
        match &self.scale {
            Scale::Linear(low, high) => self.linear_ticks(*low, *high, most.max(2), lang),
            Scale::Log(low, high) => log_ticks(*low, *high, most.max(2), lang),
            Scale::Categories(names) => {
                let tick = |(at, name): (usize, &String)| Tick { at: at as f64, label: name.clone() };
                names.iter().enumerate().map(tick).step_by(names.len().div_ceil(most.max(1)).max(1)).collect()
            }
        }
    }

    fn linear_ticks(&self, low: f64, high: f64, most: usize, lang: Lang) -> Vec<Tick> {
        // One tick alone tells no scale.
        let fits = |step: f64| libm::floor(high / step + 1e-9) > libm::ceil(low / step - 1e-9);
        let steps = (most..most + 4).map(|most| step((high - low) / most as f64));
        let step = steps.clone().find(|step| fits(*step)).or_else(|| steps.clone().next_back()).unwrap_or(high - low);
        // Of the round steps only one half and smaller ones, and 2.5, are no whole numbers.
        let step = if self.whole && step.fract() != 0.0 { if step < 1.0 { 1.0 } else { 5.0 } } else { step };
        let first = libm::ceil(low / step - 1e-9);
        let ats: Vec<f64> = (0..=2 * most)
            .map(|at| (first + at as f64) * step)
            .take_while(|at| *at <= high + step * 1e-9)
            .map(|at| if at.abs() < step * 1e-9 { 0.0 } else { at })
            .collect();
        let largest = ats.iter().fold(0.0f64, |largest, at| largest.max(at.abs()));
        let label = |at: f64| {
            if self.percent { number::percent(at, lang) } else { number::tick(at, step, largest, lang) }
        };
        ats.into_iter().map(|at| Tick { at, label: label(at) }).collect()
    }
}

/// The round number from `least` on: 1, 2, 2.5 or 5 times a power of ten.
fn step(least: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(least)));
    let round = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|round| least <= round * power * (1.0 + 1e-9));
    round.unwrap_or(10.0) * power
}

/// Powers of ten; fewer of them if there are many, and multiples between if there are few.
fn log_ticks(low: f64, high: f64, most: usize, lang: Lang) -> Vec<Tick> {
    let (first, last) = (libm::floor(libm::log10(low)) as i32, libm::ceil(libm::log10(high)) as i32);
    let decades = (last - first).max(1) as usize;
    let within = |factors: &[f64], every: usize| -> Vec<Tick> {
        let powers = (first..=last).step_by(every).map(|power| libm::pow(10.0, f64::from(power)));
        let all = powers.flat_map(|power| factors.iter().map(move |factor| factor * power));
        let inside = all.filter(|at| *at >= low * (1.0 - 1e-9) && *at <= high * (1.0 + 1e-9));
        inside.map(|at| Tick { at, label: number::number(at, 2, lang) }).collect()
    };
    let few: &[f64] = if decades * 3 <= most { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let ticks = within(few, decades.div_ceil(most).max(1));
    if ticks.len() >= 2 {
        return ticks;
    }
    [low, high].into_iter().map(|at| Tick { at, label: number::number(at, 2, lang) }).collect()
}

/// The least and greatest of the finite values, `(0, 1)` for none.
fn range(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let finite = values.into_iter().filter(|value| value.is_finite());
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

/// Two ends that differ, and by so much that numbers between can be told apart.
fn wide(low: f64, high: f64) -> (f64, f64) {
    let end = |end: f64| if end.is_finite() { end.clamp(-LARGEST, LARGEST) } else { 0.0 };
    let (low, high) = (end(low.min(high)), end(high.max(low)));
    let size = low.abs().max(high.abs());
    if high - low > size * 1e-9 && high - low > 1e-150 {
        return (low, high);
    }
    let half = if size > 1e-140 { size * 0.1 } else { 0.5 };
    (low - half, high + half)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis, most: usize) -> Vec<String> {
        axis.ticks(most, Lang::En).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(
            labels(&Axis::share("x"), 5),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"].map(|t| t.replace("0.0", "0"))
        );
        assert_eq!(labels(&Axis::share("x").percent(), 4), ["0 %", "25 %", "50 %", "75 %", "100 %"]);
        assert_eq!(labels(&Axis::linear("x", -3.0, 17.0), 5), ["0", "5", "10", "15"]);
        assert_eq!(labels(&Axis::linear("x", -0.5, 1.5).whole(), 5), ["0", "1"]);
        assert_eq!(labels(&Axis::linear("x", -0.5, 9.5).whole(), 4), ["0", "5"]);
        assert_eq!(labels(&Axis::log("x", [1.0, 1000.0]), 6), ["1", "10", "100", "1000"]);
        let names = (0..50).map(|at| format!("level {at}")).collect();
        assert_eq!(labels(&Axis::categories("x", names), 10).len(), 10);
    }

    #[test]
    fn any_values_have_an_axis() {
        let odd: [&[f64]; 9] = [
            &[],
            &[f64::NAN],
            &[3.0, 3.0],
            &[0.0],
            &[1e300, -1e300],
            &[f64::INFINITY, 2.0],
            &[1e-320, 2e-320],
            &[1e16, 1e16 + 2.0],
            &[-5.0, 5e-9],
        ];
        for values in odd {
            for axis in [
                Axis::fitted("x", values.iter().copied()),
                Axis::from_zero("x", values.iter().copied()),
                Axis::log("x", values.iter().copied()),
            ] {
                for most in [0, 1, 5, 40] {
                    let ticks = axis.ticks(most, Lang::En);
                    assert!((1..=2 * most.max(2) + 1).contains(&ticks.len()), "{values:?} {most} {ticks:?}");
                    for tick in &ticks {
                        assert!(axis.position(tick.at).is_some(), "{values:?} {tick:?}");
                    }
                }
            }
        }
    }
}
