//! The scripting API: `window.reptileLab`, for consoles and notebooks.
//!
//! Every method returns a Promise; one that fails rejects with an Error whose message says what and where. Whatever a
//! script does shows on the page, and the other way round: both go through the same [`Page`].

use std::pin::Pin;

use js_sys::{Array, Float32Array, Function, JSON, Object, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::files;
use super::lazy_chunk::{load, loaded};
use super::page::{Page, stopped};
use super::script_value;
use super::shell::address;
use crate::app::action::Action;
use crate::app::appearance::Appearance;
use crate::app::comparison::{Column, Entry, RunResults, shown};
use crate::app::comparison_request::ComparisonRequest;
use crate::app::file;
use crate::app::link::Link;
use crate::app::pytorch;
use crate::app::session_file::FileError;
use crate::backend::choice::Preference;
use crate::domain::alignment::Alignment;
use crate::domain::alignment::AlignmentPoint;
use crate::domain::config::Config;
use crate::domain::config::error::{ConfigError, clipped};
use crate::domain::task::curve::{Drawn, TrueCurve};
use crate::domain::task::family::Family;
use crate::domain::task::{Task, TaskDistribution};
use crate::domain::task_map::TaskMapSpec;
use crate::domain::wheel::{WheelPoint, WheelTasks};
use crate::engine::protocol::{
    Adapt, Adapted, Align, Call, Command, Evaluate, Failure, GoTo, MakeView, ReadTheta, ReadTimeline, Status,
    TimelineReply, TraceTwoTasks, ViewRequest, ViewResult,
};
use crate::i18n::Locale;

/// The result of a method: a value for the script, or the message of an Error.
type MethodResult = Result<JsValue, String>;

/// Most characters of a message.
const MOST_CHARACTERS: usize = 500;

/// The methods, each of one argument at most.
const METHODS: [&str; 30] = [
    "getConfig",
    "setConfig",
    "start",
    "pause",
    "step",
    "reset",
    "status",
    "timeline",
    "goTo",
    "keepForComparison",
    "dropComparison",
    "setBackend",
    "evaluate",
    "alignment",
    "twoTasks",
    "adapt",
    "taskMap",
    "wheel",
    "layers",
    "compare",
    "theta",
    "setTheta",
    "link",
    "open",
    "saveTheta",
    "loadTheta",
    "saveFrames",
    "saveSession",
    "loadSession",
    "script",
];

/// Makes `window.reptileLab`. Its methods load the lazy chunk, unless it is loaded.
pub fn install(page: Page) {
    let api = Object::new();
    for name in METHODS {
        let method = Closure::<dyn Fn(JsValue) -> Promise>::new(move |argument| match loaded() {
            Some(chunk) => (chunk.call)(page, name, argument),
            None => future_to_promise(async move {
                let chunk = load().await.map_err(|failed| error(name, &failed.to_string()))?;
                JsFuture::from((chunk.call)(page, name, argument)).await
            }),
        });
        set(&api, name, &method.into_js_value());
    }
    set(&window(), "reptileLab", &api);
    keep_ready(page, api);
}

/// Calls a method.
pub fn call(page: Page, method: &'static str, argument: JsValue) -> Promise {
    let called: Pin<Box<dyn Future<Output = MethodResult>>> = match method {
        "getConfig" => Box::pin(async move { to_js(&page.run.config.get_untracked()) }),
        "setConfig" => Box::pin(set_config(page, argument)),
        "start" => Box::pin(act(page, Action::Train)),
        "pause" => Box::pin(act(page, Action::Pause)),
        "step" => Box::pin(step(page, argument)),
        "reset" => Box::pin(act(page, Action::Reset)),
        "status" => Box::pin(async move { to_js(&status(page)) }),
        "timeline" => Box::pin(timeline(page)),
        "goTo" => Box::pin(go_to(page, argument)),
        "keepForComparison" => Box::pin(keep(page)),
        "dropComparison" => Box::pin(act(page, Action::Keep { on: false })),
        "setBackend" => Box::pin(set_backend(page, argument)),
        "evaluate" => Box::pin(evaluate(page)),
        "alignment" => Box::pin(alignment(page)),
        "twoTasks" => Box::pin(two_tasks(page, argument)),
        "adapt" => Box::pin(adapt(page, argument)),
        "taskMap" => Box::pin(task_map(page, argument)),
        "wheel" => Box::pin(wheel(page, argument)),
        "layers" => Box::pin(layers(page, argument)),
        "compare" => Box::pin(compare(page, argument)),
        "theta" => Box::pin(theta(page)),
        "setTheta" => Box::pin(set_theta(page, argument)),
        "link" => Box::pin(async move { Ok(address::of(page).into()) }),
        "open" => Box::pin(open(page, argument)),
        "saveTheta" => Box::pin(save(page, files::theta_file(page))),
        "loadTheta" => Box::pin(load_theta(page, argument)),
        "saveFrames" => Box::pin(save(page, files::frames_file(page))),
        "saveSession" => Box::pin(save(page, files::session_file(page))),
        "loadSession" => Box::pin(load_session(page, argument)),
        "script" => Box::pin(async move { Ok(page.run.config.with_untracked(pytorch::program).into()) }),
        _ => Box::pin(async { Err("there is no such method".to_owned()) }),
    };
    future_to_promise(async move { called.await.map_err(|message| error(method, &message)) })
}

/// What a call of a method rejects with.
fn error(method: &str, message: &str) -> JsValue {
    // Messages may repeat what a script gave, however long that is.
    js_sys::Error::new(&format!("reptileLab.{method}: {}", clipped(message, MOST_CHARACTERS))).into()
}

fn set(target: &JsValue, name: &str, value: &JsValue) {
    Reflect::set(target, &name.into(), value).expect("a plain object takes any property");
}

/// Keeps `ready` a promise of `{version, backend, adapter}`: kept when the engine can train, and broken with the cause
/// that the page shows when the engine is lost before. For an engine that is started then it is another promise.
fn keep_ready(page: Page, api: Object) {
    let pending = StoredValue::new_local(Some(promise(&api)));
    Effect::new(move |_| {
        let (crash, status) = (page.run.crash.get(), page.run.status.with(Option::is_some));
        let settle = |settle: fn(&Settle) -> &Function, value: &JsValue| {
            if let Some(pending) = pending.try_update_value(Option::take).flatten() {
                // A promise's own functions take any value.
                drop(settle(&pending).call1(&JsValue::UNDEFINED, value));
            }
        };
        match (crash, status) {
            (Some(cause), _) => settle(|pending| &pending.reject, &error("ready", &cause)),
            (None, true) => settle(|pending| &pending.resolve, &engine(page)),
            // Another engine starts.
            (None, false) if pending.with_value(Option::is_none) => pending.set_value(Some(promise(&api))),
            (None, false) => {}
        }
    });
}

/// What settles a promise.
struct Settle {
    resolve: Function,
    reject: Function,
}

thread_local! {
    /// Takes what a promise is rejected with, and does nothing.
    static IGNORE: Closure<dyn FnMut(JsValue)> = Closure::new(|_| ());
}

/// Makes `ready` a new promise.
fn promise(api: &Object) -> Settle {
    let mut settle = None;
    let ready = Promise::new(&mut |resolve, reject| settle = Some(Settle { resolve, reject }));
    // A script that does not ask for it needs no message in the console.
    IGNORE.with(|ignore| drop(ready.catch(ignore)));
    set(api, "ready", &ready);
    settle.expect("a promise calls its executor at once")
}

/// What the engine is, once it can train.
fn engine(page: Page) -> JsValue {
    let value = Object::new();
    page.run.status.with_untracked(|status| {
        if let Some(Status { backend, .. }) = status {
            set(&value, "version", &env!("CARGO_PKG_VERSION").into());
            set(&value, "backend", &backend.kind.name().into());
            set(&value, "adapter", &backend.adapter.as_str().into());
        }
    });
    value.into()
}

fn status(page: Page) -> serde_json::Value {
    let locale = page.appearance.locale.get_untracked();
    let config = page.run.config.get_untracked();
    let crash = page.run.crash.get_untracked();
    let problem = page.problem.get_untracked().map(|problem| problem.message(locale));
    match page.run.status.get_untracked() {
        None => json!({
            "running": false, "iteration": 0, "iterations": config.outer.iterations, "shown": 0,
            "meta_iterations_per_second": 0.0, "step_size": null, "stopped": null, "backend": null, "adapter": null,
            "gradient_evaluations": 0, "operations": 0, "training_seconds": 0.0, "provenance": [],
            "message": crash.or(problem).unwrap_or_else(|| locale.error_not_open().to_owned()),
        }),
        Some(status) => json!({
            "running": status.running,
            "iteration": status.iteration,
            "iterations": status.iterations,
            "shown": status.shown,
            "meta_iterations_per_second": status.meta_iterations_per_second,
            "step_size": status.step_size,
            "stopped": status.stopped,
            "gradient_evaluations": status.spent.cost.evaluations(),
            "operations": status.spent.cost.operations,
            "training_seconds": status.spent.seconds,
            "provenance": status.provenance,
            "backend": status.backend.kind.name(),
            "adapter": status.backend.adapter,
            "message": crash.or(problem).or(stopped(&status, locale)).unwrap_or_else(|| status.backend.reason.message(locale)),
        }),
    }
}

async fn act(page: Page, action: Action) -> MethodResult {
    page.act(action).await.map_err(|failure| words(page, &failure))?;
    Ok(JsValue::UNDEFINED)
}

async fn request<C: Call>(page: Page, call: C) -> Result<C::Reply, String> {
    page.request(call).await.map_err(|failure| words(page, &failure))
}

fn words(page: Page, failure: &Failure) -> String {
    failure.message(locale(page))
}

fn refused(page: Page, error: ConfigError) -> String {
    words(page, &Failure::Config(error))
}

async fn set_config(page: Page, document: JsValue) -> MethodResult {
    let document = json_of(page, &document, "document")?;
    let config = Config::from_value(&document).map_err(|error| refused(page, error))?;
    page.configure(config).await.map_err(|failure| words(page, &failure))?;
    Ok(JsValue::UNDEFINED)
}

async fn step(page: Page, count: JsValue) -> MethodResult {
    let most = page.run.config.with_untracked(|config| config.outer.iterations as f64);
    let number = if count.is_undefined() { 1.0 } else { count.as_f64().unwrap_or(f64::NAN) };
    if !(1.0..=most).contains(&number) || number.fract() != 0.0 {
        let value = script_value::shown(&count);
        return Err(words(page, &Failure::Argument { name: "n".to_owned(), value, min: 1.0, max: most }));
    }
    act(page, Action::Step { count: number as u64 }).await
}

async fn timeline(page: Page) -> MethodResult {
    let TimelineReply { first, last, at, keyframes } = request(page, ReadTimeline).await?;
    to_js(&json!({ "first": first, "last": last, "at": at, "keyframes": keyframes }))
}

/// Shows a moment of the run.
async fn go_to(page: Page, iteration: JsValue) -> MethodResult {
    if iteration.as_string().as_deref() == Some("now") {
        return to_js(&request(page, GoTo { iteration: None }).await?);
    }
    let most = page.run.iteration.get_untracked() as f64;
    let number = iteration.as_f64().unwrap_or(f64::NAN);
    if !(0.0..=most).contains(&number) || number.fract() != 0.0 {
        let (name, value) = ("iteration".to_owned(), script_value::shown(&iteration));
        return Err(words(page, &Failure::Argument { name, value, min: 0.0, max: most }));
    }
    let iteration = Some(number as u64);
    to_js(&request(page, GoTo { iteration }).await?)
}

/// Keeps the θ that is shown for comparison; its meta-iteration.
async fn keep(page: Page) -> MethodResult {
    act(page, Action::Keep { on: true }).await?;
    to_js(&page.results.kept.with_untracked(|kept| kept.as_ref().map(|moment| moment.iteration)))
}

async fn set_backend(page: Page, name: JsValue) -> MethodResult {
    let preference: Preference = from_js(page, &name, "backend").map_err(|_| {
        let (value, allowed) = (script_value::shown(&name), "auto, cpu, gpu".to_owned());
        refused(page, ConfigError::Choice { field: "backend".to_owned(), value, allowed })
    })?;
    act(page, Action::UseBackend { preference }).await
}

async fn evaluate(page: Page) -> MethodResult {
    to_js(&request(page, Evaluate).await?.curve)
}

async fn alignment(page: Page) -> MethodResult {
    let AlignmentPoint { tasks, alignment, .. } = request(page, Align).await?;
    let Alignment { inner_product, cosine, cosine_between_tasks } = alignment;
    to_js(&json!({
        "tasks": tasks,
        "inner_product": inner_product,
        "cosine": cosine,
        "cosine_between_tasks": cosine_between_tasks,
    }))
}

/// What `twoTasks` takes.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WantedTwo {
    /// As the run's, if it is left out.
    theta: Option<Vec<f32>>,
    /// The meta-iteration whose tasks to take; the run's next, if it is left out.
    number: Option<u64>,
    /// The Config's `outer.step_size`, if it is left out.
    step_size: Option<f64>,
}

