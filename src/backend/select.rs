//! Chooses a backend, with the reason.
//!
//! With [`Preference::Auto`] it probes the GPU on the Config that is to run: the GPU must agree with the CPU within the
//! named tolerances, and be faster. A software adapter is used only if the GPU is asked for. The module does not depend
//! on a GPU or on workers: it is given functions that make a CPU backend and that open the GPU.

use std::cell::RefCell;

use super::choice::{Choice, Preference, Reason};
use super::cpu::Cpu;
use super::tolerance::{self, compare};
use super::{Backend, BackendError, BackendKind, Pending};
use crate::domain::adaptation::Adaptations;
use crate::domain::algorithm::Algorithm;
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::config::Config;
use crate::domain::cost::Cost;
use crate::domain::evaluation::HeldOut;
use crate::domain::inner_optimizer::{Inner, InnerOptimizer};
use crate::domain::network::Model;
use crate::domain::outer_optimizer::Outer;
use crate::domain::train_state::TrainState;

/// Milliseconds on any clock that goes forward, as `performance.now()`.
pub type Clock = fn() -> f64;

/// Floating-point operations of the probe on the processor: a moment's work.
const CPU_OPERATIONS: f64 = 2.5e8;
/// Floating-point operations of the probe on the GPU, which needs many tasks at once to reach its speed.
const GPU_OPERATIONS: f64 = 8e9;
/// Meta-iterations after which both must agree.
const COMPARED: u64 = 10;
/// Held-out tasks whose adaptations must agree, and the gradient steps made.
const COMPARED_TASKS: usize = 2;
const COMPARED_STEPS: usize = 8;
/// A measurement is good when it took this long, in milliseconds, or this many meta-iterations.
const MEASURED_TIME: f64 = 20.0;
const MEASURED_MOST: u64 = 1024;
/// The finest clock that a browser promises, in milliseconds.
const CLOCK_TICK: f64 = 0.1;
/// The coarsest with which a measurement is believed: ticks of [`MEASURED_TIME`] / 4.
const COARSEST_TICK: f64 = 5.0;
/// Looks at the clock for one tick, after which it is taken to stand still.
const MOST_LOOKS: u64 = 100_000_000;

/// Makes the CPU backend for a Config and a train state.
pub type MakeCpu = Box<dyn Fn(&Config, &TrainState) -> Box<dyn Backend>>;

/// Opens the GPU for a Config and a train state. A software adapter will do where the third says so; else it is
/// [`BackendError::Software`].
pub type OpenGpu = Box<dyn Fn(&Config, &TrainState, bool) -> Pending<'static, Box<dyn Backend>>>;

/// Opens backends, and caches the results of GPU probes.
pub struct Selector {
    now: Clock,
    cpu: MakeCpu,
    gpu: OpenGpu,
    measured: RefCell<Vec<(Workload, ProbeResult)>>,
}

/// The part of a Config that decides which device is faster.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload(Model, Algorithm, InnerOptimizer, [usize; 3]);

impl Workload {
    /// That of a Config.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let Inner { optimizer, steps, batch, .. } = config.inner;
        let Outer { meta_batch, .. } = config.outer;
        Self(config.model.clone(), config.algorithm, optimizer, [steps, batch, meta_batch])
    }
}

impl Selector {
    /// A selector that has measured nothing yet.
    #[must_use]
    pub fn new(now: Clock, cpu: MakeCpu, gpu: OpenGpu) -> Self {
        Self { now, cpu, gpu, measured: RefCell::default() }
    }

    /// Opens the backend that is preferred for `config`, going on from `train_state`.
    ///
    /// # Errors
    /// The GPU was asked for and cannot be had. Without a wish for one, the CPU always can.
    pub async fn open(
        &self,
        config: &Config,
        train_state: &TrainState,
        preference: Preference,
    ) -> Result<(Box<dyn Backend>, Choice), BackendError> {
        match preference {
            Preference::Cpu => Ok(chosen((self.cpu)(config, train_state), Reason::Asked)),
            Preference::Gpu => Ok(chosen((self.gpu)(config, train_state, true).await?, Reason::Asked)),
            Preference::Auto => Ok(self.choose(config, train_state).await),
        }
    }

