//! The session: a state machine that trains, adapts, evaluates and answers commands, a slice of time at a time.
//!
//! It knows no browser: time comes from a clock that it is given, backends from an opener that it is given, and what it
//! has to say waits in an outbox. Whoever holds it calls [`Session::answer`] for every command and [`Session::advance`]
//! while there is work, and is never kept longer than about [`SLICE`].

mod evaluation_queue;
mod preview;

use std::ops::Range;

use evaluation_queue::{Asker, EvaluationQueue, Outcome};
use preview::Preview;
use serde::Serialize;

use super::protocol::{
    Adapt, Adapted, AlignmentPoint, Choice, Command, Evaluation, Event, Failure, Preference, Reason, ReplyTo,
    SessionCall, Status, Step, TraceTwoTasks, TwoTasks,
};
use super::two_tasks::two_tasks;
use crate::backend::cpu::{Cpu, Simd};
use crate::backend::select::Work;
use crate::backend::{Backend, BackendError, Kind, Pending};
use crate::domain::adaptation::{Adaptations, mean_squared_error};
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::config::Config;
use crate::domain::cost::{Cost, Spent};
use crate::domain::early_stopping::EarlyStopping;
use crate::domain::network::Network;
use crate::domain::task;
use crate::domain::task::curve::{Drawn, TrueCurve};
use crate::domain::train_state::{TrainState, has_diverged};

/// Length of one slice of training or evaluation, in milliseconds.
pub const SLICE: f64 = 10.0;
/// Time between two reports of progress while training, in milliseconds.
const STATUS_INTERVAL: f64 = 100.0;
/// Time over which the speed is averaged, in milliseconds.
const SPEED_WINDOW: f64 = 1000.0;
/// Time between two checkpoints while training, in milliseconds.
const CHECKPOINT_INTERVAL: f64 = 1000.0;
/// Most points of one slice, which bounds the memory for them.
const MOST_POINTS: usize = 1 << 20;
/// Most shots of a task that is shown or adapted by hand.
const MOST_SHOTS: usize = 200;
/// Most values of a curve that is drawn by hand.
const MOST_VALUES: usize = 1000;
/// Most gradient steps of an adaptation by hand.
const MOST_STEPS: usize = 10_000;

/// Opens a backend for a Config and a train_state, as preferred, and says which one it is.
pub type Opener = Box<dyn Fn(Config, TrainState, Preference) -> Pending<'static, (Box<dyn Backend>, Choice)>>;

/// When [`Session::advance`] wants to be called again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// At once: there is more work.
    Now,
    /// At this time of the clock, in milliseconds: training is slowed down.
    At(f64),
    /// After the next command.
    Idle,
}

/// A session; see the module.
pub struct Session {
    clock: fn() -> f64,
    opener: Opener,
    outbox: Vec<Event>,
    run: Option<Run>,
}

/// The evaluations of a session: whoever asks for one waits for a reply.
type Evaluations = EvaluationQueue<ReplyTo<Evaluation>, ReplyTo<AlignmentPoint>>;

/// What there is once the session is open.
struct Run {
    config: Config,
    preference: Preference,
    backend: Box<dyn Backend>,
    choice: Choice,
    /// θ₀, the random start of this seed.
    start: Vec<f32>,
    /// The train_state as it was last read from the backend, and not diverged: where a failure goes back to.
    good: TrainState,
    /// Meta-iterations done by the backend since `good`.
    ahead: u64,
    /// When the last checkpoint was made, and its meta-iteration.
    checked: (f64, u64),
    /// What was computed since the run began, and how long that took, whatever θ has come of it.
    spent: Spent,
    training: Training,
    preview: Preview,
    evaluations: Evaluations,
}