/// One meta-iteration of Reptile on two tasks, from within; the run's own θ stays.
async fn two_tasks(page: Page, wanted: JsValue) -> MethodResult {
    let WantedTwo { theta, number, step_size } =
        from_js::<Option<WantedTwo>>(page, &wanted, "twoTasks")?.unwrap_or_default();
    let theta = match theta {
        Some(theta) => theta,
        None => present_theta(page).await?,
    };
    let number = number.unwrap_or_else(|| page.run.shown.get_untracked());
    let step_size = step_size.unwrap_or_else(|| page.run.config.with_untracked(|config| config.outer.step_size));
    to_js(&request(page, TraceTwoTasks { theta, number, step_size }).await?)
}

/// What `adapt` takes: a task or a curve.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    task: Option<WantedTask>,
    /// y on the grid.
    curve: Option<Vec<f32>>,
    shots: Vec<[f32; 2]>,
    steps: Option<usize>,
    learning_rate: Option<f64>,
}

/// A task as scripts give it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedTask {
    amplitude: f32,
    phase: f32,
    /// As [`Task::of`] the distribution, if it is left out.
    family: Option<Family>,
    /// The same.
    frequency: Option<f32>,
}

/// What `layers` takes: as `adapt`, with the learning rate of the evaluation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedLayers {
    task: Option<WantedTask>,
    curve: Option<Vec<f32>>,
    shots: Vec<[f32; 2]>,
    steps: Option<usize>,
}

