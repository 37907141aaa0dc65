//! Calls: everything that the page can ask of the engine, each with the type of its reply.
//!
//! The page's end knows the type from the call that it has sent, the engine's end from the [`ReplyTo`] that it gets with the
//! call: a reply of another type does not compile.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::command::{
    Adapt, Align, Command, Evaluate, GoTo, MakeView, ReadMoment, ReadTheta, ReadTimeline, Step, TraceTwoTasks,
};
use super::event::Event;
use super::experiment::{BeginExperiment, ExperimentCommand, ReadTrainState};
use super::failure::Failure;
use super::reply::EncodedReply;
use super::results::{Adapted, Evaluation, Moment, TimelineReply, TwoTasks};
use super::saved_run::{BegunSave, ReadKeyframes, SaveRun, SavedKeyframe};
use super::view::ViewResult;
use crate::domain::alignment::AlignmentPoint;
use crate::domain::train_state::TrainState;

/// What the page can ask of the engine. Answered once, by [`Event::Answer`].
pub trait Call: Into<Message> {
    /// What the answer is, if it is no failure.
    type Reply: Serialize + DeserializeOwned;
}

/// A call with the number by which its answer is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the page; [`Event::Answer`] carries it back.
    pub id: u32,
    /// The call.
    pub message: Message,
}

/// Any call, by who answers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "a message is sent and gone; boxes would only add a copy")]
pub enum Message {
    /// The session does.
    Session(SessionCall),
    /// Whoever holds the experiment does.
    Experiment(ExperimentCall),
}

/// A call that the session answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "a call is sent and gone; boxes would only add a copy")]
pub enum SessionCall {
    /// To do something.
    Command(Command),
    /// To make some meta-iterations.
    Step(Step),
    /// To show a moment of the run.
    GoTo(GoTo),
    /// For the time line.
    ReadTimeline(ReadTimeline),
    /// For the evaluation protocol.
    Evaluate(Evaluate),
    /// For gradient alignment.
    Align(Align),
    /// For an adaptation.
    Adapt(Adapt),
    /// For a meta-iteration on two tasks.
    TraceTwoTasks(TraceTwoTasks),
    /// For a view of θ.
    MakeView(MakeView),
    /// For θ.
    ReadTheta(ReadTheta),
    /// For θ, to keep it.
    ReadMoment(ReadMoment),
    /// For the run with its whole past.
    SaveRun(SaveRun),
    /// For the next part of that past.
    ReadKeyframes(ReadKeyframes),
}

/// A call of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ExperimentCall {
    /// To begin it.
    BeginExperiment(Box<BeginExperiment>),
    /// To do something with it.
    ExperimentCommand(ExperimentCommand),
    /// For the train state of one of its runs.
    ReadTrainState(ReadTrainState),
}

/// The reply of each call, and its place among the messages.
macro_rules! calls {
    ($message:ident($calls:ident): $($call:ident -> $reply:ty,)*) => {
        $(
            impl Call for $call {
                type Reply = $reply;
            }

            impl From<$call> for Message {
                fn from(call: $call) -> Self {
                    Self::$message($calls::$call(call.into()))
                }
            }
        )*
    };
}

calls! {
    Session(SessionCall):
        Command -> (),
        Step -> (),
        GoTo -> u64,
        ReadTimeline -> TimelineReply,
        Evaluate -> Evaluation,
        Align -> AlignmentPoint,
        Adapt -> Adapted,
        TraceTwoTasks -> TwoTasks,
        MakeView -> ViewResult,
        ReadTheta -> Vec<f32>,
        ReadMoment -> Moment,
        SaveRun -> BegunSave,
        ReadKeyframes -> Vec<SavedKeyframe>,
}

calls! {
    Experiment(ExperimentCall):
        BeginExperiment -> (),
        ExperimentCommand -> (),
        ReadTrainState -> TrainState,
}

/// Where the reply of one call goes, which is a `T`. Not to be copied: a call is answered once.
#[derive(Debug, PartialEq)]
pub struct ReplyTo<T> {
    id: u32,
    reply: PhantomData<fn(T)>,
}

impl<T: Serialize> ReplyTo<T> {
    /// Where the reply of the call in request `id` goes.
    pub fn of<C: Call<Reply = T>>(id: u32, _call: &C) -> Self {
        Self { id, reply: PhantomData }
    }

    /// The answer.
    #[must_use]
    pub fn answer(self, result: Result<T, Failure>) -> Event {
        Event::Answer { id: self.id, result: result.map(|reply| EncodedReply::new(&reply)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_arrives_as_the_type_of_its_call() {
        let theta = vec![0.5, -1.0];
        let Event::Answer { id: 7, result: Ok(reply) } = ReplyTo::of(7, &ReadTheta).answer(Ok(theta.clone())) else {
            panic!("an answer to the seventh request");
        };
        assert_eq!(reply.decode::<<ReadTheta as Call>::Reply>(), Ok(theta));
    }
}
