//! Every shader that the host can write parses, validates and fits, and agrees with its Rust twin on every layout.

use std::collections::BTreeMap;
use std::mem::offset_of;

use reptile_lab::backend::gpu::adapt::{self, Adaptation};
use reptile_lab::backend::gpu::device::Binding;
use reptile_lab::backend::gpu::dispatch::DispatchParameters;
use reptile_lab::backend::gpu::fused;
use reptile_lab::backend::gpu::inner_loop::{self, InnerLoop, InnerLoopOutput};
use reptile_lab::backend::gpu::inner_optimizer::{OptimizerParameters, Step};
use reptile_lab::backend::gpu::network::{DeviceLimits, Layer, Memory, Shape};
use reptile_lab::backend::gpu::outer_update::{self, Division, OuterUpdate};
use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::choice::Named;
use reptile_lab::domain::network::Network;
use reptile_lab::domain::outer_optimizer::{LayerRate, OuterGradient, OuterOptimizer};
use wgpu::naga;

/// A shader that has been read and found valid.
struct Shader {
    name: String,
    module: naga::Module,
    layouter: naga::proc::Layouter,
}

impl Shader {
    fn new(name: String, source: &str) -> Self {
        let module = naga::front::wgsl::parse_str(source)
            .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(source)));
        // No capabilities: nothing beyond what every WebGPU device offers.
        let mut validator =
            naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
        validator.validate(&module).unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(source)));
        let mut layouter = naga::proc::Layouter::default();
        layouter.update(module.to_ctx()).expect("a valid module has a layout");
        Self { name, module, layouter }
    }

    fn bytes_of(&self, ty: naga::Handle<naga::Type>) -> usize {
        self.layouter[ty].size as usize
    }

    fn workgroup_bytes(&self) -> usize {
        let variables = self.module.global_variables.iter();
        variables
            .filter(|(_, variable)| variable.space == naga::AddressSpace::WorkGroup)
            .map(|(_, variable)| self.bytes_of(variable.ty))
            .sum()
    }

    fn invocations(&self) -> usize {
        let sizes = self.module.entry_points.iter().map(|entry| entry.workgroup_size.iter().product::<u32>());
        sizes.max().expect("a shader has an entry point") as usize
    }

    /// The kind of each binding, by its number; whether a uniform buffer is looked at through a window, only the host
    /// knows.
    fn bindings(&self) -> Vec<Binding> {
        let variables = self.module.global_variables.iter();
        let bindings: BTreeMap<u32, Binding> = variables
            .filter_map(|(_, variable)| {
                let kind = match variable.space {
                    naga::AddressSpace::Uniform => Binding::Uniform,
                    naga::AddressSpace::Storage { access } if access.contains(naga::StorageAccess::STORE) => {
                        Binding::Write
                    }
                    naga::AddressSpace::Storage { .. } => Binding::Read,
                    _ => return None,
                };
                Some((variable.binding.expect("a buffer has a binding").binding, kind))
            })
            .collect();
        assert!(bindings.keys().copied().eq(0..bindings.len() as u32), "{}: bindings are not in a row", self.name);
        bindings.into_values().collect()
    }

    /// Size and the offset of each field, by name, of a struct.
    fn layout(&self, wanted: &str) -> (usize, Vec<(String, usize)>) {
        let mut types = self.module.types.iter().map(|(_, ty)| ty);
        let ty = types.find(|ty| ty.name.as_deref() == Some(wanted)).expect("the struct is there");
        let naga::TypeInner::Struct { members, span } = &ty.inner else { panic!("{wanted} is no struct") };
        let fields = members.iter().map(|field| (field.name.clone().unwrap_or_default(), field.offset as usize));
        (*span as usize, fields.collect())
    }
}

fn network(hidden: &[usize], activation: Activation) -> Network {
    Network { widths: [&[1], hidden, &[1]].concat(), activation }
}

/// Networks of every depth, from the smallest to the largest, with every activation.
fn networks() -> Vec<Network> {
    let hidden: [&[usize]; 9] =
        [&[1], &[40], &[128], &[64, 64], &[1, 128], &[7, 5, 3], &[64, 64, 64], &[128, 128, 128, 128], &[1, 1, 1, 1]];
    hidden.iter().flat_map(|hidden| Activation::ALL.iter().map(|&activation| network(hidden, activation))).collect()
}

const OPTIMIZERS: [OuterOptimizer; 3] = [OuterOptimizer::Sgd, OuterOptimizer::Momentum, OuterOptimizer::Adam];

/// How Reptile moves θ with an optimizer, all layers alike.
fn plain(optimizer: OuterOptimizer) -> OuterUpdate {
    OuterUpdate { gradient: OuterGradient::FromPhi, optimizer, parameters: 1234, layers: vec![], keeps_gradient: false }
}

