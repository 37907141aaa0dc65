//! Twin of `network.wgsl`: the sizes of a network on the GPU, the layout of its parameters there, and the shader's text.

use bytemuck::{Pod, Zeroable};

use crate::domain::config::Activation;
use crate::domain::network::{self, Network};

/// Units or points in a block, and numbers in a `vec4`.
pub const BLOCK: usize = 4;
/// Bytes of a `vec4<f32>`.
pub const VECTOR_BYTES: usize = 16;

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
pub struct Room {
    /// Bytes of workgroup memory.
    pub bytes: usize,
    /// Invocations.
    pub invocations: usize,
}

impl Room {
    /// What every WebGPU device offers.
    pub const DEFAULT: Self = Self { bytes: 16 << 10, invocations: 256 };
}

/// A network on the GPU: everything that its shaders are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The network.
    pub network: Network,
    /// Points that the units have room for, in fours.
    pub capacity: usize,
    /// Where φ lives.
    pub phi: Memory,
    /// Where the units live.
    pub units: Memory,
    /// Invocations of a workgroup.
    pub invocations: usize,
}

/// One layer of weights. Widths are counted in blocks; places are those of a vector in φ or among the units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Layer {
    /// Blocks of units that it reads.
    pub inputs: u32,
    /// Blocks of units that it computes.
    pub outputs: u32,
    /// Its weights, in φ.
    pub weights: u32,
    /// Its biases, in φ.
    pub biases: u32,
    /// Values of the units that it reads.
    pub below: u32,
    /// ∂loss/∂z of the units that it reads.
    pub delta_below: u32,
    /// Values of the units that it computes.
    pub above: u32,
    /// ∂loss/∂z of the units that it computes.
    pub delta: u32,
}

impl Shape {
    /// The best fit for minibatches of `least` points, with room for up to `most` if that costs nothing.
    ///
    /// φ and units go to the workgroup's memory where both fit, else the units, else neither.
    #[must_use]
    pub fn new(network: &Network, least: usize, most: usize, room: Room) -> Self {
        let shape = |capacity, phi, units| {
            let mut shape = Self { network: network.clone(), capacity, phi, units, invocations: 1 };
            shape.invocations = shape.useful_invocations().min(room.invocations);
            shape
        };
        let least = least.div_ceil(BLOCK).max(1);
        let most = most.div_ceil(BLOCK).max(least);
        let bytes_of_phi = phi_vectors(network) * VECTOR_BYTES;
        let bytes_of_capacity = unit_vectors(network, 1) * VECTOR_BYTES;
        for (phi, taken) in [(Memory::Workgroup, bytes_of_phi), (Memory::Storage, 0)] {
            let capacity = room.bytes.saturating_sub(taken) / bytes_of_capacity;
            if capacity >= least {
                return shape(capacity.min(most), phi, Memory::Workgroup);
            }
        }
        // Rounded up, so that shots can come one by one without a new shader each.
        shape(least.next_power_of_two(), Memory::Storage, Memory::Storage)
    }

    /// Vectors of φ.
    #[must_use]
    pub fn phi_vectors(&self) -> usize {
        phi_vectors(&self.network)
    }

    /// Vectors of the units.
    #[must_use]
    pub fn unit_vectors(&self) -> usize {
        unit_vectors(&self.network, self.capacity)
    }

    /// Bytes of a task's units in a storage buffer.
    #[must_use]
    pub fn bytes_of_units(&self) -> usize {
        if self.units == Memory::Storage { self.unit_vectors() * VECTOR_BYTES } else { 0 }
    }

    /// As many invocations as the forward pass keeps busy, and no more than the gradient does.
    fn useful_invocations(&self) -> usize {
        let widest = self.network.widths.iter().map(|width| width.div_ceil(BLOCK)).max().unwrap_or(1);
        (widest * self.capacity).next_multiple_of(32).clamp(32, 256)
    }

    /// The beginning of every shader about this network.
    #[must_use]
    pub fn source(&self) -> String {
        let activation = match self.network.activation {
            Activation::Tanh => include_str!("tanh.wgsl"),
            Activation::Relu => include_str!("relu.wgsl"),
            Activation::Sine => include_str!("sine.wgsl"),
        };
        let phi = match self.phi {
            Memory::Workgroup => include_str!("phi_workgroup.wgsl"),
            Memory::Storage => include_str!("phi_storage.wgsl"),
        };
        let units = match self.units {
            Memory::Workgroup => include_str!("units_workgroup.wgsl"),
            Memory::Storage => include_str!("units_storage.wgsl"),
        };
        [&self.sizes(), include_str!("network.wgsl"), activation, phi, units].join("\n")
    }

