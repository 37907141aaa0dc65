//! Runs side by side: their list, their budget, and what comes of them.

use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::choice::Named;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::cost::Cost;
use reptile_lab::domain::task::TaskDistribution;
use reptile_lab::i18n::message;
use serde_json::json;

use crate::page::{Name, Page};
use crate::{EN, Visit, visit};

/// A small run that is soon over.
async fn small(page: &Page) -> Config {
    let mut config = Preset::Paper.config();
    config.model.hidden = vec![8];
    config.eval.tasks = 20;
    page.set_config(&config).await;
    config
}

/// The letters of the table's rows, from the top.
async fn order(page: &Page) -> String {
    const LETTERS: &str =
        "return [...document.querySelectorAll('.comparison tbody .letter')].map((b) => b.textContent).join('')";
    page.script(LETTERS, &[]).await.as_str().expect("text").to_owned()
}

#[test]
fn a_list_of_runs_is_compared_and_its_table_sorted() {
    visit(async |page| {
        small(page).await;
        page.unfold(EN.comparison_heading()).await;
        page.find("combobox", EN.comparison_fill()).await.choose(EN.comparison_fill_algorithms()).await;
        for (letter, name) in
            "ABCDE".chars().zip([EN.word_reptile(), EN.word_fomaml(), EN.word_maml(), EN.word_joint(), EN.word_none()])
        {
            let field = page.find("textbox", &EN.format(message::ComparisonName { letter })).await;
            assert_eq!(field.content().await, name);
        }
        page.find("textbox", EN.comparison_amount()).await.enter("60").await;
        page.find("combobox", EN.comparison_seeds()).await.choose("1").await;
        page.press(EN.comparison_start()).await;
        page.find("button", EN.comparison_start()).await;
        page.until("/^Comparison finished in .* Runs: 5[.]$/.test(document.querySelector('.comparison [role=status]').innerText)")
            .await;

        assert_eq!(order(page).await, "ABCDE");
        page.press("s = 8").await;
        // The head says by a mark how it is sorted.
        let ascending = order(page).await;
        page.find("button", Name::Begins("s = 8")).await.click().await;
        assert_eq!(order(page).await, ascending.chars().rev().collect::<String>());
        let chart = page.find("image", Name::Begins("Error after")).await;
        assert!(chart.node.name().contains(&format!("E, {}", EN.word_none())), "{}", chart.node.name());

        page.press(&EN.format(message::ComparisonHide { name: EN.word_none() })).await;
        assert_eq!(order(page).await.len(), 4);
        page.press(&EN.format(message::ComparisonDelete { name: EN.word_joint() })).await;
        assert_eq!(order(page).await.len(), 3);
        page.find("textbox", &EN.format(message::ComparisonName { letter: 'B' })).await.enter("my favourite").await;
        page.find("rowheader", Name::Begins("B my favourite")).await;

        // Loading one brings its Config and its θ, with what that has cost.
        page.press(&EN.format(message::ComparisonUse { name: "my favourite" })).await;
        let loaded = page.until_status("status.iteration === 60").await;
        let config = page.config().await;
        assert_eq!(config.algorithm.name(), "fomaml");
        assert_eq!(loaded.gradient_evaluations, Cost::of(&config, 60).evaluations());
        assert!(loaded.training_seconds > 0.0, "{loaded:?}");

        // Of other runs nothing is finished.
        page.find("combobox", EN.comparison_fill()).await.choose(EN.comparison_fill_rates()).await;
        page.until("document.querySelector('.comparison [role=status]').innerText === ''").await;
        page.find("image", EN.chart_comparison_empty()).await;
    });
}

#[test]
fn a_comparison_can_be_paused_and_given_up_and_the_page_answers_meanwhile() {
    visit(async |page| {
        small(page).await;
        page.unfold(EN.comparison_heading()).await;
        page.press(EN.comparison_add()).await;
        page.find("textbox", EN.comparison_amount()).await.enter("1000000").await;
        page.press(EN.comparison_start()).await;
        page.press(EN.comparison_pause()).await;
        page.find("button", EN.comparison_resume()).await;
        // The engine is free for other things.
        assert_eq!(page.lab("evaluate", &[]).await["steps"][1], 1);
        page.press(EN.comparison_resume()).await;
        page.press(EN.comparison_cancel()).await;
        page.find("button", EN.comparison_start()).await;
    });
}

