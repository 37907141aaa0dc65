//! The page as a whole.

use leptos::prelude::*;

use super::alignment::AlignmentSection;
use super::compare::CompareSection;
use super::controls::Controls;
use super::curves::{AdaptationSection, TrainingSection};
use super::engine_panel::EnginePanel;
use super::evaluation::EvaluationSection;
use super::explain::Explain;
use super::fit::FitSection;
use super::header::Header;
use super::keyboard;
use super::notices::Notices;
use super::picker::Picker;
use super::preferences;
use super::run_bar::RunBar;
use super::search_section::SearchSection;
use super::state::Lab;
use super::two_tasks::TwoTasksSection;

/// Everything, over one [`Lab`].
#[component]
pub fn App(
    /// The state.
    lab: Lab,
) -> impl IntoView {
    provide_context(lab);
    dress(lab);
    lab.watch_drafts();
    keyboard::listen(lab);
    view! {
        <Header/>
        <RunBar/>
        <Notices/>
        <main id="charts">
            <FitSection/>
            <div class="side">
                <Picker/>
                <Explain/>
            </div>
            <div class="stage">
                <div class="curves">
                    <AdaptationSection/>
                    <TrainingSection/>
                </div>
                <EvaluationSection/>
                <TwoTasksSection/>
                <AlignmentSection/>
                <CompareSection/>
                <SearchSection/>
            </div>
            <div class="side">
                <Controls/>
                <EnginePanel/>
            </div>
        </main>
    }
}

/// Language, title and colours of the document follow the choices.
fn dress(lab: Lab) {
    Effect::new(move |_| {
        let locale = lab.locale();
        document().set_title(locale.page_title());
        if let Some(root) = document().document_element() {
            // Neither attribute has a value that the browser refuses.
            let _ = root.set_attribute("lang", locale.code());
            let _ = root.set_attribute("data-scheme", preferences::scheme_name(lab.look.scheme.get()));
        }
    });
}