    async fn choose(&self, config: &Config, train_state: &TrainState) -> (Box<dyn Backend>, Choice) {
        // First, so that its workers have started when it is measured.
        let mut cpu = (self.cpu)(config, train_state);
        let opened = (self.gpu)(config, train_state, false).await;
        let opened = opened.and_then(|gpu| check_clock(self.now).map(|()| gpu));
        let (mut gpu, result) = match opened {
            Err(error) => (None, ProbeResult::NoGpu(error)),
            Ok(mut gpu) => {
                let result = self.measure(cpu.as_mut(), gpu.as_mut(), config, train_state).await;
                (Some(gpu), result.unwrap_or_else(ProbeResult::Failed))
            }
        };
        let (kind, mut reason) = decide(result);
        if let Some(mut gpu) = gpu.take_if(|_| kind == BackendKind::Gpu) {
            match gpu.load(config, train_state) {
                Ok(()) => return chosen(gpu, reason),
                Err(error) => reason = Reason::Failed(error),
            }
        }
        match cpu.load(config, train_state) {
            Ok(()) => chosen(cpu, reason),
            Err(error) => chosen(Box::new(Cpu::new(config, train_state)), Reason::Failed(error)),
        }
    }

    /// The result of the GPU probe for this workload: cached, or measured now.
    async fn measure(
        &self,
        cpu: &mut dyn Backend,
        gpu: &mut dyn Backend,
        config: &Config,
        train_state: &TrainState,
    ) -> Result<ProbeResult, BackendError> {
        let work = Workload::of(config);
        let known = self.measured.borrow().iter().find(|(known, _)| *known == work).map(|(_, result)| result.clone());
        if let Some(result) = known {
            return Ok(result);
        }
        let result = probe(cpu, gpu, config, train_state, self.now).await?;
        self.measured.borrow_mut().push((work, result.clone()));
        Ok(result)
    }
}

/// Looks at the clock until it has ticked twice.
///
/// # Errors
/// [`BackendError::CoarseClock`]: it ticks too seldom to measure by.
pub fn check_clock(now: Clock) -> Result<(), BackendError> {
    let next = |before: f64| (0..MOST_LOOKS).map(|_| now()).find(|time| *time != before).unwrap_or(f64::INFINITY);
    let first = next(now());
    let tick = next(first) - first;
    if tick <= COARSEST_TICK { Ok(()) } else { Err(BackendError::CoarseClock { tick }) }
}

fn chosen(backend: Box<dyn Backend>, reason: Reason) -> (Box<dyn Backend>, Choice) {
    let choice = Choice { kind: backend.kind(), adapter: backend.adapter(), reason };
    (backend, choice)
}

/// The result of the GPU probe.
#[derive(Clone, Debug, PartialEq)]
enum ProbeResult {
    /// It cannot be had.
    NoGpu(BackendError),
    /// It failed, or is wrong.
    Failed(BackendError),
    /// It agrees; meta-iterations a second on both.
    Measured {
        /// On the CPU.
        cpu: f64,
        /// On the GPU.
        gpu: f64,
    },
}

/// The choice: a GPU that is right and faster.
fn decide(result: ProbeResult) -> (BackendKind, Reason) {
    match result {
        ProbeResult::NoGpu(error) => (BackendKind::Cpu, Reason::NoGpu(error)),
        ProbeResult::Failed(error) => (BackendKind::Cpu, Reason::Failed(error)),
        ProbeResult::Measured { cpu, gpu } => {
            let kind = if gpu > cpu { BackendKind::Gpu } else { BackendKind::Cpu };
            (kind, Reason::Measured { cpu, gpu })
        }
    }
}

/// Compares the two on `config`, and measures them.
async fn probe(
    cpu: &mut dyn Backend,
    gpu: &mut dyn Backend,
    config: &Config,
    train_state: &TrainState,
    now: Clock,
) -> Result<ProbeResult, BackendError> {
    let (small, share) = reduced(config, CPU_OPERATIONS);
    agree(cpu, gpu, &small, train_state).await?;
    let cpu = speed(cpu, &small, train_state, now).await? * share;
    let (large, share) = reduced(config, GPU_OPERATIONS);
    let gpu = speed(gpu, &large, train_state, now).await? * share;
    Ok(ProbeResult::Measured { cpu, gpu })
}

