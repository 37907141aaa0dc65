//! Changes of a session's Config, train state and backend.

use std::collections::VecDeque;

use super::kept_runs::KeptRuns;
use super::preview::Preview;
use super::rewind::Rewind;
use super::run::{Evaluations, SessionRun};
use super::state::Session;
use super::training_control::TrainingControl;
use super::views::Views;
use crate::backend::choice::{Choice, Preference, Reason};
use crate::backend::select::Workload;
use crate::domain::config::Config;
use crate::domain::cost::Spent;
use crate::domain::early_stopping::EarlyStopping;
use crate::domain::network::Network;
use crate::domain::train_state::TrainState;
use crate::engine::arguments::{check_train_state, within};
use crate::engine::protocol::Failure;
use crate::train::training_loop::TrainingLoop;

impl Session {
    /// Opens a run, in place of the one before.
    pub(super) async fn open(&mut self, config: Config, preference: Preference) -> Result<(), Failure> {
        let start = Network::new(&config.model).initial_theta(config.seed);
        let mut train_state = TrainState::new(start.clone());
        train_state.prepare(&config);
        let open = |preference| (self.opener)(config.clone(), train_state.clone(), preference);
        let (backend, choice) = match open(preference).await {
            Ok(opened) => opened,
            // An engine that has just started trains in any case, and says why not on the GPU that was asked for.
            Err(error) => {
                let (backend, choice) = open(Preference::Cpu).await.map_err(Failure::Backend)?;
                (backend, Choice { reason: Reason::NoGpu(error), ..choice })
            }
        };
        self.interrupt(&Failure::Interrupted);
        if let Some(run) = &mut self.run {
            self.outbox.extend(run.rewind.give_up());
            self.outbox.extend(run.cancel_requests(&Failure::Interrupted));
        }
        self.run = Some(SessionRun {
            evaluations: Evaluations::new(&config),
            adaptations: VecDeque::new(),
            preference,
            backend,
            choice,
            start,
            rewind: Rewind::new(&train_state, &config),
            training: TrainingLoop::new(train_state),
            config,
            spent: Spent::default(),
            control: TrainingControl::new(),
            preview: Preview::default(),
            views: Views::default(),
            kept: KeptRuns::default(),
        });
        self.reported = f64::NEG_INFINITY;
        self.restarted();
        // There is nothing to keep of a run that has not begun.
        self.checkpoint = Some((0.0, 0));
        Ok(())
    }

    /// Goes on with another Config. θ stays where the same algorithm trains the same network on the same tasks; another
    /// algorithm or other tasks have a run of their own.
    pub(super) async fn configure(&mut self, config: Config) -> Result<(), Failure> {
        let now = (self.clock)();
        let Some(run) = &mut self.run else { return Err(Failure::NotOpen) };
        let restarts = run.config.restarts(&config);
        let switches = !restarts && !run.config.trains_as(&config);
        let train_state = if restarts {
            TrainState::of(&config)
        } else {
            let present = run.read().await?.clone();
            match switches {
                true => run.switch(&config, now),
                false if run.config == config => present,
                // Results of early stopping with other settings do not hold for these.
                false => TrainState { early_stopping: EarlyStopping::default(), ..present },
            }
        };
        let before = std::mem::replace(&mut run.config, config);
        if before.model != run.config.model {
            self.outbox.extend(run.abandon());
        }
        if restarts {
            run.start.clone_from(&train_state.theta);
            run.spent = Spent::default();
            run.kept = KeptRuns::default();
        }
        run.control.running &= !restarts && run.config.algorithm.trains();
        if restarts || switches {
            self.outbox.extend(run.load(train_state));
        } else {
            self.outbox.extend(run.reload(train_state));
            run.rewind.change(run.training.known(), &run.config);
        }
        // Which device is the faster one depends on the work; a choice by measurement is measured again.
        if run.preference == Preference::Auto
            && matches!(run.choice.reason, Reason::Measured { .. })
            && Workload::of(&before) != Workload::of(&run.config)
        {
            let opened = (self.opener)(run.config.clone(), run.training.known().clone(), run.preference).await;
            (run.backend, run.choice) = opened.map_err(Failure::Backend)?;
        }
        run.invalidate_views();
        if restarts || switches || before.tasks != run.config.tasks || before.eval != run.config.eval {
            run.refresh();
            self.restarted();
        } else if before.inner.batch != run.config.inner.batch {
            run.evaluations.realign(&run.config);
        }
        if restarts || switches {
            self.interrupt(&Failure::Interrupted);
        }
        Ok(())
    }

    /// Goes on from the present θ on another backend; if that cannot be opened, the present one stays.
    pub(super) async fn use_backend(&mut self, preference: Preference) -> Result<(), Failure> {
        let Some(run) = &mut self.run else { return Err(Failure::NotOpen) };
        if preference == run.preference && run.choice.reason == Reason::Asked {
            // The present backend stays: its workers have started, and its pool is tuned.
            return Ok(());
        }
        let train_state = match run.read().await {
            Ok(train_state) => train_state.clone(),
            // A backend that fails is left in any case.
            Err(Failure::Backend(error)) => {
                run.fall_back(error);
                run.training.known().clone()
            }
            Err(failure) => return Err(failure),
        };
        let (backend, choice) =
            (self.opener)(run.config.clone(), train_state, preference).await.map_err(Failure::Backend)?;
        run.preference = preference;
        run.backend = backend;
        run.choice = choice;
        run.training.go_back();
        run.control.forget_speed();
        run.control.per_second = 0.0;
        run.invalidate_views();
        Ok(())
    }

    /// Goes on with another Config and another train state together.
    pub(super) fn restore(&mut self, config: Config, train_state: TrainState, spent: Spent) -> Result<(), Failure> {
        let Some(run) = &mut self.run else { return Err(Failure::NotOpen) };
        check_train_state(&train_state, &config)?;
        within("iteration", train_state.iteration as f64, 0.0, config.outer.iterations as f64)?;
        if run.config.restarts(&config) {
            run.kept = KeptRuns::default();
        }
        run.kept.decide();
        run.control.running = false;
        run.start = Network::new(&config.model).initial_theta(config.seed);
        let before = std::mem::replace(&mut run.config, config);
        if before.model != run.config.model {
            self.outbox.extend(run.abandon());
        }
        run.spent = spent;
        self.outbox.extend(run.load(train_state.of_known_training(&run.config)));
        run.refresh();
        self.interrupt(&Failure::Interrupted);
        self.restarted();
        Ok(())
    }
}
