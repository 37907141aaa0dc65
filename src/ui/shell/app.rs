//! The page as a whole.

use leptos::prelude::*;

use super::header::Header;
use super::notices::Notices;
use super::run_bar::RunBar;
use crate::ui::controls::settings::Controls;
use crate::ui::lessons;
use crate::ui::page::{Page, page};
use crate::ui::panels::alignment::AlignmentPanel;
use crate::ui::panels::comparison::ComparisonPanel;
use crate::ui::panels::curves::{AdaptationSection, TrainingSection};
use crate::ui::panels::engine::EnginePanel;
use crate::ui::panels::evaluation::EvaluationSection;
use crate::ui::panels::explain::Explain;
use crate::ui::panels::inside::InsidePanel;
use crate::ui::panels::lessons::LessonCard;
use crate::ui::panels::loss_surface::LossSurfacePanel;
use crate::ui::panels::search::SearchPanel;
use crate::ui::panels::theta_map::ThetaMapPanel;
use crate::ui::panels::two_tasks::TwoTasksPanel;
use crate::ui::panels::wheel::WheelPanel;
use crate::ui::shell::projector::PointerRing;
use crate::ui::shell::{address, keyboard, leave, projector, session};
use crate::ui::task::fit::FitSection;
use crate::ui::task::paste;
use crate::ui::task::picker::Picker;
use crate::ui::widgets::explained::Meaning;
use crate::ui::widgets::late::Late;

/// Everything, over one [`Page`].
#[component]
pub fn App(
    /// The state.
    page: Page,
) -> impl IntoView {
    provide_context(page);
    dress(page);
    keyboard::listen(page);
    paste::listen(page);
    leave::guard(page);
    address::follow(page);
    lessons::take_dropped(page);
    projector::follow(page);
    session::follow(page);
    // As soon as the engine can train, or never will, the rest of the page is fetched and made: neither delays training.
    let is_settled = Memo::new(move |_| page.run.status.with(Option::is_some) || page.run.crash.with(Option::is_some));
    view! {
        <Header/>
        <RunBar/>
        <Notices/>
        <main id="charts">
            <FitSection/>
            <div class="side">
                <LessonCard/>
                <Picker/>
                <Late wanted=is_settled body=|chunk| (chunk.aside)()/>
                <EnginePanel/>
            </div>
            <div class="stage">
                <Late wanted=false body=|chunk| (chunk.stage)()/>
            </div>
        </main>
        <Meaning/>
        <PointerRing/>
    }
}

/// What stands under the task picker, which the lazy chunk exports.
#[must_use]
pub fn aside() -> AnyView {
    view! {
        <Explain/>
        <Controls/>
    }
    .into_any()
}

/// What stands under the chart of the task, which the lazy chunk exports.
#[must_use]
pub fn stage() -> AnyView {
    lessons::follow(page());
    view! {
        <div class="curves">
            <AdaptationSection/>
            <TrainingSection/>
        </div>
        <EvaluationSection/>
        <TwoTasksPanel/>
        <InsidePanel/>
        <LossSurfacePanel/>
        <AlignmentPanel/>
        <ThetaMapPanel/>
        <WheelPanel/>
        <ComparisonPanel/>
        <SearchPanel/>
    }
    .into_any()
}

/// Language, title and colours of the document follow the choices, and what is hidden.
fn dress(page: Page) {
    Effect::new(move |_| {
        let locale = page.locale();
        document().set_title(locale.page_title());
        if let Some(root) = document().document_element() {
            // Neither attribute has a value that the browser refuses.
            let _ = root.set_attribute("lang", locale.code());
            let _ = root.set_attribute("data-scheme", page.appearance.scheme.get().name());
        }
    });
    Effect::new(move |_| {
        let hidden =
            page.view.hidden.with(|hidden| hidden.iter().map(|part| part.name()).collect::<Vec<_>>().join(" "));
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hidden", &hidden);
        }
    });
}
