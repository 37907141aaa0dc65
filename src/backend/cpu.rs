//! SIMD on the processor.
