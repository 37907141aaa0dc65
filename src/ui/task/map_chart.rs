//! The task map in the picker's plane, and the values at the pointer or at the task that keys move.

use leptos::prelude::*;

use crate::chart::Frame;
use crate::chart::figure::Chart;
use crate::chart::plots::task_map::TaskMapChart;
use crate::ui::page::page;
use crate::ui::widgets::chart_canvas::ChartCanvas;
use crate::ui::widgets::readout::ReadoutBox;

/// The chart, which the lazy chunk exports: it tells in `frame` where the plane lies, and shows the values at the phase and
/// amplitude of `reading`.
pub fn body(frame: RwSignal<Option<Frame>>, reading: RwSignal<Option<(f64, f64)>>) -> AnyView {
    view! { <Map frame reading/> }.into_any()
}

#[component]
fn Map(frame: RwSignal<Option<Frame>>, reading: RwSignal<Option<(f64, f64)>>) -> impl IntoView {
    let page = page();
    let readout = move || {
        let ((phase, amplitude), frame) = (reading.get()?, frame.get()?);
        let readout = TaskMapChart.with_figure(&page, |figure| figure.at(phase, amplitude, page.locale()))??;
        let place = frame.position(phase, amplitude);
        // The plane is small: the values stand outside, and cover no task.
        Some(view! { <ReadoutBox readout place outside=true scheme=page.appearance.scheme.get()/> })
    };
    view! {
        <div class="map">
            <ChartCanvas chart=TaskMapChart frame>{readout}</ChartCanvas>
        </div>
    }
}
