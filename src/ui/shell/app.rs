//! The page as a whole.

use leptos::prelude::*;

use crate::ui::panels::alignment::AlignmentSection;
use crate::ui::panels::comparison::CompareSection;
use crate::ui::controls::settings::Controls;
use crate::ui::panels::curves::{AdaptationSection, TrainingSection};
use crate::ui::panels::engine::EnginePanel;
use crate::ui::panels::evaluation::EvaluationSection;
use crate::ui::panels::explain::Explain;
use crate::ui::task::fit::FitSection;
use super::header::Header;
use crate::ui::shell::keyboard;
use super::notices::Notices;
use crate::ui::task::picker::Picker;
use crate::ui::shell::preferences;
use super::run_bar::RunBar;
use crate::ui::panels::search::SearchSection;
use crate::ui::state::Lab;
use crate::ui::panels::two_tasks::TwoTasksSection;

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
