//! What each module may know: the rules of the crate's documentation, held against the sources.
//!
//! Modules stand in an order, and each may name those before it; some may not name certain crates and functions at all;
//! and no files, within a module or across modules, import each other in a circle. What counts as an import is said at
//! [`Imports`]: in short, a file imports the file that defines what it names, whoever passes it on. A parent that only
//! declares and passes on its children imports nothing. One that defines what its children use may use nothing of them.

#[path = "common/imports.rs"]
mod imports;
#[path = "common/paths.rs"]
mod paths;

use std::fs;
use std::path::{Path, PathBuf};

use imports::{Circle, Imports};

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
        "backend::interface",
        "backend::cpu",
        "backend::cpu_pool",
        "backend::kernel_backend",
        "train",
        "engine::protocol",
        "engine::session",
        "engine::experiments",
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
        "backend::interface",
        "backend::cpu",
        "backend::kernel_backend",
        "backend::reference",
        "train",
        "engine::session",
        "engine::experiments",
        "app",
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
    forbidden: &[
        "crate::engine::session",
        "crate::train",
        "crate::backend::cpu",
        "crate::backend::gpu",
        "crate::backend::select",
    ],
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
        assert!(
            ORDER.contains(&first) || ["bin", "lib", "main"].contains(&first),
            "{module} has no place in the order"
        );
    }
    let found: Vec<String> =
        sources.iter().zip(&modules).flat_map(|((_, source), module)| offences(module, source)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn files_import_each_other_in_no_circle() {
    let sources: Vec<(String, String)> =
        sources().into_iter().map(|(path, source)| (module_of(&path), source)).collect();
    let circles = Imports::read(sources.iter().map(|(module, source)| (module.as_str(), source.as_str()))).circles();
    let told = circles.iter().map(|Circle { files, imports }| {
        format!("a circle among {}:\n    {}", files.join(", "), imports.join("\n    "))
    });
    assert!(circles.is_empty(), "{}", told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn circles_are_found_with_the_imports_that_make_them() {
    let cases: [(&[(&str, &str)], &str); 9] = [
        // Two files and a third that only uses them.
        (
            &[
                ("lib", "pub mod a; pub mod b; pub mod c;"),
                ("a", "use crate::b::B; pub struct A(B);"),
                ("b", "pub struct B(Box<super::a::A>);"),
                ("c", "use crate::a::A; use crate::b::B;"),
            ],
            "a → b by crate::b::B; b → a by crate::a::A",
        ),
        // Around three corners, by a tree of braces, an alias, and a path in code.
        (
            &[
                ("a", "use crate::{x::Y as Z, b::{self, B}};"),
                ("b", "use crate::c as d; fn f() -> d::C {}"),
                ("c", "fn f() { let a = crate::a::A::new(); }"),
            ],
            "a → b by crate::b::B; b → c by d::C; c → a by crate::a::A::new",
        ),
        // A parent that uses a child which uses the parent.
        (
            &[("a", "mod b; pub struct A; fn f() { b::g(); }"), ("a::b", "use super::A; pub fn g() {}")],
            "a → a::b by b::g; a::b → a by crate::a::A",
        ),
        // The same by a name that it both passes on and uses.
        (
            &[("a", "mod b; pub use b::B; pub struct A(B);"), ("a::b", "pub struct B; fn f(a: super::A) {}")],
            "a → a::b by B; a::b → a by crate::a::A",
        ),
        // Siblings, by the names that their parent passes on, for itself alone or for all.
        (
            &[
                ("a", "mod b; mod c; pub(crate) use self::b::B; use c::C;"),
                ("a::b", "use crate::a::C; pub struct B;"),
                ("a::c", "use super::B; pub struct C;"),
            ],
            "a::b → a::c by crate::a::C; a::c → a::b by crate::a::B",
        ),
        // All that a module has.
        (
            &[("a", "use crate::b::*; pub struct A;"), ("b", "fn f(a: &crate::a::A) {}")],
            "a → b by crate::b; b → a by crate::a::A",
        ),
        // By a module within a file.
        (
            &[("a", "mod inner { use super::super::b::B; }"), ("b", "use crate::a::A;")],
            "a → b by crate::b::B; b → a by crate::a::A",
        ),
        // By one of the definitions for different machines.
        (
            &[
                ("a", "mod b; mod c; #[cfg(x)] pub use b::V; #[cfg(not(x))] pub use c::V; pub trait T {}"),
                ("a::b", "pub struct V;"),
                ("a::c", "use super::d; pub struct V; impl d::D for V {}"),
                ("a::d", "use super::V; pub trait D {}"),
            ],
            "a::c → a::d by d::D; a::d → a::c by crate::a::V",
        ),
        // With the crate's root.
        (
            &[("lib", "mod a; fn f() { a::g(); }"), ("a", "fn g() { crate::f(); }")],
            "a → lib by crate::f; lib → a by a::g",
        ),
    ];
    for (sources, imports) in cases {
        let circles = Imports::read(sources.iter().copied()).circles();
        assert_eq!(circles.len(), 1, "{sources:?}: {circles:?}");
        assert_eq!(circles[0].imports.join("; "), imports, "{sources:?}");
    }
}

#[test]
fn where_imports_go_one_way_no_circle_is_found() {
    let cases: [&[(&str, &str)]; 6] = [
        &[("lib", "pub mod a; pub mod b;"), ("a", "use crate::b::B;"), ("b", "pub struct B;")],
        // A parent that declares and passes on; children that use each other one way, by their parent.
        &[
            ("a", "mod b; pub mod c; pub use b::B; pub use c::C as D;"),
            ("a::b", "use super::D; pub(super) struct B;"),
            ("a::c", "pub(in crate::a) struct C;"),
        ],
        // A parent that defines what children use, and one that uses what children define.
        &[("a", "mod b; pub struct A;"), ("a::b", "use super::A;")],
        &[("a", "mod b; fn f() { b::g() }"), ("a::b", "pub fn g() {}")],
        // Comments, texts, unit tests, variables and fields of a module's name, the bare name of a module.
        &[
            ("a", "pub struct A; // crate::b::B\n const T: &str = \"crate::b::B\"; fn f(b: B) { b.x; let y = b; }"),
            ("b", "use crate::a::A; use crate::a;"),
            ("c", "use crate::d; #[cfg(test)] mod tests { use super::*; use crate::d::D; }"),
            ("d", "use crate::c::C;"),
        ],
        // Two that use a third, and crates of the same name.
        &[("a", "use ::b::C; use c::D;"), ("b", "use crate::a::A; use std::c;"), ("c", "use crate::a::A;")],
    ];
    for sources in cases {
        assert_eq!(Imports::read(sources.iter().copied()).circles(), [], "{sources:?}");
    }
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
        ("domain::task", "use crate::{simd, backend::{BackendKind, cpu::Cpu}};", "crate::backend::BackendKind"),
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
        ("app::draft", "use {js_sys::Array, wasm_bindgen::JsValue};", "wasm_bindgen::JsValue"),
        ("app", "use plotters::style::RGBColor;", "plotters::style::RGBColor"),
        ("app::undo", "use crate::ui::Page;", "crate::ui::Page"),
        ("engine::experiments", "use web_sys::Worker;", "web_sys::Worker"),
        ("domain::task", "mod tests { use super::super::super::backend::BackendKind; }", "crate::backend::BackendKind"),
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
        (
            "ui::state",
            "use crate::backend::BackendKind; use crate::engine::protocol::Event; use std::collections::HashMap;",
        ),
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
