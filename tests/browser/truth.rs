//! What the page computes is what the native program computes.

use pollster::block_on;
use reptile_lab::backend::Backend;
use reptile_lab::backend::cpu::Cpu;
use reptile_lab::domain::config::{Config, Preset};
use reptile_lab::domain::network::Network;
use reptile_lab::domain::outer::Learner;
use reptile_lab::domain::reptile::MetaBatches;
use reptile_lab::domain::task::Sampler;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::chrome::Gpu;
use crate::{EN, Visit, visit};

/// θ after some meta-iterations, by the native CPU backend.
fn trained(config: &Config, iterations: u64) -> Vec<f32> {
    let start = Learner::new(Network::new(&config.model).initial_theta(config.seed));
    let mut cpu = Cpu::new(config, &start);
    let batches = MetaBatches::draw(config, &Sampler::new(&config.tasks), 0, 0, iterations);
    block_on(cpu.train(&batches)).expect("the CPU does not fail");
    block_on(cpu.learner()).expect("the CPU does not fail").theta
}

fn digest(theta: &[f32]) -> String {
    let bytes: Vec<u8> = theta.iter().flat_map(|number| number.to_le_bytes()).collect();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn document(config: &Config) -> Value {
    serde_json::to_value(config).expect("a Config has a JSON form")
}

#[test]
fn the_same_seed_gives_the_same_bits_as_natively() {
    visit(async |page| {
        for config in [Config { seed: 7, ..Preset::Paper.config() }, Preset::Fast.config()] {
            page.lab("setConfig", &[document(&config)]).await;
            page.lab("reset", &[]).await;
            page.lab("step", &[json!(300)]).await;
            let theta = page.theta().await;
            assert_eq!(theta.len(), 4353);
            assert_eq!(digest(&theta), digest(&trained(&config, 300)));
        }
    });
}

#[test]
fn without_a_gpu_the_page_says_so_and_trains_on_the_cpu() {
    for gpu in [Gpu::NoAdapter, Gpu::Disabled] {
        Visit { gpu, ..Visit::default() }.run(async |page| {
            page.ready().await;
            let status = page.status().await;
            assert_eq!(status.backend.as_deref(), Some("cpu"));
            assert!(status.message.starts_with(&EN.reason_no_gpu("")), "{}", status.message);
            page.reads(&status.message).await;

            page.press(EN.run_train()).await;
            page.until_status("status.running && status.iteration > 20").await;
            let refused = page.refused("setBackend", json!("gpu")).await;
            assert!(refused.contains(EN.error_gpu_no_adapter("").trim_end_matches("()")), "{refused}");
            let after = page.until_status("status.iteration >= 200").await;
            assert_eq!(after.backend.as_deref(), Some("cpu"));
        });
    }
}
