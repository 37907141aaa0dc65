//! What the page computes is what the native program computes.

use std::time::Instant;

use reptile_lab::backend::tolerance::{self, compare};
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::task::family::Families;
use reptile_lab::i18n::message;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::chrome::Gpu;
use crate::page::Name;
use crate::trained::trained;
use crate::{EN, Visit, visit};

pub fn digest(theta: &[f32]) -> String {
    let bytes: Vec<u8> = theta.iter().flat_map(|number| number.to_le_bytes()).collect();
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn the_same_seed_gives_the_same_bits_as_natively() {
    visit(async |page| {
        let mut mixture = Preset::Fast.config();
        mixture.tasks.family = Families::Mixture;
        (mixture.tasks.frequency, mixture.tasks.shots) = ([0.5, 2.0], [-5.0, 1.0]);
        for config in [Config { seed: 7, ..Preset::Paper.config() }, Preset::Fast.config(), mixture] {
            page.set_config(&config).await;
            page.lab("reset", &[]).await;
            page.lab("step", &[json!(300)]).await;
            let theta = page.theta().await;
            assert_eq!(theta.len(), 4353);
            assert_eq!(digest(&theta), digest(&trained(&config, 300)));
        }
    });
}

#[test]
fn workers_of_any_number_give_the_same_bits_as_one() {
    let mut config = Preset::Fast.config();
    config.outer.meta_batch = 6;
    let expected = digest(&trained(&config, 200));
    for (query, workers) in [("?workers=1", "SIMD"), ("?workers=2", "2 × SIMD"), ("?workers=4", "4 × SIMD")] {
        Visit { query, ..Visit::default() }.run(async |page| {
            page.ready().await;
            page.set_config(&config).await;
            page.lab("setBackend", &[json!("cpu")]).await;
            let adapter = page.status().await.adapter.unwrap_or_default();
            assert!(adapter.starts_with(workers), "{adapter}");
            page.lab("step", &[json!(200)]).await;
            assert_eq!(digest(&page.theta().await), expected, "{query}");
        });
    }
}

#[test]
fn without_a_gpu_the_page_says_so_and_trains_on_the_cpu() {
    for gpu in [Gpu::NoAdapter, Gpu::Disabled] {
        Visit { gpu, ..Visit::default() }.run(async |page| {
            page.ready().await;
            assert_eq!(page.script("return 'gpu' in navigator;", &[]).await, gpu != Gpu::Disabled);
            let status = page.status().await;
            assert_eq!(status.backend.as_deref(), Some("cpu"));
            assert!(status.message.starts_with(&EN.format(message::ReasonNoGpu { error: "" })), "{}", status.message);
            page.reads(&status.message).await;

            page.train().await;
            page.until_status("status.running && status.iteration > 20").await;
            let refused = page.refused("setBackend", json!("gpu")).await;
            assert!(
                refused.contains(EN.format(message::ErrorGpuNoAdapter { detail: "" }).trim_end_matches("()")),
                "{refused}"
            );
            let after = page.until_status("status.iteration >= 200").await;
            assert_eq!(after.backend.as_deref(), Some("cpu"));
        });
    }
}

#[test]
fn a_software_gpu_is_used_when_asked_for_and_agrees_with_the_cpu() {
    Visit { gpu: Gpu::Software, ..Visit::default() }.run(async |page| {
        page.ready().await;
        // Left to itself the page does not take a software adapter, and says so.
        let status = page.status().await;
        assert_eq!(status.backend.as_deref(), Some("cpu"));
        let reason = EN.format(message::ErrorGpuSoftware { adapter: "" });
        assert!(status.message.starts_with(&reason) && status.message.len() > reason.len(), "{}", status.message);
        page.reads(&status.message).await;

        for config in [Preset::Paper.config(), Preset::Fast.config()] {
            page.lab("setBackend", &["cpu".into()]).await;
            page.set_config(&config).await;
            page.lab("reset", &[]).await;
            page.lab("setBackend", &["gpu".into()]).await;
            let status = page.status().await;
            assert_eq!(status.backend.as_deref(), Some("gpu"));
            let adapter = status.adapter.expect("an adapter");
            assert!(!adapter.is_empty());
            page.reads(&format!("{} · {adapter}", EN.engine_gpu())).await;
            page.lab("step", &[json!(200)]).await;
            assert_eq!(page.status().await.backend.as_deref(), Some("gpu"));
            let (ours, truth) = (page.theta().await, trained(&config, 200));
            let tolerance = tolerance::theta(&config.outer);
            println!("{adapter}: θ after 200 differs by {} of the tolerance", tolerance.largest(&ours, &truth).1);
            compare("θ", &ours, &truth, tolerance).unwrap_or_else(|error| panic!("{error}"));
        }
        // The CPU goes on from the GPU's θ.
        let theta = page.theta().await;
        page.find("combobox", EN.engine_backend()).await.choose(EN.engine_cpu()).await;
        page.until_status("status.backend === 'cpu'").await;
        assert_eq!(page.theta().await, theta);
    });
}

/// The paper preset's row of the table: mean and standard deviation over the seeds of an independent implementation.
const PAPER: [(f64, f64); 7] =
    [(4.040, 0.004), (0.621, 0.019), (0.239, 0.036), (0.131, 0.028), (0.121, 0.018), (0.120, 0.013), (0.124, 0.013)];

#[test]
fn the_paper_preset_trains_to_its_end_and_evaluates_to_the_table() {
    Visit { alone: true, ..Visit::default() }.run(async |page| {
        page.ready().await;
        // A typical seed: a single one need not lie as near to the row as the mean of several.
        let config = Config { seed: 2, ..Preset::Paper.config() };
        page.set_config(&config).await;
        page.train().await;
        let begun = Instant::now();
        let end = page.until_status_within(150.0, "status.iteration === 30000 && !status.running").await;
        println!("paper: {:.0} meta-iterations/s in the page", 30_000.0 / begun.elapsed().as_secs_f64());
        assert_eq!(end.iterations, 30_000);
        page.reads(EN.run_finished()).await;
        assert_eq!(digest(&page.theta().await), digest(&trained(&config, 30_000)));

        page.press(EN.evaluate()).await;
        page.find("table", Name::Begins("1\u{202f}000")).await;
        let curve = page.lab("evaluate", &[]).await;
        let mean: Vec<f64> = serde_json::from_value(curve["mean_mse"].clone()).expect("numbers");
        println!("paper: {mean:.3?}");
        for (mean, (expected, deviation)) in mean.iter().zip(PAPER) {
            let allowed = (3.0 * deviation).max(0.05 * expected);
            assert!((mean - expected).abs() <= allowed, "{mean} instead of {expected} ± {allowed}");
        }
    });
}
