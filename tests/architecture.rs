//! What each module may know: the rules of the crate's documentation, held against the sources.

#[path = "common/paths.rs"]
mod paths;

use std::fs;
use std::path::{Path, PathBuf};

/// The modules in the order of their dependence: each may use those before it.
const ORDER: [&str; 9] = ["i18n", "simd", "domain", "backend", "train", "engine", "app", "chart", "ui"];

/// One rule: what `modules` may not name.
struct Rule {
    why: &'static str,
    modules: &'static [&'static str],
    forbidden: &'static [&'static str],
}

const BROWSER: Rule = Rule {
    why: "knows no browser and no GPU",
    modules: &[
        "i18n",
        "simd",
        "domain",
        "backend::cpu",
        "backend::cpu_pool",
        "backend::kernel_backend",
        "engine::protocol",
        "engine::session",
        "app",
    ],
    forbidden: &["web_sys", "js_sys", "wasm_bindgen", "wasm_bindgen_futures", "leptos", "wgpu", "plotters"],
};

const PURE: Rule = Rule {
    why: "does no IO, reads no clock, and draws from seeds only",
    modules: &[
        "i18n",
        "simd",
        "domain",
        "backend::cpu",
        "backend::kernel_backend",
        "backend::reference",
        "engine::session",
    ],
    forbidden: &[
        "std::fs",
        "std::io",
        "std::env",
        "std::net",
        "std::process",
        "std::thread",
        "std::time",
        "Instant",
        "SystemTime",
        "rand",
        "getrandom",
        "HashMap",
        "HashSet",
        "RandomState",
    ],
};

const SAME_BITS: Rule = Rule {
    why: "has the same bits on every machine, which the standard library's functions have not",
    modules: &["simd", "domain", "backend::cpu", "backend::cpu_pool", "backend::kernel_backend"],
    forbidden: &[
        ".sin",
        ".cos",
        ".tan",
        ".tanh",
        ".exp",
        ".exp2",
        ".ln",
        ".log",
        ".log2",
        ".log10",
        ".powf",
        ".powi",
        ".mul_add",
        ".hypot",
        "f32::sin",
        "f32::cos",
        "f32::tanh",
        "f32::exp",
        "f32::ln",
        "f32::powf",
        "f32::powi",
        "f32::mul_add",
    ],
};

const DRAWING: Rule = Rule {
    why: "draws on any backend, and knows neither the page nor the browser",
    modules: &["chart"],
    forbidden: &["web_sys", "js_sys", "wasm_bindgen", "wasm_bindgen_futures", "leptos", "wgpu", "plotters_canvas"],
};

const PAGE: Rule = Rule {
    why: "trains and evaluates nothing on the page's thread",
    modules: &["app", "chart", "ui"],
    forbidden: &["crate::engine::session", "crate::backend::cpu", "crate::backend::gpu", "crate::backend::select"],
};

/// Whether a path is `stem` or lies within it.
fn is_within(path: &str, stem: &str) -> bool {
    path.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Whether a path names what is forbidden: a crate, a path, or a name anywhere in it.
fn names(path: &str, forbidden: &str) -> bool {
    is_within(path, forbidden) || (!forbidden.contains("::") && path.split("::").any(|name| name == forbidden))
}

/// What a module's source names against the rules.
fn offences(module: &str, source: &str) -> Vec<String> {
    let parts: Vec<&str> = module.split("::").collect();
    let later = ORDER.iter().skip_while(|name| **name != parts[0]).skip(1).map(|name| format!("crate::{name}"));
    let later: Vec<String> = later.collect();
    let mut offences = Vec::new();
    for path in paths::paths(source, &parts) {
        for rule in [BROWSER, PURE, SAME_BITS, DRAWING, PAGE] {
            let applies = rule.modules.iter().any(|stem| is_within(module, stem));
            if applies && rule.forbidden.iter().any(|forbidden| names(&path, forbidden)) {
                offences.push(format!("{module} names {path}, but {}", rule.why));
            }
        }
        if later.iter().any(|later| is_within(&path, later)) {
            offences.push(format!("{module} names {path}, but comes before it"));
        }
    }
    offences
}

/// Every source with its path below `src`.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(&root).expect("a path below src").to_owned();
                sources.push((below, fs::read_to_string(path).expect("a readable source")));
            }
        }
    }
    sources
}

/// `domain::task` for `domain/task.rs`.
fn module_of(path: &Path) -> String {
    let parts: Vec<_> = path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    parts.join("::")
}

