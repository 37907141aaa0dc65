//! How fast a run goes by for people who watch it.

use serde::{Deserialize, Serialize};

/// How long a whole run takes that is watched, in milliseconds.
pub const WATCHED: f64 = 8000.0;

/// How fast training may go.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Pace {
    /// As fast as the machine can.
    Fastest,
    /// At most so many meta-iterations a second.
    PerSecond(f64),
    /// A whole run in [`WATCHED`], or as long as the machine needs: as much time for every doubling of the
    /// meta-iteration, so that the first steps can be seen.
    Watch,
}

/// A run of meta-iterations 0 to `end`, spread by the logarithm of 1 + the meta-iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogTime {
    /// The last meta-iteration, at least 1.
    pub end: u64,
}

impl LogTime {
    /// Where a meta-iteration stands: 0 at the beginning, 1 at the end.
    #[must_use]
    pub fn fraction(self, iteration: u64) -> f64 {
        libm::log1p(iteration as f64) / libm::log1p(self.end.max(1) as f64)
    }

    /// The last meta-iteration that stands at this fraction or before it.
    #[must_use]
    pub fn iteration(self, fraction: f64) -> u64 {
        let end = self.end.max(1);
        // What rounding puts just below a whole number is that number.
        let iteration = libm::expm1(fraction.clamp(0.0, 1.0) * libm::log1p(end as f64)) * (1.0 + 1e-9) + 1e-9;
        (iteration as u64).min(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_meta_iteration_is_found_where_it_stands() {
        for end in [1, 2, 100, 30_000, 1_000_000] {
            let time = LogTime { end };
            assert_eq!((time.fraction(0), time.fraction(end)), (0.0, 1.0));
            for iteration in (0..=end).step_by((end / 1000).max(1) as usize) {
                assert_eq!(time.iteration(time.fraction(iteration)), iteration, "{iteration} of {end}");
            }
        }
        let time = LogTime { end: 2000 };
        assert_eq!(time.iteration(f64::midpoint(time.fraction(5), time.fraction(6))), 5);
        assert_eq!((time.iteration(-1.0), time.iteration(f64::NAN), time.iteration(2.0)), (0, 0, 2000));
    }
}