/// Whether and how fast to train.
struct Training {
    running: bool,
    /// Steps that were asked for one by one: where the reply goes, and the meta-iteration that answers it.
    steps: Vec<(ReplyTo<()>, u64)>,
    /// Meta-iterations a second at most.
    limit: Option<f64>,
    /// When the next meta-iteration is due, where there is a limit.
    due: f64,
    /// Tasks of a slice, adapted to its measured length.
    chunk: u64,
    /// Tasks of the meta-iteration under way that are done, where it takes several slices.
    part: usize,
    /// Start of the present measurement of speed: time and meta-iterations.
    measured_from: Option<(f64, u64)>,
    per_second: f64,
    reported: f64,
}

impl Training {
    fn new() -> Self {
        Self {
            running: false,
            steps: Vec::new(),
            limit: None,
            due: 0.0,
            chunk: 1,
            part: 0,
            measured_from: None,
            per_second: 0.0,
            reported: f64::NEG_INFINITY,
        }
    }

    /// Another backend or another train_state: nothing is known of its speed, and no meta-iteration is under way.
    fn rewind(&mut self) {
        self.chunk = 1;
        self.part = 0;
        self.measured_from = None;
    }

    fn active(&self) -> bool {
        self.running || !self.steps.is_empty()
    }

    /// Notes that `iteration` was reached at `now`, and measures the speed over windows of about a second.
    fn measure(&mut self, now: f64, iteration: u64) {
        let (from, at) = *self.measured_from.get_or_insert((now, iteration));
        if now - from >= SPEED_WINDOW / 4.0 {
            let speed = (iteration - at) as f64 * 1000.0 / (now - from);
            let weight = ((now - from) / SPEED_WINDOW).min(1.0);
            self.per_second =
                if self.per_second > 0.0 { self.per_second + weight * (speed - self.per_second) } else { speed };
            self.measured_from = Some((now, iteration));
        }
    }
}

impl Run {
    fn iteration(&self) -> u64 {
        self.good.iteration + self.ahead
    }

    fn status(&self) -> Status {
        Status {
            running: self.training.running,
            iteration: self.iteration(),
            iterations: self.config.outer.iterations,
            meta_iterations_per_second: self.training.per_second,
            step_size: self.good.early_stopping.factor * self.config.outer.step_size_at(self.iteration()),
            stopped: self.good.early_stopping.stopped,
            spent: self.spent,
            backend: self.choice.clone(),
        }
    }

    /// Whether a check is due before the next meta-iteration.
    fn is_checking(&self) -> bool {
        self.good.early_stopping.next_check(&self.config, self.iteration()) == Some(self.iteration())
    }

    /// Why no meta-iteration can follow, if so.
    fn end(&self) -> Option<Failure> {
        let iteration = self.iteration();
        let stopped = self.good.early_stopping.stopped.map(|reason| Failure::Stopped { reason, iteration });
        stopped.or_else(|| (iteration >= self.config.outer.iterations).then_some(Failure::Finished))
    }

    /// The train_state as it is now, remembered as good.
    ///
    /// # Errors
    /// The backend's, or [`Failure::Diverged`].
    async fn read(&mut self) -> Result<&TrainState, Failure> {
        if self.ahead > 0 {
            let mut train_state = self.backend.train_state().await.map_err(Failure::Backend)?;
            if train_state.has_diverged() {
                return Err(Failure::Diverged { iteration: self.good.iteration });
            }
            train_state.early_stopping = std::mem::take(&mut self.good.early_stopping);
            self.good = train_state;
            self.ahead = 0;
        }
        Ok(&self.good)
    }

    /// Goes on from `train_state`, which becomes the good one; on one CPU worker where the backend cannot, and tells of it.
    fn load(&mut self, train_state: TrainState) -> Option<Event> {
        self.good = train_state;
        self.good.prepare(&self.config);
        self.ahead = 0;
        self.training.rewind();
        let error = self.backend.load(&self.config, &self.good).err()?;
        self.fall_back(error.clone());
        Some(Event::Problem(Failure::Backend(error)))
    }

    /// Begins again from the random start.
    fn begin_again(&mut self) -> Option<Event> {
        self.training.running = false;
        self.spent = Spent::default();
        self.load(TrainState::new(self.start.clone()))
    }

