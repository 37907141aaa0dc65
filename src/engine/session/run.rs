//! The run of an open session: its Config, its backend, its progress, and the evaluations along it.

use std::collections::VecDeque;
use std::rc::Rc;

use super::adaptation::Adaptation;
use super::kept_runs::{KeptRun, KeptRuns};
use super::preview::Preview;
use super::rewind::Rewind;
use super::training_control::TrainingControl;
use super::views::Views;
use crate::backend::choice::{Choice, Preference, Reason};
use crate::backend::cpu::Cpu;
use crate::backend::{Backend, BackendError, BackendKind};
use crate::domain::alignment::AlignmentPoint;
use crate::domain::config::Config;
use crate::domain::cost::{Cost, Spent};
use crate::domain::early_stopping::EarlyStopping;
use crate::domain::provenance::Provenance;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{Adapted, Evaluation, Event, Failure, ReplyTo, Status};
use crate::engine::views::Origin;
use crate::train::evaluation_queue::{Asker, EvaluationQueue};
use crate::train::training_loop::TrainingLoop;

/// Most points of one slice of training, which bounds the memory for them.
const MOST_POINTS: usize = 1 << 20;

/// The evaluations of a session, with the replies to requested ones.
pub type Evaluations = EvaluationQueue<ReplyTo<Evaluation>, ReplyTo<AlignmentPoint>>;

/// The run of an open session.
pub struct SessionRun {
    /// The run.
    pub config: Config,
    /// Which backend was asked for.
    pub preference: Preference,
    /// The one in use.
    pub backend: Box<dyn Backend>,
    /// Which that is, and why.
    pub choice: Choice,
    /// θ₀, the random start of this seed.
    pub start: Vec<f32>,
    /// The progress of the run. Its known train state has not diverged; after a failure the run goes back to it.
    pub training: TrainingLoop,
    /// The time line, and the moment that is shown.
    pub rewind: Rewind,
    /// The cost of all training since the run began, also of training whose θ was discarded.
    pub spent: Spent,
    /// Whether and how fast to train.
    pub control: TrainingControl,
    /// The shown task.
    pub preview: Preview,
    /// The views of θ.
    pub views: Views,
    /// The evaluations along the run, and requested ones.
    pub evaluations: Evaluations,
    /// Runs that other settings have taken the place of.
    pub kept: KeptRuns,
    /// Requested adaptations, in the order in which they are made.
    pub adaptations: VecDeque<(ReplyTo<Adapted>, Adaptation)>,
}

impl SessionRun {
    /// The engine's status.
    pub fn status(&self) -> Status {
        let early_stopping = &self.training.known().early_stopping;
        let iteration = self.training.iteration();
        Status {
            running: self.control.running,
            iteration,
            iterations: self.config.outer.iterations,
            first: self.rewind.timeline().first().iteration,
            shown: self.shown_iteration(),
            meta_iterations_per_second: self.control.per_second,
            step_size: early_stopping.factor * self.config.outer.step_size_at(iteration),
            stopped: early_stopping.stopped,
            spent: self.spent,
            provenance: self.rewind.past().map_or_else(|| self.provenance(), |past| past.provenance.clone()),
            is_of_config: self.rewind.timeline().is_of(&self.config),
            offer: self.kept.offer().cloned(),
            has_best: self.has_best(),
            backend: self.choice.clone(),
        }
    }

    /// The reason why the run has no further meta-iteration, if it has none.
    pub fn end(&self) -> Option<Failure> {
        let iteration = self.training.iteration();
        let stopped = self.training.stopped().map(|reason| Failure::Stopped { reason, iteration });
        stopped.or_else(|| (iteration >= self.config.outer.iterations).then_some(Failure::Finished))
    }

    /// Whether training has made a θ with the least held-out error so far; the random start is none.
    pub fn has_best(&self) -> bool {
        self.evaluations.best().is_some_and(|best| !best.provenance.is_empty())
    }

    /// The train state that is shown: that of the moment that one has gone back to, or the present one as it was last read.
    pub fn shown(&self) -> &TrainState {
        self.rewind.shown(self.training.known())
    }

