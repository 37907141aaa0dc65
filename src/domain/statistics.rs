//! Means of samples and their 95 % intervals.

/// The normal quantile of a two-sided 95 % interval.
const NORMAL_95: f64 = 1.96;

/// The mean of samples and the half width of its 95 % interval, 1.96·s/√n.
#[must_use]
pub fn mean_and_interval(samples: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = samples.clone().count() as f64;
    let mean = samples.clone().sum::<f64>() / n;
    let variance = samples.map(|sample| (sample - mean) * (sample - mean)).sum::<f64>() / (n - 1.0);
    (mean, NORMAL_95 * (variance / n).sqrt())
}

/// The median of samples, the mean of the middle two where their number is even; NaN without any.
#[must_use]
pub fn median(samples: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = samples.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle.wrapping_sub(1)), sorted.get(middle)) {
        (Some(below), Some(above)) if sorted.len().is_multiple_of(2) => f64::midpoint(*below, *above),
        (_, above) => above.copied().unwrap_or(f64::NAN),
    }
}

/// Student's t of a two-sided 95 % interval for the mean of 2, 3, … 10 samples.
const STUDENT_95: [f64; 9] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/// The mean of a few samples, such as of runs with different seeds, and the half width of its 95 % interval, t·s/√n.
#[must_use]
pub fn mean_of_few(samples: &[f64]) -> (f64, f64) {
    let (mean, half) = mean_and_interval(samples.iter().copied());
    let quantile = samples.len().checked_sub(2).and_then(|index| STUDENT_95.get(index)).unwrap_or(&NORMAL_95);
    (mean, half / NORMAL_95 * quantile)
}