/// Whether both give the same θ and the same predictions, within the tolerances.
async fn agree(
    cpu: &mut dyn Backend,
    gpu: &mut dyn Backend,
    config: &Config,
    train_state: &TrainState,
) -> Result<(), BackendError> {
    let ours = results(gpu, config, train_state).await?;
    let truth = results(cpu, config, train_state).await?;
    compare("predictions", &ours.predictions, &truth.predictions, tolerance::PREDICTIONS)?;
    compare("theta", &ours.train_state.theta, &truth.train_state.theta, tolerance::theta(&config.outer))?;
    if let (Some(ours), Some(truth)) = (&ours.train_state.moments, &truth.train_state.moments) {
        compare("first moments", &ours.first, &truth.first, tolerance::FIRST_MOMENTS)?;
        compare("second moments", &ours.second, &truth.second, tolerance::SECOND_MOMENTS)?;
    }
    Ok(())
}

/// What one backend makes of a Config.
struct Results {
    /// Of some adaptations from the train state's θ.
    predictions: Vec<f32>,
    /// After some meta-iterations.
    train_state: TrainState,
}

async fn results(
    backend: &mut dyn Backend,
    config: &Config,
    train_state: &TrainState,
) -> Result<Results, BackendError> {
    let meta_iterations = ((CPU_OPERATIONS / operations(config)) as u64).clamp(1, COMPARED);
    let record = vec![0, 1, COMPARED_STEPS];
    let adaptations = Adaptations { record, ..HeldOut::new(config, COMPARED_TASKS).adaptations(0..COMPARED_TASKS) };
    backend.load(config, train_state)?;
    let predictions = backend.adapt(None, &adaptations).await?;
    backend.train(&batches(config, train_state, meta_iterations)).await?;
    Ok(Results { predictions, train_state: backend.train_state().await? })
}

/// Meta-iterations a second.
async fn speed(
    backend: &mut dyn Backend,
    config: &Config,
    train_state: &TrainState,
    now: Clock,
) -> Result<f64, BackendError> {
    backend.load(config, train_state)?;
    // Not measured: the first run compiles shaders and fills caches.
    backend.train(&batches(config, train_state, 1)).await?;
    let mut count = 1;
    loop {
        let batches = batches(config, train_state, count);
        let start = now();
        backend.train(&batches).await?;
        // Its result is there when all of it is done.
        backend.train_state().await?;
        let elapsed = now() - start;
        if elapsed >= MEASURED_TIME || count >= MEASURED_MOST {
            return Ok(count as f64 * 1000.0 / elapsed.max(CLOCK_TICK));
        }
        count *= 2;
    }
}

/// Meta-iterations from the beginning of the schedule, where θ moves most.
fn batches(config: &Config, train_state: &TrainState, count: u64) -> MetaBatches {
    let updates = train_state.updates();
    MetaBatches::draw(config, 0, updates, count)
}

/// Floating-point operations of a meta-iteration; 1 where there are none.
fn operations(config: &Config) -> f64 {
    Cost::of(config, 1).operations.max(1) as f64
}

