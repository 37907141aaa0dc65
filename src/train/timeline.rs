//! The time line of a run: train states along it, from which any of its moments is made again.
//!
//! Tasks depend on seed and meta-iteration alone, so that training on from a keyframe gives every later θ once more, bit for
//! bit on the CPU.

use std::rc::Rc;

use super::run;
use crate::backend::BackendError;
use crate::backend::cpu::Cpu;
use crate::domain::config::Config;
use crate::domain::provenance::Provenance;
use crate::domain::train_state::TrainState;
use crate::domain::training::TrainingSettings;

/// The most bytes of all keyframes together.
pub const MOST_BYTES: usize = 32 << 20;
/// The fewest and the most keyframes that a time line has room for.
const KEYFRAMES: (usize, usize) = (16, 1024);

/// A train state that was recorded.
#[derive(Clone, Debug)]
pub struct Keyframe {
    /// The train state.
    pub train_state: Rc<TrainState>,
    /// What trains it on.
    pub config: Rc<Config>,
    /// The last meta-iteration that is made again from here; later ones were trained by another Config.
    pub reach: u64,
}

/// The keyframes of a run, in the order of their meta-iterations.
///
/// When there are too many, the one whose neighbours are closest goes, by meta-iterations and by their logarithm in equal
/// parts: the early fall keeps its detail, and no moment is far from a keyframe. The first and the last always stay.
#[derive(Clone, Debug)]
pub struct Timeline {
    keyframes: Vec<Keyframe>,
    config: Rc<Config>,
    most: usize,
}

impl Timeline {
    /// The time line of a run that begins with this train state.
    #[must_use]
    pub fn new(train_state: &TrainState, config: &Config) -> Self {
        let config = Rc::new(config.clone());
        let (least, most) = KEYFRAMES;
        let most = (MOST_BYTES / train_state.bytes().max(1)).clamp(least, most);
        let first = Keyframe { train_state: Rc::new(train_state.clone()), config: Rc::clone(&config), reach: u64::MAX };
        Self { keyframes: vec![first], config, most }
    }

    /// A time line that was saved, of a run that goes on by `config`; there is a keyframe at least.
    #[must_use]
    pub fn restored(keyframes: Vec<Keyframe>, config: &Config) -> Self {
        let Self { most, .. } = Self::new(&keyframes[0].train_state, config);
        let shared = keyframes.iter().rev().map(|keyframe| &keyframe.config).find(|shared| ***shared == *config);
        let config = shared.map_or_else(|| Rc::new(config.clone()), Rc::clone);
        Self { keyframes, config, most }
    }

    /// The same with so few keyframes that they are no more than so many bytes; the first and the last stay.
    #[must_use]
    pub fn within(&self, most_bytes: usize) -> Self {
        let mut timeline = self.clone();
        let bytes = |timeline: &Self| timeline.keyframes.iter().map(|it| it.train_state.bytes()).sum::<usize>();
        while timeline.keyframes.len() > 2 && bytes(&timeline) > most_bytes {
            timeline.most = timeline.keyframes.len() - 1;
            timeline.thin();
        }
        timeline
    }

    /// Records a train state of the run, unless it is recorded already. One that is not later than the last is ignored: it is
    /// made again from those that are there.
    pub fn record(&mut self, train_state: &TrainState) {
        if self.last().iteration >= train_state.iteration {
            return;
        }
        let (train_state, config) = (Rc::new(train_state.clone()), Rc::clone(&self.config));
        self.keyframes.push(Keyframe { train_state, config, reach: u64::MAX });
        self.thin();
    }

    /// Goes on with another Config from the last train state, which is this one.
    pub fn change(&mut self, train_state: &TrainState, config: &Config) {
        self.record(train_state);
        self.config = Rc::new(config.clone());
        if let Some(last) = self.keyframes.last_mut() {
            *last = Keyframe {
                train_state: Rc::new(train_state.clone()),
                config: Rc::clone(&self.config),
                reach: u64::MAX,
            };
        }
    }

    /// Forgets what comes after this train state, which is of the run, and goes on from it by the present Config.
    pub fn branch(&mut self, train_state: &TrainState) {
        let is_before = |keyframe: &Keyframe| keyframe.train_state.iteration < train_state.iteration;
        let count = self.keyframes.partition_point(is_before);
        self.keyframes.truncate(count);
        if self.keyframes.is_empty() {
            *self = Self::new(train_state, &self.config);
            return;
        }
        self.record(train_state);
    }

    /// The first train state that is recorded.
    #[must_use]
    pub fn first(&self) -> &TrainState {
        &self.keyframes[0].train_state
    }