    /// Goes on from the last good θ on one CPU worker.
    fn fall_back(&mut self, error: BackendError) {
        let cpu = Cpu::new(&self.config, &self.good);
        self.choice = Choice { kind: Kind::Cpu, adapter: cpu.adapter(), reason: Reason::Failed(error) };
        self.backend = Box::new(cpu);
        self.ahead = 0;
        self.training.rewind();
        self.preview.invalidate();
    }

    /// One adaptation, with all its steps.
    async fn adapt(
        &mut self,
        curve: &TrueCurve,
        shots: &[[f32; 2]],
        steps: usize,
        learning_rate: f64,
    ) -> Result<Adapted, Failure> {
        let grid = task::grid(&self.config.tasks);
        let truth = curve.values(&grid);
        let record: Vec<usize> = (0..=steps).collect();
        let mut adaptations =
            Adaptations::single(self.config.eval.optimizer(&self.config.inner), shots, &grid, record.clone());
        adaptations.optimizer.learning_rate = learning_rate as f32;
        let predictions = self.backend.adapt(None, &adaptations).await.map_err(Failure::Backend)?;
        let rows = predictions.chunks_exact(grid.len());
        Ok(Adapted {
            steps: record,
            mse: rows.clone().map(|row| mean_squared_error(row, &truth)).collect(),
            predictions: rows.map(<[f32]>::to_vec).collect(),
        })
    }

    /// What a new θ that training did not make, or a new Config, asks for.
    fn refresh(&mut self) {
        self.preview.invalidate();
        self.evaluations.restart(&self.config);
    }
}

impl Session {
    /// A session that is not open yet. `clock` tells milliseconds from any fixed time.
    #[must_use]
    pub fn new(clock: fn() -> f64, opener: Opener) -> Self {
        Self { clock, opener, outbox: Vec::new(), run: None }
    }

