//! The page in one file, opened from a disk: the same page.

use std::env;
use std::path::PathBuf;

use reptile_lab::domain::config::preset::Preset;
use reptile_lab::i18n::Locale;
use serde_json::json;

use crate::chrome::Gpu;
use crate::trained::trained;
use crate::truth::digest;
use crate::{EN, Visit, visit};

/// Its address on the disk.
///
/// # Panics
/// If it is not there: `REPTILE_LAB_SINGLE_FILE` names it.
pub fn address() -> String {
    let named = env::var_os("REPTILE_LAB_SINGLE_FILE");
    let usual = || concat!(env!("CARGO_MANIFEST_DIR"), "/target/single-file/reptile-lab.html").into();
    let file = named.map_or_else(usual, PathBuf::from);
    let file = file.canonicalize().unwrap_or_else(|error| {
        panic!("{}: {error}; `cargo xtask single-file` makes it", file.display());
    });
    format!("file://{}", file.display())
}

#[test]
fn it_trains_and_has_everything_without_a_server() {
    visit(async |page| {
        page.go(&format!("{}?workers=3", address())).await;
        page.ready().await;
        // The same bits, with as many workers as its address asks for.
        let mut config = Preset::Paper.config();
        config.outer.meta_batch = 16;
        page.set_config(&config).await;
        page.lab("step", &[json!(100)]).await;
        assert_eq!(digest(&page.theta().await), digest(&trained(&config, 100)));
        let adapter = page.status().await.adapter;
        assert!(adapter.as_deref().is_some_and(|adapter| adapter.starts_with("3 ×")), "{adapter:?}");
        // The lazy chunk, its workers, and what is fetched when it is asked for.
        page.unfold(EN.comparison_heading()).await;
        page.find("button", EN.comparison_start()).await;
        let small = json!({ "model": { "hidden": [8] }, "eval": { "tasks": 20 } });
        let compared = page.lab("compare", &[json!({ "runs": [small], "iterations": 20 })]).await;
        assert_eq!(compared[0]["meta_iterations"], 20);
        page.press(EN.run_skip()).await;
        page.until_status("!status.running && status.iteration === status.iterations").await;
        page.press(EN.lessons()).await;
        page.reads("What is a task?").await;
        page.press(EN.close()).await;
        page.find("combobox", EN.language()).await.choose("简体中文").await;
        page.reads(Locale::ZhHans.run_train()).await;
        // A reload leads back to it, to the moment that was shown.
        page.reload().await;
        page.ready().await;
        page.until_status("!status.running && status.iteration === status.iterations").await;
        page.find("button", Locale::ZhHans.run_train_again()).await;
    });
}

#[test]
fn it_has_the_gpu_that_the_browser_has() {
    Visit { gpu: Gpu::Software, ..Visit::default() }.run(async |page| {
        page.go(&address()).await;
        page.ready().await;
        page.lab("setBackend", &["gpu".into()]).await;
        page.lab("step", &[json!(5)]).await;
        let status = page.status().await;
        assert_eq!((status.backend.as_deref(), status.iteration), (Some("gpu"), 5), "{status:?}");
    });
}
