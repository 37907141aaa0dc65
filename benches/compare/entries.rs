//! Who is measured, by group: those of a group are measured in turns.

use std::rc::Rc;

use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;

use crate::chrome::Gpu;
use crate::contender::{Contender, Entry};
use crate::lab::{self, Lab, Sight};
use crate::native::{self, Headless};
use crate::options::Options;
use crate::report::{Outcome, Quantity, Row};
use crate::rivals::{self, Gradients};
use crate::server::Server;
use crate::tab::Tab;
use crate::{peak, python, work};

/// The rows with the limits.
const NATIVE_LIMIT: &str = "limit.native";
const CHROMIUM_LIMIT: &str = "limit.chromium";

/// Ours on one core, which others on one core are compared with.
const OURS_IN_CHROMIUM: &[(&str, &str)] = &[("chromium.cpu.one.1", "")];
const OURS: &[(&str, &str)] = &[("native.cpu.one.1", " native"), ("chromium.cpu.one.1", " in Chromium")];
const OURS_ON_WEBGPU: &[(&str, &str)] = &[("chromium.gpu.1", "")];

/// Meta-batches on WebGPU.
const META_BATCHES: [usize; 4] = [1, 4, 16, 64];
/// The meta-batch that is spread over the cores.
const SPREAD: usize = 16;

/// The pages that are open, each in a browser of its own.
#[derive(Default)]
pub struct Browsers(Vec<Rc<Tab>>);

impl Browsers {
    async fn open(&mut self, gpu: Gpu, address: &str, condition: &str) -> Result<Rc<Tab>, String> {
        let tab = Rc::new(Tab::open(gpu, address, condition).await?);
        self.0.push(Rc::clone(&tab));
        Ok(tab)
    }

    /// Ends them, when nobody else holds them.
    pub async fn close(self) {
        for tab in self.0 {
            if let Some(tab) = Rc::into_inner(tab) {
                tab.close().await;
            }
        }
    }
}

/// Threads that this machine runs at once.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// A row to be.
fn entry<C: Contender + 'static>(row: Row, contender: Result<C, String>) -> Entry {
    eprintln!("{}, {}: {}", row.subject, row.place, contender.as_ref().err().map_or("ready", String::as_str));
    Entry { row, contender: contender.map(|contender| Box::new(contender) as Box<dyn Contender>) }
}

fn row(key: &str, subject: &str, place: impl Into<String>, quantity: Quantity) -> Row {
    let rates = Outcome::Missing(String::from("not yet"));
    let (key, subject) = (key.to_owned(), subject.to_owned());
    Row { key, subject, place: place.into(), quantity, cores: 1, limit: None, ours: &[], rates }
}

fn ours(key: &str, place: &str, meta_batch: usize) -> Row {
    row(key, "Reptile Lab", place, Quantity::MetaIterations { meta_batch })
}

fn rival(key: &str, subject: &str, place: &str, ours: &'static [(&'static str, &'static str)]) -> Row {
    Row { ours, ..row(key, subject, place, Quantity::MetaIterations { meta_batch: 1 }) }
}

/// Native, one core, n = 1: the limit, ours, and Python's frameworks.
pub async fn native(options: &Options) -> Vec<Entry> {
    let mut entries = Vec::new();
    let units = peak::units();
    for (index, unit) in units.iter().enumerate() {
        // The widest is the limit.
        let key =
            if index + 1 == units.len() { String::from(NATIVE_LIMIT) } else { format!("{NATIVE_LIMIT}.{}", unit.bits) };
        let place = format!("native, one thread, {} ({} bit)", unit.name, unit.bits);
        entries.push(entry(row(&key, "limit: × and +", place, Quantity::Operations), Ok(native::Limit(*unit))));
    }
    let limit = Some(NATIVE_LIMIT);
    let row = Row { limit, ..ours("native.cpu.one.1", "native, one thread", 1) };
    let headless = Headless::new(&options.headless, &options.scratch, &work::config(1), 1);
    entries.push(entry(row, headless));
    let subjects = [
        ("jax", "JAX", "compiled by XLA"),
        ("torch-eager", "PyTorch", "eager"),
        ("torch-compiled", "PyTorch", "compiled"),
    ];
    for (subject, name, how) in subjects {
        let framework = python::Framework::open(&options.python, subject).await;
        let version = framework.as_ref().map_or("", |framework| framework.version.as_str());
        let name = format!("{name} {version}");
        let key = format!("python.{subject}");
        let row = Row { limit, ..rival(&key, name.trim(), &format!("Python, one core, {how}"), OURS) };
        entries.push(entry(row, framework));
    }
    entries
}

/// Chromium, one core, n = 1: the limit, ours, and the frameworks.
pub async fn chromium(options: &Options, lab: &Server, rivals: &Server, browsers: &mut Browsers) -> Vec<Entry> {
    let mut entries = Vec::new();
    let tab = browsers.open(Gpu::NoAdapter, &format!("{}limit.html", rivals.address), "window.contender").await;
    let place = "Chromium, one worker, wasm SIMD (128 bit)";
    entries.push(entry(row(CHROMIUM_LIMIT, "limit: × and +", place, Quantity::Operations), tab.map(rivals::Limit)));

    let tab = browsers.open(Gpu::NoAdapter, &format!("{}?workers=1", lab.address), lab::READY).await;
    let row = Row { limit: Some(CHROMIUM_LIMIT), ..ours("chromium.cpu.one.1", "Chromium, CPU, one worker", 1) };
    entries.push(entry(row, opened(tab.clone(), "cpu", work::config(1)).await));
    let place = "Chromium, CPU, one worker, with the preset's evaluations";
    let row = Row { limit: Some(CHROMIUM_LIMIT), ..ours("chromium.cpu.one-evaluated.1", place, 1) };
    entries.push(entry(row, opened(tab, "cpu", Preset::Paper.config()).await));

    let limit = Some(CHROMIUM_LIMIT);
    for (framework, backends) in [(Framework::TFJS, &["wasm", "cpu", "webgl"][..]), (Framework::JAXJS, &["wasm"][..])] {
        let tab = framework.open(Gpu::NoAdapter, options, rivals, browsers).await;
        for &backend in backends {
            for gradients in [Gradients::Automatic, Gradients::Written] {
                let row = framework.row(options, "cpu", backend, gradients, OURS_IN_CHROMIUM);
                entries.push(entry(Row { limit, ..row }, framework.backend(&tab, backend, gradients).await));
            }
        }
    }
    entries
}

