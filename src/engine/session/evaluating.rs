//! Evaluations on held-out tasks, a slice at a time: the points of the training chart, the random start's baseline, and
//! the whole protocol when asked for.

use std::collections::VecDeque;

use super::SLICE;
use crate::backend::Backend;
use crate::domain::config::Config;
use crate::domain::evaluation::HeldOut;
use crate::domain::outer::Learner;
use crate::engine::protocol::{Event, Failure, HeldOutPoint, Reply};

/// Held-out tasks behind a point of the training chart.
pub const LIVE_TASKS: usize = 100;
/// Points of the training chart are this far apart at least, as a ratio of meta-iterations.
const SPACING: f64 = 1.04;
/// Points of the training chart take at most one part in so many of the time while training.
const SHARE: f64 = 5.0;

/// The evaluations that are wanted.
pub struct Evaluations {
    held_out: HeldOut,
    jobs: VecDeque<Job>,
    /// The meta-iteration of the last point that was wanted.
    last: Option<u64>,
    /// When the next point may be wanted while training.
    next: f64,
    /// Tasks of a slice, adapted to its measured length.
    chunk: usize,
}

/// One evaluation under way.
struct Job {
    purpose: Purpose,
    /// θ, or the random start where there is none.
    theta: Option<Vec<f32>>,
    held_out: HeldOut,
    errors: Vec<f64>,
    done: usize,
    spent: f64,
}

/// What an evaluation is for.
#[derive(Clone, Copy, PartialEq)]
enum Purpose {
    Baseline,
    Point { iteration: u64 },
    Answer { id: u32 },
}

impl Evaluations {
    /// The evaluations of a new run: at first the point of its θ and the baseline.
    pub fn new(config: &Config) -> Self {
        let held_out = HeldOut::new(config, LIVE_TASKS.min(config.eval.tasks));
        let mut evaluations = Self { held_out, jobs: VecDeque::new(), last: None, next: 0.0, chunk: 1 };
        evaluations.begin(Purpose::Baseline, None);
        evaluations
    }

    /// Begins anew for another Config or another θ; evaluations that were asked for are finished all the same.
    pub fn restart(&mut self, config: &Config) {
        let asked = self.jobs.drain(..).filter(|job| matches!(job.purpose, Purpose::Answer { .. })).collect();
        let fresh = Self::new(config);
        *self = Self { chunk: self.chunk, ..fresh };
        self.jobs.extend::<Vec<Job>>(asked);
    }

    /// Whether there is something to do.
    pub fn is_busy(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// Whether the training chart wants a point at this meta-iteration.
    pub fn wants_point(&self, iteration: u64, now: f64, training: bool) -> bool {
        let points_wait = self.jobs.iter().any(|job| matches!(job.purpose, Purpose::Point { .. }));
        match self.last {
            None => true,
            Some(last) if last == iteration => false,
            // The end of a run, or a pause, shows its own point.
            Some(_) if !training => !points_wait,
            Some(last) => !points_wait && now >= self.next && iteration as f64 >= last as f64 * SPACING,
        }
    }

    /// Begins the training chart's point of a learner.
    pub fn point(&mut self, learner: &Learner) {
        self.last = Some(learner.iteration);
        self.begin(Purpose::Point { iteration: learner.iteration }, Some(learner.theta.clone()));
    }

    /// Begins the whole protocol for θ, to be answered.
    pub fn protocol(&mut self, config: &Config, id: u32, theta: Vec<f32>) {
        let held_out = HeldOut::new(config, config.eval.tasks);
        self.push(Purpose::Answer { id }, Some(theta), held_out);
    }

    fn begin(&mut self, purpose: Purpose, theta: Option<Vec<f32>>) {
        self.push(purpose, theta, self.held_out.clone());
    }

    fn push(&mut self, purpose: Purpose, theta: Option<Vec<f32>>, held_out: HeldOut) {
        self.jobs.push_back(Job { purpose, theta, held_out, errors: Vec::new(), done: 0, spent: 0.0 });
    }

    /// Does one slice of the first evaluation, and tells its result when it is complete.
    pub async fn work(
        &mut self,
        backend: &mut dyn Backend,
        start: &[f32],
        clock: fn() -> f64,
    ) -> Result<Option<Event>, Failure> {
        let Some(job) = self.jobs.front_mut() else { return Ok(None) };
        let begun = clock();
        let range = job.done..(job.done + self.chunk).min(job.held_out.len());
        let theta = job.theta.as_deref().unwrap_or(start);
        let predictions = backend.adapt(Some(theta), &job.held_out.adaptations(range.clone())).await;
        job.errors.extend(job.held_out.errors(range.clone(), &predictions.map_err(Failure::Backend)?));
        job.done = range.end;
        let took = clock() - begun;
        job.spent += took;
        self.chunk = if took < SLICE / 2.0 {
            (range.len() * 2).min(LIVE_TASKS)
        } else {
            ((range.len() as f64 * SLICE / took) as usize).clamp(1, LIVE_TASKS)
        };
        if job.done < job.held_out.len() {
            return Ok(None);
        }
        let Some(job) = self.jobs.pop_front() else { return Ok(None) };
        self.next = clock() + SHARE * job.spent;
        let curve = job.held_out.curve(&job.errors);
        Ok(Some(match job.purpose {
            Purpose::Baseline => Event::Baseline { tasks: job.held_out.len(), curve },
            Purpose::Point { iteration } => {
                Event::HeldOut(HeldOutPoint { iteration, tasks: job.held_out.len(), curve })
            }
            Purpose::Answer { id } => Event::Answer { id, result: Ok(Reply::Evaluation(curve)) },
        }))
    }
}