    /// The last train state that is recorded.
    #[must_use]
    pub fn last(&self) -> &TrainState {
        &self.keyframes[self.keyframes.len() - 1].train_state
    }

    /// All keyframes, in the order of their meta-iterations.
    #[must_use]
    pub fn keyframes(&self) -> &[Keyframe] {
        &self.keyframes
    }

    /// Whether a Config has trained all of it, from the random start of its seed.
    #[must_use]
    pub fn is_of(&self, config: &Config) -> bool {
        let TrainState { iteration, provenance, .. } = self.first();
        // Keyframes share their Configs.
        let others = self.keyframes.chunk_by(|a, b| Rc::ptr_eq(&a.config, &b.config));
        *provenance == Provenance::default().after(config.algorithm, &config.tasks, *iteration)
            && others.into_iter().all(|of_one| TrainingSettings::from(&*of_one[0].config) == config.into())
    }

    /// The way to a moment of the run, or to the last one before it that can be made again.
    #[must_use]
    pub fn replay(&self, iteration: u64) -> Replay {
        let later = self.keyframes.partition_point(|keyframe| keyframe.train_state.iteration <= iteration);
        let Keyframe { train_state, config, reach } = &self.keyframes[later.max(1) - 1];
        Replay {
            train_state: TrainState::clone(train_state),
            config: Rc::clone(config),
            target: iteration.clamp(train_state.iteration, *reach),
            backend: None,
        }
    }

    fn thin(&mut self) {
        if self.keyframes.len() <= self.most {
            return;
        }
        let end = self.last().iteration as f64;
        let place = |index: usize| {
            let iteration = self.keyframes[index].train_state.iteration as f64;
            iteration / end + libm::log(iteration + 1.0) / libm::log(end + 1.0)
        };
        let gap = |index: usize| place(index + 1) - place(index - 1);
        let closest = (1..self.keyframes.len() - 1).min_by(|&a, &b| gap(a).total_cmp(&gap(b)));
        if let Some(index) = closest {
            let gone = self.keyframes.remove(index);
            let before = &mut self.keyframes[index - 1];
            let is_of_another = !Rc::ptr_eq(&before.config, &gone.config);
            let reach = if is_of_another { gone.train_state.iteration } else { gone.reach };
            before.reach = before.reach.min(reach);
        }
    }
}

/// The way from a keyframe to a later moment of the run.
pub struct Replay {
    train_state: TrainState,
    config: Rc<Config>,
    target: u64,
    /// What trains, once anything is to be trained.
    backend: Option<Cpu>,
}

impl Replay {
    /// The meta-iteration that it leads to.
    #[must_use]
    pub fn target(&self) -> u64 {
        self.target
    }

    /// The train state as far as it has been made.
    #[must_use]
    pub fn train_state(&self) -> &TrainState {
        &self.train_state
    }

