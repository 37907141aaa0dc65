//! What the page shows the network: a curve and its shots.

use serde::{Deserialize, Serialize};

use super::state_error::{StateError, within};
use crate::domain::config::Config;
use crate::domain::task;
use crate::domain::task::curve::{Drawn, TrueCurve};
use crate::domain::task::sampling::shots;
use crate::domain::task::{Task, support_range};

/// The most shots that a person can place.
pub const MOST_SHOTS: usize = 200;

/// Shots stay within this of y = 0.
pub const Y_LIMIT: f32 = 20.0;

/// Coordinates of a document stay within this of 0, as the engine has it.
const MOST_COORDINATE: f32 = 100.0;

/// Most values of a drawn curve, as the engine has it.
const MOST_VALUES: usize = 1000;

/// The parts of the range of x that a bend by keys reaches to on either side.
const BEND_REACH: f32 = 0.12;

/// A curve with its shots: drawn from it, or placed by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviewInput {
    /// The task that was chosen last.
    pub task: Task,
    /// The curve that a person has drawn in its place.
    pub drawn: Option<Drawn>,
    /// Which resampling of the shots.
    pub number: u64,
    /// Which draw from the distribution the next random task is.
    pub next_task: u64,
    /// The shots as a person placed them; `None` as they were drawn.
    pub placed: Option<Vec<[f32; 2]>>,
}

impl PreviewInput {
    /// A task with freshly drawn shots.
    #[must_use]
    pub fn new(task: Task) -> Self {
        Self { task, drawn: None, number: 0, next_task: 0, placed: None }
    }

    /// The curve that the shots lie on.
    #[must_use]
    pub fn curve(&self) -> TrueCurve {
        match &self.drawn {
            Some(drawn) => TrueCurve::Drawn(drawn.clone()),
            None => TrueCurve::Task(self.task),
        }
    }

    /// The shots.
    #[must_use]
    pub fn shots(&self, config: &Config) -> Vec<[f32; 2]> {
        match &self.placed {
            Some(shots) => shots.clone(),
            None => shots(&config.tasks, config.seed, &self.curve(), config.eval.shots, self.number),
        }
    }

    /// A task drawn from the Config's distribution, another one each time.
    pub fn choose_random(&mut self, config: &Config) {
        let task = task::shown_task(&config.tasks, config.seed, self.next_task);
        self.next_task += 1;
        self.choose(task);
    }

    /// Another task. Its shots are drawn at the same x, so that they follow the curve while a task is dragged.
    pub fn choose(&mut self, task: Task) {
        self.task = task;
        self.drawn = None;
        self.placed = None;
    }

    /// Draws a straight stroke of a curve by hand, which begins as the curve that was there. Shots are drawn at the same x,
    /// so that they follow it.
    pub fn stroke(&mut self, config: &Config, from: [f32; 2], to: [f32; 2]) {
        let inside = |point| inside(config, point);
        self.by_hand(config).stroke(inside(from), inside(to));
    }

    /// Bends the curve around x by so much, for people who draw with keys.
    pub fn bend(&mut self, config: &Config, x: f32, by: f32) {
        let [low, high] = config.tasks.x;
        let drawn = self.by_hand(config);
        drawn.bend(x, by, (high - low) as f32 * BEND_REACH);
        for y in &mut drawn.y {
            *y = y.clamp(-Y_LIMIT, Y_LIMIT);
        }
    }

    /// The curve by hand; the present one on the Config's grid, if none has been drawn there.
    fn by_hand(&mut self, config: &Config) -> &mut Drawn {
        self.placed = None;
        let x = config.tasks.x.map(|end| end as f32);
        let curve = self.curve();
        let on_grid = || Drawn { x, y: curve.values(&task::grid(&config.tasks)) };
        if self.drawn.as_ref().is_some_and(|drawn| drawn.x != x || drawn.y.len() != config.tasks.grid) {
            self.drawn = None;
        }
        self.drawn.get_or_insert_with(on_grid)
    }

