//! The page's end: starts the worker, sends it requests, and gives its events to the page.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    Blob, BlobPropertyBag, ErrorEvent, HtmlLinkElement, MessageEvent, Url, UrlSearchParams, WorkerOptions, WorkerType,
};

use super::worker::encode;
use crate::engine::protocol::{Call, Command, EncodedReply, Event, Failure, Message, Request, check_build};
use crate::engine::web::helper::MOST_WORKERS;

/// How long a worker may be mute before it is given up, in milliseconds. Compiling shaders is its longest silence.
const PATIENCE: f64 = 10_000.0;
/// How often a worker is asked whether it is there, in milliseconds.
const HEARTBEAT: i32 = 2_000;

/// A connection to the engine's worker. Clones are the same connection.
#[derive(Clone)]
pub struct Client(Rc<Connection>);

/// Who waits for an answer.
type Waiter = oneshot::Sender<Result<EncodedReply, Failure>>;

struct Connection {
    worker: RefCell<Option<web_sys::Worker>>,
    /// Who waits for which answer.
    waiting: RefCell<Vec<(u32, Waiter)>>,
    /// What was said before the worker could hear.
    unsent: RefCell<Option<Vec<Request>>>,
    last_id: Cell<u32>,
    /// When the worker was asked and has not answered since.
    asked: Cell<Option<f64>>,
    on_event: Box<dyn Fn(Event)>,
    heartbeat: Cell<Option<i32>>,
}

impl Client {
    /// Starts the worker; `on_event` gets every event except answers.
    ///
    /// A worker that cannot be started, that crashes, that is mute for ten seconds or that is of another build than the
    /// page arrives as [`Event::Crashed`], once.
    pub fn start(on_event: impl Fn(Event) + 'static) -> Self {
        let connection = Rc::new(Connection {
            worker: RefCell::new(None),
            waiting: RefCell::default(),
            unsent: RefCell::new(Some(Vec::new())),
            last_id: Cell::new(0),
            asked: Cell::new(None),
            on_event: Box::new(on_event),
            heartbeat: Cell::new(None),
        });
        match spawn_worker() {
            Ok(worker) => connection.listen(&worker),
            Err(error) => {
                // After this call has returned, as every other event.
                let connection = Rc::clone(&connection);
                spawn_local(async move { connection.crash(&describe(&error)) });
            }
        }
        Self(connection)
    }

    /// Sends a call and waits for its reply.
    ///
    /// # Errors
    /// The engine's, or [`Failure::NotOpen`] when the engine is gone.
    pub async fn request<C: Call>(&self, call: C) -> Result<C::Reply, Failure> {
        let reply = self.answer(call.into()).await?;
        reply.decode().map_err(|error| {
            self.0.crash(&format!("a reply that cannot be read: {error}"));
            Failure::NotOpen
        })
    }

    /// Sends a call whose reply nobody needs; a failure arrives as [`Event::Problem`].
    pub fn send(&self, call: impl Call) {
        let (client, message) = (self.clone(), call.into());
        spawn_local(async move {
            if let Err(failure) = client.answer(message).await {
                // An engine that is gone has said so itself.
                if failure != Failure::NotOpen {
                    (client.0.on_event)(Event::Problem(failure));
                }
            }
        });
    }

    async fn answer(&self, message: Message) -> Result<EncodedReply, Failure> {
        let (sender, receiver) = oneshot::channel();
        let id = self.0.next_id();
        self.0.waiting.borrow_mut().push((id, sender));
        self.0.send(Request { id, message });
        receiver.await.unwrap_or(Err(Failure::NotOpen))
    }

    /// Ends the worker; whoever waits gets [`Failure::NotOpen`].
    pub fn stop(&self) {
        self.0.end();
    }
}

impl Connection {
    fn next_id(&self) -> u32 {
        self.last_id.set(self.last_id.get().wrapping_add(1));
        self.last_id.get()
    }

    /// Who waits for this answer, and does so no longer.
    fn waiter(&self, id: u32) -> Option<Waiter> {
        let mut waiting = self.waiting.borrow_mut();
        let place = waiting.iter().position(|(waiting, _)| *waiting == id)?;
        Some(waiting.swap_remove(place).1)
    }

    fn send(&self, request: Request) {
        if let Some(unsent) = &mut *self.unsent.borrow_mut() {
            unsent.push(request);
            return;
        }
        self.post(&request);
    }

    fn post(&self, request: &Request) {
        match &*self.worker.borrow() {
            Some(worker) => {
                if let Err(error) = worker.post_message(&encode(request)) {
                    web_sys::console::error_1(&error);
                }
            }
            None => drop(self.waiter(request.id)),
        }
    }