    /// What there is to say, in order.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.outbox)
    }

    /// Handles one call. Its answer may come later, as steps and evaluations take time.
    pub async fn handle(&mut self, id: u32, call: SessionCall) {
        match call {
            SessionCall::Command(command) => {
                let reply_to = ReplyTo::of(id, &command);
                let result = self.execute(command).await;
                self.answer(reply_to, result);
            }
            SessionCall::Step(step) => {
                let reply_to = ReplyTo::of(id, &step);
                if let Err((reply_to, failure)) = self.step(step, reply_to) {
                    self.answer(reply_to, Err(failure));
                }
            }
            SessionCall::Evaluate(evaluate) => {
                let reply_to = ReplyTo::of(id, &evaluate);
                match self.read().await {
                    Ok(run) => {
                        run.evaluations.protocol(&run.config, reply_to, &run.good);
                        self.report();
                    }
                    Err(failure) => self.answer(reply_to, Err(failure)),
                }
            }
            SessionCall::Align(align) => {
                let reply_to = ReplyTo::of(id, &align);
                match self.read().await {
                    Ok(run) => {
                        run.evaluations.align(&run.config, reply_to, &run.good);
                        self.report();
                    }
                    Err(failure) => self.answer(reply_to, Err(failure)),
                }
            }
            SessionCall::Adapt(adapt) => {
                let reply_to = ReplyTo::of(id, &adapt);
                let result = self.adapt(adapt).await;
                self.answer(reply_to, result);
            }
            SessionCall::TraceTwoTasks(trace) => {
                let reply_to = ReplyTo::of(id, &trace);
                let result = self.trace_two_tasks(&trace);
                self.answer(reply_to, result);
            }
            SessionCall::ReadTheta(read) => {
                let reply_to = ReplyTo::of(id, &read);
                let theta = self.read().await.map(|run| run.good.theta.clone());
                self.answer(reply_to, theta);
            }
        }
    }

    /// Answers a call, after a failure from a state in which training can go on.
    fn answer<T: Serialize>(&mut self, reply_to: ReplyTo<T>, result: Result<T, Failure>) {
        let result = result.map_err(|failure| self.recover(failure));
        // Whoever is answered knows what the engine does now.
        self.report();
        self.outbox.push(reply_to.answer(result));
    }

    /// Does one slice of work: a preview, some training, some evaluation.
    pub async fn advance(&mut self) -> Next {
        let next = match self.work().await {
            Ok(next) => next,
            Err(failure) => {
                let failure = self.recover(failure);
                self.outbox.push(Event::Problem(failure));
                self.report();
                Next::Now
            }
        };
        let now = (self.clock)();
        if self.run.as_ref().is_some_and(|run| run.training.active() && now - run.training.reported > STATUS_INTERVAL) {
            self.report();
        }
        self.check_point();
        next
    }

    /// Gives the train_state away for safety, now and then while it changes, and at rest.
    fn check_point(&mut self) {
        let now = (self.clock)();
        let Some(run) = &mut self.run else { return };
        let (time, iteration) = run.checked;
        if run.good.iteration != iteration && (now - time >= CHECKPOINT_INTERVAL || !run.training.active()) {
            run.checked = (now, run.good.iteration);
            self.outbox.push(Event::Checkpoint(run.good.clone()));
        }
    }

    /// Says what the engine does now.
    fn report(&mut self) {
        if let Some(run) = &mut self.run {
            run.training.reported = (self.clock)();
            self.outbox.push(Event::Status(run.status()));
        }
    }

    /// Executes a command.
    async fn execute(&mut self, command: Command) -> Result<(), Failure> {
        match command {
            Command::Ping => return Ok(()),
            Command::Open { config, preference } => return self.open(checked(config)?, preference).await,
            _ => {}
        }
        let now = (self.clock)();
        let run = self.run.as_mut().ok_or(Failure::NotOpen)?;
        match command {
            Command::Ping | Command::Open { .. } => {}
            Command::Configure { config } => self.configure(checked(config)?).await?,
            Command::Start => {
                if let Some(end) = run.end() {
                    return Err(end);
                }
                run.training.running = true;
                run.training.measured_from = None;
                run.training.due = now;
            }
            Command::Pause => {
                run.training.running = false;
                self.interrupt(&Failure::Interrupted);
            }
            Command::Reset => {
                self.outbox.extend(run.begin_again());
                run.refresh();
                self.interrupt(&Failure::Interrupted);
                self.outbox.push(Event::Restarted);
            }
            Command::Recall => {
                let start = || TrainState::new(run.start.clone());
                let best = run.evaluations.best().cloned().unwrap_or_else(start);
                run.training.running = false;
                self.outbox.extend(run.load(best));
                run.refresh();
                self.interrupt(&Failure::Interrupted);
                self.outbox.push(Event::Restarted);
            }
            Command::LimitSpeed { per_second } => {
                if let Some(per_second) = per_second {
                    within("speed", per_second, 0.01, 1e6)?;
                }
                run.training.limit = per_second;
                run.training.due = now;
            }
            Command::Preview { curve, shots } => {
                check_subject(&curve, &shots)?;
                run.preview.show(curve, shots);
            }
            Command::UseBackend { preference } => self.use_backend(preference).await?,
            Command::WatchAlignment { on } => run.evaluations.watch_alignment(&run.config, on),
            Command::SetTheta { theta } => {
                check_theta(&theta, &run.config)?;
                let iteration = run.read().await?.iteration;
                self.outbox.extend(run.load(TrainState { iteration, ..TrainState::new(theta) }));
                run.refresh();
                self.outbox.push(Event::Restarted);
            }
            Command::Restore { config, train_state, spent } => self.restore(checked(config)?, train_state, spent)?,
        }
        Ok(())
    }

    /// Notes steps to make; a refusal gives back where the reply goes.
    fn step(&mut self, step: Step, reply_to: ReplyTo<()>) -> Result<(), (ReplyTo<()>, Failure)> {
        let Some(run) = &mut self.run else { return Err((reply_to, Failure::NotOpen)) };
        if let Some(end) = run.end() {
            return Err((reply_to, end));
        }
        let left = run.config.outer.iterations - run.iteration();
        if let Err(failure) = within("n", step.count as f64, 1.0, left as f64) {
            return Err((reply_to, failure));
        }
        run.training.steps.push((reply_to, run.iteration() + step.count));
        self.report();
        Ok(())
    }

    /// The run with its train state as it is now.
    async fn read(&mut self) -> Result<&mut Run, Failure> {
        let run = self.run.as_mut().ok_or(Failure::NotOpen)?;
        run.read().await?;
        Ok(run)
    }

    async fn adapt(&mut self, adapt: Adapt) -> Result<Adapted, Failure> {
        let run = self.run.as_mut().ok_or(Failure::NotOpen)?;
        let Adapt { curve, shots, steps, learning_rate } = adapt;
        check_subject(&curve, &shots)?;
        within("steps", steps as f64, 0.0, MOST_STEPS as f64)?;
        within("learning_rate", learning_rate, 0.0, 10.0)?;
        run.adapt(&curve, &shots, steps, learning_rate).await
    }

    fn trace_two_tasks(&self, trace: &TraceTwoTasks) -> Result<TwoTasks, Failure> {
        let run = self.run.as_ref().ok_or(Failure::NotOpen)?;
        within("step_size", trace.step_size, 0.0, 2.0)?;
        check_theta(&trace.theta, &run.config)?;
        Ok(two_tasks::<Simd>(&run.config, &trace.theta, trace.number, trace.step_size))
    }

    async fn open(&mut self, config: Config, preference: Preference) -> Result<(), Failure> {
        let start = Network::new(&config.model).initial_theta(config.seed);
        let mut train_state = TrainState::new(start.clone());
        train_state.prepare(&config);
        let (backend, choice) =
            (self.opener)(config.clone(), train_state.clone(), preference).await.map_err(Failure::Backend)?;
        self.interrupt(&Failure::Interrupted);
        self.run = Some(Run {
            evaluations: EvaluationQueue::new(&config),
            config,
            preference,
            backend,
            choice,
            start,
            good: train_state,
            ahead: 0,
            checked: (0.0, 0),
            spent: Spent::default(),
            training: Training::new(),
            preview: Preview::default(),
        });
        self.outbox.push(Event::Restarted);
        Ok(())
    }

    /// Goes on with another Config, from the present θ unless that cannot be.
    async fn configure(&mut self, config: Config) -> Result<(), Failure> {
        let Some(run) = &mut self.run else { return Err(Failure::NotOpen) };
        let restarts = run.config.restarts(&config);
        let train_state = if restarts { TrainState::of(&config) } else { run.read().await?.clone() };
        let before = std::mem::replace(&mut run.config, config);
        // What was found with other settings is no guide for these.
        let early_stopping =
            if before == run.config { train_state.early_stopping.clone() } else { EarlyStopping::default() };
        let train_state = TrainState { early_stopping, ..train_state };
        if before.model != run.config.model {
            let answers = run.evaluations.abandon().into_iter().map(|asker| match asker {
                Asker::Errors(reply_to) => reply_to.answer(Err(Failure::Interrupted)),
                Asker::Alignment(reply_to) => reply_to.answer(Err(Failure::Interrupted)),
            });
            self.outbox.extend(answers);
        }
        if restarts {
            run.start.clone_from(&train_state.theta);
            run.spent = Spent::default();
            run.training.running = false;
        }
        self.outbox.extend(run.load(train_state));
        // Which device is the faster one depends on the work; a choice by measurement is measured again.
        if run.preference == Preference::Auto
            && matches!(run.choice.reason, Reason::Measured { .. })
            && Work::of(&before) != Work::of(&run.config)
        {
            let opened = (self.opener)(run.config.clone(), run.good.clone(), run.preference).await;
            (run.backend, run.choice) = opened.map_err(Failure::Backend)?;
        }
        run.preview.invalidate();
        if restarts || before.tasks != run.config.tasks || before.eval != run.config.eval {
            run.refresh();
            self.outbox.push(Event::Restarted);
        } else if before.inner.batch != run.config.inner.batch {
            run.evaluations.realign(&run.config);
        }
        if restarts {
            self.interrupt(&Failure::Interrupted);
        }
        Ok(())
    }

    /// Goes on from the present θ on another backend; one that cannot be had leaves the one in use.
    async fn use_backend(&mut self, preference: Preference) -> Result<(), Failure> {
        let Some(run) = &mut self.run else { return Err(Failure::NotOpen) };
        if preference == run.preference && run.choice.reason == Reason::Asked {
            // Its workers have started, and it knows its pace.
            return Ok(());
        }
        let train_state = run.read().await?.clone();
        let (backend, choice) =
            (self.opener)(run.config.clone(), train_state, preference).await.map_err(Failure::Backend)?;
        run.preference = preference;
        run.backend = backend;
        run.choice = choice;
        run.training.rewind();
        run.training.per_second = 0.0;
        run.preview.invalidate();
        Ok(())
    }

    /// Goes on with another Config and another train_state together.
    fn restore(&mut self, config: Config, train_state: TrainState, spent: Spent) -> Result<(), Failure> {
        let Some(run) = &mut self.run else { return Err(Failure::NotOpen) };
        check_train_state(&train_state, &config)?;
        within("iteration", train_state.iteration as f64, 0.0, config.outer.iterations as f64)?;
        run.training.running = false;
        run.start = Network::new(&config.model).initial_theta(config.seed);
        if run.config.model != config.model {
            let answers = run.evaluations.abandon().into_iter().map(|asker| match asker {
                Asker::Errors(reply_to) => reply_to.answer(Err(Failure::Interrupted)),
                Asker::Alignment(reply_to) => reply_to.answer(Err(Failure::Interrupted)),
            });
            self.outbox.extend(answers);
        }
        run.config = config;
        run.spent = spent;
        self.outbox.extend(run.load(train_state));
        run.refresh();
        self.interrupt(&Failure::Interrupted);
        self.outbox.push(Event::Restarted);
        Ok(())
    }

    /// Answers the steps that will not be finished.
    fn interrupt(&mut self, why: &Failure) {
        let Some(run) = &mut self.run else { return };
        let answers = run.training.steps.drain(..).map(|(reply_to, _)| reply_to.answer(Err(why.clone())));
        self.outbox.extend(answers);
    }

    /// Goes on after a failure: from the last good θ, on one CPU worker where the GPU or another worker
    /// failed. Returns what to say of it.
    fn recover(&mut self, failure: Failure) -> Failure {
        let Some(run) = &mut self.run else { return failure };
        match &failure {
            Failure::Backend(error)
                if matches!(error, BackendError::HelperLost { .. })
                    || run.backend.kind() == Kind::Gpu && !matches!(error, BackendError::NoAdapter { .. }) =>
            {
                run.fall_back(error.clone());
            }
            Failure::Diverged { .. } => {
                run.training.running = false;
                let good = run.good.clone();
                self.outbox.extend(run.load(good));
                run.preview.invalidate();
                self.interrupt(&Failure::Interrupted);
            }
            _ => {}
        }
        failure
    }

    /// Goes by the error on held-out tasks at the train_state's meta-iteration, unless another Config has no check there.
    fn check(&mut self, error: f64) {
        let Some(run) = self.run.as_mut().filter(|run| run.is_checking()) else { return };
        let TrainState { iteration, gradient_norm, early_stopping, .. } = &mut run.good;
        early_stopping.check(&run.config, *iteration, error, *gradient_norm);
        if run.good.early_stopping.stopped.is_some() {
            run.training.running = false;
            if let Some(end) = run.end() {
                self.interrupt(&end);
            }
        }
        self.report();
    }

    /// Passes a complete evaluation on.
    fn evaluated(&mut self, outcome: Outcome<ReplyTo<Evaluation>, ReplyTo<AlignmentPoint>>) {
        self.outbox.push(match outcome {
            Outcome::Check { error } => return self.check(error),
            Outcome::Baseline { tasks, curve } => Event::Baseline { tasks, curve },
            Outcome::HeldOut(point) => Event::HeldOut(point),
            Outcome::Alignment(point) => Event::Alignment(point),
            Outcome::AskedErrors { asked_by, iteration, curve } => asked_by.answer(Ok(Evaluation { iteration, curve })),
            Outcome::AskedAlignment { asked_by, point } => asked_by.answer(Ok(point)),
        });
    }

    async fn work(&mut self) -> Result<Next, Failure> {
        let Some(run) = &mut self.run else { return Ok(Next::Idle) };
        let clock = self.clock;
        if run.preview.is_due(clock(), run.iteration()) {
            run.read().await?;
            let begun = clock();
            let preview =
                run.preview.preview(&run.config, run.backend.as_mut(), &run.start, run.good.iteration).await?;
            self.outbox.extend(preview.map(Event::Preview));
            run.preview.took(begun, clock());
            return Ok(Next::Now);
        }
        let active = run.training.active();
        if run.evaluations.wants_point(run.iteration(), run.config.outer.iterations, active) {
            run.read().await?;
            run.evaluations.point(&run.good);
        }
        if run.evaluations.wants_alignment(run.iteration()) {
            run.read().await?;
            run.evaluations.alignment_point(&run.good);
        }
        // Training waits for a check.
        let is_checking = run.is_checking();
        if is_checking && !run.evaluations.is_checking() {
            run.read().await?;
            run.evaluations.check(&run.config, &run.good);
        }
        let next = match active {
            true if is_checking => Next::Now,
            true => train(run, clock, &mut self.outbox).await?,
            false => Next::Idle,
        };
        let training = run.training.active() && !is_checking;
        if let Some(outcome) = run.evaluations.work(run.backend.as_mut(), &run.start, training, clock).await? {
            self.evaluated(outcome);
        }
        let Some(run) = &mut self.run else { return Ok(Next::Idle) };
        // A training that is slowed down leaves time for evaluations too.
        let waiting = run.evaluations.is_busy() || run.preview.is_stale(run.iteration());
        Ok(if waiting { Next::Now } else { next })
    }
}

