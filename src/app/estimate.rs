//! How long a meta-iteration, a run and a task map will take, told beforehand where that is long.

use super::formatting::duration;
use crate::domain::config::Config;
use crate::domain::cost::{Cost, Spent};
use crate::domain::task_map::TaskMapSpec;
use crate::i18n::{Locale, message};

/// Floating-point operations a second that an ordinary machine makes, for as long as this one has not trained.
const USUAL: f64 = 20e9;
/// Seconds of training from which on a speed is measured well enough.
const ENOUGH: f64 = 0.05;
/// What is told: a meta-iteration or a task map of more seconds than this, or a run of more.
const LONG: f64 = 2.0;
const LONG_RUN: f64 = 1800.0;

/// Floating-point operations a second of a run, if it has trained for long enough to say.
#[must_use]
pub fn speed(spent: &Spent) -> Option<f64> {
    (spent.seconds >= ENOUGH && spent.cost.operations > 0).then(|| spent.cost.operations as f64 / spent.seconds)
}

/// A warning, if a meta-iteration of this Config, or all of them, will take long at so many operations a second; an
/// ordinary machine's where none are known.
#[must_use]
pub fn warning(config: &Config, operations_per_second: Option<f64>, locale: Locale) -> Option<String> {
    if !config.algorithm.trains() {
        return None;
    }
    let one = Cost::of(config, 1).operations as f64 / operations_per_second.unwrap_or(USUAL);
    let all = one * config.outer.iterations as f64;
    let run = duration(locale, all);
    if one > LONG {
        Some(locale.format(message::EstimateIteration { iteration: duration(locale, one), run }))
    } else {
        (all > LONG_RUN).then(|| locale.format(message::EstimateRun { run }))
    }
}

/// The time of a task map that takes long, at so many operations a second; an ordinary machine's where none are known.
#[must_use]
pub fn of_map(
    config: &Config,
    spec: &TaskMapSpec,
    operations_per_second: Option<f64>,
    locale: Locale,
) -> Option<String> {
    let cost = Cost::of_adaptations(&config.model, spec.len() as u64, spec.steps as u64, config.eval.shots as u64);
    let seconds = cost.operations as f64 / operations_per_second.unwrap_or(USUAL);
    (seconds > LONG).then(|| locale.format(message::EstimateMap { map: duration(locale, seconds) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::preview_input::PreviewInput;
    use crate::domain::config::preset::Preset;
    use crate::domain::task::Task;

    #[test]
    fn what_takes_long_is_told_with_its_time_and_what_does_not_is_not() {
        let locale = Locale::En;
        let mut config = Preset::Paper.config();
        assert_eq!(warning(&config, None, locale), None);
        // 5 steps × 6 × 4,224 weights × 10 points = 1.2672 MFLOP a meta-iteration, 38.016 GFLOP in all.
        let run = warning(&config, Some(1e7), locale).expect("38,016 GFLOP at 10 MFLOP/s take an hour");
        assert!(run.contains("1 h 3 min"), "{run}");
        let slow = warning(&config, Some(1e5), locale).expect("a meta-iteration takes 12.672 s");
        assert!(slow.contains("13 s") && slow.contains("105 h 36 min"), "{slow}");
        config.algorithm = crate::domain::algorithm::Algorithm::None;
        assert_eq!(warning(&config, Some(1.0), locale), None);
    }

    #[test]
    fn a_map_that_takes_long_is_told() {
        let locale = Locale::En;
        let mut config = Preset::Paper.config();
        let spec = |config: &Config| {
            crate::app::task_map::spec(config, &PreviewInput::new(Task::sinusoid(1.0, 0.0)), config.eval.steps)
        };
        assert_eq!(of_map(&config, &spec(&config), None, locale), None);
        // 480 tasks × 10,000 steps × 6 × 4,224 weights × 10 shots = 1,216.512 GFLOP.
        config.eval.steps = 10_000;
        let told = of_map(&config, &spec(&config), Some(1e10), locale).expect("122 s");
        assert!(told.contains("2 min 2 s"), "{told}");
        assert_eq!(of_map(&config, &spec(&config), Some(1e12), locale), None);
    }

    #[test]
    fn a_speed_is_measured_only_by_training() {
        let cost = Cost { gradients: 5, products: 0, operations: 1_000_000 };
        assert_eq!(speed(&Spent { cost, seconds: 0.5 }), Some(2e6));
        assert_eq!(speed(&Spent { cost, seconds: 0.01 }), None);
        assert_eq!(speed(&Spent::default()), None);
    }
}
