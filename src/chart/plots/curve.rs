//! True curves that have corners or jumps, at more points than the grid has.

/// Samples of a true curve that has corners or jumps: enough that a jump looks upright.
pub const SAMPLES: usize = 1000;

/// A true curve between the ends of the grid, at more points than the grid has.
pub fn finely(grid: &[f32], samples: usize, value: impl Fn(f32) -> f32 + Copy) -> impl Iterator<Item = (f64, f64)> {
    let ends = grid.first().zip(grid.last()).map(|(&low, &high)| (low, high));
    ends.into_iter().flat_map(move |(low, high)| {
        (0..=samples).map(move |number| {
            let x = low + (high - low) * (number as f32 / samples as f32);
            (f64::from(x), f64::from(value(x)))
        })
    })
}
