//! The way to the moment of the run that a link or a lesson begins at, which takes several requests. Training that is asked
//! for meanwhile waits; whatever else is opened, or ends the run, calls it off.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::page::Page;
use crate::app::problem::Problem;
use crate::engine::protocol::{Call, Command, Failure, GoTo, ReadTimeline, Step, TimelineReply};

impl Page {
    /// Shows a moment of the run of the page's Config, and trains up to it first where the run has not come so far, from the
    /// beginning where other settings have trained a part of it; before that, the θ of another is kept for comparison, if
    /// one is given.
    pub fn reach(self, moment: u64, kept: Option<u64>) {
        self.travel(self.set_out(moment), moment, kept);
    }

    /// Notes that a moment of the run is to be shown, in place of one that is still on its way; its number tells it from
    /// others.
    #[must_use]
    pub fn set_out(self, moment: u64) -> u64 {
        self.run.reaching.set(Some(moment));
        self.engine.try_update_value(|engine| engine.reach.begin()).unwrap_or_default()
    }

    /// Goes to no moment any longer, and begins no training that waits: the run is paused, begun anew, or replaced.
    pub fn call_off(self) {
        self.run.reaching.set(None);
        self.engine.update_value(|engine| engine.reach.call_off());
    }

    /// The number of the moment that was set out for last, or of what has called it off.
    #[must_use]
    pub fn last_number(self) -> u64 {
        self.engine.with_value(|engine| engine.reach.last())
    }

    /// Whether nobody has set out for another moment, or called this one off.
    #[must_use]
    pub fn is_last(self, number: u64) -> bool {
        self.last_number() == number
    }

    /// Takes the moment of this number over, so that nobody else does: its new number, unless somebody has.
    #[must_use]
    pub fn claim(self, number: u64) -> Option<u64> {
        let claimed = self.is_last(number).then(|| self.engine.try_update_value(|engine| engine.reach.renumber()));
        claimed.flatten()
    }

    /// Notes that the moment of this number is shown, or cannot be.
    fn arrive(self, number: u64, is_shown: bool) {
        if self.is_last(number) {
            self.run.reaching.set(None);
            self.engine.update_value(|engine| engine.reach.end(is_shown));
        }
    }

    /// Goes to a moment that was [set out](Self::set_out) for, unless the page is there, as it is at the beginning.
    pub fn go_on_to(self, number: u64, moment: u64, kept: Option<u64>, is_there: bool) {
        if is_there || moment == 0 && kept.is_none() {
            self.arrive(number, true);
        } else {
            self.travel(number, moment, kept);
        }
    }

    /// As [`reach`](Self::reach), for a moment that was [set out](Self::set_out) for.
    fn travel(self, number: u64, moment: u64, kept: Option<u64>) {
        spawn_local(async move {
            match self.travelled(number, moment, kept).await {
                Ok(()) | Err(Failure::Interrupted | Failure::NotOpen | Failure::Stopped { .. }) => {}
                Err(failure) => self.report(Problem::Engine(failure)),
            }
        });
    }

    /// The same, and waits until it is shown.
    ///
    /// # Errors
    /// The engine's, or somebody has set out for another moment, or called this one off.
    pub async fn travelled(self, number: u64, moment: u64, kept: Option<u64>) -> Result<(), Failure> {
        let outcome = self.go_all_the_way(number, moment, kept).await;
        self.arrive(number, outcome.is_ok());
        outcome
    }

    async fn go_all_the_way(self, number: u64, moment: u64, kept: Option<u64>) -> Result<(), Failure> {
        self.ask(number, Command::Pause).await?;
        self.configured().await?;
        if !self.is_of_config() {
            self.ask(number, Command::Reset).await?;
        }
        if let Some(kept) = kept {
            self.go(number, kept).await?;
            self.goes_on(number)?;
            self.keep(true).await?;
        }
        self.go(number, moment).await
    }

    /// Goes to a moment of the run, or trains up to it.
    async fn go(self, number: u64, moment: u64) -> Result<(), Failure> {
        let TimelineReply { first, last, .. } = self.ask(number, ReadTimeline).await?;
        // The beginning is the first moment, also where θ is from elsewhere; no other can stand for what it lacks.
        let moment = if moment == 0 { first } else { moment };
        if (first..=last).contains(&moment) {
            return self.ask(number, GoTo { iteration: Some(moment) }).await.map(drop);
        }
        let from = if moment < first {
            self.ask(number, Command::Reset).await?;
            0
        } else {
            // Steps go on from what is shown.
            self.ask(number, GoTo { iteration: None }).await?;
            last
        };
        self.ask(number, Step { count: moment - from }).await
    }

    /// Requests something on the way to the moment of this number, unless that has ended.
    async fn ask<C: Call>(self, number: u64, call: C) -> Result<C::Reply, Failure> {
        self.goes_on(number)?;
        self.request(call).await
    }

    fn goes_on(self, number: u64) -> Result<(), Failure> {
        if self.is_last(number) { Ok(()) } else { Err(Failure::Interrupted) }
    }

    /// Waits until the moment is shown that a link or a lesson begins at, as training goes on from there, and until the
    /// engine has the Config, as another one may end training that has begun.
    ///
    /// # Errors
    /// Training was called off meanwhile, or the engine refuses the Config.
    pub async fn ready_to_train(self) -> Result<(), Failure> {
        if !untrack(|| self.has_lesson()) {
            self.trained_since_lesson.set_value(true);
        }
        let number = self.last_number();
        if let Some(reached) = self.engine.try_update_value(|engine| engine.reach.wait()).flatten() {
            reached.await.map_err(|_| Failure::Interrupted)?;
        }
        if self.run.pending.get_untracked() {
            self.configured().await?;
        }
        self.goes_on(number)
    }
}
