//! Schedules of the outer step size ε over a run of T meta-iterations.

use super::choice::choices;

choices! {
    /// How the outer step size changes over the run.
    pub enum Schedule {
        /// Always ε.
        Constant => "constant", word_constant;
        /// ε·(1 − t/T) at meta-iteration t = 0 … T − 1.
        Linear => "linear", word_linear;
        /// ε·(1 + cos(π·t/T))/2.
        Cosine => "cosine", word_cosine;
        /// ε while the held-out error falls, less where it does not: see
        /// [`EarlyStopping::check`](super::early_stopping::EarlyStopping::check).
        Adaptive => "adaptive", word_adaptive;
    }
}

impl Schedule {
    /// What ε is multiplied by at meta-iteration `t` of `iterations`, counted from 0; of the adaptive schedule, the greatest
    /// factor that it may have.
    #[must_use]
    pub fn factor(self, t: u64, iterations: u64) -> f64 {
        let part = t as f64 / iterations as f64;
        match self {
            Self::Constant | Self::Adaptive => 1.0,
            Self::Linear => (1.0 - part).max(0.0),
            Self::Cosine => 0.5 * (1.0 + libm::cos(std::f64::consts::PI * part.min(1.0))),
        }
    }

    /// Whether it follows the checks of the run, and not the meta-iteration alone.
    #[must_use]
    pub fn goes_by_checks(self) -> bool {
        match self {
            Self::Constant | Self::Linear | Self::Cosine => false,
            Self::Adaptive => true,
        }
    }
}
