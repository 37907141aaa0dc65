//! What page and engine say to each other: [`Call`]s one way, each with the type of its reply, and [`Event`]s the other.
//!
//! Both travel as `postcard` bytes. The engine speaks first, with [`Event::Hello`] and its build; a page of another build does
//! not trust the worker. Events and calls of an experiment name it, so that late ones of an old experiment are dropped.

mod call;
mod command;
mod event;
mod experiment;
mod failure;
mod reply;
mod results;

pub use call::{Call, ExperimentCall, Message, ReplyTo, Request, SessionCall};
pub use command::{Adapt, Align, Command, Evaluate, ReadTheta, Step, TraceTwoTasks};
pub use event::{Event, check_build};
pub use experiment::{
    BeginExperiment, Budget, Experiment, ExperimentAction, ExperimentCommand, ExperimentId, Measured, NotOnGpu,
    Placement, Progress, ReadTrainState,
};
pub use failure::Failure;
pub use reply::EncodedReply;
pub use results::{Adapted, Evaluation, OfTask, PreviewResult, Status, TwoTasks};
