//! The page's state as charts read it: every accessor reads a signal, and subscribes to it.

use std::ops::Deref;

use leptos::prelude::*;

use super::page::Page;
use crate::app::comparison::{ComparisonPlan, ComparisonResults};
use crate::app::fitted_run::FittedRun;
use crate::app::preview_input::PreviewInput;
use crate::app::search::SearchResults;
use crate::app::views::Made;
use crate::chart::sources::Sources;
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

/// The search in what was found.
struct SearchOf<G>(G);

impl<G: Deref<Target = Option<SearchResults>>> Deref for SearchOf<G> {
    type Target = Search;

    fn deref(&self) -> &Search {
        &self.0.as_ref().expect("it is made of a search that there is, and holds it").search
    }
}

/// What there is.
struct Present<G>(G);

impl<T, G: Deref<Target = Option<T>>> Deref for Present<G> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("it is made of something that there is, and holds it")
    }
}

impl Sources for Page {
    fn locale(&self) -> Locale {
        self.appearance.locale.get()
    }

    fn config(&self) -> impl Deref<Target = Config> {
        self.run.config.read()
    }

    fn preview(&self) -> impl Deref<Target = PreviewResult> {
        self.results.preview.read()
    }

    fn preview_input(&self) -> impl Deref<Target = PreviewInput> {
        self.view.preview_input.read()
    }

    fn shots(&self) -> impl Deref<Target = Vec<[f32; 2]>> {
        self.view.shots.read()
    }

    fn steps(&self) -> impl Deref<Target = Vec<usize>> {
        self.view.drawn_steps.read()
    }

    fn replayed(&self) -> Option<usize> {
        self.view.replayed.get()
    }

    fn shows_random(&self) -> bool {
        self.view.random_start.get() && !self.view.projector.get()
    }

    fn average(&self) -> Option<impl Deref<Target = AverageFunction>> {
        self.view.family.get().then(|| self.charts.average.read())
    }

    fn held_limit(&self) -> Option<f64> {
        self.charts.held_limit.get()
    }

    fn history(&self) -> impl Deref<Target = History<HeldOutPoint>> {
        self.results.history.read()
    }

    fn other_branch(&self) -> impl Deref<Target = History<HeldOutPoint>> {
        self.results.other_branch.read()
    }

    fn past(&self) -> Option<u64> {
        self.is_past().then(|| self.run.shown.get())
    }

    fn baseline(&self) -> impl Deref<Target = Option<(usize, Curve)>> {
        self.results.baseline.read()
    }

    fn alignment(&self) -> impl Deref<Target = History<AlignmentPoint>> {
        self.results.alignment.read()
    }

    fn activity(&self) -> Option<impl Deref<Target = Made<Activity>>> {
        Some(self.results.activity.read()).filter(|made| made.is_some()).map(Present)
    }

    fn weight_changes(&self) -> bool {
        self.view.weight_changes.get()
    }

    fn chosen_unit(&self) -> Option<usize> {
        self.charts.unit.get()
    }

    fn chosen_weight(&self) -> Option<usize> {
        self.charts.weight.get()
    }

    fn loss_surface(&self) -> Option<impl Deref<Target = Made<LossSurface>>> {
        Some(self.results.loss_surface.read()).filter(|made| made.is_some()).map(Present)
    }

    fn task_map(&self) -> Option<impl Deref<Target = Made<TaskMap>>> {
        Some(self.results.task_map.read()).filter(|made| made.is_some()).map(Present)
    }

    fn theta_map(&self) -> Option<impl Deref<Target = Made<ThetaMap>>> {
        Some(self.results.theta_map.read()).filter(|made| made.is_some()).map(Present)
    }

    fn wheel(&self) -> Option<impl Deref<Target = Made<Wheel>>> {
        Some(self.results.wheel.read()).filter(|made| made.is_some()).map(Present)
    }

    fn chosen_phi(&self) -> Option<usize> {
        self.charts.phi.get()
    }

    fn comparison_plan(&self) -> impl Deref<Target = ComparisonPlan> {
        self.comparison.read()
    }

    fn comparison(&self) -> impl Deref<Target = ComparisonResults> {
        self.results.comparison.read()
    }

    fn comparison_step(&self) -> usize {
        self.results.comparison.read().step(self.view.comparison_step.get())
    }

    fn fitted_run(&self, colour_slot: usize) -> impl Deref<Target = Option<FittedRun>> {
        self.charts.fitted_runs[colour_slot].read()
    }

    fn search(&self) -> Option<impl Deref<Target = Search>> {
        Some(self.results.search.read()).filter(|found| found.is_some()).map(SearchOf)
    }

    fn search_step(&self) -> usize {
        let wanted = self.view.search_step.get();
        self.results.search.with(|found| found.as_ref().map_or(0, |found| found.steps(wanted).1))
    }

    fn chosen_candidate(&self) -> Option<usize> {
        self.charts.candidate.get()
    }

    fn two_tasks(&self) -> Option<impl Deref<Target = TwoTasks>> {
        Some(self.charts.two_tasks.read()).filter(|two| two.is_some()).map(Present)
    }

    fn stage(&self) -> usize {
        self.charts.stage.get()
    }

    fn stage_part(&self) -> f64 {
        self.charts.stage_part.get()
    }

    fn pair_surface(&self) -> Option<impl Deref<Target = PairSurface>> {
        Some(self.charts.pair_surface.read()).filter(|surface| surface.is_some()).map(Present)
    }

    fn shading(&self) -> Shading {
        self.charts.shading.get()
    }
}
