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
    fn probabilities_stay_in_range_at_the_extremes() {
        assert_eq!((sigmoid(-800.0), sigmoid(0.0), sigmoid(800.0)), (0.0, 0.5, 1.0));
        let mut scores = [1000.0, 0.0, -1000.0];
        softmax(&mut scores);
        assert_eq!(scores, [1.0, 0.0, 0.0]);
    }
}
