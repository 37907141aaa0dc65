//! What the engine tells the page.

use serde::{Deserialize, Serialize};

use super::experiment::{ExperimentId, Placement, Progress};
use super::failure::Failure;
use super::reply::EncodedReply;
use super::results::{PreviewResult, Status};
use super::view::View;
use crate::BUILD;
use crate::domain::alignment::AlignmentPoint;
use crate::domain::evaluation::{Curve, HeldOutPoint};
use crate::domain::train_state::TrainState;

/// What the engine tells the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The engine has started and receives calls. This variant must stay the first one and hold a text alone, so that
    /// every build can read that of every other build.
    Hello {
        /// The build of the engine, to be compared by [`check_build`].
        build: String,
    },
    /// The answer to a request.
    Answer {
        /// The request's number.
        id: u32,
        /// The reply, of the type that the request's call names.
        result: Result<EncodedReply, Failure>,
    },
    /// What the engine does now. Sent on every change, and at the display's rate while it trains.
    Status(Status),
    /// The shown curve, adapted from θ and from the random start.
    Preview(PreviewResult),
    /// A view that is watched.
    View(Box<View>),
    /// The error on held-out tasks at one meta-iteration: the next point of the training chart.
    HeldOut(HeldOutPoint),
    /// Progress of one run of an experiment.
    Experiment {
        /// The experiment.
        id: ExperimentId,
        /// The run's index in [`Experiment::runs`](super::experiment::Experiment::runs).
        run: usize,
        /// How far.
        progress: Progress,
    },
    /// The placement of an experiment's runs.
    Placed {
        /// The experiment.
        id: ExperimentId,
        /// Where.
        placement: Placement,
    },
    /// Gradient alignment at one meta-iteration: the next point of its chart.
    Alignment(AlignmentPoint),
    /// The error on held-out tasks from the random start, θ₀.
    Baseline {
        /// Held-out tasks.
        tasks: usize,
        /// Error against gradient step.
        curve: Curve,
    },
    /// The train state, about once a second while it changes and whenever training stops: what to go on from with
    /// [`Command::Restore`](super::command::Command::Restore) should the engine be lost.
    Checkpoint(TrainState),
    /// The training chart begins anew: θ was reset or replaced.
    Restarted,
    /// Training goes on from a past moment: the charts' points after it are of another branch.
    Branched {
        /// Its meta-iteration.
        iteration: u64,
    },
    /// Something went wrong; the engine goes on as [`Event::Status`] says.
    Problem(Failure),
    /// The engine was lost, for this reason.
    Crashed(String),
}

/// Checks that an engine's build is the page's own, [`BUILD`]: only then can both read each other's messages.
///
/// # Errors
/// It is another build. The message says so, and what to do.
pub fn check_build(engine: &str) -> Result<(), String> {
    if engine == BUILD {
        return Ok(());
    }
    Err(format!("the engine is of build {engine}, the page of build {BUILD}: reload the page"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_of_another_build_is_refused_and_both_builds_are_named() {
        assert_eq!(check_build(BUILD), Ok(()));
        let refused = check_build("0123456789abcdef").expect_err("another build");
        assert!(
            refused.contains("0123456789abcdef") && refused.contains(BUILD) && refused.contains("reload"),
            "{refused}"
        );
    }

    #[test]
    fn the_greeting_has_the_same_bytes_in_every_build() {
        let bytes = postcard::to_stdvec(&Event::Hello { build: "abc".to_owned() });
        assert_eq!(bytes, Ok(vec![0, 3, b'a', b'b', b'c']));
    }
}
