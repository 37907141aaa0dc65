//! What only a GPU does: being lost, refusing, and changing its Config without a new start.

use pollster::block_on;
use reptile_lab::backend::cpu::Cpu;
use reptile_lab::backend::gpu::Gpu;
use reptile_lab::backend::select::{OpenGpu, Preference, Reason, Selector};
use reptile_lab::backend::{Backend, BackendError, Kind};
use reptile_lab::domain::adaptation::Adaptations;
use reptile_lab::domain::config::{Config, OuterOptimizer, Preset};
use reptile_lab::domain::evaluation::HeldOut;
use reptile_lab::domain::network::Network;
use reptile_lab::domain::outer::Learner;
use reptile_lab::domain::reptile::MetaBatches;

fn initial(config: &Config) -> Learner {
    Learner::new(Network::new(&config.model).initial_theta(config.seed))
}

fn batches(config: &Config, count: u64) -> MetaBatches {
    MetaBatches::draw(config, 0, 0, count)
}

fn adaptations(config: &Config) -> Adaptations {
    HeldOut::new(config, 3).adaptations(0..3)
}

fn gpu(config: &Config) -> Option<Gpu> {
    match block_on(Gpu::new(config, &initial(config))) {
        Ok(gpu) => Some(gpu),
        Err(BackendError::NoAdapter { detail }) if std::env::var_os("REPTILE_LAB_REQUIRE_GPU").is_none() => {
            eprintln!("SKIPPED: there is no GPU adapter ({detail})");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_lost_device_says_so_at_every_call() {
    let config = Preset::Paper.config();
    let Some(mut gpu) = gpu(&config) else { return };
    block_on(gpu.train(&batches(&config, 3))).unwrap();
    gpu.lose();
    for _ in 0..2 {
        assert!(matches!(block_on(gpu.train(&batches(&config, 3))), Err(BackendError::Lost { .. })));
        assert!(matches!(block_on(gpu.learner()), Err(BackendError::Lost { .. })));
        assert!(matches!(block_on(gpu.adapt(None, &adaptations(&config))), Err(BackendError::Lost { .. })));
        assert!(matches!(gpu.load(&config, &initial(&config)), Err(BackendError::Lost { .. })));
    }
}

#[test]
fn another_config_needs_no_new_device() {
    let mut config = Preset::Paper.config();
    let Some(mut gpu) = gpu(&config) else { return };
    block_on(gpu.train(&batches(&config, 3))).unwrap();
    let changes: [fn(&mut Config); 5] = [
        |config| config.inner.learning_rate = 0.01,
        |config| config.inner.batch = 23,
        |config| config.outer.meta_batch = 5,
        |config| config.outer.optimizer = OuterOptimizer::Adam,
        |config| config.model.hidden = vec![5, 64],
    ];
    for change in changes {
        change(&mut config);
        gpu.load(&config, &initial(&config)).unwrap();
        block_on(gpu.train(&batches(&config, 3))).unwrap();
        let mut fresh = block_on(Gpu::new(&config, &initial(&config))).unwrap();
        block_on(fresh.train(&batches(&config, 3))).unwrap();
        assert_eq!(block_on(gpu.learner()).unwrap(), block_on(fresh.learner()).unwrap());
        let adaptations = adaptations(&config);
        assert_eq!(
            block_on(gpu.adapt(None, &adaptations)).unwrap(),
            block_on(fresh.adapt(None, &adaptations)).unwrap()
        );
    }
}

#[test]
fn a_learner_of_another_network_is_refused() {
    let config = Preset::Paper.config();
    let Some(mut gpu) = gpu(&config) else { return };
    let refused = gpu.load(&config, &Learner::new(vec![0.0; 7]));
    assert!(matches!(refused, Err(BackendError::Refused { detail }) if detail.contains('7')));
}

#[test]
fn nothing_to_do_is_done() {
    let config = Preset::Paper.config();
    let Some(mut gpu) = gpu(&config) else { return };
    block_on(gpu.train(&batches(&config, 0))).unwrap();
    let nothing = Adaptations { record: vec![], ..adaptations(&config) };
    assert_eq!(block_on(gpu.adapt(None, &nothing)), Ok(vec![]));
    assert_eq!(block_on(gpu.learner()), Ok(initial(&config)));
}

#[test]
fn a_software_adapter_is_used_only_when_asked_for() {
    let config = Preset::Paper.config();
    let Some(gpu) = gpu(&config) else { return };
    if !gpu.is_software() {
        eprintln!("SKIPPED: {} is no software adapter", gpu.adapter());
        return;
    }
    let open: OpenGpu = Box::new(|config, learner, software| {
        let (config, learner) = (config.clone(), learner.clone());
        Box::pin(async move { Ok(Box::new(Gpu::open(&config, &learner, software).await?) as Box<dyn Backend>) })
    });
    let selector = Selector::new(|| 0.0, Box::new(|config, learner| Box::new(Cpu::new(config, learner))), open);
    let open = |preference| block_on(selector.open(&config, &initial(&config), preference)).unwrap().1;
    let asked = open(Preference::Gpu);
    assert_eq!((asked.kind, asked.reason), (Kind::Gpu, Reason::Asked));
    let auto = open(Preference::Auto);
    let software = BackendError::Software { adapter: gpu.adapter() };
    assert_eq!((auto.kind, auto.reason), (Kind::Cpu, Reason::NoGpu(software)));
}
