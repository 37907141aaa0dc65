//! The task wheel: its figure, its keys and its numbers for scripts.

use std::f64::consts::TAU;

use reptile_lab::domain::config::preset::Preset;
use serde_json::{Value, json};

use crate::page::{Name, Page, key};
use crate::{EN, visit};

/// The share of the variance that scripts are told is in the plane, in per cent.
async fn share(page: &Page, steps: u32, amplitudes: &[f64], phases: &[f64]) -> f64 {
    let wanted = json!({ "steps": steps, "amplitudes": amplitudes, "phases": phases });
    let wheel = page.lab("wheel", &[wanted]).await;
    let points = wheel["points"].as_array().expect("rows");
    assert_eq!(points.len(), amplitudes.len());
    assert!(points.iter().all(|row| row.as_array().is_some_and(|row| row.len() == phases.len())), "{wheel}");
    let explained: Vec<f64> = wheel["explained"].as_array().expect("shares").iter().filter_map(Value::as_f64).collect();
    assert!((explained.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{wheel}");
    100.0 * (explained[0] + explained[1])
}

/// Waits for a wheel of so many steps around θ at a meta-iteration, whose plane has this share of the variance.
async fn shows(page: &Page, steps: u32, iteration: &str, share: f64) {
    let around = format!("around θ at meta-iteration {iteration},");
    let (steps, share) = (format!("after s = {steps} gradient"), format!("{share:.1}% of the variance"));
    page.chart_that(EN.wheel_heading(), |text| [&around, &steps, &share].iter().all(|words| text.contains(*words)))
        .await;
}

#[test]
fn the_wheel_follows_theta_and_its_steps_and_a_key_shows_a_task() {
    visit(async |page| {
        page.set_config(&Preset::Paper.config()).await;
        let amplitudes: Vec<f64> = (0..6).map(|i| 0.1 + 4.9 * f64::from(i) / 5.0).collect();
        let phases: Vec<f64> = (0..16).map(|j| TAU * f64::from(j) / 16.0).collect();
        page.unfold(EN.wheel_heading()).await;
        let untrained = share(page, 32, &amplitudes, &phases).await;
        assert!((70.0..90.0).contains(&untrained), "{untrained}");
        shows(page, 32, "0", untrained).await;
        // One gradient is linear in the targets.
        let steps = page.find("combobox", EN.wheel_steps()).await;
        steps.choose("1").await;
        let one = share(page, 1, &amplitudes, &phases).await;
        assert!(one > 99.99, "{one}");
        shows(page, 1, "0", one).await;
        steps.choose("32").await;
        page.lab("step", &[json!(3000)]).await;
        let trained = share(page, 32, &amplitudes, &phases).await;
        shows(page, 32, "3\u{202f}000", trained).await;

        let region = page.find("region", EN.wheel_heading()).await;
        let tasks = page.find_within(&region, "slider", Name::Is(EN.wheel_tasks())).await;
        // From the outermost φ of phase 0, one phase on and one amplitude in.
        tasks.keys(&format!("{}{}", key::RIGHT, key::DOWN)).await;
        page.until("document.querySelector('.wheel .readout')?.innerText.startsWith('amplitude 4.02, phase 0.39')")
            .await;
        tasks.keys(key::ENTER).await;
        let shown =
            "[...document.querySelectorAll('canvas')].some((it) => it.ariaLabel?.includes('y = 4.02·sin(x + 0.393)'))";
        page.until(shown).await;

        let refused = page.refused("wheel", json!({ "steps": 0, "amplitudes": [1, 2], "phases": [0] })).await;
        assert!(refused.contains("steps"), "{refused}");
    });
}
