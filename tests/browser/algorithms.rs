//! Algorithms and optimizers by their fields: what a person chooses trains, and to the bits of the native program.

use reptile_lab::domain::algorithm::Algorithm;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::inner_optimizer::map::Map;
use reptile_lab::domain::inner_optimizer::{InnerOptimizer, InnerState};
use reptile_lab::domain::outer_optimizer::OuterOptimizer;
use reptile_lab::domain::schedule::Schedule;
use serde_json::json;

use crate::page::Page;
use crate::trained::trained;
use crate::{EN, visit};

const ITERATIONS: u64 = 20;

/// Chooses from a list of settings and waits until the Config has it.
async fn choose(page: &Page, list: &str, label: &str, path: &str, value: &str) {
    page.find("combobox", list).await.choose(label).await;
    let read = format!("reptileLab.getConfig().then((config) => config.{path} === '{value}')");
    page.until(&read).await;
}

/// Trains from the start, and compares θ.
async fn trains_as_natively(page: &Page, expected: &Config) {
    assert_eq!(page.config().await, *expected);
    page.lab("reset", &[]).await;
    page.lab("step", &[json!(ITERATIONS)]).await;
    assert!(page.theta().await == trained(expected, ITERATIONS), "{expected:?}");
}

/// A network that trains at once.
fn small() -> Config {
    let mut config = Preset::Paper.config();
    config.model.hidden = vec![12, 7];
    config
}

#[test]
fn every_algorithm_is_chosen_and_trains() {
    let names = [
        (Algorithm::Fomaml, EN.word_fomaml(), "fomaml"),
        (Algorithm::Maml, EN.word_maml(), "maml"),
        (Algorithm::Joint, EN.word_joint(), "joint"),
        (Algorithm::None, EN.word_none(), "none"),
        (Algorithm::Reptile, EN.word_reptile(), "reptile"),
    ];
    visit(async |page| {
        let mut config = small();
        page.set_config(&config).await;
        page.unfold(EN.group_outer()).await;
        for (algorithm, label, value) in names {
            choose(page, EN.parameter_algorithm(), label, "algorithm", value).await;
            config = config.with_algorithm(algorithm);
            trains_as_natively(page, &config).await;
        }
    });
}

#[test]
fn every_inner_optimizer_is_chosen_and_trains() {
    let names = [
        (InnerOptimizer::Gd, EN.word_gd(), "gd"),
        (InnerOptimizer::Momentum, EN.word_momentum(), "momentum"),
        (InnerOptimizer::Adam, EN.word_adam(), "adam"),
        (InnerOptimizer::Rmsprop, EN.word_rmsprop(), "rmsprop"),
        (InnerOptimizer::Mapped, EN.word_mapped(), "mapped"),
    ];
    visit(async |page| {
        let mut config = small();
        config.inner.learning_rate = 0.004;
        page.set_config(&config).await;
        page.unfold(EN.group_inner()).await;
        for (optimizer, label, value) in names {
            choose(page, EN.parameter_inner_optimizer(), label, "inner.optimizer", value).await;
            config.inner.optimizer = optimizer;
            trains_as_natively(page, &config).await;
            if optimizer == InnerOptimizer::Adam {
                choose(page, EN.parameter_inner_state(), EN.word_carry(), "inner.state", "carry").await;
                config.inner.state = InnerState::Carry;
                trains_as_natively(page, &config).await;
            }
        }
        for (map, label, value) in [(Map::Asinh, EN.word_asinh(), "asinh"), (Map::Cubic, EN.word_cubic(), "cubic")] {
            choose(page, EN.parameter_inner_map(), label, "inner.map", value).await;
            config.inner.map = map;
            trains_as_natively(page, &config).await;
        }
    });
}

#[test]
fn every_outer_optimizer_and_schedule_is_chosen_and_trains() {
    let optimizers = [
        (OuterOptimizer::Momentum, EN.word_momentum(), "momentum"),
        (OuterOptimizer::Adam, EN.word_adam(), "adam"),
        (OuterOptimizer::Sgd, EN.word_sgd(), "sgd"),
    ];
    let schedules = [
        (Schedule::Constant, EN.word_constant(), "constant"),
        (Schedule::Cosine, EN.word_cosine(), "cosine"),
        (Schedule::Adaptive, EN.word_adaptive(), "adaptive"),
        (Schedule::Linear, EN.word_linear(), "linear"),
    ];
    visit(async |page| {
        let mut config = small();
        config.outer.step_size = 0.02;
        page.set_config(&config).await;
        page.unfold(EN.group_outer()).await;
        for (optimizer, label, value) in optimizers {
            choose(page, EN.parameter_outer_optimizer(), label, "outer.optimizer", value).await;
            config.outer.optimizer = optimizer;
            trains_as_natively(page, &config).await;
        }
        for (schedule, label, value) in schedules {
            choose(page, EN.parameter_outer_schedule(), label, "outer.schedule", value).await;
            config.outer.schedule = schedule;
            trains_as_natively(page, &config).await;
        }
    });
}