impl WantedTask {
    fn task(&self, distribution: &TaskDistribution) -> Task {
        let usual = Task::of(distribution, self.amplitude, self.phase);
        let (family, frequency) = (self.family.unwrap_or(usual.family), self.frequency.unwrap_or(usual.frequency));
        Task { family, frequency, ..usual }
    }
}

/// The true curve that a script gives.
fn true_curve(
    task: Option<WantedTask>,
    curve: Option<Vec<f32>>,
    tasks: &TaskDistribution,
) -> Result<TrueCurve, String> {
    match (task, curve) {
        (Some(task), None) => Ok(TrueCurve::Task(task.task(tasks))),
        (None, Some(y)) if y.len() == tasks.grid => Ok(TrueCurve::Drawn(Drawn { x: tasks.x.map(|end| end as f32), y })),
        (None, Some(y)) => Err(format!("curve: {} numbers, but the grid has {} points", y.len(), tasks.grid)),
        _ => Err("either task or curve is needed".to_owned()),
    }
}

/// How far each layer moves.
async fn layers(page: Page, wanted: JsValue) -> MethodResult {
    let WantedLayers { task, curve, shots, steps } = from_js(page, &wanted, "layers")?;
    let Config { eval, tasks, .. } = page.run.config.get_untracked();
    let curve = true_curve(task, curve, &tasks)?;
    let steps = steps.unwrap_or(eval.steps);
    let request = ViewRequest::Activity { curve, shots, steps, step: steps, layer: None };
    let ViewResult::Activity(activity) = self::request(page, MakeView { request }).await? else {
        return Err("the engine has made another view".to_owned());
    };
    to_js(&json!({ "moved": activity.moved }))
}

