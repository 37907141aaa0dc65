//! All that a chart may be made from.

use std::ops::Deref;

use crate::app::comparison::{ComparisonPlan, ComparisonResults};
use crate::app::fitted_run::FittedRun;
use crate::app::preview_input::PreviewInput;
use crate::app::views::Made;
use crate::domain::activity::Activity;
use crate::domain::alignment::AlignmentPoint;
use crate::domain::config::Config;
use crate::domain::config::search::Search;
use crate::domain::evaluation::Curve;
use crate::domain::evaluation::HeldOutPoint;
use crate::domain::history::History;
use crate::domain::loss_surface::LossSurface;
use crate::domain::pair_surface::{PairSurface, Shading};
use crate::domain::task::average::AverageFunction;
use crate::domain::task_map::TaskMap;
use crate::domain::theta_map::ThetaMap;
use crate::domain::wheel::Wheel;
use crate::engine::protocol::{PreviewResult, TwoTasks};
use crate::i18n::Locale;

/// What charts can show, read one thing at a time.
///
/// On the page each of these reads a signal and subscribes to it, in tests a plain struct. As a chart has no other way to
/// anything that changes, it is drawn anew whenever something changes that it has read. Large things are lent, not copied.
pub trait Sources {
    /// The language of names that a chart does not write itself.
    fn locale(&self) -> Locale;
    /// The run's Config.
    fn config(&self) -> impl Deref<Target = Config>;

    /// The shown curve and its shots, adapted.
    fn preview(&self) -> impl Deref<Target = PreviewResult>;
    /// The shown curve and its shots, as a person chose them.
    fn preview_input(&self) -> impl Deref<Target = PreviewInput>;
    /// The shots, drawn or placed.
    fn shots(&self) -> impl Deref<Target = Vec<[f32; 2]>>;
    /// The gradient steps whose predictions are drawn.
    fn steps(&self) -> impl Deref<Target = Vec<usize>>;
    /// The gradient step that is replayed.
    fn replayed(&self) -> Option<usize>;
    /// Whether the random start is drawn too.
    fn shows_random(&self) -> bool;
    /// Tasks of the distribution and their mean, if they are shown.
    fn average(&self) -> Option<impl Deref<Target = AverageFunction>>;
    /// The largest |y| that the axis keeps room for while a shot is dragged.
    fn held_limit(&self) -> Option<f64>;

    /// The error on held-out tasks along the run.
    fn history(&self) -> impl Deref<Target = History<HeldOutPoint>>;
    /// The points of the branch that was left last.
    fn other_branch(&self) -> impl Deref<Target = History<HeldOutPoint>>;
    /// The meta-iteration of the moment that is shown, if it is past.
    fn past(&self) -> Option<u64>;
    /// The error from the random start, and over how many held-out tasks.
    fn baseline(&self) -> impl Deref<Target = Option<(usize, Curve)>>;
    /// Gradient alignment along the run.
    fn alignment(&self) -> impl Deref<Target = History<AlignmentPoint>>;

    /// Inside the network, while it adapts to the shown task.
    fn activity(&self) -> Option<impl Deref<Target = Made<Activity>>>;
    /// Whether the weights are shown by how far the adaptation has changed them.
    fn weight_changes(&self) -> bool;
    /// The hidden unit under the pointer, or where the arrow keys are.
    fn chosen_unit(&self) -> Option<usize>;
    /// The same of a weight into the layer, by its number in the order `[unit][input]`.
    fn chosen_weight(&self) -> Option<usize>;

    /// The loss of the shown task around θ.
    fn loss_surface(&self) -> Option<impl Deref<Target = Made<LossSurface>>>;

    /// The error of every task of the picker's plane.
    fn task_map(&self) -> Option<impl Deref<Target = Made<TaskMap>>>;
    /// The path of θ, and its next meta-iteration.
    fn theta_map(&self) -> Option<impl Deref<Target = Made<ThetaMap>>>;
    /// φ of tasks of many amplitudes and phases.
    fn wheel(&self) -> Option<impl Deref<Target = Made<Wheel>>>;
    /// The φ of the wheel under the pointer, or where the arrow keys are.
    fn chosen_phi(&self) -> Option<usize>;

    /// The runs that are compared.
    fn comparison_plan(&self) -> impl Deref<Target = ComparisonPlan>;
    /// What came of the last comparison.
    fn comparison(&self) -> impl Deref<Target = ComparisonResults>;
    /// The recorded gradient step after which the comparison's errors are shown.
    fn comparison_step(&self) -> usize;
    /// What a run of the comparison makes of the shown curve.
    fn fitted_run(&self, colour_slot: usize) -> impl Deref<Target = Option<FittedRun>>;

    /// The last hyperparameter search.
    fn search(&self) -> Option<impl Deref<Target = Search>>;
    /// The recorded gradient step after which the search's errors are shown.
    fn search_step(&self) -> usize;
    /// The candidate of the search under the pointer, or where the arrow keys are.
    fn chosen_candidate(&self) -> Option<usize>;

    /// The meta-iteration on two tasks that a class goes through.
    fn two_tasks(&self) -> Option<impl Deref<Target = TwoTasks>>;
    /// How many stages of it are behind.
    fn stage(&self) -> usize;
    /// How much of the present stage's own motion is done, 0 to 1.
    fn stage_part(&self) -> f64;
    /// The errors of the two tasks around where the meta-iteration begins.
    fn pair_surface(&self) -> Option<impl Deref<Target = PairSurface>>;
    /// Which of the two errors is shown there.
    fn shading(&self) -> Shading;
}
