//! Evaluations on held-out tasks, a slice at a time: the points of the training chart, the random start's baseline, and
//! the whole protocol when asked for, and the checks by which the run goes; and the same for gradient alignment.

use std::ops::Range;

use crate::backend::{Backend, BackendError};
use crate::domain::alignment::{AlignmentPoint, AlignmentTasks, Samples, TASKS};
use crate::domain::config::Config;
use crate::domain::evaluation::{Curve, HeldOut, HeldOutPoint};
use crate::domain::statistics::mean_and_interval;
use crate::domain::train_state::TrainState;

/// Length of one slice of an evaluation, in milliseconds.
const SLICE: f64 = 10.0;
/// Held-out tasks behind a point of the training chart.
pub const LIVE_TASKS: usize = 100;
/// While training, points of the training chart take at most one part in so many of the time.
const SHARE: f64 = 4.0;
/// Points of the training chart are a quarter of their meta-iteration apart at most, and this part of the whole run.
const POINTS: u64 = 32;
/// Most numbers of the gradients of one slice, which bounds the memory for them.
const MOST_NUMBERS: usize = 1 << 20;

/// The evaluations that are wanted.
///
/// The training chart's points are due at meta-iterations that only the Config decides. Training does not wait for
/// them: θ is kept as it was, and evaluated when there is time, the newest first, so that the chart follows a fast
/// training and is complete soon after it.
///
/// Someone may ask for an evaluation, too, and is known by an `E`; or for gradient alignment, and is known by an `A`.
pub struct EvaluationQueue<E, A> {
    held_out: HeldOut,
    jobs: Vec<Job<E, A>>,
    /// How often someone has asked.
    asked: u64,
    /// The meta-iteration of the last point that was wanted.
    last: Option<u64>,
    /// Gradient alignment, while it is watched.
    watch: Option<Watch>,
    /// When the next slice may be made while training.
    next: f64,
    /// Tasks of a slice of adaptations, adapted to its measured length.
    adapted: usize,
    /// The same of a slice of gradients.
    aligned: usize,
    /// The least error of the points so far, and the train state that has it.
    best: Option<(f64, TrainState)>,
}

/// Gradient alignment along the run: its points go with those of the training chart.
struct Watch {
    tasks: AlignmentTasks,
    /// The meta-iteration of the last point that was wanted.
    last: Option<u64>,
}

impl Watch {
    fn new(config: &Config) -> Self {
        Self { tasks: AlignmentTasks::new(config), last: None }
    }
}

/// One evaluation under way.
struct Job<E, A> {
    purpose: Purpose,
    /// θ, or the random start where there is none.
    theta: Option<Vec<f32>>,
    measure: Measure<E, A>,
    done: usize,
}

/// What is measured, who has asked for it, and its result so far.
enum Measure<E, A> {
    Errors { held_out: HeldOut, asked_by: Option<E>, errors: Vec<f64> },
    Alignment { tasks: AlignmentTasks, asked_by: Option<A>, samples: Samples },
}

/// What an evaluation is for, the less urgent first: the newest point before the older ones, what someone has asked for
/// before all of them, and first a check, for which training waits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Purpose {
    Point { iteration: u64 },
    Baseline,
    Asked { number: u64, iteration: u64 },
    Check,
}

impl Purpose {
    /// Meta-iterations behind the θ that is evaluated; those of the random start are none.
    fn iteration(self) -> u64 {
        match self {
            Self::Point { iteration } | Self::Asked { iteration, .. } => iteration,
            Self::Baseline | Self::Check => 0,
        }
    }
}