async fn adapt(page: Page, wanted: JsValue) -> MethodResult {
    let Wanted { task, curve, shots, steps, learning_rate } = from_js(page, &wanted, "adapt")?;
    let Config { eval, tasks, .. } = page.run.config.get_untracked();
    let curve = true_curve(task, curve, &tasks)?;
    let steps = steps.unwrap_or(eval.steps);
    let learning_rate = learning_rate.unwrap_or(eval.learning_rate);
    let Adapted { steps, mse, predictions } = request(page, Adapt { curve, shots, steps, learning_rate }).await?;
    // Row by row: the text of 10,000 steps at once takes 20 MB, and a program's memory never shrinks again.
    let rows = predictions.iter().map(to_js).collect::<Result<Array, _>>()?;
    let adapted = to_js(&json!({ "steps": steps, "mse": mse }))?;
    set(&adapted, "predictions", &rows);
    Ok(adapted)
}

/// What `taskMap` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedMap {
    amplitudes: Vec<f32>,
    phases: Vec<f32>,
    /// The Config's `eval.steps`, if it is left out.
    steps: Option<usize>,
    /// As [`Task::of`] the distribution, if it is left out.
    family: Option<Family>,
    /// The same.
    frequency: Option<f32>,
}

/// The error of every pair of an amplitude and a phase, by the shots' x of the shown task.
async fn task_map(page: Page, wanted: JsValue) -> MethodResult {
    let WantedMap { amplitudes, phases, steps, family, frequency } = from_js(page, &wanted, "taskMap")?;
    let Config { eval, tasks, .. } = page.run.config.get_untracked();
    let Task { family, frequency, .. } = WantedTask { amplitude: 0.0, phase: 0.0, family, frequency }.task(&tasks);
    let number = page.view.preview_input.with_untracked(|input| input.number);
    let steps = steps.unwrap_or(eval.steps);
    let spec = TaskMapSpec { family, frequency, amplitudes, phases, steps, number };
    let ViewResult::TaskMap(map) = request(page, MakeView { request: ViewRequest::TaskMap(spec) }).await? else {
        return Err("the engine has made another view".to_owned());
    };
    to_js(&json!({ "mse": map.rows().collect::<Vec<_>>() }))
}