    /// Trains on until this time of the clock, in milliseconds; says whether the moment is reached.
    ///
    /// # Errors
    /// None; the CPU does not fail.
    pub async fn work(&mut self, until: f64, clock: fn() -> f64) -> Result<bool, BackendError> {
        let Self { train_state, config, target, backend } = self;
        if train_state.iteration < *target {
            let cpu = backend.get_or_insert_with(|| Cpu::new(config, train_state));
            let (from, provenance) = (train_state.iteration, train_state.provenance.clone());
            run::train(cpu, config, train_state, *target, |_| clock() < until).await?;
            let made = train_state.iteration - from;
            train_state.provenance = provenance.after(config.algorithm, &config.tasks, made);
            // A run that has stopped early has no later moments.
            return Ok(train_state.iteration >= *target || made == 0);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::domain::config::preset::Preset;
    use crate::domain::early_stopping::EarlyStopping;
    use crate::domain::outer_optimizer::StopRules;
    use crate::domain::schedule::Schedule;

    fn small() -> Config {
        let mut config = Preset::Fast.config();
        config.model.hidden = vec![5, 4];
        config.outer.iterations = 400;
        config
    }

    /// The train state after so many meta-iterations from `from`, in one go.
    fn trained(config: &Config, from: &TrainState, end: u64) -> TrainState {
        let mut train_state = from.clone();
        let mut cpu = Cpu::new(config, from);
        block_on(run::train(&mut cpu, config, &mut train_state, end, |_| true)).expect("the processor does not fail");
        let made = train_state.iteration - from.iteration;
        train_state.provenance = from.provenance.clone().after(config.algorithm, &config.tasks, made);
        train_state
    }

    fn began(config: &Config) -> TrainState {
        let mut train_state = TrainState::of(config);
        train_state.prepare(config);
        train_state
    }

    fn replayed(timeline: &Timeline, iteration: u64) -> TrainState {
        let mut replay = timeline.replay(iteration);
        // One slice after the other, each as short as can be.
        while !block_on(replay.work(0.0, || 1.0)).expect("the processor does not fail") {}
        replay.train_state().clone()
    }

    #[test]
    fn every_moment_is_made_again_bit_for_bit() {
        let mut carry = small();
        carry.inner.state = crate::domain::inner_optimizer::InnerState::Carry;
        carry.inner.optimizer = crate::domain::inner_optimizer::InnerOptimizer::Adam;
        let mut adaptive = small();
        adaptive.outer.schedule = Schedule::Adaptive;
        let mut stops = small();
        stops.outer.stop = StopRules { update: 0.0, patience: 3 };
        for config in [small(), carry, adaptive, stops] {
            let start = began(&config);
            let mut timeline = Timeline::new(&start, &config);
            for end in [7, 60, 150, 333] {
                timeline.record(&trained(&config, &start, end));
            }
            for iteration in [0, 1, 7, 59, 60, 61, 200, 333] {
                let (made, direct) = (replayed(&timeline, iteration), trained(&config, &start, iteration));
                // A check that is due at a moment itself is made when training goes on.
                let unchecked = |of: &TrainState| TrainState { early_stopping: EarlyStopping::default(), ..of.clone() };
                assert_eq!(unchecked(&made), unchecked(&direct), "{iteration}");
                assert_eq!(trained(&config, &made, 390), trained(&config, &start, 390), "on from {iteration}");
            }
        }
    }

    #[test]
    fn another_config_holds_from_where_it_was_chosen() {
        let config = small();
        let mut other = config.clone();
        other.outer.step_size /= 2.0;
        let start = began(&config);
        let mut timeline = Timeline::new(&start, &config);
        let turn = trained(&config, &start, 50);
        timeline.change(&turn, &other);
        timeline.record(&trained(&other, &turn, 90));
        assert_eq!(replayed(&timeline, 49), trained(&config, &start, 49));
        assert_eq!(replayed(&timeline, 51), trained(&other, &turn, 51));
        assert_ne!(replayed(&timeline, 70).theta, trained(&config, &start, 70).theta);
    }

    #[test]
    fn a_branch_forgets_what_came_later() {
        let config = small();
        let start = began(&config);
        let mut timeline = Timeline::new(&start, &config);
        for end in [20, 40, 60] {
            timeline.record(&trained(&config, &start, end));
        }
        timeline.branch(&trained(&config, &start, 30));
        let kept: Vec<u64> = timeline.keyframes().iter().map(|keyframe| keyframe.train_state.iteration).collect();
        assert_eq!(kept, [0, 20, 30]);
        timeline.branch(&start);
        assert_eq!((timeline.keyframes().len(), timeline.last().iteration), (1, 0));
    }

    #[test]
    fn it_stays_bounded_and_no_moment_is_far_from_a_keyframe() {
        let config = small();
        let start = began(&config);
        let mut timeline = Timeline::new(&start, &config);
        let most = timeline.most;
        assert_eq!(most, KEYFRAMES.1);
        for iteration in (1..=1_000_000).step_by(97) {
            timeline.record(&TrainState { iteration, ..start.clone() });
        }
        let kept: Vec<u64> = timeline.keyframes().iter().map(|keyframe| keyframe.train_state.iteration).collect();
        assert_eq!(kept.len(), most);
        assert_eq!(kept[0], 0);
        assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
        let widest = kept.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
        assert!(widest <= 4 * 1_000_000 / most as u64, "{widest}");
    }

    #[test]
    fn what_was_trained_by_a_config_that_is_forgotten_is_not_made_again_by_another() {
        let config = small();
        let start = began(&config);
        let mut timeline = Timeline::new(&start, &config);
        timeline.most = 16;
        // A drag of the step size: another Config with every meta-iteration.
        for iteration in 1..200 {
            let mut other = config.clone();
            other.outer.step_size = 0.01 / iteration as f64;
            timeline.change(&TrainState { iteration, ..start.clone() }, &other);
        }
        for pair in timeline.keyframes.windows(2) {
            let [before, after] = [&pair[0], &pair[1]].map(|keyframe| keyframe.train_state.iteration);
            assert!(pair[0].reach <= before + 1 || after == before + 1, "{before} reaches {}", pair[0].reach);
            let target = timeline.replay(after - 1).target();
            assert!(target <= before + 1, "{target}");
        }
    }
}