#[test]
fn modules_name_only_what_they_may() {
    let sources = sources();
    let modules: Vec<String> = sources.iter().map(|(path, _)| module_of(path)).collect();
    for known in ORDER.iter().chain([BROWSER, PURE, SAME_BITS, DRAWING, PAGE].iter().flat_map(|rule| rule.modules)) {
        assert!(modules.iter().any(|module| module == known), "src has no module {known}: the rules are out of date");
    }
    for module in &modules {
        let first = module.split("::").next().unwrap_or_default();
        assert!(ORDER.contains(&first) || ["lib", "main"].contains(&first), "{module} has no place in the order");
    }
    let found: Vec<String> =
        sources.iter().zip(&modules).flat_map(|((_, source), module)| offences(module, source)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_source_begins_with_what_it_is_about() {
    for (path, source) in sources() {
        assert!(source.lines().next().is_some_and(|line| line.starts_with("//! ")), "{}", path.display());
    }
}

#[test]
fn offending_sources_are_found() {
    let cases = [
        ("domain::task", "use web_sys::Window;", "web_sys::Window"),
        ("domain", "fn f() { let t = std::time::Instant::now(); }", "std::time::Instant::now"),
        ("domain::rng", "use std::{fmt, time::{Duration, SystemTime}};", "std::time::Duration"),
        ("domain::rng", "use ::rand::Rng as _;", "rand::Rng"),
        ("domain::rng", "use std::collections::{BTreeMap, HashMap};", "std::collections::HashMap"),
        ("simd::math", "pub fn f(x: f32) -> f32 { x.sin() }", ".sin"),
        ("backend::cpu::activate", "let y = x.map(f32::tanh);", "f32::tanh"),
        ("simd::wasm", "use js_sys;", "js_sys"),
        ("domain::task", "use crate::{simd, backend::{Kind, cpu::Cpu}};", "crate::backend::Kind"),
        ("domain::task", "use super::super::engine::protocol;", "crate::engine::protocol"),
        ("domain::task", "fn f() -> crate::chart::Frame { }", "crate::chart::Frame"),
        ("backend::kernel_backend", "use super::super::ui;", "crate::ui"),
        ("backend::gpu::plan", "use crate::engine;", "crate::engine"),
        ("engine::session::preview", "use web_sys::{Performance};", "web_sys::Performance"),
        ("chart::plots::fit", "use crate::{domain::task::Task, ui::state};", "crate::ui::state"),
        ("chart::plots::fit", "use leptos::prelude::*;", "leptos::prelude"),
        ("app::comparison", "use crate::chart::Frame;", "crate::chart::Frame"),
        ("app::comparison", "use leptos::prelude::RwSignal;", "leptos::prelude::RwSignal"),
        ("app::comparison", "use wasm_bindgen::JsValue;", "wasm_bindgen::JsValue"),
        ("app::comparison", "fn f() { let window = web_sys::window(); }", "web_sys::window"),
        ("ui::state", "use crate::backend::cpu::Cpu;", "crate::backend::cpu::Cpu"),
        ("ui::state", "/* \" */ use crate::engine::session::Session; // '", "crate::engine::session::Session"),
        ("domain::task", "const Q: char = '\"'; use wgpu::Device; const R: char = '\\'';", "wgpu::Device"),
        ("domain::task", "const Q: &str = \"\\\"\"; use wgpu::Device;", "wgpu::Device"),
        ("domain::task", "const Q: &str = r#\"\"\"#; fn f<'a>(x: &'a wgpu::Device) {}", "wgpu::Device"),
    ];
    for (module, source, path) in cases {
        let found = offences(module, source);
        assert!(
            found.iter().any(|offence| offence.starts_with(&format!("{module} names {path},"))),
            "{source}: {found:?}"
        );
    }
}

#[test]
fn what_only_looks_like_an_offence_is_none() {
    let cases = [
        ("domain::task", "// web_sys::Window and std::time::Instant\n/// a random rand\nuse crate::simd::math;"),
        ("domain::task", "const A: &str = \"use wgpu::Device;\"; const B: &str = r#\"std::fs \"\"#;"),
        ("domain::task", "/* use std::fs; */ use std::fmt; let operand = 1; let brand_new = timely::time;"),
        ("domain::network", "let bound = 1.0 / x.sqrt(); let y = math::sin(x); let z = point.cos;"),
        ("backend::gpu", "use wgpu::Device; use crate::domain::config::Config;"),
        ("backend::reference", "let y = z.tanh();"),
        ("engine::web::worker", "use web_sys::MessageEvent; use crate::backend::select;"),
        ("ui::state", "use crate::backend::Kind; use crate::engine::protocol::Event; use std::collections::HashMap;"),
        ("app::comparison", "use crate::engine::protocol::Budget; use crate::domain::search::Search;"),
        ("chart::plots::fit", "use crate::app::comparison::RunCurve; use plotters::style::RGBColor;"),
        (
            "chart::plots::fit",
            "use crate::engine::protocol::PreviewResult; use super::paint; use self::paint::painter::Painter;",
        ),
        ("domain::task", "use super::config::Config; fn f(&self) { self.backend.ui(); let ui = 1; }"),
    ];
    for (module, source) in cases {
        assert_eq!(offences(module, source), Vec::<String>::new(), "{source}");
    }
}
