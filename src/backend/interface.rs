//! What every backend offers, and why it may fail.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use crate::domain::adaptation::Adaptations;
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::config::Config;
use crate::domain::task::sampling::Points;
use crate::domain::train_state::TrainState;
use crate::i18n::{Locale, message};

/// A future that stays on its thread, as GPU futures in a browser do.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, BackendError>> + 'a>>;

/// Which implementation runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendKind {
    /// Scalar, in double precision: slow and plain.
    Reference,
    /// SIMD on the processor.
    Cpu,
    /// Compute shaders through wgpu.
    Gpu,
}

impl BackendKind {
    /// Its name in documents: `reference`, `cpu`, `gpu`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
        }
    }
}

/// Runs inner loops, outer updates and adaptations, and holds θ between them.
///
/// A backend is made for one Config (network, outer optimizer, sizes); another Config needs [`Backend::load`] again.
pub trait Backend {
    /// Which implementation this is.
    fn kind(&self) -> BackendKind;

    /// The device, in words: `SIMD 128-bit`, `llvmpipe (LLVM 15)`.
    fn adapter(&self) -> String;

    /// Makes ready for `config`, going on from `train_state` (parameters in the flat layout of `Network`).
    ///
    /// # Errors
    /// The device is lost, or cannot hold this Config.
    fn load(&mut self, config: &Config, train_state: &TrainState) -> Result<(), BackendError>;

    /// Makes the meta-iterations of `batches`.
    ///
    /// It is ready when the device has done at least half of them and all that came before, so that the device need not
    /// wait for the next ones; what goes wrong with the rest is an error of the next call. [`Backend::train_state`] and
    /// [`Backend::adapt`] see all of them.
    fn train<'a>(&'a mut self, batches: &'a MetaBatches) -> Pending<'a, ()>;

    /// The train state as it is now.
    fn train_state(&mut self) -> Pending<'_, TrainState>;

    /// Predictions `[task][recorded step][query point]` of few-shot adaptations from `theta`, or from the train state's θ.
    fn adapt<'a>(&'a mut self, theta: Option<&'a [f32]>, adaptations: &'a Adaptations) -> Pending<'a, Vec<f32>>;

    /// Gradients ∇L(θ) of the mean squared error on each minibatch of `batch` points, in the order
    /// `[minibatch][parameter]`; θ and they are in the flat layout of `Network`.
    fn gradients<'a>(&'a mut self, theta: &'a [f32], points: &'a Points, batch: usize) -> Pending<'a, Vec<f32>>;
}

/// Why a backend cannot do what it was asked. [`BackendError::message`] says it in any language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum BackendError {
    /// No GPU adapter: WebGPU or Vulkan, Metal, DirectX is missing or switched off.
    NoAdapter {
        /// The system's words.
        detail: String,
    },
    /// The only adapter is a processor that plays a GPU, which is never taken unasked.
    Software {
        /// Its name.
        adapter: String,
    },
    /// The GPU refused a device, a shader or a buffer.
    Refused {
        /// The system's words.
        detail: String,
    },
    /// The GPU was lost while working.
    Lost {
        /// The system's words.
        detail: String,
    },
    /// A worker that helps the CPU was lost.
    HelperLost {
        /// What happened.
        detail: String,
    },
    /// A result of the GPU differs from the CPU's by more than the tolerance.
    Disagrees {
        /// The largest difference found, relative to the tolerance (1 is just within it).
        times_tolerance: f32,
    },
    /// The clock is too coarse to tell which is faster: a browser that protects its reader from being recognised.
    CoarseClock {
        /// Milliseconds from one of its ticks to the next.
        tick: f64,
    },
}

impl BackendError {
    /// What happened, and why.
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        match self {
            Self::NoAdapter { detail } => locale.format(message::ErrorGpuNoAdapter { detail }),
            Self::Software { adapter } => locale.format(message::ErrorGpuSoftware { adapter }),
            Self::Refused { detail } => locale.format(message::ErrorGpuRefused { detail }),
            Self::Lost { detail } => locale.format(message::ErrorGpuLost { detail }),
            Self::HelperLost { detail } => locale.format(message::ErrorHelperLost { detail }),
            Self::CoarseClock { tick } => locale.format(message::ErrorCoarseClock { tick: format!("{tick:.0}") }),
            Self::Disagrees { times_tolerance } => {
                locale.format(message::ErrorGpuDisagrees { times_tolerance: format!("{times_tolerance:.1}") })
            }
        }
    }
}

impl fmt::Display for BackendError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message(Locale::En))
    }
}

impl std::error::Error for BackendError {}