const REPTILE: InnerLoop = InnerLoop { output: InnerLoopOutput::Phi, step: Step::Plain, carries: false };

/// Every inner loop that is not plain Reptile's.
fn inner_loops() -> Vec<InnerLoop> {
    let with_steps =
        |output, steps: &'static [Step], carries| steps.iter().map(move |&step| InnerLoop { output, step, carries });
    let reptile = with_steps(InnerLoopOutput::Phi, &Step::ALL[1..], false);
    let first_order = with_steps(InnerLoopOutput::Gradient, &Step::ALL, false);
    // Second derivatives go through these two only.
    let second_order = with_steps(InnerLoopOutput::MetaGradient, &[Step::Plain, Step::Momentum], false);
    let inner_states = [InnerLoopOutput::Phi, InnerLoopOutput::Gradient]
        .into_iter()
        .flat_map(|output| with_steps(output, &[Step::Momentum, Step::Adam, Step::Rmsprop], true));
    reptile.chain(first_order).chain(second_order).chain(inner_states).collect()
}

const DEVICE_LIMITS: [DeviceLimits; 5] = [
    DeviceLimits::DEFAULT,
    DeviceLimits::SWIFTSHADER,
    DeviceLimits::SOFTWARE,
    DeviceLimits { bytes: 32 << 10, invocations: 1024, ..DeviceLimits::DEFAULT },
    DeviceLimits { bytes: 227 << 10, invocations: 1024, ..DeviceLimits::DEFAULT },
];

/// Shapes for every network, device, and number of points at a time.
fn shapes() -> Vec<(Shape, DeviceLimits)> {
    let mut shapes = vec![];
    for network in networks() {
        for device_limits in DEVICE_LIMITS {
            for least in [1, 10, 17, 50, 200] {
                for most in [least, 50.max(least)] {
                    let shape = Shape::new(&network, least, most, device_limits);
                    if !shapes.contains(&(shape.clone(), device_limits)) {
                        shapes.push((shape, device_limits));
                    }
                }
            }
        }
    }
    shapes
}

fn check(shader: &Shader, device_limits: DeviceLimits, bindings: &[Binding]) {
    let name = &shader.name;
    assert!(shader.workgroup_bytes() <= device_limits.bytes, "{name}: {} bytes", shader.workgroup_bytes());
    assert!(shader.invocations() <= device_limits.invocations.min(256), "{name}: {} invocations", shader.invocations());
    let seen = |&binding: &Binding| if binding == Binding::Window { Binding::Uniform } else { binding };
    assert!(shader.bindings().into_iter().eq(bindings.iter().map(seen)), "{name}: {:?}", shader.bindings());
    assert!(
        bindings.iter().filter(|&&binding| matches!(binding, Binding::Read | Binding::Write)).count() <= 8,
        "{name}"
    );
}

#[test]
fn every_variant_is_valid_and_fits() {
    for (shape, device_limits) in shapes() {
        let name = format!("{shape:?}");
        let inner_loop = Shader::new(format!("inner loop of {name}"), &inner_loop::source(&shape, REPTILE));
        check(&inner_loop, device_limits, &inner_loop::bindings(REPTILE));
        let adapt = Shader::new(format!("adaptations of {name}"), &adapt::source(&shape, Step::Plain));
        check(&adapt, device_limits, &adapt::BINDINGS);
        for optimizer in OPTIMIZERS {
            let fused = Shader::new(
                format!("fused, {optimizer:?}, {name}"),
                &fused::source(&shape, REPTILE, &plain(optimizer)),
            );
            check(&fused, device_limits, &fused::bindings(REPTILE));
        }
        // The host counts the workgroup's memory as the shader takes it.
        let parts = [(shape.phi, shape.bytes_of_phi()), (shape.units, shape.bytes_of_units())];
        let bytes: usize = parts.iter().map(|&(memory, size)| if memory == Memory::Workgroup { size } else { 0 }).sum();
        assert_eq!(inner_loop.workgroup_bytes(), bytes, "{name}");
    }
}

