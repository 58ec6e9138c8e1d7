//! Sums over vectors, in an order that no thread and no CPU changes.

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

/// Adds `factor * x` to `y`.
#[inline]
pub fn add_scaled(y: &mut [f64], factor: f64, x: &[f64]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += factor * x);
}

/// The Euclidean length.
pub fn length(a: &[f64]) -> f64 {
    libm::sqrt(dot(a, a))
}