    /// The same task with what the distribution leaves no choice about: its only family, its only frequency. `None` where
    /// it has them already, or a curve by hand is in its place.
    #[must_use]
    pub fn following(&self, config: &Config) -> Option<Task> {
        let [low, high] = config.tasks.frequency.map(|end| end as f32);
        let family = config.tasks.family.only().unwrap_or(self.task.family);
        let frequency = if low == high { low } else { self.task.frequency };
        let task = Task { family, frequency, ..self.task };
        (task != self.task && self.drawn.is_none()).then_some(task)
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

    /// These shots and no others, within the Config's range of x; says whether there is room for them.
    pub fn place(&mut self, config: &Config, points: Vec<[f32; 2]>) -> bool {
        let room = points.len() <= MOST_SHOTS;
        if room {
            self.placed = Some(points.into_iter().map(|point| inside(config, point)).collect());
        }
        room
    }

    /// One more shot, if there is room for it; within the Config's range of x.
    pub fn add(&mut self, config: &Config, point: [f32; 2]) -> bool {
        let mut shots = self.shots(config);
        let room = shots.len() < MOST_SHOTS;
        if room {
            shots.push(inside(config, point));
            self.placed = Some(shots);
        }
        room
    }

    /// One more shot on the true curve, in the widest gap between the shots; says whether there was room for it.
    pub fn add_in_gap(&mut self, config: &Config) -> bool {
        let grid = task::grid(&config.tasks);
        let support = &grid[support_range(&config.tasks)];
        let (Some(&low), Some(&high)) = (support.first(), support.last()) else { return false };
        let mut ends = vec![low, high];
        for x in self.shots(config).iter().map(|shot| shot[0]).filter(|x| (low..=high).contains(x)) {
            ends.insert(ends.partition_point(|end| *end <= x).clamp(1, ends.len() - 1), x);
        }
        let widest = ends.windows(2).max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])));
        let x = widest.map_or(0.0, |gap| f32::midpoint(gap[0], gap[1]));
        self.add(config, [x, self.curve().value(x)])
    }

    /// Moves one shot, on the curve or off it; within the Config's range of x.
    pub fn move_to(&mut self, config: &Config, index: usize, point: [f32; 2]) {
        let mut shots = self.shots(config);
        if let Some(shot) = shots.get_mut(index) {
            *shot = inside(config, point);
            self.placed = Some(shots);
        }
    }

    /// Whether a person can have made it.
    pub(super) fn check(&self) -> Result<(), StateError> {
        let is_bounded = |number: f32| number.abs() <= MOST_COORDINATE;
        let Task { amplitude, phase, frequency, .. } = self.task;
        let is_task = [amplitude, phase, frequency].into_iter().all(is_bounded);
        within("document.preview.task", "numbers from -100 to 100", is_task)?;
        let shots = self.placed.iter().flatten();
        let are_few = self.placed.as_ref().is_none_or(|shots| shots.len() <= MOST_SHOTS);
        let are_bounded = shots.clone().flatten().all(|number| is_bounded(*number));
        within("document.preview.placed", "at most 200 shots with x and y from -100 to 100", are_few && are_bounded)?;
        let is_curve = self.drawn.as_ref().is_none_or(|Drawn { x: [low, high], y }| {
            low < high
                && [*low, *high].into_iter().chain(y.iter().copied()).all(is_bounded)
                && (2..=MOST_VALUES).contains(&y.len())
        });
        within("document.preview.drawn", "2 to 1000 values from -100 to 100 over an interval of x", is_curve)
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

fn inside(config: &Config, [x, y]: [f32; 2]) -> [f32; 2] {
    let [low, high] = config.tasks.x;
    // What is no number becomes one: 0.
    let [x, y] = [x, y].map(|number| if number.is_nan() { 0.0 } else { number });
    [x.clamp(low as f32, high as f32), y.clamp(-Y_LIMIT, Y_LIMIT)]
}

/// The largest |y| that the fit chart has room for: it changes with what a person chooses, never with what is predicted.
#[must_use]
pub fn y_limit(config: &Config, curve: &TrueCurve, shots: &[[f32; 2]]) -> f64 {
    let [low, high] = config.tasks.x;
    let bound = low.abs().max(high.abs());
    let of_distribution = config.tasks.families().map(|family| config.tasks.amplitude[1] * family.reach(bound));
    let of_curve = match curve {
        TrueCurve::Task(task) => f64::from(task.amplitude) * task.family.reach(bound),
        TrueCurve::Drawn(drawn) => drawn.y.iter().map(|y| f64::from(y.abs())).fold(0.0, f64::max),
    };
    let of_shots = shots.iter().map(|shot| f64::from(shot[1].abs()));
    of_distribution.chain([of_curve]).chain(of_shots).fold(0.5, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::choice::Named;
    use crate::domain::config::preset::Preset;
    use crate::domain::task::family::{Families, Family};

    fn preview_input(config: &Config) -> PreviewInput {
        PreviewInput::new(task::shown_task(&config.tasks, config.seed, 0))
    }

    #[test]
    fn shots_follow_the_task_until_they_are_placed() {
        let config = Preset::Fast.config();
        let mut preview_input = preview_input(&config);
        let drawn = preview_input.shots(&config);
        assert_eq!(drawn.len(), config.eval.shots);
        preview_input.choose(Task::sinusoid(1.0, 0.0));
        let moved = preview_input.shots(&config);
        assert!(drawn.iter().zip(&moved).all(|(a, b)| a[0] == b[0]) && drawn != moved);
        preview_input.resample();
        assert_ne!(preview_input.shots(&config), moved);
    }

    #[test]
    fn shots_can_be_added_moved_and_removed() {
        let config = Preset::Fast.config();
        let mut preview_input = preview_input(&config);
        preview_input.remove_all();
        assert!(preview_input.add(&config, [1.0, 2.0]) && preview_input.add(&config, [-1.0, 99.0]));
        preview_input.move_to(&config, 0, [-77.0, 3.0]);
        assert_eq!(preview_input.shots(&config), [[-5.0, 3.0], [-1.0, Y_LIMIT]]);
        preview_input.remove(&config, 0);
        preview_input.remove(&config, 9);
        assert_eq!(preview_input.shots(&config), [[-1.0, Y_LIMIT]]);
        assert_eq!(y_limit(&config, &preview_input.curve(), &preview_input.shots(&config)), 20.0);
    }

    #[test]
    fn the_task_follows_a_distribution_that_leaves_no_choice() {
        let mut config = Preset::Fast.config();
        let mut preview_input = preview_input(&config);
        assert_eq!(preview_input.following(&config), None);
        (config.tasks.family, config.tasks.frequency) = (Families::One(Family::Square), [2.0, 2.0]);
        let task = preview_input.following(&config).expect("another family");
        assert_eq!(task, Task { family: Family::Square, frequency: 2.0, ..preview_input.task });
        preview_input.choose(task);
        (config.tasks.family, config.tasks.frequency) = (Families::Mixture, [0.5, 3.0]);
        assert_eq!(preview_input.following(&config), None, "a mixture leaves the choice");
    }

    #[test]
    fn the_chart_has_room_for_every_task_of_the_distribution() {
        for &family in Family::ALL {
            let mut config = Preset::Fast.config();
            config.set("tasks.family", family.name().into()).expect("a family");
            for x in [[-5.0, 5.0], [-20.0, 3.0], [-1.0, 1.0]] {
                config.tasks.x = x;
                for number in 0..50 {
                    let task = task::shown_task(&config.tasks, config.seed, number);
                    let room = y_limit(&config, &task.into(), &[]) * 1.000_001;
                    let values = task::grid(&config.tasks).into_iter().map(|x| f64::from(task.value(x).abs()));
                    assert!(values.fold(0.0, f64::max) <= room, "{task:?} on {x:?}");
                }
            }
        }
    }

    #[test]
    fn a_curve_by_hand_replaces_the_task_until_another_is_chosen() {
        let config = Preset::Fast.config();
        let mut preview_input = preview_input(&config);
        let (before, curve) = (preview_input.shots(&config), preview_input.curve());
        preview_input.stroke(&config, [-1.0, 3.0], [2.0, 6.0]);
        for (x, y) in [(-0.7, 3.3), (0.5, 4.5), (1.7, 5.7), (3.1, curve.value(3.1)), (-4.2, curve.value(-4.2))] {
            assert!(
                (preview_input.curve().value(x) - y).abs() < 0.15,
                "at {x}: {} and {y}",
                preview_input.curve().value(x)
            );
        }
        // Shots keep their x and lie on the new curve.
        for ([x, y], [x_before, _]) in preview_input.shots(&config).into_iter().zip(before) {
            assert_eq!((x, y), (x_before, preview_input.curve().value(x)));
        }
        assert_eq!(
            y_limit(&config, &preview_input.curve(), &[]),
            f64::from(preview_input.drawn.as_ref().unwrap().y[34]).max(5.0)
        );
        preview_input.stroke(&config, [4.0, 0.0], [99.0, 99.0]);
        assert_eq!(preview_input.curve().value(5.0), Y_LIMIT);
        let mut square = config.clone();
        square.tasks.family = Families::One(Family::Square);
        assert_eq!(preview_input.following(&square), None);
        preview_input.choose(Task::sinusoid(1.0, 0.0));
        assert_eq!(preview_input.curve(), TrueCurve::Task(Task::sinusoid(1.0, 0.0)));
    }

    #[test]
    fn keys_bend_the_curve_around_a_place() {
        let config = Preset::Fast.config();
        let mut preview_input = preview_input(&config);
        let before = preview_input.curve();
        let x = task::grid(&config.tasks)[20];
        preview_input.bend(&config, x, 0.5);
        preview_input.bend(&config, x, 0.25);
        let rise = |at: f32| preview_input.curve().value(at) - before.value(at);
        assert!((rise(x) - 0.75).abs() < 1e-5, "{}", rise(x));
        let beside = task::grid(&config.tasks)[23];
        assert!(rise(beside) > 0.1 && rise(beside) < 0.7, "{}", rise(beside));
        assert!(rise(task::grid(&config.tasks)[30]).abs() < 1e-5);
        (0..100).for_each(|_| preview_input.bend(&config, x, 1.0));
        assert_eq!(preview_input.curve().value(x), Y_LIMIT);
    }

    #[test]
    fn a_curve_by_hand_keeps_its_shape_on_another_grid() {
        let mut config = Preset::Fast.config();
        let mut preview_input = preview_input(&config);
        preview_input.stroke(&config, [-5.0, -2.0], [5.0, 2.0]);
        (config.tasks.grid, config.tasks.x) = (33, [-4.0, 4.0]);
        preview_input.stroke(&config, [3.9, 1.6], [4.0, 1.6]);
        let drawn = preview_input.drawn.as_ref().expect("a drawing");
        assert_eq!((drawn.x, drawn.y.len()), ([-4.0, 4.0], 33));
        for x in [-4.0, -1.3, 0.0, 2.7, 4.0] {
            assert!((preview_input.curve().value(x) - 0.4 * x).abs() < 1e-5);
        }
    }

    #[test]
    fn shots_are_bounded() {
        let config = Preset::Fast.config();
        let mut preview_input = preview_input(&config);
        let added = (0..3 * MOST_SHOTS).filter(|_| preview_input.add(&config, [0.0, 0.0])).count();
        assert_eq!(added + config.eval.shots, MOST_SHOTS);
    }
}
