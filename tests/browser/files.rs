//! θ and sessions as files: saved and loaded by scripts, and dropped on the page.

use safetensors::SafeTensors;
use serde_json::{Value, json};

use crate::page::Page;
use crate::visit;

/// Runs the body of an async function once; what it returns, or the message of its Error.
async fn run(page: &Page, body: &str) -> Value {
    let script = format!(
        "window.found = null;
        (async () => {{ {body} }})().then(
            (value) => {{ window.found = [value ?? null]; }}, (error) => {{ window.found = [error.message]; }});"
    );
    page.script(&script, &[]).await;
    page.until("window.found").await[0].take()
}

#[test]
fn a_session_goes_on_where_it_was_saved() {
    visit(async |page| {
        page.lab("step", &[json!(60)]).await;
        let present = page.theta().await;
        page.lab("goTo", &[json!(20)]).await;
        let shown = page.theta().await;
        let size = run(page, "window.session = await reptileLab.saveSession(); return window.session.length;").await;
        assert!(size.as_u64().is_some_and(|size| size > 17_412), "{size}");
        // Another run on the same page.
        let mut config = page.config().await;
        (config.seed, config.inner.steps) = (7, 3);
        page.set_config(&config).await;
        page.lab("step", &[json!(5)]).await;
        assert_eq!(run(page, "return reptileLab.loadSession(window.session.buffer);").await, Value::Null);
        page.until_status("status.shown === 20 && status.iteration === 60").await;
        assert_eq!(page.theta().await, shown);
        assert_eq!((page.config().await.seed, page.config().await.inner.steps), (1, 10));
        page.lab("goTo", &[json!("now")]).await;
        assert_eq!(page.theta().await, present);
        // The same by a file.
        page.lab("reset", &[]).await;
        page.drop_file("class.safetensors", "window.session").await;
        page.until_status("status.shown === 20 && status.iteration === 60").await;
        assert_eq!(page.theta().await, shown);
        // One that was cut changes nothing.
        page.drop_file("cut.safetensors", "window.session.slice(0, -1)").await;
        page.until("document.body.innerText.includes('cut.safetensors')").await;
        assert_eq!(page.theta().await, shown);
    });
}

#[test]
fn a_theta_is_saved_and_begun_with() {
    visit(async |page| {
        page.lab("step", &[json!(30)]).await;
        let theta = page.theta().await;
        run(page, "window.saved = await reptileLab.saveTheta();").await;
        for given in ["window.saved", "window.saved.slice().buffer", "new DataView(window.saved.slice().buffer)"] {
            page.lab("reset", &[]).await;
            assert_eq!(run(page, &format!("return reptileLab.loadTheta({given});")).await, Value::Null, "{given}");
            assert_eq!(page.theta().await, theta);
            let status = page.lab("status", &[]).await;
            assert_eq!((&status["iteration"], &status["provenance"][0]["iterations"]), (&json!(0), &json!(30)));
        }
        let refused = [
            ("7", "bytes"),
            ("[1, 2]", "bytes"),
            ("new Proxy(new ArrayBuffer(8), {})", "safetensors"),
            ("new Uint8Array(0)", "safetensors"),
            (
                "(() => { const it = window.saved.slice(); structuredClone(0, { transfer: [it.buffer] }); return it; })()",
                "",
            ),
        ];
        for (given, named) in refused {
            let said = run(page, &format!("return reptileLab.loadTheta({given});")).await;
            let said = said.as_str().unwrap_or_else(|| panic!("{given} is not refused"));
            assert!(said.starts_with("reptileLab.loadTheta: ") && said.contains(named), "{given}: {said}");
            assert_eq!(page.theta().await, theta);
        }
        let said = run(page, "return reptileLab.loadSession(window.saved);").await;
        assert!(said.as_str().is_some_and(|said| said.contains("no session")), "{said}");
        let mut config = page.config().await;
        config.model.hidden = vec![8];
        page.set_config(&config).await;
        page.drop_file("theta.safetensors", "window.saved").await;
        page.until(
            "document.body.innerText.includes('theta.safetensors') && document.body.innerText.includes('1-8-1')",
        )
        .await;
    });
}

#[test]
fn theta_along_the_run_is_saved_with_its_moments() {
    visit(async |page| {
        let first = page.theta().await;
        page.lab("step", &[json!(30)]).await;
        let last = page.theta().await;
        let bytes = run(page, "return Array.from(await reptileLab.saveFrames());").await;
        let bytes: Vec<u8> = serde_json::from_value(bytes).expect("bytes");
        let tensors = SafeTensors::deserialize(&bytes).expect("a safetensors file");
        let tensor = |name: &str| tensors.tensor(name).expect("it is there");
        let iterations: Vec<i64> =
            tensor("iteration").data().as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect();
        assert_eq!((iterations.first(), iterations.last()), (Some(&0), Some(&30)));
        assert!(iterations.is_sorted_by(|a, b| a < b), "{iterations:?}");
        let weights = tensor("layers.0.weight");
        assert_eq!(weights.shape(), [iterations.len(), 64, 1]);
        let numbers: Vec<f32> = weights.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        assert_eq!((&numbers[..64], &numbers[numbers.len() - 64..]), (&first[..64], &last[..64]));
    });
}

#[test]
fn the_program_is_that_of_the_present_run() {
    visit(async |page| {
        let mut config = page.config().await;
        config.inner.learning_rate = 0.0375;
        page.set_config(&config).await;
        let text = page.lab("script", &[]).await;
        assert_eq!(text, json!(reptile_lab::app::pytorch::program(&config)));
    });
}
