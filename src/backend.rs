//! Where the arithmetic runs: one coarse interface, [`Backend`], and its implementations.
//!
//! [`reference`](mod@reference) is the scalar gold standard, [`cpu`] works on several numbers at a time with the same bits
//! everywhere, [`cpu_pool`] divides its work between workers, [`gpu`] runs whole meta-iterations in compute shaders.
//! [`select`] chooses between the last two and says why.

pub mod choice;
pub mod cpu;
pub mod cpu_pool;
pub mod forward;
pub mod gpu;
mod interface;
pub mod kernel_backend;
pub mod reference;
pub mod select;
pub mod tolerance;

pub use interface::{Backend, BackendError, BackendKind, Pending};
