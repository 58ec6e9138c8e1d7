//! The exponential and what is made of it, with the same bits on every machine.
//!
//! The system's `exp` and the boosting library's vector kernels differ by CPU in the last bit, which
//! 300 rounds of boosting can turn into another tree. Plain multiplications and additions do not.

/// e^x in f32, within 2 units in the last place for |x| ≤ 87 and held there beyond.
///
/// Cephes `expf`: x = n ln 2 + r with |r| ≤ ln 2 / 2, then a polynomial of degree 7 in r. Written
/// without branches, so the compiler can do several values at once.
#[inline]
pub fn exp_f32(x: f32) -> f32 {
    /// Adding 1.5 × 2^23 rounds to a whole number, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 87.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p * r + coefficient;
    }
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    (p * r * r + r + 1.0) * f32::from_bits(exponent)
}

/// 1 / (1 + e^-x) in f32, for gradients.
#[inline]
pub fn sigmoid_f32(x: f32) -> f32 {
    1.0 / (1.0 + exp_f32(-x))
}

/// 1 / (1 + e^-x), for predictions.
pub fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + libm::exp(-x))
    } else {
        let e = libm::exp(x);
        e / (1.0 + e)
    }
}

/// e^x for x ≤ 0, within 2 units in the last place down to -700 and held there below.
///
/// As [`exp_f32`], with the Taylor polynomial of degree 13; several times faster than `libm::exp`, since the
/// compiler can do several values at once.
#[inline]
pub fn exp_below_0(x: f64) -> f64 {
    /// Adding 1.5 × 2^52 rounds to a whole number, which then stands in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const FACTORS: [f64; 11] = [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40320.0,
        1.0 / 5040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
    ];
    let x = x.clamp(-700.0, 0.0);
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * 6.931_457_519_531_25e-1 - n * 1.428_606_820_309_417_3e-6;
    let mut p = 1.0 / 6_227_020_800.0;
    for factor in FACTORS {
        p = p * r + factor;
    }
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(1023) << 52;
    (p * r * r + r + 1.0) * f64::from_bits(exponent)
}

/// The logarithm of a number from 1 to 2, to 2e-16.
///
/// With s = (x - 1) / (x + 1) it is 2 (s + s³ / 3 + s⁵ / 5 + …); above √2 of the half, where s is small again.
#[inline]
pub fn log_1_to_2(x: f64) -> f64 {
    let above = x > std::f64::consts::SQRT_2;
    let (half, rest) = if above { (0.5 * x, std::f64::consts::LN_2) } else { (x, 0.0) };
    let s = (half - 1.0) / (half + 1.0);
    let square = s * s;
    let mut p = 1.0 / 21.0;
    for odd in [19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        p = p * square + 1.0 / odd;
    }
    rest + 2.0 * (p * square * s + s)
}

/// Turns scores into probabilities: e^x over their sum.
pub fn softmax(scores: &mut [f64]) {
    let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = libm::exp(*score - max);
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_f32_is_close_to_exp_everywhere() {
        for step in -8700..=8700 {
            let x = step as f32 / 100.0;
            let exact = f64::from(x).exp();
            let error = (f64::from(exp_f32(x)) - exact).abs() / exact;
            assert!(error < 2.4e-7, "exp({x}) is off by {error:e}");
        }
        assert_eq!(exp_f32(0.0), 1.0);
        assert!(exp_f32(1e9).is_finite() && exp_f32(-1e9) > 0.0);
    }

    #[test]
    fn the_fast_functions_are_close_to_exact_ones() {
        for step in -70_000..=0 {
            let x = f64::from(step) / 100.0;
            let error = (exp_below_0(x) / libm::exp(x) - 1.0).abs();
            assert!(error < 5e-16, "exp({x}) is off by {error:e}");
            let x = 1.0 - f64::from(step) / 70_000.0;
            let error = (log_1_to_2(x) - libm::log(x)).abs();
            assert!(error < 2.3e-16, "log({x}) is off by {error:e}");
        }
        assert_eq!((exp_below_0(0.0), log_1_to_2(1.0)), (1.0, 0.0));
        assert!(exp_below_0(-1e9) > 0.0 && exp_below_0(-1e9) < 1e-300);
    }

    #[test]
    fn probabilities_stay_in_range_at_the_extremes() {
        assert_eq!((sigmoid(-800.0), sigmoid(0.0), sigmoid(800.0)), (0.0, 0.5, 1.0));
        let mut scores = [1000.0, 0.0, -1000.0];
        softmax(&mut scores);
        assert_eq!(scores, [1.0, 0.0, 0.0]);
    }
}
