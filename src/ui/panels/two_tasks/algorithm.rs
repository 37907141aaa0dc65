//! The algorithm beside the drawing: the line that the present stage carries out is marked, and each line has the numbers of
//! now.

use leptos::prelude::*;

use super::round::{Round, Start};
use crate::app::algorithm_box::AlgorithmBox;
use crate::app::formatting;
use crate::app::provenance;
use crate::app::two_tasks::Line;
use crate::i18n::{Locale, message};

/// All lines.
#[component]
pub fn AlgorithmLines(round: Round) -> impl IntoView {
    let page = round.page;
    let now = Memo::new(move |_| round.stage().line());
    let lines = Line::ALL.map(|line| {
        let is_now = move || now.get() == line;
        let symbols = Memo::new(move |_| with_box(round, |shown| shown.symbols(line, page.locale())));
        let values = Memo::new(move |_| with_box(round, |shown| shown.values(line, page.locale())));
        let values = move || values.get().into_iter().map(|value| view! { <span>{value}</span> " " }).collect_view();
        view! {
            <li
                class:now=is_now
                aria-current=move || is_now().then_some("step")
                style:--depth=line.depth().to_string()
            >
                <span class="line">{symbols}</span>
                " "
                <span class="line-values">{values}</span>
            </li>
        }
    });
    view! {
        <div class="algorithm">
            <h3 class="hidden" id="two-tasks-algorithm">{page.words(Locale::algorithm_heading)}</h3>
            <ol aria-labelledby="two-tasks-algorithm">{lines.into_iter().collect_view()}</ol>
        </div>
    }
}

/// Reads the box of the present stage.
fn with_box<T>(round: Round, read: impl FnOnce(&AlgorithmBox<'_>) -> T) -> T {
    let (page, source) = (round.page, source(round));
    page.run.config.with(|config| {
        round.with(|two, _| {
            read(&AlgorithmBox { two, number: round.number.get(), inner: &config.inner, source: &source })
        })
    })
}

/// Where θ comes from, in words.
fn source(round: Round) -> String {
    let (start, iteration, moves) = round.source.get();
    let (page, iteration) = (round.page, formatting::count(iteration));
    let locale = page.locale();
    let begin = match (start, moves) {
        (Start::Random, 0) => return locale.two_begin_random().to_owned(),
        (Start::Random, _) => return locale.format(message::TwoBeginRandomMoved { moves }),
        (Start::Shown, 0) => locale.format(message::TwoBegin { iteration }),
        (Start::Shown, _) => locale.format(message::TwoBeginMoved { iteration, moves }),
    };
    let tell = |provenance: &crate::domain::provenance::Provenance| {
        page.run.config.with(|config| provenance::told(provenance, &config.tasks, locale))
    };
    [begin, round.provenance.with(tell)].join(" · ")
}
