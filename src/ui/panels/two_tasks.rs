//! One meta-iteration on two tasks, stage by stage: sample tasks, inner steps, compare φ, average them, update θ.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::formatting;
use crate::app::formula;
use crate::app::problem::Problem;
use crate::app::provenance;
use crate::app::state::Panel;
use crate::app::two_tasks::{Stage, steps};
use crate::chart::figure::Chart;
use crate::chart::plots::plane::PlaneChart;
use crate::chart::plots::task::TaskChart;
use crate::domain::algorithm::Algorithm;
use crate::domain::choice::Named;
use crate::domain::config::Config;
use crate::domain::outer_optimizer::OuterOptimizer;
use crate::domain::provenance::Provenance;
use crate::engine::protocol::{Failure, OfTask, ReadTheta, TraceTwoTasks, TwoTasks};
use crate::i18n::message;
use crate::ui::page::{Page, page};
use crate::ui::widgets::chart_canvas::ChartCanvas;
use crate::ui::widgets::collapsible::Collapsible;

/// ε where the run's own belongs to another outer update: large enough for a visible change of θ.
const STEP_SIZE: f64 = 0.25;

/// ε's range has so many parts.
const PARTS: f64 = 100.0;

/// What a meta-iteration begins from: θ, the number whose tasks it draws, and ε.
#[derive(Clone, PartialEq)]
struct Beginning {
    theta: Vec<f32>,
    number: u64,
    step_size: f64,
}

/// The example under way, on a private copy of θ.
#[derive(Clone, Copy)]
struct Round {
    page: Page,
    /// Where the present meta-iteration begins.
    beginning: StoredValue<Option<Beginning>>,
    /// Meta-iterations of the run behind the copy, and those made here since.
    source: RwSignal<(u64, u64)>,
    /// What has trained the copy.
    provenance: RwSignal<Provenance>,
    step_size: RwSignal<f64>,
    /// The engine's last result; there is one from the first answer on.
    two: RwSignal<Option<TwoTasks>>,
    /// The number of the stage, of [`Stage::of`].
    number: RwSignal<usize>,
    /// Whether the engine is computing it.
    asking: StoredValue<bool>,
}

/// Whether a run's outer update is the one shown here.
fn moves_plainly(config: &Config) -> bool {
    config.algorithm == Algorithm::Reptile && config.outer.optimizer == OuterOptimizer::Sgd
}

impl Round {
    fn new(page: Page) -> Self {
        Self {
            page,
            beginning: StoredValue::new(None),
            source: RwSignal::new((0, 0)),
            provenance: RwSignal::new(Provenance::default()),
            step_size: RwSignal::new(STEP_SIZE),
            two: page.charts.two_tasks,
            number: page.charts.stage,
            asking: StoredValue::new(false),
        }
    }

    /// Begins with a copy of the run's present θ, and the tasks that come next in training.
    fn begin(self) {
        let of_config =
            |config: &Config| if moves_plainly(config) { config.outer.step_size.min(1.0) } else { STEP_SIZE };
        let step_size = self.page.run.config.with_untracked(of_config);
        spawn_local(async move {
            if let Ok(theta) = self.page.request(ReadTheta).await {
                let number = self.page.run.shown.get_untracked();
                self.source.set((number, 0));
                self.provenance.set(self.page.run.provenance.get_untracked());
                self.step_size.set(step_size);
                self.go_on(Beginning { theta, number, step_size });
            }
        });
    }

    /// Goes on with another meta-iteration, from its first stage.
    fn go_on(self, beginning: Beginning) {
        self.beginning.set_value(Some(beginning));
        self.number.set(0);
        self.ask();
    }

    /// Requests the present meta-iteration from the engine. Changes that are made meanwhile are requested when it is
    /// done.
    fn ask(self) {
        let Some(wanted) = self.beginning.get_value() else { return };
        if self.asking.get_value() {
            return;
        }
        self.asking.set_value(true);
        spawn_local(async move {
            let Beginning { theta, number, step_size } = wanted.clone();
            let answer = self.page.request(TraceTwoTasks { theta, number, step_size }).await;
            self.asking.set_value(false);
            match answer {
                Ok(two) => self.two.set(Some(two)),
                // A lost engine is reported elsewhere; a θ of another network is refused, and about to be replaced.
                Err(Failure::NotOpen | Failure::Theta { .. }) => {}
                Err(failure) => self.page.report(Problem::Engine(failure)),
            }
            if self.beginning.with_value(|beginning| beginning.as_ref() != Some(&wanted)) {
                self.ask();
            }
        });
    }

    fn change_step_size(self, step_size: f64) {
        self.step_size.set(step_size);
        self.beginning.update_value(|beginning| {
            if let Some(beginning) = beginning {
                beginning.step_size = step_size;
            }
        });
        self.ask();
    }

