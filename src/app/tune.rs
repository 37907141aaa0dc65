//! Curves as melodies: a chart for people who hear it. From left to right is time, and higher is higher.

use crate::domain::evaluation::HeldOutPoint;
use crate::engine::protocol::{Adapted, PreviewResult};
use crate::i18n::{Locale, message};

/// How long one curve sounds, in seconds.
pub const SECONDS: f64 = 1.8;
/// The silence after it.
pub const PAUSE: f64 = 0.4;
/// The frequency of the lowest pitch, in Hz.
const LOWEST: f64 = 196.0;
/// How many octaves above it the highest is.
const OCTAVES: f64 = 2.0;
/// How far an error reaches down before it is as low as can be heard: by this factor.
const LEAST_ERROR: f64 = 1e-4;

/// A curve as a melody.
#[derive(Clone, Debug, PartialEq)]
pub struct Melody {
    /// What it is.
    pub name: String,
    /// Places from 0 to 1, ascending, and pitches from 0 to 1.
    pub notes: Vec<(f64, f64)>,
}

/// The frequency of a pitch from 0 to 1, in Hz.
#[must_use]
pub fn frequency(pitch: f64) -> f64 {
    LOWEST * (OCTAVES * pitch.clamp(0.0, 1.0)).exp2()
}

/// The true curve, and what the last step of the adaptation from θ predicts, on the same scale.
#[must_use]
pub fn fit(preview: &PreviewResult, locale: Locale) -> Vec<Melody> {
    let PreviewResult { grid, truth, theta, .. } = preview;
    let (Some(values), Some(&step)) = (theta.predictions.last(), theta.steps.last()) else { return vec![] };
    let most = truth.iter().map(|y| f64::from(y.abs())).fold(1e-6, f64::max) * 1.25;
    let melody = |name: String, values: &[f32]| {
        let pitch = |y: f32| 0.5 + f64::from(y) / (2.0 * most);
        Melody { name, notes: placed(grid.iter().map(|x| f64::from(*x)), values.iter().map(|y| pitch(*y))) }
    };
    vec![
        melody(locale.chart_truth().to_owned(), truth),
        melody(locale.format(message::ChartReadoutAdapted { step }), values),
    ]
}

/// The error on the shown task after each gradient step, from θ and from the random start, on the same logarithmic scale.
#[must_use]
pub fn adaptation(preview: &PreviewResult, locale: Locale) -> Vec<Melody> {
    let (theta, random) = (&preview.theta, &preview.random);
    let errors = [theta, random].into_iter().flat_map(|adapted| &adapted.mse).copied();
    let most = errors.filter(|error| error.is_finite()).fold(1e-12, f64::max);
    let melody = |name: &str, Adapted { mse, .. }: &Adapted| {
        let steps = (0..mse.len()).map(|step| (step as f64 + 1.0).ln());
        Melody { name: name.to_owned(), notes: placed(steps, mse.iter().map(|error| error_pitch(*error, most))) }
    };
    vec![melody(locale.chart_readout_task_theta(), theta), melody(locale.chart_readout_task_random(), random)]
}

/// The error on held-out tasks after the last gradient step, along the run.
#[must_use]
pub fn training(points: &[HeldOutPoint], locale: Locale) -> Vec<Melody> {
    let last = |point: &HeldOutPoint| point.curve.mean_mse.last().copied().unwrap_or(f64::NAN);
    let most = points.iter().map(last).filter(|error| error.is_finite()).fold(1e-12, f64::max);
    let places = points.iter().map(|point| (point.iteration as f64 + 1.0).ln());
    let notes = placed(places, points.iter().map(|point| error_pitch(last(point), most)));
    let step = points.last().and_then(|point| point.curve.steps.last().copied()).unwrap_or_default();
    let name = locale.format(message::ChartAxisMseAt { step });
    if notes.is_empty() { vec![] } else { vec![Melody { name, notes }] }
}

/// The greatest error is the highest pitch; one that is [`LEAST_ERROR`] times as large is the lowest.
fn error_pitch(error: f64, most: f64) -> f64 {
    if error > 0.0 && error.is_finite() {
        (1.0 - (error / most).ln() / LEAST_ERROR.ln()).clamp(0.0, 1.0)
    } else {
        error * 0.0
    }
}

/// Notes at their places between the first and the last; what is not finite is left out.
fn placed(places: impl Iterator<Item = f64>, pitches: impl Iterator<Item = f64>) -> Vec<(f64, f64)> {
    let notes: Vec<(f64, f64)> =
        places.zip(pitches).filter(|(place, pitch)| place.is_finite() && pitch.is_finite()).collect();
    let (Some(&(first, _)), Some(&(last, _))) = (notes.first(), notes.last()) else { return vec![] };
    let width = if last > first { last - first } else { 1.0 };
    notes.into_iter().map(|(place, pitch)| ((place - first) / width, pitch.clamp(0.0, 1.0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::task::Task;
    use crate::domain::task::curve::TrueCurve;

    fn preview() -> PreviewResult {
        let adapted = |mse: [f64; 3], last: [f32; 3]| Adapted {
            steps: vec![0, 2],
            mse: mse.to_vec(),
            predictions: vec![vec![0.0; 3], last.to_vec()],
        };
        PreviewResult {
            iteration: 7,
            curve: TrueCurve::Task(Task::sinusoid(2.0, 0.0)),
            shots: vec![],
            grid: vec![-5.0, 0.0, 5.0],
            truth: vec![-2.0, 0.0, 2.0],
            theta: adapted([4.0, 0.4, 0.04], [-2.0, 0.0, 1.0]),
            random: adapted([4.0, 4.0, f64::INFINITY], [0.0; 3]),
            pinned: None,
        }
    }

    #[test]
    fn higher_is_higher_and_the_middle_is_zero() {
        let melodies = fit(&preview(), Locale::En);
        let pitches =
            |melody: &Melody| melody.notes.iter().map(|(_, pitch)| (pitch * 1e6).round() / 1e6).collect::<Vec<_>>();
        assert_eq!(pitches(&melodies[0]), [0.1, 0.5, 0.9]);
        assert_eq!(melodies[0].notes.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [0.0, 0.5, 1.0]);
        assert_eq!(pitches(&melodies[1])[2], 0.7, "on the scale of the true curve");
        assert!(melodies[1].name.contains('2'));
        assert_eq!((frequency(0.0), frequency(0.5), frequency(1.0)), (196.0, 392.0, 784.0));
        assert_eq!(frequency(7.0), 784.0);
    }

    #[test]
    fn an_error_that_falls_by_the_same_factor_falls_by_the_same_interval() {
        let melodies = adaptation(&preview(), Locale::En);
        let [first, second, third] = [0, 1, 2].map(|index| melodies[0].notes[index].1);
        assert_eq!(first, 1.0);
        assert!((first - second - 0.25).abs() < 1e-12 && (second - third - 0.25).abs() < 1e-12);
        assert_eq!(melodies[1].notes.len(), 2, "what diverged is silent");
    }

    #[test]
    fn nothing_measured_is_nothing_heard() {
        assert_eq!(training(&[], Locale::En), []);
        let mut nothing = preview();
        nothing.theta = Adapted { steps: vec![], mse: vec![], predictions: vec![] };
        assert_eq!(fit(&nothing, Locale::En), []);
    }
}
