//! Twin of the shaders in `network/`: the sizes of a network on the GPU, the layout of its parameters there, and the
//! beginning of every shader's text.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};

use crate::domain::activation::Activation;
use crate::domain::network;
use crate::domain::network::Network;

/// Numbers in a `vec4`, points in a column; hidden widths are padded to a multiple of it.
pub const BLOCK: usize = 4;
/// Bytes of a `vec4<f32>`.
pub const VECTOR_BYTES: usize = 16;

/// Most units that an invocation computes at once; tiles of one, two or four divide every padded width.
const MOST_TILE: usize = 4;
/// Parts of the output's sum.
const PARTS: u32 = 8;
/// The units of a minibatch's x, with padding, and y.
const INPUT: u32 = 0;
const TARGET: u32 = BLOCK as u32;

/// Which memory holds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// The workgroup's own.
    Workgroup,
    /// A storage buffer.
    Storage,
}

/// What a device offers to a workgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceLimits {
    /// Bytes of workgroup memory.
    pub bytes: usize,
    /// Invocations.
    pub invocations: usize,
    /// Iterations of all loops of one invocation.
    pub loop_iterations: usize,
}

impl DeviceLimits {
    /// What every WebGPU device offers.
    pub const DEFAULT: Self = Self { bytes: 16 << 10, invocations: 256, loop_iterations: usize::MAX };

    /// What serves `SwiftShader` best: as many invocations as its vectors hold numbers, so that barriers cost nothing,
    /// each with much in its registers; and no memory of the workgroup, which is memory like any other on a processor,
    /// and for which it writes code number by number.
    pub const SWIFTSHADER: Self = Self { bytes: 0, invocations: 4, ..Self::DEFAULT };

    /// What serves other processors that play a GPU. Lavapipe leaves its loops after 65,535 iterations.
    pub const SOFTWARE: Self = Self { bytes: 0, invocations: 32, loop_iterations: 65_535 };
}

/// A network on the GPU: everything that its shaders are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The network.
    pub network: Network,
    /// Columns of a row, each of four points.
    pub columns: usize,
    /// Rows of a unit.
    pub rows: usize,
    /// Whether the tangent of every row is stored, too.
    pub tangents: bool,
    /// Where φ lives.
    pub phi: Memory,
    /// Where the units live.
    pub units: Memory,
    /// Units that an invocation computes at once.
    pub tile: usize,
    /// Invocations of a workgroup.
    pub invocations: usize,
}

/// One layer of weights: widths, and places in φ or, counted in units, among the units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Layer {
    /// Units that it reads.
    pub inputs: u32,
    /// Units that it computes.
    pub outputs: u32,
    /// Its weights, in φ.
    pub weights: u32,
    /// Its biases, in φ.
    pub biases: u32,
    /// Values of the units that it reads.
    pub below: u32,
    /// ∂loss/∂z of the units that it reads.
    pub delta_below: u32,
    /// Values of the units that it computes; of the output, parts of its sum.
    pub above: u32,
    /// ∂loss/∂z of the units that it computes.
    pub delta: u32,
    /// Units that it computes, without padding.
    pub width: u32,
    /// To a multiple of 16 bytes.
    pub padding: [u32; 3],
}

impl Shape {
    /// The best fit for minibatches of `least` points, or of up to `most` if that costs nothing.
    ///
    /// φ and units go to the workgroup's memory where both fit, else the units, else neither.
    #[must_use]
    pub fn new(network: &Network, least: usize, most: usize, device_limits: DeviceLimits) -> Self {
        Self::fit(network, least, most, device_limits, false)
    }

    /// The same for minibatches of `points`, for second derivatives.
    #[must_use]
    pub fn with_tangents(network: &Network, points: usize, device_limits: DeviceLimits) -> Self {
        Self::fit(network, points, points, device_limits, true)
    }

    fn fit(network: &Network, least: usize, most: usize, device_limits: DeviceLimits, tangents: bool) -> Self {
        let columns = columns_for(least);
        let least = least.div_ceil(columns * BLOCK).max(1);
        let most = most.div_ceil(columns * BLOCK).max(least);
        let bytes_of_row = stored_units(network, tangents) * columns * VECTOR_BYTES;
        let (rows, phi, units) = [(Memory::Workgroup, parameters(network) * size_of::<f32>()), (Memory::Storage, 0)]
            .into_iter()
            .map(|(phi, taken)| (device_limits.bytes.saturating_sub(taken) / bytes_of_row, phi, Memory::Workgroup))
            .find(|&(rows, ..)| rows >= least)
            // Rounded up, so that shots can come one by one without a new shader each.
            .unwrap_or((least.next_power_of_two(), Memory::Storage, Memory::Storage));
        let rows = if units == Memory::Workgroup { rows.min(most) } else { rows };
        // As many outputs at once as leave no invocation idle, and as few as keep them all busy.
        let results = network.widths.iter().max().map_or(1, |&width| padded(width)) * rows;
        let invocations = device_limits.invocations.min(DeviceLimits::DEFAULT.invocations);
        let tile = results.div_ceil(invocations).next_power_of_two().min(MOST_TILE);
        let invocations = (results / tile).next_multiple_of(32).min(invocations);
        Self { network: network.clone(), columns, rows, tangents, phi, units, tile, invocations }
    }