/// What a slice of about `chunk` tasks is, where `part` tasks of a meta-iteration of `meta_batch` are done: as many whole
/// meta-iterations as that makes, or some tasks of one.
fn slice(chunk: u64, part: usize, meta_batch: usize) -> (u64, Range<usize>) {
    let whole = chunk / meta_batch as u64;
    if part == 0 && whole > 0 {
        return (whole, 0..meta_batch);
    }
    (1, part..meta_batch.min(part + chunk as usize))
}

/// One slice of training.
async fn train(run: &mut Run, clock: fn() -> f64, outbox: &mut Vec<Event>) -> Result<Next, Failure> {
    let begun = clock();
    let meta_batch = run.config.outer.meta_batch as u64;
    let training = &mut run.training;
    if let Some(limit) = training.limit.filter(|_| training.running) {
        if begun < training.due {
            return Ok(Next::At(training.due));
        }
        // A slice that came late is made up for by a larger one, within reason.
        training.due = training.due.max(begun - 100.0);
        let behind = 1 + ((begun - training.due) * limit / 1000.0) as u64;
        training.chunk = training.chunk.min(behind * meta_batch);
        training.due += training.chunk as f64 / meta_batch as f64 * 1000.0 / limit;
    }
    let iteration = run.good.iteration + run.ahead;
    let end = run.config.outer.iterations;
    let wanted = if run.training.running {
        end
    } else {
        run.training.steps.iter().map(|(_, target)| *target).min().unwrap_or(iteration)
    };
    let check = run.good.early_stopping.next_check(&run.config, iteration).unwrap_or(end);
    let most = run.evaluations.until_point(iteration, end).min(wanted.min(check).saturating_sub(iteration));
    let (count, tasks) = slice(run.training.chunk, run.training.part, run.config.outer.meta_batch);
    let count = count.min(most);
    let done = count * tasks.len() as u64;
    if count > 0 {
        let updates = run.good.updates() + run.ahead;
        let span = iteration..iteration + count;
        let batches =
            MetaBatches::draw_some(&run.config, span, updates, tasks.clone()).with_schedule(&run.good.early_stopping);
        run.backend.train(&batches).await.map_err(Failure::Backend)?;
        run.training.part = tasks.end % run.config.outer.meta_batch;
        if run.training.part == 0 {
            run.ahead += count;
        }
    }
    let now = clock();
    let took = now - begun;
    if done > 0 {
        run.spent.cost += Cost::of_tasks(&run.config, done);
        run.spent.seconds += took / 1000.0;
    }
    run.training.chunk = if took < SLICE / 2.0 {
        // A slice cut short tells nothing of a longer one.
        if 2 * done > run.training.chunk { run.training.chunk * 2 } else { run.training.chunk }
    } else {
        (done as f64 * SLICE / took) as u64
    };
    let of_task = (run.config.inner.steps + 1) * run.config.inner.batch;
    run.training.chunk = run.training.chunk.clamp(1, (MOST_POINTS / of_task).max(1) as u64);
    let reached = run.iteration();
    run.training.measure(now, reached);
    if reached >= end || run.training.steps.iter().any(|(_, target)| *target <= reached) {
        // Before anyone is told that it is done: θ may have diverged.
        run.read().await?;
        run.training.running &= reached < end;
        outbox.push(Event::Status(run.status()));
    }
    let done = run.training.steps.extract_if(.., |(_, target)| *target <= reached);
    outbox.extend(done.map(|(reply_to, _)| reply_to.answer(Ok(()))));
    Ok(Next::Now)
}