#[test]
fn every_inner_loop_is_valid_and_fits() {
    for &activation in Activation::ALL {
        let hidden: &[usize] = match activation {
            Activation::Relu => &[40],
            Activation::Tanh => &[64, 64],
            Activation::Gelu => &[33, 20],
            _ => &[7, 5, 3],
        };
        let network = network(hidden, activation);
        for device_limits in DEVICE_LIMITS {
            for batch in [1, 10, 50] {
                for inner in inner_loops() {
                    let shape = inner.shape(&network, batch, device_limits);
                    let name = format!("{inner:?}, {shape:?}");
                    let inner_loop = Shader::new(format!("inner loop, {name}"), &inner_loop::source(&shape, inner));
                    check(&inner_loop, device_limits, &inner_loop::bindings(inner));
                    // As runs side by side have it.
                    let is_phi = inner.output == InnerLoopOutput::Phi;
                    let gradient = if is_phi { OuterGradient::FromPhi } else { OuterGradient::Given };
                    let outer_update = OuterUpdate {
                        gradient,
                        parameters: shape.parameters(),
                        keeps_gradient: true,
                        ..plain(OuterOptimizer::Adam)
                    };
                    let fused = fused::source(&shape, inner, &outer_update);
                    check(&Shader::new(format!("fused, {name}"), &fused), device_limits, &fused::bindings(inner));
                }
                for step in Step::ALL {
                    let shape = Shape::new(&network, batch, 50, device_limits);
                    let adapt = Shader::new(format!("adaptations, {step:?}, {shape:?}"), &adapt::source(&shape, step));
                    check(&adapt, device_limits, &adapt::BINDINGS);
                }
            }
        }
    }
}

#[test]
fn the_common_network_keeps_its_units_in_the_least_workgroup_memory() {
    let shape = Shape::new(&network(&[64, 64], Activation::Tanh), 10, 10, DeviceLimits::DEFAULT);
    let shader = Shader::new("1-64-64-1".to_owned(), &inner_loop::source(&shape, REPTILE));
    assert!((8 << 10..=16 << 10).contains(&shader.workgroup_bytes()), "{} bytes", shader.workgroup_bytes());
}

#[test]
fn the_outer_update_is_valid() {
    for device_limits in [DeviceLimits::DEFAULT, DeviceLimits::SOFTWARE] {
        for (optimizer, gradient) in OPTIMIZERS
            .into_iter()
            .flat_map(|optimizer| [OuterGradient::FromPhi, OuterGradient::Given].map(|gradient| (optimizer, gradient)))
        {
            let division = Division::new(device_limits);
            let name = format!("outer update, {division:?}, {gradient:?}, {optimizer:?}");
            let layers: Vec<_> = [(0..30, 0.0), (30..1200, 0.5), (1200..1234, 2.0)]
                .map(|(places, factor)| LayerRate { places, factor })
                .into();
            let alike = OuterUpdate { gradient, ..plain(optimizer) };
            let unlike = OuterUpdate { layers, keeps_gradient: true, ..alike.clone() };
            for outer_update in [alike, unlike] {
                let shader = Shader::new(name.clone(), &outer_update::source(&outer_update, division));
                check(&shader, DeviceLimits::DEFAULT, &outer_update::BINDINGS);
                assert_eq!(shader.invocations(), division.column * division.slices);
            }
        }
    }
}

/// The fields of a Rust struct with their offsets, in the order of declaration.
macro_rules! fields {
    ($type:ty: $($field:ident),*) => {
        (size_of::<$type>(), vec![$((stringify!($field).to_owned(), offset_of!($type, $field))),*])
    };
}

#[test]
fn structs_lie_alike_on_both_sides() {
    let dispatch = fields!(
        DispatchParameters: optimizer, first_point, steps, batch, tasks, is_first, is_last, meta_batch, step_size, first_correction,
        second_correction, points_of_task, first_task
    );
    let adaptation = fields!(Adaptation: optimizer, shots, queries, records, tasks);
    let optimizer = fields!(OptimizerParameters: decay, weight, learning_rate, epsilon, padding);
    let shape = Shape::new(&network(&[4], Activation::Relu), 4, 4, DeviceLimits::DEFAULT);
    let inner_loop = Shader::new("inner loop".to_owned(), &inner_loop::source(&shape, REPTILE));
    let sgd = plain(OuterOptimizer::Sgd);
    let outer_update = outer_update::source(&sgd, Division::new(DeviceLimits::DEFAULT));
    let outer_update = Shader::new("outer update".to_owned(), &outer_update);
    let fused = Shader::new("fused".to_owned(), &fused::source(&shape, REPTILE, &sgd));
    let adapt = Shader::new("adaptations".to_owned(), &adapt::source(&shape, Step::Plain));
    let layer = fields!(Layer: inputs, outputs, weights, biases, below, delta_below, above, delta, width);
    assert_eq!(inner_loop.layout("Layer"), layer);
    assert_eq!(adapt.layout("Layer"), layer);
    assert_eq!(inner_loop.layout("DispatchParameters"), dispatch);
    assert_eq!(outer_update.layout("DispatchParameters"), dispatch);
    assert_eq!(fused.layout("DispatchParameters"), dispatch);
    assert_eq!(fused.layout("Layer"), layer);
    assert_eq!(adapt.layout("Adaptation"), adaptation);
    for shader in [&inner_loop, &outer_update, &fused, &adapt] {
        assert_eq!(shader.layout("OptimizerParameters"), optimizer);
    }
}
