//! The pace at which the gradient steps of an adaptation are replayed: even along log(1 + s), as the axis of the chart of
//! errors is, so that there is time to see the first steps, which change the most.

use crate::domain::adaptation::reported_steps;
use crate::domain::pace::LogTime;

/// How long a replay of all steps takes, in milliseconds.
pub const DURATION: f64 = 4000.0;

/// The step of `last` that is shown so many milliseconds after the beginning.
#[must_use]
pub fn step_at(elapsed: f64, last: usize) -> usize {
    (LogTime { end: last as u64 }.iteration(elapsed / DURATION) as usize).min(last)
}

/// When a step of `last` is first shown, in milliseconds after the beginning.
#[must_use]
pub fn time_of(step: usize, last: usize) -> f64 {
    DURATION * LogTime { end: last as u64 }.fraction(step as u64)
}

/// The same step, or the reported one before it: the few pictures of a replay for people who want little motion.
#[must_use]
pub fn reported(step: usize, last: usize) -> usize {
    reported_steps(last).into_iter().rfind(|reported| *reported <= step).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_its_time_in_order_and_the_last_one_ends_the_replay() {
        for last in [1, 2, 5, 32, 128] {
            let times: Vec<f64> = (0..=last).map(|step| time_of(step, last)).collect();
            assert_eq!((times[0], times[last]), (0.0, DURATION));
            assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
            for (step, &time) in times.iter().enumerate() {
                assert_eq!(step_at(time, last), step, "of {last}");
                assert_eq!(step_at(time - 0.1, last), step.saturating_sub(1), "before {step} of {last}");
            }
            assert_eq!(step_at(1e9, last), last);
        }
        // The first step of 32 is seen for more than a tenth of the time.
        assert!(time_of(2, 32) - time_of(1, 32) > 400.0);
    }

    #[test]
    fn with_little_motion_only_reported_steps_are_shown() {
        let shown: Vec<usize> = (0..=10).map(|step| reported(step, 10)).collect();
        assert_eq!(shown, [0, 1, 2, 2, 4, 4, 4, 4, 8, 8, 10]);
    }
}