    /// The sizes.
    fn sizes(&self) -> String {
        format!(
            "const INVOCATIONS = {}u;\nconst CAPACITY = {}u;\nconst LAYERS = {}u;\nconst PHI_VECTORS = {}u;\n\
             const UNIT_VECTORS = {}u;\nconst INPUT = 0u;\nconst MIXED = {};\n",
            self.invocations,
            self.capacity,
            self.network.widths.len() - 1,
            self.phi_vectors(),
            self.unit_vectors(),
            self.phi != self.units,
        )
    }

    /// The table of layers that the shader reads.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        packed_layers(&self.network, self.capacity).map(|(_, layer)| layer).collect()
    }

    /// From the flat layout of [`Network`] to the GPU's: blocks of 4 × 4 weights, then the biases, layer by layer.
    #[must_use]
    pub fn pack(network: &Network, flat: &[f32]) -> Vec<f32> {
        let mut packed = vec![0.0; phi_vectors(network) * BLOCK];
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

/// The layers of weights, from the input on: in the flat layout and on the GPU.
fn packed_layers(network: &Network, capacity: usize) -> impl Iterator<Item = (network::Layer, Layer)> + '_ {
    const BLOCK: u32 = self::BLOCK as u32;
    let capacity = capacity as u32;
    let last = network.widths.len() - 2;
    let mut phi = 0;
    // The input's block, which has no δ.
    let mut units = capacity * BLOCK;
    let (mut below, mut delta_below) = (0, 0);
    network.layers().enumerate().map(move |(number, flat)| {
        let (inputs, outputs) = (blocks(flat.inputs), blocks(flat.outputs));
        let weights = phi;
        let biases = weights + inputs * outputs * BLOCK;
        phi = biases + outputs;
        let size = outputs * capacity * BLOCK;
        let above = units;
        // The output is linear: only its δ is kept.
        let delta = if number == last { above } else { above + size };
        units = delta + size;
        let layer = Layer { inputs, outputs, weights, biases, below, delta_below, above, delta };
        (below, delta_below) = (above, delta);
        (flat, layer)
    })
}

fn blocks(width: usize) -> u32 {
    width.div_ceil(BLOCK) as u32
}

/// Vectors of φ.
#[must_use]
pub fn phi_vectors(network: &Network) -> usize {
    packed_layers(network, 1).last().map_or(0, |(_, layer)| layer.biases + layer.outputs) as usize
}

/// Vectors of the units, with room for four times `capacity` points.
fn unit_vectors(network: &Network, capacity: usize) -> usize {
    let last = packed_layers(network, capacity).last();
    last.map_or(0, |(_, layer)| layer.delta as usize + layer.outputs as usize * capacity * BLOCK)
}

/// Calls `place` with the places of each parameter in the flat and in the packed layout.
fn each_parameter(network: &Network, mut place: impl FnMut(usize, usize)) {
    for (flat, layer) in packed_layers(network, 1) {
        for o in 0..flat.outputs {
            for i in 0..flat.inputs {
                let block = layer.weights as usize + (i / BLOCK * layer.outputs as usize + o / BLOCK) * BLOCK;
                let packed = (block + o % BLOCK) * BLOCK + i % BLOCK;
                place(flat.weights + o * flat.inputs + i, packed);
            }
            place(flat.biases + o, layer.biases as usize * BLOCK + o);
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
            let shape = Shape::new(&network(hidden), batch, batch, Room { bytes, invocations: 256 });
            (shape.phi, shape.units, shape.capacity)
        };
        assert_eq!(places(&[64, 64], 10, 16 << 10), (Memory::Storage, Memory::Workgroup, 3));
        assert_eq!(places(&[64, 64], 10, 32 << 10), (Memory::Workgroup, Memory::Workgroup, 3));
        assert_eq!(places(&[16, 16], 10, 16 << 10), (Memory::Workgroup, Memory::Workgroup, 3));
        assert_eq!(places(&[128; 4], 200, 16 << 10), (Memory::Storage, Memory::Storage, 64));
    }
}
