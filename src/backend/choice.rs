//! Which backend is wanted, which is in use, and why.

use serde::{Deserialize, Serialize};

use super::{BackendError, BackendKind};
use crate::i18n::{Locale, message};

/// Which backend is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preference {
    /// The fastest that is right.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU, a software adapter too.
    Gpu,
}

/// The backend in use, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The implementation.
    pub kind: BackendKind,
    /// The device, in words.
    pub adapter: String,
    /// Why this one.
    pub reason: Reason,
}

/// Why a backend is in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reason {
    /// It was asked for.
    Asked,
    /// No GPU can be had.
    NoGpu(BackendError),
    /// Measured on this Config: meta-iterations a second on each.
    Measured {
        /// On the CPU.
        cpu: f64,
        /// On the GPU.
        gpu: f64,
    },
    /// The GPU or a helping worker failed while it was in use; one CPU worker goes on from the same θ.
    Failed(BackendError),
}

impl Reason {
    /// Why this backend is in use.
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        let rate = |value: &f64| format!("{value:.0}");
        match self {
            Self::Asked => locale.reason_asked().to_owned(),
            Self::NoGpu(error) => locale.format(message::ReasonNoGpu { error: error.message(locale) }),
            Self::Measured { cpu, gpu } => locale.format(message::ReasonMeasured { cpu: rate(cpu), gpu: rate(gpu) }),
            Self::Failed(error) => locale.format(message::ReasonFailed { error: error.message(locale) }),
        }
    }

    /// The same without the browser's own words.
    #[must_use]
    pub fn brief(&self, locale: Locale) -> String {
        match self {
            Self::NoGpu(BackendError::NoAdapter { .. }) => locale.reason_no_gpu_brief().to_owned(),
            _ => self.message(locale),
        }
    }
}
