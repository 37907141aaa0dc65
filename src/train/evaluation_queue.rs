//! Evaluations on held-out tasks, a slice of time at a time: the points of the training chart, the random start's
//! baseline, the evaluation protocol on request, and the checks of early stopping; and measurements of gradient
//! alignment.

use std::cell::LazyCell;
use std::ops::Range;
use std::rc::Rc;

use crate::backend::{Backend, BackendError};
use crate::domain::alignment::{AlignmentPoint, AlignmentTasks, Samples, TASKS};
use crate::domain::config::Config;
use crate::domain::evaluation::{Curve, HeldOut, HeldOutPoint};
use crate::domain::provenance::Provenance;
use crate::domain::statistics::mean_and_interval;
use crate::domain::train_state::TrainState;

/// Length of one slice of an evaluation, in milliseconds.
const SLICE: f64 = 10.0;
/// Held-out tasks behind a point of the training chart.
pub const LIVE_TASKS: usize = 100;
/// While training, a slice of an evaluation is followed by this many times its length without one.
const REST: f64 = 4.0;
/// The same of gradient alignment along the run, which is a view of θ, and takes as much of the time as the others do.
const REST_OF_WATCH: f64 = 15.0;
/// From one point of the training chart to the next the meta-iteration grows by at most a quarter, and by at most one
/// part in this many of the whole run.
const POINTS: u64 = 32;
/// The most numbers in the gradients of one slice, which bounds their memory.
const MOST_NUMBERS: usize = 1 << 20;

/// The queue of evaluations.
///
/// The training chart's points are due at meta-iterations that only the Config decides. Training does not wait for
/// them: θ is kept as it was, and evaluated when there is time, the newest first, so that the chart follows a fast
/// training and is complete soon after it.
///
/// Evaluations and measurements of gradient alignment can also be requested; `E` and `A` are where their replies go.
pub struct EvaluationQueue<E, A> {
    held_out: SharedHeldOut,
    jobs: Vec<Job<E, A>>,
    /// The number of requests so far.
    asked: u64,
    /// The meta-iteration of the last point that was queued.
    last: Option<u64>,
    /// Gradient alignment, while it is measured along the run.
    watch: Option<Watch>,
    /// The slices of adaptations.
    adapted: Slices,
    /// The slices of gradients.
    aligned: Slices,
    /// The least error of the points so far, and the train state that has it.
    best: Option<(f64, TrainState)>,
}

/// The slices of all measures of one kind.
#[derive(Clone, Copy)]
struct Slices {
    /// Tasks of the next one, adapted to the measured length of the last.
    tasks: usize,
    /// The earliest time of the next one while training.
    next: f64,
}

impl Slices {
    /// Before the first.
    fn new() -> Self {
        Self { tasks: 1, next: 0.0 }
    }

    /// The next one is to be as long as [`SLICE`], and to rest before; `tasks` are those of the last, from `begun` to `ended`.
    fn adapt(&mut self, tasks: usize, begun: f64, ended: f64, rest: f64) {
        let took = ended - begun;
        self.tasks = if took < SLICE / 2.0 { tasks * 2 } else { (tasks as f64 * SLICE / took) as usize }.max(1);
        self.next = ended + rest * took;
    }
}

/// Gradient alignment along the run: it has a point wherever the training chart has one.
struct Watch {
    tasks: AlignmentTasks,
    /// The meta-iteration of the last point that was queued.
    last: Option<u64>,
}

impl Watch {
    fn new(config: &Config) -> Self {
        Self { tasks: AlignmentTasks::new(config), last: None }
    }
}

/// Held-out tasks, which are drawn when the first of the evaluations that share them begins.
type SharedHeldOut = Rc<LazyCell<HeldOut, Box<dyn FnOnce() -> HeldOut>>>;

fn shared(draw: impl FnOnce() -> HeldOut + 'static) -> SharedHeldOut {
    Rc::new(LazyCell::new(Box::new(draw)))
}

/// One evaluation in the queue.
struct Job<E, A> {
    purpose: Purpose,
    /// θ, or the random start where there is none.
    theta: Option<Vec<f32>>,
    /// What has trained it.
    provenance: Provenance,
    /// The Config of a request: another one with the same Config at the same θ is answered with it.
    asked_of: Option<Box<Config>>,
    measure: Measure<E, A>,
    done: usize,
}

/// What is measured, where the replies go if it was requested, and the result so far.
enum Measure<E, A> {
    Errors { held_out: SharedHeldOut, asked_by: Vec<E>, errors: Vec<f64> },
    Alignment { tasks: AlignmentTasks, asked_by: Vec<A>, samples: Samples },
}