    /// The meta-iteration of the θ that is shown.
    pub fn shown_iteration(&self) -> u64 {
        self.rewind.past().map_or_else(|| self.training.iteration(), |past| past.iteration)
    }

    /// What has trained the present θ.
    pub fn provenance(&self) -> Provenance {
        let known = self.training.known();
        let ahead = self.training.iteration() - known.iteration;
        known.provenance.clone().after(self.config.algorithm, &self.config.tasks, ahead)
    }

    /// The train state as it is now.
    ///
    /// # Errors
    /// The backend's, or [`Failure::Diverged`]; the known train state stays as it was.
    pub async fn read(&mut self) -> Result<&TrainState, Failure> {
        if self.training.is_ahead() {
            let train_state = self.training.fetch(self.backend.as_mut()).await.map_err(Failure::Backend)?;
            if train_state.has_diverged() {
                return Err(Failure::Diverged { iteration: self.training.known().iteration });
            }
            self.training.accept(TrainState { provenance: self.provenance(), ..train_state });
            self.rewind.record(self.training.known());
        }
        Ok(self.training.known())
    }

    /// Begins a time line with `train_state`, as [`SessionRun::reload`] loads it.
    pub fn load(&mut self, train_state: TrainState) -> Vec<Event> {
        let left = self.rewind.come_back();
        let failed = self.reload(train_state);
        self.rewind = Rewind::new(self.training.known(), &self.config);
        left.into_iter().chain(failed).collect()
    }

    /// Loads `train_state`, which is of the time line, into the backend; if that fails, goes on with one CPU worker and
    /// returns the event that says so.
    pub fn reload(&mut self, mut train_state: TrainState) -> Option<Event> {
        train_state.prepare(&self.config);
        self.training = TrainingLoop::new(train_state);
        self.control.forget_speed();
        let error = self.backend.load(&self.config, self.training.known()).err()?;
        self.fall_back(error.clone());
        Some(Event::Problem(Failure::Backend(error)))
    }

    /// Goes on from the moment that is shown, if it is past: what came later is forgotten.
    pub fn branch(&mut self) -> Vec<Event> {
        let left = self.rewind.give_up();
        let Some(past) = self.rewind.branch() else { return left.into_iter().collect() };
        let iteration = past.iteration;
        let failed = self.reload(past);
        self.evaluations.go_back(iteration);
        self.invalidate_views();
        left.into_iter().chain([Event::Branched { iteration }]).chain(failed).collect()
    }

    /// Begins again from the random start.
    pub fn begin_again(&mut self) -> Vec<Event> {
        self.kept.decide();
        self.control.running = false;
        self.spent = Spent::default();
        self.load(TrainState::new(self.start.clone()))
    }

    /// Leaves the present run, which has just been read, for that of another algorithm or other tasks: where that one was
    /// left before, or at the random start.
    pub fn switch(&mut self, next: &Config, now: f64) -> TrainState {
        let left = KeptRun {
            config: self.config.clone(),
            train_state: self.training.known().clone(),
            spent: std::mem::take(&mut self.spent),
        };
        match self.kept.switch(left, next, self.control.running, now) {
            Some(KeptRun { config, train_state, spent }) => {
                self.spent = spent;
                let early_stopping =
                    if config == *next { train_state.early_stopping.clone() } else { EarlyStopping::default() };
                TrainState { early_stopping, ..train_state }
            }
            None => TrainState::new(self.start.clone()),
        }
    }

    /// Goes on from the θ of the run that was left last, if that is offered, as the beginning of this one: the schedule is
    /// that of a whole run, and the optimizer's state is fresh.
    pub fn go_on_from_offered(&mut self) -> Vec<Event> {
        let Some(KeptRun { train_state, spent, .. }) = self.kept.offered().cloned() else { return vec![] };
        self.kept.decide();
        self.spent = spent;
        self.load(TrainState { provenance: train_state.provenance, ..TrainState::new(train_state.theta) })
    }

