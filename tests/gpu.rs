//! What only a GPU does: being lost, refusing, and changing its Config without a new start.

#[path = "common/adapter.rs"]
mod adapter;

use pollster::block_on;
use reptile_lab::backend::choice::{Preference, Reason};
use reptile_lab::backend::cpu::Cpu;
use reptile_lab::backend::gpu::Gpu;
use reptile_lab::backend::gpu::deadlines::Deadlines;
use reptile_lab::backend::kernel_backend::{self, Kernel, KernelBackend};
use reptile_lab::backend::reference::Reference;
use reptile_lab::backend::select::{OpenGpu, Selector};

use reptile_lab::backend::tolerance::{GRADIENTS, MEAN_ERRORS, THETA, compare};
use reptile_lab::backend::{Backend, BackendError, BackendKind};
use reptile_lab::domain::activation::Activation;
use reptile_lab::domain::adaptation::Adaptations;
use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::algorithm::meta_batches::MetaBatches;
use reptile_lab::domain::alignment::AlignmentTasks;
use reptile_lab::domain::choice::Named;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::evaluation::HeldOut;
use reptile_lab::domain::inner_optimizer::{InnerOptimizer, InnerState};
use reptile_lab::domain::network::Network;
use reptile_lab::domain::outer_optimizer::OuterOptimizer;
use reptile_lab::domain::task::family::Family;
use reptile_lab::domain::task::sampling::Points;
use reptile_lab::domain::task_map::TaskMapSpec;
use reptile_lab::domain::train_state::TrainState;

fn batches(config: &Config, count: u64) -> MetaBatches {
    MetaBatches::draw(config, 0, 0, count)
}

fn adaptations(config: &Config) -> Adaptations {
    HeldOut::new(config, 3).adaptations(0..3)
}

fn gpu(config: &Config) -> Option<Gpu> {
    adapter::opened(block_on(Gpu::new(config, &TrainState::of(config))))
}

#[test]
fn a_lost_device_says_so_at_every_call() {
    let config = Preset::Paper.config();
    let Some(mut gpu) = gpu(&config) else { return };
    block_on(gpu.train(&batches(&config, 3))).unwrap();
    gpu.lose();
    for _ in 0..2 {
        assert!(matches!(block_on(gpu.train(&batches(&config, 3))), Err(BackendError::Lost { .. })));
        assert!(matches!(block_on(gpu.train_state()), Err(BackendError::Lost { .. })));
        assert!(matches!(block_on(gpu.adapt(None, &adaptations(&config))), Err(BackendError::Lost { .. })));
        let gradients =
            block_on(gpu.gradients(&TrainState::of(&config).theta, &Points { x: vec![0.0], y: vec![0.0] }, 1));
        assert!(matches!(gradients, Err(BackendError::Lost { .. })));
        assert!(matches!(gpu.load(&config, &TrainState::of(&config)), Err(BackendError::Lost { .. })));
    }
}

#[test]
fn another_config_needs_no_new_device() {
    let mut config = Preset::Paper.config();
    let Some(mut gpu) = gpu(&config) else { return };
    block_on(gpu.train(&batches(&config, 3))).unwrap();
    let changes: [fn(&mut Config); 9] = [
        |config| config.inner.learning_rate = 0.01,
        |config| config.inner.batch = 23,
        |config| config.outer.meta_batch = 5,
        |config| config.outer.optimizer = OuterOptimizer::Adam,
        |config| config.model.hidden = vec![5, 64],
        |config| config.algorithm = Algorithm::Maml,
        |config| config.algorithm = Algorithm::Fomaml,
        |config| config.inner.optimizer = InnerOptimizer::Adam,
        |config| config.inner.state = InnerState::Carry,
    ];
    for change in changes {
        change(&mut config);
        gpu.load(&config, &TrainState::of(&config)).unwrap();
        block_on(gpu.train(&batches(&config, 3))).unwrap();
        let mut fresh = block_on(Gpu::new(&config, &TrainState::of(&config))).unwrap();
        block_on(fresh.train(&batches(&config, 3))).unwrap();
        assert_eq!(block_on(gpu.train_state()).unwrap(), block_on(fresh.train_state()).unwrap());
        let adaptations = adaptations(&config);
        assert_eq!(
            block_on(gpu.adapt(None, &adaptations)).unwrap(),
            block_on(fresh.adapt(None, &adaptations)).unwrap()
        );
    }
}

#[test]
fn a_train_state_of_another_network_is_refused() {
    let config = Preset::Paper.config();
    let Some(mut gpu) = gpu(&config) else { return };
    let refused = gpu.load(&config, &TrainState::new(vec![0.0; 7]));
    assert!(matches!(refused, Err(BackendError::Refused { detail }) if detail.contains('7')));
}

#[test]
fn nothing_to_do_is_done() {
    let config = Preset::Paper.config();
    let Some(mut gpu) = gpu(&config) else { return };
    block_on(gpu.train(&batches(&config, 0))).unwrap();
    let nothing = Adaptations { record: vec![], ..adaptations(&config) };
    assert_eq!(block_on(gpu.adapt(None, &nothing)), Ok(vec![]));
    assert_eq!(block_on(gpu.train_state()), Ok(TrainState::of(&config)));
}

#[test]
fn without_meta_training_only_time_goes_by() {
    let mut config = Preset::Paper.config();
    config.algorithm = Algorithm::None;
    config.outer.meta_batch = 3;
    let Some(mut gpu) = gpu(&config) else { return };
    block_on(gpu.train(&batches(&config, 7))).unwrap();
    // Half of a meta-iteration is none.
    block_on(gpu.train(&MetaBatches::draw_some(&config, 7..8, 7, 0..2))).unwrap();
    assert_eq!(block_on(gpu.train_state()), Ok(TrainState { iteration: 7, ..TrainState::of(&config) }));
}