/// What `wheel` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedWheel {
    steps: usize,
    amplitudes: Vec<f32>,
    phases: Vec<f32>,
}

/// Where φ lies for every pair, in the first two principal components.
async fn wheel(page: Page, wanted: JsValue) -> MethodResult {
    let WantedWheel { steps, amplitudes, phases } = from_js(page, &wanted, "wheel")?;
    let tasks = WheelTasks { amplitudes, phases };
    let made = request(page, MakeView { request: ViewRequest::Wheel { steps, tasks } }).await?;
    let ViewResult::Wheel(Some(wheel)) = made else { return Err(locale(page).error_wheel().to_owned()) };
    let places = |row: &Vec<WheelPoint>| row.iter().map(|point| point.at.place).collect::<Vec<_>>();
    to_js(&json!({ "explained": wheel.explained, "points": wheel.points.iter().map(places).collect::<Vec<_>>() }))
}

async fn compare(page: Page, wanted: JsValue) -> MethodResult {
    let request: ComparisonRequest = from_js(page, &wanted, "compare")?;
    let plan = request.plan().map_err(|failure| words(page, &failure))?;
    page.dispatch(plan);
    let first = page.comparison.with_untracked(|plan| plan.runs.first().map(|run| run.config.clone()));
    page.run_comparison(first.unwrap_or_default()).await.map_err(|failure| words(page, &failure))?;
    let results = page.comparison.with_untracked(|plan| {
        page.results.comparison.with_untracked(|results| {
            let result = |entry: &Entry| {
                let last = entry.results.map_or(vec![], RunResults::last);
                let steps = last.first().map_or(vec![], |point| point.curve.steps.clone());
                let errors: Vec<_> = steps.iter().filter_map(|step| entry.results?.error(*step)).collect();
                let (mean_mse, ci95): (Vec<_>, Vec<_>) = errors.into_iter().unzip();
                let evaluation = results.asked.as_ref().map(|(experiment, _)| &experiment.evaluation);
                json!({
                    "tasks": evaluation.map(|evaluation| evaluation.tasks),
                    "distribution": evaluation.map(|evaluation| &evaluation.distribution),
                    "steps": steps, "mean_mse": mean_mse, "ci95": ci95,
                    "median_mse": entry.results.map(RunResults::medians),
                    "diverged": entry.results.and_then(|run| run.diverged),
                    "meta_iterations": entry.value(Column::Iterations),
                    "gradient_evaluations": entry.value(Column::Evaluations), "seconds": entry.value(Column::Seconds),
                })
            };
            shown(plan, results).iter().map(result).collect::<Vec<_>>()
        })
    });
    to_js(&results)
}

