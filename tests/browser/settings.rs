//! Settings: changed while training, and refused where they make no sense.

use std::{env, fs, process};

use reptile_lab::app::formatting::count;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::i18n::message;
use serde_json::{Value, json};

use crate::page::{Name, Page, key};
use crate::trained::trained;
use crate::{EN, visit};

/// A run that no test comes to the end of.
async fn endless(page: &Page) {
    let mut config = Preset::Fine.config();
    config.outer.iterations = 1_000_000;
    page.set_config(&config).await;
}

/// Waits until a field of the Config, by its JSON pointer, has this value, and the engine has gone on training with it.
async fn trains_with(page: &Page, pointer: &str, value: Value) {
    let names = pointer.trim_start_matches('/').replace('/', ".").replace(".0", "[0]").replace(".1", "[1]");
    page.until(&format!("reptileLab.getConfig().then((config) => config.{names} === {value})")).await;
    let now = page.until_status("status.running").await;
    page.until_status(&format!("status.running && status.iteration > {}", now.iteration + 10)).await;
}

#[test]
fn settings_change_while_training_goes_on() {
    visit(async |page| {
        endless(page).await;
        page.train().await;
        page.until_status("status.running && status.iteration > 20").await;

        page.unfold(EN.group_inner()).await;
        let rate = page.find("textbox", &format!("{} α", EN.parameter_inner_learning_rate())).await;
        rate.enter("0.01").await;
        trains_with(page, "/inner/learning_rate", json!(0.01)).await;
        let slider = page.find("slider", &EN.format(message::FieldSlider { label: EN.parameter_inner_steps() })).await;
        slider.keys(key::RIGHT).await;
        trains_with(page, "/inner/steps", json!(11)).await;
        page.find("textbox", EN.fit_count()).await.enter("6").await;
        trains_with(page, "/eval/shots", json!(6)).await;
        let edge = page.find("slider", EN.picker_high_amplitude()).await;
        edge.keys(&format!("{}{}", key::SHIFT, key::DOWN)).await;
        trains_with(page, "/tasks/amplitude/1", json!(4.5)).await;

        let status = page.status().await;
        page.press(EN.run_pause()).await;
        assert!(page.until_status("!status.running").await.iteration >= status.iteration);
    });
}

#[test]
fn another_network_begins_training_again_and_says_so() {
    visit(async |page| {
        endless(page).await;
        page.train().await;
        page.until_status("status.running && status.iteration > 20").await;
        page.unfold(EN.group_model()).await;
        page.reads(EN.field_restarts()).await;
        page.press(EN.layers_add()).await;
        page.until_status("!status.running && status.iteration === 0").await;
        page.reads(EN.run_not_started()).await;
        page.reads(&EN.format(message::LayersShape { shape: "1-64-64-64-1", parameters: count(8513) })).await;
        assert_eq!(page.config().await.model.hidden, [64, 64, 64]);
        assert_eq!(page.theta().await.len(), 8513);

        let units = page.find("textbox", &EN.format(message::LayersUnit { number: 1 })).await;
        units.enter("32").await;
        page.until("reptileLab.getConfig().then((config) => config.model.hidden[0] === 32)").await;
        page.press(EN.layers_remove()).await;
        page.until("reptileLab.theta().then((theta) => theta.length === 2241)").await;
        page.train().await;
        page.until_status("status.running && status.iteration > 20").await;
    });
}

#[test]
fn training_that_begins_in_the_task_of_an_edit_goes_on_with_it() {
    visit(async |page| {
        endless(page).await;
        page.unfold(EN.group_model()).await;
        page.find("button", EN.layers_add()).await;
        let add_and_train = "
            for (const name of arguments) {
                const buttons = [...document.querySelectorAll('button')];
                buttons.find((button) => [button.ariaLabel, button.innerText.trim()].includes(name)).click();
            }";
        page.script(add_and_train, &[json!(EN.layers_add()), json!(EN.run_train())]).await;
        page.until_status("status.running && status.iteration > 20").await;
        assert_eq!(page.config().await.model.hidden, [64, 64, 64]);
    });
}

