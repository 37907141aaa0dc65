//! The page's end: starts the worker, sends it requests, and gives its events to the page.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{ErrorEvent, MessageEvent, UrlSearchParams};

use super::codec::{from_array, to_array};
use super::error_event;
use crate::engine::protocol::{Call, Command, EncodedReply, Event, Failure, Message, Request, check_build};
use crate::engine::web::helper::MOST_WORKERS;

/// Interval between two pings, in milliseconds.
const HEARTBEAT: i32 = 2_000;
/// A worker that has not answered a ping after so many intervals is treated as lost: ten seconds, and only such in which
/// this machine was awake. Compiling shaders blocks it the longest.
const PATIENCE: u32 = 5;
/// The same for a worker that has not spoken yet: a minute, as its program may have to come over a slow network.
const START_PATIENCE: u32 = 30;
/// After so many intervals the first worker that has not spoken makes room for a second one: Firefox starts some that never
/// speak.
const SECOND_START: u32 = 10;

/// Why there is no worker, where the browser does not say.
const REFUSED: &str = "the browser has refused to start the engine's worker, or could not fetch worker.js: the website's \
                       Content-Security-Policy must allow worker-src 'self', and the file must be there";

/// A connection to the engine's worker. Clones are the same connection.
#[derive(Clone)]
pub struct Client(Rc<Connection>);

/// The sender of a pending answer.
type Waiter = oneshot::Sender<Result<EncodedReply, Failure>>;

struct Connection {
    worker: RefCell<Option<web_sys::Worker>>,
    /// Pending answers by the number of their request.
    waiting: RefCell<Vec<(u32, Waiter)>>,
    /// Requests made before the engine's [`Event::Hello`]; none afterwards.
    unsent: RefCell<Option<Vec<Request>>>,
    last_id: Cell<u32>,
    /// Intervals since the last message.
    silence: Cell<u32>,
    /// Whether a second worker was started in place of a mute one.
    is_second: Cell<bool>,
    on_event: Box<dyn Fn(Event)>,
    heartbeat: Cell<Option<i32>>,
    /// What the browser calls: each holds on to the connection, until that ends.
    called: RefCell<Vec<Box<dyn Any>>>,
}

impl Client {
    /// Takes the worker that the page's document has started, or has it start another; `on_event` gets every event except
    /// answers.
    ///
    /// A worker that has not spoken after twenty seconds makes room for a second one. If none can be started, that one does not
    /// speak within a minute, or either crashes, does not answer a ping for ten seconds or is of another build than the page,
    /// `on_event` gets one [`Event::Crashed`], after this call has returned.
    pub fn start(on_event: impl Fn(Event) + 'static) -> Self {
        let connection = Rc::new(Connection {
            worker: RefCell::new(None),
            waiting: RefCell::default(),
            unsent: RefCell::new(Some(Vec::new())),
            last_id: Cell::new(0),
            silence: Cell::new(0),
            is_second: Cell::new(false),
            on_event: Box::new(on_event),
            heartbeat: Cell::new(None),
            called: RefCell::default(),
        });
        connection.watch();
        connection.begin();
        let asked = Rc::clone(&connection);
        spawn_local(async move {
            if let Err(failure) = check_asked_workers() {
                (asked.on_event)(Event::Problem(failure));
            }
        });
        Self(connection)
    }

    /// Sends a call and waits for its reply.
    ///
    /// # Errors
    /// The engine's, or [`Failure::NotOpen`] when the engine has been lost or stopped.
    pub async fn request<C: Call>(&self, call: C) -> Result<C::Reply, Failure> {
        let reply = self.answer(call.into()).await?;
        reply.decode().map_err(|error| {
            self.0.crash(&format!("a reply that cannot be read: {error}"));
            Failure::NotOpen
        })
    }

