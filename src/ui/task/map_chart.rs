//! The task map in the picker's plane, and the values at the pointer or at the task that keys move.

use leptos::html::Div;
use leptos::prelude::*;

use crate::chart::Frame;
use crate::chart::figure::Chart;
use crate::chart::plots::task_map::TaskMapChart;
use crate::ui::page::page;
use crate::ui::widgets::chart_canvas::{ChartCanvas, ReadoutBox};

/// The chart, which the lazy chunk exports: it tells in `frame` where the plane lies, and shows the values at the phase and
/// amplitude of `reading`.
pub fn body(frame: RwSignal<Option<Frame>>, reading: RwSignal<Option<(f64, f64)>>) -> AnyView {
    view! { <Map frame reading/> }.into_any()
}

#[component]
fn Map(frame: RwSignal<Option<Frame>>, reading: RwSignal<Option<(f64, f64)>>) -> impl IntoView {
    let page = page();
    let host = NodeRef::<Div>::new();
    let readout = move || {
        let ((phase, amplitude), frame) = (reading.get()?, frame.get()?);
        let readout = TaskMapChart.with_figure(&page, |figure| figure.at(phase, amplitude, page.locale()))??;
        let left = frame.position(phase, amplitude).0;
        let share = left / host.get_untracked()?.get_bounding_client_rect().width().max(1.0);
        let scheme = page.appearance.scheme.get();
        // The plane is small: the values stand above it, and cover no task.
        Some(view! { <ReadoutBox readout left top=0.0 share up=false scheme/> })
    };
    view! {
        <div class="map" node_ref=host>
            <ChartCanvas chart=TaskMapChart frame/>
            {readout}
        </div>
    }
}
