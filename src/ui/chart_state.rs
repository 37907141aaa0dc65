//! What a person does on charts, and what only charts need.

use leptos::prelude::*;

use crate::app::comparison::{ComparisonPlan, ComparisonResults, MOST_RUNS};
use crate::app::fitted_run::FittedRun;
use crate::domain::config::Config;
use crate::domain::pair_surface::{PairSurface, Shading};
use crate::domain::task::average::AverageFunction;
use crate::engine::protocol::TwoTasks;
use crate::i18n::Locale;

/// What a person does on charts, and what only charts need.
#[derive(Clone, Copy)]
pub struct ChartState {
    /// The largest |y| that the fit's axis keeps room for while a shot is dragged.
    pub held_limit: RwSignal<Option<f64>>,
    /// Tasks of the distribution and their mean: made when they are first shown, and again with another distribution.
    pub average: Memo<AverageFunction>,
    /// What each run of the comparison makes of the shown curve, by its colour slot.
    pub fitted_runs: [Memo<Option<FittedRun>>; MOST_RUNS],
    /// The candidate of the search under the pointer, or where the arrow keys are.
    pub candidate: RwSignal<Option<usize>>,
    /// The φ of the wheel under the pointer, or where the arrow keys are.
    pub phi: RwSignal<Option<usize>>,
    /// The hidden unit under the pointer, or where the arrow keys are.
    pub unit: RwSignal<Option<usize>>,
    /// The same of a weight into the layer, by its number in the order `[unit][input]`.
    pub weight: RwSignal<Option<usize>>,
    /// The meta-iteration on two tasks: what the engine made of it.
    pub two_tasks: RwSignal<Option<TwoTasks>>,
    /// How many stages of it are behind.
    pub stage: RwSignal<usize>,
    /// How much of the present stage's own motion is done, 0 to 1.
    pub stage_part: RwSignal<f64>,
    /// The errors of the two tasks around where it begins.
    pub pair_surface: RwSignal<Option<PairSurface>>,
    /// Which of the two errors is shown there.
    pub shading: RwSignal<Shading>,
    /// The chart that lies large over the page, by its name.
    pub large: RwSignal<Option<String>>,
}

impl ChartState {
    /// Nothing is dragged, chosen or made.
    #[must_use]
    pub fn new(
        config: ReadSignal<Config>,
        plan: ReadSignal<ComparisonPlan>,
        results: RwSignal<ComparisonResults>,
        locale: RwSignal<Locale>,
    ) -> Self {
        let distribution = Memo::new(move |_| config.with(|config| (config.tasks.clone(), config.seed)));
        // A chart of one run is drawn anew when that run has come to something, and not whenever any has.
        let fitted_run = |slot| {
            Memo::new(move |_| {
                plan.with(|plan| results.with(|results| FittedRun::of(plan, results, slot, locale.get())))
            })
        };
        Self {
            held_limit: RwSignal::new(None),
            average: Memo::new(move |_| {
                let (distribution, seed) = distribution.get();
                AverageFunction::new(&distribution, seed)
            }),
            fitted_runs: std::array::from_fn(fitted_run),
            candidate: RwSignal::new(None),
            phi: RwSignal::new(None),
            unit: RwSignal::new(None),
            weight: RwSignal::new(None),
            two_tasks: RwSignal::new(None),
            stage: RwSignal::new(0),
            stage_part: RwSignal::new(1.0),
            pair_surface: RwSignal::new(None),
            shading: RwSignal::new(Shading::default()),
            large: RwSignal::new(None),
        }
    }
}
