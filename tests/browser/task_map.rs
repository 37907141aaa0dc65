//! The error map in the task picker's plane, and its numbers for scripts.

use reptile_lab::domain::config::preset::Preset;
use serde_json::{Value, json};

use crate::page::{Page, Part, key};
use crate::{EN, visit};

/// Waits until the map is of θ at a meta-iteration, after so many steps.
async fn map_of(page: &Page, iteration: &str, step: usize) -> Part {
    let (step, end) = (format!("after s = {step} "), format!("at meta-iteration {iteration}."));
    page.chart_that(EN.picker_heading(), |words| words.contains(&step) && words.contains(&end)).await
}

/// The median of the errors of training tasks, by the text alternative.
fn inside(map: &Part) -> f64 {
    let words = map.node.name();
    let (_, rest) = words.split_once("Inside the rectangle of training tasks: median ").expect("a median");
    rest.split(',').next().expect("a number").parse().expect("a number")
}

/// What a slider says of where it stands.
async fn told(slider: &Part) -> String {
    let words = slider.script("return arguments[0].getAttribute('aria-valuetext');").await;
    words.as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_error_map_is_shown_by_one_click_follows_training_and_is_read_by_pointer_and_keys() {
    visit(async |page| {
        page.set_config(&Preset::Fast.config()).await;
        page.press(EN.picker_map()).await;
        let map = map_of(page, "0", 4).await;
        let (untrained, drawing) = (inside(&map), map.drawing().await);
        page.reads(EN.picker_map_now()).await;

        page.lab("step", &[json!(2000)]).await;
        let map = map_of(page, "2\u{202f}000", 4).await;
        assert!(inside(&map) < untrained / 10.0, "from {untrained} to {}", inside(&map));
        assert_ne!(map.drawing().await, drawing);

        // The pointer reads a value, without moving the task.
        let point = page.find("slider", EN.picker_point()).await;
        let value = told(&point).await;
        assert!(value.contains("MSE") && value.contains("after s = 4"), "{value}");
        map.reveal().await;
        let (left, top, width, height) = map.place().await;
        let place = (left + 0.7 * width, top + 0.5 * height);
        page.point_at(place).await;
        page.reads(EN.chart_map_square()).await;
        assert_eq!(told(&point).await, value);
        // A click picks the task that is there, and keys read the next ones.
        page.drag(place, (0.0, 0.0)).await;
        let picked = page.find("slider", EN.picker_point()).await;
        let there = told(&picked).await;
        assert_ne!(there, value);
        picked.keys(key::UP).await;
        let moved = told(&page.find("slider", EN.picker_point()).await).await;
        assert!(moved != there && moved.contains("after s = 4"), "{moved}");

        page.find("combobox", EN.picker_map_step()).await.choose("0").await;
        let map = map_of(page, "2\u{202f}000", 0).await;
        assert!(inside(&map) > 1.0, "θ itself has learned no task");
        // Undo takes the task back, and leaves the map.
        page.press(EN.undo()).await;
        map_of(page, "2\u{202f}000", 0).await;
        // Large, it is read as well.
        page.lab("open", &[json!("#1&view.task_map.shown=true&view.large=task-map")]).await;
        let middle = page
            .until(
                "(() => {
                    const words = \"at meta-iteration 0.\";
                    const map = document.querySelector('dialog[open] [data-chart=task-map]');
                    if (!map?.ariaLabel.includes(words)) return null;
                    const { left, top, width, height } = map.getBoundingClientRect();
                    return [left + width / 2, top + height / 2];
                })()",
            )
            .await;
        let [x, y] = [0, 1].map(|index| middle[index].as_f64().expect("a place"));
        page.point_at((x, y)).await;
        page.until("document.querySelector('dialog[open] .readout')?.innerText.includes('near amplitude')").await;
        page.type_keys(key::ESCAPE).await;
        page.until("!document.querySelector('dialog[open]')").await;
        page.press(EN.picker_map()).await;
        let value = told(&page.find("slider", EN.picker_point()).await).await;
        assert!(!value.contains("MSE"), "{value}");
    });
}

/// A row of the map's errors.
fn row(map: &Value, index: usize) -> Vec<f64> {
    let row = map.pointer(&format!("/mse/{index}")).and_then(Value::as_array).expect("a row");
    row.iter().map(|error| error.as_f64().expect("a number")).collect()
}

#[test]
fn scripts_are_told_the_errors_of_a_plane_of_tasks() {
    visit(async |page| {
        let mut config = Preset::Fast.config();
        config.model.hidden = vec![12, 7];
        page.set_config(&config).await;
        page.lab("step", &[json!(50)]).await;
        let (amplitudes, phases) = ([0.5, 2.0], [0.0, 1.0, 3.0]);
        let wanted = json!({ "steps": 0, "amplitudes": amplitudes, "phases": phases });
        let map = page.lab("taskMap", &[wanted]).await;
        assert_eq!(map["mse"].as_array().map(Vec::len), Some(2));
        // Without a step the shots do not matter, and an adaptation says the same.
        for (index, amplitude) in amplitudes.into_iter().enumerate() {
            for (error, phase) in row(&map, index).into_iter().zip(phases) {
                let task = json!({ "amplitude": amplitude, "phase": phase });
                let adapted = page.lab("adapt", &[json!({ "task": task, "shots": [[0.0, 0.0]], "steps": 0 })]).await;
                let expected = adapted["mse"][0].as_f64().expect("a number");
                assert!((error / expected - 1.0).abs() < 1e-5, "{error} and {expected}");
            }
        }
        // Without steps, those of the Config.
        let after = page.lab("taskMap", &[json!({ "amplitudes": amplitudes, "phases": phases })]).await;
        assert_eq!(row(&after, 0).len(), 3);
        assert_ne!(after, map);
        let refused = page.refused("taskMap", json!({ "amplitudes": [], "phases": phases })).await;
        assert!(refused.starts_with("reptileLab.taskMap: amplitudes"), "{refused}");
        let refused =
            page.refused("taskMap", json!({ "amplitudes": amplitudes, "phases": phases, "steps": 1000 })).await;
        assert!(refused.starts_with("reptileLab.taskMap: steps"), "{refused}");
    });
}
