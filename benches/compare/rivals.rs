//! Frameworks in Chromium, and the limit there: the pages of `benches/pages/`.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::{fs, io};

use serde_json::{Value, json};

use crate::contender::{Contender, Pending};
use crate::python::rate;
use crate::server::{Files, Manner, Server, read};
use crate::tab::Tab;
use crate::trained::trained;
use crate::work;

/// The files of npm's packages that the pages ask for.
const MODULES: [&str; 9] = [
    "@tensorflow/tfjs/dist/tf.min.js",
    "@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js",
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm",
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm",
    "@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js",
    "@tensorflow/tfjs/package.json",
    "@jax-js/jax/package.json",
    "@jax-js/jax/dist",
];

/// Where the pages and what they need are.
#[derive(Clone, Debug)]
pub struct Places {
    /// `benches/pages`.
    pub pages: PathBuf,
    /// npm's `node_modules`.
    pub modules: PathBuf,
    /// `benches/limit/peak.rs` as wasm.
    pub limit: PathBuf,
}

impl Places {
    /// Serves what is there; what is not, a page will miss.
    ///
    /// # Errors
    /// The pages themselves cannot be read.
    pub async fn serve(&self) -> io::Result<Server> {
        let mut files = Files::new();
        read(&self.pages, "/", &mut files)?;
        for name in MODULES {
            let path = self.modules.join(name);
            let at = format!("/modules/{name}");
            if path.is_dir() {
                read(&path, &format!("{at}/"), &mut files)?;
            } else if let Ok(contents) = fs::read(&path) {
                files.insert(at, contents);
            }
        }
        if let Ok(contents) = fs::read(&self.limit) {
            files.insert(String::from("/limit.wasm"), contents);
        }
        Ok(Server::of(files, Manner::default()).await)
    }

    /// The version of an npm package, where it is installed.
    pub fn version(&self, package: &str) -> Option<String> {
        let text = fs::read(self.modules.join(package).join("package.json")).ok()?;
        let manifest: Value = serde_json::from_slice(&text).ok()?;
        Some(manifest["version"].as_str()?.to_owned())
    }
}

/// Whose gradients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gradients {
    /// The framework's own, as its users have them.
    Automatic,
    /// Written out by hand.
    Written,
}

impl Gradients {
    /// What the pages call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Written => "written",
        }
    }
}

/// One backend of a framework whose page is open.
pub struct Framework {
    tab: Rc<Tab>,
    backend: &'static str,
    gradients: Gradients,
}

impl Framework {
    /// Starts the backend and finds it to do the right work.
    ///
    /// # Errors
    /// It does not start, fails, or θ is another.
    pub async fn open(tab: Rc<Tab>, backend: &'static str, gradients: Gradients) -> Result<Self, String> {
        let this = Self { tab, backend, gradients };
        this.call("open", work::handed_out()).await?;
        let theta = this.call("theta", json!(work::COMPARED)).await?;
        work::verify(&theta, &trained(&work::config(1), work::COMPARED))?;
        Ok(this)
    }

    async fn call(&self, function: &str, argument: Value) -> Result<Value, String> {
        let arguments = vec![self.backend.into(), self.gradients.name().into(), argument];
        self.tab.value(&format!("await contender.{function}(...args)"), arguments).await
    }
}

impl Contender for Framework {
    fn rate(&mut self, seconds: f64) -> Pending<'_, f64> {
        Box::pin(async move { rate(&self.call("time", seconds.into()).await?) })
    }
}

/// The limit of wasm on one core.
pub struct Limit(pub Rc<Tab>);

impl Contender for Limit {
    fn rate(&mut self, seconds: f64) -> Pending<'_, f64> {
        Box::pin(async move {
            let limit = self.0.value("await contender.limit(...args)", vec![seconds.into()]).await?;
            limit.as_f64().ok_or_else(|| format!("not a number: {limit}"))
        })
    }
}

/// Whether npm's packages are there.
///
/// # Errors
/// They are not.
pub fn installed(modules: &Path) -> Result<(), String> {
    let first = modules.join(MODULES[0]);
    if first.is_file() {
        Ok(())
    } else {
        Err(String::from("its npm package is not installed: `cargo xtask bench` does it"))
    }
}