/// A complete evaluation.
pub enum CompletedEvaluation<E, A> {
    /// The mean error on the held-out tasks of a check, after `eval.steps` steps.
    Check {
        /// The error.
        error: f64,
    },
    /// The random start's errors.
    Baseline {
        /// Held-out tasks.
        tasks: usize,
        /// Error against gradient step.
        curve: Curve,
    },
    /// The training chart's next point.
    HeldOut(HeldOutPoint),
    /// The next point of gradient alignment.
    Alignment(AlignmentPoint),
    /// The whole protocol, for who asked for it.
    AskedErrors {
        /// Who.
        asked_by: E,
        /// Meta-iterations behind θ.
        iteration: u64,
        /// Error against gradient step.
        curve: Curve,
    },
    /// Gradient alignment, for who asked for it.
    AskedAlignment {
        /// Who.
        asked_by: A,
        /// The alignment.
        point: AlignmentPoint,
    },
}

/// Who asked for an evaluation that will not be made.
pub enum Asker<E, A> {
    /// For the protocol.
    Errors(E),
    /// For gradient alignment.
    Alignment(A),
}

impl<E, A> Job<E, A> {
    /// What is begun is finished first.
    fn urgency(&self) -> (bool, Purpose, bool) {
        (self.done > 0, self.purpose, matches!(self.measure, Measure::Errors { .. }))
    }

    /// Whether it is a point of gradient alignment.
    fn is_watching(&self) -> bool {
        matches!((self.purpose, &self.measure), (Purpose::Point { .. }, Measure::Alignment { .. }))
    }

    /// What comes of it, once it is complete.
    fn outcome(self) -> CompletedEvaluation<E, A> {
        let iteration = self.purpose.iteration();
        match self.measure {
            Measure::Errors { errors, .. } if self.purpose == Purpose::Check => {
                CompletedEvaluation::Check { error: mean_and_interval(errors.into_iter()).0 }
            }
            Measure::Errors { held_out, asked_by, errors } => {
                let (tasks, curve) = (held_out.len(), held_out.curve(&errors));
                match asked_by {
                    Some(asked_by) => CompletedEvaluation::AskedErrors { asked_by, iteration, curve },
                    None if self.purpose == Purpose::Baseline => CompletedEvaluation::Baseline { tasks, curve },
                    None => CompletedEvaluation::HeldOut(HeldOutPoint { iteration, tasks, curve }),
                }
            }
            Measure::Alignment { tasks, asked_by, samples } => {
                let (batch, alignment) = (tasks.batch(), samples.alignment());
                let point = AlignmentPoint { iteration, tasks: samples.len(), batch, alignment };
                match asked_by {
                    Some(asked_by) => CompletedEvaluation::AskedAlignment { asked_by, point },
                    None => CompletedEvaluation::Alignment(point),
                }
            }
        }
    }

    /// Who asked for it.
    fn asker(self) -> Option<Asker<E, A>> {
        match self.measure {
            Measure::Errors { asked_by, .. } => asked_by.map(Asker::Errors),
            Measure::Alignment { asked_by, .. } => asked_by.map(Asker::Alignment),
        }
    }
}

impl<E, A> Measure<E, A> {
    fn errors(held_out: HeldOut, asked_by: Option<E>) -> Self {
        Self::Errors { held_out, asked_by, errors: Vec::new() }
    }

    fn alignment(tasks: AlignmentTasks, asked_by: Option<A>) -> Self {
        Self::Alignment { tasks, asked_by, samples: Samples::default() }
    }

    /// How many tasks it is of.
    fn tasks(&self) -> usize {
        match self {
            Self::Errors { held_out, .. } => held_out.len(),
            Self::Alignment { .. } => TASKS,
        }
    }

    /// Measures some more tasks.
    async fn extend(
        &mut self,
        backend: &mut dyn Backend,
        theta: &[f32],
        range: Range<usize>,
    ) -> Result<(), BackendError> {
        match self {
            Self::Errors { held_out, errors, .. } => {
                let predictions = backend.adapt(Some(theta), &held_out.adaptations(range.clone())).await;
                errors.extend(held_out.errors(range, &predictions?));
            }
            Self::Alignment { tasks, samples, .. } => {
                let gradients = backend.gradients(theta, &tasks.points(range), tasks.batch()).await;
                samples.extend(&gradients?, theta.len());
            }
        }
        Ok(())
    }
}