#[test]
fn each_layer_learns_as_much_as_its_factor_says() {
    visit(async |page| {
        let mut config = page.config().await;
        let layers = "reptileLab.getConfig().then((config) => JSON.stringify(config.outer.layers) === ";
        page.unfold(EN.group_outer()).await;
        let first = EN.format(message::FieldEnd {
            label: EN.parameter_outer_layers(),
            end: EN.format(message::LayersHidden { number: 1 }),
        });
        page.find("textbox", &first).await.enter("0").await;
        page.until(&format!("{layers}'[0,1,1]')")).await;
        config.outer.layers = vec![0.0, 1.0, 1.0];
        let before = page.theta().await;
        page.lab("step", &[json!(20)]).await;
        let after = page.theta().await;
        assert_eq!(after[..128], before[..128], "weights and biases of the first hidden layer");
        assert!(after[128..].iter().zip(&before[128..]).all(|(after, before)| after != before));
        assert!(after == trained(&config, 20));

        // The list follows the network.
        page.unfold(EN.group_model()).await;
        page.press(EN.layers_add()).await;
        page.until(&format!("{layers}'[0,1,1,1]')")).await;
        page.find(
            "textbox",
            &EN.format(message::FieldEnd {
                label: EN.parameter_outer_layers(),
                end: EN.format(message::LayersHidden { number: 3 }),
            }),
        )
        .await;
        page.find(
            "textbox",
            &EN.format(message::FieldEnd { label: EN.parameter_outer_layers(), end: EN.layers_output() }),
        )
        .await
        .enter("0.5")
        .await;
        page.until(&format!("{layers}'[0,1,1,0.5]')")).await;
        page.press(EN.layers_remove()).await;
        page.until(&format!("{layers}'[0,1,0.5]')")).await;
        page.find("textbox", &first).await.enter("11").await;
        page.reads(&EN.format(message::FieldEnterNumber { min: 0, max: 10 })).await;
    });
}

#[test]
fn nonsense_in_a_field_is_told_beside_it_and_starts_no_training() {
    visit(async |page| {
        let before = page.config().await;
        page.unfold(EN.group_inner()).await;
        let label = EN.parameter_inner_learning_rate();
        let name = format!("{label} α");
        let advice = EN.format(message::FieldEnterNumber { min: "0.00001", max: 10 });
        for text in ["fast", "-1", "11"] {
            let field = page.find("textbox", &name).await;
            // Told at every key, before the field is left.
            field.write(text).await;
            page.reads(&advice).await;
            page.reads(EN.group_faulty()).await;
            let field = page.find("textbox", &name).await;
            assert_eq!(field.node.state("invalid"), "true", "{text}");
            assert_eq!(field.node.value(), text);
            page.train().await;
            let message = EN.format(message::FieldFault { label, message: &advice });
            let alert = EN.format(message::RunBlocked { message });
            page.alerts(&alert).await;
            let status = page.status().await;
            assert!(!status.running && status.iteration == 0, "{status:?}");
            assert_eq!(page.config().await, before);
            page.find("button", EN.problem_dismiss()).await.keys(key::ENTER).await;
            page.until(&format!("!document.body.innerText.includes({})", Value::from(alert))).await;
        }
        page.find("textbox", &name).await.enter("0.03").await;
        let field = page.find("textbox", &name).await;
        assert_eq!(field.node.state("invalid"), "false");
        assert!(!page.shows(&advice).await);
        page.train().await;
        page.until_status("status.running && status.iteration > 0").await;
        assert_eq!(page.config().await.inner.learning_rate, 0.03);
    });
}

#[test]
fn escape_takes_a_draft_back() {
    visit(async |page| {
        page.unfold(EN.group_outer()).await;
        let name = format!("{} ε", EN.parameter_outer_step_size());
        let field = page.find("textbox", &name).await;
        let before = field.content().await;
        field.write("lots").await;
        field.keys("\u{E00C}").await;
        assert_eq!(field.content().await, before);
        assert_eq!(page.find("textbox", &name).await.node.state("invalid"), "false");
    });
}

#[test]
fn a_preset_is_chosen_from_the_list() {
    visit(async |page| {
        let list = page.find("combobox", EN.run_preset()).await;
        assert_eq!(list.content().await, "fast");
        let seed = page.config().await.seed;
        for preset in [Preset::Paper, Preset::Fine, Preset::Fast] {
            list.choose(preset.label(EN)).await;
            let iterations = preset.config().outer.iterations;
            page.until_status(&format!("status.iterations === {iterations}")).await;
            assert_eq!(page.config().await, Config { seed, ..preset.config() });
        }
    });
}

#[test]
fn training_is_slowed_down_to_watch_every_step() {
    visit(async |page| {
        page.find("combobox", EN.run_speed()).await.choose(EN.run_speed_step()).await;
        page.press(EN.run_train()).await;
        page.until_status("status.iteration >= 1").await;
        let time = page.promise("Promise.resolve(performance.now())").await;
        page.until_status("status.iteration >= 3").await;
        let later = page.promise("Promise.resolve(performance.now())").await;
        let passed = later.as_f64().unwrap_or_default() - time.as_f64().unwrap_or_default();
        assert!(passed > 1500.0, "two meta-iterations at one a second took {passed} ms");
        page.find("combobox", EN.run_speed()).await.choose(EN.run_speed_unlimited()).await;
        page.until_status("status.iteration > 200").await;
    });
}

