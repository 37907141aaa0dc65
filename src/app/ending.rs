//! What is said when a run has ended: how far it came, and its error on held-out tasks.

use super::formatting::{count, error};
use crate::domain::evaluation::HeldOutPoint;
use crate::engine::protocol::Status;
use crate::i18n::{Locale, message};

/// What is said of a run that has ended by itself, as soon as `last`, the newest point of its held-out error, is of its last
/// θ. A run that has stopped early says where and why in a notice of its own, so only its result is said here.
#[must_use]
pub fn ending(status: &Status, last: Option<&HeldOutPoint>, locale: Locale) -> Option<String> {
    let has_stopped = status.stopped.is_some();
    if status.running || !has_stopped && status.iteration < status.iterations {
        return None;
    }
    let HeldOutPoint { tasks, curve, .. } = last.filter(|point| point.iteration == status.iteration)?;
    let (step, mse) = (curve.steps.last()?, curve.mean_mse.last()?);
    let result = locale.format(message::RunResult { tasks, step, error: error(*mse) });
    if has_stopped {
        return Some(result);
    }
    Some(locale.format(message::RunEnded { iteration: count(status.iteration), result }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::BackendKind;
    use crate::backend::choice::{Choice, Reason};
    use crate::domain::cost::Spent;
    use crate::domain::early_stopping::StopReason;
    use crate::domain::evaluation::Curve;
    use crate::domain::provenance::Provenance;

    fn status(iteration: u64) -> Status {
        Status {
            running: false,
            iteration,
            iterations: 2000,
            first: 0,
            shown: iteration,
            meta_iterations_per_second: 0.0,
            step_size: 0.1,
            stopped: None,
            spent: Spent::default(),
            provenance: Provenance::default(),
            is_of_config: true,
            offer: None,
            has_best: false,
            backend: Choice { kind: BackendKind::Cpu, adapter: "a test".into(), reason: Reason::Asked },
        }
    }

    fn point(iteration: u64) -> HeldOutPoint {
        let curve = Curve {
            steps: vec![0, 1, 32],
            mean_mse: vec![4.0, 2.0, 0.0521],
            ci95: vec![0.1; 3],
            median_mse: vec![4.0, 2.0, 0.03],
        };
        HeldOutPoint { iteration, tasks: 200, curve }
    }

    #[test]
    fn the_end_is_said_once_its_error_is_known() {
        let end = status(2000);
        assert_eq!(ending(&end, None, Locale::En), None);
        assert_eq!(ending(&end, Some(&point(1990)), Locale::En), None, "an error of another θ");
        for locale in [Locale::En, Locale::ZhHans] {
            let said = ending(&end, Some(&point(2000)), locale).expect("an end");
            for part in ["2\u{202f}000", "200", "s = 32", "0.0521"] {
                assert!(said.contains(part), "{part}: {said}");
            }
        }
    }

    #[test]
    fn nothing_is_said_of_a_run_that_may_go_on() {
        assert_eq!(ending(&status(1000), Some(&point(1000)), Locale::En), None);
        assert_eq!(ending(&Status { running: true, ..status(2000) }, Some(&point(2000)), Locale::En), None);
    }

    #[test]
    fn a_run_that_stopped_early_says_its_result() {
        let stopped = Status { stopped: Some(StopReason::Patience), ..status(700) };
        let said = ending(&stopped, Some(&point(700)), Locale::En).expect("a result");
        assert!(said.contains("0.0521") && !said.contains("700"), "the notice says where: {said}");
    }
}
