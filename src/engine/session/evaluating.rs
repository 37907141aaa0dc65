//! Evaluations on held-out tasks, a slice at a time: the points of the training chart, the random start's baseline, and
//! the whole protocol when asked for.

use super::SLICE;
use crate::backend::Backend;
use crate::domain::config::Config;
use crate::domain::evaluation::HeldOut;
use crate::domain::outer::Learner;
use crate::engine::protocol::{Event, Failure, HeldOutPoint, Reply};

/// Held-out tasks behind a point of the training chart.
pub const LIVE_TASKS: usize = 100;
/// While training, points of the training chart take at most one part in so many of the time.
const SHARE: f64 = 4.0;
/// Points of the training chart are a quarter of their meta-iteration apart at most, and this part of the whole run.
const POINTS: u64 = 32;

/// The evaluations that are wanted.
///
/// The training chart's points are due at meta-iterations that only the Config decides. Training does not wait for
/// them: θ is kept as it was, and evaluated when there is time, the newest first, so that the chart follows a fast
/// training and is complete soon after it.
pub struct Evaluations {
    held_out: HeldOut,
    jobs: Vec<Job>,
    /// The meta-iteration of the last point that was wanted.
    last: Option<u64>,
    /// When the next slice may be made while training.
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
}

/// What an evaluation is for, the less urgent first: the newest point before the older ones, an answer before all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Purpose {
    Point { iteration: u64 },
    Baseline,
    Answer { id: u32, iteration: u64 },
}

impl Job {
    /// What is begun is finished first.
    fn urgency(&self) -> (bool, Purpose) {
        (self.done > 0, self.purpose)
    }
}

/// The meta-iteration of the point after the one at `iteration`, in a run of `iterations`.
fn next_point(iteration: u64, iterations: u64) -> u64 {
    iteration + (iteration / 4).clamp(1, (iterations / POINTS).max(1))
}

impl Evaluations {
    /// The evaluations of a new run: at first the baseline.
    pub fn new(config: &Config) -> Self {
        let held_out = HeldOut::new(config, LIVE_TASKS.min(config.eval.tasks));
        let mut evaluations = Self { held_out, jobs: Vec::new(), last: None, next: 0.0, chunk: 1 };
        evaluations.push(Purpose::Baseline, None, evaluations.held_out.clone());
        evaluations
    }

    /// Begins anew for another Config or another θ; evaluations that were asked for are finished all the same.
    pub fn restart(&mut self, config: &Config) {
        let asked = self.jobs.drain(..).filter(|job| matches!(job.purpose, Purpose::Answer { .. }));
        let asked: Vec<Job> = asked.collect();
        *self = Self { chunk: self.chunk, ..Self::new(config) };
        self.jobs.extend(asked);
    }

    /// Whether there is something to do.
    pub fn is_busy(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// How many meta-iterations there are until the next point is due.
    pub fn until_point(&self, iteration: u64, iterations: u64) -> u64 {
        let due = self.last.map_or(iteration, |last| next_point(last, iterations));
        due.saturating_sub(iteration).max(1)
    }

    /// Whether the training chart wants a point at this meta-iteration: one is due, or training has stopped there.
    pub fn wants_point(&self, iteration: u64, iterations: u64, training: bool) -> bool {
        match self.last {
            None => true,
            Some(last) if training => iteration >= next_point(last, iterations),
            Some(last) => last != iteration,
        }
    }

    /// Wants the training chart's point of a learner.
    pub fn point(&mut self, learner: &Learner) {
        self.last = Some(learner.iteration);
        let purpose = Purpose::Point { iteration: learner.iteration };
        self.push(purpose, Some(learner.theta.clone()), self.held_out.clone());
    }

    /// Wants the whole protocol for a learner's θ, to be answered.
    pub fn protocol(&mut self, config: &Config, id: u32, learner: &Learner) {
        let purpose = Purpose::Answer { id, iteration: learner.iteration };
        self.push(purpose, Some(learner.theta.clone()), HeldOut::new(config, config.eval.tasks));
    }

    fn push(&mut self, purpose: Purpose, theta: Option<Vec<f32>>, held_out: HeldOut) {
        let job = Job { purpose, theta, held_out, errors: Vec::new(), done: 0 };
        self.jobs.push(job);
    }

    /// Does one slice of an evaluation, unless training should have the time; tells its result when it is complete.
    pub async fn work(
        &mut self,
        backend: &mut dyn Backend,
        start: &[f32],
        training: bool,
        clock: fn() -> f64,
    ) -> Result<Option<Event>, Failure> {
        let begun = clock();
        let most_urgent = (0..self.jobs.len()).max_by_key(|&index| self.jobs[index].urgency());
        let Some(index) = most_urgent.filter(|_| !training || begun >= self.next) else { return Ok(None) };
        let job = &mut self.jobs[index];
        let range = job.done..(job.done + self.chunk).min(job.held_out.len());
        let theta = job.theta.as_deref().unwrap_or(start);
        let predictions = backend.adapt(Some(theta), &job.held_out.adaptations(range.clone())).await;
        job.errors.extend(job.held_out.errors(range.clone(), &predictions.map_err(Failure::Backend)?));
        job.done = range.end;
        let took = clock() - begun;
        self.next = clock() + SHARE * took;
        self.chunk = if took < SLICE / 2.0 {
            (range.len() * 2).min(LIVE_TASKS)
        } else {
            ((range.len() as f64 * SLICE / took) as usize).clamp(1, LIVE_TASKS)
        };
        if job.done < job.held_out.len() {
            return Ok(None);
        }
        let job = self.jobs.swap_remove(index);
        let tasks = job.held_out.len();
        let curve = job.held_out.curve(&job.errors);
        Ok(Some(match job.purpose {
            Purpose::Baseline => Event::Baseline { tasks, curve },
            Purpose::Point { iteration } => Event::HeldOut(HeldOutPoint { iteration, tasks, curve }),
            Purpose::Answer { id, iteration } => {
                Event::Answer { id, result: Ok(Reply::Evaluation { iteration, curve }) }
            }
        }))
    }
}