/// A Config with fewer inner steps and then fewer tasks, so that a meta-iteration is at most `most` operations, and
/// what share of the whole one that is.
fn reduced(config: &Config, most: f64) -> (Config, f64) {
    let mut small = config.clone();
    let whole = operations(config);
    let fit = |count: usize, operations: f64| ((count as f64 * most / operations) as usize).clamp(1, count);
    small.inner.steps = fit(config.inner.steps, whole);
    small.outer.meta_batch = fit(config.outer.meta_batch, operations(&small));
    let share = operations(&small) / whole;
    (small, share)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use pollster::block_on;

    use super::*;
    use crate::domain::config::preset::Preset;
    use crate::domain::network::Network;
    use crate::domain::task::sampling::Points;

    /// A CPU backend with something wrong about it.
    struct Faulty {
        cpu: Cpu,
        fault: Fault,
    }

    #[derive(Clone, Copy, PartialEq)]
    enum Fault {
        None,
        Lost,
        Theta(f32),
        Prediction(f32),
    }

    impl Backend for Faulty {
        fn kind(&self) -> BackendKind {
            BackendKind::Gpu
        }

        fn adapter(&self) -> String {
            "faulty".to_owned()
        }

        fn load(&mut self, config: &Config, train_state: &TrainState) -> Result<(), BackendError> {
            self.cpu.load(config, train_state)
        }

        fn train<'a>(&'a mut self, batches: &'a MetaBatches) -> Pending<'a, ()> {
            if self.fault == Fault::Lost {
                return Box::pin(std::future::ready(Err(lost())));
            }
            self.cpu.train(batches)
        }

        fn train_state(&mut self) -> Pending<'_, TrainState> {
            Box::pin(async {
                let mut train_state = self.cpu.train_state().await?;
                if let Fault::Theta(error) = self.fault {
                    train_state.theta[17] += error;
                }
                Ok(train_state)
            })
        }

        fn adapt<'a>(&'a mut self, theta: Option<&'a [f32]>, adaptations: &'a Adaptations) -> Pending<'a, Vec<f32>> {
            Box::pin(async move {
                let mut predictions = self.cpu.adapt(theta, adaptations).await?;
                if let Fault::Prediction(error) = self.fault {
                    predictions[3] += error;
                }
                Ok(predictions)
            })
        }

        fn gradients<'a>(&'a mut self, theta: &'a [f32], points: &'a Points, batch: usize) -> Pending<'a, Vec<f32>> {
            self.cpu.gradients(theta, points, batch)
        }
    }

    fn lost() -> BackendError {
        BackendError::Lost { detail: "the cable fell out".to_owned() }
    }

    fn software() -> BackendError {
        BackendError::Software { adapter: "llvmpipe".to_owned() }
    }

    /// A clock that goes on by five milliseconds whenever someone looks at it.
    fn clock() -> f64 {
        static TIME: AtomicU64 = AtomicU64::new(0);
        TIME.fetch_add(5, Ordering::Relaxed) as f64
    }

    fn probed(fault: Fault) -> Result<ProbeResult, BackendError> {
        let mut config = Preset::Paper.config();
        config.model.hidden = vec![8];
        let train_state = TrainState::new(Network::new(&config.model).initial_theta(0));
        let mut faulty = Faulty { cpu: Cpu::new(&config, &train_state), fault };
        block_on(probe(&mut Cpu::new(&config, &train_state), &mut faulty, &config, &train_state, clock))
    }

    fn selector() -> Selector {
        let cpu: MakeCpu = Box::new(|config, train_state| Box::new(Cpu::new(config, train_state)));
        Selector::new(clock, cpu, Box::new(|_, _, _| Box::pin(std::future::ready(Err(software())))))
    }

    #[test]
    fn a_measurement_is_remembered_until_the_work_changes() {
        let selector = selector();
        let mut config = Preset::Paper.config();
        config.model.hidden = vec![8];
        let measured = |config: &Config, fault| {
            let train_state = TrainState::new(Network::new(&config.model).initial_theta(0));
            let mut gpu = Faulty { cpu: Cpu::new(config, &train_state), fault };
            block_on(selector.measure(&mut Cpu::new(config, &train_state), &mut gpu, config, &train_state))
        };
        assert_eq!(measured(&config, Fault::Lost), Err(lost()), "a failure is not remembered");
        let first = measured(&config, Fault::None).unwrap();
        assert!(matches!(first, ProbeResult::Measured { .. }));
        config.inner.learning_rate = 0.01;
        assert_eq!(measured(&config, Fault::Lost).unwrap(), first, "the same work is not tried again");
        config.outer.meta_batch = 3;
        assert_eq!(measured(&config, Fault::Lost), Err(lost()), "other work is");
    }

    #[test]
    fn a_good_gpu_is_measured() {
        let result = probed(Fault::None);
        assert!(matches!(result, Ok(ProbeResult::Measured { cpu, gpu }) if cpu > 0.0 && gpu > 0.0), "{result:?}");
    }

    #[test]
    fn a_gpu_that_is_wrong_anywhere_disagrees() {
        for fault in [Fault::Theta(0.01), Fault::Theta(f32::NAN), Fault::Prediction(-0.01)] {
            let result = probed(fault);
            assert!(matches!(result, Err(BackendError::Disagrees { times_tolerance }) if times_tolerance > 1.0));
        }
        assert!(probed(Fault::Theta(1e-6)).is_ok());
    }

    #[test]
    fn a_lost_gpu_is_an_error() {
        assert_eq!(probed(Fault::Lost), Err(lost()));
    }

    #[test]
    fn only_a_right_and_faster_gpu_is_chosen() {
        let no_adapter = BackendError::NoAdapter { detail: "none".to_owned() };
        let disagrees = BackendError::Disagrees { times_tolerance: 3.0 };
        let cases = [
            (ProbeResult::NoGpu(no_adapter.clone()), (BackendKind::Cpu, Reason::NoGpu(no_adapter))),
            (ProbeResult::Failed(lost()), (BackendKind::Cpu, Reason::Failed(lost()))),
            (ProbeResult::Failed(disagrees.clone()), (BackendKind::Cpu, Reason::Failed(disagrees))),
            (ProbeResult::Measured { cpu: 2.0, gpu: 1.0 }, (BackendKind::Cpu, Reason::Measured { cpu: 2.0, gpu: 1.0 })),
            (ProbeResult::Measured { cpu: 1.0, gpu: 1.0 }, (BackendKind::Cpu, Reason::Measured { cpu: 1.0, gpu: 1.0 })),
            (ProbeResult::Measured { cpu: 1.0, gpu: 2.0 }, (BackendKind::Gpu, Reason::Measured { cpu: 1.0, gpu: 2.0 })),
        ];
        for (result, choice) in cases {
            assert_eq!(decide(result), choice);
        }
    }

    #[test]
    fn a_gpu_is_not_tried_by_a_clock_that_cannot_tell_which_is_faster() {
        /// A clock that ticks every 100 ms, and is looked at ten times meanwhile.
        fn coarse() -> f64 {
            static LOOKS: AtomicU64 = AtomicU64::new(0);
            (LOOKS.fetch_add(1, Ordering::Relaxed) / 10 * 100) as f64
        }
        let open: OpenGpu = Box::new(|config, train_state, _| {
            let cpu = Cpu::new(config, train_state);
            Box::pin(std::future::ready(Ok(Box::new(Faulty { cpu, fault: Fault::None }) as Box<dyn Backend>)))
        });
        let cpu: MakeCpu = Box::new(|config, train_state| Box::new(Cpu::new(config, train_state)));
        let selector = Selector::new(coarse, cpu, open);
        let mut config = Preset::Paper.config();
        config.model.hidden = vec![8];
        let train_state = TrainState::new(Network::new(&config.model).initial_theta(0));
        let choice = |preference| block_on(selector.open(&config, &train_state, preference)).unwrap().1;
        let Choice { kind, reason, .. } = choice(Preference::Auto);
        assert_eq!((kind, reason), (BackendKind::Cpu, Reason::NoGpu(BackendError::CoarseClock { tick: 100.0 })));
        assert_eq!(choice(Preference::Gpu).kind, BackendKind::Gpu, "one that is asked for is not measured");
        assert_eq!(check_clock(clock), Ok(()));
    }

    #[test]
    fn a_heavy_config_is_probed_in_small() {
        let mut config = Preset::Paper.config();
        assert_eq!(reduced(&config, CPU_OPERATIONS), (config.clone(), 1.0));
        config.model.hidden = vec![128; 4];
        (config.outer.meta_batch, config.inner.steps, config.inner.batch) = (1024, 64, 50);
        let (small, share) = reduced(&config, CPU_OPERATIONS);
        assert_eq!((small.inner.steps, small.outer.meta_batch), (1, 16));
        assert_eq!(share, 1.0 / 64.0 / 64.0);
        assert!(operations(&small) <= CPU_OPERATIONS);
    }

    #[test]
    fn the_cpu_can_be_asked_for() {
        let config = Preset::Paper.config();
        let train_state = TrainState::new(Network::new(&config.model).initial_theta(0));
        let (backend, choice) = block_on(selector().open(&config, &train_state, Preference::Cpu)).unwrap();
        assert_eq!((backend.kind(), choice.kind, choice.reason), (BackendKind::Cpu, BackendKind::Cpu, Reason::Asked));
    }

    #[test]
    fn without_a_gpu_the_cpu_is_used_and_says_why() {
        let config = Preset::Paper.config();
        let train_state = TrainState::new(Network::new(&config.model).initial_theta(0));
        let (backend, choice) = block_on(selector().open(&config, &train_state, Preference::Auto)).unwrap();
        assert_eq!((backend.kind(), choice.reason), (BackendKind::Cpu, Reason::NoGpu(software())));
        assert_eq!(block_on(selector().open(&config, &train_state, Preference::Gpu)).err(), Some(software()));
    }
}
