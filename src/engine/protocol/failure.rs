//! Why the engine could not do something.

use serde::{Deserialize, Serialize};

use crate::backend::BackendError;
use crate::domain::config::error::ConfigError;
use crate::domain::early_stopping::StopReason;
use crate::i18n::{Locale, message};

/// Why the engine could not do something. [`Failure::message`] says it in any language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Failure {
    /// The Config is refused; nothing has changed.
    Config(ConfigError),
    /// A backend failed.
    Backend(BackendError),
    /// θ of another length than the network's number of parameters, or not finite.
    Theta {
        /// The length found.
        found: usize,
        /// The length needed.
        needed: usize,
        /// Whether a number in it is not finite.
        not_finite: bool,
    },
    /// A number of a command out of its range.
    Argument {
        /// Which.
        name: String,
        /// What was found.
        value: String,
        /// The least allowed.
        min: f64,
        /// The greatest allowed.
        max: f64,
    },
    /// A run of a comparison that would be measured on other tasks, or in another way, than the first.
    MeasuredOtherwise {
        /// Its index.
        run: usize,
        /// The path of the parameter that says so.
        field: String,
    },
    /// θ or its adaptation grew beyond all bounds; training is paused at the last good θ.
    Diverged {
        /// The meta-iteration of the last good θ.
        iteration: u64,
    },
    /// The run is at its last meta-iteration.
    Finished,
    /// The run has stopped before that by one of its rules.
    Stopped {
        /// By which.
        reason: StopReason,
        /// Where.
        iteration: u64,
    },
    /// Steps or a measurement were not finished: training was paused or began anew.
    Interrupted,
    /// A measurement, an adaptation or an experiment was cancelled.
    Cancelled,
    /// An experiment was given up, because another one was begun.
    Superseded,
    /// Too many measurements or adaptations wait to be made; this one is refused.
    Busy {
        /// How many may wait.
        most: usize,
    },
    /// The browser did not pass a message on between page and engine.
    NotSent {
        /// Why not, in the browser's words.
        detail: String,
    },
    /// The engine has not been opened yet, or has crashed.
    NotOpen,
}

impl Failure {
    /// What went wrong, where, and what is allowed.
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        match self {
            Self::Config(error) => error.message(locale),
            Self::Backend(error) => error.message(locale),
            Self::Theta { not_finite: true, .. } => locale.error_theta_not_finite().to_owned(),
            Self::Theta { found, needed, .. } => locale.format(message::ErrorThetaLength { found, needed }),
            Self::Argument { name, value, min, max } => locale.format(message::ErrorArgument { name, value, min, max }),
            Self::MeasuredOtherwise { run, field } => locale.format(message::ErrorCompareOtherwise { run, field }),
            Self::Diverged { iteration } => locale.format(message::ErrorDiverged { iteration }),
            Self::Finished => locale.error_finished().to_owned(),
            Self::Stopped { reason, iteration } => reason.message(locale, *iteration),
            Self::Interrupted => locale.error_interrupted().to_owned(),
            Self::Cancelled => locale.error_cancelled().to_owned(),
            Self::Superseded => locale.error_superseded().to_owned(),
            Self::Busy { most } => locale.format(message::ErrorBusy { most }),
            Self::NotSent { detail } => locale.format(message::ErrorNotSent { detail }),
            Self::NotOpen => locale.error_not_open().to_owned(),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message(Locale::En))
    }
}

impl std::error::Error for Failure {}