#[test]
fn settings_are_imported_from_a_file() {
    visit(async |page| {
        let folder = env::temp_dir().join(format!("reptile-lab-import-{}", process::id()));
        fs::create_dir_all(&folder).expect("a folder for the test's files");
        let (good, bad) = (folder.join("good.json"), folder.join("bad.json"));
        let config = Config { seed: 12, ..Preset::Paper.config() };
        fs::write(&good, config.to_json()).expect("a file of the test");
        fs::write(&bad, r#"{ "inner": { "steps": 65 } }"#).expect("a file of the test");

        let chosen = page.find("button", Name::Begins(EN.engine_import_file())).await;
        chosen.keys(&good.to_string_lossy()).await;
        page.until("reptileLab.getConfig().then((config) => config.seed === 12)").await;
        assert_eq!(page.config().await, config);
        chosen.keys(&bad.to_string_lossy()).await;
        let refused = EN.format(message::ErrorConfigOutOfRange { field: "inner.steps", value: 65, min: 1, max: 64 });
        page.alerts(&EN.format(message::EngineImportFailed { name: "bad.json", detail: refused })).await;
        assert_eq!(page.config().await, config);
        fs::remove_dir_all(&folder).expect("the test's own folder");
    });
}

#[test]
fn another_family_shows_its_own_curve_and_a_mixture_leaves_the_choice() {
    visit(async |page| {
        let formula = |words: &str| words.contains("sgn sin(");
        let sine = page.chart_that(EN.fit_heading(), |words| words.contains("s = 32")).await;
        let (words, drawing) = (sine.node.name().to_owned(), sine.drawing().await);
        assert!(!formula(&words), "{words}");

        page.unfold(EN.group_tasks()).await;
        let family = page.find("combobox", EN.parameter_tasks_family()).await;
        family.choose(EN.word_square()).await;
        page.until("reptileLab.getConfig().then((config) => config.tasks.family === 'square')").await;
        let square = page.chart_that(EN.fit_heading(), |words| formula(words) && words.contains("s = 32")).await;
        assert!(square.node.name().contains(EN.word_square()), "{}", square.node.name());
        assert_ne!(square.drawing().await, drawing);
        page.reads(EN.picker_inside()).await;
        assert!(page.all("combobox").await.iter().all(|list| list.name() != EN.picker_family()));

        // A person who leaves fields out gets a task of that family.
        let task = json!({ "amplitude": 2.0, "phase": 0.0 });
        let adapt = async |task: &Value| {
            let wanted = json!({ "task": task, "shots": [[1.0, 2.0]], "steps": 1 });
            page.lab("adapt", &[wanted]).await["mse"][0].clone()
        };
        let left_out = adapt(&task).await;
        let named = |family: &str| json!({ "amplitude": 2.0, "phase": 0.0, "family": family, "frequency": 1.0 });
        assert_eq!(left_out, adapt(&named("square")).await);
        assert_ne!(left_out, adapt(&named("sinusoid")).await);

        family.choose(EN.word_mixture()).await;
        let weight = |family| format!("{}, {family}", EN.parameter_tasks_weights());
        let line = page.find("textbox", &weight(EN.word_line())).await;
        line.enter("0").await;
        page.until("reptileLab.getConfig().then((config) => config.tasks.weights[1] === 0)").await;
        let shown = page.find("combobox", EN.picker_family()).await;
        assert_eq!(shown.content().await, "square");
        shown.choose(EN.word_line()).await;
        page.chart_that(EN.fit_heading(), |words| words.contains("(line)")).await;
        page.reads(EN.picker_outside()).await;
        shown.choose(EN.word_triangle()).await;
        page.chart_that(EN.fit_heading(), |words| words.contains("asin sin(")).await;
        page.reads(EN.picker_inside()).await;

        page.train().await;
        page.until_status("status.running && status.iteration > 20").await;
    });
}

#[test]
fn settings_that_diverge_are_told_and_one_click_brings_back_the_best_theta() {
    visit(async |page| {
        let mut config = Preset::Paper.config();
        page.set_config(&config).await;
        page.lab("step", &[json!(200)]).await;
        // The chart has measured θ, which is the best so far.
        page.chart_that(EN.training_heading(), |text| text.contains("to 200 of")).await;
        config.inner.learning_rate = 10.0;
        (config.outer.step_size, config.tasks.noise) = (2.0, 10.0);
        page.set_config(&config).await;
        page.train().await;
        page.alerts("diverged").await;
        page.until_status("!status.running").await;
        page.press(EN.problem_recall()).await;
        page.until("![...document.querySelectorAll('[role=alert]')].some((alert) => alert.innerText)").await;
        let theta = page.theta().await;
        assert!(theta.iter().all(|number| number.abs() < 100.0), "a θ that can be used");
        let fit = page.chart(EN.fit_heading()).await;
        assert!(!fit.node.name().contains("not finite") && !fit.node.name().contains("NaN"), "{}", fit.node.name());
    });
}