    /// Goes on from the known train state on one CPU worker.
    pub fn fall_back(&mut self, error: BackendError) {
        let cpu = Cpu::new(&self.config, self.training.known());
        self.choice = Choice { kind: BackendKind::Cpu, adapter: cpu.adapter(), reason: Reason::Failed(error) };
        self.backend = Box::new(cpu);
        self.training.go_back();
        self.control.forget_speed();
        self.invalidate_views();
    }

    /// What θ looks like: Config or θ are others, other than by training.
    pub fn invalidate_views(&mut self) {
        self.preview.invalidate();
        self.views.invalidate();
    }

    /// What a view is made of. The train state has just been read.
    pub fn origin(&self) -> Origin {
        let train_state = Rc::new(self.shown().clone());
        let keyframes = self.rewind.timeline().keyframes().iter();
        Origin {
            config: Rc::new(self.config.clone()),
            theta: train_state.theta.as_slice().into(),
            iteration: train_state.iteration,
            keyframes: keyframes.map(|keyframe| Rc::clone(&keyframe.train_state)).collect(),
            train_state,
        }
    }

    /// Restarts views and evaluations for a new Config, or a θ that does not come from training.
    pub fn refresh(&mut self) {
        self.invalidate_views();
        self.evaluations.restart(&self.config);
    }

    /// Queues the points of the charts along the run again, at the train states that its time line has recorded.
    pub fn measure_recorded(&mut self) {
        let end = self.config.outer.iterations;
        for keyframe in self.rewind.timeline().keyframes() {
            let iteration = keyframe.train_state.iteration;
            if self.evaluations.wants_point(iteration, end, true) {
                self.evaluations.point(&keyframe.train_state);
            }
            if self.evaluations.wants_alignment(iteration) {
                self.evaluations.alignment_point(&keyframe.train_state);
            }
        }
    }

    /// Makes the meta-iterations of a slice of about so many tasks, none beyond `target`; says how many tasks it made.
    ///
    /// # Errors
    /// The backend's.
    pub async fn train(&mut self, target: u64, tasks: u64) -> Result<u64, BackendError> {
        let (iteration, end) = (self.training.iteration(), self.config.outer.iterations);
        let until = target.min(end).min(iteration + self.evaluations.until_point(iteration, end));
        let batches = self.training.draw(&self.config, until, tasks);
        if batches.is_empty() {
            return Ok(0);
        }
        self.backend.train(&batches).await?;
        self.training.advance(&batches);
        Ok((batches.len() * batches.tasks.len()) as u64)
    }

    /// Notes what a slice of training has cost, in milliseconds, and makes the next one fit.
    pub fn note_slice(&mut self, done: u64, took: f64) {
        if done > 0 {
            self.spent.cost += Cost::of_tasks(&self.config, done);
            self.spent.seconds += took / 1000.0;
        }
        let of_task = (self.config.inner.steps + 1) * self.config.inner.batch;
        self.control.note_slice(done, took, (MOST_POINTS / of_task).max(1) as u64);
    }

    /// Gives up what is of a θ of another network than the present one, evaluations and views: the answers to whoever waits
    /// for one.
    pub fn abandon(&mut self) -> Vec<Event> {
        let why = Failure::Interrupted;
        self.views.forget_unlike(&self.config);
        let evaluations = self.evaluations.abandon().into_iter().map(|asker| refusal(asker, &why));
        evaluations.chain(self.views.cancel_requests(&why)).collect()
    }

    /// Gives up all requested evaluations, adaptations and views: the answers to whoever waits for one.
    pub fn cancel_requests(&mut self, why: &Failure) -> Vec<Event> {
        let adaptations = self.adaptations.drain(..).map(|(reply_to, _)| reply_to.answer(Err(why.clone())));
        let evaluations = self.evaluations.cancel_requests().into_iter().map(|asker| refusal(asker, why));
        adaptations.chain(evaluations).chain(self.views.cancel_requests(why)).collect()
    }
}

/// The answer to a request for an evaluation that will not be made.
fn refusal(asker: Asker<ReplyTo<Evaluation>, ReplyTo<AlignmentPoint>>, why: &Failure) -> Event {
    match asker {
        Asker::Errors(reply_to) => reply_to.answer(Err(why.clone())),
        Asker::Alignment(reply_to) => reply_to.answer(Err(why.clone())),
    }
}
