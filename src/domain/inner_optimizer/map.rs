//! Invertible maps f of a parameter, in whose image mapped gradient descent moves.

use crate::domain::choice::choices;

choices! {
    /// An invertible map of every parameter by itself.
    pub enum Map {
        /// f(φ) = φ.
        Identity => "identity", word_identity;
        /// f(φ) = asinh φ.
        Asinh => "asinh", word_asinh;
        /// f(φ) = φ + φ³.
        Cubic => "cubic", word_cubic;
    }
}

impl Map {
    /// f⁻¹(f(φ) − change/f′(φ)): a step against the gradient with respect to y = f(φ), where `change` is α·∂L/∂φ.
    #[must_use]
    pub fn gradient_step(self, phi: f32, change: f32) -> f32 {
        match self {
            Self::Identity => phi - change,
            Self::Asinh => {
                let slope = 1.0 / (1.0 + phi * phi).sqrt();
                libm::sinhf(libm::asinhf(phi) - change / slope)
            }
            Self::Cubic => {
                let slope = 1.0 + 3.0 * phi * phi;
                let y = phi + phi * phi * phi - change / slope;
                // The one real root of φ³ + φ = y (Cardano, in its hyperbolic form).
                let scale = 2.0 / libm::sqrt(3.0);
                (scale * libm::sinh(libm::asinh(3.0 * f64::from(y) / scale) / 3.0)) as f32
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::choice::Named;

    #[test]
    fn maps_are_undone_exactly_enough() {
        for &map in Map::ALL {
            for phi in [-30.0_f32, -1.5, -0.01, 0.0, 1e-6, 0.3, 2.0, 100.0] {
                let back = map.gradient_step(phi, 0.0);
                assert!((back - phi).abs() <= 1e-6 * phi.abs(), "{map:?} at {phi}: {back}");
            }
        }
    }

    #[test]
    fn a_small_mapped_step_is_one_of_the_slope_squared() {
        // Δφ = −change/f′², to first order.
        let slope = |map: Map, phi: f32| match map {
            Map::Identity => 1.0,
            Map::Asinh => 1.0 / (1.0 + phi * phi).sqrt(),
            Map::Cubic => 1.0 + 3.0 * phi * phi,
        };
        for &map in Map::ALL {
            for phi in [-1.5_f32, -0.2, 0.0, 0.7] {
                let change = 1e-3;
                let expected = -change / (slope(map, phi) * slope(map, phi));
                let moved = map.gradient_step(phi, change) - phi;
                assert!(
                    (moved - expected).abs() < 0.02 * expected.abs() + 3e-7,
                    "{map:?} at {phi}: {moved}, {expected}"
                );
            }
        }
    }
}
