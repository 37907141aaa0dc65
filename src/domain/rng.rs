//! Seeded, portable random numbers: the same on every machine and in every browser.
//!
//! The generator is `SplitMix64` (Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators"). Every use
//! has a stream of its own, named by the run's seed, a purpose and two indices, so that no draw depends on how work was
//! divided: the tasks of meta-iteration 17 are the same after a pause, on another backend, or on another worker.

use crate::simd::math;

const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// What a stream of random numbers is for; streams of different purposes are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Initial weights.
    Initialisation = 1,
    /// Tasks and minibatches of training.
    Training = 2,
    /// Held-out tasks and their shots.
    HeldOut = 3,
    /// Tasks and shots that the page shows.
    Shown = 4,
    /// Held-out tasks whose gradients are compared.
    Alignment = 5,
    /// Held-out tasks by which a run goes.
    Check = 6,
    /// Hyperparameters of a random search.
    Search = 7,
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// The generator whose state is `seed`, as in the published `SplitMix64`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The stream of one purpose, for one meta-iteration (`major`) and one task of it (`minor`).
    #[must_use]
    pub fn stream(seed: u64, purpose: Purpose, major: u64, minor: u64) -> Self {
        let mut state = seed;
        for part in [purpose as u64, major, minor] {
            state = Self { state: state ^ part.wrapping_mul(GOLDEN_GAMMA) }.next_u64();
        }
        Self { state }
    }

    /// 64 uniform bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1), a multiple of 2⁻²⁴.
    pub fn unit(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 * (1.0 / 16_777_216.0)
    }

    /// Uniform in [`low`, `high`].
    pub fn uniform(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Uniform in 0..`bound`, for `bound` up to 2³² (Lemire's multiplication; its bias is below 2⁻³² a value).
    pub fn below(&mut self, bound: usize) -> usize {
        (((self.next_u64() >> 32) * bound as u64) >> 32) as usize
    }

    /// Standard normal (Box and Muller 1958).
    pub fn normal(&mut self) -> f32 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - f64::from(self.unit())));
        let angle = std::f32::consts::TAU * self.unit();
        radius as f32 * math::sin(angle)
    }
}
