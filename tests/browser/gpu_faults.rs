//! GPUs that do not answer: the CPU trains after their deadline, and can be chosen before.

use reptile_lab::backend::gpu::deadlines::Awaited;
use serde_json::json;

use crate::chrome::Gpu;
use crate::{EN, Visit};

/// A visit with a software GPU whose workers run this first.
fn with_worker(worker: &'static str) -> Visit {
    Visit { gpu: Gpu::Software, ..Visit::with_worker(worker) }
}

/// The words of a wait that was in vain.
fn late(awaited: Awaited) -> String {
    format!("{}: no answer for {} s", awaited.name(), awaited.seconds())
}

const MUTE_ADAPTER: &str = "GPU.prototype.requestAdapter = () => new Promise(() => {});";
const MUTE_DEVICE: &str = "GPUAdapter.prototype.requestDevice = () => new Promise(() => {});";

#[test]
fn an_adapter_that_never_comes_is_not_waited_for() {
    with_worker(MUTE_ADAPTER).run(async |page| {
        page.ready().await;
        let status = page.status().await;
        assert_eq!(status.backend.as_deref(), Some("cpu"));
        assert!(status.message.contains(&late(Awaited::Adapter)), "{}", status.message);
        page.train().await;
        page.until_status("status.running && status.iteration > 20").await;
    });
}

#[test]
fn a_device_that_never_comes_is_refused_and_the_engine_lives() {
    with_worker(MUTE_DEVICE).run(async |page| {
        page.ready().await;
        let refused = page.refused("setBackend", json!("gpu")).await;
        assert!(refused.contains(&late(Awaited::Device)), "{refused}");
        page.lab("step", &[json!(5)]).await;
        assert_eq!(page.status().await.backend.as_deref(), Some("cpu"));
        page.find("combobox", EN.engine_backend()).await;
    });
}

#[test]
fn the_cpu_is_chosen_while_a_gpu_is_being_opened_and_stays_chosen() {
    const CHOSEN: &str = "(async () => {
        const gpu = reptileLab.setBackend('gpu').then(() => 'opened', (error) => error.message);
        const begun = performance.now();
        await reptileLab.setBackend('cpu');
        return { gpu: await gpu, seconds: (performance.now() - begun) / 1000 };
    })()";
    with_worker(MUTE_DEVICE).run(async |page| {
        page.ready().await;
        let chosen = page.promise(CHOSEN).await;
        assert!(chosen["gpu"].as_str().is_some_and(|words| words.contains("requestDevice")), "{chosen}");
        println!("the CPU trains {} s after it was chosen", chosen["seconds"]);
        let backend = page.find("combobox", EN.engine_backend()).await;
        assert_eq!(backend.content().await, "cpu");
        let status = page.status().await;
        assert_eq!((status.backend.as_deref(), status.message.as_str()), (Some("cpu"), EN.reason_asked()));
    });
}
