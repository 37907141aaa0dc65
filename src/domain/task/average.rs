//! The average function: the pointwise mean of a distribution's tasks.
//!
//! Of all functions, it has the least expected squared error on a task that is drawn from the distribution, and so it is
//! what a network comes to that is trained to predict every task at once. The error that is left is the variance of the
//! tasks: no function without adaptation has less.

use super::{Task, TaskDistribution, grid};
use crate::domain::rng::{Purpose, Rng};

/// Tasks behind the mean: its standard error is 1/45 of the tasks' standard deviation.
pub const TASKS: usize = 2000;
/// The first so many of them are drawn.
pub const SHOWN: usize = 12;

/// Tasks of a distribution, and their pointwise mean on the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct AverageFunction {
    /// The first [`SHOWN`] of the tasks.
    pub shown: Vec<Task>,
    /// The grid of x.
    pub grid: Vec<f32>,
    /// The mean of the tasks' y at each x of the grid.
    pub mean: Vec<f64>,
    /// The mean squared error of that mean, over tasks and grid: the tasks' variance, in units of y².
    pub mse: f64,
}

/// Tasks of a distribution in a fixed order, for showing.
pub fn tasks(distribution: &TaskDistribution, seed: u64) -> impl Iterator<Item = Task> {
    (0..).map(move |number| Task::sample(distribution, &mut Rng::stream(seed, Purpose::Shown, 2, number)))
}

impl AverageFunction {
    /// Of the first [`TASKS`] tasks that the seed draws from the distribution.
    #[must_use]
    pub fn new(distribution: &TaskDistribution, seed: u64) -> Self {
        let grid = grid(distribution);
        let (mut sums, mut squares) = (vec![0.0; grid.len()], 0.0);
        for task in tasks(distribution, seed).take(TASKS) {
            for (sum, &x) in sums.iter_mut().zip(&grid) {
                let y = f64::from(task.value(x));
                *sum += y;
                squares += y * y;
            }
        }
        let count = TASKS as f64;
        let mean: Vec<f64> = sums.into_iter().map(|sum| sum / count).collect();
        let points = grid.len() as f64;
        let of_mean = mean.iter().map(|mean| mean * mean).sum::<f64>() / points;
        let mse = (squares / (count * points) - of_mean).max(0.0);
        Self { shown: tasks(distribution, seed).take(SHOWN).collect(), grid, mean, mse }
    }

    /// The root mean square over the grid of a prediction's distance from the mean, in units of y; none where it is of
    /// another grid.
    #[must_use]
    pub fn distance(&self, grid: &[f32], prediction: &[f32]) -> Option<f64> {
        if grid != self.grid || prediction.len() != self.mean.len() {
            return None;
        }
        let squares = prediction.iter().zip(&self.mean).map(|(&y, mean)| square(f64::from(y) - mean));
        Some((squares.sum::<f64>() / self.mean.len() as f64).sqrt())
    }

    /// The mean squared error over the tasks of one prediction for all of them: the variance, and the square of its
    /// distance from the mean.
    #[must_use]
    pub fn mse_of(&self, grid: &[f32], prediction: &[f32]) -> Option<f64> {
        self.distance(grid, prediction).map(|distance| self.mse + distance * distance)
    }
}

fn square(number: f64) -> f64 {
    number * number
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::domain::choice::Named;
    use crate::domain::task::family::{Families, Family};

    #[test]
    fn sinusoids_of_every_phase_cancel_and_leave_half_their_mean_square() {
        let distribution = TaskDistribution::default();
        let average = AverageFunction::new(&distribution, 0);
        // E[a²]/2 for a ~ U(0.1, 5), and four standard errors of a mean over the tasks.
        let variance = (125.0 - 0.001) / (3.0 * 4.9) / 2.0;
        let error = 4.0 * (variance / TASKS as f64).sqrt();
        assert!(average.mean.iter().all(|mean| mean.abs() < error), "{:?}", average.mean);
        assert!((average.mse / variance - 1.0).abs() < 0.1, "{}", average.mse);
    }

    #[test]
    fn half_of_the_phases_have_a_cosine_for_their_mean() {
        let distribution = TaskDistribution { phase: [0.0, PI], ..TaskDistribution::default() };
        let average = AverageFunction::new(&distribution, 3);
        // E[a]·(cos x − cos(x + π))/π = 2.55 · 2 cos x/π.
        for (x, mean) in average.grid.iter().zip(&average.mean) {
            let expected = 2.55 * 2.0 * libm::cos(f64::from(*x)) / PI;
            assert!((mean - expected).abs() < 4.0 * (4.26 / TASKS as f64).sqrt(), "{mean} at {x}");
        }
    }

    #[test]
    fn the_error_of_any_prediction_is_the_one_over_all_tasks() {
        for family in Family::ALL.iter().copied().map(Families::One).chain([Families::Mixture]) {
            let distribution = TaskDistribution { family, frequency: [0.5, 2.0], ..TaskDistribution::default() };
            let average = AverageFunction::new(&distribution, 5);
            assert_eq!(average.shown.len(), SHOWN);
            assert!(average.shown.iter().copied().eq(tasks(&distribution, 5).take(SHOWN)));
            let prediction: Vec<f32> = average.grid.iter().map(|x| 0.3 * x - 0.7).collect();
            let squares = tasks(&distribution, 5).take(TASKS).flat_map(|task| {
                average.grid.iter().zip(&prediction).map(move |(&x, &y)| square(f64::from(task.value(x) - y)))
            });
            let direct = squares.sum::<f64>() / (TASKS * average.grid.len()) as f64;
            let ours = average.mse_of(&average.grid, &prediction).expect("of the same grid");
            assert!((ours / direct - 1.0).abs() < 1e-6, "{family:?}: {ours} and {direct}");
            assert!(average.mse <= direct);
        }
    }

    #[test]
    fn a_prediction_of_another_grid_is_not_compared() {
        let average = AverageFunction::new(&TaskDistribution::default(), 0);
        let other: Vec<f32> = average.grid.iter().map(|x| 2.0 * x).collect();
        assert_eq!(average.distance(&other, &vec![0.0; other.len()]), None);
        assert_eq!(average.distance(&average.grid, &[0.0; 3]), None);
    }

    #[test]
    fn one_seed_has_one_average_and_another_seed_another() {
        let distribution = TaskDistribution::default();
        assert_eq!(AverageFunction::new(&distribution, 1), AverageFunction::new(&distribution, 1));
        assert_ne!(AverageFunction::new(&distribution, 1).shown, AverageFunction::new(&distribution, 2).shown);
    }
}