    /// Points of a unit.
    #[must_use]
    pub fn points(&self) -> usize {
        self.rows * self.columns * BLOCK
    }

    /// Numbers of φ, padding included.
    #[must_use]
    pub fn parameters(&self) -> usize {
        parameters(&self.network)
    }

    /// Bytes of φ.
    #[must_use]
    pub fn bytes_of_phi(&self) -> usize {
        self.parameters() * size_of::<f32>()
    }

    /// Bytes of a task's units, wherever they are.
    #[must_use]
    pub fn bytes_of_units(&self) -> usize {
        stored_units(&self.network, self.tangents) * self.rows * self.columns * VECTOR_BYTES
    }

    /// Bytes of a task's units in a storage buffer.
    #[must_use]
    pub fn stored_bytes_of_units(&self) -> usize {
        if self.units == Memory::Storage { self.bytes_of_units() } else { 0 }
    }

    /// Neighbouring units that are loaded at once: fewer where an invocation holds many units in its registers anyway.
    fn depth(&self) -> usize {
        if self.tile < MOST_TILE { BLOCK } else { BLOCK / 2 }
    }

    /// Iterations that the loops of an invocation make for one gradient step on a minibatch of so many points, or a bit less.
    #[must_use]
    pub fn loop_iterations_of_step(&self, points: usize) -> usize {
        let rows = points.div_ceil(self.columns * BLOCK);
        let pass = |outputs: u32, inputs: u32| {
            let tiles = (outputs as usize * rows).div_ceil(self.tile * self.invocations);
            tiles * (inputs as usize / self.depth() + 2)
        };
        // Forward and the gradient, backward.
        let loop_iterations = |layer: &Layer| 2 * pass(layer.outputs, layer.inputs) + pass(layer.inputs, layer.outputs);
        self.layers().iter().map(loop_iterations).sum::<usize>() + rows * 4 * PARTS as usize
    }

    /// Iterations that they make to multiply a vector by the Hessian on a minibatch of so many points, or a bit less.
    #[must_use]
    pub fn loop_iterations_of_hessian(&self, points: usize) -> usize {
        let rows = points.div_ceil(self.columns * BLOCK);
        let pass = |outputs: u32, loop_iterations: u32| {
            (outputs as usize * rows).div_ceil(self.invocations) * loop_iterations as usize
        };
        // Forward, backward, and the gradient.
        let loop_iterations = |layer: &Layer| {
            let Layer { inputs, outputs, .. } = *layer;
            pass(outputs, inputs) + pass(inputs, outputs) + pass(inputs * outputs, 1)
        };
        self.loop_iterations_of_step(points) + self.layers().iter().map(loop_iterations).sum::<usize>()
    }

    /// Iterations that they make to copy φ.
    #[must_use]
    pub fn loop_iterations_of_copy(&self) -> usize {
        self.parameters().div_ceil(self.invocations)
    }

    /// The beginning of every shader about this network.
    #[must_use]
    pub fn source(&self) -> String {
        let activation = activation_source(self.network.activation);
        let phi = match self.phi {
            Memory::Workgroup => include_str!("network/phi_workgroup.wgsl"),
            Memory::Storage => include_str!("network/phi_storage.wgsl"),
        };
        let units = match self.units {
            Memory::Workgroup => include_str!("network/units_workgroup.wgsl"),
            Memory::Storage => include_str!("network/units_storage.wgsl"),
        };
        let marks = [('#', self.columns), ('$', self.tile), ('^', self.depth())];
        let network = [
            include_str!("network/network.wgsl"),
            if self.tangents { include_str!("network/curvature.wgsl") } else { "" },
        ]
        .concat();
        let network = marks.iter().fold(network, |text, &(mark, count)| repeat(&text, mark, count));
        [&self.sizes(), &network, activation, phi, units].join("\n")
    }

