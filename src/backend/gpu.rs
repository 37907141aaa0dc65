//! Compute shaders through wgpu.
