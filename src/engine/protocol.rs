//! The messages between page and engine: [`Call`]s one way, each with the type of its reply, and [`Event`]s the other.
//!
//! Both are sent as `postcard` bytes. The engine's first message is [`Event::Hello`] with its build; a page of another
//! build rejects the worker. Events and calls of an experiment carry its id, so that late ones of an old experiment are
//! dropped.

mod call;
mod command;
mod event;
mod experiment;
mod failure;
pub(crate) mod parts;
mod reply;
mod results;
mod saved_run;
mod view;

pub use call::{Call, ExperimentCall, Message, ReplyTo, Request, SessionCall};
pub use command::{
    Adapt, Align, Command, Evaluate, GoTo, MakeView, ReadMoment, ReadTheta, ReadTimeline, Step, TraceTwoTasks,
};
pub use event::{Event, check_build};
pub use experiment::{
    BeginExperiment, Budget, Experiment, ExperimentAction, ExperimentCommand, ExperimentId, Measured, NotOnGpu,
    Placement, Progress, ReadTrainState,
};
pub use failure::Failure;
pub use reply::EncodedReply;
pub use results::{Adapted, Evaluation, Moment, OfTask, Pinned, PreviewResult, Status, TimelineReply, TwoTasks};
pub use saved_run::{BegunSave, ReadKeyframes, SaveRun, SavedKeyframe, SavedRun};
pub use view::{View, ViewRequest, ViewResult};
