//! The evaluation protocol on demand, and its table.

use leptos::prelude::*;

use crate::app::action::Action;
use crate::app::formatting;
use crate::app::provenance;
use crate::domain::evaluation::SEED;
use crate::i18n::{Locale, message};
use crate::ui::page::{Evaluation, page};
use crate::ui::task::fit::OutOfDate;
use crate::ui::widgets::explained::Explained;

/// A button, and the last result.
#[component]
pub fn EvaluationSection() -> impl IntoView {
    let page = page();
    let help = move || {
        let (tasks, shots) = page.run.config.with(|config| (config.eval.tasks, config.eval.shots));
        page.locale().format(message::EvaluateHelp { tasks: formatting::count(tasks as u64), shots })
    };
    let stale = Memo::new(move |_| {
        page.results.evaluation.with(|evaluation| {
            evaluation.as_ref().is_some_and(|evaluation| {
                evaluation.iteration != page.run.shown.get()
                    || page.run.provenance.with(|provenance| evaluation.provenance != *provenance)
                    || page.run.config.with(|config| evaluation.config != *config)
            })
        })
    });
    view! {
        <section class="evaluation" aria-labelledby="evaluation-heading">
            <div class="heading-row">
                <h2 id="evaluation-heading">{page.words(Locale::evaluate_heading)}</h2>
                <OutOfDate stale/>
                <button
                    type="button"
                    aria-describedby="evaluation-help"
                    aria-busy=move || page.results.evaluating.get().to_string()
                    prop:disabled=page.results.evaluating
                    on:click=move |_| page.dispatch(Action::Evaluate)
                >
                    {move || if page.results.evaluating.get() { page.locale().evaluate_busy() } else { page.locale().evaluate() }}
                </button>
                <button
                    type="button"
                    hidden=move || !page.results.evaluating.get()
                    on:click=move |_| page.dispatch(Action::CancelEvaluation)
                >
                    {page.words(Locale::comparison_cancel)}
                </button>
            </div>
            <p class="help" id="evaluation-help"><Explained text=Signal::derive(help)/></p>
            {move || page.results.evaluation.get().map(table)}
        </section>
    }
}

/// Mean ± 95 % interval and median by gradient step.
fn table(evaluation: Evaluation) -> AnyView {
    let page = page();
    let Evaluation { curve, iteration, provenance, config } = evaluation;
    let caption = move || {
        let locale = page.locale();
        let caption = locale.format(message::EvaluateCaption {
            tasks: formatting::count(config.eval.tasks as u64),
            shots: config.eval.shots,
            seed: SEED,
            iteration: formatting::count(iteration),
            run_seed: config.seed,
        });
        let remark = provenance::remark(&provenance, &config, locale);
        [Some(caption), remark].into_iter().flatten().collect::<Vec<_>>().join(". ")
    };
    let steps = curve.steps.iter().map(|step| view! { <th scope="col">{step.to_string()}</th> }).collect_view();
    let means = curve.mean_mse.iter().map(|&mean| view! { <td>{formatting::error(mean)}</td> }).collect_view();
    let medians = curve.median_mse.iter().map(|&median| view! { <td>{formatting::error(median)}</td> }).collect_view();
    let intervals = curve.ci95.iter().map(|&half| view! { <td>"± " {formatting::error(half)}</td> }).collect_view();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-labelledby="evaluation-heading">
            <table>
                <caption>{caption}</caption>
                <tbody class="head">
                    <tr>
                        <th scope="row">{page.words(Locale::evaluate_steps)}</th>
                        {steps}
                    </tr>
                </tbody>
                <tbody>
                    <tr>
                        <th scope="row">{page.words(Locale::evaluate_mse)}</th>
                        {means}
                    </tr>
                    <tr>
                        <th scope="row">{page.words(Locale::evaluate_interval)}</th>
                        {intervals}
                    </tr>
                    <tr>
                        <th scope="row">{page.words(Locale::evaluate_median)}</th>
                        {medians}
                    </tr>
                </tbody>
            </table>
        </div>
    }
    .into_any()
}
