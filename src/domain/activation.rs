//! Activations of the hidden units.

use super::choice::choices;

choices! {
    /// Activation of the hidden units. It is a part of the network: with another one, training begins again.
    pub enum Activation {
        /// tanh z.
        Tanh => "tanh", word_tanh;
        /// max(z, 0).
        Relu => "relu", word_relu;
        /// sin z.
        Sine => "sine", word_sine;
        /// z·(1 + tanh(√(2/π)·(z + 0.044715·z³)))/2.
        Gelu => "gelu", word_gelu;
        /// ln(1 + e^z).
        Softplus => "softplus", word_softplus;
    }
}

impl Activation {
    /// The values that it takes, where those have bounds.
    #[must_use]
    pub const fn bounds(self) -> Option<[f64; 2]> {
        match self {
            Self::Tanh | Self::Sine => Some([-1.0, 1.0]),
            Self::Relu | Self::Gelu | Self::Softplus => None,
        }
    }

    /// Whether f(0) = 0. Then units that pad a layer, whose z is 0, stay 0 by themselves; otherwise a backend must keep
    /// them from becoming inputs of the next layer.
    #[must_use]
    pub const fn is_zero_at_zero(self) -> bool {
        match self {
            Self::Tanh | Self::Relu | Self::Sine | Self::Gelu => true,
            Self::Softplus => false,
        }
    }
}