#[test]
fn gradients_are_those_of_the_reference() {
    let mut config = Preset::Paper.config();
    let Some(mut gpu) = gpu(&config) else { return };
    for &activation in Activation::ALL {
        let (hidden, batch) = match activation {
            Activation::Tanh => (vec![64, 64], 10),
            Activation::Relu => (vec![33, 20], 50),
            Activation::Gelu => (vec![33, 20], 17),
            _ => (vec![7, 5, 3], 1),
        };
        config.model.hidden = hidden;
        config.model.activation = activation;
        config.inner.batch = batch;
        let train_state = TrainState::of(&config);
        gpu.load(&config, &train_state).unwrap();
        let points = AlignmentTasks::new(&config).points(0..30);
        let truth = kernel_backend::gradients(
            &mut Reference::new(&Network::new(&config.model)),
            &train_state.theta,
            &points,
            batch,
        );
        for _ in 0..2 {
            let ours = block_on(gpu.gradients(&train_state.theta, &points, batch)).unwrap();
            compare("gradients", &ours, &truth, GRADIENTS).unwrap();
        }
        assert_eq!(block_on(gpu.gradients(&train_state.theta, &Points::default(), batch)), Ok(vec![]));
    }
}

#[test]
fn the_task_map_is_that_of_the_reference_in_one_batch_or_several() {
    let config = Preset::Paper.config();
    let train_state = TrainState::of(&config);
    let Some(mut gpu) = gpu(&config) else { return };
    let spec = TaskMapSpec {
        family: Family::Sinusoid,
        frequency: 1.0,
        amplitudes: (0..12).map(|i| i as f32).collect(),
        phases: (0..12).map(|i| 0.5 * i as f32).collect(),
        steps: 4,
        number: 0,
    };
    let tasks = spec.tasks(&config, config.seed);
    let map = |backend: &mut dyn Backend, ends: &[usize]| {
        let of_batch = |batch: &[usize]| {
            let range = batch[0]..batch[1];
            let predictions = block_on(backend.adapt(Some(&train_state.theta), &tasks.adaptations(range.clone())));
            tasks.errors(range, &predictions.expect("predictions"))
        };
        ends.windows(2).flat_map(of_batch).map(|error| error as f32).collect::<Vec<f32>>()
    };
    let truth = map(&mut KernelBackend::<Reference>::new(&config, &train_state), &[0, 144]);
    for ends in [&[0, 144][..], &[0, 1, 100, 144]] {
        compare("errors", &map(&mut gpu, ends), &truth, MEAN_ERRORS).unwrap();
    }
}

#[test]
fn a_task_that_joins_the_others_has_a_state_of_its_own() {
    let mut config = Preset::Paper.config();
    config.model.hidden = vec![12, 9];
    config.inner.optimizer = InnerOptimizer::Adam;
    config.inner.state = InnerState::Carry;
    config.inner.beta1 = 0.9;
    config.inner.learning_rate = 0.003;
    config.outer.meta_batch = 2;
    let Some(mut gpu) = gpu(&config) else { return };
    let mut reference = KernelBackend::<Reference>::new(&config, &TrainState::of(&config));
    let backends: [&mut dyn Backend; 2] = [&mut gpu, &mut reference];
    let [ours, truth] = backends.map(|backend| {
        let mut config = config.clone();
        block_on(backend.train(&batches(&config, 3))).unwrap();
        config.outer.meta_batch = 4;
        let train_state = block_on(backend.train_state()).unwrap();
        backend.load(&config, &train_state).unwrap();
        block_on(backend.train(&MetaBatches::draw(&config, 3, 3, 5))).unwrap();
        block_on(backend.train_state()).unwrap()
    });
    compare("theta", &ours.theta, &truth.theta, THETA).unwrap();
    assert_eq!(ours.inner_states.len(), 4);
    for (ours, truth) in ours.inner_states.iter().zip(&truth.inner_states) {
        assert_eq!(ours.updates, truth.updates);
        compare("first moments", &ours.first, &truth.first, GRADIENTS).unwrap();
    }
}

#[test]
fn a_software_adapter_is_used_only_when_asked_for() {
    let config = Preset::Paper.config();
    let Some(gpu) = gpu(&config) else { return };
    let open: OpenGpu = Box::new(|config, train_state, software| {
        let (config, train_state) = (config.clone(), train_state.clone());
        Box::pin(async move {
            Ok(Box::new(Gpu::open(&config, &train_state, software, &Deadlines::default()).await?) as Box<dyn Backend>)
        })
    });
    let selector = Selector::new(|| 0.0, Box::new(|config, train_state| Box::new(Cpu::new(config, train_state))), open);
    let open = |preference| block_on(selector.open(&config, &TrainState::of(&config), preference)).unwrap().1;
    let asked = open(Preference::Gpu);
    assert_eq!((asked.kind, asked.reason), (BackendKind::Gpu, Reason::Asked));
    let auto = open(Preference::Auto);
    let software = BackendError::Software { adapter: gpu.adapter() };
    if gpu.is_software() {
        assert_eq!((auto.kind, auto.reason), (BackendKind::Cpu, Reason::NoGpu(software)));
    } else {
        assert!(matches!(auto.reason, Reason::Measured { .. }), "{:?}", auto.reason);
    }
}