    /// The sizes.
    fn sizes(&self) -> String {
        format!(
            "alias Row = mat{columns}x4<f32>;\nconst COLUMNS = {columns}u;\nconst POINTS = {}u;\nconst ROWS = {}u;\n\
             const TILE = {}u;\nconst DEPTH = {}u;\nconst INVOCATIONS = {}u;\nconst LAYERS = {}u;\nconst PARAMETERS = {}u;\n\
             const UNIT_ROWS = {}u;\nconst PARTS = {PARTS}u;\nconst INPUT = {INPUT}u;\nconst TARGET = {TARGET}u;\n\
             const MIXED = {};\nconst IS_ZERO_AT_ZERO = {};\nconst HAS_TANGENTS = {};\nconst TANGENTS = {}u;\n",
            self.columns * BLOCK,
            self.rows,
            self.tile,
            self.depth(),
            self.invocations,
            self.network.widths.len() - 1,
            self.parameters(),
            stored_units(&self.network, self.tangents) * self.rows,
            self.phi != self.units,
            self.network.activation.is_zero_at_zero(),
            self.tangents,
            units(&self.network) * self.rows,
            columns = self.columns,
        )
    }

    /// The table of layers that the shader reads.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        packed_layers(&self.network).map(|(_, layer)| layer).collect()
    }

    /// The places of each layer's weights and biases in φ, padding included.
    #[must_use]
    pub fn places(network: &Network) -> Vec<Range<usize>> {
        packed_layers(network)
            .map(|(_, layer)| layer.weights as usize..(layer.biases + layer.outputs) as usize)
            .collect()
    }

    /// From the flat layout of [`Network`] to the GPU's: weights `[in][out]` in lines of odd length, then the biases,
    /// layer by layer.
    #[must_use]
    pub fn pack(network: &Network, flat: &[f32]) -> Vec<f32> {
        let mut packed = vec![0.0; parameters(network)];
        each_parameter(network, |at_flat, at_packed| packed[at_packed] = flat[at_flat]);
        packed
    }

    /// Back to the flat layout.
    #[must_use]
    pub fn unpack(network: &Network, packed: &[f32]) -> Vec<f32> {
        let mut flat = vec![0.0; network.parameters()];
        each_parameter(network, |at_flat, at_packed| flat[at_flat] = packed[at_packed]);
        flat
    }
}

/// The shader of an activation.
fn activation_source(activation: Activation) -> &'static str {
    match activation {
        Activation::Tanh => include_str!("network/activation/tanh.wgsl"),
        Activation::Relu => include_str!("network/activation/relu.wgsl"),
        Activation::Sine => include_str!("network/activation/sine.wgsl"),
        Activation::Gelu => {
            concat!(include_str!("network/activation/logistic.wgsl"), include_str!("network/activation/gelu.wgsl"))
        }
        Activation::Softplus => {
            concat!(include_str!("network/activation/logistic.wgsl"), include_str!("network/activation/softplus.wgsl"))
        }
    }
}

/// Columns of the fewest rows that hold so many points; matrices have two to four.
fn columns_for(points: usize) -> usize {
    let vectors = points.div_ceil(BLOCK).max(1);
    let rows = vectors.div_ceil(4);
    vectors.div_ceil(rows).max(2)
}

/// A shader in which each line with this mark is written once for each number below `count`, in its place.
fn repeat(source: &str, mark: char, count: usize) -> String {
    let mut text = String::new();
    for line in source.lines() {
        let marked = line.contains(mark);
        for number in 0..if marked { count } else { 1 } {
            text += &if marked { line.replace(mark, &number.to_string()) } else { line.to_owned() };
            text.push('\n');
        }
    }
    text
}

/// The layers of weights, from the input on: in the flat layout and on the GPU.
fn packed_layers(network: &Network) -> impl Iterator<Item = (network::Layer, Layer)> + '_ {
    let last = network.widths.len() - 2;
    let mut phi = 0;
    let mut unit = TARGET + 1;
    let (mut below, mut delta_below) = (INPUT, 0);
    network.layers().enumerate().map(move |(number, flat)| {
        let inputs = padded(flat.inputs) as u32;
        let outputs = if number == last { flat.outputs } else { padded(flat.outputs) } as u32;
        let weights = phi;
        let biases = weights + inputs * stride(outputs);
        phi = biases + outputs;
        let above = unit;
        // The output is linear: it has parts of its sum in the place of values.
        let delta = above + if number == last { PARTS } else { outputs };
        unit = delta + outputs;
        let width = flat.outputs as u32;
        let layer =
            Layer { inputs, outputs, weights, biases, below, delta_below, above, delta, width, padding: [0; 3] };
        (below, delta_below) = (above, delta);
        (flat, layer)
    })
}

