//! Going back along a run on the page: the scrubber, the film's buttons, a click on the training chart, and a branch.

use reptile_lab::app::formatting::count;
use reptile_lab::i18n::message;
use serde_json::{Value, json};

use crate::page::{Page, key};
use crate::{EN, visit};

/// Trains so many meta-iterations.
async fn step(page: &Page, count: u64) {
    page.lab("step", &[json!(count)]).await;
}

async fn theta_at(page: &Page, iteration: u64) -> Vec<f32> {
    page.lab("goTo", &[json!(iteration)]).await;
    page.theta().await
}

#[test]
fn the_films_buttons_go_along_the_run_and_everything_follows() {
    visit(async |page| {
        step(page, 40).await;
        let present = page.theta().await;
        let shown = |iteration: u64| format!("status.shown === {iteration} && status.iteration === 40");
        page.press(EN.timeline_back()).await;
        page.until_status(&shown(39)).await;
        page.reads(&EN.format(message::TimelineShown { iteration: count(39) })).await;
        page.reads(&EN.format(message::RunIteration { iteration: count(40), iterations: count(2000) })).await;
        let status = page.lab("status", &[]).await;
        assert_eq!(status["provenance"][0]["iterations"], json!(39));
        page.press(EN.timeline_first()).await;
        page.until_status(&shown(0)).await;
        page.press(EN.timeline_forward()).await;
        page.until_status(&shown(1)).await;
        // The fit chart shows that moment, and the training chart marks it.
        page.chart_that(EN.fit_heading(), |words| words.contains("meta-iteration 1")).await;
        let marked = EN.format(message::ChartTrainingPast { iteration: count(1) });
        page.chart_that(EN.training_heading(), |words| words.contains(&marked)).await;
        let scrubber = page.find("slider", EN.run_progress()).await;
        scrubber.keys(key::END).await;
        page.until_status("status.shown > 30").await;
        page.press(EN.timeline_last()).await;
        page.until_status(&shown(40)).await;
        assert_eq!(page.theta().await, present);
        // It is played from the beginning, and ends at the last moment.
        page.press(EN.timeline_play()).await;
        page.until_status("status.shown < 40").await;
        page.until_status(&shown(40)).await;
        page.find("button", EN.timeline_play()).await;
    });
}

#[test]
fn training_from_a_past_moment_begins_a_branch_and_the_other_stays_until_it_is_hidden() {
    visit(async |page| {
        step(page, 300).await;
        let [at_200, at_60] = [theta_at(page, 200).await, theta_at(page, 60).await];
        assert_eq!(page.lab("timeline", &[]).await["at"], json!(60));
        page.chart_that(EN.training_heading(), |words| words.contains("300")).await;
        page.find("button", EN.timeline_train_on()).await;
        step(page, 140).await;
        assert_eq!(page.theta().await, at_200, "the same tasks, the same θ");
        page.reads(EN.timeline_other_branch()).await;
        let left = EN.format(message::ChartTrainingBranch { iteration: count(300) });
        page.chart_that(EN.training_heading(), |words| words.contains(&left)).await;
        page.press(EN.timeline_forget()).await;
        page.chart_that(EN.training_heading(), |words| !words.contains(&left)).await;
        assert_eq!(theta_at(page, 60).await, at_60);
        page.lab("goTo", &[json!("now")]).await;
        assert_eq!(page.theta().await, at_200);
        for (argument, words) in [(json!(201), "0 to 200"), (json!(1.5), "0 to 200"), (Value::Null, "iteration")] {
            let refused = page.refused("goTo", argument).await;
            assert!(refused.contains(words), "{refused}");
        }
    });
}

#[test]
fn a_run_that_a_person_begins_goes_by_slowly_enough_to_be_watched_and_ends_by_itself() {
    visit(async |page| {
        page.press(EN.run_train()).await;
        // At full speed the whole run is over before anybody has looked.
        let early = page.until_status("status.running && status.iteration > 1").await;
        assert!(early.iteration < 200, "{early:?}");
        let end = page.until_status("!status.running").await;
        assert_eq!(end.iteration, end.iterations);
        // Scripts wait for nothing.
        page.lab("reset", &[]).await;
        page.lab("start", &[]).await;
        let soon = page.until_status("status.iteration > 0 && status.iteration === status.iterations").await;
        assert!(!soon.running);
    });
}

#[test]
fn a_click_on_the_training_chart_goes_there() {
    visit(async |page| {
        step(page, 300).await;
        page.chart_that(EN.training_heading(), |words| words.contains("300")).await;
        let chart = page.chart(EN.training_heading()).await;
        chart.reveal().await;
        // Every measurement along the run has come.
        page.lab("evaluate", &[]).await;
        let middle = chart.middle().await;
        page.point_at(middle).await;
        let read = page.until("document.querySelector('.readout p')?.innerText.match(/[0-9]+$/)?.[0]").await;
        page.drag(middle, (0.0, 0.0)).await;
        let status = page.until_status("status.shown < status.iteration").await;
        assert!((1..300).contains(&status.shown) && status.iteration == 300, "{status:?}");
        // The moment whose values are read off there.
        assert_eq!(json!(status.shown.to_string()), read);
    });
}

#[test]
fn a_theta_is_kept_for_comparison_until_it_is_let_go() {
    visit(async |page| {
        let has = async |words: &str, is_there: bool| {
            for heading in [EN.fit_heading(), EN.adaptation_heading()] {
                page.chart_that(heading, |told| told.contains(words) == is_there).await;
            }
        };
        step(page, 60).await;
        theta_at(page, 30).await;
        page.press(EN.timeline_keep()).await;
        let kept = EN.format(message::TimelineKept { iteration: count(30) });
        page.find("button", kept.as_str()).await;
        let words = "kept at meta-iteration 30,";
        has(words, true).await;
        // Another moment, another α, another run.
        page.press(EN.timeline_last()).await;
        page.chart_that(EN.fit_heading(), |told| told.contains("θ at meta-iteration 60:") && told.contains(words))
            .await;
        let mut config = page.config().await;
        config.inner.learning_rate = 0.005;
        page.set_config(&config).await;
        page.lab("reset", &[]).await;
        page.chart_that(EN.fit_heading(), |told| told.contains("θ at meta-iteration 0:") && told.contains(words)).await;
        // Another network cannot be compared with; the page says so, and keeps θ.
        let network = config.model.clone();
        config.model.hidden = vec![8];
        page.set_config(&config).await;
        has(words, false).await;
        page.reads("is of another network, 1-64-64-1 tanh, and is not shown").await;
        page.find("button", kept.as_str()).await;
        config.model = network;
        page.set_config(&config).await;
        has(words, true).await;
        // By key, and by scripts.
        page.find("button", kept.as_str()).await.keys(key::ENTER).await;
        page.find("button", EN.timeline_keep()).await;
        has("kept at", false).await;
        step(page, 5).await;
        assert_eq!(page.lab("keepForComparison", &[]).await, json!(5));
        has("kept at meta-iteration 5,", true).await;
        assert_eq!(page.lab("dropComparison", &[]).await, Value::Null);
        has("kept at", false).await;
        page.lab("keepForComparison", &[]).await;
        page.press(EN.timeline_let_go()).await;
        page.find("button", EN.timeline_keep()).await;
    });
}