    /// Reads the meta-iteration and the stage.
    fn with<T>(self, read: impl FnOnce(&TwoTasks, Stage) -> T) -> T {
        self.two.with(|two| {
            let two = two.as_ref().expect("the figure is there from the first answer on");
            read(two, Stage::of(self.number.get(), steps(two)))
        })
    }

    fn stage(self) -> Stage {
        self.with(|_, stage| stage)
    }

    /// Goes to the next stage; after the last one, to the first stage with two other tasks.
    fn next(self) {
        let next = self.two.with_untracked(|two| {
            let two = two.as_ref()?;
            let is_last = self.number.get_untracked() >= Stage::last(steps(two));
            is_last.then(|| Beginning {
                theta: two.theta.clone(),
                number: two.number + 1,
                step_size: self.step_size.get_untracked(),
            })
        });
        match next {
            Some(beginning) => {
                self.source.update(|(_, moves)| *moves += 1);
                self.go_on(beginning);
            }
            None => self.number.update(|number| *number += 1),
        }
    }

    fn back(self) {
        self.number.update(|number| *number = number.saturating_sub(1));
    }
}

/// The collapsible panel; the engine computes for it only while it is open.
#[component]
pub fn TwoTasksPanel() -> impl IntoView {
    let page = page();
    let round = Round::new(page);
    // For the panel's contents, which are in the lazy chunk.
    provide_context(round);
    let open = Memo::new(move |_| page.is_open(Panel::TwoTasks));
    Effect::new(move |_| {
        page.run.config.track();
        if open.get() && !page.run.pending.get() {
            round.begin();
        }
    });
    view! {
        <Collapsible
            panel=Panel::TwoTasks
            heading=TaskChart::heading
            help=Signal::derive(move || format!("{} {}", page.locale().two_help(), remark(page)))
            body=|chunk| (chunk.two_tasks)()
        />
    }
}

/// The panel's contents, which the lazy chunk exports.
pub fn body() -> AnyView {
    let round: Round = expect_context();
    view! { <Body round/> }.into_any()
}

/// The panel's contents, as soon as the engine has computed the first meta-iteration.
#[component]
fn Body(round: Round) -> impl IntoView {
    let is_there = Memo::new(move |_| round.two.with(Option::is_some));
    move || is_there.get().then(|| view! { <Figure round/> })
}

/// A note on the settings in which this meta-iteration differs from those of the run, if it does.
fn remark(page: Page) -> String {
    let locale = page.locale();
    page.run.config.with(|config| {
        let mut words = String::new();
        if config.algorithm != Algorithm::Reptile {
            words += &locale.format(message::TwoReptile { algorithm: config.algorithm.label(locale) });
            words += " ";
        }
        if !moves_plainly(config) {
            words += locale.two_plain();
        }
        words
    })
}

/// The buttons, what they have led to in words, the drawings and the numbers.
#[component]
fn Figure(round: Round) -> impl IntoView {
    let page = round.page;
    let is_last = Memo::new(move |_| round.stage() == Stage::Move);
    let is_learning = Memo::new(move |_| round.with(|two, _| round.number.get() < steps(two)));
    let compares = Memo::new(move |_| matches!(round.stage(), Stage::Compare | Stage::Mean | Stage::Move));
    let next = move || if is_last.get() { page.locale().two_again() } else { page.locale().two_next() };
    let all = move || page.locale().format(message::TwoAll { steps: round.with(|two, _| steps(two)) });
    let source = move || {
        let (iteration, moves) = round.source.get();
        let iteration = formatting::count(iteration);
        let locale = page.locale();
        let begin = if moves == 0 {
            locale.format(message::TwoBegin { iteration })
        } else {
            locale.format(message::TwoBeginMoved { iteration, moves })
        };
        let tell = |provenance: &Provenance| {
            page.run.config.with(|config| provenance::told(provenance, &config.tasks, locale))
        };
        [begin, round.provenance.with(tell)].join(" · ")
    };
    view! {
        <div class="toolbar">
            <button type="button" class="primary" on:click=move |_| round.next()>{next}</button>
            <button
                type="button"
                aria-disabled=move || (round.number.get() == 0).to_string()
                on:click=move |_| round.back()
            >
                {move || page.locale().two_back()}
            </button>
            <button
                type="button"
                aria-disabled=move || (!is_learning.get()).to_string()
                on:click=move |_| if is_learning.get_untracked() {
                    round.number.set(untrack(|| round.with(|two, _| steps(two))));
                }
            >
                {all}
            </button>
            <button type="button" on:click=move |_| round.begin()>{move || page.locale().two_restart()}</button>
            <span class="note">{source}</span>
        </div>
        <p class="stage-words" role="status">{move || stage_words(round)}</p>
        <div class="two-charts">
            <OneTask round index=0/>
            <OneTask round index=1/>
        </div>
        <div class="two-results">
            <Numbers round/>
            {move || compares.get().then(|| view! { <Plane/> })}
        </div>
    }
}

