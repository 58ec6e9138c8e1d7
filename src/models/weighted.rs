//! Summaries of the training targets, with or without weights.

/// Weighted share of each class.
pub fn shares(codes: &[u32], classes: usize, weights: Option<&[f64]>) -> Vec<f64> {
    let mut shares = vec![0.0; classes];
    for (row, code) in codes.iter().enumerate() {
        if let Some(share) = shares.get_mut(*code as usize) {
            *share += weights.map_or(1.0, |w| w[row]);
        }
    }
    let total: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= total);
    shares
}

/// Weighted mean.
pub fn mean(values: &[f64], weights: Option<&[f64]>) -> f64 {
    match weights {
        None => values.iter().sum::<f64>() / values.len() as f64,
        Some(w) => values.iter().zip(w).map(|(v, w)| v * w).sum::<f64>() / w.iter().sum::<f64>(),
    }
}
