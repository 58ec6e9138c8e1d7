//! Newton's method with steps that are cut until they go down, as Lin, Lin and Weng 2007 have it: for the one or two
//! numbers that make probabilities of decisions.

const MOST_STEPS: usize = 100;
/// Below this share of it a step makes no way.
const SHORTEST: f64 = 1e-10;
/// Share of the fall along the slope that a step must have.
const SUFFICIENT: f64 = 1e-4;
/// Derivatives below this are an optimum.
pub const FLAT: f64 = 1e-5;

/// A convex function of `N` numbers.
pub trait Loss<const N: usize> {
    /// Its value.
    fn value(&self, at: [f64; N]) -> f64;
    /// Newton's step and the slope along it; none at the optimum.
    fn newton(&self, at: [f64; N]) -> Option<([f64; N], f64)>;
}

/// Where a loss is least.
pub fn least<const N: usize>(loss: &impl Loss<N>, from: [f64; N]) -> [f64; N] {
    let (mut at, mut value) = (from, loss.value(from));
    for _ in 0..MOST_STEPS {
        let Some((step, slope)) = loss.newton(at) else { break };
        let mut length = 1.0;
        while length >= SHORTEST {
            let next = std::array::from_fn(|place| at[place] + length * step[place]);
            let lower = loss.value(next);
            if lower < value + SUFFICIENT * length * slope {
                (at, value) = (next, lower);
                break;
            }
            length /= 2.0;
        }
        if length < SHORTEST {
            break;
        }
    }
    at
}
