//! Forward passes on this processor, for those who have no backend at hand.

use super::cpu::Simd;
use super::kernel_backend::Kernel;
use super::reference::Reference;
use crate::domain::activity::Snapshot;
use crate::domain::network::{Layer, Network};

/// A network's outputs at inputs x, from parameters in its flat layout: one forward pass on this processor.
#[must_use]
pub fn outputs(network: &Network, theta: &[f32], x: &[f32]) -> Vec<f32> {
    let mut kernel = Simd::new(network);
    let (theta, mut outputs) = (kernel.pack(theta), vec![]);
    kernel.predict(&theta, x, &mut outputs);
    outputs
}

/// The hidden `layer` (0 is the first) at parameters in the flat layout of the network, on a grid of x.
///
/// # Panics
/// There is no such hidden layer.
#[must_use]
pub fn snapshot(network: &Network, parameters: &[f32], layer: usize, grid: &[f32]) -> Snapshot {
    let reference = Reference::new(network);
    let wide: Vec<f64> = parameters.iter().copied().map(f64::from).collect();
    // `[x][layer][unit]`, the input being layer 0.
    let units: Vec<Vec<Vec<f64>>> = grid.iter().map(|&x| reference.units(&wide, x)).collect();
    let on_grid = |layer: usize, unit: usize| units.iter().map(|at| at[layer][unit] as f32).collect();
    let rows = |Layer { inputs, outputs, weights, .. }: Layer| -> Vec<Vec<f32>> {
        parameters[weights..][..inputs * outputs].chunks_exact(inputs).map(<[f32]>::to_vec).collect()
    };
    let layers: Vec<Layer> = network.layers().collect();
    let output = layers.len() - 1;
    Snapshot {
        responses: (0..layers[layer].outputs).map(|unit| on_grid(layer + 1, unit)).collect(),
        weights: rows(layers[layer]),
        read_out: if layer + 1 == output { rows(layers[output]).swap_remove(0) } else { vec![] },
        prediction: on_grid(output + 1, 0),
    }
}