fn checked(config: Config) -> Result<Config, Failure> {
    config.checked().map_err(Failure::Config)
}

pub(super) fn within(name: &str, value: f64, min: f64, max: f64) -> Result<(), Failure> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(Failure::Argument { name: name.to_owned(), value: value.to_string(), min, max })
}

fn check_subject(curve: &TrueCurve, shots: &[[f32; 2]]) -> Result<(), Failure> {
    match curve {
        TrueCurve::Task(task) => {
            within("task.amplitude", f64::from(task.amplitude), -100.0, 100.0)?;
            within("task.phase", f64::from(task.phase), -100.0, 100.0)?;
            within("task.frequency", f64::from(task.frequency), 0.0, 100.0)?;
        }
        TrueCurve::Drawn(Drawn { x: [low, high], y }) => {
            within("curve", y.len() as f64, 2.0, MOST_VALUES as f64)?;
            y.iter().try_for_each(|&number| within("curve", f64::from(number), -100.0, 100.0))?;
            within("curve.x", f64::from(*low), -100.0, 100.0)?;
            within("curve.x", f64::from(*high), f64::from(low.next_up()), 100.0)?;
        }
    }
    within("shots", shots.len() as f64, 0.0, MOST_SHOTS as f64)?;
    shots.iter().flatten().try_for_each(|&number| within("shots", f64::from(number), -1e3, 1e3))
}

fn check_train_state(train_state: &TrainState, config: &Config) -> Result<(), Failure> {
    let moments = train_state.moments.iter().chain(&train_state.inner_states);
    let moments = moments.flat_map(|moments| [&moments.first, &moments.second]).filter(|moment| !moment.is_empty());
    std::iter::once(&train_state.theta).chain(moments).try_for_each(|numbers| check_theta(numbers, config))
}

fn check_theta(theta: &[f32], config: &Config) -> Result<(), Failure> {
    let needed = Network::new(&config.model).parameters();
    let not_finite = has_diverged(theta);
    if theta.len() == needed && !not_finite {
        return Ok(());
    }
    Err(Failure::Theta { found: theta.len(), needed, not_finite: not_finite && theta.len() == needed })
}
