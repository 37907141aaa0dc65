//! How a class goes through one meta-iteration on two tasks: by clicks, or as a film in slow motion.

use crate::domain::pace::LogTime;
use crate::engine::protocol::TwoTasks;

/// How far a class has come in a meta-iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Two tasks are drawn.
    Sample,
    /// Each inner loop has made so many steps, 1 to k.
    Step(usize),
    /// φ₁ and φ₂ are compared.
    Compare,
    /// Their mean is taken.
    Mean,
    /// θ moves towards it.
    Move,
}

impl Stage {
    /// The stage of this number, for k inner `steps`; the first is 0, and the last is [`Stage::last`].
    #[must_use]
    pub fn of(number: usize, steps: usize) -> Self {
        match number.checked_sub(steps) {
            _ if number == 0 => Self::Sample,
            None | Some(0) => Self::Step(number),
            Some(1) => Self::Compare,
            Some(2) => Self::Mean,
            Some(_) => Self::Move,
        }
    }

    /// The line of the algorithm that the stage carries out. Comparing the φ's and taking their mean is what the outer
    /// update does with them before θ moves.
    #[must_use]
    pub fn line(self) -> Line {
        match self {
            Self::Sample => Line::Sample,
            Self::Step(_) => Line::Step,
            Self::Compare | Self::Mean | Self::Move => Line::Update,
        }
    }

    /// The number of the last stage, for k inner `steps`.
    #[must_use]
    pub fn last(steps: usize) -> usize {
        steps + 3
    }
}

/// A line of Reptile (Nichol, Achiam and Schulman 2018, algorithm 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Initialise θ.
    Initialise,
    /// For each meta-iteration.
    Repeat,
    /// Sample tasks.
    Sample,
    /// For each task, from φ = θ.
    ForEach,
    /// An inner step, k times.
    Step,
    /// The outer update of θ.
    Update,
}

impl Line {
    /// All of them, in their order.
    pub const ALL: [Self; 6] = [Self::Initialise, Self::Repeat, Self::Sample, Self::ForEach, Self::Step, Self::Update];

    /// How many loops the line stands in.
    #[must_use]
    pub fn depth(self) -> usize {
        match self {
            Self::Initialise | Self::Repeat => 0,
            Self::Sample | Self::ForEach | Self::Update => 1,
            Self::Step => 2,
        }
    }
}

/// How long the film stays with the two tasks, in milliseconds: long enough to read what is said of them.
const SAMPLE: f64 = 4500.0;
/// How long all inner steps take together; the first ones, which lead farthest, have the most of it.
const STEPS: f64 = 9000.0;
/// How long the φ's are compared.
const COMPARE: f64 = 4500.0;
/// How long their mean is looked at.
const MEAN: f64 = 4500.0;
/// How long the film goes on when θ moves, at its end: the last picture stays.
const MOVE: f64 = 1500.0;
/// A motion within a stage takes this long at most, and no more than most of the stage.
const MOTION: f64 = 900.0;
/// The motion is seen in so many pictures.
const PICTURES: f64 = 24.0;

/// A moment of the film.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The stage's number, of [`Stage::of`].
    pub number: usize,
    /// How much of the stage's own motion is done, 0 to 1.
    pub part: f64,
}

/// One meta-iteration in slow motion, with k inner steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Film {
    /// k, at least 1.
    pub steps: usize,
}

impl Film {
    /// When a stage begins, in milliseconds; the one after the last is the film's end.
    #[must_use]
    pub fn begin(self, number: usize) -> f64 {
        let learned = SAMPLE + STEPS;
        match Stage::of(number, self.steps) {
            Stage::Sample => 0.0,
            Stage::Step(step) => SAMPLE + STEPS * LogTime { end: self.steps as u64 }.fraction(step as u64 - 1),
            Stage::Compare => learned,
            Stage::Mean => learned + COMPARE,
            Stage::Move if number == Stage::last(self.steps) => learned + COMPARE + MEAN,
            Stage::Move => learned + COMPARE + MEAN + MOVE,
        }
    }

    /// How long it is, in milliseconds.
    #[must_use]
    pub fn duration(self) -> f64 {
        self.begin(Stage::last(self.steps) + 1)
    }

    /// The moment so many milliseconds after the beginning; after the end it is the end.
    #[must_use]
    pub fn at(self, elapsed: f64) -> Moment {
        let number = (1..=Stage::last(self.steps)).rfind(|number| self.begin(*number) <= elapsed).unwrap_or(0);
        let (begin, end) = (self.begin(number), self.begin(number + 1));
        let part = ((elapsed - begin) / MOTION.min(0.8 * (end - begin))).clamp(0.0, 1.0);
        Moment { number, part: (part * PICTURES).round() / PICTURES }
    }

    /// The same without motion, for people who want little: all inner steps at once, then stage by stage.
    #[must_use]
    pub fn still(self, Moment { number, .. }: Moment) -> Moment {
        let is_learning = matches!(Stage::of(number, self.steps), Stage::Step(_));
        Moment { number: if is_learning { self.steps } else { number }, part: 1.0 }
    }
}

/// Inner steps of a meta-iteration.
#[must_use]
pub fn steps(two: &TwoTasks) -> usize {
    two.tasks[0].minibatches.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_one_another() {
        let stages: Vec<Stage> = (0..=Stage::last(2)).map(|number| Stage::of(number, 2)).collect();
        let expected = [Stage::Sample, Stage::Step(1), Stage::Step(2), Stage::Compare, Stage::Mean, Stage::Move];
        assert_eq!(stages, expected);
        let lines: Vec<Line> = stages.into_iter().map(Stage::line).collect();
        assert_eq!(lines, [Line::Sample, Line::Step, Line::Step, Line::Update, Line::Update, Line::Update]);
    }

    #[test]
    fn the_film_shows_every_stage_in_its_order_with_its_motion() {
        for steps in [1, 2, 5, 32, 64] {
            let (film, last) = (Film { steps }, Stage::last(steps));
            assert!((20_000.0..=30_000.0).contains(&film.duration()), "{}", film.duration());
            assert_eq!(film.at(0.0).number, 0);
            for number in 0..=last {
                let (begin, end) = (film.begin(number), film.begin(number + 1));
                assert!(begin < end, "{number} of {steps}");
                assert_eq!(film.at(begin), Moment { number, part: 0.0 }, "of {steps}");
                assert_eq!(film.at(end - 1e-3), Moment { number, part: 1.0 }, "of {steps}");
                let half = film.at(begin + MOTION.min(0.8 * (end - begin)) / 2.0);
                assert_eq!(half, Moment { number, part: 0.5 }, "of {steps}");
            }
            assert_eq!(film.at(1e9), Moment { number: last, part: 1.0 });
        }
        // Of 32 steps the first is seen for more than a second.
        let film = Film { steps: 32 };
        assert!(film.begin(2) - film.begin(1) > 1000.0);
    }

    #[test]
    fn without_motion_the_inner_steps_are_one_picture() {
        let film = Film { steps: 5 };
        let seen: Vec<usize> = (0..=8).map(|number| film.still(Moment { number, part: 0.3 }).number).collect();
        assert_eq!(seen, [0, 5, 5, 5, 5, 5, 6, 7, 8]);
        assert_eq!(film.still(film.at(0.0)).part, 1.0);
    }
}
