//! Workers that help the engine's CPU backend: their end, and the engine's lines to them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::worker::encode;
use crate::backend::crew::{Hand, Line, Order, Report};
use crate::backend::{BackendError, Pending};

/// The name by which a worker knows that it is a hand.
const NAME: &str = "hand";
/// Most workers that share a meta-batch: beyond it, messages cost more than another worker brings.
pub const MOST_WORKERS: u32 = 8;

/// Whether this worker is a hand.
#[must_use]
pub fn is_hand() -> bool {
    scope().name() == NAME
}

/// Starts obeying orders in this worker. The first message that it sends is empty: it can hear.
///
/// # Panics
/// When it hears something that is no order; the engine is told, and goes on without it.
pub fn start() {
    console_error_panic_hook::set_once();
    let hand = RefCell::new(Hand::default());
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let order = postcard::from_bytes(&Uint8Array::new(&event.data()).to_vec());
        let order = order.expect("hands and engine are one program");
        if let Some(report) = hand.borrow_mut().obey(order) {
            post(&encode(&report));
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    post(&Uint8Array::new_with_length(0));
}

fn post(bytes: &Uint8Array) {
    if let Err(error) = scope().post_message_with_transfer(bytes, &Array::of1(&bytes.buffer())) {
        wasm_bindgen::throw_val(error);
    }
}

/// Starts the hands that go with this engine: one less than the workers that the page asked for, or than processors.
///
/// Where the browser refuses one, there are fewer.
#[must_use]
pub fn lines() -> Vec<WorkerLine> {
    let asked = Reflect::get(&scope(), &"workers".into()).ok().and_then(|workers| workers.as_f64());
    let workers = asked.map_or_else(processors, |asked| asked as u32);
    (1..workers.clamp(1, MOST_WORKERS))
        .map_while(|_| WorkerLine::start().map_err(|error| web_sys::console::warn_1(&error)).ok())
        .collect()
}

/// Processors for workers; where there are more than two, one is left for the page.
fn processors() -> u32 {
    match scope().navigator().hardware_concurrency() as u32 {
        few @ 0..=2 => few,
        many => many - 1,
    }
}

/// The way to a hand in a worker of its own, which ends with it.
pub struct WorkerLine {
    worker: Worker,
    ready: Rc<Cell<bool>>,
    reports: UnboundedReceiver<Result<Report, BackendError>>,
    /// What was ordered before the hand could hear.
    unsent: Rc<RefCell<Vec<Uint8Array>>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl WorkerLine {
    /// Starts a worker as the page started this one: from the same script, with the same compiled module.
    fn start() -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(NAME);
        let worker = Worker::new_with_options(&scope().location().href(), &options)?;
        worker.post_message(&Array::of1(&wasm_bindgen::module()))?;
        let (sender, reports) = unbounded();
        let (ready, unsent) = (Rc::new(Cell::new(false)), Rc::new(RefCell::new(Vec::new())));
        let failures = sender.clone();
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |error: ErrorEvent| {
            // Nobody waits any more: nothing to tell.
            drop(failures.unbounded_send(Err(BackendError::HandLost { detail: error.message() })));
        });
        let on_message = {
            let (worker, ready, unsent) = (worker.clone(), Rc::clone(&ready), Rc::clone(&unsent));
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                let bytes = Uint8Array::new(&event.data()).to_vec();
                if bytes.is_empty() {
                    ready.set(true);
                    unsent.borrow_mut().drain(..).for_each(|order| send(&worker, &order));
                    return;
                }
                let garbled =
                    |error| BackendError::HandLost { detail: format!("an answer that cannot be read: {error}") };
                drop(sender.unbounded_send(postcard::from_bytes(&bytes).map_err(garbled)));
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, ready, reports, unsent, _on_message: on_message, _on_error: on_error })
    }
}

fn send(worker: &Worker, bytes: &Uint8Array) {
    if let Err(error) = worker.post_message_with_transfer(bytes, &Array::of1(&bytes.buffer())) {
        web_sys::console::error_1(&error);
    }
}

impl Line for WorkerLine {
    fn is_ready(&self) -> bool {
        self.ready.get()
    }

    fn send(&mut self, order: &Order) {
        let bytes = encode(order);
        if self.ready.get() {
            send(&self.worker, &bytes);
        } else {
            self.unsent.borrow_mut().push(bytes);
        }
    }

    fn receive(&mut self) -> Pending<'_, Report> {
        Box::pin(async {
            let lost = |_| BackendError::HandLost { detail: "its worker has ended".to_owned() };
            self.reports.recv().await.map_err(lost)?
        })
    }
}

impl Drop for WorkerLine {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
