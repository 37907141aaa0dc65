//! The engine's end of the GPU's wasm, which is fetched when a GPU is first wanted: a backend that calls the one there.
//!
//! θ stays on the device: a call takes what is to be done, a few bytes a slice, and brings back what was asked for.

use js_sys::{Float32Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::client::describe;
use super::envelope::to_bytes;
use crate::BUILD;
use crate::backend::cpu::Simd;
use crate::backend::host::{self, Kernel};
use crate::backend::{Backend, BackendError, Kind, Pending, gpu};
use crate::domain::adaptation::Adaptations;
use crate::domain::config::Config;
use crate::domain::network::Network;
use crate::domain::outer::Learner;
use crate::domain::reptile::MetaBatches;
use crate::domain::task::Points;

/// What the worker's script makes of the GPU's wasm: `importGpu`, which brings its exports, or throws a text where the
/// browser has no GPU, and an error where the files cannot be had.
///
/// They are addressed with the build, so that no cache answers with those of another.
pub(super) fn script(page_script: &str) -> String {
    format!(
        "self.importGpu = async () => {{\n\
           if (!navigator.gpu) throw 'navigator.gpu: undefined';\n\
           if (!(await navigator.gpu.requestAdapter())) throw 'navigator.gpu.requestAdapter(): null';\n\
           const file = (name) => new URL('reptile-lab-gpu' + name + '?{BUILD}', {page_script:?});\n\
           const gpu = await import(file('.js'));\n\
           await gpu.default({{ module_or_path: file('_bg.wasm') }});\n\
           return gpu;\n\
         }};\n"
    )
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = importGpu)]
    async fn import_gpu() -> Result<JsValue, JsValue>;

    /// The exports of `src/bin/gpu.rs`.
    type Exports;

    #[wasm_bindgen(method)]
    fn build(this: &Exports) -> String;

    #[wasm_bindgen(method, catch)]
    async fn open(this: &Exports, config: &[u8], learner: &[u8], software: bool) -> Result<JsValue, JsValue>;

    type Handle;

    #[wasm_bindgen(method)]
    fn adapter(this: &Handle) -> String;

    #[wasm_bindgen(method, catch)]
    fn load(this: &Handle, config: &[u8], learner: &[u8]) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn train(this: &Handle, batches: &[u8]) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn learner(this: &Handle) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn adapt(this: &Handle, theta: Option<&[f32]>, adaptations: &[u8]) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn free(this: &Handle) -> Result<(), JsValue>;
}

/// Opens the GPU; see [`OpenGpu`](crate::backend::select::OpenGpu). Nothing is fetched where it is clear before that none
/// can be had.
pub(super) fn open(config: &Config, learner: &Learner, software: bool) -> Pending<'static, Box<dyn Backend>> {
    let supported = gpu::refuse_unsupported(config);
    let network = Network::new(&config.model);
    let (config, learner) = (to_bytes(config, vec![]), to_bytes(learner, vec![]));
    Box::pin(async move {
        supported?;
        let exports: Exports = import_gpu().await.map_err(|error| not_had(&error))?.unchecked_into();
        let build = exports.build();
        if build != BUILD {
            let detail = format!("its program is of build {build}, the engine of build {BUILD}: reload the page");
            return Err(BackendError::Refused { detail });
        }
        let handle: Handle = exports.open(&config, &learner, software).await.map_err(caught)?.unchecked_into();
        Ok(Box::new(Remote { adapter: handle.adapter(), handle, network }) as Box<dyn Backend>)
    })
}

/// The GPU of the other wasm.
struct Remote {
    handle: Handle,
    adapter: String,
    network: Network,
}

impl Backend for Remote {
    fn kind(&self) -> Kind {
        Kind::Gpu
    }

    fn adapter(&self) -> String {
        self.adapter.clone()
    }

    fn load(&mut self, config: &Config, learner: &Learner) -> Result<(), BackendError> {
        self.network = Network::new(&config.model);
        self.handle.load(&to_bytes(config, vec![]), &to_bytes(learner, vec![])).map_err(caught)
    }

    fn train<'a>(&'a mut self, batches: &'a MetaBatches) -> Pending<'a, ()> {
        Box::pin(async { self.handle.train(&to_bytes(batches, vec![])).await.map(drop).map_err(caught) })
    }

    fn learner(&mut self) -> Pending<'_, Learner> {
        Box::pin(async {
            let bytes = self.handle.learner().await.map_err(caught)?;
            postcard::from_bytes(&Uint8Array::new(&bytes).to_vec()).map_err(|error| lost(error.to_string()))
        })
    }

    fn adapt<'a>(&'a mut self, theta: Option<&'a [f32]>, adaptations: &'a Adaptations) -> Pending<'a, Vec<f32>> {
        Box::pin(async move {
            let predictions = self.handle.adapt(theta, &to_bytes(adaptations, vec![])).await.map_err(caught)?;
            Ok(Float32Array::new(&predictions).to_vec())
        })
    }

    /// Here, as [`gpu::Gpu`] does it on the processor too.
    fn gradients<'a>(&'a mut self, theta: &'a [f32], points: &'a Points, batch: usize) -> Pending<'a, Vec<f32>> {
        let gradients = host::gradients(&mut Simd::new(&self.network), theta, points, batch);
        Box::pin(std::future::ready(Ok(gradients)))
    }
}

impl Drop for Remote {
    /// Frees the device's memory now.
    fn drop(&mut self) {
        // It refuses while a call is under way, and frees itself when that is done and nobody knows it any more.
        drop(self.handle.free());
    }
}

/// Why the exports cannot be had.
fn not_had(error: &JsValue) -> BackendError {
    match error.as_string() {
        Some(detail) => BackendError::NoAdapter { detail },
        None => BackendError::Refused { detail: describe(error) },
    }
}

/// What a call threw: a [`BackendError`], or something else where the program on the other side has broken off.
fn caught(error: JsValue) -> BackendError {
    match error.dyn_into::<Uint8Array>() {
        Ok(bytes) => postcard::from_bytes(&bytes.to_vec()).unwrap_or_else(|error| lost(error.to_string())),
        Err(error) => lost(describe(&error)),
    }
}

fn lost(detail: String) -> BackendError {
    BackendError::Lost { detail }
}