    fn listen(self: &Rc<Self>, worker: &web_sys::Worker) {
        *self.worker.borrow_mut() = Some(worker.clone());
        let connection = Rc::clone(self);
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            connection.asked.set(None);
            match postcard::from_bytes(&Uint8Array::new(&message.data()).to_vec()) {
                Ok(event) => connection.receive(event),
                Err(error) => connection.crash(&format!("an event that cannot be read: {error}")),
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();
        let connection = Rc::clone(self);
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |error: ErrorEvent| {
            connection.crash(&error.message());
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        on_error.forget();
        self.watch();
    }

    /// Asks the worker now and then whether it is there.
    fn watch(self: &Rc<Self>) {
        let connection = Rc::clone(self);
        self.asked.set(Some(now()));
        let beat = Closure::<dyn FnMut()>::new(move || match connection.asked.get() {
            Some(asked) if now() - asked > PATIENCE => {
                connection.crash(&format!("no answer for {} s", PATIENCE / 1000.0));
            }
            Some(_) => {}
            None => {
                connection.asked.set(Some(now()));
                connection.send(Request { id: connection.next_id(), message: Command::Ping.into() });
            }
        });
        let set =
            window().set_interval_with_callback_and_timeout_and_arguments_0(beat.as_ref().unchecked_ref(), HEARTBEAT);
        beat.forget();
        self.heartbeat.set(set.ok());
    }

    fn receive(&self, event: Event) {
        match event {
            Event::Hello { build } => match check_build(&build) {
                Ok(()) => {
                    let unsent = self.unsent.borrow_mut().take().unwrap_or_default();
                    for request in &unsent {
                        self.post(request);
                    }
                }
                Err(refusal) => self.crash(&refusal),
            },
            Event::Answer { id, result } => {
                if let Some(sender) = self.waiter(id) {
                    // Nobody waits any more: nothing to tell.
                    drop(sender.send(result));
                }
            }
            Event::Crashed(cause) => self.crash(&cause),
            event => (self.on_event)(event),
        }
    }

    /// The engine is gone: says so once.
    fn crash(&self, cause: &str) {
        if self.end() {
            (self.on_event)(Event::Crashed(cause.to_owned()));
        }
    }

    /// Ends the worker, if it has not ended, and lets nobody wait.
    fn end(&self) -> bool {
        if let Some(heartbeat) = self.heartbeat.take() {
            window().clear_interval_with_handle(heartbeat);
        }
        let first = self.unsent.borrow_mut().take().is_some() | self.worker.borrow().is_some();
        if let Some(worker) = self.worker.borrow_mut().take() {
            worker.set_onmessage(None);
            worker.set_onerror(None);
            worker.terminate();
        }
        self.waiting.borrow_mut().clear();
        first
    }
}

/// A module worker that imports the page's own script and instantiates the page's own compiled module.
///
/// One wasm file, one compilation, and no second file that could go stale in a cache.
fn spawn_worker() -> Result<web_sys::Worker, JsValue> {
    let script = script_url()?;
    let source = format!(
        "import init from {script:?};\n\
         self.onmessage = ({{ data: [module, workers] }}) => {{\n\
           self.onmessage = null;\n\
           self.workers = workers;\n\
           init({{ module_or_path: module }}).catch((error) => setTimeout(() => {{ throw error; }}));\n\
         }};"
    );
    let properties = BlobPropertyBag::new();
    properties.set_type("text/javascript");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&source.into()), &properties)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = web_sys::Worker::new_with_options(&url, &options)?;
    worker.post_message(&Array::of2(&wasm_bindgen::module(), &asked_workers()?))?;
    Ok(worker)
}

/// How many workers the page's address asks for, `?workers=2`: undefined where it does not.
///
/// # Errors
/// It asks for something that is no number from 1 to [`MOST_WORKERS`].
fn asked_workers() -> Result<JsValue, JsValue> {
    let query = UrlSearchParams::new_with_str(&window().location().search()?)?;
    let Some(text) = query.get("workers") else { return Ok(JsValue::UNDEFINED) };
    match text.parse() {
        Ok(workers @ 1..=MOST_WORKERS) => Ok(workers.into()),
        _ => Err(format!("the address asks for workers={text}; allowed are 1 to {MOST_WORKERS}").into()),
    }
}

/// The address of the page's script, from the link by which the page preloads it.
fn script_url() -> Result<String, JsValue> {
    let document = window().document().ok_or("there is no document")?;
    let link = document.query_selector("link[rel=modulepreload]")?.ok_or("the page does not name its script")?;
    Ok(link.unchecked_into::<HtmlLinkElement>().href())
}

/// An exception in words.
fn describe(error: &JsValue) -> String {
    let message = error.is_object().then(|| Reflect::get(error, &"message".into()).ok()).flatten();
    message
        .and_then(|message| message.as_string())
        .or_else(|| error.as_string())
        .unwrap_or_else(|| String::from(Object::from(error.clone()).to_string()))
}

fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

fn window() -> web_sys::Window {
    web_sys::window().expect("the page has a window")
}