async fn theta(page: Page) -> MethodResult {
    Ok(Float32Array::from(present_theta(page).await?.as_slice()).into())
}

async fn present_theta(page: Page) -> Result<Vec<f32>, String> {
    request(page, ReadTheta).await
}

async fn set_theta(page: Page, theta: JsValue) -> MethodResult {
    let theta = script_value::numbers(&theta, "theta").map_err(|error| error.message(locale(page)))?;
    request(page, Command::SetTheta { theta }).await?;
    page.announce(locale(page).theta_replaced());
    Ok(JsValue::UNDEFINED)
}

/// Shows the page of a link, or of the fragment of one.
async fn open(page: Page, link: JsValue) -> MethodResult {
    let address =
        link.as_string().ok_or_else(|| format!("link: a text is expected, found {}", script_value::shown(&link)))?;
    let fragment = address.split_once('#').map_or(address.as_str(), |(_, fragment)| fragment);
    let Appearance { locale, scheme } = page.with_app(|app| app.state().appearance);
    let link = Link::read(fragment, locale, scheme).map_err(|error| error.message(locale))?;
    let Link { state, moment, kept, lesson_text } = link;
    if let Some(text) = lesson_text {
        page.take_linked_lesson(&text).map_err(|problem| problem.message(locale))?;
    }
    act(page, Action::Open { state: Box::new(state), moment: Some(moment), kept }).await
}

/// The bytes of a file.
async fn save(page: Page, file: impl Future<Output = Result<Uint8Array, Failure>>) -> MethodResult {
    file.await.map(Into::into).map_err(|failure| words(page, &failure))
}

/// Reads a file that a script gives.
fn read_file<T>(page: Page, file: &JsValue, read: impl FnOnce(&[u8]) -> Result<T, FileError>) -> Result<T, String> {
    let bytes = script_value::bytes(file, "bytes").map_err(|error| error.message(locale(page)))?;
    read(&bytes).map_err(|error| error.message(locale(page)))
}

/// Begins the present run at the θ of a file.
async fn load_theta(page: Page, file: JsValue) -> MethodResult {
    let config = page.run.config.get_untracked();
    let (theta, provenance) = read_file(page, &file, |bytes| file::read_theta(bytes, &config))?;
    files::begin_from(page, theta, provenance).await.map_err(|failure| words(page, &failure))?;
    Ok(JsValue::UNDEFINED)
}

/// Goes on with the session of a file.
async fn load_session(page: Page, file: JsValue) -> MethodResult {
    let session = read_file(page, &file, file::read_session)?;
    files::load_session(page, session).await.map_err(|failure| words(page, &failure))?;
    Ok(JsValue::UNDEFINED)
}

/// A value as plain JavaScript.
fn to_js(value: &impl Serialize) -> MethodResult {
    let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
    JSON::parse(&text).map_err(|error| format!("{error:?}"))
}

fn from_js<T: serde::de::DeserializeOwned>(page: Page, value: &JsValue, name: &str) -> Result<T, String> {
    serde_json::from_value(json_of(page, value, name)?).map_err(|error| error.to_string())
}

fn json_of(page: Page, value: &JsValue, name: &str) -> Result<serde_json::Value, String> {
    script_value::json(value, name).map_err(|error| error.message(locale(page)))
}

fn locale(page: Page) -> Locale {
    page.appearance.locale.get_untracked()
}