/// The purpose of an evaluation, in ascending priority: points of the charts (the newest has the highest priority), the
/// baseline, requests, and checks, for which training waits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Purpose {
    Point { iteration: u64 },
    Baseline,
    Asked { number: u64, iteration: u64 },
    Check,
}

impl Purpose {
    /// Meta-iterations behind the evaluated θ; 0 for the random start, and for a check, whose result needs none.
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
    /// The requested evaluation protocol.
    AskedErrors {
        /// Where the replies go.
        asked_by: Vec<E>,
        /// The Config when it was requested.
        config: Box<Config>,
        /// Meta-iterations behind θ.
        iteration: u64,
        /// What has trained it.
        provenance: Provenance,
        /// Error against gradient step.
        curve: Curve,
    },
    /// The requested gradient alignment.
    AskedAlignment {
        /// Where the replies go.
        asked_by: Vec<A>,
        /// The alignment.
        point: AlignmentPoint,
    },
}

/// Where the failure of a requested evaluation goes that will not be made.
pub enum Asker<E, A> {
    /// For the protocol.
    Errors(E),
    /// For gradient alignment.
    Alignment(A),
}

impl<E, A> Job<E, A> {
    /// The evaluation of a train state, or of the random start.
    fn new(purpose: Purpose, of: Option<&TrainState>, measure: Measure<E, A>) -> Self {
        let (theta, provenance) = of.map(|of| (of.theta.clone(), of.provenance.clone())).unzip();
        Self { purpose, theta, provenance: provenance.unwrap_or_default(), asked_of: None, measure, done: 0 }
    }

    /// Sort key: an evaluation that has begun is finished first.
    fn priority(&self) -> (bool, Purpose, bool) {
        (self.done > 0, self.purpose, matches!(self.measure, Measure::Errors { .. }))
    }

    /// Whether it was requested of this Config at this θ, after the same meta-iterations.
    fn is_request(&self, config: &Config, train_state: &TrainState) -> bool {
        self.asked_of.as_deref() == Some(config)
            && self.purpose.iteration() == train_state.iteration
            && self.provenance == train_state.provenance
            && self.theta.as_ref() == Some(&train_state.theta)
    }

    /// Whether it is a point of gradient alignment.
    fn is_watching(&self) -> bool {
        matches!((self.purpose, &self.measure), (Purpose::Point { .. }, Measure::Alignment { .. }))
    }

    /// The result, once the evaluation is complete.
    fn completed(self) -> CompletedEvaluation<E, A> {
        let iteration = self.purpose.iteration();
        match self.measure {
            Measure::Errors { errors, .. } if self.purpose == Purpose::Check => {
                CompletedEvaluation::Check { error: mean_and_interval(errors.into_iter()).0 }
            }
            Measure::Errors { held_out, asked_by, errors } => {
                let (tasks, curve) = (held_out.len(), held_out.curve(&errors));
                let provenance = self.provenance;
                match (self.purpose, self.asked_of) {
                    (Purpose::Asked { .. }, Some(config)) => {
                        CompletedEvaluation::AskedErrors { asked_by, config, iteration, provenance, curve }
                    }
                    (Purpose::Baseline, _) => CompletedEvaluation::Baseline { tasks, curve },
                    _ => CompletedEvaluation::HeldOut(HeldOutPoint { iteration, tasks, curve }),
                }
            }
            Measure::Alignment { tasks, asked_by, samples } => {
                let (batch, alignment) = (tasks.batch(), samples.alignment());
                let point = AlignmentPoint { iteration, tasks: samples.len(), batch, alignment };
                match self.purpose {
                    Purpose::Asked { .. } => CompletedEvaluation::AskedAlignment { asked_by, point },
                    _ => CompletedEvaluation::Alignment(point),
                }
            }
        }
    }

    /// Whether it was requested.
    fn is_asked(&self) -> bool {
        matches!(self.purpose, Purpose::Asked { .. })
    }

    /// Where its replies go, if it was requested.
    fn askers(self) -> Vec<Asker<E, A>> {
        match self.measure {
            Measure::Errors { asked_by, .. } => asked_by.into_iter().map(Asker::Errors).collect(),
            Measure::Alignment { asked_by, .. } => asked_by.into_iter().map(Asker::Alignment).collect(),
        }
    }
}

impl<E, A> Measure<E, A> {
    fn errors(held_out: SharedHeldOut, asked_by: Vec<E>) -> Self {
        Self::Errors { held_out, asked_by, errors: Vec::new() }
    }

    fn alignment(tasks: AlignmentTasks, asked_by: Vec<A>) -> Self {
        Self::Alignment { tasks, asked_by, samples: Samples::default() }
    }

    /// The number of its tasks.
    fn tasks(&self) -> usize {
        match self {
            Self::Errors { held_out, .. } => held_out.len(),
            Self::Alignment { .. } => TASKS,
        }
    }

