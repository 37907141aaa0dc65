//! The comparison of results with independent ones.

/// How far a value may be from the true one: `absolute + relative · |truth|`.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// The part that does not depend on the value, in its unit.
    pub absolute: f64,
    /// The part that is a share of the true value.
    pub relative: f64,
}

/// Compares `ours` with the `truth`, value by value.
///
/// # Errors
/// The lengths differ, or a value is farther away than `tolerance` allows; NaN agrees with nothing.
pub fn agree(name: &str, ours: &[f64], truth: &[f64], tolerance: Tolerance) -> Result<(), String> {
    if ours.len() != truth.len() {
        return Err(format!("{name}: {} values instead of {}", ours.len(), truth.len()));
    }
    for (index, (&ours, &truth)) in ours.iter().zip(truth).enumerate() {
        let times = (ours - truth).abs() / (tolerance.absolute + tolerance.relative * truth.abs());
        if times.is_nan() || times > 1.0 {
            return Err(format!("{name}[{index}]: {ours:e} instead of {truth:e}, {times:.1} times the tolerance"));
        }
    }
    Ok(())
}

/// Numbers in double precision, for a comparison.
pub fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}
