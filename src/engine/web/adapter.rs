//! Whether this worker's browser has a GPU adapter, and the error of a program without wgpu.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::WorkerGlobalScope;

use crate::backend::BackendError;
use crate::backend::gpu::deadlines::{Awaited, Deadlines};

/// Looks for an adapter.
///
/// # Errors
/// [`BackendError::NoAdapter`], or [`BackendError::Lost`] where the browser does not answer.
pub async fn find_adapter(deadlines: &Deadlines) -> Result<(), BackendError> {
    let missing = |detail: &str| BackendError::NoAdapter { detail: detail.to_owned() };
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    let gpu = Reflect::get(&scope.navigator(), &"gpu".into()).unwrap_or_default();
    let request = Reflect::get(&gpu, &"requestAdapter".into()).unwrap_or_default();
    let request: &Function = request.dyn_ref().ok_or_else(|| missing("navigator.gpu: undefined"))?;
    let asked: Result<Promise, _> = request.call0(&gpu).map(JsCast::unchecked_into);
    let found = match asked {
        Ok(promise) => deadlines.within(Awaited::Adapter, JsFuture::from(promise)).await?.unwrap_or_default(),
        Err(_) => JsValue::NULL,
    };
    if !found.is_object() {
        return Err(missing("navigator.gpu.requestAdapter(): null"));
    }
    // wgpu asks it; `www/worker.js` runs the program without wgpu in browsers that do not say it, of 2023.
    let info = Reflect::get(&found, &"info".into()).unwrap_or_default();
    if info.is_object() { Ok(()) } else { Err(missing("GPUAdapter.info: undefined")) }
}

/// The error of a program without wgpu that is asked for a GPU. `www/worker.js` runs this program where it finds no adapter,
/// or none in time.
pub async fn no_gpu(deadlines: &Deadlines) -> BackendError {
    let late = || BackendError::NoAdapter { detail: "navigator.gpu.requestAdapter(): too late".to_owned() };
    find_adapter(deadlines).await.err().unwrap_or_else(late)
}