/// A layer's width on the GPU; the output's is as it is.
fn padded(width: usize) -> usize {
    width.next_multiple_of(BLOCK)
}

/// How far the weights of one input are from those of the next: odd.
fn stride(outputs: u32) -> u32 {
    outputs | 1
}

/// Numbers of φ, padding included.
#[must_use]
pub fn parameters(network: &Network) -> usize {
    packed_layers(network).last().map_or(0, |(_, layer)| layer.biases + layer.outputs) as usize
}

/// Units, each with its values or its ∂loss/∂z.
fn units(network: &Network) -> usize {
    packed_layers(network).last().map_or(0, |(_, layer)| layer.delta + layer.outputs) as usize
}

/// Units, and the tangents of as many.
fn stored_units(network: &Network, tangents: bool) -> usize {
    units(network) * if tangents { 2 } else { 1 }
}

/// Calls `place` with the places of each parameter in the flat and in the packed layout.
fn each_parameter(network: &Network, mut place: impl FnMut(usize, usize)) {
    for (flat, layer) in packed_layers(network) {
        for o in 0..flat.outputs {
            for i in 0..flat.inputs {
                let packed = layer.weights as usize + i * stride(layer.outputs) as usize + o;
                place(flat.weights + o * flat.inputs + i, packed);
            }
            place(flat.biases + o, layer.biases as usize + o);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(hidden: &[usize]) -> Network {
        let widths = [&[1], hidden, &[1]].concat();
        Network { widths, activation: Activation::Tanh }
    }

    #[test]
    fn packing_loses_nothing_and_pads_with_zeros() {
        for hidden in [vec![64, 64], vec![1], vec![7, 5, 3], vec![128; 4], vec![4]] {
            let network = network(&hidden);
            let flat: Vec<f32> = (1..=network.parameters()).map(|i| i as f32).collect();
            let packed = Shape::pack(&network, &flat);
            assert_eq!(Shape::unpack(&network, &packed), flat);
            assert_eq!(packed.iter().filter(|&&value| value != 0.0).count(), flat.len());
        }
    }

    #[test]
    fn memory_is_the_best_that_the_room_allows() {
        let places = |hidden: &[usize], batch, bytes| {
            let shape = Shape::new(&network(hidden), batch, batch, DeviceLimits { bytes, ..DeviceLimits::DEFAULT });
            (shape.phi, shape.units, shape.rows, shape.columns)
        };
        assert_eq!(places(&[64, 64], 10, 16 << 10), (Memory::Storage, Memory::Workgroup, 1, 3));
        assert_eq!(places(&[64, 64], 10, 32 << 10), (Memory::Workgroup, Memory::Workgroup, 1, 3));
        assert_eq!(places(&[16, 16], 10, 16 << 10), (Memory::Workgroup, Memory::Workgroup, 1, 3));
        assert_eq!(places(&[128; 4], 200, 16 << 10), (Memory::Storage, Memory::Storage, 16, 4));
        assert_eq!(places(&[64, 64], 10, 0), (Memory::Storage, Memory::Storage, 1, 3));
    }

    #[test]
    fn rows_hold_their_points_with_little_padding() {
        let columns = [1, 8, 9, 12, 13, 16, 17, 24, 50].map(columns_for);
        assert_eq!(columns, [2, 2, 3, 3, 4, 4, 3, 3, 4]);
    }

    #[test]
    fn tiles_keep_the_invocations_busy() {
        let tile = |hidden: &[usize], batch, device_limits| {
            let shape = Shape::new(&network(hidden), batch, batch, device_limits);
            (shape.tile, shape.invocations)
        };
        assert_eq!(tile(&[64, 64], 10, DeviceLimits::DEFAULT), (1, 64));
        assert_eq!(tile(&[64, 64], 50, DeviceLimits::DEFAULT), (1, 256));
        assert_eq!(tile(&[128, 128], 50, DeviceLimits::DEFAULT), (2, 256));
        assert_eq!(tile(&[64, 64], 10, DeviceLimits::SWIFTSHADER), (4, 4));
        assert_eq!(tile(&[64, 64], 10, DeviceLimits::SOFTWARE), (2, 32));
        assert_eq!(tile(&[4], 10, DeviceLimits::SWIFTSHADER), (1, 4));
    }

    #[test]
    fn marked_lines_are_repeated() {
        assert_eq!(repeat("a$ = $u;\nb;", '$', 2), "a0 = 0u;\na1 = 1u;\nb;\n");
    }
}
