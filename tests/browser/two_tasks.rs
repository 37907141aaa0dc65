//! A meta-iteration on two tasks, at the pace of a click.

use reptile_lab::app::formatting;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::i18n::message;
use serde_json::{Value, json};

use crate::looks::TOO_WIDE;
use crate::page::{Name, Page, key};
use crate::{EN, visit};

/// A number of what scripts are told.
fn number(two: &Value, pointer: &str) -> f64 {
    two.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("{pointer} in {two}"))
}

/// Waits until the table has these two errors in a row.
async fn shows_errors(page: &Page, two: &Value, when: &str, step: usize) {
    for task in [0, 1] {
        page.find("table", EN.two_numbers()).await;
        // Two of the errors may be the same in three digits.
        let error = json!(formatting::error(number(two, &format!("/tasks/{task}/{when}/mse/{step}"))));
        page.until(&format!("[...document.querySelectorAll('td')].some((cell) => cell.innerText === {error})")).await;
    }
}

#[test]
fn a_class_walks_through_a_meta_iteration() {
    visit(async |page| {
        page.set_config(&Preset::Paper.config()).await;
        page.lab("step", &[json!(3)]).await;
        let theta = page.theta().await;
        let two = page.lab("twoTasks", &[]).await;
        assert_eq!((number(&two, "/number"), number(&two, "/step_size")), (3.0, 0.1));
        page.unfold(EN.two_heading()).await;
        page.reads(EN.two_stage_sample()).await;
        page.reads(&EN.format(message::TwoBegin { iteration: "3" })).await;
        page.reads("From θ at meta-iteration 3 · Reptile, 3 meta-iterations on sinusoid").await;
        let region = page.find("region", EN.two_heading()).await;
        page.find_within(&region, "status", Name::Any).await;
        shows_errors(page, &two, "before", 0).await;

        for step in 1..=5 {
            page.press(EN.two_next()).await;
            page.reads(&EN.format(message::TwoStageStep { step, steps: 5 })).await;
            shows_errors(page, &two, "before", step).await;
        }
        page.press(EN.two_back()).await;
        page.reads(&EN.format(message::TwoStageStep { step: 4, steps: 5 })).await;
        page.press(&EN.format(message::TwoAll { steps: 5 })).await;
        page.reads(&EN.format(message::TwoStageStep { step: 5, steps: 5 })).await;

        // By keys from here on.
        page.find("button", EN.two_next()).await.keys(key::ENTER).await;
        page.reads(EN.two_stage_compare()).await;
        page.reads(&EN.format(message::TwoCosine { cosine: formatting::decimal(number(&two, "/cosine"), 3) })).await;
        let plane = EN.format(message::ChartTwoDescriptionPlane { first: "", second: "", degrees: "" });
        let plane = plane.split_once("  ").map_or(plane.as_str(), |(start, _)| start);
        page.find_within(&region, "image", Name::Begins(&plane[..30])).await;
        page.type_keys(key::ENTER).await;
        page.reads(EN.two_stage_mean()).await;
        let to_mean = formatting::decimal(number(&two, "/to_mean"), 3);
        page.reads(&EN.format(message::TwoToMean { distance: &to_mean })).await;
        page.type_keys(key::ENTER).await;
        page.reads(EN.two_stage_move()).await;
        let moved = formatting::decimal(number(&two, "/moved"), 3);
        page.reads(&EN.format(message::TwoMoved { step_size: "0.1", distance: &to_mean, moved })).await;
        shows_errors(page, &two, "after", 0).await;
        shows_errors(page, &two, "after", 5).await;
        assert_eq!(page.script(TOO_WIDE, &[]).await, 0);
        page.resize(360, 800).await;
        assert_eq!(page.script(TOO_WIDE, &[]).await, 0);
        page.resize(1280, 900).await;

        page.find("slider", Name::Begins(EN.two_step_size())).await.keys(key::END).await;
        page.reads(&EN.format(message::TwoMoved { step_size: "1", distance: &to_mean, moved: &to_mean })).await;
        let far = page.lab("twoTasks", &[json!({ "step_size": 1 })]).await;
        shows_errors(page, &far, "after", 0).await;

        // On from the new θ, which is not the run's.
        page.press(EN.two_again()).await;
        page.reads(EN.two_stage_sample()).await;
        page.reads(&EN.format(message::TwoBeginMoved { iteration: "3", moves: 1 })).await;
        let wanted = json!({ "theta": far["theta"], "number": 4, "step_size": 1 });
        shows_errors(page, &page.lab("twoTasks", &[wanted]).await, "before", 0).await;
        assert_eq!(page.theta().await, theta);
        page.press(EN.two_restart()).await;
        page.reads(&EN.format(message::TwoBegin { iteration: "3" })).await;
        shows_errors(page, &two, "before", 0).await;

        // Another setting begins anew; another algorithm is told apart.
        page.unfold(EN.group_outer()).await;
        page.find("combobox", EN.parameter_algorithm()).await.choose(EN.word_maml()).await;
        page.reads(&EN.format(message::TwoReptile { algorithm: EN.word_maml() })).await;
        page.press(EN.two_next()).await;
        page.reads(&EN.format(message::TwoStageStep { step: 1, steps: 1 })).await;
        let refused = page.refused("twoTasks", json!({ "step_size": 3 })).await;
        assert!(refused.contains("step_size: 3"), "{refused}");
    });
}
