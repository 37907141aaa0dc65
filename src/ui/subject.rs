//! What the page shows the network: a task and its shots.

use crate::domain::config::Config;
use crate::domain::task::{self, Task};

/// The most shots that a person can place.
pub const MOST_SHOTS: usize = 200;

/// Shots stay within this of y = 0.
pub const Y_LIMIT: f32 = 20.0;

/// A task with its shots: drawn from it, or placed by hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The task.
    pub task: Task,
    /// Which resampling of the shots.
    pub number: u64,
    /// The shots as a person placed them; `None` as they were drawn.
    pub placed: Option<Vec<[f32; 2]>>,
}

impl Subject {
    /// A task with freshly drawn shots.
    #[must_use]
    pub fn new(task: Task) -> Self {
        Self { task, number: 0, placed: None }
    }

    /// The shots.
    #[must_use]
    pub fn shots(&self, config: &Config) -> Vec<[f32; 2]> {
        match &self.placed {
            Some(shots) => shots.clone(),
            None => task::shots(config, &self.task, config.eval.shots, self.number),
        }
    }

    /// Another task. Its shots are drawn at the same x, so that they follow the curve while a task is dragged.
    pub fn choose(&mut self, task: Task) {
        self.task = task;
        self.placed = None;
    }

    /// The same task with what the distribution leaves no choice about: its only family, its only frequency. `None` where
    /// it has them already.
    #[must_use]
    pub fn following(&self, config: &Config) -> Option<Task> {
        let [low, high] = config.tasks.frequency.map(|end| end as f32);
        let family = config.tasks.family.only().unwrap_or(self.task.family);
        let frequency = if low == high { low } else { self.task.frequency };
        let task = Task { family, frequency, ..self.task };
        (task != self.task).then_some(task)
    }

    /// Other shots of the same task.
    pub fn resample(&mut self) {
        self.number += 1;
        self.placed = None;
    }

    /// No shots at all.
    pub fn remove_all(&mut self) {
        self.placed = Some(Vec::new());
    }

    /// One more shot, if there is room for it; within the Config's range of x.
    pub fn add(&mut self, config: &Config, point: [f32; 2]) -> bool {
        let mut shots = self.shots(config);
        let room = shots.len() < MOST_SHOTS;
        if room {
            shots.push(within(config, point));
            self.placed = Some(shots);
        }
        room
    }

    /// Moves one shot, on the curve or off it; within the Config's range of x.
    pub fn move_to(&mut self, config: &Config, index: usize, point: [f32; 2]) {
        let mut shots = self.shots(config);
        if let Some(shot) = shots.get_mut(index) {
            *shot = within(config, point);
            self.placed = Some(shots);
        }
    }

    /// Removes one shot.
    pub fn remove(&mut self, config: &Config, index: usize) {
        let mut shots = self.shots(config);
        if index < shots.len() {
            shots.remove(index);
            self.placed = Some(shots);
        }
    }
}

fn within(config: &Config, [x, y]: [f32; 2]) -> [f32; 2] {
    let [low, high] = config.tasks.x;
    [x.clamp(low as f32, high as f32), y.clamp(-Y_LIMIT, Y_LIMIT)]
}

/// The largest |y| that the fit chart has room for: it changes with what a person chooses, never with what is predicted.
#[must_use]
pub fn y_limit(config: &Config, task: &Task, shots: &[[f32; 2]]) -> f64 {
    let [low, high] = config.tasks.x;
    let bound = low.abs().max(high.abs());
    let of_distribution = config.tasks.families().map(|family| config.tasks.amplitude[1] * family.reach(bound));
    let of_task = f64::from(task.amplitude) * task.family.reach(bound);
    let of_shots = shots.iter().map(|shot| f64::from(shot[1].abs()));
    of_distribution.chain([of_task]).chain(of_shots).fold(0.5, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::Preset;
    use crate::domain::family::{Families, Family};

    fn subject(config: &Config) -> Subject {
        Subject::new(task::shown_task(config, 0))
    }

    #[test]
    fn shots_follow_the_task_until_they_are_placed() {
        let config = Preset::Fast.config();
        let mut subject = subject(&config);
        let drawn = subject.shots(&config);
        assert_eq!(drawn.len(), config.eval.shots);
        subject.choose(Task::sinusoid(1.0, 0.0));
        let moved = subject.shots(&config);
        assert!(drawn.iter().zip(&moved).all(|(a, b)| a[0] == b[0]) && drawn != moved);
        subject.resample();
        assert_ne!(subject.shots(&config), moved);
    }

    #[test]
    fn shots_can_be_added_moved_and_removed() {
        let config = Preset::Fast.config();
        let mut subject = subject(&config);
        subject.remove_all();
        assert!(subject.add(&config, [1.0, 2.0]) && subject.add(&config, [-1.0, 99.0]));
        subject.move_to(&config, 0, [-77.0, 3.0]);
        assert_eq!(subject.shots(&config), [[-5.0, 3.0], [-1.0, Y_LIMIT]]);
        subject.remove(&config, 0);
        subject.remove(&config, 9);
        assert_eq!(subject.shots(&config), [[-1.0, Y_LIMIT]]);
        assert_eq!(y_limit(&config, &subject.task, &subject.shots(&config)), 20.0);
    }

    #[test]
    fn the_task_follows_a_distribution_that_leaves_no_choice() {
        let mut config = Preset::Fast.config();
        let mut subject = subject(&config);
        assert_eq!(subject.following(&config), None);
        (config.tasks.family, config.tasks.frequency) = (Families::Square, [2.0, 2.0]);
        let task = subject.following(&config).expect("another family");
        assert_eq!(task, Task { family: Family::Square, frequency: 2.0, ..subject.task });
        subject.choose(task);
        (config.tasks.family, config.tasks.frequency) = (Families::Mixture, [0.5, 3.0]);
        assert_eq!(subject.following(&config), None, "a mixture leaves the choice");
    }

    #[test]
    fn the_chart_has_room_for_every_task_of_the_distribution() {
        for family in Family::ALL {
            let mut config = Preset::Fast.config();
            config.set("tasks.family", family.name().into()).expect("a family");
            for x in [[-5.0, 5.0], [-20.0, 3.0], [-1.0, 1.0]] {
                config.tasks.x = x;
                for number in 0..50 {
                    let task = task::shown_task(&config, number);
                    let room = y_limit(&config, &task, &[]) * 1.000_001;
                    let values = task::grid(&config.tasks).into_iter().map(|x| f64::from(task.value(x).abs()));
                    assert!(values.fold(0.0, f64::max) <= room, "{task:?} on {x:?}");
                }
            }
        }
    }

    #[test]
    fn shots_are_bounded() {
        let config = Preset::Fast.config();
        let mut subject = subject(&config);
        let added = (0..3 * MOST_SHOTS).filter(|_| subject.add(&config, [0.0, 0.0])).count();
        assert_eq!(added + config.eval.shots, MOST_SHOTS);
    }
}
