//! A panel that is collapsed at first. Its contents are made when it is first opened, and are kept: leptos's signals hold on
//! to subscribers that are gone, so that contents made again and again would fill the memory.

use leptos::html::Details;
use leptos::prelude::*;

use crate::app::action::Action;
use crate::app::state::Panel;
use crate::i18n::Locale;
use crate::ui::page::page;
use crate::ui::task::fit::OutOfDate;
use crate::ui::widgets::chart_canvas::PanelOpen;
use crate::ui::widgets::explained::Explained;

/// The panel.
#[component]
pub fn Collapsible(
    /// Which: its name stands in styles, and before `-heading` in the heading's id.
    panel: Panel,
    /// Its heading.
    heading: fn(Locale) -> &'static str,
    /// What it is good for.
    #[prop(into)]
    help: Signal<String>,
    /// Whether its contents are out of date.
    #[prop(optional, into)]
    stale: Signal<bool>,
    /// Makes its contents.
    body: impl Fn() -> AnyView + Send + 'static,
) -> impl IntoView {
    let page = page();
    let name = panel.name();
    let details = NodeRef::<Details>::new();
    let is_open = Memo::new(move |_| page.is_open(panel));
    let is_needed = Memo::new(move |needed| needed == Some(&true) || is_open.get());
    let toggled = move |_| {
        if let Some(details) = details.get_untracked() {
            page.dispatch(Action::OpenPanel { panel, open: details.open() });
        }
    };
    let heading_id = format!("{name}-heading");
    let labelled_by = heading_id.clone();
    view! {
        <section class=format!("curve folded {name}") aria-labelledby=labelled_by>
            <details node_ref=details prop:open=is_open on:toggle=toggled>
                <summary>
                    <h2 id=heading_id>{page.words(heading)}</h2>
                    <OutOfDate stale/>
                </summary>
                {move || is_needed.get().then(|| {
                    // For the contents alone, which have an owner of their own.
                    provide_context(PanelOpen(is_open));
                    view! {
                        <div class="panel-body">
                            <p class="help" id=format!("{name}-help")><Explained text=help/></p>
                            {body()}
                        </div>
                    }
                })}
            </details>
        </section>
    }
}
