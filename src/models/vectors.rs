//! Sums over vectors, in an order that no thread and no CPU changes.

/// The fewest chunks that a thread is given: with one thread, all of them.
pub fn fewest_chunks(threads: usize) -> usize {
    if threads > 1 { 1 } else { usize::MAX }
}

/// The sum of products.
#[inline]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Eight sums side by side, so the compiler can keep them in vector registers; their order is fixed.
    let (mut sums, mut rest) = ([0.0; 8], 0.0);
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    for (a, b) in a_chunks.remainder().iter().zip(b_chunks.remainder()) {
        rest += a * b;
    }
    for (a, b) in a_chunks.zip(b_chunks) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// The sum of products of three.
pub fn weighted_dot(weights: &[f64], a: &[f64], b: &[f64]) -> f64 {
    let (mut sums, mut rest) = ([0.0; 8], 0.0);
    let (weights, last_weights) = weights.as_chunks::<8>();
    let ((a, last_a), (b, last_b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for ((weight, a), b) in last_weights.iter().zip(last_a).zip(last_b) {
        rest += weight * a * b;
    }
    for ((weights, a), b) in weights.iter().zip(a).zip(b) {
        for (at, sum) in sums.iter_mut().enumerate() {
            *sum += weights[at] * a[at] * b[at];
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// Adds `factor * x` to `y`.
#[inline]
pub fn add_scaled(y: &mut [f64], factor: f64, x: &[f64]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += factor * x);
}

/// The Euclidean length.
pub fn length(a: &[f64]) -> f64 {
    libm::sqrt(dot(a, a))
}