#[test]
fn scripts_compare_runs_too() {
    visit(async |page| {
        let config = small(page).await;
        let other = config.clone();
        // Both have other tasks than the page.
        let mut config = config;
        config.tasks.noise = 10.0;
        let mut wild = config.clone();
        wild.inner.learning_rate = 10.0;
        wild.outer.step_size = 2.0;
        let results = page.lab("compare", &[json!({ "runs": [&config, wild], "evaluations": 500 })]).await;
        let measured: TaskDistribution = serde_json::from_value(results[1]["distribution"].clone()).expect("tasks");
        assert_eq!((&results[1]["tasks"], measured), (&json!(20), config.tasks.clone()));
        assert_eq!(results[0]["gradient_evaluations"], 500.0);
        assert_eq!(results[0]["meta_iterations"], 100.0);
        assert_eq!(results[0]["steps"][1], 1);
        assert!(results[0]["mean_mse"][1].as_f64().is_some_and(|error| error > 0.0), "{results}");
        assert!(results[1]["diverged"].is_u64(), "{results}");
        let words = page.refused("compare", json!({ "runs": [{ "outer": { "step_size": 99 } }] })).await;
        assert!(words.contains("outer.step_size"), "{words}");
        let words = page.refused("compare", json!({ "runs": [config, other], "iterations": 5 })).await;
        assert!(words.contains("runs[1]") && words.contains("tasks.noise"), "{words}");
    });
}

/// Six runs of ten thousand meta-iterations, three seeds each; prints how long they take.
#[test]
fn six_runs_are_compared_while_the_page_answers() {
    Visit { alone: true, ..Visit::default() }.run(async |page| {
        page.ready().await;
        let reptile = Preset::Paper.config();
        let algorithms =
            [Algorithm::Fomaml, Algorithm::Maml, Algorithm::Joint, Algorithm::None].map(|a| reptile.with_algorithm(a));
        let adam = Preset::Fast.config();
        let runs: Vec<_> = [reptile, adam].into_iter().chain(algorithms).collect();
        page.unfold(EN.comparison_heading()).await;
        // The answers to another command meanwhile, and tasks that keep the page busy.
        let outcome = page
            .promise(&format!(
                "(async () => {{
                    const long = [];
                    new PerformanceObserver((list) => long.push(...list.getEntries())).observe({{ type: 'longtask' }});
                    const begun = performance.now();
                    let done = false;
                    const compared = reptileLab.compare({{ runs: {}, iterations: 10000, seeds: 3 }});
                    compared.finally(() => {{ done = true; }});
                    let answers = 0;
                    let slowest = 0;
                    while (!done) {{
                        const asked = performance.now();
                        await reptileLab.theta();
                        slowest = Math.max(slowest, performance.now() - asked);
                        answers += 1;
                        await new Promise(requestAnimationFrame);
                    }}
                    const results = await compared;
                    const seconds = (performance.now() - begun) / 1000;
                    return {{ seconds, answers, slowest, long: long.length, results }};
                }})()",
                json!(runs)
            ))
            .await;
        let results = outcome["results"].as_array().expect("a result for each run");
        assert_eq!(results.len(), 6);
        let made: Vec<_> = results.iter().map(|result| result["meta_iterations"].as_f64()).collect();
        let [trained, untrained] = [Some(10_000.0), Some(0.0)];
        assert_eq!(
            made,
            [trained, trained, trained, trained, trained, untrained],
            "without meta-training none is made"
        );
        assert!(results.iter().all(|result| result["diverged"].is_null()), "{results:?}");
        assert!(outcome["answers"].as_u64() > Some(20), "the engine answers meanwhile");
        println!(
            "six runs of 10,000 meta-iterations, 3 seeds each: {} s; slowest answer {} ms, {} long tasks",
            outcome["seconds"], outcome["slowest"], outcome["long"]
        );
    });
}
