//! The fit of one run of the comparison: what its θ makes of the shown curve.

use super::comparison::of_run;
use super::fit::FitFigure;
use crate::app::comparison::letter;
use crate::app::fitted_run::FittedRun;
use crate::app::preview_input;
use crate::chart::export::Settings;
use crate::chart::figure::Chart;
use crate::chart::sources::Sources;
use crate::domain::adaptation::mean_squared_error;
use crate::domain::task;
use crate::engine::protocol::{Adapted, PreviewResult};
use crate::i18n::Locale;

/// The fit of one run of the comparison.
#[derive(Clone, Copy, Debug)]
pub struct RunFitChart {
    /// The run's place among the letters and colours.
    pub colour_slot: usize,
}

impl Chart for RunFitChart {
    const NAME: &'static str = "run-fit";

    type Figure<'a> = FitFigure<'a>;

    fn heading(locale: Locale) -> &'static str {
        locale.comparison_heading()
    }

    fn title(&self, locale: Locale) -> String {
        format!("{} · {}", Self::heading(locale), letter(self.colour_slot))
    }

    fn number(&self) -> Option<usize> {
        Some(self.colour_slot + 1)
    }

    fn settings(&self, sources: &impl Sources) -> Vec<Settings> {
        let (run, plan, results) =
            (sources.fitted_run(self.colour_slot), sources.comparison_plan(), sources.comparison());
        let planned = plan.run(self.colour_slot);
        run.as_ref().zip(planned).and_then(|(run, planned)| of_run(&results, planned, &run.name)).into_iter().collect()
    }

    fn with_figure<T>(&self, sources: &impl Sources, see: impl FnOnce(&FitFigure<'_>) -> T) -> Option<T> {
        let run = sources.fitted_run(self.colour_slot);
        let FittedRun { name, distribution, predicted } = run.as_ref()?;
        let (curve, shots) = (sources.preview_input().curve(), sources.shots().clone());
        let y_limit = preview_input::y_limit(&sources.config(), &curve, &shots);
        let grid = task::grid(distribution);
        let truth = curve.values(&grid);
        // The fit chart looks errors up by step.
        let mut mse = vec![f64::NAN; predicted.steps.last().map_or(0, |last| last + 1)];
        for (step, row) in predicted.steps.iter().zip(&predicted.rows) {
            mse[*step] = mean_squared_error(row, &truth);
        }
        let theta = Adapted { mse, steps: predicted.steps.clone(), predictions: predicted.rows.clone() };
        let random = Adapted { mse: vec![], steps: vec![], predictions: vec![] };
        let iteration = predicted.iteration;
        let preview = PreviewResult { iteration, curve, shots, grid, truth, theta, random, pinned: None };
        Some(see(&FitFigure {
            title: Some(name),
            preview: &preview,
            steps: &predicted.steps,
            replayed: None,
            show_random: false,
            y_limit: Some(y_limit),
            shots_from: None,
            average: None,
        }))
    }
}