/// The stage in words.
fn stage_words(round: Round) -> String {
    let locale = round.page.locale();
    round.with(|two, stage| match stage {
        Stage::Sample => locale.two_stage_sample().to_owned(),
        Stage::Step(step) => locale.format(message::TwoStageStep { step, steps: steps(two) }),
        Stage::Compare => locale.two_stage_compare().to_owned(),
        Stage::Mean => locale.two_stage_mean().to_owned(),
        Stage::Move => locale.two_stage_move().to_owned(),
    })
}

/// The chart of one task.
#[component]
fn OneTask(round: Round, index: usize) -> impl IntoView {
    let page = round.page;
    let frame = RwSignal::new(None);
    let chart = TaskChart { index };
    let name = move || page.locale().format(message::TwoTask { number: index + 1 });
    let curve = move || {
        round.with(|two, _| {
            formula::of_task(&two.tasks[index].task, page.locale(), |value| formatting::decimal(value, 2))
        })
    };
    view! {
        <div>
            <h3>{name} " " <span class="formula">{curve}</span></h3>
            <ChartCanvas chart frame/>
        </div>
    }
}

/// The plane of θ, φ₁ and φ₂.
#[component]
fn Plane() -> impl IntoView {
    let frame = RwSignal::new(None);
    view! { <ChartCanvas chart=PlaneChart frame/> }
}

/// What can be measured so far: a table of both tasks, and what they have together.
#[component]
fn Numbers(round: Round) -> impl IntoView {
    let page = round.page;
    let rows = move || {
        let locale = page.locale();
        round.with(|two, stage| {
            let last = steps(two);
            let done = round.number.get().min(last);
            let compared = matches!(stage, Stage::Compare | Stage::Mean | Stage::Move);
            let moved = stage == Stage::Move;
            let cells =
                |read: &dyn Fn(&OfTask) -> f64| [read(&two.tasks[0]), read(&two.tasks[1])].map(formatting::error);
            let rows = [
                (true, locale.two_error_theta().to_owned(), cells(&|task| task.before.mse[0])),
                (done > 0, locale.format(message::TwoErrorPhi { steps: done }), cells(&|task| task.before.mse[done])),
                (compared, locale.two_distance().to_owned(), cells(&|task| task.distance)),
                (moved, locale.two_error_new().to_owned(), cells(&|task| task.after.mse[0])),
                (moved, locale.format(message::TwoErrorAgain { steps: last }), cells(&|task| task.after.mse[last])),
            ];
            let shown = rows.into_iter().filter(|(is_known, ..)| *is_known);
            let row = |(_, name, [first, second]): (bool, String, [String; 2])| {
                view! { <tr><th scope="row">{name}</th><td>{first}</td><td>{second}</td></tr> }
            };
            shown.map(row).collect_view()
        })
    };
    let together = move || {
        let locale = page.locale();
        round.with(|two, stage| {
            let [cosine, to_mean, moved] =
                [two.cosine, two.to_mean, two.moved].map(|value| formatting::decimal(value, 3));
            let (cosine, step_size) =
                (locale.format(message::TwoCosine { cosine }), formatting::decimal(two.step_size, 2));
            let sentences = match stage {
                Stage::Sample | Stage::Step(_) => vec![],
                Stage::Compare => vec![cosine],
                Stage::Mean => vec![cosine, locale.format(message::TwoToMean { distance: to_mean })],
                Stage::Move => vec![cosine, locale.format(message::TwoMoved { step_size, distance: to_mean, moved })],
            };
            sentences.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_view()
        })
    };
    let is_moving = Memo::new(move |_| round.stage() == Stage::Move);
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=move || page.locale().two_numbers()>
            <table>
                <caption class="hidden">{move || page.locale().two_numbers()}</caption>
                <thead>
                    <tr>
                        <td></td>
                        <th scope="col">{move || page.locale().format(message::TwoTask { number: 1 })}</th>
                        <th scope="col">{move || page.locale().format(message::TwoTask { number: 2 })}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            <div class="together">{together}</div>
            {move || is_moving.get().then(|| view! { <StepSize round/> })}
        </div>
    }
}

/// ε, to see how far θ moves with it.
#[component]
fn StepSize(round: Round) -> impl IntoView {
    let page = round.page;
    let text = move || formatting::decimal(round.step_size.get(), 2);
    view! {
        <label class="inline-field">
            {move || page.locale().two_step_size()}
            <input
                type="range"
                min="0"
                max=PARTS
                step="1"
                aria-valuetext=text
                prop:value=move || (round.step_size.get() * PARTS).to_string()
                style:--fill=move || format!("{}%", round.step_size.get() * 100.0)
                on:input=move |event| {
                    if let Ok(part) = event_target_value(&event).parse::<f64>() {
                        round.change_step_size(part / PARTS);
                    }
                }
            />
            <output class="value">{text}</output>
        </label>
    }
}