/// Chromium on its software adapter: ours at several meta-batches, and the frameworks.
pub async fn webgpu(options: &Options, lab: &Server, rivals: &Server, browsers: &mut Browsers) -> Vec<Entry> {
    let mut entries = Vec::new();
    let place = "Chromium, WebGPU in software";
    let tab = browsers.open(Gpu::Software, &lab.address, lab::READY).await;
    for meta_batch in META_BATCHES {
        let row = ours(&format!("chromium.gpu.{meta_batch}"), place, meta_batch);
        entries.push(entry(row, opened(tab.clone(), "gpu", work::config(meta_batch)).await));
    }
    for framework in [Framework::TFJS, Framework::JAXJS] {
        let tab = framework.open(Gpu::Software, options, rivals, browsers).await;
        for gradients in [Gradients::Automatic, Gradients::Written] {
            let row = framework.row(options, "webgpu", "WebGPU in software", gradients, OURS_ON_WEBGPU);
            entries.push(entry(row, framework.backend(&tab, "webgpu", gradients).await));
        }
    }
    entries
}

/// Native, n = 16, on one thread and on all.
pub fn native_spread(options: &Options) -> Vec<Entry> {
    let config = work::config(SPREAD);
    let of = |key: &str, place: String, count: usize| {
        let row = Row { limit: Some(NATIVE_LIMIT), cores: count, ..ours(key, &place, SPREAD) };
        entry(row, Headless::new(&options.headless, &options.scratch, &config, count))
    };
    let all = format!("native, {} threads", threads());
    vec![of("native.cpu.one.16", String::from("native, one thread"), 1), of("native.cpu.all.16", all, threads())]
}

/// Chromium, n = 16, on one worker and on all: with the page out of sight, so that the engine has the processors, and in
/// sight, where drawing and compositing take their share, without and with every view of θ.
pub async fn chromium_spread(lab: &Server, browsers: &mut Browsers) -> Vec<Entry> {
    let mut entries = Vec::new();
    let all = format!("as many workers as fit {} threads", threads());
    for (sight, key) in [(Sight::Out, "cpu"), (Sight::In, "cpu-in-sight"), (Sight::Views, "cpu-every-view")] {
        for (who, workers, query, cores) in
            [("one", "one worker", "?workers=1", 1), ("all", all.as_str(), "", threads())]
        {
            let tab = browsers.open(Gpu::NoAdapter, &format!("{}{query}", lab.address), lab::READY).await;
            let place = format!("Chromium, CPU, {workers}, {}", sight.words());
            let row =
                Row { limit: Some(CHROMIUM_LIMIT), cores, ..ours(&format!("chromium.{key}.{who}.16"), &place, SPREAD) };
            let lab = opened(tab, "cpu", work::config(SPREAD)).await;
            entries.push(entry(row, lab.map(|lab| lab.seen(sight))));
        }
    }
    entries
}

async fn opened(tab: Result<Rc<Tab>, String>, backend: &'static str, config: Config) -> Result<Lab, String> {
    Lab::open(tab?, backend, config).await
}

/// A framework for the browser.
struct Framework {
    key: &'static str,
    title: &'static str,
    package: &'static str,
    page: &'static str,
}

impl Framework {
    const TFJS: Self = Self { key: "tfjs", title: "TensorFlow.js", package: "@tensorflow/tfjs", page: "tfjs.html" };
    const JAXJS: Self = Self { key: "jaxjs", title: "jax-js", package: "@jax-js/jax", page: "jaxjs.html" };

    /// With its version, where it is installed.
    fn name(&self, options: &Options) -> String {
        let version = options.places.version(self.package).unwrap_or_default();
        format!("{} {version}", self.title).trim_end().to_owned()
    }

    async fn open(
        &self,
        gpu: Gpu,
        options: &Options,
        server: &Server,
        browsers: &mut Browsers,
    ) -> Result<Rc<Tab>, String> {
        rivals::installed(&options.places.modules)?;
        browsers.open(gpu, &format!("{}{}", server.address, self.page), "window.contender").await
    }

    /// A row of it: `group` is whom it is compared with, `on` the backend.
    fn row(
        &self,
        options: &Options,
        group: &str,
        on: &str,
        gradients: Gradients,
        ours: &'static [(&'static str, &'static str)],
    ) -> Row {
        let key = format!("{}.{group}.{}.{on}", self.key, gradients.name());
        let how = match gradients {
            Gradients::Automatic => "automatic gradients",
            Gradients::Written => "gradients written by hand",
        };
        rival(&key, &self.name(options), &format!("Chromium, {on}, {how}"), ours)
    }

    async fn backend(
        &self,
        tab: &Result<Rc<Tab>, String>,
        backend: &'static str,
        gradients: Gradients,
    ) -> Result<rivals::Framework, String> {
        rivals::Framework::open(tab.clone()?, backend, gradients).await
    }
}
