//! The calls that a session answers.

use super::adaptation::Adaptation;
use super::run::SessionRun;
use super::saves::Save;
use super::state::Session;
use crate::backend::cpu::Simd;
use crate::domain::config::theta_file::check_provenance;
use crate::domain::cost::Spent;
use crate::domain::pace::Pace;
use crate::domain::provenance::Provenance;
use crate::domain::train_state::TrainState;
use crate::engine::arguments::{check_config, check_curve, check_moment, check_steps, check_theta, check_view, within};
use crate::engine::protocol::{
    Adapt, Adapted, Command, Failure, GoTo, Moment, ReplyTo, SessionCall, Step, TimelineReply, TraceTwoTasks, TwoTasks,
    ViewRequest, ViewResult,
};
use crate::engine::two_tasks::two_tasks;

/// Most measurements, adaptations and views that wait to be made, which bounds their memory.
const MOST_REQUESTS: usize = 64;

impl Session {
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
            SessionCall::GoTo(go_to) => {
                let reply_to = ReplyTo::of(id, &go_to);
                if let Err((reply_to, failure)) = self.go_to(go_to, reply_to).await {
                    self.answer(reply_to, Err(failure));
                }
            }
            SessionCall::ReadTimeline(read) => {
                let reply_to = ReplyTo::of(id, &read);
                let timeline = self.read().await.map(|run| timeline(run));
                self.answer(reply_to, timeline);
            }
            SessionCall::Evaluate(evaluate) => {
                let reply_to = ReplyTo::of(id, &evaluate);
                match self.read_and_make_room().await {
                    Ok(run) => {
                        let shown = run.rewind.shown(run.training.known());
                        run.evaluations.protocol(&run.config, reply_to, shown);
                        self.report();
                    }
                    Err(failure) => self.answer(reply_to, Err(failure)),
                }
            }
            SessionCall::Align(align) => {
                let reply_to = ReplyTo::of(id, &align);
                match self.read_and_make_room().await {
                    Ok(run) => {
                        let shown = run.rewind.shown(run.training.known());
                        run.evaluations.align(&run.config, reply_to, shown);
                        self.report();
                    }
                    Err(failure) => self.answer(reply_to, Err(failure)),
                }
            }
            SessionCall::Adapt(adapt) => {
                let reply_to = ReplyTo::of(id, &adapt);
                if let Err((reply_to, failure)) = self.adapt(&adapt, reply_to).await {
                    self.answer(reply_to, Err(failure));
                }
            }
            SessionCall::TraceTwoTasks(trace) => {
                let reply_to = ReplyTo::of(id, &trace);
                let result = self.trace_two_tasks(&trace);
                self.answer(reply_to, result);
            }
            SessionCall::MakeView(make) => {
                let reply_to = ReplyTo::of(id, &make);
                if let Err((reply_to, failure)) = self.make_view(&make.request, reply_to).await {
                    self.answer(reply_to, Err(failure));
                }
            }
            SessionCall::ReadTheta(read) => {
                let reply_to = ReplyTo::of(id, &read);
                let theta = self.read().await.map(|run| run.shown().theta.clone());
                self.answer(reply_to, theta);
            }
            SessionCall::SaveRun(save) => {
                let reply_to = ReplyTo::of(id, &save);
                let save = self.read().await.map(|run| Save::of(run, save.most_bytes));
                let begun = save.map(|(run, save)| self.saves.begin(run, save));
                self.answer(reply_to, begun);
            }
            SessionCall::ReadKeyframes(read) => {
                let reply_to = ReplyTo::of(id, &read);
                let keyframes = self.saves.read(read);
                self.answer(reply_to, keyframes);
            }
            SessionCall::ReadMoment(read) => {
                let reply_to = ReplyTo::of(id, &read);
                let moment = self.read().await.map(|run| moment(run));
                self.answer(reply_to, moment);
            }
        }
    }

    /// Executes a command.
    async fn execute(&mut self, command: Command) -> Result<(), Failure> {
        match command {
            Command::Ping => return Ok(()),
            Command::Open { config, preference } => return self.open(check_config(config)?, preference).await,
            _ => {}
        }
        let now = (self.clock)();
        let run = self.run.as_mut().ok_or(Failure::NotOpen)?;
        match command {
            Command::Ping | Command::Open { .. } => {}
            Command::Configure { config } => self.configure(check_config(config)?).await?,
            Command::Start { watched } => {
                self.outbox.extend(run.branch());
                if let Some(end) = run.end() {
                    return Err(end);
                }
                run.kept.decide();
                run.control.start(now, watched, run.training.iteration(), run.config.outer.iterations);
            }
            Command::Continue => {
                self.outbox.extend(run.go_on_from_offered());
                run.refresh();
                self.interrupt(&Failure::Interrupted);
                self.restarted();
            }
            Command::Pause => {
                run.control.running = false;
                self.interrupt(&Failure::Interrupted);
            }
            Command::Reset => {
                self.outbox.extend(run.begin_again());
                run.refresh();
                self.interrupt(&Failure::Interrupted);
                self.restarted();
            }
            Command::Recall => {
                let start = || TrainState::new(run.start.clone());
                let best = run.evaluations.best().cloned().unwrap_or_else(start);
                run.control.running = false;
                self.outbox.extend(run.load(best));
                run.refresh();
                self.interrupt(&Failure::Interrupted);
                self.restarted();
            }
            Command::SetPace { pace } => {
                if let Pace::PerSecond(per_second) = pace {
                    within("speed", per_second, 0.01, 1e6)?;
                }
                run.control.set_pace(pace, now, run.training.iteration(), run.config.outer.iterations);
            }
            Command::Preview { curve, shots } => {
                check_curve(&curve, &shots)?;
                run.preview.show(curve, shots);
            }
            Command::UseBackend { preference } => self.use_backend(preference).await?,
            Command::CancelRequests => {
                let answers = run.cancel_requests(&Failure::Cancelled);
                self.outbox.extend(answers);
            }
            Command::PredictEveryStep { on } => run.preview.predict_every_step(on),
            Command::Pin { moment } => {
                moment.iter().try_for_each(check_moment)?;
                run.preview.pin(moment);
            }
            Command::WatchAlignment { on } => run.evaluations.watch_alignment(&run.config, on),
            Command::WatchViews { views } => {
                views.iter().try_for_each(|view| check_view(view, &run.config))?;
                run.views.watch(views);
            }
            Command::SetTheta { theta } => {
                check_theta(&theta, &run.config)?;
                let iteration = run.read().await?.iteration;
                let provenance = Provenance::given();
                self.outbox.extend(run.load(TrainState { iteration, provenance, ..TrainState::new(theta) }));
                run.kept.decide();
                run.refresh();
                self.restarted();
            }
            Command::BeginFrom { theta, provenance } => {
                check_theta(&theta, &run.config)?;
                check_provenance(&provenance).map_err(Failure::Config)?;
                (run.control.running, run.spent) = (false, Spent::default());
                run.kept.decide();
                self.outbox.extend(run.load(TrainState { provenance, ..TrainState::new(theta) }));
                run.refresh();
                self.interrupt(&Failure::Interrupted);
                self.restarted();
            }
            Command::LoadRun { run } => self.load_run(*run)?,
            Command::Restore { config, train_state, spent } => {
                self.restore(check_config(config)?, train_state, spent)?;
            }
        }
        Ok(())
    }

    /// Queues steps; if they are refused, returns where the reply goes, with the failure.
    fn step(&mut self, step: Step, reply_to: ReplyTo<()>) -> Result<(), (ReplyTo<()>, Failure)> {
        let Some(run) = &mut self.run else { return Err((reply_to, Failure::NotOpen)) };
        self.outbox.extend(run.branch());
        if let Some(end) = run.end() {
            return Err((reply_to, end));
        }
        // Steps that wait come first: two calls for ten steps make twenty.
        let iterations = run.config.outer.iterations;
        let from = run.control.last_step().unwrap_or(0).max(run.training.iteration());
        if from >= iterations {
            return Err((reply_to, Failure::Finished));
        }
        if let Err(failure) = within("n", step.count as f64, 1.0, (iterations - from) as f64) {
            return Err((reply_to, failure));
        }
        run.kept.decide();
        run.control.steps.push((reply_to, from + step.count));
        self.report();
        Ok(())
    }

    /// Sets out for a moment of the run; if it is refused, returns where the reply goes, with the failure.
    async fn go_to(&mut self, go_to: GoTo, reply_to: ReplyTo<u64>) -> Result<(), (ReplyTo<u64>, Failure)> {
        let run = match self.read().await {
            Ok(run) => run,
            Err(failure) => return Err((reply_to, failure)),
        };
        let present = run.training.iteration();
        let Some(iteration) = go_to.iteration.filter(|iteration| *iteration != present) else {
            let left = run.rewind.come_back();
            run.invalidate_views();
            self.outbox.extend(left);
            self.answer(reply_to, Ok(present));
            return Ok(());
        };
        let first = run.rewind.timeline().first().iteration;
        if let Err(failure) = within("iteration", iteration as f64, first as f64, present as f64) {
            return Err((reply_to, failure));
        }
        run.control.running = false;
        let left = run.rewind.set_out(iteration, reply_to);
        self.outbox.extend(left);
        self.interrupt(&Failure::Interrupted);
        self.report();
        Ok(())
    }

    /// The run with its train state as it is now.
    async fn read(&mut self) -> Result<&mut SessionRun, Failure> {
        let run = self.run.as_mut().ok_or(Failure::NotOpen)?;
        run.read().await?;
        Ok(run)
    }

    /// The run with its train state as it is now, if another measurement or adaptation may wait.
    async fn read_and_make_room(&mut self) -> Result<&mut SessionRun, Failure> {
        let run = self.read().await?;
        if run.evaluations.requests() + run.adaptations.len() + run.views.requests() >= MOST_REQUESTS {
            return Err(Failure::Busy { most: MOST_REQUESTS });
        }
        Ok(run)
    }

    /// Queues an adaptation; if it is refused, returns where the reply goes, with the failure.
    async fn adapt(&mut self, adapt: &Adapt, reply_to: ReplyTo<Adapted>) -> Result<(), (ReplyTo<Adapted>, Failure)> {
        let checked = check_curve(&adapt.curve, &adapt.shots)
            .and_then(|()| check_steps(adapt.steps))
            .and_then(|()| within("learning_rate", adapt.learning_rate, 0.0, 10.0));
        let run = match (self.read_and_make_room().await, checked) {
            (Ok(run), Ok(())) => run,
            (Err(failure), _) | (_, Err(failure)) => return Err((reply_to, failure)),
        };
        let adaptation = Adaptation::new(&run.config, &run.shown().theta, adapt);
        run.adaptations.push_back((reply_to, adaptation));
        self.report();
        Ok(())
    }

    /// Queues a view; if it is refused, returns where the reply goes, with the failure.
    async fn make_view(
        &mut self,
        request: &ViewRequest,
        reply_to: ReplyTo<ViewResult>,
    ) -> Result<(), (ReplyTo<ViewResult>, Failure)> {
        let run = match self.read_and_make_room().await {
            Ok(run) => run,
            Err(failure) => return Err((reply_to, failure)),
        };
        if let Err(failure) = check_view(request, &run.config) {
            return Err((reply_to, failure));
        }
        let origin = run.origin();
        run.views.ask(reply_to, request, &origin);
        Ok(())
    }

    fn trace_two_tasks(&self, trace: &TraceTwoTasks) -> Result<TwoTasks, Failure> {
        let run = self.run.as_ref().ok_or(Failure::NotOpen)?;
        within("step_size", trace.step_size, 0.0, 2.0)?;
        check_theta(&trace.theta, &run.config)?;
        Ok(two_tasks::<Simd>(&run.config, &trace.theta, trace.number, trace.step_size))
    }
}

/// The θ that is shown of a run that has just been read.
fn moment(run: &SessionRun) -> Moment {
    let TrainState { iteration, provenance, theta, .. } = run.shown().clone();
    Moment { iteration, provenance, model: run.config.model.clone(), theta }
}

/// The time line of a run that has just been read.
fn timeline(run: &SessionRun) -> TimelineReply {
    let timeline = run.rewind.timeline();
    TimelineReply {
        first: timeline.first().iteration,
        last: run.training.iteration(),
        at: run.shown_iteration(),
        keyframes: timeline.keyframes().iter().map(|keyframe| keyframe.train_state.iteration).collect(),
    }
}