    /// Sends a call and ignores its reply; a failure arrives as [`Event::Problem`].
    pub fn send(&self, call: impl Call) {
        let (client, message) = (self.clone(), call.into());
        spawn_local(async move {
            if let Err(failure) = client.answer(message).await {
                // The loss of the engine has been reported as `Event::Crashed`.
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

    /// Terminates the worker. Pending calls fail with [`Failure::NotOpen`].
    pub fn stop(&self) {
        self.0.end();
    }
}

impl Connection {
    fn next_id(&self) -> u32 {
        self.last_id.set(self.last_id.get().wrapping_add(1));
        self.last_id.get()
    }

    /// Takes the sender of this pending answer.
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
        let worker = self.worker.borrow().clone();
        let sent = worker.map(|worker| worker.post_message(&to_array(request)));
        if let Some(Ok(())) = sent {
            return;
        }
        let waiter = self.waiter(request.id);
        if let (Some(Err(error)), Some(waiter)) = (sent, waiter) {
            // The send fails where the waiting future was dropped: its answer is not needed.
            drop(waiter.send(Err(Failure::NotSent { detail: describe(&error) })));
        }
    }

    /// Takes a worker, or has one started.
    fn begin(self: &Rc<Self>) {
        match take_worker() {
            Ok(worker) => self.listen(&worker),
            Err(error) => {
                // Whoever starts it is told after this has returned.
                let connection = Rc::clone(self);
                spawn_local(async move { connection.crash(&describe(&error)) });
            }
        }
    }

    /// Starts a second worker in place of one that has not spoken.
    fn begin_again(self: &Rc<Self>) {
        if let Some(mute) = self.worker.borrow_mut().take() {
            dismiss(&mute);
        }
        self.is_second.set(true);
        self.silence.set(0);
        self.begin();
    }

    fn listen(self: &Rc<Self>, worker: &web_sys::Worker) {
        *self.worker.borrow_mut() = Some(worker.clone());
        let connection = Rc::clone(self);
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            connection.silence.set(0);
            match from_array(&message.data()) {
                Ok(event) => connection.receive(event),
                Err(error) => connection.crash(&format!("an event that cannot be read: {error}")),
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        self.keep(on_message);
        let connection = Rc::clone(self);
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |error: ErrorEvent| {
            connection.crash(&error_event::message(&error).unwrap_or_else(|| REFUSED.to_owned()));
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        self.keep(on_error);
        let early = Reflect::get(worker, &"early".into()).unwrap_or_default();
        for event in early.dyn_ref::<Array>().iter().flat_map(|early| early.iter()) {
            drop(worker.dispatch_event(event.unchecked_ref()));
        }
    }

    /// Keeps what the browser calls until the connection ends.
    fn keep(&self, called: impl Any) {
        self.called.borrow_mut().push(Box::new(called));
    }

    /// Sends the worker a ping at regular intervals, and treats it as lost if it does not answer in time.
    fn watch(self: &Rc<Self>) {
        let connection = Rc::clone(self);
        let beat = Closure::<dyn FnMut()>::new(move || {
            let silence = connection.silence.get();
            // Nothing is asked of a worker that has not greeted yet.
            let has_greeted = connection.unsent.borrow().is_none();
            if silence == SECOND_START && !has_greeted && !connection.is_second.get() {
                return connection.begin_again();
            }
            let patience = if has_greeted { PATIENCE } else { START_PATIENCE };
            if silence >= patience {
                let seconds = patience * HEARTBEAT as u32 / 1000;
                return connection.crash(&format!("no answer for {seconds} s"));
            }
            connection.silence.set(silence + 1);
            if silence == 0 && has_greeted {
                connection.send(Request { id: connection.next_id(), message: Command::Ping.into() });
            }
        });
        let set =
            window().set_interval_with_callback_and_timeout_and_arguments_0(beat.as_ref().unchecked_ref(), HEARTBEAT);
        self.keep(beat);
        self.heartbeat.set(set.ok());
    }

    fn receive(self: &Rc<Self>, event: Event) {
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
                    // The send fails where the waiting future was dropped: its answer is not needed.
                    drop(sender.send(result));
                }
            }
            Event::Crashed(cause) => self.crash(&cause),
            event => (self.on_event)(event),
        }
    }

    /// Treats the engine as lost, and reports that once.
    fn crash(&self, cause: &str) {
        if self.end() {
            (self.on_event)(Event::Crashed(cause.to_owned()));
        }
    }

    /// Terminates the worker and drops all pending answers. Whether it had not been terminated before.
    fn end(&self) -> bool {
        if let Some(heartbeat) = self.heartbeat.take() {
            window().clear_interval_with_handle(heartbeat);
        }
        let first = self.unsent.borrow_mut().take().is_some() | self.worker.borrow().is_some();
        if let Some(worker) = self.worker.borrow_mut().take() {
            dismiss(&worker);
        }
        self.waiting.borrow_mut().clear();
        // One of them may have led here: it is dropped when it has returned.
        let called = self.called.take();
        spawn_local(async move { drop(called) });
        first
    }
}

/// Ends a worker, of which nothing is heard any more.
fn dismiss(worker: &web_sys::Worker) {
    worker.set_onmessage(None);
    worker.set_onerror(None);
    worker.terminate();
}

/// The worker that the page's document has started, or a new one.
fn take_worker() -> Result<web_sys::Worker, JsValue> {
    let engine = Reflect::get(&window(), &"engine".into())?;
    Reflect::set(&window(), &"engine".into(), &JsValue::UNDEFINED)?;
    if !engine.is_undefined() {
        return Ok(engine.unchecked_into());
    }
    let start: Function = Reflect::get(&window(), &"startEngine".into())?.dyn_into()?;
    Ok(start.call0(&JsValue::UNDEFINED)?.unchecked_into())
}

/// How many workers the page's address asks for, `?workers=2`, goes to the engine as it is.
///
/// # Errors
/// It asks for something that is no number from 1 to [`MOST_WORKERS`]; the engine takes its usual number.
fn check_asked_workers() -> Result<(), Failure> {
    let query = window().location().search().and_then(|search| UrlSearchParams::new_with_str(&search));
    let Some(text) = query.ok().and_then(|query| query.get("workers")) else { return Ok(()) };
    match text.parse() {
        Ok(1..=MOST_WORKERS) => Ok(()),
        _ => Err(Failure::Argument {
            name: "?workers".to_owned(),
            value: text.chars().take(40).collect(),
            min: 1.0,
            max: f64::from(MOST_WORKERS),
        }),
    }
}

/// The message of an exception.
fn describe(error: &JsValue) -> String {
    let message = error.is_object().then(|| Reflect::get(error, &"message".into()).ok()).flatten();
    message
        .and_then(|message| message.as_string())
        .or_else(|| error.as_string())
        .unwrap_or_else(|| String::from(Object::from(error.clone()).to_string()))
}

fn window() -> web_sys::Window {
    web_sys::window().expect("the page has a window")
}