    /// Measures the tasks of a range.
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
    /// The queue of a new run: it holds the baseline.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let held_out = HeldOut::new(config, LIVE_TASKS.min(config.eval.tasks));
        let held_out = shared(|| held_out);
        let baseline = Measure::errors(Rc::clone(&held_out), vec![]);
        Self {
            held_out,
            jobs: vec![Job::new(Purpose::Baseline, None, baseline)],
            asked: 0,
            last: None,
            watch: None,
            adapted: Slices::new(),
            aligned: Slices::new(),
            best: None,
        }
    }

    /// Restarts for another Config or another θ. Requested evaluations stay in the queue.
    pub fn restart(&mut self, config: &Config) {
        let asked = self.jobs.drain(..).filter(Job::is_asked);
        let asked: Vec<Job<E, A>> = asked.collect();
        let watch = self.watch.as_ref().map(|_| Watch::new(config));
        let adapted = Slices { next: 0.0, ..self.adapted };
        let aligned = Slices { next: 0.0, ..self.aligned };
        *self = Self { watch, asked: self.asked, adapted, aligned, ..Self::new(config) };
        self.jobs.extend(asked);
    }

    /// Forgets points after this meta-iteration: training goes on from there.
    pub fn go_back(&mut self, iteration: u64) {
        let is_later = |purpose: Purpose| matches!(purpose, Purpose::Point { iteration: of } if of > iteration);
        self.jobs.retain(|job| job.purpose != Purpose::Check && !is_later(job.purpose));
        let back = |last: Option<u64>| last.map(|last| last.min(iteration));
        self.last = back(self.last);
        if let Some(watch) = &mut self.watch {
            watch.last = back(watch.last);
        }
        self.best = self.best.take().filter(|(_, best)| best.iteration <= iteration);
    }

    /// Turns the measurement of gradient alignment along the run on or off.
    pub fn watch_alignment(&mut self, config: &Config, on: bool) {
        if on != self.watch.is_some() {
            self.watch = on.then(|| Watch::new(config));
            self.jobs.retain(|job| !job.is_watching());
        }
    }

    /// Restarts gradient alignment along the run, if it is on, with minibatches of another size.
    pub fn realign(&mut self, config: &Config) {
        let on = self.watch.is_some();
        self.watch_alignment(config, false);
        self.watch_alignment(config, on);
    }

    /// Empties the queue, because its θ are of another network than the present one; returns where failures must be
    /// sent.
    pub fn abandon(&mut self) -> Vec<Asker<E, A>> {
        self.jobs.drain(..).flat_map(Job::askers).collect()
    }

    /// Removes the requests; returns where failures must be sent.
    pub fn cancel_requests(&mut self) -> Vec<Asker<E, A>> {
        self.jobs.extract_if(.., |job| job.is_asked()).flat_map(Job::askers).collect()
    }

    /// The number of requested evaluations in the queue; requests of the same evaluation count once.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.jobs.iter().filter(|job| job.is_asked()).count()
    }

    /// Whether the queue holds any evaluation.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// Meta-iterations until the next point is due, at least 1.
    #[must_use]
    pub fn until_point(&self, iteration: u64, iterations: u64) -> u64 {
        let due = self.last.map_or(iteration, |last| next_point(last, iterations));
        due.saturating_sub(iteration).max(1)
    }

    /// Whether a point of the training chart is to be queued at this meta-iteration: one is due, or training has
    /// stopped there.
    #[must_use]
    pub fn wants_point(&self, iteration: u64, iterations: u64, training: bool) -> bool {
        match self.last {
            None => true,
            Some(last) if training => iteration >= next_point(last, iterations),
            Some(last) => last != iteration,
        }
    }

    /// Whether a point of gradient alignment is to be queued at this meta-iteration: the training chart has a point
    /// there, or gradient alignment has none so far.
    #[must_use]
    pub fn wants_alignment(&self, iteration: u64) -> bool {
        let Some(Watch { last, .. }) = self.watch else { return false };
        last.is_none() || last != Some(iteration) && self.last == Some(iteration)
    }

    /// Queues the point of gradient alignment of a train state.
    pub fn alignment_point(&mut self, train_state: &TrainState) {
        let Some(watch) = &mut self.watch else { return };
        watch.last = Some(train_state.iteration);
        let measure = Measure::alignment(watch.tasks.clone(), vec![]);
        self.push(Purpose::Point { iteration: train_state.iteration }, train_state, measure);
    }

    /// Queues a request for gradient alignment at a train state's θ.
    pub fn align(&mut self, config: &Config, asked_by: A, train_state: &TrainState) {
        for job in self.jobs.iter_mut().filter(|job| job.is_request(config, train_state)) {
            if let Measure::Alignment { asked_by: askers, .. } = &mut job.measure {
                return askers.push(asked_by);
            }
        }
        self.ask(config, train_state, Measure::alignment(AlignmentTasks::new(config), vec![asked_by]));
    }

    /// Queues the training chart's point of a train state.
    pub fn point(&mut self, train_state: &TrainState) {
        self.last = Some(train_state.iteration);
        let purpose = Purpose::Point { iteration: train_state.iteration };
        self.push(purpose, train_state, Measure::errors(Rc::clone(&self.held_out), vec![]));
    }

    /// Queues a request for the evaluation protocol at a train state's θ.
    pub fn protocol(&mut self, config: &Config, asked_by: E, train_state: &TrainState) {
        for job in self.jobs.iter_mut().filter(|job| job.is_request(config, train_state)) {
            if let Measure::Errors { asked_by: askers, .. } = &mut job.measure {
                return askers.push(asked_by);
            }
        }
        let of = config.clone();
        let held_out = shared(move || HeldOut::new(&of, of.eval.tasks));
        self.ask(config, train_state, Measure::errors(held_out, vec![asked_by]));
    }

    fn ask(&mut self, config: &Config, train_state: &TrainState, measure: Measure<E, A>) {
        self.asked += 1;
        let purpose = Purpose::Asked { number: self.asked, iteration: train_state.iteration };
        let asked_of = Some(Box::new(config.clone()));
        self.jobs.push(Job { asked_of, ..Job::new(purpose, Some(train_state), measure) });
    }

    /// Queues the check of a train state.
    pub fn check(&mut self, config: &Config, train_state: &TrainState) {
        let held_out = HeldOut::of_checks(config);
        let measure = Measure::errors(shared(|| held_out), vec![]);
        self.push(Purpose::Check, train_state, measure);
    }

    /// Whether a check is in the queue.
    #[must_use]
    pub fn is_checking(&self) -> bool {
        self.jobs.iter().any(|job| job.purpose == Purpose::Check)
    }

    fn push(&mut self, purpose: Purpose, train_state: &TrainState, measure: Measure<E, A>) {
        self.jobs.push(Job::new(purpose, Some(train_state), measure));
    }

    /// The best train state of the points so far, by its error after the last gradient step; without its optimizer's state.
    #[must_use]
    pub fn best(&self) -> Option<&TrainState> {
        self.best.as_ref().map(|(_, train_state)| train_state)
    }

    /// Keeps the train state of a complete point if it is the best one so far.
    fn note_best(&mut self, index: usize) {
        let Job { purpose: Purpose::Point { iteration }, theta: Some(theta), provenance, measure, .. } =
            &self.jobs[index]
        else {
            return;
        };
        let Measure::Errors { held_out, errors, .. } = measure else { return };
        let error = held_out.curve(errors).mean_mse.last().copied().unwrap_or(f64::NAN);
        if error.is_finite() && self.best.as_ref().is_none_or(|(best, _)| error < *best) {
            let (iteration, provenance) = (*iteration, provenance.clone());
            self.best = Some((error, TrainState { iteration, provenance, ..TrainState::new(theta.clone()) }));
        }
    }

    fn slices(&self, measure: &Measure<E, A>) -> Slices {
        match measure {
            Measure::Errors { .. } => self.adapted,
            Measure::Alignment { .. } => self.aligned,
        }
    }

    /// Runs one slice of the evaluation of highest priority, unless training has used too little time since the last
    /// slice of its kind. Returns the evaluation when it is complete.
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
        let is_due = |job: &Job<E, A>| !training || begun >= self.slices(&job.measure).next;
        let due = (0..self.jobs.len()).filter(|&index| is_due(&self.jobs[index]));
        let Some(index) = due.max_by_key(|&index| self.jobs[index].priority()) else { return Ok(None) };
        let job = &mut self.jobs[index];
        let theta = job.theta.as_deref().unwrap_or(start);
        let (slices, most) = match job.measure {
            Measure::Errors { .. } => (&mut self.adapted, LIVE_TASKS),
            Measure::Alignment { .. } => (&mut self.aligned, (MOST_NUMBERS / (2 * theta.len())).clamp(1, LIVE_TASKS)),
        };
        let range = job.done..(job.done + slices.tasks.min(most)).min(job.measure.tasks());
        job.measure.extend(backend, theta, range.clone()).await?;
        job.done = range.end;
        slices.adapt(range.len(), begun, clock(), if job.is_watching() { REST_OF_WATCH } else { REST });
        let is_complete = job.done == job.measure.tasks();
        if is_complete {
            self.note_best(index);
        }
        Ok(is_complete.then(|| self.jobs.swap_remove(index).completed()))
    }
}
