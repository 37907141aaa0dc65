//! The GPU's wasm, which the engine's worker fetches when it first wants a GPU: the backend on it as a JavaScript object.
//!
//! Configs, learners and the like travel as `postcard` bytes, vectors of numbers as they are. What goes wrong is thrown as
//! the bytes of a [`BackendError`](reptile_lab::backend::BackendError).

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program is a part of a web page: `cargo xtask serve` builds and serves it.");
}

#[cfg(target_arch = "wasm32")]
mod exports {
    use js_sys::{Float32Array, Uint8Array};
    use reptile_lab::backend::gpu::Gpu;
    use reptile_lab::backend::{Backend, BackendError};
    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use wasm_bindgen::prelude::*;

    /// Which build this is; the engine works with its own only.
    #[wasm_bindgen]
    #[must_use]
    pub fn build() -> String {
        reptile_lab::BUILD.to_owned()
    }

    /// Opens the GPU as [`Gpu::open`] does.
    #[wasm_bindgen]
    pub async fn open(config: Vec<u8>, learner: Vec<u8>, software: bool) -> Result<Handle, JsValue> {
        Gpu::open(&read(&config)?, &read(&learner)?, software).await.map(Handle).map_err(thrown)
    }

    /// A backend on the GPU, with the methods of [`Backend`].
    #[wasm_bindgen]
    pub struct Handle(Gpu);

    #[wasm_bindgen]
    impl Handle {
        /// The device, in words.
        #[must_use]
        pub fn adapter(&self) -> String {
            self.0.adapter()
        }

        /// Makes ready for a Config, going on from a learner.
        pub fn load(&mut self, config: &[u8], learner: &[u8]) -> Result<(), JsValue> {
            self.0.load(&read(config)?, &read(learner)?).map_err(thrown)
        }

        /// Makes meta-iterations.
        pub async fn train(&mut self, batches: Vec<u8>) -> Result<(), JsValue> {
            self.0.train(&read(&batches)?).await.map_err(thrown)
        }

        /// The learner as it is now.
        pub async fn learner(&mut self) -> Result<Uint8Array, JsValue> {
            self.0.learner().await.map(|learner| written(&learner)).map_err(thrown)
        }

        /// Predictions of adaptations, from the learner's θ where none is given.
        pub async fn adapt(&mut self, theta: Option<Vec<f32>>, adaptations: Vec<u8>) -> Result<Float32Array, JsValue> {
            let predictions = self.0.adapt(theta.as_deref(), &read(&adaptations)?).await.map_err(thrown)?;
            Ok(Float32Array::from(predictions.as_slice()))
        }
    }

    fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsValue> {
        postcard::from_bytes(bytes).map_err(|error| thrown(BackendError::Refused { detail: error.to_string() }))
    }

    fn written(value: &impl Serialize) -> Uint8Array {
        let bytes = postcard::to_stdvec(value).expect("everything that is sent has a byte form");
        Uint8Array::from(bytes.as_slice())
    }

    #[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
    fn thrown(error: BackendError) -> JsValue {
        written(&error).into()
    }
}