/// The meta-iteration of the point after the one at `iteration`, in a run of `iterations`.
fn next_point(iteration: u64, iterations: u64) -> u64 {
    iteration + (iteration / 4).clamp(1, (iterations / POINTS).max(1))
}

impl<E, A> EvaluationQueue<E, A> {
    /// The evaluations of a new run: at first the baseline.
    pub fn new(config: &Config) -> Self {
        let held_out = HeldOut::new(config, LIVE_TASKS.min(config.eval.tasks));
        let baseline = Measure::errors(held_out.clone(), None);
        Self {
            held_out,
            jobs: vec![Job { purpose: Purpose::Baseline, theta: None, measure: baseline, done: 0 }],
            asked: 0,
            last: None,
            watch: None,
            next: 0.0,
            adapted: 1,
            aligned: 1,
            best: None,
        }
    }

    /// Begins anew for another Config or another θ; evaluations that were asked for are finished all the same.
    pub fn restart(&mut self, config: &Config) {
        let asked = self.jobs.drain(..).filter(|job| matches!(job.purpose, Purpose::Asked { .. }));
        let asked: Vec<Job<E, A>> = asked.collect();
        let watch = self.watch.as_ref().map(|_| Watch::new(config));
        *self = Self { watch, asked: self.asked, adapted: self.adapted, aligned: self.aligned, ..Self::new(config) };
        self.jobs.extend(asked);
    }

    /// Begins or ends to watch gradient alignment.
    pub fn watch_alignment(&mut self, config: &Config, on: bool) {
        if on != self.watch.is_some() {
            self.watch = on.then(|| Watch::new(config));
            self.jobs.retain(|job| !job.is_watching());
        }
    }

    /// Begins anew to watch gradient alignment, if it is watched, with minibatches of another size.
    pub fn realign(&mut self, config: &Config) {
        let on = self.watch.is_some();
        self.watch_alignment(config, false);
        self.watch_alignment(config, on);
    }

    /// Gives up everything, as there is another network than the one that it is of: who has asked for some of it.
    pub fn abandon(&mut self) -> Vec<Asker<E, A>> {
        self.jobs.drain(..).filter_map(Job::asker).collect()
    }

    /// Whether there is something to do.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// How many meta-iterations there are until the next point is due.
    #[must_use]
    pub fn until_point(&self, iteration: u64, iterations: u64) -> u64 {
        let due = self.last.map_or(iteration, |last| next_point(last, iterations));
        due.saturating_sub(iteration).max(1)
    }

    /// Whether the training chart wants a point at this meta-iteration: one is due, or training has stopped there.
    #[must_use]
    pub fn wants_point(&self, iteration: u64, iterations: u64, training: bool) -> bool {
        match self.last {
            None => true,
            Some(last) if training => iteration >= next_point(last, iterations),
            Some(last) => last != iteration,
        }
    }

    /// Whether gradient alignment wants a point at this meta-iteration: the training chart has one, or none is there yet.
    #[must_use]
    pub fn wants_alignment(&self, iteration: u64) -> bool {
        let Some(Watch { last, .. }) = self.watch else { return false };
        last.is_none() || last != Some(iteration) && self.last == Some(iteration)
    }

    /// Wants the point of gradient alignment of a train state.
    pub fn alignment_point(&mut self, train_state: &TrainState) {
        let Some(watch) = &mut self.watch else { return };
        watch.last = Some(train_state.iteration);
        let measure = Measure::alignment(watch.tasks.clone(), None);
        self.push(Purpose::Point { iteration: train_state.iteration }, Some(train_state.theta.clone()), measure);
    }

    /// Wants gradient alignment at a train state's θ, for who asks for it.
    pub fn align(&mut self, config: &Config, asked_by: A, train_state: &TrainState) {
        self.ask(train_state, Measure::alignment(AlignmentTasks::new(config), Some(asked_by)));
    }

