//! The task map of the page: the tasks of the picker's whole plane, also beyond the training distribution's rectangle.

use super::field::Coordinate;
use super::preview_input::PreviewInput;
use crate::domain::adaptation::reported_steps;
use crate::domain::config::Config;
use crate::domain::task_map::TaskMapSpec;

/// Amplitudes of the map.
const ROWS: usize = 20;
/// Phases of the map.
const COLUMNS: usize = 24;

/// The gradient step of the map: the one that is wanted, or the last one where that is not recorded.
#[must_use]
pub fn step(config: &Config, wanted: usize) -> usize {
    if reported_steps(config.eval.steps).contains(&wanted) { wanted } else { config.eval.steps }
}

/// The map that is wanted: of the shown task's family and frequency, with its shots' x.
#[must_use]
pub fn spec(config: &Config, preview: &PreviewInput, wanted: usize) -> TaskMapSpec {
    TaskMapSpec {
        family: preview.task.family,
        frequency: preview.task.frequency,
        amplitudes: middles(Coordinate::Amplitude, ROWS),
        phases: middles(Coordinate::Phase, COLUMNS),
        steps: step(config, wanted),
        number: preview.number,
    }
}

/// The middles of equal cells that cover a side of the plane.
fn middles(coordinate: Coordinate, cells: usize) -> Vec<f32> {
    let (low, high) = coordinate.range();
    (0..cells).map(|cell| (low + (high - low) * (cell as f64 + 0.5) / cells as f64) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::preset::Preset;
    use crate::domain::task::Task;

    #[test]
    fn the_map_covers_the_plane_and_no_cell_lies_on_the_usual_rectangles_edge() {
        let config = Preset::Paper.config();
        let spec = spec(&config, &PreviewInput::new(Task::sinusoid(1.0, 2.0)), 4);
        let (first, last) = (spec.amplitudes[0], spec.amplitudes[ROWS - 1]);
        assert!((first - 0.25).abs() < 1e-6 && (last - 9.75).abs() < 1e-6, "{first} to {last}");
        let (first, last) = (spec.phases[0], spec.phases[COLUMNS - 1]);
        assert!((first + last - std::f32::consts::TAU).abs() < 1e-5 && first > 0.0, "{first} to {last}");
        assert!(spec.amplitudes.iter().all(|amplitude| (amplitude - 5.0).abs() > 0.2));
    }

    #[test]
    fn a_step_that_is_not_recorded_stands_for_the_last() {
        let mut config = Preset::Paper.config();
        assert_eq!([0, 4, 32, 5].map(|wanted| step(&config, wanted)), [0, 4, 32, 32]);
        config.eval.steps = 3;
        assert_eq!([0, 2, 4].map(|wanted| step(&config, wanted)), [0, 2, 3]);
    }
}