    /// Wants the training chart's point of a train state.
    pub fn point(&mut self, train_state: &TrainState) {
        self.last = Some(train_state.iteration);
        let purpose = Purpose::Point { iteration: train_state.iteration };
        self.push(purpose, Some(train_state.theta.clone()), Measure::errors(self.held_out.clone(), None));
    }

    /// Wants the whole protocol at a train state's θ, for who asks for it.
    pub fn protocol(&mut self, config: &Config, asked_by: E, train_state: &TrainState) {
        self.ask(train_state, Measure::errors(HeldOut::new(config, config.eval.tasks), Some(asked_by)));
    }

    fn ask(&mut self, train_state: &TrainState, measure: Measure<E, A>) {
        self.asked += 1;
        let purpose = Purpose::Asked { number: self.asked, iteration: train_state.iteration };
        self.push(purpose, Some(train_state.theta.clone()), measure);
    }

    /// Wants the check of a train state.
    pub fn check(&mut self, config: &Config, train_state: &TrainState) {
        let measure = Measure::errors(HeldOut::of_checks(config), None);
        self.push(Purpose::Check, Some(train_state.theta.clone()), measure);
    }

    /// Whether a check is under way.
    #[must_use]
    pub fn is_checking(&self) -> bool {
        self.jobs.iter().any(|job| job.purpose == Purpose::Check)
    }

    fn push(&mut self, purpose: Purpose, theta: Option<Vec<f32>>, measure: Measure<E, A>) {
        self.jobs.push(Job { purpose, theta, measure, done: 0 });
    }

    /// The best train state of the points so far, by its error after the last gradient step; without its optimizer's state.
    #[must_use]
    pub fn best(&self) -> Option<&TrainState> {
        self.best.as_ref().map(|(_, train_state)| train_state)
    }

    /// Remembers the train state of a complete point if it is the best one.
    fn note_best(&mut self, index: usize) {
        let Job { purpose: Purpose::Point { iteration }, theta: Some(theta), measure, .. } = &self.jobs[index] else {
            return;
        };
        let Measure::Errors { held_out, errors, .. } = measure else { return };
        let error = held_out.curve(errors).mean_mse.last().copied().unwrap_or(f64::NAN);
        if error.is_finite() && self.best.as_ref().is_none_or(|(best, _)| error < *best) {
            self.best = Some((error, TrainState { iteration: *iteration, ..TrainState::new(theta.clone()) }));
        }
    }

    /// Does one slice of an evaluation, unless training should have the time; tells what comes of it when it is complete.
    ///
    /// # Errors
    /// The backend's.
    pub async fn work(
        &mut self,
        backend: &mut dyn Backend,
        start: &[f32],
        training: bool,
        clock: fn() -> f64,
    ) -> Result<Option<CompletedEvaluation<E, A>>, BackendError> {
        let begun = clock();
        let most_urgent = (0..self.jobs.len()).max_by_key(|&index| self.jobs[index].urgency());
        let Some(index) = most_urgent.filter(|_| !training || begun >= self.next) else { return Ok(None) };
        let job = &mut self.jobs[index];
        let theta = job.theta.as_deref().unwrap_or(start);
        let (chunk, most) = match job.measure {
            Measure::Errors { .. } => (&mut self.adapted, LIVE_TASKS),
            Measure::Alignment { .. } => (&mut self.aligned, (MOST_NUMBERS / (2 * theta.len())).clamp(1, LIVE_TASKS)),
        };
        let range = job.done..(job.done + *chunk).min(job.measure.tasks());
        job.measure.extend(backend, theta, range.clone()).await?;
        job.done = range.end;
        let took = clock() - begun;
        self.next = clock() + SHARE * took;
        let fitting = if took < SLICE / 2.0 { range.len() * 2 } else { (range.len() as f64 * SLICE / took) as usize };
        *chunk = fitting.clamp(1, most);
        let is_complete = job.done == job.measure.tasks();
        if is_complete {
            self.note_best(index);
        }
        Ok(is_complete.then(|| self.jobs.swap_remove(index).outcome()))
    }
}
